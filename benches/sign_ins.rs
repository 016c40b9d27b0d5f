//! Sign-ins over HTTP against a loop of the hash crate's plain call (and one RS256 signature where
//! the password is right) on as many threads. What is left over is everything that we add.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use crate::PAIRS;
use crate::program::{Program, RIGHT, cpu_of, form};
use crate::stats::ratio;

/// The default cost of a password hash.
const MEMORY_KIB: u32 = 19_456;
const ITERATIONS: u32 = 2;
const CONNECTIONS: usize = 32;
const SPELL: Duration = Duration::from_secs(4);

/// Operations a second, and what each cost.
struct Run {
    rate: f64,
    cpu_ms: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Wrong,
    Right,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Right => "right",
        }
    }
}

pub(crate) fn run() {
    // Nobody is locked, however often this is wrong.
    let server = Program::start("max_attempts = 1000\nlong_run_limit = 0\n");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // While the anchor runs the server closes what is idle; none of those may be used again.
    let idle = Duration::from_secs(2);
    let client = reqwest::Client::builder().no_proxy().pool_idle_timeout(idle).build().unwrap();
    let names: Vec<_> = (0..CONNECTIONS).map(|n| format!("user{n}@acme.test")).collect();
    runtime.block_on(async {
        for name in &names {
            server.user(&client, name).await;
            // The first session makes the tenant's key, which is not what is measured.
            try_once(&server, &client, name, Kind::Right).await;
        }
    });
    for (what, kind) in [("wrong passwords", Kind::Wrong), ("right passwords", Kind::Right)] {
        let runs: Vec<_> = (0..PAIRS)
            .map(|_| {
                (runtime.block_on(over_http(&server, &client, &names, kind)), plain_loop(kind))
            })
            .collect();
        ratio(
            what,
            "a second",
            &runs.iter().map(|(ours, plain)| (ours.rate, plain.rate)).collect::<Vec<_>>(),
        );
        // Neighbours take wall time, not CPU time.
        let cpu: Vec<_> = runs.iter().map(|(ours, plain)| (ours.cpu_ms, plain.cpu_ms)).collect();
        ratio(&format!("CPU of {what}"), "ms each", &cpu);
    }
}

async fn try_once(server: &Program, client: &reqwest::Client, name: &str, kind: Kind) {
    let (password, status) = match kind {
        Kind::Wrong => ("wrong", 422),
        Kind::Right => (RIGHT, 200),
    };
    let answer = client.post(server.sign_ins()).form(&form(name, password)).send().await.unwrap();
    let (code, body) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(code, status, "{body}");
}

/// Sign-ins over HTTP; the CPU is the program's alone.
async fn over_http(
    server: &Program,
    client: &reqwest::Client,
    names: &[String],
    kind: Kind,
) -> Run {
    let (hashes, cpu) = (server.hashes(client).await, server.cpu());
    let started = Instant::now();
    let done = AtomicU64::new(0);
    let tasks = names.iter().map(|name| async {
        while started.elapsed() < SPELL {
            try_once(server, client, name, kind).await;
            done.fetch_add(1, Ordering::Relaxed);
        }
    });
    join(tasks).await;
    let (took, cpu) = (started.elapsed().as_secs_f64(), server.cpu() - cpu);
    let done = done.load(Ordering::Relaxed);
    assert_eq!(server.hashes(client).await - hashes, done, "one hash each, none spared");
    Run { rate: done as f64 / took, cpu_ms: cpu * 1000.0 / done as f64 }
}

/// Polls all until all are done.
async fn join<F: Future<Output = ()>>(futures: impl Iterator<Item = F>) {
    let mut left: Vec<_> = futures.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        left.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if left.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

/// The argument that makes this program an anchor of its own, so that each spell finds a heap that
/// nothing else has used.
const PLAIN: &str = "--plain-loop";

/// The plain call asks for its 19 MiB anew each time. Where the allocator has kept them it takes about
/// 14 ms, where the kernel maps them page by page (4,865 faults) about 19; which one is a matter of
/// which threads share a heap. The anchor is the faster one: an allocator that keeps.
const KEEPING: [(&str, &str); 2] =
    [("MALLOC_MMAP_THRESHOLD_", "33554432"), ("MALLOC_TRIM_THRESHOLD_", "1073741824")];

/// Calls of a thread before it is measured: the first twelve map all of their memory anew, none does
/// after them (counted call by call, glibc 2.36).
const WARM_UP: usize = 16;
/// Page faults each that are a moved heap, not a few pages of somebody else.
const MOST_FAULTS: f64 = 50.0;

/// Hashes a second on as many threads as the program's pool has: one a core.
fn plain_loop(kind: Kind) -> Run {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args([PLAIN, kind.name()]).envs(KEEPING).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = said.split_whitespace().map(|n| n.parse().unwrap()).collect();
    println!("    anchor: {:.2} ms of CPU, {:.0} page faults each", numbers[1], numbers[2]);
    assert!(numbers[2] < MOST_FAULTS, "the anchor's allocator did not keep its memory");
    Run { rate: numbers[0], cpu_ms: numbers[1] }
}

/// The anchor itself, if this process was started as one: rate, CPU and page faults each.
pub(crate) fn is_plain_loop() -> bool {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() != Some(PLAIN) {
        return false;
    }
    let wanted = words.next().unwrap();
    let kind = [Kind::Wrong, Kind::Right].into_iter().find(|kind| kind.name() == wanted).unwrap();
    let threads = std::thread::available_parallelism().unwrap().get();
    let (ready, stop) = (Arc::new(Barrier::new(threads + 1)), Arc::new(AtomicBool::new(false)));
    let key = Arc::new(KeyPair::generate(KeySize::Rsa2048).unwrap());
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let (ready, stop, key) = (Arc::clone(&ready), Arc::clone(&stop), Arc::clone(&key));
            std::thread::spawn(move || {
                (0..WARM_UP).for_each(|_| one(kind, &key));
                ready.wait();
                let mut done = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    one(kind, &key);
                    done += 1;
                }
                done
            })
        })
        .collect();
    ready.wait();
    let (started, cpu, faults) = (Instant::now(), cpu_of("self"), faults());
    std::thread::sleep(SPELL);
    stop.store(true, Ordering::Relaxed);
    let done: u64 = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
    let (took, cpu) = (started.elapsed().as_secs_f64(), cpu_of("self") - cpu);
    let (done, faults) = (done as f64, self::faults() - faults);
    println!("{} {} {}", done / took, cpu * 1000.0 / done, faults / done);
    true
}

/// One plain call, and for a right password a signature.
fn one(kind: Kind, key: &KeyPair) {
    let params = Params::new(MEMORY_KIB, ITERATIONS, 1, Some(32)).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut tag = [0; 32];
    argon2.hash_password_into(RIGHT.as_bytes(), b"sixteen bytes !!", &mut tag).unwrap();
    if kind == Kind::Right {
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &tag, &mut signature).unwrap();
    }
}

/// Page faults of this process that needed no disk.
fn faults() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    stat.rsplit(')').next().unwrap().split_whitespace().nth(7).unwrap().parse().unwrap()
}
