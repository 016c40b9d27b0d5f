//! `serve`: what it refuses, what it notices, how it stops, and what it answers when the disk is full.

use std::time::Duration;

use super::*;
use crate::harness::client::{Answer, Client, block_on};
use crate::harness::process::Server;
use crate::harness::waiting::until;

const DEADLINE: Duration = Duration::from_secs(60);

pub(super) fn serving(place: &Place, more: &[&str]) -> Server {
    let args = [&["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off"], more].concat();
    Server::start(place.command(&args))
}

/// The public URL, which cookies and origins are checked against.
pub(super) fn base(server: &Server) -> String {
    server.base().replace("127.0.0.1", "localhost")
}

pub(super) async fn attempt(client: &Client, identifier: &str, password: &str) -> Answer {
    let form = [("identifier", identifier), ("password", password), ("strategy", "password")];
    client.post_form("/t/acme/v1/client/sign_ins", &form).await
}

#[test]
fn the_mailbox_is_not_served_to_strangers_unless_that_is_meant() {
    let place = Place::new();
    place
        .run("serve --listen 127.0.0.1:0 --public-url https://login.example.com")
        .refused(1, "mailbox_access");
    place.run("serve --listen 0.0.0.0:0 --public-url http://localhost:8080").refused(1, "smtp_url");
    let server = serving(
        &place,
        &["--public-url", "https://login.example.com", "--mailbox-access", "anyone"],
    );
    let (status, said) = server.terminate(DEADLINE);
    assert!(status.success(), "{said}");
    assert!(said.contains("mailbox"), "no warning in {said}");
}

#[test]
fn a_taken_port_is_told_with_the_flag_that_helps() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    place.args(&["serve", "--listen", &address]).refused(1, "with --listen");
    place
        .args(&["serve", "--listen", "127.0.0.1:0", "--metrics-listen", &address])
        .refused(1, "--metrics-listen");
}

#[test]
fn health_is_asked_over_the_wire() {
    let place = Place::new();
    let server = serving(&place, &[]);
    let address = server.base().replace("http://", "");
    let healthy = async || place.args(&["healthcheck", "--listen", &address]).out == "ready\n";
    block_on(until("the node is ready", healthy));
    drop(server);
    place.args(&["healthcheck", "--listen", &address]).refused(1, "no answer from");
}

#[test]
fn a_running_server_notices_what_commands_change_beside_it() {
    let place = Place::new();
    place.tenant("acme");
    let server = serving(&place, &[]);
    place.user("acme", "alex@acme.test");
    block_on(async {
        let client = || Client::new(&base(&server));
        assert_eq!(attempt(&client(), "alex@acme.test", PASSWORD).await.status, 200);
        place.run("user lock --tenant acme alex@acme.test --json").json();
        // Nothing was published here, so the very next attempt reads the row.
        let locked = attempt(&client(), "alex@acme.test", PASSWORD).await;
        assert_eq!(locked.json()["errors"][0]["code"], "user_locked", "{}", locked.body);
        place.run("user unlock --tenant acme alex@acme.test --json").json();
        let mut answer = locked;
        // A published lock is trusted for one second.
        let end = children::Deadline::after(Duration::from_secs(60));
        while answer.status != 200 && end.left() > Duration::ZERO {
            answer = attempt(&client(), "alex@acme.test", PASSWORD).await;
        }
        assert_eq!(answer.status, 200, "{}", answer.body);
    });
}

#[test]
fn sigterm_under_load_answers_everything_that_was_asked() {
    let place = Place::new();
    place.tenant("acme");
    // However long forty hashes take here.
    let long = ["--shutdown-grace-seconds", "120", "--hash-wait-seconds", "300"];
    let server = serving(&place, &long);
    let url = base(&server);
    let (answers, (status, said)) = block_on(async {
        let mut asking = tokio::task::JoinSet::new();
        let (tell, mut told) = tokio::sync::mpsc::channel::<()>(64);
        for number in 0..40 {
            let (client, tell) = (Client::new(&url), tell.clone());
            asking.spawn(async move {
                // Opens the connection, so that the attempt is on its way once this is told.
                assert_eq!(client.get("/livez").await.status, 200);
                tell.send(()).await.unwrap();
                attempt(&client, &format!("user{number}@acme.test"), "some wrong guess")
                    .await
                    .status
            });
        }
        for _ in 0..40 {
            told.recv().await.unwrap();
        }
        // At least one was answered, the others are in the middle of it.
        let mut answers = vec![asking.join_next().await.unwrap().unwrap()];
        let stopped = tokio::task::spawn_blocking(move || server.terminate(3 * DEADLINE));
        while let Some(answer) = asking.join_next().await {
            answers.push(answer.unwrap());
        }
        (answers, stopped.await.unwrap())
    });
    assert!(status.success(), "{said}");
    assert_eq!(answers, vec![422; 40], "{said}");
}

/// More attempts wait for the one hashing thread than it can do in the time that a stop has.
#[test]
fn who_still_waits_for_a_hash_when_the_server_stops_is_answered_503() {
    const MANY: usize = 300;
    let place = Place::new();
    place.tenant("acme");
    // Three quarters of the grace are for hashing, and at the next whole second after all of it the
    // connections are cut: five seconds are for the refusals. The hashes must outlast their part.
    let slow = ["--hash-memory-kib", "65536", "--hash-iterations", "10"];
    let mut flags = vec!["--hash-threads", "1", "--hash-wait-seconds", "300"];
    flags.extend(slow.into_iter().chain(["--shutdown-grace-seconds", "20"]));
    let server = serving(&place, &flags);
    let url = base(&server);
    let (answers, (status, said)) = block_on(async move {
        let mut asking = tokio::task::JoinSet::new();
        let (tell, mut told) = tokio::sync::mpsc::channel::<()>(MANY);
        for number in 0..MANY {
            let (client, tell) = (Client::new(&url), tell.clone());
            asking.spawn(async move {
                assert_eq!(client.get("/livez").await.status, 200);
                tell.send(()).await.unwrap();
                attempt(&client, &format!("user{number}@acme.test"), "some wrong guess").await
            });
        }
        for _ in 0..MANY {
            told.recv().await.unwrap();
        }
        // By now each worker has read what was sent before this.
        for _ in 0..8 {
            assert_eq!(Client::new(&url).get("/livez").await.status, 200);
        }
        let mut answers = vec![asking.join_next().await.unwrap().unwrap()];
        let stopped = tokio::task::spawn_blocking(move || server.terminate(DEADLINE));
        while let Some(answer) = asking.join_next().await {
            // A connection that is cut panics here.
            answers.push(answer.unwrap());
        }
        (answers, stopped.await.unwrap())
    });
    assert!(status.success(), "{said}");
    assert!(answers.iter().all(|answer| matches!(answer.status, 422 | 503)));
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(!refused.is_empty() && refused.len() < MANY, "{}", refused.len());
    assert!(refused.iter().all(|answer| !answer.header("retry-after").is_empty()));
}

#[test]
fn a_full_database_answers_503_and_checks_nothing_that_it_cannot_count() {
    let place = Place::new();
    place.tenant("acme");
    place.user("acme", "alex@acme.test");
    // SQLite takes a bound below the present size as that size: no page more.
    let server = serving(&place, &["--database-url", "sqlite:lockkeeper.db?max_page_count=1"]);
    block_on(async {
        let client = || Client::new(&base(&server));
        let mut answers = Vec::new();
        for number in 0..400 {
            let answer = attempt(&client(), &format!("user{number}@acme.test"), "wrong").await;
            answers.push(answer.status);
            if answers.iter().filter(|status| **status == 503).count() > 5 {
                break;
            }
        }
        assert!(answers.iter().all(|status| matches!(status, 422 | 503)), "{answers:?}");
        assert!(answers.contains(&503), "the database never was full");
        for password in [PASSWORD, "wrong", PASSWORD] {
            let answer = attempt(&client(), "alex@acme.test", password).await;
            assert_eq!(answer.status, 503, "{}", answer.body);
            assert!(!answer.header("retry-after").is_empty());
            assert!(answer.set_cookies().is_empty() && !answer.body.contains("sess_"));
        }
        assert_eq!(client().get("/livez").await.status, 200);
    });
    let (status, said) = server.terminate(DEADLINE);
    assert!(status.success(), "{said}");
}
