//! Policies that are only watched: which tenant has one, when its next days are due, and what was found
//! of each day. Nothing here decides anything.

use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, Deed};
use super::connection::Db;
use super::error::StoreError;
use super::lockout_policy::{NewVersion, VersionKind, write_version};
use super::schema::{shadow_days, shadows};
use super::{Reader, Store};
use crate::model::{Millis, TenantId};

/// Days that are kept of a watched policy.
pub const DAYS: i64 = 90;

/// A tenant's watched policy.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = shadows)]
pub struct Shadow {
    pub tenant_id: TenantId,
    pub version: i64,
    pub since: Millis,
    /// When its next days are looked at.
    pub due_at: Millis,
}

/// What was found of one day.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = shadow_days)]
pub struct ShadowDay {
    pub tenant_id: TenantId,
    pub version: i64,
    /// Days since 1970, UTC.
    pub day: i64,
    /// As whoever worked it out keeps it.
    pub measures: String,
}

impl Reader {
    /// The policy that a tenant watches, and its days, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn shadow(
        &self,
        tenant: TenantId,
    ) -> Result<Option<(Shadow, Vec<ShadowDay>)>, StoreError> {
        self.run(move |db| {
            let Some(shadow) = find(db, &tenant)? else { return Ok(None) };
            let days = shadow_days::table
                .filter(shadow_days::tenant_id.eq(&tenant))
                .filter(shadow_days::version.eq(shadow.version))
                .order(shadow_days::day.desc())
                .limit(DAYS)
                .select(ShadowDay::as_select())
                .load(db)?;
            Ok(Some((shadow, days)))
        })
        .await
    }

    /// Watched policies whose next days are due, the longest due first; at most `limit`.
    ///
    /// # Errors
    /// As [`Reader::shadow`].
    pub async fn due_shadows(&self, now: Millis, limit: i64) -> Result<Vec<Shadow>, StoreError> {
        self.run(move |db| {
            Ok(shadows::table
                .filter(shadows::due_at.le(now))
                .order((shadows::due_at, shadows::tenant_id))
                .limit(limit)
                .select(Shadow::as_select())
                .load(db)?)
        })
        .await
    }
}

fn find(db: &mut Db, tenant: &TenantId) -> QueryResult<Option<Shadow>> {
    shadows::table.find(tenant).select(Shadow::as_select()).first(db).optional()
}

fn clear(db: &mut Db, tenant: &TenantId) -> QueryResult<usize> {
    diesel::delete(shadow_days::table.filter(shadow_days::tenant_id.eq(tenant))).execute(db)?;
    diesel::delete(shadows::table.find(tenant)).execute(db)
}

impl Store {
    /// Watches a policy from now on, instead of the one that was watched; returns its number.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant; `Conflict` where a version was saved at the same moment.
    pub async fn set_shadow(&self, tenant: TenantId, new: NewVersion) -> Result<i64, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let version = write_version(db, &tenant, &new, VersionKind::Shadow, now)?;
            clear(db, &tenant)?;
            let row = Shadow { tenant_id: tenant.clone(), version, since: now, due_at: now };
            diesel::insert_into(shadows::table).values(&row).execute(db)?;
            let deed = Deed {
                actor: new.author.clone(),
                action: "policy.shadow_set",
                detail: json!({ "version": version, "reason": new.reason }),
            };
            audit::note(db, &tenant, &deed, now)?;
            Ok(version)
        })
        .await
    }

    /// Watches no policy any more.
    ///
    /// # Errors
    /// `NotFound` where none was.
    pub async fn end_shadow(&self, tenant: TenantId, actor: String) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let shadow = find(db, &tenant)?.ok_or(StoreError::NotFound)?;
            clear(db, &tenant)?;
            let detail = json!({ "version": shadow.version });
            let deed = Deed { actor: actor.clone(), action: "policy.shadow_ended", detail };
            Ok(audit::note(db, &tenant, &deed, now)?)
        })
        .await
    }

    /// Takes the work of a due shadow: whether nobody else has.
    ///
    /// # Errors
    /// As any write.
    pub async fn claim_shadow(&self, shadow: Shadow, next: Millis) -> Result<bool, StoreError> {
        let owner = shadow.tenant_id.clone();
        self.write(&owner, move |db, _now| {
            let mine = shadows::table
                .find(&shadow.tenant_id)
                .filter(shadows::version.eq(shadow.version))
                .filter(shadows::due_at.eq(shadow.due_at));
            Ok(diesel::update(mine).set(shadows::due_at.eq(next)).execute(db)? > 0)
        })
        .await
    }

    /// Keeps what was found of some days, if that version is still watched; a day that is there
    /// already is written again.
    ///
    /// # Errors
    /// As any write.
    pub async fn keep_shadow_days(
        &self,
        tenant: TenantId,
        days: Vec<ShadowDay>,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, _now| {
            let watched = find(db, &tenant)?.map(|shadow| shadow.version);
            for day in days.iter().filter(|day| Some(day.version) == watched) {
                let key = (&day.tenant_id, day.version, day.day);
                diesel::delete(shadow_days::table.find(key)).execute(db)?;
                diesel::insert_into(shadow_days::table).values(day).execute(db)?;
                let old = shadow_days::table
                    .filter(shadow_days::tenant_id.eq(&tenant))
                    .filter(shadow_days::version.eq(day.version))
                    .filter(shadow_days::day.le(day.day.saturating_sub(DAYS)));
                diesel::delete(old).execute(db)?;
            }
            Ok(())
        })
        .await
    }
}
