//! Secrets never appear where they could be read later: in what commands print, in the log.

use super::*;
use crate::harness::client::{Client, block_on};

#[test]
fn planted_secrets_are_in_no_output_and_no_log() {
    let place = Place::new();
    let mut create =
        place.command(&["tenant", "create", "--slug", "acme", "--name", "A", "--json"]);
    create.env("LOCKKEEPER_LOG", "trace");
    let created = Said::of(finish(create));
    let tenant: Value = serde_json::from_str(&created.out).unwrap();
    let key = tenant["secret_key"].as_str().unwrap();
    assert!(!created.err.contains(key), "the secret key was logged");
    let made = place.fed(
        "user create --tenant acme --email alex@acme.test --log trace",
        "planted-password-1\n",
    );
    assert!(!made.out.contains("planted") && !made.err.contains("planted"), "{}", made.err);

    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.args(["--metrics-listen", "off", "--log", "lockkeeper=trace,info"]);
    command.env("LOCKKEEPER_SMTP_URL", "smtp://me:planted-smtp@127.0.0.1:9?tls=none");
    command.env("LOCKKEEPER_MAIL_FROM", "no-reply@example.com");
    let server = crate::harness::process::Server::start(command);
    let base = server.base().replace("127.0.0.1", "localhost");
    let cookie = block_on(async {
        let client = Client::new(&base);
        super::serve::attempt(&client, "alex@acme.test", "planted-guess").await;
        let answer = super::serve::attempt(&client, "alex@acme.test", "planted-password-1").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        client.get("/t/acme/unlock/planted-token").await;
        let lines = answer.set_cookies();
        let line = lines.values().find(|line| line.starts_with("__client")).unwrap();
        line.split(['=', ';']).nth(1).unwrap().to_owned()
    });
    let (_, said) = server.terminate(std::time::Duration::from_secs(60));
    let master = std::fs::read_to_string(place.path().join("lockkeeper.key")).unwrap();
    let master = master.lines().last().unwrap();
    for secret in ["planted", "alex@acme.test", key, &cookie, master] {
        assert!(!said.contains(secret), "{secret} is in the log:\n{said}");
    }
    assert!(said.contains("request_id") || said.contains("req_"), "no request ids in {said}");
}

#[cfg(unix)]
#[test]
fn a_new_database_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.tenant("acme");
    let mode = std::fs::metadata(place.path().join("lockkeeper.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
