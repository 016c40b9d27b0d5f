//! The line that each request has in the log: what it says, and that nothing is in it by which
//! somebody could be found, followed or impersonated: no secret, token, address or query.

use super::serve::serving;
use super::*;
use crate::harness::client::{Client, block_on, source};

const ADDRESS: &str = "198.51.100.7";

/// What a line says, but for what differs each time.
fn told(line: &str) -> Option<String> {
    let fields: serde_json::Map<String, Value> = serde_json::from_str(line).ok()?;
    if fields.get("target")? != "lockkeeper::request" {
        return None;
    }
    let mut said: Vec<_> = fields.keys().map(String::as_str).collect();
    said.sort_unstable();
    for known in ["level", "message", "ms", "request_id", "target", "timestamp"] {
        assert!(said.contains(&known), "{known} is missing: {line}");
    }
    assert!(fields["ms"].is_u64(), "{line}");
    assert_eq!(fields["request_id"].as_str().unwrap().len(), 32, "{line}");
    let usual = ["method", "route", "tenant", "status", "code"];
    let more: Vec<_> = said.iter().filter(|name| !usual.contains(name)).collect();
    assert_eq!(more.len(), 6, "{line}");
    let values = usual.map(|name| match fields.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "-".to_owned(),
    });
    Some(values.join(" "))
}

#[test]
fn a_request_has_one_line_and_nobodys_secret_is_in_it() {
    let place = Place::new();
    let tenant = place.tenant("acme");
    let key = tenant["secret_key"].as_str().unwrap().to_owned();
    place.user("acme", "alex@acme.test");
    let more = ["--log-format", "json", "--trusted-proxies", "127.0.0.1/32"];
    let server = serving(&place, &more);
    let base = server.base().replace("127.0.0.1", "localhost");
    let secrets = block_on(async {
        let client = Client::from_source(&base, source(1));
        let ask = async |method: &str, path: &str, form: &[(&str, &str)]| {
            let method = method.parse().unwrap();
            let request = client.request(method, path).header("X-Forwarded-For", ADDRESS);
            Client::send(request.form(form)).await
        };
        let form = |password| [("identifier", "alex@acme.test"), ("password", password)];
        let sign_ins = "/t/acme/v1/client/sign_ins?_is_native=1&planted=query";
        ask("POST", sign_ins, &form("planted-guess")).await;
        let right = ask("POST", sign_ins, &form(PASSWORD)).await;
        assert_eq!(right.status, 200, "{}", right.body);
        let native = right.header("authorization").to_owned();
        let body = right.json();
        let text = |pointer: &str| body.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let session = text("/client/sessions/0/last_active_token/jwt");
        let user = text("/client/sessions/0/user/id");
        ask("GET", "/t/acme/unlock/planted-token", &[]).await;
        ask("GET", "/t/acme/sign-in?redirect_url=planted", &[]).await;
        ask("GET", "/t/acme/v1/planted-path", &[]).await;
        ask("GET", "/planted-elsewhere?planted=query", &[]).await;
        let users = client.request("GET".parse().unwrap(), "/v1/users?email_address=planted");
        let users = Client::send(users.bearer_auth(&key).header("X-Forwarded-For", ADDRESS)).await;
        assert_eq!(users.status, 200, "{}", users.body);
        place.run("user lock --tenant acme alex@acme.test --json").json();
        let locked = ask("POST", sign_ins, &form("planted-guess")).await;
        assert_eq!(locked.status, 403, "{}", locked.body);
        let secrets = [native, session, user, key.clone(), PASSWORD.to_owned()];
        secrets
            .into_iter()
            .chain(["planted", "alex", ADDRESS].map(str::to_owned))
            .collect::<Vec<_>>()
    });
    let (_, said) = server.terminate(std::time::Duration::from_secs(60));
    for secret in secrets {
        assert!(!secret.is_empty() && !said.contains(&secret), "{secret} is in the log:\n{said}");
    }
    let lines: Vec<_> = said.lines().filter_map(told).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    POST /t/{slug}/v1/client/sign_ins acme 422 form_password_incorrect
    POST /t/{slug}/v1/client/sign_ins acme 200 -
    GET /t/{slug}/unlock/{token} acme 410 -
    GET /t/{slug}/sign-in acme 200 -
    GET - acme 404 resource_not_found
    GET - - 404 -
    GET /v1/users acme 200 -
    POST /t/{slug}/v1/client/sign_ins acme 403 user_locked
    ");
}
