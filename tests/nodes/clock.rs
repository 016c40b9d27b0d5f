//! One clock decides when a lock ends: the database's. A node whose own clock is wrong refuses no
//! longer, and hashes no sooner, than one whose clock is right. The hand-moved clock of these tests
//! is the database's.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use lockkeeper::lockout::{LockLength, Policy, Preset};
use lockkeeper::model::{Clock, Count, Millis, Span};

use crate::harness::client::block_on;
use crate::harness::clock::{FakeClock, NOON};
use crate::harness::nodes::{Nodes, until};
use crate::race::{Seen, guess};

const DEADLINE: Duration = Duration::from_secs(60);
const RIGHT: &str = "correct horse battery";

/// A machine's clock that is wrong by `ahead` and, as the live one, moved by what is measured.
#[derive(Clone)]
struct Wrong {
    database: FakeClock,
    ahead: Arc<AtomicI64>,
    moved: Arc<AtomicI64>,
}

impl Wrong {
    fn by(ahead: Span, database: &FakeClock) -> Self {
        let ahead = Arc::new(AtomicI64::new(ahead.0));
        Self { database: database.clone(), ahead, moved: Arc::default() }
    }
}

impl Clock for Wrong {
    fn at(&self, db_now: Option<Millis>) -> Millis {
        let wrong = self.ahead.load(Ordering::SeqCst) + self.moved.load(Ordering::SeqCst);
        match db_now {
            Some(_) => self.database.now(),
            None => self.database.now().after(Span(wrong)),
        }
    }

    fn adjust(&self, by: Span) {
        self.moved.fetch_add(by.0, Ordering::SeqCst);
    }

    fn monotonic(&self) -> Duration {
        self.database.monotonic()
    }

    fn wait_until<'a>(&'a self, due: Millis) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.database.wait_until(due)
    }
}

#[test]
fn a_wrong_clock_neither_shortens_nor_lengthens_a_lock() {
    let nodes = Nodes::start(3, |number, plan, database| {
        let ahead = [Span::ZERO, Span::HOUR, Span(-Span::HOUR.0)][number];
        plan.clock = Arc::new(Wrong::by(ahead, database));
    });
    let minute = LockLength::For(Span::MINUTE);
    let policy = Policy { max_attempts: 2, minimum_duration: minute, ..Preset::Balanced.policy() };
    let acme = nodes.tenant("acme", policy);
    nodes.apps[0].user(&acme, "alex@acme.test", RIGHT);
    let clients: Vec<_> = nodes.apps.iter().map(|app| app.client()).collect();
    let guess = |node: usize, password: &str| {
        block_on(async { guess(&clients[node], "alex@acme.test", password).await })
    };
    let hashes =
        || -> u64 { nodes.apps.iter().map(|app| app.metrics.value(Count::PasswordHashes)).sum() };
    assert_eq!((guess(0, "wrong"), guess(1, "wrong")), (Seen::Wrong, Seen::Locked));
    let before = hashes();
    nodes.clock.advance(Span::SECOND.times(59));
    for node in [0, 1, 2, 1, 2] {
        assert_eq!(guess(node, RIGHT), Seen::Locked, "node {node}");
    }
    assert_eq!(hashes(), before, "a node took the lock for ended");
    nodes.clock.advance(Span::SECOND);
    for node in [2, 1, 0] {
        assert_eq!(guess(node, RIGHT), Seen::SignedIn, "node {node}");
    }
}

#[test]
fn a_clock_that_is_set_while_the_node_runs_is_corrected_again() {
    let wrong = Arc::new(std::sync::OnceLock::new());
    let kept = Arc::clone(&wrong);
    let nodes = Nodes::start(1, move |_, plan, database| {
        let clock = Wrong::by(Span::ZERO, database);
        plan.clock = Arc::new(kept.get_or_init(|| clock).clone());
    });
    let clock: &Wrong = wrong.get().unwrap();
    assert_eq!(clock.now(), NOON);
    for jump in [Span::DAY, Span(-Span::HOUR.0)] {
        clock.ahead.fetch_add(jump.0, Ordering::SeqCst);
        assert_ne!(clock.now(), NOON);
        until(DEADLINE, || clock.now() == NOON);
    }
    drop(nodes);
}
