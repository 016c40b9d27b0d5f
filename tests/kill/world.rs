//! One database with its users, the servers that are started on it and killed, and the comparison
//! of each round's ledger after the restart.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lockkeeper::app::Plan;
use lockkeeper::lockout::{LockLength, Policy, Preset};
use lockkeeper::model::{Millis, Span};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::store::outbox::OutboxKind;
use lockkeeper::token::MasterKeys;
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::ledger::{Findings, Ledger, Now};
use super::load::{Scene, everybody, is_to};
use crate::harness::app::{TestApp, TestPlan};
use crate::harness::children::Deadline;
use crate::harness::client::{Answer, Client, block_on, source};
use crate::harness::clock::{FakeClock, NOON};
use crate::harness::process::{Server, finish, lockkeeper};

/// Failures that lock.
pub(super) const N: i64 = 5;
pub(super) const RIGHT: &str = "correct horse battery";
/// One signs in, one is handled by staff, the rest are attacked.
const USERS_OF_A_ROUND: usize = 8;
/// The server dies after at most so many whole answers of a round.
const MOST_ANSWERS: u64 = 150;

pub(super) struct World {
    dir: TempDir,
    secret_key: String,
    users: Vec<(String, String)>,
    ledgers: Vec<Ledger>,
}

pub(super) fn database(dir: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite {
        path: dir.join("lockkeeper.db").display().to_string(),
        max_page_count: None,
    }
}

impl World {
    /// A database with everybody in it; passwords are hashed cheaply, so that the disk is what a
    /// round waits for.
    pub(super) fn new(rounds: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let app = app_on(dir.path(), NOON);
        let policy = Policy {
            max_attempts: N,
            // Longer than any round: a lock ends by a press or not at all.
            minimum_duration: LockLength::For(Span::HOUR),
            maximum_duration: LockLength::For(Span::HOUR),
            unlocks_per_day: 100,
            ..Preset::Balanced.policy()
        };
        let acme = app.tenant("acme", Some(policy));
        let users = (0..rounds * USERS_OF_A_ROUND)
            .map(|number| {
                let name = format!("u{number}x@acme.test");
                let id = app.user(&acme, &name, RIGHT).record.user.id.to_string();
                (name, id)
            })
            .collect();
        app.stop();
        Self { dir, secret_key: acme.secret_key, users, ledgers: Vec::new() }
    }

    /// The real program on the database in `dir`.
    pub(super) fn program(dir: &Path) -> Server {
        let mut command = lockkeeper(dir, &["serve", "--listen", "127.0.0.1:0"]);
        command.args(["--database-url", "sqlite:lockkeeper.db", "--metrics-listen", "off"]);
        Server::start(command)
    }

    fn scene(&self, server: &Server, round: usize) -> Scene {
        let base = server.base().replace("127.0.0.1", "localhost");
        // A source of its own: what one source may file in an hour is limited.
        let client = Client::from_source(&base, source(u8::try_from(round % 200 + 1).unwrap()));
        let answers = Arc::new(Semaphore::new(0));
        Scene { client, secret_key: self.secret_key.clone(), round, answers }
    }

    /// Starts a server, kills it at a random moment under load, starts it again and compares.
    pub(super) fn round(&mut self, start: impl Fn(&Path) -> Server, findings: &mut Findings) {
        let round = self.ledgers.len();
        let dir: PathBuf = self.dir.path().to_owned();
        let users = &self.users[round * USERS_OF_A_ROUND..(round + 1) * USERS_OF_A_ROUND];
        let server = start(&dir);
        let scene = self.scene(&server, round);
        let chance = RandomState::new().hash_one(round);
        let ledger = block_on(async {
            let load = everybody(scene.clone(), users);
            let killer = async {
                let answers = u32::try_from(1 + chance % MOST_ANSWERS).unwrap();
                // Ends early where everybody has done what they may.
                let enough = scene.answers.acquire_many(answers);
                let _met = tokio::time::timeout(Duration::from_secs(20), enough).await;
                // Between two answers, at any point of a settle.
                let instant = Duration::from_micros(chance / MOST_ANSWERS % 8_000);
                let _passed = tokio::time::timeout(instant, std::future::pending::<()>()).await;
                tokio::task::spawn_blocking(move || server.kill_now()).await.unwrap();
            };
            tokio::join!(load, killer).0
        });
        let server = start(&dir);
        let scene = self.scene(&server, round);
        let now = block_on(now(&scene, &ledger, &dir));
        ledger.compare(&now, findings);
        server.kill_now();
        self.ledgers.push(ledger);
    }

    /// Lets every mail go out that is still waiting, claims of killed servers included, and
    /// compares what arrived with all ledgers.
    pub(super) fn compare_mails(self, findings: &mut Findings) {
        let newest = newest_instant(self.dir.path());
        let app = app_on(self.dir.path(), newest.after(Span::MINUTE.times(5)));
        let deadline = Deadline::after(Duration::from_secs(30));
        let mails = block_on(async {
            while app.store.reader().next_due(OutboxKind::Mail).await.unwrap().is_some() {
                assert!(!deadline.left().is_zero(), "mails wait for ever");
                tokio::task::yield_now().await;
            }
            app.client().get("/mailbox/api/messages").await.json()
        });
        let mails = mails.as_array().unwrap();
        let sent = |name: &str| mails.iter().filter(|mail| is_to(mail, name)).count();
        for ledger in &self.ledgers {
            ledger.compare_mails(sent, findings);
        }
        // The application goes before its database.
        app.stop();
    }
}

fn app_on(dir: &Path, now: Millis) -> TestApp {
    let keys = MasterKeys::load_or_create(&dir.join("lockkeeper.key")).unwrap();
    let change = move |plan: &mut Plan| plan.keys = Arc::new(keys);
    let plan = TestPlan { database: Some(database(dir)), change: Box::new(change) };
    TestApp::with_clock(plan, FakeClock::starting_at(now))
}

/// The machine's time, as the servers of this world had it: files say it without asking a clock.
fn newest_instant(dir: &Path) -> Millis {
    let modified = std::fs::metadata(dir.join("lockkeeper.db-wal"))
        .or_else(|_| std::fs::metadata(dir.join("lockkeeper.db")))
        .and_then(|file| file.modified())
        .unwrap();
    let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
    Millis(i64::try_from(since.as_millis()).unwrap())
}

async fn now(scene: &Scene, ledger: &Ledger, dir: &Path) -> Now {
    let get = async |path: String| -> Value {
        let answer: Answer = Client::send(scene.backend(Method::GET, &path)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    };
    let mut users = HashMap::new();
    let attacked = ledger.attacked.iter().map(|user| &user.id);
    for id in attacked.chain([&ledger.handled.id]) {
        users.insert(id.clone(), get(format!("/v1/users/{id}")).await);
    }
    let path = format!("/v1/sessions?limit=500&user_id={}", ledger.signed_in.id);
    let sessions = get(path).await.as_array().cloned().unwrap();
    let dir = dir.to_owned();
    let listed = tokio::task::spawn_blocking(move || {
        let command = ["support", "list", "--json", "--database-url", "sqlite:lockkeeper.db"];
        finish(lockkeeper(&dir, &command))
    });
    let listed = listed.await.unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let requests: Value = serde_json::from_slice(&listed.stdout).unwrap();
    Now { users, sessions, requests: requests.as_array().cloned().unwrap() }
}
