//! Every mail as its reader gets it: the text part says everything, the HTML part says the same,
//! stays small and loads nothing from elsewhere.

use lockkeeper::mail::view::{MailFrame, MailParts, SupportAckMail};
use lockkeeper::mail::view_codes::{ClaimedMail, CodeMail, CodeUse};
use lockkeeper::mail::view_invite::InviteMail;
use lockkeeper::mail::view_staff_note::StaffNote;
use lockkeeper::mail::view_unlock::{
    Origin, ShortCode, UnlockMail, UnlockedHow, UnlockedMail, WhichMail,
};
use lockkeeper::model::{BrandColours, Colour, Millis, Span, Until};
use lockkeeper::store::team::Role;
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
        which: WhichMail::First,
        failures: 8,
        origin: Some(Origin { sources: 2, network: "203.0.113.*".to_owned() }),
        link: LINK.to_owned(),
        link_expires_at: LOCKED_AT.after(Span::DAY),
        code: Some(ShortCode {
            digits: "01234567".to_owned(),
            expires_at: LOCKED_AT.after(Span::DAY),
        }),
        lock_ends: Until::At(LOCKED_AT.after(Span::MINUTE)),
    }
}

fn unlocked(how: UnlockedHow) -> UnlockedMail {
    UnlockedMail {
        frame: frame(),
        name: Some("Alex".to_owned()),
        account: "alex@acme.test".to_owned(),
        unlocked_at: LOCKED_AT,
        how,
        reset_link: "https://login.acme.test/t/acme/sign-in/forgot".to_owned(),
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
        status_link: Some(format!("https://login.acme.test/t/acme/support/{}", "x".repeat(32))),
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

fn note() -> StaffNote {
    StaffNote {
        frame: frame(),
        subject: "Attack on sign-ins at Acme".to_owned(),
        title: "Sign-ins at Acme are under attack".to_owned(),
        when: "It was noticed at 13:43.".to_owned(),
        lines: vec!["Accounts locked: 12".to_owned(), "Failed tries: <480>".to_owned()],
        what: "Locks hold by themselves.".to_owned(),
        link: "https://login.acme.test/console/acme/alerts".to_owned(),
        button: "See the attack".to_owned(),
        why: "Sent because you look after Acme.".to_owned(),
    }
}

fn invite() -> InviteMail {
    InviteMail {
        frame: frame(),
        by: "Ana <b>".to_owned(),
        to: "Globex".to_owned(),
        role: Role::Admin,
        link: format!("https://login.acme.test/console/welcome/{}", "x".repeat(32)),
        expires_at: LOCKED_AT.after(Span::DAY),
    }
}

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("mail-unlock", unlock().parts().unwrap().html),
        ("mail-support-ack", ack().parts().unwrap().html),
        ("mail-code", code().parts().unwrap().html),
        ("mail-address-claimed", claimed().parts().unwrap().html),
        ("mail-unlocked", unlocked(UnlockedHow::ByLink).parts().unwrap().html),
        ("mail-staff-note", note().parts().unwrap().html),
        ("mail-invite", invite().parts().unwrap().html),
    ]
}

fn parts() -> [MailParts; 7] {
    [
        unlock().parts().unwrap(),
        ack().parts().unwrap(),
        code().parts().unwrap(),
        claimed().parts().unwrap(),
        unlocked(UnlockedHow::ByLink).parts().unwrap(),
        note().parts().unwrap(),
        invite().parts().unwrap(),
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
    let [unlock, ack, code, claimed, unlocked, _, invite] = parts();
    assert_eq!(unlock.subject, "Unlock your Acme account");
    assert_eq!(ack.subject, "We have your message LK-19ZT");
    assert_eq!(code.subject, "Your code to sign in to Acme");
    assert_eq!(claimed.subject, "You already have an account at Acme");
    assert_eq!(unlocked.subject, "Your Acme account is unlocked");
    assert_eq!(invite.subject, "Invitation to the team of Globex");
    assert!(
        [unlock.subject, ack.subject, code.subject, claimed.subject, unlocked.subject]
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
        "8 sign-in attempts had failed from 2 addresses, among them 203.0.113.*.",
        "0123 4567",
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
fn a_further_mail_counts_up_to_itself_and_says_since_when() {
    let mut mail = unlock();
    mail.which = WhichMail::Further;
    mail.frame.written_at = LOCKED_AT.after(Span::HOUR);
    mail.failures = 1;
    mail.origin = Some(Origin { sources: 1, network: "2001:db8:1:*".to_owned() });
    for part in [mail.parts().unwrap().text, mail.parts().unwrap().html] {
        let part = part.replace("<b>", "").replace("</b>", "");
        let facts = [
            "At 21 Nov 2026, 14:43 CET (13:43 UTC), 1 sign-in attempt had failed from \
             one address (2001:db8:1:*). It did not get in.",
            "The first lock began at 21 Nov 2026, 13:43 CET (12:43 UTC).",
        ];
        for fact in facts {
            assert!(part.contains(fact), "{fact} is not in {part}");
        }
    }
}

#[test]
fn the_code_is_in_no_subject_and_its_end_is_told_where_it_comes_first() {
    let mut mail = unlock();
    assert!(!mail.parts().unwrap().subject.contains(|c: char| c.is_ascii_digit()));
    mail.code.as_mut().unwrap().expires_at = LOCKED_AT.after(Span::HOUR);
    let text = mail.parts().unwrap().text;
    assert!(text.contains("Link and code work for 1 hour, until 21 Nov 2026, 14:43 CET"), "{text}");
    mail.code = None;
    let text = mail.parts().unwrap().text;
    assert!(text.contains("The link works for 24 hours"), "{text}");
}

#[test]
fn there_is_one_address_to_go_to_in_the_mail() {
    for mail in [
        unlock().parts().unwrap(),
        unlocked(UnlockedHow::ByStaff).parts().unwrap(),
        note().parts().unwrap(),
        invite().parts().unwrap(),
    ] {
        assert_eq!(mail.text.matches("http").count(), 1, "{}", mail.text);
        let targets: std::collections::BTreeSet<_> = mail
            .html
            .split("href=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert_eq!(targets.len(), 1, "{targets:?}");
    }
}

#[test]
fn a_note_to_staff_has_a_figure_in_each_line() {
    insta::assert_snapshot!(note().parts().unwrap().text, @"
    Sign-ins at Acme are under attack

    It was noticed at 13:43.

    * Accounts locked: 12
    * Failed tries: <480>

    Locks hold by themselves.

    https://login.acme.test/console/acme/alerts

    -- 
    Nobody at Acme will ever ask for your password.
    Questions: help@acme.test
    Acme Ltd, 1 Sample Street, 1010 Vienna.
    Sent because you look after Acme.
    ");
}

#[test]
fn an_invitation_says_who_invites_to_what_and_until_when() {
    insta::assert_snapshot!(invite().parts().unwrap().text, @"
    Invitation to the team of Globex

    Ana <b> has invited you to work in the console of Globex.

    Your role: admin. You may change everything but who is an owner.

    https://login.acme.test/console/welcome/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx

    The link works once, until 22 Nov 2026, 13:43 CET (12:43 UTC).

    If you do not know what this is about, nothing needs to be done. Without the button nothing happens.

    -- 
    Nobody at Acme will ever ask for your password.
    Questions: help@acme.test
    Acme Ltd, 1 Sample Street, 1010 Vienna.
    Sent because Ana <b> gave this address to invite you.
    ");
    let html = invite().parts().unwrap().html;
    assert!(html.contains("Ana &#60;b&#62;") && !html.contains("Ana <b>"), "{html}");
}

#[test]
fn the_word_that_a_lock_was_ended_says_how() {
    insta::assert_snapshot!(unlocked(UnlockedHow::ByCode).parts().unwrap().text, @"
    Your Acme account is unlocked

    Hello Alex,

    The lock was ended at 21 Nov 2026, 13:43 CET (12:43 UTC) with the code from our mail. You can sign in again.

    Account: alex@acme.test

    If it was not you
    Somebody else may be reading your mail. Change the password of your mailbox, then set a new one here, and tell Acme support.

    https://login.acme.test/t/acme/sign-in/forgot

    -- 
    Nobody at Acme will ever ask for your password.
    Questions: help@acme.test
    Acme Ltd, 1 Sample Street, 1010 Vienna.
    Sent because a lock of your account was ended.
    ");
    for (how, words) in [
        (UnlockedHow::ByLink, "with the link from our mail"),
        (UnlockedHow::ByReset, "by setting a new password"),
        (UnlockedHow::ByStaff, "by the staff of Acme"),
    ] {
        let mail = unlocked(how).parts().unwrap();
        assert!(mail.text.contains(words) && mail.html.contains(words), "{}", mail.text);
    }
}

#[test]
fn every_language_tells_the_facts_of_a_lock_in_the_owner_s_zone() {
    for (tag, facts) in [
        ("en", ["8 sign-in attempts", "2 addresses, among them 203.0.113.*", "13:43 CET"]),
        ("de", ["8 Anmeldeversuche", "2 Adressen (darunter 203.0.113.*)", "13:43 CET"]),
        ("fr", ["8 tentatives", "2 adresses (dont 203.0.113.*)", "13:43"]),
        ("es", ["8 intentos", "2 direcciones (entre ellas 203.0.113.*)", "13:43"]),
        ("ja", ["8回", "2個のアドレス（203.0.113.* など）", "13:43"]),
    ] {
        let mut mail = unlock();
        mail.frame.lang = Catalogue::get(tag);
        let parts = mail.parts().unwrap();
        for fact in facts.into_iter().chain(["0123 4567"]) {
            assert!(parts.text.contains(fact), "{tag} lacks {fact}: {}", parts.text);
            assert!(parts.html.contains(fact), "{tag} lacks {fact} in HTML");
        }
    }
    // Summer time is the zone's own.
    let mut mail = unlock();
    mail.locked_at = Millis(1_783_000_000_000);
    assert!(mail.parts().unwrap().text.contains("CEST"), "{}", mail.parts().unwrap().text);
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
