//! Which deliveries a worker gets: endpoint by endpoint in turns, a few of each at a time, none of
//! those that are spared or busy. Decides nothing about what is sent.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Reader;
use super::connection::Db;
use super::error::StoreError;
use super::schema::webhook_deliveries;
use super::webhook_deliveries::{DeliveryStatus, WebhookDelivery};
use super::webhook_endpoints::{self, WebhookEndpoint};
use crate::model::{Millis, OutboxId, TenantId, WebhookEndpointId};

/// Deliveries under way to one endpoint, and to all endpoints of one tenant: a server that answers
/// slowly, or a tenant with many such, takes no more hands than these (promise P3).
const PER_ENDPOINT: usize = 4;
const PER_TENANT: usize = 8;

/// Endpoints that one look visits, at most: a bound on its work, whatever is waiting.
const LOOK: usize = 500;

/// Rows of an endpoint that is off or gone that one look clears away.
const CLEARED: i64 = 100;

type Pair = (TenantId, WebhookEndpointId);

/// Where the next look begins: behind the endpoint that this names.
#[derive(Debug, Clone)]
pub struct Turn(Pair);

impl Default for Turn {
    fn default() -> Self {
        let nothing = String::new();
        Self((TenantId::from_stored(nothing.clone()), WebhookEndpointId::from_stored(nothing)))
    }
}

/// How many deliveries of this worker are under way.
#[derive(Debug, Clone, Default)]
pub struct Busy {
    endpoints: HashMap<Pair, usize>,
    tenants: HashMap<TenantId, usize>,
}

/// A claimed delivery (`Sending`, `tries` raised) and where it goes.
#[derive(Debug, Clone)]
pub struct ClaimedDelivery {
    pub delivery: WebhookDelivery,
    pub endpoint: WebhookEndpoint,
}

/// What is to come.
#[derive(Debug, Clone)]
pub struct Ahead {
    /// When something can be claimed (also in the past); `None` when nothing waits.
    pub at: Option<Millis>,
    /// Set where there was more to look at: from where to go on.
    pub cut: Option<Turn>,
}

impl Busy {
    pub fn begin(&mut self, of: &WebhookDelivery) {
        let (endpoint, tenant) = self.of(of);
        *endpoint = endpoint.saturating_add(1);
        *tenant = tenant.saturating_add(1);
    }

    pub fn end(&mut self, (tenant, endpoint): &Pair) {
        let pair = (tenant.clone(), endpoint.clone());
        if let Some(count) = self.endpoints.get_mut(&pair) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = self.tenants.get_mut(tenant) {
            *count = count.saturating_sub(1);
        }
        self.endpoints.retain(|_, count| *count > 0);
        self.tenants.retain(|_, count| *count > 0);
    }

    fn of(&mut self, delivery: &WebhookDelivery) -> (&mut usize, &mut usize) {
        let pair = (delivery.tenant_id.clone(), delivery.endpoint_id.clone());
        let tenant = self.tenants.entry(pair.0.clone()).or_default();
        (self.endpoints.entry(pair).or_default(), tenant)
    }

    /// How many more may begin.
    fn room(&self, pair: &Pair) -> usize {
        let under_way = |count: Option<&usize>| count.copied().unwrap_or(0);
        let endpoint = PER_ENDPOINT.saturating_sub(under_way(self.endpoints.get(pair)));
        endpoint.min(PER_TENANT.saturating_sub(under_way(self.tenants.get(&pair.0))))
    }
}

/// Visits the endpoints that have rows of one status, in byte order from a turn on and round.
struct Walk {
    status: DeliveryStatus,
    start: Pair,
    at: Pair,
    wrapped: bool,
    left: usize,
}

impl Walk {
    fn from(turn: &Turn, status: DeliveryStatus) -> Self {
        let start = turn.0.clone();
        Self { status, at: start.clone(), start, wrapped: false, left: LOOK }
    }

    fn next(&mut self, db: &mut Db) -> QueryResult<Option<Pair>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left = self.left.saturating_sub(1);
        let mut found = after(db, self.status, &self.at)?;
        if found.is_none() && !self.wrapped {
            self.wrapped = true;
            found = after(db, self.status, &Turn::default().0)?;
        }
        let found = found.filter(|pair| !self.wrapped || *pair <= self.start);
        match found {
            Some(pair) => {
                self.at = pair.clone();
                Ok(Some(pair))
            }
            None => {
                self.left = usize::MAX;
                Ok(None)
            }
        }
    }

    /// Where it stopped before it had come round.
    fn cut(&self) -> Option<Turn> {
        (self.left == 0).then(|| Turn(self.at.clone()))
    }
}

/// The endpoint behind `pair`: one or two searches of `webhook_deliveries_by_turn`.
fn after(
    db: &mut Db,
    status: DeliveryStatus,
    (tenant, endpoint): &Pair,
) -> QueryResult<Option<Pair>> {
    let waiting = || {
        webhook_deliveries::table
            .filter(webhook_deliveries::status.eq(status))
            .select((webhook_deliveries::tenant_id, webhook_deliveries::endpoint_id))
    };
    let of_tenant = waiting()
        .filter(webhook_deliveries::tenant_id.eq(tenant))
        .filter(webhook_deliveries::endpoint_id.gt(endpoint))
        .order(webhook_deliveries::endpoint_id.asc())
        .first(db)
        .optional()?;
    if of_tenant.is_some() {
        return Ok(of_tenant);
    }
    waiting()
        .filter(webhook_deliveries::tenant_id.gt(tenant))
        .order((webhook_deliveries::tenant_id.asc(), webhook_deliveries::endpoint_id.asc()))
        .first(db)
        .optional()
}

/// Rows of one endpoint that may be claimed, the oldest first; on PostgreSQL they are locked, and those
/// that another worker holds are passed over.
fn ready_of(
    db: &mut Db,
    status: DeliveryStatus,
    (tenant, endpoint): &Pair,
    now: Millis,
    room: usize,
) -> QueryResult<Vec<WebhookDelivery>> {
    let limit = i64::try_from(room).unwrap_or(1);
    let of = || {
        webhook_deliveries::table
            .filter(webhook_deliveries::status.eq(status))
            .filter(webhook_deliveries::tenant_id.eq(tenant))
            .filter(webhook_deliveries::endpoint_id.eq(endpoint))
    };
    macro_rules! load {
        ($over:expr) => {{
            let query = of().filter($over).order(webhook_deliveries::due_at.asc());
            match db {
                Db::Sqlite(sqlite) => {
                    query.limit(limit).select(WebhookDelivery::as_select()).load(sqlite)
                }
                #[cfg(feature = "postgres")]
                Db::Postgres(pg) => query
                    .limit(limit)
                    .for_update()
                    .skip_locked()
                    .select(WebhookDelivery::as_select())
                    .load(pg),
            }
        }};
    }
    match status {
        DeliveryStatus::Sending => {
            load!(webhook_deliveries::claimed_until.assume_not_null().le(now))
        }
        DeliveryStatus::Due
        | DeliveryStatus::Delivered
        | DeliveryStatus::Failed
        | DeliveryStatus::Dropped => load!(webhook_deliveries::due_at.le(now)),
    }
}

/// What waits for an endpoint that is off is dropped, for one that is gone removed.
fn clear(db: &mut Db, (tenant, endpoint): &Pair, gone: Gone, now: Millis) -> QueryResult<()> {
    let waiting: Vec<OutboxId> = webhook_deliveries::table
        .filter(webhook_deliveries::status.eq(DeliveryStatus::Due))
        .filter(webhook_deliveries::tenant_id.eq(tenant))
        .filter(webhook_deliveries::endpoint_id.eq(endpoint))
        .limit(CLEARED)
        .select(webhook_deliveries::message)
        .load(db)?;
    for message in &waiting {
        let row = webhook_deliveries::table.find((tenant, endpoint, message));
        match gone {
            Gone::Removed => diesel::delete(row).execute(db)?,
            Gone::Off => diesel::update(row)
                .set((
                    webhook_deliveries::status.eq(DeliveryStatus::Dropped),
                    webhook_deliveries::finished_at.eq(now),
                ))
                .execute(db)?,
        };
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Gone {
    Off,
    Removed,
}

/// See `Store::claim_deliveries`.
pub(super) fn claim(
    db: &mut Db,
    (turn, busy): (&Turn, &Busy),
    limit: usize,
    now: Millis,
    until: Millis,
) -> Result<(Vec<ClaimedDelivery>, Turn), StoreError> {
    let (mut claimed, mut turn, mut busy) = (Vec::new(), turn.clone(), busy.clone());
    // Those of a worker that went silent first: they have waited longest.
    for status in [DeliveryStatus::Sending, DeliveryStatus::Due] {
        let mut walk = Walk::from(&turn, status);
        while claimed.len() < limit
            && let Some(pair) = walk.next(db)?
        {
            let room = busy.room(&pair).min(limit.saturating_sub(claimed.len()));
            for row in ready_rows(db, status, &pair, (now, until), room)? {
                busy.begin(&row.delivery);
                turn = Turn(pair.clone());
                claimed.push(row);
            }
        }
    }
    for row in &mut claimed {
        let delivery = &mut row.delivery;
        delivery.status = DeliveryStatus::Sending;
        delivery.tries = delivery.tries.saturating_add(1);
        delivery.claimed_until = Some(until);
        let place = (&delivery.tenant_id, &delivery.endpoint_id, &delivery.message);
        diesel::update(webhook_deliveries::table.find(place))
            .set((
                webhook_deliveries::status.eq(delivery.status),
                webhook_deliveries::tries.eq(delivery.tries),
                webhook_deliveries::claimed_until.eq(delivery.claimed_until),
            ))
            .execute(db)?;
    }
    Ok((claimed, turn))
}

fn ready_rows(
    db: &mut Db,
    status: DeliveryStatus,
    pair: &Pair,
    (now, until): (Millis, Millis),
    room: usize,
) -> QueryResult<Vec<ClaimedDelivery>> {
    let endpoint = webhook_endpoints::find(db, &pair.0, &pair.1)?;
    let Some(endpoint) = endpoint else {
        clear(db, pair, Gone::Removed, now)?;
        return Ok(Vec::new());
    };
    if !endpoint.enabled {
        clear(db, pair, Gone::Off, now)?;
        return Ok(Vec::new());
    }
    let room = match endpoint.spared_until {
        Some(rest) if now < rest => 0,
        // One shows whether it is back, whoever sends it.
        Some(_) => room.min(1),
        None => room,
    };
    if room == 0 {
        return Ok(Vec::new());
    }
    let rows = ready_of(db, status, pair, now, room)?;
    if endpoint.spared_until.is_some() && !rows.is_empty() {
        webhook_endpoints::spare(db, &pair.0, &pair.1, until)?;
    }
    let with = |delivery| ClaimedDelivery { delivery, endpoint: endpoint.clone() };
    Ok(rows.into_iter().map(with).collect())
}

impl Reader {
    /// When something can be claimed from `turn` on by a worker that is `busy`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn deliveries_ahead(&self, turn: Turn, busy: Busy) -> Result<Ahead, StoreError> {
        self.run(move |db| {
            let claimed: Option<Option<Millis>> = webhook_deliveries::table
                .filter(webhook_deliveries::status.eq(DeliveryStatus::Sending))
                .select(diesel::dsl::min(webhook_deliveries::claimed_until))
                .first(db)
                .optional()?;
            let mut at = claimed.flatten();
            let mut walk = Walk::from(&turn, DeliveryStatus::Due);
            while let Some(pair) = walk.next(db)? {
                if busy.room(&pair) == 0 {
                    continue;
                }
                let due: Option<Millis> = webhook_deliveries::table
                    .filter(webhook_deliveries::status.eq(DeliveryStatus::Due))
                    .filter(webhook_deliveries::tenant_id.eq(&pair.0))
                    .filter(webhook_deliveries::endpoint_id.eq(&pair.1))
                    .order(webhook_deliveries::due_at.asc())
                    .select(webhook_deliveries::due_at)
                    .first(db)
                    .optional()?;
                let endpoint = webhook_endpoints::find(db, &pair.0, &pair.1)?;
                let from = match &endpoint {
                    Some(endpoint) if endpoint.enabled => due.max(endpoint.spared_until),
                    // To be cleared away.
                    Some(_) | None => Some(Millis(0)),
                };
                at = at.into_iter().chain(from).min();
            }
            Ok(Ahead { at, cut: walk.cut() })
        })
        .await
    }
}
