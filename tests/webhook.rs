//! Webhooks: from the transaction that caused one to a server that checks its signature. The server is
//! a real one on loopback; what is private is allowed for it by name.

mod api;
mod deliveries;
mod destinations;
mod encrypted;
mod events;
pub(crate) mod receiver;
mod texts;

use std::sync::Arc;

use lockkeeper::credential::Password;
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::{Identifier, Source, Span};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::tenant::{AttemptAnswer, Browser, PasswordAttempt};
use lockkeeper::webhook::WebhookSettings;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::app::{TestApp, TestPlan, TestTenant};
use crate::harness::client::{Answer, Client, block_on};
use crate::harness::home::Home;
use crate::harness::waiting;

use receiver::{Heard, Receiver};

const RIGHT: &str = "correct horse";
const BOB: &str = "bob@example.com";

/// A server with a tenant whose accounts are locked by the third wrong password.
struct Bench {
    app: TestApp,
    tenant: TestTenant,
    url: DatabaseUrl,
    _home: Home,
}

impl Bench {
    fn open() -> Self {
        Self::with(|webhooks| webhooks.allow_private = vec!["127.0.0.0/8".parse().unwrap()])
    }

    fn with(set: impl FnOnce(&mut WebhookSettings) + Send + 'static) -> Self {
        let home = Home::fresh();
        let url = home.url();
        let plan = TestPlan {
            database: Some(url.clone()),
            change: Box::new(move |plan| set(&mut plan.webhooks)),
        };
        let app = TestApp::with(plan);
        let policy = Policy { max_attempts: 3, ..Preset::Balanced.policy() };
        let tenant = app.tenant("acme", Some(policy));
        Self { app, tenant, url, _home: home }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.app.client().request(method, &format!("/v1/{path}"));
        let request = request.bearer_auth(&self.tenant.secret_key);
        match body {
            Some(body) => Client::send(request.json(&body)).await,
            None => Client::send(request).await,
        }
    }

    /// Fails on any other answer than 200.
    async fn ok(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let answer = self.send(method, path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// An endpoint at `receiver` for these events (all where none is named): the resource with its
    /// secret.
    async fn endpoint(&self, receiver: &Receiver, events: &[&str]) -> Value {
        let wanted = json!({ "url": receiver.url("/hooks?a=b"), "events": events });
        self.ok(Method::POST, "webhook_endpoints", Some(wanted)).await
    }

    async fn user(&self, email: &str) -> String {
        let made = json!({ "email_address": [email], "password": RIGHT });
        text(&self.ok(Method::POST, "users", Some(made)).await["id"])
    }

    async fn attempt(&self, name: &str, password: &str) -> AttemptAnswer {
        let attempt = PasswordAttempt {
            profile: Arc::clone(&self.tenant.profile),
            identifier: Identifier::parse(name).unwrap(),
            password: Password::parse(password).unwrap(),
            source: Source::from_stored("192.0.2.1".to_owned()),
            browser: Browser::NONE,
            sign_in: None,
            client: None,
            locale: None,
        };
        self.app.tenants.attempt_password(attempt).await.unwrap()
    }

    async fn guess(&self, name: &str, times: usize) {
        for _ in 0..times {
            self.attempt(name, "wrong password").await;
        }
    }

    /// The deliveries of an endpoint; those of one instant are in no order.
    async fn deliveries(&self, endpoint: &Value) -> Vec<Value> {
        let path = format!("webhook_endpoints/{}/deliveries?limit=500", text(&endpoint["id"]));
        self.ok(Method::GET, &path, None).await["data"].as_array().unwrap().clone()
    }

    /// The first delivery of which `fine` says so.
    async fn until(&self, endpoint: &Value, fine: impl Fn(&Value) -> bool) -> Value {
        waiting::found("such a delivery", async || {
            self.deliveries(endpoint).await.into_iter().find(|delivery| fine(delivery))
        })
        .await
    }

    /// Looks until `fine`, and moves the clock half a minute on after each fifty looks in vain:
    /// an endpoint that rests, or a message that waits, comes due.
    async fn until_pushed<F: Future<Output = bool>>(&self, fine: impl Fn() -> F) {
        let mut looks = 0;
        waiting::until("it comes due", async || {
            looks += 1;
            if looks % 50 == 0 {
                self.app.advance(Span::SECOND.times(31));
            }
            fine().await
        })
        .await;
    }

    /// What was heard, once its try is noted.
    async fn until_noted(&self, endpoint: &Value, heard: &Heard) -> Value {
        let message = heard.header("svix-id");
        self.until(endpoint, |delivery| {
            let tried = delivery["attempts"].as_array().is_some_and(|all| !all.is_empty());
            delivery["message_id"] == message && delivery["status"] != "sending" && tried
        })
        .await
    }

    /// The only delivery, once it has been tried so often and waits, or is over.
    async fn until_tried(&self, endpoint: &Value, times: usize) -> Value {
        self.until(endpoint, |delivery| {
            let tried = delivery["attempts"].as_array().is_some_and(|all| all.len() >= times);
            tried && delivery["status"] != "sending"
        })
        .await
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
