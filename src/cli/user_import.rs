//! `user import`: takes users over from another system's export, batch by batch, or only says what
//! would become of each row. A run that was stopped is started again with the same file: what is
//! there already is left alone.

mod export;
mod row;

use std::collections::{BTreeSet, HashMap};
use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::json;

use self::export::{Entry, Export};
use self::row::Row;
use super::args::Import;
use super::opened::{tenant, told, with_core};
use super::output::{say, say_json, warn};
use crate::app::Core;
use crate::config::Config;
use crate::model::{CanonicalKey, IdentifierKind, Millis};
use crate::tenant::TenantProfile;
use crate::tenant::user_import::{BATCH, Fate, ImportForm, Obstacle};

/// A word to whoever watches, every so many rows.
const WORD_EVERY: u64 = 10_000;
/// Names of unknown columns that are kept for the report.
const MOST_UNKNOWN: usize = 50;

/// `user import`
pub(super) async fn run(config: &Config, import: Import) -> Result<ExitCode> {
    let mut export = Export::open(&import.file)?;
    with_core(config, async |core| {
        let profile = tenant(core, &import.tenant).await?;
        let mut run = Run { core, profile: &profile, import: &import, tally: Tally::default() };
        run.all(&mut export).await.with_context(|| {
            format!("stopped after {} rows; run the same command again to go on", run.tally.rows)
        })?;
        Ok(run.tally.report(&import))
    })
    .await
}

struct Run<'a> {
    core: &'a Core,
    profile: &'a TenantProfile,
    import: &'a Import,
    tally: Tally,
}

/// What became of the rows so far.
#[derive(Default)]
struct Tally {
    rows: u64,
    made: u64,
    there: u64,
    refused: u64,
    /// Keys that say nothing to us.
    unknown: BTreeSet<String>,
    /// Ids, identifiers and external ids of the rows before, and which row that was.
    seen: HashMap<String, u64>,
}

/// A row that waits for its batch.
struct Waiting {
    number: u64,
    id: Option<String>,
    form: ImportForm,
}

impl Run<'_> {
    async fn all(&mut self, export: &mut Export) -> Result<()> {
        let mut batch = Vec::with_capacity(BATCH);
        while let Some((number, entry)) = export.next_row()? {
            self.tally.rows = number;
            let now = self.core.clock.now();
            if let Some(waiting) = self.judged(number, entry, now) {
                batch.push(waiting);
            }
            if batch.len() >= BATCH {
                self.flush(&mut batch).await?;
            }
            if number.is_multiple_of(WORD_EVERY) && std::io::stderr().is_terminal() {
                warn(&format!("{number} rows read"));
            }
        }
        self.flush(&mut batch).await
    }

    /// The row, if nothing that can be seen without the database speaks against it.
    fn judged(&mut self, number: u64, entry: Entry, now: Millis) -> Option<Waiting> {
        let fields = match entry {
            Entry::Row(fields) => fields,
            Entry::Misshapen(why) => {
                self.refuse(number, None, &[why]);
                return None;
            }
        };
        let Row { id, form, mut faults, unknown } = row::read(&fields, now);
        for key in unknown {
            if self.tally.unknown.len() < MOST_UNKNOWN {
                self.tally.unknown.insert(key);
            }
        }
        if faults.is_empty() {
            faults = self.tally.repeats(number, &form);
        }
        if !faults.is_empty() {
            self.refuse(number, id.as_deref(), &faults);
            return None;
        }
        Some(Waiting { number, id, form })
    }

    async fn flush(&mut self, batch: &mut Vec<Waiting>) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let (mut places, mut forms) = (Vec::new(), Vec::new());
        for Waiting { number, id, form } in batch.drain(..) {
            let kinds: Vec<_> =
                form.user.identifiers.iter().map(|i| (i.key.clone(), i.kind)).collect();
            places.push((number, id, kinds));
            forms.push(form);
        }
        let tenants = &self.core.tenants;
        let fates = match self.import.dry_run {
            true => tenants.import_fates(self.profile, forms).await,
            false => tenants.import_users(self.profile, forms).await,
        };
        for ((number, id, kinds), fate) in places.into_iter().zip(fates.map_err(told)?) {
            match fate {
                Fate::Made => self.tally.made = self.tally.made.saturating_add(1),
                Fate::There => self.tally.there = self.tally.there.saturating_add(1),
                Fate::Refused(obstacle) => {
                    self.refuse(number, id.as_deref(), &[in_words(&obstacle, &kinds)]);
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, number: u64, id: Option<&str>, faults: &[String]) {
        self.tally.refused = self.tally.refused.saturating_add(1);
        if self.import.output.json {
            say_json(&json!({ "row": number, "id": id, "faults": faults }));
            return;
        }
        let of = id.map(|id| format!(" ({id})")).unwrap_or_default();
        say(&format!("row {number}{of}: {}", faults.join("; ")));
    }
}

impl Tally {
    /// What the row has in common with a row before it. Remembers it if there is nothing.
    fn repeats(&mut self, number: u64, form: &ImportForm) -> Vec<String> {
        let id = form.id.as_ref().map(|id| (format!("id {id}"), "id".to_owned()));
        let named = form
            .user
            .identifiers
            .iter()
            .map(|i| (format!("name {}", i.key.as_str()), i.kind.as_str().replace('_', " ")));
        let external = form.user.change.external_id.clone().flatten();
        let external = external.map(|of| (format!("external {of}"), "external id".to_owned()));
        let all: Vec<_> = id.into_iter().chain(named).chain(external).collect();
        let repeat = |(key, what): &(String, String)| {
            self.seen.get(key).map(|row| format!("{what}: the same as in row {row}"))
        };
        let repeats: Vec<String> = all.iter().filter_map(repeat).collect();
        if repeats.is_empty() {
            self.seen.extend(all.into_iter().map(|(key, _)| (key, number)));
        }
        repeats
    }

    fn report(&self, import: &Import) -> ExitCode {
        let Self { rows, made, there, refused, unknown, .. } = self;
        if import.output.json {
            say_json(&json!({
                "rows": rows,
                "dry_run": import.dry_run,
                "imported": made,
                "already_there": there,
                "refused": refused,
                "not_taken_over": unknown,
            }));
        } else {
            let imported = if import.dry_run { "would be imported" } else { "imported" };
            let rows = if *rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
            say(&format!("{rows}: {made} {imported}, {there} there already, {refused} refused"));
            if !unknown.is_empty() {
                let names: Vec<&str> = unknown.iter().map(String::as_str).collect();
                say(&format!("not taken over: {}", names.join(", ")));
            }
        }
        if *refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn in_words(obstacle: &Obstacle, kinds: &[(CanonicalKey, IdentifierKind)]) -> String {
    match obstacle {
        Obstacle::OtherUser => {
            "id: there is a user of this id who has not all of the row's identifiers".to_owned()
        }
        Obstacle::Identifier { key, owner } => {
            let kind = kinds.iter().find(|(known, _)| known == key).map(|(_, kind)| kind.as_str());
            let what = kind.unwrap_or("identifier").replace('_', " ");
            format!("{what}: {owner} has it")
        }
        Obstacle::ExternalId { owner } => format!("external id: {owner} has it"),
        Obstacle::JustTaken => {
            "an identifier or the external id was taken by somebody else meanwhile".to_owned()
        }
    }
}
