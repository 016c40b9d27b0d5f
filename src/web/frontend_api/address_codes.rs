//! What proving an address asks and answers, for a sign-up's and for a further one of a user: the
//! fields of the wire, and the words of the contract for what came of it.

use secrecy::SecretString;

use super::codes::later;
use super::form::MAX_WORD;
use crate::model::identifier::MAX_IDENTIFIER_BYTES;
use crate::model::{Identifier, IdentifierKind};
use crate::store::one_time_codes::CodeFault;
use crate::tenant::{Ordered, Unproved};
use crate::web::body::Params;
use crate::web::operation::{Kind, Param, Param::Must};
use crate::web::{ApiError, ErrorKind};

/// Longest code looked at; ours have six digits.
const MAX_CODE_BYTES: usize = 64;
pub(super) const EMAIL_CODE: &str = "email_code";
/// The field that names an address.
pub(super) const EMAIL: &str = "email_address";

pub(super) const STRATEGY: Param = Must("strategy", Kind::Word(&[EMAIL_CODE]));
pub(super) const CODE: Param = Must("code", Kind::Secret);

/// The one way to prove an address here.
pub(super) fn email_code(params: &Params) -> Result<(), ApiError> {
    match params.required("strategy", MAX_WORD)? {
        EMAIL_CODE => Ok(()),
        _ => Err(ApiError::of_param(ErrorKind::ParamValueInvalid, "strategy")),
    }
}

pub(super) fn typed_code(params: &Params) -> Result<SecretString, ApiError> {
    Ok(SecretString::from(params.required_secret("code", MAX_CODE_BYTES)?.to_owned()))
}

/// # Errors
/// 429 with `Retry-After` where no code was sent.
pub(super) fn sent(ordered: Ordered) -> Result<(), ApiError> {
    match ordered {
        Ordered::Sent => Ok(()),
        Ordered::TooSoon { wait } => Err(later(ErrorKind::CodeTooSoon, wait)),
        Ordered::TooMany { wait } => Err(later(ErrorKind::CodeRateLimit, wait)),
        // No sign-in asked.
        Ordered::Void => Err(ApiError::internal()),
    }
}

/// The refusal of the contract.
pub(super) fn unproved(why: Unproved) -> ApiError {
    match why {
        Unproved::NotPrepared | Unproved::Unusable(CodeFault::Missing) => {
            ApiError::of(ErrorKind::VerificationMissing)
        }
        Unproved::Unusable(CodeFault::Expired) => ApiError::of(ErrorKind::VerificationExpired),
        Unproved::Unusable(CodeFault::Spent) => ApiError::of(ErrorKind::VerificationFailed),
        Unproved::Wrong => ApiError::code_incorrect(),
        Unproved::Claimed => ApiError::of(ErrorKind::IdentificationClaimed),
    }
}

/// An identifier of the kind that a field is for.
pub(super) fn identifier(
    params: &Params,
    field: &str,
    kind: IdentifierKind,
) -> Result<Option<Identifier>, ApiError> {
    let Some(text) = params.text(field, MAX_IDENTIFIER_BYTES)? else { return Ok(None) };
    match Identifier::parse(text) {
        Ok(parsed) if parsed.kind == kind => Ok(Some(parsed)),
        Ok(_) | Err(_) => Err(ApiError::of_param(ErrorKind::ParamFormatInvalid, field)),
    }
}
