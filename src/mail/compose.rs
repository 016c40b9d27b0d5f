//! From an outbox row to a letter, or to the reason why none is sent. Reads what is true now: a mail
//! that is no longer wanted is dropped here, at the last moment. Knows no transport.

use lettre::Address;
use lettre::message::Mailbox;
use serde::Deserialize;
use url::Url;

use super::letter::{Letter, header_text};
use super::retry;
use super::view::{MailFrame, MailParts, SupportAckMail};
use crate::model::branding::{BrandText, Branding};
use crate::model::{BrandColours, Colour, Identifier, IdentifierKind, Millis};
use crate::store::contact_requests::ContactRequest;
use crate::store::mail_facts::MailFacts;
use crate::store::outbox::{OutboxRow, OutboxTopic};
use crate::store::users::UserRecord;
use crate::store::{Reader, StoreError};
use crate::text::{Catalogue, Zone};
use crate::token::{MasterKeys, RequestLinks, Via};

/// What all letters of a process have in common.
pub(super) struct Desk {
    pub sender: Mailbox,
    pub id_domain: String,
    pub public_url: Url,
}

/// What becomes of a row.
pub(super) enum Composed {
    /// Send it; it is given up at `deadline`.
    Letter { letter: Box<Letter>, deadline: Millis },
    /// Nobody wants it any more.
    Unwanted(&'static str),
    /// It can never be sent.
    Impossible(String),
}

/// Payload of an acknowledgement, written with the contact request.
#[derive(Deserialize)]
struct AckPayload {
    reference: String,
    address: String,
}

impl Desk {
    /// Decides about a row at `now`.
    pub(super) async fn compose(
        &self,
        reader: &Reader,
        keys: &MasterKeys,
        row: &OutboxRow,
        now: Millis,
    ) -> Result<Composed, StoreError> {
        if now >= retry::deadline(row.created_at, None) {
            return Ok(too_late());
        }
        let facts = match reader.mail_facts(row, now).await {
            Ok(facts) => facts,
            Err(StoreError::NotFound) => return Ok(Composed::Unwanted("the tenant is gone")),
            Err(error) => return Err(error),
        };
        match row.topic {
            OutboxTopic::Unlock => self.unlock(reader, keys, row, &facts, now).await,
            OutboxTopic::Unlocked => Ok(self.unlocked(row, &facts)),
            OutboxTopic::SupportAck => self.acknowledgement(reader, keys, row, &facts).await,
            OutboxTopic::Code => self.code(reader, keys, row, &facts, now).await,
            OutboxTopic::AddressClaimed => Ok(self.claimed(row, &facts)),
            OutboxTopic::SignInLink => Ok(self.sign_in_link(keys, row, &facts, now)),
            OutboxTopic::Reply => self.reply(reader, keys, row, &facts).await,
            OutboxTopic::Alert => Ok(self.alert(row, &facts)),
            OutboxTopic::Digest => Ok(self.digest(row, &facts)),
            OutboxTopic::Invite => self.invite(reader, keys, row, &facts, now).await,
            OutboxTopic::Event | OutboxTopic::StaffUnlock => {
                Ok(Composed::Impossible("this is no mail".to_owned()))
            }
            OutboxTopic::Test => Ok(Composed::Impossible("sent at once or never".to_owned())),
        }
    }

    async fn acknowledgement(
        &self,
        reader: &Reader,
        keys: &MasterKeys,
        row: &OutboxRow,
        facts: &MailFacts,
    ) -> Result<Composed, StoreError> {
        let Ok(payload) = serde_json::from_str::<AckPayload>(&row.payload) else {
            return Ok(Composed::Impossible("the row's payload cannot be read".to_owned()));
        };
        let reference = payload.reference.clone();
        let request = reader.contact_request_by_reference(row.tenant_id.clone(), reference).await?;
        // Otherwise the form would mail a stranger's words to anybody.
        let known = facts.user.as_ref().filter(|user| owns(user, &payload.address));
        let status_link = request.as_ref().and_then(|it| self.request_page(keys, facts, it));
        let mail = SupportAckMail {
            frame: frame(row, facts),
            name: known.and_then(|owner| owner.user.first_name.clone()),
            reference: payload.reference,
            received_at: row.created_at,
            copy: known.and(request).map(|request| request.message),
            unlock_request_link: self.page(facts, "unlock"),
            status_link,
        };
        let deadline = retry::deadline(row.created_at, None);
        Ok(self.letter(row, facts, &payload.address, mail.parts(), deadline))
    }

    /// The page of a request, by the secret that only its mails have.
    pub(super) fn request_page(
        &self,
        keys: &MasterKeys,
        facts: &MailFacts,
        request: &ContactRequest,
    ) -> Option<String> {
        let links = RequestLinks::for_tenant(keys, &request.tenant_id);
        let secret = links.secret_of(&request.id, Via::Mail, request.mail_secret.as_ref()?)?;
        Some(self.page(facts, &format!("support/{}", secret.expose())))
    }

    /// A hosted page of the tenant.
    pub(super) fn page(&self, facts: &MailFacts, rest: &str) -> String {
        let base = self.public_url.as_str().trim_end_matches('/');
        format!("{base}/t/{}/{rest}", facts.tenant.slug)
    }

    pub(super) fn letter(
        &self,
        row: &OutboxRow,
        facts: &MailFacts,
        address: &str,
        parts: askama::Result<MailParts>,
        deadline: Millis,
    ) -> Composed {
        // Addresses for automated tests have nobody behind them (DESIGN §9).
        let of_tests = Identifier::parse(address).is_ok_and(|name| name.key.is_for_tests());
        if !facts.tenant.live && of_tests {
            return Composed::Unwanted("a test address");
        }
        let Ok(address) = address.parse::<Address>() else {
            return Composed::Impossible("the address is no mail address".to_owned());
        };
        let Ok(parts) = parts else {
            return Composed::Impossible("the mail cannot be rendered".to_owned());
        };
        let support = facts.tenant.support_email.as_deref();
        let letter = Letter {
            tenant: row.tenant_id.clone(),
            id: row.id.clone(),
            from: Mailbox::new(Some(header_text(&facts.tenant.name)), self.sender.email.clone()),
            to: Mailbox::new(None, address),
            reply_to: support.and_then(|text| text.parse().ok()).map(|to| Mailbox::new(None, to)),
            id_domain: self.id_domain.clone(),
            written_at: row.created_at,
            parts,
        };
        Composed::Letter { letter: Box::new(letter), deadline }
    }
}

pub(super) fn too_late() -> Composed {
    Composed::Impossible("given up: it could not be delivered in time".to_owned())
}

/// Whether the user has proved to own this address.
fn owns(owner: &UserRecord, address: &str) -> bool {
    owner.identifications.iter().any(|i| {
        i.verified
            && i.kind == IdentifierKind::EmailAddress.as_str()
            && Identifier::parse(address).is_ok_and(|parsed| parsed.key == i.canonical_key)
    })
}

/// Language and zone are the user's own, never the request's.
pub(super) fn frame(row: &OutboxRow, facts: &MailFacts) -> MailFrame {
    frame_in(row, facts, None)
}

/// The same, for what was asked for a moment ago: in the language of the request where the user has
/// none or is none.
pub(super) fn frame_in(row: &OutboxRow, facts: &MailFacts, asked: Option<&str>) -> MailFrame {
    let user = facts.user.as_ref().map(|owner| &owner.user);
    let locale = user.and_then(|user| user.locale.as_deref());
    let zone = user.and_then(|user| user.time_zone.as_deref());
    let colour = facts.tenant.brand_color.as_deref().and_then(Colour::parse);
    let lang = Catalogue::get(locale.or(asked).unwrap_or("en"));
    let branding = Branding::of_json(&facts.tenant.brand);
    MailFrame {
        lang,
        zone: zone.map_or_else(Zone::utc, Zone::named),
        written_at: row.created_at,
        tenant: facts.tenant.name.clone(),
        colours: colour.map(BrandColours::of).unwrap_or_default(),
        support_email: facts.tenant.support_email.clone(),
        postal: branding.text(BrandText::MailPostal, lang.tag).map(str::to_owned),
        reference: None,
    }
}
