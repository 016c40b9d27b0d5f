//! A victim's sign-ins beside tenants that are flooded, against the same alone: the real server over
//! HTTP on this machine, both loads at steady rates of their own whatever is answered. Beside it the
//! same server with a queue that serves who came first, to show what the fair one is worth.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lockkeeper::app::{Application, LiveClock, Plan};
use lockkeeper::credential::{Job, JobQueue, Password, Shed};
use lockkeeper::lockout::Preset;
use lockkeeper::model::{Identifier, Source, TenantId};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::tenant::{NewTenant, NewUserForm, Tenants};
use lockkeeper::token::{MasterKey, MasterKeys};
use tokio::sync::{mpsc, oneshot};

use crate::PAIRS;
use crate::program::{RIGHT, form};
use crate::stats::{median, percentile};

/// Sign-ins of the victim a second: below a seventeenth of what this machine hashes (about 140), or
/// it would be one of those that ask for more than their share.
const VICTIM: f64 = 4.0;
/// Of all flooding tenants together: several times what this machine hashes.
const FLOOD: f64 = 600.0;
/// Names that a flood tries in turn.
const NAMES: usize = 1_000;
const SPELL: Duration = Duration::from_secs(30);
/// Until the flood has filled its queue.
const WARM_UP: Duration = Duration::from_secs(4);
/// Shorter than the default, so that the queue of a flood is full soon and takes few connections.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const MOST_FLOODING: usize = 16;

/// What a spell saw.
struct Seen {
    p50: f64,
    p99: f64,
    victims: usize,
    victims_shed: usize,
    flood: usize,
    flood_shed: usize,
}

pub(crate) fn run() {
    let fair = Server::start(None);
    let first_come = Server::start(Some(Box::new(FirstCome::default())));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let spell = |server: &Server, flooding| runtime.block_on(spell(server, &client, flooding));
    let mut ratios = [(1, Vec::new()), (MOST_FLOODING, Vec::new())];
    let mut unfair = Vec::new();
    for _ in 0..PAIRS {
        let alone = spell(&fair, 0);
        alone.say("alone");
        for (flooding, ratios) in &mut ratios {
            let beside = spell(&fair, *flooding);
            beside.say(&format!("beside {flooding} flooding"));
            ratios.push(beside.p99 / alone.p99);
        }
        let beside = spell(&first_come, 1);
        beside.say("first come first served, beside 1 flooding");
        unfair.push(beside.p99 / alone.p99);
    }
    for (flooding, ratios) in ratios {
        println!("p99 beside {flooding} flooding: median ratio {:.2}", median(ratios));
    }
    println!("p99 first come first served: median ratio {:.2}", median(unfair));
    println!("each of {PAIRS} rounds against the spell alone of its own round");
}

impl Seen {
    fn say(&self, what: &str) {
        let share = |part: usize, all: usize| 100.0 * part as f64 / all.max(1) as f64;
        println!(
            "  {what}: p50 {:.1} ms, p99 {:.1} ms; shed {} of {} victims, {:.0} % of {} of the flood",
            self.p50 * 1000.0,
            self.p99 * 1000.0,
            self.victims_shed,
            self.victims,
            share(self.flood_shed, self.flood),
            self.flood,
        );
    }
}

/// One answer: whose, how long after it was due to be asked, and its status.
struct Answer {
    flood: bool,
    took: f64,
    status: u16,
}

/// Both loads for a while. What was answered later than the spell is waited for and counted too.
async fn spell(server: &Server, client: &reqwest::Client, flooding: usize) -> Seen {
    let (tell, mut told) = mpsc::unbounded_channel();
    let started = Instant::now();
    let end = started + if flooding == 0 { SPELL } else { WARM_UP + SPELL };
    let counted_from = end - SPELL;
    let floods = (0..flooding).map(|number| {
        let (server, client, tell) = (server.base.clone(), client.clone(), tell.clone());
        tokio::spawn(steadily(FLOOD / flooding as f64, started, end, move |at, turn| {
            let url = format!("{server}/t/flood{number}/v1/client/sign_ins?_is_native=1");
            let name = format!("nobody{}@flood.test", turn % NAMES);
            ask(client.clone(), url, name, "wrong", at, true, tell.clone())
        }))
    });
    let floods: Vec<_> = floods.collect();
    let (base, calls, tell_victim) = (server.base.clone(), client.clone(), tell.clone());
    let victim = tokio::spawn(steadily(VICTIM, counted_from, end, move |at, turn| {
        let url = format!("{base}/t/victim/v1/client/sign_ins?_is_native=1");
        let name = format!("user{}@victim.test", turn % USERS);
        ask(calls.clone(), url, name, RIGHT, at, false, tell_victim.clone())
    }));
    drop(tell);
    for load in floods.into_iter().chain([victim]) {
        load.await.unwrap();
    }
    let mut answers = Vec::new();
    while let Some(answer) = told.recv().await {
        answers.push(answer);
    }
    let of = |flood: bool, shed: bool| {
        answers.iter().filter(|a| a.flood == flood && (!shed || a.status == 503)).count()
    };
    let served = answers.iter().filter(|a| !a.flood && a.status == 200);
    let times: Vec<f64> = served.map(|answer| answer.took).collect();
    Seen {
        p50: percentile(times.clone(), 0.5),
        p99: percentile(times, 0.99),
        victims: of(false, false),
        victims_shed: of(false, true),
        flood: of(true, false),
        flood_shed: of(true, true),
    }
}

/// Starts `work` so many times a second, at uneven distances, whether or not the last has ended.
async fn steadily<F: Future<Output = ()> + Send + 'static>(
    rate: f64,
    from: Instant,
    to: Instant,
    work: impl Fn(Instant, usize) -> F,
) {
    let mut due = from;
    let mut chance = 12_345_u64;
    for turn in 0.. {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let uneven = 0.5 + (chance >> 33) as f64 / f64::from(1_u32 << 31);
        due += Duration::from_secs_f64(uneven / rate);
        if due >= to {
            return;
        }
        tokio::time::sleep_until(due.into()).await;
        tokio::spawn(work(due, turn));
    }
}

async fn ask(
    client: reqwest::Client,
    url: String,
    name: String,
    password: &'static str,
    due: Instant,
    flood: bool,
    tell: mpsc::UnboundedSender<Answer>,
) {
    let answer = client.post(url).form(&form(&name, password)).send().await.unwrap();
    let status = answer.status().as_u16();
    answer.bytes().await.unwrap();
    assert!(matches!(status, 200 | 422 | 503), "{status}");
    tell.send(Answer { flood, took: due.elapsed().as_secs_f64(), status }).unwrap();
}

const USERS: usize = 16;

/// The application in a thread of its own.
struct Server {
    base: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(queue: Option<Box<dyn JobQueue>>) -> Self {
        let (tell, told) = channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let dir = tempfile::tempdir().unwrap();
            actix_web::rt::System::new().block_on(async {
                let path = dir.path().join("bench.db").display().to_string();
                let database = DatabaseUrl::Sqlite { path, max_page_count: None };
                let keys = Arc::new(MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new()));
                let listen = SocketAddr::from(([127, 0, 0, 1], 0));
                let mut plan = Plan::new(listen, database, keys, Arc::new(LiveClock::new()));
                plan.pool.longest_wait = LONGEST_WAIT;
                plan.hash_queue = queue;
                let app = Application::start(plan).await.unwrap();
                furnish(&app.tenants).await;
                tell.send(format!("http://localhost:{}", app.address.port())).unwrap();
                let _over = stopped.await;
                app.stop().await;
            });
        });
        let base = told.recv().unwrap();
        Self { base, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

async fn furnish(tenants: &Tenants) {
    let floods = (0..MOST_FLOODING).map(|number| format!("flood{number}"));
    for slug in floods.chain(["victim".to_owned()]) {
        let policy = lockkeeper::lockout::Policy {
            max_attempts: 1000,
            long_run_limit: 0,
            ..Preset::Balanced.policy()
        };
        let new = NewTenant {
            slug: slug.clone(),
            name: slug.clone(),
            live: false,
            own_host: None,
            policy: Some(policy),
            support_email: None,
            redirect_urls: Vec::new(),
            brand_color: None,
            author: "bench".to_owned(),
        };
        let made = tenants.create_tenant(new).await.map_err(|e| e.to_string()).unwrap();
        for number in 0..if slug == "victim" { USERS } else { 0 } {
            let form = NewUserForm {
                identifiers: vec![Identifier::parse(&format!("user{number}@victim.test")).unwrap()],
                password: Some(Password::parse(RIGHT).unwrap()),
                ..NewUserForm::default()
            };
            tenants.create_user(&made.profile, form, "bench").await.unwrap();
        }
    }
}

/// Who came first is served first; who comes when the wait is too long is sent away. Two words for
/// "no fairness": what most servers have.
#[derive(Default)]
struct FirstCome {
    jobs: VecDeque<(u64, Job)>,
    weight: u64,
}

impl JobQueue for FirstCome {
    fn push(
        &mut self,
        tenant: &TenantId,
        _source: Source,
        weight: u64,
        patience: u64,
        job: Job,
    ) -> Vec<Shed<Job>> {
        if self.weight + weight > patience {
            return vec![Shed { tenant: tenant.clone(), job }];
        }
        self.weight += weight;
        self.jobs.push_back((weight, job));
        Vec::new()
    }

    fn pop(&mut self) -> Option<Job> {
        while let Some((weight, job)) = self.jobs.pop_front() {
            self.weight -= weight;
            if !job.is_abandoned() {
                return Some(job);
            }
        }
        None
    }

    fn pop_quiet(&mut self, _workers: u64) -> Option<Job> {
        self.pop()
    }

    fn is_one_flood(&self, _workers: u64) -> bool {
        false
    }

    fn work_ahead(&self, _tenant: &TenantId) -> u64 {
        self.weight
    }

    fn waiting(&self) -> usize {
        self.jobs.len()
    }
}
