//! The session resource: as the user's own apps see it, with its user and a fresh token, and as the
//! tenant's servers do, with neither. Knows no door and reads nothing.

use serde_json::{Value, json};

use super::user::{Audience, image_url, user};
use crate::model::{Avatars, DeviceLabel, IdentifierKind, Millis, Source, Span, SystemFamily};
use crate::store::sessions::Session;
use crate::store::user_cards::UserCard;

/// The whole resource at `now`. `token` is a session token that was just signed; without one the
/// client library asks for it.
#[must_use]
pub fn session(
    of: &Session,
    card: &UserCard,
    token: Option<&str>,
    now: Millis,
    avatars: &Avatars,
) -> Value {
    json!({
        "object": "session",
        "id": of.id,
        "status": of.status_at(now).as_str(),
        "expire_at": of.expire_at,
        "abandon_at": of.abandon_at,
        "last_active_at": of.last_active_at,
        "last_active_token": token.map(last_active_token),
        "last_active_organization_id": null,
        "actor": null,
        "tasks": null,
        "user": user(card, now, Audience::Frontend, avatars),
        "public_user_data": public_user_data(card, avatars),
        "factor_verification_age": [
            minutes_since(of.first_factor_at, now),
            minutes_since(of.second_factor_at, now),
        ],
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    })
}

/// A session as the tenant's servers see it: no token, no user within.
#[must_use]
pub fn session_of_servers(of: &Session, now: Millis) -> Value {
    json!({
        "object": "session",
        "id": of.id,
        "client_id": of.client_id,
        "user_id": of.user_id,
        "status": of.status_at(now).as_str(),
        "last_active_at": of.last_active_at,
        "last_active_organization_id": null,
        "actor": null,
        "expire_at": of.expire_at,
        "abandon_at": of.abandon_at,
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    })
}

/// Where a session was begun, as far as that is known.
#[derive(Debug, Clone, Default)]
pub struct Activity {
    /// An address; of IPv6 the network.
    pub source: Option<Source>,
    pub label: Option<DeviceLabel>,
}

/// A session on the list of its user's own ones. Its activity is the sign-in that began it; versions
/// and places are not known here.
#[must_use]
pub fn session_of_user(of: &Session, activity: &Activity, now: Millis) -> Value {
    let system = activity.label.map(|label| label.system);
    json!({
        "object": "session",
        "id": of.id,
        "status": of.status_at(now).as_str(),
        "expire_at": of.expire_at,
        "abandon_at": of.abandon_at,
        "last_active_at": of.last_active_at,
        "last_active_organization_id": null,
        "actor": null,
        "latest_activity": {
            "object": "session_activity",
            "id": of.id,
            "is_mobile": system.is_some_and(SystemFamily::is_mobile),
            "device_type": system.and_then(SystemFamily::name),
            "browser_name": activity.label.and_then(|label| label.browser.name()),
            "browser_version": null,
            "ip_address": activity.source.as_ref().map(Source::as_str),
            "city": null,
            "country": null,
        },
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    })
}

/// A session token as a resource.
#[must_use]
pub fn last_active_token(jwt: &str) -> Value {
    json!({ "object": "token", "jwt": jwt })
}

fn public_user_data(card: &UserCard, avatars: &Avatars) -> Value {
    let record = &card.record;
    let user = &record.user;
    let primary = user.primary_identification_id.as_ref();
    let shown = record
        .identifications
        .iter()
        .find(|found| Some(&found.id) == primary)
        .or_else(|| record.identifications.first());
    let username =
        record.identifications.iter().find(|found| found.kind == IdentifierKind::Username.as_str());
    json!({
        "first_name": user.first_name,
        "last_name": user.last_name,
        "image_url": image_url(record, avatars),
        "has_image": user.image_url.is_some(),
        "identifier": shown.map(|found| &found.value),
        "user_id": user.id,
        "username": username.map(|found| &found.value),
        "banned": user.banned,
    })
}

/// Whole minutes, -1 for never.
fn minutes_since(at: Option<Millis>, now: Millis) -> i64 {
    at.map_or(-1, |at| now.since(at).0.div_euclid(Span::MINUTE.0))
}
