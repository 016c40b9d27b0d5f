//! Policies as append-only versions with author and reason. The numbers of the live version and of the
//! one that decides instead for a while stand on the tenant's row, so that a settle reads both inside
//! its transaction (protocol rule 11) and chooses by its own instant: nothing switches back.

use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, Deed};
use super::columns::text_enum;
use super::connection::Db;
use super::error::{StoreError, conflict_on};
use super::notices::{self, Notice};
use super::schema::{policies, tenants};
use super::{Reader, Store};
use crate::lockout::stricter::strictest;
use crate::lockout::{Policy, PolicyDocument};
use crate::model::{Millis, Span, TenantId};

/// Most versions of one page.
pub const VERSIONS: i64 = 50;

text_enum! {
    /// What a version is for.
    VersionKind {
        /// Decides until the next one is saved.
        Live = "live",
        /// Decides instead of the live one until its end.
        Overlay = "overlay",
        /// Decides nothing: what it would have done is worked out by night.
        Shadow = "shadow",
    }
}

/// One saved version. `document` is the policy as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = policies)]
pub struct PolicyVersion {
    pub tenant_id: TenantId,
    /// 1, 2, 3 … in the order of saving, whatever their kind.
    pub version: i64,
    pub document: String,
    pub author: String,
    pub reason: String,
    pub created_at: Millis,
    pub kind: VersionKind,
    /// The version that was live when this one was saved; `None` for the first.
    pub made_over: Option<i64>,
    /// What a replay had said of it, as whoever asked for it keeps it.
    pub effect: Option<String>,
    /// Of an overlay.
    pub ends_at: Option<Millis>,
}

/// A version to be saved.
#[derive(Debug, Clone)]
pub struct NewVersion {
    pub document: String,
    pub author: String,
    pub reason: String,
    pub effect: Option<String>,
}

/// A policy that is to decide for a while, as far as it is stricter than the live one.
#[derive(Debug, Clone)]
pub struct NewOverlay {
    pub policy: Policy,
    pub length: Span,
    pub author: String,
    pub reason: String,
}

/// What decides now, and what does when the overlay has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoliciesNow {
    pub live: PolicyVersion,
    pub overlay: Option<PolicyVersion>,
}

impl PoliciesNow {
    #[must_use]
    pub fn in_force(self) -> PolicyVersion {
        self.overlay.unwrap_or(self.live)
    }
}

/// Numbers of the live version and of the one over it, with its end.
type Numbers = (i64, Option<i64>, Option<Millis>);

/// The version that decides at `now`: an overlay up to its end, and not at it.
#[must_use]
pub fn version_at((live, overlay, until): Numbers, now: Millis) -> i64 {
    overlay.filter(|_| until.is_some_and(|until| now < until)).unwrap_or(live)
}

impl PolicyVersion {
    /// The policy itself.
    ///
    /// # Errors
    /// `Corrupt` when the document was written by a version of the program that allowed more.
    pub fn policy(&self) -> Result<Policy, StoreError> {
        let document = PolicyDocument::from_json(&self.document).map_err(|faults| {
            StoreError::Corrupt(format!("policy version {}: {faults:?}", self.version))
        })?;
        document.parse().map_err(|faults| {
            StoreError::Corrupt(format!("policy version {}: {faults:?}", self.version))
        })
    }
}

/// Writes a version and makes it live.
pub(super) fn insert(db: &mut Db, version: &PolicyVersion) -> Result<(), StoreError> {
    write(db, version)?;
    diesel::update(tenants::table.find(&version.tenant_id))
        .set(tenants::policy_version.eq(version.version))
        .execute(db)?;
    Ok(())
}

fn write(db: &mut Db, version: &PolicyVersion) -> Result<(), StoreError> {
    diesel::insert_into(policies::table)
        .values(version)
        .execute(db)
        .map_err(conflict_on("version"))?;
    Ok(())
}

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    version: i64,
) -> QueryResult<Option<PolicyVersion>> {
    policies::table.find((tenant, version)).select(PolicyVersion::as_select()).first(db).optional()
}

fn must_find(db: &mut Db, tenant: &TenantId, version: i64) -> Result<PolicyVersion, StoreError> {
    find(db, tenant, version)?.ok_or(StoreError::NotFound)
}

fn numbers(db: &mut Db, tenant: &TenantId) -> Result<Numbers, StoreError> {
    let columns = (tenants::policy_version, tenants::overlay_version, tenants::overlay_until);
    let row = tenants::table.find(tenant).select(columns).first(db).optional()?;
    row.ok_or(StoreError::NotFound)
}

/// The number after the newest one: what is live need not be the newest.
fn next_version(db: &mut Db, tenant: &TenantId) -> Result<i64, StoreError> {
    let newest: Option<i64> = policies::table
        .filter(policies::tenant_id.eq(tenant))
        .order(policies::version.desc())
        .select(policies::version)
        .first(db)
        .optional()?;
    Ok(newest.ok_or(StoreError::NotFound)?.saturating_add(1))
}

impl Reader {
    /// The live policy version of a tenant, whatever stands over it for a while.
    ///
    /// # Errors
    /// [`StoreError`]; `NotFound` for an unknown tenant.
    pub async fn live_policy(&self, tenant: TenantId) -> Result<PolicyVersion, StoreError> {
        self.run(move |db| {
            let (live, ..) = numbers(db, &tenant)?;
            must_find(db, &tenant, live)
        })
        .await
    }

    /// The live version and the one that decides instead of it at `now`, if one does.
    ///
    /// # Errors
    /// As [`Reader::live_policy`].
    pub async fn policies_at(
        &self,
        tenant: TenantId,
        now: Millis,
    ) -> Result<PoliciesNow, StoreError> {
        self.run(move |db| {
            let numbers = numbers(db, &tenant)?;
            let (live, over) = (must_find(db, &tenant, numbers.0)?, version_at(numbers, now));
            let overlay =
                if over == live.version { None } else { Some(must_find(db, &tenant, over)?) };
            Ok(PoliciesNow { live, overlay })
        })
        .await
    }

    /// One version.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn policy_version(
        &self,
        tenant: TenantId,
        version: i64,
    ) -> Result<Option<PolicyVersion>, StoreError> {
        self.run(move |db| Ok(find(db, &tenant, version)?)).await
    }

    /// Versions before `before`, the newest first; at most [`VERSIONS`].
    ///
    /// # Errors
    /// As [`Reader::policy_version`].
    pub async fn policy_versions(
        &self,
        tenant: TenantId,
        before: Option<i64>,
    ) -> Result<Vec<PolicyVersion>, StoreError> {
        self.run(move |db| {
            Ok(policies::table
                .filter(policies::tenant_id.eq(&tenant))
                .filter(policies::version.lt(before.unwrap_or(i64::MAX)))
                .order(policies::version.desc())
                .limit(VERSIONS)
                .select(PolicyVersion::as_select())
                .load(db)?)
        })
        .await
    }
}

impl Store {
    /// Saves the next version and makes it live; returns its number.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant.
    pub async fn save_policy(
        &self,
        tenant: TenantId,
        document: String,
        author: String,
        reason: String,
    ) -> Result<i64, StoreError> {
        let owner = tenant.clone();
        let new = NewVersion { document, author, reason, effect: None };
        self.write(&owner, move |db, now| save(db, &tenant, &new, now)).await
    }

    /// As [`Store::save_policy`], if `live` is the live version.
    ///
    /// # Errors
    /// `Conflict { what: "policy" }` where it is not any more.
    pub async fn save_policy_over(
        &self,
        tenant: TenantId,
        new: NewVersion,
        live: i64,
    ) -> Result<i64, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            if numbers(db, &tenant)?.0 != live {
                return Err(StoreError::Conflict { what: "policy" });
            }
            save(db, &tenant, &new, now).map_err(overtaken)
        })
        .await
    }

    /// Keeps what a replay said of a version, if nothing is kept with it yet: the one column that is
    /// written after the rest of its row.
    ///
    /// # Errors
    /// As any write.
    pub async fn keep_effect(
        &self,
        tenant: TenantId,
        version: i64,
        effect: String,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, _| {
            diesel::update(policies::table.find((&tenant, version)))
                .filter(policies::effect.is_null())
                .set(policies::effect.eq(Some(effect.as_str())))
                .execute(db)?;
            Ok(())
        })
        .await
    }

    /// Puts a policy over the live one, as far as it is stricter, until `length` from now; one that
    /// stands there already gives way. Returns its number and its end.
    ///
    /// # Errors
    /// `Conflict { what: "overlay" }` where it is stricter in nothing, `Conflict { what: "policy" }`
    /// where another version was saved at the same moment.
    pub async fn set_overlay(
        &self,
        tenant: TenantId,
        new: NewOverlay,
    ) -> Result<(i64, Millis), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let (live, ..) = numbers(db, &tenant)?;
            let base = must_find(db, &tenant, live)?.policy()?;
            let both = strictest(&base, &new.policy);
            if both == base {
                return Err(StoreError::Conflict { what: "overlay" });
            }
            let until = now.after(new.length);
            let said = (new.author.as_str(), new.reason.as_str());
            let version = lay(db, &tenant, &both, said, (live, until), now).map_err(overtaken)?;
            let deed = Deed {
                actor: new.author.clone(),
                action: "policy.overlay_set",
                detail: json!({ "version": version, "until": until, "reason": new.reason }),
            };
            audit::note(db, &tenant, &deed, now)?;
            notices::tell(db, &Notice::Tenant(tenant.clone()))?;
            Ok((version, until))
        })
        .await
    }

    /// Ends what stands over the live policy; returns its number.
    ///
    /// # Errors
    /// `NotFound` where nothing does.
    pub async fn end_overlay(&self, tenant: TenantId, actor: String) -> Result<i64, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let numbers = numbers(db, &tenant)?;
            let version = version_at(numbers, now);
            if version == numbers.0 {
                return Err(StoreError::NotFound);
            }
            diesel::update(tenants::table.find(&tenant))
                .set((
                    tenants::overlay_version.eq(None::<i64>),
                    tenants::overlay_until.eq(None::<Millis>),
                ))
                .execute(db)?;
            diesel::update(policies::table.find((&tenant, version)))
                .set(policies::ends_at.eq(Some(now)))
                .execute(db)?;
            let detail = json!({ "version": version, "live": numbers.0 });
            let deed = Deed { actor: actor.clone(), action: "policy.overlay_ended", detail };
            audit::note(db, &tenant, &deed, now)?;
            notices::tell(db, &Notice::Tenant(tenant.clone()))?;
            Ok(version)
        })
        .await
    }
}

/// Two at the same moment, on two nodes: one of them finds the number taken.
fn overtaken(error: StoreError) -> StoreError {
    match error {
        StoreError::Conflict { .. } => StoreError::Conflict { what: "policy" },
        other => other,
    }
}

/// Writes the next version; returns its number.
pub(super) fn write_version(
    db: &mut Db,
    tenant: &TenantId,
    new: &NewVersion,
    kind: VersionKind,
    now: Millis,
) -> Result<i64, StoreError> {
    let (live, ..) = numbers(db, tenant)?;
    let row = version_of(tenant, new, (next_version(db, tenant)?, kind, live), now);
    write(db, &row).map_err(overtaken)?;
    Ok(row.version)
}

fn version_of(
    tenant: &TenantId,
    new: &NewVersion,
    (version, kind, live): (i64, VersionKind, i64),
    now: Millis,
) -> PolicyVersion {
    PolicyVersion {
        tenant_id: tenant.clone(),
        version,
        document: new.document.clone(),
        author: new.author.clone(),
        reason: new.reason.clone(),
        created_at: now,
        kind,
        made_over: Some(live),
        effect: new.effect.clone(),
        ends_at: None,
    }
}

fn save(db: &mut Db, tenant: &TenantId, new: &NewVersion, now: Millis) -> Result<i64, StoreError> {
    let numbers = numbers(db, tenant)?;
    let version = next_version(db, tenant)?;
    let row = version_of(tenant, new, (version, VersionKind::Live, numbers.0), now);
    insert(db, &row)?;
    relay(db, &row, numbers, now)?;
    let deed = Deed {
        actor: row.author,
        action: "policy.saved",
        detail: json!({ "version": version, "reason": row.reason }),
    };
    audit::note(db, tenant, &deed, now)?;
    notices::tell(db, &Notice::Tenant(tenant.clone()))?;
    Ok(version)
}

/// What stands over the live policy is never milder than it, also when that has just become stricter:
/// then it is laid again, over the new one.
fn relay(
    db: &mut Db,
    live: &PolicyVersion,
    numbers: Numbers,
    now: Millis,
) -> Result<(), StoreError> {
    let over = version_at(numbers, now);
    let Some(until) = numbers.2.filter(|_| over != numbers.0) else { return Ok(()) };
    let tenant = &live.tenant_id;
    let before = must_find(db, tenant, over)?;
    let (policy, said) = (before.policy()?, (before.author.as_str(), before.reason.as_str()));
    let both = strictest(&live.policy()?, &policy);
    if both != policy {
        lay(db, tenant, &both, said, (live.version, until), now)?;
    }
    Ok(())
}

/// Writes an overlay's version and lets it decide.
fn lay(
    db: &mut Db,
    tenant: &TenantId,
    policy: &Policy,
    (author, reason): (&str, &str),
    (live, until): (i64, Millis),
    now: Millis,
) -> Result<i64, StoreError> {
    let version = next_version(db, tenant)?;
    let row = PolicyVersion {
        tenant_id: tenant.clone(),
        version,
        document: PolicyDocument::of(policy).to_json(),
        author: author.to_owned(),
        reason: reason.to_owned(),
        created_at: now,
        kind: VersionKind::Overlay,
        made_over: Some(live),
        effect: None,
        ends_at: Some(until),
    };
    write(db, &row)?;
    diesel::update(tenants::table.find(tenant))
        .set((tenants::overlay_version.eq(Some(version)), tenants::overlay_until.eq(Some(until))))
        .execute(db)?;
    Ok(version)
}
