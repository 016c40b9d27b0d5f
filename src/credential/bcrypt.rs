//! bcrypt hashes from elsewhere: the form `$2b$cost$salt+hash`, and Django's, which hashes a SHA-256
//! of the password so that long ones are not cut. Only checks; knows neither users nor the pool.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretSlice};

use super::imported_hash::DigestFault;
use super::password::Password;

/// bcrypt's own least, and the most that a worker computes (about 1 s).
const COST: std::ops::RangeInclusive<u32> = 4..=14;
/// Bytes of a key that the cipher takes; bcrypt never looked at more.
const KEY_BYTES: usize = 72;
const SALT_CHARS: usize = 22;
const HASH_CHARS: usize = 31;
/// One doubling of the cost beside one block of argon2, both measured in time.
const WORK_A_ROUND: u64 = 150;

const FORM: DigestFault = DigestFault::Form("$2b$<cost>$<salt and hash, 53 characters>");
const DJANGO: &str = "bcrypt_sha256$";

/// Writers leave the spare bits of the last character as they fall.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_encode_padding(false)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

/// What the cipher is keyed with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Password,
    /// The password's SHA-256 in hex.
    Sha256,
}

/// A parsed hash.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct BcryptHash {
    key: Key,
    cost: u32,
    salt: [u8; 16],
    hash: [u8; 23],
}

impl BcryptHash {
    /// `$2a$`, `$2b$` or `$2y$`; not `$2x$`, whose passwords outside ASCII were hashed wrongly.
    pub(super) fn parse(text: &str) -> Result<Self, DigestFault> {
        Self::of(text, Key::Password)
    }

    /// As Django stores it: `bcrypt_sha256$$2b$12$…`.
    pub(super) fn parse_django(text: &str) -> Result<Self, DigestFault> {
        let inner = text.strip_prefix(DJANGO);
        let form = DigestFault::Form("bcrypt_sha256$$2b$<cost>$<salt and hash, 53 characters>");
        Self::of(inner.ok_or(form)?, Key::Sha256)
    }

    fn of(text: &str, key: Key) -> Result<Self, DigestFault> {
        let mut parts = text.split('$');
        let (Some(""), Some("2a" | "2b" | "2y"), Some(cost), Some(rest), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(FORM);
        };
        let (salt, hash) = rest.split_at_checked(SALT_CHARS).ok_or(FORM)?;
        if hash.len() != HASH_CHARS || cost.len() != 2 {
            return Err(FORM);
        }
        let cost: u32 = cost.parse().map_err(|_| FORM)?;
        if !COST.contains(&cost) {
            return Err(DigestFault::Cost("bcrypt costs from 4 to 14"));
        }
        let bytes = |text: &str| ENGINE.decode(text).map_err(|_| FORM);
        let salt = <[u8; 16]>::try_from(bytes(salt)?).map_err(|_| FORM)?;
        let hash = <[u8; 23]>::try_from(bytes(hash)?).map_err(|_| FORM)?;
        Ok(Self { key, cost, salt, hash })
    }

    pub(super) fn is_of(&self, password: &Password) -> bool {
        let hex = hex(digest(&SHA256, password.expose()).as_ref());
        let text = match self.key {
            Key::Password => password.expose(),
            Key::Sha256 => &hex,
        };
        // A C string with its end, as far as it fits.
        let length = text.len().saturating_add(1).min(KEY_BYTES);
        let key: Vec<u8> = text.iter().copied().chain([0]).take(length).collect();
        let key: SecretSlice<u8> = key.into();
        let made = bcrypt::bcrypt(self.cost, self.salt, key.expose_secret());
        made.get(..self.hash.len())
            .is_some_and(|made| verify_slices_are_equal(made, &self.hash).is_ok())
    }

    pub(super) fn work(&self) -> u64 {
        WORK_A_ROUND << self.cost
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}
