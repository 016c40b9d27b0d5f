//! The factors that a sign-in shows before anything was proved. They follow from what was typed and
//! from nothing else: a known identifier and one that nobody has must look the same (promise P4).

use super::strategy::Strategy;
use crate::model::{IdentificationId, Identifier, IdentifierKind};

/// Kinds of identifiers that a sign-in takes; the same for everybody.
pub const SUPPORTED_IDENTIFIERS: [IdentifierKind; 3] =
    [IdentifierKind::EmailAddress, IdentifierKind::PhoneNumber, IdentifierKind::Username];

/// One offered factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstFactor {
    pub strategy: Strategy,
    /// Where a code goes: masked, and the id to name it by. `None` for what needs no address.
    pub address: Option<FactorAddress>,
}

/// The address of a code factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorAddress {
    pub id: IdentificationId,
    /// Made from the input.
    pub safe_identifier: String,
}

/// The factors for `identifier`, out of the `enabled` ones. `silent_id` gives the id of its code
/// factor, derived from the canonical key so that known and unknown alike have one.
pub fn first_factors(
    identifier: &Identifier,
    enabled: &[Strategy],
    silent_id: impl Fn() -> IdentificationId,
) -> Vec<FirstFactor> {
    enabled.iter().filter_map(|strategy| offered(identifier, *strategy, &silent_id)).collect()
}

fn offered(
    identifier: &Identifier,
    strategy: Strategy,
    silent_id: &impl Fn() -> IdentificationId,
) -> Option<FirstFactor> {
    let kind = match strategy {
        Strategy::Password => return Some(FirstFactor { strategy, address: None }),
        Strategy::EmailCode | Strategy::EmailLink | Strategy::ResetPasswordEmailCode => {
            IdentifierKind::EmailAddress
        }
        Strategy::PhoneCode | Strategy::ResetPasswordPhoneCode => IdentifierKind::PhoneNumber,
        // Tickets come from the tenant's server, the last two are second factors: none is offered
        // here.
        Strategy::Ticket | Strategy::Totp | Strategy::BackupCode => return None,
    };
    let address = FactorAddress { id: silent_id(), safe_identifier: identifier.masked() };
    (identifier.kind == kind).then_some(FirstFactor { strategy, address: Some(address) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::ENABLED_FIRST_FACTORS;

    fn shown(text: &str, enabled: &[Strategy]) -> Vec<(&'static str, Option<String>)> {
        let identifier = Identifier::parse(text).unwrap();
        let id = || IdentificationId::from_stored("idn_1".to_owned());
        first_factors(&identifier, enabled, id)
            .into_iter()
            .map(|factor| (factor.strategy.as_str(), factor.address.map(|a| a.safe_identifier)))
            .collect()
    }

    #[test]
    fn everybody_is_offered_the_password() {
        for text in ["bob@example.com", "+49301234567", "bob"] {
            let first = shown(text, ENABLED_FIRST_FACTORS).into_iter().next();
            assert_eq!(first, Some(("password", None)));
        }
    }

    #[test]
    fn a_code_is_offered_for_the_kind_of_name_that_was_typed() {
        let enabled = [Strategy::Password, Strategy::EmailCode, Strategy::PhoneCode];
        let code =
            |strategy, masked: &str| vec![("password", None), (strategy, Some(masked.to_owned()))];
        assert_eq!(shown("bob@example.com", &enabled), code("email_code", "b**@example.com"));
        assert_eq!(shown("+49301234567", &enabled), code("phone_code", "+**67"));
        assert_eq!(shown("bob", &enabled), [("password", None)]);
    }
}
