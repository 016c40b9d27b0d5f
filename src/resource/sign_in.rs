//! The sign-in resource. What it shows before a factor was passed follows from what was typed
//! alone: no user is looked up for it (promise P4). Knows no door and reads nothing.

use serde_json::{Value, json};

use crate::model::{IdentificationId, Identifier};
use crate::sign_in::{
    ENABLED_FIRST_FACTORS, FirstFactor, SUPPORTED_IDENTIFIERS, Status, first_factors,
};
use crate::store::sign_ins::{SignIn, SignInStatus};

/// The whole resource. `silent_id` gives the id of the identifier's code factor.
#[must_use]
pub fn sign_in(of: &SignIn, silent_id: impl Fn(&Identifier) -> IdentificationId) -> Value {
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
        "supported_second_factors": null,
        "first_factor_verification": of.first_factor.as_deref().map(passed),
        "second_factor_verification": null,
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
    let strategy = factor.strategy.as_str();
    match &factor.address {
        None => json!({ "strategy": strategy }),
        Some(address) => {
            let id_field = match strategy.ends_with("phone_code") {
                true => "phone_number_id",
                false => "email_address_id",
            };
            json!({
                "strategy": strategy,
                "safe_identifier": address.safe_identifier,
                id_field: address.id,
            })
        }
    }
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
