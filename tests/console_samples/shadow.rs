//! A policy that is only watched, in its states.

use lockkeeper::model::Span;
use lockkeeper::tenant::{DayEffect, Predicted, Watched};
use lockkeeper::web::console::view::frame::Entry;
use lockkeeper::web::console::view::shadow::{ShadowPage, Shadowed};

use super::{NOW, Sample, frame, sample};

fn page() -> ShadowPage {
    ShadowPage {
        frame: frame(Entry::Policy),
        on: None,
        live: 12,
        draft: None,
        changes: Vec::new(),
        reason: String::new(),
        reason_missing: false,
        may_save: true,
        path: "/console/acme/policy".to_owned(),
    }
}

fn shadowed(days: Vec<(i64, DayEffect)>) -> Shadowed {
    let watched = Watched { version: 14, since: NOW.before(Span::DAY.times(3)), days };
    Shadowed {
        watched,
        changes: super::versions::changed(),
        reason: "before we dare it".to_owned(),
    }
}

pub(super) fn all() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/policy/shadow";
    let certain = Predicted { now: [3, 3, 3], then: [5, 5, 5] };
    let open = Predicted { now: [4_000, 4_120, 4_380], then: [900, 1_050, 1_400] };
    let day = DayEffect { owners: certain, locked: open, guesses: open, mails: certain };
    let days = vec![(20_777, day), (20_776, day)];
    let draft = || Some(vec![("max_attempts".to_owned(), "5".to_owned())]);
    let drafted = || ShadowPage { draft: draft(), changes: super::versions::changed(), ..page() };
    vec![
        sample(PATH, "none", &page()),
        sample(PATH, "draft", &drafted()),
        sample(PATH, "waiting", &ShadowPage { on: Some(shadowed(Vec::new())), ..page() }),
        sample(PATH, "days", &ShadowPage { on: Some(shadowed(days)), ..page() }),
        sample(PATH, "no-reason", &ShadowPage { reason_missing: true, ..drafted() }),
    ]
}
