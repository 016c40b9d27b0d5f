//! What became of mails: where they stand, who opened them, what came back, and addresses that turned
//! out to be none. Knows no mail server and no text.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::Deserialize;

use super::connection::Db;
use super::error::StoreError;
use super::outbox::{OutboxKind, OutboxStatus, OutboxTopic};
use super::schema::{identifications, outbox};
use super::stretch::Stretch;
use super::subjects::SubjectKey;
use super::{Reader, Store};
use crate::model::{
    BounceBlame, BounceReport, CanonicalKey, IdentificationId, Millis, OutboxId, TenantId, UserId,
};

/// Most deliveries, or addresses, that one question may ask for.
const PAGE: i64 = 200;

/// An address to which mail cannot be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undeliverable {
    pub id: IdentificationId,
    /// As its owner wrote it.
    pub address: String,
    pub since: Millis,
    /// What the mail server said: one bounded line without the address.
    pub why: String,
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Not tried yet, or being tried for the first time.
    Queued,
    /// Tried, and to be tried again.
    Deferred,
    /// The mail server has it.
    Accepted,
    /// Accepted, and come back.
    Bounced,
    /// Given up.
    Undeliverable,
    /// Nobody wanted it any more.
    Dropped,
    /// Held back by the caps against mail bombing.
    Suppressed,
}

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: OutboxId,
    pub topic: OutboxTopic,
    pub state: DeliveryState,
    pub written_at: Millis,
    /// Since when it stands so.
    pub at: Millis,
    /// The first visit of the page behind its link; by a person, or by a scanner.
    pub opened_at: Option<Millis>,
    /// One bounded line without the address.
    pub why: Option<String>,
}

/// Which part of a list of deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPage {
    /// The last one of the page before.
    pub before: Option<OutboxId>,
    /// At most 200.
    pub limit: i64,
}

/// Which part of the list of addresses to which mail cannot be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndeliverablePage {
    /// The last one of the page before: since when, and its id.
    pub before: Option<(Millis, IdentificationId)>,
    /// At most 200.
    pub limit: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct Row {
    id: OutboxId,
    topic: OutboxTopic,
    status: OutboxStatus,
    created_at: Millis,
    tries: i64,
    last_error: Option<String>,
    finished_at: Option<Millis>,
    tried_at: Option<Millis>,
    opened_at: Option<Millis>,
    bounced_at: Option<Millis>,
    bounce: Option<String>,
}

impl Row {
    /// `None`: a phantom's, which is no mail.
    fn delivery(self) -> Option<Delivery> {
        let state = match self.status {
            OutboxStatus::Void => return None,
            OutboxStatus::Due if self.last_error.is_none() => DeliveryState::Queued,
            OutboxStatus::Sending if self.tries <= 1 => DeliveryState::Queued,
            OutboxStatus::Due | OutboxStatus::Sending => DeliveryState::Deferred,
            OutboxStatus::Sent if self.bounced_at.is_some() => DeliveryState::Bounced,
            OutboxStatus::Sent => DeliveryState::Accepted,
            OutboxStatus::Dead => DeliveryState::Undeliverable,
            OutboxStatus::Dropped => DeliveryState::Dropped,
            OutboxStatus::Suppressed => DeliveryState::Suppressed,
        };
        let at = self.bounced_at.or(self.finished_at).or(self.tried_at);
        Some(Delivery {
            id: self.id,
            topic: self.topic,
            state,
            written_at: self.created_at,
            at: at.unwrap_or(self.created_at),
            opened_at: self.opened_at,
            why: self.bounce.or(self.last_error),
        })
    }
}

/// The payload of a mail to one of a user's own addresses.
#[derive(Deserialize)]
struct Addressed {
    to: Option<IdentificationId>,
}

/// To which of its user's addresses a mail went.
fn addressed(
    db: &mut Db,
    tenant: &TenantId,
    id: &OutboxId,
) -> QueryResult<Option<IdentificationId>> {
    let payload: Option<String> =
        outbox::table.find((tenant, id)).select(outbox::payload).first(db).optional()?;
    let read = payload.and_then(|text| serde_json::from_str::<Addressed>(&text).ok());
    Ok(read.and_then(|payload| payload.to))
}

type Marked = (IdentificationId, String, Option<Millis>, Option<String>);

const MARKED: (
    identifications::id,
    identifications::value,
    identifications::undeliverable_since,
    identifications::undeliverable_why,
) = (
    identifications::id,
    identifications::value,
    identifications::undeliverable_since,
    identifications::undeliverable_why,
);

fn mark((id, address, since, why): Marked) -> Option<Undeliverable> {
    Some(Undeliverable { id, address, since: since?, why: why.unwrap_or_default() })
}

/// Word for word as the indexes `outbox_undelivered` and `outbox_waiting` have it.
const UNDELIVERED: &str = "(status = 'dead' OR bounced_at IS NOT NULL)";
const WAITING: &str = "(status = 'due' OR status = 'sending')";
/// All but those that were made for nobody, which an attack makes many of.
const MADE: &str = "status <> 'void'";

/// The newest mails of a subject that were written within `stretch` or at its beginning, newest first.
pub(super) fn within(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    stretch: Stretch,
    limit: i64,
) -> QueryResult<Vec<Delivery>> {
    let (begin, end) = (Millis(i64::MIN), Millis(i64::MAX));
    let mut rows: Vec<Row> = outbox::table
        .filter(outbox::tenant_id.eq(tenant))
        .filter(outbox::kind.eq(OutboxKind::Mail))
        .filter(outbox::status.ne(OutboxStatus::Void))
        .filter(outbox::subject.eq(subject))
        .filter(outbox::created_at.ge(stretch.after.unwrap_or(begin)))
        .filter(outbox::created_at.le(stretch.until.unwrap_or(end)))
        .order(outbox::created_at.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(db)?;
    rows.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    Ok(rows.into_iter().filter_map(Row::delivery).collect())
}

impl Reader {
    /// The mails of a subject, or of a whole tenant, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn deliveries(
        &self,
        tenant: TenantId,
        subject: Option<SubjectKey>,
        page: DeliveryPage,
    ) -> Result<Vec<Delivery>, StoreError> {
        let Some(subject) = subject else { return self.mails_that(MADE, tenant, page).await };
        self.run(move |db| {
            let mut rows = outbox::table
                .filter(outbox::tenant_id.eq(&tenant))
                .filter(outbox::kind.eq(OutboxKind::Mail))
                .filter(outbox::status.ne(OutboxStatus::Void))
                .filter(outbox::subject.eq(subject))
                .order((outbox::created_at.desc(), outbox::id.desc()))
                .limit(page.limit.clamp(0, PAGE))
                .select(Row::as_select())
                .into_boxed();
            if let Some(before) = &page.before {
                rows = rows.filter(outbox::id.lt(before));
            }
            let rows: Vec<Row> = rows.load(db)?;
            Ok(rows.into_iter().filter_map(Row::delivery).collect())
        })
        .await
    }

    /// The mails of a tenant that were given up or came back, newest first.
    ///
    /// # Errors
    /// As [`Reader::deliveries`].
    pub async fn undelivered(
        &self,
        tenant: TenantId,
        page: DeliveryPage,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.mails_that(UNDELIVERED, tenant, page).await
    }

    /// The mails of a tenant that have not left yet, newest first.
    ///
    /// # Errors
    /// As [`Reader::deliveries`].
    pub async fn waiting(
        &self,
        tenant: TenantId,
        page: DeliveryPage,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.mails_that(WAITING, tenant, page).await
    }

    async fn mails_that(
        &self,
        are: &'static str,
        tenant: TenantId,
        page: DeliveryPage,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.run(move |db| {
            let mut rows = outbox::table
                .filter(outbox::tenant_id.eq(&tenant))
                .filter(sql::<Bool>("kind = 'mail'"))
                .filter(sql::<Bool>(are))
                .order(outbox::id.desc())
                .limit(page.limit.clamp(0, PAGE))
                .select(Row::as_select())
                .into_boxed();
            if let Some(before) = &page.before {
                rows = rows.filter(outbox::id.lt(before));
            }
            let rows: Vec<Row> = rows.load(db)?;
            Ok(rows.into_iter().filter_map(Row::delivery).collect())
        })
        .await
    }

    /// The addresses of a tenant to which mail cannot be delivered, newest first.
    ///
    /// # Errors
    /// As [`Reader::deliveries`].
    pub async fn undeliverable_of_tenant(
        &self,
        tenant: TenantId,
        page: UndeliverablePage,
    ) -> Result<Vec<Undeliverable>, StoreError> {
        self.run(move |db| {
            let since = identifications::undeliverable_since;
            let mut asked = identifications::table
                .filter(identifications::tenant_id.eq(&tenant))
                .filter(since.is_not_null())
                .order((since.desc(), identifications::id.desc()))
                .limit(page.limit.clamp(0, PAGE))
                .select(MARKED)
                .into_boxed();
            if let Some((at, id)) = &page.before {
                let same = since.eq(*at).and(identifications::id.lt(id));
                asked = asked.filter(since.le(*at));
                asked = asked.filter(since.lt(*at).or(same));
            }
            let rows: Vec<Marked> = asked.load(db)?;
            Ok(rows.into_iter().filter_map(mark).collect())
        })
        .await
    }

    /// The addresses of a user to which mail cannot be delivered.
    ///
    /// # Errors
    /// As [`Reader::deliveries`].
    pub async fn undeliverable(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Vec<Undeliverable>, StoreError> {
        self.run(move |db| {
            let rows: Vec<Marked> = identifications::table
                .filter(identifications::tenant_id.eq(&tenant))
                .filter(identifications::user_id.eq(&user))
                .filter(identifications::undeliverable_since.is_not_null())
                .order(identifications::id.asc())
                .select(MARKED)
                .load(db)?;
            Ok(rows.into_iter().filter_map(mark).collect())
        })
        .await
    }
}

impl Store {
    /// Notes at a user's address that mail to it cannot be delivered; the first time stays. Nothing
    /// is noted where the address is no longer the user's.
    ///
    /// # Errors
    /// As any write.
    pub async fn mark_undeliverable(
        &self,
        tenant: TenantId,
        user: UserId,
        key: CanonicalKey,
        why: String,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            diesel::update(identifications::table)
                .filter(identifications::tenant_id.eq(&tenant))
                .filter(identifications::canonical_key.eq(&key))
                .filter(identifications::user_id.eq(&user))
                .filter(identifications::undeliverable_since.is_null())
                .set((
                    identifications::undeliverable_since.eq(Some(now)),
                    identifications::undeliverable_why.eq(Some(&why)),
                ))
                .execute(db)?;
            Ok(())
        })
        .await
    }

    /// A mail has come back: notes it, once, at its row, and at the address that it went to where that
    /// is to blame.
    ///
    /// # Errors
    /// `NotFound` when the row is gone or was told of before.
    pub async fn mark_bounced(
        &self,
        tenant: TenantId,
        id: OutboxId,
        report: BounceReport,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let BounceReport { blame, why } = &report;
            let noted = diesel::update(outbox::table.find((&tenant, &id)))
                .filter(outbox::bounced_at.is_null())
                .set((outbox::bounced_at.eq(Some(now)), outbox::bounce.eq(Some(why))))
                .execute(db)?;
            if noted == 0 {
                return Err(StoreError::NotFound);
            }
            let to = match blame {
                BounceBlame::Address => addressed(db, &tenant, &id)?,
                BounceBlame::Message => None,
            };
            if let Some(to) = to {
                diesel::update(identifications::table.find((&tenant, &to)))
                    .filter(identifications::undeliverable_since.is_null())
                    .set((
                        identifications::undeliverable_since.eq(Some(now)),
                        identifications::undeliverable_why.eq(Some(why)),
                    ))
                    .execute(db)?;
            }
            Ok(())
        })
        .await
    }

    /// Notes that the pages behind these mails' links were visited; the first visit stays. A mark at
    /// the address that a mail went to is lifted: it has arrived.
    ///
    /// # Errors
    /// As any write.
    pub async fn note_opened(
        &self,
        tenant: TenantId,
        mails: Vec<(OutboxId, Millis)>,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, _now| {
            for (id, at) in &mails {
                let first = diesel::update(outbox::table.find((&tenant, id)))
                    .filter(outbox::opened_at.is_null())
                    .set(outbox::opened_at.eq(Some(*at)))
                    .execute(db)?;
                if first == 0 {
                    continue;
                }
                if let Some(to) = addressed(db, &tenant, id)? {
                    let (none, no_word): (Option<Millis>, Option<String>) = (None, None);
                    diesel::update(identifications::table.find((&tenant, &to)))
                        .filter(identifications::undeliverable_since.le(*at))
                        .set((
                            identifications::undeliverable_since.eq(none),
                            identifications::undeliverable_why.eq(no_word),
                        ))
                        .execute(db)?;
                }
            }
            Ok(())
        })
        .await
    }
}
