//! Samples of the attacks that a team was told of.

use lockkeeper::model::{CampaignId, Span};
use lockkeeper::support::alerts::Figures;
use lockkeeper::web::console::view::alerts::{AlertLine, AlertsPage, Hears};
use lockkeeper::web::console::view::frame::Entry;

use super::{NOW, Sample, frame, sample};

const PATH: &str = "/console/{slug}/alerts";

fn page() -> AlertsPage {
    AlertsPage {
        frame: frame(Entry::Alerts),
        path: "/console/acme/alerts".to_owned(),
        attacks_path: "/console/acme/attacks".to_owned(),
        attacks: Vec::new(),
        hears: Hears::Attacks,
        digest: true,
        everywhere: false,
    }
}

pub(super) fn all() -> Vec<Sample> {
    let line = |hours: i64, lasted: Option<i64>, figures| AlertLine {
        began: NOW.before(Span::HOUR.times(hours)),
        over: lasted.map(|minutes| NOW.before(Span::MINUTE.times(hours * 60 - minutes))),
        figures,
        campaign: lasted.map(|_| CampaignId::generate(NOW)),
    };
    let attacks = vec![
        line(1, None, Figures { locks: 12, failures: 480, sources: 96 }),
        line(80, Some(95), Figures { locks: 1_000_000, failures: 987_654_321, sources: 250_000 }),
    ];
    let some = AlertsPage { attacks, ..page() };
    let muted = AlertsPage { hears: Hears::Muted(NOW.after(Span::DAY)), ..some.clone() };
    let everywhere =
        AlertsPage { hears: Hears::Nothing, digest: false, everywhere: true, ..page() };
    vec![
        sample(PATH, "none", &page()),
        sample(PATH, "some", &some),
        sample(PATH, "muted", &muted),
        sample(PATH, "everywhere", &everywhere),
    ]
}
