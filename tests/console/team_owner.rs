//! The last owner locks like anyone and always keeps a way back: the mail, and `user unlock` at the
//! machine.

use lockkeeper::store::team::Role;
use reqwest::Method;
use serde_json::Value;

use super::team::PATH;
use super::{Office, PASSWORD, Worker, assert_page, assert_sent};
use crate::cli::Place;
use crate::frontend_api::codes::mailed;
use crate::harness::client::{Answer, Client, block_on};
use crate::harness::process::Server;

const ANA: &str = "ana@lockkeeper.test";
const SUBJECT: &str = "Unlock your Lockkeeper account";

async fn try_in(worker: &Worker, password: &str) -> Answer {
    let form = [("identifier", ANA), ("password", password), ("redirect_url", "/console")];
    let request = worker.client.request(Method::POST, "/t/console/sign-in").form(&form);
    Client::send(request.header("origin", &worker.origin)).await
}

/// Wrong guesses until the account is locked.
async fn lock(stranger: &Worker) {
    for _ in 0..20 {
        let answer = try_in(stranger, "a wrong guess").await;
        if answer.status == 403 {
            return;
        }
        assert_eq!(answer.status, 422, "{}", answer.body);
    }
    panic!("never locked");
}

fn link_in(mail: &Value, base: &str) -> String {
    let text = mail["text"].as_str().unwrap();
    let link = text.lines().find(|line| line.contains("/t/console/unlock/")).unwrap();
    link.trim().strip_prefix(base).unwrap().to_owned()
}

#[test]
fn the_last_owner_comes_back_by_the_unlock_mail() {
    let office = Office::open();
    let _session = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        lock(&office.visitor()).await;
        let ana = office.visitor();
        assert_eq!(try_in(&ana, PASSWORD).await.status, 403, "like anyone");
        let mail = mailed(&office.app.client(), ANA, SUBJECT).await;
        let link = link_in(&mail, &office.app.base());
        assert_eq!(ana.client.get(&link).await.status, 200);
        assert_eq!(try_in(&ana, PASSWORD).await.status, 403, "looking changes nothing");
        let press = ana.client.request(Method::POST, &link).form::<[(&str, &str)]>(&[]);
        let press = press.header("origin", &ana.origin).header("sec-fetch-site", "same-origin");
        let pressed = Client::send(press).await;
        assert!(matches!(pressed.status, 200 | 303), "{}: {}", pressed.status, pressed.body);
        assert_sent(&try_in(&ana, PASSWORD).await, "/console");
        assert_page(&ana.get(PATH).await, 200, &["ana, owner"]);
    });
}

/// A browser at the real program.
fn browser(server: &Server) -> Worker {
    let base = server.base().replace("127.0.0.1", "localhost");
    Worker { client: Client::new(&base), origin: base, token: String::new() }
}

#[test]
fn the_last_owner_comes_back_by_the_machine() {
    let place = Place::new();
    place.tenant("acme");
    let made = place.run("team link --tenant acme --json").json();
    let link = made["link"].as_str().unwrap();
    let secret = link.rsplit('/').next().unwrap().to_owned();
    let args = ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off"];
    let server = Server::start(place.command(&args));
    block_on(async {
        let form = [("name", "Ana"), ("identifier", ANA), ("password", PASSWORD)];
        let joined = browser(&server).post_bare(&format!("/console/welcome/{secret}"), &form).await;
        assert_eq!(joined.status, 303, "{}", joined.body);
        lock(&browser(&server)).await;
        let ana = browser(&server);
        assert_eq!(try_in(&ana, PASSWORD).await.status, 403);
        place.run(&format!("user unlock --tenant console {ANA} --json")).json();
        let mut answer = try_in(&ana, PASSWORD).await;
        // A published lock is trusted for one second.
        let end = crate::harness::children::Deadline::after(std::time::Duration::from_secs(60));
        while answer.status != 303 && end.left() > std::time::Duration::ZERO {
            answer = try_in(&ana, PASSWORD).await;
        }
        assert_sent(&answer, "/console");
        assert_page(&ana.get(PATH).await, 200, &["Ana, owner"]);
    });
}
