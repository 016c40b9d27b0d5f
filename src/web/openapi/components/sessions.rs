//! Clients, sessions and their tokens.

use super::super::member::{Is, Member, has};
use super::Component;

const TEXT_OR_NULL: Is = Is::OrNull(&Is::Text);

/// What the status of a session can be.
pub(super) const STATUS: Is = Is::Word(&[
    "active",
    "ended",
    "removed",
    "revoked",
    "expired",
    "replaced",
    "abandoned",
    "pending",
]);

pub(super) const COMPONENTS: &[Component] = &[
    Component {
        name: "SignInToken",
        about: "What a tenant's server lets a user in with, once: the strategy `ticket`.",
        members: &[
            has("object", Is::Word(&["sign_in_token"])),
            has("id", Is::Text),
            has("status", Is::Word(&["pending", "accepted", "revoked"])),
            has("user_id", Is::Text),
            has("token", Is::Text),
            has("url", Is::Text),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "Client",
        about: "A browser or app installation: its live sessions and its unfinished sign-in.",
        members: &[
            has("object", Is::Word(&["client"])),
            has("id", Is::Text),
            has("sessions", Is::List(&Is::Ref("Session"))),
            has("sign_in", Is::OrNull(&Is::Ref("SignIn"))),
            has("sign_up", Is::OrNull(&Is::Ref("SignUp"))),
            has("last_active_session_id", TEXT_OR_NULL),
            has("last_authentication_strategy", TEXT_OR_NULL),
            has("cookie_expires_at", Is::OrNull(&Is::Instant)),
            has("captcha_bypass", Is::Flag),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "Session",
        about: "A session as its own browser or app sees it, with its user and a fresh token.",
        members: &[
            has("object", Is::Word(&["session"])),
            has("id", Is::Text),
            has("status", STATUS),
            has("expire_at", Is::Instant),
            has("abandon_at", Is::Instant),
            has("last_active_at", Is::Instant),
            has("last_active_token", Is::OrNull(&Is::Ref("Token"))),
            has("last_active_organization_id", TEXT_OR_NULL),
            has("actor", Is::OrNull(&Is::Map)),
            has("tasks", Is::OrNull(&Is::List(&Is::Map))),
            has("user", Is::Ref("User")),
            has("public_user_data", Is::Object(PUBLIC_USER_DATA)),
            // Whole minutes, -1 for never.
            has("factor_verification_age", Is::List(&Is::Number)),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "SessionOfServers",
        about: "A session as the tenant's servers see it.",
        members: &[
            has("object", Is::Word(&["session"])),
            has("id", Is::Text),
            has("client_id", Is::Text),
            has("user_id", Is::Text),
            has("status", STATUS),
            has("last_active_at", Is::Instant),
            has("last_active_organization_id", TEXT_OR_NULL),
            has("actor", Is::OrNull(&Is::Map)),
            has("expire_at", Is::Instant),
            has("abandon_at", Is::Instant),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "ClientOfServers",
        about: "A browser or app installation as the tenant's servers see it.",
        members: &[
            has("object", Is::Word(&["client"])),
            has("id", Is::Text),
            has("session_ids", Is::List(&Is::Text)),
            has("sessions", Is::List(&Is::Ref("SessionOfServers"))),
            has("sign_in_id", TEXT_OR_NULL),
            has("sign_up_id", TEXT_OR_NULL),
            has("last_active_session_id", TEXT_OR_NULL),
            has("last_authentication_strategy", TEXT_OR_NULL),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "TestingToken",
        about: "What Clerk's test helper asks for; it opens nothing. `expires_at` in seconds.",
        members: &[
            has("object", Is::Word(&["testing_token"])),
            has("token", Is::Text),
            has("expires_at", Is::Number),
        ],
    },
    Component {
        name: "Token",
        about: "A session token: a JWT that the key set verifies.",
        members: &[has("object", Is::Word(&["token"])), has("jwt", Is::Text)],
    },
    Component {
        name: "DevBrowser",
        about: "A name for a browser of a development tenant.",
        members: &[has("object", Is::Word(&["dev_browser"])), has("id", Is::Text)],
    },
];

const PUBLIC_USER_DATA: &[Member] = &[
    has("first_name", TEXT_OR_NULL),
    has("last_name", TEXT_OR_NULL),
    has("image_url", Is::Text),
    has("has_image", Is::Flag),
    has("identifier", TEXT_OR_NULL),
    has("user_id", Is::Text),
    has("username", TEXT_OR_NULL),
    has("banned", Is::Flag),
];
