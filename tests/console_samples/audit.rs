//! The audit log in its states.

use lockkeeper::lockout::policy_diff::Change;
use lockkeeper::model::Span;
use lockkeeper::tenant::{BreakKind, ChainBreak, KeptLink};
use lockkeeper::web::console::view::audit::{
    AuditLine, AuditPage, AuditTyped, Detail, NameChoice, Standing,
};
use lockkeeper::web::console::view::frame::Entry;
use serde_json::json;

use super::{LONG, NOW, Sample, frame, sample};

const PATH: &str = "/console/{slug}/audit";

fn head() -> KeptLink {
    KeptLink { seq: 4_112, hash: format!("Ab3dEf9h.{}", "0f".repeat(32)) }
}

fn page() -> AuditPage {
    let choice =
        |value: &str, words: &str| NameChoice { value: value.to_owned(), words: words.to_owned() };
    AuditPage {
        frame: frame(Entry::Audit),
        path: "/console/acme/audit".to_owned(),
        slug: "acme".to_owned(),
        actors: vec![choice("api", "api"), choice("staff:user_1", "Ana Ruiz")],
        actions: vec!["policy.saved".to_owned(), "user.unlocked".to_owned()],
        typed: AuditTyped::default(),
        log: Vec::new(),
        next: None,
        later: false,
        standing: Standing::Whole { rows: 500, head: Some(head()), waiting: true },
    }
}

fn line(minutes: i64, who: &str, action: &str) -> AuditLine {
    AuditLine {
        at: NOW.before(Span::MINUTE.times(minutes)),
        who: who.to_owned(),
        action: action.to_owned(),
        about: None,
        user: None,
        path: None,
        facts: Vec::new(),
        changes: Vec::new(),
        seq: Some(4_112 - minutes),
    }
}

fn lines() -> Vec<AuditLine> {
    let fact = |name: &str, value: &str| Detail {
        name: name.to_owned(),
        value: value.to_owned(),
        path: (name == "version").then(|| format!("/console/acme/policy/versions/{value}")),
    };
    let change = |field: &str, from, to| Change { field: field.to_owned(), from, to };
    vec![
        AuditLine { seq: None, ..line(0, "Ana Ruiz", "team.invited") },
        AuditLine {
            facts: vec![
                fact("version", "13"),
                fact("reason", "Complaints of the sales <b>team</b>"),
            ],
            changes: vec![
                change("max_attempts", json!(8), json!(10)),
                change("authenticators", json!(["password", "oob_otp"]), json!(["password"])),
                change("unlock_mail", json!(true), json!(false)),
            ],
            ..line(3, "Ana Ruiz", "policy.saved")
        },
        AuditLine {
            about: Some("maximiliane.von.hohenstein@donaudampfschifffahrt.test".to_owned()),
            user: Some("user_2abc".to_owned()),
            path: Some("/console/acme/users/user_2abc".to_owned()),
            facts: vec![fact("by", "staff"), fact("lifted.until", "1795266360000")],
            ..line(55, LONG, "user.unlocked")
        },
    ]
}

fn broken() -> Vec<ChainBreak> {
    let one = |kind, from, to| ChainBreak { kind, from, to };
    vec![
        one(BreakKind::Changed, 3_901, 3_901),
        one(BreakKind::Missing, 3_905, 3_911),
        one(BreakKind::UnknownKey, 3_912, 3_920),
        one(BreakKind::Head, 4_100, 4_100),
        one(BreakKind::CutOff, 4_101, 4_112),
        one(BreakKind::BeyondHead, 4_101, 4_112),
        one(BreakKind::NotAsKept, 4_112, 4_112),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    let full = AuditPage { log: lines(), next: Some("aud_1".to_owned()), ..page() };
    let typed = AuditTyped {
        actor: "staff:user_1".to_owned(),
        action: "policy.saved".to_owned(),
        user: "<b>\"ana".to_owned(),
        from: "2026-11-01".to_owned(),
        to: "2026-11-21".to_owned(),
    };
    let standing = Standing::NotLooked;
    let filtered = AuditPage { typed: typed.clone(), later: true, standing, ..full.clone() };
    let nothing = AuditPage { typed, standing: Standing::NotLooked, ..page() };
    let first = Standing::Whole { rows: 0, head: None, waiting: false };
    let empty = AuditPage { actors: Vec::new(), actions: Vec::new(), standing: first, ..page() };
    let broken = AuditPage { standing: Standing::Broken(broken()), ..full.clone() };
    vec![
        sample(PATH, "full", &full),
        sample(PATH, "filtered", &filtered),
        sample(PATH, "empty", &empty),
        sample(PATH, "nothing-found", &nothing),
        sample(PATH, "broken", &broken),
    ]
}
