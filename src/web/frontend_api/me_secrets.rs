//! A user's own secrets: a new password for the present one, recovery codes, and taking them away. A
//! present password counts as in a sign-in; codes are made only soon after a first factor.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::checks::{Check, check, require_fresh};
use super::form::locale_of;
use super::front_door::Caller;
use super::me::{BY_SESSION, Own};
use crate::model::Authenticator;
use crate::resource::user::{Audience, user};
use crate::tenant::{
    ChangedAccount, CheckedSecret, MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, OpenSessions,
    OwnBrowser, Password, PasswordFault, UserChangeForm, is_long_enough,
};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ErrorEntry;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation,
    Param::{May, Must},
    Takes, Verb,
};
use crate::web::{ApiError, ErrorKind};

const CURRENT: &str = "current_password";
const NEW: &str = "new_password";

/// `POST me/change_password`. Whoever has none yet sets one, soon after a first factor.
pub(super) async fn change_password(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let new = new_password(&params)?;
    let ends_others = params.flag("sign_out_of_other_sessions")?.unwrap_or(false);
    let own = Own::of(&doors, &caller, &request).await?;
    if own.card.record.user.password_hash.is_some() {
        let current = current_password(&params)?;
        let same = current.expose() == new.expose();
        prove(&doors, &caller, &request, &params, &own, current).await?;
        // Said only to who knows the present one.
        if same {
            return Err(ApiError::of_param(ErrorKind::NewPasswordMatches, NEW));
        }
    } else {
        require_fresh(&own.session, doors.now())?;
    }
    let sessions = match ends_others {
        true => OpenSessions::EndOthers(own.session.id.clone()),
        false => OpenSessions::Keep,
    };
    let browser = OwnBrowser {
        session: own.session.id.clone(),
        source: doors.address(&request).source,
        device: caller.browser(&doors, &request).device,
    };
    let form = UserChangeForm {
        password: Some(Some(new)),
        sessions,
        browser: Some(browser),
        ..UserChangeForm::default()
    };
    changed(&doors, &caller, &request, &own, form).await
}

/// `POST me/remove_password`: for whoever can sign in by a code that is mailed or sent.
pub(super) async fn remove_password(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let current = current_password(&params)?;
    let own = Own::of(&doors, &caller, &request).await?;
    let record = &own.card.record;
    if record.user.password_hash.is_none() {
        return Err(ApiError::of(ErrorKind::NoPasswordSet));
    }
    prove(&doors, &caller, &request, &params, &own, current).await?;
    let reachable = |kind: &str| matches!(kind, "email_address" | "phone_number");
    if !record.identifications.iter().any(|found| found.verified && reachable(&found.kind)) {
        let refused = ApiError::of(ErrorKind::ResourceForbidden);
        return Err(refused.with_long_message(
            "The password is the only way to sign in to this account. Add an e-mail address first.",
        ));
    }
    let form = UserChangeForm { password: Some(None), ..UserChangeForm::default() };
    changed(&doors, &caller, &request, &own, form).await
}

/// `POST me/backup_codes`: a new set, shown this once; the one before is worth nothing any more.
pub(super) async fn make_codes(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let own = Own::of(&doors, &caller, &request).await?;
    require_fresh(&own.session, doors.now())?;
    if !own.card.factors.totp {
        return Err(ApiError::of(ErrorKind::TotpDisabled));
    }
    let codes = doors.tenants.new_recovery_codes(&caller.profile)?;
    let shown: Vec<String> = codes.iter().map(|code| code.expose().to_owned()).collect();
    let form = UserChangeForm {
        recovery_codes: Some(codes.into_iter().map(|code| code.expose().into()).collect()),
        ..UserChangeForm::default()
    };
    own.write(&doors, &caller, form).await?;
    let now = doors.now();
    let made = json!({
        "object": "backup_code",
        "id": own.name("bkp_"),
        "codes": shown,
        "created_at": now,
        "updated_at": now,
    });
    own.answer(&doors, &caller, &request, made).await
}

/// The present password through the one counter.
async fn prove(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    params: &Params,
    own: &Own,
    current: Password,
) -> Result<(), ApiError> {
    let user = &own.card.record.user;
    let locale = locale_of(params).or(user.locale.as_deref());
    let secret = CheckedSecret::Password(current);
    let wrong = || ApiError::of_param(ErrorKind::PasswordIncorrect, CURRENT);
    check(doors, caller, request, Check { user: &user.id, secret, aged: None, locale }, wrong).await
}

async fn changed(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    own: &Own,
    form: UserChangeForm,
) -> Result<HttpResponse, ApiError> {
    let ChangedAccount { card, lane_token } = own.write_here(doors, caller, form).await?;
    let resource = user(&card, doors.now(), Audience::Frontend, &caller.profile.avatars());
    let mut response = own.answer(doors, caller, request, resource).await?;
    doors.give_lane(&caller.profile, request, &mut response, lane_token.as_deref());
    Ok(response)
}

fn current_password(params: &Params) -> Result<Password, ApiError> {
    let text = params.required_secret(CURRENT, MAX_PASSWORD_BYTES)?;
    Password::parse(text).map_err(|_| ApiError::of_param(ErrorKind::ParamFormatInvalid, CURRENT))
}

fn new_password(params: &Params) -> Result<Password, ApiError> {
    let text = params.required_secret(NEW, usize::MAX)?;
    let entry = match Password::parse(text) {
        Err(PasswordFault::Empty) => ErrorEntry::of_param(ErrorKind::ParamNil, NEW),
        Err(PasswordFault::TooLong) => {
            let most = MAX_PASSWORD_BYTES.to_string();
            ErrorEntry::filled(ErrorKind::PasswordTooLong, &[&most]).with_param(NEW)
        }
        Ok(_) if !is_long_enough(text) => {
            let least = MIN_PASSWORD_CHARS.to_string();
            ErrorEntry::filled(ErrorKind::PasswordTooShort, &[&least]).with_param(NEW)
        }
        Ok(password) => return Ok(password),
    };
    Err(ApiError::with_entry(ErrorKind::ParamFormatInvalid, entry))
}

const USER: &[Answered] = &[Answered::Json(200, Shape::Wrapped(&Shape::Ref("User")))];
const PASSWORD: &[Takes] = &[Takes::SecretBySession(Authenticator::Password)];
const OF_PASSWORDS: &[ErrorKind] = &[
    ErrorKind::SignedOut,
    ErrorKind::UserLocked,
    ErrorKind::UserBanned,
    ErrorKind::PasswordIncorrect,
    ErrorKind::LockoutWarning,
    ErrorKind::NewPasswordMatches,
    ErrorKind::NoPasswordSet,
    ErrorKind::PasswordTooShort,
    ErrorKind::PasswordTooLong,
    ErrorKind::SessionReverification,
    ErrorKind::ResourceForbidden,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamDuplicate,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Post, "/me/change_password", "changePassword", PASSWORD, || {
        web::to(change_password)
    })
    .query(BY_SESSION)
    .body(&[
        May(CURRENT, Kind::Secret),
        Must(NEW, Kind::NewSecret),
        May("sign_out_of_other_sessions", Kind::Flag),
        May("locale", Kind::Text),
    ])
    .answers(USER)
    .errors(OF_PASSWORDS),
    Operation::clerks(Verb::Post, "/me/remove_password", "removePassword", PASSWORD, || {
        web::to(remove_password)
    })
    .query(BY_SESSION)
    .body(&[Must(CURRENT, Kind::Secret), May("locale", Kind::Text)])
    .answers(USER)
    .errors(OF_PASSWORDS),
    Operation::clerks(Verb::Post, "/me/backup_codes", "createBackupCodes", NOTHING, || {
        web::to(make_codes)
    })
    .query(BY_SESSION)
    .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Ref("BackupCodes")))])
    .errors(&[
        ErrorKind::SignedOut,
        ErrorKind::SessionReverification,
        ErrorKind::TotpDisabled,
    ]),
];
