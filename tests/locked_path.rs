//! A locked account costs nothing: no hash and no write in the request, at most one read a second;
//! and an unlock elsewhere is noticed within that second.

use std::sync::Arc;

use lockkeeper::app::{Core, Plan, in_system};
use lockkeeper::credential::HashCost;
use lockkeeper::lockout::{LockoutType, Policy};
use lockkeeper::model::{Count, Identifier, LaneClaims, Source, Span};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::store::outbox::OutboxKind;
use lockkeeper::store::subject_events::SubjectRequest;
use lockkeeper::tenant::{AttemptAnswer, Browser, NewTenant, Password, PasswordAttempt};
use lockkeeper::token::{MasterKey, MasterKeys};

use crate::harness::app::{TestApp, TestPlan};
use crate::harness::client::block_on;
use crate::harness::clock::FakeClock;
use crate::harness::waiting::until;
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
        until("the mail", async || scene.app.metrics.value(Count::MailsSent) > 0).await;
        let reader = scene.app.tenants.reader();
        let due = async || reader.next_due(OutboxKind::Mail).await.unwrap();
        until("nothing is due", async || due().await.is_none()).await;
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
        let sums = reader.refusals_of(tenant, scene.alex_subject(), 10).await.unwrap();
        assert_eq!(sums.iter().map(|sum| sum.tries).collect::<Vec<_>>(), [1000]);
    });
}

#[test]
fn ten_thousand_refusals_cost_one_read_a_second_and_nothing_else() {
    // Without the web server and the courier, so that every read and commit is a refusal's.
    let (dir, clock) = (tempfile::tempdir().unwrap(), FakeClock::at_noon());
    let path = dir.path().join("test.db").display().to_string();
    let database = DatabaseUrl::Sqlite { path, max_page_count: None };
    let keys = Arc::new(MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new()));
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let mut plan = Plan::new(listen, database, keys, Arc::new(clock.clone()));
    plan.pool.cost = HashCost::below_floor_for_tests();
    in_system(async {
        let url = "http://localhost:8080".parse().unwrap();
        let core = Core::open(&mut plan, url).await.unwrap();
        let tenants = &core.tenants;
        let new = NewTenant {
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            live: false,
            own_host: None,
            policy: Some(Policy { max_attempts: 1, ..crate::protocol::policy() }),
            support_email: None,
            redirect_urls: Vec::new(),
            brand_color: None,
            author: "test".to_owned(),
        };
        let profile = tenants.create_tenant(new).await.map_err(|e| e.to_string()).unwrap().profile;
        let attempt = PasswordAttempt {
            profile: Arc::clone(&profile),
            identifier: Identifier::parse(ALEX).unwrap(),
            password: Password::parse("wrong").unwrap(),
            source: source(),
            browser: Browser::NONE,
            sign_in: None,
            client: None,
            locale: None,
        };
        tenants.attempt_password(attempt).await.unwrap();
        let reads = || core.metrics.value(Count::Reads);
        let costs = || {
            [Count::PasswordHashes, Count::WriteJobs, Count::Commits]
                .map(|what| core.metrics.value(what))
        };
        let before = costs();
        let mut each_second = Vec::new();
        for second in 0..10 {
            if second > 0 {
                clock.advance(Span::SECOND);
            }
            let then = reads();
            for _ in 0..1000 {
                let look = tenants
                    .locked_already(&profile, &key(ALEX), &source(), &LaneClaims::NONE)
                    .await
                    .unwrap();
                assert!(look.is_some());
            }
            each_second.push(reads() - then);
        }
        // In the second of the lock there may be one: an actor that has just started does not know
        // whether an unlock came between.
        assert!(each_second[0] <= 1, "{each_second:?}");
        assert_eq!(each_second[1..], [1; 9]);
        assert_eq!(costs(), before);
        core.close().await;
    });
}

#[test]
fn the_sums_of_a_user_come_together_from_its_identifiers_and_a_phantoms_stay_its_own() {
    let scene = Scene::new();
    let nobody = "nobody@acme.test";
    block_on(async {
        scene.lock(ALEX).await;
        scene.lock(nobody).await;
        let (tenants, profile) = (&scene.app.tenants, &scene.acme.profile);
        for name in [ALEX, ALEX, nobody] {
            tenants
                .locked_already(profile, &key(name), &source(), &LaneClaims::NONE)
                .await
                .unwrap();
        }
        let other = Source::from_stored("192.0.2.7".to_owned());
        tenants.locked_already(profile, &key(ALEX), &other, &LaneClaims::NONE).await.unwrap();
        scene.app.tenants.write_refusals().await.unwrap();
        // The minute's second write adds to the first.
        tenants.locked_already(profile, &key(ALEX), &other, &LaneClaims::NONE).await.unwrap();
        scene.app.tenants.write_refusals().await.unwrap();
        let sums = async |subject| {
            let reader = scene.app.tenants.reader();
            let sums = reader.refusals_of(profile.id().clone(), subject, 10).await.unwrap();
            let mut sums: Vec<_> =
                sums.into_iter().map(|sum| (sum.source.to_string(), sum.tries)).collect();
            sums.sort_unstable();
            sums
        };
        let (home, away) = (source().to_string(), other.to_string());
        let mut both = vec![(home.clone(), 2), (away, 2)];
        both.sort_unstable();
        assert_eq!(sums(scene.alex_subject()).await, both);
        assert_eq!(sums(scene.phantom(nobody)).await, [(home, 1)]);
        assert_eq!(sums(scene.phantom(ALEX)).await, []);
    });
}

#[test]
fn an_unlock_frees_every_source_at_once() {
    let scene = Scene::new();
    let policy = Policy {
        lockout_type: LockoutType::PerUserPerIp,
        max_attempts: 1,
        ..crate::protocol::policy()
    };
    block_on(async {
        let (tenants, profile) = (&scene.app.tenants, &scene.acme.profile);
        tenants.save_policy(profile, &policy, "test", "test").await.unwrap();
        let sources = ["192.0.2.1", "192.0.2.2"].map(|text| Source::from_stored(text.to_owned()));
        for source in &sources {
            let attempt =
                PasswordAttempt { source: source.clone(), ..scene.attempt(ALEX, "wrong") };
            let answer = tenants.attempt_password(attempt).await.unwrap();
            assert!(matches!(answer, AttemptAnswer::WrongAndLocked(_)), "{answer:?}");
            assert!(
                tenants
                    .locked_already(profile, &key(ALEX), source, &LaneClaims::NONE)
                    .await
                    .unwrap()
                    .is_some()
            );
        }
        tenants.unlock_user(profile, scene.alex.clone(), "test", None).await.unwrap();
        for source in &sources {
            let look = tenants
                .locked_already(profile, &key(ALEX), source, &LaneClaims::NONE)
                .await
                .unwrap();
            assert_eq!(look, None, "{source}");
        }
    });
}

#[test]
fn the_page_of_a_refused_try_reads_nothing() {
    let scene = Scene::new();
    let client = scene.app.client();
    block_on(async {
        scene.lock(ALEX).await;
        let submit = || async {
            let form = [("identifier", ALEX), ("password", "wrong")];
            let answer = client.post_form("/t/acme/sign-in", &form).await;
            assert_eq!(answer.status, 403);
        };
        submit().await;
        let before = scene.app.metrics.value(Count::Reads);
        for _ in 0..100 {
            submit().await;
        }
        // The courier looks for mails meanwhile, a few times.
        let reads = scene.app.metrics.value(Count::Reads) - before;
        assert!(reads < 20, "{reads}");
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

    /// Its locks are mailed to nobody, so that no mail is written while the table is held.
    const NOBODY: &str = "nobody@acme.test";

    /// Reads are made visible by holding the table: who reads waits.
    #[test]
    fn within_a_second_nobody_reads_and_after_it_one_does_for_all_who_ask() {
        let database = database();
        let plan =
            TestPlan { database: Some(database.url().parse().unwrap()), ..TestPlan::default() };
        let scene = Scene::on(TestApp::with(plan));
        block_on(async {
            scene.lock(NOBODY).await;
            let mut holder = database.connect();
            holder.batch_execute("BEGIN; LOCK TABLE subjects IN ACCESS EXCLUSIVE MODE").unwrap();
            let (tenants, profile) = (&scene.app.tenants, &scene.acme.profile);
            for _ in 0..100 {
                let look = tenants
                    .locked_already(profile, &key(NOBODY), &source(), &LaneClaims::NONE)
                    .await
                    .unwrap();
                assert!(look.is_some());
            }
            scene.app.advance(Span::SECOND);
            let mut asking = tokio::task::JoinSet::new();
            for _ in 0..100 {
                let (tenants, profile) = (tenants.clone(), profile.clone());
                let ask = async move {
                    tenants
                        .locked_already(&profile, &key(NOBODY), &source(), &LaneClaims::NONE)
                        .await
                };
                asking.spawn(ask);
            }
            let mut watcher = database.connect();
            // The server has other tests' databases too.
            let waiting = "FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                WHERE NOT granted AND datname = current_database()";
            let standing = format!("SELECT 1 / count(*) {waiting}");
            while watcher.batch_execute(&standing).is_err() {}
            let alone = format!("SELECT 1 / (count(*) < 2)::int {waiting}");
            watcher.batch_execute(&alone).expect("one reads, whoever asks meanwhile");
            assert!(asking.try_join_next().is_none(), "nobody is refused by an older entry");
            holder.batch_execute("ROLLBACK").unwrap();
            while let Some(look) = asking.join_next().await {
                assert!(look.unwrap().unwrap().is_some());
            }
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
