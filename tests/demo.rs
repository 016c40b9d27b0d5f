//! `demo`: one command, filled with a history, kept or not.

use std::time::Duration;

use serde_json::Value;

use crate::harness::client::{Client, block_on};
use crate::harness::process::{Server, finish, lockkeeper};

const DEADLINE: Duration = Duration::from_secs(60);

fn demo(dir: &std::path::Path, more: &[&str]) -> Server {
    Server::start(lockkeeper(dir, &[&["demo", "--listen", "127.0.0.1:0"], more].concat()))
}

fn client(server: &Server) -> Client {
    Client::new(&server.base().replace("127.0.0.1", "localhost"))
}

/// The mails to users. Ana is written to about her tenants' day by the upkeep, soon after the start or
/// when the time of day comes at which that is told.
async fn to_users(client: &Client) -> Vec<Value> {
    let mails: Vec<Value> =
        serde_json::from_str(&client.get("/mailbox/api/messages").await.body).unwrap();
    mails.into_iter().filter(|mail| mail["to"] != "ana@lockkeeper.test").collect()
}

#[test]
fn the_demo_opens_with_a_history_and_keeps_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = demo(dir.path(), &[]);
    let mails = block_on(async {
        // A browser of its own for each: one client has one session.
        let browser = || client(&first);
        let client = browser();
        let landing = client.get("/").await;
        assert!(
            landing.body.contains("alex@acme.test") && landing.body.contains("Globex"),
            "{}",
            landing.body
        );
        let list =
            "lockkeeper support list --tenant acme --database-url sqlite:lockkeeper-demo/demo.db";
        assert!(landing.body.contains(list), "{}", landing.body);
        let mails = to_users(&client).await;
        for (identifier, password, status) in [
            ("alex@acme.test", "correct horse", 200),
            ("frank@acme.test", "violet ladder", 403),
            ("grace@acme.test", "amber window", 403),
            // Nobody's, but tried as often as frank's three neighbours: silence.
            ("admin@acme.test", "x", 422),
        ] {
            let form =
                [("identifier", identifier), ("password", password), ("strategy", "password")];
            let answer = browser().post_form("/t/acme/v1/client/sign_ins", &form).await;
            assert_eq!(answer.status, status, "{identifier}: {}", answer.body);
        }
        // Ana's colleague is still awaited.
        let ana = browser();
        let form = [
            ("identifier", "ana@lockkeeper.test"),
            ("password", "steady lantern"),
            ("redirect_url", "/console"),
        ];
        assert_eq!(ana.post_form("/t/console/sign-in", &form).await.status, 303);
        let team = ana.get("/console/acme/team").await;
        for words in ["Open invitations", "A link that is handed over", "Made by Ana Ruiz"] {
            assert!(team.body.contains(words), "{words}: {}", team.body);
        }
        let locks = ana.get("/console/acme/locks?kind=staff").await.body;
        let story = locks.split("href=\"/console/acme/locks/user_").nth(1).expect("a lock");
        let story = format!("/console/acme/locks/user_{}", story.split('"').next().unwrap());
        let story = ana.get(&story).await.body;
        assert!(story.contains("Locked by Ana Ruiz"), "{story}");
        let push = client.request(reqwest::Method::POST, "/demo/clock").form(&[("advance", "1h")]);
        let pushed = Client::send(push).await;
        assert_eq!(pushed.status, 303, "{}", pushed.body);
        let form = [
            ("identifier", "frank@acme.test"),
            ("password", "violet ladder"),
            ("strategy", "password"),
        ];
        let later = browser().post_form("/t/acme/v1/client/sign_ins", &form).await;
        assert_eq!(later.status, 200, "the lock has ended on the demo's clock: {}", later.body);
        mails
    });
    let mut to: Vec<&str> = mails.iter().map(|m| m["to"].as_str().unwrap()).collect();
    to.sort_unstable();
    assert_eq!(to, ["frank@acme.test", "frank@acme.test", "omar@globex.test", "omar@globex.test"]);
    let (status, said) = first.terminate(DEADLINE);
    assert!(status.success(), "{said}");

    let listed = ["support", "list", "--json", "--database-url", "sqlite:lockkeeper-demo/demo.db"];
    let listed: Value =
        serde_json::from_slice(&finish(lockkeeper(dir.path(), &listed)).stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");

    let again = demo(dir.path(), &[]);
    let kept = block_on(to_users(&client(&again)));
    assert_eq!(kept, mails, "the second start kept the first one's mails and added none");
    again.kill_now();
}

#[test]
fn an_ephemeral_demo_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = lockkeeper(dir.path(), &["demo", "--listen", "127.0.0.1:0", "--ephemeral"]);
    command.env("TMPDIR", dir.path());
    let server = Server::start(command);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "its folder");
    let (status, said) = server.terminate(DEADLINE);
    assert!(status.success(), "{said}");
    for words in
        ["/t/acme/sign-in", "/mailbox", "alex@acme.test", "correct horse", "kim@globex.test"]
    {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "{said}");
}

#[test]
fn the_demo_refuses_settings_that_it_would_ignore_and_names_the_flag_for_a_taken_port() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (args, words) in [
        (["demo", "--database-url", "sqlite:x.db"], "leave out --database-url"),
        (["demo", "--listen", &address], "with --listen"),
    ] {
        let said = finish(lockkeeper(dir.path(), &args));
        let err = String::from_utf8(said.stderr).unwrap();
        assert!(said.status.code() == Some(1) && err.contains(words), "{err}");
    }
}
