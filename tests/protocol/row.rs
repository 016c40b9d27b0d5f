//! The row, its time and its batch (rules 9, 10, 12).

use lockkeeper::model::{AttemptId, ClientId, Clock, Count, SessionId, Span, TenantId};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::store::factor::Proof;
use lockkeeper::store::lanes::DeviceWish;
use lockkeeper::store::settle::{Answer, SettleClient, SettleSignIn, Verified};

use super::*;
use crate::harness::app::TestPlan;
use crate::harness::client::block_on;
use crate::harness::clock::NOON;

/// A wrong password of a phantom, verified.
pub(super) fn failure(tenant: &TenantId, name: &str) -> SettleRequest {
    let subject = SubjectKey::phantom(&format!("digest of {name}"));
    SettleRequest {
        tenant: tenant.clone(),
        attempt: AttemptId::generate(NOON),
        key: key(name),
        phantom: subject.clone(),
        subject,
        proof: Proof::PASSWORD,
        verified: Verified::Wrong { credential_version: 0 },
        source: source(),
        lane: Lane::Public,
        device: DeviceWish::None,
        sign_in: SettleSignIn::AtOnce {
            id: SignInId::generate(NOON),
            identifier: name.to_owned(),
            locale: None,
        },
        client: SettleClient { id: ClientId::generate(NOON), rotating_hash: "hash".to_owned() },
        session: SessionId::generate(NOON),
        session_lifetime: Span::DAY,
    }
}

#[test]
fn one_bad_item_of_a_batch_takes_no_other_along() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db").display().to_string();
    let url = DatabaseUrl::Sqlite { path, max_page_count: None };
    let plan = TestPlan { database: Some(url.clone()), ..TestPlan::default() };
    let scene = Scene::on(TestApp::with(plan));
    let tenant = scene.acme.profile.id().clone();
    // A second writer holds the database, so that everything below meets in one batch.
    let mut beside = url.open_writer().unwrap();
    beside.begin_write().unwrap();
    let commits = scene.app.metrics.value(Count::Commits);
    let store = &scene.app.store;
    let first = store.settle(failure(&tenant, "first@acme.test"));
    let mut good: Vec<_> =
        (0..20).map(|n| store.settle(failure(&tenant, &format!("good{n}@acme.test")))).collect();
    let bad = store.settle(failure(&TenantId::generate(NOON), "bad@acme.test"));
    good.extend((20..40).map(|n| store.settle(failure(&tenant, &format!("good{n}@acme.test")))));
    beside.rollback().unwrap();
    block_on(async {
        good.push(first);
        for settling in good {
            let answer = settling.await.unwrap().answer().clone();
            assert_eq!(answer, Answer::Wrong { remaining: Some(N - 1) });
        }
        assert!(bad.await.is_err());
    });
    // Item by item, because the batch had failed.
    assert!(scene.app.metrics.value(Count::Commits) - commits > 20);
    drop(scene);
}

#[test]
fn attempts_that_wait_for_one_commit_share_the_next_and_each_sees_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db").display().to_string();
    let url = DatabaseUrl::Sqlite { path, max_page_count: None };
    let plan = TestPlan { database: Some(url.clone()), ..TestPlan::default() };
    let scene = Scene::on(TestApp::with(plan));
    let tenant = scene.acme.profile.id().clone();
    // The couriers, the upkeep and the acts of staff have looked once and commit nothing of their own.
    block_on(scene.app.clock.until_waiting(4));
    let mut beside = url.open_writer().unwrap();
    beside.begin_write().unwrap();
    let commits = scene.app.metrics.value(Count::Commits);
    let settling: Vec<_> =
        (0..10).map(|_| scene.app.store.settle(failure(&tenant, "nobody@acme.test"))).collect();
    beside.rollback().unwrap();
    let answers = block_on(async {
        let mut answers = Vec::new();
        for one in settling {
            answers.push(one.await.unwrap().answer().clone());
        }
        answers
    });
    for (n, answer) in (1..).zip(&answers) {
        match n {
            n if n < N => assert_eq!(*answer, Answer::Wrong { remaining: Some(N - n) }),
            n if n == N => assert!(matches!(answer, Answer::WrongAndLocked(_)), "{answer:?}"),
            _ => assert!(matches!(answer, Answer::Locked(_)), "{answer:?}"),
        }
    }
    // The first may have been taken alone.
    assert!(scene.app.metrics.value(Count::Commits) - commits <= 2);
    drop(scene);
}

#[test]
fn a_clock_that_is_set_back_neither_lengthens_nor_reopens_anything() {
    let scene = Scene::new();
    block_on(async {
        scene.app.advance(Span::HOUR);
        scene.lock(ALEX).await;
        let before = scene.state(scene.alex_subject()).await;
        scene.app.clock.set(NOON);
        let refused = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(refused, AttemptAnswer::Locked(_)), "{refused:?}");
        scene
            .app
            .tenants
            .unlock_user(&scene.acme.profile, scene.alex.clone(), "test", None)
            .await
            .unwrap();
        let wrong = scene.try_password(ALEX, "wrong").await;
        assert_eq!(wrong, AttemptAnswer::Wrong { remaining: Some(N - 1) });
        let after = scene.state(scene.alex_subject()).await;
        assert!(after.last_instant >= before.last_instant, "{after:?}");
        let rows = scene.app.tenants.reader().attempts_of(
            scene.acme.profile.id().clone(),
            scene.alex_subject(),
            100,
        );
        let earliest = rows.await.unwrap().iter().map(|row| row.at).min().unwrap();
        assert!(earliest >= NOON.after(Span::HOUR), "the log went back in time");
        assert!(scene.app.clock.now() < earliest);
    });
}

/// A scene on PostgreSQL; the database outlives the application where it is dropped after it.
#[cfg(feature = "postgres")]
pub(super) fn postgres_scene() -> (crate::harness::postgres::TestDatabase, Scene) {
    let database = crate::harness::postgres::migrated(|url| {
        lockkeeper::store::migrations::migrate(&url.parse().unwrap()).unwrap();
    });
    let url = database.url().parse().unwrap();
    let scene = Scene::on(TestApp::with(TestPlan { database: Some(url), ..TestPlan::default() }));
    (database, scene)
}

#[cfg(feature = "postgres")]
#[test]
fn nodes_that_meet_the_same_users_in_opposite_orders_never_deadlock() {
    use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};

    #[derive(QueryableByName)]
    struct Deadlocks {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }

    let database = crate::harness::postgres::migrated(|url| {
        lockkeeper::store::migrations::migrate(&url.parse().unwrap()).unwrap();
    });
    let plan =
        || TestPlan { database: Some(database.url().parse().unwrap()), ..TestPlan::default() };
    let scene = Scene::on(TestApp::with(plan()));
    let other = TestApp::with(plan());
    let tenant = scene.acme.profile.id().clone();
    block_on(async {
        let names: Vec<_> = (0..30).map(|n| format!("nobody{n}@acme.test")).collect();
        for _ in 0..10 {
            let there = names.iter().map(|name| scene.app.store.settle(failure(&tenant, name)));
            let back = names.iter().rev().map(|name| other.store.settle(failure(&tenant, name)));
            for settling in there.zip(back).flat_map(|(a, b)| [a, b]).collect::<Vec<_>>() {
                settling.await.unwrap();
            }
        }
    });
    let query = "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()";
    let found: Deadlocks = sql_query(query).get_result(&mut database.connect()).unwrap();
    assert_eq!(found.n, 0);
    drop((scene, other));
}
