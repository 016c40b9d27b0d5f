//! phpass hashes from elsewhere (WordPress, older PHP): a loop over MD5 with a salt of eight
//! characters, in the form `$P$` rounds salt checksum. Only checks; knows neither users nor the pool.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use md5::{Digest, Md5};

use super::imported_hash::DigestFault;
use super::password::Password;

/// phpass' own alphabet, least bits first.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Binary logarithm of the rounds: phpass' own least, and eight times what WordPress ever used.
/// Each round reads the whole password, so the most is low.
const ROUNDS: std::ops::RangeInclusive<usize> = 7..=16;
const CHECKSUM_CHARS: usize = 22;

const FORM: DigestFault =
    DigestFault::Form("$P$<rounds><salt, 8 characters><checksum, 22 characters>");

/// A parsed hash.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PhpassHash {
    rounds: u32,
    salt: Vec<u8>,
    checksum: Vec<u8>,
}

impl PhpassHash {
    /// `$P$…`, or `$H$…` as phpBB writes the same.
    pub(super) fn parse(text: &str) -> Result<Self, DigestFault> {
        let rest = text.strip_prefix("$P$").or_else(|| text.strip_prefix("$H$")).ok_or(FORM)?;
        let (&rounds, rest) = rest.as_bytes().split_first().ok_or(FORM)?;
        let (salt, checksum) = rest.split_at_checked(8).ok_or(FORM)?;
        let plain = |c: &u8| ALPHABET.contains(c);
        if checksum.len() != CHECKSUM_CHARS
            || !checksum.iter().all(plain)
            || !salt.iter().all(plain)
        {
            return Err(FORM);
        }
        let log2 = ALPHABET.iter().position(|c| *c == rounds).ok_or(FORM)?;
        if !ROUNDS.contains(&log2) {
            return Err(DigestFault::Cost("phpass from 2^7 to 2^16 rounds"));
        }
        Ok(Self { rounds: 1 << log2, salt: salt.to_vec(), checksum: checksum.to_vec() })
    }

    pub(super) fn is_of(&self, password: &Password) -> bool {
        let once = |before: &[u8]| Md5::new().chain_update(before).chain_update(password.expose());
        let mut sum = once(&self.salt).finalize();
        for _ in 0..self.rounds {
            sum = once(&sum).finalize();
        }
        verify_slices_are_equal(&encoded(&sum), &self.checksum).is_ok()
    }

    /// A round beside one block of argon2 takes about as long.
    pub(super) fn work(&self) -> u64 {
        u64::from(self.rounds)
    }
}

/// Three bytes are four characters, the least significant six bits first.
fn encoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(CHECKSUM_CHARS);
    for group in bytes.chunks(3) {
        let bits = group.iter().rev().fold(0_usize, |bits, byte| (bits << 8) | usize::from(*byte));
        let characters = (0..=group.len()).map(|n| (bits >> (6 * n)) & 63);
        out.extend(characters.filter_map(|index| ALPHABET.get(index).copied()));
    }
    out
}
