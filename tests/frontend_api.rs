//! The Frontend API over a real server: whole answers as snapshots, one a situation, and what must
//! be equal byte for byte.

use lockkeeper::lockout::{Policy, Preset};
use serde_json::Value;

use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::{Answer, Client};
use crate::harness::snapshot::mask;

mod code_table;
pub(crate) mod codes;
mod email_addresses;
mod factors;
mod faults;
mod handshake;
mod instance;
mod key_rotation;
pub(crate) mod links;
mod locked;
mod me;
mod me_secrets;
mod native;
mod origins;
mod password_reset;
mod requests;
mod session_codes;
mod session_verification;
mod sessions;
mod sign_in;
mod sign_in_errors;
mod sign_ups;
mod silence;
mod test_addresses;
mod texts;
mod tickets;
mod unlock_requests;

pub(crate) const ALEX: &str = "alex@acme.test";
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Tries before the lock in these tests.
pub(crate) const N: i64 = 4;

/// A server with the tenant `acme`, which has one user.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) acme: TestTenant,
}

impl World {
    pub(crate) fn new() -> Self {
        let app = TestApp::start();
        let policy = Policy { max_attempts: N, ..Preset::Balanced.policy() };
        let acme = app.tenant("acme", Some(policy));
        app.user(&acme, ALEX, PASSWORD);
        Self { app, acme }
    }

    pub(crate) fn client(&self) -> Client {
        self.app.client()
    }
}

/// A path of acme's Frontend API.
pub(crate) fn v1(rest: &str) -> String {
    format!("/t/acme/v1/{rest}")
}

/// Identifier and password at once.
pub(crate) async fn try_password(client: &Client, identifier: &str, password: &str) -> Answer {
    let form = [("identifier", identifier), ("password", password), ("strategy", "password")];
    client.post_form(&v1("client/sign_ins"), &form).await
}

/// Signs Alex in; the answer's JSON.
pub(crate) async fn signed_in(client: &Client) -> Value {
    let answer = try_password(client, ALEX, PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// `a/b/0` in a JSON value, as text.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {pointer} in {value}"))
}

/// Status, the headers that matter, and the body, with what differs from run to run masked.
pub(crate) fn shown(answer: &Answer) -> String {
    let mut out = format!("{}\n", answer.status);
    for name in ["content-type", "retry-after"] {
        if !answer.header(name).is_empty() {
            out.push_str(&format!("{name}: {}\n", answer.header(name)));
        }
    }
    // The suffix follows from the publishable key, which holds the port.
    let named = |(name, line): (String, String)| {
        let base = ["__client_", "__lane_"]
            .into_iter()
            .find(|base| name.starts_with(base) && name.len() == base.len() + "12345678".len());
        base.map_or(line.clone(), |base| line.replacen(&name, &format!("{base}<suffix>"), 1))
    };
    let mut cookies: Vec<_> = answer.set_cookies().into_iter().map(named).collect();
    cookies.sort();
    for cookie in cookies {
        out.push_str(&format!("set-cookie: {cookie}\n"));
    }
    let mut json = answer.json();
    if let Some(trace) = json.get_mut("clerk_trace_id") {
        assert_eq!(trace.as_str().map(str::len), Some(32));
        *trace = "<trace>".into();
    }
    out.push_str(&serde_json::to_string_pretty(&json).unwrap());
    mask(&out)
}
