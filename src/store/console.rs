//! What the overview of the console counts and lists, and no other door asks for.

use diesel::dsl::{not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde_json::Value;

use super::Reader;
use super::audit_lists::BY_PEOPLE;
use super::connection::Db;
use super::contact_requests::ContactRequestStatus;
use super::counted::{Counted, MOST};
use super::error::StoreError;
use super::schema::{api_keys, audit, contact_requests, subjects, users};
use super::subjects::{kind_from_column, until_from_column};
use super::users as user_rows;
use crate::lockout::LockKind;
use crate::model::{Millis, TenantId, Until, UserId};

/// Locks that the overview lists.
const LISTED: usize = 6;

/// A user who is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedRow {
    pub user: UserId,
    /// The primary identifier, else the first; the id where there is none.
    pub name: String,
    pub by_staff: bool,
    pub long_run: bool,
    pub until: Until,
}

/// What is so now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    pub users: Counted,
    /// Users locked by policy or staff.
    pub locked: Counted,
    /// Requests for help that are not closed.
    pub open_requests: Counted,
    /// At most six, the one that ends next first.
    pub locks: Vec<LockedRow>,
    /// A test mail was taken: by the house's server, or by one of the tenant's own.
    pub mail_proved: bool,
    /// A secret key has opened something once, even if it no longer does.
    pub key_used: bool,
}

type Ending = (String, Option<String>, Option<i64>, Option<i64>);

/// Locks by the policy that are in force, the one that ends next first. The index is used because
/// its condition stands here word for word.
fn locked_by_policy(
    db: &mut Db,
    tenant: &TenantId,
    now: Millis,
    most: i64,
) -> QueryResult<Vec<Ending>> {
    subjects::table
        .filter(subjects::tenant_id.eq(tenant))
        .filter(subjects::lock_until.is_not_null())
        .filter(not(subjects::phantom))
        .filter(subjects::lock_until.gt(now.0))
        .order((subjects::lock_until, subjects::subject))
        .limit(most)
        .select((
            subjects::subject,
            subjects::lock_kind,
            subjects::lock_until,
            subjects::staff_until,
        ))
        .load(db)
}

fn locked_by_staff(
    db: &mut Db,
    tenant: &TenantId,
    now: Millis,
    most: i64,
) -> QueryResult<Vec<Ending>> {
    subjects::table
        .filter(subjects::tenant_id.eq(tenant))
        .filter(subjects::staff_until.is_not_null())
        .filter(subjects::staff_until.gt(now.0))
        .order((subjects::staff_until, subjects::subject))
        .limit(most)
        .select((
            subjects::subject,
            subjects::lock_kind,
            subjects::lock_until,
            subjects::staff_until,
        ))
        .load(db)
}

/// Users locked by policy, staff or both, each once; the one who is free first comes first.
fn locked(
    db: &mut Db,
    tenant: &TenantId,
    now: Millis,
) -> QueryResult<Vec<(UserId, bool, bool, Until)>> {
    let most = MOST.saturating_add(1);
    let mut rows = locked_by_policy(db, tenant, now, most)?;
    rows.extend(locked_by_staff(db, tenant, now, most)?);
    rows.sort();
    rows.dedup();
    let in_force = |end: Option<i64>| end.filter(|end| *end > now.0);
    let mut found: Vec<_> = rows
        .into_iter()
        .filter_map(|(subject, kind, lock, staff)| {
            // A phantom that staff locked when it was a user's is nobody any more.
            let user = UserId::parse(&subject)?;
            let (lock, staff) = (in_force(lock), in_force(staff));
            let long_run =
                lock.is_some() && kind.as_deref().map(kind_from_column) == Some(LockKind::LongRun);
            let until = until_from_column(lock.max(staff)?);
            Some((user, staff.is_some(), long_run, until))
        })
        .collect();
    found.sort_by_key(|(user, _, _, until)| (*until, user.clone()));
    Ok(found)
}

fn named(db: &mut Db, tenant: &TenantId, user: &UserId) -> Result<String, StoreError> {
    let Some(record) = user_rows::record(db, tenant, user)? else { return Ok(user.to_string()) };
    let primary = record.user.primary_identification_id.as_ref();
    let names = &record.identifications;
    let chosen = names.iter().find(|name| Some(&name.id) == primary).or_else(|| names.first());
    Ok(chosen.map_or_else(|| user.to_string(), |name| name.value.clone()))
}

fn users_of(db: &mut Db, tenant: &TenantId) -> QueryResult<Counted> {
    let ids = users::table
        .filter(users::tenant_id.eq(tenant))
        .order((users::created_at, users::id))
        .select(users::id);
    Counted::rows(db, ids)
}

fn open_requests(db: &mut Db, tenant: &TenantId) -> QueryResult<Counted> {
    use ContactRequestStatus::{New, Open, Waiting};
    let open = contact_requests::table
        .filter(contact_requests::tenant_id.eq(tenant))
        .filter(contact_requests::status.eq_any([New, Open, Waiting]))
        .select(contact_requests::status);
    Counted::rows(db, open)
}

/// Test mails that are looked at: a few are allowed an hour, and one that was taken is soon among them.
const TESTS: i64 = 50;

/// The index is used because its condition stands here word for word.
fn mail_proved(db: &mut Db, tenant: &TenantId) -> QueryResult<bool> {
    let details: Vec<String> = audit::table
        .filter(audit::tenant_id.eq(tenant))
        .filter(audit::action.eq("mail.tested"))
        .filter(sql::<Bool>(BY_PEOPLE))
        .order(audit::id.desc())
        .limit(TESTS)
        .select(audit::detail)
        .load(db)?;
    let taken = |detail: &String| {
        let detail: Option<Value> = serde_json::from_str(detail).ok();
        detail.and_then(|detail| detail.get("accepted")?.as_bool()).unwrap_or_default()
    };
    Ok(details.iter().any(taken))
}

fn key_used(db: &mut Db, tenant: &TenantId) -> QueryResult<bool> {
    let used: Option<String> = api_keys::table
        .filter(api_keys::tenant_id.eq(tenant))
        .filter(api_keys::last_used_at.is_not_null())
        .select(api_keys::key_hash)
        .first(db)
        .optional()?;
    Ok(used.is_some())
}

/// Names that one question may ask for.
const NAMES: usize = 50;

impl Reader {
    /// How each of these users is called, at most 50: as [`LockedRow`] has it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn names_of(
        &self,
        tenant: TenantId,
        users: Vec<UserId>,
    ) -> Result<Vec<String>, StoreError> {
        self.run(move |db| users.iter().take(NAMES).map(|user| named(db, &tenant, user)).collect())
            .await
    }

    /// What is so in a tenant at `now`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn overview(&self, tenant: TenantId, now: Millis) -> Result<Overview, StoreError> {
        self.run(move |db| {
            let locked = locked(db, &tenant, now)?;
            let count = Counted::found(locked.len());
            let mut locks = Vec::new();
            for (user, by_staff, long_run, until) in locked.into_iter().take(LISTED) {
                let name = named(db, &tenant, &user)?;
                locks.push(LockedRow { user, name, by_staff, long_run, until });
            }
            Ok(Overview {
                users: users_of(db, &tenant)?,
                locked: count,
                open_requests: open_requests(db, &tenant)?,
                locks,
                mail_proved: mail_proved(db, &tenant)?,
                key_used: key_used(db, &tenant)?,
            })
        })
        .await
    }
}
