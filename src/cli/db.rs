//! `db copy`: everything in the configured database into an empty one. Says what to do next; prints
//! no password of either URL.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::args::Output;
use super::opened::bring_up_to_date;
use super::output::{columns, complain, say, say_json};
use crate::app::AppFault;
use crate::config::{Config, masked};
use crate::store::copy::{self, CopiedTable, Side, Step};
use crate::store::{DatabaseUrl, tenants};

/// A word to whoever waits, every so many rows.
const WORD_EVERY: u64 = 100_000;

/// `db copy`
pub(super) fn copy(config: &Config, to: &str, output: Output) -> Result<ExitCode> {
    let target: DatabaseUrl = match to.parse() {
        Ok(target) => target,
        Err(what) => {
            complain(&format!("--to: {what}"));
            return Ok(ExitCode::from(2));
        }
    };
    let names = Names { from: shown_source(config), to: masked(to) };
    let copied = between(&config.database_url, &target, &names)
        .with_context(|| format!("cannot copy {} to {}", names.from, names.to))?;
    let rows = copied.iter().fold(0_u64, |sum, table| sum.saturating_add(table.rows));
    if output.json {
        let tables = copied
            .iter()
            .map(|table| json!({ "table": table.name, "rows": table.rows, "hash": table.hash }));
        say_json(&json!({
            "from": names.from,
            "to": names.to,
            "rows": rows,
            "tables": tables.collect::<Vec<_>>(),
        }));
    } else {
        say(&report(&copied, rows, &names));
        say(&what_next(config, &target));
    }
    Ok(ExitCode::SUCCESS)
}

/// Both databases as they may be printed.
struct Names {
    from: String,
    to: String,
}

fn shown_source(config: &Config) -> String {
    let report = config.report();
    let line = report.into_iter().find(|line| line.key == "database_url");
    line.map(|line| line.shown).unwrap_or_default()
}

/// Nothing of the target is touched before the source is known to be worth it, and nothing of it
/// that holds anything.
fn between(source: &DatabaseUrl, target: &DatabaseUrl, names: &Names) -> Result<Vec<CopiedTable>> {
    if copy::is_same(source, target) {
        bail!("the target is the source itself; name another database with --to");
    }
    if let DatabaseUrl::Sqlite { path, .. } = source
        && !Path::new(path).exists()
    {
        bail!("{path} is not there; name the database to copy with --database-url");
    }
    copy::at_rest(source, Side::Source)?;
    bring_up_to_date(source)?;
    if tenants::none_yet(source).map_err(AppFault::from)? {
        bail!("there is nothing to copy: {} has no tenant", names.from);
    }
    // Without a schema, or not there yet, it is asked again below.
    if tenants::none_yet(target).is_ok_and(|none| !none) {
        bail!("the target has tenants already; name an empty database with --to");
    }
    bring_up_to_date(target)?;
    let mut words = Words::default();
    Ok(copy::copy(source, target, &mut |step, table, more| {
        if let Some(word) = words.after(step, table, more) {
            complain(&word);
        }
    })?)
}

/// What is said on the way: nothing while it is short.
#[derive(Default)]
struct Words {
    step: Option<Step>,
    rows: u64,
    said: u64,
}

impl Words {
    fn after(&mut self, step: Step, table: &str, more: u64) -> Option<String> {
        if self.step.replace(step) != Some(step) {
            (self.rows, self.said) = (0, 0);
        }
        self.rows = self.rows.saturating_add(more);
        if self.rows.saturating_sub(self.said) < WORD_EVERY {
            return None;
        }
        self.said = self.rows;
        let done = match step {
            Step::Copy => "copied",
            Step::Compare => "compared",
        };
        Some(format!("{} rows {done}, now in {table}", self.rows))
    }
}

fn report(copied: &[CopiedTable], rows: u64, names: &Names) -> String {
    let full = copied.iter().filter(|table| table.rows > 0);
    let lines: Vec<Vec<String>> =
        full.map(|table| vec![table.name.clone(), table.rows.to_string()]).collect();
    format!(
        "{}\n\ncopied {} tables with {rows} rows from {} to {}; read back, every row is the same",
        columns(&lines),
        copied.len(),
        names.from,
        names.to,
    )
}

fn what_next(config: &Config, target: &DatabaseUrl) -> String {
    let key = config.master_key_file.display();
    let kept = match target {
        DatabaseUrl::Sqlite { .. } => {
            "name it with master_key_file, or put a copy beside the file (its name with .key)"
        }
        DatabaseUrl::Postgres(_) => {
            "name it with master_key_file (LOCKKEEPER_MASTER_KEY_FILE) on every node"
        }
    };
    format!(
        "\nNext:\n  1  Set LOCKKEEPER_DATABASE_URL (or database_url in lockkeeper.toml) to the new database.\n  \
         2  Keep the master key {key}: nothing sealed opens without it; {kept}.\n  \
         3  Start the servers. Start none on the old database: what it learns would be lost."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_comes_every_hundred_thousand_rows_of_a_step() {
        let mut words = Words::default();
        assert_eq!(words.after(Step::Copy, "users", 99_999), None);
        let told = words.after(Step::Copy, "attempts", 1).unwrap();
        assert_eq!(told, "100000 rows copied, now in attempts");
        assert_eq!(words.after(Step::Copy, "attempts", 99_999), None);
        assert_eq!(words.after(Step::Compare, "attempts", 1), None);
        let told = words.after(Step::Compare, "users", 100_000).unwrap();
        assert_eq!(told, "100001 rows compared, now in users");
    }
}
