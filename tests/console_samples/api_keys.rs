//! Keys in their states.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use lockkeeper::web::console::view::api_keys::{
    KeyLine, KeyProblem, KeysPage, MadeKey, RevokeKeyPage,
};
use lockkeeper::web::console::view::frame::{Entry, Frame};

use super::{LONG, NOW, Sample, frame, sample};

const PATH: &str = "/console/{slug}/keys";
const REVOKE: &str = "/console/{slug}/keys/{key}/revoke";

fn key(name: &str, made_by: &str, used_hours_ago: Option<i64>) -> KeyLine {
    let id = "0123456789abcdef0123".to_owned();
    KeyLine {
        path: format!("/console/acme/keys/{id}/revoke"),
        id,
        name: name.to_owned(),
        hint: "sk_live_…aB3d".to_owned(),
        made_at: NOW.before(Span::DAY.times(12)),
        made_by: made_by.to_owned(),
        last_used: used_hours_ago.map(|hours| NOW.before(Span::HOUR.times(hours))),
    }
}

fn page() -> KeysPage {
    KeysPage {
        frame: frame(Entry::Keys),
        path: "/console/acme/keys".to_owned(),
        may_change: true,
        publishable_key: "pk_live_Y2xlcmsuYWNtZS50ZXN0JGNsZXJrLmFjbWUudGVzdCRjbGVyay5hY21l"
            .to_owned(),
        base_url: "https://lockkeeper.test".to_owned(),
        keys: vec![
            key("", "", Some(2)),
            key("Billing", "Ana Ruiz", None),
            key(LONG, LONG, Some(50)),
        ],
        made: None,
        name: String::new(),
        problem: None,
    }
}

pub(super) fn all() -> Vec<Sample> {
    let secret = format!("sk_live_{}", "aB3dE5gH".repeat(5));
    let made = MadeKey { secret, name: "Billing".to_owned(), revoke_old: None };
    let old = Some("/console/acme/keys/0123456789abcdef0123/revoke".to_owned());
    let replaced = MadeKey { revoke_old: old, ..made.clone() };
    let auditor = Frame { role: Some(Role::Auditor), ..frame(Entry::Keys) };
    let revoke = RevokeKeyPage {
        frame: frame(Entry::Keys),
        key: key("Billing", "Ana Ruiz", Some(1)),
        last: false,
        back: "/console/acme/keys".to_owned(),
    };
    let last = RevokeKeyPage { key: key("", "", None), last: true, ..revoke.clone() };
    let faults = KeysPage { problem: Some(KeyProblem::Name), ..page() };
    vec![
        sample(PATH, "full", &page()),
        sample(PATH, "none", &KeysPage { keys: Vec::new(), ..page() }),
        sample(PATH, "reader", &KeysPage { frame: auditor, may_change: false, ..page() }),
        sample(PATH, "created", &KeysPage { made: Some(made), ..page() }),
        sample(PATH, "replaced", &KeysPage { made: Some(replaced), ..page() }),
        sample(PATH, "faults", &faults),
        sample(REVOKE, "revoke", &revoke),
        sample(REVOKE, "last-key", &last),
    ]
}
