//! scrypt hashes from elsewhere: Firebase's, which encrypts the project's signer key with what scrypt
//! gave, and Werkzeug's. Only checks; knows neither users nor the pool.

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;
use scrypt::Params;

use super::hash::HashFault;
use super::imported_hash::{DigestFault, from_base64, from_hex};
use super::password::Password;

/// What one hash may take of memory on top of a worker's own.
const MAX_MEMORY_BYTES: u64 = 64 * 1024 * 1024;
/// N × r × p: about 0.4 s.
const MAX_WORK: u64 = 1 << 20;
/// Bytes that scrypt gives; Firebase's key is the first half.
const OUT_BYTES: usize = 64;

const TOO_DEAR: DigestFault = DigestFault::Cost("scrypt up to 64 MiB and N*r*p = 2^20");
const FIREBASE: DigestFault = DigestFault::Form(
    "<hash>$<salt>$<signer key>$<salt separator>$<rounds>$<memory cost>, the first four in base64",
);
const WERKZEUG: DigestFault =
    DigestFault::Form("scrypt:<N>:<r>:<p>$<salt>$<hash, 64 bytes in hex>");

/// A parsed hash.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ScryptHash {
    log_n: u8,
    r: u32,
    p: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
    finish: Finish,
}

/// What is done with scrypt's output.
#[derive(Clone, PartialEq, Eq)]
enum Finish {
    Compared,
    /// It encrypts this key, and that is compared.
    Encrypts {
        signer_key: Vec<u8>,
    },
}

impl ScryptHash {
    /// As Firebase's export and a project's hash parameters are put together for Clerk.
    pub(super) fn parse_firebase(text: &str) -> Result<Self, DigestFault> {
        let parts: Vec<&str> = text.split('$').collect();
        let [hash, salt, signer_key, separator, rounds, memory] = parts.as_slice() else {
            return Err(FIREBASE);
        };
        let read = |text: &str| from_base64(text).ok_or(FIREBASE);
        let mut salt = read(salt)?;
        salt.extend(read(separator)?);
        let (hash, signer_key) = (read(hash)?, read(signer_key)?);
        if hash.is_empty() || hash.len() != signer_key.len() {
            return Err(FIREBASE);
        }
        let log_n: u8 = memory.parse().map_err(|_| FIREBASE)?;
        let r: u32 = rounds.parse().map_err(|_| FIREBASE)?;
        Self { log_n, r, p: 1, salt, hash, finish: Finish::Encrypts { signer_key } }.computable()
    }

    /// As Werkzeug (Flask) writes it.
    pub(super) fn parse_werkzeug(text: &str) -> Result<Self, DigestFault> {
        let mut parts = text.split('$');
        let (Some(method), Some(salt), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(WERKZEUG);
        };
        let mut method = method.split(':');
        let (Some("scrypt"), Some(n), Some(r), Some(p), None) =
            (method.next(), method.next(), method.next(), method.next(), method.next())
        else {
            return Err(WERKZEUG);
        };
        let n: u64 = n.parse().map_err(|_| WERKZEUG)?;
        let r: u32 = r.parse().map_err(|_| WERKZEUG)?;
        let p: u32 = p.parse().map_err(|_| WERKZEUG)?;
        let hash = from_hex(hash).filter(|hash| hash.len() == OUT_BYTES).ok_or(WERKZEUG)?;
        if !n.is_power_of_two() || n < 2 || salt.is_empty() {
            return Err(WERKZEUG);
        }
        let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| WERKZEUG)?;
        let salt = salt.as_bytes().to_vec();
        Self { log_n, r, p, salt, hash, finish: Finish::Compared }.computable()
    }

    fn computable(self) -> Result<Self, DigestFault> {
        let memory = self.n_r().and_then(|blocks| blocks.checked_mul(128));
        let fits = memory.is_some_and(|bytes| bytes <= MAX_MEMORY_BYTES)
            && (1..=MAX_WORK).contains(&self.work())
            && Params::new(self.log_n, self.r, self.p).is_ok();
        if fits { Ok(self) } else { Err(TOO_DEAR) }
    }

    fn n_r(&self) -> Option<u64> {
        let n = 1_u64.checked_shl(self.log_n.into())?;
        n.checked_mul(u64::from(self.r))
    }

    /// # Errors
    /// [`HashFault::Imported`]: not for any parsed hash.
    pub(super) fn is_of(&self, password: &Password) -> Result<bool, HashFault> {
        let params = Params::new(self.log_n, self.r, self.p).map_err(|_| HashFault::Imported)?;
        let mut made = [0; OUT_BYTES];
        scrypt::scrypt(password.expose(), &self.salt, &params, &mut made)
            .map_err(|_| HashFault::Imported)?;
        match &self.finish {
            Finish::Compared => Ok(verify_slices_are_equal(&made, &self.hash).is_ok()),
            Finish::Encrypts { signer_key } => {
                let key = made.get(..32).ok_or(HashFault::Imported)?;
                let sealed = counter_mode(key, signer_key).ok_or(HashFault::Imported)?;
                Ok(verify_slices_are_equal(&sealed, &self.hash).is_ok())
            }
        }
    }

    /// One of N × r beside one block of argon2 takes about as long.
    pub(super) fn work(&self) -> u64 {
        self.n_r().unwrap_or(u64::MAX).saturating_mul(u64::from(self.p))
    }
}

/// AES-256 in counter mode from zero. Decrypting is the same as encrypting there, and the library
/// takes a chosen start only for that.
fn counter_mode(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let key = UnboundCipherKey::new(&AES_256, key).ok()?;
    let cipher = DecryptingKey::ctr(key).ok()?;
    let start = DecryptionContext::Iv128(FixedLength::from([0; 16]));
    let mut text = text.to_vec();
    cipher.decrypt(&mut text, start).ok()?;
    Some(text)
}
