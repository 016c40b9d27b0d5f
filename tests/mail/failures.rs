//! What happens when a mail is not taken, not wanted any more, or cannot be sent at all.

use std::time::Duration;

use lockkeeper::lockout::Event as LockoutEvent;
use lockkeeper::mail::SmtpSecurity;
use lockkeeper::model::*;
use lockkeeper::store::outbox::OutboxStatus;
use lockkeeper::store::subject_events::SubjectRequest;
use tokio::net::{TcpListener, TcpStream};

use super::bench::{Bench, FIRST_WAIT, Home, by_smtp, plain, run, to_mailbox};
use crate::harness::children::free_port;
use crate::harness::smtp::{Event, Mode, SmtpServer};

const SOON: Duration = Duration::from_secs(60);
/// Long enough for a mail that should not come to come.
const MOMENT: Duration = Duration::from_millis(200);
const ADDRESS: &str = "ana@acme.test";

#[test]
fn a_mail_that_was_put_off_arrives_once() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Defer(1));
        let user = bench.locked_user(ADDRESS).await;
        let settings = by_smtp(plain(server.port()));
        bench.round(settings.clone()).await;
        assert!(matches!(server.next_event(SOON), Some(Event::Refused { code: 451, .. })));
        let row = bench.mail_of(&user).await;
        assert_eq!((row.status, row.tries), (OutboxStatus::Due, 1));
        assert!(row.last_error.unwrap().contains("451"));

        // Not before its time.
        bench.round(settings.clone()).await;
        assert!(server.next_event(MOMENT).is_none());
        bench.clock.advance(FIRST_WAIT);
        bench.round(settings.clone()).await;
        let mail = server.next_mail(SOON);
        assert_eq!(mail.header("date"), "Tue, 03 Mar 2026 12:00:00 +0000");
        let row = bench.mail_of(&user).await;
        assert_eq!((row.status, row.tries, row.last_error), (OutboxStatus::Sent, 2, None));
        bench.clock.advance(Span::DAY);
        bench.round(settings).await;
        assert!(server.next_event(MOMENT).is_none());
        assert_eq!(
            (bench.counts.of(Count::MailsDeferred), bench.counts.of(Count::MailsSent)),
            (1, 1)
        );
    });
}

#[test]
fn a_mail_that_is_refused_for_good_is_dead_and_says_why() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Reject);
        let user = bench.locked_user(ADDRESS).await;
        bench.round(by_smtp(plain(server.port()))).await;
        assert!(matches!(server.next_event(SOON), Some(Event::Refused { code: 550, .. })));
        let row = bench.mail_of(&user).await;
        assert_eq!(row.status, OutboxStatus::Dead);
        let why = row.last_error.unwrap();
        assert!(
            why.contains("550") && why.contains("no such mailbox") && !why.contains(ADDRESS),
            "{why}"
        );
        assert_eq!(bench.counts.of(Count::MailsFailed), 1);
    });
}

#[test]
fn an_unknown_mailbox_is_marked_at_its_address() {
    run(Home::sqlite(), |bench| async move {
        let server = SmtpServer::start(Mode::Reject);
        let user = bench.locked_user(ADDRESS).await;
        bench.round(by_smtp(plain(server.port()))).await;
        let marks = bench.store.reader().undeliverable(bench.tenant.clone(), user).await.unwrap();
        assert_eq!(marks.len(), 1);
        assert_eq!((marks[0].address.as_str(), marks[0].since), (ADDRESS, bench.clock.now()));
        let why = &marks[0].why;
        assert!(why.contains("5.1.1") && !why.contains(ADDRESS), "{why}");
    });
}

#[test]
fn a_server_that_refuses_us_marks_nobody() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Refuse);
        let user = bench.locked_user(ADDRESS).await;
        bench.round(by_smtp(plain(server.port()))).await;
        assert!(matches!(server.next_event(SOON), Some(Event::Refused { code: 550, .. })));
        assert_eq!(bench.mail_of(&user).await.status, OutboxStatus::Dead);
        let marks = bench.store.reader().undeliverable(bench.tenant.clone(), user).await.unwrap();
        assert_eq!(marks, []);
    });
}

#[test]
fn greylisted_mail_comes_at_the_second_try() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Greylist);
        let user = bench.locked_user(ADDRESS).await;
        bench.round(by_smtp(plain(server.port()))).await;
        assert!(matches!(server.next_event(SOON), Some(Event::Refused { code: 451, .. })));
        assert!(bench.mail_of(&user).await.last_error.unwrap().contains("4.7.1"));
        bench.clock.advance(FIRST_WAIT);
        bench.round(by_smtp(plain(server.port()))).await;
        assert_eq!(server.next_mail(SOON).to, [ADDRESS]);
        let row = bench.mail_of(&user).await;
        assert_eq!((row.status, row.tries), (OutboxStatus::Sent, 2));
    });
}

#[test]
fn a_repeated_delivery_of_unknown_outcome_is_the_same_message_to_the_byte() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Vanish);
        let user = bench.locked_user(ADDRESS).await;
        bench.round(by_smtp(plain(server.port()))).await;
        let first = server.next_mail(SOON);
        assert_eq!(bench.mail_of(&user).await.status, OutboxStatus::Due);
        server.set_mode(Mode::Accept);
        bench.clock.advance(FIRST_WAIT);
        // A fresh courier: nothing of the first delivery is left but the row.
        bench.round(by_smtp(plain(server.port()))).await;
        let second = server.next_mail(SOON);
        assert_eq!(first.header("message-id"), second.header("message-id"));
        assert_eq!(first.raw, second.raw);
        assert_eq!(bench.mail_of(&user).await.status, OutboxStatus::Sent);
    });
}

#[test]
fn mail_waits_for_a_server_that_is_away_and_leaves_when_it_is_back() {
    run(Home::sqlite(), |bench| async move {
        let port = free_port();
        let first = bench.locked_user(ADDRESS).await;
        let (courier, running) = bench.start(by_smtp(plain(port)));
        bench.counts.until(Count::MailsDeferred, 1).await;
        assert_eq!(bench.mail_of(&first).await.status, OutboxStatus::Due);

        let mut server = SmtpServer::start(Mode::Accept);
        let door = tokio::spawn(forward(port, server.port()));
        // Each step reaches the next probe, whichever instant the courier counts it from. The
        // row's own wait may be longer: the first success ends it.
        let mut came = None;
        for _ in 0..100 {
            bench.clock.advance(Span::SECOND.times(15));
            came = server.next_event(MOMENT);
            if came.is_some() {
                break;
            }
        }
        assert!(matches!(came, Some(Event::Taken(_))), "{came:?}");
        bench.counts.until(Count::MailsSent, 1).await;
        assert_eq!(bench.mail_of(&first).await.status, OutboxStatus::Sent);
        courier.stop().await;
        running.await.unwrap();
        door.abort();
    });
}

/// Makes a server appear on a port where nobody listened.
pub(super) async fn forward(port: u16, to: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
        tokio::spawn(async move {
            let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        });
    }
}

#[test]
fn a_server_without_encryption_or_sign_in_gets_no_mail_and_no_row_is_lost() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Accept);
        let user = bench.locked_user(ADDRESS).await;
        let mut settings = plain(server.port());
        settings.security = SmtpSecurity::StartTls;
        bench.round(by_smtp(settings)).await;
        let row = bench.mail_of(&user).await;
        assert_eq!((row.status, row.tries), (OutboxStatus::Due, 1));

        bench.clock.advance(FIRST_WAIT);
        let mut settings = plain(server.port());
        settings.credentials = Some(("user".to_owned(), "password".to_owned().into()));
        bench.round(by_smtp(settings)).await;
        let row = bench.mail_of(&user).await;
        assert_eq!((row.status, row.tries), (OutboxStatus::Due, 2));
        assert!(!row.last_error.unwrap().contains("password"));
        assert!(server.next_event(MOMENT).is_none());
    });
}

async fn press(bench: &Bench, user: &UserId, episode: i64) {
    let request = SubjectRequest {
        tenant: bench.tenant.clone(),
        user: user.clone(),
        event: LockoutEvent::Press { episode },
        actor: "test".to_owned(),
        reason: None,
    };
    bench.store.change_subject(request).await.unwrap();
}

#[test]
fn a_mail_is_dropped_when_its_owner_has_unlocked_meanwhile() {
    run(Home::sqlite(), |bench| async move {
        let (user, other) =
            (bench.locked_user(ADDRESS).await, bench.locked_user("bo@acme.test").await);
        let row = bench.mail_of(&user).await;
        press(&bench, &user, row.episode.unwrap()).await;
        bench.round(to_mailbox()).await;
        assert_eq!(bench.mail_of(&user).await.status, OutboxStatus::Dropped);
        assert_eq!(bench.mail_of(&other).await.status, OutboxStatus::Sent);
        let kept = bench.store.reader().mailbox(10).await.unwrap();
        let to_unlock = kept.iter().filter(|mail| mail.subject.starts_with("Unlock"));
        assert_eq!(to_unlock.count(), 1);
    });
}

#[test]
fn a_mail_that_is_too_late_is_given_up() {
    run(Home::sqlite(), |bench| async move {
        let user = bench.locked_user(ADDRESS).await;
        bench.clock.advance(Span::DAY);
        bench.round(to_mailbox()).await;
        let row = bench.mail_of(&user).await;
        assert_eq!(row.status, OutboxStatus::Dead);
        assert!(row.last_error.unwrap().contains("in time"));
    });
}
