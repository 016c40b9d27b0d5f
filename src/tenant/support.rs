//! Contact requests: filing one with its acknowledgement. Knows no form fields and no mail text.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout;
use crate::model::{
    ContactRequestId, Identifier, IdentifierKind, Millis, OutboxId, Source, Span, Until, UserId,
};
use crate::store::SubjectKey;
use crate::store::contact_requests::{ContactLimits, ContactRequest, Filed, Origin};
use crate::store::outbox::{OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use crate::support::{life, redact};
use crate::token::{OpaqueSecret, Via};

/// What one source and one identifier may file: enough for a person in trouble, too little for a
/// flood (`reliability-security.md` §1 row 16).
const LIMITS: ContactLimits = ContactLimits { per_source_per_hour: 20, per_identifier_per_day: 5 };
/// How often a reference is drawn that turns out to be taken.
const DRAWS: u32 = 3;

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
    /// The lock that the person was told of.
    pub lock: Option<Until>,
}

/// Who says that the attempts were not theirs. Whoever hands this in has opened an unlock link, which
/// proves the mailbox.
#[derive(Debug, Clone)]
pub struct NotMeReport {
    pub user: UserId,
    /// The link's.
    pub episode: i64,
    /// As for a form: one line, and a text.
    pub subject: String,
    pub message: String,
    pub source: Source,
}

/// Whether a report is the first about its episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filing {
    First,
    Again,
}

/// What the person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactReceipt {
    Filed {
        reference: String,
        at: Millis,
        acknowledged: bool,
        /// The last part of the path of the request's own page.
        secret: String,
        /// As it is kept: without passwords.
        message: String,
    },
    TooMany {
        retry_after: Span,
    },
}

/// A request to be filed, before it has a name.
struct Filable {
    origin: Origin,
    form: ContactForm,
    identifier: Option<Identifier>,
    user: Option<UserId>,
    episode: Option<i64>,
    lock: Option<Until>,
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
        let identifier = Identifier::parse(&form.identifier).ok();
        let mut filable = Filable {
            origin: Origin::Form,
            lock: form.lock,
            form,
            identifier,
            user: None,
            episode: None,
        };
        if let Some(identifier) = &filable.identifier {
            let tenant = profile.id().clone();
            let found = self.inner.reader.identified(tenant, identifier.key.clone()).await?;
            filable.user = found.map(|record| record.user.id);
            // Nobody's name is asked about as anybody's: the same reads.
            let subject = match &filable.user {
                Some(user) => SubjectKey::user(user),
                None => self.phantom(profile, &identifier.key),
            };
            self.see_lock(profile, subject, &mut filable).await?;
        }
        let (id, secret, request) = self.request_of(profile, &filable)?;
        let message = request.message.clone();
        match self.filed(profile, &filable, request).await? {
            (reference, Filed::Filed { acknowledged }) => {
                let at = self.inner.clock.now();
                tracing::debug!(request = %id, "a contact request was filed");
                Ok(ContactReceipt::Filed { reference, at, acknowledged, secret, message })
            }
            (_, Filed::TooMany { retry_after }) => Ok(ContactReceipt::TooMany { retry_after }),
            // Only a report is told once.
            (_, Filed::Again { .. }) => Err(TenantFault::Unavailable),
        }
    }

    /// Files "this wasn't me", once a user and episode: its reference, the first one's where it was
    /// told before. Touches no lock.
    ///
    /// # Errors
    /// `NotFound` when the user is gone; otherwise as any write.
    pub async fn file_not_me(
        &self,
        profile: &TenantProfile,
        report: NotMeReport,
    ) -> Result<(String, Filing), TenantFault> {
        let found = self.inner.reader.user(profile.id().clone(), report.user.clone()).await?;
        let record = found.ok_or(TenantFault::NotFound)?;
        let primary = record.user.primary_identification_id.as_ref();
        let names = &record.identifications;
        let name = names.iter().find(|name| Some(&name.id) == primary).or_else(|| names.first());
        let identifier = name.and_then(|name| Identifier::parse(&name.value).ok());
        let form = ContactForm {
            identifier: identifier.as_ref().map(|name| name.display.clone()).unwrap_or_default(),
            name: record.user.first_name.clone().unwrap_or_default(),
            subject: report.subject,
            message: report.message,
            source: report.source,
            locale: record.user.locale.clone(),
            lock: None,
        };
        let mut filable = Filable {
            origin: Origin::NotMe,
            form,
            identifier,
            user: Some(report.user.clone()),
            episode: None,
            lock: None,
        };
        self.see_lock(profile, SubjectKey::user(&report.user), &mut filable).await?;
        filable.episode = Some(report.episode);
        let (_, _, request) = self.request_of(profile, &filable)?;
        match self.filed(profile, &filable, request).await? {
            (reference, Filed::Filed { .. }) => Ok((reference, Filing::First)),
            (_, Filed::Again { reference }) => Ok((reference, Filing::Again)),
            (_, Filed::TooMany { retry_after }) => {
                Err(TenantFault::Busy { retry_after: retry_after.to_std() })
            }
        }
    }

    /// What stands in the way of the subject now.
    async fn see_lock(
        &self,
        profile: &TenantProfile,
        subject: SubjectKey,
        filable: &mut Filable,
    ) -> Result<(), TenantFault> {
        let now = self.inner.clock.now();
        let read = self.inner.reader.subject_view(profile.id().clone(), subject, now).await?;
        let (view, policy) = read;
        let standing = lockout::account_lock(&view.subject, now).map(|lock| lock.until);
        filable.lock = standing.or(filable.lock.filter(|told| told.holds_at(now)));
        filable.episode = lockout::open_episode(&policy, &view.subject, now);
        Ok(())
    }

    /// The row, its id, and the secret of its page.
    fn request_of(
        &self,
        profile: &TenantProfile,
        filable: &Filable,
    ) -> Result<(ContactRequestId, String, ContactRequest), TenantFault> {
        let now = self.inner.clock.now();
        let id = ContactRequestId::generate(now);
        let links = profile.request_links();
        let page = links.secret(&id, Via::Page).ok_or(TenantFault::Unavailable)?;
        let mail = links.secret(&id, Via::Mail).ok_or(TenantFault::Unavailable)?;
        let form = &filable.form;
        let request = ContactRequest {
            identifier: form.identifier.clone(),
            canonical_key: filable.identifier.as_ref().map(|name| name.key.clone()),
            user_id: filable.user.clone(),
            name: form.name.clone(),
            subject: redact::secrets(&form.subject),
            message: redact::secrets(&form.message),
            source: form.source.clone(),
            locale: form.locale.clone(),
            due_at: life::first_due(filable.lock, now),
            origin: filable.origin,
            episode: filable.episode,
            lock_until: filable.lock.map(|until| until.instant().map_or(i64::MAX, |end| end.0)),
            page_secret: Some(page.digest()),
            mail_secret: Some(mail.digest()),
            mailbox_proved_at: (filable.origin == Origin::NotMe).then_some(now),
            ..ContactRequest::blank(profile.id().clone(), id.clone(), String::new(), now)
        };
        Ok((id, page.expose().to_owned(), request))
    }

    /// Draws a reference and files: the reference, and what came of it.
    async fn filed(
        &self,
        profile: &TenantProfile,
        filable: &Filable,
        request: ContactRequest,
    ) -> Result<(String, Filed), TenantFault> {
        let mut refused = TenantFault::Unavailable;
        for _ in 0..DRAWS {
            let reference = reference(&OpaqueSecret::generate()?);
            let request = ContactRequest { reference: reference.clone(), ..request.clone() };
            let mail = acknowledgement(profile, filable, &request);
            match self.inner.store.file_contact_request(request, mail, LIMITS).await {
                Ok(filed) => {
                    if matches!(filed, Filed::Filed { .. }) {
                        self.inner.meter.add(crate::model::Count::ContactRequests, 1);
                    }
                    return Ok((reference, filed));
                }
                Err(error) => refused = error.into(),
            }
            if !matches!(refused, TenantFault::Conflict { .. }) {
                break;
            }
        }
        Err(refused)
    }

    /// The receipt of a form that is thrown away: a robot's, which is not to notice.
    ///
    /// # Errors
    /// [`TenantFault::Unavailable`] without random bytes.
    pub fn pretended_receipt(
        &self,
        identifier: &Identifier,
        message: &str,
    ) -> Result<ContactReceipt, TenantFault> {
        Ok(ContactReceipt::Filed {
            reference: reference(&OpaqueSecret::generate()?),
            at: self.inner.clock.now(),
            acknowledged: identifier.kind == IdentifierKind::EmailAddress,
            secret: OpaqueSecret::generate()?.expose().to_owned(),
            message: redact::secrets(message),
        })
    }
}

/// The mail about a request, where there is an address to send it to.
fn acknowledgement(
    profile: &TenantProfile,
    filable: &Filable,
    request: &ContactRequest,
) -> Option<OutboxRow> {
    let address =
        filable.identifier.as_ref().filter(|name| name.kind == IdentifierKind::EmailAddress)?;
    Some(OutboxRow {
        tenant_id: profile.id().clone(),
        id: OutboxId::generate(request.created_at),
        kind: OutboxKind::Mail,
        topic: OutboxTopic::SupportAck,
        status: OutboxStatus::Due,
        subject: None,
        user_id: filable.user.clone(),
        episode: None,
        payload: serde_json::json!({
            "request": request.id.as_str(),
            "reference": request.reference,
            "address": address.display,
        })
        .to_string(),
        created_at: request.created_at,
        due_at: request.created_at,
        tries: 0,
        claimed_until: None,
        last_error: None,
        finished_at: None,
    })
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
