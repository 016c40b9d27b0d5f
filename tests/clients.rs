//! Clerk's own client libraries, unmodified, against the real program: the JavaScript ones in Node.js
//! and in Chromium, the Python one. `scripts/install-test-tools.sh` installs them; nothing is skipped.

mod backend;
mod calls;
mod card;
mod page;
mod page_server;
mod schemathesis;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::Place;
use crate::harness::children::{self, Lines, NoLine};
use crate::harness::client::{Client, block_on};
use crate::harness::process::Server;

const PASSWORD: &str = "correct horse battery";

/// A script makes some fifty requests: a few seconds.
const SCRIPT_DEADLINE: Duration = Duration::from_secs(300);

/// Where clerk-js takes a tenant to be from: the prefix of its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// `pk_live_`.
    Live,
    /// `pk_test_`.
    Development,
}

/// The program with a tenant `acme`, whose accounts are locked by the fifth wrong password.
struct Site {
    place: Place,
    server: Server,
    keys: Value,
}

impl Site {
    fn open(keys: Keys) -> Self {
        let place = Place::new();
        let mut serve = vec!["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off"];
        // The scripts' own servers.
        serve.extend(["--webhook-allow-private", "127.0.0.0/8"]);
        let server = Server::start(place.command(&serve));
        let url = server.base().replace("127.0.0.1", "localhost");
        let live = match keys {
            Keys::Live => " --live",
            Keys::Development => "",
        };
        // A key holds the host of the Frontend API, and that the port: known only now.
        let made = format!("tenant create --slug acme --name Acme --json --public-url {url}{live}");
        let keys = place.run(&made).json();
        // Ten minutes: no journey outlasts the lock.
        let policy = "max_attempts = 5\nminimum_duration = \"10m\"\n";
        std::fs::write(place.path().join("policy.toml"), policy).unwrap();
        let applied = place.run("policy apply --tenant acme --file policy.toml");
        assert_eq!(applied.code, 0, "{}", applied.err);
        Self { place, server, keys }
    }

    fn key(&self, name: &str) -> &str {
        self.keys[name].as_str().unwrap()
    }

    /// Where the Frontend API of the tenant is: what an app gives as `proxyUrl`.
    fn frontend_api(&self) -> &str {
        self.key("frontend_api")
    }

    /// A call of the Backend API with the tenant's secret key; panics unless it is answered 200.
    fn backend(&self, path: &str, body: &Value) -> Value {
        let client = Client::new(self.server.base());
        let asked = client.request(reqwest::Method::POST, path);
        let asked = asked.bearer_auth(self.key("secret_key")).json(body);
        let answer = block_on(Client::send(asked));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// A user with [`PASSWORD`]; the id.
    fn user(&self, email: &str) -> String {
        let made = json!({ "email_address": [email], "password": PASSWORD });
        self.backend("/v1/users", &made)["id"].as_str().unwrap().to_owned()
    }

    /// Runs a script to its end: every check of `names` must have passed, in that order.
    fn run(&self, mut script: Command, names: &[&str]) {
        script
            .env("API", self.server.base())
            .env("FRONTEND_API", self.frontend_api())
            .env("SECRET_KEY", self.key("secret_key"))
            .env("PUBLISHABLE_KEY", self.key("publishable_key"))
            .current_dir(self.place.path());
        let said = said(script);
        let checks: Vec<Value> =
            said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        for check in &checks {
            assert_eq!(check["ok"], true, "{}: {}", check["name"], check["why"].as_str().unwrap());
        }
        let passed: Vec<&str> =
            checks.iter().map(|check| check["name"].as_str().unwrap()).collect();
        assert_eq!(passed, names, "{said}");
    }
}

/// All that a program printed until it ended.
fn said(command: Command) -> String {
    said_within(SCRIPT_DEADLINE, command)
}

fn said_within(deadline: Duration, mut command: Command) -> String {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = children::spawn(command);
    let end = Lines::of_child(&mut child).find(deadline, |_| None::<()>);
    let _ = child.kill();
    let _ = child.wait();
    match end {
        Err(NoLine::Ended(said)) => said,
        Ok(()) | Err(NoLine::Late(_)) => panic!("it hangs: {end:?}"),
    }
}

/// A file or folder that `make tools` puts into the target directory.
fn tool(name: &str) -> PathBuf {
    let target = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let path = target.join("test-tools").join(name);
    assert!(path.exists(), "no {}: run `make tools`", path.display());
    path
}

/// A file of this folder.
fn script(name: &str) -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}
