//! The bodies that make and change users. Every fault of a body is told at once, taken names
//! included. Knows nothing of hashing and rows.

use jiff::Timestamp;
use secrecy::SecretString;

use super::fault::unanswered;
use super::key::Keyed;
use crate::model::identifier::MAX_IDENTIFIER_BYTES;
use crate::model::{Identifier, IdentifierKind, Millis};
use crate::store::user_lists::UserFilter;
use crate::store::user_metadata::MetadataChange;
use crate::store::users::UserChange;
use crate::tenant::{
    HASHERS, ImportFault, ImportedHash, MAX_DIGEST_BYTES, MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS,
    NewUserForm, Password, PasswordFault, TotpSecret, is_long_enough,
};
use crate::text::{Zone, is_language_tag};
use crate::web::ApiError;
use crate::web::error::ErrorEntry;
use crate::web::error_code::ErrorKind;
use crate::web::fields::{Change, Fields, JsonBody};
use crate::web::operation::{Kind, Param, Param::May};

/// Longest name or external id, in bytes.
const MAX_NAME_BYTES: usize = 256;
/// Largest of the three metadata objects, in bytes of JSON (Clerk's limit).
pub(super) const MAX_METADATA_BYTES: usize = 8 * 1024;
/// Most identifiers of one kind for a new user.
const MAX_IDENTIFIERS: usize = 20;
/// Longest language tag (RFC 5646 §4.4.1) and longest IANA time zone name, in bytes.
const MAX_LOCALE_BYTES: usize = 35;
const MAX_TIME_ZONE_BYTES: usize = 64;

/// What a caller must not believe to have set.
const NOT_YET: [&str; 1] = ["web3_wallet"];
/// Longest spelling of an app's secret (64 bytes in base32, grouped as people copy it).
const MAX_TOTP_BYTES: usize = 160;
/// Recovery codes that a server may bring along; as many as Clerk takes.
const MAX_RECOVERY_CODES: usize = 20;
/// Longest of them, and the least that is no guess within the tries of a policy.
const MAX_RECOVERY_CODE_BYTES: usize = 64;
const MIN_RECOVERY_CODE_CHARS: usize = 8;

/// Faults of single fields.
pub(super) const FORM: &[ErrorKind] = &[
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamDuplicate,
];

/// Faults of a list; `starting_after` may name a user that is not there.
pub(super) const LIST_ERRORS: &[ErrorKind] = &[
    ErrorKind::NotFound,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamDuplicate,
];

/// What [`new_user`] reads.
pub(super) const NEW_USER: &[Param] = &[
    May("email_address", Kind::Texts),
    May("phone_number", Kind::Texts),
    May("username", Kind::Text),
    May("password", Kind::NewSecret),
    May("password_digest", Kind::NewSecret),
    May("password_hasher", Kind::Word(&HASHERS)),
    May("totp_secret", Kind::NewSecret),
    May("backup_codes", Kind::Texts),
    May("skip_password_checks", Kind::Flag),
    May("skip_user_requirement", Kind::Flag),
    May("first_name", Kind::TextOrNull),
    May("last_name", Kind::TextOrNull),
    May("external_id", Kind::TextOrNull),
    May("locale", Kind::TextOrNull),
    May("time_zone", Kind::TextOrNull),
    May("public_metadata", Kind::Object),
    May("private_metadata", Kind::Object),
    May("unsafe_metadata", Kind::Object),
    May("created_at", Kind::Text),
    May("banned", Kind::Flag),
    May("locked", Kind::Flag),
    May("email_address_identification_status", Kind::Texts),
    May("phone_number_identification_status", Kind::Texts),
];

pub(super) const NEW_USER_ERRORS: &[ErrorKind] = &[
    ErrorKind::DataMissing,
    ErrorKind::IdentifierExists,
    ErrorKind::PasswordTooShort,
    ErrorKind::PasswordTooLong,
    ErrorKind::ConditionalParamMissing,
    ErrorKind::FeatureNotEnabled,
    ErrorKind::ParamNil,
    ErrorKind::ParamUnknown,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamDuplicate,
    ErrorKind::Conflict,
];

/// What `PATCH /v1/users/{id}` reads.
pub(super) const CHANGED_USER: &[Param] = &[
    May("first_name", Kind::TextOrNull),
    May("last_name", Kind::TextOrNull),
    May("external_id", Kind::TextOrNull),
    May("locale", Kind::TextOrNull),
    May("time_zone", Kind::TextOrNull),
    May("username", Kind::TextOrNull),
    May("primary_email_address_id", Kind::Text),
    May("primary_phone_number_id", Kind::Text),
    May("password", Kind::NewSecret),
    May("totp_secret", Kind::NewSecret),
    May("backup_codes", Kind::Texts),
    May("skip_password_checks", Kind::Flag),
    May("sign_out_of_other_sessions", Kind::Flag),
    May("public_metadata", Kind::Object),
    May("private_metadata", Kind::Object),
    May("unsafe_metadata", Kind::Object),
];

pub(super) const CHANGED_USER_ERRORS: &[ErrorKind] = &[
    ErrorKind::NotFound,
    ErrorKind::IdentifierExists,
    ErrorKind::PasswordTooShort,
    ErrorKind::PasswordTooLong,
    ErrorKind::ParamNil,
    ErrorKind::ParamUnknown,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
    ErrorKind::Conflict,
];

/// Reads `POST /v1/users`.
///
/// # Errors
/// 422 with every fault.
pub(super) async fn new_user(keyed: &Keyed<JsonBody>) -> Result<NewUserForm, ApiError> {
    let body = &keyed.body;
    let mut fields = body.fields();
    let identifiers = identifiers(&mut fields);
    let password = password(&mut fields);
    let imported_hash = imported_hash(&mut fields, body);
    let form = NewUserForm {
        password,
        imported_hash,
        created_at: created_at(&mut fields, keyed.now()),
        change: profile_change(&mut fields),
        totp: totp_secret(&mut fields),
        recovery_codes: recovery_codes(&mut fields, body).unwrap_or_default(),
        locked: fields.flag("locked").unwrap_or(false),
        banned: fields.flag("banned").unwrap_or(false),
        identifiers: identifiers.iter().map(|(_, parsed)| parsed.clone()).collect(),
    };
    refuse_not_yet(&mut fields, body);
    statuses(&mut fields);
    let named_none = fields.flag("skip_user_requirement") != Some(true)
        && !["email_address", "phone_number", "username"].iter().any(|name| given(body, name));
    if named_none {
        let wanted = "an email_address, a phone_number or a username";
        fields.refuse_with(ErrorEntry::filled(ErrorKind::DataMissing, &[wanted]));
    }
    refuse_taken(keyed, &identifiers, &mut fields).await?;
    refuse_taken_external_id(keyed, &form.change, &mut fields).await?;
    fields.finish()?;
    Ok(form)
}

/// Reads what `PATCH /v1/users/{id}` may change besides the password.
pub(super) fn profile_change(fields: &mut Fields<'_>) -> UserChange {
    UserChange {
        first_name: text(fields, "first_name", MAX_NAME_BYTES),
        last_name: text(fields, "last_name", MAX_NAME_BYTES),
        external_id: text(fields, "external_id", MAX_NAME_BYTES),
        primary_identification_id: None,
        primary_phone_id: None,
        public_metadata: metadata(fields, "public_metadata", MetadataChange::Replace),
        private_metadata: metadata(fields, "private_metadata", MetadataChange::Replace),
        unsafe_metadata: metadata(fields, "unsafe_metadata", MetadataChange::Replace),
        locale: checked(fields, "locale", MAX_LOCALE_BYTES, is_language_tag),
        time_zone: checked(fields, "time_zone", MAX_TIME_ZONE_BYTES, |text| {
            Zone::known(text).is_some()
        }),
    }
}

/// One of the metadata objects, bounded. `null` leaves it as it is.
pub(super) fn metadata(
    fields: &mut Fields<'_>,
    name: &str,
    change: fn(serde_json::Map<String, serde_json::Value>) -> MetadataChange,
) -> Option<MetadataChange> {
    fields.object(name, MAX_METADATA_BYTES).cloned().map(change)
}

/// `password` with its rules; `None` when absent or at fault.
pub(super) fn password(fields: &mut Fields<'_>) -> Option<Password> {
    let unchecked = fields.flag("skip_password_checks") == Some(true);
    let text = fields.secret("password", usize::MAX)?;
    let fault = match Password::parse(text) {
        Err(PasswordFault::Empty) => ErrorEntry::of_param(ErrorKind::ParamNil, "password"),
        Err(PasswordFault::TooLong) => {
            let most = MAX_PASSWORD_BYTES.to_string();
            ErrorEntry::filled(ErrorKind::PasswordTooLong, &[&most]).with_param("password")
        }
        Ok(_) if !unchecked && !is_long_enough(text) => {
            let least = MIN_PASSWORD_CHARS.to_string();
            ErrorEntry::filled(ErrorKind::PasswordTooShort, &[&least]).with_param("password")
        }
        Ok(password) => return Some(password),
    };
    fields.refuse_with(fault);
    None
}

/// `totp_secret` in the spelling that apps take.
pub(super) fn totp_secret(fields: &mut Fields<'_>) -> Option<TotpSecret> {
    const NAME: &str = "totp_secret";
    let secret = TotpSecret::from_base32(fields.secret(NAME, MAX_TOTP_BYTES)?);
    if secret.is_none() {
        let entry = ErrorEntry::of_param(ErrorKind::ParamFormatInvalid, NAME);
        fields
            .refuse_with(entry.with_long_message("totp_secret must be 16 to 64 bytes in base32."));
    }
    secret
}

/// `backup_codes` in clear; an empty list takes those that there are away.
pub(super) fn recovery_codes(
    fields: &mut Fields<'_>,
    body: &JsonBody,
) -> Option<Vec<SecretString>> {
    const NAME: &str = "backup_codes";
    body.0.get(NAME).filter(|value| !value.is_null())?;
    let codes = fields.texts(NAME, MAX_RECOVERY_CODES, MAX_RECOVERY_CODE_BYTES);
    // Digests of another server are no codes of ours: we could not tell when one is typed.
    let guessable = |code: &&str| code.chars().count() < MIN_RECOVERY_CODE_CHARS;
    if codes.iter().any(|code| guessable(code) || code.starts_with('$')) {
        let entry = ErrorEntry::of_param(ErrorKind::ParamFormatInvalid, NAME);
        let text = format!(
            "backup_codes must be at least {MIN_RECOVERY_CODE_CHARS} characters long, in clear."
        );
        fields.refuse_with(entry.with_long_message(text));
    }
    Some(codes.into_iter().map(SecretString::from).collect())
}

/// 422 for what this version cannot set: said, never silently left out.
pub(super) fn refuse_not_yet(fields: &mut Fields<'_>, body: &JsonBody) {
    for name in NOT_YET.into_iter().filter(|name| given(body, name)) {
        let entry = ErrorEntry::of_param(ErrorKind::ParamUnknown, name);
        fields.refuse_with(entry.with_long_message(format!("{name} cannot be set yet.")));
    }
}

/// 422 where another user has the external id.
///
/// # Errors
/// 503 when the database cannot answer.
pub(super) async fn refuse_taken_external_id(
    keyed: &Keyed<JsonBody>,
    change: &UserChange,
    fields: &mut Fields<'_>,
) -> Result<(), ApiError> {
    let Some(Some(id)) = &change.external_id else { return Ok(()) };
    let filter = UserFilter { external_ids: vec![id.clone()], ..UserFilter::default() };
    let count = keyed.doors.reader().count_users(keyed.profile.id().clone(), filter).await;
    if count.map_err(unanswered)? > 0 {
        let entry = ErrorEntry::filled(ErrorKind::IdentifierExists, &["external id"]);
        fields.refuse_with(entry.with_param("external_id"));
    }
    Ok(())
}

/// Whether a field says anything.
fn given(body: &JsonBody, name: &str) -> bool {
    let empty =
        |value: &serde_json::Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    body.0.get(name).is_some_and(|value| !empty(value))
}

/// The identifiers with the fields that named them.
fn identifiers(fields: &mut Fields<'_>) -> Vec<(&'static str, Identifier)> {
    let mut found: Vec<(&'static str, Identifier)> = Vec::new();
    for (name, kind, most) in [
        ("email_address", IdentifierKind::EmailAddress, MAX_IDENTIFIERS),
        ("phone_number", IdentifierKind::PhoneNumber, MAX_IDENTIFIERS),
        ("username", IdentifierKind::Username, 1),
    ] {
        for text in fields.texts(name, most, MAX_IDENTIFIER_BYTES) {
            let Some(parsed) = identifier(fields, name, kind, text) else { continue };
            match found.iter().any(|(_, other)| other.key == parsed.key) {
                true => fields.refuse(ErrorKind::ParamDuplicate, name),
                false => found.push((name, parsed)),
            }
        }
    }
    found
}

/// What a field names, if it is of the kind that the field is for.
pub(super) fn identifier(
    fields: &mut Fields<'_>,
    name: &str,
    kind: IdentifierKind,
    text: &str,
) -> Option<Identifier> {
    match Identifier::parse(text) {
        Ok(parsed) if parsed.kind == kind => return Some(parsed),
        Ok(_) => fields.refuse(ErrorKind::ParamFormatInvalid, name),
        Err(fault) => {
            let entry = ErrorEntry::of_param(ErrorKind::ParamFormatInvalid, name);
            fields.refuse_with(entry.with_long_message(format!("{name}: {fault}.")));
        }
    }
    None
}

/// 422 where somebody has one of these names.
///
/// # Errors
/// 503 when the database cannot answer.
pub(super) async fn refuse_taken(
    keyed: &Keyed<JsonBody>,
    identifiers: &[(&'static str, Identifier)],
    fields: &mut Fields<'_>,
) -> Result<(), ApiError> {
    for (name, identifier) in identifiers {
        let tenant = keyed.profile.id().clone();
        let owner = keyed.doors.reader().identified(tenant, identifier.key.clone()).await;
        if owner.map_err(unanswered)?.is_some() {
            let what = match identifier.kind {
                IdentifierKind::EmailAddress => "e-mail address",
                IdentifierKind::PhoneNumber => "phone number",
                IdentifierKind::Username => "username",
            };
            let entry = ErrorEntry::filled(ErrorKind::IdentifierExists, &[what]);
            fields.refuse_with(entry.with_param(name));
        }
    }
    Ok(())
}

/// The hash of `password_digest`, whose scheme is said apart; at odds with a `password`.
fn imported_hash(fields: &mut Fields<'_>, body: &JsonBody) -> Option<ImportedHash> {
    let digest = fields.text("password_digest", MAX_DIGEST_BYTES);
    let hasher = fields.text("password_hasher", MAX_NAME_BYTES);
    match (digest, hasher) {
        (None, None) => None,
        _ if given(body, "password") => {
            fields.refuse(ErrorKind::ParamDuplicate, "password");
            None
        }
        (Some(digest), Some(hasher)) => imported(fields, digest, hasher),
        (Some(_), None) => lone(fields, "password_hasher", "password_digest is given"),
        (None, Some(_)) => lone(fields, "password_digest", "password_hasher is given"),
    }
}

fn lone(fields: &mut Fields<'_>, missing: &str, when: &str) -> Option<ImportedHash> {
    let entry = ErrorEntry::filled(ErrorKind::ConditionalParamMissing, &[missing, when]);
    fields.refuse_with(entry.with_param(missing));
    None
}

fn imported(fields: &mut Fields<'_>, digest: &str, hasher: &str) -> Option<ImportedHash> {
    let fault = match ImportedHash::parse(hasher, digest) {
        Ok(hash) => return Some(hash),
        Err(fault) => fault,
    };
    let (kind, field) = match fault {
        ImportFault::Hasher | ImportFault::TooFast => {
            (ErrorKind::ParamValueInvalid, "password_hasher")
        }
        ImportFault::TooLong | ImportFault::Digest(_) => {
            (ErrorKind::ParamFormatInvalid, "password_digest")
        }
    };
    let entry = ErrorEntry::of_param(kind, field);
    fields.refuse_with(entry.with_long_message(format!("{field}: {fault}.")));
    None
}

/// RFC 3339, not in the future.
fn created_at(fields: &mut Fields<'_>, now: Millis) -> Option<Millis> {
    let text = fields.text("created_at", MAX_NAME_BYTES)?;
    let Ok(at) = text.parse::<Timestamp>() else {
        fields.refuse(ErrorKind::ParamFormatInvalid, "created_at");
        return None;
    };
    let at = Millis(at.as_millisecond());
    if !(Millis(0)..=now).contains(&at) {
        fields.refuse(ErrorKind::ParamValueInvalid, "created_at");
        return None;
    }
    Some(at)
}

/// Identifiers made here are verified: the tenant's server vouches for them.
fn statuses(fields: &mut Fields<'_>) {
    for name in ["email_address_identification_status", "phone_number_identification_status"] {
        if fields.texts(name, MAX_IDENTIFIERS, MAX_NAME_BYTES).iter().any(|s| *s != "verified") {
            fields.refuse(ErrorKind::ParamValueInvalid, name);
        }
    }
}

fn text(fields: &mut Fields<'_>, name: &str, max: usize) -> Option<Option<String>> {
    checked(fields, name, max, |_| true)
}

/// An absent text stays, `null` and an empty one clear.
fn checked(
    fields: &mut Fields<'_>,
    name: &str,
    max: usize,
    fine: fn(&str) -> bool,
) -> Option<Option<String>> {
    match fields.change(name, max) {
        Change::Keep => None,
        Change::Clear | Change::Set("") => Some(None),
        Change::Set(text) if fine(text) => Some(Some(text.to_owned())),
        Change::Set(_) => {
            fields.refuse(ErrorKind::ParamFormatInvalid, name);
            None
        }
    }
}
