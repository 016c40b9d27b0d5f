//! Contact requests: what locked-out people write to support. Filing one, its limits and its
//! acknowledgement mail are one transaction. The rules of a request's life stand elsewhere.

use diesel::prelude::*;

use super::columns::text_enum;
use super::connection::Db;
use super::error::{StoreError, conflict_on};
use super::outbox::{self, OutboxRow};
use super::schema::contact_requests;
use super::{Reader, Store};
use crate::model::{CanonicalKey, ContactRequestId, Millis, Source, Span, TenantId, UserId};

/// Most rows one question may ask for.
const PAGE: i64 = 500;

text_enum! {
    ContactRequestStatus {
        New = "new",
        Open = "open",
        Waiting = "waiting",
        Closed = "closed",
        Spam = "spam",
    }
}

/// One request as it was filed.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable,
)]
#[diesel(table_name = contact_requests, primary_key(tenant_id, id), treat_none_as_null = true)]
pub struct ContactRequest {
    pub tenant_id: TenantId,
    pub id: ContactRequestId,
    /// What the person is told; unique within the tenant.
    pub reference: String,
    pub status: ContactRequestStatus,
    /// As typed.
    pub identifier: String,
    /// `None` where what was typed is no identifier.
    pub canonical_key: Option<CanonicalKey>,
    pub user_id: Option<UserId>,
    pub name: String,
    pub subject: String,
    pub message: String,
    pub source: Source,
    pub locale: Option<String>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

/// How many requests are taken before a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactLimits {
    pub per_source_per_hour: i64,
    /// Acknowledgements; requests beyond it are filed without one.
    pub per_identifier_per_day: i64,
}

/// What came of filing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filed {
    /// `acknowledged`: a mail about it is on its way.
    Filed { acknowledged: bool },
    /// A limit is reached; nothing was written.
    TooMany { retry_after: Span },
}

/// Whose requests a limit counts.
enum Counted<'a> {
    Source(&'a Source),
    Key(&'a CanonicalKey),
}

/// How long until fewer than `limit` requests lie within the last `window`; `None` when that is so
/// now. What the window counts is found by the `limit`-th newest request.
fn wait(
    db: &mut Db,
    tenant: &TenantId,
    counted: &Counted<'_>,
    limit: i64,
    window: Span,
    now: Millis,
) -> QueryResult<Option<Span>> {
    if limit <= 0 {
        return Ok(Some(window));
    }
    let start = now.before(window);
    let recent = contact_requests::table
        .filter(contact_requests::tenant_id.eq(tenant))
        .filter(contact_requests::created_at.gt(start))
        .order(contact_requests::created_at.desc())
        .select(contact_requests::created_at)
        .offset(limit.saturating_sub(1))
        .limit(1);
    let edge: Option<Millis> = match counted {
        Counted::Source(source) => {
            recent.filter(contact_requests::source.eq(*source)).first(db).optional()?
        }
        Counted::Key(key) => {
            recent.filter(contact_requests::canonical_key.eq(*key)).first(db).optional()?
        }
    };
    Ok(edge.map(|at| at.after(window).since(now)))
}

fn file(
    db: &mut Db,
    request: &ContactRequest,
    acknowledgement: Option<&OutboxRow>,
    limits: ContactLimits,
    now: Millis,
) -> Result<Filed, StoreError> {
    let source = Counted::Source(&request.source);
    let tenant = &request.tenant_id;
    let by_source = wait(db, tenant, &source, limits.per_source_per_hour, Span::HOUR, now)?;
    let by_key = match &request.canonical_key {
        Some(key) => {
            wait(db, tenant, &Counted::Key(key), limits.per_identifier_per_day, Span::DAY, now)?
        }
        None => None,
    };
    if let Some(retry_after) = by_source {
        return Ok(Filed::TooMany { retry_after });
    }
    // A stranger may have used up what is acknowledged for this name: its owner is heard all the
    // same, and mailed no further.
    let acknowledgement = acknowledgement.filter(|_| by_key.is_none());
    diesel::insert_into(contact_requests::table)
        .values(request)
        .execute(db)
        .map_err(conflict_on("reference"))?;
    if let Some(row) = acknowledgement {
        outbox::insert(db, row)?;
    }
    Ok(Filed::Filed { acknowledged: acknowledgement.is_some() })
}

impl Reader {
    /// A tenant's requests of one status, newest first; at most 500.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn contact_requests(
        &self,
        tenant: TenantId,
        status: ContactRequestStatus,
        limit: i64,
    ) -> Result<Vec<ContactRequest>, StoreError> {
        self.run(move |db| {
            Ok(contact_requests::table
                .filter(contact_requests::tenant_id.eq(&tenant))
                .filter(contact_requests::status.eq(status))
                .order((contact_requests::created_at.desc(), contact_requests::id.desc()))
                .limit(limit.clamp(0, PAGE))
                .select(ContactRequest::as_select())
                .load(db)?)
        })
        .await
    }

    /// # Errors
    /// As [`Reader::contact_requests`].
    pub async fn contact_request_by_reference(
        &self,
        tenant: TenantId,
        reference: String,
    ) -> Result<Option<ContactRequest>, StoreError> {
        self.run(move |db| {
            Ok(contact_requests::table
                .filter(contact_requests::tenant_id.eq(&tenant))
                .filter(contact_requests::reference.eq(&reference))
                .select(ContactRequest::as_select())
                .first(db)
                .optional()?)
        })
        .await
    }
}

impl Store {
    /// Files a request with its acknowledgement, unless a limit is reached. The limits are counted
    /// in the transaction; on PostgreSQL two nodes that file at the very same moment may let one
    /// more through, which a limit on nuisance can bear.
    ///
    /// # Errors
    /// `Conflict { what: "reference" }` when the reference is taken: draw another.
    pub async fn file_contact_request(
        &self,
        request: ContactRequest,
        acknowledgement: Option<OutboxRow>,
        limits: ContactLimits,
    ) -> Result<Filed, StoreError> {
        let tenant = request.tenant_id.clone();
        let filed = self
            .write(&tenant, move |db, now| {
                file(db, &request, acknowledgement.as_ref(), limits, now)
            })
            .await?;
        self.tell_outbox_changed();
        Ok(filed)
    }
}
