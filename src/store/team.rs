//! Who works in whose console, and the links that make somebody one of a team. Staff are users of one
//! built-in tenant; a row of that tenant holds for every tenant. Makes no session.

use std::collections::HashSet;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::{self, Deed};
use super::columns::text_enum;
use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
use super::schema::{invites, team, tenants};
use super::sessions::{self, Session, SessionStatus};
use super::sign_ins::{self, Client};
use super::signing_keys::take_turns;
use super::subjects::SubjectKey;
use super::users::{self, NewUser, UserRecord};
use super::{Reader, Store};
use crate::model::{ClientId, Millis, OutboxId, TenantId, UserId};

/// Most tenants that somebody is shown to choose from.
const SHOWN: i64 = 50;
/// Most of a team that are named or written to, and most of those who work for all tenants.
const TEAM: i64 = 50;

text_enum! {
    /// What somebody may do in a tenant's console.
    Role {
        Owner = "owner",
        Admin = "admin",
        /// The inbox and explained locks.
        Support = "support",
        /// Sees all, changes nothing.
        Auditor = "auditor",
    }
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Support, Self::Auditor];

    /// Whether somebody of this role may make others a `role`, and take it from who has it. Owners are
    /// made by owners, so that nobody raises themselves.
    #[must_use]
    pub const fn may_give(self, role: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => !matches!(role, Self::Owner),
            Self::Support | Self::Auditor => false,
        }
    }
}

/// One of a tenant's team.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = team)]
pub struct TeamRow {
    pub tenant_id: TenantId,
    /// A user of the console's tenant.
    pub staff_id: UserId,
    pub role: Role,
    /// As an audit row's actor.
    pub added_by: String,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// Whether they are written to when an attack begins, if their role is written to at all.
    pub alerts: bool,
    /// The same of the day's digest.
    pub digest: bool,
}

/// A link that makes its holder one of a team, once.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = invites)]
pub struct Invite {
    pub tenant_id: TenantId,
    /// SHA-256 (hex) of the secret in the link.
    pub secret_hash: String,
    pub role: Role,
    pub made_by: String,
    pub created_at: Millis,
    pub expires_at: Millis,
    pub used_at: Option<Millis>,
    pub used_by: Option<UserId>,
    /// The address that the link was mailed to.
    pub mailed_to: Option<String>,
    /// The row of that mail, of the console's tenant.
    pub mail_id: Option<OutboxId>,
    pub revoked_at: Option<Millis>,
}

/// Characters of a digest by which pages name an invitation.
const ID_CHARS: usize = 20;

impl Invite {
    /// Whether it makes nobody a member any more.
    #[must_use]
    pub fn is_over(&self, now: Millis) -> bool {
        self.used_at.is_some() || self.revoked_at.is_some() || now >= self.expires_at
    }

    /// What pages call it: the beginning of its digest, which opens nothing.
    #[must_use]
    pub fn id(&self) -> String {
        self.secret_hash.chars().take(ID_CHARS).collect()
    }

    /// Who of the staff made it; `None`: whoever runs the machine's commands.
    #[must_use]
    pub fn maker(&self) -> Option<UserId> {
        self.made_by.strip_prefix("staff:").and_then(UserId::parse)
    }
}

/// Payload of a mail with an invitation. The address is kept with the invitation, the link nowhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InvitePayload {
    /// SHA-256 (hex) of the link's secret.
    pub invite: String,
    /// Name of the tenant.
    pub tenant: String,
    /// Name of whoever invites.
    pub by: String,
    /// The language that was chosen for the mail.
    pub locale: String,
}

/// A tenant that somebody works for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    pub slug: String,
    pub name: String,
    pub role: Role,
}

/// Somebody of the staff, as the session of a browser shows them.
#[derive(Debug, Clone)]
pub struct StaffView {
    pub client: Client,
    pub session: Session,
    pub record: UserRecord,
    /// At most 50, by name.
    pub memberships: Vec<Membership>,
}

/// Who takes an invitation.
#[derive(Clone)]
pub enum Guest {
    /// Somebody without an account: it is made in the same transaction.
    New(Box<NewUser>),
    Staff(UserId),
}

impl Guest {
    const fn id(&self) -> &UserId {
        match self {
            Self::New(new) => &new.user.id,
            Self::Staff(id) => id,
        }
    }
}

/// What came of an invitation that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Joined,
    /// Used, taken back or past its end by now; nothing was written.
    Over,
    /// They are an owner there, which an invitation does not change; nothing was written.
    IsOwner,
}

pub(super) fn role_of(db: &mut Db, tenant: &TenantId, staff: &UserId) -> QueryResult<Option<Role>> {
    team::table.find((tenant, staff)).select(team::role).first(db).optional()
}

/// Their own role in the tenant, else the one that they have everywhere.
pub(super) fn role_in(
    db: &mut Db,
    console: &TenantId,
    tenant: &TenantId,
    staff: &UserId,
) -> QueryResult<Option<Role>> {
    match role_of(db, tenant, staff)? {
        Some(role) => Ok(Some(role)),
        None => role_of(db, console, staff),
    }
}

/// Whether whoever made an invitation could still make it: who has lost the role for it, was banned or
/// is gone cannot come back by a link made before.
pub(super) fn stands(db: &mut Db, console: &TenantId, invite: &Invite) -> QueryResult<bool> {
    let Some(maker) = invite.maker() else { return Ok(true) };
    if users::find(db, console, &maker)?.is_none_or(|maker| maker.banned) {
        return Ok(false);
    }
    let role = role_in(db, console, &invite.tenant_id, &maker)?;
    Ok(role.is_some_and(|role| role.may_give(invite.role)))
}

/// Who works in a tenant's console: its own team, then those of all tenants; at most 50 of each. Their
/// own role in the tenant goes before the one that they have everywhere.
pub(super) fn of_tenant(
    db: &mut Db,
    console: &TenantId,
    tenant: &TenantId,
) -> QueryResult<Vec<TeamRow>> {
    let mut found: Vec<TeamRow> = Vec::new();
    for of in [tenant, console] {
        let rows: Vec<TeamRow> = team::table
            .filter(team::tenant_id.eq(of))
            .order(team::staff_id.asc())
            .limit(TEAM)
            .select(TeamRow::as_select())
            .load(db)?;
        let known: HashSet<UserId> = found.iter().map(|row| row.staff_id.clone()).collect();
        found.extend(rows.into_iter().filter(|row| !known.contains(&row.staff_id)));
    }
    Ok(found)
}

fn invite_of(db: &mut Db, hash: &str) -> QueryResult<Option<Invite>> {
    invites::table
        .filter(invites::secret_hash.eq(hash))
        .select(Invite::as_select())
        .first(db)
        .optional()
}

/// The tenants of `staff`: all, for who works for the console's own tenant.
fn memberships(
    db: &mut Db,
    console: &TenantId,
    staff: &UserId,
) -> Result<Vec<Membership>, StoreError> {
    let own: Vec<(TenantId, String, String, Role)> = team::table
        .inner_join(tenants::table.on(tenants::id.eq(team::tenant_id)))
        .filter(team::staff_id.eq(staff))
        .order(team::tenant_id)
        .limit(SHOWN)
        .select((team::tenant_id, tenants::slug, tenants::name, team::role))
        .load(db)?;
    let everywhere = own.iter().find(|(tenant, ..)| tenant == console).map(|(.., role)| *role);
    let mut found: Vec<_> = match everywhere {
        None => own,
        Some(role) => {
            let all: Vec<(TenantId, String, String)> = tenants::table
                .order(tenants::id)
                .limit(SHOWN)
                .select((tenants::id, tenants::slug, tenants::name))
                .load(db)?;
            let role_in = |tenant: &TenantId| {
                own.iter().find(|(own, ..)| own == tenant).map_or(role, |(.., role)| *role)
            };
            all.into_iter()
                .map(|(id, slug, name)| {
                    let role = role_in(&id);
                    (id, slug, name, role)
                })
                .collect()
        }
    };
    found.sort_by(|(.., a, _), (.., b, _)| a.cmp(b));
    Ok(found.into_iter().map(|(_, slug, name, role)| Membership { slug, name, role }).collect())
}

impl Reader {
    /// Who the staff member behind a client is: the client's newest live session with its user and
    /// the tenants that they work for. Whether the cookie is genuine is the caller's to know.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn staff_view(
        &self,
        console: TenantId,
        client: ClientId,
        now: Millis,
    ) -> Result<Option<StaffView>, StoreError> {
        self.run(move |db| {
            let Some(client) = sign_ins::find_client(db, &console, &client)? else {
                return Ok(None);
            };
            let sessions = sessions::of_client(db, &console, &client.id)?;
            let active = |s: &Session| s.status_at(now) == SessionStatus::Active;
            let Some(session) = sessions.into_iter().rev().find(active) else { return Ok(None) };
            let Some(record) = users::record(db, &console, &session.user_id)? else {
                return Ok(None);
            };
            let memberships = memberships(db, &console, &record.user.id)?;
            Ok(Some(StaffView { client, session, record, memberships }))
        })
        .await
    }

    /// What `staff` may do in the console of `tenant`: their own role there, else the one that they
    /// have everywhere.
    ///
    /// # Errors
    /// As [`Reader::staff_view`].
    pub async fn membership(
        &self,
        console: TenantId,
        tenant: TenantId,
        staff: UserId,
    ) -> Result<Option<Role>, StoreError> {
        self.run(move |db| Ok(role_in(db, &console, &tenant, &staff)?)).await
    }

    /// Who has one of these roles in the console of `tenant`, those of all tenants included; at most 50
    /// of each.
    ///
    /// # Errors
    /// As [`Reader::staff_view`].
    pub async fn colleagues(
        &self,
        console: TenantId,
        tenant: TenantId,
        roles: &'static [Role],
    ) -> Result<Vec<UserRecord>, StoreError> {
        self.run(move |db| {
            let rows = of_tenant(db, &console, &tenant)?;
            let fit = rows.into_iter().filter(|row| roles.contains(&row.role));
            let mut found = Vec::new();
            for row in fit {
                found.extend(users::record(db, &console, &row.staff_id)?);
            }
            Ok(found)
        })
        .await
    }

    /// The invitation of a link, by the SHA-256 (hex) of its secret, if it makes somebody a member
    /// at `now`. `console`: the console's tenant; `None` where there is none yet.
    ///
    /// # Errors
    /// As [`Reader::staff_view`].
    pub async fn open_invite(
        &self,
        console: Option<TenantId>,
        secret_hash: String,
        now: Millis,
    ) -> Result<Option<Invite>, StoreError> {
        self.run(move |db| {
            let found = invite_of(db, &secret_hash)?.filter(|invite| !invite.is_over(now));
            let Some(invite) = found else { return Ok(None) };
            let stands = match &console {
                Some(console) => stands(db, console, &invite)?,
                None => invite.maker().is_none(),
            };
            Ok(stands.then_some(invite))
        })
        .await
    }
}

/// Makes `staff` one of the team, or gives them the role of the invitation.
fn join(work: &mut Work<'_>, invite: &Invite, staff: &UserId) -> Result<(), StoreError> {
    let row = TeamRow {
        tenant_id: invite.tenant_id.clone(),
        staff_id: staff.clone(),
        role: invite.role,
        added_by: invite.made_by.clone(),
        created_at: work.now,
        updated_at: work.now,
        alerts: true,
        digest: true,
    };
    let there = team::table.find((&row.tenant_id, &row.staff_id));
    let changed = diesel::update(there)
        .set((team::role.eq(row.role), team::updated_at.eq(row.updated_at)))
        .execute(work.db)?;
    if changed == 0 {
        diesel::insert_into(team::table).values(&row).execute(work.db)?;
    }
    Ok(())
}

/// Whether one of the staff was deleted or banned since they opened the page.
fn is_gone(db: &mut Db, console: &TenantId, guest: &Guest) -> QueryResult<bool> {
    match guest {
        Guest::New(_) => Ok(false),
        Guest::Staff(id) => Ok(users::find(db, console, id)?.is_none_or(|staff| staff.banned)),
    }
}

fn take(
    work: &mut Work<'_>,
    console: &TenantId,
    hash: &str,
    guest: &Guest,
) -> Result<Taken, StoreError> {
    let Some(invite) = invite_of(work.db, hash)?.filter(|invite| !invite.is_over(work.now)) else {
        return Ok(Taken::Over);
    };
    // First, as whoever deletes or bans one of the staff does: nobody joins who is gone by then.
    take_turns(work.db, console)?;
    take_turns(work.db, &invite.tenant_id)?;
    if !stands(work.db, console, &invite)? || is_gone(work.db, console, guest)? {
        return Ok(Taken::Over);
    }
    let is_owner = role_in(work.db, console, &invite.tenant_id, guest.id())? == Some(Role::Owner);
    if is_owner && invite.role != Role::Owner {
        return Ok(Taken::IsOwner);
    }
    // Who comes at the same moment on another node finds no row to mark.
    let open = invites::table
        .find((&invite.tenant_id, &invite.secret_hash))
        .filter(invites::used_at.is_null())
        .filter(invites::revoked_at.is_null());
    let marked = diesel::update(open)
        .set((invites::used_at.eq(work.now), invites::used_by.eq(guest.id())))
        .execute(work.db)?;
    if marked == 0 {
        return Ok(Taken::Over);
    }
    if let Guest::New(new) = guest {
        users::create(work, new)?;
    }
    join(work, &invite, guest.id())?;
    let deed = Deed {
        actor: format!("staff:{}", guest.id()),
        action: "team.joined",
        detail: json!({
            "role": invite.role.as_str(), "invited_by": invite.made_by, "invite": invite.id(),
        }),
    };
    audit::note(work.db, &invite.tenant_id, &deed, work.now)?;
    Ok(Taken::Joined)
}

impl Store {
    /// Makes `guest` one of the team that the invitation is for, all or nothing.
    ///
    /// # Errors
    /// `Conflict { what: "identifier" }` where a new account's name is taken.
    pub async fn take_invite(
        &self,
        console: TenantId,
        secret_hash: String,
        guest: Guest,
    ) -> Result<Taken, StoreError> {
        let subjects = match &guest {
            Guest::New(new) => new
                .wanted_phantoms()
                .into_iter()
                .cloned()
                .chain([SubjectKey::user(&new.user.id)])
                .collect(),
            Guest::Staff(_) => Vec::new(),
        };
        let owner = console.clone();
        self.work(&owner, subjects, move |work| take(work, &console, &secret_hash, &guest)).await
    }
}
