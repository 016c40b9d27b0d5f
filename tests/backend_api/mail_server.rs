//! A tenant's own mail server and its keys over the Backend API, with real servers behind it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lockkeeper::model::Span;
use lockkeeper::model::names::{Names, Resolved};
use lockkeeper::store::mail_fates::{DeliveryPage, DeliveryState};
use lockkeeper::store::outbox::OutboxTopic;
use lockkeeper::tenant::NewTenant;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, faults};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::{Answer, block_on};
use crate::harness::smtp::{Mode, SmtpServer};
use crate::mail::dkim::verified;

const SERVER: &str = "/v1/instance/mail_server";
const ANN: &str = "ann@acme.test";
const SOON: Duration = Duration::from_secs(60);

/// Tenants may name servers on this machine.
fn open() -> (TestApp, TestTenant) {
    let app = TestApp::changed(|plan| {
        plan.webhooks.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let tenant = app.tenant("acme", None);
    (app, tenant)
}

fn plain(port: u16) -> Value {
    json!({ "host": "127.0.0.1", "port": port, "security": "none", "from_email": "hi@own.example" })
}

impl Api {
    async fn set(&self, body: Value) -> Answer {
        self.send(Method::PATCH, SERVER, Some(body)).await
    }

    async fn ask(&self, rest: &str, body: Option<Value>) -> Answer {
        self.send(Method::POST, &format!("{SERVER}/{rest}"), body).await
    }

    async fn shown(&self) -> Value {
        self.get(SERVER).await.json()
    }

    /// Sends a test mail: whether it was taken, and what the server said.
    async fn test(&self) -> (bool, String) {
        let answer = self.ask("test", Some(json!({ "to": ANN }))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let said = answer.json();
        (said["accepted"].as_bool().unwrap(), said["answer"].as_str().unwrap().to_owned())
    }
}

#[test]
fn a_server_is_set_shown_without_its_password_and_removed() {
    let (app, tenant) = open();
    let other = app.tenant("globex", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let none = api.shown().await;
        assert_eq!(
            (&none["own"], &none["host"], &none["dkim"]),
            (&json!(false), &Value::Null, &Value::Null)
        );
        let missing = api.set(json!({ "port": 587 })).await;
        let wanted = ["form_param_missing host", "form_param_missing from_email"];
        assert_eq!(faults(&missing), (422, wanted.map(str::to_owned).to_vec()));
        let set = api
            .set(json!({
                "host": "127.0.0.1", "username": "me", "password": "planted-secret",
                "from_email": "Hi@Own.example",
            }))
            .await;
        assert_eq!(set.status, 200, "{}", set.body);
        let shown = api.shown().await;
        assert_eq!(shown, set.json());
        assert!(!shown.to_string().contains("planted-secret"), "{shown}");
        let wanted = json!({
            "object": "mail_server", "own": true, "host": "127.0.0.1", "port": 587,
            "security": "starttls", "username": "me", "password_set": true,
            "from_email": "Hi@Own.example", "checked_at": null, "check_error": null, "dkim": null,
        });
        assert_eq!(shown, wanted);
        assert_eq!(Api::of(&app, &other).shown().await["own"], json!(false));
        // What is not named stays, the password too.
        assert_eq!(api.set(json!({ "from_email": "x@own.example" })).await.status, 200);
        assert_eq!(api.shown().await["password_set"], json!(true));
        for (body, fault) in [
            (json!({ "host": "a b" }), "form_param_format_invalid host"),
            (json!({ "host": "https://x" }), "form_param_format_invalid host"),
            (json!({ "port": 0 }), "form_param_value_invalid port"),
            (json!({ "security": "ssl" }), "form_param_value_invalid security"),
            (json!({ "from_email": "nobody" }), "form_param_format_invalid from_email"),
            (json!({ "hosts": "x" }), "form_param_unknown hosts"),
        ] {
            assert_eq!(faults(&api.set(body).await), (422, vec![fault.to_owned()]));
        }
        let gone = api.send(Method::DELETE, SERVER, None).await;
        assert_eq!((gone.status, gone.json()), (200, none));
        let rows = app.tenants.reader().audit_rows(tenant.profile.id().clone(), 50).await.unwrap();
        let deeds: Vec<_> = rows.iter().filter(|row| row.action.starts_with("mail.")).collect();
        assert_eq!(deeds.len(), 3, "{deeds:?}");
        assert!(deeds.iter().all(|row| !row.detail.contains("secret") && row.actor == "api"));
    });
}

#[test]
fn a_password_stays_with_the_server_that_it_was_given_for() {
    let (app, tenant) = open();
    block_on(async {
        let api = Api::of(&app, &tenant);
        let set = json!({
            "host": "127.0.0.1", "username": "me", "password": "planted", "from_email": "a@b.example",
        });
        assert_eq!(api.set(set).await.status, 200);
        for elsewhere in [
            json!({ "host": "127.0.0.2" }),
            json!({ "port": 25 }),
            json!({ "security": "none" }),
            json!({ "username": "you" }),
        ] {
            let refused = api.set(elsewhere.clone()).await;
            let wanted = (422, vec!["form_param_missing password".to_owned()]);
            assert_eq!(faults(&refused), wanted, "{elsewhere}");
        }
        let again = json!({ "host": "127.0.0.2", "password": "planted" });
        assert_eq!(api.set(again).await.status, 200);
        assert_eq!(api.set(json!({ "username": null, "port": 26 })).await.status, 200);
        assert_eq!(api.shown().await["password_set"], json!(false));
    });
}

/// An open address when the server is set, the machine itself when it is called.
struct Rebinding(AtomicBool);

impl Names for Rebinding {
    fn addresses<'a>(&'a self, _name: &'a str) -> Resolved<'a> {
        Box::pin(async move {
            let first = !self.0.swap(true, Ordering::SeqCst);
            let ip: IpAddr = if first { "8.8.8.8" } else { "127.0.0.1" }.parse().unwrap();
            Ok(vec![ip])
        })
    }
}

#[test]
fn a_server_in_a_private_network_is_neither_taken_nor_called() {
    let mut server = SmtpServer::start(Mode::Accept);
    let app = TestApp::changed(|plan| {
        plan.webhooks.names = Arc::new(Rebinding(AtomicBool::new(false)));
    });
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        for host in ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"] {
            let mut body = plain(server.port());
            body["host"] = json!(host);
            let refused = api.set(body).await;
            let wanted = (422, vec!["form_param_value_invalid host".to_owned()]);
            assert_eq!(faults(&refused), wanted, "{host}");
            assert!(refused.body.contains("private network"), "{}", refused.body);
        }
        let mut body = plain(server.port());
        body["host"] = json!("mail.rebinding.test");
        assert_eq!(api.set(body).await.status, 200);
        let (taken, answer) = api.test().await;
        assert!(!taken && answer.contains("private network"), "{answer}");
        assert_eq!(api.shown().await["check_error"], json!(answer));
    });
    assert!(server.next_event(Duration::from_millis(200)).is_none());
}

#[test]
fn mails_may_leave_unencrypted_for_development_tenants_only() {
    let (app, _) = open();
    let new = NewTenant {
        slug: "live".to_owned(),
        name: "Live".to_owned(),
        live: true,
        own_host: None,
        policy: None,
        support_email: None,
        redirect_urls: Vec::new(),
        brand_color: None,
        author: "test".to_owned(),
    };
    block_on(async {
        let made = app.tenants.create_tenant(new).await.map_err(|e| e.to_string()).unwrap();
        let secret_key = made.secret_key.expose().to_owned();
        let api = Api::of(&app, &TestTenant { profile: made.profile, secret_key });
        let refused = api.set(plain(25)).await;
        assert_eq!(faults(&refused), (422, vec!["form_param_value_invalid security".to_owned()]));
    });
}

#[test]
fn a_test_mail_says_what_the_server_answered() {
    let (app, tenant) = open();
    let mut server = SmtpServer::start(Mode::Accept);
    block_on(async {
        let api = Api::of(&app, &tenant);
        assert_eq!(api.test().await, (true, "The built-in mailbox keeps the mail.".to_owned()));
        assert_eq!(api.set(plain(server.port())).await.status, 200);
        assert_eq!(api.test().await, (true, "The mail server took the mail.".to_owned()));
        let mail = server.next_mail(SOON);
        assert_eq!(
            (mail.sender.as_str(), mail.to.as_slice()),
            ("hi@own.example", &[ANN.to_owned()][..])
        );
        assert!(mail.header("from").ends_with("<hi@own.example>"), "{}", mail.header("from"));
        assert!(mail.text().contains("mail server set for acme Ltd"), "{}", mail.text());
        let shown = api.shown().await;
        assert!(shown["checked_at"].is_i64() && shown["check_error"].is_null(), "{shown}");
        server.set_mode(Mode::Reject);
        let (taken, answer) = api.test().await;
        assert!(!taken && answer.starts_with("The mail server says that nobody has this address"));
        assert!(answer.contains("550") && !answer.contains(ANN), "{answer}");
        assert_eq!(api.shown().await["check_error"], json!(answer));
        assert_eq!(
            api.set(json!({ "port": crate::harness::children::free_port() })).await.status,
            200
        );
        assert_eq!(api.shown().await["check_error"], Value::Null, "of the server before");
        let (taken, answer) = api.test().await;
        assert!(!taken && answer.starts_with("The mail server cannot be used"), "{answer}");
        let page = DeliveryPage { before: None, limit: 10 };
        let sent = app.tenants.reader().deliveries(tenant.profile.id().clone(), None, page).await;
        let sent = sent.unwrap();
        assert!(sent.iter().all(|mail| mail.topic == OutboxTopic::Test));
        // All of one instant, so in no order.
        let stand = |state| sent.iter().filter(|mail| mail.state == state).count();
        let both = (stand(DeliveryState::Accepted), stand(DeliveryState::Undeliverable));
        assert_eq!((both, sent.len()), ((2, 2), 4));
        // Five an hour.
        let _fifth = api.test().await;
        let over = api.ask("test", Some(json!({ "to": ANN }))).await;
        assert_eq!((over.status, over.header("retry-after")), (429, "3600"));
        app.advance(Span::HOUR);
        let nobody = api.ask("test", Some(json!({ "to": "nobody" }))).await;
        assert_eq!(faults(&nobody), (422, vec!["form_param_format_invalid to".to_owned()]));
        let _again = api.test().await;
    });
}

#[test]
fn mails_are_signed_with_the_tenants_own_key_and_keys_change_without_a_gap() {
    let (app, tenant) = open();
    let mut server = SmtpServer::start(Mode::Accept);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let none = api.ask("dkim", None).await;
        assert_eq!(none.status, 404, "{}", none.body);
        assert_eq!(api.set(plain(server.port())).await.status, 200);
        let made = api.ask("dkim", None).await.json()["dkim"].clone();
        assert_eq!((&made["domain"], &made["signs"]), (&json!("own.example"), &json!(true)));
        assert!(!made.to_string().contains("PRIVATE"), "{made}");
        let parts = made["record"]["strings"].as_array().unwrap();
        let joined: String = parts.iter().map(|part| part.as_str().unwrap()).collect();
        assert_eq!(json!(joined), made["record"]["value"]);
        let agrees = |dkim: &Value, which: &str, raw: &[u8]| {
            let text = |name: &str| dkim[which][name].as_str().unwrap().to_owned();
            verified(&text("name"), &text("value"), raw)
        };
        assert!(api.test().await.0);
        let first = server.next_mail(SOON).raw;
        assert!(agrees(&made, "record", &first));

        // A second key waits until its record is published.
        app.advance(Span::MINUTE);
        let both = api.ask("dkim", None).await.json()["dkim"].clone();
        assert_eq!(both["record"], made["record"]);
        assert_ne!(both["next_record"]["selector"], made["record"]["selector"]);
        assert!(api.test().await.0);
        assert!(agrees(&both, "record", &server.next_mail(SOON).raw));
        let used = api.ask("dkim/activate", None).await.json()["dkim"].clone();
        assert_eq!((&used["record"], &used["next_record"]), (&both["next_record"], &Value::Null));
        assert!(api.test().await.0);
        let later = server.next_mail(SOON).raw;
        assert!(agrees(&used, "record", &later) && !agrees(&made, "record", &later));
        assert_eq!(api.ask("dkim/activate", None).await.status, 404);

        // Another sender's domain is not signed for.
        assert_eq!(api.set(json!({ "from_email": "hi@else.example" })).await.status, 200);
        assert_eq!(api.shown().await["dkim"]["signs"], json!(false));
        assert!(api.test().await.0);
        assert!(!String::from_utf8(server.next_mail(SOON).raw).unwrap().contains("DKIM-Signature"));
        let keys = format!("{SERVER}/dkim");
        assert_eq!(api.send(Method::DELETE, &keys, None).await.json()["dkim"], Value::Null);
        assert_eq!(api.send(Method::DELETE, &keys, None).await.status, 404);
    });
}
