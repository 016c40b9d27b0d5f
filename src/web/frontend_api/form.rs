//! The bodies of sign-ins, parsed and bounded. Parameters that this door does not know are ignored,
//! because client libraries add their own.

use std::borrow::Cow;

use secrecy::SecretString;

use super::refusals::{bad_second_strategy, bad_strategy};
use crate::model::Identifier;
use crate::model::identifier::{IdentifierFault, MAX_IDENTIFIER_BYTES};
use crate::sign_in::{Strategy, StrategyFault, first_factor_strategy, second_factor_strategy};
use crate::tenant::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, Password, is_long_enough};
use crate::token::MAX_TICKET_CHARS;
use crate::web::body::{Params, form_pairs, is_one_line};
use crate::web::error::ErrorEntry;
use crate::web::{ApiError, ErrorKind};

/// Longest strategy or other keyword, in bytes.
pub(super) const MAX_WORD: usize = 64;
/// Longest code as typed, in bytes: a recovery code with its dashes and some blanks.
const MAX_CODE: usize = 64;
/// Names one of the user's numbers.
const PHONE: &str = "phone_number_id";

/// What a new sign-in starts with.
pub(super) enum Created {
    /// Nothing: the browser library's way to start over.
    Blank,
    Named(Identifier),
    WithPassword(Identifier, Password),
    /// A code is sent at once.
    Prepared(Identifier, SentFactor),
    /// What the client's sign-up has proved.
    Transfer,
    /// What the tenant's server gave away.
    Ticket(SecretString),
}

/// A first factor that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SentFactor {
    Email,
    /// Followed, not typed.
    Link,
    Phone,
    /// By mail, and for a new password.
    Reset,
}

impl SentFactor {
    pub(super) const fn strategy(self) -> Strategy {
        match self {
            Self::Email => Strategy::EmailCode,
            Self::Link => Strategy::EmailLink,
            Self::Phone => Strategy::PhoneCode,
            Self::Reset => Strategy::ResetPasswordEmailCode,
        }
    }

    const fn of(strategy: Strategy) -> Option<Self> {
        match strategy {
            Strategy::EmailCode => Some(Self::Email),
            Strategy::EmailLink => Some(Self::Link),
            Strategy::PhoneCode => Some(Self::Phone),
            Strategy::ResetPasswordEmailCode => Some(Self::Reset),
            Strategy::Password
            | Strategy::ResetPasswordPhoneCode
            | Strategy::Ticket
            | Strategy::Totp
            | Strategy::BackupCode => None,
        }
    }
}

/// A secret to try.
pub(super) enum Secret {
    Password(Password),
    Code(SentFactor, SecretString),
    Ticket(SecretString),
}

/// Reads the body of `POST client/sign_ins`.
pub(super) fn created(params: &Params) -> Result<Created, ApiError> {
    if params.raw("transfer") == Some("true") {
        return Ok(Created::Transfer);
    }
    let strategy = params.text("strategy", MAX_WORD)?;
    let strategy = strategy.map(first_factor_strategy).transpose().map_err(bad_strategy)?;
    let password = password(params)?;
    let alone = strategy.is_none() && password.is_none() && !named(params);
    if strategy == Some(Strategy::Ticket) || (alone && params.raw("ticket").is_some()) {
        return Ok(Created::Ticket(ticket(params)?));
    }
    if alone {
        return Ok(Created::Blank);
    }
    let identifier = identifier(params)?;
    if let Some(sent) = strategy.and_then(SentFactor::of) {
        return Ok(Created::Prepared(identifier, sent));
    }
    match (strategy, password) {
        (_, Some(password)) => Ok(Created::WithPassword(identifier, password)),
        (Some(_), None) => {
            Err(ApiError::conditional_param_missing("password", "the strategy is password"))
        }
        (None, None) => Ok(Created::Named(identifier)),
    }
}

/// A password try as far as a refusal needs it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PlainTry {
    pub identifier: Identifier,
    pub locale: Option<String>,
}

/// Reads the same body as [`created`] where nothing about it is odd: each parameter once, none
/// empty, and what `created` would take for [`Created::WithPassword`]. `None`: ask `created`.
pub(super) fn plain_try(body: &[u8]) -> Option<PlainTry> {
    let [mut strategy, mut identifier, mut password, mut locale] = [const { None }; 4];
    for pair in form_pairs(body) {
        let (name, value) = pair?;
        let place = match &*name {
            "strategy" => &mut strategy,
            "identifier" => &mut identifier,
            "password" => &mut password,
            "locale" => &mut locale,
            "transfer" => return None,
            _ => continue,
        };
        if place.is_some() || value.is_empty() {
            return None;
        }
        *place = Some(value);
    }
    let plain = |text: &str, most: usize| text.len() <= most && text.chars().all(is_one_line);
    let identifier = identifier.filter(|text| plain(text, MAX_IDENTIFIER_BYTES))?;
    let usual = strategy.is_none_or(|word| word == Strategy::Password.as_str())
        && password.is_some_and(|secret| secret.len() <= MAX_PASSWORD_BYTES)
        && locale.as_ref().is_none_or(|tag| plain(tag, MAX_WORD));
    if !usual {
        return None;
    }
    let identifier = Identifier::parse(&identifier).ok()?;
    Some(PlainTry { identifier, locale: locale.map(Cow::into_owned) })
}

/// Whether an identifier was given, be it an odd one: an empty one is none.
fn named(params: &Params) -> bool {
    params.text("identifier", MAX_IDENTIFIER_BYTES) != Ok(None)
}

/// Reads the body of `attempt_first_factor`.
pub(super) fn attempted(params: &Params) -> Result<Secret, ApiError> {
    let word = params.required("strategy", MAX_WORD)?;
    match first_factor_strategy(word).map_err(bad_strategy)? {
        Strategy::Password => {
            params.required_secret("password", MAX_PASSWORD_BYTES)?;
            let password = password(params)?.ok_or_else(ApiError::internal)?;
            Ok(Secret::Password(password))
        }
        Strategy::EmailCode => Ok(Secret::Code(SentFactor::Email, code(params)?)),
        Strategy::PhoneCode => Ok(Secret::Code(SentFactor::Phone, code(params)?)),
        Strategy::ResetPasswordEmailCode => Ok(Secret::Code(SentFactor::Reset, code(params)?)),
        Strategy::Ticket => Ok(Secret::Ticket(ticket(params)?)),
        // A link is followed, not typed.
        Strategy::EmailLink => Err(bad_strategy(StrategyFault::Unknown)),
        // Not among the enabled ones; they get their arm when they are.
        Strategy::ResetPasswordPhoneCode | Strategy::Totp | Strategy::BackupCode => {
            Err(bad_strategy(StrategyFault::Disabled))
        }
    }
}

/// Reads the body of `attempt_second_factor`.
pub(super) fn attempted_second(params: &Params) -> Result<(Strategy, SecretString), ApiError> {
    let strategy = second_strategy(params)?;
    Ok((strategy, code(params)?))
}

fn ticket(params: &Params) -> Result<SecretString, ApiError> {
    Ok(SecretString::from(params.required_secret("ticket", MAX_TICKET_CHARS)?.to_owned()))
}

fn code(params: &Params) -> Result<SecretString, ApiError> {
    Ok(SecretString::from(params.required_secret("code", MAX_CODE)?.to_owned()))
}

/// Reads the strategy of `prepare_first_factor` and the address it names, if any.
pub(super) fn prepared(params: &Params) -> Result<(SentFactor, Option<String>), ApiError> {
    let word = params.required("strategy", MAX_WORD)?;
    let strategy = first_factor_strategy(word).map_err(bad_strategy)?;
    // A password needs no preparing.
    let sent = SentFactor::of(strategy).ok_or_else(|| bad_strategy(StrategyFault::Unknown))?;
    let field = match sent {
        SentFactor::Email | SentFactor::Link | SentFactor::Reset => "email_address_id",
        SentFactor::Phone => PHONE,
    };
    let address = params.text(field, MAX_WORD)?.map(str::to_owned);
    Ok((sent, address))
}

/// The number that a second factor is asked for at, where one is named.
pub(super) fn phone_of(params: &Params) -> Result<Option<&str>, ApiError> {
    params.text(PHONE, MAX_WORD)
}

/// A password to be set.
pub(super) fn new_password(params: &Params) -> Result<Password, ApiError> {
    let text = params.required_secret("password", MAX_PASSWORD_BYTES)?;
    if !is_long_enough(text) {
        let least = MIN_PASSWORD_CHARS.to_string();
        let entry = ErrorEntry::filled(ErrorKind::PasswordTooShort, &[&least]);
        return Err(ApiError::with_entry(
            ErrorKind::PasswordTooShort,
            entry.with_param("password"),
        ));
    }
    password(params)?.ok_or_else(ApiError::internal)
}

/// The strategy of a second step. One that is a second factor elsewhere and cannot be passed here
/// is judged by who asks: nobody has it.
pub(super) fn second_strategy(params: &Params) -> Result<Strategy, ApiError> {
    let word = params.required("strategy", MAX_WORD)?;
    match (second_factor_strategy(word), Strategy::parse(word)) {
        (Ok(strategy), _)
        | (Err(_), Some(strategy @ (Strategy::EmailCode | Strategy::EmailLink))) => Ok(strategy),
        (Err(fault), _) => Err(bad_second_strategy(fault)),
    }
}

/// The `identifier` of a body, which must be there.
pub(super) fn identifier(params: &Params) -> Result<Identifier, ApiError> {
    let text = params.required("identifier", MAX_IDENTIFIER_BYTES)?;
    Identifier::parse(text).map_err(|fault| {
        let kind = match fault {
            IdentifierFault::Empty => ErrorKind::ParamNil,
            IdentifierFault::TooLong => {
                let most = MAX_IDENTIFIER_BYTES.to_string();
                let entry = ErrorEntry::filled(ErrorKind::ParamTooLong, &["identifier", &most]);
                return ApiError::with_entry(
                    ErrorKind::ParamTooLong,
                    entry.with_param("identifier"),
                );
            }
            IdentifierFault::ControlCharacter
            | IdentifierFault::EmailAddress
            | IdentifierFault::PhoneNumber => ErrorKind::ParamFormatInvalid,
        };
        ApiError::of_param(kind, "identifier")
    })
}

/// The language that the browser library asks for; odd text is no language.
pub(super) fn locale_of(params: &Params) -> Option<&str> {
    params.text("locale", MAX_WORD).ok().flatten()
}

fn password(params: &Params) -> Result<Option<Password>, ApiError> {
    let Some(text) = params.secret("password", MAX_PASSWORD_BYTES)? else { return Ok(None) };
    // Bounded and not empty by now.
    Password::parse(text).map(Some).map_err(|_| ApiError::password_incorrect())
}
