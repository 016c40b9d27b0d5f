//! Secrets that mean nothing: random text handed to one person and kept only as its SHA-256.
//! A digest without salt is enough for them, because nobody can guess 190 random bits.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use secrecy::{ExposeSecret, SecretString};

use super::KeyFault;
use super::spelling::{hex, random_base62};

/// 32 base62 digits, 190 bits.
const SECRET_CHARS: usize = 32;

/// A random secret: support request links, rotating parts of client cookies, tickets.
#[derive(Clone)]
pub struct OpaqueSecret(SecretString);

impl OpaqueSecret {
    /// # Errors
    /// [`KeyFault::Random`].
    pub fn generate() -> Result<Self, KeyFault> {
        Ok(Self(random_base62(SECRET_CHARS)?.into()))
    }

    /// Takes what could be one of ours: 32 ASCII letters and digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == SECRET_CHARS && text.bytes().all(|b| b.is_ascii_alphanumeric());
        plain.then(|| Self(text.to_owned().into()))
    }

    /// The secret itself, for the URL or cookie that carries it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored: SHA-256 as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        sha256_hex(self.expose().as_bytes())
    }

    /// Whether `stored` is this secret's digest; in constant time.
    #[must_use]
    pub fn matches(&self, stored: &str) -> bool {
        verify_slices_are_equal(self.digest().as_bytes(), stored.as_bytes()).is_ok()
    }
}

impl std::fmt::Debug for OpaqueSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpaqueSecret(…)")
    }
}

/// SHA-256 as 64 hexadecimal digits: for random secrets only, never for passwords or short codes.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}
