//! schemathesis over both OpenAPI documents, against a server whose hashing is cheap: whatever it
//! sends, no answer is a fault of the server, and each is one that the document tells, with the
//! members and codes that it tells. `openapi_hooks.py` says what it is helped with.

use std::collections::BTreeMap;
use std::time::Duration;

use lockkeeper::store::tenants::{SignUpMode, TenantChange};
use lockkeeper::web::operation::Door;
use lockkeeper::web::{BACKEND, FRONTEND};
use reqwest::Method;
use serde_json::{Value, json};

use super::{PASSWORD, said_within, script, tool};
use crate::frontend_api::{text, v1};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::children;
use crate::harness::client::{Answer, Client, block_on};
use crate::openapi::parsed;

/// A run takes a minute; a machine with much else to do takes several.
const DEADLINE: Duration = Duration::from_secs(1_500);

/// What the issue asks for, over a whole document and for each operation.
const TRIES: u64 = 2_000;
const TRIES_EACH: u64 = 10;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,\
                      documented_code,documented_members";

/// People, each with two clients, and one more client that signs up.
const PEOPLE: usize = 24;

#[test]
fn the_backend_api_does_what_its_document_says() {
    let scene = Scene::new();
    let header = format!("Authorization: Bearer {}", scene.acme.secret_key);
    scene.tried(&BACKEND, &scene.app.base(), &["--header", &header]);
}

#[test]
fn the_frontend_api_does_what_its_document_says() {
    let scene = Scene::new();
    let base = format!("{}/t/acme", scene.app.base());
    scene.tried(&FRONTEND, &base, &[]);
}

/// A server with people on it, signed in and half-way through.
struct Scene {
    app: TestApp,
    acme: TestTenant,
    /// As the hooks read it.
    told: Value,
}

impl Scene {
    fn new() -> Self {
        let app = TestApp::start();
        let acme = app.tenant("acme", None);
        let open = TenantChange { sign_up: Some(SignUpMode::Public), ..<_>::default() };
        block_on(app.tenants.update_tenant(&acme.profile, open, "test")).unwrap();
        let (mut ids, messages) = block_on(listening(&app, &acme));
        let (mut clients, mut names) = (Vec::new(), Vec::new());
        for number in 0..PEOPLE {
            let name = format!("user{number}@acme.test");
            let user = app.user(&acme, &name, PASSWORD);
            ids.entry("users").or_default().push(user.record.user.id.to_string());
            let named = block_on(named(&app, &acme, user.record.user.id.as_str(), number));
            for (part, id) in named {
                ids.entry(part).or_default().push(id);
            }
            let client = block_on(signed_in(&app, &name));
            let session = text(&client, "/ids/sessions/0").to_owned();
            ids.entry("sessions").or_default().push(session);
            clients.extend([client, block_on(begun(&app, &name))]);
            clients.push(block_on(signing_up(&app, number)));
            names.push(name);
        }
        let told = json!({
            "clients": clients,
            "ids": ids,
            "values": {
                "identifier": names,
                "password": [PASSWORD, "wrong horse"],
                "strategy": ["password", "email_code", "totp", "backup_code"],
                "code": ["424242", "000000"],
                "user_id": ids["users"],
                "message_id": messages,
                "email_address": ["free@acme.test", "user1@acme.test", "new+clerk_test@acme.test"],
                "phone_number": ["+4930123400", "+4930123499"],
                "url": ["https://acme.test/hooks"],
                "events": [["user.created"], []],
                "redirect_url": ["http://localhost:3000/app", "https://elsewhere.test/"],
            },
        });
        Self { app, acme, told }
    }

    /// Tries the whole document of `door`, which is served at `base`; then once more what was tried
    /// too seldom, because now and then schemathesis leaves an operation early.
    fn tried(&self, door: &Door, base: &str, more: &[&str]) {
        let mut tries = self.round(door, base, more, 4);
        for seed in 5..8 {
            let seldom = tries.iter().filter(|(_, tries)| **tries < TRIES_EACH);
            let seldom: Vec<String> = seldom.map(|(id, _)| id.clone()).collect();
            if seldom.is_empty() {
                break;
            }
            let only = seldom.iter().flat_map(|id| ["--include-operation-id", id]);
            let more: Vec<&str> = more.iter().copied().chain(only).collect();
            for (id, again) in self.round(door, base, &more, seed) {
                *tries.entry(id).or_default() += again;
            }
        }
        let seldom: Vec<_> = tries.iter().filter(|(_, tries)| **tries < TRIES_EACH).collect();
        assert!(seldom.is_empty(), "tried less than {TRIES_EACH} times: {seldom:?}");
        assert!(tries.values().sum::<u64>() >= TRIES, "{tries:?}");
    }

    /// One run of schemathesis; how often it tried each operation, all of them well.
    fn round(&self, door: &Door, base: &str, more: &[&str], seed: u64) -> BTreeMap<String, u64> {
        let place = tempfile::tempdir().unwrap();
        let (document, scene, tried) = (
            place.path().join("openapi.json"),
            place.path().join("scene"),
            place.path().join("tried"),
        );
        std::fs::write(&document, parsed(door).to_string()).unwrap();
        std::fs::write(&scene, self.told.to_string()).unwrap();
        let operations = u64::try_from(door.operations().count()).unwrap();
        let each = TRIES.div_ceil(operations).max(2 * TRIES_EACH).to_string();
        let mut command = children::dying_with_us("KILL", tool("venv/bin/schemathesis"));
        command.arg("run").arg(&document).args(["--url", base, "--checks", CHECKS]);
        command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", &each]);
        command.args(["--workers", "1", "--generation-database", "none"]);
        command.args(["--request-timeout", "120"]);
        command.args(["--seed", &seed.to_string()]);
        command.args(["--continue-on-failure", "--no-shrink", "--warnings", "off"]).args(more);
        command.current_dir(place.path());
        command.env("SCHEMATHESIS_HOOKS", script("openapi_hooks.py"));
        command.env("SCENE", &scene).env("DOCUMENT", &document).env("TOLD", &tried);
        command.env("NO_COLOR", "1").env("COLUMNS", "120").env("PYTHONDONTWRITEBYTECODE", "1");
        let said = said_within(DEADLINE, command);
        let told = std::fs::read_to_string(&tried).unwrap_or_else(|_| panic!("{said}"));
        let told: Value = serde_json::from_str(&told).unwrap();
        println!("{told:#}\n{said}");
        assert!(said.contains("No issues found"), "{said}");
        serde_json::from_value(told["tried"].clone()).unwrap()
    }
}

/// A client that is signed in as `name`.
async fn signed_in(app: &TestApp, name: &str) -> Value {
    let form = [("identifier", name), ("password", PASSWORD), ("strategy", "password")];
    client(app, &form, "sessions", "/response/created_session_id").await
}

/// A client that has named itself and has yet to prove it.
async fn begun(app: &TestApp, name: &str) -> Value {
    client(app, &[("identifier", name)], "sign_ins", "/response/id").await
}

/// A client that signs up and has yet to prove its address.
async fn signing_up(app: &TestApp, number: usize) -> Value {
    let address = format!("new{number}@acme.test");
    let form = [("email_address", &*address), ("strategy", "email_code")];
    let answer = Client::new(&app.base()).post_form(&v1("client/sign_ups"), &form).await;
    known(&answer, "sign_ups", "/response/id")
}

/// Ids of names that a server gives a user: one to sign in with and one that waits, of each kind.
async fn named(
    app: &TestApp,
    acme: &TestTenant,
    user: &str,
    number: usize,
) -> Vec<(&'static str, String)> {
    let mut ids = Vec::new();
    for (part, field, value) in [
        ("email_addresses", "email_address", format!("second{number}@acme.test")),
        ("phone_numbers", "phone_number", format!("+49301234{number:02}")),
    ] {
        for (verified, value) in [(true, value.clone()), (false, format!("{value}0"))] {
            let body = json!({ "user_id": user, field: value, "verified": verified });
            let made = backend(app, acme, Method::POST, part, Some(body)).await;
            ids.push((part, text(&made, "/id").to_owned()));
        }
    }
    ids
}

/// Webhook endpoints at which nobody is, and the messages that wait for the first.
async fn listening(
    app: &TestApp,
    acme: &TestTenant,
) -> (BTreeMap<&'static str, Vec<String>>, Vec<String>) {
    let (mut endpoints, mut messages) = (Vec::new(), Vec::new());
    for number in 0..6 {
        let url = format!("https://acme.test/{number}");
        // Nobody subscribes to the test event, so only what is asked for is tried.
        let body = json!({ "url": url, "events": ["user.deleted"] });
        let made = backend(app, acme, Method::POST, "webhook_endpoints", Some(body)).await;
        let id = text(&made, "/id").to_owned();
        let path = format!("webhook_endpoints/{id}/test");
        let sent = backend(app, acme, Method::POST, &path, None).await;
        messages.push(text(&sent, "/message_id").to_owned());
        endpoints.push(id);
    }
    (BTreeMap::from([("webhook_endpoints", endpoints)]), messages)
}

async fn backend(
    app: &TestApp,
    acme: &TestTenant,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Value {
    let request = app.client().request(method, &format!("/v1/{path}"));
    let request = request.bearer_auth(&acme.secret_key);
    let answer = match body {
        Some(body) => Client::send(request.json(&body)).await,
        None => Client::send(request).await,
    };
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// A client's cookie, and the id at `place` of its sign-in, below the part of a path that stands
/// before such ids.
async fn client(app: &TestApp, form: &[(&str, &str)], part: &str, place: &str) -> Value {
    let client = Client::new(&app.base());
    let answer = client.post_form(&v1("client/sign_ins"), form).await;
    let mut told = known(&answer, part, place);
    if part == "sessions" {
        // An address of its own, which waits.
        let address = format!("own-{}@acme.test", text(&told, "/ids/sessions/0").to_lowercase());
        let form = [("email_address", &*address)];
        let added = client.post_form(&v1("me/email_addresses"), &form).await;
        assert_eq!(added.status, 200, "{}", added.body);
        let id = text(&added.json(), "/response/id").to_owned();
        told["ids"]["email_addresses"] = json!([id]);
    }
    told
}

fn known(answer: &Answer, part: &str, place: &str) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let cookies = answer.set_cookies();
    let cookie = cookies.values().find(|line| line.starts_with("__client_")).unwrap();
    let id = text(&answer.json(), place).to_owned();
    json!({ "cookie": cookie.split(';').next().unwrap(), "ids": { part: [id] } })
}
