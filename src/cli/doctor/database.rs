//! The database: whether it answers, can be written, is whole and as new as the program, and has room.

use std::path::{Path, PathBuf};

use super::super::output::{dated, with_causes};
use super::Findings;
use crate::app::Plan;
use crate::config::Config;
use crate::model::{Clock, Millis, Span};
use crate::store::checkup::{Checkup, SchemaState, ServerFacts};
use crate::store::{DatabaseUrl, StoreError};

/// PostgreSQL 14: the server looks for clients that have died while a statement runs.
const OLDEST_POSTGRES: i64 = 140_000;

/// Connections that PostgreSQL keeps for its administrators.
const ADMINISTRATORS: i64 = 3;

/// A clock that is further off than this is not set by anybody.
const SKEW: Span = Span(5_000);

/// Bytes below which a disk is soon full, and below which it nearly is.
const LITTLE: u64 = 1 << 30;
const NEARLY_NONE: u64 = 50 << 20;

/// How long a mail may wait for the server.
const WAITING: Span = Span::MINUTE.times(10);

/// A node that said nothing for so long is gone. `/readyz` makes it speak.
const NODE_ALIVE: Span = Span::HOUR;

/// Opens the database; says why not.
pub(super) fn reached(config: &Config, findings: &mut Findings) -> Option<Checkup> {
    const CHECK: &str = "database";
    match (Checkup::open(&config.database_url), sqlite_path(config)) {
        (Ok(checkup), path) => {
            let shown = path.map_or_else(|| "PostgreSQL".to_owned(), |p| p.display().to_string());
            findings.ok(CHECK, format!("{shown} answers"));
            return Some(checkup);
        }
        (Err(StoreError::NotFound), Some(path)) if folder(&path).is_dir() => findings.warning(
            CHECK,
            format!("{} is not there yet; the first command makes it", path.display()),
        ),
        (Err(StoreError::NotFound), Some(path)) => {
            let folder = folder(&path).display().to_string();
            findings.fault(
                CHECK,
                format!("the folder {folder} is not there; make it with: mkdir -p {folder}"),
            );
        }
        (Err(error), Some(_)) if is_damage(&error) => {
            findings.fault(CHECK, damaged(&error.to_string()))
        }
        (Err(error), _) => findings.fault(
            CHECK,
            format!(
                "cannot be used: {}; check database_url and the server",
                with_causes(&error.into())
            ),
        ),
    }
    None
}

fn is_damage(error: &StoreError) -> bool {
    let told = error.to_string();
    told.contains("malformed") || told.contains("not a database")
}

fn damaged(how: &str) -> String {
    format!("the file is damaged: stop the server, keep a copy, restore a backup ({how})")
}

fn sqlite_path(config: &Config) -> Option<PathBuf> {
    match &config.database_url {
        DatabaseUrl::Sqlite { path, .. } => Some(PathBuf::from(path)),
        DatabaseUrl::Postgres(_) => None,
    }
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// What belongs to the one database or the other.
pub(super) fn engine(
    config: &Config,
    checkup: &mut Checkup,
    clock: &dyn Clock,
    findings: &mut Findings,
) {
    match sqlite_path(config) {
        Some(path) => file(&path, checkup, findings),
        None => match checkup.server() {
            Ok(Some(facts)) => {
                server(config, &facts, findings);
                database_clock(checkup, clock, findings);
            }
            Ok(None) => {}
            Err(error) => findings.fault("database_server", with_causes(&error.into())),
        },
    }
}

fn file(path: &Path, checkup: &mut Checkup, findings: &mut Findings) {
    match checkup.damage() {
        Ok(damage) if damage.is_empty() => findings.ok("integrity", "the file is whole"),
        Ok(damage) => findings.fault("integrity", damaged(&damage.join("; "))),
        Err(error) if is_damage(&error) => findings.fault("integrity", damaged(&error.to_string())),
        Err(error) => findings.fault("integrity", with_causes(&error.into())),
    }
    let facts = match checkup.file() {
        Ok(facts) => facts,
        Err(error) => return findings.fault("journal", with_causes(&error.into())),
    };
    if let Some(facts) = facts {
        match facts.journal.as_str() {
            "wal" => findings.ok("journal", "the write-ahead log is in use"),
            other => findings.warning(
                "journal",
                format!(
                    "journal_mode is {other}, not wal, so reading and writing wait for each other: \
                     put the file on a local file system that only one machine uses"
                ),
            ),
        }
        free_space(path, u64::try_from(facts.room).unwrap_or(0), findings);
    }
    file_mode(path, findings);
}

/// `room`: what the file itself may grow by (`max_page_count`).
fn free_space(path: &Path, room: u64, findings: &mut Findings) {
    const CHECK: &str = "free_space";
    let disk = free_bytes(folder(path));
    let free = disk.unwrap_or(u64::MAX).min(room);
    let mib = free >> 20;
    let says = format!("{mib} MiB are left for the database; a full one answers every attempt 503");
    match free {
        free if free < NEARLY_NONE => findings.fault(CHECK, format!("{says}: make room")),
        free if free < LITTLE => findings.warning(CHECK, format!("{says}: make room soon")),
        _ if disk.is_none() => findings.ok(CHECK, "not known on this system"),
        _ => findings.ok(CHECK, format!("{mib} MiB are left")),
    }
}

/// What the file system of a folder has left for us.
#[cfg(target_os = "linux")]
fn free_bytes(folder: &Path) -> Option<u64> {
    let facts = rustix::fs::statvfs(folder.as_os_str().as_encoded_bytes()).ok()?;
    Some(facts.f_bavail.saturating_mul(facts.f_frsize))
}

#[cfg(not(target_os = "linux"))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(unix)]
fn file_mode(path: &Path, findings: &mut Findings) {
    use std::os::unix::fs::PermissionsExt;
    const CHECK: &str = "file_mode";
    let mode = match std::fs::metadata(path) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(error) => return findings.fault(CHECK, error.to_string()),
    };
    let shown = path.display();
    if mode & 0o007 == 0 {
        return findings.ok(CHECK, format!("{shown} is not open to other users (mode {mode:o})"));
    }
    findings.fault(
        CHECK,
        format!(
            "{shown} holds password hashes and is open to all users of this machine (mode {mode:o}); \
             run: chmod 600 {shown}*"
        ),
    );
}

#[cfg(not(unix))]
fn file_mode(_path: &Path, _findings: &mut Findings) {}

fn server(config: &Config, facts: &ServerFacts, findings: &mut Findings) {
    let version = &facts.version;
    if facts.version_number < OLDEST_POSTGRES {
        findings
            .fault("database_server", format!("PostgreSQL {version} is too old: run 14 or later"));
    } else {
        findings.ok("database_server", format!("PostgreSQL {version}"));
    }
    let node = needed(config);
    let free = facts.max_connections.saturating_sub(ADMINISTRATORS);
    let says = format!("a node takes {node} connections, the server has {free}");
    if node > free {
        findings.fault(
            "connections",
            format!("{says}: raise max_connections or lower database_pool_size"),
        );
    } else {
        findings.ok("connections", says);
    }
    if facts.fsync != "on" {
        findings.warning(
            "durability",
            "fsync is off at the server, so a crash of its machine can destroy everything: switch it on",
        );
    } else if facts.synchronous_commit == "off" {
        findings
            .ok("durability", "synchronous_commit is off at the server; our connections set it on");
    } else {
        findings.ok("durability", format!("synchronous_commit is {}", facts.synchronous_commit));
    }
}

/// Connections of a node: for reading, for writing, for notices, and one more while it starts.
fn needed(config: &Config) -> i64 {
    let writers = i64::try_from(Plan::WRITERS).unwrap_or(i64::MAX);
    i64::from(config.database_pool_size).saturating_add(writers).saturating_add(2)
}

fn database_clock(checkup: &mut Checkup, clock: &dyn Clock, findings: &mut Findings) {
    const CHECK: &str = "database_clock";
    let asked = clock.now();
    let read = checkup.clock();
    let answered = clock.now();
    match read {
        Ok(Some(database)) => {
            // Anything between the two readings of ours is right.
            let ahead = database.since(answered);
            let off = if ahead > Span::ZERO { ahead } else { asked.since(database) };
            let side = if ahead > Span::ZERO { "behind" } else { "ahead of" };
            if off > SKEW {
                findings.warning(
                    CHECK,
                    format!(
                        "this machine's clock is {} s {side} the database's, by which locks end: \
                         let both be set over the network",
                        off.as_seconds_up()
                    ),
                );
            } else {
                findings.ok(CHECK, "this machine's clock and the database's agree");
            }
        }
        Ok(None) => {}
        Err(error) => findings.fault(CHECK, with_causes(&error.into())),
    }
}

/// How new the tables are.
pub(super) fn schema(checkup: &mut Checkup, findings: &mut Findings) -> Option<SchemaState> {
    const CHECK: &str = "schema";
    let state = match checkup.schema() {
        Ok(state) => state,
        Err(error) => {
            findings.fault(CHECK, with_causes(&error.into()));
            return None;
        }
    };
    match state {
        SchemaState::Current => findings.ok(CHECK, "up to date"),
        SchemaState::Empty => {
            findings.warning(CHECK, "there are no tables yet; make them with: lockkeeper migrate");
        }
        SchemaState::Behind(steps) => findings.warning(
            CHECK,
            format!("{steps} steps behind this program; take them with: lockkeeper migrate"),
        ),
        SchemaState::Ahead(steps) => findings.fault(
            CHECK,
            format!("{steps} steps ahead of this program: run the newer version that took them"),
        ),
    }
    Some(state)
}

/// Whether something can be written.
pub(super) fn writable(checkup: &mut Checkup, findings: &mut Findings) {
    match checkup.prove_writable() {
        Ok(()) => findings.ok("database_writable", "a row was written and taken back"),
        Err(error) => findings.fault(
            "database_writable",
            format!(
                "cannot be written: {}; look at its permissions, its disk and who locks it",
                with_causes(&error.into())
            ),
        ),
    }
}

/// The nodes that proved lately that they can write, and by which clock.
pub(super) fn nodes(config: &Config, checkup: &mut Checkup, now: Millis, findings: &mut Findings) {
    const CHECK: &str = "nodes";
    let (nodes, clock) = match (checkup.nodes(), checkup.clock()) {
        (Ok(nodes), Ok(clock)) => (nodes, clock.unwrap_or(now)),
        (Err(error), _) | (_, Err(error)) => {
            return findings.fault(CHECK, with_causes(&error.into()));
        }
    };
    let ahead: Vec<_> = nodes.iter().filter(|(_, seen)| seen.since(clock) > SKEW).collect();
    if let [(name, seen), ..] = ahead.as_slice() {
        return findings.warning(
            CHECK,
            format!(
                "node `{name}` was last seen at {}, which has not come yet: a clock was wrong or was \
                 moved back; let all be set over the network",
                dated(*seen, clock)
            ),
        );
    }
    let alive = nodes.iter().filter(|(_, seen)| clock.since(*seen) < NODE_ALIVE).count();
    let names = if alive == 1 { "one node".to_owned() } else { format!("{alive} nodes") };
    let says = format!("{names} within the last hour");
    if config.database_url.is_sqlite() {
        return findings.ok(CHECK, says);
    }
    let all = needed(config).saturating_mul(i64::try_from(alive).unwrap_or(i64::MAX));
    match checkup.server() {
        Ok(Some(facts)) if all > facts.max_connections.saturating_sub(ADMINISTRATORS) => findings
            .warning(
                CHECK,
                format!(
                    "{says} may take {all} connections, more than max_connections ({}) leaves them: \
                     raise it or lower database_pool_size",
                    facts.max_connections
                ),
            ),
        Ok(_) => findings.ok(CHECK, says),
        Err(error) => findings.fault(CHECK, with_causes(&error.into())),
    }
}

/// Mail that should have left.
pub(super) fn outbox(checkup: &mut Checkup, now: Millis, findings: &mut Findings) {
    const CHECK: &str = "outbox";
    match checkup.waiting_mails(now) {
        Ok((count, Some(oldest))) if now.since(oldest) > WAITING => findings.warning(
            CHECK,
            format!(
                "{count} mails wait to leave, the oldest since {}: is a server running, and does the \
                 mail server take them?",
                dated(oldest, now)
            ),
        ),
        Ok((0, _)) => findings.ok(CHECK, "no mail waits to leave"),
        Ok((count, _)) => findings.ok(CHECK, format!("{count} mails wait to leave, none for long")),
        Err(error) => findings.fault(CHECK, with_causes(&error.into())),
    }
}
