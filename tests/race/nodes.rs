//! The same races against three nodes of one database: the row decides, so no more is revealed than
//! by one; only hashes may be spent three times.
#![cfg(feature = "postgres")]

use super::*;
use crate::harness::nodes::Nodes;

pub(super) use crate::harness::nodes::migrate;

const NODES: usize = 3;

/// Three nodes with the tenant `acme`, and connections spread over them.
struct Ring {
    nodes: Nodes,
    acme: TestTenant,
    clients: Vec<Client>,
}

impl Ring {
    fn new(connections: usize) -> Self {
        let nodes = Nodes::start(NODES, |_, plan, _| patient(plan));
        let max_attempts = i64::try_from(N).unwrap();
        let policy = Policy { max_attempts, long_run_limit: 0, ..Preset::Balanced.policy() };
        let acme = nodes.tenant("acme", policy);
        let clients = (0..connections).map(|n| nodes.apps[n % NODES].client()).collect();
        Self { nodes, acme, clients }
    }

    fn counted(&self, what: Count) -> usize {
        let all: u64 = self.nodes.apps.iter().map(|app| app.metrics.value(what)).sum();
        usize::try_from(all).unwrap()
    }

    /// A thousand tries at once of one user's password; the answers and the hashes run.
    fn race(&self, name: &str, password: &'static str) -> (Vec<Seen>, usize) {
        self.nodes.apps[0].user(&self.acme, name, RIGHT);
        let before = self.counted(Count::PasswordHashes);
        let who = name.to_owned();
        let tries = many(
            GUESSES,
            self.clients.len(),
            |connection| self.clients[connection].clone(),
            move |client, _| {
                let who = who.clone();
                async move { guess(&client, &who, password).await }
            },
        );
        let limit = Duration::from_secs(300);
        let seen = block_on(async { tokio::time::timeout(limit, tries).await });
        (seen.expect("an end"), self.counted(Count::PasswordHashes) - before)
    }
}

fn all_wrong(runs: usize) {
    let ring = Ring::new(CONNECTIONS);
    let (mut most, mut sum) = (0, 0);
    for run in 0..runs {
        let locks = ring.counted(Count::Locks);
        let (seen, hashes) = ring.race(&format!("user{run}@acme.test"), "wrong");
        assert_eq!(count(&seen, Seen::Wrong), N - 1, "run {run}");
        assert_eq!(count(&seen, Seen::Locked), GUESSES - (N - 1), "run {run}");
        assert!((N..=NODES * N).contains(&hashes), "run {run}: {hashes} hashes");
        assert_eq!(ring.counted(Count::Locks) - locks, 1, "run {run}");
        (most, sum) = (most.max(hashes), sum + hashes);
    }
    println!(
        "\nresult: {runs} races of {GUESSES} wrong guesses on {NODES} nodes: {N} checked in each, \
         {most} hashes at most, {} on average",
        sum / runs
    );
}

#[test]
fn of_a_thousand_wrong_guesses_on_three_nodes_n_are_answered_as_guesses() {
    all_wrong(10);
}

#[test]
#[ignore = "`make soak` runs it"]
fn soak_of_a_thousand_wrong_guesses_on_three_nodes_n_are_answered_as_guesses() {
    all_wrong(50);
}

/// A thousand connections and sign-ins: alone, so that the time is not spent on other tests.
#[test]
#[ignore = "runs alone: `make test` starts it by itself"]
fn alone_a_thousand_right_guesses_on_three_nodes_all_sign_in() {
    let ring = Ring::new(GUESSES);
    let (seen, hashes) = ring.race("alex@acme.test", RIGHT);
    assert_eq!((count(&seen, Seen::SignedIn), hashes), (GUESSES, GUESSES));
}
