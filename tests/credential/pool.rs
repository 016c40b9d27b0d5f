//! The pool of hashing threads, driven without sleeps: a gate job holds its only thread while the
//! queue is filled.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use lockkeeper::credential::{
    CredentialPool, HashAge, HashCost, Password, PoolFault, PoolSettings, StoredHash, Verdict,
    VerifyJob, Weight,
};
use lockkeeper::model::{Clock, Count, Meter, Millis, Source, TenantId, Timing};
use parking_lot::Mutex;

struct StillClock;

impl Clock for StillClock {
    fn at(&self, db_now: Option<Millis>) -> Millis {
        db_now.unwrap_or_default()
    }
    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
    fn wait_until<'a>(
        &'a self,
        _due: Millis,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::pending())
    }
}

#[derive(Default)]
struct Counted {
    hashes: AtomicU64,
    shed: AtomicU64,
    timed: AtomicU64,
}

impl Meter for Counted {
    fn add(&self, what: Count, amount: u64) {
        if what == Count::PasswordHashes {
            self.hashes.fetch_add(amount, Ordering::SeqCst);
        } else if what == Count::AttemptsShed {
            self.shed.fetch_add(amount, Ordering::SeqCst);
        }
    }
    fn observe(&self, what: Timing, _seconds: f64) {
        if what == Timing::PasswordHash {
            self.timed.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn settings(threads: usize, max_waiting: usize) -> PoolSettings {
    PoolSettings {
        threads: NonZeroUsize::new(threads),
        cost: HashCost::below_floor_for_tests(),
        max_waiting,
        max_waiting_per_tenant: max_waiting,
        // Some tests hold the only thread.
        reserve: Some(0),
        ..PoolSettings::default()
    }
}

fn pool(threads: usize, max_waiting: usize) -> (Arc<CredentialPool>, Arc<Counted>) {
    pool_of(settings(threads, max_waiting))
}

fn pool_of(settings: PoolSettings) -> (Arc<CredentialPool>, Arc<Counted>) {
    let meter = Arc::new(Counted::default());
    let pool = CredentialPool::start(settings, meter.clone(), Arc::new(StillClock)).unwrap();
    (Arc::new(pool), meter)
}

fn tenant(name: &str) -> TenantId {
    TenantId::from_stored(format!("ins_{name}"))
}

fn job(name: &str, password: &str, stored: StoredHash) -> VerifyJob {
    VerifyJob {
        tenant: tenant(name),
        source: Source::from_stored("192.0.2.1".to_owned()),
        password: Password::parse(password).unwrap(),
        stored,
    }
}

/// Holds the pool's only hashing thread until the sender is dropped.
fn hold(pool: &CredentialPool) -> Sender<()> {
    let (release, gate): (Sender<()>, Receiver<()>) = channel();
    let (started, wait) = channel();
    let held = pool.run(&tenant("gate"), Weight(1), move || {
        started.send(()).unwrap();
        let _released = gate.recv();
    });
    wait.recv().unwrap();
    // Already running, so dropping its future changes nothing.
    drop(held);
    release
}

/// Holds the thread that works for everybody by a job too heavy for the reserve.
fn hold_beside_the_reserve(pool: &CredentialPool) -> Sender<()> {
    let (release, gate): (Sender<()>, Receiver<()>) = channel();
    let (started, wait) = channel();
    let heavy = pool.run(&tenant("flood"), Weight(1_000), move || {
        started.send(std::thread::current().name().unwrap().to_owned()).unwrap();
        let _released = gate.recv();
    });
    assert_eq!(wait.recv().unwrap(), "credential-0");
    drop(heavy);
    release
}

type Waiting = std::pin::Pin<Box<dyn Future<Output = Result<Verdict, PoolFault>> + Send>>;

fn verify(pool: &CredentialPool, name: &str) -> Waiting {
    Box::pin(pool.verify(job(name, "x", StoredHash::Decoy)))
}

async fn stored(pool: &CredentialPool, password: &str) -> StoredHash {
    let source = Source::from_stored("cli".to_owned());
    let text = pool.hash(&tenant("a"), source, Password::parse(password).unwrap()).await.unwrap();
    StoredHash::parse(&text).unwrap()
}

#[tokio::test]
async fn right_wrong_and_decoy_each_cost_one_counted_hash() {
    let (pool, meter) = pool(1, 64);
    let hash = stored(&pool, "secret").await;
    let right = pool.verify(job("a", "secret", hash.clone())).await;
    assert_eq!(right, Ok(Verdict::Right(HashAge::Current)));
    assert_eq!(pool.verify(job("a", "wrong", hash)).await, Ok(Verdict::Wrong));
    assert_eq!(pool.verify(job("a", "secret", StoredHash::Decoy)).await, Ok(Verdict::Wrong));
    assert_eq!(meter.hashes.load(Ordering::SeqCst), 4);
    assert_eq!(meter.timed.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn other_work_runs_on_the_same_threads_and_counts_no_hash() {
    let (pool, meter) = pool(1, 64);
    let name = || std::thread::current().name().map(str::to_owned);
    let made = pool.run(&tenant("a"), Weight::KEY_GENERATION, name).await.unwrap();
    assert_eq!(made.as_deref(), Some("credential-0"));
    assert_eq!(meter.hashes.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_signature_does_not_wait_for_hashes() {
    let (pool, _) = pool(1, 64);
    let release = hold(&pool);
    assert_eq!(pool.sign(&tenant("a"), || 7).await, Ok(7));
    drop(release);
}

#[tokio::test]
async fn the_reserve_hashes_for_quiet_tenants_while_a_flood_has_the_other_thread() {
    let (pool, meter) = pool_of(PoolSettings { reserve: Some(1), ..settings(1, 64) });
    let release = hold_beside_the_reserve(&pool);
    // Up to its share a tenant is no flood: two turns of one thread.
    assert_eq!(verify(&pool, "flood").await, Ok(Verdict::Wrong));
    let heavy = pool.run(&tenant("flood"), Weight(1_000), || ());
    let flood: Vec<_> = (0..20).map(|_| verify(&pool, "flood")).collect();
    assert_eq!(verify(&pool, "victim").await, Ok(Verdict::Wrong));
    assert_eq!(meter.hashes.load(Ordering::SeqCst), 2, "the flood waits for the other thread");
    drop(release);
    heavy.await.unwrap();
    for job in flood {
        assert_eq!(job.await, Ok(Verdict::Wrong));
    }
}

#[tokio::test]
async fn a_wait_that_is_foretold_too_long_is_refused_where_there_is_room() {
    let patience = Duration::from_millis(1);
    let (pool, meter) = pool_of(PoolSettings { longest_wait: patience, ..settings(1, 1024) });
    let release = hold(&pool);
    // Before anything was measured a unit takes 310 ns: 403 hashes of 8 units take a millisecond.
    let mut flood: Vec<_> =
        (0..404).map(|_| pool.verify(job("flood", "x", StoredHash::Decoy))).collect();
    let refused = flood.pop().unwrap().await;
    assert!(matches!(refused, Err(PoolFault::Full { .. })), "{refused:?}");
    assert_eq!((pool.waiting(), meter.shed.load(Ordering::SeqCst)), (403, 1));
    let victim = pool.verify(job("victim", "x", StoredHash::Decoy));
    drop(release);
    assert_eq!(victim.await, Ok(Verdict::Wrong));
}

#[tokio::test]
async fn a_victims_job_overtakes_a_flood() {
    let (pool, _) = pool(1, 1000);
    let release = hold(&pool);
    let order: Arc<Mutex<Vec<&str>>> = Arc::default();
    let note = |who: &'static str| {
        let order = Arc::clone(&order);
        pool.run(&tenant(who), Weight(8), move || order.lock().push(who))
    };
    let flood: Vec<_> = (0..200).map(|_| note("flood")).collect();
    let victim = note("victim");
    drop(release);
    victim.await.unwrap();
    for job in flood {
        job.await.unwrap();
    }
    let place = order.lock().iter().position(|who| *who == "victim").unwrap();
    assert!(place <= 1, "served as number {place}");
}

#[tokio::test]
async fn a_full_queue_turns_the_flood_away_and_never_the_victim() {
    let (pool, meter) = pool(1, 8);
    let release = hold(&pool);
    let mut flood: Vec<_> =
        (0..8).map(|_| pool.verify(job("flood", "x", StoredHash::Decoy))).collect();
    let victim = pool.verify(job("victim", "x", StoredHash::Decoy));
    // The newest of the flood was shed for the victim, before anything was served.
    let shed = flood.pop().unwrap().await.unwrap_err();
    let PoolFault::Full { retry_after } = shed else { panic!("{shed:?}") };
    assert!((1..=60).contains(&retry_after.as_secs()));
    let refused = pool.verify(job("flood", "x", StoredHash::Decoy)).await;
    assert!(matches!(refused, Err(PoolFault::Full { .. })));
    assert_eq!(meter.shed.load(Ordering::SeqCst), 2);
    assert_eq!(pool.waiting(), 8);
    drop(release);
    assert_eq!(victim.await, Ok(Verdict::Wrong));
    for job in flood {
        assert_eq!(job.await, Ok(Verdict::Wrong));
    }
}

#[tokio::test]
async fn a_job_whose_caller_left_before_its_turn_is_skipped() {
    let (pool, meter) = pool(1, 64);
    let release = hold(&pool);
    drop(pool.verify(job("a", "x", StoredHash::Decoy)));
    let kept = pool.verify(job("a", "x", StoredHash::Decoy));
    drop(release);
    assert_eq!(kept.await, Ok(Verdict::Wrong));
    assert_eq!(meter.hashes.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_panicking_job_answers_and_its_thread_lives_on() {
    let (pool, _) = pool(1, 64);
    for _ in 0..3 {
        let fault = pool.run(&tenant("a"), Weight(1), || panic!("on purpose")).await;
        assert_eq!(fault, Err(PoolFault::Panicked));
    }
    assert_eq!(pool.run(&tenant("a"), Weight(1), || 7).await, Ok(7));
}

#[tokio::test]
async fn a_thousand_jobs_of_many_tenants_all_finish() {
    let (pool, meter) = pool(4, 4096);
    let jobs: Vec<_> = (0..1000)
        .map(|number| pool.verify(job(&format!("{}", number % 37), "x", StoredHash::Decoy)))
        .collect();
    for job in jobs {
        assert_eq!(job.await, Ok(Verdict::Wrong));
    }
    assert_eq!(meter.hashes.load(Ordering::SeqCst), 1000);
}

#[tokio::test]
async fn shutdown_finishes_what_waits_and_takes_nothing_new() {
    let (pool, _) = pool(2, 64);
    let jobs: Vec<_> = (0..10).map(|_| pool.verify(job("a", "x", StoredHash::Decoy))).collect();
    pool.shutdown();
    pool.shutdown();
    for job in jobs {
        assert_eq!(job.await, Ok(Verdict::Wrong));
    }
    let late = pool.verify(job("a", "x", StoredHash::Decoy)).await;
    assert_eq!(late, Err(PoolFault::ShutDown));
}

#[tokio::test]
async fn who_waits_for_a_thread_is_sent_away_and_a_signature_is_not() {
    let (pool, meter) = pool(1, 8);
    let held = hold(&pool);
    let waiting = [verify(&pool, "acme"), verify(&pool, "other")];
    pool.refuse_waiting();
    for one in waiting {
        assert_eq!(one.await, Err(PoolFault::Full { retry_after: Duration::from_secs(1) }));
    }
    assert_eq!(meter.shed.load(Ordering::SeqCst), 2);
    assert_eq!(pool.sign(&tenant("acme"), || 7).await, Ok(7));
    let later = verify(&pool, "acme");
    held.send(()).unwrap();
    assert!(later.await.is_ok(), "the pool still works");
}

#[test]
fn a_job_shows_no_password() {
    let shown = format!("{:?}", job("a", "hunter2", StoredHash::Decoy));
    assert!(!shown.contains("hunter2") && !shown.contains("104"), "{shown}");
}
