//! Codes and links as a first factor: asking for one by mail or text message, and trying a code.
//! Before a factor is passed nothing here depends on who has the name, but in the revealing mode.

use std::time::Duration;

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use secrecy::SecretString;

use super::factors::{Field, Tried, answered, candour};
use super::form::{SentFactor, locale_of};
use super::front_door::Caller;
use super::refusals::{self, refused};
use super::sign_ins::Own;
use super::verify::way_back;
use crate::model::{CanonicalKey, IdentificationId, Identifier, IdentifierKind, SignInId};
use crate::resource;
use crate::resource::sign_in::SecondFactors;
use crate::sign_in::{
    Action, Address, Candour, Facts, Has, Place, Prepared, Presence, Refusal, Run, Strategy,
    judge_factor,
};
use crate::store::one_time_codes::CodePurpose;
use crate::store::sign_ins::SignIn;
use crate::store::users::UserRecord;
use crate::tenant::{CodeAttempt, CodeOrder, FactorStep, Ordered, Sent, TenantFault};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::request_id::RefusedTry;
use crate::web::{ApiError, ErrorKind};

/// Has a code sent, bound to this sign-in.
///
/// # Errors
/// The refusal of the contract; 429 with `Retry-After`.
pub(super) async fn order(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    sign_in: &SignIn,
    sent: SentFactor,
    address: Option<String>,
    params: &Params,
) -> Result<(), ApiError> {
    let profile = &caller.profile;
    let action = Action::PrepareFirstFactor;
    let back = match sent {
        SentFactor::Link => Some(way_back(doors, caller, request, params)?),
        SentFactor::Email | SentFactor::Phone | SentFactor::Reset => None,
    };
    let (key, identifier) = named(sign_in)?;
    let source = doors.address(request).source;
    let browser = caller.browser(doors, request);
    let locale = locale_of(params).map(str::to_owned).or_else(|| sign_in.locale.clone());
    // A code to sign in with could not be used; the one that resets is the way out.
    if sent.way_in() == WayIn::RefusedWhileLocked
        && let Some(lock) =
            doors.tenants.locked_already(profile, &key, &source, &browser.claims).await?
    {
        return Err(refusals::locked(doors, profile, &lock, locale.as_deref()));
    }
    let silent = profile.phantoms.silent_factor_id(&key);
    let other = address.filter(|id| *id != silent.as_str());
    let known = owner(doors, caller, &identifier).await?;
    let whose = address_of(doors, caller, known.as_ref(), other.as_deref()).await?;
    let facts = facts(caller, sent, known.as_ref(), Prepared::NotNeeded);
    judge_factor(&run(sign_in), action, &facts, Some(whose), doors.now())
        .map_err(|refusal| refused(refusal, action, sign_in.id.as_str()))?;
    if other.is_none() && identifier.kind != sent.kind() {
        return Err(refused(Refusal::StrategyForUser, action, sign_in.id.as_str()));
    }
    let order = CodeOrder {
        profile: profile.clone(),
        key,
        sign_in: sign_in.id.clone(),
        strategy: sent.strategy().as_str(),
        purpose: match sent.way_in() {
            WayIn::RefusedWhileLocked => CodePurpose::SignIn,
            WayIn::OpenWhileLocked => CodePurpose::Reset,
        },
        way: sent.way(),
        named: other.clone().map_or(silent, IdentificationId::from_stored),
        address: other.map(IdentificationId::from_stored),
        source,
        locale,
    };
    let id = order.sign_in.clone();
    let ordered = match back {
        Some(page) => doors.tenants.order_link(order, page).await?,
        None => doors.tenants.order_code(order).await?,
    };
    ordered_or(ordered, action, &id)
}

/// What came of an order, in the words of the contract.
fn ordered_or(ordered: Ordered, action: Action, id: &SignInId) -> Result<(), ApiError> {
    match ordered {
        Ordered::Sent => Ok(()),
        Ordered::TooSoon { wait } => Err(later(ErrorKind::CodeTooSoon, wait)),
        Ordered::TooMany { wait } => Err(later(ErrorKind::CodeRateLimit, wait)),
        Ordered::Void => Err(refused(Refusal::NotFound, action, id.as_str())),
    }
}

/// Has a code sent to a number that is kept for the second factor: the named one, or the first.
///
/// # Errors
/// As [`order`].
pub(super) async fn order_second(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    sign_in: &SignIn,
    address: Option<&str>,
    params: &Params,
) -> Result<(), ApiError> {
    let (profile, action) = (&caller.profile, Action::PrepareSecondFactor);
    let key = sign_in.canonical_key.clone().ok_or_else(ApiError::internal)?;
    let source = doors.address(request).source;
    let browser = caller.browser(doors, request);
    let locale = locale_of(params).map(str::to_owned).or_else(|| sign_in.locale.clone());
    if let Some(lock) =
        doors.tenants.locked_already(profile, &key, &source, &browser.claims).await?
    {
        return Err(refusals::locked(doors, profile, &lock, locale.as_deref()));
    }
    let user = sign_in.user_id.clone().ok_or_else(ApiError::internal)?;
    let card = doors.tenants.user(profile, user).await?;
    let mut phones =
        card.map(|card| SecondFactors::of(card).phones).unwrap_or_default().into_iter();
    let chosen = match address {
        Some(id) => phones.find(|phone| phone.id.as_str() == id),
        None => phones.next(),
    };
    let Some(phone) = chosen else {
        let refusal = match address {
            Some(_) => Refusal::UnknownAddress,
            None => Refusal::NoSecondFactor(Strategy::PhoneCode),
        };
        return Err(refused(refusal, action, sign_in.id.as_str()));
    };
    let order = CodeOrder {
        profile: profile.clone(),
        key,
        sign_in: sign_in.id.clone(),
        strategy: Strategy::PhoneCode.as_str(),
        purpose: CodePurpose::SecondFactor,
        way: Sent::Text,
        named: phone.id.clone(),
        address: Some(phone.id),
        source,
        locale,
    };
    let id = order.sign_in.clone();
    ordered_or(doors.tenants.order_code(order).await?, action, &id)
}

/// Whether a lock closes the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WayIn {
    RefusedWhileLocked,
    /// It is the way out of the lock.
    OpenWhileLocked,
}

impl SentFactor {
    const fn way_in(self) -> WayIn {
        match self {
            Self::Email | Self::Link | Self::Phone => WayIn::RefusedWhileLocked,
            Self::Reset => WayIn::OpenWhileLocked,
        }
    }

    const fn way(self) -> Sent {
        match self {
            Self::Email | Self::Reset => Sent::Mail,
            Self::Link => Sent::Link,
            Self::Phone => Sent::Text,
        }
    }

    /// Of the names that it can be sent to.
    const fn kind(self) -> IdentifierKind {
        match self {
            Self::Email | Self::Link | Self::Reset => IdentifierKind::EmailAddress,
            Self::Phone => IdentifierKind::PhoneNumber,
        }
    }
}

/// Tries a code against the one that this sign-in was sent.
///
/// # Errors
/// What may be told about it.
pub(super) async fn try_code(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    own: Own,
    sent: SentFactor,
    typed: SecretString,
) -> Result<HttpResponse, ApiError> {
    let profile = &caller.profile;
    let action = Action::AttemptFirstFactor;
    let sign_in = &own.sign_in;
    let (key, identifier) = named(sign_in)?;
    let source = doors.address(request).source;
    let browser = caller.browser(doors, request);
    let locale = sign_in.locale.clone();
    if sent.way_in() == WayIn::RefusedWhileLocked
        && let Some(lock) =
            doors.tenants.locked_already(profile, &key, &source, &browser.claims).await?
    {
        request.extensions_mut().insert(RefusedTry(profile.clone()));
        return Err(refusals::locked(doors, profile, &lock, locale.as_deref()));
    }
    let prepared = match sign_in.prepared.as_deref() {
        None => Prepared::Nothing,
        Some(word) if word == sent.strategy().as_str() => Prepared::This,
        Some(_) => Prepared::Otherwise,
    };
    let known = owner(doors, caller, &identifier).await?;
    let facts = facts(caller, sent, known.as_ref(), prepared);
    let whose = chosen_before(caller, sign_in, &key, known.as_ref());
    judge_factor(&run(sign_in), action, &facts, Some(whose), doors.now())
        .map_err(|refusal| refused(refusal, action, sign_in.id.as_str()))?;
    let Some(code) = sign_in.prepared_code.clone() else {
        return Err(refused(Refusal::NotPrepared, action, sign_in.id.as_str()));
    };
    let attempt = CodeAttempt {
        profile: profile.clone(),
        key,
        typed,
        source,
        browser,
        sign_in: sign_in.id.clone(),
        client: own.client.client.id.clone(),
    };
    let tenants = &doors.tenants;
    let answer = match sent {
        SentFactor::Email | SentFactor::Phone => {
            tenants.attempt_code(attempt, code, sent.way(), FactorStep::First).await?
        }
        SentFactor::Reset => tenants.attempt_reset_code(attempt, code).await?,
        // Nothing of it can be typed.
        SentFactor::Link => {
            return Err(refused(Refusal::PreparedOtherwise, action, sign_in.id.as_str()));
        }
    };
    let field = Field::Code;
    let tried = Tried { sign_in: Some(&sign_in.id), action, field, locale: locale.as_deref() };
    answered(doors, caller, request, &tried, answer).await
}

pub(super) fn later(kind: ErrorKind, wait: Duration) -> ApiError {
    let whole = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    ApiError::of(kind).with_retry_after(whole.max(1))
}

/// A sign-in that takes a first factor has an identifier; the flow has said so.
fn named(sign_in: &SignIn) -> Result<(CanonicalKey, Identifier), ApiError> {
    let identifier = sign_in.identifier.as_deref().and_then(|text| Identifier::parse(text).ok());
    let identifier = identifier.ok_or_else(ApiError::internal)?;
    Ok((identifier.key.clone(), identifier))
}

pub(super) fn run(sign_in: &SignIn) -> Run {
    let status = resource::sign_in::status(sign_in.status);
    Run { status, place: Place::Current, abandon_at: sign_in.abandon_at }
}

/// Looked up in the revealing mode only.
pub(super) async fn owner(
    doors: &Doors,
    caller: &Caller,
    identifier: &Identifier,
) -> Result<Option<UserRecord>, ApiError> {
    match candour(caller) {
        Candour::Silent => Ok(None),
        Candour::Revealing => {
            let profile = &caller.profile;
            let found = doors.reader().identified(profile.id().clone(), identifier.key.clone());
            Ok(found.await.map_err(TenantFault::from)?)
        }
    }
}

fn facts(
    caller: &Caller,
    sent: SentFactor,
    known: Option<&UserRecord>,
    prepared: Prepared,
) -> Facts {
    let kind = sent.kind().as_str();
    let proved = |user: &UserRecord| {
        user.identifications.iter().any(|i| i.verified && !i.second_factor && i.kind == kind)
    };
    Facts {
        answer: candour(caller),
        user: presence(caller, known),
        strategy: sent.strategy(),
        has: match known {
            None => Has::Unknown,
            Some(user) if proved(user) => Has::Yes,
            Some(_) => Has::No,
        },
        prepared,
    }
}

/// In the revealing mode a sign-in is opened for a name that somebody has.
pub(super) fn presence(caller: &Caller, known: Option<&UserRecord>) -> Presence {
    match (candour(caller), known) {
        (Candour::Silent, _) => Presence::Untold,
        (Candour::Revealing, Some(_)) => Presence::There,
        (Candour::Revealing, None) => Presence::Deleted,
    }
}

/// Whose the address is by now that a code was sent to; in silence as it was.
fn chosen_before(
    caller: &Caller,
    sign_in: &SignIn,
    key: &CanonicalKey,
    known: Option<&UserRecord>,
) -> Address {
    let silent = caller.profile.phantoms.silent_factor_id(key);
    let chosen = sign_in.prepared_address.as_deref().filter(|id| *id != silent.as_str());
    match (candour(caller), chosen, known) {
        (Candour::Revealing, Some(id), Some(user))
            if !user.identifications.iter().any(|row| row.id.as_str() == id) =>
        {
            Address::Deleted
        }
        (Candour::Revealing | Candour::Silent, _, _) => Address::Own,
    }
}

/// Whose the named address is; in silence only the sign-in's own offer is one.
async fn address_of(
    doors: &Doors,
    caller: &Caller,
    known: Option<&UserRecord>,
    other: Option<&str>,
) -> Result<Address, ApiError> {
    let Some(id) = other else { return Ok(Address::Own) };
    match (candour(caller), known) {
        (Candour::Silent, _) => Ok(Address::Unknown),
        (Candour::Revealing, Some(user))
            if user.identifications.iter().any(|row| row.id.as_str() == id) =>
        {
            Ok(Address::Own)
        }
        (Candour::Revealing, _) => {
            let id = IdentificationId::from_stored(id.to_owned());
            let found = doors.reader().name(caller.profile.id().clone(), id).await;
            Ok(match found.map_err(TenantFault::from)? {
                Some(_) => Address::Anothers,
                None => Address::Unknown,
            })
        }
    }
}
