//! Sign-ins, sign-ups, and the requests of people who cannot sign in.

use super::super::member::{Is, Member, has, may};
use super::Component;

const TEXT_OR_NULL: Is = Is::OrNull(&Is::Text);
const TEXTS: Is = Is::List(&Is::Text);

pub(super) const COMPONENTS: &[Component] = &[
    Component {
        name: "SignIn",
        about: "One run through the sign-in: where it stands and what can be done next.",
        members: &[
            has("object", Is::Word(&["sign_in_attempt"])),
            has("id", Is::Text),
            has("status", Is::Word(SIGN_IN_STATUS)),
            has("supported_identifiers", TEXTS),
            has("supported_first_factors", Is::OrNull(&Is::List(&Is::Ref("Factor")))),
            has("supported_second_factors", Is::OrNull(&Is::List(&Is::Ref("Factor")))),
            has("first_factor_verification", Is::OrNull(&Is::Ref("Verification"))),
            has("second_factor_verification", Is::OrNull(&Is::Ref("Verification"))),
            has("identifier", TEXT_OR_NULL),
            has("user_data", Is::OrNull(&Is::Map)),
            has("created_session_id", TEXT_OR_NULL),
            has("abandon_at", Is::Instant),
        ],
    },
    Component {
        name: "Factor",
        about: "A way to prove who one is, and where its code would go.",
        members: &[
            has("strategy", Is::Text),
            may("safe_identifier", Is::Text),
            may("email_address_id", Is::Text),
            may("phone_number_id", Is::Text),
            may("primary", Is::Flag),
            may("default", Is::Flag),
        ],
    },
    Component {
        name: "SignUp",
        about: "A user in the making: what is known so far and what is missing.",
        members: SIGN_UP,
    },
    Component {
        name: "UnlockRequest",
        about: "That an unlock mail was asked for. Whether one goes out is told to its mailbox only.",
        members: &[
            has("object", Is::Word(&["unlock_request"])),
            has("status", Is::Word(&["accepted"])),
        ],
    },
    Component {
        name: "UnlockAttempt",
        about: "What a right code of an unlock mail did. It signs nobody in.",
        members: &[
            has("object", Is::Word(&["unlock_request"])),
            has("status", Is::Word(&["unlocked", "already_unlocked", "ended"])),
        ],
    },
    Component {
        name: "SupportRequest",
        about: "That a message to the tenant's support is kept, under its reference.",
        members: &[
            has("object", Is::Word(&["support_request"])),
            has("reference", Is::Text),
            has("acknowledged", Is::Flag),
            has("created_at", Is::Instant),
        ],
    },
];

const SIGN_IN_STATUS: &[&str] = &[
    "needs_identifier",
    "needs_first_factor",
    "needs_second_factor",
    "needs_new_password",
    "complete",
    "abandoned",
];

const SIGN_UP: &[Member] = &[
    has("object", Is::Word(&["sign_up_attempt"])),
    has("id", Is::Text),
    has("status", Is::Word(&["missing_requirements", "complete", "abandoned"])),
    has("required_fields", TEXTS),
    has("optional_fields", TEXTS),
    has("missing_fields", TEXTS),
    has("unverified_fields", TEXTS),
    has("verifications", Is::Map),
    has("username", TEXT_OR_NULL),
    has("email_address", TEXT_OR_NULL),
    has("phone_number", TEXT_OR_NULL),
    has("web3_wallet", TEXT_OR_NULL),
    has("password_enabled", Is::Flag),
    has("first_name", TEXT_OR_NULL),
    has("last_name", TEXT_OR_NULL),
    has("unsafe_metadata", Is::Map),
    has("public_metadata", Is::Map),
    has("custom_action", Is::Flag),
    has("external_id", TEXT_OR_NULL),
    has("external_account", Is::OrNull(&Is::Map)),
    has("locale", TEXT_OR_NULL),
    has("legal_accepted_at", Is::OrNull(&Is::Instant)),
    has("created_session_id", TEXT_OR_NULL),
    has("created_user_id", TEXT_OR_NULL),
    has("abandon_at", Is::Instant),
];
