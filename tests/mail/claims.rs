//! Several couriers on one database, and couriers that die.

use std::collections::BTreeSet;
use std::time::Duration;

use lockkeeper::model::*;
use lockkeeper::store::StoreError;
use lockkeeper::store::outbox::{OutboxKind, OutboxStatus};

use super::bench::{Bench, Home, by_smtp, plain, run, to_mailbox};
use crate::harness::smtp::{Event, Mode, SmtpServer};

const SOON: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(200);
const MAILS: usize = 24;

#[test]
fn two_couriers_deliver_each_row_once_on_sqlite() {
    run(Home::sqlite(), two_couriers_deliver_each_row_once);
}

#[cfg(feature = "postgres")]
#[test]
fn two_couriers_deliver_each_row_once_on_postgres() {
    run(Home::postgres(), two_couriers_deliver_each_row_once);
}

async fn two_couriers_deliver_each_row_once(bench: Bench) {
    let mut server = SmtpServer::start(Mode::Accept);
    let other_store = bench.other_store();
    let settings = || by_smtp(plain(server.port()));
    let couriers = [bench.courier(settings()), bench.courier_on(&other_store, settings())];
    let running = couriers.clone().map(|courier| tokio::spawn(async move { courier.run().await }));
    for number in 0..MAILS {
        bench.locked_user(&format!("user{number}@acme.test")).await;
    }
    bench.counts.until(Count::MailsSent, u64::try_from(MAILS).unwrap()).await;
    for (courier, running) in couriers.iter().zip(running) {
        courier.stop().await;
        running.await.unwrap();
    }
    let mut ids = BTreeSet::new();
    for _ in 0..MAILS {
        match server.next_event(SOON) {
            Some(Event::Taken(mail)) => assert!(ids.insert(mail.header("message-id"))),
            other => panic!("{other:?}"),
        }
    }
    assert!(server.next_event(MOMENT).is_none());
    assert_eq!(bench.store.reader().next_due(OutboxKind::Mail).await.unwrap(), None);
}

#[test]
fn the_rows_of_a_dead_courier_are_taken_over_on_sqlite() {
    run(Home::sqlite(), the_rows_of_a_dead_courier_are_taken_over);
}

#[cfg(feature = "postgres")]
#[test]
fn the_rows_of_a_dead_courier_are_taken_over_on_postgres() {
    run(Home::postgres(), the_rows_of_a_dead_courier_are_taken_over);
}

async fn the_rows_of_a_dead_courier_are_taken_over(bench: Bench) {
    let user = bench.locked_user("ana@acme.test").await;
    let lease = Span::MINUTE.times(3);
    let claimed = bench.store.claim_due(&bench.tenant, OutboxKind::Mail, 9, lease).await.unwrap();
    assert_eq!(claimed.len(), 1);
    bench.round(to_mailbox()).await;
    assert_eq!(bench.mail_of(&user).await.status, OutboxStatus::Sending);
    bench.clock.advance(lease);
    bench.round(to_mailbox()).await;
    assert_eq!(bench.mail_of(&user).await.status, OutboxStatus::Sent);
}

#[test]
fn a_store_closes_although_its_courier_still_holds_it() {
    run(Home::sqlite(), |bench| async move {
        let user = bench.locked_user("ana@acme.test").await;
        let (courier, running) = bench.start(to_mailbox());
        bench.counts.until(Count::MailsSent, 1).await;
        courier.stop().await;
        running.await.unwrap();
        let store = bench.store.clone();
        tokio::task::spawn_blocking(move || store.close()).await.unwrap();
        assert_eq!(bench.mail_of(&user).await.status, OutboxStatus::Sent);
        let closed = bench.store.empty_mailbox(&bench.tenant).await;
        assert!(matches!(closed, Err(StoreError::Unavailable(_))), "{closed:?}");
    });
}
