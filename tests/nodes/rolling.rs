//! Restarting one node after the other, under load, behind a load balancer: nobody notices. And
//! what a node does that is asked to stop.

use std::fmt;
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
use crate::harness::machine::Ticks;
use crate::harness::nodes::{migrate, until};
use crate::harness::postgres::{self, TestDatabase};
use crate::harness::process::{Server, lockkeeper, signal};

const DEADLINE: Duration = Duration::from_secs(60);
const RIGHT: &str = "correct horse battery";
const USERS: usize = 50;
/// How long a request is sent on in `make test`; the promise, [`RETRIES`], is measured by `make soak`.
const PATIENCE: Duration = Duration::from_secs(60);
/// With more of the machine than this taken by others, a failed run says nothing.
const OTHER_WORK: f64 = 0.1;
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
async fn capacity(balancer: &Arc<Balancer>) -> f64 {
    // Once around first, so that every node is warm.
    sign_in_for(balancer, Duration::from_secs(2)).await;
    balancer.start_over();
    let started = Instant::now();
    sign_in_for(balancer, Duration::from_secs(5)).await;
    f64::from(balancer.tally().first_try) / started.elapsed().as_secs_f64()
}

async fn sign_in_for(balancer: &Arc<Balancer>, length: Duration) {
    let started = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..16 {
        let balancer = Arc::clone(balancer);
        clients.spawn(async move {
            for number in 0.. {
                if started.elapsed() >= length {
                    return;
                }
                attempt(&balancer, client * 3 + number, RIGHT).await;
            }
        });
    }
    clients.join_all().await;
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

/// How a restart of every node went.
struct Course {
    tally: Tally,
    /// Sign-ins a second that the nodes can do; none where that was not asked.
    capacity: Option<f64>,
    /// The share of the machine that other processes had meanwhile.
    others: f64,
}

/// What a load is made of.
#[derive(Debug, Clone, Copy)]
enum Rate {
    /// So many wrong guesses a second, which are cheap here.
    Fixed(f64),
    /// Half as many sign-ins as the nodes can do.
    HalfOfCapacity,
}

/// Three nodes of the real program.
struct Ring {
    house: House,
    ports: Vec<u16>,
    nodes: Vec<Server>,
    drain: &'static str,
}

impl Ring {
    fn new(drain: &'static str) -> Self {
        let house = House::new();
        let ports: Vec<_> = (0..3).map(|_| children::free_port()).collect();
        let nodes = ports.iter().map(|port| house.node(*port, drain)).collect();
        Self { house, ports, nodes, drain }
    }

    fn bases(&self) -> Vec<String> {
        self.ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect()
    }

    /// Ends the node at this place and starts another there.
    async fn restart(&mut self, place: usize) {
        let (old, port, drain) = (self.nodes.remove(place), self.ports[place], self.drain);
        let (path, url) = (self.house.dir.path().to_owned(), self.house.database.url().to_owned());
        let fresh = tokio::task::spawn_blocking(move || {
            let (status, said) = old.terminate(DEADLINE);
            assert!(status.success(), "{said}");
            start(&path, &url, port, drain)
        });
        self.nodes.insert(place, fresh.await.unwrap());
    }
}

/// Restarts every node in turn, `rounds` times around, under load.
fn rolling_restart(rate: Rate, drain: &'static str, rounds: usize) -> Course {
    let mut ring = Ring::new(drain);
    let patience = match rate {
        Rate::Fixed(_) => PATIENCE,
        Rate::HalfOfCapacity => RETRIES,
    };
    let balancer = Arc::new(Balancer::new(ring.bases(), patience));
    let course = block_on(async {
        let mut probing = tokio::task::JoinSet::new();
        for place in 0..3 {
            let balancer = Arc::clone(&balancer);
            probing.spawn(async move { balancer.probe(place).await });
        }
        until_ready(&balancer, 3).await;
        let (capacity, rate) = match rate {
            Rate::Fixed(rate) => (None, rate),
            Rate::HalfOfCapacity => {
                let most = capacity(&balancer).await;
                (Some(most), most / 2.0)
            }
        };
        let password = if capacity.is_some() { RIGHT } else { "wrong" };
        balancer.start_over();
        let before = Ticks::now();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let loading = tokio::spawn(load(Arc::clone(&balancer), rate, password, stopped));
        for restart in 0..3 * rounds {
            ring.restart(restart % 3).await;
            until_ready(&balancer, 3).await;
        }
        stop.send_replace(true);
        loading.await.unwrap();
        let others = Ticks::now().others_since(&before);
        assert!(probing.try_join_next().is_none(), "the balancer stopped probing");
        Course { tally: balancer.tally(), capacity, others }
    });
    println!("\nresult: rolling restart of 3 nodes, {rounds} times around: {course}");
    course
}

impl fmt::Display for Course {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        let share = 100.0 * f64::from(tally.first_try) / f64::from(tally.requests);
        write!(out, "{} attempts", tally.requests)?;
        if let Some(most) = self.capacity {
            write!(out, " at {:.0}/s (capacity {most:.0}/s)", most / 2.0)?;
        }
        write!(
            out,
            ": {share:.2} % at first try, {} refused, {} unreachable and {} while no node was ready, of \
             which {} were answered within {:?}; {} connection resets; odd: {:?}; others had {:.0} % of \
             the machine",
            tally.refused,
            tally.unreachable,
            tally.nobody,
            tally.retried,
            tally.longest_retry,
            tally.resets,
            tally.odd,
            100.0 * self.others,
        )
    }
}

impl Course {
    fn nobody_noticed(&self) -> bool {
        let tally = &self.tally;
        // Where the machine is not measured, its stalls are not the restart's: only one node is away.
        let (nobody, patience) = match self.capacity {
            None => (tally.nobody, PATIENCE),
            Some(_) => (0, RETRIES),
        };
        assert!(tally.requests > 50, "too little was tried: {self}");
        tally.odd.is_empty()
            && tally.resets == 0
            && tally.first_try * 100 >= (tally.requests - nobody) * 99
            && tally.retried == tally.refused + tally.unreachable + tally.nobody
            && tally.longest_retry <= patience
    }
}

#[test]
fn a_rolling_restart_is_not_noticed() {
    let course = rolling_restart(Rate::Fixed(20.0), "5", 1);
    assert!(course.nobody_noticed(), "{course}");
}

/// `ROUNDS` says how often around; 3 unless set.
#[test]
#[ignore = "`make soak` runs it"]
fn soak_rolling_restart_at_half_of_capacity() {
    let rounds = std::env::var("ROUNDS").map_or(3, |text| text.parse().unwrap());
    for _ in 0..5 {
        let course = rolling_restart(Rate::HalfOfCapacity, "3", rounds);
        if course.nobody_noticed() {
            return;
        }
        assert_eq!(course.tally.resets, 0, "{course}");
        // Other work that began after the capacity was measured makes half of it more than all of
        // it: then they must refuse, and nothing is learnt of the restart.
        assert!(course.others > OTHER_WORK, "{course}");
    }
    panic!("the machine was never left alone for as long as this takes");
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
