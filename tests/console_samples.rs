//! A sample of every page of the console in every state, with data that tests what can go wrong: long
//! names, all faults at once, nothing at all. `write_console_previews` writes them to be looked at.

mod alerts;
mod api_keys;
mod attacks;
mod audit;
mod branding;
mod inbox;
mod locks;
mod mail;
mod policy;
mod replay;
mod settings;
mod shadow;
mod team;
mod user_edit;
mod user_import;
mod users;
mod versions;
mod webhooks;

use askama::Template;
use lockkeeper::model::{Millis, Span, Until};
use lockkeeper::store::campaigns::CampaignKind;
use lockkeeper::store::counted::Counted;
use lockkeeper::store::entry_counts::EntryCounts;
use lockkeeper::store::kept_out::{KeptOut, Share};
use lockkeeper::store::team::Role;
use lockkeeper::text::{Catalogue, Zone};
use lockkeeper::web::assets;
use lockkeeper::web::console::view::done::Done;
use lockkeeper::web::console::view::fault::{Fault, FaultPage};
use lockkeeper::web::console::view::frame::{
    Bare, Crumb, Entry, Frame, Scheme, SignsOut, SingleKeys,
};
use lockkeeper::web::console::view::guide::{GUIDE, GuidePage};
use lockkeeper::web::console::view::hall::{HallPage, NobodyPage, Place};
use lockkeeper::web::console::view::kept_out::KeptOutCard;
use lockkeeper::web::console::view::me::MePage;
use lockkeeper::web::console::view::overview::{FirstStep, LockLine, LockWord, OverviewPage};
use lockkeeper::web::console::view::welcome::{OverPage, Typed, WelcomePage, WelcomeProblem};

/// 21 November 2026, 13:06:00 UTC = 14:06 CET.
pub(crate) const NOW: Millis = Millis(1_795_266_360_000);
const LONG: &str = "Maximiliane-Hohenstein-Wartburg’s Donaudampfschifffahrtsgesellschaft";

/// One look of a page.
pub(crate) struct Sample {
    /// As in the table of pages; empty for faults, which any path can answer.
    pub path: &'static str,
    pub state: &'static str,
    pub html: String,
}

fn sample(path: &'static str, state: &'static str, page: &impl Template) -> Sample {
    Sample { path, state, html: page.render().unwrap() }
}

pub(crate) fn crumb(slug: &str, name: &str) -> Crumb {
    Crumb {
        slug: slug.to_owned(),
        name: name.to_owned(),
        path: format!("/console/{slug}/overview"),
    }
}

/// The frame of Ana, owner of two tenants.
pub(crate) fn frame(here: Entry) -> Frame {
    Frame {
        lang: Catalogue::get("en"),
        zone: Zone::named("Europe/Vienna"),
        now: NOW,
        scheme: Scheme::System,
        tenant: Some(crumb("acme", "Acme")),
        others: vec![crumb("globex", "Globex"), crumb("long", LONG)],
        here: Some(here),
        waits: Some(EntryCounts {
            locks: Some(Counted::Exactly(37)),
            campaigns: Some(Counted::Exactly(0)),
            requests: Counted::MoreThan(1_000),
        }),
        signs_out: SignsOut::Idle(NOW.after(Span::HOUR.times(12))),
        single_keys: SingleKeys::On,
        staff: "Ana Ruiz".to_owned(),
        role: Some(Role::Owner),
        token: "x".repeat(32),
        done: None,
        mailbox_path: Some("/mailbox".to_owned()),
    }
}

fn hall_frame() -> Frame {
    let others = vec![crumb("acme", "Acme"), crumb("globex", "Globex")];
    Frame { tenant: None, others, here: None, waits: None, role: None, ..frame(Entry::Overview) }
}

fn bare() -> Bare {
    Bare::new(NOW)
}

fn welcome() -> WelcomePage {
    WelcomePage {
        frame: bare(),
        tenant: None,
        role: Role::Owner,
        action: "/console/welcome/secret".to_owned(),
        joins_as: None,
        token: None,
        typed: Typed::default(),
        problems: Vec::new(),
    }
}

fn welcomes() -> Vec<Sample> {
    const PATH: &str = "/console/welcome/{secret}";
    let tenant = Some(LONG.to_owned());
    let typed = Typed { name: String::new(), identifier: "<b>\"ana".to_owned() };
    let faults =
        vec![WelcomeProblem::NoName, WelcomeProblem::NoAddress, WelcomeProblem::ShortPassword];
    let taken = Typed { name: "Ana".to_owned(), identifier: "ana@lockkeeper.test".to_owned() };
    let staff = WelcomePage {
        joins_as: Some("Ana Ruiz".to_owned()),
        token: Some("x".repeat(32)),
        ..welcome()
    };
    vec![
        sample(PATH, "new", &welcome()),
        sample(PATH, "one-tenant", &WelcomePage { tenant, role: Role::Support, ..welcome() }),
        sample(PATH, "staff", &staff),
        sample(PATH, "over", &OverPage { frame: bare() }),
        sample(PATH, "faults", &WelcomePage { typed, problems: faults, ..welcome() }),
        sample(
            PATH,
            "taken",
            &WelcomePage { typed: taken, problems: vec![WelcomeProblem::Taken], ..welcome() },
        ),
        sample(
            PATH,
            "is-owner",
            &WelcomePage { problems: vec![WelcomeProblem::IsOwner], ..staff.clone() },
        ),
    ]
}

fn me() -> MePage {
    MePage {
        frame: hall_frame(),
        scheme: Scheme::System,
        keys: SingleKeys::On,
        zone: String::new(),
        zone_unknown: false,
        idle: Span::HOUR.times(12),
    }
}

fn own_settings() -> Vec<Sample> {
    const PATH: &str = "/console/me";
    let said = Done {
        words: "Your settings are saved.".to_owned(),
        link: Some(("/console".to_owned(), "Go back".to_owned())),
    };
    let done = MePage { frame: Frame { done: Some(said), ..hall_frame() }, ..me() };
    let fault = MePage { zone: "Mars/<Olympus>".to_owned(), zone_unknown: true, ..me() };
    vec![sample(PATH, "plain", &me()), sample(PATH, "done", &done), sample(PATH, "fault", &fault)]
}

fn kept_out(share: Share, times: Vec<Millis>) -> KeptOutCard {
    let funnel = "/console/acme/attacks?last=7d#funnel".to_owned();
    let policy = "/console/acme/policy".to_owned();
    KeptOutCard::new(frame(Entry::Overview), KeptOut { share, times }, funnel, policy)
}

/// Once in many hours, and often in few.
fn times(often: i64) -> Vec<Millis> {
    let mut hours: Vec<i64> = (0..60).map(|number| number * number * 11 % 672).collect();
    // On two mornings.
    hours.extend((0..often).map(|number| if number % 3 == 0 { 125 } else { 126 }));
    hours.into_iter().map(|hour| NOW.before(Span::HOUR.times(hour))).collect()
}

fn overview() -> OverviewPage {
    OverviewPage {
        frame: frame(Entry::Overview),
        kept_out: kept_out(Share::default(), Vec::new()),
        users: Counted::Exactly(12),
        locked: Counted::Exactly(0),
        open_requests: Counted::Exactly(0),
        locks: Vec::new(),
        support_path: "/t/acme/support".to_owned(),
        locks_path: "/console/acme/locks".to_owned(),
        users_path: "/console/acme/users".to_owned(),
        inbox_path: "/console/acme/inbox".to_owned(),
        steps: Vec::new(),
        test_lock_path: "/console/acme/test-lock".to_owned(),
        settings_path: "/console/acme/settings".to_owned(),
        branding_path: "/console/acme/branding".to_owned(),
        mail_path: "/console/acme/mail".to_owned(),
        keys_path: "/console/acme/keys".to_owned(),
        running: None,
        attacks_path: "/console/acme/attacks".to_owned(),
        overlay: None,
        policy_path: "/console/acme/policy".to_owned(),
        may_end: true,
    }
}

fn overviews() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/overview";
    let path = || "/console/acme/locks/user_2abc".to_owned();
    let lock =
        |name: &str, word, until| LockLine { path: path(), name: name.to_owned(), word, until };
    let at = |minutes: i64| Until::At(NOW.after(Span::MINUTE.times(minutes)));
    let locks = vec![
        lock("alex@acme.test", LockWord::Locked, at(12)),
        lock("rin@acme.test", LockWord::Staff, at(60 * 30)),
        lock("kai@acme.test", LockWord::LongRun, Until::Unlocked),
    ];
    let long = vec![lock(
        "maximiliane.von.hohenstein-wartburg-und-zu-lichtenfels@dept.donaudampfschifffahrt.test",
        LockWord::LongRun,
        Until::Unlocked,
    )];
    let named = Frame { tenant: Some(crumb("long", LONG)), ..frame(Entry::Overview) };
    let named = Frame { staff: LONG.to_owned(), role: Some(Role::Auditor), ..named };
    let busy = OverviewPage {
        users: Counted::MoreThan(1_000),
        locked: Counted::Exactly(37),
        open_requests: Counted::Exactly(4),
        locks,
        running: Some(attacks::line(CampaignKind::Spray, 3, None)),
        kept_out: kept_out(Share { locked: 37, kept_out: 0, open: 1 }, Vec::new()),
        ..overview()
    };
    let share = |locked, kept_out| Share { locked, kept_out, open: 9 };
    let owners = OverviewPage { kept_out: kept_out(share(118, 41), times(30)), ..overview() };
    let many =
        OverviewPage { kept_out: kept_out(share(10_000, 9_000), times(9_940)), ..overview() };
    let long =
        OverviewPage { frame: named, locked: Counted::Exactly(1), locks: long, ..overview() };
    let steps = vec![
        (FirstStep::Brand, true),
        (FirstStep::Mail, false),
        (FirstStep::App, false),
        (FirstStep::Policy, true),
        (FirstStep::Lock, false),
        (FirstStep::Key, false),
        (FirstStep::Users, false),
    ];
    vec![
        sample(
            PATH,
            "first-day",
            &OverviewPage { steps, users: Counted::Exactly(0), ..overview() },
        ),
        sample(PATH, "quiet", &overview()),
        sample(PATH, "busy", &busy),
        sample(PATH, "overlay", &OverviewPage { overlay: Some(versions::on()), ..overview() }),
        sample(PATH, "long-names", &long),
        sample(PATH, "kept-out", &owners),
        sample(PATH, "kept-out-cut", &many),
    ]
}

fn halls() -> Vec<Sample> {
    const PATH: &str = "/console";
    let place = |slug: &str, name: &str, role| Place {
        name: name.to_owned(),
        path: format!("/console/{slug}/overview"),
        role,
    };
    let places = vec![
        place("acme", "Acme", Role::Owner),
        place("globex", "Globex", Role::Auditor),
        place("long", LONG, Role::Support),
    ];
    let none = Frame { others: Vec::new(), mailbox_path: None, ..hall_frame() };
    vec![
        sample(PATH, "choose", &HallPage { frame: hall_frame(), places }),
        sample(PATH, "none", &HallPage { frame: none, places: Vec::new() }),
    ]
}

fn faults() -> Vec<Sample> {
    let fault = |state, fault| sample("", state, &FaultPage { frame: bare(), fault });
    vec![
        fault("not-found", Fault::NotFound),
        fault("wrong-method", Fault::WrongMethod),
        fault("role", Fault::Role(Role::Auditor)),
        fault("second-factor", Fault::SecondFactor),
        fault("other-site", Fault::OtherSite),
        fault("old-form", Fault::OldForm),
        fault("bad-form", Fault::BadForm),
        fault("too-large", Fault::TooLarge),
        fault("unavailable", Fault::Unavailable),
        sample("", "nobody", &NobodyPage { frame: bare() }),
    ]
}

pub(crate) fn all() -> Vec<Sample> {
    [
        halls(),
        welcomes(),
        own_settings(),
        overviews(),
        inbox::all(),
        policy::all(),
        mail::all(),
        replay::all(),
        locks::all(),
        users::all(),
        user_edit::all(),
        user_import::all(),
        alerts::all(),
        audit::all(),
        api_keys::all(),
        branding::all(),
        webhooks::all(),
        vec![sample(GUIDE, "whole", &GuidePage { frame: hall_frame() })],
        versions::all(),
        settings::all(),
        shadow::all(),
        attacks::all(),
        team::all(),
        faults(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
#[ignore = "writes every page to LOCKKEEPER_PREVIEW (a directory), to be looked at"]
fn write_console_previews() {
    let dir = std::env::var_os("LOCKKEEPER_PREVIEW")
        .map_or_else(|| std::env::temp_dir().join("lockkeeper-preview"), std::path::PathBuf::from);
    std::fs::create_dir_all(&dir).unwrap();
    for (asset, name) in
        [(assets::stylesheet(), "lockkeeper.css"), (assets::console_stylesheet(), "console.css")]
    {
        std::fs::write(dir.join(name), asset.bytes).unwrap();
    }
    for Sample { path, state, html } in all() {
        let html = html
            .replace(&assets::stylesheet().path, "lockkeeper.css")
            .replace(&assets::console_stylesheet().path, "console.css");
        let page = path.trim_start_matches("/console").replace(['/', '{', '}'], "-");
        std::fs::write(dir.join(format!("console{page}.{state}.html")), html).unwrap();
    }
}
