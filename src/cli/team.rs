//! `team link`: a link that makes whoever opens it one of a team, and the first of them with a new
//! installation. Whoever may run this machine's commands may let anybody into the console.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use super::args::{Output, TeamRole};
use super::opened::{actor, tenant, told, with_core};
use super::output::{due, say, say_json};
use crate::app::{AppFault, Core};
use crate::config::Config;
use crate::store::team::Role;
use crate::tenant::INVITE_LIFE;

/// `team link`; without a tenant it is for all of them.
pub(super) async fn link(
    config: &Config,
    slug: Option<String>,
    role: TeamRole,
    output: Output,
) -> Result<ExitCode> {
    with_core(config, async |core| {
        let made = link_to(core, config, slug.as_deref(), role_of(role)).await?;
        let now = core.clock.now();
        let ends = now.after(INVITE_LIFE);
        if output.json {
            say_json(&json!({ "link": made, "expires_at_ms": ends.0 }));
            return Ok(ExitCode::SUCCESS);
        }
        say(&made);
        say(&format!("\nWorks once, until {}. It is not shown again.", due(ends, now)));
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// The link of a new installation's first owner.
pub(super) async fn first(config: &Config) -> Result<String> {
    with_core(config, async |core| link_to(core, config, None, Role::Owner).await).await
}

async fn link_to(core: &Core, config: &Config, slug: Option<&str>, role: Role) -> Result<String> {
    let profile = match slug {
        Some(slug) => tenant(core, slug).await?,
        None => core.tenants.console_home().await.map_err(told)?,
    };
    let secret = core.tenants.invite(&profile, role, &actor()).await.map_err(told)?;
    let base = config.base_url(config.listen).ok_or(AppFault::NoPublicUrl)?;
    Ok(format!("{}/console/welcome/{}", base.origin(), secret.expose()))
}

const fn role_of(role: TeamRole) -> Role {
    match role {
        TeamRole::Owner => Role::Owner,
        TeamRole::Admin => Role::Admin,
        TeamRole::Support => Role::Support,
        TeamRole::Auditor => Role::Auditor,
    }
}
