//! The tenant's actor: it may die and stop at any time, and nobody notices (DESIGN §5, actor rules).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lockkeeper::model::{Clock, Count, Millis, Span};

use super::*;
use crate::harness::children::Deadline;
use crate::harness::client::block_on;
use crate::harness::clock::FakeClock;

/// Panics once, when armed, in the thread of an actor.
struct Poisoned {
    clock: FakeClock,
    armed: AtomicBool,
    at: std::sync::Mutex<Option<std::thread::ThreadId>>,
}

impl Clock for Poisoned {
    fn at(&self, db_now: Option<Millis>) -> Millis {
        self.clock.at(db_now)
    }

    fn monotonic(&self) -> Duration {
        // Actors are started in, and ask the time from, arbiters' threads; attempts run elsewhere.
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        if name.contains("arbiter") && self.armed.swap(false, Ordering::SeqCst) {
            *self.at.lock().unwrap() = Some(std::thread::current().id());
            panic!("a panic on purpose");
        }
        self.clock.monotonic()
    }

    fn wait_until<'a>(&'a self, due: Millis) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.clock.wait_until(due)
    }
}

#[test]
fn an_actor_that_died_of_a_panic_is_replaced_and_nothing_is_forgotten() {
    let clock = Arc::new(Poisoned {
        clock: FakeClock::at_noon(),
        armed: AtomicBool::new(false),
        at: std::sync::Mutex::default(),
    });
    let given = Arc::clone(&clock);
    let scene = Scene::on(TestApp::changed(move |plan| plan.clock = given));
    block_on(async {
        let answer = scene.try_password(ALEX, "wrong").await;
        assert_eq!(answer, AttemptAnswer::Wrong { remaining: Some(N - 1) });
        let started = scene.app.metrics.value(Count::ActorsStarted);
        clock.armed.store(true, Ordering::SeqCst);
        // The attempt that meets the dying actor may be shed, but is never left waiting.
        let _shed_or_answered = scene.tried(ALEX, "wrong").await;
        assert!(clock.at.lock().unwrap().is_some(), "no actor panicked");
        let count = scene.state(scene.alex_subject()).await.count;
        let answer = scene.try_password(ALEX, "wrong").await;
        if count == N - 1 {
            assert!(matches!(answer, AttemptAnswer::WrongAndLocked(_)), "{answer:?}");
        } else {
            assert_eq!(answer, AttemptAnswer::Wrong { remaining: Some(N - 2) });
        }
        assert_eq!(scene.app.metrics.value(Count::ActorsStarted), started + 1);
    });
}

#[test]
fn an_idle_actor_stops_and_its_tenant_costs_nothing_until_it_is_needed() {
    let scene = Scene::on(TestApp::start());
    block_on(async {
        scene.try_password(ALEX, "wrong").await;
        assert_eq!(scene.app.tenants.actors_alive(), 1);
        // Longer than the idle time; upkeep looks at every minute.
        scene.app.advance(Span::MINUTE.times(11));
        let deadline = Deadline::after(Duration::from_secs(60));
        while scene.app.tenants.actors_alive() > 0 {
            assert!(!deadline.left().is_zero(), "the idle actor did not stop");
            tokio::task::yield_now().await;
        }
        let answer = scene.try_password(ALEX, "wrong").await;
        assert_eq!(answer, AttemptAnswer::Wrong { remaining: Some(N - 2) });
        assert_eq!(scene.app.metrics.value(Count::ActorsStarted), 2);
    });
}
