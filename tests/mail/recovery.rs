//! Servers that are dead, slow or take nothing for a while: whom they hold up, and how soon everything
//! arrives once they are well.

use std::collections::BTreeSet;
use std::time::Duration;

use lockkeeper::model::*;
use lockkeeper::store::SubjectKey;
use lockkeeper::store::outbox::OutboxStatus;

use super::bench::{Bench, Home, by_smtp, plain, run};
use super::failures::forward;
use crate::harness::children::free_port;
use crate::harness::clock::NOON;
use crate::harness::smtp::{Event, Mode, SmtpServer};

const SOON: Duration = Duration::from_secs(60);
/// Long enough for what an advanced clock sets off.
const MOMENT: Duration = Duration::from_millis(100);
const STEP: Span = Span::SECOND.times(15);
/// For what a busy machine does late.
const PATIENCE: Duration = Duration::from_secs(4);
/// The promise: this long after a server is well again.
const RECOVERY: Span = Span::MINUTE;

async fn locked_users(bench: &Bench, count: usize) -> Vec<UserId> {
    let mut users = Vec::new();
    for number in 0..count {
        users.push(bench.locked_user(&format!("user{number}@acme.test")).await);
    }
    users
}

/// Message-IDs of what a server takes until nothing comes for `pause`.
fn taken(server: &mut SmtpServer, ids: &mut BTreeSet<String>, pause: Duration) -> usize {
    let mut refused = 0;
    while let Some(event) = server.next_event(pause) {
        refused += usize::from(!is_new(event, ids));
    }
    refused
}

/// A mail that was taken, for the first time; else it was refused.
fn is_new(event: Event, ids: &mut BTreeSet<String>) -> bool {
    match event {
        Event::Taken(mail) => {
            assert!(ids.insert(mail.header("message-id")), "came twice");
            true
        }
        Event::Refused { .. } => false,
    }
}

/// Lets the promised minute go by, in steps, and counts what has come. A step lasts as long as a busy
/// machine may need for it, until all that are `wanted` are there.
fn come_within_a_minute(bench: &Bench, server: &mut SmtpServer, wanted: usize) -> usize {
    let mut ids = BTreeSet::new();
    taken(server, &mut ids, MOMENT);
    for _ in 0..RECOVERY.0 / STEP.0 {
        bench.clock.advance(STEP);
        taken(server, &mut ids, MOMENT);
        if ids.len() < wanted {
            taken(server, &mut ids, PATIENCE);
        }
    }
    // By the clock of the mails the minute is over now, however late the machine is.
    while ids.len() < wanted
        && let Some(event) = server.next_event(SOON)
    {
        is_new(event, &mut ids);
    }
    ids.len()
}

#[test]
fn one_tenants_dead_server_holds_up_nobody() {
    const OTHERS: usize = 12;
    run(Home::sqlite(), |bench| async move {
        let mut house = SmtpServer::start(Mode::Accept);
        let mut slow = SmtpServer::start(Mode::Slow(300));
        let mut stormy = SmtpServer::start(Mode::Defer(u32::MAX));
        let dead = bench.beside("dead").await;
        dead.brings(plain(free_port())).await;
        let troubled = [dead, bench.beside("slow").await, bench.beside("stormy").await];
        troubled[1].brings(plain(slow.port())).await;
        troubled[2].brings(plain(stormy.port())).await;
        let mut waiting = Vec::new();
        for tenant in &troubled {
            waiting.push(locked_users(tenant, OTHERS).await);
        }
        let (_courier, running) = bench.start(by_smtp(plain(house.port())));
        // Each troubled server has met its first mails.
        bench.counts.until(Count::MailsDeferred, u64::try_from(OTHERS).unwrap() + 1).await;
        let users = locked_users(&bench, OTHERS).await;
        let mut ids = BTreeSet::new();
        while ids.len() < users.len() {
            let mail = house.next_mail(SOON);
            assert_eq!(mail.sender, "no-reply@mail.example");
            assert!(ids.insert(mail.header("message-id")));
        }
        bench.counts.until(Count::MailsSent, u64::try_from(OTHERS).unwrap()).await;

        // The dead one's rows wait untouched, but for the first few.
        let reader = bench.store.reader();
        let mut tries = Vec::new();
        for user in &waiting[0] {
            let (tenant, subject) = (troubled[0].tenant.clone(), SubjectKey::user(user));
            let rows = reader.mails_of_subject(tenant, subject, NOON).await.unwrap();
            assert_eq!(rows[0].status, OutboxStatus::Due);
            tries.push(rows[0].tries);
        }
        assert!(tries.iter().sum::<i64>() <= 4, "{tries:?}");
        // The storm is over; the slow one still works on its first.
        stormy.set_mode(Mode::Accept);
        assert_eq!(come_within_a_minute(&bench, &mut stormy, OTHERS), OTHERS);
        assert!(slow.next_event(Duration::ZERO).is_none());
        running.abort();
    });
}

#[test]
fn mail_of_a_tenants_own_server_comes_from_its_own_address() {
    run(Home::sqlite(), |bench| async move {
        let (mut house, mut own) =
            (SmtpServer::start(Mode::Accept), SmtpServer::start(Mode::Accept));
        bench.brings(plain(own.port())).await;
        let other = bench.beside("other").await;
        bench.locked_user("ana@acme.test").await;
        other.locked_user("bo@acme.test").await;
        bench.round(by_smtp(plain(house.port()))).await;
        let mail = own.next_mail(SOON);
        assert_eq!(
            (mail.to, mail.sender.as_str()),
            (vec!["ana@acme.test".into()], "hello@own.example")
        );
        assert_eq!(house.next_mail(SOON).to, ["bo@acme.test"]);
        assert!(house.next_event(MOMENT).is_none() && own.next_event(MOMENT).is_none());
    });
}

#[test]
fn everything_due_is_delivered_within_a_minute_of_a_storms_end() {
    const MAILS: usize = 30;
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Defer(u32::MAX));
        locked_users(&bench, MAILS).await;
        let (courier, running) = bench.start(by_smtp(plain(server.port())));
        let mut refused = taken(&mut server, &mut BTreeSet::new(), MOMENT);
        for _ in 0..Span::MINUTE.times(40).0 / STEP.0 {
            bench.clock.advance(STEP);
            refused += taken(&mut server, &mut BTreeSet::new(), MOMENT);
        }
        // Five rungs of the ladder for each, and one mail every 30 s.
        assert!((MAILS..=MAILS * 5 + 80).contains(&refused), "{refused}");
        server.set_mode(Mode::Accept);
        assert_eq!(come_within_a_minute(&bench, &mut server, MAILS), MAILS);
        courier.stop().await;
        running.await.unwrap();
    });
}

#[test]
fn everything_due_is_delivered_within_a_minute_of_a_servers_return_on_sqlite() {
    run(Home::sqlite(), everything_due_is_delivered_within_a_minute_of_a_servers_return);
}

#[cfg(feature = "postgres")]
#[test]
fn everything_due_is_delivered_within_a_minute_of_a_servers_return_on_postgres() {
    run(Home::postgres(), everything_due_is_delivered_within_a_minute_of_a_servers_return);
}

async fn everything_due_is_delivered_within_a_minute_of_a_servers_return(bench: Bench) {
    const MAILS: usize = 100;
    let (port, mut server) = (free_port(), SmtpServer::start(Mode::Accept));
    locked_users(&bench, MAILS).await;
    let (courier, running) = bench.start(by_smtp(plain(port)));
    bench.counts.until(Count::MailsDeferred, 1).await;
    for _ in 0..Span::MINUTE.times(10).0 / STEP.0 {
        bench.clock.advance(STEP);
        assert!(server.next_event(Duration::from_millis(20)).is_none());
    }
    // Nothing was spent on a server that is away.
    assert!(bench.counts.of(Count::MailsDeferred) <= 16);
    let door = tokio::spawn(forward(port, server.port()));
    assert_eq!(come_within_a_minute(&bench, &mut server, MAILS), MAILS);
    courier.stop().await;
    running.await.unwrap();
    door.abort();
}
