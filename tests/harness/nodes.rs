//! Several nodes of one PostgreSQL database, as `TestApp`s that share one hand-moved clock, and a
//! wait for what one of them must notice. Knows no feature.

use std::time::Duration;

use super::app::{TestApp, TestPlan, TestTenant};
use super::children::Deadline;
use super::clock::FakeClock;
use super::postgres::{self, TestDatabase};
use lockkeeper::app::Plan;
use lockkeeper::lockout::Policy;

/// Running nodes; they go before their database.
pub(crate) struct Nodes {
    pub(crate) apps: Vec<TestApp>,
    pub(crate) clock: FakeClock,
    pub(crate) database: TestDatabase,
}

pub(crate) fn migrate(url: &str) {
    lockkeeper::store::migrations::migrate(&url.parse().unwrap()).unwrap();
}

impl Nodes {
    /// `count` nodes of a fresh database; `change` gets the number of the node.
    pub(crate) fn start(
        count: usize,
        change: impl Fn(usize, &mut Plan, &FakeClock) + Clone + Send + 'static,
    ) -> Self {
        let (database, clock) = (postgres::migrated(migrate), FakeClock::at_noon());
        let mut nodes = Self { apps: Vec::new(), clock, database };
        for number in 0..count {
            let (change, clock) = (change.clone(), nodes.clock.clone());
            let app = nodes.one_more(move |plan| change(number, plan, &clock));
            nodes.apps.push(app);
        }
        nodes
    }

    /// Another node beside them, not kept among them.
    pub(crate) fn one_more(&self, change: impl FnOnce(&mut Plan) + Send + 'static) -> TestApp {
        let plan = TestPlan {
            database: Some(self.database.url().parse().unwrap()),
            change: Box::new(change),
        };
        TestApp::with_clock(plan, self.clock.clone())
    }

    /// A tenant made by the first node.
    pub(crate) fn tenant(&self, slug: &str, policy: Policy) -> TestTenant {
        self.apps[0].tenant(slug, Some(policy))
    }
}

/// Asks again until `look` finds something; how long that took. Panics after `deadline`.
pub(crate) fn until(deadline: Duration, mut look: impl FnMut() -> bool) -> Duration {
    let end = Deadline::after(deadline);
    while !look() {
        assert!(!end.left().is_zero(), "nothing within {deadline:?}");
        // The processor is left to what is waited for.
        std::thread::park_timeout(Duration::from_millis(5));
    }
    deadline - end.left()
}
