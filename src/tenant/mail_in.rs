//! Mail that came in: an answer to a request, or the news that a mail of ours did not arrive. Whose it
//! is says the signed address that it was sent to, and nothing else in it is believed. Nothing is ever
//! answered here, so no two machines can keep each other busy.

use super::{TenantFault, Tenants};
use crate::model::{ArrivedMail, BounceReport, ContactRequestId, MailAuthor, OutboxId};
use crate::model::{Millis, RequestMessageId, Span, TenantId};
use crate::store::StoreError;
use crate::store::request_messages::{
    Conversation, MessageKind, MessageVia, NewMessage, Proof, RequestStep, Stepped,
};
use crate::support::life::Happening;
use crate::support::redact;
use crate::token::{MailAddress, MailAddresses};

/// Mails of one request that are taken within a day.
const TAKEN_A_DAY: usize = 20;
/// How often a mail is taken over a request that staff change meanwhile.
const ROUNDS: u32 = 3;

/// What came of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It stands with its request now; the reference.
    Message { reference: String },
    /// A machine's answer: noted with its request, which stays as it is.
    Automatic,
    /// The mail that came back is marked.
    Bounce,
    /// A machine's answer to where bounces go; nobody wants to know.
    Dropped,
    /// It was taken before.
    Again,
    /// It is for none of our addresses, or for something that is gone.
    NotOurs,
    /// The request takes no more mails now.
    TooMany { retry_after: Span },
}

impl Tenants {
    /// Takes a mail that was delivered to one of `recipients`; without any, to one of those that it
    /// names itself.
    ///
    /// # Errors
    /// As any write: nothing was taken, and it may come again.
    pub async fn take_mail(
        &self,
        recipient: Option<&str>,
        mail: &ArrivedMail,
    ) -> Result<Taken, TenantFault> {
        let named = mail.recipients.iter().map(String::as_str).filter(|_| recipient.is_none());
        for address in recipient.into_iter().chain(named) {
            let Some((tenant, of)) = self.signed_address(address).await? else { continue };
            return match of {
                MailAddress::Reply(request) => self.take_answer(&tenant, &request, mail).await,
                MailAddress::Bounce(id) => match &mail.report {
                    Some(report) => self.take_bounce(tenant, id, report.clone()).await,
                    None => Ok(Taken::Dropped),
                },
            };
        }
        Ok(Taken::NotOurs)
    }

    /// What an address of ours is of, whatever domain stands behind it.
    async fn signed_address(
        &self,
        address: &str,
    ) -> Result<Option<(TenantId, MailAddress)>, TenantFault> {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let Some(signed) = MailAddresses::signed_part(local) else { return Ok(None) };
        let Some(tag) = MailAddresses::tag_in(signed) else { return Ok(None) };
        let Some(tenant) = self.inner.reader.tenant_by_mail_tag(tag).await? else {
            return Ok(None);
        };
        let opened = MailAddresses::for_tenant(&self.inner.keys, &tenant).open(signed);
        Ok(opened.map(|of| (tenant, of)))
    }

    async fn take_bounce(
        &self,
        tenant: TenantId,
        id: OutboxId,
        report: BounceReport,
    ) -> Result<Taken, TenantFault> {
        match self.inner.store.mark_bounced(tenant, id, report).await {
            Ok(()) => Ok(Taken::Bounce),
            Err(StoreError::NotFound) => Ok(Taken::Again),
            Err(error) => Err(error.into()),
        }
    }

    async fn take_answer(
        &self,
        tenant: &TenantId,
        request: &ContactRequestId,
        mail: &ArrivedMail,
    ) -> Result<Taken, TenantFault> {
        for _ in 0..ROUNDS {
            let found = self.inner.reader.conversation_of(tenant.clone(), request.clone()).await?;
            let Some(found) = found else { return Ok(Taken::NotOurs) };
            let now = self.inner.clock.now();
            // One mail may go to several requests, each of which takes it once.
            let mark = format!("{request}:{}", mail.mark);
            if found.messages.iter().any(|said| said.message_id.as_ref() == Some(&mark)) {
                return Ok(Taken::Again);
            }
            if let Some(retry_after) = wait(&found, now) {
                return Ok(match mail.author {
                    MailAuthor::Person => Taken::TooMany { retry_after },
                    MailAuthor::Machine => Taken::Dropped,
                });
            }
            let reference = found.request.reference.clone();
            let step = step_of(tenant, &found, mail, mark, now);
            match self.inner.store.step_request(step).await {
                Ok(Stepped::Done(_)) => {
                    return Ok(match mail.author {
                        MailAuthor::Person => Taken::Message { reference },
                        MailAuthor::Machine => Taken::Automatic,
                    });
                }
                Ok(Stepped::Stale(_)) => {}
                Err(StoreError::Conflict { .. }) => return Ok(Taken::Again),
                Err(StoreError::NotFound) => return Ok(Taken::NotOurs),
                Err(error) => return Err(error.into()),
            }
        }
        Err(TenantFault::Unavailable)
    }
}

/// A person's words open the request again, however long it has been closed: a mail cannot be told to
/// be written anew. Whoever has the address reads the mailbox that it was sent to.
fn step_of(
    tenant: &TenantId,
    found: &Conversation,
    mail: &ArrivedMail,
    mark: String,
    now: Millis,
) -> RequestStep {
    let (kind, author, body) = match mail.author {
        MailAuthor::Person => (MessageKind::Theirs, "person", redact::secrets(&mail.text)),
        MailAuthor::Machine => (MessageKind::Event, "lockkeeper", "auto_reply".to_owned()),
    };
    let (happening, proof) = match mail.author {
        MailAuthor::Person => (Some(Happening::PersonWrote), Proof::Mailbox),
        MailAuthor::Machine => (None, Proof::None),
    };
    RequestStep {
        happening,
        proof,
        message: Some(NewMessage {
            id: RequestMessageId::generate(now),
            kind,
            author: author.to_owned(),
            via: MessageVia::Mail,
            body,
        }),
        arrived_as: Some(mark),
        ..RequestStep::of(tenant.clone(), found.request.id.clone(), Some(found.request.version))
    }
}

/// How long until another mail of this request is taken; `None`: now.
fn wait(found: &Conversation, now: Millis) -> Option<Span> {
    let mails = found.messages.iter().rev().filter(|message| message.via == MessageVia::Mail);
    let edge =
        mails.filter(|message| message.message_id.is_some()).nth(TAKEN_A_DAY.saturating_sub(1))?;
    let free = edge.created_at.after(Span::DAY);
    (now < free).then(|| free.since(now))
}
