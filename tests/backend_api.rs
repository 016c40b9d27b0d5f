//! The Backend API over the real server: what a tenant's own servers send and get. Sign-ins are
//! tried through the facade here; the Frontend API has its own file.

mod clients;
mod email_addresses;
mod instance;
mod keys;
mod lists;
mod lock;
mod mail_server;
mod phone_numbers;
mod sessions;
mod sign_in_tokens;
mod user_secrets;
mod user_standing;
mod users;

use std::sync::Arc;

use lockkeeper::credential::Password;
use lockkeeper::model::{Identifier, Source};
use lockkeeper::tenant::{AttemptAnswer, Browser, PasswordAttempt};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::{Answer, Client};
use crate::harness::snapshot::mask_json;

const RIGHT: &str = "correct horse";

/// A tenant's server with its key.
struct Api {
    client: Client,
    key: String,
}

impl Api {
    fn of(app: &TestApp, tenant: &TestTenant) -> Self {
        Self { client: app.client(), key: tenant.secret_key.clone() }
    }

    /// As the JavaScript SDK sends: JSON's content type always, a body only where there is one.
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.client.request(method, path).bearer_auth(&self.key);
        let request = request.header("content-type", "application/json");
        let answer = match body {
            Some(body) => Client::send(request.body(body.to_string())).await,
            None => Client::send(request).await,
        };
        if answer.status != 204 {
            // Clerk's JavaScript SDK compares with `===`.
            assert_eq!(answer.header("content-type"), "application/json", "{path}");
        }
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None).await
    }

    /// A resource; fails on any other answer than 200.
    async fn ok(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let answer = self.send(method, path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    async fn create(&self, body: Value) -> Value {
        self.ok(Method::POST, "/v1/users", Some(body)).await
    }

    /// A user with one address and the right password; its id.
    async fn create_user(&self, email: &str) -> String {
        let made = self.create(json!({ "email_address": [email], "password": RIGHT })).await;
        id(&made)
    }
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

/// Status and first code.
fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
}

/// Status and every entry as `code param_name`.
fn faults(answer: &Answer) -> (u16, Vec<String>) {
    let entries = answer.json()["errors"].as_array().unwrap().clone();
    let each = entries.iter().map(|entry| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!("{} {}", text(&entry["code"]), text(&entry["meta"]["param_name"]))
    });
    (answer.status, each.collect())
}

/// The whole answer for a snapshot: status and body, its trace id taken out.
fn whole(answer: &Answer) -> String {
    let mut body = answer.json();
    if let Some(trace) = body.get_mut("clerk_trace_id") {
        assert_eq!(trace.as_str().unwrap().len(), 32);
        *trace = json!("<trace>");
    }
    format!("{}\n{}", answer.status, mask_json(&body))
}

async fn try_password(
    app: &TestApp,
    tenant: &TestTenant,
    name: &str,
    password: &str,
) -> AttemptAnswer {
    let attempt = PasswordAttempt {
        profile: Arc::clone(&tenant.profile),
        identifier: Identifier::parse(name).unwrap(),
        password: Password::parse(password).unwrap(),
        source: Source::from_stored("192.0.2.1".to_owned()),
        browser: Browser::NONE,
        sign_in: None,
        client: None,
        locale: None,
    };
    app.tenants.attempt_password(attempt).await.unwrap()
}

/// Enough wrong passwords for the default policy to lock.
async fn lock_by_guessing(app: &TestApp, tenant: &TestTenant, name: &str) {
    for _ in 0..8 {
        try_password(app, tenant, name, "wrong password").await;
    }
}
