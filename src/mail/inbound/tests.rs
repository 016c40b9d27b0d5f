//! Mails as people's programs and mail servers write them, and bytes that nobody would.

use proptest::prelude::*;

use super::*;
use crate::model::BounceBlame;

fn taken(message: &str) -> ArrivedMail {
    read(message.replace('\n', "\r\n").as_bytes()).unwrap()
}

fn text(message: &str) -> String {
    taken(message).text
}

/// A message of one part with this head and body.
fn said(head: &str, body: &str) -> String {
    format!("From: Ana <ana@acme.test>\n{head}\n\n{body}\n")
}

#[test]
fn an_answer_is_read_without_what_it_quotes() {
    for (body, own) in [
        ("Hello\n\n> earlier\n> words", "Hello"),
        (
            "Yes.\n\nOn Sat, 21 Nov 2026 at 12:00, Acme <help@acme.test> wrote:\n\n> Are you?",
            "Yes.",
        ),
        ("Yes.\n\nOn Sat, 21 Nov 2026 at 12:00, Acme <help@acme.test>\nwrote:\n> Are you?", "Yes."),
        ("Ja.\n\nAm 21.11.26 um 12:00 schrieb Acme:\n> Sind Sie?\n>> Ja", "Ja."),
        ("> Are you?\nI am.\n> Since when?\n\nToday.", "I am.\n\nToday."),
        ("Fine.\n\n-----Original Message-----\nFrom: Acme\nold", "Fine."),
        ("Gut.\n\n________________________________\nVon: Acme\nGesendet: heute\n\nalt", "Gut."),
        ("My list:\nmilk", "My list:\nmilk"),
        // Nothing else is left: better all of it than nothing.
        ("> only\n> quoted", "> only\n> quoted"),
    ] {
        assert_eq!(text(&said("To: x@in.example", body)), own, "{body}");
    }
}

#[test]
fn markup_is_read_as_text_and_never_kept() {
    let html = "<html><head><title>t</title><style>p{}</style></head><body><p>Hello &amp; \
                <b>good</b>\n day&#33;</p><script>alert(1)</script><div>&lt;b&gt; G&uuml;n</div>\
                <blockquote>old <blockquote>older</blockquote> old</blockquote></body></html>";
    let mail = said("Content-Type: text/html; charset=utf-8", html);
    assert_eq!(text(&mail), "Hello & good day!\n\n<b> Gün");
    let open = said("Content-Type: text/html", "<head><body>seen<!-- not -->too<p>end");
    assert_eq!(text(&open), "seentoo\nend");
    let outlook = said("Content-Type: text/html", "<p>Thanks</p><hr><b>From:</b> Acme<p>old");
    assert_eq!(text(&outlook), "Thanks");
}

#[test]
fn of_two_forms_the_plain_one_is_read_and_attachments_are_named_only() {
    let mail = "From: Ana <ana@acme.test>
Content-Type: multipart/mixed; boundary=\"out\"

preamble
--out
Content-Type: multipart/alternative; boundary=in

--in
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--in
Content-Type: text/html

<p>other words</p>
--in--
--out
Content-Type: image/png; name=\"a.png\"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--out
Content-Type: text/plain
Content-Disposition: attachment; filename=\"secrets.txt\"

not to be read
--out--
";
    assert_eq!(text(mail), "Grüße\n\n[Attached, and not kept: a.png, secrets.txt]");
    // Cut off on the way.
    let cut = mail.split("--in--").next().unwrap();
    assert_eq!(text(cut), "Grüße");
}

#[test]
fn whom_it_is_for_says_the_envelope_first() {
    let head = "To: Desk <to@in.example>, other@x.test\nCc: cc@in.example\nX-Original-To: \
                orig@in.example\nDelivered-To: first@in.example";
    let all = taken(&said(head, "x")).recipients;
    let wanted =
        ["first@in.example", "orig@in.example", "to@in.example", "other@x.test", "cc@in.example"];
    assert_eq!(all, wanted);
}

#[test]
fn machines_are_told_from_people() {
    let author = |head: &str| taken(&said(head, "hello")).author;
    for head in ["X: y", "Auto-Submitted: no", "Precedence: first-class", "Return-Path: <a@b.test>"]
    {
        assert_eq!(author(head), MailAuthor::Person, "{head}");
    }
    for head in [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: AUTO-GENERATED (rejected)",
        "X-Auto-Response-Suppress: All",
        "Precedence: bulk",
        "Return-Path: <>",
        "List-Unsubscribe: <mailto:x@y.test>",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
    ] {
        assert_eq!(author(head), MailAuthor::Machine, "{head}");
    }
}

/// A report as mail servers write one.
fn bounce(status: &str) -> String {
    format!(
        "From: Mail Delivery System <Mailer-Daemon@mx.test>
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

This message was created automatically. 4.0.0 and 5.9.9 say nothing here.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

{status}
--b
Content-Type: message/rfc822

Subject: Your account is locked
--b--
"
    )
}

#[test]
fn reports_say_what_is_to_blame() {
    let of = |status: &str| taken(&bounce(status)).report;
    let failed = |status: &str, code: &str| {
        let head = "Final-Recipient: rfc822;ana@acme.test\nAction: Failed";
        of(&format!("{head}\nStatus: {status}\nDiagnostic-Code: {code}")).unwrap()
    };
    let gone = failed("5.0.0", "smtp; 550-5.1.1 <ana@acme.test>:\n  no such mailbox");
    assert_eq!(gone.blame, BounceBlame::Address);
    assert_eq!(gone.why, "smtp; 550-5.1.1 <(address)>: no such mailbox");
    assert_eq!(failed("5.1.1", "").blame, BounceBlame::Address);
    assert_eq!(failed("5.0.0", "smtp; 550 no").blame, BounceBlame::Address);
    for (status, code) in [
        ("5.2.2", "smtp; 552 5.2.2 mailbox full"),
        ("5.7.1", "smtp; 554 5.7.1 spam"),
        ("4.4.7", "smtp; 450 too long on the way"),
        ("5.0.0", "smtp; 550 5.7.26 not signed"),
    ] {
        assert_eq!(failed(status, code).blame, BounceBlame::Message, "{status}");
    }
    for action in ["delayed", "delivered", "relayed", "expanded"] {
        assert_eq!(of(&format!("Action: {action}\nStatus: 5.1.1")), None, "{action}");
    }
}

#[test]
fn plain_bounces_are_read_too() {
    let from =
        |head: &str, body: &str| taken(&format!("From: MAILER-DAEMON@mx.test\n{head}\n\n{body}\n"));
    let qmail = from("Subject: failure notice", "Hi.\n<ana@acme.test>:\nnobody here. (#5.1.1)");
    let report = qmail.report.unwrap();
    assert_eq!(
        (report.blame, report.why.as_str()),
        (BounceBlame::Address, "nobody here. (#5.1.1)")
    );
    let exim = from("X-Failed-Recipients: ana@acme.test", "it could not be delivered");
    assert_eq!(exim.report.unwrap().blame, BounceBlame::Address);
    let silent = from("Subject: Undelivered", "it could not be delivered").report.unwrap();
    assert_eq!(silent.blame, BounceBlame::Message);
    for (head, body) in
        [("Subject: Delayed mail", "still trying"), ("Subject: x", "450 4.2.0 later")]
    {
        let late = from(head, body);
        assert_eq!((late.report, late.author), (None, MailAuthor::Machine), "{head}");
    }
    // Whoever merely names a code is a person.
    let asks = taken(&said("Subject: bounced", "I got 550 5.1.1, why?"));
    assert_eq!((asks.report, asks.author), (None, MailAuthor::Person));
}

#[test]
fn a_message_is_marked_by_its_id_or_by_all_of_it() {
    let mark = |head: &str, body: &str| taken(&said(head, body)).mark;
    assert_eq!(mark("Message-ID: <a@b>", "one"), mark("Message-ID: <a@b>", "two"));
    assert_ne!(mark("Message-ID: <a@b>", "one"), mark("Message-ID: <c@b>", "one"));
    assert_eq!(mark("X: y", "one"), mark("X: y", "one"));
    assert_ne!(mark("X: y", "one"), mark("X: y", "two"));
    assert_eq!(mark("X: y", "one").len(), 64);
}

#[test]
fn a_line_of_the_envelope_before_a_message_is_none_of_it() {
    let mail = said("Message-ID: <a@b>", "hello");
    let piped = format!("From ana@acme.test Sat Nov 21 12:00:00 2026\n{mail}");
    assert_eq!(taken(&piped), taken(&mail));
}

#[test]
fn what_is_no_mail_is_refused() {
    assert_eq!(read(b""), Err(InboundFault::NoMessage));
    assert_eq!(read(b"\r\nbody"), Err(InboundFault::NoMessage));
    assert_eq!(read(&vec![b'x'; MOST_BYTES + 1]), Err(InboundFault::TooLarge));
}

/// Parts within parts, far deeper than anybody writes them.
fn nested(depth: usize) -> String {
    let mut mail = "From: a@b.test\n".to_owned();
    for level in 0..depth {
        mail.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x\n"
        ));
    }
    mail + "Content-Type: text/plain\n\ndeep\n"
}

#[test]
fn a_message_of_many_parts_is_read_within_bounds() {
    assert_eq!(text(&nested(5)), "deep");
    assert_eq!(text(&nested(20_000)), "");
    let many = |count: usize| {
        let part = "--b\nContent-Type: text/plain\n\nword\n";
        said("Content-Type: multipart/mixed; boundary=b", &part.repeat(count))
    };
    assert_eq!(text(&many(100_000)).matches("word").count(), 49);
    let long = text(&said("X: y", &"wort ".repeat(100_000)));
    assert!(long.chars().count() <= 4_001 && long.ends_with('…'));
}

/// Pieces of mails in any order, so that chance finds the reader's corners.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&[u8]> = vec![
        b"From: a@b.test\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: multipart/report; boundary=\"b\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Content-Type: text/html; charset=utf-16\r\n",
        b"Content-Type: text/plain; name*0*=utf-8''%e2%82; name*1=x; name=\"\"\r\n",
        b"Content-Type: a/b; x*0*=y; x*=z; *=; *0=; *0*=q; x*1*=%\r\n",
        b"Content-Disposition: attachment; filename*=iso-8859-1'de'%fc\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"Subject: =?utf-8?B?4pi6?= =?x?q?=ff?=\r\n",
        b"Delivered-To: \"a, b\" <x>, group: c@d;\r\n",
        b"Message-ID: <a\r\n",
        b"Action: failed\r\nStatus: 5.1.1\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"--b\r\n",
        b"--b--\r\n",
        b"<p>&#x110000;&amp<blockquote><!--",
        b"On x@y wrote:\r\n> ",
        b"=E2=82",
        b"4pi6",
        b" ",
        b"\t\0\xff\xfe",
    ];
    prop_oneof![
        4 => prop::sample::select(known).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

proptest! {
    #[test]
    fn mail_of_any_bytes_is_read_within_bounds(pieces in prop::collection::vec(piece(), 0..60)) {
        if let Ok(mail) = read(&pieces.concat()) {
            prop_assert!(mail.text.chars().count() <= 6_000);
            prop_assert!(mail.text.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", mail.text);
            prop_assert!(mail.recipients.len() <= 50 && mail.mark.len() == 64);
            if let Some(report) = mail.report {
                prop_assert!(report.why.len() <= 4_000 && !report.why.contains(['\n', '@']));
            }
        }
    }

    #[test]
    fn bytes_are_read_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _read = read(&bytes);
    }
}
