//! What staff do to a team: invite, give another role, remove, take an invitation back. Each rule is
//! looked at in the transaction of the deed, behind a lock on the tenant's row: of two who take the
//! last two owners' role at the same moment one is refused. What is about several teams locks the row of
//! the console's tenant first, then the others in the order of their ids. Knows no page and no mail.

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

/// What a deed makes of one of the staff.
enum Then {
    /// In this team they have another role, or none any more.
    In(TenantId, Option<Role>),
    /// They are gone, or banned, from every team.
    Gone,
}

/// One of the staff who is to be less of an owner than before.
struct Leaving<'a> {
    console: &'a TenantId,
    staff: &'a UserId,
    then: Then,
}

impl Leaving<'_> {
    fn touches(&self, tenant: &TenantId, who: &UserId) -> bool {
        let here = match &self.then {
            Then::In(of, _) => of == tenant,
            Then::Gone => true,
        };
        here && who == self.staff
    }

    /// The owners whom a team still has.
    fn owners_left(&self, db: &mut Db, tenant: &TenantId) -> Result<Vec<UserId>, StoreError> {
        let mut left = owners(db, self.console, tenant)?;
        left.retain(|owner| !self.touches(tenant, owner));
        Ok(left)
    }

    /// Whether a tenant keeps an owner: one of its own, else one of all tenants.
    fn keeps_an_owner(&self, db: &mut Db, tenant: &TenantId) -> Result<bool, StoreError> {
        if !self.owners_left(db, tenant)?.is_empty() {
            return Ok(true);
        }
        if tenant == self.console {
            return Ok(false);
        }
        // But for who has a role of their own here: it goes before the other.
        for owner in self.owners_left(db, self.console)? {
            let own = match &self.then {
                Then::In(_, role) if self.touches(tenant, &owner) => *role,
                Then::In(..) | Then::Gone => role_of(db, tenant, &owner)?,
            };
            if own.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tenants that an owner of all tenants may leave without one: those in which another owner of all
    /// tenants has a role of their own. In every other tenant that one goes on.
    fn left_behind(&self, db: &mut Db) -> Result<Vec<TenantId>, StoreError> {
        match self.owners_left(db, self.console)?.first() {
            Some(other) => Ok(teams_of(db, other)?),
            None => Ok(Vec::new()),
        }
    }

    /// Whether each of these tenants that has them as an owner keeps one. `tenants` come in the order of
    /// their ids, in which their rows are locked; that of the console is locked before.
    fn keeps_owners(&self, db: &mut Db, tenants: &[TenantId]) -> Result<bool, StoreError> {
        for tenant in tenants.iter().filter(|tenant| *tenant != self.console) {
            take_turns(db, tenant)?;
        }
        for tenant in tenants {
            // Read behind the locks: nobody's role changes any more.
            let owned = role_in(db, self.console, tenant, self.staff)? == Some(Role::Owner);
            if owned && !self.keeps_an_owner(db, tenant)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether every tenant keeps an owner when the role that `staff`, an owner, has in a team is `then`;
/// `None`: none any more. The row of that team's tenant is locked.
fn may_step_down(
    db: &mut Db,
    hand: &Hand,
    staff: &UserId,
    then: Option<Role>,
) -> Result<bool, StoreError> {
    let (console, tenant) = (&hand.console, &hand.tenant);
    let leaving = Leaving { console, staff, then: Then::In(tenant.clone(), then) };
    if !leaving.keeps_an_owner(db, tenant)? {
        return Ok(false);
    }
    if tenant != console {
        return Ok(true);
    }
    let behind = leaving.left_behind(db)?;
    leaving.keeps_owners(db, &behind)
}

/// The teams that somebody of the staff has a role of their own in, in the order of their ids.
fn teams_of(db: &mut Db, staff: &UserId) -> QueryResult<Vec<TenantId>> {
    team::table
        .filter(team::staff_id.eq(staff))
        .order(team::tenant_id.asc())
        .select(team::tenant_id)
        .load(db)
}

/// For who bans or deletes a user of the console: an owner without whom a tenant would have none stays.
///
/// # Errors
/// `Conflict { what: "last_owner" }` for that one.
pub(super) fn may_go(db: &mut Db, tenant: &TenantId, user: &UserId) -> Result<(), StoreError> {
    // A tenant's user who was brought along with the id of somebody of the staff is not them.
    if !is_console(db, tenant)? {
        return Ok(());
    }
    // Nobody joins a team meanwhile, and nobody else of the staff goes.
    take_turns(db, tenant)?;
    let leaving = Leaving { console: tenant, staff: user, then: Then::Gone };
    let mut concerned = teams_of(db, user)?;
    if concerned.contains(tenant) {
        concerned.extend(leaving.left_behind(db)?);
        concerned.sort_unstable();
        concerned.dedup();
    }
    if leaving.keeps_owners(db, &concerned)? {
        Ok(())
    } else {
        Err(StoreError::Conflict { what: "last_owner" })
    }
}

/// Takes a user of the console who is being deleted out of every team. [`may_go`] comes before.
pub(super) fn forget(db: &mut Db, tenant: &TenantId, user: &UserId) -> QueryResult<()> {
    if is_console(db, tenant)? {
        diesel::delete(team::table.filter(team::staff_id.eq(user))).execute(db)?;
        // Also where they are by their role for all tenants; there are no more than staff who mute.
        diesel::delete(alert_mutes::table.filter(alert_mutes::staff_id.eq(user))).execute(db)?;
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
            if was == Role::Owner && !may_step_down(db, &hand, &member, Some(role))? {
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
            if was == Role::Owner && !may_step_down(db, &hand, &member, None)? {
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
