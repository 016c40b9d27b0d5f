//! A password as somebody sent it: bytes, bounded, wiped from memory when dropped. Also the one
//! rule for new ones; whoever takes one asks it.

use secrecy::{ExposeSecret, SecretSlice};

/// Longest password that is hashed, in bytes. NIST SP 800-63B asks for at least 64 characters; the
/// bound keeps the hash's input (and a flood of them in the queue) small.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// Least length of a new password, in characters (NIST SP 800-63B §5.1.1.2); Clerk's rule, too.
pub const MIN_PASSWORD_CHARS: u8 = 8;

/// Whether a new password has the length that it needs.
#[must_use]
pub fn is_long_enough(text: &str) -> bool {
    let least = usize::from(MIN_PASSWORD_CHARS);
    text.chars().take(least).count() == least
}

/// A password of 1 to [`MAX_PASSWORD_BYTES`] bytes, exactly as sent: neither cut nor normalised, so
/// that two different inputs are never taken for one.
pub struct Password(SecretSlice<u8>);

/// Why bytes are no password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    #[error("password is empty")]
    Empty,
    #[error("password is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
}

impl Password {
    /// Takes the bytes as they are.
    ///
    /// # Errors
    /// [`PasswordFault`] outside 1..=1024 bytes.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, PasswordFault> {
        let secret: SecretSlice<u8> = bytes.into().into();
        match secret.expose_secret().len() {
            0 => Err(PasswordFault::Empty),
            1..=MAX_PASSWORD_BYTES => Ok(Self(secret)),
            _ => Err(PasswordFault::TooLong),
        }
    }

    /// The bytes, for hashing and for the keyed digest of a repeated secret.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

/// An attempt that goes back to the gate verifies the same bytes again; each copy is wiped.
impl Clone for Password {
    fn clone(&self) -> Self {
        Self(self.expose().to_vec().into())
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_in_bytes_and_nothing_is_cut() {
        assert_eq!(Password::parse("").unwrap_err(), PasswordFault::Empty);
        assert_eq!(Password::parse(vec![b'x'; 1025]).unwrap_err(), PasswordFault::TooLong);
        assert_eq!(Password::parse("é".repeat(513)).unwrap_err(), PasswordFault::TooLong);
        assert_eq!(Password::parse(vec![0; 1024]).unwrap().expose(), [0; 1024]);
        assert_eq!(Password::parse(" pass\0word ").unwrap().expose(), b" pass\0word ");
    }

    #[test]
    fn debug_output_hides_the_password() {
        assert_eq!(format!("{:?}", Password::parse("hunter2").unwrap()), "Password(…)");
    }
}
