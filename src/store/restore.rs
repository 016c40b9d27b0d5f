//! What a restore does to databases: holds the old one so that nobody else has it open, makes it one
//! file without a log, shows what of a copy is sealed, and ends in the copy what waited to be sent.
//! Knows no folder, renames nothing and opens no seal.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::connection::{DatabaseUrl, Db};
use super::error::StoreError;
use super::events::EventKind;
use super::outbox::{OutboxKind, OutboxStatus};
use super::outbox_payload::ids_of;
use super::schema::{outbox, webhook_deliveries};
use super::webhook_deliveries::DeliveryStatus;
use crate::model::{Millis, OutboxId, TenantId};

/// Rows ended in one go.
const STEP: i64 = 500;
/// What staff read beside such a mail.
const WHY: &str = "waited when the backup was made; not sent by the restored server";

/// Why the old database cannot be taken away.
#[derive(Debug, thiserror::Error)]
pub enum HoldFault {
    #[error("another process has it open")]
    InUse,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The old database.
pub enum Old {
    Held(Held),
    /// SQLite cannot read it, and nobody has it open.
    Damaged {
        why: String,
        _guard: Guard,
    },
}

/// Keeps others from a file that SQLite cannot read, until it is dropped.
pub struct Guard(#[expect(dead_code, reason = "its lock goes with it")] std::fs::File);

/// A database that nobody else can open until this is dropped.
pub struct Held(SqliteConnection);

/// What of a database only the master key opens, one sample for each key that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSample {
    pub kind: SealedKind,
    pub tenant: TenantId,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKind {
    SigningKey,
    Authenticator,
    WebhookSecrets,
    MailServer,
    DkimKey,
    UserFile,
}

impl SealedKind {
    const ALL: [Self; 6] = [
        Self::SigningKey,
        Self::Authenticator,
        Self::WebhookSecrets,
        Self::MailServer,
        Self::DkimKey,
        Self::UserFile,
    ];

    /// Table and column.
    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::SigningKey => ("signing_keys", "sealed"),
            Self::Authenticator => ("totp_secrets", "sealed"),
            Self::WebhookSecrets => ("webhook_endpoints", "sealed"),
            Self::MailServer => ("mail_settings", "sealed"),
            Self::DkimKey => ("mail_settings", "dkim_sealed"),
            Self::UserFile => ("user_imports", "sealed"),
        }
    }
}

#[derive(QueryableByName)]
struct Sample {
    #[diesel(sql_type = Text)]
    tenant: String,
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Mode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

/// Opens a database so that nobody else has it, or finds that somebody does. What its log holds stays
/// in it.
///
/// # Errors
/// [`HoldFault::InUse`]; or where the file cannot be opened at all.
pub fn hold(path: &str) -> Result<Old, HoldFault> {
    let mut db = DatabaseUrl::open_plain(path)?;
    // With a log, the first look takes the whole lock; without one, the transaction does and the
    // mode keeps it.
    let taken =
        db.batch_execute("PRAGMA busy_timeout=1000; PRAGMA locking_mode=EXCLUSIVE;").and_then(
            |()| db.batch_execute("BEGIN EXCLUSIVE; SELECT count(*) FROM sqlite_master; COMMIT;"),
        );
    match taken.map_err(told) {
        Ok(()) => Ok(Old::Held(Held(db))),
        Err(HoldFault::Store(error)) if is_unreadable(&error) => {
            // Its end takes the locks along that it has on the file.
            drop(db);
            Ok(Old::Damaged { why: error.to_string(), _guard: guard(path)? })
        }
        Err(fault) => Err(fault),
    }
}

/// A file that a server still has open, though nobody new could read it: the server goes on with what
/// it has in memory, and writes it where nobody looks any more.
#[cfg(target_os = "linux")]
fn guard(path: &str) -> Result<Guard, HoldFault> {
    use rustix::fs::{FlockOperation, fcntl_lock};
    let unavailable =
        |error: std::io::Error| HoldFault::Store(StoreError::Unavailable(error.to_string()));
    let file =
        std::fs::OpenOptions::new().read(true).write(true).open(path).map_err(unavailable)?;
    // Over all of the file, and so over the bytes that SQLite locks for as long as it is open.
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Guard(file)),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Err(HoldFault::InUse),
        Err(error) => Err(unavailable(error.into())),
    }
}

/// As on Linux; elsewhere nobody is asked.
#[cfg(not(target_os = "linux"))]
fn guard(path: &str) -> Result<Guard, HoldFault> {
    let file = std::fs::File::open(path);
    file.map(Guard).map_err(|error| HoldFault::Store(StoreError::Unavailable(error.to_string())))
}

impl Held {
    /// Writes the log back and goes on without one: the database is one file, which may be renamed,
    /// and is still nobody else's.
    ///
    /// # Errors
    /// [`HoldFault::InUse`] where somebody came in between; then nothing was lost.
    pub fn alone(&mut self) -> Result<(), HoldFault> {
        let mode: Mode =
            sql_query("PRAGMA journal_mode=DELETE").get_result(&mut self.0).map_err(told)?;
        if mode.journal_mode != "delete" {
            return Err(HoldFault::InUse);
        }
        // The journal of that change goes only with the lock, and would else be removed by name when
        // another database has the name.
        let again =
            "PRAGMA locking_mode=NORMAL; SELECT count(*) FROM sqlite_master; BEGIN EXCLUSIVE;";
        self.0.batch_execute(again).map_err(told)?;
        let mode: Mode = sql_query("PRAGMA journal_mode").get_result(&mut self.0).map_err(told)?;
        if mode.journal_mode == "delete" { Ok(()) } else { Err(HoldFault::InUse) }
    }
}

fn told(error: diesel::result::Error) -> HoldFault {
    if error.to_string().contains("is locked") {
        return HoldFault::InUse;
    }
    HoldFault::Store(StoreError::Query(error))
}

fn is_unreadable(error: &StoreError) -> bool {
    let text = error.to_string();
    text.contains("file is not a database") || text.contains("malformed")
}

/// For each kind of sealed text and each master key that made one, one of them.
///
/// # Errors
/// [`StoreError`] when the database cannot answer.
pub fn sealed_samples(url: &DatabaseUrl) -> Result<Vec<SealedSample>, StoreError> {
    let mut db = url.open_writer()?;
    let mut found = Vec::new();
    for kind in SealedKind::ALL {
        let (table, column) = kind.place();
        // A sealed text begins with its version and the name of its key: 11 characters.
        let samples: Vec<Sample> = sql_query(format!(
            "SELECT min(tenant_id) AS tenant, {column} AS text FROM {table} \
             WHERE {column} IS NOT NULL GROUP BY substr({column}, 1, 11)"
        ))
        .load(&mut db)?;
        found.extend(samples.into_iter().map(|sample| SealedSample {
            kind,
            tenant: TenantId::from_stored(sample.tenant),
            text: sample.text,
        }));
    }
    Ok(found)
}

/// Ends what waited to be sent to a person when the backup was made, and what staff had done and
/// could still take back: it went out long ago, or was overtaken. Events wait on, since receivers know
/// a repeated one by its id; not so the text messages among them. Returns how many were ended.
///
/// # Errors
/// [`StoreError`]; nothing was changed then.
pub fn end_waiting(url: &DatabaseUrl, now: Millis) -> Result<usize, StoreError> {
    let mut db = url.open_writer()?;
    db.begin_write()?;
    let mut ended = 0_usize;
    loop {
        let rows = waiting(&mut db)?;
        if rows.is_empty() {
            break;
        }
        for (tenant, id, payload) in &rows {
            let none: Option<Millis> = None;
            diesel::update(outbox::table.find((tenant, id)))
                .set((
                    outbox::status.eq(OutboxStatus::Dropped),
                    outbox::claimed_until.eq(none),
                    outbox::last_error.eq(Some(WHY)),
                    outbox::finished_at.eq(Some(now)),
                    outbox::payload.eq(ids_of(payload)),
                ))
                .execute(&mut db)?;
        }
        ended = ended.saturating_add(rows.len());
    }
    let texts = diesel::update(
        webhook_deliveries::table
            .filter(
                webhook_deliveries::status.eq_any([DeliveryStatus::Due, DeliveryStatus::Sending]),
            )
            .filter(webhook_deliveries::event.eq(EventKind::SmsCreated)),
    )
    .set((
        webhook_deliveries::status.eq(DeliveryStatus::Dropped),
        webhook_deliveries::finished_at.eq(Some(now)),
    ))
    .execute(&mut db)?;
    db.commit()?;
    Ok(ended.saturating_add(texts))
}

fn waiting(db: &mut Db) -> QueryResult<Vec<(TenantId, OutboxId, String)>> {
    let text_message = format!("%\"type\":\"{}\"%", EventKind::SmsCreated.as_str());
    let to_people = outbox::kind
        .eq_any([OutboxKind::Mail, OutboxKind::Text, OutboxKind::Act])
        .or(outbox::payload.like(text_message));
    outbox::table
        .filter(outbox::status.eq_any([OutboxStatus::Due, OutboxStatus::Sending]))
        .filter(to_people)
        .select((outbox::tenant_id, outbox::id, outbox::payload))
        .limit(STEP)
        .load(db)
}

/// Writes the log of an own, finished database back, so that its file is all of it.
///
/// # Errors
/// [`StoreError`].
pub fn without_log(path: &str) -> Result<(), StoreError> {
    let mut db = DatabaseUrl::open_plain(path)?;
    let mode: Mode = sql_query("PRAGMA journal_mode=DELETE").get_result(&mut db)?;
    if mode.journal_mode == "delete" {
        return Ok(());
    }
    Err(StoreError::Unavailable("the copy could not be made one file".to_owned()))
}
