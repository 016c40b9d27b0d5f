//! Users and what belongs to them.

use super::super::member::{Is, Member, has, may};
use super::Component;

const TEXT_OR_NULL: Is = Is::OrNull(&Is::Text);
const INSTANT_OR_NULL: Is = Is::OrNull(&Is::Instant);
/// Things of Clerk's that nobody has here: client libraries want the member.
const NONE_OF_THEM: Is = Is::List(&Is::Map);

pub(super) const COMPONENTS: &[Component] = &[
    Component {
        name: "User",
        about: "A person, as the tenant knows them and as the lockout sees them now.",
        members: USER,
    },
    Component {
        name: "UserId",
        about: "Whose factor was taken away.",
        members: &[has("user_id", Is::Text)],
    },
    Component {
        name: "OrganizationMembership",
        about: "There are no organizations: a list of these is empty.",
        members: &[],
    },
    Component {
        name: "OrganizationInvitation",
        about: "There are no organizations: a list of these is empty.",
        members: &[],
    },
    Component {
        name: "EmailAddress",
        about: "An e-mail address of a user.",
        members: &[
            has("id", Is::Text),
            has("object", Is::Word(&["email_address"])),
            has("email_address", Is::Text),
            has("reserved", Is::Flag),
            has("verification", Is::OrNull(&Is::Ref("Verification"))),
            has("linked_to", NONE_OF_THEM),
            has("matches_sso_connection", Is::Flag),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "PhoneNumber",
        about: "A phone number of a user, in E.164.",
        members: &[
            has("id", Is::Text),
            has("object", Is::Word(&["phone_number"])),
            has("phone_number", Is::Text),
            has("reserved", Is::Flag),
            has("reserved_for_second_factor", Is::Flag),
            has("default_second_factor", Is::Flag),
            has("verification", Is::OrNull(&Is::Ref("Verification"))),
            has("linked_to", NONE_OF_THEM),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "Verification",
        about: "How something was proved, or how far its proof has come.",
        members: &[
            has("object", Is::Text),
            has("status", Is::Text),
            has("strategy", Is::Text),
            has("attempts", Is::OrNull(&Is::Number)),
            has("expire_at", INSTANT_OR_NULL),
        ],
    },
    Component {
        name: "AddressVerification",
        about: "How far the proof of an address has come, by the code that was sent last.",
        members: &[
            has("id", Is::OrNull(&Is::Text)),
            has("object", Is::Text),
            has("status", Is::Text),
            has("strategy", Is::Text),
            has("attempts", Is::OrNull(&Is::Number)),
            has("expire_at", INSTANT_OR_NULL),
        ],
    },
];

const USER: &[Member] = &[
    has("id", Is::Text),
    has("object", Is::Word(&["user"])),
    has("external_id", TEXT_OR_NULL),
    has("username", TEXT_OR_NULL),
    has("first_name", TEXT_OR_NULL),
    has("last_name", TEXT_OR_NULL),
    has("locale", TEXT_OR_NULL),
    has("time_zone", TEXT_OR_NULL),
    has("image_url", Is::Text),
    has("profile_image_url", Is::Text),
    has("has_image", Is::Flag),
    has("primary_email_address_id", TEXT_OR_NULL),
    has("primary_phone_number_id", TEXT_OR_NULL),
    has("primary_web3_wallet_id", TEXT_OR_NULL),
    has("email_addresses", Is::List(&Is::Ref("EmailAddress"))),
    has("phone_numbers", Is::List(&Is::Ref("PhoneNumber"))),
    has("web3_wallets", NONE_OF_THEM),
    has("passkeys", NONE_OF_THEM),
    has("external_accounts", NONE_OF_THEM),
    has("saml_accounts", NONE_OF_THEM),
    has("enterprise_accounts", NONE_OF_THEM),
    has("public_metadata", Is::Map),
    has("unsafe_metadata", Is::Map),
    // For the tenant's servers only.
    may("private_metadata", Is::Map),
    has("password_enabled", Is::Flag),
    has("password_last_updated_at", INSTANT_OR_NULL),
    has("two_factor_enabled", Is::Flag),
    has("totp_enabled", Is::Flag),
    has("backup_code_enabled", Is::Flag),
    has("mfa_enabled_at", INSTANT_OR_NULL),
    has("mfa_disabled_at", INSTANT_OR_NULL),
    has("banned", Is::Flag),
    has("locked", Is::Flag),
    has("lockout_expires_in_seconds", Is::OrNull(&Is::Number)),
    has("verification_attempts_remaining", Is::OrNull(&Is::Number)),
    has("locked_at", INSTANT_OR_NULL),
    has("lock_reason", Is::OrNull(&Is::Word(&["staff", "long_run", "automatic"]))),
    has("locked_sources", NONE_OF_THEM),
    has("last_sign_in_at", INSTANT_OR_NULL),
    has("last_active_at", INSTANT_OR_NULL),
    has("legal_accepted_at", INSTANT_OR_NULL),
    has("created_at", Is::Instant),
    has("updated_at", Is::Instant),
    has("delete_self_enabled", Is::Flag),
    has("create_organization_enabled", Is::Flag),
    has("organization_memberships", NONE_OF_THEM),
];
