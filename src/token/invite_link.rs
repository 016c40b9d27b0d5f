//! The secrets in mails that invite to a team: keyed digests of the mail's row, so that a mail that is
//! written again carries the same link and nothing but a digest is stored. Knows no team.

use super::master_key::{DerivedKey, MasterKeys, Purpose};
use super::opaque_secret::OpaqueSecret;
use super::spelling::base62_name;
use crate::model::{OutboxId, TenantId};

/// What an `OpaqueSecret` has.
const DIGITS: usize = 32;

/// Makes the secrets of mails of one tenant, which is the console's own.
#[derive(Debug)]
pub struct InviteLinks {
    newest: DerivedKey,
    older: Vec<DerivedKey>,
}

impl InviteLinks {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        let older = keys.all().skip(1).map(|key| key.derive(Purpose::InviteLink, tenant));
        Self { older: older.collect(), newest: keys.newest().derive(Purpose::InviteLink, tenant) }
    }

    /// The secret in a new mail.
    #[must_use]
    pub fn secret(&self, mail: &OutboxId) -> Option<OpaqueSecret> {
        of(&self.newest, mail)
    }

    /// The secret whose digest is stored, also where the master key has changed since.
    #[must_use]
    pub fn secret_of(&self, mail: &OutboxId, stored: &str) -> Option<OpaqueSecret> {
        std::iter::once(&self.newest)
            .chain(&self.older)
            .filter_map(|key| of(key, mail))
            .find(|secret| secret.matches(stored))
    }
}

/// `None` never happens: a digest has as many bytes as the secret has digits.
fn of(key: &DerivedKey, mail: &OutboxId) -> Option<OpaqueSecret> {
    OpaqueSecret::parse(&base62_name(&key.hmac(mail.as_str().as_bytes()), DIGITS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;
    use crate::token::MasterKey;

    #[test]
    fn a_link_follows_from_its_mail_and_outlives_a_new_master_key() {
        let tenant = TenantId::generate(Millis(1));
        let key = |byte| MasterKey::from_bytes([byte; 32]);
        let before = InviteLinks::for_tenant(&MasterKeys::new(key(1), Vec::new()), &tenant);
        let after = InviteLinks::for_tenant(&MasterKeys::new(key(2), vec![key(1)]), &tenant);
        let mail = OutboxId::generate(Millis(1));
        let secret = before.secret(&mail).unwrap();
        let stored = secret.digest();
        let again = |links: &InviteLinks, mail: &OutboxId| {
            links.secret_of(mail, &stored).map(|secret| secret.expose().to_owned())
        };
        assert_eq!(again(&before, &mail).as_deref(), Some(secret.expose()));
        assert_eq!(again(&after, &mail).as_deref(), Some(secret.expose()));
        assert_eq!(again(&after, &OutboxId::generate(Millis(1))), None);
        assert_ne!(after.secret(&mail).unwrap().digest(), stored);
    }
}
