//! Text messages where mail has a server: the tenant's own servers are told of them and send them.

use lockkeeper::app::MailPlan;
use lockkeeper::mail::{SmtpSecurity, SmtpSettings};
use lockkeeper::model::{Millis, SignInId};
use lockkeeper::store::outbox::{OutboxRow, OutboxStatus};
use reqwest::Method;
use serde_json::json;

use super::{Bench, Receiver, block_on, text};
use crate::harness::app::{TestApp, TestPlan};
use crate::harness::children::free_port;
use crate::harness::home::Home;
use crate::harness::snapshot::mask_json;
use crate::harness::waiting::found;

const NUMBER: &str = "+4930123456";

/// A server whose mail goes to an SMTP server, which is away: text messages need none.
fn bench() -> Bench {
    let home = Home::fresh();
    let url = home.url();
    let plan = TestPlan {
        database: Some(url.clone()),
        change: Box::new(|plan| {
            let (host, port) = ("127.0.0.1".to_owned(), free_port());
            plan.mail = MailPlan::Smtp {
                server: SmtpSettings {
                    host,
                    port,
                    security: SmtpSecurity::None,
                    credentials: None,
                },
                from: "Test <no-reply@lockkeeper.test>".to_owned(),
                dkim: None,
                inbound: None,
            };
            plan.webhooks.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
        }),
    };
    let app = TestApp::with(plan);
    let tenant = app.tenant("acme", None);
    Bench { app, tenant, url, _home: home }
}

impl Bench {
    /// Has a code sent to the number of a new user.
    async fn texted(&self) -> SignInId {
        let user = self.user("bob@example.com").await;
        let body = json!({ "user_id": user, "phone_number": NUMBER, "verified": true });
        self.ok(Method::POST, "phone_numbers", Some(body)).await;
        let form = [("identifier", NUMBER), ("strategy", "phone_code")];
        let asked = self.app.client().post_form("/t/acme/v1/client/sign_ins", &form).await;
        SignInId::parse(&text(&asked.json()["response"]["id"])).unwrap()
    }

    /// The row of the message, once its life is over.
    async fn ended(&self, sign_in: SignInId) -> OutboxRow {
        let (reader, tenant) = (self.app.store.reader(), self.tenant.profile.id());
        let sign_in = reader.sign_in(tenant.clone(), sign_in).await.unwrap().unwrap();
        let code = sign_in.prepared_code.unwrap();
        let code = reader.code(tenant.clone(), code).await.unwrap().unwrap();
        found("its end", async || {
            let subject = code.subject.clone();
            let rows = reader.mails_of_subject(tenant.clone(), subject, Millis(0)).await.unwrap();
            rows.into_iter().next().filter(|row| row.finished_at.is_some())
        })
        .await
    }
}

#[test]
fn a_text_message_is_handed_to_the_tenants_server() {
    let (bench, receiver) = (bench(), Receiver::open());
    block_on(async {
        bench.endpoint(&receiver, &["sms.created"]).await;
        let sign_in = bench.texted().await;
        let heard = receiver.hears();
        let mut told = heard.json();
        let data = &mut told["data"];
        let code = text(&data["data"]["otp_code"]);
        assert_eq!(code.len(), 6);
        assert!(text(&data["message"]).starts_with(&format!("{code} is your code from acme Ltd")));
        (data["data"]["otp_code"], data["message"]) = (json!("<code>"), json!("<message>"));
        insta::assert_snapshot!(mask_json(&told), @r#"
        {
          "object": "event",
          "type": "sms.created",
          "data": {
            "object": "sms_message",
            "id": "<out_1>",
            "slug": "verification_code",
            "from_phone_number": "",
            "to_phone_number": "+4930123456",
            "phone_number_id": "<idn_1>",
            "user_id": "<user_1>",
            "message": "<message>",
            "status": "queued",
            "data": {
              "otp_code": "<code>",
              "app": {
                "name": "acme Ltd"
              }
            },
            "delivered_by_clerk": false
          },
          "timestamp": <ms_1>,
          "instance_id": "<ins_1>",
          "event_attributes": {
            "http_request": {
              "client_ip": "",
              "user_agent": ""
            }
          }
        }
        "#);
        assert_eq!(bench.ended(sign_in).await.status, OutboxStatus::Sent);
    });
}

#[test]
fn a_text_message_that_no_server_takes_is_dead_and_says_why() {
    let (bench, receiver) = (bench(), Receiver::open());
    block_on(async {
        bench.endpoint(&receiver, &["user.locked"]).await;
        let sign_in = bench.texted().await;
        let row = bench.ended(sign_in).await;
        assert_eq!(row.status, OutboxStatus::Dead);
        let why = "no webhook endpoint of the tenant takes sms.created";
        assert_eq!(row.last_error.as_deref(), Some(why));
        receiver.has_heard_nothing();
    });
}
