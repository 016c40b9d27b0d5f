//! `backup`: the whole database as one file, also while a server writes to it. Proved before it gets
//! its name. The master key is not in it and is not read.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use serde_json::json;

use super::args::Backup;
use super::new_file::NewFile;
use super::output::{say, say_json, warn};
use crate::app::LiveClock;
use crate::config::Config;
use crate::model::Clock;
use crate::store::{DatabaseUrl, backup};

/// `backup`
pub(super) fn run(config: &Config, wanted: &Backup) -> Result<ExitCode> {
    let path = match &config.database_url {
        DatabaseUrl::Sqlite { path, .. } => path,
        DatabaseUrl::Postgres(url) => {
            let database = Named::of(url).options();
            bail!(
                "PostgreSQL makes its own backups: \
                 pg_dump --format=custom{database} --file={}",
                wanted.file.display()
            );
        }
    };
    if !Path::new(path).exists() {
        bail!("there is no database at {path}; name it with --database-url");
    }
    let clock = LiveClock::new();
    let began = clock.monotonic();
    let new = NewFile::at(&wanted.file)?;
    let image = backup::copy(path, new.partial())
        .map_err(|fault| anyhow!("cannot back up {path}: {fault}; nothing was written"))?;
    let bytes = new.place()?;
    let took = clock.monotonic().saturating_sub(began);
    let (file, key) = (wanted.file.display(), config.master_key_file.display());
    if wanted.output.json {
        say_json(&json!({
            "file": wanted.file,
            "bytes": bytes,
            "tenants": image.tenants,
            "users": image.users,
            "schema": image.schema,
            "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "master_key_file": config.master_key_file,
            "has_master_key": false,
        }));
    } else {
        let (size, seconds) = (sized(bytes), took.as_secs_f64());
        let held = held(image.tenants, image.users);
        say(&format!("wrote {file}: {held}, {size}, in {seconds:.1} s; read through and whole"));
        say(&format!(
            "The master key is not in it: keep a copy of {key} elsewhere, \
             without it nothing sealed opens"
        ));
    }
    if !config.master_key_file.exists() {
        warn(&format!("the master key file {key} is not there"));
    }
    Ok(ExitCode::SUCCESS)
}

/// `1 tenant, 1,200 users`.
pub(super) fn held(tenants: i64, users: i64) -> String {
    let several =
        |n: i64, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    format!("{}, {}", several(tenants, "tenant"), several(users, "user"))
}

/// `34.2 MB`.
pub(super) fn sized(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// Where a PostgreSQL database is, without who asks for it and how they prove it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    host: Option<String>,
    port: Option<String>,
    database: Option<String>,
}

impl Named {
    /// Reads what libpq would, and rather nothing than what could be a piece of a password.
    pub(super) fn of(url: &str) -> Self {
        let Some((_, rest)) = url.split_once("://") else { return Self::default() };
        let end = rest.find(['@', '/']).unwrap_or(rest.len());
        let place = match rest.split_at_checked(end) {
            Some((_, after)) if after.starts_with('@') => after.trim_start_matches('@'),
            Some(_) | None => rest,
        };
        // A password that was not encoded, cut in pieces by its own signs.
        if place.contains('@') {
            return Self::default();
        }
        let (place, query) = place.split_once('?').unwrap_or((place, ""));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        let (host, port) = match hosts.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
            Some(_) | None => (hosts, ""),
        };
        // Several hosts: the first that answers, as libpq has it.
        let (host, port) = if host.contains(',') { (hosts, "") } else { (host, port) };
        let said = |name: &str| {
            query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)
        };
        let one = |text: &str, name: &str| {
            let text =
                if text.is_empty() { said(name).map_or("", |(_, value)| value) } else { text };
            let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:,[]%/".contains(c);
            (!text.is_empty() && text.chars().all(plain)).then(|| text.to_owned())
        };
        Self {
            host: one(host.trim_matches(['[', ']']), "host"),
            port: one(port, "port"),
            database: one(database, "dbname"),
        }
    }

    /// As PostgreSQL's programs take it, a blank before each.
    pub(super) fn options(&self) -> String {
        let option = |name: &str, value: &Option<String>| {
            value.as_ref().map_or_else(String::new, |value| format!(" --{name}={value}"))
        };
        let Self { host, port, database } = self;
        option("host", host) + &option("port", port) + &option("dbname", database)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_who_asks() {
        for (url, options) in [
            ("postgres://me:secret@db.example/lk", " --host=db.example --dbname=lk"),
            ("postgres://db:5433/lk?password=secret", " --host=db --port=5433 --dbname=lk"),
            ("postgres://me:se?cret@db/lk", " --host=db --dbname=lk"),
            ("postgres://me:se/cret@db/lk", ""),
            ("postgres:///lk?host=/run/pg&password=secret", " --host=/run/pg --dbname=lk"),
            ("postgres://me:secret@a:1,b:2/lk", " --host=a:1,b:2 --dbname=lk"),
            ("postgres://[::1]:5432/lk", " --host=::1 --port=5432 --dbname=lk"),
            ("postgres://me:secret@db", " --host=db"),
            ("postgres://db/lk;rm", " --host=db"),
        ] {
            assert_eq!(Named::of(url).options(), options, "{url}");
        }
    }

    #[test]
    fn sizes_and_numbers_are_said_in_words() {
        assert_eq!((sized(40_960), sized(34_249_999)), ("0.0 MB".to_owned(), "34.2 MB".to_owned()));
        assert_eq!(held(1, 2), "1 tenant, 2 users");
    }
}
