//! The load of one round: people who guess, sign in, lock, unlock, write and edit until the server
//! is gone or they are told to stop, and who enter into the ledger what a whole answer told them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::{Mutex, Semaphore};

use super::ledger::{Attacked, Edited, Handled, Ledger, SignedIn, Written};
use super::world::{N, RIGHT};
use crate::harness::children::Deadline;
use crate::harness::client::{Answer, Client};
use crate::harness::waiting::pause;
use crate::race::{Seen, seen};

use super::diary::{Diary, Told};

/// How much each of them may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    /// Of one user.
    pub(crate) episodes: usize,
    pub(crate) requests: usize,
    pub(crate) sign_ins: usize,
    pub(crate) staff: usize,
    pub(crate) edits: usize,
}

impl Amount {
    /// As much as the rules allow: mails and presses of a day, requests of one source in an hour,
    /// one page of the list of sessions.
    pub(crate) const MUCH: Self =
        Self { episodes: 3, requests: 8, sign_ins: 400, staff: 200, edits: 50 };
    /// Everything once.
    pub(crate) const ONCE: Self =
        Self { episodes: 1, requests: 1, sign_ins: 1, staff: 1, edits: 1 };
}

const POLICY: &str = "/v1/instance/attack_protection";
/// The number in the policy that is edited: large enough to lock nobody here.
pub(crate) const EDITED: &str = "long_run_limit";

/// Where one round happens.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) client: Client,
    pub(crate) secret_key: String,
    pub(crate) round: usize,
    /// A request without an answer for so long is given up: its node may be frozen.
    pub(crate) patience: Duration,
    /// A permit for each whole answer to a request that writes: whoever waits for many of them
    /// knows when to do harm.
    pub(crate) answers: Arc<Semaphore>,
    /// The like for answers that said 503, or were not there in time.
    pub(crate) refusals: Arc<Semaphore>,
    /// All of them, in the order of their ends.
    pub(crate) diary: Diary,
    pub(crate) over: Arc<AtomicBool>,
    pub(crate) amount: Amount,
    /// How long a mail is waited for.
    pub(crate) mail_patience: Duration,
    /// The mailbox as somebody read it last: everybody waits for mails, one asks.
    mailbox: Arc<Mutex<Vec<Value>>>,
}

/// Why there is nothing to enter.
enum Failed {
    /// No outcome is known: 503, or no answer in time.
    Unclear,
    /// There is no server any more.
    Gone,
}

impl Scene {
    pub(crate) fn new(client: Client, secret_key: &str, round: usize) -> Self {
        Self {
            client,
            secret_key: secret_key.to_owned(),
            round,
            patience: Duration::from_secs(120),
            answers: Arc::new(Semaphore::new(0)),
            refusals: Arc::new(Semaphore::new(0)),
            diary: Diary::default(),
            over: Arc::new(AtomicBool::new(false)),
            amount: Amount::MUCH,
            mail_patience: Duration::from_secs(60),
            mailbox: Arc::default(),
        }
    }

    /// Nobody begins anything any more.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// A request that writes.
    async fn send(&self, request: RequestBuilder) -> Result<Answer, Failed> {
        let began = self.diary.now();
        let answer = Client::try_send(request.timeout(self.patience)).await;
        let refused = || {
            self.diary.enter(began, Told::Refused);
            self.refusals.add_permits(1);
            Err(Failed::Unclear)
        };
        match answer {
            Ok(answer) if answer.status == 503 => {
                assert!(!answer.header("retry-after").is_empty(), "no Retry-After: {answer:?}");
                refused()
            }
            // The node was frozen between the connection and the head: it read nothing, and says so.
            Ok(answer) if answer.status == 408 => refused(),
            Ok(answer) => {
                self.diary.enter(began, Told::Answered);
                self.answers.add_permits(1);
                Ok(answer)
            }
            Err(error) if error.is_timeout() => refused(),
            Err(_) => Err(Failed::Gone),
        }
    }

    /// After an unclear request: until the server says that it is ready, or everything is over.
    async fn until_ready(&self) -> Result<(), Failed> {
        while !self.is_over() {
            let asked = self.client.request(Method::GET, "/readyz").timeout(self.patience);
            match Client::try_send(asked).await {
                Ok(answer) if answer.status == 200 => break,
                Ok(_) => {}
                Err(error) if error.is_timeout() => {}
                Err(_) => return Err(Failed::Gone),
            }
            pause(Duration::from_millis(20)).await;
        }
        // It may be ready to read and not yet to write.
        pause(Duration::from_millis(20)).await;
        Ok(())
    }

    /// One guess; `None` where its outcome is not known.
    pub(crate) async fn guess(&self, name: &str, password: &str) -> Option<Seen> {
        self.send(self.guessing(name, password)).await.ok().map(|answer| seen(&answer))
    }

    pub(crate) fn guessing(&self, name: &str, password: &str) -> RequestBuilder {
        let form = [("identifier", name), ("password", password), ("strategy", "password")];
        let path = "/t/acme/v1/client/sign_ins?_is_native=1";
        self.client.request(Method::POST, path).form(&form)
    }

    pub(crate) fn backend(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, path).bearer_auth(&self.secret_key)
    }

    /// The newest unlock link mailed to `name` once there are `count` mails; `None` when none comes
    /// in time, as with a settle that forgot to write it.
    async fn link(&self, name: &str, count: usize) -> Result<Option<String>, Failed> {
        let deadline = Deadline::after(self.mail_patience);
        while !deadline.left().is_zero() && !self.is_over() {
            let mut mailbox = self.mailbox.lock().await;
            if let Some(link) = newest_link(&mailbox, name, count) {
                return Ok(Some(link));
            }
            let asked = self.client.request(Method::GET, "/mailbox/api/messages");
            match Client::try_send(asked.timeout(self.patience)).await {
                Ok(answer) if answer.status == 200 => {
                    *mailbox = answer.json().as_array().cloned().unwrap();
                }
                Ok(_) => {}
                Err(error) if error.is_timeout() => {}
                Err(_) => return Err(Failed::Gone),
            }
            let found = newest_link(&mailbox, name, count);
            drop(mailbox);
            if found.is_some() {
                return Ok(found);
            }
            pause(Duration::from_millis(5)).await;
        }
        Ok(None)
    }
}

const LINK: &str = "/t/acme/unlock/";

/// An unlock mail to this name. The mail that confirms an unlock has no link.
pub(crate) fn unlocks(mail: &Value, name: &str) -> bool {
    let text = mail["text"].as_str().unwrap();
    mail["to"].to_string().contains(name) && text.contains(LINK)
}

fn newest_link(mailbox: &[Value], name: &str, count: usize) -> Option<String> {
    let of_name = mailbox.iter().filter(|mail| unlocks(mail, name));
    let texts: Vec<_> = of_name.map(|mail| mail["text"].as_str().unwrap()).collect();
    if texts.len() < count {
        return None;
    }
    let start = texts[0].find(LINK)?;
    let link = texts[0].split_at(start).1.split_whitespace().next().unwrap();
    Some(link.to_owned())
}

/// Everybody at once, until the server is gone, it is over, or they have done what they may.
pub(crate) async fn everybody(scene: Scene, users: &[(String, String)], edited: i64) -> Ledger {
    let [signer, handled, attacked @ ..] = users else { panic!("too few users") };
    let attackers: Vec<_> = attacked
        .iter()
        .map(|(name, id)| {
            let user = Attacked { id: id.clone(), name: name.clone(), ..Attacked::default() };
            tokio::spawn(attacked_until_gone(scene.clone(), user))
        })
        .collect();
    let signer = tokio::spawn(sign_in(scene.clone(), signer.clone()));
    let handled = tokio::spawn(handle(scene.clone(), handled.1.clone()));
    let edited = tokio::spawn(edit(scene.clone(), edited));
    let written = tokio::spawn(write(scene));
    let mut ledger = Ledger {
        attacked: Vec::new(),
        signed_in: signer.await.unwrap(),
        handled: handled.await.unwrap(),
        written: written.await.unwrap(),
        edited: edited.await.unwrap(),
    };
    for attacker in attackers {
        ledger.attacked.push(attacker.await.unwrap());
    }
    ledger
}

/// One after the other, as `everybody`: the same requests each time.
pub(crate) async fn in_turn(scene: Scene, users: &[(String, String)], edited: i64) -> Ledger {
    let [signer, handled, attacked @ ..] = users else { panic!("too few users") };
    let mut ledger = Ledger::default();
    for (name, id) in attacked {
        let user = Attacked { id: id.clone(), name: name.clone(), ..Attacked::default() };
        ledger.attacked.push(attacked_until_gone(scene.clone(), user).await);
    }
    ledger.signed_in = sign_in(scene.clone(), signer.clone()).await;
    ledger.handled = handle(scene.clone(), handled.1.clone()).await;
    ledger.written = write(scene.clone()).await;
    ledger.edited = edit(scene, edited).await;
    ledger
}

async fn attacked_until_gone(scene: Scene, mut user: Attacked) -> Attacked {
    let _gone = attack(&scene, &mut user).await;
    user
}

async fn attack(scene: &Scene, user: &mut Attacked) -> Result<(), Failed> {
    while user.episodes < scene.amount.episodes && !scene.is_over() {
        match scene.send(scene.guessing(&user.name, "wrong")).await {
            Ok(answer) => match seen(&answer) {
                Seen::Wrong => user.wrong_was_answered(),
                Seen::Locked => {
                    user.lock_was_answered();
                    if !unlock(scene, user).await? {
                        return Ok(());
                    }
                }
                Seen::SignedIn => panic!("a wrong password signed in"),
            },
            Err(failed) => {
                user.unclear += 1;
                scene.or_ready(failed).await?;
            }
        }
    }
    Ok(())
}

impl Attacked {
    pub(crate) fn wrong_was_answered(&mut self) {
        self.wrong += 1;
        if self.wrong >= N {
            self.beyond.push(format!("beyond N: {self:?}"));
        }
    }

    pub(crate) fn lock_was_answered(&mut self) {
        if self.wrong + 1 + self.unclear < N {
            self.beyond.push(format!("doubled: locked too early: {self:?}"));
        }
        self.locked = true;
        self.episodes += 1;
    }
}

/// By the link in the mail; says whether it was answered.
async fn unlock(scene: &Scene, user: &mut Attacked) -> Result<bool, Failed> {
    let Some(link) = scene.link(&user.name, user.episodes).await? else { return Ok(false) };
    while !scene.is_over() {
        match scene.send(scene.client.request(Method::POST, &link)).await {
            Ok(pressed) if pressed.status == 303 => {
                (user.locked, user.unclear_press, user.wrong) = (false, false, 0);
                return Ok(true);
            }
            Ok(_) => return Ok(false),
            Err(failed) => {
                user.unclear_press = true;
                scene.or_ready(failed).await?;
            }
        }
    }
    Ok(false)
}

impl Scene {
    /// Goes on where there still is a server.
    async fn or_ready(&self, failed: Failed) -> Result<(), Failed> {
        match failed {
            Failed::Gone => Err(Failed::Gone),
            Failed::Unclear => self.until_ready().await,
        }
    }
}

pub(crate) async fn sign_in(scene: Scene, (name, id): (String, String)) -> SignedIn {
    let mut signed_in = SignedIn { id, ..SignedIn::default() };
    while signed_in.sessions.len() < scene.amount.sign_ins && !scene.is_over() {
        match scene.send(scene.guessing(&name, RIGHT)).await {
            Ok(answer) => {
                assert_eq!(seen(&answer), Seen::SignedIn);
                let id =
                    answer.json()["response"]["created_session_id"].as_str().unwrap().to_owned();
                signed_in.sessions.push(id);
            }
            Err(failed) => {
                signed_in.unclear += 1;
                if scene.or_ready(failed).await.is_err() {
                    break;
                }
            }
        }
    }
    signed_in
}

async fn handle(scene: Scene, id: String) -> Handled {
    let mut handled = Handled { id, ..Handled::default() };
    for _ in 0..scene.amount.staff {
        if scene.is_over() {
            break;
        }
        let verb = if handled.locked { "unlock" } else { "lock" };
        let path = format!("/v1/users/{}/{verb}", handled.id);
        let Ok(answer) = scene.send(scene.backend(Method::POST, &path)).await else {
            handled.unclear = true;
            break;
        };
        assert_eq!(answer.status, 200, "{}", answer.body);
        handled.locked = !handled.locked;
    }
    handled
}

async fn edit(scene: Scene, value: i64) -> Edited {
    let mut edited = Edited { value, unclear: false };
    for _ in 0..scene.amount.edits {
        if scene.is_over() {
            break;
        }
        let body = json!({ EDITED: edited.value + 1 });
        let Ok(answer) = scene.send(scene.backend(Method::PATCH, POLICY).json(&body)).await else {
            edited.unclear = true;
            break;
        };
        assert_eq!(answer.status, 200, "{}", answer.body);
        edited.value += 1;
    }
    edited
}

async fn write(scene: Scene) -> Written {
    let mut written = Written::default();
    for number in 0..scene.amount.requests {
        if scene.is_over() {
            break;
        }
        let message = format!("message {number} of round {}", scene.round);
        let form = json!({
            "identifier": format!("writer{number}.{}@acme.test", scene.round),
            "name": "Ana", "subject": "Help", "message": message,
        });
        let path = "/t/acme/v1/client/support_requests?_is_native=1";
        let request = scene.client.request(Method::POST, path).form(&form);
        match scene.send(request).await {
            Ok(answer) => {
                assert_eq!(answer.status, 200, "{}", answer.body);
                let reference = answer.json()["response"]["reference"].as_str().unwrap().to_owned();
                written.filed.push((message, reference));
            }
            Err(failed) => {
                written.unclear.push(message);
                if scene.or_ready(failed).await.is_err() {
                    break;
                }
            }
        }
    }
    written
}
