//! Servers of a tenant's that are told of events: where they are, what they want to hear, and how they
//! are doing. An endpoint that keeps failing is spared for a while, and switched off after days of it;
//! the rules of that stand here, beside the row that all nodes share. Sends nothing and opens no secret.

use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, AuditRow};
use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
use super::events::EventKind;
use super::ledger::Ledger;
use super::schema::{tenants, webhook_endpoints};
use super::{Reader, Store};
use crate::model::{Millis, Span, TenantId, WebhookEndpointId};

/// Endpoints of one tenant, at most: each is one more copy of every event.
pub const MOST_ENDPOINTS: i64 = 10;

/// Tries that fail one after the other before an endpoint is spared.
const FAILURES_ALLOWED: i64 = 5;
/// How long it is spared at first; then twice as long each time, up to the longest.
const FIRST_REST: Span = Span::SECOND.times(30);
const LONGEST_REST: Span = Span::MINUTE.times(30);
/// An endpoint that has failed for so long is switched off (Svix's five days).
pub const GIVEN_UP_AFTER: Span = Span::DAY.times(5);

/// One endpoint.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = webhook_endpoints, primary_key(tenant_id, id), treat_none_as_null = true)]
pub struct WebhookEndpoint {
    pub tenant_id: TenantId,
    pub id: WebhookEndpointId,
    pub url: String,
    /// `token::WebhookSecrets`.
    pub sealed: String,
    /// JSON array of `EventKind`s' names; `[]`: all, also later ones.
    pub events: String,
    pub enabled: bool,
    /// Tries that failed since the last that did not.
    pub failures: i64,
    pub failing_since: Option<Millis>,
    /// Nothing is sent before; then one delivery shows whether it is back.
    pub spared_until: Option<Millis>,
    /// Why we switched it off; `None` where its owner did.
    pub off_because: Option<String>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

/// Names the row only: a URL may hold a secret.
impl std::fmt::Debug for WebhookEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookEndpoint").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A change to an endpoint; `None` leaves a field as it is.
#[derive(Clone, Default)]
pub struct WebhookEndpointChange {
    pub url: Option<String>,
    pub sealed: Option<String>,
    pub events: Option<String>,
    pub enabled: Option<bool>,
}

/// What one try says about the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Well,
    Failing,
    /// It asked for no more (410 Gone).
    Gone,
}

impl WebhookEndpoint {
    #[must_use]
    pub fn wants(&self, kind: EventKind) -> bool {
        let names: Vec<String> = serde_json::from_str(&self.events).unwrap_or_default();
        names.is_empty() || names.iter().any(|name| name == kind.as_str())
    }

    /// The row after a try at `now`.
    fn tried(&mut self, health: Health, now: Millis) {
        match health {
            Health::Well => {
                self.failures = 0;
                self.failing_since = None;
                self.spared_until = None;
            }
            Health::Gone => self.switch_off("it answered 410 Gone"),
            Health::Failing => {
                self.failures = self.failures.saturating_add(1);
                let since = *self.failing_since.get_or_insert(now);
                let beyond = self.failures.saturating_sub(FAILURES_ALLOWED);
                if now.since(since) >= GIVEN_UP_AFTER {
                    self.switch_off("every delivery has failed for five days");
                } else if beyond >= 0 {
                    let doubled = FIRST_REST.times(1_i64 << beyond.min(6));
                    self.spared_until = Some(now.after(doubled.min(LONGEST_REST)));
                }
            }
        }
    }

    fn switch_off(&mut self, why: &str) {
        self.enabled = false;
        self.off_because = Some(why.to_owned());
    }

    fn switch_on(&mut self) {
        self.enabled = true;
        self.off_because = None;
        self.failures = 0;
        self.failing_since = None;
        self.spared_until = None;
    }
}

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    id: &WebhookEndpointId,
) -> QueryResult<Option<WebhookEndpoint>> {
    let row = webhook_endpoints::table.find((tenant, id));
    row.select(WebhookEndpoint::as_select()).first(db).optional()
}

/// As [`find`], with the row locked where other writers could be at it.
fn find_locked(
    db: &mut Db,
    tenant: &TenantId,
    id: &WebhookEndpointId,
) -> QueryResult<Option<WebhookEndpoint>> {
    let row = webhook_endpoints::table.find((tenant, id));
    match db {
        Db::Sqlite(sqlite) => row.select(WebhookEndpoint::as_select()).first(sqlite).optional(),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            row.for_update().select(WebhookEndpoint::as_select()).first(pg).optional()
        }
    }
}

fn save(db: &mut Db, row: &WebhookEndpoint) -> QueryResult<()> {
    let place = webhook_endpoints::table.find((&row.tenant_id, &row.id));
    diesel::update(place).set(row).execute(db)?;
    Ok(())
}

/// The tenant's row says how many listen; taken before the endpoints' rows by whoever changes them.
fn count_again(db: &mut Db, tenant: &TenantId) -> QueryResult<()> {
    let listening = webhook_endpoints::table
        .filter(webhook_endpoints::tenant_id.eq(tenant))
        .filter(webhook_endpoints::enabled.eq(true))
        .count()
        .get_result::<i64>(db)?;
    diesel::update(tenants::table.find(tenant)).set(tenants::webhooks.eq(listening)).execute(db)?;
    Ok(())
}

/// Holds the tenant's row, so that of two changes the later one counts what the first one left.
fn hold_tenant(db: &mut Db, tenant: &TenantId) -> QueryResult<()> {
    diesel::update(tenants::table.find(tenant))
        .set(tenants::webhooks.eq(tenants::webhooks))
        .execute(db)?;
    Ok(())
}

/// Notes how a try went. `true` where the endpoint had been spared and is back.
pub(super) fn note(
    db: &mut Db,
    tenant: &TenantId,
    id: &WebhookEndpointId,
    health: Health,
    now: Millis,
) -> QueryResult<bool> {
    let Some(mut row) = find(db, tenant, id)? else { return Ok(false) };
    if row.failures == 0 && health == Health::Well {
        return Ok(false);
    }
    // Rare from here on: rows in the order of every change.
    hold_tenant(db, tenant)?;
    let Some(locked) = find_locked(db, tenant, id)? else { return Ok(false) };
    row = locked;
    let (was_spared, was_enabled) = (row.spared_until.is_some(), row.enabled);
    row.tried(health, now);
    save(db, &row)?;
    if was_enabled && !row.enabled {
        count_again(db, tenant)?;
    }
    Ok(was_spared && health == Health::Well)
}

/// Spares the endpoint until `until`, while one delivery shows whether it is back.
pub(super) fn spare(
    db: &mut Db,
    tenant: &TenantId,
    id: &WebhookEndpointId,
    until: Millis,
) -> QueryResult<()> {
    diesel::update(webhook_endpoints::table.find((tenant, id)))
        .set(webhook_endpoints::spared_until.eq(until))
        .execute(db)?;
    Ok(())
}

pub(super) fn of_tenant(db: &mut Db, tenant: &TenantId) -> QueryResult<Vec<WebhookEndpoint>> {
    webhook_endpoints::table
        .filter(webhook_endpoints::tenant_id.eq(tenant))
        .order(webhook_endpoints::id.asc())
        .limit(MOST_ENDPOINTS)
        .select(WebhookEndpoint::as_select())
        .load(db)
}

fn audited(
    work: &mut Work<'_>,
    row: &WebhookEndpoint,
    actor: &str,
    action: &str,
) -> Result<(), StoreError> {
    let row = AuditRow {
        tenant_id: row.tenant_id.clone(),
        id: work.audit_id(),
        at: work.now,
        actor: actor.to_owned(),
        action: format!("webhook_endpoint.{action}"),
        subject: None,
        user_id: None,
        detail: json!({ "id": row.id, "enabled": row.enabled, "events": row.events }).to_string(),
        seq: None,
        hash: None,
    };
    Ok(audit::insert(work.db, &row)?)
}

impl Reader {
    /// The tenant's endpoints, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhook_endpoints(
        &self,
        tenant: TenantId,
    ) -> Result<Vec<WebhookEndpoint>, StoreError> {
        self.run(move |db| Ok(of_tenant(db, &tenant)?)).await
    }

    /// One endpoint.
    ///
    /// # Errors
    /// As [`Reader::webhook_endpoints`].
    pub async fn webhook_endpoint(
        &self,
        tenant: TenantId,
        id: WebhookEndpointId,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        self.run(move |db| Ok(find(db, &tenant, &id)?)).await
    }
}

impl Store {
    /// # Errors
    /// `Conflict { what: "webhook_endpoints" }` where the tenant has as many as it may.
    pub async fn create_webhook_endpoint(
        &self,
        row: WebhookEndpoint,
        actor: String,
    ) -> Result<(), StoreError> {
        let owner = row.tenant_id.clone();
        self.work(&owner, Vec::new(), move |work| {
            let tenant = &row.tenant_id;
            hold_tenant(work.db, tenant)?;
            let there = webhook_endpoints::table
                .filter(webhook_endpoints::tenant_id.eq(tenant))
                .count()
                .get_result::<i64>(work.db)?;
            if there >= MOST_ENDPOINTS {
                return Err(StoreError::Conflict { what: "webhook_endpoints" });
            }
            diesel::insert_into(webhook_endpoints::table).values(&row).execute(work.db)?;
            count_again(work.db, tenant)?;
            audited(work, &row, &actor, "created")
        })
        .await
    }

    /// The endpoint as changed. Switching it on forgets how it was doing.
    ///
    /// # Errors
    /// `NotFound` for an unknown endpoint.
    pub async fn change_webhook_endpoint(
        &self,
        tenant: TenantId,
        id: WebhookEndpointId,
        change: WebhookEndpointChange,
        actor: String,
    ) -> Result<WebhookEndpoint, StoreError> {
        let owner = tenant.clone();
        self.work(&owner, Vec::new(), move |work| {
            hold_tenant(work.db, &tenant)?;
            let found = find_locked(work.db, &tenant, &id)?;
            let mut row = found.ok_or(StoreError::NotFound)?;
            let WebhookEndpointChange { url, sealed, events, enabled } = &change;
            for (field, wanted) in
                [(&mut row.url, url), (&mut row.sealed, sealed), (&mut row.events, events)]
            {
                if let Some(wanted) = wanted {
                    field.clone_from(wanted);
                }
            }
            match enabled {
                Some(true) => row.switch_on(),
                Some(false) => (row.enabled, row.off_because) = (false, None),
                None => {}
            }
            row.updated_at = work.now;
            save(work.db, &row)?;
            count_again(work.db, &tenant)?;
            audited(
                work,
                &row,
                &actor,
                if sealed.is_some() { "secret_rotated" } else { "changed" },
            )?;
            Ok(row)
        })
        .await
    }

    /// Removes an endpoint; its deliveries are removed by those that find them without one.
    ///
    /// # Errors
    /// `NotFound` for an unknown endpoint.
    pub async fn remove_webhook_endpoint(
        &self,
        tenant: TenantId,
        id: WebhookEndpointId,
        actor: String,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.work(&owner, Vec::new(), move |work| {
            hold_tenant(work.db, &tenant)?;
            let row = find_locked(work.db, &tenant, &id)?.ok_or(StoreError::NotFound)?;
            diesel::delete(webhook_endpoints::table.find((&tenant, &id))).execute(work.db)?;
            count_again(work.db, &tenant)?;
            audited(work, &row, &actor, "removed")
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> WebhookEndpoint {
        WebhookEndpoint {
            tenant_id: TenantId::from_stored("ins_1".to_owned()),
            id: WebhookEndpointId::from_stored("ep_1".to_owned()),
            url: "https://example.com/".to_owned(),
            sealed: String::new(),
            events: "[]".to_owned(),
            enabled: true,
            failures: 0,
            failing_since: None,
            spared_until: None,
            off_because: None,
            created_at: Millis(0),
            updated_at: Millis(0),
        }
    }

    #[test]
    fn rests_double_from_the_fifth_failure_on_and_end_with_the_first_success() {
        let (mut row, now) = (endpoint(), Millis(1_000));
        let rests: Vec<_> = (1..=13)
            .map(|_| {
                row.tried(Health::Failing, now);
                row.spared_until.map(|until| until.since(now).as_seconds_up())
            })
            .collect();
        let expected = [30, 60, 120, 240, 480, 960, 1_800, 1_800, 1_800];
        assert_eq!(rests[..4], [None; 4]);
        assert_eq!(rests[4..], expected.map(Some));
        row.tried(Health::Well, now);
        assert_eq!((row.failures, row.failing_since, row.spared_until), (0, None, None));
    }

    #[test]
    fn five_days_of_failures_switch_it_off_and_a_success_between_starts_them_anew() {
        let day = |n| Millis(0).after(Span::DAY.times(n));
        let mut row = endpoint();
        row.tried(Health::Failing, day(0));
        row.tried(Health::Failing, day(4));
        row.tried(Health::Well, day(4));
        row.tried(Health::Failing, day(5));
        row.tried(Health::Failing, day(9));
        assert!(row.enabled);
        row.tried(Health::Failing, day(10));
        assert!(!row.enabled && row.off_because.is_some());
        row.switch_on();
        assert!(row.enabled && row.off_because.is_none() && row.failing_since.is_none());
        row.tried(Health::Gone, day(11));
        assert!(!row.enabled);
    }

    #[test]
    fn an_endpoint_hears_what_it_asked_for() {
        let mut row = endpoint();
        assert!(EventKind::ALL.into_iter().all(|kind| row.wants(kind)));
        row.events = r#"["user.locked"]"#.to_owned();
        assert!(row.wants(EventKind::UserLocked) && !row.wants(EventKind::UserUnlocked));
    }
}
