//! What becomes of mails after they left: signed addresses on their back, what comes back by them, and
//! where each mail stands.

use std::time::Duration;

use lockkeeper::mail::{Inbound, MailSettings};
use lockkeeper::model::*;
use lockkeeper::store::mail_fates::{Delivery, DeliveryPage, DeliveryState};
use lockkeeper::store::{StoreError, SubjectKey};
use lockkeeper::token::{MailAddress, MailAddresses};

use super::bench::{Bench, FIRST_WAIT, Home, by_smtp, plain, run};
use super::contents::file;
use crate::harness::smtp::{Mode, SmtpServer};

const SOON: Duration = Duration::from_secs(60);
const ADDRESS: &str = "ana@acme.test";

fn returning(port: u16) -> MailSettings {
    let at = Inbound { user: "desk".to_owned(), domain: "in.example".to_owned() };
    MailSettings { inbound: Some(at), ..by_smtp(plain(port)) }
}

/// The signed part of an address of ours.
fn signed(address: &str) -> &str {
    let (local, domain) = address.rsplit_once('@').unwrap();
    assert!(local.len() <= 64 && domain == "in.example", "{address}");
    local.strip_prefix("desk+").unwrap()
}

async fn deliveries(bench: &Bench, subject: Option<SubjectKey>) -> Vec<Delivery> {
    let page = DeliveryPage { before: None, limit: 50 };
    bench.store.reader().deliveries(bench.tenant.clone(), subject, page).await.unwrap()
}

#[test]
fn a_bounce_finds_its_mail_on_sqlite() {
    run(Home::sqlite(), a_bounce_finds_its_mail);
}

#[cfg(feature = "postgres")]
#[test]
fn a_bounce_finds_its_mail_on_postgres() {
    run(Home::postgres(), a_bounce_finds_its_mail);
}

async fn a_bounce_finds_its_mail(bench: Bench) {
    let mut server = SmtpServer::start(Mode::Accept);
    let user = bench.locked_user(ADDRESS).await;
    bench.round(returning(server.port())).await;
    let mail = server.next_mail(SOON);
    assert_eq!(mail.header("reply-to"), "help@acme.test");
    let reader = bench.store.reader();
    let tag = MailAddresses::tag_in(signed(&mail.sender)).unwrap();
    assert_eq!(reader.tenant_by_mail_tag(tag).await.unwrap(), Some(bench.tenant.clone()));
    let row = bench.mail_of(&user).await;
    let addresses = MailAddresses::for_tenant(&bench.keys, &bench.tenant);
    assert_eq!(addresses.open(signed(&mail.sender)), Some(MailAddress::Bounce(row.id.clone())));

    let subject = Some(SubjectKey::user(&user));
    let sent = deliveries(&bench, subject.clone()).await;
    assert_eq!((sent.len(), sent[0].state), (1, DeliveryState::Accepted));
    bench.clock.advance(Span::MINUTE);
    let bounced = || {
        let report = BounceReport { blame: BounceBlame::Address, why: "5.1.1 nobody".to_owned() };
        bench.store.mark_bounced(bench.tenant.clone(), row.id.clone(), report)
    };
    bounced().await.unwrap();
    let back = deliveries(&bench, subject.clone()).await;
    assert_eq!((back[0].state, back[0].at), (DeliveryState::Bounced, bench.clock.now()));
    assert_eq!(back[0].why.as_deref(), Some("5.1.1 nobody"));
    let marks = reader.undeliverable(bench.tenant.clone(), user.clone()).await.unwrap();
    assert_eq!((marks.len(), marks[0].address.as_str()), (1, ADDRESS));
    // The same report again says nothing new.
    assert!(matches!(bounced().await, Err(StoreError::NotFound)));

    // Somebody has the mail after all.
    let at = bench.clock.now();
    bench.store.note_opened(bench.tenant.clone(), vec![(row.id.clone(), at)]).await.unwrap();
    let later = vec![(row.id.clone(), at.after(Span::HOUR))];
    bench.store.note_opened(bench.tenant.clone(), later).await.unwrap();
    assert_eq!(deliveries(&bench, None).await[0].opened_at, Some(at));
    assert_eq!(reader.undeliverable(bench.tenant.clone(), user).await.unwrap(), []);
}

#[test]
fn answers_about_a_request_come_to_its_own_address() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Accept);
        let request = file(&bench, "LK-1111-1111", ADDRESS, None).await;
        bench.round(returning(server.port())).await;
        let mail = server.next_mail(SOON);
        let addresses = MailAddresses::for_tenant(&bench.keys, &bench.tenant);
        let reply = mail.header("reply-to");
        assert_eq!(addresses.open(signed(&reply)), Some(MailAddress::Reply(request)));
    });
}

/// Of a tenant's own server SPF asks for the tenant's domain in the envelope; nobody asks where answers
/// go.
#[test]
fn answers_come_back_also_where_the_tenants_own_server_sends() {
    run(Home::sqlite(), |bench| async move {
        let mut own = SmtpServer::start(Mode::Accept);
        bench.brings(plain(own.port())).await;
        let request = file(&bench, "LK-1111-1111", ADDRESS, None).await;
        bench.round(returning(1)).await;
        let mail = own.next_mail(SOON);
        assert_eq!(mail.sender, "hello@own.example", "bounces are the tenant's own");
        assert!(mail.header("from").contains("<hello@own.example>"), "{}", mail.header("from"));
        let addresses = MailAddresses::for_tenant(&bench.keys, &bench.tenant);
        let reply = mail.header("reply-to");
        assert_eq!(addresses.open(signed(&reply)), Some(MailAddress::Reply(request)));
        // The tenant is found by it, though no mail of it ever left by the house's server.
        let tag = MailAddresses::tag_in(signed(&reply)).unwrap();
        let found = bench.store.reader().tenant_by_mail_tag(tag).await.unwrap();
        assert_eq!(found, Some(bench.tenant.clone()));
    });
}

/// Without an address for what comes in, and in mails about no request, it stays the tenant's mailbox.
#[test]
fn other_mails_of_a_tenants_own_server_are_answered_to_its_support() {
    run(Home::sqlite(), |bench| async move {
        let mut own = SmtpServer::start(Mode::Accept);
        bench.brings(plain(own.port())).await;
        bench.locked_user(ADDRESS).await;
        bench.round(returning(1)).await;
        assert_eq!(own.next_mail(SOON).header("reply-to"), "help@acme.test");
        file(&bench, "LK-1111-1111", ADDRESS, None).await;
        bench.round(by_smtp(plain(1))).await;
        assert_eq!(own.next_mail(SOON).header("reply-to"), "help@acme.test");
    });
}

#[test]
fn each_mail_says_where_it_stands() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Defer(1));
        let user = bench.locked_user(ADDRESS).await;
        let subject = Some(SubjectKey::user(&user));
        let stands = || async {
            let all = deliveries(&bench, subject.clone()).await;
            (all.len(), all[0].state, all[0].at)
        };
        let written = bench.clock.now();
        assert_eq!(stands().await, (1, DeliveryState::Queued, written));
        bench.clock.advance(Span::SECOND);
        bench.round(by_smtp(plain(server.port()))).await;
        assert_eq!(stands().await, (1, DeliveryState::Deferred, bench.clock.now()));
        assert!(deliveries(&bench, None).await[0].why.as_deref().unwrap().contains("451"));
        bench.clock.advance(FIRST_WAIT);
        bench.round(by_smtp(plain(server.port()))).await;
        assert_eq!(stands().await, (1, DeliveryState::Accepted, bench.clock.now()));
        server.next_mail(SOON);
        server.set_mode(Mode::Reject);
        let other = bench.locked_user("bo@acme.test").await;
        bench.round(by_smtp(plain(server.port()))).await;
        let all = deliveries(&bench, None).await;
        assert_eq!((all.len(), all[0].state), (2, DeliveryState::Undeliverable), "newest first");
        let after = DeliveryPage { before: Some(all[0].id.clone()), limit: 50 };
        let reader = bench.store.reader();
        let rest = reader.deliveries(bench.tenant.clone(), None, after).await.unwrap();
        assert_eq!(rest, all[1..]);
        assert_ne!(other, user);
    });
}
