//! The four kinds of secret that a policy selects and counts (Authgear's names).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authenticator {
    Password,
    /// One-time code by e-mail or phone.
    OobOtp,
    Totp,
    RecoveryCode,
}

impl Authenticator {
    pub const ALL: [Self; 4] = [Self::Password, Self::OobOtp, Self::Totp, Self::RecoveryCode];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::OobOtp => "oob_otp",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

impl fmt::Display for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Authenticator {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|a| a.as_str() == text).ok_or(())
    }
}
