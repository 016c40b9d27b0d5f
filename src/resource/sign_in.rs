//! The sign-in resource. What it shows before a factor was passed follows from what was typed
//! alone: no user is looked up for it (promise P4). Knows no door and reads nothing.

use serde_json::{Value, json};

use super::verification;
use crate::model::{IdentificationId, Identifier, Millis};
use crate::sign_in::{
    ENABLED_FIRST_FACTORS, FirstFactor, SUPPORTED_IDENTIFIERS, Status, Strategy, first_factors,
};
use crate::store::identifications::Identification;
use crate::store::one_time_codes::OneTimeCode;
use crate::store::sign_ins::{SignIn, SignInStatus};
use crate::store::user_cards::{UserCard, UserFactors};

/// What stands in other rows.
pub struct Shown {
    /// What the user has beside the first factor; `None` before that was passed.
    pub second: Option<SecondFactors>,
    /// What was last sent.
    pub code: Option<OneTimeCode>,
    pub now: Millis,
}

/// The second factors of a user.
pub struct SecondFactors {
    pub has: UserFactors,
    /// Numbers that are kept for it.
    pub phones: Vec<Identification>,
}

impl SecondFactors {
    #[must_use]
    pub fn of(card: UserCard) -> Self {
        let mut phones = card.record.identifications;
        phones.retain(Identification::is_second_factor);
        Self { has: card.factors, phones }
    }
}

/// The whole resource. `silent_id` gives the id of the identifier's code factor.
#[must_use]
pub fn sign_in(
    of: &SignIn,
    silent_id: impl Fn(&Identifier) -> IdentificationId,
    shown: &Shown,
) -> Value {
    let identifier = of.identifier.as_deref().and_then(|text| Identifier::parse(text).ok());
    let factors = identifier.as_ref().map(|identifier| {
        let offered = first_factors(identifier, ENABLED_FIRST_FACTORS, || silent_id(identifier));
        offered.iter().map(first_factor).collect::<Vec<_>>()
    });
    json!({
        "object": "sign_in_attempt",
        "id": of.id,
        "status": of.status.as_str(),
        "supported_identifiers": SUPPORTED_IDENTIFIERS.map(|kind| kind.as_str()),
        "supported_first_factors": factors,
        "supported_second_factors": shown.second.as_ref().map(second_factors),
        "first_factor_verification": match (of.first_factor.as_deref(), of.status) {
            (Some(strategy), _) => Some(verification::passed(strategy)),
            (None, SignInStatus::NeedsFirstFactor) => sent(of, shown),
            (
                None,
                SignInStatus::NeedsIdentifier
                | SignInStatus::NeedsSecondFactor
                | SignInStatus::NeedsNewPassword
                | SignInStatus::Complete
                | SignInStatus::Abandoned,
            ) => None,
        },
        "second_factor_verification": match (of.second_factor.as_deref(), of.status) {
            (Some(strategy), _) => Some(verification::passed(strategy)),
            (None, SignInStatus::NeedsSecondFactor) => sent(of, shown),
            (
                None,
                SignInStatus::NeedsIdentifier
                | SignInStatus::NeedsFirstFactor
                | SignInStatus::NeedsNewPassword
                | SignInStatus::Complete
                | SignInStatus::Abandoned,
            ) => None,
        },
        "identifier": of.identifier,
        "user_data": null,
        "created_session_id": of.created_session_id,
        "abandon_at": of.abandon_at,
    })
}

/// The stored status in the flow's words.
#[must_use]
pub const fn status(of: SignInStatus) -> Status {
    match of {
        SignInStatus::NeedsIdentifier => Status::NeedsIdentifier,
        SignInStatus::NeedsFirstFactor => Status::NeedsFirstFactor,
        SignInStatus::NeedsSecondFactor => Status::NeedsSecondFactor,
        SignInStatus::NeedsNewPassword => Status::NeedsNewPassword,
        SignInStatus::Complete => Status::Complete,
        SignInStatus::Abandoned => Status::Abandoned,
    }
}

fn first_factor(factor: &FirstFactor) -> Value {
    match &factor.address {
        None => verification::factor(factor.strategy),
        Some(to) => verification::sent_factor(factor.strategy, &to.safe_identifier, &to.id),
    }
}

/// An app, the numbers that are kept for it, and paper.
#[must_use]
pub(super) fn second_factors(of: &SecondFactors) -> Value {
    let totp = of.has.totp.then(|| verification::factor(Strategy::Totp));
    let codes = of.has.recovery_codes.then(|| verification::factor(Strategy::BackupCode));
    let phones = of
        .phones
        .iter()
        .map(|phone| verification::sent_factor(Strategy::PhoneCode, &masked(phone), &phone.id));
    totp.into_iter().chain(phones).chain(codes).collect()
}

/// A name of a user, as far as it is shown before a factor was passed.
pub(super) fn masked(name: &Identification) -> String {
    Identifier::parse(&name.value).map(|named| named.masked()).unwrap_or_default()
}

/// What was sent and waits for its answer.
fn sent(of: &SignIn, shown: &Shown) -> Option<Value> {
    Some(verification::sent(of.prepared.as_deref()?, shown.code.as_ref()?, shown.now))
}
