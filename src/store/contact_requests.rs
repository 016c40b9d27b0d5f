//! Contact requests: what locked-out people write to support. Filing one, its limits and its
//! acknowledgement mail are one transaction. The rules of a request's life stand elsewhere.

use diesel::prelude::*;

use super::columns::{kept_as_text, text_enum};
use super::connection::Db;
use super::error::{StoreError, conflict_on};
use super::outbox::{self, OutboxRow};
use super::request_words;
use super::schema::contact_requests;
use super::subjects::until_from_column;
use super::{Reader, Store};
use crate::model::{CanonicalKey, ContactRequestId, Millis, Source, Span, TenantId, Until, UserId};
use crate::support::life;

pub use crate::support::{ContactRequestStatus, Queue};

/// Most rows one question may ask for.
const PAGE: i64 = 500;

kept_as_text!(ContactRequestStatus);
kept_as_text!(Queue);

text_enum! {
    /// By which way a request came.
    Origin {
        Form = "form",
        /// "This wasn't me", from the page behind an unlock link.
        NotMe = "not_me",
        Mail = "mail",
    }
}

text_enum! {
    ClosedBecause {
        Staff = "staff",
        /// Its person signed in.
        SignedIn = "signed_in",
    }
}

/// One request as it stands.
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
    /// The first message. Those after it are `request_messages`.
    pub message: String,
    pub source: Source,
    pub locale: Option<String>,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// Follows from `status`.
    pub queue: Queue,
    /// When its turn is (`support::life`).
    pub due_at: Millis,
    /// Rises with every change.
    pub version: i64,
    pub origin: Origin,
    /// A user of the tenant `console`.
    pub assignee: Option<UserId>,
    /// The user's episode that was open when it was filed.
    pub episode: Option<i64>,
    /// End of the lock that stood or was told then; `i64::MAX` where only an unlock ends it.
    pub lock_until: Option<i64>,
    /// SHA-256 (hex) of the secret in the link on the page, and in that of the mail.
    pub page_secret: Option<String>,
    pub mail_secret: Option<String>,
    /// When its person showed that they read the mailbox of `identifier`.
    pub mailbox_proved_at: Option<Millis>,
    pub first_reply_at: Option<Millis>,
    pub closed_at: Option<Millis>,
    pub closed_because: Option<ClosedBecause>,
}

impl ContactRequest {
    /// Who it is from: the name, else what they sign in with, else what is left.
    #[must_use]
    pub fn who(&self) -> &str {
        let named = [&self.name, &self.identifier].into_iter().find(|text| !text.trim().is_empty());
        named.unwrap_or(&self.reference)
    }

    /// A new request of which nothing is known yet.
    #[must_use]
    pub fn blank(tenant: TenantId, id: ContactRequestId, reference: String, now: Millis) -> Self {
        Self {
            tenant_id: tenant,
            id,
            reference,
            status: ContactRequestStatus::New,
            identifier: String::new(),
            canonical_key: None,
            user_id: None,
            name: String::new(),
            subject: String::new(),
            message: String::new(),
            source: Source::from_stored(String::new()),
            locale: None,
            created_at: now,
            updated_at: now,
            queue: Queue::Open,
            due_at: life::first_due(None, now),
            version: 1,
            origin: Origin::Form,
            assignee: None,
            episode: None,
            lock_until: None,
            page_secret: None,
            mail_secret: None,
            mailbox_proved_at: None,
            first_reply_at: None,
            closed_at: None,
            closed_because: None,
        }
    }

    /// Whether it is open and about nothing but a lock.
    #[must_use]
    pub fn closes_by_sign_in(&self) -> bool {
        self.queue == Queue::Open && self.lock_until.is_some() && self.origin != Origin::NotMe
    }

    /// The lock that stood or was told when it was filed.
    #[must_use]
    pub fn told_lock(&self) -> Option<Until> {
        self.lock_until.map(until_from_column)
    }
}

/// How many requests are taken before a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactLimits {
    pub per_source_per_hour: i64,
    /// Acknowledgements; requests beyond it are filed without one.
    pub per_identifier_per_day: i64,
}

/// What came of filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filed {
    /// `acknowledged`: a mail about it is on its way.
    Filed { acknowledged: bool },
    /// This was told of this episode before; nothing was written.
    Again { reference: String },
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

/// The reference of the request by which "this wasn't me" was told of this episode.
fn told_before(db: &mut Db, request: &ContactRequest) -> QueryResult<Option<String>> {
    let (Origin::NotMe, Some(user), Some(episode)) =
        (request.origin, &request.user_id, request.episode)
    else {
        return Ok(None);
    };
    contact_requests::table
        .filter(contact_requests::tenant_id.eq(&request.tenant_id))
        .filter(contact_requests::user_id.eq(user))
        .filter(contact_requests::episode.eq(episode))
        .filter(contact_requests::origin.eq(Origin::NotMe))
        .select(contact_requests::reference)
        .first(db)
        .optional()
}

fn file(
    db: &mut Db,
    request: &ContactRequest,
    acknowledgement: Option<&OutboxRow>,
    limits: ContactLimits,
    now: Millis,
) -> Result<Filed, StoreError> {
    if let Some(reference) = told_before(db, request)? {
        return Ok(Filed::Again { reference });
    }
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
    request_words::insert(db, request)?;
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

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    id: &ContactRequestId,
) -> QueryResult<Option<ContactRequest>> {
    contact_requests::table
        .find((tenant, id))
        .select(ContactRequest::as_select())
        .first(db)
        .optional()
}

impl Store {
    /// Files a request with its acknowledgement, unless a limit is reached. The limits are counted
    /// in the transaction; on PostgreSQL two nodes that file at the very same moment may let one
    /// more through, which a limit on nuisance can bear.
    ///
    /// # Errors
    /// `Conflict { what: "reference" }` when the reference is taken, or the same was told of the
    /// same episode at the same moment: ask again with another.
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
