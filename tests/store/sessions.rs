//! Sign-ins, clients, sessions, and the attempts log as the settle writes it.

use lockkeeper::model::*;
use lockkeeper::store::attempts::{AttemptDecision, AttemptOutcome, Refusals};
use lockkeeper::store::sessions::{SessionFilter, SessionStatus};
use lockkeeper::store::settle::Verified;
use lockkeeper::store::sign_ins::{Client, ClientUse, SignIn, SignInStatus};
use lockkeeper::store::{StoreError, SubjectKey};

use super::bench::{Bench, key};

on_both!(
    a_second_sign_in_of_a_client_abandons_the_first,
    a_completed_sign_in_rotates_its_client_and_leaves_an_active_session,
    a_token_that_a_sign_in_replaced_shows_none_of_its_sessions,
    an_expired_or_foreign_session_cannot_be_touched,
    ending_sessions_ends_the_living_ones_only,
    the_attempts_log_says_what_was_decided,
    refused_tries_add_up,
);

fn fresh(bench: &Bench, client: &ClientId) -> SignIn {
    SignIn::fresh(
        bench.tenant.clone(),
        SignInId::generate(bench.now()),
        client.clone(),
        SignInStatus::NeedsFirstFactor,
        Some(("Bob".to_owned(), key("bob"))),
        Some("de".to_owned()),
        bench.now(),
    )
}

async fn a_second_sign_in_of_a_client_abandons_the_first(bench: Bench) {
    let client = bench.client();
    let first = fresh(&bench, &client.id);
    bench.store.open_sign_in(ClientUse::New(client.clone()), first.clone()).await.unwrap();
    let read = async |id: &SignInId| {
        bench.reader.sign_in(bench.tenant.clone(), id.clone()).await.unwrap().unwrap()
    };
    assert_eq!(read(&first.id).await, first);

    let second = fresh(&bench, &client.id);
    let known = ClientUse::Existing(client.id.clone());
    bench.store.open_sign_in(known, second.clone()).await.unwrap();
    assert_eq!(read(&first.id).await.status, SignInStatus::Abandoned);
    let kept = bench.reader.client(bench.tenant.clone(), client.id).await.unwrap().unwrap();
    assert_eq!(kept.sign_in_id, Some(second.id));
    assert_eq!(kept.rotating_hash, client.rotating_hash);

    let gone = ClientId::generate(bench.now());
    let third = fresh(&bench, &gone);
    let answer = bench.store.open_sign_in(ClientUse::Existing(gone), third).await;
    assert!(matches!(answer, Err(StoreError::NotFound)), "{answer:?}");
}

async fn a_completed_sign_in_rotates_its_client_and_leaves_an_active_session(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    let (session, client) = bench.sign_in("bob").await;
    let kept = bench.reader.client(bench.tenant.clone(), client.clone()).await.unwrap().unwrap();
    assert_eq!(kept.rotating_hash, "second");
    let active = kept.last_active_session_id.clone();
    assert_eq!((kept.sign_in_id.clone(), active), (None, Some(session.clone())));

    bench.clock.advance(Span::MINUTE);
    let tenant = || bench.tenant.clone();
    let touched =
        bench.store.touch_session(tenant(), session.clone(), client.clone()).await.unwrap();
    assert_eq!((touched.status, touched.user_id), (SessionStatus::Active, user.clone()));
    assert_eq!(touched.last_active_at, bench.now());
    let found = bench.reader.sessions_of_client(kept).await.unwrap();
    assert_eq!(found.first().map(|s| s.last_active_at), Some(bench.now()));
    let user = bench.reader.user(tenant(), user).await.unwrap().unwrap().user;
    assert_eq!(user.last_active_at, Some(bench.now()));
    assert_eq!(user.last_sign_in_at, Some(bench.now().before(Span::MINUTE)));
}

/// As a request that was admitted by the cookie from before a moment before the settle.
async fn a_token_that_a_sign_in_replaced_shows_none_of_its_sessions(bench: Bench) {
    bench.add_user(&["bob"]).await;
    let (_, id) = bench.sign_in("bob").await;
    let known = bench.reader.client(bench.tenant.clone(), id.clone()).await.unwrap().unwrap();
    let before = Client { rotating_hash: "first".to_owned(), ..known.clone() };
    for (client, sessions) in [(known, 1), (before, 0)] {
        let found = bench.reader.sessions_of_client(client.clone()).await.unwrap();
        assert_eq!(found.len(), sessions);
        let view = bench.reader.client_view(
            bench.tenant.clone(),
            id.clone(),
            Some(client),
            None,
            bench.now(),
        );
        let shown = view.await.unwrap().map_or(0, |view| view.sessions.len());
        assert_eq!(shown, sessions);
    }
}

async fn an_expired_or_foreign_session_cannot_be_touched(bench: Bench) {
    bench.add_user(&["bob"]).await;
    let (session, client) = bench.sign_in("bob").await;
    let touch =
        |client: ClientId| bench.store.touch_session(bench.tenant.clone(), session.clone(), client);
    let foreign = touch(ClientId::generate(bench.now())).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)), "{foreign:?}");
    bench.clock.advance(Span::DAY.times(7));
    let late = touch(client).await;
    assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
}

async fn ending_sessions_ends_the_living_ones_only(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    let (first, client) = bench.sign_in("bob").await;
    let (second, _) = bench.sign_in("bob").await;
    let tenant = || bench.tenant.clone();
    let end = SessionStatus::Ended;
    let ended = bench.store.end_sessions_of_client(tenant(), client, end).await.unwrap();
    assert_eq!(ended, std::slice::from_ref(&first));
    let revoked = SessionStatus::Revoked;
    let ended = bench.store.end_sessions_of_user(tenant(), user.clone(), revoked).await.unwrap();
    assert_eq!(ended, [second]);
    let again = bench.store.end_session(tenant(), first, revoked).await.unwrap();
    assert_eq!(again.status, end);

    let filter =
        SessionFilter { user: Some(user), status: Some(revoked), ..SessionFilter::default() };
    assert_eq!(bench.reader.count_sessions(tenant(), filter.clone()).await.unwrap(), 1);
    assert_eq!(bench.reader.sessions(tenant(), filter, 10, 0).await.unwrap().len(), 1);
}

async fn the_attempts_log_says_what_was_decided(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    bench.sign_in("bob").await;
    bench.lock("bob", 1).await;
    bench.attempt("bob", Verified::Right { credential_version: 1 }).await;

    let subject = SubjectKey::user(&user);
    let mut rows = bench.reader.attempts_of(bench.tenant.clone(), subject, 10).await.unwrap();
    rows.sort_by(|a, b| a.decision.as_str().cmp(b.decision.as_str()));
    let told: Vec<_> = rows.iter().map(|row| (row.decision, row.outcome)).collect();
    assert_eq!(
        told,
        [
            (AttemptDecision::Completed, AttemptOutcome::Right),
            (AttemptDecision::Counted, AttemptOutcome::Wrong),
            (AttemptDecision::Locked, AttemptOutcome::Wrong),
            (AttemptDecision::Refused, AttemptOutcome::Discarded),
            (AttemptDecision::Refused, AttemptOutcome::Discarded),
        ]
    );
    let locked = &rows[2];
    assert_eq!(locked.lock_until, Some(bench.now().after(Span::MINUTE)));
    assert_eq!((locked.remaining, locked.user_id.as_ref()), (Some(0), Some(&user)));
    assert_eq!((locked.node.as_str(), locked.lane.as_str()), ("test", "public"));

    let facts = bench.reader.audit_rows(bench.tenant.clone(), 10).await.unwrap();
    let told: Vec<_> = facts.iter().map(|fact| (fact.action.as_str(), fact.seq)).collect();
    assert_eq!(told, [("user.locked", None)]);
}

async fn refused_tries_add_up(bench: Bench) {
    let row = |minute, tries| Refusals {
        tenant_id: bench.tenant.clone(),
        subject: SubjectKey::phantom("d"),
        source: Source::from_stored("192.0.2.7".to_owned()),
        minute,
        tries,
    };
    bench.store.add_refusals(vec![row(5, 2), row(6, 1)]).await.unwrap();
    bench.store.add_refusals(vec![row(5, 40)]).await.unwrap();
    let found =
        bench.reader.refusals_of(bench.tenant.clone(), SubjectKey::phantom("d"), 10).await.unwrap();
    assert_eq!(found, [row(6, 1), row(5, 42)]);
}
