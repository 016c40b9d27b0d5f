//! What arrives: whole messages, with a link that opens, in the inbox of the right person only.

use std::time::Duration;

use lockkeeper::model::*;
use lockkeeper::store::contact_requests::{ContactLimits, ContactRequest, Filed};
use lockkeeper::store::outbox::{OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use lockkeeper::token::{OpaqueSecret, RequestLinks, UnlockLinks, Via};

use super::bench::{Bench, Home, by_smtp, plain, run, to_mailbox};
use crate::harness::smtp::{Mode, SmtpServer};

const SOON: Duration = Duration::from_secs(60);
const ADDRESS: &str = "ana@acme.test";

#[test]
fn a_locks_mail_arrives_whole_and_at_once_with_a_link_that_opens() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Accept);
        let user = bench.add_user(ADDRESS).await;
        let (courier, running) = bench.start(by_smtp(plain(server.port())));
        // The courier has nothing to do and waits; the clock does not move: only the commit wakes it.
        bench.clock.until_waiting(1).await;
        bench.lock(&user, ADDRESS).await;
        let mail = server.next_mail(SOON);
        courier.stop().await;
        running.await.unwrap();

        let row = bench.mail_of(&user).await;
        assert_eq!((row.status, row.tries), (OutboxStatus::Sent, 1));
        assert_eq!(
            (mail.sender.as_str(), mail.to.as_slice()),
            ("no-reply@mail.example", &[ADDRESS.to_owned()][..])
        );
        assert_eq!(mail.header("from"), "Acme  Bcc: eve@evil.test <no-reply@mail.example>");
        assert_eq!((mail.header("to"), mail.header("bcc")), (ADDRESS.to_owned(), String::new()));
        assert_eq!(mail.header("reply-to"), "help@acme.test");
        let (id, tenant) = (row.id.as_str(), bench.tenant.as_str());
        assert_eq!(mail.header("message-id"), format!("<lk.{id}.{tenant}@mail.example>"));
        assert_eq!(mail.header("date"), "Tue, 03 Mar 2026 12:00:00 +0000");
        assert_eq!(mail.header("auto-submitted"), "auto-generated");
        assert_eq!(mail.header("x-auto-response-suppress"), "All");
        assert!(mail.header("subject").starts_with("Unlock your Acme"));
        assert_eq!(mail.part_types(), ["text/plain", "text/html"]);
        assert!(
            mail.text().contains("Hello Ana") && mail.text().contains("13:00 CET"),
            "{}",
            mail.text()
        );

        let link = mail.link("/unlock/");
        assert!(mail.html().contains(&link));
        let token = link.strip_prefix("https://login.example/t/acme/unlock/").unwrap();
        let token = token.strip_suffix("?m").unwrap();
        let opened = UnlockLinks::for_tenant(&bench.keys, &bench.tenant);
        let opened = opened.open(token, bench.clock.now()).unwrap();
        assert_eq!(
            (opened.user, opened.episode, opened.mail),
            (user, row.episode.unwrap(), row.id)
        );
        assert_eq!(opened.expires_at, row.created_at.after(Span::DAY));
    });
}

#[test]
fn without_a_server_mail_is_kept_in_the_mailbox() {
    run(Home::sqlite(), |bench| async move {
        let user = bench.locked_user(ADDRESS).await;
        bench.round(to_mailbox()).await;
        let row = bench.mail_of(&user).await;
        assert_eq!(row.status, OutboxStatus::Sent);
        let kept = bench.store.reader().mailbox(10).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!((&kept[0].id, kept[0].recipient.as_str()), (&row.id, ADDRESS));
        assert!(kept[0].text.contains("https://login.example/t/acme/unlock/"));
        let raw = mailparse::parse_mail(kept[0].raw.as_bytes()).unwrap();
        assert_eq!(raw.subparts.len(), 2);
        let headers: serde_json::Value = serde_json::from_str(&kept[0].headers).unwrap();
        assert_eq!(headers["Reply-To"], "help@acme.test");
        assert_eq!(bench.counts.of(Count::MailsSent), 1);
    });
}

#[test]
fn test_addresses_are_sent_nothing() {
    run(Home::sqlite(), |bench| async move {
        let user = bench.locked_user("ana+clerk_test@acme.test").await;
        bench.round(to_mailbox()).await;
        assert_eq!(bench.mail_of(&user).await.status, OutboxStatus::Dropped);
        assert!(bench.store.reader().mailbox(10).await.unwrap().is_empty());
    });
}

#[test]
fn only_a_known_owner_gets_a_copy_of_what_was_written_to_support() {
    run(Home::sqlite(), |bench| async move {
        let owner = bench.add_user(ADDRESS).await;
        file(&bench, "LK-1111-1111", ADDRESS, Some(owner)).await;
        file(&bench, "LK-2222-2222", "stranger@else.test", None).await;
        bench.round(to_mailbox()).await;
        let kept = bench.store.reader().mailbox(10).await.unwrap();
        assert_eq!(kept.len(), 2);
        for mail in kept {
            let known = mail.recipient == ADDRESS;
            assert_eq!(mail.text.contains("my own words"), known, "{}", mail.text);
            assert_eq!(mail.html.contains("my own words"), known);
            assert!(!mail.raw.contains("typed name"));
            assert!(mail.text.contains("https://login.example/t/acme/unlock"));
            let link = mail.text.split("/t/acme/support/").nth(1).unwrap();
            let link = link.get(..32).unwrap();
            let secret = OpaqueSecret::parse(link).unwrap();
            assert!(mail.html.contains(link));
            let tenant = bench.tenant.clone();
            let found = bench.store.reader().conversation_by_secret(tenant, secret.digest()).await;
            assert_eq!(found.unwrap().unwrap().request.identifier, mail.recipient);
        }
    });
}

pub(super) async fn file(
    bench: &Bench,
    reference: &str,
    address: &str,
    user: Option<UserId>,
) -> ContactRequestId {
    let now = bench.clock.now();
    let id = ContactRequestId::generate(now);
    let links = RequestLinks::for_tenant(&bench.keys, &bench.tenant);
    let request = ContactRequest {
        identifier: address.to_owned(),
        canonical_key: Some(Identifier::parse(address).unwrap().key),
        user_id: user.clone(),
        name: "typed name".to_owned(),
        subject: "help".to_owned(),
        message: "my own words".to_owned(),
        source: Source::from_stored("192.0.2.7".to_owned()),
        mail_secret: links.secret(&id, Via::Mail).map(|secret| secret.digest()),
        ..ContactRequest::blank(bench.tenant.clone(), id.clone(), reference.to_owned(), now)
    };
    let payload =
        serde_json::json!({"request": id.as_str(), "reference": reference, "address": address});
    let row = OutboxRow {
        tenant_id: bench.tenant.clone(),
        id: OutboxId::generate(now),
        kind: OutboxKind::Mail,
        topic: OutboxTopic::SupportAck,
        status: OutboxStatus::Due,
        subject: None,
        user_id: user,
        episode: None,
        payload: payload.to_string(),
        created_at: now,
        due_at: now,
        tries: 0,
        claimed_until: None,
        last_error: None,
        finished_at: None,
    };
    let limits = ContactLimits { per_source_per_hour: 9, per_identifier_per_day: 9 };
    let filed = bench.store.file_contact_request(request, Some(row), limits).await.unwrap();
    assert_eq!(filed, Filed::Filed { acknowledged: true });
    id
}
