//! Hashes at rest: the PHC text form (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`), making one and
//! checking a password against one; those of other systems are `imported_hash`'s. Knows nothing of where they are stored.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::hash::{Arena, CostFault, HashCost, HashFault, Variant};
use super::imported_hash::ImportedHash;
use super::password::Password;

/// 16 bytes: RFC 9106 §3.1's recommendation for password hashing.
const SALT_BYTES: usize = 16;
const TAG_BYTES: usize = 32;

/// Longest text taken for a hash; ours are 97 characters.
const MAX_TEXT: usize = 512;

/// A parsed argon2 hash. Its cost is known to be computable.
#[derive(Clone, PartialEq, Eq)]
pub struct PhcHash {
    variant: Variant,
    cost: HashCost,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

/// What a password is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredHash {
    Real(PhcHash),
    /// Made by another system; its owner's next right password replaces it.
    Imported(Box<ImportedHash>),
    /// Nobody has the identifier, or the user has no password: the same work, always wrong.
    Decoy,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Right(HashAge),
    Wrong,
}

/// Whether a right password's hash was made with the present cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashAge {
    Current,
    /// Hash the password again and store that: the cost setting has changed, or it was imported.
    Outdated,
}

/// Why a text is no hash that we can check. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhcFault {
    #[error("password hash is not in PHC form ($argon2id$v=19$m=…,t=…,p=…$salt$hash)")]
    Shape,
    #[error("password hash is neither argon2id nor argon2i")]
    Algorithm,
    #[error("password hash is of another argon2 version than 19")]
    Version,
    #[error("password hash has a salt outside 8 to 64 bytes, or one that is not base64")]
    Salt,
    #[error("password hash is outside 16 to 64 bytes, or not base64")]
    Tag,
    #[error("imported password hash cannot be read")]
    Imported,
    #[error(transparent)]
    Cost(#[from] CostFault),
}

impl StoredHash {
    /// Reads a stored hash.
    ///
    /// # Errors
    /// [`PhcFault`], see [`PhcHash::parse`].
    pub fn parse(text: &str) -> Result<Self, PhcFault> {
        if ImportedHash::is_text(text) {
            let imported = ImportedHash::from_text(text).ok_or(PhcFault::Imported)?;
            return Ok(Self::Imported(Box::new(imported)));
        }
        PhcHash::parse(text).map(Self::Real)
    }
}

impl PhcHash {
    /// Reads the PHC form of an argon2id or argon2i hash, version 19, parameters in the order m, t, p.
    ///
    /// # Errors
    /// [`PhcFault`] for any other text, and for costs beyond what a worker computes.
    pub fn parse(text: &str) -> Result<Self, PhcFault> {
        if text.len() > MAX_TEXT {
            return Err(PhcFault::Shape);
        }
        let mut parts = text.split('$');
        let (Some(""), Some(algorithm), Some(version), Some(cost), Some(salt), Some(tag), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(PhcFault::Shape);
        };
        let variant = match algorithm {
            "argon2id" => Variant::Id,
            "argon2i" => Variant::I,
            _ => return Err(PhcFault::Algorithm),
        };
        if version != "v=19" {
            return Err(PhcFault::Version);
        }
        let salt = STANDARD_NO_PAD.decode(salt).map_err(|_| PhcFault::Salt)?;
        let tag = STANDARD_NO_PAD.decode(tag).map_err(|_| PhcFault::Tag)?;
        if !(8..=64).contains(&salt.len()) {
            return Err(PhcFault::Salt);
        }
        if !(16..=64).contains(&tag.len()) {
            return Err(PhcFault::Tag);
        }
        Ok(Self { variant, cost: parse_cost(cost)?, salt, tag })
    }

    /// Hashes a new password with a fresh salt.
    ///
    /// # Errors
    /// [`HashFault`] where the system gives no random bytes.
    pub fn make(password: &Password, cost: HashCost, arena: &mut Arena) -> Result<Self, HashFault> {
        let mut made = Self::random(cost)?;
        arena.compute(made.variant, cost, password, &made.salt, &mut made.tag)?;
        Ok(made)
    }

    /// A hash of nothing: random salt, random tag. The decoy, and the frame of [`Self::make`].
    ///
    /// # Errors
    /// [`HashFault::Random`].
    pub(super) fn random(cost: HashCost) -> Result<Self, HashFault> {
        let mut salt = vec![0; SALT_BYTES];
        let mut tag = vec![0; TAG_BYTES];
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| HashFault::Random)?;
        aws_lc_rs::rand::fill(&mut tag).map_err(|_| HashFault::Random)?;
        Ok(Self { variant: Variant::Id, cost, salt, tag })
    }

    /// Whether `password` gave this hash; the tags are compared in constant time. `present` is the
    /// cost of new hashes.
    ///
    /// # Errors
    /// [`HashFault`] where argon2 refuses: not for any parsed hash.
    pub fn check(
        &self,
        password: &Password,
        present: HashCost,
        arena: &mut Arena,
    ) -> Result<Verdict, HashFault> {
        let mut tag = vec![0; self.tag.len()];
        arena.compute(self.variant, self.cost, password, &self.salt, &mut tag)?;
        if verify_slices_are_equal(&tag, &self.tag).is_err() {
            return Ok(Verdict::Wrong);
        }
        let current = self.variant == Variant::Id && self.cost == present;
        Ok(Verdict::Right(if current { HashAge::Current } else { HashAge::Outdated }))
    }

    #[must_use]
    pub const fn cost(&self) -> HashCost {
        self.cost
    }

    /// The text to store.
    #[must_use]
    pub fn to_phc(&self) -> String {
        format!(
            "${}$v=19$m={},t={},p={}${}${}",
            self.variant.as_str(),
            self.cost.memory_kib(),
            self.cost.iterations(),
            self.cost.lanes(),
            STANDARD_NO_PAD.encode(&self.salt),
            STANDARD_NO_PAD.encode(&self.tag)
        )
    }
}

impl std::fmt::Debug for PhcHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PhcHash({}, {:?}, …)", self.variant.as_str(), self.cost)
    }
}

fn parse_cost(text: &str) -> Result<HashCost, PhcFault> {
    let mut fields = text.split(',');
    let mut number = |name: &str| {
        let digits = fields.next().and_then(|field| field.strip_prefix(name))?;
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        // A number beyond u32 is absurd, not misshapen: it gets the message with the range.
        plain.then(|| digits.parse::<u32>().unwrap_or(u32::MAX))
    };
    let (Some(memory), Some(iterations), Some(lanes)) = (number("m="), number("t="), number("p="))
    else {
        return Err(PhcFault::Shape);
    };
    if fields.next().is_some() {
        return Err(PhcFault::Shape);
    }
    Ok(HashCost::computable(memory, iterations, lanes)?)
}
