//! `policy overlay`: a stricter policy for a while, as the console's page sets one. What is milder in the
//! one that was named is not taken from it; `lockout` says what that leaves.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::json;

use super::args::{Chosen, OfTenant, Overlay};
use super::lockout_policy::{changes_json, chosen, must_say_why, say_changes};
use super::opened::{actor, tenant, told, with_core};
use super::output::{due, say, say_json};
use crate::app::Core;
use crate::config::Config;
use crate::lockout::policy_diff::{Change, changes};
use crate::lockout::stricter::LENGTHS;
use crate::lockout::{PolicyDocument, parse_span, span_text};
use crate::store::lockout_policy::{NewOverlay, PolicyVersion};
use crate::tenant::{TenantFault, TenantProfile};

/// `policy overlay`
pub(super) async fn run(config: &Config, overlay: Overlay) -> Result<ExitCode> {
    match overlay {
        Overlay::Put { chosen, length, reason, of } => {
            put(config, &chosen, &length, &reason, of).await
        }
        Overlay::Show(of) => show(config, of).await,
        Overlay::End(of) => end(config, of).await,
    }
}

async fn put(
    config: &Config,
    named: &Chosen,
    length: &str,
    reason: &str,
    of: OfTenant,
) -> Result<ExitCode> {
    let (policy, reason) = (chosen(named)?, must_say_why(reason)?);
    let (least, most) = LENGTHS;
    let Some(length) = parse_span(length).filter(|length| (least..=most).contains(length)) else {
        bail!("--for: must be from {} to {}, such as 2h", span_text(least), span_text(most));
    };
    with_core(config, async |core| {
        let profile = tenant(core, &of.tenant).await?;
        let new = NewOverlay { policy, length, author: actor(), reason };
        match core.tenants.set_overlay_to_the_end(&profile, new).await {
            Err(TenantFault::Conflict { what: "overlay" }) => {
                bail!("it is stricter than the live policy in nothing; nothing was changed")
            }
            set => drop(set.map_err(told)?),
        }
        tell(core, &profile, &of).await
    })
    .await
}

async fn show(config: &Config, of: OfTenant) -> Result<ExitCode> {
    with_core(config, async |core| {
        let profile = tenant(core, &of.tenant).await?;
        tell(core, &profile, &of).await
    })
    .await
}

/// What decides now, and what it changes about what is live.
async fn tell(core: &Core, profile: &TenantProfile, of: &OfTenant) -> Result<ExitCode> {
    let (slug, now) = (&of.tenant, core.tenants.policies_now(profile).await.map_err(told)?);
    let live = now.live.version;
    let Some(over) = now.overlay else {
        if of.output.json {
            say_json(&json!({ "live": live, "overlay": null }));
        } else {
            say(&format!("{slug}: version {live} decides; nothing stands over it"));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let policy = over.policy()?;
    let changed = changes(&now.live.policy()?, &policy);
    if of.output.json {
        say_json(&json!({
            "live": live,
            "overlay": {
                "version": over.version,
                "until_ms": over.ends_at.map(|end| end.0),
                "author": over.author,
                "reason": over.reason,
                "policy": PolicyDocument::of(&policy),
                "changes": changes_json(&changed),
            },
        }));
        return Ok(ExitCode::SUCCESS);
    }
    in_words(core, slug, live, &over, &changed);
    Ok(ExitCode::SUCCESS)
}

fn in_words(core: &Core, slug: &str, live: i64, over: &PolicyVersion, changed: &[Change]) {
    let end = over.ends_at.map(|end| due(end, core.clock.now())).unwrap_or_default();
    let (version, reason) = (over.version, &over.reason);
    say(&format!("{slug}: version {version} decides until {end}, then version {live}: {reason}"));
    say_changes(changed);
}

async fn end(config: &Config, of: OfTenant) -> Result<ExitCode> {
    with_core(config, async |core| {
        let (profile, slug) = (tenant(core, &of.tenant).await?, &of.tenant);
        let ended = match core.tenants.end_overlay(&profile, &actor()).await {
            Ok(version) => Some(version),
            // Its time was over, or somebody else was faster: as was wished.
            Err(TenantFault::NotFound) => None,
            Err(fault) => return Err(told(fault)),
        };
        let live = core.tenants.live_policy(&profile).await.map_err(told)?.version;
        if of.output.json {
            say_json(&json!({ "live": live, "ended": ended }));
        } else {
            say(&match ended {
                Some(version) => {
                    format!("{slug}: version {version} has ended; version {live} decides")
                }
                None => format!("{slug}: version {live} decides; nothing stood over it"),
            });
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}
