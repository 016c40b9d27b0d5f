//! What staff do to a team: invite, give another role, remove, take an invitation back. Each rule is
//! looked at in the transaction of the deed, behind a lock on the tenant's row: of two who take the
//! last two owners' role at the same moment one is refused. Knows no page and no mail.

use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, Deed};
use super::connection::Db;
use super::error::StoreError;
use super::ledger::Ledger as _;
use super::outbox::OutboxRow;
use super::schema::{alert_mutes, invites, team, tenants};
use super::signing_keys::take_turns;
use super::team::{Invite, Role, role_in, role_of};
use super::{Store, users};
use crate::model::{Millis, Span, TenantId, UserId};

/// Invitations that staff of one tenant may make in a day, and those of them to one address: what
/// mails to strangers are worth to whoever has got into a console.
pub const MOST_INVITES: usize = 50;
pub const MOST_TO_ONE: usize = 5;
const INVITES_WITHIN: Span = Span::DAY;

/// Owners that are looked at before it is said that there is none.
const OWNERS: i64 = 100;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Their role in the team is asked.
    Staff(UserId),
    /// Whoever runs the machine's commands, as an audit row's actor: bound by no role, but like anybody
    /// they leave no tenant without an owner.
    Machine(String),
}

/// Who acts on which team.
#[derive(Debug, Clone)]
pub struct Hand {
    /// The console's own tenant: its team is everybody's.
    pub console: TenantId,
    pub tenant: TenantId,
    pub by: By,
}

/// What came of a deed. Nothing was written but for `Done`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamAnswer {
    Done,
    /// The role of whoever acts does not reach so far (any more).
    NotAllowed,
    /// Nobody would be left to look after the tenant.
    LastOwner,
    /// As many were invited as may be in a day.
    TooMany,
    /// The same, to one address.
    TooManyToOne,
}

fn note(
    db: &mut Db,
    hand: &Hand,
    action: &'static str,
    detail: serde_json::Value,
    now: Millis,
) -> Result<(), StoreError> {
    let actor = match &hand.by {
        By::Staff(staff) => format!("staff:{staff}"),
        By::Machine(actor) => actor.clone(),
    };
    let deed = Deed { actor, action, detail };
    Ok(audit::note(db, &hand.tenant, &deed, now)?)
}

/// Whether whoever acts may give and take each of `roles`.
fn reaches(db: &mut Db, hand: &Hand, roles: &[Role]) -> Result<bool, StoreError> {
    let By::Staff(staff) = &hand.by else { return Ok(true) };
    let own = role_in(db, &hand.console, &hand.tenant, staff)?;
    Ok(own.is_some_and(|own| roles.iter().all(|role| own.may_give(*role))))
}

/// The owners of a team who can come back: one who is locked can, one who is banned or gone cannot.
fn owners(db: &mut Db, console: &TenantId, tenant: &TenantId) -> Result<Vec<UserId>, StoreError> {
    let found: Vec<UserId> = team::table
        .filter(team::tenant_id.eq(tenant))
        .filter(team::role.eq(Role::Owner))
        .order(team::staff_id.asc())
        .limit(OWNERS)
        .select(team::staff_id)
        .load(db)?;
    let mut able = Vec::new();
    for owner in found {
        if users::find(db, console, &owner)?.is_some_and(|user| !user.banned) {
            able.push(owner);
        }
    }
    Ok(able)
}

/// Whether a tenant keeps an owner when the row of `staff` in its team says `then`; `None`: is gone.
fn keeps_an_owner(
    db: &mut Db,
    (console, tenant): (&TenantId, &TenantId),
    staff: &UserId,
    then: Option<Role>,
) -> Result<bool, StoreError> {
    if owners(db, console, tenant)?.iter().any(|owner| owner != staff) {
        return Ok(true);
    }
    if tenant == console {
        return Ok(false);
    }
    // Those of all tenants, but for who has a role of their own here: it goes before the other.
    for owner in owners(db, console, console)? {
        let own = if owner == *staff { then } else { role_of(db, tenant, &owner)? };
        if own.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// For who bans or deletes a user of the console: an owner without whom a tenant would have none stays.
///
/// # Errors
/// `Conflict { what: "last_owner" }` for that one.
pub(super) fn may_go(db: &mut Db, tenant: &TenantId, user: &UserId) -> Result<(), StoreError> {
    let owned: Vec<TenantId> = team::table
        .filter(team::staff_id.eq(user))
        .filter(team::role.eq(Role::Owner))
        // The rows of tenants are locked in one order.
        .order(team::tenant_id.asc())
        .select(team::tenant_id)
        .load(db)?;
    // A tenant's user who was brought along with the id of somebody of the staff is not them.
    let of_console = !owned.is_empty() && is_console(db, tenant)?;
    for of in owned.iter().filter(|_| of_console) {
        take_turns(db, of)?;
        // Whoever is gone has no row anywhere.
        let others = owners(db, tenant, of)?.iter().any(|owner| owner != user);
        let everywhere = of != tenant && owners(db, tenant, tenant)?.iter().any(|o| o != user);
        if !others && !everywhere {
            return Err(StoreError::Conflict { what: "last_owner" });
        }
    }
    Ok(())
}

fn is_console(db: &mut Db, tenant: &TenantId) -> QueryResult<bool> {
    let slug: Option<String> =
        tenants::table.find(tenant).select(tenants::slug).first(db).optional()?;
    Ok(slug.as_deref() == Some("console"))
}

/// What staff invited of late, newest first.
fn invited_lately(db: &mut Db, invite: &Invite) -> QueryResult<Vec<Option<String>>> {
    let most = i64::try_from(MOST_INVITES).unwrap_or(i64::MAX);
    invites::table
        .filter(invites::tenant_id.eq(&invite.tenant_id))
        .filter(invites::created_at.gt(invite.created_at.before(INVITES_WITHIN)))
        .order(invites::created_at.desc())
        .limit(most)
        .select(invites::mailed_to)
        .load(db)
}

fn may_invite(db: &mut Db, hand: &Hand, invite: &Invite) -> Result<TeamAnswer, StoreError> {
    take_turns(db, &hand.tenant)?;
    if !reaches(db, hand, &[invite.role])? {
        return Ok(TeamAnswer::NotAllowed);
    }
    let lately = invited_lately(db, invite)?;
    if lately.len() >= MOST_INVITES {
        return Ok(TeamAnswer::TooMany);
    }
    let same = |to: &&Option<String>| match (to.as_deref(), invite.mailed_to.as_deref()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (None, _) | (_, None) => false,
    };
    if lately.iter().filter(same).count() >= MOST_TO_ONE {
        return Ok(TeamAnswer::TooManyToOne);
    }
    Ok(TeamAnswer::Done)
}

/// Removes up to `rows` invitations of before `before`, which are all over: what they led to is in the
/// audit log.
pub(super) fn purge(
    db: &mut Db,
    tenant: &TenantId,
    before: Millis,
    rows: i64,
) -> QueryResult<usize> {
    let old: Vec<String> = invites::table
        .filter(invites::tenant_id.eq(tenant))
        .filter(invites::created_at.lt(before))
        .order(invites::created_at.asc())
        .limit(rows)
        .select(invites::secret_hash)
        .load(db)?;
    diesel::delete(invites::table)
        .filter(invites::tenant_id.eq(tenant))
        .filter(invites::secret_hash.eq_any(old))
        .execute(db)
}

impl Store {
    /// Keeps an invitation, and the mail that brings it. `by`: who of the staff invites; `None`:
    /// whoever may run the machine's commands, who is bound by no role.
    ///
    /// # Errors
    /// As any write.
    pub async fn invite(
        &self,
        invite: Invite,
        by: Option<Hand>,
        mail: Option<OutboxRow>,
    ) -> Result<TeamAnswer, StoreError> {
        let owner = invite.tenant_id.clone();
        self.work(&owner, Vec::new(), move |work| {
            if let Some(hand) = &by {
                let answer = may_invite(work.db, hand, &invite)?;
                if answer != TeamAnswer::Done {
                    return Ok(answer);
                }
            }
            diesel::insert_into(invites::table).values(&invite).execute(work.db)?;
            let deed = Deed {
                actor: invite.made_by.clone(),
                action: "team.invited",
                detail: json!({
                    "role": invite.role.as_str(), "invite": invite.id(), "mailed": mail.is_some(),
                }),
            };
            audit::note(work.db, &invite.tenant_id, &deed, work.now)?;
            if let Some(mail) = &mail {
                work.enqueue(mail.clone())?;
            }
            Ok(TeamAnswer::Done)
        })
        .await
    }

    /// Gives one of a team another role. Their own one again is no fault.
    ///
    /// # Errors
    /// `NotFound` for who is not in this team.
    pub async fn change_role(
        &self,
        hand: Hand,
        member: UserId,
        role: Role,
    ) -> Result<TeamAnswer, StoreError> {
        let owner = hand.tenant.clone();
        self.write(&owner, move |db, now| {
            take_turns(db, &hand.tenant)?;
            let was = role_of(db, &hand.tenant, &member)?.ok_or(StoreError::NotFound)?;
            if !reaches(db, &hand, &[was, role])? {
                return Ok(TeamAnswer::NotAllowed);
            }
            if was == role {
                return Ok(TeamAnswer::Done);
            }
            let of = (&hand.console, &hand.tenant);
            if was == Role::Owner && !keeps_an_owner(db, of, &member, Some(role))? {
                return Ok(TeamAnswer::LastOwner);
            }
            diesel::update(team::table.find((&hand.tenant, &member)))
                .set((team::role.eq(role), team::updated_at.eq(now)))
                .execute(db)?;
            let detail = json!({ "member": member, "role": role.as_str(), "was": was.as_str() });
            note(db, &hand, "team.role_changed", detail, now)?;
            Ok(TeamAnswer::Done)
        })
        .await
    }

    /// Takes somebody out of a team. Every request asks for the role, so the next one is refused.
    ///
    /// # Errors
    /// As [`Store::change_role`].
    pub async fn remove_member(
        &self,
        hand: Hand,
        member: UserId,
    ) -> Result<TeamAnswer, StoreError> {
        let owner = hand.tenant.clone();
        self.write(&owner, move |db, now| {
            take_turns(db, &hand.tenant)?;
            let was = role_of(db, &hand.tenant, &member)?.ok_or(StoreError::NotFound)?;
            // Whoever wants to go may, whatever their role.
            if hand.by != By::Staff(member.clone()) && !reaches(db, &hand, &[was])? {
                return Ok(TeamAnswer::NotAllowed);
            }
            let of = (&hand.console, &hand.tenant);
            if was == Role::Owner && !keeps_an_owner(db, of, &member, None)? {
                return Ok(TeamAnswer::LastOwner);
            }
            diesel::delete(team::table.find((&hand.tenant, &member))).execute(db)?;
            diesel::delete(alert_mutes::table.find((&hand.tenant, &member))).execute(db)?;
            let detail = json!({ "member": member, "was": was.as_str() });
            note(db, &hand, "team.removed", detail, now)?;
            Ok(TeamAnswer::Done)
        })
        .await
    }

    /// Takes an invitation back: from the commit on its link opens nothing.
    ///
    /// # Errors
    /// `NotFound` for one that is not open.
    pub async fn revoke_invite(
        &self,
        hand: Hand,
        secret_hash: String,
    ) -> Result<TeamAnswer, StoreError> {
        let owner = hand.tenant.clone();
        self.write(&owner, move |db, now| {
            take_turns(db, &hand.tenant)?;
            let found: Option<Invite> = invites::table
                .find((&hand.tenant, &secret_hash))
                .select(Invite::as_select())
                .first(db)
                .optional()?;
            let open = found.filter(|invite| !invite.is_over(now));
            let invite = open.ok_or(StoreError::NotFound)?;
            if !reaches(db, &hand, &[invite.role])? {
                return Ok(TeamAnswer::NotAllowed);
            }
            diesel::update(invites::table.find((&hand.tenant, &secret_hash)))
                .set(invites::revoked_at.eq(now))
                .execute(db)?;
            let detail = json!({ "role": invite.role.as_str(), "invite": invite.id() });
            note(db, &hand, "team.invite_revoked", detail, now)?;
            Ok(TeamAnswer::Done)
        })
        .await
    }
}
