//! Addresses that mails come back to: a bounce to the row that was sent, an answer to its request.
//! Signed, so that only what we have sent can be answered. Lower-case letters and digits of fixed
//! length, because mail servers on the way fold case and some cut at signs. Knows no message.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

use super::master_key::{DerivedKey, MasterKeys, Purpose};
use crate::model::{ContactRequestId, OutboxId, TenantId};

/// Characters of an address behind the sign that begins them: kind, tenant, id, signature.
pub const SIGNED_CHARS: usize = 1 + TAG_CHARS + ID_CHARS + MAC_CHARS;

/// 40 bits: which tenant, found by `store::mail_settings`.
const TAG_CHARS: usize = 8;
/// 160 bits.
const ID_CHARS: usize = 32;
/// 65 bits, each guess of which is one mail.
const MAC_CHARS: usize = 13;

/// Base32 of RFC 4648 in lower case.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What an address is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailAddress {
    /// The envelope sender of this row's mail.
    Bounce(OutboxId),
    /// Where answers about this request go.
    Reply(ContactRequestId),
}

/// Makes and opens the addresses of one tenant.
#[derive(Debug)]
pub struct MailAddresses {
    tag: String,
    newest: DerivedKey,
    older: Vec<DerivedKey>,
}

impl MailAddresses {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        let key = |key: &super::MasterKey| key.derive(Purpose::MailAddress, tenant);
        Self {
            tag: Self::tag(tenant),
            newest: key(keys.newest()),
            older: keys.all().skip(1).map(key).collect(),
        }
    }

    /// Names the tenant in its addresses. No secret, and the same under every key.
    #[must_use]
    pub fn tag(tenant: &TenantId) -> String {
        let named = format!("mail-tag {}", tenant.as_str());
        base32(digest(&SHA256, named.as_bytes()).as_ref(), TAG_CHARS)
    }

    /// Where the signed part of an address stands, by what is before its `@`: at the end, behind
    /// whatever sign the mail server separates with.
    #[must_use]
    pub fn signed_part(local: &str) -> Option<&str> {
        local.get(local.len().checked_sub(SIGNED_CHARS)?..)
    }

    /// The tenant's name in a signed part that somebody wrote to; the rest is not looked at.
    #[must_use]
    pub fn tag_in(signed: &str) -> Option<String> {
        let signed = signed.to_ascii_lowercase();
        let fits = signed.len() == SIGNED_CHARS && signed.bytes().all(|b| DIGITS.contains(&b));
        signed.get(1..=TAG_CHARS).filter(|_| fits).map(str::to_owned)
    }

    /// The signed part of an address; `None` for an id that is none of ours.
    #[must_use]
    pub fn signed(&self, of: &MailAddress) -> Option<String> {
        let (kind, bytes) = match of {
            MailAddress::Bounce(id) => ('b', id.to_bytes()?),
            MailAddress::Reply(id) => ('r', id.to_bytes()?),
        };
        let said = format!("{kind}{}{}", self.tag, base32(&bytes, ID_CHARS));
        let mac = mac(&self.newest, &said);
        Some(format!("{said}{mac}"))
    }

    /// What a signed part is of; `None` unless this tenant has made it.
    #[must_use]
    pub fn open(&self, signed: &str) -> Option<MailAddress> {
        let signed = signed.to_ascii_lowercase();
        if Self::tag_in(&signed)? != self.tag {
            return None;
        }
        let (said, given) = signed.split_at_checked(SIGNED_CHARS.checked_sub(MAC_CHARS)?)?;
        let genuine = std::iter::once(&self.newest).chain(&self.older).any(|key| {
            verify_slices_are_equal(mac(key, said).as_bytes(), given.as_bytes()).is_ok()
        });
        let id: [u8; 20] = bytes_of(said.get(1 + TAG_CHARS..)?)?.try_into().ok()?;
        match said.chars().next().filter(|_| genuine)? {
            'b' => Some(MailAddress::Bounce(OutboxId::from_bytes(id))),
            'r' => Some(MailAddress::Reply(ContactRequestId::from_bytes(id))),
            _ => None,
        }
    }
}

fn mac(key: &DerivedKey, said: &str) -> String {
    base32(&key.hmac(said.as_bytes()), MAC_CHARS)
}

/// The first digits of bytes, five bits each.
fn base32(bytes: &[u8], digits: usize) -> String {
    let bit = |at: usize| {
        let byte = bytes.get(at / 8).copied().unwrap_or(0);
        (byte >> (7 - at % 8)) & 1
    };
    let digit = |n: usize| {
        let value = (0..5).fold(0_u8, |value, i| (value << 1) | bit(n.saturating_mul(5) + i));
        DIGITS.get(usize::from(value)).map_or('a', |digit| char::from(*digit))
    };
    (0..digits).map(digit).collect()
}

/// The bytes of digits whose bits fill them.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(20);
    let (mut held, mut bits) = (0_u16, 0_u32);
    for letter in text.bytes() {
        let value = DIGITS.iter().position(|digit| *digit == letter)?;
        held = (held << 5) | u16::try_from(value).ok()?;
        bits = bits.checked_add(5)?;
        if bits >= 8 {
            bits = bits.checked_sub(8)?;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Millis;
    use crate::token::MasterKey;

    fn addresses(tenant: &str, key: u8) -> MailAddresses {
        let keys = MasterKeys::new(MasterKey::from_bytes([key; 32]), Vec::new());
        MailAddresses::for_tenant(&keys, &TenantId::from_stored(tenant.to_owned()))
    }

    #[test]
    fn an_address_comes_back_whatever_case_it_was_folded_to() {
        let acme = addresses("ins_acme", 7);
        for of in [
            MailAddress::Bounce(OutboxId::generate(Millis(1_700_000_000_000))),
            MailAddress::Reply(ContactRequestId::generate(Millis(1_700_000_000_001))),
        ] {
            let signed = acme.signed(&of).unwrap();
            assert_eq!(signed.len(), 54);
            assert_eq!(acme.open(&signed), Some(of.clone()));
            assert_eq!(acme.open(&signed.to_uppercase()), Some(of));
            let tag = MailAddresses::tag(&TenantId::from_stored("ins_acme".to_owned()));
            assert_eq!(MailAddresses::tag_in(&signed), Some(tag));
        }
    }

    #[test]
    fn only_our_own_addresses_are_believed() {
        let acme = addresses("ins_acme", 7);
        let of = MailAddress::Bounce(OutboxId::generate(Millis(1_700_000_000_000)));
        let signed = acme.signed(&of).unwrap();
        assert_eq!(addresses("ins_other", 7).open(&signed), None);
        assert_eq!(addresses("ins_acme", 8).open(&signed), None);
        for at in 0..signed.len() {
            let mut changed = signed.clone().into_bytes();
            changed[at] = if changed[at] == b'a' { b'b' } else { b'a' };
            assert_eq!(acme.open(std::str::from_utf8(&changed).unwrap()), None, "{at}");
        }
        assert_eq!(acme.open(signed.strip_prefix('b').unwrap()), None);
        assert_eq!(acme.open(&format!("{signed}a")), None);
        let odd = MailAddress::Bounce(OutboxId::from_stored("out_1".to_owned()));
        assert_eq!(acme.signed(&odd), None);
    }

    #[test]
    fn after_the_key_has_changed_older_addresses_still_open() {
        let (old, new) = (MasterKey::from_bytes([7; 32]), MasterKey::from_bytes([8; 32]));
        let keys = MasterKeys::new(new, vec![old]);
        let now = MailAddresses::for_tenant(&keys, &TenantId::from_stored("ins_acme".to_owned()));
        let of = MailAddress::Reply(ContactRequestId::generate(Millis(1_700_000_000_000)));
        let before = addresses("ins_acme", 7).signed(&of).unwrap();
        assert_eq!(now.open(&before), Some(of));
    }

    proptest! {
        #[test]
        fn any_text_is_opened_without_a_panic(text in any::<String>(), digits in "[a-z2-7]{54}") {
            let acme = addresses("ins_acme", 7);
            prop_assert_eq!(acme.open(&text), None);
            prop_assert_eq!(acme.open(&digits), None);
        }

        #[test]
        fn bytes_come_back(bytes in any::<[u8; 20]>()) {
            prop_assert_eq!(bytes_of(&base32(&bytes, ID_CHARS)), Some(bytes.to_vec()));
        }
    }
}
