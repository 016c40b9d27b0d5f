//! A tenant's own mail server.

use super::super::member::{Is, Member, has};
use super::Component;

const TEXT_OR_NULL: Is = Is::OrNull(&Is::Text);
const INSTANT_OR_NULL: Is = Is::OrNull(&Is::Instant);

pub(super) const COMPONENTS: &[Component] = &[
    Component {
        name: "MailServer",
        about: "By which server the tenant's mails leave; without one of its own, by the house's.",
        members: &[
            has("object", Is::Word(&["mail_server"])),
            has("own", Is::Flag),
            has("host", TEXT_OR_NULL),
            has("port", Is::OrNull(&Is::Number)),
            has("security", Is::OrNull(&Is::Word(&["starttls", "tls", "none"]))),
            has("username", TEXT_OR_NULL),
            has("password_set", Is::Flag),
            has("from_email", TEXT_OR_NULL),
            has("checked_at", INSTANT_OR_NULL),
            has("check_error", TEXT_OR_NULL),
            has("dkim", Is::OrNull(&Is::Object(DKIM))),
        ],
    },
    Component {
        name: "MailServerTest",
        about: "How a test mail went, with what the server said.",
        members: &[
            has("object", Is::Word(&["mail_server_test"])),
            has("accepted", Is::Flag),
            has("answer", Is::Text),
            has("checked_at", Is::Instant),
        ],
    },
];

const DKIM: &[Member] = &[
    has("domain", Is::Text),
    has("signs", Is::Flag),
    has("record", Is::Object(RECORD)),
    has("next_record", Is::OrNull(&Is::Object(RECORD))),
];

const RECORD: &[Member] = &[
    has("selector", Is::Text),
    has("type", Is::Word(&["TXT"])),
    has("name", Is::Text),
    has("value", Is::Text),
    has("strings", Is::List(&Is::Text)),
];
