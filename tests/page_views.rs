//! Every page as its readers get it: it renders, it carries the facts that it must, it works
//! without script, and one person's page looks like another's. `LOCKKEEPER_PREVIEW=dir` with the
//! ignored test writes all of them to disk, to be looked at.

use askama::Template;
use lockkeeper::model::{BrandColours, Colour, Millis, Span, Until};
use lockkeeper::text::{Catalogue, Zone};
use lockkeeper::web::pages::view::*;
use lockkeeper::web::{assets, brand};

/// 21 November 2026, 14:06 CET.
pub const NOW: Millis = Millis(1_795_266_360_000);

fn face() -> TenantFace {
    let mut face = TenantFace::new("Acme", "acme", "/t/acme");
    face.support_email = Some("help@acme.test".to_owned());
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

fn locked(identifier: &str, lock: LockShown, resend: Resend) -> LockedPage {
    LockedPage {
        frame: frame(),
        identifier: identifier.to_owned(),
        lock,
        resend,
        redirect_url: Some("https://app.acme.test/a?b=c&d".to_owned()),
    }
}

fn timed() -> LockShown {
    LockShown::Automatic { until: Until::At(in_minutes(12)) }
}

fn wrong(tries_left: Option<u32>) -> SignInPage {
    let problem = SignInProblem::WrongDetails { tries_left };
    let back = Some("https://app.acme.test/?a=\"><b>".to_owned());
    SignInPage::again(frame(), "alex@acme.test".to_owned(), back, problem)
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
    }
}

fn support(problems: Vec<SupportProblem>) -> SupportFormPage {
    let mut page = SupportFormPage::empty(frame());
    page.name = "Alex Sommer".to_owned();
    page.identifier = "alex@acme.test".to_owned();
    page.message = "I changed my phone.\n<script>alert(1)</script>".to_owned();
    page.problems = problems;
    page.known_lock = Some(KnownLock {
        identifier: "alex@acme.test".to_owned(),
        until: Until::At(in_minutes(12)),
    });
    page
}

fn landing() -> LandingPage {
    let account = |identifier: &str, note: &str| DemoAccount {
        identifier: identifier.to_owned(),
        password: "correct horse".to_owned(),
        note: note.to_owned(),
    };
    let tenant = |name: &str, slug: &str, policy: &str, accounts: Vec<DemoAccount>| DemoTenant {
        name: name.to_owned(),
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
        mailbox_path: "/mailbox".to_owned(),
        policy_path: None,
        inbox_path: None,
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
            item(
                "out_2",
                "maximiliane.von.hohenstein-wartburg@a-rather-long-department.acme.test",
                "We have your message LK-19ZT",
                46,
            ),
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
    let long = "maximiliane.von.hohenstein-wartburg@a-rather-long-department.acme.test";
    let pause = Resend::Pause { sent_at: Some(NOW), next_at: in_minutes(10) };
    let dead = |reason, resend| DeadLinkPage { frame: frame(), reason, resend }.render().unwrap();
    let held = |reason| StillLockedPage { frame: frame(), reason }.render().unwrap();
    let fault = |fault, retry: Option<&str>| {
        FaultPage { frame: frame(), fault, retry_path: retry.map(str::to_owned) }.render().unwrap()
    };
    let known = || DeadLinkResend::ToKnown { token: "abc.def".to_owned() };
    let mut signed_out = SignInPage::empty(frame(), None);
    signed_out.notice = Some(SignInNotice::SignedOut);
    vec![
        ("sign-in", SignInPage::empty(frame(), None).render().unwrap()),
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
        ("locked-long", locked(long, timed(), pause).render().unwrap()),
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
        ("support", support(Vec::new()).render().unwrap()),
        (
            "support-faults",
            support(vec![
                SupportProblem::NameMissing,
                SupportProblem::MessageTooLong { limit: 4000 },
            ])
            .render()
            .unwrap(),
        ),
        (
            "support-sent",
            SupportSentPage {
                frame: frame(),
                reference: "LK-19ZT".to_owned(),
                received_at: NOW,
                subject: "Something else".to_owned(),
                message: "Hello\nthere".to_owned(),
                mail_copy: MailCopy::OnItsWay,
            }
            .render()
            .unwrap(),
        ),
        (
            "account",
            AccountPage {
                frame: frame(),
                name: Some("Alex Sommer".to_owned()),
                identifier: "alex@acme.test".to_owned(),
                session_since: NOW,
                sign_out_path: "/t/acme/sign-out".to_owned(),
            }
            .render()
            .unwrap(),
        ),
        ("fault-unavailable", fault(Fault::Unavailable, Some("/t/acme/unlock/abc.def"))),
        ("fault-not-found", fault(Fault::NotFound, None)),
        ("fault-too-many", fault(Fault::TooMany { retry_in: Span::MINUTE }, None)),
        ("fault-bad-request", fault(Fault::BadRequest, None)),
        ("fault-too-large", fault(Fault::TooLarge, None)),
        ("fault-other-site", fault(Fault::OtherSite, None)),
        (
            "bare-fault",
            BareFaultPage { frame: console(), fault: Fault::NoTenant }.render().unwrap(),
        ),
        ("landing", landing().render().unwrap()),
        ("mailbox", mailbox(true, MailTab::Page, MailScheme::Light).render().unwrap()),
        ("mailbox-headers", mailbox(true, MailTab::Headers, MailScheme::Light).render().unwrap()),
        ("mailbox-list", mailbox(false, MailTab::Page, MailScheme::Light).render().unwrap()),
    ]
}

fn page(name: &str) -> String {
    all().into_iter().find(|(known, _)| *known == name).unwrap().1
}

fn assert_says(html: &str, facts: &[&str]) {
    for fact in facts {
        assert!(html.contains(fact), "{fact:?} is not in {html}");
    }
}

#[test]
fn every_page_is_whole_small_and_free_of_script() {
    for (name, html) in all() {
        assert!(
            html.starts_with("<!doctype html>\n<html lang=\"en\" dir=\"ltr\""),
            "{name}: {}",
            &html[..60]
        );
        assert!(
            html.contains("<title>")
                && html.contains("color-scheme")
                && html.contains("width=device-width"),
            "{name}"
        );
        assert!(!html.contains("{$") && !html.contains("{ $"), "{name}: an argument is missing");
        for odd in ["style=", "<script", "javascript:", "\u{2068}"] {
            assert!(!html.contains(odd), "{name}: {odd}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{name} has one title");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        assert!(html.matches("button primary").count() <= 1, "{name}: one filled button a screen");
        assert!(html.matches(" autofocus").count() <= 1, "{name}: one focus");
        assert!(
            html.len() + assets::stylesheet().bytes.len() + 400 <= 30_000,
            "{name}: {} bytes",
            html.len()
        );
    }
}

#[test]
fn every_field_has_a_visible_label() {
    for (name, html) in all() {
        for tag in ["<input", "<select", "<textarea"] {
            for rest in html.split(tag).skip(1) {
                let element = rest.split('>').next().unwrap();
                if element.contains("type=\"hidden\"") {
                    continue;
                }
                let id = element.split("id=\"").nth(1).unwrap().split('"').next().unwrap();
                assert!(html.contains(&format!("<label for=\"{id}\">")), "{name}: {id}");
                assert!(tag != "<input" || element.contains("autocomplete="), "{name}: {id}");
            }
        }
    }
}

#[test]
fn every_hosted_page_leads_to_support() {
    let bare = ["landing", "mailbox", "mailbox-list", "mailbox-headers", "bare-fault"];
    for (name, html) in all().iter().filter(|(name, _)| !bare.contains(name)) {
        assert!(html.contains("<a href=\"/t/acme/support\">Contact support</a>"), "{name}");
        assert!(html.contains("brand.css"), "{name}");
    }
}

#[test]
fn a_wrong_password_comes_back_with_summary_and_without_the_password() {
    let html = page("sign-in-wrong");
    assert_says(
        &html,
        &[
            "<title>Error: Sign in · Acme</title>",
            "tabindex=\"-1\" autofocus",
            "<a href=\"#password\">E-mail address or password is not right</a>",
            "2 tries left before sign-in is locked.",
            "value=\"alex@acme.test\"",
            "aria-invalid=\"true\" aria-describedby=\"password-fault\"",
            "name=\"redirect_url\" value=\"https://app.acme.test/?a=&#34;&#62;&#60;b&#62;\"",
            "autocomplete=\"current-password\"",
        ],
    );
    let password = html.split("id=\"password\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(!password.contains("value="));
}

#[test]
fn tries_are_counted_aloud_only_when_two_or_fewer_are_left() {
    assert!(!wrong(Some(3)).render().unwrap().contains("tries left"));
    assert!(!wrong(None).render().unwrap().contains("left before"));
    assert_says(&wrong(Some(1)).render().unwrap(), &["1 try left before sign-in is locked."]);
}

#[test]
fn the_locked_page_says_until_when_why_and_what_to_do() {
    let html = page("locked");
    assert_says(
        &html,
        &[
            "Sign-in is locked",
            "<time datetime=\"2026-11-21T14:18:00+01:00\">14:18 CET</time>",
            "(in 12 minutes)",
            "even the right password is not accepted",
            "If this address has an account, we have sent it a mail.",
            "“Unlock your Acme account”",
            "action=\"/t/acme/unlock\"",
            "href=\"/t/acme/sign-in?redirect_url=https%3A%2F%2Fapp.acme.test%2Fa%3Fb%3Dc%26d\"",
            "help@acme.test",
            "LK-7F3A-22QM",
        ],
    );
    assert!(!html.contains("new password"), "no reset page yet, so none is promised");
}

#[test]
fn a_pause_is_said_in_words_and_needs_no_dead_button() {
    let html = page("locked-long");
    assert_says(&html, &["Sent again at", "14:06 CET", "The next one is possible at", "14:16 CET"]);
    assert!(!html.contains("Send it again"));
    assert!(!html.contains("disabled"));
}

#[test]
fn a_reset_is_offered_once_there_is_one_and_only_where_it_helps() {
    let offered = |lock: LockShown| {
        let mut page = locked("alex@acme.test", lock, Resend::Possible);
        page.frame.face.reset_path = Some("/t/acme/reset-password".to_owned());
        page.render().unwrap().contains("href=\"/t/acme/reset-password\"")
    };
    assert!(offered(timed()));
    assert!(offered(LockShown::LongRun));
    assert!(!offered(LockShown::Staff { until: Until::Unlocked }));
}

#[test]
fn a_staff_lock_promises_no_mail() {
    let html = page("locked-staff");
    assert_says(&html, &["The staff of Acme locked sign-in", "Only they can end this lock."]);
    assert!(!html.contains("Open the mail"));
}

#[test]
fn what_a_visitor_typed_is_never_a_tag() {
    let html = locked("<img src=x>", timed(), Resend::Possible).render().unwrap();
    assert!(!html.contains("<img"));
    let html = page("support");
    assert!(!html.contains("<script"));
}

#[test]
fn the_unlock_page_asks_once_and_tells_what_happens() {
    let html = page("unlock-confirm");
    assert_says(
        &html,
        &[
            "a**@acme.test",
            "13:43 CET</time>, after 8 failed attempts",
            "It does not sign you in.",
            "you have 8 tries with your password",
            "until <time datetime=\"2026-11-22T13:43:00+01:00\">22 Nov 2026, 13:43 CET</time>",
            "<form method=\"post\" action=\"/t/acme/unlock/abc.def\">",
            "None of the attempts got in.",
            "noindex",
        ],
    );
    assert_eq!(html.matches("<button").count(), 1);
}

#[test]
fn after_an_unlock_the_sign_in_form_stands_ready() {
    for name in ["unlocked", "unlocked-already", "unlocked-by-itself"] {
        assert_says(
            &page(name),
            &["value=\"alex@acme.test\"", "action=\"/t/acme/sign-in\"", "<time datetime="],
        );
    }
    assert_says(&page("unlocked"), &["Sign in now. You have 8 tries."]);
    assert_says(&page("unlocked-already"), &["Already unlocked", "14:03 CET"]);
    assert_says(&page("unlocked-by-itself"), &["The lock has ended", "by itself, at"]);
}

#[test]
fn a_dead_link_offers_a_new_one() {
    assert_says(
        &page("dead-expired"),
        &[
            "This link has expired",
            "Unlock links work for 24 hours.",
            "name=\"token\" value=\"abc.def\"",
        ],
    );
    let forged = page("dead-forged");
    assert_says(&forged, &["id=\"identifier\"", "Send a new unlock mail"]);
    assert!(!forged.contains("<time"), "no time is known of a forged link");
}

#[test]
fn a_form_field_for_robots_is_out_of_the_way_of_people() {
    assert_says(
        &page("support"),
        &["class=\"trap\" aria-hidden=\"true\"", "tabindex=\"-1\" autocomplete=\"off\""],
    );
    assert_eq!(TRAP_FIELD, "website");
}

#[test]
fn the_support_form_comes_back_with_what_was_written() {
    let html = page("support-faults");
    assert_says(
        &html,
        &[
            "<title>Error: Contact Acme support · Acme</title>",
            "<a href=\"#name\">Enter your name</a>",
            "<a href=\"#message\">Write a shorter message, at most 4000 characters</a>",
            "I changed my phone.",
            "aria-describedby=\"message-hint message-fault\" aria-invalid=\"true\"",
        ],
    );
}

#[test]
fn the_mailbox_is_loud_and_shows_mails_in_a_frame_of_their_own() {
    assert_says(
        &page("mailbox"),
        &[
            "These mails went nowhere else.",
            "<iframe src=\"/mailbox/out_1/html?scheme=light\"",
            "sandbox=\"allow-popups allow-popups-to-escape-sandbox\"",
            "aria-current=\"page\"",
        ],
    );
    assert!(page("mailbox-headers").contains("Auto-Submitted"));
}

#[test]
fn the_landing_page_has_four_doors_and_a_clock() {
    let html = page("landing");
    assert_eq!(html.matches("class=\"card door\"").count(), 4);
    assert_says(
        &html,
        &["14:06 CET", "value=\"15m\"", "correct horse", "Type a wrong password 8 times"],
    );
}

#[test]
fn the_wrong_password_page_as_a_whole() {
    let html = page("sign-in-wrong").replace(&assets::stylesheet().path, "/assets/lockkeeper.css");
    insta::assert_snapshot!(html);
}

#[test]
fn the_locked_page_as_a_whole() {
    let html = page("locked").replace(&assets::stylesheet().path, "/assets/lockkeeper.css");
    insta::assert_snapshot!(html);
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
