//! Sample pages: one of every kind and state, filled as a door would fill them. Knows no assertion;
//! `page_views` reads them, `stylesheet` looks at their classes, and with `LOCKKEEPER_PREVIEW=dir`
//! the ignored test writes them to disk, to be looked at.

mod own;
mod steps;
mod support;

use askama::Template;
use lockkeeper::model::{BrandColours, Colour, Millis, Span, Until};
use lockkeeper::text::{Catalogue, Zone};
use lockkeeper::web::pages::view::*;
use lockkeeper::web::{assets, brand};

/// 21 November 2026, 14:06 CET.
pub const NOW: Millis = Millis(1_795_266_360_000);

pub const LONG: &str = "maximiliane.von.hohenstein-wartburg@a-rather-long-department.acme.test";

fn face() -> TenantFace {
    let mut face = TenantFace::new("Acme", "acme", "/t/acme");
    face.support_email = Some("help@acme.test".to_owned());
    face.reset_path = Some("/t/acme/sign-in/forgot".to_owned());
    face.brand_css_path = Some("/t/acme/assets/brand.css".to_owned());
    face
}

fn frame() -> Frame {
    Frame {
        lang: Catalogue::get("en"),
        zone: Zone::named("Europe/Vienna"),
        now: NOW,
        face: face(),
        reference: Some("LK-7F3A-22QM".to_owned()),
    }
}

fn console() -> ConsoleFrame {
    ConsoleFrame::new(Catalogue::get("en"), Zone::named("Europe/Vienna"), NOW)
}

fn in_minutes(minutes: i64) -> Millis {
    NOW.after(Span::MINUTE.times(minutes))
}

pub fn locked(identifier: &str, lock: LockShown, resend: Resend) -> LockedPage {
    LockedPage {
        frame: frame(),
        identifier: identifier.to_owned(),
        lock,
        resend,
        redirect_url: Some("https://app.acme.test/a?b=c&d".to_owned()),
    }
}

pub fn timed() -> LockShown {
    LockShown::Automatic { until: Until::At(in_minutes(12)) }
}

pub fn wrong(tries_left: Option<u32>) -> SignInPage {
    let problem = SignInProblem::WrongDetails { tries_left };
    let back = Some("https://app.acme.test/?a=\"><b>".to_owned());
    SignInPage::again(frame(), "alex@acme.test".to_owned(), back, problem)
}

fn branded() -> String {
    let mut frame = frame();
    frame.face.logo = Some(LogoFace {
        light: "/t/acme/assets/logo.0f.png".to_owned(),
        dark: None,
        width: 320,
        height: 56,
    });
    frame.face.sign_in_note = Some("Use your <b>work</b> address.".to_owned());
    frame.face.support_hours = Some("Mondays to Fridays, 9 to 17 CET".to_owned());
    SignInPage::empty(frame, None).render().unwrap()
}

fn unlocked(state: UnlockedState) -> UnlockedPage {
    UnlockedPage {
        frame: frame(),
        state,
        identifier: "alex@acme.test".to_owned(),
        redirect_url: None,
    }
}

fn confirm() -> UnlockConfirmPage {
    UnlockConfirmPage {
        frame: frame(),
        action: "/t/acme/unlock/abc.def".to_owned(),
        account: "a**@acme.test".to_owned(),
        locked_at: NOW.before(Span::MINUTE.times(23)),
        failures: 8,
        tries_after: 8,
        link_expires_at: in_minutes(1440 - 23),
        lock_ended: None,
    }
}

fn not_me() -> String {
    let UnlockConfirmPage { frame, action, account, .. } = confirm();
    let page =
        NotMePage { frame, action: format!("{action}/not-me"), account, unlock_path: action };
    page.render().unwrap()
}

fn not_me_done(outcome: NotMeOutcome) -> String {
    NotMeDonePage { frame: frame(), outcome }.render().unwrap()
}

fn confirm_ended() -> UnlockConfirmPage {
    UnlockConfirmPage { lock_ended: Some(NOW.before(Span::MINUTE.times(22))), ..confirm() }
}

fn code_page(identifier: &str, problems: Vec<UnlockCodeProblem>) -> String {
    let identifier = identifier.to_owned();
    UnlockCodePage { frame: frame(), identifier, problems }.render().unwrap()
}

fn landing() -> LandingPage {
    let account = |identifier: &str, note: &str| DemoAccount {
        identifier: identifier.to_owned(),
        password: "correct horse".to_owned(),
        note: note.to_owned(),
    };
    let tenant = |name: &str, slug: &str, policy: &str, accounts: Vec<DemoAccount>| DemoTenant {
        name: name.to_owned(),
        slug: slug.to_owned(),
        policy: policy.to_owned(),
        sign_in_path: format!("/t/{slug}/sign-in"),
        support_path: format!("/t/{slug}/support"),
        accounts,
    };
    LandingPage {
        frame: console(),
        star: Some(DemoStar {
            identifier: "alex@acme.test".to_owned(),
            password: "correct horse".to_owned(),
            sign_in_path: "/t/acme/sign-in".to_owned(),
            failures_to_lock: 8,
        }),
        tenants: vec![
            tenant(
                "Acme",
                "acme",
                "Balanced",
                vec![
                    account("alex@acme.test", "open"),
                    account("rin@acme.test", "locked by staff"),
                ],
            ),
            tenant("Globex", "globex", "Strict", vec![account("jo@globex.test", "open")]),
        ],
        clock_action: "/demo/clock".to_owned(),
        database_url: "sqlite:lockkeeper-demo/demo.db".to_owned(),
        mailbox_path: "/mailbox".to_owned(),
        policy_path: Some("/console/acme/policy".to_owned()),
        inbox_path: Some("/console/acme/inbox".to_owned()),
    }
}

fn mailbox(open: bool, tab: MailTab, scheme: MailScheme) -> MailboxPage {
    let item = |id: &str, to: &str, subject: &str, minutes: i64| MailItem {
        id: id.to_owned(),
        to: to.to_owned(),
        from: "Acme".to_owned(),
        subject: subject.to_owned(),
        received_at: NOW.before(Span::MINUTE.times(minutes)),
    };
    let mail = OpenMail {
        id: "out_1".to_owned(),
        to: "alex@acme.test".to_owned(),
        from: "Acme <no-reply@acme.test>".to_owned(),
        subject: "Unlock your Acme account".to_owned(),
        received_at: NOW.before(Span::MINUTE.times(23)),
        headers: vec![MailHeader {
            name: "Auto-Submitted".to_owned(),
            value: "auto-generated".to_owned(),
        }],
        text: "Your Acme account is locked <now>".to_owned(),
        source: "From: Acme".to_owned(),
    };
    MailboxPage {
        frame: console(),
        items: vec![
            item("out_1", "alex@acme.test", "Unlock your Acme account", 23),
            item("out_2", LONG, "We have your message LK-19ZT", 46),
        ],
        open: open.then_some(mail),
        tab,
        scheme,
        empty_action: "/mailbox/empty".to_owned(),
        demo_path: Some("/".to_owned()),
    }
}

/// All pages by name.
pub fn all() -> Vec<(&'static str, String)> {
    let pause = Resend::Pause { sent_at: Some(NOW), next_at: in_minutes(10) };
    let dead = |reason, resend| DeadLinkPage { frame: frame(), reason, resend }.render().unwrap();
    let held = |reason| StillLockedPage { frame: frame(), reason }.render().unwrap();
    let fault = |fault, retry: Option<&str>| {
        FaultPage { frame: frame(), fault, retry_path: retry.map(str::to_owned) }.render().unwrap()
    };
    let known = || DeadLinkResend::ToKnown { token: "abc.def".to_owned() };
    let mut signed_out = SignInPage::empty(frame(), None);
    signed_out.notice = Some(SignInNotice::SignedOut);
    let mut pages = vec![
        ("sign-in", SignInPage::empty(frame(), None).render().unwrap()),
        ("sign-in-branded", branded()),
        ("sign-in-wrong", wrong(Some(2)).render().unwrap()),
        (
            "sign-in-missing",
            SignInPage::again(frame(), String::new(), None, SignInProblem::BothMissing)
                .render()
                .unwrap(),
        ),
        (
            "sign-in-busy",
            SignInPage::again(frame(), "a@b.test".to_owned(), None, SignInProblem::NotAvailable)
                .render()
                .unwrap(),
        ),
        ("sign-in-signed-out", signed_out.render().unwrap()),
        ("locked", locked("alex@acme.test", timed(), Resend::Possible).render().unwrap()),
        ("locked-long", locked(LONG, timed(), pause).render().unwrap()),
        (
            "locked-staff",
            locked("alex", LockShown::Staff { until: Until::Unlocked }, Resend::Possible)
                .render()
                .unwrap(),
        ),
        (
            "locked-long-run",
            locked("alex@acme.test", LockShown::LongRun, Resend::Possible).render().unwrap(),
        ),
        ("unlock-confirm", confirm().render().unwrap()),
        ("unlock-confirm-ended", confirm_ended().render().unwrap()),
        ("not-me", not_me()),
        ("not-me-told", not_me_done(NotMeOutcome::Told { reference: "LK-7F3A-22QM".to_owned() })),
        (
            "not-me-told-before",
            not_me_done(NotMeOutcome::ToldBefore { reference: "LK-7F3A-22QM".to_owned() }),
        ),
        ("not-me-signed-out", not_me_done(NotMeOutcome::SignedOut)),
        (
            "unlocked",
            unlocked(UnlockedState::Now { at: in_minutes(3), tries: 8 }).render().unwrap(),
        ),
        (
            "unlocked-already",
            unlocked(UnlockedState::Already { at: in_minutes(-3) }).render().unwrap(),
        ),
        (
            "unlocked-by-itself",
            unlocked(UnlockedState::EndedByItself { at: in_minutes(-3) }).render().unwrap(),
        ),
        (
            "dead-expired",
            dead(DeadLink::Expired { at: NOW.before(Span::DAY), lifetime: Span::DAY }, known()),
        ),
        ("dead-superseded", dead(DeadLink::Superseded, known())),
        ("dead-forged", dead(DeadLink::Forged, DeadLinkResend::AskAddress)),
        ("held-staff", held(StillLocked::Staff { until: Until::At(in_minutes(50)) })),
        ("held-long-run", held(StillLocked::LongRun)),
        ("held-limit", held(StillLocked::DailyLimit { limit: 3, again_at: in_minutes(400) })),
        (
            "unlock-request",
            UnlockRequestPage { frame: frame(), identifier: String::new(), problem: None }
                .render()
                .unwrap(),
        ),
        (
            "unlock-request-odd",
            UnlockRequestPage {
                frame: frame(),
                identifier: "@".to_owned(),
                problem: Some(UnlockRequestProblem::IdentifierOdd),
            }
            .render()
            .unwrap(),
        ),
        (
            "unlock-requested",
            UnlockRequestedPage {
                frame: frame(),
                written: Written::Identifier("alex@acme.test".to_owned()),
                asked_at: NOW,
                next_at: in_minutes(10),
            }
            .render()
            .unwrap(),
        ),
        ("unlock-code", code_page("alex@acme.test", Vec::new())),
        ("unlock-code-wrong", code_page(LONG, vec![UnlockCodeProblem::Wrong])),
        (
            "unlock-code-missing",
            code_page(
                "",
                vec![UnlockCodeProblem::IdentifierMissing, UnlockCodeProblem::CodeMissing],
            ),
        ),
        ("fault-unavailable", fault(Fault::Unavailable, Some("/t/acme/unlock/abc.def"))),
        ("fault-not-found", fault(Fault::NotFound, None)),
        ("fault-wrong-method", fault(Fault::WrongMethod, None)),
        ("fault-too-many", fault(Fault::TooMany { retry_in: Span::MINUTE }, None)),
        ("fault-bad-request", fault(Fault::BadRequest, None)),
        ("fault-too-large", fault(Fault::TooLarge, None)),
        ("fault-other-site", fault(Fault::OtherSite, None)),
        (
            "bare-fault",
            BareFaultPage { frame: console(), fault: Fault::NoTenant, retry_path: None }
                .render()
                .unwrap(),
        ),
        (
            "front",
            FrontPage { frame: console(), mailbox_path: Some("/mailbox".to_owned()) }
                .render()
                .unwrap(),
        ),
        (
            "banned",
            BannedPage { frame: frame(), identifier: "alex@acme.test".to_owned() }
                .render()
                .unwrap(),
        ),
        ("unlocked-somehow", unlocked(UnlockedState::Somehow).render().unwrap()),
        ("landing", landing().render().unwrap()),
        ("mailbox", mailbox(true, MailTab::Page, MailScheme::Light).render().unwrap()),
        ("mailbox-headers", mailbox(true, MailTab::Headers, MailScheme::Light).render().unwrap()),
        ("mailbox-list", mailbox(false, MailTab::Page, MailScheme::Light).render().unwrap()),
    ];
    pages.extend(steps::all());
    pages.extend(own::all());
    pages.extend(support::all());
    pages
}

#[test]
#[ignore = "writes every page to LOCKKEEPER_PREVIEW (a directory), to be looked at"]
fn write_previews() {
    let dir = std::env::var_os("LOCKKEEPER_PREVIEW")
        .map_or_else(|| std::env::temp_dir().join("lockkeeper-preview"), std::path::PathBuf::from);
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("lockkeeper.css"), assets::stylesheet().bytes).unwrap();
    let colours = BrandColours::of(Colour::parse("#5B3FD6").unwrap());
    std::fs::write(dir.join("brand.css"), brand::stylesheet(&colours)).unwrap();
    let mails = super::mail_views::all();
    for (name, html) in &mails {
        std::fs::write(dir.join(format!("{name}.html")), html).unwrap();
        let dark = mailbox::framed(html, MailScheme::Dark);
        std::fs::write(dir.join(format!("{name}-dark.html")), dark).unwrap();
    }
    for (name, html) in all() {
        let html = html
            .replace(&assets::stylesheet().path, "lockkeeper.css")
            .replace("/t/acme/assets/brand.css", "brand.css")
            .replace("/mailbox/out_1/html?scheme=light", "mail-unlock.html");
        std::fs::write(dir.join(format!("{name}.html")), html).unwrap();
    }
}
