//! What is measured, by name. `telemetry` turns these into metrics; tests read them as numbers.

/// Things that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// One run of a password hash function, decoys included (`lockkeeper_password_hashes_total`).
    PasswordHashes,
    /// Attempts decided in a settle.
    AttemptsSettled,
    /// Database commits of the writer.
    Commits,
    /// Write jobs carried by those commits.
    WriteJobs,
    /// Requests answered "locked" from the published table, without hash, message or write.
    LockedRejections,
    /// Attempts answered 503 because they waited too long or a queue was full.
    AttemptsShed,
    Locks,
    Unlocks,
    MailsSent,
    MailsDeferred,
    MailsFailed,
    /// Events taken by an endpoint.
    WebhooksDelivered,
    WebhooksDeferred,
    WebhooksFailed,
    ContactRequests,
    /// Tenant actors started, restarts after a panic included.
    ActorsStarted,
    HttpRequests,
    /// Notices of other nodes' (and this one's) changes that were acted upon.
    NoticesHeard,
    /// Times that everything remembered was forgotten, because notices may have been missed.
    FreshStarts,
    /// Visits to the query-only connections: each one or more statements by key.
    Reads,
}

/// Things that are timed, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timing {
    PasswordHash,
    HashQueueWait,
    Commit,
    /// From the row to the SMTP server's acceptance.
    MailDelivery,
    /// From the event to the endpoint's acceptance.
    WebhookDelivery,
}

/// Where the numbers go.
pub trait Meter: Send + Sync + 'static {
    fn add(&self, what: Count, amount: u64);
    fn observe(&self, what: Timing, seconds: f64);
}

/// Counts nothing: for tests and commands that publish no metrics.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn add(&self, _what: Count, _amount: u64) {}
    fn observe(&self, _what: Timing, _seconds: f64) {}
}
