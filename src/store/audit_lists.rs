//! The audit log as people read it: the newest first, a page at a time, by who did it, what was done,
//! to whom and when. Each question goes along an index; what people did is asked apart from the locks
//! that attempts bring, which under attack are millions. Knows no meaning of an action.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Reader;
use super::audit::AuditRow;
use super::connection::Db;
use super::error::StoreError;
use super::lockout_policy::PolicyVersion;
use super::schema::{audit, policies};
use crate::model::{AuditId, Millis, TenantId, UserId};

/// Most rows one question may ask for.
const PAGE: i64 = 1_000;
/// Most names that a filter offers.
const NAMES: usize = 60;
/// As the indexes of what people did have it, word for word.
pub(super) const BY_PEOPLE: &str = "actor <> 'attempt'";

/// Who did what is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Doers {
    /// Staff, servers, commands, owners with their links: whoever is no attempt.
    #[default]
    People,
    /// Attempts: the locks that they brought.
    Attempts,
    One(String),
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    pub doers: Doers,
    pub action: Option<String>,
    /// Whom it was done to.
    pub user: Option<UserId>,
    pub from: Option<Millis>,
    /// Before this instant.
    pub to: Option<Millis>,
}

/// What a filter can be set to in this tenant; at most 60 of each, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditNames {
    pub actors: Vec<String>,
    pub actions: Vec<String>,
}

impl Reader {
    /// Up to `limit` rows of before `before`, the newest first; at most 1,000.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn audit_page(
        &self,
        tenant: TenantId,
        filter: AuditFilter,
        before: Option<AuditId>,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.run(move |db| Ok(page(db, &tenant, &filter, before.as_ref(), limit)?)).await
    }

    /// Who did something in this tenant, and what was done.
    ///
    /// # Errors
    /// As [`Reader::audit_page`].
    pub async fn audit_names(&self, tenant: TenantId) -> Result<AuditNames, StoreError> {
        self.run(move |db| {
            let actors = steps(|after| {
                audit::table
                    .filter(audit::tenant_id.eq(&tenant))
                    .filter(audit::actor.gt(after))
                    .order(audit::actor.asc())
                    .select(audit::actor)
                    .first(db)
                    .optional()
            })?;
            let actions = steps(|after| {
                audit::table
                    .filter(audit::tenant_id.eq(&tenant))
                    .filter(sql::<Bool>(BY_PEOPLE))
                    .filter(audit::action.gt(after))
                    .order(audit::action.asc())
                    .select(audit::action)
                    .first(db)
                    .optional()
            })?;
            Ok(AuditNames { actors, actions })
        })
        .await
    }

    /// These versions of the policy, at most a page of them, in no order.
    ///
    /// # Errors
    /// As [`Reader::audit_page`].
    pub async fn policies_of(
        &self,
        tenant: TenantId,
        versions: Vec<i64>,
    ) -> Result<Vec<PolicyVersion>, StoreError> {
        self.run(move |db| {
            Ok(policies::table
                .filter(policies::tenant_id.eq(&tenant))
                .filter(policies::version.eq_any(versions))
                .limit(PAGE)
                .select(PolicyVersion::as_select())
                .load(db)?)
        })
        .await
    }
}

/// From one name to the next along an index: the rows between them are not looked at.
fn steps(mut next: impl FnMut(&str) -> QueryResult<Option<String>>) -> QueryResult<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    while found.len() < NAMES {
        let after = found.last().map_or("", String::as_str);
        let Some(name) = next(after)? else { break };
        found.push(name);
    }
    Ok(found)
}

fn page(
    db: &mut Db,
    tenant: &TenantId,
    filter: &AuditFilter,
    before: Option<&AuditId>,
    limit: i64,
) -> QueryResult<Vec<AuditRow>> {
    let mut rows = audit::table.filter(audit::tenant_id.eq(tenant)).into_boxed();
    rows = match &filter.doers {
        Doers::People => rows.filter(sql::<Bool>(BY_PEOPLE)),
        Doers::Attempts => rows.filter(audit::actor.eq("attempt")),
        // Said twice where it is known: what people did has indexes of its own.
        Doers::One(actor) if actor != "attempt" => {
            rows.filter(audit::actor.eq(actor)).filter(sql::<Bool>(BY_PEOPLE))
        }
        Doers::One(actor) => rows.filter(audit::actor.eq(actor)),
    };
    if let Some(action) = &filter.action {
        rows = rows.filter(audit::action.eq(action));
    }
    if let Some(user) = &filter.user {
        rows = rows.filter(audit::user_id.eq(user)).filter(audit::user_id.is_not_null());
    }
    // Ids begin with their time.
    if let Some(from) = filter.from {
        rows = rows.filter(audit::id.ge(AuditId::floor(from)));
    }
    if let Some(to) = filter.to {
        rows = rows.filter(audit::id.lt(AuditId::floor(to)));
    }
    if let Some(before) = before {
        rows = rows.filter(audit::id.lt(before));
    }
    rows.order(audit::id.desc()).limit(limit.clamp(0, PAGE)).select(AuditRow::as_select()).load(db)
}
