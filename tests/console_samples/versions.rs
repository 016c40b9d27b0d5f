//! Versions of the policy, a stricter one for a while, and a policy as a document, in their states.

use lockkeeper::lockout::{PolicyDocument, Preset};
use lockkeeper::model::Span;
use lockkeeper::store::lockout_policy::VersionKind;
use lockkeeper::tenant::{PolicyEffect, Predicted};
use lockkeeper::web::console::view::frame::Entry;
use lockkeeper::web::console::view::import::ImportPage;
use lockkeeper::web::console::view::overlay::{LengthFault, OverlayPage};
use lockkeeper::web::console::view::policy_words::{DiffRow, OverlayOn};
use lockkeeper::web::console::view::versions::{
    BackNotice, BackPage, Foretold, Stands, VersionLine, VersionPage, VersionsPage,
};

use super::{LONG, NOW, Sample, frame, sample};

const PATH: &str = "/console/acme/policy";

pub(super) fn on() -> OverlayOn {
    OverlayOn { version: 13, until: NOW.after(Span::MINUTE.times(118)) }
}

pub(super) fn changed() -> Vec<DiffRow> {
    let row = |label: &str, from: &str, to: &str| DiffRow {
        label: label.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
    };
    vec![
        row("Lock after", "8", "5"),
        row(
            "Failures that count",
            "Password",
            "Password, E-mail or phone code, Authenticator app, Recovery code",
        ),
    ]
}

fn line(version: i64, stands: Stands) -> VersionLine {
    VersionLine {
        version,
        kind: VersionKind::Live,
        stands,
        author: "Ana Ruiz".to_owned(),
        reason: "guessing since Monday".to_owned(),
        at: NOW.before(Span::HOUR.times(30 - version)),
        ends_at: None,
    }
}

fn over(version: i64, stands: Stands) -> VersionLine {
    let ends_at = Some(on().until);
    VersionLine { kind: VersionKind::Overlay, ends_at, ..line(version, stands) }
}

fn lists() -> Vec<Sample> {
    const PAGE: &str = "/console/{slug}/policy/versions";
    let long = VersionLine {
        author: LONG.to_owned(),
        reason: "because".repeat(60),
        ..line(10, Stands::Past)
    };
    let list = |saved: Vec<VersionLine>| VersionsPage {
        frame: frame(Entry::Policy),
        saved,
        next: None,
        later: false,
        path: PATH.to_owned(),
    };
    let full = vec![over(13, Stands::Over), line(12, Stands::Live), over(11, Stands::Past), long];
    vec![
        sample(PAGE, "full", &VersionsPage { next: Some(10), ..list(full) }),
        sample(PAGE, "first", &list(vec![line(1, Stands::Live)])),
        sample(PAGE, "later", &VersionsPage { later: true, ..list(vec![line(2, Stands::Past)]) }),
    ]
}

fn page(about: VersionLine) -> VersionPage {
    VersionPage {
        frame: frame(Entry::Policy),
        about,
        document: PolicyDocument::of(&Preset::Strict.policy()),
        before: Some((11, changed())),
        live: 12,
        from_live: changed(),
        foretold: Foretold::Never,
        may_save: true,
        path: PATH.to_owned(),
    }
}

fn pages() -> Vec<Sample> {
    const PAGE: &str = "/console/{slug}/policy/versions/{version}";
    let figure = Predicted { now: [4, 4, 4], then: [1, 2, 7] };
    let effect = PolicyEffect {
        from: NOW.before(Span::DAY.times(7)),
        to: NOW,
        tries: 48_211,
        owners: figure,
        locked: figure,
        locks: figure,
        guesses: figure,
        mails: figure,
    };
    let live = VersionPage {
        from_live: Vec::new(),
        foretold: Foretold::Known(Box::new(effect.clone())),
        ..page(line(12, Stands::Live))
    };
    let first = VersionPage {
        before: None,
        may_save: false,
        foretold: Foretold::NotAsked,
        ..page(line(1, Stands::Past))
    };
    let over = VersionPage { foretold: Foretold::Awaited, ..page(over(13, Stands::Over)) };
    let nothing = PolicyEffect { tries: 0, ..effect };
    let unseen =
        VersionPage { foretold: Foretold::Known(Box::new(nothing)), ..page(line(9, Stands::Past)) };
    vec![
        sample(PAGE, "live", &live),
        sample(PAGE, "older", &page(line(10, Stands::Past))),
        sample(PAGE, "overlay", &over),
        sample(PAGE, "first", &first),
        sample(PAGE, "nothing-recorded", &unseen),
    ]
}

fn backs() -> Vec<Sample> {
    const PAGE: &str = "/console/{slug}/policy/versions/{version}/back";
    let back = || BackPage {
        frame: frame(Entry::Policy),
        version: 10,
        live: 12,
        changes: changed(),
        reason: "Back to version 10".to_owned(),
        reason_missing: false,
        notice: None,
        path: PATH.to_owned(),
    };
    let same = Some(BackNotice::Same);
    let conflict = Some(BackNotice::SavedMeanwhile { changes: changed() });
    vec![
        sample(PAGE, "confirm", &back()),
        sample(PAGE, "same", &BackPage { changes: Vec::new(), notice: same, ..back() }),
        sample(
            PAGE,
            "no-reason",
            &BackPage { reason: String::new(), reason_missing: true, ..back() },
        ),
        sample(PAGE, "conflict", &BackPage { notice: conflict, ..back() }),
    ]
}

fn overlays() -> Vec<Sample> {
    const PAGE: &str = "/console/{slug}/policy/overlay";
    let overlay = || OverlayPage {
        frame: frame(Entry::Policy),
        live: 12,
        on: None,
        preset: Some(Preset::Strict),
        draft: vec![("preset".to_owned(), "strict".to_owned())],
        changes: changed(),
        says: vec!["After 5 failed attempts the account is locked for 5 minutes.".to_owned()],
        length: "2h".to_owned(),
        reason: String::new(),
        length_fault: None,
        reason_missing: false,
        path: PATH.to_owned(),
    };
    let draft = vec![("max_attempts".to_owned(), "5".to_owned())];
    let milder = OverlayPage { preset: Some(Preset::Relaxed), changes: Vec::new(), ..overlay() };
    let faults = OverlayPage {
        length: "<b>\"soon".to_owned(),
        length_fault: Some(LengthFault),
        reason_missing: true,
        ..overlay()
    };
    vec![
        sample(PAGE, "preset", &overlay()),
        sample(PAGE, "draft", &OverlayPage { preset: None, draft, ..overlay() }),
        sample(PAGE, "nothing-stricter", &milder),
        sample(PAGE, "on", &OverlayPage { on: Some(on()), ..overlay() }),
        sample(PAGE, "faults", &faults),
    ]
}

fn imports() -> Vec<Sample> {
    const PAGE: &str = "/console/{slug}/policy/import";
    let text = "max_attempts = \"<many>\"\nminimum = 5\nbackoff_factor = 0\n".to_owned();
    let faults = PolicyDocument::from_toml(&text).unwrap().parse().unwrap_err();
    let import = |text: String, faults| ImportPage {
        frame: frame(Entry::Policy),
        text,
        faults,
        path: PATH.to_owned(),
    };
    vec![
        sample(PAGE, "empty", &import(String::new(), Vec::new())),
        sample(PAGE, "faults", &import(text, faults)),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    [lists(), pages(), backs(), overlays(), imports()].into_iter().flatten().collect()
}
