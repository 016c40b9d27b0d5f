//! `team link`, `team list`, `team remove`: who works in the console. A link makes whoever opens it one
//! of a team, and the first of them with a new installation. Whoever may run this machine's commands may
//! let anybody into the console and take anybody out, but leaves no tenant without an owner.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

use super::args::{OfTeam, TeamRole};
use super::opened::{actor, tenant, told, with_core};
use super::output::{columns, dated, due, plain, say, say_json};
use crate::app::{AppFault, Core};
use crate::config::Config;
use crate::model::{Identifier, Millis, UserId};
use crate::store::outbox::OutboxStatus;
use crate::store::team::Role;
use crate::store::users::UserRecord;
use crate::tenant::{
    CONSOLE_SLUG, INVITE_LIFE, Member, OpenInvite, TeamAnswer, TenantFault, TenantProfile,
    staff_name,
};

/// `team link`; without a tenant it is for all of them.
pub(super) async fn link(config: &Config, of: OfTeam, role: TeamRole) -> Result<ExitCode> {
    with_core(config, async |core| {
        let made = link_to(core, config, of.tenant.as_deref(), role_of(role)).await?;
        let now = core.clock.now();
        let ends = now.after(INVITE_LIFE);
        if of.output.json {
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

/// `team list`
pub(super) async fn list(config: &Config, of: OfTeam) -> Result<ExitCode> {
    with_core(config, async |core| {
        let house = House::find(core, of.tenant.as_deref()).await?;
        let (members, invites) = (house.members(core).await?, house.invites(core).await?);
        if of.output.json {
            say_json(&json!({
                "tenant": of.tenant,
                "members": members.iter().map(|one| house.as_json(one)).collect::<Vec<_>>(),
                "invitations": invites.iter().map(invite_as_json).collect::<Vec<_>>(),
            }));
            return Ok(ExitCode::SUCCESS);
        }
        let now = core.clock.now();
        if members.is_empty() {
            say(&format!(
                "nobody works here yet; let somebody in with: lockkeeper team link{}",
                house.flag()
            ));
        } else {
            let lines: Vec<_> = members.iter().map(|one| house.as_line(one, now)).collect();
            say(&columns(&lines));
        }
        if !invites.is_empty() {
            let lines: Vec<_> = invites.iter().map(|one| invite_as_line(one, now)).collect();
            say(&format!("\nInvitations:\n{}", columns(&lines)));
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// `team remove`
pub(super) async fn remove(config: &Config, of: OfTeam, whom: String) -> Result<ExitCode> {
    with_core(config, async |core| {
        let house = House::find(core, of.tenant.as_deref()).await?;
        let removed = match house.invitation(core, &whom).await? {
            Some(open) => house.take_back(core, open).await?,
            None => house.take_out(core, &whom).await?,
        };
        if of.output.json {
            say_json(&removed.json);
        } else {
            say(&removed.words);
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// What was done, for programs and for people.
struct Removed {
    json: Value,
    words: String,
}

/// A team, and the tenant whose users all staff are.
struct House {
    console: Arc<TenantProfile>,
    team: Arc<TenantProfile>,
}

impl House {
    /// The team of a tenant; without a slug that of all tenants. Their home is made where there is none
    /// yet, as a link makes it.
    async fn find(core: &Core, slug: Option<&str>) -> Result<Self> {
        let team = match slug {
            Some(slug) => Some(tenant(core, slug).await?),
            None => None,
        };
        let console = core.tenants.console_home().await.map_err(told)?;
        let team = team.unwrap_or_else(|| Arc::clone(&console));
        Ok(Self { console, team })
    }

    fn profiles(&self) -> (&TenantProfile, &TenantProfile) {
        (&self.console, &self.team)
    }

    fn is_everybodys(&self) -> bool {
        self.team.tenant.slug == CONSOLE_SLUG
    }

    /// As it stands in a sentence.
    fn named(&self) -> String {
        if self.is_everybodys() {
            "the team of all tenants".to_owned()
        } else {
            format!("the team of `{}`", self.team.tenant.slug)
        }
    }

    /// How its links are made, to be typed.
    fn flag(&self) -> String {
        if self.is_everybodys() {
            String::new()
        } else {
            format!(" --tenant {}", self.team.tenant.slug)
        }
    }

    /// The team's own, then who works for all tenants.
    async fn members(&self, core: &Core) -> Result<Vec<Member>> {
        let (console, team) = (self.console.id(), self.team.id());
        let (mut found, mut everywhere, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let read = core.tenants.reader().team_page(console.clone(), team.clone(), after);
            let page = read.await?;
            found.extend(page.members);
            everywhere.extend(page.everywhere);
            after = page.next;
            if after.is_none() {
                found.extend(everywhere);
                return Ok(found);
            }
        }
    }

    async fn invites(&self, core: &Core) -> Result<Vec<OpenInvite>> {
        let now = core.clock.now();
        let (console, team) = (self.console.id().clone(), self.team.id().clone());
        let since = now.before(INVITE_LIFE);
        Ok(core.tenants.reader().open_invites(console, team, since, now).await?)
    }

    /// The open invitation of an id.
    async fn invitation(&self, core: &Core, id: &str) -> Result<Option<OpenInvite>> {
        Ok(self.invites(core).await?.into_iter().find(|open| open.invite.id() == id))
    }

    async fn take_back(&self, core: &Core, open: OpenInvite) -> Result<Removed> {
        let digest = &open.invite.secret_hash;
        let gone = core.tenants.revoke_invite_at_machine(self.profiles(), &actor(), digest).await;
        match gone {
            Err(TenantFault::NotFound) => bail!("that invitation is over already"),
            gone => self.answered(gone.map_err(told)?)?,
        }
        let id = open.invite.id();
        Ok(Removed {
            json: json!({ "invitation": id, "role": open.invite.role.as_str() }),
            words: format!("the invitation {id} opens nothing any more"),
        })
    }

    async fn take_out(&self, core: &Core, whom: &str) -> Result<Removed> {
        let id = self.staff_id(core, whom).await?;
        let reader = core.tenants.reader();
        let (console, team) = (self.console.id(), self.team.id());
        let member = reader.member(console.clone(), team.clone(), id.clone()).await?;
        let Some(member) = member else {
            let everywhere = reader.member(console.clone(), console.clone(), id).await?;
            if everywhere.is_some() {
                bail!("`{whom}` works for all tenants; to take them out, leave out --tenant");
            }
            return Err(self.nobody(whom));
        };
        let gone = core.tenants.remove_member_at_machine(self.profiles(), &actor(), id).await;
        match gone {
            Err(TenantFault::NotFound) => return Err(self.nobody(whom)),
            gone => self.answered(gone.map_err(told)?)?,
        }
        Ok(Removed {
            json: json!({ "id": member.row.staff_id.as_str(), "role": member.row.role.as_str() }),
            words: format!("{} is out of {}", called(&member), self.named()),
        })
    }

    /// By id, which somebody who is gone has too, or by any name.
    async fn staff_id(&self, core: &Core, whom: &str) -> Result<UserId> {
        let console = self.console.id().clone();
        let reader = core.tenants.reader();
        if let Some(id) = UserId::parse(whom) {
            let there = reader.member(console.clone(), self.team.id().clone(), id.clone()).await?;
            if there.is_some() {
                return Ok(id);
            }
        }
        let identifier = Identifier::parse(whom).map_err(|_| self.nobody(whom))?;
        let record = reader.identified(console, identifier.key).await?;
        Ok(record.ok_or_else(|| self.nobody(whom))?.user.id)
    }

    fn nobody(&self, whom: &str) -> anyhow::Error {
        let (named, flag) = (self.named(), self.flag());
        anyhow!("{named} has no `{whom}`; who is in it, says: lockkeeper team list{flag}")
    }

    fn answered(&self, answer: TeamAnswer) -> Result<()> {
        match answer {
            TeamAnswer::Done => Ok(()),
            TeamAnswer::LastOwner => bail!(
                "the last owner of {} stays; make another one first: lockkeeper team link{}",
                self.named(),
                self.flag()
            ),
            refused @ (TeamAnswer::NotAllowed | TeamAnswer::TooMany | TeamAnswer::TooManyToOne) => {
                bail!("refused: {refused:?}")
            }
        }
    }

    /// Whether somebody is listed here because they work for all tenants.
    fn is_guest(&self, member: &Member) -> bool {
        member.row.tenant_id != *self.team.id()
    }

    fn as_json(&self, member: &Member) -> Value {
        let record = member.record.as_ref();
        let identifiers: Vec<&str> = record
            .map(|record| record.identifications.iter().map(|i| i.value.as_str()).collect())
            .unwrap_or_default();
        json!({
            "id": member.row.staff_id.as_str(),
            "name": record.map(staff_name),
            "identifiers": identifiers,
            "role": member.row.role.as_str(),
            "all_tenants": self.is_everybodys() || self.is_guest(member),
            "second_factor": member.second_factor,
            "banned": record.is_some_and(|record| record.user.banned),
            "added_by": member.row.added_by,
            "added_at_ms": member.row.created_at.0,
        })
    }

    fn as_line(&self, member: &Member, now: Millis) -> Vec<String> {
        let state = match &member.record {
            None => "account gone",
            Some(record) if record.user.banned => "banned",
            Some(_) if self.is_guest(member) => "of all tenants",
            Some(_) => "",
        };
        let factor = if member.second_factor { "second factor" } else { "no second factor" };
        vec![
            member.row.role.as_str().to_owned(),
            called(member),
            format!("since {}", dated(member.row.created_at, now)),
            factor.to_owned(),
            state.to_owned(),
        ]
    }
}

fn invite_as_json(open: &OpenInvite) -> Value {
    let invite = &open.invite;
    json!({
        "id": invite.id(),
        "role": invite.role.as_str(),
        "mailed_to": invite.mailed_to,
        "mail": open.mail.map(OutboxStatus::as_str),
        "made_by": invite.made_by,
        "expires_at_ms": invite.expires_at.0,
    })
}

fn invite_as_line(open: &OpenInvite, now: Millis) -> Vec<String> {
    let invite = &open.invite;
    let to = invite.mailed_to.as_deref().map_or_else(|| "by link".to_owned(), plain);
    let until = format!("until {}", due(invite.expires_at, now));
    vec![invite.id(), invite.role.as_str().to_owned(), to, until]
}

/// `Ana Berger, ana@acme.test (user_…)`.
fn called(member: &Member) -> String {
    let first = |record: &UserRecord| record.identifications.first().map(|i| i.value.clone());
    let name = member.record.as_ref().map(staff_name);
    let address = member.record.as_ref().and_then(first).filter(|one| name.as_ref() != Some(one));
    let known: Vec<String> = [name, address].into_iter().flatten().map(|one| plain(&one)).collect();
    match known.as_slice() {
        [] => member.row.staff_id.to_string(),
        known => format!("{} ({})", known.join(", "), member.row.staff_id),
    }
}
