//! The committer: attempt ids that come twice, and a database that somebody else has locked.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use lockkeeper::lockout::{Policy, PolicyDocument, Preset};
use lockkeeper::model::*;
use lockkeeper::store::factor::Proof;
use lockkeeper::store::lanes::DeviceWish;
use lockkeeper::store::press::PressRequest;
use lockkeeper::store::settle::*;
use lockkeeper::store::users::UserChange;
use lockkeeper::store::{StoreError, SubjectKey};

use super::bench::{Bench, Home, key, phantom, run};
use crate::harness::waiting::until;

/// More than ten batches.
const MANY: usize = 5_500;

on_both!(
    an_attempt_that_is_asked_twice_counts_once,
    an_attempt_id_stays_taken_when_its_identifier_changes_hands,
    a_subjects_attempts_come_newest_first_and_nobody_elses,
);

fn wrong(bench: &Bench, name: &str, attempt: &AttemptId) -> SettleRequest {
    let now = bench.now();
    SettleRequest {
        tenant: bench.tenant.clone(),
        attempt: attempt.clone(),
        key: key(name),
        subject: phantom(name),
        phantom: phantom(name),
        proof: Proof::PASSWORD,
        verified: Verified::Wrong { credential_version: 0 },
        source: Source::from_stored("192.0.2.7".to_owned()),
        lane: Lane::Public,
        device: DeviceWish::None,
        sign_in: SettleSignIn::AtOnce {
            id: SignInId::generate(now),
            identifier: name.to_owned(),
            locale: None,
        },
        client: SettleClient { id: ClientId::generate(now), rotating_hash: "hash".to_owned() },
        session: SessionId::generate(now),
        session_lifetime: Span::DAY,
    }
}

async fn count(bench: &Bench, subject: SubjectKey) -> i64 {
    let (view, _) = bench
        .reader
        .subject_view(bench.tenant.clone(), subject, lockkeeper::model::Millis(0))
        .await
        .unwrap();
    view.subject.count
}

async fn an_attempt_that_is_asked_twice_counts_once(bench: Bench) {
    let once = AttemptId::generate(bench.now());
    let first = bench.store.settle(wrong(&bench, "nobody", &once)).await.unwrap();
    let again = bench.store.settle(wrong(&bench, "nobody", &once)).await.unwrap();
    assert_eq!(first.answer(), again.answer());
    assert_eq!(count(&bench, phantom("nobody")).await, 1);

    // Handed in together, so that one batch may hold all of them.
    let twice = AttemptId::generate(bench.now());
    let (store, other) = (&bench.store, AttemptId::generate(bench.now()));
    let (a, b, c) = tokio::join!(
        store.settle(wrong(&bench, "somebody", &twice)),
        store.settle(wrong(&bench, "another", &other)),
        store.settle(wrong(&bench, "somebody", &twice)),
    );
    assert_eq!(a.unwrap().answer(), c.unwrap().answer());
    assert!(matches!(b.unwrap().answer(), Answer::Wrong { .. }));
    assert_eq!(count(&bench, phantom("somebody")).await, 1);
    assert_eq!(count(&bench, phantom("another")).await, 1);
}

async fn an_attempt_id_stays_taken_when_its_identifier_changes_hands(bench: Bench) {
    let once = AttemptId::generate(bench.now());
    let first = bench.store.settle(wrong(&bench, "bob@example.com", &once)).await.unwrap();
    bench.add_user(&["bob@example.com"]).await;
    // Without the look at its id this one would be sent to the gate once more.
    let again = bench.store.settle(wrong(&bench, "bob@example.com", &once)).await.unwrap();
    assert_eq!(first.answer(), again.answer());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "bounds a wait for another connection's lock")]
fn jobs_behind_a_locked_database_are_answered_together() {
    let home = Home::sqlite();
    let mut somebody = home.url().open_writer().unwrap();
    run(home, |bench| async move {
        let user = bench.add_user(&["bob@example.com"]).await;
        somebody.begin_write().unwrap();
        let started = Instant::now();
        let jobs: Vec<_> = (0..MANY)
            .map(|_| {
                let (store, tenant, user) =
                    (bench.store.clone(), bench.tenant.clone(), user.clone());
                tokio::spawn(
                    async move { store.update_user(tenant, user, UserChange::default()).await },
                )
            })
            .collect();
        for job in jobs {
            let answer = job.await.unwrap();
            assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        }
        // Each batch alone would wait for five seconds.
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
        somebody.rollback().unwrap();
        let tenant = bench.tenant.clone();
        bench.store.update_user(tenant, user, UserChange::default()).await.unwrap();
    });
}

/// Also of a subject whose attempts stand in one batch, and of one that signs up or goes.
async fn a_subjects_attempts_come_newest_first_and_nobody_elses(bench: Bench) {
    let mut made = Vec::new();
    for round in 0..5 {
        let (one, two) = (AttemptId::generate(bench.now()), AttemptId::generate(bench.now()));
        let (a, b, c) = tokio::join!(
            bench.store.settle(wrong(&bench, "nobody", &one)),
            bench.store.settle(wrong(&bench, "somebody", &AttemptId::generate(bench.now()))),
            bench.store.settle(wrong(&bench, "nobody", &two)),
        );
        let mut pair = [(a.unwrap().order(), one), (c.unwrap().order(), two)];
        pair.sort();
        made.extend(pair.map(|(_, id)| id));
        b.unwrap();
        if round == 2 {
            bench.store.settle(wrong(&bench, "nobody", &made[0])).await.unwrap();
        }
    }
    made.reverse();
    let named = async |subject, limit| -> Vec<AttemptId> {
        let rows = bench.reader.attempts_of(bench.tenant.clone(), subject, limit).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    };
    assert_eq!(named(phantom("nobody"), 100).await, made);
    assert_eq!(named(phantom("nobody"), 3).await, made[..3]);
    assert_eq!(named(phantom("nobody"), 0).await, []);
    assert_eq!(named(phantom("somebody"), 100).await.len(), 5);
    assert_eq!(named(phantom("never tried"), 100).await, []);

    // Who signs up takes over the count, and does not see who tried before.
    let user = bench.add_user(&["nobody"]).await;
    let subject = SubjectKey::user(&user);
    assert_eq!(named(subject.clone(), 100).await, []);
    bench.attempt("nobody", Verified::Wrong { credential_version: 1 }).await;
    assert_eq!(named(subject, 100).await.len(), 1);
}

/// The number of a version that was undone is given to the next one: what was read in between is good
/// for nothing (rule 11).
#[test]
fn a_policy_that_was_undone_decides_nothing() {
    const SAID: &str = "CREATE TABLE parents (id INTEGER PRIMARY KEY); \
         CREATE TABLE children (id INTEGER REFERENCES parents(id) DEFERRABLE INITIALLY DEFERRED); \
         CREATE TRIGGER undone AFTER INSERT ON policies BEGIN INSERT INTO children VALUES (1); END;";
    let home = Home::sqlite();
    let mut somebody = home.url().open_writer().unwrap();
    run(home, |bench| async move {
        let save = |tries: i64| {
            let policy = Policy { max_attempts: tries, ..Preset::Balanced.policy() };
            let text = PolicyDocument::of(&policy).to_json();
            let (author, reason) = ("test".to_owned(), "test".to_owned());
            bench.store.save_policy(bench.tenant.clone(), text, author, reason)
        };
        bench.add_user(&["alex@acme.test"]).await;
        let bob = bench.add_user(&["bob@acme.test"]).await;
        // It reads the policy behind the save, as settles, which go first, do not.
        let press = || PressRequest {
            tenant: bench.tenant.clone(),
            user: bob.clone(),
            episode: 1,
            actor: "test".to_owned(),
        };
        somebody.batch_execute(SAID).unwrap();
        // Until both are of one transaction, whose commit the trigger prevents.
        until("a save and a press are undone together", async || {
            somebody.begin_write().unwrap();
            let user =
                bench.store.update_user(bench.tenant.clone(), bob.clone(), UserChange::default());
            let (_, saved, pressed, ()) =
                tokio::join!(user, save(1), bench.store.press(press()), async {
                    somebody.rollback().unwrap()
                },);
            assert!(matches!(saved, Err(StoreError::Unclear)), "{saved:?}");
            matches!(pressed, Err(StoreError::Unclear))
        })
        .await;
        somebody.batch_execute("DROP TRIGGER undone").unwrap();
        save(100).await.unwrap();
        let wrong = Verified::Wrong { credential_version: 1 };
        let answer = bench.attempt("alex@acme.test", wrong).await;
        assert_eq!(answer, Answer::Wrong { remaining: Some(99) });
    });
}
