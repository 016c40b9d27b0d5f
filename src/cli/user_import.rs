//! `user import`: takes users over from another system's export, batch by batch, or only says what
//! would become of each row. A run that was stopped is started again with the same file: what is
//! there already is left alone.

use std::io::{IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use serde_json::json;

use super::args::Import;
use super::opened::{tenant, told, with_core};
use super::output::{say, say_json, warn};
use crate::app::Core;
use crate::config::Config;
use crate::tenant::TenantProfile;
use crate::tenant::user_import::{
    BatchFault, FileFault, ImportCounts, ImportRows, Pass, RefusedRow,
};

/// A word to whoever watches, every so many rows.
const WORD_EVERY: i64 = 10_000;

/// `user import`
pub(super) async fn run(config: &Config, import: Import) -> Result<ExitCode> {
    let input = open(&import.file)?;
    with_core(config, async |core| {
        let profile = tenant(core, &import.tenant).await?;
        let shown = import.file.display();
        let mut rows = ImportRows::open(input, core.clock.now()).map_err(|fault| match fault {
            FileFault::Strange => anyhow!("{shown} is no export of users: {fault}"),
            FileFault::Empty
            | FileFault::Twice(_)
            | FileFault::NoText
            | FileFault::Head(_)
            | FileFault::Row { .. }
            | FileFault::Io(_) => anyhow!("cannot read {shown}: {fault}"),
        })?;
        all(core, &profile, &import, &mut rows).await.with_context(|| {
            let read = rows.counts().rows;
            format!("stopped after {read} rows; run the same command again to go on")
        })?;
        Ok(report(&rows, &import))
    })
    .await
}

/// `-` is standard input.
fn open(path: &Path) -> Result<Box<dyn Read + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    let file = std::fs::File::open(path);
    Ok(Box::new(file.with_context(|| format!("cannot read {}", path.display()))?))
}

async fn all(
    core: &Core,
    profile: &TenantProfile,
    import: &Import,
    rows: &mut ImportRows,
) -> Result<()> {
    let pass = if import.dry_run { Pass::Look } else { Pass::Make };
    let watched = std::io::stderr().is_terminal();
    let mut word_at = WORD_EVERY;
    loop {
        let refused = match core.tenants.import_batch(profile, rows, pass).await {
            Ok(Some(refused)) => refused,
            Ok(None) => return Ok(()),
            Err(BatchFault::File(fault)) => return Err(fault.into()),
            Err(BatchFault::Tenant(fault)) => return Err(told(fault)),
        };
        refused.iter().for_each(|row| refuse(row, import));
        let read = rows.counts().rows;
        if watched && read >= word_at {
            warn(&format!("{read} rows read"));
            word_at = read.saturating_add(WORD_EVERY);
        }
    }
}

fn refuse(RefusedRow { row, id, faults }: &RefusedRow, import: &Import) {
    if import.output.json {
        say_json(&json!({ "row": row, "id": id, "faults": faults }));
        return;
    }
    let of = id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    say(&format!("row {row}{of}: {}", faults.join("; ")));
}

fn report(rows: &ImportRows, import: &Import) -> ExitCode {
    let ImportCounts { rows: read, made, there, refused } = rows.counts();
    let unknown: Vec<&str> = rows.unknown().collect();
    if import.output.json {
        say_json(&json!({
            "rows": read,
            "dry_run": import.dry_run,
            "imported": made,
            "already_there": there,
            "refused": refused,
            "not_taken_over": unknown,
        }));
    } else {
        let imported = if import.dry_run { "would be imported" } else { "imported" };
        let read = if read == 1 { "1 row".to_owned() } else { format!("{read} rows") };
        say(&format!("{read}: {made} {imported}, {there} there already, {refused} refused"));
        if !unknown.is_empty() {
            say(&format!("not taken over: {}", unknown.join(", ")));
        }
    }
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
