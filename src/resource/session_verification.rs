//! The re-verification of a session as the Frontend API shows it: which factor it waits for, and how
//! the present one could be proved. Knows no door and reads nothing.

use serde_json::{Value, json};

use super::sign_in::{SecondFactors, masked, second_factors};
use super::verification;
use crate::model::{IdentifierKind, Millis};
use crate::sign_in::Strategy;
use crate::store::one_time_codes::{CodePurpose, OneTimeCode};
use crate::store::reverification::VerificationLevel;
use crate::store::sessions::Session;
use crate::store::user_cards::UserCard;

/// What a re-verification waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    FirstFactor,
    SecondFactor,
    Nothing,
}

impl Waits {
    /// What `session` still has to prove, of what it was asked for; `None`: it was not asked. Whoever
    /// has no second factor proves the first instead.
    #[must_use]
    pub fn of(session: &Session, card: &UserCard) -> Option<Self> {
        let (level, since) = (session.asked_level?, session.asked_at?);
        let proved = |at: Option<Millis>| at.is_some_and(|at| at >= since);
        let (first, second) = match (level, card.factors.second()) {
            (VerificationLevel::FirstFactor, _) | (_, false) => (true, false),
            (VerificationLevel::SecondFactor, true) => (false, true),
            (VerificationLevel::MultiFactor, true) => (true, true),
        };
        if first && !proved(session.first_factor_at) {
            return Some(Self::FirstFactor);
        }
        if second && !proved(session.second_factor_at) {
            return Some(Self::SecondFactor);
        }
        Some(Self::Nothing)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::FirstFactor => "needs_first_factor",
            Self::SecondFactor => "needs_second_factor",
            Self::Nothing => "complete",
        }
    }
}

/// What stands in other rows.
pub struct Shown {
    /// The finished session resource.
    pub session: Value,
    /// What was last sent.
    pub code: Option<OneTimeCode>,
    pub now: Millis,
}

/// The whole resource.
#[must_use]
pub fn session_verification(of: &Session, card: &UserCard, waits: Waits, shown: Shown) -> Value {
    let since = of.asked_at.unwrap_or_default();
    let proved = |at: Option<Millis>| at.is_some_and(|at| at >= since);
    let sent = |purpose: CodePurpose| {
        let code = shown.code.as_ref().filter(|code| code.purpose == purpose)?;
        Some(verification::sent(of.prepared.as_deref()?, code, shown.now))
    };
    let first = match (proved(of.first_factor_at), waits) {
        (true, _) => Some(verification::passed(first_strategy(of))),
        (false, Waits::FirstFactor) => sent(CodePurpose::SignIn),
        (false, Waits::SecondFactor | Waits::Nothing) => None,
    };
    let second = match (proved(of.second_factor_at), waits) {
        (true, _) => Some(verification::passed(of.second_again.as_deref().unwrap_or("totp"))),
        (false, Waits::SecondFactor) => sent(CodePurpose::SecondFactor),
        (false, Waits::FirstFactor | Waits::Nothing) => None,
    };
    json!({
        "object": "session_reverification",
        "level": of.asked_level.map(VerificationLevel::as_str),
        "status": waits.as_str(),
        "supported_first_factors": first_factors(card),
        "supported_second_factors": match card.factors.second() {
            true => second_factors(&SecondFactors::of(card.clone())),
            // Recovery codes only stand in for another factor.
            false => json!([]),
        },
        "first_factor_verification": first,
        "second_factor_verification": second,
        "session": shown.session,
    })
}

/// Proved again, or when the session began.
fn first_strategy(of: &Session) -> &str {
    of.first_again.as_deref().or(of.strategy.as_deref()).unwrap_or("password")
}

/// The password, and a code to each proved address: whoever asks is signed in, so that their own
/// addresses are no secret to them; they are masked as in a sign-in all the same.
fn first_factors(card: &UserCard) -> Vec<Value> {
    let password = card.record.user.password_hash.is_some();
    let mut factors: Vec<Value> =
        password.then(|| verification::factor(Strategy::Password)).into_iter().collect();
    for (strategy, kind) in [
        (Strategy::EmailCode, IdentifierKind::EmailAddress),
        (Strategy::PhoneCode, IdentifierKind::PhoneNumber),
    ] {
        let of_kind = card.record.identifications.iter().filter(|name| name.proves(kind));
        factors.extend(
            of_kind.map(|name| verification::sent_factor(strategy, &masked(name), &name.id)),
        );
    }
    factors
}
