//! Password hashes that another system made, named as Clerk's `password_hasher` names them: read and
//! bounded when they come in, kept as `$lk$<hasher>$<digest>`, checked until their owner signs in and
//! gets one of ours. Knows neither users nor where hashes are kept.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::bcrypt::BcryptHash;
use super::hash::{Arena, HashCost, HashFault};
use super::password::Password;
use super::pbkdf2::Pbkdf2Hash;
use super::phpass::PhpassHash;
use super::scrypt::ScryptHash;
use super::stored_hash::{HashAge, PhcFault, PhcHash, Verdict};

/// Longest digest that is taken, in bytes; the longest in use, Firebase's, have about 300.
pub const MAX_DIGEST_BYTES: usize = 1024;

/// What leads an imported hash at rest. Argon2 hashes need it not: they name themselves.
const MARK: &str = "$lk$";

/// The hashers that are known, by Clerk's names.
pub const HASHERS: [&str; 12] = [
    "argon2i",
    "argon2id",
    "bcrypt",
    "bcrypt_sha256_django",
    "pbkdf2_sha1",
    "pbkdf2_sha256",
    "pbkdf2_sha256_django",
    "pbkdf2_sha512",
    "pbkdf2_sha512_hex",
    "phpass",
    "scrypt_firebase",
    "scrypt_werkzeug",
];

/// Clerk's other hashers that run a fast hash once: a leaked file of them is a file of passwords.
const TOO_FAST: [&str; 6] =
    ["md5", "md5_salted", "sha256", "sha256_salted", "ldap_ssha", "hmac_sha256_utf16_b64"];

/// A hash that another system made. Every value of this type can be computed within bounds.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportedHash {
    hasher: &'static str,
    digest: String,
    recipe: Recipe,
}

#[derive(Clone, PartialEq, Eq)]
enum Recipe {
    Argon2(PhcHash),
    Bcrypt(BcryptHash),
    Pbkdf2(Pbkdf2Hash),
    Phpass(PhpassHash),
    Scrypt(ScryptHash),
}

/// Why a digest is not taken. Never holds the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportFault {
    #[error("this hasher is not known; known are {}", HASHERS.join(", "))]
    Hasher,
    #[error(
        "hashes of this kind are guessed by the billion a second and are not taken; \
         import without them and let these users set a new password"
    )]
    TooFast,
    #[error("the digest is longer than {MAX_DIGEST_BYTES} bytes")]
    TooLong,
    #[error(transparent)]
    Digest(#[from] DigestFault),
}

/// Why a text is no digest of its hasher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestFault {
    #[error("the digest is not of the form {0}")]
    Form(&'static str),
    #[error("the digest costs more to check than is allowed: {0}")]
    Cost(&'static str),
    #[error(transparent)]
    Argon2(#[from] PhcFault),
}

impl ImportedHash {
    /// Reads a digest in the form that Clerk documents for its hasher.
    ///
    /// # Errors
    /// [`ImportFault`].
    pub fn parse(hasher: &str, digest: &str) -> Result<Self, ImportFault> {
        if TOO_FAST.contains(&hasher) {
            return Err(ImportFault::TooFast);
        }
        let known = HASHERS.into_iter().find(|known| *known == hasher);
        let hasher = known.ok_or(ImportFault::Hasher)?;
        if digest.len() > MAX_DIGEST_BYTES {
            return Err(ImportFault::TooLong);
        }
        let recipe = recipe(hasher, digest)?;
        Ok(Self { hasher, digest: digest.to_owned(), recipe })
    }

    /// Reads what [`Self::to_text`] wrote; `None` for other texts.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let (hasher, digest) = text.strip_prefix(MARK)?.split_once('$')?;
        Self::parse(hasher, digest).ok()
    }

    /// Whether a stored text is one of these.
    pub(super) fn is_text(text: &str) -> bool {
        text.starts_with(MARK)
    }

    /// The text to store.
    #[must_use]
    pub fn to_text(&self) -> String {
        match &self.recipe {
            Recipe::Argon2(hash) => hash.to_phc(),
            Recipe::Bcrypt(_) | Recipe::Pbkdf2(_) | Recipe::Phpass(_) | Recipe::Scrypt(_) => {
                format!("{MARK}{}${}", self.hasher, self.digest)
            }
        }
    }

    /// Whether `password` gave this hash; right ones are always to be hashed again.
    ///
    /// # Errors
    /// [`HashFault`]: not for any parsed hash.
    pub fn check(
        &self,
        password: &Password,
        present: HashCost,
        arena: &mut Arena,
    ) -> Result<Verdict, HashFault> {
        let right = match &self.recipe {
            Recipe::Argon2(hash) => return hash.check(password, present, arena),
            Recipe::Bcrypt(hash) => hash.is_of(password),
            Recipe::Pbkdf2(hash) => hash.is_of(password),
            Recipe::Phpass(hash) => hash.is_of(password),
            Recipe::Scrypt(hash) => hash.is_of(password)?,
        };
        Ok(if right { Verdict::Right(HashAge::Outdated) } else { Verdict::Wrong })
    }

    /// About how many blocks argon2 fills in the time that a check takes.
    #[must_use]
    pub fn work(&self) -> u64 {
        match &self.recipe {
            Recipe::Argon2(hash) => hash.cost().work(),
            Recipe::Bcrypt(hash) => hash.work(),
            Recipe::Pbkdf2(hash) => hash.work(),
            Recipe::Phpass(hash) => hash.work(),
            Recipe::Scrypt(hash) => hash.work(),
        }
    }
}

impl std::fmt::Debug for ImportedHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ImportedHash({}, …)", self.hasher)
    }
}

fn recipe(hasher: &'static str, digest: &str) -> Result<Recipe, DigestFault> {
    Ok(match hasher {
        "bcrypt" => Recipe::Bcrypt(BcryptHash::parse(digest)?),
        "bcrypt_sha256_django" => Recipe::Bcrypt(BcryptHash::parse_django(digest)?),
        "pbkdf2_sha1" => Recipe::Pbkdf2(Pbkdf2Hash::parse_sha1(digest)?),
        "pbkdf2_sha256" => Recipe::Pbkdf2(Pbkdf2Hash::parse_sha256(digest)?),
        "pbkdf2_sha256_django" => Recipe::Pbkdf2(Pbkdf2Hash::parse_sha256_django(digest)?),
        "pbkdf2_sha512" => Recipe::Pbkdf2(Pbkdf2Hash::parse_sha512(digest)?),
        "pbkdf2_sha512_hex" => Recipe::Pbkdf2(Pbkdf2Hash::parse_sha512_hex(digest)?),
        "phpass" => Recipe::Phpass(PhpassHash::parse(digest)?),
        "scrypt_firebase" => Recipe::Scrypt(ScryptHash::parse_firebase(digest)?),
        "scrypt_werkzeug" => Recipe::Scrypt(ScryptHash::parse_werkzeug(digest)?),
        // `argon2i` and `argon2id`, whose digests name the variant themselves.
        argon2 => {
            let named = digest.strip_prefix('$').and_then(|rest| rest.strip_prefix(argon2));
            if !named.is_some_and(|rest| rest.starts_with('$')) {
                return Err(PhcFault::Algorithm.into());
            }
            Recipe::Argon2(PhcHash::parse(digest)?)
        }
    })
}

/// Base64 in either alphabet, with or without its padding.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    ENGINE.decode(text.replace('-', "+").replace('_', "/")).ok()
}

/// Hex of either case.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let digits: Option<Vec<u8>> = text.as_bytes().iter().map(digit).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, d| (byte << 4) | d)).collect())
}
