//! Logs and metrics: where lines go and how they look, and the numbers behind `/metrics`. Counting
//! is one relaxed atomic addition; names are fixed, because dashboards are built on them.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::LogFormat;
use crate::model::{Count, Meter, Timing};

/// The content type of `Metrics::render`.
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether `start_logging` will understand this filter.
#[must_use]
pub fn is_log_filter(text: &str) -> bool {
    text.parse::<tracing_subscriber::filter::Targets>().is_ok()
}

/// Sends log lines to standard error, so that standard output stays for what commands print.
/// A filter that cannot be read means `info`; a second call changes nothing.
pub fn start_logging(filter: &str, format: LogFormat) {
    let targets: Targets =
        filter.parse().unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let registry = tracing_subscriber::registry().with(targets);
    let terminal = std::io::stderr().is_terminal();
    let pretty = match format {
        LogFormat::Auto => terminal,
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    };
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // Fails only where a subscriber is there already (tests), which then stays.
    let _ = if pretty {
        registry.with(layer.with_ansi(terminal)).try_init()
    } else {
        registry.with(layer.json().flatten_event(true).with_ansi(false)).try_init()
    };
}

/// The process's numbers.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    counts: [Counter<u64, AtomicU64>; COUNTS.len()],
    timings: [Histogram; TIMINGS.len()],
}

/// Name (without prefix and `_total`) and help of each count, in the order of `slot`.
const COUNTS: [(Count, &str, &str); 20] = [
    (Count::PasswordHashes, "password_hashes", "Runs of a password hash function, decoys included"),
    (Count::AttemptsSettled, "attempts_settled", "Attempts decided in a settle"),
    (Count::Commits, "commits", "Database commits of the writer"),
    (Count::WriteJobs, "write_jobs", "Write jobs carried by those commits"),
    (Count::LockedRejections, "locked_rejections", "Requests answered from the table of locks"),
    (Count::AttemptsShed, "attempts_shed", "Attempts answered 503 because of a queue"),
    (Count::Locks, "locks", "Locks set"),
    (Count::Unlocks, "unlocks", "Locks ended before their time"),
    (Count::MailsSent, "mails_sent", "Mails accepted by the mail server"),
    (Count::MailsDeferred, "mails_deferred", "Deliveries of mail put off after a fault"),
    (Count::MailsFailed, "mails_failed", "Mails given up"),
    (Count::ContactRequests, "contact_requests", "Contact requests received"),
    (Count::ActorsStarted, "actors_started", "Tenant actors started, restarts included"),
    (Count::HttpRequests, "http_requests", "HTTP requests received"),
    (Count::NoticesHeard, "notices_heard", "Notices between nodes that were acted upon"),
    (Count::FreshStarts, "fresh_starts", "Times that notices may have been missed"),
    (Count::Reads, "reads", "Visits to the query-only connections"),
    (Count::WebhooksDelivered, "webhooks_delivered", "Events taken by an endpoint"),
    (Count::WebhooksDeferred, "webhooks_deferred", "Deliveries of events put off after a fault"),
    (Count::WebhooksFailed, "webhooks_failed", "Deliveries of events given up"),
];

/// Name (without prefix and `_seconds`), help and least bucket in seconds, in the order of `slot`.
const TIMINGS: [(Timing, &str, &str, f64); 5] = [
    (Timing::PasswordHash, "password_hash", "Time of one password hash", 0.001),
    (Timing::HashQueueWait, "hash_queue_wait", "Wait for a hashing thread", 0.000_5),
    (Timing::Commit, "commit", "Time of one database commit", 0.000_1),
    (Timing::MailDelivery, "mail_delivery", "From the row to the mail server's acceptance", 0.005),
    (
        Timing::WebhookDelivery,
        "webhook_delivery",
        "From the event to the endpoint's acceptance",
        0.005,
    ),
];

/// Buckets of each histogram; each is twice the one before.
const BUCKETS: u16 = 14;

const fn count_slot(what: Count) -> usize {
    match what {
        Count::PasswordHashes => 0,
        Count::AttemptsSettled => 1,
        Count::Commits => 2,
        Count::WriteJobs => 3,
        Count::LockedRejections => 4,
        Count::AttemptsShed => 5,
        Count::Locks => 6,
        Count::Unlocks => 7,
        Count::MailsSent => 8,
        Count::MailsDeferred => 9,
        Count::MailsFailed => 10,
        Count::ContactRequests => 11,
        Count::ActorsStarted => 12,
        Count::HttpRequests => 13,
        Count::NoticesHeard => 14,
        Count::FreshStarts => 15,
        Count::Reads => 16,
        Count::WebhooksDelivered => 17,
        Count::WebhooksDeferred => 18,
        Count::WebhooksFailed => 19,
    }
}

const fn timing_slot(what: Timing) -> usize {
    match what {
        Timing::PasswordHash => 0,
        Timing::HashQueueWait => 1,
        Timing::Commit => 2,
        Timing::MailDelivery => 3,
        Timing::WebhookDelivery => 4,
    }
}

impl Metrics {
    /// All numbers at zero, under this build's version.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix("lockkeeper");
        let build = Info::new([
            ("version", env!("CARGO_PKG_VERSION")),
            ("postgres", if cfg!(feature = "postgres") { "yes" } else { "no" }),
        ]);
        registry.register("build", "What is running", build);
        let counts = COUNTS.map(|(_, name, help)| {
            let counter = Counter::<u64, AtomicU64>::default();
            registry.register(name, help, counter.clone());
            counter
        });
        let timings = TIMINGS.map(|(_, name, help, least)| {
            let buckets =
                prometheus_client::metrics::histogram::exponential_buckets(least, 2.0, BUCKETS);
            let histogram = Histogram::new(buckets);
            registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
            histogram
        });
        Arc::new(Self { registry, counts, timings })
    }

    /// Everything in the OpenMetrics text format.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::with_capacity(16 * 1024);
        // Writing into memory cannot fail.
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
        }
        text
    }

    /// The present value of a count.
    #[must_use]
    pub fn value(&self, what: Count) -> u64 {
        self.counts.get(count_slot(what)).map_or(0, Counter::get)
    }
}

impl Meter for Metrics {
    fn add(&self, what: Count, amount: u64) {
        if let Some(counter) = self.counts.get(count_slot(what)) {
            counter.inc_by(amount);
        }
    }

    fn observe(&self, what: Timing, seconds: f64) {
        if let Some(histogram) = self.timings.get(timing_slot(what)) {
            histogram.observe(seconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_holds_its_own_number() {
        for (at, (what, ..)) in COUNTS.iter().enumerate() {
            assert_eq!(count_slot(*what), at);
        }
        for (at, (what, ..)) in TIMINGS.iter().enumerate() {
            assert_eq!(timing_slot(*what), at);
        }
    }

    #[test]
    fn what_is_counted_is_rendered() {
        let metrics = Metrics::new();
        metrics.add(Count::PasswordHashes, 3);
        metrics.observe(Timing::Commit, 0.002);
        let text = metrics.render();
        assert!(text.contains("\nlockkeeper_password_hashes_total 3\n"), "{text}");
        assert!(text.contains("\nlockkeeper_commit_seconds_count 1\n"), "{text}");
        assert_eq!(metrics.value(Count::PasswordHashes), 3);
    }

    #[test]
    fn names_are_stable() {
        let text = Metrics::new().render();
        let names: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
        insta::assert_snapshot!(names.join("\n"), @"
        lockkeeper_build info
        lockkeeper_password_hashes counter
        lockkeeper_attempts_settled counter
        lockkeeper_commits counter
        lockkeeper_write_jobs counter
        lockkeeper_locked_rejections counter
        lockkeeper_attempts_shed counter
        lockkeeper_locks counter
        lockkeeper_unlocks counter
        lockkeeper_mails_sent counter
        lockkeeper_mails_deferred counter
        lockkeeper_mails_failed counter
        lockkeeper_contact_requests counter
        lockkeeper_actors_started counter
        lockkeeper_http_requests counter
        lockkeeper_notices_heard counter
        lockkeeper_fresh_starts counter
        lockkeeper_reads counter
        lockkeeper_webhooks_delivered counter
        lockkeeper_webhooks_deferred counter
        lockkeeper_webhooks_failed counter
        lockkeeper_password_hash_seconds histogram
        lockkeeper_hash_queue_wait_seconds histogram
        lockkeeper_commit_seconds histogram
        lockkeeper_mail_delivery_seconds histogram
        lockkeeper_webhook_delivery_seconds histogram
        ");
    }
}
