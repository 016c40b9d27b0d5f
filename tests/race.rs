//! Promise P1 over HTTP: however many guesses come at once, as many are answered as guesses as the
//! policy says and not one more, and no more are hashed. Every run has a user and a count of its
//! own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lockkeeper::app::Plan;
use lockkeeper::lockout::{LockoutType, Policy, Preset};
use lockkeeper::model::{Count, Identifier};
use lockkeeper::store::SubjectKey;

use crate::harness::app::{TestApp, TestPlan, TestTenant};
use crate::harness::client::{Answer, Client, block_on, many, source};
#[cfg(feature = "postgres")]
use crate::harness::postgres;

mod nodes;

/// Guesses of one race; within the 1,024 that may wait at one subject's gate.
const GUESSES: usize = 1000;
/// Connections they come over.
const CONNECTIONS: usize = 200;
/// Races of one kind, each to be won.
const RUNS: usize = 20;
/// Failures that lock.
const N: usize = 8;
const RIGHT: &str = "correct horse battery";

/// What the outside can tell about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    SignedIn,
    Wrong,
    Locked,
}

pub(crate) fn seen(answer: &Answer) -> Seen {
    let code =
        || answer.json()["errors"][0]["code"].as_str().map(str::to_owned).unwrap_or_default();
    match (answer.status, answer.status == 200) {
        (_, true) => {
            assert_eq!(answer.json()["response"]["status"], "complete", "{}", answer.body);
            Seen::SignedIn
        }
        (422, _) if code() == "form_password_incorrect" => Seen::Wrong,
        (403, _) if code() == "user_locked" => Seen::Locked,
        (status, _) => panic!("{status}: {}", answer.body),
    }
}

/// As an app, which keeps no cookie: one client's sessions do not stand in the way of another's.
pub(crate) async fn guess(client: &Client, identifier: &str, password: &str) -> Seen {
    let path = "/t/acme/v1/client/sign_ins?_is_native=1";
    let form = [("identifier", identifier), ("password", password), ("strategy", "password")];
    seen(&client.post_form(path, &form).await)
}

/// A server with the tenant `acme` and the connections that all races of a test share.
struct Track {
    app: TestApp,
    acme: TestTenant,
    clients: Vec<Client>,
}

fn patient(plan: &mut Plan) {
    // What is tested is who is admitted, not how fast this machine is.
    plan.attempt_wait = Duration::from_secs(60);
}

impl Track {
    fn of(app: TestApp, kind: LockoutType) -> Self {
        let max_attempts = i64::try_from(N).unwrap();
        let policy = Policy {
            max_attempts,
            lockout_type: kind,
            long_run_limit: 0,
            ..Preset::Balanced.policy()
        };
        let acme = app.tenant("acme", Some(policy));
        // Four loopback addresses in turn.
        let clients = (0..CONNECTIONS)
            .map(|n| Client::from_source(&app.base(), source(u8::try_from(n % 4).unwrap() + 1)))
            .collect();
        Self { app, acme, clients }
    }

    fn on_sqlite(kind: LockoutType) -> Self {
        Self::of(TestApp::changed(patient), kind)
    }

    fn user(&self, name: &str) {
        self.app.user(&self.acme, name, RIGHT);
    }

    fn hashes(&self) -> usize {
        usize::try_from(self.app.metrics.value(Count::PasswordHashes)).unwrap()
    }

    /// One race: `password(number)` is what guess `number` tries. The answers, and the hashes run.
    fn race(
        &self,
        name: &str,
        password: impl Fn(usize) -> &'static str + Send + Sync + 'static,
    ) -> (Vec<Seen>, usize) {
        let before = self.hashes();
        let (name, password) = (name.to_owned(), Arc::new(password));
        let seen = block_on(many(
            GUESSES,
            CONNECTIONS,
            |connection| self.clients[connection].clone(),
            move |client, number| {
                let (name, password) = (name.clone(), Arc::clone(&password));
                async move { guess(&client, &name, password(number)).await }
            },
        ));
        (seen, self.hashes() - before)
    }

    /// Count and lock of a user as the row has them.
    fn subject(&self, name: &str) -> (i64, bool) {
        let key = Identifier::parse(name).unwrap().key;
        block_on(async {
            let reader = self.app.tenants.reader();
            let tenant = self.acme.profile.id();
            let owner = reader.identified(tenant.clone(), key).await.unwrap().unwrap();
            let subject = SubjectKey::user(&owner.user.id);
            let (view, _) = reader
                .subject_view(tenant.clone(), subject, lockkeeper::model::Millis(0))
                .await
                .unwrap();
            (view.subject.count, view.subject.lock.is_some())
        })
    }
}

fn count(seen: &[Seen], what: Seen) -> usize {
    seen.iter().filter(|one| **one == what).count()
}

/// Of so many wrong guesses at once, N are checked and N − 1 answered as wrong; the N-th locks.
fn all_wrong(track: &Track, name: impl Fn(usize) -> String) {
    for run in 0..RUNS {
        let locks = track.app.metrics.value(Count::Locks);
        let (seen, hashes) = track.race(&name(run), |_| "wrong");
        assert_eq!(count(&seen, Seen::Wrong), N - 1, "run {run}");
        assert_eq!(count(&seen, Seen::Locked), GUESSES - (N - 1), "run {run}");
        assert_eq!(hashes, N, "run {run}");
        assert_eq!(track.app.metrics.value(Count::Locks) - locks, 1, "run {run}");
    }
}

#[test]
fn of_a_thousand_wrong_guesses_at_once_n_are_checked() {
    let track = Track::on_sqlite(LockoutType::PerUser);
    let name = |run: usize| format!("user{run}@acme.test");
    (0..RUNS).for_each(|run| track.user(&name(run)));
    all_wrong(&track, name);
}

#[test]
fn of_a_thousand_guesses_at_an_identifier_that_nobody_has_as_many() {
    let track = Track::on_sqlite(LockoutType::PerUser);
    all_wrong(&track, |run| format!("nobody{run}@acme.test"));
}

#[cfg(feature = "postgres")]
#[test]
fn of_a_thousand_wrong_guesses_at_once_n_are_checked_on_postgres() {
    let database = postgres::migrated(nodes::migrate);
    let plan =
        TestPlan { database: Some(database.url().parse().unwrap()), change: Box::new(patient) };
    let track = Track::of(TestApp::with(plan), LockoutType::PerUser);
    let name = |run: usize| format!("user{run}@acme.test");
    (0..RUNS).for_each(|run| track.user(&name(run)));
    all_wrong(&track, name);
    // The application goes before its database.
    drop(track);
}

#[test]
fn each_source_has_its_own_n_where_the_policy_counts_per_source() {
    let track = Track::on_sqlite(LockoutType::PerUserPerIp);
    for run in 0..5 {
        let name = format!("user{run}@acme.test");
        track.user(&name);
        let (seen, hashes) = track.race(&name, |_| "wrong");
        assert_eq!((count(&seen, Seen::Wrong), hashes), (4 * (N - 1), 4 * N), "run {run}");
    }
}

#[test]
fn a_right_guess_among_wrong_ones_signs_in_before_the_lock_or_not_at_all() {
    let track = Track::on_sqlite(LockoutType::PerUser);
    for run in 0..RUNS {
        let name = format!("user{run}@acme.test");
        track.user(&name);
        // Mostly among the first guesses, where it may be checked, sometimes far behind.
        let place = [0, 3, 7, 150, 199, 205, 999][run % 7];
        let lock_was_told = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&lock_was_told);
        let before = track.hashes();
        let who = name.clone();
        let answers = block_on(many(
            GUESSES,
            CONNECTIONS,
            |connection| track.clients[connection].clone(),
            move |client, number| {
                let (told, who) = (Arc::clone(&told), who.clone());
                async move {
                    let known = told.load(Ordering::SeqCst);
                    let password = if number == place { RIGHT } else { "wrong" };
                    let answer = guess(&client, &who, password).await;
                    if answer == Seen::Locked {
                        told.store(true, Ordering::SeqCst);
                    }
                    (answer, known)
                }
            },
        ));
        let seen: Vec<_> = answers.iter().map(|(answer, _)| *answer).collect();
        let (right, lock_came_first) = answers[place];
        assert!(lock_was_told.load(Ordering::SeqCst), "run {run}: nobody was locked");
        assert!(
            !(lock_came_first && right == Seen::SignedIn),
            "run {run}: a session after the lock"
        );
        // A completed sign-in clears the count: a lock that still stands on N came after it.
        assert_eq!(track.subject(&name), (i64::try_from(N).unwrap(), true), "run {run}");
        let (wrong, hashes) = (count(&seen, Seen::Wrong), track.hashes() - before);
        match right {
            Seen::SignedIn => {
                assert!((N - 1..=2 * (N - 1)).contains(&wrong), "run {run}: {wrong} wrong");
                assert_eq!(hashes, wrong + 2, "run {run}");
            }
            Seen::Locked => assert_eq!((wrong, hashes), (N - 1, N), "run {run}"),
            Seen::Wrong => panic!("run {run}: the right password was called wrong"),
        }
    }
}

/// A thousand connections and sign-ins: alone, so that the minute is not spent on other tests.
#[test]
#[ignore = "runs alone: `make test` starts it by itself"]
fn alone_a_thousand_right_guesses_at_once_all_sign_in() {
    let track = Track::on_sqlite(LockoutType::PerUser);
    track.user("alex@acme.test");
    let clients: Vec<_> = (0..GUESSES).map(|_| Client::new(&track.app.base())).collect();
    let work = async {
        let guesses = many(
            GUESSES,
            GUESSES,
            |connection| clients[connection].clone(),
            |client, _| async move { guess(&client, "alex@acme.test", RIGHT).await },
        );
        tokio::time::timeout(Duration::from_secs(300), guesses).await.expect("an end")
    };
    let seen = block_on(work);
    assert_eq!(count(&seen, Seen::SignedIn), GUESSES);
    assert_eq!(track.subject("alex@acme.test"), (0, false));
    assert_eq!(track.hashes(), GUESSES + 1, "one more for the user that was made");
}
