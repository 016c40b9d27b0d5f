//! `policy show`, `apply` and `replay`. What `show` prints, `apply` takes: a policy can live in a
//! repository. Decides nothing about policies; `lockout` parses, warns and replays.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::json;

use super::args::{Chosen, Output, Policy as PolicyCommand, PolicyPreset};
use super::opened::{actor, tenant, text_of, told, with_core};
use super::output::{dated, say, say_json};
use crate::config::Config;
use crate::lockout::policy_diff::{Change, changes};
use crate::lockout::policy_document::MAX_DOCUMENT_BYTES;
use crate::lockout::preview::budget;
use crate::lockout::replay::MAX_FILE_BYTES;
use crate::lockout::{Policy, PolicyDocument, PolicyFault, Preset, replay as replayed, warnings};

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 500;

/// `policy show`
pub(super) async fn show(config: &Config, slug: String, output: Output) -> Result<ExitCode> {
    with_core(config, async |core| {
        let profile = tenant(core, &slug).await?;
        let now = core.tenants.policies_now(&profile).await.map_err(told)?;
        let (version, overlay) = (now.live, now.overlay);
        let policy = version.policy()?;
        let document = PolicyDocument::of(&policy);
        if output.json {
            say_json(&json!({
                "version": version.version,
                "author": version.author,
                "reason": version.reason,
                "created_at_ms": version.created_at.0,
                "policy": document,
                "guesses_a_day": guesses_a_day(&policy),
                "guesses_a_day_over_all_sources": limited(over_all_sources(&policy)),
                "more_by_unlock_mails": budget(&policy).by_unlock_mails,
                "warnings": warnings_json(&policy),
                "overlay": overlay.map(|over| json!({
                    "version": over.version,
                    "until_ms": over.ends_at.map(|end| end.0),
                    "reason": over.reason,
                })),
            }));
            return Ok(ExitCode::SUCCESS);
        }
        let now = core.clock.now();
        let (number, author) = (version.version, &version.author);
        say(&format!(
            "# {slug}: version {number}, {}, by {author}: {}",
            dated(version.created_at, now),
            version.reason
        ));
        if let Some(over) = overlay {
            let end = over.ends_at.map(|end| dated(end, now)).unwrap_or_default();
            say(&format!(
                "# version {} decides instead until {end}: {}",
                over.version, over.reason
            ));
        }
        say(document.to_toml().trim_end());
        remark(&policy, "# ");
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// `policy apply`
pub(super) async fn apply(config: &Config, apply: PolicyCommand) -> Result<ExitCode> {
    let PolicyCommand::Apply { tenant: slug, file, preset, reason, dry_run, output } = apply else {
        bail!("not a command to apply a policy");
    };
    let (wanted, origin) = match (file, preset) {
        (Some(path), _) => (read(&path)?, format!("from {}", path.display())),
        (None, Some(preset)) => {
            let preset = preset_of(preset);
            (preset.policy(), format!("preset {}", preset.as_str()))
        }
        (None, None) => bail!("name the policy with --file or --preset"),
    };
    let reason = why(&reason.unwrap_or(origin))?;
    with_core(config, async |core| {
        let profile = tenant(core, &slug).await?;
        let live = core.tenants.live_policy(&profile).await.map_err(told)?;
        let changed = changes(&live.policy()?, &wanted);
        let version = match (changed.is_empty(), dry_run) {
            (true, _) | (false, true) => live.version,
            (false, false) => {
                let (tenants, actor) = (&core.tenants, actor());
                let saved = tenants.save_policy_to_the_end(&profile, &wanted, &actor, &reason);
                saved.await.map_err(told)?
            }
        };
        let saved = version != live.version;
        if output.json {
            say_json(&json!({
                "version": version,
                "saved": saved,
                "changes": changes_json(&changed),
                "guesses_a_day": guesses_a_day(&wanted),
                "guesses_a_day_over_all_sources": limited(over_all_sources(&wanted)),
                "more_by_unlock_mails": budget(&wanted).by_unlock_mails,
                "warnings": warnings_json(&wanted),
            }));
            return Ok(ExitCode::SUCCESS);
        }
        say_changes(&changed);
        remark(&wanted, "");
        say(&match (saved, changed.is_empty()) {
            (true, _) => {
                format!("{slug}: version {version} is in force; locks that stand are not moved")
            }
            (false, true) => format!("{slug}: nothing to change; version {version} stays in force"),
            (false, false) => {
                format!("{slug}: not saved (--dry-run); version {version} stays in force")
            }
        });
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// `policy replay`
pub(super) fn replay(path: &Path) -> Result<ExitCode> {
    let text = text_of(path, u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX))?;
    let report = replayed(&text)?;
    say(&report.to_string());
    Ok(if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A reason as it is kept.
pub(super) fn why(text: &str) -> Result<String> {
    let reason = text.trim();
    if reason.chars().count() > MAX_REASON_CHARS || reason.chars().any(char::is_control) {
        bail!("--reason: must be at most {MAX_REASON_CHARS} characters on one line");
    }
    Ok(reason.to_owned())
}

/// The same where nothing else says why.
pub(super) fn must_say_why(text: &str) -> Result<String> {
    let reason = why(text)?;
    if reason.is_empty() {
        bail!("--reason: must say why");
    }
    Ok(reason)
}

/// The policy that was named.
pub(super) fn chosen(chosen: &Chosen) -> Result<Policy> {
    match (&chosen.file, chosen.preset) {
        (Some(path), _) => read(path),
        (None, Some(preset)) => Ok(preset_of(preset).policy()),
        (None, None) => bail!("name the policy with --file or --preset"),
    }
}

pub(super) fn say_changes(changed: &[Change]) {
    for Change { field, from, to } in changed {
        say(&format!("- {field} = {from}\n+ {field} = {to}"));
    }
}

pub(super) fn changes_json(changed: &[Change]) -> Vec<serde_json::Value> {
    let line = |c: &Change| json!({ "field": c.field, "from": c.from, "to": c.to });
    changed.iter().map(line).collect()
}

/// TOML, or JSON where the text begins like it. All faults are told at once.
pub(super) fn read(path: &Path) -> Result<Policy> {
    let text = text_of(path, u64::try_from(MAX_DOCUMENT_BYTES).unwrap_or(u64::MAX))?;
    let document = if text.trim_start().starts_with('{') {
        PolicyDocument::from_json(&text)
    } else {
        PolicyDocument::from_toml(&text)
    };
    document.and_then(|document| document.parse()).map_err(|faults| refusal(path, &faults))
}

fn refusal(path: &Path, faults: &[PolicyFault]) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    let name =
        if path == Path::new("-") { "the text".to_owned() } else { path.display().to_string() };
    anyhow::anyhow!("{name} is no policy; nothing was changed:{}", lines.concat())
}

pub(super) const fn preset_of(preset: PolicyPreset) -> Preset {
    match preset {
        PolicyPreset::Relaxed => Preset::Relaxed,
        PolicyPreset::Balanced => Preset::Balanced,
        PolicyPreset::Strict => Preset::Strict,
        PolicyPreset::Clerk => Preset::Clerk,
        PolicyPreset::Authgear => Preset::Authgear,
    }
}

/// Guesses at one user in 24 hours; `None` while lockout is off and nothing bounds them. From each
/// source, where each has a lock of its own.
fn guesses_a_day(policy: &Policy) -> Option<i64> {
    limited(budget(policy).day)
}

/// The same for any number of sources.
fn over_all_sources(policy: &Policy) -> i64 {
    let budget = budget(policy);
    budget.over_all_sources.unwrap_or(budget.day)
}

fn limited(guesses: i64) -> Option<i64> {
    (guesses != i64::MAX).then_some(guesses)
}

fn remark(policy: &Policy, before: &str) {
    let found = budget(policy);
    if let Some(guesses) = guesses_a_day(policy) {
        let whose = match found.over_all_sources {
            None => String::new(),
            Some(i64::MAX) => " from each source, and over many sources without a limit".to_owned(),
            Some(all) => format!(" from each source, and over all sources at most {all}"),
        };
        say(&format!(
            "{before}A patient attacker gets {guesses} guesses at one user in 24 hours{whose}."
        ));
    }
    if found.by_unlock_mails > 0 {
        let (more, unlocks) = (found.by_unlock_mails, policy.unlocks_per_day);
        let bound = if found.by_unlock_mails_at_least { "at least" } else { "up to" };
        say(&format!(
            "{before}Unlock mails give {bound} {more} more, where the owner presses all {unlocks} of a day."
        ));
    }
    for warning in warnings(policy) {
        say(&format!("{before}Warning: {}", warning.message()));
    }
}

fn warnings_json(policy: &Policy) -> serde_json::Value {
    let found = warnings(policy);
    found.iter().map(|w| json!({ "code": w.code(), "message": w.message() })).collect()
}
