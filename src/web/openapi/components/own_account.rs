//! What a user is shown of their own account beside themselves, and what servers are told of a user's
//! secrets.

use super::super::member::{Is, Member, has};
use super::Component;

const TEXT_OR_NULL: Is = Is::OrNull(&Is::Text);

pub(super) const COMPONENTS: &[Component] = &[
    Component {
        name: "SessionWithActivity",
        about: "A session on the list of its user's own ones.",
        members: &[
            has("object", Is::Word(&["session"])),
            has("id", Is::Text),
            has("status", super::sessions::STATUS),
            has("expire_at", Is::Instant),
            has("abandon_at", Is::Instant),
            has("last_active_at", Is::Instant),
            has("last_active_organization_id", TEXT_OR_NULL),
            has("actor", Is::OrNull(&Is::Map)),
            has("latest_activity", Is::Object(ACTIVITY)),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "SessionVerification",
        about: "A session that is to prove its user again, and which factor it waits for.",
        members: &[
            has("object", Is::Word(&["session_reverification"])),
            has("level", Is::OrNull(&Is::Word(&["first_factor", "second_factor", "multi_factor"]))),
            has("status", Is::Word(&["needs_first_factor", "needs_second_factor", "complete"])),
            has("supported_first_factors", FACTORS),
            has("supported_second_factors", FACTORS),
            has("first_factor_verification", PASSED),
            has("second_factor_verification", PASSED),
            has("session", Is::Ref("Session")),
        ],
    },
    Component {
        name: "Totp",
        about: "An authenticator app. Its secret is told once, before it is confirmed.",
        members: &[
            has("object", Is::Word(&["totp"])),
            has("id", Is::Text),
            has("secret", TEXT_OR_NULL),
            has("uri", TEXT_OR_NULL),
            has("verified", Is::Flag),
            has("backup_codes", Is::OrNull(&Is::List(&Is::Text))),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "BackupCodes",
        about: "A new set of recovery codes, told this once.",
        members: &[
            has("object", Is::Word(&["backup_code"])),
            has("id", Is::Text),
            has("codes", Is::List(&Is::Text)),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
        ],
    },
    Component {
        name: "Verified",
        about: "A secret that was right.",
        members: &[has("verified", Is::Flag)],
    },
    Component {
        name: "VerifiedCode",
        about: "A code that was right, and what it was a code of.",
        members: &[has("verified", Is::Flag), has("code_type", Is::Word(&["totp", "backup_code"]))],
    },
    Component {
        name: "UserId",
        about: "Whose secrets were taken away.",
        members: &[has("user_id", Is::Text)],
    },
];

const FACTORS: Is = Is::List(&Is::Ref("Factor"));
const PASSED: Is = Is::OrNull(&Is::Ref("Verification"));
const ACTIVITY: &[Member] = &[
    has("object", Is::Word(&["session_activity"])),
    has("id", Is::Text),
    has("is_mobile", Is::Flag),
    has("device_type", TEXT_OR_NULL),
    has("browser_name", TEXT_OR_NULL),
    has("browser_version", TEXT_OR_NULL),
    has("ip_address", TEXT_OR_NULL),
    has("city", TEXT_OR_NULL),
    has("country", TEXT_OR_NULL),
];
