//! Each route of the hosted pages names the samples that show its states: a page that nobody drew
//! would be judged by nobody. The console's pages carry that list themselves (`console_views`).

use std::collections::BTreeSet;

use lockkeeper::web::DOORS;

use super::server;
use crate::page_samples;

const ROUTES: &str = include_str!("../../src/web/pages/mod.rs");

/// What is no page of its own: files, deeds that lead to another page, data.
const NO_PAGES: [&str; 10] = [
    "/t/{slug}/assets/{name}",
    "/assets/{name}",
    "/docs/{interface}/openapi.json",
    "/demo/clock",
    "/mailbox/empty",
    "/mailbox/api/messages",
    "/t/{slug}/sign-out",
    "/t/{slug}/locked/state",
    // They lead to the account or to the sign-in.
    "/t/{slug}",
    "/t/{slug}/",
];

/// Shown in a frame of another page, and judged with the mails (`mail_views`).
const MAILS: [&str; 1] = ["/mailbox/{id}/html"];

/// Made by a server of its own tables (`pages::api_docs`), from which `server` has them.
const DOCUMENTS: [&str; 1] = ["/docs/{interface}"];

/// The states of each page, by the names of their samples.
const STATES: [(&str, &[&str]); 25] = [
    ("/", &["front", "landing"]),
    ("/mailbox", &["mailbox-list"]),
    ("/mailbox/{id}", &["mailbox", "mailbox-headers"]),
    (
        "/t/{slug}/sign-in",
        &[
            "sign-in",
            "sign-in-branded",
            "sign-in-wrong",
            "sign-in-missing",
            "sign-in-busy",
            "sign-in-signed-out",
            "locked",
            "locked-long",
            "locked-staff",
            "locked-long-run",
            "banned",
        ],
    ),
    ("/t/{slug}/sign-in/code", &["code-request", "mailed-code", "mailed-code-wrong"]),
    ("/t/{slug}/sign-in/forgot", &["reset"]),
    ("/t/{slug}/sign-in/new-password", &["new-password", "new-password-short"]),
    (
        "/t/{slug}/sign-in/second-factor",
        &["second-factor", "second-factor-wrong", "recovery-code", "recovery-code-missing"],
    ),
    ("/t/{slug}/sign-in/ticket", &["ticket", "ticket-forged", "ticket-used"]),
    ("/t/{slug}/account", &["account", "account-changed"]),
    ("/t/{slug}/account/password", &["account-password"]),
    (
        "/t/{slug}/account/second-factor",
        &[
            "confirm",
            "confirm-missing",
            "confirm-no-password",
            "app-off",
            "app-on",
            "app-set-up",
            "app-code-wrong",
            "app-code-expired",
        ],
    ),
    (
        "/t/{slug}/account/recovery-codes",
        &["recovery-codes", "recovery-codes-none", "recovery-codes-new"],
    ),
    ("/t/{slug}/account/sessions", &["sessions"]),
    ("/t/{slug}/account/devices", &["devices-none", "devices-one"]),
    ("/t/{slug}/account/language", &["language", "language-odd"]),
    ("/t/{slug}/unlock", &["unlock-request"]),
    ("/t/{slug}/locked", &["locked"]),
    ("/t/{slug}/unlocked", &["unlocked-somehow"]),
    ("/t/{slug}/unlock/code", &["unlock-code", "unlock-code-wrong"]),
    (
        "/t/{slug}/unlock/{token}",
        &["unlock-confirm", "dead-expired", "held-staff", "unlocked", "unlocked-already"],
    ),
    ("/t/{slug}/unlock/{token}/not-me", &["not-me"]),
    ("/t/{slug}/not-me/done", &["not-me-told", "not-me-told-before", "not-me-signed-out"]),
    ("/t/{slug}/support", &["support", "support-faults", "support-known", "support-sent"]),
    (
        "/t/{slug}/support/{secret}",
        &["request-received", "request-open", "request-answered", "request-closed"],
    ),
];

fn routes(text: &str) -> BTreeSet<&str> {
    let after = text.split("form(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
    after.filter_map(|rest| rest.split('"').next()).filter(|path| path.starts_with('/')).collect()
}

#[test]
fn every_hosted_route_has_samples_of_its_states() {
    let drawn: BTreeSet<_> = page_samples::all().into_iter().map(|(name, _)| name).collect();
    let mut listed = BTreeSet::new();
    for (path, states) in STATES {
        assert!(!states.is_empty(), "{path} shows nothing");
        assert!(listed.insert(path), "{path} twice");
        for state in states {
            assert!(drawn.contains(state), "{path}: no sample {state}");
        }
    }
    let shown = server::hosted();
    for door in DOORS {
        for state in ["shut", "open"] {
            let name = format!("hosted.docs-{}-{state}", door.name);
            assert!(shown.iter().any(|page| page.name == name), "{name}");
        }
    }
    listed.extend(NO_PAGES.iter().chain(&MAILS).chain(&DOCUMENTS).copied());
    assert_eq!(routes(ROUTES), listed);
}

#[test]
fn a_route_is_found_however_its_line_is_broken() {
    let text = "form(\"/a\")\n form(\n   \"/b/{c}\",\n)  fn form(path: &str)";
    assert_eq!(routes(text), BTreeSet::from(["/a", "/b/{c}"]));
}
