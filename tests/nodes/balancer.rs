//! A small load balancer, as a proxy in front of the nodes is one: asks each node's `/readyz`, sends
//! requests to the ready ones in turn, and sends a request that was refused to another node. It
//! never repeats a request that may have been acted upon, and hides nothing: what it met is counted.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::Instant;

use crate::harness::waiting::pause;

/// How often each node is asked whether it is ready.
const PROBE: Duration = Duration::from_millis(200);
/// Between two tries of a refused request: a balancer that asks without a pause takes the processor
/// from those who could answer.
const PACE: Duration = Duration::from_millis(20);
/// A refused request must have succeeded elsewhere by then.
pub(super) const RETRIES: Duration = Duration::from_secs(2);

struct Backend {
    base: String,
    ready: AtomicBool,
    http: reqwest::Client,
}

pub(super) struct Balancer {
    backends: Vec<Backend>,
    turn: AtomicUsize,
    tally: Mutex<Tally>,
    /// How long a request is sent on that nobody has acted upon.
    patience: Duration,
}

/// What requests met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) requests: u32,
    /// Answered as they should by the first node that was asked.
    pub(super) first_try: u32,
    /// Refused with 503 at first.
    pub(super) refused: u32,
    /// Refused, and answered by another node; the longest took so long.
    pub(super) retried: u32,
    pub(super) longest_retry: Duration,
    /// The node took no connection.
    pub(super) unreachable: u32,
    /// No node had said lately that it is ready.
    pub(super) nobody: u32,
    /// The connection ended before the whole answer.
    pub(super) resets: u32,
    /// Anything else.
    pub(super) odd: Vec<String>,
}

enum Met {
    Success,
    Refused,
    Unreachable,
    Nobody,
    Reset,
    Odd(String),
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .timeout(Duration::from_secs(60))
        // Below the servers' five seconds, as every proxy is to be set.
        .pool_idle_timeout(Duration::from_secs(3))
        .build()
        .unwrap()
}

impl Balancer {
    pub(super) fn new(bases: Vec<String>, patience: Duration) -> Self {
        let backend = |base| Backend { base, ready: AtomicBool::new(false), http: client() };
        let backends = bases.into_iter().map(backend).collect();
        Self { backends, turn: AtomicUsize::new(0), tally: Mutex::default(), patience }
    }

    /// Asks the node at this place until it is dropped: each by itself, so that one that is slow to
    /// answer does not hide that another is stopping.
    pub(super) async fn probe(&self, place: usize) {
        let backend = &self.backends[place];
        let mut ticks = tokio::time::interval(PROBE);
        let http = client();
        loop {
            ticks.tick().await;
            let asked = http.get(format!("{}/readyz", backend.base)).send();
            let answer = tokio::time::timeout(Duration::from_secs(1), asked).await;
            let ready = matches!(answer, Ok(Ok(said)) if said.status() == StatusCode::OK);
            backend.ready.store(ready, Ordering::SeqCst);
        }
    }

    pub(super) fn ready(&self) -> usize {
        self.backends.iter().filter(|backend| backend.ready.load(Ordering::SeqCst)).count()
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally.lock().unwrap().clone()
    }

    pub(super) fn start_over(&self) {
        *self.tally.lock().unwrap() = Tally::default();
    }

    fn next(&self) -> Option<&Backend> {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst);
        let count = self.backends.len();
        let in_turn = (0..count).map(|step| &self.backends[(turn + step) % count]);
        in_turn.into_iter().find(|backend| backend.ready.load(Ordering::SeqCst))
    }

    /// One form to a path, sent on until it is answered.
    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) {
        let first = self.one_try(path, form).await;
        {
            let mut tally = self.tally.lock().unwrap();
            tally.requests += 1;
            match &first {
                Met::Success => tally.first_try += 1,
                Met::Refused => tally.refused += 1,
                Met::Unreachable => tally.unreachable += 1,
                Met::Nobody => tally.nobody += 1,
                Met::Reset => tally.resets += 1,
                Met::Odd(what) => tally.odd.push(what.clone()),
            }
        }
        // Nobody has acted upon these.
        if matches!(first, Met::Refused | Met::Unreachable | Met::Nobody) {
            self.retry(path, form).await;
        }
    }

    async fn retry(&self, path: &str, form: &[(&str, &str)]) {
        let started = Instant::now();
        while started.elapsed() < self.patience {
            match self.one_try(path, form).await {
                Met::Success => {
                    let mut tally = self.tally.lock().unwrap();
                    tally.retried += 1;
                    tally.longest_retry = tally.longest_retry.max(started.elapsed());
                    return;
                }
                Met::Refused | Met::Unreachable | Met::Nobody => pause(PACE).await,
                Met::Reset => self.tally.lock().unwrap().resets += 1,
                Met::Odd(what) => return self.tally.lock().unwrap().odd.push(what),
            }
        }
        self.tally.lock().unwrap().odd.push("never answered".to_owned());
    }

    async fn one_try(&self, path: &str, form: &[(&str, &str)]) -> Met {
        let Some(backend) = self.next() else { return Met::Nobody };
        let request = backend.http.post(format!("{}{path}", backend.base)).form(form);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Met::Unreachable,
            Err(error) if error.is_timeout() => return Met::Odd("no answer in a minute".into()),
            Err(_) => return Met::Reset,
        };
        let (status, waits) = (answer.status(), answer.headers().contains_key("retry-after"));
        let Ok(body) = answer.text().await else { return Met::Reset };
        match status {
            // A wrong guess is answered, too.
            StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY => Met::Success,
            StatusCode::SERVICE_UNAVAILABLE if waits => Met::Refused,
            other => Met::Odd(format!("{other}: {body}")),
        }
    }
}
