//! A contact request as its person comes back to it: by the secret of a link, without any account.
//! Tells nothing that only the account's owner may know to whoever merely filled in the form.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{Millis, RequestMessageId, Span, TenantId, Until};
use crate::store::StoreError;
use crate::store::contact_requests::{ClosedBecause, ContactRequest, ContactRequestStatus};
use crate::store::request_messages::{
    Conversation, MessageKind, MessageVia, NewMessage, Proof, RequestMessage, RequestStep, Stepped,
};
use crate::support::life::{Happening, REOPENS_FOR, UNDO};
use crate::support::redact;
use crate::token::{OpaqueSecret, Via};

/// Messages that a person may add to one request within a day.
const ADDED_A_DAY: usize = 20;
/// How often a message is added over a request that staff change meanwhile.
const ROUNDS: u32 = 3;

/// A request as its person is shown it.
#[derive(Debug, Clone)]
pub struct OwnRequest {
    pub request: ContactRequest,
    /// How it stands, as far as this link may know.
    pub shown: ContactRequestStatus,
    /// Whether it may be told that it closed because the account's owner signed in.
    pub signed_in: bool,
    /// The end that was told when it was filed, while it lies ahead.
    pub lock: Option<Until>,
    /// Their own words and the answers, oldest first.
    pub messages: Vec<RequestMessage>,
    pub can_add: bool,
}

/// What came of adding to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    Added,
    /// Closed too long ago: a new one is to be written.
    Over,
    TooMany {
        retry_after: Span,
    },
    /// No such link.
    Unknown,
}

impl Tenants {
    /// The request behind a link; `None` for any other secret.
    ///
    /// # Errors
    /// As any read.
    pub async fn own_request(
        &self,
        profile: &TenantProfile,
        secret: &str,
    ) -> Result<Option<OwnRequest>, TenantFault> {
        let now = self.inner.clock.now();
        Ok(self.opened(profile, secret).await?.map(|(found, via)| shown(found, via, now)))
    }

    /// Adds a message, bounded by its door, to the request behind a link. Through the link of the
    /// mail it also shows that the mailbox is theirs.
    ///
    /// # Errors
    /// As any write: nothing was added.
    pub async fn add_to_request(
        &self,
        profile: &TenantProfile,
        secret: &str,
        text: &str,
    ) -> Result<Added, TenantFault> {
        for _ in 0..ROUNDS {
            let Some((found, via)) = self.opened(profile, secret).await? else {
                return Ok(Added::Unknown);
            };
            let now = self.inner.clock.now();
            if !can_add(&found.request, via, now) {
                return Ok(Added::Over);
            }
            if let Some(retry_after) = wait(&found, now) {
                return Ok(Added::TooMany { retry_after });
            }
            let Conversation { request, .. } = found;
            let (tenant, version) = (profile.id().clone(), Some(request.version));
            let step = RequestStep {
                happening: Some(Happening::PersonWrote),
                proof: match via {
                    Via::Page => Proof::None,
                    Via::Mail => Proof::Mailbox,
                },
                message: Some(NewMessage {
                    id: RequestMessageId::generate(now),
                    kind: MessageKind::Theirs,
                    author: "person".to_owned(),
                    via: MessageVia::Page,
                    body: redact::secrets(text),
                }),
                ..RequestStep::of(tenant, request.id, version)
            };
            match self.inner.store.step_request(step).await? {
                Stepped::Done(_) => return Ok(Added::Added),
                Stepped::Stale(_) => {}
            }
        }
        Err(TenantFault::Unavailable)
    }

    /// Closes requests whose person has signed in since: the lock is no trouble to them any more.
    pub(super) async fn close_signed_in(&self, tenant: &TenantId) -> Result<(), StoreError> {
        let back = self.inner.reader.requests_signed_in_since(tenant.clone()).await?;
        for request in back {
            let now = self.inner.clock.now();
            let step = RequestStep {
                happening: Some(Happening::SignedIn),
                message: Some(NewMessage {
                    id: RequestMessageId::generate(now),
                    kind: MessageKind::Event,
                    author: "lockkeeper".to_owned(),
                    via: MessageVia::Console,
                    body: "signed_in".to_owned(),
                }),
                ..RequestStep::of(tenant.clone(), request, None)
            };
            match self.inner.store.step_request(step).await {
                Ok(_) | Err(StoreError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn opened(
        &self,
        profile: &TenantProfile,
        secret: &str,
    ) -> Result<Option<(Conversation, Via)>, TenantFault> {
        let Some(secret) = OpaqueSecret::parse(secret) else { return Ok(None) };
        let tenant = profile.id().clone();
        let found = self.inner.reader.conversation_by_secret(tenant, secret.digest()).await?;
        Ok(found.map(|found| {
            let by_mail = found.request.mail_secret.as_ref();
            let by_mail = by_mail.is_some_and(|stored| secret.matches(stored));
            (found, if by_mail { Via::Mail } else { Via::Page })
        }))
    }
}

/// That the owner of an account signed in is nobody's business who only typed a name.
fn may_know(request: &ContactRequest, via: Via) -> bool {
    via == Via::Mail || request.mailbox_proved_at.is_some()
}

/// Closed because of a sign-in that this link may not be told of: shown as if nothing had happened.
fn is_hidden(request: &ContactRequest, via: Via) -> bool {
    request.closed_because == Some(ClosedBecause::SignedIn) && !may_know(request, via)
}

/// What its person sees of a conversation.
fn is_shown(message: &RequestMessage, now: Millis) -> bool {
    match message.kind {
        MessageKind::Theirs => true,
        MessageKind::Reply => message.undone_at.is_none() && message.created_at.after(UNDO) <= now,
        MessageKind::Note | MessageKind::Event => false,
    }
}

/// How a request stood before it closed itself, by what was said: whoever works on it says something.
fn without_sign_in(messages: &[RequestMessage]) -> ContactRequestStatus {
    let worked = messages.iter().filter(|message| message.author.starts_with("staff:")).count();
    let last = messages.iter().rfind(|message| match message.kind {
        MessageKind::Theirs => true,
        MessageKind::Reply => message.undone_at.is_none(),
        MessageKind::Note | MessageKind::Event => false,
    });
    match last.map(|message| message.kind) {
        Some(MessageKind::Reply) => ContactRequestStatus::Waiting,
        Some(MessageKind::Theirs | MessageKind::Note | MessageKind::Event) | None
            if worked == 0 =>
        {
            ContactRequestStatus::New
        }
        Some(MessageKind::Theirs | MessageKind::Note | MessageKind::Event) | None => {
            ContactRequestStatus::Open
        }
    }
}

fn shown(found: Conversation, via: Via, now: Millis) -> OwnRequest {
    let Conversation { request, messages } = found;
    let status = match is_hidden(&request, via) {
        true => without_sign_in(&messages),
        false => request.status,
    };
    let can_add = can_add(&request, via, now);
    let messages: Vec<_> = messages.into_iter().filter(|said| is_shown(said, now)).collect();
    let answered = messages.iter().any(|message| message.kind == MessageKind::Reply);
    let shown = match status {
        // Whoever sends spam is not told that it is known for what it is.
        ContactRequestStatus::Spam => ContactRequestStatus::New,
        // By a mail, or by words that can still be taken back.
        ContactRequestStatus::Waiting if !answered => ContactRequestStatus::Open,
        ContactRequestStatus::New
        | ContactRequestStatus::Open
        | ContactRequestStatus::Waiting
        | ContactRequestStatus::Closed => status,
    };
    let signed_in = request.closed_because == Some(ClosedBecause::SignedIn);
    OwnRequest {
        shown,
        signed_in: signed_in && shown == ContactRequestStatus::Closed,
        lock: request.told_lock().filter(|until| until.holds_at(now)),
        messages,
        can_add,
        request,
    }
}

fn can_add(request: &ContactRequest, via: Via, now: Millis) -> bool {
    is_hidden(request, via) || request.closed_at.is_none_or(|at| now < at.after(REOPENS_FOR))
}

/// How long until another message is taken; `None`: now.
fn wait(found: &Conversation, now: Millis) -> Option<Span> {
    let theirs = |message: &&RequestMessage| message.kind == MessageKind::Theirs;
    let edge = found.messages.iter().rev().filter(theirs).nth(ADDED_A_DAY.saturating_sub(1))?;
    let free = edge.created_at.after(Span::DAY);
    (now < free).then(|| free.since(now))
}
