//! A tenant's API keys in Clerk's spelling: secret keys, kept only as a digest, and publishable keys,
//! which are nothing but the name of the Frontend API's host. Knows nothing of tenants.

use aws_lc_rs::digest;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretString};

use super::KeyFault;
use super::opaque_secret::sha256_hex;
use super::spelling::{base64url, random_base62};

/// 256 bits in base62.
const SECRET_CHARS: usize = 43;

/// Longest text read as a key: a publishable key of the longest host name is 350.
const MAX_KEY_CHARS: usize = 512;

/// Clerk's SDKs take publishable keys with and without padding.
const HOST_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a tenant is for development or in use; the SDKs warn and behave by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyMode {
    Test,
    Live,
}

impl KeyMode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

/// A secret key, `sk_test_…` or `sk_live_…`. Shown once, stored as its digest.
pub struct SecretKey(SecretString);

impl SecretKey {
    /// # Errors
    /// [`KeyFault::Random`].
    pub fn generate(mode: KeyMode) -> Result<Self, KeyFault> {
        let secret = random_base62(SECRET_CHARS)?;
        Ok(Self(format!("sk_{}_{secret}", mode.as_str()).into()))
    }

    /// Takes the text after `Bearer`: a key of ours by its shape, or `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let secret = text.strip_prefix("sk_test_").or_else(|| text.strip_prefix("sk_live_"))?;
        let shaped =
            secret.len() == SECRET_CHARS && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        shaped.then(|| Self(text.to_owned().into()))
    }

    /// The key itself: to be shown once to whoever made it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored and looked up: SHA-256 in hexadecimal. A look-up by digest leaks no timing
    /// worth having, because nobody can choose a digest's beginning.
    #[must_use]
    pub fn digest(&self) -> String {
        sha256_hex(self.expose().as_bytes())
    }

    /// How the key is listed: prefix and last four characters, `sk_test_…aB3d`.
    #[must_use]
    pub fn display(&self) -> String {
        let prefix: String = self.expose().chars().take("sk_test_".len()).collect();
        let before = self.expose().chars().count().saturating_sub(4);
        let tail: String = self.expose().chars().skip(before).collect();
        format!("{prefix}…{tail}")
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The publishable key of a tenant whose Frontend API is at `host` (with its port).
#[must_use]
pub fn publishable_key(mode: KeyMode, host: &str) -> String {
    format!("pk_{}_{}", mode.as_str(), HOST_BASE64.encode(format!("{host}$")))
}

/// The mode and host inside a publishable key; `None` for any other text.
#[must_use]
pub fn decode_publishable_key(key: &str) -> Option<(KeyMode, String)> {
    if key.len() > MAX_KEY_CHARS {
        return None;
    }
    let (mode, encoded) = match (key.strip_prefix("pk_test_"), key.strip_prefix("pk_live_")) {
        (Some(encoded), _) => (KeyMode::Test, encoded),
        (None, Some(encoded)) => (KeyMode::Live, encoded),
        (None, None) => return None,
    };
    let text = String::from_utf8(HOST_BASE64.decode(encoded).ok()?).ok()?;
    let host = text.strip_suffix('$')?;
    // The SDKs' own rules: one `$`, at the end, and a host with a dot.
    (host.contains('.') && !host.contains('$')).then(|| (mode, host.to_owned()))
}

/// The suffix of a tenant's cookies: the first 8 characters of base64url(SHA-1(publishable key)).
/// Clerk's rule; SHA-1 protects nothing here.
#[must_use]
pub fn cookie_suffix(publishable_key: &str) -> String {
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, publishable_key.as_bytes());
    base64url(sha1.as_ref()).chars().take(8).collect()
}
