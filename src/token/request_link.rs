//! The secrets in links to a contact request: keyed digests of its id, so that a mail that is written
//! again carries the same link and nothing but a digest is stored. Knows no request.

use super::master_key::{DerivedKey, MasterKeys, Purpose};
use super::opaque_secret::OpaqueSecret;
use super::spelling::base62_name;
use crate::model::{ContactRequestId, TenantId};

/// What an `OpaqueSecret` has.
const DIGITS: usize = 32;

/// Where somebody was given the link: only who reads the mailbox has the one of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    Page,
    Mail,
}

impl Via {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Mail => "mail",
        }
    }
}

/// Makes the secrets of one tenant's requests.
#[derive(Debug)]
pub struct RequestLinks {
    newest: DerivedKey,
    older: Vec<DerivedKey>,
}

impl RequestLinks {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        let older = keys.all().skip(1).map(|key| key.derive(Purpose::RequestLink, tenant));
        Self { older: older.collect(), newest: keys.newest().derive(Purpose::RequestLink, tenant) }
    }

    /// The secret of a new request.
    #[must_use]
    pub fn secret(&self, request: &ContactRequestId, via: Via) -> Option<OpaqueSecret> {
        of(&self.newest, request, via)
    }

    /// The secret whose digest is stored, also where the master key has changed since.
    #[must_use]
    pub fn secret_of(
        &self,
        request: &ContactRequestId,
        via: Via,
        stored: &str,
    ) -> Option<OpaqueSecret> {
        std::iter::once(&self.newest)
            .chain(&self.older)
            .filter_map(|key| of(key, request, via))
            .find(|secret| secret.matches(stored))
    }
}

/// `None` never happens: a digest has as many bytes as the secret has digits.
fn of(key: &DerivedKey, request: &ContactRequestId, via: Via) -> Option<OpaqueSecret> {
    let named = format!("{}:{}", via.as_str(), request.as_str());
    OpaqueSecret::parse(&base62_name(&key.hmac(named.as_bytes()), DIGITS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;
    use crate::token::MasterKey;

    #[test]
    fn a_link_follows_from_its_request_and_outlives_a_new_master_key() {
        let tenant = TenantId::generate(Millis(1));
        let key = |byte| MasterKey::from_bytes([byte; 32]);
        let before = RequestLinks::for_tenant(&MasterKeys::new(key(1), Vec::new()), &tenant);
        let after = RequestLinks::for_tenant(&MasterKeys::new(key(2), vec![key(1)]), &tenant);
        let request = ContactRequestId::generate(Millis(1));
        let secret = before.secret(&request, Via::Page).unwrap();
        let stored = secret.digest();
        let again = |links: &RequestLinks, via| {
            links.secret_of(&request, via, &stored).map(|secret| secret.expose().to_owned())
        };
        assert_eq!(again(&before, Via::Page).as_deref(), Some(secret.expose()));
        assert_eq!(again(&after, Via::Page).as_deref(), Some(secret.expose()));
        assert_eq!(again(&after, Via::Mail), None);
        assert_ne!(after.secret(&request, Via::Page).unwrap().digest(), stored);
        assert_ne!(before.secret(&request, Via::Mail).unwrap().digest(), stored);
    }
}
