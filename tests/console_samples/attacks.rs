//! The attacks in their states.

use lockkeeper::model::{CampaignId, Millis, Span};
use lockkeeper::store::attempts::AttemptDecision;
use lockkeeper::store::campaigns::{CampaignKind, Undone};
use lockkeeper::store::counted::Counted;
use lockkeeper::store::lock_funnel::{Funnel, Medians, Reached};
use lockkeeper::store::traffic::NetworkRow;
use lockkeeper::tenant::{FeedTry, Tally};
use lockkeeper::web::console::view::attacks::{
    AttacksPage, CampaignLine, CampaignPage, Failures, FeedLines, Hands, LockLine, Person, Stretch,
};
use lockkeeper::web::console::view::campaign_trail::TrailLines;
use lockkeeper::web::console::view::frame::Entry;

use super::{LONG, NOW, Sample, frame, sample};

pub(super) fn line(kind: CampaignKind, minutes_ago: i64, target: Option<&str>) -> CampaignLine {
    CampaignLine {
        id: CampaignId::from_stored(format!("cmp_{minutes_ago}")),
        kind,
        target: target.map(str::to_owned),
        largest: "198.51.100.*".to_owned(),
        more: if kind == CampaignKind::Spray { 0 } else { 41 },
        began_at: NOW.before(Span::MINUTE.times(minutes_ago + 400)),
        last_at: NOW.before(Span::MINUTE.times(minutes_ago)),
        tries: 11_402,
        accounts: 212,
        locks: Counted::Exactly(118),
    }
}

fn tried(seconds: i64, name: Option<&str>, decision: AttemptDecision) -> FeedTry {
    FeedTry {
        at: NOW.before(Span::SECOND.times(seconds)),
        name: name.map(str::to_owned),
        source: "2001:db8:85a3:1234::/64".to_owned(),
        decision,
    }
}

fn feed() -> FeedLines {
    use AttemptDecision as D;
    let decisions = [
        D::Counted,
        D::Locked,
        D::Refused,
        D::UncountedRepeated,
        D::Passed,
        D::Verified,
        D::Completed,
        D::Banned,
    ];
    let tries = decisions.into_iter().zip(1..).map(|(decision, second)| {
        let name = if decision == D::Refused { None } else { Some(LONG) };
        tried(second, name, decision)
    });
    FeedLines { frame: frame(Entry::Attacks), tries: tries.collect() }
}

fn page(bars: Vec<Failures>, campaigns: Vec<CampaignLine>) -> AttacksPage {
    let network = |network: &str, failures| NetworkRow {
        network: network.to_owned(),
        failures,
        locks: failures / 100,
    };
    AttacksPage {
        frame: frame(Entry::Attacks),
        path: "/console/acme/attacks".to_owned(),
        alerts_path: Some("/console/acme/alerts".to_owned()),
        stretch: Stretch::Day,
        bars,
        from: Millis(NOW.0 - NOW.0 % 600_000).before(Span::MINUTE.times(1_430)),
        known: true,
        networks: vec![
            network("198.51.100.*", 9_000),
            network("", 410),
            network("2001:db8:1:*", 300),
            network("192.0.2.*", 9),
        ],
        funnel: funnel(1),
        campaigns,
        next: None,
        later: false,
        feed: feed(),
    }
}

/// So many times the people of a day.
fn funnel(times: i64) -> Funnel {
    let span = |seconds: i64| Some(Span::SECOND.times(seconds));
    Funnel {
        reached: Reached {
            locked: 118 * times,
            mailed: 96 * times,
            accepted: 95 * times,
            opened: 61 * times,
            unlocked: 60 * times,
            signed_in: 101 * times,
            asked: 9 * times,
            helped: 7 * times,
        },
        medians: Medians {
            mailed: span(0),
            accepted: span(2),
            opened: span(40),
            unlocked: span(7),
            signed_in: span(60 * 86),
            asked: span(60 * 12),
            helped: span(60 * 4),
        },
    }
}

fn a_day() -> Vec<Failures> {
    let bar = |place: i64| Failures {
        place,
        all: if place > 90 { 400 + place % 7 * 40 } else { place % 5 },
        networks: if place > 90 { [250, 3 * (place % 7), place % 20] } else { [0; 3] },
        locks: i64::from(place % 20 == 0 && place > 90),
    };
    (0..144).map(bar).collect()
}

fn campaign(minutes_ago: i64, locks: Vec<LockLine>) -> CampaignPage {
    let left = locks.iter().filter(|lock| lock.undone.is_none()).count();
    let found = line(CampaignKind::Distributed, minutes_ago, None);
    let all = Counted::Exactly(i64::try_from(locks.len()).unwrap() * 3);
    let page = CampaignPage {
        frame: frame(Entry::Attacks),
        path: "/console/acme/attacks/cmp_1".to_owned(),
        attacks_path: "/console/acme/attacks".to_owned(),
        alerts_path: Some("/console/acme/alerts".to_owned()),
        nobodies: 31,
        sources: 4_102,
        networks: vec![("198.51.100.*".to_owned(), 900), ("2001:db8:1:*".to_owned(), 12)],
        trail: trail(),
        signed_in: Vec::new(),
        left: i64::try_from(left).unwrap(),
        hands: Hands::Free,
        overlay_path: "/console/acme/policy/overlay".to_owned(),
        reason: String::new(),
        reason_missing: false,
        campaign: CampaignLine { locks: all, ..found },
        locks,
    };
    CampaignPage { reason: page.usual_reason(), ..page }
}

fn trail() -> TrailLines {
    let tally =
        |minutes: i64| Tally { tries: 1_200, last_at: NOW.before(Span::MINUTE.times(minutes)) };
    TrailLines {
        sources: vec![
            ("2001:db8:85a3:1234::/64".to_owned(), tally(5)),
            ("198.51.100.7".to_owned(), tally(3_000)),
        ],
        more_sources: 4_100,
        users: vec![
            (person(LONG), tally(5)),
            (Person { path: None, ..person("user_2abc") }, tally(9)),
        ],
        more_users: 1,
        nobodies: Some((31, tally(7))),
        cut: false,
    }
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), path: Some("/console/acme/locks/user_2abc".to_owned()) }
}

fn locks(undone: &[Option<Undone>]) -> Vec<LockLine> {
    let lock = |undone: &Option<Undone>| LockLine {
        who: person(LONG),
        since: NOW.before(Span::HOUR),
        undone: *undone,
    };
    undone.iter().map(lock).collect()
}

pub(super) fn all() -> Vec<Sample> {
    const LIST: &str = "/console/{slug}/attacks";
    const ONE: &str = "/console/{slug}/attacks/{campaign}";
    let spray = |ago| line(CampaignKind::Spray, ago, None);
    let all_over = vec![
        spray(400),
        line(CampaignKind::OneAccount, 900, Some(LONG)),
        line(CampaignKind::OneAccount, 1_900, None),
        CampaignLine {
            locks: Counted::MoreThan(1_000),
            ..line(CampaignKind::Distributed, 3_000, None)
        },
    ];
    let empty = AttacksPage { known: false, ..page(Vec::new(), Vec::new()) };
    let busy = funnel(169);
    let over = AttacksPage {
        stretch: Stretch::Week,
        later: true,
        next: Some("1.cmp_1".to_owned()),
        funnel: Funnel { reached: Reached { locked: 20_000, ..busy.reached }, ..busy },
        ..page(a_day(), all_over)
    };
    let few = vec![Failures { place: 3, all: 2, networks: [2, 0, 0], locks: 0 }];
    let quiet = AttacksPage { funnel: Funnel::default(), ..page(few, Vec::new()) };
    let states = [
        None,
        Some(Undone::Unlocked),
        Some(Undone::Over),
        Some(Undone::Relocked),
        Some(Undone::Gone),
    ];
    let signed_in = CampaignPage {
        signed_in: vec![person("maria@example.com"), Person { path: None, ..person(LONG) }],
        ..campaign(5, locks(&states))
    };
    let signed_in = CampaignPage { trail: TrailLines { cut: true, ..trail() }, ..signed_in };
    let no_reason =
        CampaignPage { reason: String::new(), reason_missing: true, ..campaign(5, locks(&states)) };
    let auditors = CampaignPage {
        hands: Hands::Tied,
        trail: TrailLines::default(),
        ..campaign(900, Vec::new())
    };
    vec![
        sample(LIST, "nothing-recorded", &empty),
        sample(LIST, "quiet", &quiet),
        sample(LIST, "running", &page(a_day(), vec![spray(2)])),
        sample(LIST, "over", &over),
        sample(ONE, "running", &campaign(5, locks(&[None, None]))),
        sample(ONE, "signed-in", &signed_in),
        sample(ONE, "undone", &campaign(900, locks(&states[1..]))),
        sample(ONE, "without-locks", &auditors),
        sample(ONE, "no-reason", &no_reason),
    ]
}
