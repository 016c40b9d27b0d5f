//! What a form of the console carries to show that the page it stands on was made for this very
//! session: a keyed digest of the session's id. Nothing is kept of it. Knows no form.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::master_key::{DerivedKey, MasterKeys, Purpose};
use super::spelling::base62_name;
use crate::model::{SessionId, TenantId};

/// 190 bits.
const DIGITS: usize = 32;

/// Makes and checks the form tokens of the console. `tenant` is the one that its staff are users of.
#[derive(Debug)]
pub struct FormTokens {
    newest: DerivedKey,
    older: Vec<DerivedKey>,
}

impl FormTokens {
    #[must_use]
    pub fn for_console(keys: &MasterKeys, tenant: &TenantId) -> Self {
        let older = keys.all().skip(1).map(|key| key.derive(Purpose::ConsoleForm, tenant));
        Self { older: older.collect(), newest: keys.newest().derive(Purpose::ConsoleForm, tenant) }
    }

    /// The token of a session's forms: 32 letters and digits.
    #[must_use]
    pub fn of(&self, session: &SessionId) -> String {
        of(&self.newest, session)
    }

    /// Whether `sent` is a token of this session's forms; in constant time.
    #[must_use]
    pub fn is_of(&self, session: &SessionId, sent: &str) -> bool {
        std::iter::once(&self.newest).chain(&self.older).any(|key| {
            verify_slices_are_equal(of(key, session).as_bytes(), sent.as_bytes()).is_ok()
        })
    }
}

fn of(key: &DerivedKey, session: &SessionId) -> String {
    base62_name(&key.hmac(session.as_str().as_bytes()), DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;
    use crate::token::MasterKey;

    #[test]
    fn a_token_is_good_for_its_own_session_and_outlives_a_new_master_key() {
        let tenant = TenantId::generate(Millis(1));
        let key = |byte| MasterKey::from_bytes([byte; 32]);
        let before = FormTokens::for_console(&MasterKeys::new(key(1), Vec::new()), &tenant);
        let after = FormTokens::for_console(&MasterKeys::new(key(2), vec![key(1)]), &tenant);
        let (mine, theirs) = (SessionId::generate(Millis(1)), SessionId::generate(Millis(1)));
        let token = before.of(&mine);
        assert_eq!(token.len(), DIGITS);
        assert!(before.is_of(&mine, &token) && after.is_of(&mine, &token));
        assert!(!before.is_of(&theirs, &token) && !before.is_of(&mine, ""));
        assert_ne!(token, after.of(&mine));
    }
}
