//! The re-verification of a session as the Frontend API shows it: which factor it waits for, and how
//! the present one could be proved. Knows no door and reads nothing.

use serde_json::{Value, json};

use crate::model::Millis;
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
        // A number that is kept for the second factor is asked for at sign-in only.
        let (first, second) = match (level, card.factors.totp) {
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

/// The whole resource; `shown` is the finished session resource.
#[must_use]
pub fn session_verification(of: &Session, card: &UserCard, waits: Waits, shown: Value) -> Value {
    let since = of.asked_at.unwrap_or_default();
    let proved = |at: Option<Millis>| at.is_some_and(|at| at >= since);
    let password = card.record.user.password_hash.is_some();
    let first: Vec<Value> =
        password.then(|| json!({ "strategy": "password" })).into_iter().collect();
    let (totp, codes) = (card.factors.totp, card.factors.totp && card.factors.recovery_codes);
    let second: Vec<Value> = [(totp, "totp"), (codes, "backup_code")]
        .into_iter()
        .filter(|(has, _)| *has)
        .map(|(_, strategy)| json!({ "strategy": strategy }))
        .collect();
    json!({
        "object": "session_reverification",
        "level": of.asked_level.map(VerificationLevel::as_str),
        "status": waits.as_str(),
        "supported_first_factors": first,
        "supported_second_factors": second,
        "first_factor_verification": proved(of.first_factor_at).then(|| passed("password")),
        "second_factor_verification": proved(of.second_factor_at).then(|| passed("totp")),
        "session": shown,
    })
}

fn passed(strategy: &str) -> Value {
    json!({
        "object": format!("verification_{strategy}"),
        "status": "verified",
        "strategy": strategy,
        "attempts": null,
        "expire_at": null,
    })
}
