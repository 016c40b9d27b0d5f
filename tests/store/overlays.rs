//! A stricter policy for a while: chosen by each settle's own instant, on both databases.

use lockkeeper::lockout::{LockLength, Policy, PolicyDocument, Preset};
use lockkeeper::model::{Millis, Span};
use lockkeeper::store::lockout_policy::{NewOverlay, NewVersion, VersionKind};
use lockkeeper::store::settle::{Answer, Verified};
use lockkeeper::store::{StoreError, SubjectKey};

use super::bench::{Bench, TRIES};

const ALEX: &str = "alex@acme.test";
const WRONG: Verified = Verified::Wrong { credential_version: 1 };

on_both!(
    an_overlay_decides_to_its_end_and_not_a_millisecond_longer,
    an_attempt_says_under_which_version_it_was_decided,
    an_overlay_is_ended_before_its_time_once,
    what_is_stricter_in_nothing_is_not_put_over_the_live_one,
    a_save_below_an_overlay_makes_nothing_milder,
    numbers_have_no_gaps_between_kinds,
    a_save_that_another_one_overtook_is_refused,
    a_lock_outlasts_the_overlay_that_made_it,
);

fn at_once() -> Policy {
    Policy { max_attempts: 1, ..Preset::Balanced.policy() }
}

impl Bench {
    async fn overlay(&self, policy: Policy, length: Span) -> Result<(i64, Millis), StoreError> {
        let (author, reason) = ("test".to_owned(), "an attack".to_owned());
        let new = NewOverlay { policy, length, author, reason };
        self.store.set_overlay(self.tenant.clone(), new).await
    }

    async fn save_over(&self, policy: &Policy, live: i64) -> Result<i64, StoreError> {
        let new = NewVersion {
            document: PolicyDocument::of(policy).to_json(),
            author: "test".to_owned(),
            reason: "test".to_owned(),
            effect: None,
        };
        self.store.save_policy_over(self.tenant.clone(), new, live).await
    }
}

fn left() -> Answer {
    Answer::Wrong { remaining: Some(i64::try_from(TRIES).unwrap() - 1) }
}

async fn an_overlay_decides_to_its_end_and_not_a_millisecond_longer(bench: Bench) {
    for name in [ALEX, "bea@acme.test", "cy@acme.test"] {
        bench.add_user(&[name]).await;
    }
    let (version, until) = bench.overlay(at_once(), Span::HOUR).await.unwrap();
    assert_eq!((version, until), (2, bench.now().after(Span::HOUR)));
    let locked = bench.attempt(ALEX, WRONG).await;
    assert!(matches!(locked, Answer::WrongAndLocked(_)), "{locked:?}");
    bench.clock.advance(Span(Span::HOUR.0 - 1));
    let locked = bench.attempt("bea@acme.test", WRONG).await;
    assert!(matches!(locked, Answer::WrongAndLocked(_)), "{locked:?}");
    bench.clock.advance(Span(1));
    assert_eq!(bench.attempt("cy@acme.test", WRONG).await, left(), "the live policy decides again");
    let now = bench.reader.policies_at(bench.tenant.clone(), bench.now()).await.unwrap();
    assert_eq!((now.live.version, now.overlay), (1, None));
    let before = bench.reader.policies_at(bench.tenant.clone(), until.before(Span(1))).await;
    assert_eq!(before.unwrap().in_force().version, 2);
}

async fn an_attempt_says_under_which_version_it_was_decided(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    let subject = SubjectKey::user(&user);
    bench.attempt(ALEX, WRONG).await;
    bench.overlay(at_once(), Span::HOUR).await.unwrap();
    bench.attempt(ALEX, WRONG).await;
    bench.clock.advance(Span::HOUR);
    bench.attempt(ALEX, WRONG).await;
    let rows = bench.reader.attempts_of(bench.tenant.clone(), subject, 10).await.unwrap();
    let versions: Vec<i64> = rows.iter().map(|row| row.policy_version).collect();
    assert_eq!(versions, [1, 2, 1], "newest first");
}

async fn an_overlay_is_ended_before_its_time_once(bench: Bench) {
    bench.add_user(&[ALEX]).await;
    bench.overlay(at_once(), Span::HOUR).await.unwrap();
    bench.clock.advance(Span::MINUTE);
    let ended = || bench.store.end_overlay(bench.tenant.clone(), "test".to_owned());
    assert_eq!(ended().await.unwrap(), 2);
    assert_eq!(bench.attempt(ALEX, WRONG).await, left());
    assert!(matches!(ended().await, Err(StoreError::NotFound)));
    let row = bench.reader.policy_version(bench.tenant.clone(), 2).await.unwrap().unwrap();
    assert_eq!(row.ends_at, Some(bench.now()));
    // One that is over can not be ended either.
    bench.overlay(at_once(), Span::MINUTE).await.unwrap();
    bench.clock.advance(Span::MINUTE);
    assert!(matches!(ended().await, Err(StoreError::NotFound)));
    let rows = bench.reader.audit_rows(bench.tenant.clone(), 20).await.unwrap();
    let actions: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
    let of = |action: &str| actions.iter().filter(|one| **one == action).count();
    assert_eq!((of("policy.overlay_set"), of("policy.overlay_ended")), (2, 1));
}

async fn what_is_stricter_in_nothing_is_not_put_over_the_live_one(bench: Bench) {
    let milder = Policy { max_attempts: 20, ..Preset::Balanced.policy() };
    let refused = bench.overlay(milder, Span::HOUR).await;
    assert!(matches!(refused, Err(StoreError::Conflict { what: "overlay" })), "{refused:?}");
    // What is milder in one field is taken in the others.
    let mixed = Policy {
        max_attempts: 20,
        minimum_duration: LockLength::For(Span::MINUTE.times(10)),
        ..Preset::Balanced.policy()
    };
    let (version, _) = bench.overlay(mixed, Span::HOUR).await.unwrap();
    let row = bench.reader.policy_version(bench.tenant.clone(), version).await.unwrap().unwrap();
    let policy = row.policy().unwrap();
    assert_eq!(policy.max_attempts, i64::try_from(TRIES).unwrap());
    assert_eq!(policy.minimum_duration, LockLength::For(Span::MINUTE.times(10)));
}

async fn a_save_below_an_overlay_makes_nothing_milder(bench: Bench) {
    bench.overlay(at_once(), Span::HOUR).await.unwrap();
    let long = LockLength::For(Span::MINUTE.times(30));
    let saved = Policy { max_attempts: 9, minimum_duration: long, ..Preset::Balanced.policy() };
    assert_eq!(bench.save_over(&saved, 1).await.unwrap(), 3);
    let now = bench.reader.policies_at(bench.tenant.clone(), bench.now()).await.unwrap();
    let over = now.overlay.clone().unwrap();
    let policy = over.policy().unwrap();
    assert_eq!((now.live.version, over.version, over.made_over), (3, 4, Some(3)));
    assert_eq!((policy.max_attempts, policy.minimum_duration), (1, long));
    // One that is milder in everything leaves what stands there.
    assert_eq!(bench.save_over(&Preset::Relaxed.policy(), 3).await.unwrap(), 5);
    let now = bench.reader.policies_at(bench.tenant.clone(), bench.now()).await.unwrap();
    assert_eq!((now.live.version, now.overlay.map(|row| row.version)), (5, Some(4)));
}

async fn numbers_have_no_gaps_between_kinds(bench: Bench) {
    bench.overlay(at_once(), Span::HOUR).await.unwrap();
    bench.overlay(at_once(), Span::HOUR).await.unwrap();
    bench.save_over(&Preset::Relaxed.policy(), 1).await.unwrap();
    let rows = bench.reader.policy_versions(bench.tenant.clone(), None).await.unwrap();
    let kinds: Vec<(i64, VersionKind)> = rows.iter().map(|row| (row.version, row.kind)).collect();
    let (live, over) = (VersionKind::Live, VersionKind::Overlay);
    assert_eq!(kinds, [(4, live), (3, over), (2, over), (1, live)]);
    let later = bench.reader.policy_versions(bench.tenant.clone(), Some(3)).await.unwrap();
    assert_eq!(later.iter().map(|row| row.version).collect::<Vec<_>>(), [2, 1]);
}

async fn a_save_that_another_one_overtook_is_refused(bench: Bench) {
    assert_eq!(bench.save_over(&Preset::Relaxed.policy(), 1).await.unwrap(), 2);
    let late = bench.save_over(&Preset::Strict.policy(), 1).await;
    assert!(matches!(late, Err(StoreError::Conflict { what: "policy" })), "{late:?}");
    let row = bench.reader.policy_version(bench.tenant.clone(), 2).await.unwrap().unwrap();
    assert_eq!((row.made_over, row.kind), (Some(1), VersionKind::Live));
}

async fn a_lock_outlasts_the_overlay_that_made_it(bench: Bench) {
    bench.add_user(&[ALEX]).await;
    let hour = LockLength::For(Span::HOUR);
    let hard = Policy { minimum_duration: hour, maximum_duration: hour, ..at_once() };
    bench.overlay(hard, Span::MINUTE.times(10)).await.unwrap();
    bench.attempt(ALEX, WRONG).await;
    bench.clock.advance(Span::MINUTE.times(30));
    let answer = bench.attempt(ALEX, WRONG).await;
    assert!(matches!(answer, Answer::Locked(_)), "{answer:?}");
}
