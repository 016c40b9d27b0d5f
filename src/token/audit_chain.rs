//! The chain over a tenant's audit rows: each link is a keyed digest of the link before it and of the
//! row. Who can write the table but has not the master key can neither change a row unseen nor take
//! one out. Knows no table, and not what a row means.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::master_key::{DerivedKey, MasterKeys, Purpose};
use crate::model::TenantId;

/// What stands before the first link.
pub const START: &str = "start";

/// A row as the chain takes it: every column but the chain's own.
#[derive(Debug, Clone, Copy)]
pub struct ChainedRow<'a> {
    /// The row's place, from 1.
    pub seq: i64,
    pub id: &'a str,
    /// Unix milliseconds.
    pub at: i64,
    pub actor: &'a str,
    pub action: &'a str,
    pub subject: Option<&'a str>,
    pub user: Option<&'a str>,
    pub detail: &'a str,
}

/// How a link that was kept stands to its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkCheck {
    Whole,
    Broken,
    /// Its key is not among those that are listed: it was taken from the master key file.
    UnknownKey,
}

/// Makes and checks the links of one tenant.
#[derive(Debug)]
pub struct AuditChain {
    newest: DerivedKey,
    older: Vec<DerivedKey>,
}

impl AuditChain {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        let older = keys.all().skip(1).map(|key| key.derive(Purpose::AuditChain, tenant));
        Self { older: older.collect(), newest: keys.newest().derive(Purpose::AuditChain, tenant) }
    }

    /// The link of `row` after `before` ([`START`] for the first row): the key's public name, a dot,
    /// and 64 hexadecimal digits.
    #[must_use]
    pub fn link(&self, before: &str, row: &ChainedRow<'_>) -> String {
        linked(&self.newest, before, row)
    }

    /// What the link of `row` after `before` had to be under the key that made `kept`; `None` where
    /// that key is not listed.
    #[must_use]
    pub fn expected(&self, before: &str, row: &ChainedRow<'_>, kept: &str) -> Option<String> {
        let (name, _) = kept.split_once('.')?;
        let mut keys = std::iter::once(&self.newest).chain(&self.older);
        keys.find(|key| key.id() == name).map(|key| linked(key, before, row))
    }

    /// Whether `kept` is the link of `row` after `before`; in constant time.
    #[must_use]
    pub fn check(&self, before: &str, row: &ChainedRow<'_>, kept: &str) -> LinkCheck {
        match self.expected(before, row, kept) {
            None => LinkCheck::UnknownKey,
            Some(link) if verify_slices_are_equal(link.as_bytes(), kept.as_bytes()).is_ok() => {
                LinkCheck::Whole
            }
            Some(_) => LinkCheck::Broken,
        }
    }
}

fn linked(key: &DerivedKey, before: &str, row: &ChainedRow<'_>) -> String {
    let digest = key.hmac(&message(before, row));
    let digits = digest.iter().map(|byte| format!("{byte:02x}"));
    format!("{}.{}", key.id(), digits.collect::<String>())
}

/// Each part with its length before it, so that no two rows spell the same bytes; a text that is not
/// there is told apart from an empty one.
fn message(before: &str, row: &ChainedRow<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    let mut part = |text: &[u8]| {
        bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(text);
    };
    part(before.as_bytes());
    part(&row.seq.to_be_bytes());
    part(row.id.as_bytes());
    part(&row.at.to_be_bytes());
    for text in [row.actor, row.action, row.detail] {
        part(text.as_bytes());
    }
    for text in [row.subject, row.user] {
        part(if text.is_some() { b"1" } else { b"0" });
        part(text.unwrap_or_default().as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;
    use crate::token::MasterKey;

    const ROW: ChainedRow<'_> = ChainedRow {
        seq: 1,
        id: "aud_1",
        at: 1_000,
        actor: "api",
        action: "user.locked",
        subject: Some("user_1"),
        user: None,
        detail: "{}",
    };

    fn keys(newest: u8, older: &[u8]) -> MasterKeys {
        let key = |byte: &u8| MasterKey::from_bytes([*byte; 32]);
        MasterKeys::new(key(&newest), older.iter().map(key).collect())
    }

    #[test]
    fn no_part_of_a_row_can_change_unseen() {
        let tenant = TenantId::generate(Millis(1));
        let chain = AuditChain::for_tenant(&keys(1, &[]), &tenant);
        let link = chain.link(START, &ROW);
        assert_eq!(chain.check(START, &ROW, &link), LinkCheck::Whole);
        let changed = [
            ChainedRow { seq: 2, ..ROW },
            ChainedRow { id: "aud_2", ..ROW },
            ChainedRow { at: 1_001, ..ROW },
            ChainedRow { actor: "apis", ..ROW },
            ChainedRow { action: "user.lockee", ..ROW },
            ChainedRow { subject: None, ..ROW },
            ChainedRow { subject: None, user: Some("user_1"), ..ROW },
            ChainedRow { user: Some(""), ..ROW },
            ChainedRow { detail: "{ }", ..ROW },
            // The same letters, cut elsewhere.
            ChainedRow { actor: "apiu", action: "ser.locked", ..ROW },
        ];
        for row in changed {
            assert_eq!(chain.check(START, &row, &link), LinkCheck::Broken, "{row:?}");
        }
        assert_eq!(chain.check(&link, &ROW, &link), LinkCheck::Broken, "after another link");
        let other = TenantId::generate(Millis(1));
        let foreign = AuditChain::for_tenant(&keys(1, &[]), &other);
        assert_ne!(foreign.check(START, &ROW, &link), LinkCheck::Whole);
    }

    #[test]
    fn links_outlive_a_new_master_key_as_long_as_the_old_one_is_listed() {
        let tenant = TenantId::generate(Millis(1));
        let link = AuditChain::for_tenant(&keys(1, &[]), &tenant).link(START, &ROW);
        let listed = AuditChain::for_tenant(&keys(2, &[1]), &tenant);
        assert_eq!(listed.check(START, &ROW, &link), LinkCheck::Whole);
        assert_ne!(listed.link(START, &ROW), link);
        let gone = AuditChain::for_tenant(&keys(2, &[]), &tenant);
        assert_eq!(gone.check(START, &ROW, &link), LinkCheck::UnknownKey);
        assert_eq!(gone.check(START, &ROW, "no link"), LinkCheck::UnknownKey);
    }
}
