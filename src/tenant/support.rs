//! Contact requests: filing one with its acknowledgement. Knows no form fields and no mail text.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{ContactRequestId, Identifier, IdentifierKind, Millis, OutboxId, Source, Span};
use crate::store::contact_requests::{ContactLimits, ContactRequest, ContactRequestStatus, Filed};
use crate::store::outbox::{OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use crate::token::OpaqueSecret;

/// What one source and one identifier may file: enough for a person in trouble, too little for a
/// flood (`reliability-security.md` §1 row 16).
const LIMITS: ContactLimits = ContactLimits { per_source_per_hour: 20, per_identifier_per_day: 5 };

/// Crockford's base 32: no I, L, O or U, so that a reference survives being read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A filled-in form, bounded and free of control characters by its door.
#[derive(Debug, Clone)]
pub struct ContactForm {
    /// As typed; may be no identifier at all.
    pub identifier: String,
    pub name: String,
    pub subject: String,
    pub message: String,
    pub source: Source,
    pub locale: Option<String>,
}

/// What the person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactReceipt {
    Filed { reference: String, at: Millis, acknowledged: bool },
    TooMany { retry_after: Span },
}

impl Tenants {
    /// Files a request. Where what was typed is an e-mail address, an acknowledgement goes there,
    /// whether or not somebody has an account under it.
    ///
    /// # Errors
    /// As any write: nothing was filed.
    pub async fn file_contact_request(
        &self,
        profile: &TenantProfile,
        form: ContactForm,
    ) -> Result<ContactReceipt, TenantFault> {
        let now = self.inner.clock.now();
        let identifier = Identifier::parse(&form.identifier).ok();
        let user = match &identifier {
            Some(identifier) => {
                let found =
                    self.inner.reader.identified(profile.id().clone(), identifier.key.clone());
                found.await?.map(|record| record.user.id)
            }
            None => None,
        };
        let reference = reference(&OpaqueSecret::generate()?);
        let id = ContactRequestId::generate(now);
        let address = identifier.as_ref().filter(|i| i.kind == IdentifierKind::EmailAddress);
        let acknowledgement = address.map(|address| OutboxRow {
            tenant_id: profile.id().clone(),
            id: OutboxId::generate(now),
            kind: OutboxKind::Mail,
            topic: OutboxTopic::SupportAck,
            status: OutboxStatus::Due,
            subject: None,
            user_id: user.clone(),
            episode: None,
            payload: serde_json::json!({
                "request": id.as_str(),
                "reference": reference,
                "address": address.display,
            })
            .to_string(),
            created_at: now,
            due_at: now,
            tries: 0,
            claimed_until: None,
            last_error: None,
            finished_at: None,
        });
        let request = ContactRequest {
            tenant_id: profile.id().clone(),
            id,
            reference: reference.clone(),
            status: ContactRequestStatus::New,
            identifier: form.identifier,
            canonical_key: identifier.map(|i| i.key),
            user_id: user,
            name: form.name,
            subject: form.subject,
            message: form.message,
            source: form.source,
            locale: form.locale,
            created_at: now,
            updated_at: now,
        };
        let filed = self.inner.store.file_contact_request(request, acknowledgement, LIMITS).await?;
        Ok(match filed {
            Filed::Filed { acknowledged } => {
                self.inner.meter.add(crate::model::Count::ContactRequests, 1);
                ContactReceipt::Filed { reference, at: now, acknowledged }
            }
            Filed::TooMany { retry_after } => ContactReceipt::TooMany { retry_after },
        })
    }
}

impl Tenants {
    /// The receipt of a form that is thrown away: a robot's, which is not to notice.
    ///
    /// # Errors
    /// [`TenantFault::Unavailable`] without random bytes.
    pub fn pretended_receipt(
        &self,
        identifier: &Identifier,
    ) -> Result<ContactReceipt, TenantFault> {
        Ok(ContactReceipt::Filed {
            reference: reference(&OpaqueSecret::generate()?),
            at: self.inner.clock.now(),
            acknowledged: identifier.kind == IdentifierKind::EmailAddress,
        })
    }
}

/// `LK-` and eight characters in two groups: 40 bits, unique within a tenant by its index.
fn reference(random: &OpaqueSecret) -> String {
    let digest = random.digest();
    let mut text = String::from("LK-");
    for (position, pair) in digest.as_bytes().chunks(2).take(8).enumerate() {
        if position == 4 {
            text.push('-');
        }
        let hex = std::str::from_utf8(pair).unwrap_or_default();
        let value = usize::from_str_radix(hex, 16).unwrap_or_default();
        if let Some(letter) = ALPHABET.get(value % ALPHABET.len()) {
            text.push(char::from(*letter));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_can_be_read_aloud() {
        let text = reference(&OpaqueSecret::generate().unwrap());
        assert_eq!(text.len(), "LK-7F3A-22QM".len());
        assert!(
            text.chars()
                .all(|c| c == '-' || c == 'L' || ALPHABET.contains(&u8::try_from(c).unwrap()))
        );
    }
}
