//! The mailbox and the demo's landing page.

use lockkeeper::app::{DemoPlan, MailPlan};
use lockkeeper::mail::{SmtpSecurity, SmtpSettings};
use lockkeeper::model::{Identifier, OutboxId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::mailbox::MailboxMessage;
use lockkeeper::web::doors::{DemoAccount, MovableClock};
use std::sync::Arc;

use super::*;
use crate::harness::client::block_on;
use crate::harness::clock::FakeClock;

struct Hand(FakeClock);

impl MovableClock for Hand {
    fn advance(&self, by: Span) {
        self.0.advance(by);
    }
}

fn demo() -> House {
    let clock = FakeClock::at_noon();
    let hand = Arc::new(Hand(clock.clone()));
    let account = DemoAccount {
        tenant_slug: "acme".to_owned(),
        identifier: ALEX.to_owned(),
        password: PASSWORD.to_owned(),
        note: "open".to_owned(),
    };
    let plan = crate::harness::app::TestPlan {
        change: Box::new(move |plan| {
            let database_url = "sqlite:demo.db".to_owned();
            plan.demo = Some(DemoPlan { clock: hand, accounts: vec![account], database_url });
        }),
        ..Default::default()
    };
    House::of(TestApp::with_clock(plan, clock), None)
}

/// Keeps a mail in the place of one that nobody delivers: that of an identifier nobody has.
async fn keep_a_mail(house: &House, html: &str) -> OutboxId {
    house.lock(&house.visitor(), "nobody@acme.test").await;
    let profile = &house.acme.profile;
    let key = Identifier::parse("nobody@acme.test").unwrap().key;
    let subject = SubjectKey::phantom(&profile.phantoms.subject_digest(&key));
    let since = Millis(0);
    let rows = house
        .app
        .store
        .reader()
        .mails_of_subject(profile.id().clone(), subject, since)
        .await
        .unwrap();
    let id = rows[0].id.clone();
    let mail = MailboxMessage {
        tenant_id: house.acme.profile.id().clone(),
        id: id.clone(),
        sender: "acme Ltd <no-reply@lockkeeper.test>".to_owned(),
        recipient: ALEX.to_owned(),
        subject: "Subject <b>".to_owned(),
        headers: "{\"Auto-Submitted\":\"auto-generated\"}".to_owned(),
        text: "Plain <i>".to_owned(),
        html: html.to_owned(),
        raw: "From: acme".to_owned(),
        received_at: house.now(),
    };
    house.app.store.keep_mail(mail).await.unwrap();
    id
}

#[test]
fn a_mail_is_listed_opened_and_framed_without_its_script() {
    let house = House::open();
    block_on(async {
        let id = keep_a_mail(&house, "<html><head></head><script>alert(1)</script>").await;
        let visitor = house.visitor();
        let client = house.app.client();
        let list = visitor.get("/mailbox").await;
        assert_page(&list, 200, &["Subject &#60;b&#62;", "These mails went nowhere else."]);
        assert!(list.header("content-security-policy").contains("frame-src 'self'"));
        let path = format!("/mailbox/{}", id.as_str());
        for (query, fact) in [
            ("", "sandbox=\"allow-popups"),
            ("?tab=text", "Plain &#60;i&#62;"),
            ("?tab=source", "From: acme"),
            ("?tab=headers", "auto-generated"),
            ("?scheme=dark", "scheme=dark"),
        ] {
            assert_page(&visitor.get(&format!("{path}{query}")).await, 200, &[fact]);
        }
        let framed = client.get(&format!("{path}/html?scheme=dark")).await;
        let policy = framed.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
        assert!(!policy.contains("script"), "{policy}");
        assert_eq!(framed.header("x-frame-options"), "SAMEORIGIN");
        assert_page(&visitor.get("/mailbox/nothing").await, 404, &[]);
        assert_eq!(client.get("/mailbox/out_nothing/html").await.status, 404);
    });
}

#[test]
fn programs_read_and_empty_it() {
    let house = House::open();
    block_on(async {
        let id = keep_a_mail(&house, "<p>").await;
        let client = house.app.client();
        let answer = client.get("/mailbox/api/messages").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        let list = answer.json();
        let mail =
            list.as_array().unwrap().iter().find(|m| m["id"] == id.as_str()).unwrap().clone();
        assert_eq!(mail["to"], ALEX);
        assert_eq!(mail["headers"]["Auto-Submitted"], "auto-generated");
        assert_eq!(mail["received_at"], house.now().0);
        let mut members: Vec<_> = mail.as_object().unwrap().keys().cloned().collect();
        members.sort();
        let wanted =
            ["from", "headers", "html", "id", "raw", "received_at", "subject", "text", "to"];
        assert_eq!(members, wanted);
        let emptied = Client::send(client.request(Method::DELETE, "/mailbox/api/messages")).await;
        assert_eq!(emptied.status, 200);
        assert_eq!(client.get("/mailbox/api/messages").await.json(), serde_json::json!([]));
        assert_sent(&house.visitor().post("/mailbox/empty", &[]).await, "/mailbox");
        let foreign = client.request(Method::POST, "/mailbox/empty");
        let foreign = Client::send(foreign.header("origin", "https://evil.test")).await;
        assert_eq!(checked(foreign).status, 403);
        assert_sent(&checked(client.post_form("/mailbox/empty", &[]).await), "/mailbox");
    });
}

#[test]
fn with_a_mail_server_there_is_no_mailbox() {
    let app = TestApp::changed(|plan| {
        let server = SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: 1,
            security: SmtpSecurity::None,
            credentials: None,
        };
        plan.mail =
            MailPlan::Smtp { server, from: "a <a@b.test>".to_owned(), dkim: None, inbound: None };
    });
    let house = House::of(app, None);
    block_on(async {
        let visitor = house.visitor();
        for path in ["/mailbox", "/mailbox/x", "/mailbox/x/html", "/mailbox/api/messages"] {
            assert_page(&visitor.get(path).await, 404, &[]);
        }
        assert_page(&visitor.post("/mailbox/empty", &[]).await, 404, &[]);
        assert!(!visitor.get("/t/acme/sign-in").await.body.contains("/mailbox"));
    });
}

#[test]
fn the_demo_shows_its_doors_and_moves_its_clock() {
    let house = demo();
    block_on(async {
        let visitor = house.visitor();
        let page = visitor.get("/").await;
        assert_page(
            &page,
            200,
            &["Four people, four doors", ALEX, PASSWORD, "Balanced", "12:00 UTC"],
        );
        assert_sent(&visitor.post("/demo/clock", &[("advance", "15m")]).await, "/");
        assert_page(&visitor.get("/").await, 200, &["12:15 UTC"]);
        assert_page(&visitor.post("/demo/clock", &[("advance", "1y")]).await, 400, &[]);
        let foreign = house.app.client().request(Method::POST, "/demo/clock");
        let foreign = foreign.header("origin", "https://evil.test").form(&[("advance", "1d")]);
        assert_eq!(checked(Client::send(foreign).await).status, 403);
        assert_page(&visitor.get("/").await, 200, &["12:15 UTC"]);
    });
}
