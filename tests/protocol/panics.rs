//! A panic inside a transaction of the committer (rule 9): it costs its own item, no other.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use lockkeeper::model::{Clock, Millis};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::store::settle::Answer;

use super::row::failure;
use super::*;
use crate::harness::app::TestPlan;
use crate::harness::children::Deadline;
use crate::harness::client::block_on;
use crate::harness::clock::FakeClock;

/// Asked by the committer once per transaction; panics at the chosen ones.
struct Trap {
    clock: FakeClock,
    armed: AtomicBool,
    /// Transactions that were begun, or are waiting to.
    begun: AtomicUsize,
    /// Transactions that asked for the time since it was armed.
    asked: AtomicUsize,
    at: [usize; 2],
}

fn in_committer() -> bool {
    std::thread::current().name().is_some_and(|name| name.starts_with("committer"))
}

impl Clock for Trap {
    fn at(&self, db_now: Option<Millis>) -> Millis {
        if in_committer() && self.armed.load(Ordering::SeqCst) {
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            assert!(!self.at.contains(&number), "a panic on purpose");
        }
        self.clock.at(db_now)
    }

    fn monotonic(&self) -> Duration {
        if in_committer() {
            self.begun.fetch_add(1, Ordering::SeqCst);
        }
        self.clock.monotonic()
    }

    fn wait_until<'a>(&'a self, due: Millis) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.clock.wait_until(due)
    }
}

#[test]
fn a_panic_in_a_batch_costs_its_own_item_and_no_other() {
    // Transaction 0 is the one that keeps the committer busy, 1 the batch, 2 to 6 its items.
    let trap = Arc::new(Trap {
        clock: FakeClock::at_noon(),
        armed: AtomicBool::new(false),
        begun: AtomicUsize::new(0),
        asked: AtomicUsize::new(0),
        at: [1, 4],
    });
    let given = Arc::clone(&trap);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db").display().to_string();
    let url = DatabaseUrl::Sqlite { path, max_page_count: None };
    let plan =
        TestPlan { database: Some(url.clone()), change: Box::new(move |plan| plan.clock = given) };
    let scene = Scene::on(TestApp::with(plan));
    let tenant = scene.acme.profile.id().clone();
    let name = |n: usize| format!("nobody{n}@acme.test");
    // The couriers, the upkeep and the acts of staff have looked once and begin nothing of their own.
    block_on(trap.clock.until_waiting(4));
    // A second writer holds the database, so that the committer stands in its first transaction.
    let mut beside = url.open_writer().unwrap();
    beside.begin_write().unwrap();
    let before = trap.begun.load(Ordering::SeqCst);
    let store = &scene.app.store;
    let first = store.settle(failure(&tenant, &name(9)));
    let deadline = Deadline::after(Duration::from_secs(60));
    while trap.begun.load(Ordering::SeqCst) == before {
        assert!(!deadline.left().is_zero(), "the committer did not begin");
        std::thread::park_timeout(Duration::from_millis(1));
    }
    let batch: Vec<_> = (0..5).map(|n| store.settle(failure(&tenant, &name(n)))).collect();
    trap.armed.store(true, Ordering::SeqCst);
    beside.rollback().unwrap();
    let answers = block_on(async {
        first.await.unwrap();
        let mut answers = Vec::new();
        for settling in batch {
            answers.push(settling.await.ok().map(|settled| settled.answer().clone()));
        }
        answers
    });
    let wrong = |left| Some(Answer::Wrong { remaining: Some(left) });
    let [a, b, c, d, e] = answers.try_into().unwrap();
    assert_eq!([a, b, d, e], [wrong(N - 1), wrong(N - 1), wrong(N - 1), wrong(N - 1)]);
    assert_eq!(c, None, "who panicked is told nothing");
    // The next batch works, and what failed counted nothing.
    let again: Vec<_> = (0..5).map(|n| store.settle(failure(&tenant, &name(n)))).collect();
    let counts = block_on(async {
        let mut counts = Vec::new();
        for settling in again {
            counts.push(settling.await.unwrap().look().count);
        }
        counts
    });
    assert_eq!(counts, [2, 2, 1, 2, 2]);
    drop(scene);
}
