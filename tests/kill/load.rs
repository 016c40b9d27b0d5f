//! The load of one round: people who guess, sign in, lock, unlock and write until the server is
//! gone, and who enter into the ledger what a whole answer told them.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tokio::sync::Semaphore;

use super::ledger::{Attacked, Cut, Handled, Ledger, SignedIn, Written};
use crate::harness::children::Deadline;
use crate::harness::client::{Answer, Client};
use crate::race::{Seen, seen};

/// Episodes of one user: within the mails and presses of a day.
const EPISODES: usize = 3;
/// Contact requests of a round: within what one source may file.
const REQUESTS: usize = 8;

/// Where one round happens.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) client: Client,
    pub(super) secret_key: String,
    pub(super) round: usize,
    /// A permit for each whole answer: whoever waits for many of them knows when to kill.
    pub(super) answers: Arc<Semaphore>,
}

/// The server is gone, or did not know the outcome itself.
struct Gone;

impl Scene {
    async fn send(&self, request: RequestBuilder) -> Result<Answer, Gone> {
        let answer = Client::try_send(request).await.map_err(|_| Gone)?;
        self.answers.add_permits(1);
        // Told to be unclear: nothing that could be entered, so the request counts as cut off.
        if answer.status == 503 { Err(Gone) } else { Ok(answer) }
    }

    async fn guess(&self, name: &str, password: &str) -> Result<Answer, Gone> {
        let form = [("identifier", name), ("password", password), ("strategy", "password")];
        let path = "/t/acme/v1/client/sign_ins?_is_native=1";
        self.send(self.client.request(Method::POST, path).form(&form)).await
    }

    pub(super) fn backend(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, path).bearer_auth(&self.secret_key)
    }

    /// The newest unlock link mailed to `name` once there are `count` mails; `None` when none comes
    /// in time, as with a settle that forgot to write it.
    async fn link(&self, name: &str, count: usize) -> Result<Option<String>, Gone> {
        let deadline = Deadline::after(Duration::from_secs(10));
        while !deadline.left().is_zero() {
            let answer =
                self.send(self.client.request(Method::GET, "/mailbox/api/messages")).await?;
            let mails = answer.json();
            let of_name = mails.as_array().unwrap().iter().filter(|mail| is_to(mail, name));
            let texts: Vec<_> = of_name.map(|mail| mail["text"].as_str().unwrap()).collect();
            if texts.len() >= count {
                let start = texts[0].find("/t/acme/unlock/").expect("a link in the mail");
                let link = texts[0].split_at(start).1.split_whitespace().next().unwrap();
                return Ok(Some(link.to_owned()));
            }
        }
        Ok(None)
    }
}

pub(super) fn is_to(mail: &serde_json::Value, name: &str) -> bool {
    mail["to"].to_string().contains(name)
}

/// Everybody at once, until the server is gone or they have done what they may.
pub(super) async fn everybody(scene: Scene, users: &[(String, String)]) -> Ledger {
    let [signer, handled, attacked @ ..] = users else { panic!("too few users") };
    let attackers: Vec<_> = attacked
        .iter()
        .map(|(name, id)| {
            let user = Attacked {
                id: id.clone(),
                name: name.clone(),
                wrong: 0,
                locked: false,
                episodes: 0,
                cut: None,
            };
            tokio::spawn(attack(scene.clone(), user))
        })
        .collect();
    let signer = tokio::spawn(sign_in(scene.clone(), signer.clone()));
    let handled = tokio::spawn(handle(scene.clone(), handled.1.clone()));
    let written = tokio::spawn(write(scene));
    let mut ledger = Ledger {
        attacked: Vec::new(),
        signed_in: signer.await.unwrap(),
        handled: handled.await.unwrap(),
        written: written.await.unwrap(),
    };
    for attacker in attackers {
        ledger.attacked.push(attacker.await.unwrap());
    }
    ledger
}

async fn attack(scene: Scene, mut user: Attacked) -> Attacked {
    while user.episodes < EPISODES {
        user.cut = Some(Cut::Guess);
        let Ok(answer) = scene.guess(&user.name, "wrong").await else { return user };
        user.cut = None;
        match seen(&answer) {
            Seen::Wrong => user.wrong += 1,
            Seen::Locked => {
                user.locked = true;
                user.episodes += 1;
                let Ok(Some(link)) = scene.link(&user.name, user.episodes).await else {
                    return user;
                };
                user.cut = Some(Cut::Press);
                let press = scene.send(scene.client.request(Method::POST, &link)).await;
                let Ok(pressed) = press else { return user };
                user.cut = None;
                if pressed.status != 303 {
                    return user;
                }
                (user.locked, user.wrong) = (false, 0);
            }
            Seen::SignedIn => panic!("a wrong password signed in"),
        }
    }
    user
}

async fn sign_in(scene: Scene, (name, id): (String, String)) -> SignedIn {
    let mut signed_in = SignedIn { id, ..SignedIn::default() };
    while signed_in.sessions.len() < 400 {
        signed_in.cut = true;
        let Ok(answer) = scene.guess(&name, super::world::RIGHT).await else { return signed_in };
        signed_in.cut = false;
        assert_eq!(seen(&answer), Seen::SignedIn);
        let id = answer.json()["response"]["created_session_id"].as_str().unwrap().to_owned();
        signed_in.sessions.push(id);
    }
    signed_in
}

async fn handle(scene: Scene, id: String) -> Handled {
    let mut handled = Handled { id, ..Handled::default() };
    for _ in 0..200 {
        let verb = if handled.locked { "unlock" } else { "lock" };
        handled.cut = true;
        let path = format!("/v1/users/{}/{verb}", handled.id);
        let Ok(answer) = scene.send(scene.backend(Method::POST, &path)).await else {
            return handled;
        };
        assert_eq!(answer.status, 200, "{}", answer.body);
        handled.cut = false;
        handled.locked = !handled.locked;
    }
    handled
}

async fn write(scene: Scene) -> Written {
    let mut written = Written::default();
    for number in 0..REQUESTS {
        let message = format!("message {number} of round {}", scene.round);
        written.cut = Some(message.clone());
        let form = json!({
            "identifier": format!("writer{number}.{}@acme.test", scene.round),
            "name": "Ana", "subject": "Help", "message": message,
        });
        let path = "/t/acme/v1/client/support_requests?_is_native=1";
        let request = scene.client.request(Method::POST, path).form(&form);
        let Ok(answer) = scene.send(request).await else { return written };
        assert_eq!(answer.status, 200, "{}", answer.body);
        written.cut = None;
        let reference = answer.json()["response"]["reference"].as_str().unwrap().to_owned();
        written.filed.push((message, reference));
    }
    written
}
