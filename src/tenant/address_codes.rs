//! Codes that prove an address which nobody signs in with yet: a sign-up's, or a further one of a
//! user. Asking for one and trying it are the same whoever has the address by now. Knows no HTTP.

use std::time::Duration;

use secrecy::SecretString;

use super::codes::Ordered;
use super::identifications::proved;
use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{CanonicalKey, Source};
use crate::store::SubjectKey;
use crate::store::factor::Sent;
use crate::store::identifications::Origin;
use crate::store::one_time_codes::{
    Addressee, AskedBy, CODE_SPACING, CodeFault, CodePurpose, CodeRequest, CodeTry, Compared,
    Issued, OneTimeCode,
};
use crate::store::pending_identifications::PendingIdentification;

/// A code for an address that waits.
pub struct AddressOrder<'a> {
    pub address: &'a PendingIdentification,
    /// Whose share of mails it is; `None`: the tenant's server asks, which has none.
    pub source: Option<&'a Source>,
    pub locale: Option<String>,
}

/// Why a code that was typed for an address did not make it the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproved {
    /// No code was asked for.
    NotPrepared,
    Unusable(CodeFault),
    Wrong,
    /// The mailbox is the caller's, and somebody has the address by now.
    Claimed,
}

impl Tenants {
    /// Asks for a code to an address. The same rows are written whether or not somebody has it;
    /// whoever has it is told so instead of being sent a code.
    ///
    /// # Errors
    /// As any write.
    pub async fn order_address_code(
        &self,
        profile: &TenantProfile,
        order: AddressOrder<'_>,
    ) -> Result<Ordered, TenantFault> {
        let AddressOrder { address, source, locale } = order;
        let (tenant, now) = (profile.id().clone(), self.inner.clock.now());
        if let Some(last) = self.code_of(profile, address).await? {
            let until = last.created_at.after(CODE_SPACING);
            if now < until {
                return Ok(Ordered::TooSoon { wait: wait(until.since(now).0) });
            }
        }
        if let Some(source) = source
            && let Err(wait) = self.spend_mail_request(profile, source)
        {
            return Ok(Ordered::TooMany { wait });
        }
        let request = CodeRequest {
            tenant: tenant.clone(),
            subject: self.subject_of_codes(profile, address),
            purpose: CodePurpose::Address,
            way: Sent::Mail,
            to: Addressee::Pending(address.id.clone()),
            asked_by: AskedBy::Caller,
            locale,
        };
        match self.inner.store.issue_code(request).await? {
            Issued::Code(code) => {
                self.inner.store.prepare_pending(tenant, address.id.clone(), code.id).await?;
                Ok(Ordered::Sent)
            }
            Issued::TooSoon { until } => Ok(Ordered::TooSoon { wait: wait(until.since(now).0) }),
            Issued::TooMany { until } => Ok(Ordered::TooMany { wait: wait(until.since(now).0) }),
            Issued::Void => Ok(Ordered::Void),
        }
    }

    /// The code that was last sent to an address that is being proved.
    ///
    /// # Errors
    /// As any read.
    pub async fn code_of(
        &self,
        profile: &TenantProfile,
        address: &PendingIdentification,
    ) -> Result<Option<OneTimeCode>, TenantFault> {
        match &address.prepared_code {
            Some(id) => Ok(self.inner.reader.code(profile.id().clone(), id.clone()).await?),
            None => Ok(None),
        }
    }

    /// Tries a code for an address: five tries a code, spent before the answer.
    ///
    /// # Errors
    /// As any write; inside, why the address is not the caller's.
    pub(super) async fn try_address_code(
        &self,
        profile: &TenantProfile,
        address: &PendingIdentification,
        typed: &SecretString,
    ) -> Result<Result<(), Unproved>, TenantFault> {
        let Some(code) = self.code_of(profile, address).await? else {
            return Ok(Err(Unproved::NotPrepared));
        };
        let subject = self.subject_of_codes(profile, address);
        if let Err(fault) = code.usable(&subject, self.inner.clock.now()) {
            return Ok(Err(Unproved::Unusable(fault)));
        }
        let right = self.is_sent_code(profile, &code.id, typed, Some(&address.canonical_key));
        let compared = if right { Compared::Equal } else { Compared::Different };
        match self.inner.store.spend_code(code, compared).await? {
            CodeTry::Dead => return Ok(Err(Unproved::Unusable(CodeFault::Missing))),
            CodeTry::Spent => {}
        }
        if !right {
            return Ok(Err(Unproved::Wrong));
        }
        Ok(match self.is_taken(profile, address).await? {
            true => Err(Unproved::Claimed),
            false => Ok(()),
        })
    }

    /// Tries a code for a further address of a user, who signs in with it from then on.
    ///
    /// # Errors
    /// `NotFound` when the address waits no longer; as any write. Inside, why it is not proved.
    pub async fn prove_address(
        &self,
        profile: &TenantProfile,
        address: PendingIdentification,
        typed: &SecretString,
    ) -> Result<Result<(), Unproved>, TenantFault> {
        if let Err(why) = self.try_address_code(profile, &address, typed).await? {
            return Ok(Err(why));
        }
        let mut row = proved(address, Some("email_code"))?;
        row.updated_at = self.inner.clock.now();
        match self.prove(profile, row, Origin::Pending, None, None).await {
            Ok(()) => Ok(Ok(())),
            // Somebody was faster since it was looked up.
            Err(TenantFault::Conflict { what: "identifier" }) => Ok(Err(Unproved::Claimed)),
            Err(fault) => Err(fault),
        }
    }

    async fn is_taken(
        &self,
        profile: &TenantProfile,
        address: &PendingIdentification,
    ) -> Result<bool, TenantFault> {
        let (tenant, key) = (profile.id().clone(), address.canonical_key.clone());
        Ok(self.inner.reader.identified(tenant, key).await?.is_some())
    }

    /// What the codes to an unproved address are counted under: nobody's subject, whoever has the
    /// address or gets it meanwhile, or five codes a day would say so.
    fn subject_of_codes(
        &self,
        profile: &TenantProfile,
        address: &PendingIdentification,
    ) -> SubjectKey {
        // No identifier has control characters, so nobody signs in with this.
        let key = format!("\u{2}{}", address.canonical_key);
        self.phantom(profile, &CanonicalKey::from_stored(key))
    }
}

fn wait(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}
