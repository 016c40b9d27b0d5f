//! How bytes are spelled in tokens: base64url without padding, hexadecimal and base62.
//! Knows nothing of what the bytes mean.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::KeyFault;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Largest multiple of 62 in a byte: random bytes from here on are thrown away, so that each digit
/// is equally likely.
const FAIR_BELOW: u8 = 248;

pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes only the one canonical spelling: what decodes and encodes to something else is `None`.
pub(super) fn canonical_base64url(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    (URL_SAFE_NO_PAD.encode(&bytes) == text).then_some(bytes)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One digit for each of the first `digits` bytes of a keyed digest. Slightly uneven (256 is no
/// multiple of 62), which matters for secrets and not for names.
pub(super) fn base62_name(digest: &[u8], digits: usize) -> String {
    digest.iter().take(digits).filter_map(|byte| digit(byte % 62)).collect()
}

/// `digits` random base62 digits, 5.95 bits each.
pub(super) fn random_base62(digits: usize) -> Result<String, KeyFault> {
    let mut text = String::with_capacity(digits);
    while text.len() < digits {
        let mut bytes = [0; 64];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyFault::Random)?;
        let missing = digits.saturating_sub(text.len());
        let fair = bytes.iter().filter(|byte| **byte < FAIR_BELOW);
        text.extend(fair.filter_map(|byte| digit(byte % 62)).take(missing));
    }
    Ok(text)
}

fn digit(number: u8) -> Option<char> {
    BASE62.get(usize::from(number)).map(|byte| char::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_digits_are_as_many_as_asked_and_differ() {
        let text = random_base62(43).unwrap();
        assert_eq!(text.len(), 43);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_ne!(text, random_base62(43).unwrap());
    }

    #[test]
    fn only_the_canonical_spelling_decodes() {
        assert_eq!(canonical_base64url("AA"), Some(vec![0]));
        for other in ["AB", "AA==", "A", "A A", "AA\n", "+/", "A\u{e9}"] {
            assert_eq!(canonical_base64url(other), None, "{other}");
        }
    }
}
