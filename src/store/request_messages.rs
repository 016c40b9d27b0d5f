//! What is said about a contact request after it was filed, and every step that changes one: message,
//! state, turn, mail and audit row in one transaction, over the version that its author looked at.

use std::collections::HashMap;

use diesel::prelude::*;

use super::audit::{self, Deed};
use super::columns::text_enum;
use super::connection::Db;
use super::contact_requests::{
    self, ClosedBecause, ContactRequest, ContactRequestStatus, Origin, Queue,
};
use super::error::{StoreError, conflict_on};
use super::outbox::{self, OutboxRow};
use super::request_words;
use super::schema::{contact_requests as requests, request_messages, users};
use super::{Reader, Store};
use crate::model::{ContactRequestId, Millis, OutboxId, RequestMessageId, TenantId, UserId};
use crate::support::life::{self, Happening};

/// Most messages that one question asks for.
const PAGE: i64 = 500;

text_enum! {
    MessageKind {
        /// The person's own words.
        Theirs = "theirs",
        Reply = "reply",
        /// Only staff see it.
        Note = "note",
        /// Something happened; the body is `web`'s to put into words.
        Event = "event",
    }
}

text_enum! {
    MessageVia {
        Form = "form",
        /// The page behind the link.
        Page = "page",
        Mail = "mail",
        Console = "console",
    }
}

/// One message, or one thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = request_messages, primary_key(tenant_id, request_id, id))]
pub struct RequestMessage {
    pub tenant_id: TenantId,
    pub request_id: ContactRequestId,
    pub id: RequestMessageId,
    pub kind: MessageKind,
    /// `person`, `lockkeeper`, or an audit row's actor (`staff:user_…`).
    pub author: String,
    pub via: MessageVia,
    pub body: String,
    /// The mail that carries a reply.
    pub outbox_id: Option<OutboxId>,
    /// Of a mail that came in: what tells it from others.
    pub message_id: Option<String>,
    pub created_at: Millis,
    /// Taken back before it was sent.
    pub undone_at: Option<Millis>,
}

/// Something new to say, whose place and instant the store fills in.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub id: RequestMessageId,
    pub kind: MessageKind,
    pub author: String,
    pub via: MessageVia,
    pub body: String,
}

/// Who is to look after a request from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assign {
    Keep,
    Nobody,
    To(UserId),
}

/// Whether a step shows that its author reads the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    None,
    Mailbox,
}

/// A step to be taken.
#[derive(Debug, Clone)]
pub struct RequestStep {
    pub tenant: TenantId,
    pub request: ContactRequestId,
    /// The version that its author looked at; `None`: over whatever stands.
    pub over: Option<i64>,
    pub happening: Option<Happening>,
    pub assign: Assign,
    pub proof: Proof,
    pub message: Option<NewMessage>,
    /// The mail that the message came by; one mail is taken once.
    pub arrived_as: Option<String>,
    /// Sent with the message.
    pub mail: Option<OutboxRow>,
    pub deed: Option<Deed>,
}

impl RequestStep {
    /// A step that changes nothing yet.
    #[must_use]
    pub const fn of(tenant: TenantId, request: ContactRequestId, over: Option<i64>) -> Self {
        Self {
            tenant,
            request,
            over,
            happening: None,
            assign: Assign::Keep,
            proof: Proof::None,
            message: None,
            arrived_as: None,
            mail: None,
            deed: None,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stepped {
    /// The request as it stands now.
    Done(Box<ContactRequest>),
    /// It was changed since its author looked: nothing was done.
    Stale(Box<ContactRequest>),
}

/// The request after `step`, without its version.
fn moved(before: &ContactRequest, step: &RequestStep, now: Millis) -> ContactRequest {
    let mut after = before.clone();
    after.updated_at = now;
    match &step.assign {
        Assign::Keep => {}
        Assign::Nobody => after.assignee = None,
        Assign::To(staff) => after.assignee = Some(staff.clone()),
    }
    if step.proof == Proof::Mailbox && after.mailbox_proved_at.is_none() {
        after.mailbox_proved_at = Some(now);
    }
    let Some(happening) = step.happening else { return after };
    after.status = before.status.after(happening);
    after.queue = after.status.queue();
    after.due_at = life::due_after(before.status, happening, before.due_at, now);
    if happening == Happening::StaffReplied {
        after.first_reply_at = after.first_reply_at.or(Some(now));
    }
    if after.status != ContactRequestStatus::Closed {
        (after.closed_at, after.closed_because) = (None, None);
    } else if before.status != ContactRequestStatus::Closed {
        let because = match happening {
            Happening::SignedIn => ClosedBecause::SignedIn,
            Happening::PersonWrote
            | Happening::ReplyTakenBack
            | Happening::StaffReplied
            | Happening::StaffTook
            | Happening::StaffClosed
            | Happening::MarkedSpam
            | Happening::PutBack => ClosedBecause::Staff,
        };
        (after.closed_at, after.closed_because) = (Some(now), Some(because));
    }
    after
}

pub(super) fn step(db: &mut Db, step: &RequestStep, now: Millis) -> Result<Stepped, StoreError> {
    let (tenant, id) = (&step.tenant, &step.request);
    let before = contact_requests::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    if step.over.is_some_and(|version| version != before.version) {
        return Ok(Stepped::Stale(Box::new(before)));
    }
    let after =
        ContactRequest { version: before.version.saturating_add(1), ..moved(&before, step, now) };
    let changed = diesel::update(requests::table.find((tenant, id)))
        // Looked at without a lock.
        .filter(requests::version.eq(before.version))
        .set(&after)
        .execute(db)?;
    if changed == 0 {
        let newer = contact_requests::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
        return Ok(Stepped::Stale(Box::new(newer)));
    }
    if let Some(message) = &step.message {
        let row = RequestMessage {
            tenant_id: tenant.clone(),
            request_id: id.clone(),
            id: message.id.clone(),
            kind: message.kind,
            author: message.author.clone(),
            via: message.via,
            body: message.body.clone(),
            outbox_id: step.mail.as_ref().map(|mail| mail.id.clone()),
            message_id: step.arrived_as.clone(),
            created_at: now,
            undone_at: None,
        };
        diesel::insert_into(request_messages::table)
            .values(&row)
            .execute(db)
            .map_err(conflict_on("message"))?;
        if message.kind == MessageKind::Theirs {
            request_words::add(db, tenant, id, &[&message.body])?;
        }
    }
    if let Some(mail) = &step.mail {
        outbox::insert(db, mail)?;
    }
    if let Some(deed) = &step.deed {
        audit::note(db, tenant, deed, now)?;
    }
    Ok(Stepped::Done(Box::new(after)))
}

pub(super) fn of_request(
    db: &mut Db,
    tenant: &TenantId,
    request: &ContactRequestId,
) -> QueryResult<Vec<RequestMessage>> {
    let mut newest: Vec<RequestMessage> = request_messages::table
        .filter(request_messages::tenant_id.eq(tenant))
        .filter(request_messages::request_id.eq(request))
        .order(request_messages::id.desc())
        .limit(PAGE)
        .select(RequestMessage::as_select())
        .load(db)?;
    newest.reverse();
    Ok(newest)
}

/// A request with all that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    pub request: ContactRequest,
    /// Oldest first; at most the newest 500.
    pub messages: Vec<RequestMessage>,
}

/// What came of taking something back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenBack {
    Done,
    /// It has gone out.
    TooLate,
}

/// Drops the row of a message, if it still waits, and marks the message.
fn take_back(
    db: &mut Db,
    taken: &RequestStep,
    message: &RequestMessageId,
    now: Millis,
) -> Result<TakenBack, StoreError> {
    let place = request_messages::table.find((&taken.tenant, &taken.request, message));
    let said: Option<RequestMessage> =
        place.select(RequestMessage::as_select()).first(db).optional()?;
    let said = said.ok_or(StoreError::NotFound)?;
    let waits = said.undone_at.is_none() && now < said.created_at.after(life::UNDO);
    let dropped = match &said.outbox_id {
        Some(row) if waits => outbox::drop_waiting(db, &taken.tenant, row, now)?,
        // An answer without an address stands on the page only.
        None if waits && said.kind == MessageKind::Reply => true,
        Some(_) | None => false,
    };
    if !dropped {
        return Ok(TakenBack::TooLate);
    }
    diesel::update(place).set(request_messages::undone_at.eq(Some(now))).execute(db)?;
    let happening = (said.kind == MessageKind::Reply).then_some(Happening::ReplyTakenBack);
    step(db, &RequestStep { over: None, happening, ..taken.clone() }, now)?;
    Ok(TakenBack::Done)
}

impl Reader {
    /// The request with this id.
    ///
    /// # Errors
    /// As [`Reader::conversation_by_secret`].
    pub async fn conversation_of(
        &self,
        tenant: TenantId,
        id: ContactRequestId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.run(move |db| {
            let found = contact_requests::find(db, &tenant, &id)?;
            with_messages(db, found)
        })
        .await
    }

    /// The request of a link, by the digest of its secret.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn conversation_by_secret(
        &self,
        tenant: TenantId,
        digest: String,
    ) -> Result<Option<Conversation>, StoreError> {
        self.run(move |db| {
            let of_tenant = requests::table.filter(requests::tenant_id.eq(&tenant));
            let by_page: Option<ContactRequest> = of_tenant
                .filter(requests::page_secret.eq(&digest))
                .select(ContactRequest::as_select())
                .first(db)
                .optional()?;
            let found = match by_page {
                Some(found) => Some(found),
                None => of_tenant
                    .filter(requests::mail_secret.eq(&digest))
                    .select(ContactRequest::as_select())
                    .first(db)
                    .optional()?,
            };
            with_messages(db, found)
        })
        .await
    }

    /// The request with this reference.
    ///
    /// # Errors
    /// As [`Reader::conversation_by_secret`].
    pub async fn conversation(
        &self,
        tenant: TenantId,
        reference: String,
    ) -> Result<Option<Conversation>, StoreError> {
        self.run(move |db| {
            let found = requests::table
                .filter(requests::tenant_id.eq(&tenant))
                .filter(requests::reference.eq(&reference))
                .select(ContactRequest::as_select())
                .first(db)
                .optional()?;
            with_messages(db, found)
        })
        .await
    }
}

fn with_messages(
    db: &mut Db,
    request: Option<ContactRequest>,
) -> Result<Option<Conversation>, StoreError> {
    let Some(request) = request else { return Ok(None) };
    let messages = of_request(db, &request.tenant_id, &request.id)?;
    Ok(Some(Conversation { request, messages }))
}

/// Requests looked at by one round of closing.
const CLOSING: i64 = 5_000;

/// Open requests about a lock whose user has signed in since. What was written without a lock, or to
/// say that it was somebody else, is not answered by a sign-in.
fn signed_in_since(db: &mut Db, tenant: &TenantId) -> QueryResult<Vec<ContactRequestId>> {
    let open: Vec<(ContactRequestId, Option<UserId>, Millis)> = requests::table
        .filter(requests::tenant_id.eq(tenant))
        .filter(requests::queue.eq(Queue::Open))
        .filter(requests::lock_until.is_not_null())
        .filter(requests::origin.ne(Origin::NotMe))
        .order((requests::due_at.asc(), requests::id.asc()))
        .limit(CLOSING)
        .select((requests::id, requests::user_id, requests::created_at))
        .load(db)?;
    let owners: Vec<UserId> = open.iter().filter_map(|(_, user, _)| user.clone()).collect();
    let mut seen: HashMap<UserId, Millis> = HashMap::new();
    for page in owners.chunks(500) {
        let rows: Vec<(UserId, Option<Millis>)> = users::table
            .filter(users::tenant_id.eq(tenant))
            .filter(users::id.eq_any(page))
            .select((users::id, users::last_sign_in_at))
            .load(db)?;
        seen.extend(rows.into_iter().filter_map(|(user, at)| Some((user, at?))));
    }
    let back = open.into_iter().filter(|(_, user, filed)| {
        user.as_ref().and_then(|user| seen.get(user)).is_some_and(|at| at > filed)
    });
    Ok(back.map(|(id, _, _)| id).collect())
}

impl Reader {
    /// Open requests of a tenant about a lock whose user has signed in since, of the first 5,000.
    ///
    /// # Errors
    /// As [`Reader::conversation_by_secret`].
    pub async fn requests_signed_in_since(
        &self,
        tenant: TenantId,
    ) -> Result<Vec<ContactRequestId>, StoreError> {
        self.run(move |db| Ok(signed_in_since(db, &tenant)?)).await
    }
}

impl Store {
    /// Takes back what a message sends, if it still waits.
    ///
    /// # Errors
    /// `NotFound` when there is no such message; otherwise as any write.
    pub async fn take_back(
        &self,
        taken: RequestStep,
        message: RequestMessageId,
    ) -> Result<TakenBack, StoreError> {
        let tenant = taken.tenant.clone();
        self.write(&tenant, move |db, now| take_back(db, &taken, &message, now)).await
    }

    /// Takes a step.
    ///
    /// # Errors
    /// `NotFound` when the request is gone; `Conflict { what: "message" }` when its mail was taken
    /// before; otherwise as any write.
    pub async fn step_request(&self, taken: RequestStep) -> Result<Stepped, StoreError> {
        let tenant = taken.tenant.clone();
        let stepped = self.write(&tenant, move |db, now| step(db, &taken, now)).await?;
        self.tell_outbox_changed();
        Ok(stepped)
    }
}
