//! Base32 (RFC 4648 §6), the spelling in which authenticator apps take a secret. Knows no secret's
//! length.

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Bits of a digit.
const BITS: u32 = 5;

/// Without padding: no app wants it.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xfff;
        bits = bits.saturating_add(8);
        while bits >= BITS {
            bits = bits.saturating_sub(BITS);
            text.extend(digit(held >> bits));
        }
    }
    if bits > 0 {
        text.extend(digit(held << BITS.saturating_sub(bits)));
    }
    text
}

/// In either case, with spaces and padding as people copy it; `None` for any other character.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut bits) = (0_u32, 0_u32);
    for c in text.chars().filter(|c| !matches!(c, ' ' | '-' | '=')) {
        let c = u8::try_from(c.to_ascii_uppercase()).ok()?;
        let value = ALPHABET.iter().position(|digit| *digit == c)?;
        held = (held << BITS | u32::try_from(value).ok()?) & 0xfff;
        bits = bits.saturating_add(BITS);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn digit(bits: u32) -> Option<char> {
    let place = usize::try_from(bits & 0x1f).ok()?;
    ALPHABET.get(place).map(|byte| char::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 §10, without its padding.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (plain, spelt) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(encode(plain.as_bytes()), spelt);
            assert_eq!(decode(spelt).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(decode("mzxw 6ytb-OI======").as_deref(), Some(b"foobar".as_slice()));
        for other in ["0", "1", "8", "ä", "MZ!"] {
            assert_eq!(decode(other), None, "{other}");
        }
    }
}
