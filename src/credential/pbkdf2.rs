//! PBKDF2 hashes from elsewhere, in the five forms that exports know: they differ in the hash
//! function and in how salt and hash are written. Only checks; knows neither users nor the pool.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{
    Algorithm, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512, verify,
};

use super::imported_hash::{DigestFault, from_base64, from_hex};
use super::password::Password;

/// The most that a worker computes: about 1 s where a hash is one block long. Django asked for a
/// million in 2025.
const MAX_ITERATIONS: u32 = 2_000_000;
/// A longer hash repeats the whole work for each block of it and is no harder to guess.
const MAX_BLOCKS: usize = 4;
/// Shorter ones could be met by chance.
const LEAST_HASH_BYTES: usize = 16;
const MAX_SALT_BYTES: usize = 512;

/// How the parts of a digest are written.
#[derive(Clone, Copy)]
enum Written {
    AsIs,
    Base64,
    Hex,
}

struct Form {
    prefix: &'static str,
    function: Function,
    salt: Written,
    hash: Written,
    shown: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Sha1,
    Sha256,
    Sha512,
}

const SHA1: Form = Form {
    prefix: "pbkdf2_sha1",
    function: Function::Sha1,
    salt: Written::AsIs,
    hash: Written::Hex,
    shown: "pbkdf2_sha1$<iterations>$<salt>$<hash in hex>",
};
const SHA256: Form = Form {
    prefix: "pbkdf2_sha256",
    function: Function::Sha256,
    salt: Written::Base64,
    hash: Written::Base64,
    shown: "pbkdf2_sha256$<iterations>$<salt in base64>$<hash in base64>",
};
const SHA256_DJANGO: Form = Form {
    salt: Written::AsIs,
    shown: "pbkdf2_sha256$<iterations>$<salt>$<hash in base64>",
    ..SHA256
};
const SHA512: Form = Form {
    prefix: "pbkdf2_sha512",
    function: Function::Sha512,
    salt: Written::AsIs,
    hash: Written::Hex,
    shown: "pbkdf2_sha512$<iterations>$<salt>$<hash in hex>",
};
const SHA512_HEX: Form = Form {
    prefix: "pbkdf2_sha512_hex",
    salt: Written::Hex,
    shown: "pbkdf2_sha512_hex$<iterations>$<salt in hex>$<hash in hex>",
    ..SHA512
};

impl Function {
    fn algorithm(self) -> Algorithm {
        match self {
            Self::Sha1 => PBKDF2_HMAC_SHA1,
            Self::Sha256 => PBKDF2_HMAC_SHA256,
            Self::Sha512 => PBKDF2_HMAC_SHA512,
        }
    }

    const fn block_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// Beside one block of argon2, both measured in time.
    const fn work_an_iteration(self) -> u64 {
        match self {
            Self::Sha1 | Self::Sha256 => 1,
            Self::Sha512 => 2,
        }
    }
}

/// A parsed hash.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pbkdf2Hash {
    function: Function,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Pbkdf2Hash {
    pub(super) fn parse_sha1(text: &str) -> Result<Self, DigestFault> {
        Self::of(text, &SHA1)
    }

    pub(super) fn parse_sha256(text: &str) -> Result<Self, DigestFault> {
        Self::of(text, &SHA256)
    }

    pub(super) fn parse_sha256_django(text: &str) -> Result<Self, DigestFault> {
        Self::of(text, &SHA256_DJANGO)
    }

    pub(super) fn parse_sha512(text: &str) -> Result<Self, DigestFault> {
        Self::of(text, &SHA512)
    }

    pub(super) fn parse_sha512_hex(text: &str) -> Result<Self, DigestFault> {
        Self::of(text, &SHA512_HEX)
    }

    fn of(text: &str, form: &Form) -> Result<Self, DigestFault> {
        let misfit = DigestFault::Form(form.shown);
        let mut parts = text.split('$');
        let (Some(prefix), Some(iterations), Some(salt), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(misfit);
        };
        let iterations: u64 = iterations.parse().map_err(|_| misfit)?;
        let salt = form.salt.read(salt).ok_or(misfit)?;
        let hash = form.hash.read(hash).ok_or(misfit)?;
        let fits = prefix == form.prefix
            && (1..=MAX_SALT_BYTES).contains(&salt.len())
            && hash.len() >= LEAST_HASH_BYTES;
        if !fits {
            return Err(misfit);
        }
        let dear = DigestFault::Cost("PBKDF2 up to 2,000,000 iterations and a hash of four blocks");
        let iterations = u32::try_from(iterations).ok().filter(|i| *i <= MAX_ITERATIONS);
        let iterations = iterations.ok_or(dear)?;
        if hash.len().div_ceil(form.function.block_bytes()) > MAX_BLOCKS {
            return Err(dear);
        }
        let iterations = NonZeroU32::new(iterations).ok_or(misfit)?;
        Ok(Self { function: form.function, iterations, salt, hash })
    }

    pub(super) fn is_of(&self, password: &Password) -> bool {
        let algorithm = self.function.algorithm();
        verify(algorithm, self.iterations, &self.salt, password.expose(), &self.hash).is_ok()
    }

    pub(super) fn work(&self) -> u64 {
        let blocks = self.hash.len().div_ceil(self.function.block_bytes());
        let iterations = u64::from(self.iterations.get());
        let blocks = u64::try_from(blocks).unwrap_or(u64::MAX);
        iterations.saturating_mul(blocks).saturating_mul(self.function.work_an_iteration())
    }
}

impl Written {
    fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::AsIs => Some(text.as_bytes().to_vec()),
            Self::Base64 => from_base64(text),
            Self::Hex => from_hex(text),
        }
    }
}
