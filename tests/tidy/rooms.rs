//! Who of our modules may name whom: the table of the design, as code.

use super::paths::{self, Named};
use super::sources::Source;

/// Each module and what it may name beside `model` and itself. A new module gets its line here and
/// in ARCHITECTURE.md.
const TABLE: [(&str, &[&str]); 13] = [
    ("model", &[]),
    ("lockout", &[]),
    ("sign_in", &[]),
    ("credential", &[]),
    ("token", &[]),
    ("text", &[]),
    ("support", &[]),
    ("store", &["lockout", "sign_in", "support"]),
    ("tenant", &["store", "lockout", "sign_in", "credential", "token", "support"]),
    ("mail", &["store", "token", "text"]),
    ("resource", &["store", "lockout", "sign_in"]),
    ("webhook", &["store", "token", "text", "resource"]),
    ("web", &["tenant", "store", "sign_in", "token", "text", "lockout", "support", "resource"]),
];

/// These name everybody, and nobody else names them.
const OUTERMOST: [&str; 4] = ["app", "cli", "config", "telemetry"];
const DOORS: [&str; 4] = ["frontend_api", "backend_api", "pages", "console"];

/// The forbidden names in one file below `src/`.
pub(super) fn offences(source: &Source) -> Vec<String> {
    let inner = source.path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts = inner.split('/');
    let (Some(room), door) = (parts.next(), parts.next()) else { return Vec::new() };
    if room == "lib" {
        // The list of the rooms.
        return Vec::new();
    }
    let rule = Rule { room, door: door.filter(|door| DOORS.contains(door)) };
    let named = paths::ours(source);
    let wrong = named.iter().filter_map(|named| Some((named, rule.breach(named)?)));
    wrong.map(|(named, why)| format!("{}:{}: {why}", source.path, named.line)).collect()
}

/// What `web` and `resource` may name of `store`: the reader, and the table files, which make only
/// rows and questions public (their writes are private to `store`).
const READABLE: &[&str] = &[
    "Reader",
    "alerts",
    "api_keys",
    "attempts",
    "audit",
    "audit_lists",
    "campaigns",
    "canned_replies",
    "client_views",
    "console",
    "contact_requests",
    "counted",
    "entry_counts",
    "events",
    "identifications",
    "inbox",
    "kept_out",
    "lock_funnel",
    "lockout_policy",
    "locks",
    "mail_fates",
    "mail_settings",
    "mailbox",
    "one_time_codes",
    "outbox",
    "pending_identifications",
    "request_messages",
    "reverification",
    "sessions",
    "sign_in_tokens",
    "sign_ins",
    "sign_ups",
    "team",
    "tenants",
    "traffic",
    "user_cards",
    "user_lists",
    "user_metadata",
    "user_search",
    "users",
    "webhook_deliveries",
    "webhook_endpoints",
];

struct Rule<'a> {
    room: &'a str,
    door: Option<&'a str>,
}

impl Rule<'_> {
    fn breach(&self, named: &Named) -> Option<String> {
        let target = named.path.first()?.as_str();
        let (room, whole) = (self.room, named.path.join("::"));
        if target == room {
            return self.other_door(&named.path, &whole);
        }
        if target == "store" && named.path.get(1).is_some_and(|item| item == "ledger") {
            return Some(format!("a settle's ledger is the store's own affair, not {whole}"));
        }
        if room == "main" || OUTERMOST.contains(&room) {
            return None;
        }
        let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == room) else {
            return Some(format!("`{room}` has no line in the table of tests/tidy/rooms.rs"));
        };
        if OUTERMOST.contains(&target) {
            return Some(format!("nobody names `{target}`, but `{room}` does: {whole}"));
        }
        if target != "model" && !allowed.contains(&target) {
            return Some(format!("`{room}` may not name `{target}`: {whole}"));
        }
        let readable = named.path.get(1).is_some_and(|item| READABLE.contains(&item.as_str()));
        if matches!(room, "web" | "resource") && target == "store" && !readable {
            return Some(format!(
                "`{room}` may name only `store::Reader` and what it reads, not {whole}"
            ));
        }
        None
    }

    fn other_door(&self, path: &[String], whole: &str) -> Option<String> {
        let (door, target) = (self.door?, path.get(1)?);
        let other = self.room == "web" && target != door && DOORS.contains(&target.as_str());
        other.then(|| format!("the doors do not know each other, but `{door}` names {whole}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caught(path: &str, text: &str) -> bool {
        !offences(&Source::planted(path, text)).is_empty()
    }

    #[test]
    fn planted_imports_are_caught() {
        for (path, text) in [
            ("src/lockout/decide.rs", "use crate::store::Reader;"),
            ("src/text/mod.rs", "use crate::{model::Millis, lockout::Policy};"),
            ("src/store/settle.rs", "fn f() { super::super::tenant::g() }"),
            ("src/mail/mod.rs", "use crate::{store::{Store, Reader}, credential};"),
            ("src/model/id.rs", "use crate::token::Key;"),
            ("src/tenant/actor.rs", "use crate::config::Settings;"),
            ("src/web/error.rs", "use crate::telemetry;"),
            ("src/web/mod.rs", "use crate::store::{Reader, Store};"),
            ("src/web/mod.rs", "use crate::store;"),
            ("src/web/pages/unlock.rs", "use crate::web::console::policy;"),
            ("src/web/console/mod.rs", "use super::pages;"),
            ("src/helpers/mod.rs", "use crate::store::Reader;"),
            ("src/resource/user.rs", "use crate::store::Store;"),
            ("src/resource/user.rs", "use crate::tenant::Tenants;"),
            ("src/mail/view.rs", "use crate::resource::user;"),
            ("src/app.rs", "use crate::store::ledger::Ledger;"),
            ("src/tenant/attempt.rs", "fn f() { crate::store::ledger::Ledger::now() }"),
        ] {
            assert!(caught(path, text), "{path}: {text}");
        }
    }

    #[test]
    fn allowed_imports_pass() {
        for (path, text) in [
            (
                "src/store/settle.rs",
                "use crate::{lockout::decide, model::Millis, store::error::E};",
            ),
            ("src/web/pages/unlock.rs", "use crate::{store::Reader, web::error::ApiError};"),
            ("src/web/mod.rs", "use self::{pages, console};"),
            ("src/webhook/compose.rs", "use crate::resource::user::user;"),
            ("src/resource/user.rs", "use crate::store::user_cards::UserCard;"),
            ("src/app.rs", "use crate::{store::Store, config::Settings};"),
            ("src/main.rs", "fn main() { lockkeeper::cli::run() }"),
            ("src/lib.rs", "pub use crate::store::Store;"),
            ("src/lockout/decide.rs", "//! crate::store::Store\nuse super::state::Lock;"),
        ] {
            assert_eq!(
                offences(&Source::planted(path, text)),
                Vec::<String>::new(),
                "{path}: {text}"
            );
        }
    }
}
