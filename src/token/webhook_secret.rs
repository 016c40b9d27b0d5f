//! Secrets that webhook deliveries are signed with (Standard Webhooks 1.0, which is Svix's form): the
//! one that signs now and, for a while after a rotation, those before it. Sealed together in the
//! database. Knows no endpoint and no message.

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};

use super::{KeyFault, MasterKeys, Purpose};
use crate::model::{Millis, TenantId};

/// What a written secret starts with.
const PREFIX: &str = "whsec_";
/// Bytes of a new one; the specification allows 24 to 64.
const SECRET_BYTES: usize = 32;
const ALLOWED_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Secrets that a rotation replaced, kept at most: rotating again and again grows nothing.
const MOST_OLDER: usize = 3;

/// One secret. Prints nothing of itself.
#[derive(Clone)]
pub struct WebhookSecret(SecretSlice<u8>);

/// The secrets of one endpoint.
#[derive(Clone)]
pub struct WebhookSecrets {
    newest: WebhookSecret,
    /// With the instant from which each signs no more, newest first.
    older: Vec<(WebhookSecret, Millis)>,
}

/// As sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    newest: String,
    older: Vec<(String, Millis)>,
}

impl WebhookSecret {
    /// # Errors
    /// [`KeyFault::Random`].
    pub fn generate() -> Result<Self, KeyFault> {
        let mut bytes = vec![0; SECRET_BYTES];
        rand::fill(&mut bytes).map_err(|_| KeyFault::Random)?;
        Ok(Self(bytes.into()))
    }

    /// Takes `whsec_` and Base64 of 24 to 64 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        ALLOWED_BYTES.contains(&bytes.len()).then(|| Self(bytes.into()))
    }

    /// As its owner is shown it.
    #[must_use]
    pub fn written(&self) -> SecretString {
        format!("{PREFIX}{}", STANDARD.encode(self.0.expose_secret())).into()
    }

    /// HMAC-SHA256 over `id.timestamp.body`, in Base64. `timestamp` is in seconds.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret());
        let mut signing = hmac::Context::with_key(&key);
        let timestamp = timestamp.to_string();
        for part in [id, ".", &timestamp, ".", body] {
            signing.update(part.as_bytes());
        }
        STANDARD.encode(signing.sign().as_ref())
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

impl WebhookSecrets {
    /// The first secret of an endpoint.
    #[must_use]
    pub const fn first(secret: WebhookSecret) -> Self {
        Self { newest: secret, older: Vec::new() }
    }

    #[must_use]
    pub const fn newest(&self) -> &WebhookSecret {
        &self.newest
    }

    /// With `secret` as the newest; the one before it goes on signing until `until`.
    #[must_use]
    pub fn rotated(self, secret: WebhookSecret, until: Millis, now: Millis) -> Self {
        let older = std::iter::once((self.newest, until)).chain(self.older);
        let mut older: Vec<_> = older.filter(|(_, end)| *end > now).collect();
        older.truncate(MOST_OLDER);
        Self { newest: secret, older }
    }

    /// Those that sign at `now`, the newest first.
    pub fn signing(&self, now: Millis) -> impl Iterator<Item = &WebhookSecret> {
        let older = self.older.iter().filter(move |(_, end)| *end > now);
        std::iter::once(&self.newest).chain(older.map(|(secret, _)| secret))
    }

    /// # Errors
    /// [`KeyFault::Seal`].
    pub fn seal(&self, keys: &MasterKeys, tenant: &TenantId) -> Result<String, KeyFault> {
        let text = |secret: &WebhookSecret| secret.written().expose_secret().to_owned();
        let older = self.older.iter().map(|(secret, end)| (text(secret), *end)).collect();
        let kept = Kept { newest: text(&self.newest), older };
        let json = serde_json::to_vec(&kept).map_err(|_| KeyFault::Seal)?;
        keys.seal(Purpose::WebhookAtRest, tenant, &json)
    }

    /// # Errors
    /// [`KeyFault::Open`] for what [`WebhookSecrets::seal`] did not make.
    pub fn open(keys: &MasterKeys, tenant: &TenantId, sealed: &str) -> Result<Self, KeyFault> {
        let json = keys.open(Purpose::WebhookAtRest, tenant, sealed)?;
        let kept: Kept =
            serde_json::from_slice(json.expose_secret()).map_err(|_| KeyFault::Open)?;
        let parsed = |text: &str| WebhookSecret::parse(text).ok_or(KeyFault::Open);
        let older = kept.older.iter().map(|(text, end)| Ok((parsed(text)?, *end)));
        Ok(Self { newest: parsed(&kept.newest)?, older: older.collect::<Result<_, KeyFault>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use crate::token::MasterKey;

    /// The example of the Standard Webhooks specification and of Svix's documentation.
    #[test]
    fn signs_as_the_published_example() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_secrets_of_the_form_are_taken() {
        let long = format!("whsec_{}", STANDARD.encode([1; 65]));
        let short = format!("whsec_{}", STANDARD.encode([1; 23]));
        for odd in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_§", &long, &short] {
            assert!(WebhookSecret::parse(odd).is_none(), "{odd}");
        }
        let made = WebhookSecret::generate().unwrap();
        let again = WebhookSecret::parse(made.written().expose_secret()).unwrap();
        assert_eq!(made.sign("a", 1, "b"), again.sign("a", 1, "b"));
    }

    #[test]
    fn a_replaced_secret_signs_until_its_end_and_sealing_keeps_both() {
        let keys = MasterKeys::new(MasterKey::from_bytes([3; 32]), Vec::new());
        let tenant = TenantId::from_stored("ins_1".to_owned());
        let (now, end) = (Millis(1_000), Millis(1_000).after(Span::DAY));
        let first = WebhookSecrets::first(WebhookSecret::generate().unwrap());
        let both = first.rotated(WebhookSecret::generate().unwrap(), end, now);
        let sealed = both.seal(&keys, &tenant).unwrap();
        let opened = WebhookSecrets::open(&keys, &tenant, &sealed).unwrap();
        let signs = |secrets: &WebhookSecrets, at| {
            secrets.signing(at).map(|secret| secret.sign("a", 1, "b")).collect::<Vec<_>>()
        };
        assert_eq!(signs(&opened, now), signs(&both, now));
        assert_eq!((signs(&opened, now).len(), signs(&opened, end).len()), (2, 1));
        let other = TenantId::from_stored("ins_2".to_owned());
        assert!(WebhookSecrets::open(&keys, &other, &sealed).is_err(), "bound to its tenant");
    }

    #[test]
    fn rotating_for_ever_grows_nothing() {
        let mut secrets = WebhookSecrets::first(WebhookSecret::generate().unwrap());
        for _ in 0..20 {
            secrets = secrets.rotated(WebhookSecret::generate().unwrap(), Millis(9), Millis(1));
        }
        assert_eq!(secrets.signing(Millis(2)).count(), 1 + MOST_OLDER);
    }
}
