//! The secrets of simulated users beside the password, what a client tries of them, and how it is
//! verified off the actor: copied from `tenant::secret`, with the real steps and codes of apps.
//! Whether an outcome may be told is not decided here.

use std::collections::BTreeMap;

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::model::{Millis, OneTimeCodeId, UserId};
use lockkeeper::store::factor::{FactorStep, Proof, Sent};
use lockkeeper::store::one_time_codes::CodeFault;
use lockkeeper::store::settle::Verified;

use super::attempt::Standing;
use super::world::World;

/// What a user has for the second factor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Factors {
    pub(crate) app: Option<App>,
    /// Recovery codes by number, and whether each is used.
    pub(crate) recovery: BTreeMap<u64, bool>,
    /// A phone that codes are sent to.
    pub(crate) phone: bool,
}

/// An authenticator app, by the number of its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct App {
    pub(crate) secret: u64,
    /// The newest accepted step.
    pub(crate) last_step: i64,
}

impl Factors {
    /// As `store::factor_rows`: recovery codes alone are no second factor.
    pub(crate) const fn wanted(&self) -> bool {
        self.app.is_some() || self.phone
    }
}

/// What a client tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tried {
    /// By its number.
    Password(u64),
    /// Digits, as typed.
    Totp(String),
    /// By its number.
    Recovery(u64),
    /// The code that was sent as `typed`, held against the row `code`.
    Code { code: OneTimeCodeId, typed: OneTimeCodeId, step: FactorStep },
    /// The same of a code that was sent for a new password.
    Reset { code: OneTimeCodeId, typed: OneTimeCodeId },
}

impl Tried {
    /// For the count of what a world has seen.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Password(_) => "password",
            Self::Totp(_) => "app",
            Self::Recovery(_) => "recovery code",
            Self::Code { step: FactorStep::First, .. } => "first code",
            Self::Code { step: FactorStep::Second, .. } => "second code",
            Self::Reset { .. } => "reset code",
        }
    }

    pub(crate) const fn step(&self) -> FactorStep {
        match self {
            Self::Password(_) | Self::Reset { .. } => FactorStep::First,
            Self::Totp(_) | Self::Recovery(_) => FactorStep::Second,
            Self::Code { step, .. } => *step,
        }
    }
}

/// Why nothing was compared.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unverified {
    Unusable(CodeFault),
    Unavailable,
}

fn app_secret(number: u64) -> TotpSecret {
    TotpSecret::from_bytes(number.to_be_bytes().repeat(3)).expect("bytes enough for an app")
}

/// What an app shows during a step.
pub(crate) fn shown(secret: u64, step: i64) -> String {
    app_secret(secret).code(TotpStep(step))
}

/// Digests are each user's own.
pub(crate) fn digest_of(user: &UserId, code: u64) -> String {
    format!("{user}:{code}")
}

/// The number behind a digest, if it is one of this user's.
pub(crate) fn code_behind(user: &UserId, digest: &str) -> Option<u64> {
    digest.strip_prefix(user.as_str())?.strip_prefix(':')?.parse().ok()
}

impl World {
    /// Rows are read now, not with the gate's: a code may have been used up since.
    pub(crate) fn verified(
        &self,
        node: usize,
        tried: &Tried,
        standing: &Standing,
    ) -> Result<(Verified, Proof), Unverified> {
        let owner = standing.owner.as_ref();
        let person = owner.and_then(|owner| self.image.users.get(&owner.user));
        if !matches!(tried, Tried::Password(_)) && self.now < self.db_down_until {
            return Err(Unverified::Unavailable);
        }
        let now = self.nodes[node].around.clock.now();
        let (right, proof) = match tried {
            Tried::Password(number) => {
                (owner.is_some_and(|owner| owner.password == *number), Proof::PASSWORD)
            }
            Tried::Totp(typed) => {
                let app = person.and_then(|person| person.factors.app);
                let step = app.and_then(|app| {
                    let step = app_secret(app.secret).step_of(typed, now)?.0;
                    (step > app.last_step).then_some(step)
                });
                (step.is_some(), Proof::Totp { step })
            }
            Tried::Recovery(number) => {
                let used = person.and_then(|person| person.factors.recovery.get(number));
                let digest = owner.map(|owner| digest_of(&owner.user, *number));
                (used == Some(&false), Proof::RecoveryCode { digest: digest.unwrap_or_default() })
            }
            Tried::Code { code, typed, step } => {
                self.usable(code, standing, now)?;
                let proof = Proof::OneTimeCode { id: code.clone(), sent: Sent::Mail, step: *step };
                (code == typed, proof)
            }
            Tried::Reset { code, typed } => {
                self.usable(code, standing, now)?;
                (code == typed, Proof::ResetCode(code.clone()))
            }
        };
        let credential_version = owner.map_or(0, |owner| owner.version);
        Ok(if right && owner.is_some() {
            (Verified::Right { credential_version }, proof)
        } else {
            (Verified::Wrong { credential_version }, proof)
        })
    }

    /// Whether a try of a sent code can be right at all.
    fn usable(
        &self,
        code: &OneTimeCodeId,
        standing: &Standing,
        now: Millis,
    ) -> Result<(), Unverified> {
        let row = self.image.codes.get(code).ok_or(CodeFault::Missing);
        row.and_then(|row| row.usable(&standing.subject, now)).map_err(Unverified::Unusable)
    }
}
