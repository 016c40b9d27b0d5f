//! What happens between the verification and the settle (rules 3, 5, 6, 7, 8, 11).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lockkeeper::credential::{Arena, HashCost, Password, PhcHash};
use lockkeeper::lockout::Policy;
use lockkeeper::model::{BrowserFamily, Clock as _, Count, DeviceLabel, LaneClaims, SystemFamily};
use lockkeeper::store::devices::{Revocation, Which};
use lockkeeper::store::settle::SettlePort;
use lockkeeper::store::{Store, StoreError};
use lockkeeper::tenant::{AttemptAnswer, DeviceWish, TenantFault};
use tokio::sync::{Notify, oneshot};

use super::*;
use crate::harness::client::block_on;

/// Runs `first` before the first settle of a user that exists, then settles for real.
fn before_the_first<F>(first: impl Fn(Store, SettleRequest) -> F + Send + Sync + 'static) -> Scene
where
    F: Future<Output = ()> + Send + 'static,
{
    Scene::with_port(move |store, _| {
        let first = Arc::new(first);
        let done = AtomicBool::new(false);
        move |request: SettleRequest| -> Settling {
            let (store, first) = (store.clone(), Arc::clone(&first));
            let now = !done.swap(true, Ordering::SeqCst);
            Box::pin(async move {
                if now {
                    first(store.clone(), request.clone()).await;
                }
                store.settle(request).await
            })
        }
    })
}

async fn another_nodes_failures(store: Store, like: SettleRequest) {
    for _ in 0..N {
        let now = store.clock().now();
        let request = SettleRequest {
            attempt: lockkeeper::model::AttemptId::generate(now),
            verified: lockkeeper::store::settle::Verified::Wrong { credential_version: 1 },
            ..like.clone()
        };
        store.settle(request).await.unwrap();
    }
}

#[test]
fn a_right_secret_is_thrown_away_when_the_lock_came_first() {
    let scene = before_the_first(another_nodes_failures);
    block_on(async {
        let answer = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        assert_eq!(scene.sessions().await, 0);
        assert_eq!(scene.app.metrics.value(Count::Locks), 1);
    });
}

#[test]
fn a_wrong_secret_is_thrown_away_alike() {
    let scene = before_the_first(another_nodes_failures);
    block_on(async {
        let answer = scene.try_password(ALEX, "wrong").await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        assert_eq!(scene.state(scene.alex_subject()).await.count, N, "it did not count");
    });
}

async fn set_password(store: Store, request: SettleRequest) {
    let cost = HashCost::below_floor_for_tests();
    let password = Password::parse("a new horse").unwrap();
    let hash = PhcHash::make(&password, cost, &mut Arena::for_cost(cost)).unwrap().to_phc();
    let owner = store.reader().identified(request.tenant.clone(), request.key).await.unwrap();
    store.set_password(request.tenant, owner.unwrap().user.id, Some(hash)).await.unwrap();
}

#[test]
fn a_secret_that_was_changed_meanwhile_is_verified_again() {
    for (password, right) in [(RIGHT, false), ("a new horse", true)] {
        let scene = before_the_first(set_password);
        block_on(async {
            let before = scene.app.metrics.value(Count::PasswordHashes);
            let answer = scene.try_password(ALEX, password).await;
            match answer {
                AttemptAnswer::Complete(_) => assert!(right, "the old password signed in"),
                AttemptAnswer::Wrong { .. } => assert!(!right, "the new password was refused"),
                other => panic!("{other:?}"),
            }
            assert_eq!(scene.app.metrics.value(Count::PasswordHashes) - before, 2);
            assert_eq!(scene.state(scene.alex_subject()).await.count, i64::from(!right));
        });
    }
}

/// Revokes what a settle comes in the lane of, before it is settled.
async fn revoked(store: Store, request: SettleRequest) -> Result<Settled, StoreError> {
    if matches!(request.lane, Lane::Device(_)) {
        let (tenant, key) = (request.tenant.clone(), request.key.clone());
        let owner = store.reader().identified(tenant.clone(), key).await?.unwrap();
        let user = owner.user.id;
        let revocation = Revocation { tenant, user, which: Which::All, actor: "test".to_owned() };
        assert_eq!(store.revoke_devices(revocation).await?, 1);
    }
    store.settle(request).await
}

#[test]
fn a_device_that_is_revoked_meanwhile_is_a_strangers_browser() {
    for locked in [false, true] {
        let scene = Scene::with_port(|store, _| {
            move |request: SettleRequest| -> Settling { Box::pin(revoked(store.clone(), request)) }
        });
        block_on(async {
            let label =
                DeviceLabel { browser: BrowserFamily::Firefox, system: SystemFamily::Linux };
            let device = DeviceWish::Browser { label };
            let made = PasswordAttempt {
                browser: Browser { claims: LaneClaims::NONE, device },
                ..scene.attempt(ALEX, RIGHT)
            };
            let answer = scene.app.tenants.attempt_password(made).await.unwrap();
            let AttemptAnswer::Complete(done) = answer else { panic!("{answer:?}") };
            if locked {
                scene.lock(ALEX).await;
            }
            let (cookies, now) = (scene.acme.profile.device_cookies(), scene.app.clock.now());
            let claims = cookies.open_all(&done.lane_token.unwrap(), now);
            assert!(!claims.is_empty());
            let back = PasswordAttempt {
                browser: Browser { claims, device },
                ..scene.attempt(ALEX, RIGHT)
            };
            let answer = scene.app.tenants.attempt_password(back).await.unwrap();
            match answer {
                // Another try at the gate, as anybody, and a device of its own again.
                AttemptAnswer::Complete(again) => {
                    assert!(!locked, "it passed by the lock");
                    assert!(again.lane_token.is_some());
                }
                AttemptAnswer::Locked(_) => assert!(locked),
                other => panic!("{other:?}"),
            }
        });
    }
}

#[test]
fn the_policy_is_read_in_the_transaction() {
    let scene = before_the_first(|store, request| async move {
        let strict = Policy { max_attempts: 1, ..policy() };
        let document = lockkeeper::lockout::PolicyDocument::of(&strict).to_json();
        let saved = store.save_policy(request.tenant, document, "test".into(), "test".into());
        saved.await.unwrap();
    });
    block_on(async {
        let answer = scene.try_password(ALEX, "wrong").await;
        assert!(matches!(answer, AttemptAnswer::WrongAndLocked(_)), "{answer:?}");
    });
}

#[test]
fn the_same_attempt_twice_counts_once_and_is_answered_alike() {
    let scene = Scene::with_port(|store, _| {
        move |request: SettleRequest| -> Settling {
            let store = store.clone();
            Box::pin(async move {
                let first = store.settle(request.clone()).await?;
                let second = store.settle(request).await?;
                assert_eq!(first.answer(), second.answer());
                Ok(second)
            })
        }
    });
    block_on(async {
        let answer = scene.try_password(ALEX, "wrong").await;
        assert_eq!(answer, AttemptAnswer::Wrong { remaining: Some(N - 1) });
        assert_eq!(scene.state(scene.alex_subject()).await.count, 1);
        let answer = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
        assert_eq!(scene.sessions().await, 1);
    });
}

#[test]
fn an_unclear_commit_reveals_nothing_and_counts_at_most_once() {
    let scene = Scene::with_port(|store, _| {
        move |request: SettleRequest| -> Settling {
            let store = store.clone();
            Box::pin(async move {
                store.settle(request).await?;
                Err(StoreError::Unclear)
            })
        }
    });
    block_on(async {
        for password in [RIGHT, "wrong"] {
            let answer = scene.tried(ALEX, password).await;
            assert!(matches!(answer, Err(TenantFault::Unavailable)), "{answer:?}");
        }
        assert_eq!(scene.state(scene.alex_subject()).await.count, 1);
    });
}

#[test]
fn a_client_that_hangs_up_cannot_stop_a_settle() {
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&arrived), Arc::clone(&go));
    let scene = Scene::with_port(move |store, _| {
        move |request: SettleRequest| -> Settling {
            let (store, tell, wait) = (store.clone(), Arc::clone(&tell), Arc::clone(&wait));
            Box::pin(async move {
                tell.notify_one();
                wait.notified().await;
                store.settle(request).await
            })
        }
    });
    block_on(async {
        {
            let attempt = scene.try_password(ALEX, "wrong");
            tokio::select! {
                _ = attempt => panic!("the settle waits for us"),
                () = arrived.notified() => {}
            }
            // The future of the request is dropped here.
        }
        go.notify_one();
        scene.app.tenants.drain().await;
        assert_eq!(scene.state(scene.alex_subject()).await.count, 1);
    });
}

#[test]
fn a_panic_gives_its_permit_back() {
    let panics = Arc::new(AtomicUsize::new(2 * usize::try_from(N).unwrap()));
    let left = Arc::clone(&panics);
    let scene = Scene::with_port(move |store, _| {
        move |request: SettleRequest| -> Settling {
            let (store, left) = (store.clone(), Arc::clone(&left));
            Box::pin(async move {
                let one_more =
                    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
                assert!(one_more.is_err(), "a panic on purpose");
                store.settle(request).await
            })
        }
    });
    block_on(async {
        // Somebody holds the gate all the while: it is the same gate that gets the permits back.
        let attempts = (0..2 * N).map(|_| scene.tried(ALEX, "wrong"));
        for answer in futures_of(attempts).await {
            assert!(matches!(answer, Err(TenantFault::Unavailable)), "{answer:?}");
        }
        assert_eq!(panics.load(Ordering::SeqCst), 0);
        let answer = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

/// All at once; the answers in their order.
async fn futures_of<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| Some(Box::pin(future))).collect();
    let mut done: Vec<Option<T>> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (slot, answer) in pending.iter_mut().zip(&mut done) {
            if let Some(future) = slot
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *answer = Some(value);
                *slot = None;
            }
        }
        if pending.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().map(|answer| answer.unwrap()).collect()
}

#[test]
fn after_a_lock_has_ended_exactly_one_of_many_is_checked_and_nobody_waits_for_ever() {
    let scene = Scene::new();
    block_on(async {
        scene.lock(ALEX).await;
        scene.app.advance(lockkeeper::model::Span::MINUTE);
        let before = scene.app.metrics.value(Count::PasswordHashes);
        let answers = futures_of((0..20).map(|_| scene.try_password(ALEX, "wrong"))).await;
        let told = answers.iter().filter(|a| matches!(a, AttemptAnswer::WrongAndLocked(_))).count();
        let refused = answers.iter().filter(|a| matches!(a, AttemptAnswer::Locked(_))).count();
        assert_eq!((told, refused), (1, 19));
        assert_eq!(scene.app.metrics.value(Count::PasswordHashes) - before, 1);
    });
}

#[test]
fn news_of_a_lock_that_an_unlock_has_overtaken_locks_nobody_out() {
    let (hold, held) = (Arc::new(Mutex::new(None)), Arc::new(Notify::new()));
    let (holding, tell) = (Arc::clone(&hold), Arc::clone(&held));
    let scene = Scene::with_port(move |store, _| {
        move |request: SettleRequest| -> Settling {
            let (store, holding, tell) = (store.clone(), Arc::clone(&holding), Arc::clone(&tell));
            Box::pin(async move {
                let settled = store.settle(request).await?;
                if matches!(settled.answer(), lockkeeper::store::settle::Answer::WrongAndLocked(_))
                {
                    let (go, wait) = oneshot::channel::<()>();
                    *holding.lock().unwrap() = Some(go);
                    tell.notify_one();
                    wait.await.unwrap();
                }
                Ok(settled)
            })
        }
    });
    block_on(async {
        let locking = scene.lock(ALEX);
        let unlocking = async {
            held.notified().await;
            let alex = scene.alex.clone();
            scene.app.tenants.unlock_user(&scene.acme.profile, alex, "test", None).await.unwrap();
            hold.lock().unwrap().take().unwrap().send(()).unwrap();
        };
        tokio::join!(locking, unlocking);
        let (tenants, profile) = (&scene.app.tenants, &scene.acme.profile);
        let published = tenants
            .locked_already(profile, &key(ALEX), &source(), &LaneClaims::NONE)
            .await
            .unwrap();
        assert_eq!(published, None);
        let answer = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}
