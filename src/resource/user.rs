//! The user resource in Clerk's shape: every key that a client library demands, and ours beside
//! them. Instants are Unix milliseconds, waits are seconds. Knows no door and reads nothing.

use serde_json::{Value, json};

use super::email_address::{Shown, email_address, phone_number};
use crate::lockout::{LockKind, LockView};
use crate::model::{Avatars, IdentifierKind, Millis, Span};
use crate::store::user_cards::UserCard;
use crate::store::users::{Identification, User, UserRecord};

/// Who will read the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The tenant's servers, by secret key: everything.
    Backend,
    /// The user's own browser: without private metadata, which is the tenant's.
    Frontend,
}

/// The whole resource as it stands at `now`.
#[must_use]
pub fn user(card: &UserCard, now: Millis, audience: Audience, avatars: &Avatars) -> Value {
    let mut resource = serde_json::Map::new();
    let mut add = |part: Value| {
        if let Value::Object(members) = part {
            resource.extend(members);
        }
    };
    add(names(card, avatars));
    add(identifications(card));
    add(metadata(&card.record.user, audience));
    add(factors(card));
    add(standing(card, now));
    add(instants(&card.record.user));
    add(json!({
        "delete_self_enabled": false,
        "create_organization_enabled": false,
        "organization_memberships": [],
    }));
    Value::Object(resource)
}

fn names(card: &UserCard, avatars: &Avatars) -> Value {
    let user = &card.record.user;
    let image = image_url(&card.record, avatars);
    json!({
        "id": user.id,
        "object": "user",
        "external_id": user.external_id,
        "username": of_kind(card, IdentifierKind::Username).next().map(|found| &found.value),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "locale": user.locale,
        "time_zone": user.time_zone,
        "image_url": image,
        "profile_image_url": image,
        "has_image": user.image_url.is_some(),
    })
}

/// Pictures are not kept here: one that was brought along, else one that we draw.
pub(super) fn image_url(record: &UserRecord, avatars: &Avatars) -> String {
    let user = &record.user;
    if let Some(brought) = &user.image_url {
        return brought.clone();
    }
    let primary = user.primary_identification_id.as_ref();
    let names = &record.identifications;
    let shown = names.iter().find(|row| Some(&row.id) == primary).or_else(|| names.first());
    let called = [user.first_name.as_deref(), user.last_name.as_deref()];
    avatars.url(called, shown.map(|row| row.value.as_str()))
}

fn identifications(card: &UserCard) -> Value {
    let emails = named(card, IdentifierKind::EmailAddress).map(email_address);
    let phones = named(card, IdentifierKind::PhoneNumber).map(phone_number);
    let external = card
        .external
        .iter()
        .filter_map(|found| serde_json::from_str::<Value>(&found.document).ok());
    json!({
        "primary_email_address_id": primary(card, IdentifierKind::EmailAddress),
        "primary_phone_number_id": primary(card, IdentifierKind::PhoneNumber),
        "primary_web3_wallet_id": null,
        "email_addresses": emails.collect::<Vec<_>>(),
        "phone_numbers": phones.collect::<Vec<_>>(),
        "web3_wallets": [],
        "passkeys": [],
        "external_accounts": external.collect::<Vec<_>>(),
        "saml_accounts": [],
        "enterprise_accounts": [],
    })
}

fn metadata(user: &User, audience: Audience) -> Value {
    // The store keeps objects only; a row edited by hand must not break every list it is on.
    let object = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| json!({}));
    let mut metadata = json!({
        "public_metadata": object(&user.public_metadata),
        "unsafe_metadata": object(&user.unsafe_metadata),
    });
    match (audience, &mut metadata) {
        (Audience::Backend, Value::Object(members)) => {
            members.insert("private_metadata".to_owned(), object(&user.private_metadata));
        }
        (Audience::Backend | Audience::Frontend, _) => {}
    }
    metadata
}

fn factors(card: &UserCard) -> Value {
    let (user, factors) = (&card.record.user, card.factors);
    json!({
        "password_enabled": user.password_hash.is_some(),
        "password_last_updated_at": user.password_changed_at,
        "two_factor_enabled": factors.second(),
        "totp_enabled": factors.totp,
        "backup_code_enabled": factors.recovery_codes,
        "mfa_enabled_at": user.mfa_enabled_at,
        "mfa_disabled_at": user.mfa_disabled_at,
    })
}

fn standing(card: &UserCard, now: Millis) -> Value {
    // Another node's clock may be ahead: a wait is counted from the later of the two.
    let now = now.max(card.state.last_instant);
    let lock = card.lock.as_ref();
    let wait = lock.and_then(|lock| lock.until.remaining(now)).map(Span::as_seconds_up);
    json!({
        "banned": card.record.user.banned,
        "locked": lock.is_some(),
        "lockout_expires_in_seconds": wait,
        "verification_attempts_remaining": card.remaining,
        "locked_at": lock.map(|lock| lock.since),
        "lock_reason": lock.map(lock_reason),
        "locked_sources": [],
    })
}

/// Why the account is locked: `staff`, `long_run` or `automatic`.
#[must_use]
pub const fn lock_reason(lock: &LockView) -> &'static str {
    match (lock.staff, lock.kind) {
        (true, LockKind::Automatic | LockKind::LongRun) => "staff",
        (false, LockKind::LongRun) => "long_run",
        (false, LockKind::Automatic) => "automatic",
    }
}

fn instants(user: &User) -> Value {
    // Clerk tells the day of the last activity, not the moment.
    let day = user.last_active_at.map(|at| at.0.saturating_sub(at.0.rem_euclid(Span::DAY.0)));
    json!({
        "last_sign_in_at": user.last_sign_in_at,
        "last_active_at": day,
        "legal_accepted_at": user.legal_accepted_at,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    })
}

/// Those that are proved, then those that are not.
fn named(card: &UserCard, kind: IdentifierKind) -> impl Iterator<Item = Shown<'_>> {
    let waiting = card.pending.iter().filter(move |found| found.kind == kind.as_str());
    of_kind(card, kind).map(Shown::Proved).chain(waiting.map(|row| Shown::Pending(row, None)))
}

fn of_kind(card: &UserCard, kind: IdentifierKind) -> impl Iterator<Item = &Identification> {
    card.record.identifications.iter().filter(move |found| found.kind == kind.as_str())
}

/// The identifier of this kind that the user marked, else the oldest.
fn primary(card: &UserCard, kind: IdentifierKind) -> Option<&str> {
    let user = &card.record.user;
    let marked = match kind {
        IdentifierKind::PhoneNumber => user.primary_phone_id.as_ref(),
        IdentifierKind::EmailAddress | IdentifierKind::Username => {
            user.primary_identification_id.as_ref()
        }
    };
    let found = of_kind(card, kind).find(|found| Some(&found.id) == marked);
    found.or_else(|| of_kind(card, kind).next()).map(|found| found.id.as_str())
}
