//! What tenants' servers are told of, written in the transaction that caused it as one row of the
//! outbox. Where nobody listens nothing is written. Knows no endpoint's address and sends nothing.

use serde_json::{Value, json};

use super::columns::text_enum;
use super::committer::Work;
use super::error::StoreError;
use super::ledger::Ledger;
use super::outbox::{self, Claim, OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use super::sessions::SessionStatus;
use super::{Store, tenants, webhook_endpoints};
use crate::model::{Millis, OutboxId, SessionId, TenantId, UserId};

text_enum! {
    /// Clerk's names where it has the event; a lock and its end are ours.
    EventKind {
        UserCreated = "user.created",
        UserUpdated = "user.updated",
        UserDeleted = "user.deleted",
        SessionCreated = "session.created",
        /// Signed out, or another session took its place.
        SessionEnded = "session.ended",
        SessionRemoved = "session.removed",
        SessionRevoked = "session.revoked",
        UserLocked = "user.locked",
        UserUnlocked = "user.unlocked",
        /// A text message that the tenant's server is to send.
        SmsCreated = "sms.created",
        /// Sent to one endpoint because its owner asks; nobody subscribes to it.
        EndpointTest = "webhook_endpoint.test",
    }
}

impl EventKind {
    /// Those that an endpoint can ask for.
    pub const ALL: [Self; 10] = [
        Self::UserCreated,
        Self::UserUpdated,
        Self::UserDeleted,
        Self::SessionCreated,
        Self::SessionEnded,
        Self::SessionRemoved,
        Self::SessionRevoked,
        Self::UserLocked,
        Self::UserUnlocked,
        Self::SmsCreated,
    ];

    /// What is told when a session comes to `status`; nothing where it did by itself.
    pub(super) const fn of_ending(status: SessionStatus) -> Option<Self> {
        match status {
            SessionStatus::Ended | SessionStatus::Replaced => Some(Self::SessionEnded),
            SessionStatus::Removed => Some(Self::SessionRemoved),
            SessionStatus::Revoked => Some(Self::SessionRevoked),
            SessionStatus::Active
            | SessionStatus::Expired
            | SessionStatus::Abandoned
            | SessionStatus::Pending => None,
        }
    }
}

/// Whom an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    User(UserId),
    Session(SessionId),
    /// A phantom: the row is written all the same and told to nobody (protocol rule 19).
    Nobody,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub kind: EventKind,
    pub about: About,
    /// What cannot be read any more when it is told: a JSON object of the kind's own.
    pub facts: Value,
}

impl Event {
    pub(super) fn of_user(kind: EventKind, user: &UserId) -> Self {
        Self { kind, about: About::User(user.clone()), facts: json!({}) }
    }

    pub(super) fn of_session(kind: EventKind, id: &SessionId, status: SessionStatus) -> Self {
        let facts = json!({ "status": status.as_str() });
        Self { kind, about: About::Session(id.clone()), facts }
    }

    fn row(&self, tenant: &TenantId, id: OutboxId, now: Millis) -> OutboxRow {
        let (status, user, session) = match &self.about {
            About::User(user) => (OutboxStatus::Due, Some(user), None),
            About::Session(session) => (OutboxStatus::Due, None, Some(session)),
            About::Nobody => (OutboxStatus::Void, None, None),
        };
        let payload = json!({
            "type": self.kind.as_str(),
            "user": user,
            "session": session,
            "facts": self.facts,
        });
        OutboxRow {
            tenant_id: tenant.clone(),
            id,
            kind: OutboxKind::Webhook,
            topic: OutboxTopic::Event,
            status,
            // Not the subject's: what is mailed about it is counted by that.
            subject: None,
            user_id: user.cloned(),
            episode: None,
            payload: payload.to_string(),
            created_at: now,
            due_at: now,
            tries: 0,
            claimed_until: None,
            last_error: None,
            finished_at: None,
        }
    }

    /// The event that a row of the outbox holds; `None` for any other row.
    #[must_use]
    pub fn of_row(row: &OutboxRow) -> Option<Self> {
        let payload: Value = serde_json::from_str(&row.payload).ok()?;
        let text = |name: &str| payload.get(name).and_then(Value::as_str);
        let kind = EventKind::parse(text("type")?)?;
        let about = match (text("user"), text("session")) {
            (Some(user), _) => About::User(UserId::from_stored(user.to_owned())),
            (None, Some(session)) => About::Session(SessionId::from_stored(session.to_owned())),
            (None, None) => About::Nobody,
        };
        let facts = payload.get("facts").cloned().unwrap_or_else(|| json!({}));
        Some(Self { kind, about, facts })
    }
}

impl Work<'_> {
    /// Writes the event's row if the tenant has an endpoint that is switched on.
    pub(super) fn write_event(
        &mut self,
        tenant: &TenantId,
        event: &Event,
    ) -> Result<(), StoreError> {
        let listened_to = match self.rows.tenants.iter().find(|facts| facts.id == *tenant) {
            Some(facts) => facts.listened_to,
            None => tenants::is_listened_to(self.db, tenant)?,
        };
        if !listened_to {
            return Ok(());
        }
        let row = event.row(tenant, self.outbox_id(), self.now);
        self.enqueue(row)
    }

    /// That something of a user's has changed.
    pub(super) fn user_updated(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<(), StoreError> {
        self.write_event(tenant, &Event::of_user(EventKind::UserUpdated, user))
    }
}

impl Store {
    /// Hands a text message to the tenant's servers: its event and the end of its row in one
    /// transaction.
    ///
    /// # Errors
    /// `NotFound` when the row is gone or claimed by somebody else.
    pub async fn pass_on_text(&self, claim: Claim, event: Event) -> Result<PassedOn, StoreError> {
        let owner = claim.tenant.clone();
        self.work(&owner, Vec::new(), move |work| {
            let tenant = &claim.tenant;
            let endpoints = webhook_endpoints::of_tenant(work.db, tenant)?;
            if !endpoints.iter().any(|one| one.enabled && one.wants(event.kind)) {
                return Ok(PassedOn::NobodyListens);
            }
            let row = (tenant, &claim.id, claim.tries);
            outbox::finish_claimed(work.db, row, OutboxStatus::Sent, work.now)?;
            work.write_event(tenant, &event)?;
            Ok(PassedOn::Yes)
        })
        .await
    }
}

/// Whether a text message has found somebody who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassedOn {
    Yes,
    /// No endpoint takes `sms.created`.
    NobodyListens,
}
