//! Requests for help that one attack has caused: about a lock, and filed while the attack went on. They
//! are walked along their ids, which are in the order of their filing. Writes nothing.

use diesel::prelude::*;

use super::Reader;
use super::alerts::AlertRow;
use super::connection::Db;
use super::contact_requests::{ContactRequest, Origin, Queue};
use super::counted::Counted;
use super::error::StoreError;
use super::schema::contact_requests;
use crate::model::{ContactRequestId, Millis, Span, TenantId};
use crate::support::alerts::WINDOW;

/// An attack's requests are listed for so long after its end.
const LISTED_FOR: Span = Span::DAY;

/// The time in which an attack's requests were filed; without an end while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaveTime {
    pub from: Millis,
    pub until: Option<Millis>,
}

/// An attack with its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// Of the attack.
    pub number: i64,
    pub began: Millis,
    /// Requests that are open.
    pub open: Counted,
}

impl AlertRow {
    /// From the window in which it was noticed: its first locks lie before.
    #[must_use]
    pub fn wave(&self) -> WaveTime {
        WaveTime { from: self.opened_at.before(WINDOW), until: self.closed_at }
    }

    fn is_listed(&self, now: Millis) -> bool {
        self.closed_at.is_none_or(|closed| now < closed.after(LISTED_FOR))
    }
}

type Boxed = contact_requests::BoxedQuery<'static, <Db as diesel::Connection>::Backend>;

/// Open requests of a wave, in no order: about a lock, or to say that it was somebody else.
pub(super) fn of_wave(tenant: &TenantId, wave: WaveTime) -> Boxed {
    let rows = contact_requests::table
        .filter(contact_requests::tenant_id.eq(tenant.clone()))
        .filter(contact_requests::id.ge(ContactRequestId::floor(wave.from)))
        .filter(contact_requests::queue.eq(Queue::Open))
        .filter(
            contact_requests::lock_until
                .is_not_null()
                .or(contact_requests::origin.eq(Origin::NotMe)),
        )
        .into_boxed();
    match wave.until {
        Some(until) => rows.filter(contact_requests::id.lt(ContactRequestId::floor(until))),
        None => rows,
    }
}

/// One more than `most`, oldest first, after the one with the id `after`.
pub(super) fn listed(
    db: &mut Db,
    (tenant, wave): (&TenantId, WaveTime),
    after: Option<&ContactRequestId>,
    most: i64,
) -> QueryResult<Vec<ContactRequest>> {
    let mut rows = of_wave(tenant, wave);
    if let Some(after) = after {
        rows = rows.filter(contact_requests::id.gt(after.clone()));
    }
    rows.order(contact_requests::id.asc())
        .limit(most.saturating_add(1))
        .select(ContactRequest::as_select())
        .load(db)
}

impl Reader {
    /// The attacks of now and of the last day that requests were filed about, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn waves(&self, tenant: TenantId, now: Millis) -> Result<Vec<Wave>, StoreError> {
        let mut alerts = self.alerts(tenant.clone()).await?;
        alerts.retain(|row| row.is_listed(now));
        self.run(move |db| {
            let mut waves = Vec::new();
            for row in alerts {
                let requests = of_wave(&tenant, row.wave())
                    .order(contact_requests::id.asc())
                    .select(contact_requests::id);
                let open = Counted::rows(db, requests)?;
                if open != Counted::Exactly(0) {
                    waves.push(Wave { number: row.number, began: row.opened_at, open });
                }
            }
            Ok(waves)
        })
        .await
    }
}
