//! Every page as its readers get it: it renders, it carries the facts that it must, it works
//! without script, and one person's page looks like another's.

use askama::Template;
use lockkeeper::model::Until;
use lockkeeper::web::assets;
use lockkeeper::web::pages::view::*;

use super::page_samples::{all, locked, timed, wrong};
use crate::harness::weight;

fn page(name: &str) -> String {
    all().into_iter().find(|(known, _)| *known == name).unwrap().1
}

fn assert_says(html: &str, facts: &[&str]) {
    for fact in facts {
        assert!(html.contains(fact), "{fact:?} is not in {html}");
    }
}

#[test]
fn every_page_is_whole_and_small_and_none_needs_script() {
    for (name, html) in all() {
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\" dir=\"ltr\""), "{name}");
        assert!(
            html.contains("<title>")
                && html.contains("color-scheme")
                && html.contains("width=device-width"),
            "{name}"
        );
        assert!(!html.contains("{$") && !html.contains("{ $"), "{name}: an argument is missing");
        for odd in ["style=", "javascript:", "\u{2068}"] {
            assert!(!html.contains(odd), "{name}: {odd}");
        }
        // One page turns by itself; the link that it has for that does the same without script.
        let turns = html.contains("id=\"check-again\"");
        let script = format!("<script src=\"{}\" defer></script>", assets::locked_script().path);
        assert_eq!(html.matches("<script").count(), usize::from(turns), "{name}");
        assert_eq!(html.contains(&script), turns, "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name} has one title");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        assert!(html.matches("button primary").count() <= 1, "{name}: one filled button a screen");
        assert!(html.matches(" autofocus").count() <= 1, "{name}: one focus");
        let summed = html.contains("class=\"summary\"");
        assert!(!summed || html.contains("<title>Error: "), "{name}");
        assert!(
            summed || !html.contains("aria-invalid"),
            "{name}: a faulty field without a summary"
        );
        let cost = weight::estimated(&html);
        assert!(cost <= weight::HOSTED, "{name}: {cost} bytes, {} its own", html.len());
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
    let bare = ["front", "landing", "mailbox", "mailbox-list", "mailbox-headers", "bare-fault"];
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
    assert_says(&html, &["<a href=\"/t/acme/sign-in/forgot\">Set a new password</a>"]);
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
fn comfort_is_said_once_and_only_where_nothing_else_explains() {
    assert_eq!(page("dead-expired").matches("You did nothing wrong.").count(), 1);
    for name in ["dead-superseded", "dead-forged"] {
        assert!(!page(name).contains("You did nothing wrong."), "{name}");
    }
    assert_says(&page("unlocked-already"), &["Your account is open. Sign in below."]);
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

/// What each way into and out of a lock offers next: where its filled button leads, and the links
/// beside it.
#[test]
fn no_page_of_the_journey_is_an_end() {
    let (sign_in, reset) = ("/t/acme/sign-in", "/t/acme/sign-in/forgot");
    let (mail, code) = ("/t/acme/unlock", "/t/acme/unlock/code");
    let (again, support) = ("/t/acme/locked", "/t/acme/support");
    for (name, filled, ways) in [
        ("locked", None, vec![mail, code, reset, again, support]),
        ("locked-long", None, vec![code, reset, again, support]),
        ("locked-staff", None, vec![again, support]),
        ("locked-long-run", None, vec![reset, again, support]),
        ("unlock-confirm", Some("/t/acme/unlock/abc.def"), vec![support]),
        ("unlock-confirm-ended", Some("/t/acme/unlock/abc.def"), vec![sign_in, support]),
        ("unlocked", Some(sign_in), vec![reset, support]),
        ("unlocked-already", Some(sign_in), vec![reset, support]),
        ("unlocked-by-itself", Some(sign_in), vec![reset, support]),
        ("unlocked-somehow", Some(sign_in), vec![reset, support]),
        ("dead-expired", Some(mail), vec![sign_in, reset, support]),
        ("dead-superseded", Some(mail), vec![sign_in, reset, support]),
        ("dead-forged", Some(mail), vec![code, sign_in, reset, support]),
        ("held-staff", Some(support), vec![sign_in]),
        ("held-long-run", Some(reset), vec![support]),
        ("held-limit", Some(reset), vec![sign_in, support]),
        ("unlock-request", Some(mail), vec![sign_in, reset, support]),
        ("unlock-requested", None, vec![code, mail, sign_in, reset, support]),
        ("unlock-code", Some(code), vec![mail, sign_in, reset, support]),
        ("fault-unavailable", Some("/t/acme/unlock/abc.def"), vec![sign_in, support]),
        ("fault-too-many", Some(sign_in), vec![support]),
    ] {
        let html = page(name);
        let at = html.find("button primary");
        assert_eq!(at.is_some(), filled.is_some(), "{name}");
        if let (Some(at), Some(target)) = (at, filled) {
            // A link's own target, or that of the form around the button.
            let before = html.get(..at).unwrap();
            let tag = before.get(before.rfind('<').unwrap()..).unwrap();
            let from =
                if tag.starts_with("<a") { tag } else { before.rsplit("<form").next().unwrap() };
            let mut words = from.split('"').chain(html.get(at..).unwrap().split('"'));
            let to = words.find(|word| word.starts_with('/')).unwrap();
            assert_eq!(to, target, "{name}");
        }
        for way in ways {
            let offered = [format!("href=\"{way}\""), format!("action=\"{way}\"")];
            assert!(offered.iter().any(|one| html.contains(one)), "{name} does not lead to {way}");
        }
    }
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
            "<a href=\"#message\">Write a shorter message, at most 4,000 characters</a>",
            "I changed my phone.",
            "aria-describedby=\"message-hint message-fault\" aria-invalid=\"true\"",
        ],
    );
}

#[test]
fn a_faulty_addition_to_a_request_comes_back_with_a_summary_that_leads_to_the_field() {
    let html = page("request-fault");
    assert_says(
        &html,
        &[
            "<title>Error: ",
            "<div class=\"summary\" role=\"alert\" tabindex=\"-1\" autofocus>",
            "<a href=\"#message\">Write a shorter message, at most 4,000 characters</a>",
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
    let where_to = "--database-url sqlite:lockkeeper-demo/demo.db</code>";
    for command in [
        "lockkeeper policy show --tenant acme",
        "lockkeeper policy apply --tenant acme --preset strict",
        "lockkeeper support list --tenant acme",
        "lockkeeper user unlock --tenant acme alex@acme.test",
    ] {
        assert_says(&html, &[&format!("<code>{command} {where_to}")]);
    }
}

#[test]
fn the_wrong_password_page_as_a_whole() {
    let html = page("sign-in-wrong").replace(&assets::stylesheet().path, "/assets/lockkeeper.css");
    insta::assert_snapshot!(html);
}

#[test]
fn the_locked_page_as_a_whole() {
    let html = page("locked")
        .replace(&assets::stylesheet().path, "/assets/lockkeeper.css")
        .replace(&assets::locked_script().path, "/assets/locked.js");
    insta::assert_snapshot!(html);
}
