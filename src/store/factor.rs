//! What an attempt proves, or fails to: a password, a mailed code, a step of an authenticator app,
//! a recovery code, a ticket. Names the rows that a settle consumes. Never holds a secret.

use super::error::StoreError;
use super::one_time_codes::OneTimeCode;
use super::settle::{SettleClient, Settled};
use super::sign_ins::SignIn;
use crate::model::{Authenticator, OneTimeCodeId, SessionId, SignInTokenId, TenantId, UserId};

/// Whether this source was counted for the same secret before (rule 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    New,
    /// Known to this node, and within what a minute allows: the policy decides whether it counts.
    Repeated,
}

/// The way that something was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    Mail,
    Text,
    /// As a link in a mail: signed, so there is nothing to guess.
    Link,
}

impl Sent {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Text => "text",
            Self::Link => "link",
        }
    }
}

/// What was tried, by the row that it uses up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    Password(Repetition),
    /// A code that was sent in order to sign in.
    OneTimeCode {
        id: OneTimeCodeId,
        sent: Sent,
        step: FactorStep,
    },
    /// A code that was sent in order to set a new password. Taken while locked too, so its own
    /// tries are all that bounds it.
    ResetCode(OneTimeCodeId),
    /// The 30 s step whose code was typed; `None` where it is no step's.
    Totp {
        step: Option<i64>,
    },
    /// Keyed digest of the code that was typed.
    RecoveryCode {
        digest: String,
    },
    /// No secret of the user's: the tenant's server says who it is.
    Vouched(Voucher),
}

/// How the tenant's server vouches for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voucher {
    /// By a token that it gave away: signed, used up by the sign-in that it begins.
    SignInToken(SignInTokenId),
    /// By its own request. It asks for a session, so nothing else is asked for.
    Server,
}

/// Which factor of a sign-in it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorStep {
    First,
    Second,
}

/// What keeps a proof from being guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Counted by the lockout, refused while locked.
    ByLockout,
    /// Taken while locked too, because it is the way back: nothing but its tries bounds it.
    ByItsOwnTries,
    /// Cannot be guessed, so it is never counted; refused while locked.
    ByItsSignature,
}

impl Proof {
    /// A password that nothing is remembered of.
    pub const PASSWORD: Self = Self::Password(Repetition::New);

    /// What the policy selects and counts it as; `None` for what cannot be guessed.
    #[must_use]
    pub const fn authenticator(&self) -> Option<Authenticator> {
        match self {
            Self::Password(_) => Some(Authenticator::Password),
            Self::OneTimeCode { sent: Sent::Link, .. } | Self::Vouched(_) => None,
            Self::OneTimeCode { sent: Sent::Mail | Sent::Text, .. } | Self::ResetCode(_) => {
                Some(Authenticator::OobOtp)
            }
            Self::Totp { .. } => Some(Authenticator::Totp),
            Self::RecoveryCode { .. } => Some(Authenticator::RecoveryCode),
        }
    }

    #[must_use]
    pub const fn bound(&self) -> Bound {
        match self {
            Self::Password(_)
            | Self::OneTimeCode { sent: Sent::Mail | Sent::Text, .. }
            | Self::Totp { .. }
            | Self::RecoveryCode { .. } => Bound::ByLockout,
            Self::ResetCode(_) => Bound::ByItsOwnTries,
            Self::OneTimeCode { sent: Sent::Link, .. } | Self::Vouched(_) => Bound::ByItsSignature,
        }
    }

    #[must_use]
    pub const fn step(&self) -> FactorStep {
        match self {
            Self::OneTimeCode { step, .. } => *step,
            Self::Password(_) | Self::ResetCode(_) | Self::Vouched(_) => FactorStep::First,
            Self::Totp { .. } | Self::RecoveryCode { .. } => FactorStep::Second,
        }
    }

    /// Clerk's word for it, as the sign-in keeps it.
    #[must_use]
    pub const fn strategy(&self) -> &'static str {
        match self {
            Self::Password(_) => "password",
            Self::OneTimeCode { sent: Sent::Mail, .. } => "email_code",
            Self::OneTimeCode { sent: Sent::Text, .. } => "phone_code",
            Self::OneTimeCode { sent: Sent::Link, .. } => "email_link",
            Self::ResetCode(_) => "reset_password_email_code",
            Self::Totp { .. } => "totp",
            Self::RecoveryCode { .. } => "backup_code",
            Self::Vouched(_) => "ticket",
        }
    }
}

/// What a user is asked for after a right first factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    Nothing,
    /// An authenticator app, or a phone kept for it; a recovery code stands in for either.
    Wanted,
}

/// What a proof uses up, and the sign-ins between two factors: the part of the ledger that only
/// sign-ins with codes need. As it stands it is the ledger of a world without codes.
#[expect(clippy::missing_errors_doc, reason = "the storage's, as of the whole ledger")]
pub trait FactorLedger {
    fn one_time_code(
        &mut self,
        _tenant: &TenantId,
        _id: &OneTimeCodeId,
    ) -> Result<Option<OneTimeCode>, StoreError> {
        Ok(None)
    }
    /// Writes a code's tries and use.
    fn put_one_time_code(&mut self, _code: &OneTimeCode) -> Result<(), StoreError> {
        Ok(())
    }
    fn second_factor(
        &mut self,
        _tenant: &TenantId,
        _user: &UserId,
    ) -> Result<SecondFactor, StoreError> {
        Ok(SecondFactor::Nothing)
    }
    /// The newest step that was accepted of the user's app; `None` without an app.
    fn totp_step(&mut self, _tenant: &TenantId, _user: &UserId) -> Result<Option<i64>, StoreError> {
        Ok(None)
    }
    /// Accepts a step: it and those before it are used up.
    fn take_totp_step(
        &mut self,
        _tenant: &TenantId,
        _user: &UserId,
        _step: i64,
    ) -> Result<(), StoreError> {
        Ok(())
    }
    fn recovery_code_is_unused(
        &mut self,
        _tenant: &TenantId,
        _user: &UserId,
        _digest: &str,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }
    fn take_recovery_code(
        &mut self,
        _tenant: &TenantId,
        _user: &UserId,
        _digest: &str,
    ) -> Result<(), StoreError> {
        Ok(())
    }
    /// Whether a sign-in token is the user's, and neither used nor revoked nor over.
    fn sign_in_token_is_unused(
        &mut self,
        _tenant: &TenantId,
        _user: &UserId,
        _token: &SignInTokenId,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }
    fn take_sign_in_token(
        &mut self,
        _tenant: &TenantId,
        _token: &SignInTokenId,
    ) -> Result<(), StoreError> {
        Ok(())
    }
    /// Writes a sign-in whose factor has died. `proof` comes from the settle.
    fn fall_back(&mut self, _sign_in: &SignIn, _proof: &Settled) -> Result<(), StoreError> {
        Ok(())
    }
    /// Writes a new password hash: what was verified against the old one is void. The subject's
    /// serial was raised by the reset. `proof` comes from the settle.
    fn set_password(
        &mut self,
        _tenant: &TenantId,
        _user: &UserId,
        _hash: &str,
        _proof: &Settled,
    ) -> Result<(), StoreError> {
        Ok(())
    }
    /// Ends every live session of the user but one.
    fn end_other_sessions(
        &mut self,
        _tenant: &TenantId,
        _user: &UserId,
        _but: &SessionId,
    ) -> Result<(), StoreError> {
        Ok(())
    }
    /// A live session's factor was proved again just now. `proof` comes from the settle.
    fn renew_session(
        &mut self,
        _tenant: &TenantId,
        _session: &SessionId,
        _with: &Proof,
        _proof: &Settled,
    ) -> Result<(), StoreError> {
        Ok(())
    }
    /// Writes an unfinished sign-in whose factor was passed, as the present one of its client, which
    /// gets a new token and is made if there is none. `proof` comes from the settle.
    fn hold(
        &mut self,
        _client: &SettleClient,
        _sign_in: &SignIn,
        _proof: &Settled,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}
