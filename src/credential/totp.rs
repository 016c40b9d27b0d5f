//! Time-based one-time passwords (RFC 6238 over RFC 4226: HMAC-SHA-1, steps of 30 s, six digits).
//! Says which step a code belongs to; that a step is accepted only once is kept by the row of the
//! secret, not here. Knows no user and no clock.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::base32;
use crate::model::Millis;

/// Length of a step (RFC 6238 §4.1).
const STEP_MS: i64 = 30_000;
/// Digits of a code: what every authenticator app shows.
const DIGITS: usize = 6;
/// Steps before and after the present one that are accepted: clocks of phones drift, people type.
const DRIFT: i64 = 1;
/// A new secret has the length of the hash (RFC 4226 §4).
const SECRET_BYTES: usize = 20;
/// Secrets that are imported: RFC 4226 asks for at least 16 bytes; the most that a row may hold.
const SECRET_RANGE: std::ops::RangeInclusive<usize> = 16..=64;

/// A shared secret. Prints nothing of itself, wiped when dropped.
pub struct TotpSecret(SecretSlice<u8>);

/// A step of 30 s since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TotpStep(pub i64);

impl TotpStep {
    /// The step that `now` falls into.
    #[must_use]
    pub const fn at(now: Millis) -> Self {
        Self(now.0.div_euclid(STEP_MS))
    }
}

impl TotpSecret {
    /// A new random secret; `None` if the system has no randomness to give.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let mut bytes = vec![0; SECRET_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).ok()?;
        Some(Self(bytes.into()))
    }

    /// Takes 16 to 64 bytes.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let secret: SecretSlice<u8> = bytes.into();
        SECRET_RANGE.contains(&secret.expose_secret().len()).then_some(Self(secret))
    }

    /// Reads the spelling that apps take; `None` for what is no base32 or has another length.
    #[must_use]
    pub fn from_base32(text: &str) -> Option<Self> {
        base32::decode(text).and_then(Self::from_bytes)
    }

    /// As apps take it.
    #[must_use]
    pub fn to_base32(&self) -> SecretString {
        base32::encode(self.expose()).into()
    }

    /// The bytes, for sealing and for the app's QR code.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// The code of a step: six digits, leading zeros kept.
    #[must_use]
    pub fn code(&self, step: TotpStep) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.expose());
        let tag = hmac::sign(&key, &step.0.to_be_bytes());
        let number = truncated(tag.as_ref()) % 1_000_000;
        format!("{number:0DIGITS$}")
    }

    /// The step around `now` whose code was typed, the newest where two would do; `None` where
    /// none does. Looks at every step whatever it finds, so that time tells nothing.
    #[must_use]
    pub fn step_of(&self, typed: &str, now: Millis) -> Option<TotpStep> {
        let digits: String = typed.chars().filter(char::is_ascii_digit).take(DIGITS + 1).collect();
        let mut found = None;
        for drift in -DRIFT..=DRIFT {
            let step = TotpStep(TotpStep::at(now).0.saturating_add(drift));
            if verify_slices_are_equal(self.code(step).as_bytes(), digits.as_bytes()).is_ok() {
                found = Some(step);
            }
        }
        found
    }
}

/// Dynamic truncation (RFC 4226 §5.3): 31 bits from the place that the last half byte names.
fn truncated(tag: &[u8]) -> u32 {
    let at = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let four = tag.iter().skip(at).take(4);
    four.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_the_rfc() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890".to_vec()).unwrap()
    }

    /// RFC 6238, appendix B, SHA-1, cut to the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = TotpStep::at(Millis(seconds * 1_000));
            assert_eq!(of_the_rfc().code(step), code, "{seconds}");
        }
    }

    #[test]
    fn one_step_of_drift_is_forgiven_and_no_more() {
        let (secret, now) = (of_the_rfc(), Millis(1_111_111_111_000));
        let present = TotpStep::at(now).0;
        for drift in -3..=3 {
            let step = TotpStep(present + drift);
            let found = secret.step_of(&secret.code(step), now);
            assert_eq!(found, (drift.abs() <= 1).then_some(step), "{drift}");
        }
    }

    #[test]
    fn spaces_are_forgiven_and_other_digits_are_not() {
        let (secret, now) = (of_the_rfc(), Millis(59_000));
        assert_eq!(secret.step_of("287 082", now), Some(TotpStep(1)));
        for typed in ["", "28708", "2870820", "0287082", "287083", "abcdef"] {
            assert_eq!(secret.step_of(typed, now), None, "{typed}");
        }
    }

    #[test]
    fn base32_is_read_as_apps_write_it() {
        let read = |text: &str| TotpSecret::from_base32(text).map(|s| s.expose().to_vec());
        let secret = Some(b"12345678901234567890".to_vec());
        assert_eq!(read("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), secret);
        assert_eq!(read("gezd gnbv gy3t qojq gezd gnbv gy3t qojq"), secret);
        assert_eq!(read("GEZDGNBVGY3TQOJQGEZDGNBVGY======").map(|s| s.len()), Some(16));
        for odd in [
            "",
            "GEZD",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ\u{e4}",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn short_secrets_are_none_and_nothing_is_printed() {
        assert!(TotpSecret::from_bytes(vec![1; 15]).is_none());
        assert!(TotpSecret::from_bytes(vec![1; 65]).is_none());
        assert_eq!(TotpSecret::generate().unwrap().expose().len(), SECRET_BYTES);
        assert_eq!(format!("{:?}", of_the_rfc()), "TotpSecret(…)");
    }
}
