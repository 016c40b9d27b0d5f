//! Every mail as its reader gets it: the text part says everything, the HTML part says the same,
//! stays small and loads nothing from elsewhere.

use lockkeeper::mail::view::{MailFrame, MailParts, SupportAckMail, UnlockMail};
use lockkeeper::mail::view_codes::{ClaimedMail, CodeMail, CodeUse};
use lockkeeper::model::{BrandColours, Colour, Millis, Span, Until};
use lockkeeper::text::{Catalogue, Zone};

/// 21 November 2026, 13:43 CET.
const LOCKED_AT: Millis = Millis(1_795_264_980_000);
const LINK: &str =
    "https://login.acme.test/t/acme/unlock/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.k3J9s";

fn frame() -> MailFrame {
    MailFrame {
        lang: Catalogue::get("en"),
        zone: Zone::named("Europe/Vienna"),
        written_at: LOCKED_AT,
        tenant: "Acme".to_owned(),
        colours: BrandColours::of(Colour::parse("#5B3FD6").unwrap()),
        support_email: Some("help@acme.test".to_owned()),
        postal: Some("Acme Ltd, 1 Sample Street, 1010 Vienna.".to_owned()),
        reference: Some("LK-7F3A-22QM".to_owned()),
    }
}

fn unlock() -> UnlockMail {
    UnlockMail {
        frame: frame(),
        name: Some("Alex".to_owned()),
        account: "alex@acme.test".to_owned(),
        locked_at: LOCKED_AT,
        failures: 8,
        origin: None,
        link: LINK.to_owned(),
        link_expires_at: LOCKED_AT.after(Span::DAY),
        lock_ends: Until::At(LOCKED_AT.after(Span::MINUTE)),
    }
}

fn ack() -> SupportAckMail {
    let mut frame = frame();
    frame.reference = None;
    SupportAckMail {
        frame,
        name: Some("Alex <b>".to_owned()),
        reference: "LK-19ZT".to_owned(),
        received_at: LOCKED_AT,
        copy: Some("I changed my phone.\n<script>alert(1)</script>".to_owned()),
        unlock_request_link: "https://login.acme.test/t/acme/unlock".to_owned(),
    }
}

fn code() -> CodeMail {
    CodeMail {
        frame: frame(),
        code: "042017".to_owned(),
        used_for: CodeUse::SignIn,
        expires_at: LOCKED_AT.after(Span::MINUTE.times(10)),
    }
}

fn claimed() -> ClaimedMail {
    ClaimedMail {
        frame: frame(),
        name: Some("Alex".to_owned()),
        sign_in_link: "https://login.acme.test/t/acme/sign-in".to_owned(),
    }
}

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("mail-unlock", unlock().parts().unwrap().html),
        ("mail-support-ack", ack().parts().unwrap().html),
        ("mail-code", code().parts().unwrap().html),
        ("mail-address-claimed", claimed().parts().unwrap().html),
    ]
}

fn parts() -> [MailParts; 4] {
    [
        unlock().parts().unwrap(),
        ack().parts().unwrap(),
        code().parts().unwrap(),
        claimed().parts().unwrap(),
    ]
}

#[test]
fn the_unlock_mail_in_plain_text_is_complete() {
    insta::assert_snapshot!(unlock().parts().unwrap().text);
}

#[test]
fn the_acknowledgement_in_plain_text_is_complete() {
    insta::assert_snapshot!(ack().parts().unwrap().text);
}

#[test]
fn the_code_in_plain_text_is_complete() {
    insta::assert_snapshot!(code().parts().unwrap().text, @"
    Your code to sign in to Acme

    042017

    It works once, and for 10 minutes.

    If you did not ask for it, nothing needs to be done. Give it to nobody.

    -- 
    Nobody at Acme will ever ask for your password.
    Questions: help@acme.test
    Sent because a code was asked for with this address.
    ");
}

#[test]
fn the_word_about_a_claim_in_plain_text_is_complete() {
    insta::assert_snapshot!(claimed().parts().unwrap().text, @"
    You already have an account at Acme

    Hello Alex,

    Somebody tried to use this address for another account. It is part of yours already, so nothing was done.

    If that was you, sign in with it instead:

    https://login.acme.test/t/acme/sign-in

    If it was not you, nothing needs to be done. Nothing has changed on your account.

    -- 
    Nobody at Acme will ever ask for your password.
    Questions: help@acme.test
    Sent because this address was given for another account.
    ");
}

#[test]
fn subjects_are_short_and_hold_no_stranger_s_words() {
    let [unlock, ack, code, claimed] = parts();
    assert_eq!(unlock.subject, "Unlock your Acme account");
    assert_eq!(ack.subject, "We have your message LK-19ZT");
    assert_eq!(code.subject, "Your code to sign in to Acme");
    assert_eq!(claimed.subject, "You already have an account at Acme");
    assert!(
        [unlock.subject, ack.subject, code.subject, claimed.subject]
            .iter()
            .all(|subject| subject.len() <= 45)
    );
}

#[test]
fn html_parts_are_small_and_load_nothing() {
    for mail in parts() {
        assert!(mail.html.len() < 20_000, "{} bytes", mail.html.len());
        for odd in ["<img", "<link", "<script", "url(", "@import", "{$"] {
            assert!(!mail.html.contains(odd), "{odd}");
        }
        assert!(mail.html.contains("color-scheme") && mail.html.contains("role=\"presentation\""));
        assert!(!mail.text.contains("{$") && !mail.text.contains("&#"));
    }
}

#[test]
fn both_parts_of_the_unlock_mail_carry_the_same_facts() {
    let mail = unlock().parts().unwrap();
    for fact in [
        "Your Acme account is locked",
        "21 Nov 2026, 13:43 CET",
        "12:43 UTC",
        "8 sign-in attempts",
        "None of them got in",
        "22 Nov 2026, 13:43 CET",
        "24 hours",
        "13:44 CET",
        "It does not sign you in",
        "alex@acme.test",
        LINK,
        "Nobody at Acme will ever ask for your password.",
        "help@acme.test",
        "LK-7F3A-22QM",
        "1 Sample Street",
    ] {
        assert!(mail.text.contains(fact), "text lacks {fact:?}");
        assert!(mail.html.contains(fact), "HTML lacks {fact:?}");
    }
    assert!(mail.html.contains("background:#5B3FD6"));
}

#[test]
fn a_lock_without_end_is_said_to_have_none() {
    let mut mail = unlock();
    mail.lock_ends = Until::Unlocked;
    assert!(mail.parts().unwrap().text.contains("The lock does not end by itself."));
}

#[test]
fn ends_are_told_late_rather_than_early_and_utc_once() {
    let mut mail = unlock();
    mail.frame.zone = Zone::utc();
    mail.lock_ends = Until::At(LOCKED_AT.after(Span(60_001)));
    mail.link_expires_at = LOCKED_AT.after(Span(Span::DAY.0 + 59_999));
    for part in [mail.parts().unwrap().text, mail.parts().unwrap().html] {
        assert!(!part.contains("UTC ("), "{part}");
        assert!(part.contains("ends by itself at 21 Nov 2026, 12:45 UTC; further"), "{part}");
        assert!(part.contains("until 22 Nov 2026, 12:43 UTC."), "the link: never too late: {part}");
    }
    assert!(mail.parts().unwrap().html.contains("At <b>21 Nov 2026, 12:43 UTC</b>, 8 sign-in"));
}

#[test]
fn a_mail_that_is_sent_again_is_the_same_mail() {
    assert_eq!(unlock().parts().unwrap(), unlock().parts().unwrap());
}
