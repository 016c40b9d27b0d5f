//! The master key and everything derived from it: one key per purpose and tenant, and the sealing of
//! secrets at rest. Older master keys stay listed beside the newest until nothing needs them.
//! Knows nothing of files (`master_key_file`).

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretBox, SecretSlice};

use super::KeyFault;
use super::spelling::{base62_name, base64url, canonical_base64url};
use crate::model::TenantId;

/// Bytes of a master key and of every derived key.
pub const KEY_BYTES: usize = 32;

/// Characters of a key's public name.
pub(super) const KEY_ID_CHARS: usize = 8;

const NONCE_BYTES: usize = 12;
const SEAL_VERSION: &str = "s1";

/// What a derived key is for; no key serves two purposes. The text is part of the derivation:
/// changing one makes everything sealed under it unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    UnlockLink,
    /// Links in mails that sign in.
    SignInLink,
    /// What a tenant's server lets a user in with.
    SignInToken,
    /// The short codes in mails.
    OneTimeCode,
    /// Names of phantoms and entries of the published lock table.
    SubjectDigest,
    /// Identification ids shown for identifiers that may not exist.
    SilentId,
    ClientToken,
    DeviceCookie,
    SealedContext,
    /// Wrong passwords that may be repeated uncounted.
    RepeatedSecret,
    /// Private signing keys in the database.
    SigningKeyAtRest,
    /// Digests of recovery codes.
    RecoveryCode,
    /// TOTP and webhook secrets in the database.
    TotpAtRest,
    WebhookAtRest,
    /// Tenants' mail servers with their passwords.
    MailAtRest,
    /// Keys that sign tenants' mails.
    DkimAtRest,
    /// Addresses that bounces and answers come to.
    MailAddress,
    /// Tokens of the console's forms.
    ConsoleForm,
    /// Secrets in links to contact requests.
    RequestLink,
    /// Secrets in mails that invite to a team.
    InviteLink,
    /// Links between audit rows.
    AuditChain,
    /// Files of users that wait to be taken over: they hold password hashes.
    ImportAtRest,
}

impl Purpose {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnlockLink => "unlock-link",
            Self::SignInLink => "sign-in-link",
            Self::SignInToken => "sign-in-token",
            Self::OneTimeCode => "one-time-code",
            Self::SubjectDigest => "subject-digest",
            Self::SilentId => "silent-id",
            Self::ClientToken => "client-token",
            Self::DeviceCookie => "device-cookie",
            Self::SealedContext => "sealed-context",
            Self::RepeatedSecret => "repeated-secret",
            Self::SigningKeyAtRest => "signing-key-at-rest",
            Self::RecoveryCode => "recovery-code",
            Self::TotpAtRest => "totp-at-rest",
            Self::WebhookAtRest => "webhook-at-rest",
            Self::MailAtRest => "mail-at-rest",
            Self::DkimAtRest => "dkim-at-rest",
            Self::MailAddress => "mail-address",
            Self::ConsoleForm => "console-form",
            Self::RequestLink => "request-link",
            Self::InviteLink => "invite-link",
            Self::AuditChain => "audit-chain",
            Self::ImportAtRest => "import-at-rest",
        }
    }
}

/// One 32-byte key from which all others are derived. Prints nothing of itself.
pub struct MasterKey {
    bytes: SecretBox<[u8; KEY_BYTES]>,
    id: String,
}

/// A key for one purpose of one tenant, 256 bits. Prints nothing of itself, wiped when dropped.
pub struct DerivedKey {
    bytes: SecretBox<[u8; KEY_BYTES]>,
    id: String,
}

/// The newest master key, which seals, and older ones, which still open.
pub struct MasterKeys {
    newest: MasterKey,
    older: Vec<MasterKey>,
}

impl MasterKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`KeyFault::Random`].
    pub fn generate() -> Result<Self, KeyFault> {
        let mut bytes = [0; KEY_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyFault::Random)?;
        Ok(Self::from_bytes(bytes))
    }

    /// Takes 32 bytes as a key; whether they are random is checked where they are read.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        let id = base62_name(&hkdf(&bytes, &[b"key-id"]), KEY_ID_CHARS);
        Self { bytes: SecretBox::new(Box::new(bytes)), id }
    }

    /// The key's public name: 8 base62 characters.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.bytes.expose_secret()
    }

    /// The key for one purpose of one tenant: HKDF-SHA256 (RFC 5869).
    #[must_use]
    pub fn derive(&self, purpose: Purpose, tenant: &TenantId) -> DerivedKey {
        let parts = [purpose.as_str().as_bytes(), tenant.as_str().as_bytes()];
        let bytes = hkdf(self.expose(), &parts);
        let id = base62_name(&hkdf(&bytes, &[b"key-id"]), KEY_ID_CHARS);
        DerivedKey { bytes: SecretBox::new(Box::new(bytes)), id }
    }

    /// Encrypts a secret for the database (AES-256-GCM, random nonce), bound to purpose and tenant.
    /// The text names this key and holds only URL-safe characters and dots.
    ///
    /// # Errors
    /// [`KeyFault::Seal`].
    pub fn seal(
        &self,
        purpose: Purpose,
        tenant: &TenantId,
        secret: &[u8],
    ) -> Result<String, KeyFault> {
        let key = self.derive(purpose, tenant);
        let aead = RandomizedNonceKey::new(&AES_256_GCM, key.expose());
        let mut sealed = secret.to_vec();
        let nonce = aead
            .and_then(|aead| aead.seal_in_place_append_tag(bound_to(purpose, tenant), &mut sealed))
            .map_err(|_| KeyFault::Seal)?;
        let (nonce, body) = (base64url(nonce.as_ref()), base64url(&sealed));
        Ok(format!("{SEAL_VERSION}.{}.{nonce}.{body}", self.id))
    }

    fn open(
        &self,
        purpose: Purpose,
        tenant: &TenantId,
        nonce: [u8; NONCE_BYTES],
        mut sealed: Vec<u8>,
    ) -> Result<SecretSlice<u8>, KeyFault> {
        let key = self.derive(purpose, tenant);
        let aead = RandomizedNonceKey::new(&AES_256_GCM, key.expose());
        let aead = aead.map_err(|_| KeyFault::Open)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let plain = aead.open_in_place(nonce, bound_to(purpose, tenant), &mut sealed);
        let length = plain.map_err(|_| KeyFault::Open)?.len();
        sealed.truncate(length);
        Ok(sealed.into())
    }
}

impl MasterKeys {
    /// The newest first, then those it replaced, the most recent first.
    #[must_use]
    pub fn new(newest: MasterKey, older: Vec<MasterKey>) -> Self {
        Self { newest, older }
    }

    #[must_use]
    pub const fn newest(&self) -> &MasterKey {
        &self.newest
    }

    /// The key under which digests are made that must stay findable: the oldest still listed, so
    /// that a rotation forgets no phantom. Removing that key from the file does.
    #[must_use]
    pub fn oldest(&self) -> &MasterKey {
        self.older.last().unwrap_or(&self.newest)
    }

    /// All, the newest first.
    pub fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    /// [`MasterKey::seal`] with the newest key.
    ///
    /// # Errors
    /// [`KeyFault::Seal`].
    pub fn seal(
        &self,
        purpose: Purpose,
        tenant: &TenantId,
        secret: &[u8],
    ) -> Result<String, KeyFault> {
        self.newest.seal(purpose, tenant, secret)
    }

    /// Opens what [`Self::seal`] made, with whichever listed key made it.
    ///
    /// # Errors
    /// [`KeyFault::Open`] for anything changed, or sealed for another purpose, tenant or key.
    pub fn open(
        &self,
        purpose: Purpose,
        tenant: &TenantId,
        sealed: &str,
    ) -> Result<SecretSlice<u8>, KeyFault> {
        let mut parts = sealed.split('.');
        let (Some(SEAL_VERSION), Some(id), Some(nonce), Some(body), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(KeyFault::Open);
        };
        let nonce = canonical_base64url(nonce).and_then(|bytes| bytes.try_into().ok());
        let (Some(nonce), Some(body)) = (nonce, canonical_base64url(body)) else {
            return Err(KeyFault::Open);
        };
        let key = self.all().find(|key| key.id == id).ok_or(KeyFault::Open)?;
        key.open(purpose, tenant, nonce, body)
    }
}

impl DerivedKey {
    /// The key's public name, 8 base62 characters: the `kid` of what it signs.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    #[must_use]
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        self.bytes.expose_secret()
    }

    /// HMAC-SHA256 of `message` under this key.
    #[must_use]
    pub fn hmac(&self, message: &[u8]) -> [u8; KEY_BYTES] {
        hmac_sha256(self.expose(), &[message])
    }
}

macro_rules! prints_only_its_name {
    ($($name:ident)*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
prints_only_its_name!(MasterKey DerivedKey MasterKeys);

fn bound_to(purpose: Purpose, tenant: &TenantId) -> Aad<Vec<u8>> {
    Aad::from(info(&[purpose.as_str().as_bytes(), tenant.as_str().as_bytes()]))
}

/// Parts with their lengths before them, so that no two lists of parts spell the same bytes.
fn info(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"lockkeeper/1".to_vec();
    for part in parts {
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// HKDF-SHA256 with an empty salt, for one output block. Written over HMAC, which cannot fail where
/// the library's HKDF returns a `Result`; the tests hold it against that one.
fn hkdf(secret: &[u8], parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    let extracted = hmac_sha256(&[0; KEY_BYTES], &[secret]);
    hmac_sha256(&extracted, &[&info(parts), &[1]])
}

fn hmac_sha256(key: &[u8], message: &[&[u8]]) -> [u8; KEY_BYTES] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in message {
        context.update(part);
    }
    let mut bytes = [0; KEY_BYTES];
    for (to, from) in bytes.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivation_is_hkdf_sha256() {
        let salt = aws_lc_rs::hkdf::Salt::new(aws_lc_rs::hkdf::HKDF_SHA256, &[]);
        let tenant = TenantId::from_stored("ins_1".to_owned());
        let expected_info = info(&[b"unlock-link", b"ins_1"]);
        let extracted = salt.extract(&[7; 32]);
        let pieces = [expected_info.as_slice()];
        let mut expected = [0; 32];
        let okm = extracted.expand(&pieces, aws_lc_rs::hkdf::HKDF_SHA256).unwrap();
        okm.fill(&mut expected).unwrap();
        let key = MasterKey::from_bytes([7; 32]).derive(Purpose::UnlockLink, &tenant);
        assert_eq!(*key.expose(), expected);
    }
}
