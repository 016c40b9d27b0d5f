//! `audit verify`: whether every sealed fact of the audit log is as it was sealed, and where not.
//! Needs the master key, which who can only write to the database has not.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use super::args::Output;
use super::opened::{tenant, told, with_core};
use super::output::{say, say_json};
use crate::app::Core;
use crate::config::Config;
use crate::model::TenantId;
use crate::tenant::{BreakKind, ChainBreak, KeptLink, Verified};

/// Tenants read at a time.
const PAGE: i64 = 500;
/// A chain is broken.
const BROKEN: u8 = 3;

/// `audit verify`; without a tenant of all of them.
pub(super) async fn verify(
    config: &Config,
    slug: Option<String>,
    kept: Option<KeptLink>,
    output: Output,
) -> Result<ExitCode> {
    with_core(config, async |core| {
        let mut report = Report { json: output.json, tenants: Vec::new(), broken: false };
        match slug {
            Some(slug) => {
                let id = tenant(core, &slug).await?.id().clone();
                report.add(core, id, slug, kept.as_ref()).await?;
            }
            None => {
                let mut after = None;
                loop {
                    let page = core.tenants.reader().some_tenants(after, PAGE).await?;
                    let Some((last, _)) = page.last() else { break };
                    after = Some(last.clone());
                    for (id, slug) in page {
                        report.add(core, id, slug, None).await?;
                    }
                }
            }
        }
        if report.json {
            say_json(&json!({ "whole": !report.broken, "tenants": report.tenants }));
        }
        Ok(if report.broken { ExitCode::from(BROKEN) } else { ExitCode::SUCCESS })
    })
    .await
}

struct Report {
    json: bool,
    tenants: Vec<Value>,
    broken: bool,
}

impl Report {
    async fn add(
        &mut self,
        core: &Core,
        id: TenantId,
        slug: String,
        kept: Option<&KeptLink>,
    ) -> Result<()> {
        let found = core.tenants.verify_audit(&id, kept).await.map_err(told)?;
        self.broken |= !found.breaks.is_empty();
        if self.json {
            self.tenants.push(as_json(&slug, &found));
        } else {
            say(&as_text(&slug, &found));
        }
        Ok(())
    }
}

fn as_json(slug: &str, found: &Verified) -> Value {
    let breaks = found
        .breaks
        .iter()
        .map(|one| json!({ "kind": one.kind.as_str(), "from": one.from, "to": one.to }));
    json!({
        "tenant": slug,
        "rows": found.rows,
        "unsealed": found.unsealed,
        "head": found.head.as_ref().map(ToString::to_string),
        "breaks": breaks.collect::<Vec<_>>(),
    })
}

fn as_text(slug: &str, found: &Verified) -> String {
    let mut lines: Vec<String> =
        found.breaks.iter().map(|one| format!("{slug}: BROKEN: {}", broken(one))).collect();
    if lines.is_empty() {
        lines.push(match (found.rows, &found.head) {
            (0, _) | (_, None) => format!("{slug}: nothing is sealed yet"),
            (1, Some(head)) => format!("{slug}: 1 fact is as it was sealed; the newest is {head}"),
            (rows, Some(head)) => {
                format!("{slug}: {rows} facts are as they were sealed; the newest is {head}")
            }
        });
    }
    if found.unsealed {
        lines
            .push(format!("{slug}: newer facts wait to be sealed; the server does it each minute"));
    }
    lines.join("\n")
}

fn broken(one: &ChainBreak) -> String {
    let ChainBreak { kind, from, to } = one;
    let places = if from == to { format!("fact {from}") } else { format!("facts {from} to {to}") };
    match kind {
        BreakKind::Changed => format!("{places}: changed since"),
        BreakKind::Missing => format!("{places}: taken out"),
        BreakKind::UnknownKey => {
            format!("{places}: sealed with a key that the master key file does not have")
        }
        BreakKind::CutOff => format!("{places}: taken off the end"),
        BreakKind::Head => format!("{places}: not what the newest link was made of"),
        BreakKind::BeyondHead => format!("{places}: after the newest link, which was moved back"),
        BreakKind::NotAsKept => format!("{places}: not what --expect says"),
    }
}
