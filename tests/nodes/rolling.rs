//! Restarting one node after the other, under load, behind a load balancer: nobody notices. And
//! what a node does that is asked to stop.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lockkeeper::app::Plan;
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::token::MasterKeys;
use tempfile::TempDir;
use tokio::time::Instant;

use super::balancer::{Balancer, RETRIES, Tally};
use crate::harness::app::{TestApp, TestPlan};
use crate::harness::children::{self, Deadline};
use crate::harness::client::{Client, block_on};
use crate::harness::nodes::{migrate, until};
use crate::harness::postgres::{self, TestDatabase};
use crate::harness::process::{Server, lockkeeper, signal};

const DEADLINE: Duration = Duration::from_secs(60);
const RIGHT: &str = "correct horse battery";
const USERS: usize = 50;
const SIGN_INS: &str = "/t/acme/v1/client/sign_ins?_is_native=1";

/// A database with users, and everything the real program needs to serve it.
struct House {
    dir: TempDir,
    database: TestDatabase,
}

fn user(number: usize) -> String {
    format!("user{}@acme.test", number % USERS)
}

impl House {
    fn new() -> Self {
        let (dir, database) = (tempfile::tempdir().unwrap(), postgres::migrated(migrate));
        let keys = MasterKeys::load_or_create(&dir.path().join("lockkeeper.key")).unwrap();
        let plan = TestPlan {
            database: Some(database.url().parse().unwrap()),
            change: Box::new(move |plan: &mut Plan| plan.keys = Arc::new(keys)),
        };
        let app = TestApp::with(plan);
        // Wrong guesses are answered as such, and lock nobody.
        let policy = Policy { max_attempts: 1000, ..Preset::Balanced.policy() };
        let acme = app.tenant("acme", Some(policy));
        for number in 0..USERS {
            app.user(&acme, &user(number), RIGHT);
        }
        app.stop();
        Self { dir, database }
    }

    /// A node of the real program at `port` (0: any).
    fn node(&self, port: u16, drain: &str) -> Server {
        start(self.dir.path(), self.database.url(), port, drain)
    }
}

fn start(dir: &Path, database: &str, port: u16, drain: &str) -> Server {
    let listen = format!("127.0.0.1:{port}");
    let mut command = lockkeeper(dir, &["serve", "--listen", &listen]);
    command.args(["--database-url", database, "--metrics-listen", "off"]);
    command.args(["--master-key-file", "lockkeeper.key", "--log", "warn"]);
    command.args(["--public-url", "http://localhost:8080", "--drain-seconds", drain]);
    Server::start(command)
}

/// A try of `password`; a right one makes the server hash again at its own cost.
async fn attempt(balancer: &Balancer, number: usize, password: &str) {
    let name = user(number);
    let form = [("identifier", &*name), ("password", password), ("strategy", "password")];
    balancer.post(SIGN_INS, &form).await;
}

/// As many sign-ins a second as 16 clients get who start the next when one is done.
async fn capacity(balancer: &Arc<Balancer>, length: Duration) -> f64 {
    let started = Instant::now();
    let clients = (0..16).map(|client| {
        let balancer = Arc::clone(balancer);
        tokio::spawn(async move {
            for number in 0.. {
                if started.elapsed() >= length {
                    return;
                }
                attempt(&balancer, client * 3 + number, RIGHT).await;
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    f64::from(balancer.tally().first_try) / started.elapsed().as_secs_f64()
}

/// Starts `rate` tries a second, however long they take, until it is told to stop.
async fn load(
    balancer: Arc<Balancer>,
    rate: f64,
    password: &'static str,
    stop: tokio::sync::watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    let mut asked = tokio::task::JoinSet::new();
    for number in 0.. {
        ticks.tick().await;
        if *stop.borrow() {
            break;
        }
        let balancer = Arc::clone(&balancer);
        asked.spawn(async move { attempt(&balancer, number, password).await });
    }
    while let Some(done) = asked.join_next().await {
        done.unwrap();
    }
}

async fn until_ready(balancer: &Balancer, nodes: usize) {
    let end = Deadline::after(DEADLINE);
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    while balancer.ready() < nodes {
        assert!(!end.left().is_zero(), "{} of {nodes} nodes are ready", balancer.ready());
        ticks.tick().await;
    }
}

/// How a restart of every node went, at this many wrong guesses a second, which are cheap here, or
/// (none) at half as many sign-ins as the nodes can do.
fn rolling_restart(rate: Option<f64>, drain: &'static str, rounds: usize) -> Tally {
    let house = House::new();
    let ports: Vec<_> = (0..3).map(|_| children::free_port()).collect();
    let mut nodes: Vec<_> = ports.iter().map(|port| house.node(*port, drain)).collect();
    let bases = ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
    let balancer = Arc::new(Balancer::new(bases));
    let tally = block_on(async {
        let probing = tokio::spawn({
            let balancer = Arc::clone(&balancer);
            async move { balancer.probe().await }
        });
        until_ready(&balancer, 3).await;
        let measured = match rate {
            Some(_) => None,
            None => {
                // Once around first, so that every node is warm.
                capacity(&balancer, Duration::from_secs(2)).await;
                balancer.start_over();
                Some(capacity(&balancer, Duration::from_secs(5)).await)
            }
        };
        let password = if measured.is_some() { RIGHT } else { "wrong" };
        let rate = rate.or(measured.map(|most| most / 2.0)).unwrap();
        balancer.start_over();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let loading = tokio::spawn(load(Arc::clone(&balancer), rate, password, stopped));
        for restart in 0..3 * rounds {
            let (number, port) = (restart % 3, ports[restart % 3]);
            let old = nodes.remove(number);
            let (path, url) = (house.dir.path().to_owned(), house.database.url().to_owned());
            let fresh = tokio::task::spawn_blocking(move || {
                let (status, said) = old.terminate(DEADLINE);
                assert!(status.success(), "{said}");
                start(&path, &url, port, drain)
            });
            nodes.insert(number, fresh.await.unwrap());
            until_ready(&balancer, 3).await;
        }
        stop.send_replace(true);
        loading.await.unwrap();
        probing.abort();
        assert!(probing.await.unwrap_err().is_cancelled(), "the balancer stopped probing");
        let tally = balancer.tally();
        println!(
            "rolling restart of 3 nodes, {rounds} times around: {} attempts at {rate:.0}/s \
             (capacity {}): {:.2} % at first try, {} refused and {} unreachable, of which {} \
             were answered elsewhere within {:?}; {} connection resets, odd: {:?}",
            tally.requests,
            measured.map_or("not measured".to_owned(), |most| format!("{most:.0}/s")),
            100.0 * f64::from(tally.first_try) / f64::from(tally.requests),
            tally.refused,
            tally.unreachable,
            tally.retried,
            tally.longest_retry,
            tally.resets,
            tally.odd,
        );
        tally
    });
    drop(nodes);
    tally
}

fn nobody_noticed(tally: &Tally) {
    assert!(tally.requests > 50, "too little was tried: {tally:?}");
    assert!(tally.odd.is_empty(), "{tally:?}");
    assert_eq!(tally.resets, 0, "{tally:?}");
    assert!(tally.first_try * 100 >= tally.requests * 99, "{tally:?}");
    assert_eq!(tally.retried, tally.refused + tally.unreachable, "{tally:?}");
    assert!(tally.longest_retry <= RETRIES, "{tally:?}");
}

#[test]
fn a_rolling_restart_is_not_noticed() {
    nobody_noticed(&rolling_restart(Some(20.0), "1", 1));
}

/// `ROUNDS` says how often around; 3 unless set.
#[test]
#[ignore = "`make soak` runs it"]
fn soak_rolling_restart_at_half_of_capacity() {
    let rounds = std::env::var("ROUNDS").map_or(3, |text| text.parse().unwrap());
    nobody_noticed(&rolling_restart(None, "3", rounds));
}

#[test]
fn a_node_that_is_asked_to_stop_says_so_and_still_answers() {
    let house = House::new();
    let node = house.node(0, "600");
    let base = node.base().to_owned();
    let kept = Client::new(&base);
    let ready = |client: &Client| block_on(client.get("/readyz"));
    let first = ready(&kept);
    assert_eq!((first.status, first.header("connection")), (200, ""));
    signal("TERM", node.pid());
    let probe = Client::new(&base);
    until(DEADLINE, || ready(&probe).status == 503);
    assert_eq!(ready(&probe).body, "stopping\n");
    // On a connection that was there before, and on a new one.
    for client in [&kept, &Client::new(&base)] {
        let name = user(0);
        let form = [("identifier", &*name), ("password", RIGHT), ("strategy", "password")];
        let answer = block_on(client.post_form(SIGN_INS, &form));
        assert_eq!((answer.status, answer.header("connection")), (200, "close"), "{}", answer.body);
    }
    // A second signal ends the waiting.
    let (status, said) = node.terminate(DEADLINE);
    assert!(!status.success() && said.contains("second SIGTERM"), "{said}");
}
