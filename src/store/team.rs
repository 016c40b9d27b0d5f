//! Who works in whose console, and the links that make somebody one of a team. Staff are users of one
//! built-in tenant; a row of that tenant holds for every tenant. Makes no session.

use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, Deed};
use super::columns::text_enum;
use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
use super::schema::{invites, team, tenants};
use super::sessions::{self, Session, SessionStatus};
use super::sign_ins::{self, Client};
use super::subjects::SubjectKey;
use super::users::{self, NewUser, UserRecord};
use super::{Reader, Store};
use crate::model::{ClientId, Millis, TenantId, UserId};

/// Most tenants that somebody is shown to choose from.
const SHOWN: i64 = 50;

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
}

impl Invite {
    /// Whether it makes nobody a member any more.
    #[must_use]
    pub fn is_over(&self, now: Millis) -> bool {
        self.used_at.is_some() || now >= self.expires_at
    }
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
    /// Used or past its end by now; nothing was written.
    Over,
}

fn role_of(db: &mut Db, tenant: &TenantId, staff: &UserId) -> QueryResult<Option<Role>> {
    team::table.find((tenant, staff)).select(team::role).first(db).optional()
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
        self.run(move |db| match role_of(db, &tenant, &staff)? {
            Some(role) => Ok(Some(role)),
            None => Ok(role_of(db, &console, &staff)?),
        })
        .await
    }

    /// The invitation of a link, by the SHA-256 (hex) of its secret.
    ///
    /// # Errors
    /// As [`Reader::staff_view`].
    pub async fn invite(&self, secret_hash: String) -> Result<Option<Invite>, StoreError> {
        self.run(move |db| Ok(invite_of(db, &secret_hash)?)).await
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

fn take(work: &mut Work<'_>, hash: &str, guest: &Guest) -> Result<Taken, StoreError> {
    let Some(invite) = invite_of(work.db, hash)?.filter(|invite| !invite.is_over(work.now)) else {
        return Ok(Taken::Over);
    };
    // Who comes at the same moment on another node finds no row to mark.
    let open = invites::table
        .find((&invite.tenant_id, &invite.secret_hash))
        .filter(invites::used_at.is_null());
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
        detail: json!({ "role": invite.role.as_str(), "invited_by": invite.made_by }),
    };
    audit::note(work.db, &invite.tenant_id, &deed, work.now)?;
    Ok(Taken::Joined)
}

impl Store {
    /// Keeps an invitation.
    ///
    /// # Errors
    /// As any write.
    pub async fn invite(&self, invite: Invite) -> Result<(), StoreError> {
        let owner = invite.tenant_id.clone();
        self.write(&owner, move |db, now| {
            diesel::insert_into(invites::table).values(&invite).execute(db)?;
            let deed = Deed {
                actor: invite.made_by.clone(),
                action: "team.invited",
                detail: json!({ "role": invite.role.as_str() }),
            };
            Ok(audit::note(db, &invite.tenant_id, &deed, now)?)
        })
        .await
    }

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
        self.work(&console, subjects, move |work| take(work, &secret_hash, &guest)).await
    }
}
