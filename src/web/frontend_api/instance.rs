//! What a client library asks about the tenant before anybody signs in: settings and public keys.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::front_door::Caller;
use crate::lockout::{LockLength, Policy};
use crate::model::Span;
use crate::sign_in::{ENABLED_FIRST_FACTORS, ENABLED_SECOND_FACTORS, Strategy};
use crate::tenant::{MIN_PASSWORD_CHARS, TenantProfile};
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, NOTHING, Operation, Verb};
use crate::web::{ApiError, error};

/// `GET environment` and `PATCH environment`, bare. The first call of a development browser is the
/// PATCH; it is answered like the GET.
pub(super) async fn environment(
    doors: web::Data<Doors>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let policy = doors.tenants.policy_in_force(&caller.profile).await?;
    error::json(&json!({
        "auth_config": auth_config(&caller.profile),
        "display_config": display_config(&caller.profile),
        "user_settings": user_settings(&caller.profile, &policy),
        "organization_settings": { "enabled": false },
        "fraud_settings": { "native": { "device_attestation_mode": "disabled" } },
        // Clerk's browser library reads each of these without a look whether it is there; where one
        // is missing it throws the whole environment away.
        "commerce_settings": {
            "billing": {
                "stripe_publishable_key": null,
                "organization": { "enabled": false, "has_paid_plans": false },
                "user": { "enabled": false, "has_paid_plans": false },
            },
        },
        "api_keys_settings": { "enabled": false },
        "protect_config": {},
        "maintenance_mode": false,
    }))
}

/// `GET /.well-known/jwks.json`.
pub(super) async fn key_set(
    doors: web::Data<Doors>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    error::json(&doors.tenants.key_set(&caller.profile).await?)
}

/// `GET health`: this door answers for this tenant.
pub(super) async fn health() -> Result<HttpResponse, ApiError> {
    error::json(&json!({ "status": "pass" }))
}

fn auth_config(profile: &TenantProfile) -> Value {
    json!({
        "object": "auth_config",
        "id": profile.id(),
        "single_session_mode": profile.tenant.single_session,
        "reverification": false,
        "native_settings": { "api_enabled": true },
        "url_based_session_syncing": false,
        "test_mode": !profile.tenant.live,
        "identification_strategies": ["email_address", "phone_number", "username"],
        "first_factors": words(ENABLED_FIRST_FACTORS),
        "second_factors": words(ENABLED_SECOND_FACTORS),
        "email_address_verification_strategies": [],
        "preferred_channels": null,
    })
}

fn words(strategies: &[Strategy]) -> Vec<&'static str> {
    strategies.iter().map(|strategy| strategy.as_str()).collect()
}

fn display_config(profile: &TenantProfile) -> Value {
    let pages = &profile.pages_url;
    let (sign_in, account) = (format!("{pages}/sign-in"), format!("{pages}/account"));
    json!({
        "object": "display_config",
        "id": profile.id(),
        "instance_environment_type": if profile.tenant.live { "production" } else { "development" },
        "application_name": profile.tenant.name,
        "theme": {
            "general": { "color": profile.tenant.brand_color },
            "buttons": {},
            "accounts": {},
        },
        "preferred_sign_in_strategy": "password",
        "home_url": account,
        "sign_in_url": sign_in,
        "sign_up_url": sign_in,
        "user_profile_url": account,
        "after_sign_in_url": account,
        "after_sign_up_url": account,
        "after_sign_out_one_url": sign_in,
        "after_sign_out_all_url": sign_in,
        "after_switch_session_url": account,
        "support_email": profile.support_email(),
        "help_url": null,
        "branded": false,
        "logo_image_url": null,
        "favicon_image_url": null,
        "clerk_js_version": null,
        // With a captcha key the browser library loads scripts of a third party.
        "captcha_public_key": null,
        "captcha_widget_type": null,
        "captcha_provider": null,
        "captcha_heartbeat": false,
        "show_devmode_warning": false,
    })
}

fn user_settings(profile: &TenantProfile, policy: &Policy) -> Value {
    json!({
        "attributes": {
            "email_address": attribute(Role::Mailbox),
            "phone_number": attribute(Role::Phone),
            "username": attribute(Role::Name),
            "password": attribute(Role::Secret),
            "first_name": attribute(Role::Known),
            "last_name": attribute(Role::Known),
            "authenticator_app": attribute(Role::Second(Strategy::Totp)),
            "backup_code": attribute(Role::Second(Strategy::BackupCode)),
            "passkey": attribute(Role::Off),
            "web3_wallet": attribute(Role::Off),
        },
        "social": {},
        "saml": { "enabled": false },
        "enterprise_sso": { "enabled": false },
        "sign_in": { "second_factor": { "required": false } },
        "sign_up": { "mode": profile.tenant.sign_up.as_str(), "captcha_enabled": false, "progressive": true },
        "password_settings": {
            "min_length": MIN_PASSWORD_CHARS,
            "max_length": crate::tenant::MAX_PASSWORD_BYTES,
            "allowed_special_characters": "",
            "show_zxcvbn": false,
            "min_zxcvbn_strength": 0,
            "disable_hibp": true,
        },
        "passkey_settings": { "allow_autofill": false, "show_sign_in_button": false },
        "attack_protection": {
            "user_lockout": {
                "enabled": policy.enabled,
                "max_attempts": policy.max_attempts,
                "duration_in_minutes": whole_minutes(policy.minimum_duration),
            },
            "pii": { "enabled": true },
            "email_link": { "require_same_client": true },
            "enumeration_protection": { "enabled": !profile.tenant.revealing },
        },
        "actions": { "delete_self": false, "create_organization": false },
    })
}

/// What a sign-in can do with a part of a user.
#[derive(Clone, Copy)]
enum Role {
    /// A sign-in may begin with it, and a code go to it.
    Mailbox,
    /// The same, and it may be kept for the second factor.
    Phone,
    /// A sign-in may begin with it.
    Name,
    /// What everybody proves themselves with.
    Secret,
    /// Known of a user, no way to sign in by itself.
    Known,
    /// A second factor and nothing else.
    Second(Strategy),
    /// Not there yet.
    Off,
}

fn attribute(role: Role) -> Value {
    let (enabled, required, first) = match role {
        Role::Mailbox | Role::Phone | Role::Name => (true, false, true),
        Role::Secret => (true, true, false),
        Role::Known | Role::Second(_) => (true, false, false),
        Role::Off => (false, false, false),
    };
    // An address is verified by a code only; it lets its owner in by a link as well.
    let (ways_in, code, second): (&[Strategy], _, _) = match role {
        Role::Mailbox => {
            (&[Strategy::EmailCode, Strategy::EmailLink], Some(Strategy::EmailCode), None)
        }
        Role::Phone => {
            (&[Strategy::PhoneCode], Some(Strategy::PhoneCode), Some(Strategy::PhoneCode))
        }
        Role::Second(strategy) => (&[], None, Some(strategy)),
        Role::Name | Role::Secret | Role::Known | Role::Off => (&[], None, None),
    };
    let one = |strategy: Option<Strategy>| words(strategy.as_slice());
    json!({
        "enabled": enabled,
        "required": required,
        "used_for_first_factor": first,
        "first_factors": words(ways_in),
        "used_for_second_factor": second.is_some(),
        "second_factors": one(second),
        "verifications": one(code),
        "verify_at_sign_up": matches!(role, Role::Mailbox),
    })
}

/// The first lock in minutes, rounded up; 0 for one that only an unlock ends.
fn whole_minutes(length: LockLength) -> i64 {
    match length {
        LockLength::For(span) => {
            span.0.saturating_add(Span::MINUTE.0 - 1).div_euclid(Span::MINUTE.0)
        }
        LockLength::UntilUnlocked => 0,
    }
}

/// `GET account_portal`: the page of one's own account.
pub(super) async fn account_portal(caller: Caller) -> HttpResponse {
    let page = format!("{}/account", caller.profile.pages_url);
    HttpResponse::SeeOther().insert_header((LOCATION, page)).finish()
}

const ENVIRONMENT: &[Answered] = &[Answered::Json(200, Shape::Ref("Environment"))];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Get, "/.well-known/jwks.json", "getJWKS", NOTHING, || web::to(key_set))
        .answers(&[Answered::Json(200, Shape::Ref("KeySet"))]),
    Operation::clerks(Verb::Get, "/environment", "getEnvironment", NOTHING, || {
        web::to(environment)
    })
    .answers(ENVIRONMENT),
    Operation::clerks(Verb::Patch, "/environment", "updateEnvironment", NOTHING, || {
        web::to(environment)
    })
    .answers(ENVIRONMENT),
    Operation::clerks(Verb::Get, "/health", "getHealth", NOTHING, || web::to(health))
        .answers(&[Answered::Json(200, Shape::Ref("Health"))]),
    Operation::clerks(Verb::Get, "/account_portal", "redirectToAccountPortal", NOTHING, || {
        web::to(account_portal)
    })
    .answers(&[Answered::Redirect(303)]),
];
