//! Our side of the durable decisions: the facade `Tenants`, as wired by `app`, inside an actix system
//! with its actors, reader, gate, pool and committer. Left out are HTTP and the hash: passwords are
//! hashed at the cost that only tests may use (8 KiB, one pass: microseconds; its queue and its two
//! thread hops are in). 10 tenants with 1,000 users each; every attempt is a wrong password of a user
//! drawn at random, from that user's usual one of 256 addresses. Failures count and never lock.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use lockkeeper::app::{Core, LiveClock, Plan, in_system};
use lockkeeper::credential::{HashCost, Password};
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::*;
use lockkeeper::store::DatabaseUrl;
use lockkeeper::store::connection::Db;
use lockkeeper::store::schema::{identifications, users};
use lockkeeper::store::users::{Identification, User};
use lockkeeper::tenant::{
    AttemptAnswer, Browser, NewTenant, NewUserForm, PasswordAttempt, TenantProfile,
};
use lockkeeper::token::{MasterKey, MasterKeys};

const TENANTS: usize = 10;
const USERS: usize = 1_000;
const SPELL: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

pub(crate) struct World {
    core: Core,
    pub(crate) url: DatabaseUrl,
    pub(crate) profiles: Vec<Arc<TenantProfile>>,
    folder: tempfile::TempDir,
    #[cfg(feature = "postgres")]
    _database: Option<crate::postgres::TestDatabase>,
}

/// What one spell showed.
pub(crate) struct Spell {
    pub(crate) rate: f64,
    /// Milliseconds that each attempt took.
    pub(crate) waits: Vec<f64>,
    pub(crate) commits_per_attempt: f64,
    pub(crate) commit_ms: f64,
    pub(crate) cpu_us: f64,
}

/// A user's canonical name; `user` counts over all tenants.
pub(crate) fn name_of(user: usize) -> String {
    format!("user{user}@acme.test")
}

pub(crate) const ALL_USERS: usize = TENANTS * USERS;

/// Draws users: a linear congruential generator is random enough for pages of a B-tree.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) const fn from(seed: usize) -> Self {
        Self(seed as u64)
    }

    pub(crate) fn user(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % ALL_USERS
    }
}

impl World {
    /// Builds a world inside an actix system and runs `measure` in it.
    pub(crate) fn within(engine: Engine, measure: impl AsyncFnOnce(Self)) {
        diesel::connection::set_default_instrumentation(Statements::counted).unwrap();
        in_system(async {
            let world = Self::build(engine).await;
            measure(world).await;
        });
    }

    async fn build(engine: Engine) -> Self {
        let folder = tempfile::tempdir_in(".").unwrap();
        let path = folder.path().join("bench.db").display().to_string();
        #[cfg(feature = "postgres")]
        let database = (engine == Engine::Postgres).then(crate::postgres::empty);
        let url = match engine {
            Engine::Sqlite => DatabaseUrl::Sqlite { path, max_page_count: None },
            #[cfg(feature = "postgres")]
            Engine::Postgres => database.as_ref().unwrap().url().parse().unwrap(),
        };
        let keys = Arc::new(MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new()));
        let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let mut plan = Plan::new(listen, url.clone(), keys, Arc::new(LiveClock::new()));
        plan.pool.cost = HashCost::below_floor_for_tests();
        let core = Core::open(&mut plan, "http://localhost".parse().unwrap()).await.unwrap();
        let mut world = Self {
            core,
            url,
            profiles: Vec::new(),
            folder,
            #[cfg(feature = "postgres")]
            _database: database,
        };
        world.populate().await;
        world
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn populate(&mut self) {
        let policy = Policy { max_attempts: 1000, long_run_limit: 0, ..Preset::Balanced.policy() };
        for number in 0..TENANTS {
            let new = NewTenant {
                slug: format!("tenant{number}"),
                name: format!("Tenant {number}"),
                live: false,
                own_host: None,
                policy: Some(policy.clone()),
                support_email: None,
                redirect_urls: Vec::new(),
                brand_color: None,
                author: "bench".to_owned(),
            };
            let made = self.core.tenants.create_tenant(new).await.unwrap();
            self.profiles.push(made.profile);
        }
        let form = NewUserForm {
            identifiers: vec![Identifier::parse("first@acme.test").unwrap()],
            password: Some(Password::parse("correct horse battery").unwrap()),
            ..NewUserForm::default()
        };
        let profile = Arc::clone(&self.profiles[0]);
        let first = self.core.tenants.create_user(&profile, form, "bench").await.unwrap();
        let hash = first.record.user.password_hash;
        let mut db = self.url.open_writer().unwrap();
        db.begin_write().unwrap();
        for user in 0..ALL_USERS {
            let tenant = self.profiles[user % TENANTS].tenant.id.clone();
            add_user(&mut db, tenant, &name_of(user), hash.clone());
        }
        db.commit().unwrap();
    }

    /// Attempts by so many clients, each one after the other.
    pub(crate) async fn spell(&self, clients: usize) -> Spell {
        let waits = Rc::new(RefCell::new(Vec::new()));
        let (commits, jobs) = (self.counted(Count::Commits), self.counted(Count::AttemptsSettled));
        let (spent, cpu) = (self.commit_seconds(), cpu_seconds());
        let started = Instant::now();
        let tasks: Vec<_> = (0..clients)
            .map(|client| {
                let (tenants, waits) = (self.core.tenants.clone(), Rc::clone(&waits));
                let profiles = self.profiles.clone();
                tokio::task::spawn_local(async move {
                    let mut draw = Draw::from(client + 1 + waits.as_ptr() as usize);
                    while started.elapsed() < SPELL {
                        let user = draw.user();
                        let attempt = wrong(Arc::clone(&profiles[user % TENANTS]), user);
                        let began = Instant::now();
                        let answer = tenants.attempt_password(attempt).await.unwrap();
                        assert!(matches!(answer, AttemptAnswer::Wrong { .. }), "{answer:?}");
                        waits.borrow_mut().push(began.elapsed().as_secs_f64() * 1000.0);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let took = started.elapsed().as_secs_f64();
        let waits = waits.take();
        let attempts = waits.len() as f64;
        let committed = (self.counted(Count::Commits) - commits) as f64;
        assert_eq!(self.counted(Count::AttemptsSettled) - jobs, waits.len() as u64);
        Spell {
            rate: attempts / took,
            commits_per_attempt: committed / attempts,
            commit_ms: (self.commit_seconds() - spent) / committed * 1000.0,
            cpu_us: (cpu_seconds() - cpu) / attempts * 1e6,
            waits,
        }
    }

    /// Prints what a spell consists of.
    pub(crate) async fn explain(&self, clients: usize) {
        let (writes, reads) = (STATEMENTS.writes.value(), STATEMENTS.reads.value());
        let commits = self.counted(Count::Commits);
        let spell = self.spell(clients).await;
        let batches = (self.counted(Count::Commits) - commits) as f64;
        let attempts = spell.waits.len() as f64;
        println!(
            "{clients} clients: {:.0} a second, 1/{:.1} commit per attempt, {:.1} statements per batch \
             ({:.2} per attempt), {:.2} read statements per attempt, {:.1} us CPU per attempt, \
             wait p50 {:.2} ms p99 {:.2} ms, commit {:.3} ms",
            spell.rate,
            1.0 / spell.commits_per_attempt,
            (STATEMENTS.writes.value() - writes) as f64 / batches,
            (STATEMENTS.writes.value() - writes) as f64 / attempts,
            (STATEMENTS.reads.value() - reads) as f64 / attempts,
            spell.cpu_us,
            crate::stats::percentile(spell.waits.clone(), 0.5),
            crate::stats::percentile(spell.waits, 0.99),
            spell.commit_ms,
        );
    }

    fn counted(&self, what: Count) -> u64 {
        self.core.metrics.value(what)
    }

    fn commit_seconds(&self) -> f64 {
        let page = self.core.metrics.render();
        let sum = |line: &str| Some(line.split_once("commit_seconds_sum ")?.1.parse().unwrap());
        page.lines().find_map(sum).expect("the metrics tell how long commits take")
    }
}

fn wrong(profile: Arc<TenantProfile>, user: usize) -> PasswordAttempt {
    PasswordAttempt {
        profile,
        identifier: Identifier::parse(&name_of(user)).unwrap(),
        password: Password::parse("wrong").unwrap(),
        source: Source::from_stored(format!("192.0.2.{}", user % 256)),
        browser: Browser::NONE,
        sign_in: None,
        client: None,
        locale: None,
    }
}

fn add_user(db: &mut Db, tenant: TenantId, name: &str, hash: Option<String>) {
    let now = Millis(1_700_000_000_000);
    let id = UserId::generate(now);
    let parsed = Identifier::parse(name).unwrap();
    let row = Identification::vouched(
        tenant.clone(),
        IdentificationId::generate(now),
        id.clone(),
        &parsed,
        now,
    );
    let user = User { password_hash: hash, ..User::blank(tenant, id, now) };
    diesel::insert_into(users::table).values(&user).execute(db).unwrap();
    diesel::insert_into(identifications::table).values(&row).execute(db).unwrap();
}

/// Processor time of the process so far, all threads.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    // utime and stime, the 14th and 15th of the line, in hundredths of a second.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Counts statements, those of committers apart from the others.
struct Statements;

struct Counters {
    writes: Counter,
    reads: Counter,
}

struct Counter(AtomicU64);

impl Counter {
    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

static STATEMENTS: Counters =
    Counters { writes: Counter(AtomicU64::new(0)), reads: Counter(AtomicU64::new(0)) };

impl Statements {
    fn counted() -> Option<Box<dyn Instrumentation>> {
        Some(Box::new(Self))
    }
}

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            let thread = std::thread::current();
            let committer = thread.name().is_some_and(|name| name.starts_with("committer"));
            let counter = if committer { &STATEMENTS.writes } else { &STATEMENTS.reads };
            counter.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}
