//! The tables of operations: every line is served at its address, nothing else is, and each says
//! truly whether it takes a secret.

use std::collections::{BTreeMap, BTreeSet};

use lockkeeper::web::DOORS;
use lockkeeper::web::operation::{Door, Kind, Operation, Param, Takes, Verb, WELL_KNOWN};
use reqwest::Method;

use crate::harness::app::TestApp;
use crate::harness::client::{Answer, Client, block_on};

fn all() -> impl Iterator<Item = (Door, &'static Operation)> {
    DOORS.into_iter().flat_map(|door| door.operations().map(move |operation| (door, operation)))
}

fn address(door: &Door, operation: &Operation) -> String {
    door.pattern(operation).replace("{slug}", "acme").replace("{id}", "x")
}

/// Asked by nobody: without key, client and body.
async fn asked(client: &Client, verb: Verb, address: &str) -> Answer {
    let method: Method = verb.as_str().parse().unwrap();
    Client::send(client.request(method, address)).await
}

#[test]
fn every_operation_is_served_at_its_address() {
    let app = TestApp::start();
    app.tenant("acme", None);
    block_on(async {
        for (door, operation) in all() {
            let address = address(&door, operation);
            let answer = asked(&app.client(), operation.verb, &address).await;
            let said = format!("{} {address}: {} {}", operation.id, answer.status, answer.body);
            assert_ne!(answer.status, 405, "{said}");
            assert!(!answer.body.contains("There is nothing at this address"), "{said}");
            assert!(answer.status < 500, "{said}");
        }
    });
}

#[test]
fn every_other_method_of_a_path_is_told_exactly_those_that_it_has() {
    let app = TestApp::start();
    app.tenant("acme", None);
    let mut paths: BTreeMap<String, BTreeSet<Verb>> = BTreeMap::new();
    for (door, operation) in all() {
        paths.entry(address(&door, operation)).or_default().insert(operation.verb);
    }
    block_on(async {
        for (address, verbs) in &paths {
            let allowed = verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>().join(", ");
            for other in Verb::ALL.into_iter().filter(|verb| !verbs.contains(verb)) {
                let answer = asked(&app.client(), other, address).await;
                let seen = (answer.status, answer.header("allow"));
                assert_eq!(seen, (405, &*allowed), "{other:?} {address}");
                assert_eq!(answer.json()["errors"][0]["code"], "method_not_allowed");
            }
        }
        let nowhere = asked(&app.client(), Verb::Get, "/v1/nowhere").await;
        assert_eq!((nowhere.status, nowhere.header("allow")), (404, ""));
    });
}

#[test]
fn literal_paths_are_asked_before_parameters() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let request = app.client().request(Method::GET, "/v1/users/count");
        let answer = Client::send(request.bearer_auth(&tenant.secret_key)).await;
        assert_eq!(answer.json()["object"], "total_count", "{}", answer.body);
    });
}

#[test]
fn operations_are_named_once() {
    for door in DOORS {
        let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
        for operation in door.operations() {
            assert!(ids.insert(operation.id), "{} twice", operation.id);
            let place = (operation.path, operation.verb);
            assert!(places.insert(place), "{place:?} twice");
            let plain = operation.path.starts_with('/') && !operation.path.ends_with('/');
            assert!(plain, "{}", operation.path);
            let named = operation.path.split('/').filter(|part| part.contains('{'));
            assert!(named.into_iter().all(|part| part == "{id}"), "{}", operation.path);
            let below_version = !operation.path.starts_with(WELL_KNOWN);
            assert_eq!(door.pattern(operation).contains("/v1/"), below_version);
        }
    }
}

/// Also the other way round: what takes nothing has no parameter that is checked. This is what the
/// test of the lockout relies on.
#[test]
fn what_takes_a_secret_says_so_and_nothing_else_does() {
    for (_, operation) in all() {
        let given = || operation.query.iter().chain(operation.body).copied();
        let checked = given().any(|param| param.kind() == Kind::Secret);
        assert_eq!(checked, !operation.takes.is_empty(), "{}", operation.id);
        // Names of secrets that client libraries send: they are either checked or set.
        let secret = |param: &Param| {
            ["password", "current_password", "new_password", "code", "ticket", "token"]
                .contains(&param.name())
        };
        for param in given().filter(secret) {
            let told = matches!(param.kind(), Kind::Secret | Kind::NewSecret);
            assert!(told, "{}: {}", operation.id, param.name());
        }
    }
}

/// Read by a person when it changes: each line is a way to try a secret.
#[test]
fn these_operations_take_something() {
    let mut lines = Vec::new();
    for (door, operation) in all() {
        for takes in operation.takes {
            let takes = match takes {
                Takes::Secret(authenticator) => authenticator.as_str().to_owned(),
                Takes::SecretBySession(authenticator) => {
                    format!("{} by session", authenticator.as_str())
                }
                Takes::Proof => "proof".to_owned(),
                Takes::SessionToken => "session token".to_owned(),
                Takes::ProvesMailbox => "mailbox".to_owned(),
            };
            let (verb, pattern) = (operation.verb.as_str(), door.pattern(operation));
            lines.push(format!("{verb} {pattern}: {takes}"));
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    POST /t/{slug}/v1/client/sign_ins: password
    POST /t/{slug}/v1/client/sign_ins: proof
    POST /t/{slug}/v1/client/sign_ins/{id}/attempt_first_factor: password
    POST /t/{slug}/v1/client/sign_ins/{id}/attempt_first_factor: oob_otp
    POST /t/{slug}/v1/client/sign_ins/{id}/attempt_first_factor: mailbox
    POST /t/{slug}/v1/client/sign_ins/{id}/attempt_first_factor: proof
    POST /t/{slug}/v1/client/sign_ins/{id}/attempt_second_factor: totp
    POST /t/{slug}/v1/client/sign_ins/{id}/attempt_second_factor: oob_otp
    POST /t/{slug}/v1/client/sign_ins/{id}/attempt_second_factor: recovery_code
    POST /t/{slug}/v1/client/sign_ups/{id}/attempt_verification: mailbox
    POST /t/{slug}/v1/me/change_password: password by session
    POST /t/{slug}/v1/me/remove_password: password by session
    POST /t/{slug}/v1/me/email_addresses/{id}/attempt_verification: mailbox
    POST /t/{slug}/v1/client/sessions/{id}/verify/attempt_first_factor: password by session
    POST /t/{slug}/v1/client/sessions/{id}/verify/attempt_first_factor: oob_otp by session
    POST /t/{slug}/v1/client/sessions/{id}/verify/attempt_second_factor: totp by session
    POST /t/{slug}/v1/client/sessions/{id}/verify/attempt_second_factor: oob_otp by session
    POST /t/{slug}/v1/client/sessions/{id}/verify/attempt_second_factor: recovery_code by session
    POST /t/{slug}/v1/client/unlock_requests/attempt: mailbox
    GET /t/{slug}/v1/verify: proof
    GET /t/{slug}/v1/tickets/accept: proof
    POST /v1/email_addresses/{id}/attempt_verification: mailbox
    POST /v1/users/{id}/verify_password: password
    POST /v1/users/{id}/verify_totp: totp
    POST /v1/users/{id}/verify_totp: recovery_code
    POST /v1/clients/verify: session token
    ");
}
