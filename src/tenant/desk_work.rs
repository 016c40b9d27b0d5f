//! What staff do about a contact request: answer, note, take, close, put back, and the acts of the
//! lock panel. Each is one step over the version that its author looked at; what leaves the house
//! waits a quarter of a minute, in which it can be taken back.

use serde_json::json;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{
    CannedReplyId, Identifier, IdentifierKind, Millis, OutboxId, RequestMessageId, Span, TenantId,
    UserId,
};
use crate::store::SubjectKey;
use crate::store::audit::Deed;
use crate::store::canned_replies::CannedReply;
use crate::store::contact_requests::ContactRequest;
use crate::store::outbox::{OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use crate::store::request_messages::{
    Assign, MessageKind, MessageVia, NewMessage, RequestStep, Stepped,
};
use crate::support::life::{Happening, UNDO};

pub use crate::store::request_messages::TakenBack;

/// How a request is moved by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveTo {
    Closed,
    Spam,
    Open,
}

/// Who has a request from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handover {
    To(UserId),
    Nobody,
}

/// What came of asking for an unlock mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnlockMailed {
    OnItsWay,
    /// By the caps against mail bombing.
    HeldBack,
    /// The request was changed meanwhile: nothing was done.
    Stale,
}

/// A request as its author looked at it.
#[derive(Debug, Clone)]
pub struct Looked<'r> {
    pub request: &'r ContactRequest,
    /// The version that the form was made over.
    pub over: i64,
    /// As an audit row's.
    pub actor: &'r str,
}

impl Looked<'_> {
    fn step(&self, action: &'static str) -> RequestStep {
        let deed = Deed {
            actor: self.actor.to_owned(),
            action,
            detail: json!({ "reference": self.request.reference }),
        };
        self.step_with(deed)
    }

    fn step_with(&self, deed: Deed) -> RequestStep {
        let (tenant, id) = (self.request.tenant_id.clone(), self.request.id.clone());
        RequestStep { deed: Some(deed), ..RequestStep::of(tenant, id, Some(self.over)) }
    }

    fn message(&self, kind: MessageKind, body: String, now: Millis) -> NewMessage {
        NewMessage {
            id: RequestMessageId::generate(now),
            kind,
            author: self.actor.to_owned(),
            via: MessageVia::Console,
            body,
        }
    }

    /// A row that waits until it cannot be taken back any more.
    fn row(&self, kind: OutboxKind, topic: OutboxTopic, now: Millis) -> OutboxRow {
        OutboxRow {
            tenant_id: self.request.tenant_id.clone(),
            id: OutboxId::generate(now),
            kind,
            topic,
            status: OutboxStatus::Due,
            subject: None,
            user_id: self.request.user_id.clone(),
            episode: None,
            payload: String::new(),
            created_at: now,
            due_at: now.after(UNDO),
            tries: 0,
            claimed_until: None,
            last_error: None,
            finished_at: None,
        }
    }
}

impl Tenants {
    /// Answers: on the request's page, and by mail where there is an address.
    ///
    /// # Errors
    /// As any write: nothing was sent.
    pub async fn reply_to_request(
        &self,
        looked: &Looked<'_>,
        body: String,
    ) -> Result<Stepped, TenantFault> {
        let now = self.inner.clock.now();
        let message = looked.message(MessageKind::Reply, body, now);
        let address = self.address_of(looked.request).await?;
        let mail = address.map(|address| OutboxRow {
            payload: json!({
                "request": looked.request.id.as_str(),
                "message": message.id.as_str(),
                "address": address,
            })
            .to_string(),
            ..looked.row(OutboxKind::Mail, OutboxTopic::Reply, now)
        });
        let step = RequestStep {
            happening: Some(Happening::StaffReplied),
            message: Some(message),
            mail,
            ..looked.step("request.answered")
        };
        Ok(self.inner.store.step_request(step).await?)
    }

    /// What was typed where it is an address, else the account's own.
    async fn address_of(&self, request: &ContactRequest) -> Result<Option<String>, TenantFault> {
        let typed = Identifier::parse(&request.identifier).ok();
        let typed = typed.filter(|name| name.kind == IdentifierKind::EmailAddress);
        if let Some(typed) = typed {
            return Ok(Some(typed.display));
        }
        let Some(user) = request.user_id.clone() else { return Ok(None) };
        let found = self.inner.reader.user(request.tenant_id.clone(), user).await?;
        let Some(record) = found else { return Ok(None) };
        let primary = record.user.primary_identification_id.clone();
        let addresses = record
            .identifications
            .into_iter()
            .filter(|name| name.verified && name.kind == IdentifierKind::EmailAddress.as_str());
        let mut addresses: Vec<_> = addresses.collect();
        addresses.sort_by_key(|name| Some(&name.id) != primary.as_ref());
        Ok(addresses.into_iter().next().map(|name| name.value))
    }

    /// Writes down what only staff see, over whatever stands.
    ///
    /// # Errors
    /// As any write.
    pub async fn note_on_request(
        &self,
        looked: &Looked<'_>,
        body: String,
    ) -> Result<Stepped, TenantFault> {
        let now = self.inner.clock.now();
        let step = RequestStep {
            over: None,
            happening: Some(Happening::StaffTook),
            message: Some(looked.message(MessageKind::Note, body, now)),
            ..looked.step("request.noted")
        };
        Ok(self.inner.store.step_request(step).await?)
    }

    /// Closes, throws to the spam or puts back.
    ///
    /// # Errors
    /// As any write.
    pub async fn move_request(
        &self,
        looked: &Looked<'_>,
        to: MoveTo,
    ) -> Result<Stepped, TenantFault> {
        let now = self.inner.clock.now();
        let (happening, event, action) = match to {
            MoveTo::Closed => (Happening::StaffClosed, "closed", "request.closed"),
            MoveTo::Spam => (Happening::MarkedSpam, "spam", "request.marked_spam"),
            MoveTo::Open => (Happening::PutBack, "reopened", "request.reopened"),
        };
        let step = RequestStep {
            happening: Some(happening),
            message: Some(looked.message(MessageKind::Event, event.to_owned(), now)),
            ..looked.step(action)
        };
        Ok(self.inner.store.step_request(step).await?)
    }

    /// Gives a request to somebody of the staff. Whether they may work on it is the caller's to know.
    ///
    /// # Errors
    /// As any write.
    pub async fn hand_over(
        &self,
        looked: &Looked<'_>,
        to: Handover,
    ) -> Result<Stepped, TenantFault> {
        let now = self.inner.clock.now();
        let detail = json!({
            "reference": looked.request.reference,
            "to": match &to {
                Handover::To(staff) => Some(staff.as_str()),
                Handover::Nobody => None,
            },
        });
        let (assign, event) = match to {
            Handover::To(staff) => {
                let event = format!("assigned:{staff}");
                (Assign::To(staff), event)
            }
            Handover::Nobody => (Assign::Nobody, "unassigned".to_owned()),
        };
        let actor = looked.actor.to_owned();
        let step = RequestStep {
            happening: Some(Happening::StaffTook),
            assign,
            message: Some(looked.message(MessageKind::Event, event, now)),
            ..looked.step_with(Deed { actor, action: "request.assigned", detail })
        };
        Ok(self.inner.store.step_request(step).await?)
    }

    /// Has the unlock mail of the request's account sent: the safe act, since only its owner reads it.
    ///
    /// # Errors
    /// As any write; `NotFound` where what was typed is no identifier.
    pub async fn mail_unlock_link(
        &self,
        profile: &TenantProfile,
        looked: &Looked<'_>,
    ) -> Result<UnlockMailed, TenantFault> {
        if looked.request.version != looked.over {
            return Ok(UnlockMailed::Stale);
        }
        let (Ok(identifier), Some(user)) =
            (Identifier::parse(&looked.request.identifier), &looked.request.user_id)
        else {
            return Err(TenantFault::NotFound);
        };
        let asked = self.inner.clock.now();
        self.request_unlock_mail(profile, &identifier).await?;
        let subject = SubjectKey::user(user);
        let since = asked.before(Span::SECOND);
        let mails =
            self.inner.reader.mails_of_subject(profile.id().clone(), subject, since).await?;
        let newest = mails.into_iter().find(|row| row.topic == OutboxTopic::Unlock);
        let held = newest.is_none_or(|row| row.status == OutboxStatus::Suppressed);
        let now = self.inner.clock.now();
        let (happening, event) = match held {
            true => (Happening::StaffTook, "unlock_mail_held"),
            false => (Happening::StaffReplied, "unlock_mail"),
        };
        let step = RequestStep {
            // The mail is on its way, whatever happened meanwhile.
            over: None,
            happening: Some(happening),
            message: Some(looked.message(MessageKind::Event, event.to_owned(), now)),
            ..looked.step("request.unlock_mail")
        };
        self.inner.store.step_request(step).await?;
        Ok(if held { UnlockMailed::HeldBack } else { UnlockMailed::OnItsWay })
    }

    /// Unlocks the request's account in a quarter of a minute, unless it is taken back.
    ///
    /// # Errors
    /// As any write; `NotFound` where the request is of no user.
    pub async fn unlock_soon(
        &self,
        looked: &Looked<'_>,
        reason: &str,
    ) -> Result<Stepped, TenantFault> {
        if looked.request.user_id.is_none() {
            return Err(TenantFault::NotFound);
        }
        let now = self.inner.clock.now();
        let act = OutboxRow {
            payload: json!({
                "request": looked.request.id.as_str(),
                "actor": looked.actor,
                "reason": reason,
            })
            .to_string(),
            ..looked.row(OutboxKind::Act, OutboxTopic::StaffUnlock, now)
        };
        let step = RequestStep {
            happening: Some(Happening::StaffTook),
            message: Some(looked.message(MessageKind::Event, format!("unlock_now:{reason}"), now)),
            mail: Some(act),
            ..looked.step("request.unlock_asked")
        };
        Ok(self.inner.store.step_request(step).await?)
    }

    /// Takes back an answer or an unlock that has not gone out yet.
    ///
    /// # Errors
    /// `NotFound` where there is no such message; otherwise as any write.
    pub async fn take_back(
        &self,
        looked: &Looked<'_>,
        message: RequestMessageId,
    ) -> Result<TakenBack, TenantFault> {
        let step = looked.step("request.taken_back");
        Ok(self.inner.store.take_back(step, message).await?)
    }
}

impl Tenants {
    /// Saves an answer for later; a new one where there is no id. Bounded by its door.
    ///
    /// # Errors
    /// `Conflict` where the tenant has 200 already.
    pub async fn save_canned_reply(
        &self,
        tenant: TenantId,
        id: Option<CannedReplyId>,
        locale: &str,
        (title, body): (&str, &str),
        actor: &str,
    ) -> Result<(), TenantFault> {
        let now = self.inner.clock.now();
        let deed = canned_deed(actor, "canned_reply.saved", title);
        let reply = CannedReply {
            tenant_id: tenant,
            id: id.unwrap_or_else(|| CannedReplyId::generate(now)),
            locale: locale.to_owned(),
            title: title.to_owned(),
            body: body.to_owned(),
            updated_at: now,
        };
        Ok(self.inner.store.save_canned_reply(reply, deed).await?)
    }

    /// Throws a saved answer away.
    ///
    /// # Errors
    /// As any write.
    pub async fn drop_canned_reply(
        &self,
        tenant: TenantId,
        id: CannedReplyId,
        locale: String,
        actor: &str,
    ) -> Result<(), TenantFault> {
        let deed = canned_deed(actor, "canned_reply.deleted", id.as_str());
        Ok(self.inner.store.drop_canned_reply(tenant, id, locale, deed).await?)
    }
}

fn canned_deed(actor: &str, action: &'static str, which: &str) -> Deed {
    Deed { actor: actor.to_owned(), action, detail: json!({ "which": which }) }
}
