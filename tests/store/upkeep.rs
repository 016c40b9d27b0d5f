//! Upkeep: what may be forgotten goes, what could still decide stays.

use diesel::RunQueryDsl;
use lockkeeper::model::*;
use lockkeeper::store::SubjectKey;
use lockkeeper::store::mail_fates::DeliveryPage;
use lockkeeper::store::outbox::{OutboxKind, OutboxStatus};
use lockkeeper::store::sessions::SessionStatus;
use lockkeeper::store::settle::{Answer, Verified};
use lockkeeper::store::sign_ins::{ClientUse, SignIn, SignInStatus};
use lockkeeper::store::upkeep::{PurgeLimits, Purged};

use super::bench::{Bench, PHANTOM_CAP, phantom};

on_both!(
    nothing_young_is_purged,
    forgotten_phantoms_and_sources_go,
    old_rows_go_a_bounded_number_at_a_time,
    of_the_outbox_so_many_go_in_all,
    what_was_mailed_is_kept_as_long_as_the_story_and_its_words_are_not,
    sources_beyond_one_look_go_in_the_next_calls,
    at_the_cap_the_unlocked_phantom_with_the_oldest_failure_makes_room,
    beside_more_locked_phantoms_than_the_cap_new_names_are_counted_and_bounded,
    after_a_while_phantoms_whose_lock_has_ended_make_room,
);

const WRONG: Verified = Verified::Wrong { credential_version: 0 };

async fn purge(bench: &Bench) -> Purged {
    bench.store.purge(bench.tenant.clone(), PurgeLimits::default()).await.unwrap()
}

/// The counted failures of a phantom; 0 also when there is no row.
async fn count(bench: &Bench, name: &str) -> i64 {
    let (view, _) = bench
        .reader
        .subject_view(bench.tenant.clone(), phantom(name), lockkeeper::model::Millis(0))
        .await
        .unwrap();
    view.subject.count
}

async fn nothing_young_is_purged(bench: Bench) {
    bench.add_user(&["bob"]).await;
    bench.sign_in("bob").await;
    bench.lock("nobody", 0).await;
    bench.attempt("bob", Verified::Wrong { credential_version: 1 }).await;
    assert_eq!(purge(&bench).await, Purged::default());
    assert_eq!(count(&bench, "nobody").await, 2);
}

async fn forgotten_phantoms_and_sources_go(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    bench.attempt("bob", Verified::Wrong { credential_version: 1 }).await;
    bench.attempt("nobody", WRONG).await;
    bench.clock.advance(Span::DAY.times(2));
    let gone = purge(&bench).await;
    // Its long run is younger than 90 days, so the phantom itself stays.
    assert_eq!((gone.sources, gone.phantoms), (2, 0));
    bench.clock.advance(Span::DAY.times(90));
    assert_eq!(purge(&bench).await.phantoms, 1);
    assert_eq!(count(&bench, "nobody").await, 0);
    let subject = SubjectKey::user(&user);
    let (view, _) = bench
        .reader
        .subject_view(bench.tenant.clone(), subject, lockkeeper::model::Millis(0))
        .await
        .unwrap();
    assert_eq!(view.subject.long_run, 1, "a user's row stays");
}

async fn old_rows_go_a_bounded_number_at_a_time(bench: Bench) {
    bench.add_user(&["bob"]).await;
    let (session, _) = bench.sign_in("bob").await;
    let client = bench.client();
    let unfinished = SignIn::fresh(
        bench.tenant.clone(),
        SignInId::generate(bench.now()),
        client.id.clone(),
        SignInStatus::NeedsFirstFactor,
        None,
        None,
        bench.now(),
    );
    bench.store.open_sign_in(ClientUse::New(client.clone()), unfinished.clone()).await.unwrap();
    bench.lock("nobody", 0).await;
    bench.clock.advance(Span::DAY.times(31));

    let limits = PurgeLimits { rows: 1, ..PurgeLimits::default() };
    let first = bench.store.purge(bench.tenant.clone(), limits).await.unwrap();
    assert_eq!((first.attempts, first.outbox, first.clients, first.sign_ins), (1, 1, 1, 1));
    assert_eq!(first.sessions, 1, "the expired one is marked");
    let tenant = || bench.tenant.clone();
    let marked = bench.reader.session(tenant(), session.clone()).await.unwrap().unwrap();
    assert_eq!(marked.status, SessionStatus::Expired);
    assert_eq!(bench.reader.client(tenant(), client.id).await.unwrap(), None);

    let mut calls = 0;
    while purge(&bench).await.total() > 0 {
        calls += 1;
        assert!(calls < 10, "it comes to an end");
    }
    let log = bench.reader.attempts_of(tenant(), phantom("nobody"), 10).await.unwrap();
    assert_eq!(log, []);
    assert_eq!(bench.reader.sign_in(tenant(), unfinished.id).await.unwrap(), None);
    bench.clock.advance(Span::DAY.times(31));
    assert!(purge(&bench).await.sessions > 0);
    assert_eq!(bench.reader.session(tenant(), session).await.unwrap(), None);
}

/// Not so many of each kind and of each end.
async fn of_the_outbox_so_many_go_in_all(bench: Bench) {
    let mut db = bench.url.open_writer().unwrap();
    let ended = ["void", "suppressed", "dropped", "sent", "dead"];
    for (number, status) in ended.iter().cycle().take(10).enumerate() {
        let insert = format!(
            "INSERT INTO outbox (tenant_id, id, kind, topic, status, payload, created_at, due_at, tries) \
             VALUES ('{}', 'out_{number}', 'webhook', 'test', '{status}', '{{}}', 1, 1, 1)",
            bench.tenant.as_str()
        );
        diesel::sql_query(insert).execute(&mut db).unwrap();
    }
    let limits = PurgeLimits { rows: 4, ..PurgeLimits::default() };
    for gone in [4, 4, 2, 0] {
        let purged = bench.store.purge(bench.tenant.clone(), limits).await.unwrap();
        assert_eq!(purged.outbox, gone);
    }
}

async fn what_was_mailed_is_kept_as_long_as_the_story_and_its_words_are_not(bench: Bench) {
    let user = bench.add_user(&["bob@example.com"]).await;
    bench.lock("bob@example.com", 1).await;
    bench.lock("nobody@example.com", 0).await;
    let tenant = || bench.tenant.clone();
    let mails = async |subject: SubjectKey| {
        bench.reader.mails_of_subject(tenant(), subject, Millis(0)).await.unwrap()
    };
    let of_user = || SubjectKey::user(&user);
    let written = mails(of_user()).await.remove(0);
    assert!(written.payload.contains("failures"), "{}", written.payload);
    let lease = Span::MINUTE;
    let claimed =
        bench.store.claim_due(&bench.tenant, OutboxKind::Mail, 10, lease).await.unwrap().remove(0);
    bench.store.finish_outbox(claimed.claim(), OutboxStatus::Sent, None).await.unwrap();
    // Whom it went to stays, for the day on which it comes back; what it said does not.
    let sent = mails(of_user()).await.remove(0);
    assert!(sent.payload.contains("\"to\":\"idn_"), "{}", sent.payload);
    assert!(!sent.payload.contains("failures"), "{}", sent.payload);

    for (days, of_users, of_nobodys) in [(1, 1, 1), (2, 1, 0), (29, 1, 0), (31, 0, 0)] {
        let age = bench.now().since(written.created_at);
        bench.clock.advance(Span(Span::DAY.times(days).0 + 1_000 - age.0));
        while purge(&bench).await.total() > 0 {}
        let kept = (mails(of_user()).await.len(), mails(phantom("nobody@example.com")).await.len());
        assert_eq!(kept, (of_users, of_nobodys), "after {days} days");
        let page = DeliveryPage { before: None, limit: 10 };
        let told = bench.reader.deliveries(tenant(), Some(of_user()), page).await.unwrap();
        assert_eq!(told.len(), of_users, "after {days} days");
    }
}

/// A call looks at 2,000 sources and the next one goes on; none is passed over for good.
async fn sources_beyond_one_look_go_in_the_next_calls(bench: Bench) {
    let mut db = bench.url.open_writer().unwrap();
    let padded = "substr('0000000' || CAST(i AS text), length(CAST(i AS text)) + 1)";
    let numbers = "WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < 4999)";
    let tenant = bench.tenant.as_str();
    // Every second one is forgotten: its subject's deadline has passed.
    for insert in [
        format!(
            "INSERT INTO subjects (tenant_id, subject, phantom, last_instant, count, deadline, \
             ladder_base, lock_spent, long_run, episode, episode_open, hot_sources, presses, \
             public_serial, all_serial, era_count, era_step, era_lock, lanes_era) {numbers} \
             SELECT '{tenant}', 'user_' || {padded}, false, 1, 1, \
             CASE WHEN i % 2 = 0 THEN 1 ELSE 9000000000000 END, \
             0, false, 1, 0, false, 0, 0, 0, 0, 0, 0, 0, 0 FROM numbers"
        ),
        format!(
            "INSERT INTO sources (tenant_id, subject, source, count, ladder_base, lock_spent, hot, \
             era_count, era_step, era_lock) {numbers} \
             SELECT '{tenant}', 'user_' || {padded}, '192.0.2.1', 1, 0, false, false, 0, 0, 0 \
             FROM numbers"
        ),
    ] {
        diesel::sql_query(insert).execute(&mut db).unwrap();
    }
    let mut gone = 0;
    for _ in 0..20 {
        let purged = purge(&bench).await;
        assert!(purged.sources <= 500, "{purged:?}");
        gone += purged.sources;
    }
    assert_eq!(gone, 2_500);
}

async fn at_the_cap_the_unlocked_phantom_with_the_oldest_failure_makes_room(bench: Bench) {
    bench.lock("locked", 0).await;
    for name in ["old", "young", "newest"] {
        bench.clock.advance(Span::SECOND);
        bench.attempt(name, WRONG).await;
    }
    let mut kept = Vec::new();
    for name in ["locked", "old", "young", "newest"] {
        if count(&bench, name).await > 0 {
            kept.push(name);
        }
    }
    assert_eq!(kept, ["locked", "young", "newest"]);
    assert_eq!(i64::try_from(kept.len()).unwrap(), PHANTOM_CAP);
    assert!(matches!(bench.attempt("locked", WRONG).await, Answer::Locked(_)));
}

/// Locks more phantoms than the cap and says how many.
async fn lock_more_than_the_cap(bench: &Bench) -> usize {
    let many = usize::try_from(PHANTOM_CAP).unwrap() + 3;
    for number in 0..many {
        bench.clock.advance(Span::SECOND);
        bench.lock(&format!("locked{number}"), 0).await;
    }
    many
}

async fn beside_more_locked_phantoms_than_the_cap_new_names_are_counted_and_bounded(bench: Bench) {
    let many = lock_more_than_the_cap(&bench).await;
    let names: Vec<String> = (0..10).map(|number| format!("new{number}")).collect();
    for name in &names {
        bench.clock.advance(Span::SECOND);
        bench.attempt(name, WRONG).await;
        // Forgotten at once it would never lock, and that would tell that nobody has this name.
        assert_eq!(count(&bench, name).await, 1, "{name}");
    }
    let mut kept = 0;
    for name in &names {
        kept += count(&bench, name).await;
    }
    assert_eq!(kept, 1, "all but the youngest make room");
    for number in 0..many {
        assert!(count(&bench, &format!("locked{number}")).await > 0, "no lock is forgotten");
    }
}

async fn after_a_while_phantoms_whose_lock_has_ended_make_room(bench: Bench) {
    let many = lock_more_than_the_cap(&bench).await;
    bench.clock.advance(Span::HOUR.times(2));
    for name in ["one", "two"] {
        bench.clock.advance(Span::SECOND);
        bench.attempt(name, WRONG).await;
    }
    let mut kept = 0;
    for number in 0..many {
        kept += i64::from(count(&bench, &format!("locked{number}")).await > 0);
    }
    assert_eq!(kept, PHANTOM_CAP - 2, "the oldest are gone");
}
