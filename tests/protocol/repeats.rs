//! Wrong passwords that the same source repeats (rule 16), through the whole path of an attempt.

use std::sync::atomic::{AtomicBool, Ordering};

use lockkeeper::model::{Count, Source, Span};
use lockkeeper::store::StoreError;
use lockkeeper::store::attempts::AttemptDecision;
use lockkeeper::store::settle::SettlePort;

use super::*;
use crate::harness::client::block_on;

const NOBODY: &str = "nobody@acme.test";

impl Scene {
    async fn ignore_repeats(&self, ignore_repeated_secret: bool) {
        let edit = Policy { ignore_repeated_secret, ..policy() };
        self.app.tenants.save_policy(&self.acme.profile, &edit, "test", "test").await.unwrap();
    }

    async fn tried_from(&self, name: &str, password: &str, from: &str) -> AttemptAnswer {
        let source = Source::from_stored(from.to_owned());
        let attempt = PasswordAttempt { source, ..self.attempt(name, password) };
        self.app.tenants.attempt_password(attempt).await.unwrap()
    }

    /// Newest first: what was decided, and whether it is noted as repeated.
    async fn log(&self, subject: SubjectKey) -> Vec<(AttemptDecision, bool)> {
        let reader = self.app.tenants.reader();
        let rows = reader.attempts_of(self.acme.profile.id().clone(), subject, 100).await.unwrap();
        rows.iter().map(|row| (row.decision, row.repeated)).collect()
    }
}

const fn wrong(left: i64) -> AttemptAnswer {
    AttemptAnswer::Wrong { remaining: Some(left) }
}

#[test]
fn a_repeated_password_counts_once_is_hashed_and_logged_for_users_and_phantoms_alike() {
    let scene = Scene::new();
    block_on(async {
        scene.ignore_repeats(true).await;
        for (name, subject) in [(ALEX, scene.alex_subject()), (NOBODY, scene.phantom(NOBODY))] {
            let hashes = scene.app.metrics.value(Count::PasswordHashes);
            for _ in 0..4 {
                assert_eq!(scene.try_password(name, "old one").await, wrong(N - 1), "{name}");
                scene.app.advance(Span::SECOND);
            }
            assert_eq!(scene.app.metrics.value(Count::PasswordHashes) - hashes, 4, "{name}");
            assert_eq!(scene.state(subject.clone()).await.count, 1, "{name}");
            let repeated = (AttemptDecision::UncountedRepeated, true);
            let log = scene.log(subject).await;
            assert_eq!(log, [repeated, repeated, repeated, (AttemptDecision::Counted, false)]);
            assert_eq!(scene.try_password(name, "another").await, wrong(N - 2), "{name}");
        }
    });
}

#[test]
fn another_source_tells_nobody_what_was_typed_elsewhere() {
    let scene = Scene::new();
    block_on(async {
        scene.ignore_repeats(true).await;
        assert_eq!(scene.tried_from(ALEX, "old one", "192.0.2.1").await, wrong(N - 1));
        assert_eq!(scene.tried_from(ALEX, "old one", "192.0.2.2").await, wrong(N - 2));
    });
}

#[test]
fn what_never_counted_is_not_remembered() {
    let scene = Scene::with_port(|store, _| {
        let failed = AtomicBool::new(false);
        move |request: SettleRequest| -> Settling {
            let (store, fails) = (store.clone(), !failed.swap(true, Ordering::SeqCst));
            Box::pin(async move {
                if fails {
                    return Err(StoreError::Unavailable("not today".to_owned()));
                }
                store.settle(request).await
            })
        }
    });
    block_on(async {
        scene.ignore_repeats(true).await;
        assert!(scene.tried(ALEX, "old one").await.is_err());
        assert_eq!(scene.try_password(ALEX, "old one").await, wrong(N - 1));
        assert_eq!(scene.state(scene.alex_subject()).await.count, 1, "the guess was free");
        assert_eq!(scene.try_password(ALEX, "old one").await, wrong(N - 1));
        assert_eq!(scene.state(scene.alex_subject()).await.count, 1);
    });
}

#[test]
fn switched_off_while_it_is_verified_it_counts() {
    let switched = Arc::new(AtomicBool::new(false));
    let off = Arc::clone(&switched);
    let scene = Scene::with_port(move |store, _| {
        move |request: SettleRequest| -> Settling {
            let (store, off) = (store.clone(), off.load(Ordering::SeqCst));
            Box::pin(async move {
                if off {
                    let document = lockkeeper::lockout::PolicyDocument::of(&policy()).to_json();
                    let tenant = request.tenant.clone();
                    let saved = store.save_policy(tenant, document, "test".into(), "test".into());
                    saved.await.unwrap();
                }
                store.settle(request).await
            })
        }
    });
    block_on(async {
        scene.ignore_repeats(true).await;
        assert_eq!(scene.try_password(ALEX, "old one").await, wrong(N - 1));
        assert_eq!(scene.try_password(ALEX, "old one").await, wrong(N - 1));
        switched.store(true, Ordering::SeqCst);
        assert_eq!(scene.try_password(ALEX, "old one").await, wrong(N - 2));
    });
}

#[test]
fn beyond_what_a_minute_allows_a_repeat_counts() {
    let scene = Scene::new();
    block_on(async {
        scene.ignore_repeats(true).await;
        for _ in 0..11 {
            assert_eq!(scene.try_password(ALEX, "old one").await, wrong(N - 1));
        }
        assert_eq!(scene.try_password(ALEX, "old one").await, wrong(N - 2));
        scene.app.advance(Span::MINUTE);
        assert_eq!(scene.try_password(ALEX, "old one").await, wrong(N - 2));
    });
}

#[test]
fn a_repeat_clears_nothing_and_a_lock_refuses_it() {
    let scene = Scene::new();
    block_on(async {
        scene.ignore_repeats(true).await;
        for (password, left) in [("a", N - 1), ("b", N - 2), ("a", N - 2)] {
            assert_eq!(scene.try_password(ALEX, password).await, wrong(left));
        }
        let locked = scene.try_password(ALEX, "c").await;
        assert!(matches!(locked, AttemptAnswer::WrongAndLocked(_)), "{locked:?}");
        let refused = scene.try_password(ALEX, "a").await;
        assert!(matches!(refused, AttemptAnswer::Locked(_)), "{refused:?}");
        scene.app.advance(Span::MINUTE);
        assert_eq!(scene.try_password(ALEX, "a").await, wrong(0), "one failure from the next lock");
        let locked = scene.try_password(ALEX, "d").await;
        assert!(matches!(locked, AttemptAnswer::WrongAndLocked(_)), "{locked:?}");
    });
}
