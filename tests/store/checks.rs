//! Secrets that are checked for a user who is named by id, and sign-ins whose user is gone, on both
//! databases.

use lockkeeper::model::*;
use lockkeeper::store::SubjectKey;
use lockkeeper::store::attempts::AttemptDecision;
use lockkeeper::store::factor::Proof;
use lockkeeper::store::sessions::SessionFilter;
use lockkeeper::store::settle::*;
use lockkeeper::store::sign_ins::{ClientUse, SignIn, SignInStatus};

use super::bench::{Bench, TRIES, key, phantom};

const ALEX: &str = "alex@acme.test";
const RIGHT: Verified = Verified::Right { credential_version: 1 };
const WRONG: Verified = Verified::Wrong { credential_version: 1 };

on_both!(
    a_checked_secret_counts_and_locks_as_any_and_is_refused_while_locked,
    a_right_check_begins_nothing_and_clears_nothing,
    a_check_is_answered_from_the_log_when_asked_again,
    a_check_renews_the_factors_of_its_session,
    nobody_is_checked_for_a_user_who_is_gone,
    a_sign_in_says_that_its_user_is_gone_only_after_a_passed_factor,
    checks_and_names_are_settled_in_one_batch,
    a_sign_in_is_read_as_it_was_written,
);

impl Bench {
    async fn check(&self, user: &UserId, proof: Proof, verified: Verified) -> SettleRequest {
        SettleRequest {
            key: CanonicalKey::of_user(user),
            subject: SubjectKey::user(user),
            phantom: phantom("nobody"),
            proof,
            sign_in: SettleSignIn::Check { aged: None },
            ..self.request(ALEX, verified).await
        }
    }

    async fn checked(&self, user: &UserId, verified: Verified) -> Answer {
        self.settle(self.check(user, Proof::PASSWORD, verified).await).await
    }

    async fn count_of(&self, user: &UserId) -> i64 {
        let subject = SubjectKey::user(user);
        let view = self
            .reader
            .subject_view(self.tenant.clone(), subject, lockkeeper::model::Millis(0))
            .await
            .unwrap();
        view.0.subject.count
    }

    /// A sign-in that waits for its first factor, with its client.
    pub(super) async fn opened(&self, name: &str) -> (SignInId, ClientId) {
        let (client, now) = (self.client(), self.now());
        let (id, sign_in) = (client.id.clone(), SignInId::generate(now));
        let named = Some((name.to_owned(), key(name)));
        let status = SignInStatus::NeedsFirstFactor;
        let tenant = self.tenant.clone();
        let row = SignIn::fresh(tenant, sign_in.clone(), id.clone(), status, named, None, now);
        self.store.open_sign_in(ClientUse::New(client), row).await.unwrap();
        (sign_in, id)
    }

    pub(super) async fn carried_on(
        &self,
        (sign_in, client): &(SignInId, ClientId),
        proof: Proof,
        verified: Verified,
    ) -> Answer {
        let request = self.request(ALEX, verified).await;
        let client = SettleClient { id: client.clone(), ..request.client };
        let sign_in = SettleSignIn::Existing(sign_in.clone());
        self.settle(SettleRequest { proof, sign_in, client, ..request }).await
    }
}

async fn a_checked_secret_counts_and_locks_as_any_and_is_refused_while_locked(bench: Bench) {
    let alex = bench.add_user(&[ALEX]).await;
    bench.attempt(ALEX, WRONG).await;
    for number in 2..=TRIES {
        let answer = bench.checked(&alex, WRONG).await;
        let locked = matches!(answer, Answer::WrongAndLocked(_));
        assert_eq!(locked, number == TRIES, "one count for both: {answer:?}");
    }
    for answer in [bench.checked(&alex, RIGHT).await, bench.attempt(ALEX, RIGHT).await] {
        assert!(matches!(answer, Answer::Locked(_)), "{answer:?}");
    }
}

async fn a_right_check_begins_nothing_and_clears_nothing(bench: Bench) {
    let alex = bench.add_user(&[ALEX]).await;
    bench.attempt(ALEX, WRONG).await;
    assert_eq!(bench.checked(&alex, RIGHT).await, Answer::Verified { user: alex.clone() });
    assert_eq!(bench.count_of(&alex).await, 1);
    let filter = SessionFilter { user: Some(alex.clone()), ..SessionFilter::default() };
    assert_eq!(bench.reader.count_sessions(bench.tenant.clone(), filter).await.unwrap(), 0);
    let subject = SubjectKey::user(&alex);
    let log = bench.reader.attempts_of(bench.tenant.clone(), subject, 10).await.unwrap();
    let newest = log.first().unwrap();
    assert_eq!((newest.decision, &newest.sign_in_id), (AttemptDecision::Verified, &None));
}

async fn a_check_is_answered_from_the_log_when_asked_again(bench: Bench) {
    let alex = bench.add_user(&[ALEX]).await;
    for verified in [WRONG, RIGHT] {
        let request = bench.check(&alex, Proof::PASSWORD, verified).await;
        let first = bench.settle(request.clone()).await;
        assert_eq!(bench.settle(request).await, first);
    }
    assert_eq!(bench.count_of(&alex).await, 1);
}

async fn a_check_renews_the_factors_of_its_session(bench: Bench) {
    let alex = bench.add_user(&[ALEX]).await;
    let (session, _) = bench.sign_in(ALEX).await;
    let begun = bench.now();
    let app = Some(("sealed".to_owned(), 0));
    bench.store.set_totp(bench.tenant.clone(), alex.clone(), app).await.unwrap();
    let known = bench.reader.identified(bench.tenant.clone(), key(ALEX)).await.unwrap().unwrap();
    let right = Verified::Right { credential_version: known.user.credential_version };
    let factors = async || {
        let found = bench.reader.session(bench.tenant.clone(), session.clone()).await.unwrap();
        let found = found.unwrap();
        (found.first_factor_at, found.second_factor_at, found.strategy)
    };
    let password = Some("password".to_owned());
    assert_eq!(factors().await, (Some(begun), None, password.clone()));
    bench.clock.advance(Span::MINUTE);
    let first = bench.now();
    let aged = SettleSignIn::Check { aged: Some(session.clone()) };
    let check = bench.check(&alex, Proof::PASSWORD, right).await;
    bench.settle(SettleRequest { sign_in: aged.clone(), ..check }).await;
    assert_eq!(factors().await, (Some(first), None, password.clone()));
    bench.clock.advance(Span::MINUTE);
    let check = bench.check(&alex, Proof::Totp { step: Some(1) }, right).await;
    bench.settle(SettleRequest { sign_in: aged, ..check }).await;
    assert_eq!(factors().await, (Some(first), Some(bench.now()), password));
}

async fn nobody_is_checked_for_a_user_who_is_gone(bench: Bench) {
    let alex = bench.add_user(&[ALEX]).await;
    let check = bench.check(&alex, Proof::PASSWORD, RIGHT).await;
    let names = vec![(key(ALEX), phantom(ALEX))];
    bench.store.delete_user(bench.tenant.clone(), alex.clone(), names).await.unwrap();
    assert_eq!(bench.settle(check).await, Answer::Deleted);
    let nobody = SettleRequest {
        subject: phantom("nobody"),
        ..bench.check(&alex, Proof::PASSWORD, Verified::Wrong { credential_version: 0 }).await
    };
    assert_eq!(bench.settle(nobody).await, Answer::Deleted);
}

async fn a_sign_in_says_that_its_user_is_gone_only_after_a_passed_factor(bench: Bench) {
    let alex = bench.add_user(&[ALEX]).await;
    let app = Some(("sealed".to_owned(), 0));
    bench.store.set_totp(bench.tenant.clone(), alex.clone(), app).await.unwrap();
    let known = bench.reader.identified(bench.tenant.clone(), key(ALEX)).await.unwrap().unwrap();
    let right = Verified::Right { credential_version: known.user.credential_version };
    let (passed, untouched) = (bench.opened(ALEX).await, bench.opened(ALEX).await);
    let answer = bench.carried_on(&passed, Proof::PASSWORD, right).await;
    assert!(matches!(answer, Answer::Passed { .. }), "{answer:?}");
    let names = vec![(key(ALEX), phantom(ALEX))];
    bench.store.delete_user(bench.tenant.clone(), alex.clone(), names).await.unwrap();
    let wrong = Verified::Wrong { credential_version: 0 };
    let answer = bench.carried_on(&passed, Proof::Totp { step: None }, wrong).await;
    assert_eq!(answer, Answer::Deleted);
    let answer = bench.carried_on(&untouched, Proof::PASSWORD, wrong).await;
    assert!(matches!(answer, Answer::Wrong { .. }), "as an unknown one: {answer:?}");
}

async fn checks_and_names_are_settled_in_one_batch(bench: Bench) {
    let alex = bench.add_user(&[ALEX]).await;
    let bob = bench.add_user(&["bob@acme.test"]).await;
    let requests = [
        bench.check(&bob, Proof::PASSWORD, RIGHT).await,
        bench.request(ALEX, WRONG).await,
        bench.check(&alex, Proof::PASSWORD, RIGHT).await,
        bench.request("bob@acme.test", WRONG).await,
    ];
    let waiting: Vec<_> = requests.into_iter().map(|r| bench.store.settle(r)).collect();
    let mut answers = Vec::new();
    for settled in waiting {
        answers.push(settled.await.unwrap().answer().clone());
    }
    assert_eq!(answers[0], Answer::Verified { user: bob });
    assert!(matches!(answers[1], Answer::Wrong { .. }), "{answers:?}");
    assert_eq!(answers[2], Answer::Verified { user: alex });
    assert!(matches!(answers[3], Answer::Wrong { .. }), "{answers:?}");
}

/// A column that its list leaves out would be lost at the next write of the row.
async fn a_sign_in_is_read_as_it_was_written(bench: Bench) {
    let (client, now) = (bench.client(), bench.now());
    let row = SignIn {
        tenant_id: bench.tenant.clone(),
        id: SignInId::generate(now),
        client_id: client.id.clone(),
        status: SignInStatus::NeedsSecondFactor,
        identifier: Some(ALEX.to_owned()),
        canonical_key: Some(key(ALEX)),
        user_id: Some(UserId::generate(now)),
        first_factor: Some("password".to_owned()),
        first_factor_at: Some(now),
        lane: Some("public".to_owned()),
        lane_serial: 3,
        all_serial: 4,
        created_session_id: Some(SessionId::generate(now)),
        locale: Some("de".to_owned()),
        created_at: now,
        updated_at: now,
        abandon_at: now,
        prepared: Some("email_code".to_owned()),
        prepared_code: Some(OneTimeCodeId::generate(now)),
        prepared_address: Some("idn_one".to_owned()),
        second_factor: Some("totp".to_owned()),
    };
    bench.store.open_sign_in(ClientUse::New(client), row.clone()).await.unwrap();
    let read = bench.reader.sign_in(bench.tenant.clone(), row.id.clone()).await.unwrap();
    assert_eq!(read, Some(row));
}
