//! The resources that the documents refer to: one table of members each, in a file by what they are
//! about. Whatever a table of operations names with `Shape::Ref` has its line in [`ALL`]; a test
//! holds the answers of the doors against them. Knows no operation.

mod accounts;
mod instance;
mod mail_server;
mod own_account;
mod sessions;
mod sign_ins;
mod webhooks;

use super::member::{Is, Member, has, may};
use crate::web::operation::Callers;

/// A resource under its name in the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    pub members: &'static [Member],
}

/// Every resource, by file.
const ALL: &[&[Component]] = &[
    OWN,
    accounts::COMPONENTS,
    instance::COMPONENTS,
    mail_server::COMPONENTS,
    own_account::COMPONENTS,
    sessions::COMPONENTS,
    sign_ins::COMPONENTS,
    webhooks::COMPONENTS,
];

/// What [`Component`] a name stands for.
#[must_use]
pub fn find(name: &str) -> Option<&'static Component> {
    ALL.iter().copied().flatten().find(|component| component.name == name)
}

/// What an error is, everywhere.
pub const ERRORS: &str = "ClerkErrors";

/// The errors of a door: those for clients can bring the client as it stands now.
#[must_use]
pub const fn errors(callers: Callers) -> Component {
    const OF_SERVERS: &[Member] = &[ENTRIES, TRACE_ID];
    const OF_CLIENTS: &[Member] = &[ENTRIES, may("meta", Is::Object(&[CLIENT])), TRACE_ID];
    let members = match callers {
        Callers::Servers => OF_SERVERS,
        Callers::Clients => OF_CLIENTS,
    };
    let about = "What every error is answered with. Decide by the `code` of the first entry.";
    Component { name: ERRORS, about, members }
}

const ENTRIES: Member = has("errors", Is::List(&Is::Ref("ClerkError")));
const TRACE_ID: Member = has("clerk_trace_id", Is::Text);
const CLIENT: Member = has("client", Is::OrNull(&Is::Ref("Client")));

const OWN: &[Component] = &[
    Component {
        name: "ClerkError",
        about: "One thing that is wrong.",
        members: &[
            has("message", Is::Text),
            has("long_message", Is::Text),
            has("code", Is::Text),
            may("meta", Is::Object(ERROR_META)),
        ],
    },
    Component {
        name: "DeletedObject",
        about: "What is left of a resource that was deleted.",
        members: &[
            has("object", Is::Text),
            has("id", Is::Text),
            may("external_id", Is::OrNull(&Is::Text)),
            has("deleted", Is::Flag),
        ],
    },
    Component {
        name: "Organization",
        about: "There are none: lists of them are empty.",
        members: &[],
    },
    Component {
        name: "TotalCount",
        about: "How many there are.",
        members: &[has("object", Is::Word(&["total_count"])), has("total_count", Is::Number)],
    },
];

/// What an entry's `meta` can hold; left out when empty.
const ERROR_META: &[Member] = &[
    may("param_name", Is::Text),
    may("session_id", Is::Text),
    may("SessionID", Is::Text),
    may("lockout_expires_in_seconds", Is::Number),
    may("verification_attempts_remaining", Is::Number),
];
