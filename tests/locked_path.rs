//! A locked account costs nothing: no hash and no write in the request, at most one read a second;
//! and an unlock elsewhere is noticed within that second.

use lockkeeper::model::{Count, Span};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::store::subject_events::SubjectRequest;
use lockkeeper::tenant::AttemptAnswer;

use crate::harness::app::{TestApp, TestPlan};
use crate::harness::client::block_on;
use crate::protocol::{ALEX, RIGHT, Scene, key, source};
use crate::race::{Seen, guess};

/// What a request may cost.
fn spent(app: &TestApp) -> [u64; 3] {
    [Count::PasswordHashes, Count::WriteJobs, Count::Commits].map(|what| app.metrics.value(what))
}

#[test]
fn a_thousand_refused_tries_hash_nothing_and_write_nothing() {
    let scene = Scene::new();
    let client = scene.app.client();
    block_on(async {
        scene.lock(ALEX).await;
        // The mail of the lock is written to by its courier; once it has rested nothing else may.
        while scene.app.metrics.value(Count::MailsSent) == 0 {
            tokio::task::yield_now().await;
        }
        let finished = async {
            let reader = scene.app.tenants.reader();
            use lockkeeper::store::outbox::OutboxKind;
            while reader.next_due(OutboxKind::Mail).await.unwrap().is_some() {
                tokio::task::yield_now().await;
            }
        };
        finished.await;
        let before = spent(&scene.app);
        for number in 0..1000 {
            let password = if number % 2 == 0 { RIGHT } else { "wrong" };
            assert_eq!(guess(&client, ALEX, password).await, Seen::Locked);
        }
        assert_eq!(spent(&scene.app), before);
        assert_eq!(scene.app.metrics.value(Count::LockedRejections), 1000);
        // They are summed later, one row a minute.
        scene.app.tenants.upkeep().await;
        let tenant = scene.acme.profile.id().clone();
        let reader = scene.app.tenants.reader();
        let sums = reader.refusals_of(tenant, scene.phantom(ALEX), 10).await.unwrap();
        assert_eq!(sums.iter().map(|sum| sum.tries).collect::<Vec<_>>(), [1000]);
    });
}

/// Unlocks as another process would: by a store of its own.
async fn unlock_elsewhere(scene: &Scene, other: &TestApp) {
    let request = SubjectRequest {
        tenant: scene.acme.profile.id().clone(),
        user: scene.alex.clone(),
        event: lockkeeper::lockout::Event::StaffUnlock,
        actor: "test".to_owned(),
        reason: None,
    };
    other.store.change_subject(request).await.unwrap();
}

/// Without notices, as on SQLite; with them it is sooner (`nodes`).
#[test]
fn an_unlock_by_another_process_is_noticed_within_a_second() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db").display().to_string();
    let database = DatabaseUrl::Sqlite { path, max_page_count: None };
    let plan = || TestPlan { database: Some(database.clone()), ..TestPlan::default() };
    let scene = Scene::on(TestApp::with(plan()));
    let other = TestApp::with_clock(plan(), scene.app.clock.clone());
    let client = scene.app.client();
    block_on(async {
        scene.lock(ALEX).await;
        unlock_elsewhere(&scene, &other).await;
        scene.app.advance(Span(999));
        assert_eq!(guess(&client, ALEX, RIGHT).await, Seen::Locked, "believed for a second");
        scene.app.advance(Span(1));
        assert_eq!(guess(&client, ALEX, RIGHT).await, Seen::SignedIn);
    });
    drop((scene, other));
}

#[cfg(feature = "postgres")]
mod on_postgres {
    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::harness::postgres::{self, TestDatabase};

    fn database() -> TestDatabase {
        postgres::migrated(|url| {
            lockkeeper::store::migrations::migrate(&url.parse().unwrap()).unwrap();
        })
    }

    /// Reads are made visible by holding the table: who reads waits.
    #[test]
    fn within_a_second_nobody_reads_and_after_it_one_does_while_the_rest_are_answered() {
        let database = database();
        let plan =
            TestPlan { database: Some(database.url().parse().unwrap()), ..TestPlan::default() };
        let scene = Scene::on(TestApp::with(plan));
        block_on(async {
            scene.lock(ALEX).await;
            let mut holder = database.connect();
            holder.batch_execute("BEGIN; LOCK TABLE subjects IN ACCESS EXCLUSIVE MODE").unwrap();
            let (tenants, profile) = (&scene.app.tenants, &scene.acme.profile);
            for _ in 0..100 {
                let look = tenants.locked_already(profile, &key(ALEX), &source()).await.unwrap();
                assert!(look.is_some());
            }
            scene.app.advance(Span::SECOND);
            let (one, who) = (tenants.clone(), profile.clone());
            let reading =
                tokio::spawn(async move { one.locked_already(&who, &key(ALEX), &source()).await });
            // Nobody else asks until the one stands before the table.
            let mut watcher = database.connect();
            let standing = "SELECT 1 / count(*) FROM pg_locks WHERE NOT granted";
            while watcher.batch_execute(standing).is_err() {}
            for _ in 0..100 {
                let look = tenants.locked_already(profile, &key(ALEX), &source()).await.unwrap();
                assert!(look.is_some());
            }
            assert!(!reading.is_finished(), "the one who reads waits");
            holder.batch_execute("ROLLBACK").unwrap();
            assert!(reading.await.unwrap().unwrap().is_some());
        });
        drop(scene);
    }

    #[test]
    fn a_locked_account_is_refused_by_a_second_node_without_a_hash() {
        let database = database();
        let plan =
            || TestPlan { database: Some(database.url().parse().unwrap()), ..TestPlan::default() };
        let scene = Scene::on(TestApp::with(plan()));
        let other = TestApp::with_clock(plan(), scene.app.clock.clone());
        let client = other.client();
        block_on(async {
            scene.lock(ALEX).await;
            let before = spent(&other);
            for _ in 0..10 {
                assert_eq!(guess(&client, ALEX, RIGHT).await, Seen::Locked);
            }
            assert_eq!(spent(&other)[0], before[0]);
            let answer = scene.try_password(ALEX, RIGHT).await;
            assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        });
        drop((scene, other));
    }
}
