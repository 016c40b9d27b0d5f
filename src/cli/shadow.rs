//! `policy shadow`: a policy that is only watched, and what it would have done by day, as the console's
//! page shows it. Nothing is decided by it.

use std::process::ExitCode;

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde_json::json;

use super::args::{Chosen, OfTenant, Shadow};
use super::lockout_policy::{changes_json, chosen, must_say_why, say_changes};
use super::opened::{actor, tenant, told, with_core};
use super::output::{columns, dated, say, say_json};
use crate::app::Core;
use crate::config::Config;
use crate::lockout::policy_diff::changes;
use crate::lockout::{Policy, PolicyDocument};
use crate::model::Span;
use crate::tenant::{DayEffect, Predicted, TenantFault, TenantProfile, Watched};

/// `policy shadow`
pub(super) async fn run(config: &Config, shadow: Shadow) -> Result<ExitCode> {
    match shadow {
        Shadow::Put { chosen, reason, of } => put(config, &chosen, &reason, of).await,
        Shadow::Show(of) => {
            with_core(config, async |core| {
                let profile = tenant(core, &of.tenant).await?;
                tell(core, &profile, &of).await
            })
            .await
        }
        Shadow::End(of) => end(config, of).await,
    }
}

async fn put(config: &Config, named: &Chosen, reason: &str, of: OfTenant) -> Result<ExitCode> {
    let (policy, reason) = (chosen(named)?, must_say_why(reason)?);
    with_core(config, async |core| {
        let profile = tenant(core, &of.tenant).await?;
        let live = core.tenants.live_policy(&profile).await.map_err(told)?;
        if changes(&live.policy()?, &policy).is_empty() {
            bail!("it is the live policy; there is nothing to watch");
        }
        let set = core.tenants.watch_policy(&profile, &policy, &actor(), &reason).await;
        set.map_err(told)?;
        tell(core, &profile, &of).await
    })
    .await
}

async fn tell(core: &Core, profile: &TenantProfile, of: &OfTenant) -> Result<ExitCode> {
    let Some(watched) = core.tenants.watched(profile).await.map_err(told)? else {
        if of.output.json {
            say_json(&json!({ "shadow": null }));
        } else {
            say(&format!("{}: no policy is watched", of.tenant));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let live = core.tenants.live_policy(profile).await.map_err(told)?.policy()?;
    let read = core.tenants.reader().policy_version(profile.id().clone(), watched.version).await?;
    let Some(version) = read else { bail!("version {} is not there", watched.version) };
    let policy = version.policy()?;
    if of.output.json {
        say_json(&json!({
            "shadow": {
                "version": watched.version,
                "since_ms": watched.since.0,
                "author": version.author,
                "reason": version.reason,
                "policy": PolicyDocument::of(&policy),
                "changes": changes_json(&changes(&live, &policy)),
                "days": watched.days.iter().map(day_json).collect::<Vec<_>>(),
            },
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let since = dated(watched.since, core.clock.now());
    let (slug, reason) = (&of.tenant, &version.reason);
    say(&format!("{slug}: version {} is watched since {since}: {reason}", watched.version));
    in_words(&watched, &live, &policy);
    Ok(ExitCode::SUCCESS)
}

fn in_words(watched: &Watched, live: &Policy, policy: &Policy) {
    say_changes(&changes(live, policy));
    if watched.days.is_empty() {
        return say("What it would have done is worked out once a day is over.");
    }
    let head = ["day (UTC)", "owners kept out", "accounts locked", "guesses by others", "mails"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    table.extend(watched.days.iter().map(|(day, effect)| {
        let figures = [effect.owners, effect.locked, effect.guesses, effect.mails];
        let cells = figures.iter().map(|of| format!("{} -> {}", likely(of).0, likely(of).1));
        std::iter::once(date(*day)).chain(cells).collect()
    }));
    say(&columns(&table));
}

/// Under the live policy, and under the watched one.
const fn likely(of: &Predicted) -> (i64, i64) {
    let ([_, now, _], [_, then, _]) = (of.now, of.then);
    (now, then)
}

/// A figure is low, likely, high.
fn day_json((day, effect): &(i64, DayEffect)) -> serde_json::Value {
    let pair = |of: &Predicted| json!({ "live": of.now, "watched": of.then });
    json!({
        "day": date(*day),
        "owners_locked": pair(&effect.owners),
        "accounts_locked": pair(&effect.locked),
        "guesses": pair(&effect.guesses),
        "mails": pair(&effect.mails),
    })
}

/// `2026-11-21`, of days since 1970.
fn date(day: i64) -> String {
    let at = Timestamp::from_millisecond(day.saturating_mul(Span::DAY.0));
    at.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_else(|_| day.to_string())
}

async fn end(config: &Config, of: OfTenant) -> Result<ExitCode> {
    with_core(config, async |core| {
        let (profile, slug) = (tenant(core, &of.tenant).await?, &of.tenant);
        let ended = match core.tenants.unwatch_policy(&profile, &actor()).await {
            Ok(()) => true,
            Err(TenantFault::NotFound) => false,
            Err(fault) => return Err(told(fault)),
        };
        if of.output.json {
            say_json(&json!({ "ended": ended }));
        } else {
            let word = if ended { "is watched any more" } else { "was watched" };
            say(&format!("{slug}: no policy {word}"));
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}
