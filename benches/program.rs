//! The real program under test: a folder with a tenant, and `serve` on a port of its own with its
//! log going where a service's log goes, into a file.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_lockkeeper");
pub(crate) const RIGHT: &str = "correct horse battery";

pub(crate) struct Program {
    child: Child,
    pub(crate) base: String,
    secret_key: String,
    metrics: String,
    _dir: TempDir,
}

impl Program {
    /// With tenant `acme` under this policy (TOML).
    pub(crate) fn start(policy: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let created =
            told(dir.path(), &["tenant", "create", "--slug", "acme", "--name", "Acme", "--json"]);
        let created: Value = serde_json::from_str(&created).unwrap();
        std::fs::write(dir.path().join("policy.toml"), policy).unwrap();
        told(dir.path(), &["policy", "apply", "--tenant", "acme", "--file", "policy.toml"]);
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let metrics = free.to_string();
        let mut child = command(
            dir.path(),
            &["serve", "--listen", "127.0.0.1:0", "--metrics-listen", &metrics],
        )
        .stdout(Stdio::piped())
        .stderr(File::create(dir.path().join("log")).unwrap())
        .spawn()
        .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line =
            lines.find_map(|line| Some(line.ok()?.split_once("listening on ")?.1.to_owned()));
        let base = line.expect("the server says where it listens");
        let secret_key = created["secret_key"].as_str().unwrap().to_owned();
        Self { child, base, secret_key, metrics, _dir: dir }
    }

    pub(crate) async fn user(&self, client: &reqwest::Client, email: &str) {
        let body = json!({ "email_address": [email], "password": RIGHT });
        let request = client.post(format!("{}/v1/users", self.base)).bearer_auth(&self.secret_key);
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// Password hashes run so far, by its own count.
    pub(crate) async fn hashes(&self, client: &reqwest::Client) -> u64 {
        self.count(client, "password_hashes").await
    }

    /// One of its own counts, by the name in `telemetry`.
    pub(crate) async fn count(&self, client: &reqwest::Client, name: &str) -> u64 {
        let page = client.get(format!("http://{}/metrics", self.metrics)).send().await.unwrap();
        let text = page.text().await.unwrap();
        let name = format!("lockkeeper_{name}_total ");
        let line = text.lines().find_map(|l| l.strip_prefix(&name));
        line.unwrap().parse().unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Seconds of CPU that it has used.
    pub(crate) fn cpu(&self) -> f64 {
        cpu_of(&self.child.id().to_string())
    }

    /// Where passwords are tried; `_is_native` keeps sessions of one connection apart.
    pub(crate) fn sign_ins(&self) -> String {
        format!("{}/t/acme/v1/client/sign_ins?_is_native=1", self.base)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// Seconds of CPU of a process (`self` for this one), all its threads together. The kernel counts
/// them in hundredths: neighbours take time from us, not from this number.
pub(crate) fn cpu_of(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(dir).args(args).stdin(Stdio::null());
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("LOCKKEEPER_") {
            command.env_remove(key);
        }
    }
    command
}

pub(crate) fn told(dir: &Path, args: &[&str]) -> String {
    let output = command(dir, args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn form(identifier: &str, password: &str) -> [(&'static str, String); 3] {
    [
        ("strategy", "password".to_owned()),
        ("identifier", identifier.to_owned()),
        ("password", password.to_owned()),
    ]
}
