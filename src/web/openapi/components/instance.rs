//! The tenant: its settings, its keys, its lockout policy.

use super::super::member::{Is, Member, has};
use super::Component;

const TEXT_OR_NULL: Is = Is::OrNull(&Is::Text);
const TEXTS: Is = Is::List(&Is::Text);

pub(super) const COMPONENTS: &[Component] = &[
    Component {
        name: "Environment",
        about: "What a client library asks before anybody signs in.",
        members: &[
            has("auth_config", Is::Object(AUTH_CONFIG)),
            has("display_config", Is::Object(DISPLAY_CONFIG)),
            has("user_settings", Is::Object(USER_SETTINGS)),
            has("organization_settings", Is::Map),
            has("fraud_settings", Is::Map),
            has("commerce_settings", Is::Map),
            has("api_keys_settings", Is::Map),
            has("protect_config", Is::Map),
            has("maintenance_mode", Is::Flag),
        ],
    },
    Component {
        name: "Health",
        about: "That this interface answers for this tenant.",
        members: &[has("status", Is::Word(&["pass"]))],
    },
    Component {
        name: "Instance",
        about: "The tenant's settings.",
        members: &[
            has("object", Is::Word(&["instance"])),
            has("id", Is::Text),
            has("environment_type", Is::Word(&["production", "development"])),
            has("allowed_origins", TEXTS),
            has("support_email", TEXT_OR_NULL),
            has("redirect_urls", TEXTS),
            has("reveal_unknown_identifiers", Is::Flag),
            has("brand_color", TEXT_OR_NULL),
            has("sign_up_mode", Is::Word(&["public", "restricted"])),
            has("single_session_mode", Is::Flag),
            has("slug", Is::Text),
            has("name", Is::Text),
        ],
    },
    Component {
        name: "KeySet",
        about: "The public keys that verify session tokens (RFC 7517).",
        members: &[has("keys", Is::List(&Is::Object(KEY)))],
    },
    Component {
        name: "AttackProtection",
        about: "The lockout policy in force: its fields, and who put it in force, when and why.",
        members: ATTACK_PROTECTION,
    },
];

const KEY: &[Member] = &[
    has("kty", Is::Word(&["RSA"])),
    has("use", Is::Word(&["sig"])),
    has("alg", Is::Word(&["RS256"])),
    has("kid", Is::Text),
    has("n", Is::Text),
    has("e", Is::Text),
];

const AUTH_CONFIG: &[Member] = &[
    has("object", Is::Word(&["auth_config"])),
    has("id", Is::Text),
    has("single_session_mode", Is::Flag),
    has("reverification", Is::Flag),
    has("native_settings", Is::Map),
    has("url_based_session_syncing", Is::Flag),
    has("test_mode", Is::Flag),
    has("identification_strategies", TEXTS),
    has("first_factors", TEXTS),
    has("second_factors", TEXTS),
    has("email_address_verification_strategies", TEXTS),
    has("preferred_channels", Is::OrNull(&Is::Map)),
];

const DISPLAY_CONFIG: &[Member] = &[
    has("object", Is::Word(&["display_config"])),
    has("id", Is::Text),
    has("instance_environment_type", Is::Word(&["production", "development"])),
    has("application_name", Is::Text),
    has("theme", Is::Map),
    has("preferred_sign_in_strategy", Is::Text),
    has("home_url", Is::Text),
    has("sign_in_url", Is::Text),
    has("sign_up_url", Is::Text),
    has("user_profile_url", Is::Text),
    has("after_sign_in_url", Is::Text),
    has("after_sign_up_url", Is::Text),
    has("after_sign_out_one_url", Is::Text),
    has("after_sign_out_all_url", Is::Text),
    has("after_switch_session_url", Is::Text),
    has("support_email", TEXT_OR_NULL),
    has("help_url", TEXT_OR_NULL),
    has("branded", Is::Flag),
    has("logo_image_url", TEXT_OR_NULL),
    has("favicon_image_url", TEXT_OR_NULL),
    has("clerk_js_version", TEXT_OR_NULL),
    has("captcha_public_key", TEXT_OR_NULL),
    has("captcha_widget_type", TEXT_OR_NULL),
    has("captcha_provider", TEXT_OR_NULL),
    has("captcha_heartbeat", Is::Flag),
    has("show_devmode_warning", Is::Flag),
];

const USER_SETTINGS: &[Member] = &[
    has("attributes", Is::Map),
    has("social", Is::Map),
    has("saml", Is::Map),
    has("enterprise_sso", Is::Map),
    has("sign_in", Is::Map),
    has("sign_up", Is::Map),
    has("password_settings", Is::Map),
    has("passkey_settings", Is::Map),
    has("attack_protection", Is::Map),
    has("actions", Is::Map),
];

/// A length of time, such as `90s`, `15m` or `24h`.
const LENGTH: Is = Is::Text;

const ATTACK_PROTECTION: &[Member] = &[
    has("object", Is::Word(&["attack_protection"])),
    has("version", Is::Number),
    has("author", Is::Text),
    has("reason", Is::Text),
    has("created_at", Is::Instant),
    has("warnings", Is::List(&Is::Object(&[has("code", Is::Text), has("message", Is::Text)]))),
    has("enabled", Is::Flag),
    has("max_attempts", Is::Number),
    has("history_duration", LENGTH),
    has("minimum_duration", LENGTH),
    has("backoff_factor", Is::Decimal),
    has("maximum_duration", LENGTH),
    has("count_after_lock", Is::Word(&["kept", "fresh"])),
    has("lockout_type", Is::Word(&["per_user", "per_user_per_ip"])),
    has("authenticators", Is::List(&Is::Word(&["password", "oob_otp", "totp", "recovery_code"]))),
    has("manual_lock_duration", LENGTH),
    has("long_run_limit", Is::Number),
    has("unlock_mail", Is::Flag),
    has("unlock_link_lifetime", LENGTH),
    has("unlocks_per_day", Is::Number),
    has("known_devices", Is::Flag),
    has("ignore_repeated_secret", Is::Flag),
];
