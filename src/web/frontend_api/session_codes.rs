//! Codes by mail and by text message that prove again who uses a session: asked for and read off a
//! form. Whoever asks is signed in, so that nothing about their own addresses is kept from them.

use actix_web::HttpRequest;
use secrecy::SecretString;

use super::codes::later;
use super::form::{MAX_WORD, locale_of};
use super::front_door::Caller;
use super::refusals;
use crate::model::IdentifierKind;
use crate::sign_in::Strategy;
use crate::store::identifications::Identification;
use crate::store::one_time_codes::{CodePurpose, OneTimeCode};
use crate::store::sessions::Session;
use crate::tenant::{
    CheckedSecret, FactorStep, Ordered, Sent, SessionCodeOrder, TenantFault, TypedCode, UserCard,
};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::{ApiError, ErrorKind};

/// A factor that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SentAgain {
    /// By mail, as the first factor.
    Mail,
    /// To a number that is a name, as the first factor.
    Text,
    /// To a number that is kept for it, as the second one.
    SecondText,
}

impl SentAgain {
    /// Behind a strategy of the first step.
    pub(super) fn first(strategy: &str) -> Option<Self> {
        [Self::Mail, Self::Text].into_iter().find(|sent| sent.strategy().as_str() == strategy)
    }

    /// Behind a strategy of the second step.
    pub(super) fn second(strategy: &str) -> Option<Self> {
        (strategy == Self::SecondText.strategy().as_str()).then_some(Self::SecondText)
    }

    const fn strategy(self) -> Strategy {
        match self {
            Self::Mail => Strategy::EmailCode,
            Self::Text | Self::SecondText => Strategy::PhoneCode,
        }
    }

    const fn purpose(self) -> CodePurpose {
        match self {
            Self::Mail | Self::Text => CodePurpose::SignIn,
            Self::SecondText => CodePurpose::SecondFactor,
        }
    }

    const fn way(self) -> Sent {
        match self {
            Self::Mail => Sent::Mail,
            Self::Text | Self::SecondText => Sent::Text,
        }
    }

    const fn step(self) -> FactorStep {
        match self {
            Self::Mail | Self::Text => FactorStep::First,
            Self::SecondText => FactorStep::Second,
        }
    }

    const fn id_field(self) -> &'static str {
        match self {
            Self::Mail => "email_address_id",
            Self::Text | Self::SecondText => "phone_number_id",
        }
    }

    fn takes(self, name: &Identification) -> bool {
        match self {
            Self::Mail => name.proves(IdentifierKind::EmailAddress),
            Self::Text => name.proves(IdentifierKind::PhoneNumber),
            Self::SecondText => name.is_second_factor(),
        }
    }

    /// Its user has no such address.
    fn nobodys(self) -> ApiError {
        match self {
            Self::Mail | Self::Text => ApiError::of(ErrorKind::StrategyForUserInvalid),
            Self::SecondText => ApiError::no_second_factors(self.strategy().as_str()),
        }
    }
}

/// Has a code sent to the named address of the user, or to the primary one, or the first.
///
/// # Errors
/// 400 where the user has no such address, 404 for an id that is none of theirs, 403 while locked,
/// 429 with `Retry-After`.
pub(super) async fn order(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    (session, card): (&Session, &UserCard),
    sent: SentAgain,
    params: &Params,
) -> Result<(), ApiError> {
    let (profile, user) = (&caller.profile, &card.record.user);
    let address = match params.text(sent.id_field(), MAX_WORD)? {
        Some(id) => {
            let named = |name: &&Identification| sent.takes(name) && name.id.as_str() == id;
            let found = card.record.identifications.iter().find(named);
            found.ok_or_else(|| ApiError::not_found("identification"))?
        }
        None => {
            let mut theirs = card.record.identifications.iter().filter(|name| sent.takes(name));
            let primary = user.primary_identification_id.as_ref();
            let first = theirs.clone().next();
            let found = theirs.find(|name| Some(&name.id) == primary).or(first);
            found.ok_or_else(|| sent.nobodys())?
        }
    };
    let locale = locale_of(params).or(user.locale.as_deref());
    let (source, browser) = (doors.address(request).source, caller.browser(doors, request));
    // It could not be used.
    let key = &address.canonical_key;
    if let Some(lock) = doors.tenants.locked_already(profile, key, &source, &browser.claims).await?
    {
        return Err(refusals::locked(doors, profile, &lock, locale));
    }
    let order = SessionCodeOrder {
        profile: profile.clone(),
        user: user.id.clone(),
        session: session.id.clone(),
        strategy: sent.strategy().as_str(),
        purpose: sent.purpose(),
        way: sent.way(),
        address: address.id.clone(),
        source,
        locale: locale.map(str::to_owned),
    };
    match doors.tenants.order_session_code(order).await? {
        Ordered::Sent => Ok(()),
        Ordered::TooSoon { wait } => Err(later(ErrorKind::CodeTooSoon, wait)),
        Ordered::TooMany { wait } => Err(later(ErrorKind::CodeRateLimit, wait)),
        Ordered::Void => Err(ApiError::of(ErrorKind::SignedOut)),
    }
}

/// The typed code, to be held against what the session was last sent for this step.
///
/// # Errors
/// 400 where nothing was sent for it, or something else.
pub(super) async fn typed(
    doors: &Doors,
    caller: &Caller,
    session: &Session,
    sent: SentAgain,
    typed: SecretString,
) -> Result<CheckedSecret, ApiError> {
    let missing = || ApiError::of(ErrorKind::VerificationMissing);
    let prepared = session.prepared.as_deref().ok_or_else(missing)?;
    if prepared != sent.strategy().as_str() {
        return Err(ApiError::of(ErrorKind::VerificationStrategyInvalid));
    }
    let row = last_sent(doors, caller, session).await?;
    // A number may stand in both steps: a code of one proves nothing in the other.
    let row = row.filter(|row| row.purpose == sent.purpose()).ok_or_else(missing)?;
    let (way, step) = (sent.way(), sent.step());
    Ok(CheckedSecret::Code(TypedCode { typed, code: row.id, sent: way, step }))
}

/// The row of what the session was last sent.
pub(super) async fn last_sent(
    doors: &Doors,
    caller: &Caller,
    session: &Session,
) -> Result<Option<OneTimeCode>, ApiError> {
    let Some(id) = session.prepared_code.clone() else { return Ok(None) };
    let found = doors.reader().code(caller.profile.id().clone(), id).await;
    Ok(found.map_err(TenantFault::from)?)
}
