//! Through Debian's own mail server: TLS and AUTH as an operator's relay asks for them, what happens
//! where one of them is not right, and the pipe by which answers come in.

use std::io::Write;
use std::process::Stdio;

use lockkeeper::mail::{MailSettings, Roots, SmtpSecurity, SmtpSettings};
use lockkeeper::store::outbox::{OutboxRow, OutboxStatus};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::bench::{Bench, FIRST_WAIT, Home, by_smtp, run};
use crate::harness::children;
use crate::harness::exim::{Defers, Exim, PASSWORD, USER};
use crate::ingest::PostRoom;

const ADDRESS: &str = "ana@acme.test";

/// As an operator sets it: a name, STARTTLS, user and password.
fn relayed(exim: &Exim, password: &str) -> MailSettings {
    let settings = by_smtp(SmtpSettings {
        host: "localhost".to_owned(),
        port: exim.port(),
        security: SmtpSecurity::StartTls,
        credentials: Some((USER.to_owned(), password.to_owned().into())),
    });
    let authority = CertificateDer::from_pem_file(exim.authority()).unwrap();
    MailSettings { roots: Roots::Only(vec![authority]), ..settings }
}

/// A mail for somebody who has just been locked, tried once.
async fn tried(bench: &Bench, address: &str, settings: MailSettings) -> OutboxRow {
    let user = bench.locked_user(address).await;
    bench.round(settings).await;
    bench.mail_of(&user).await
}

#[test]
fn a_mail_leaves_by_starttls_and_auth() {
    let exim = Exim::start();
    run(Home::sqlite(), async |bench| {
        let row = tried(&bench, ADDRESS, relayed(&exim, PASSWORD)).await;
        assert_eq!((row.status, row.tries), (OutboxStatus::Sent, 1), "{:?}", row.last_error);
        let all = exim.until_delivered(row.id.as_str());
        assert_eq!(all.matches("\nMessage-ID:").count(), 1, "{all}");
        assert!(all.contains("/t/acme/unlock/"), "{all}");
        let log = exim.log();
        assert!(log.contains(&format!("A=plain:{USER}")) && log.contains("X=TLS1.3"), "{log}");
    });
}

#[test]
fn with_a_wrong_password_mail_is_kept_and_says_why() {
    let exim = Exim::start();
    run(Home::sqlite(), async |bench| {
        let row = tried(&bench, ADDRESS, relayed(&exim, "another")).await;
        assert_eq!(row.status, OutboxStatus::Due);
        assert!(row.last_error.as_ref().unwrap().contains("535"), "{:?}", row.last_error);
        assert!(!row.last_error.unwrap().contains("another"));
        // Put right, it leaves by itself.
        bench.clock.advance(FIRST_WAIT);
        bench.round(relayed(&exim, PASSWORD)).await;
        exim.until_delivered(row.id.as_str());
    });
}

#[test]
fn a_certificate_that_nobody_vouches_for_gets_neither_mail_nor_password() {
    let exim = Exim::start();
    run(Home::sqlite(), async |bench| {
        let other = Exim::start();
        let believed = relayed(&other, PASSWORD).roots;
        for roots in [Roots::Machine, believed] {
            let settings = MailSettings { roots, ..relayed(&exim, PASSWORD) };
            let name =
                format!("{}@acme.test", bench.counts.of(lockkeeper::model::Count::MailsDeferred));
            let row = tried(&bench, &name, settings).await;
            assert_eq!(row.status, OutboxStatus::Due);
            let why = row.last_error.unwrap();
            assert!(why.to_lowercase().contains("certificate"), "{why}");
        }
        // By another name than the certificate's.
        let mut settings = relayed(&exim, PASSWORD);
        if let lockkeeper::mail::Transport::Smtp(server) = &mut settings.transport {
            server.host = "127.0.0.2".to_owned();
        }
        let row = tried(&bench, ADDRESS, settings).await;
        assert_eq!(row.status, OutboxStatus::Due, "{:?}", row.last_error);
        let log = exim.log();
        assert!(!log.contains("A=plain") && exim.delivered().is_empty(), "{log}");
    });
}

#[test]
fn a_mail_that_exim_puts_off_arrives_once() {
    let exim = Exim::start();
    exim.defer(Defers::All);
    run(Home::sqlite(), async |bench| {
        let row = tried(&bench, ADDRESS, relayed(&exim, PASSWORD)).await;
        assert_eq!((row.status, row.tries), (OutboxStatus::Due, 1));
        assert!(row.last_error.as_ref().unwrap().contains("451"), "{:?}", row.last_error);
        exim.defer(Defers::None);
        bench.clock.advance(FIRST_WAIT);
        bench.round(relayed(&exim, PASSWORD)).await;
        let all = exim.until_delivered(row.id.as_str());
        assert_eq!(all.matches("\nMessage-ID:").count(), 1, "{all}");
    });
}

/// The real command with a message on its input: its exit code.
fn ingest(room: &PostRoom, database: Option<&str>, message: &[u8]) -> i32 {
    let mut command = room.command(&["support", "ingest"]);
    if let Some(url) = database {
        command.env("LOCKKEEPER_DATABASE_URL", url);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = children::spawn(command);
    let _written = child.stdin.take().unwrap().write_all(message);
    child.wait().unwrap().code().unwrap()
}

#[test]
fn exim_pipes_an_answer_into_its_request() {
    let (exim, room) = (Exim::start(), PostRoom::open());
    let request = room.request(&room.acme, ADDRESS);
    let to = room.reply_to(&request);
    let answer = "From: Ana <ana@acme.test>\r\nMessage-ID: <1@mua>\r\n\r\nStill locked\r\n";
    exim.hand_in(&to, answer);
    // The database is away: the mail server keeps it and tries again.
    exim.pipe_one(|message| {
        let said = String::from_utf8_lossy(message).into_owned();
        assert!(said.contains(&format!("Envelope-to: {to}")), "{said}");
        let code = ingest(&room, Some("sqlite:no/where/x.db"), message);
        assert_eq!(code, 75);
        code
    });
    exim.pipe_one(|message| {
        let code = ingest(&room, None, message);
        assert_eq!(code, 0);
        code
    });
    assert_eq!(room.talk(&request).len(), 1);
    // Nobody's address: whoever wrote to it hears of it.
    let nobody = format!("desk+r{}@in.example", "a".repeat(53));
    exim.hand_in(&nobody, &answer.replace("<1@mua>", "<2@mua>"));
    exim.pipe_one(|message| {
        let code = ingest(&room, None, message);
        assert_eq!(code, 67);
        code
    });
    let bounce = exim.until_delivered("Action: failed");
    assert!(bounce.contains("Final-Recipient: rfc822;desk+raaa"), "{bounce}");
}
