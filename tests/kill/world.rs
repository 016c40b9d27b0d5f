//! One database with its users, the servers that are started on it and harmed, and the comparison
//! of each round's ledger with what a server says afterwards.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lockkeeper::app::Plan;
use lockkeeper::credential::Password;
use lockkeeper::lockout::{LockLength, Policy, Preset};
use lockkeeper::model::{Identifier, Millis, Span};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::store::outbox::OutboxKind;
use lockkeeper::tenant::NewUserForm;
use lockkeeper::token::MasterKeys;
use reqwest::Method;
use serde_json::Value;

use super::ledger::{Findings, Ledger, Now};
use super::load::{Amount, EDITED, Scene, everybody, in_turn, unlocks};
use super::place::{Place, machine_now};
use crate::harness::app::{TestApp, TestPlan, TestTenant};
use crate::harness::children::Deadline;
use crate::harness::client::{Answer, Client, block_on, source};
use crate::harness::clock::{FakeClock, NOON};
use crate::harness::process::{Server, finish};
use crate::harness::waiting::pause;

/// Failures that lock.
pub(crate) const N: i64 = 5;
pub(crate) const RIGHT: &str = "correct horse battery";
/// One signs in, one is handled by staff, the rest are attacked.
pub(crate) const USERS_OF_A_ROUND: usize = 8;
/// The server dies after at most so many whole answers of a round.
const MOST_ANSWERS: u64 = 150;
/// Where the number in the policy begins.
const EDITED_FROM: i64 = 1000;

pub(crate) struct World {
    pub(crate) place: Place,
    secret_key: String,
    users: Vec<(String, String)>,
    users_of_a_round: usize,
    ledgers: Vec<Ledger>,
}

impl World {
    /// A database with everybody in it; passwords are hashed cheaply, so that the disk is what a
    /// round waits for.
    pub(crate) fn new(place: Place, rounds: usize) -> Self {
        Self::crowded(place, rounds, USERS_OF_A_ROUND)
    }

    /// With so many users in each round: all but two are attacked, so more of them last longer.
    pub(crate) fn crowded(place: Place, rounds: usize, users_of_a_round: usize) -> Self {
        let app = app_on(&place, NOON);
        let policy = Policy {
            max_attempts: N,
            // Longer than any round: a lock ends by a press or not at all.
            minimum_duration: LockLength::For(Span::HOUR),
            maximum_duration: LockLength::For(Span::HOUR),
            unlocks_per_day: 100,
            long_run_limit: EDITED_FROM,
            ..Preset::Balanced.policy()
        };
        let acme = app.tenant("acme", Some(policy));
        let users = users(&app, &acme, rounds * users_of_a_round);
        app.stop();
        Self { place, secret_key: acme.secret_key, users, users_of_a_round, ledgers: Vec::new() }
    }

    /// The real program here.
    pub(crate) fn program(place: &Place) -> Server {
        place.serve()
    }

    /// The next round's scene at the server that answers at `base`.
    pub(crate) fn scene(&self, base: &str) -> Scene {
        let round = self.ledgers.len();
        // A source of its own: what one source may file in an hour is limited.
        self.scene_from(base, source(u8::try_from(round % 200 + 1).unwrap()))
    }

    /// The same for callers at an address of ours.
    pub(crate) fn scene_from(&self, base: &str, caller: IpAddr) -> Scene {
        let base = base.replace("127.0.0.1", "localhost");
        Scene::new(Client::from_source(&base, caller), &self.secret_key, self.ledgers.len())
    }

    /// Names and ids of the next round's users: the first signs in, the second is handled by staff.
    pub(crate) fn users_of_this_round(&self) -> &[(String, String)] {
        let first = self.ledgers.len() * self.users_of_a_round;
        &self.users[first..first + self.users_of_a_round]
    }

    /// Starts a server, kills it at a random moment under load, starts it again and compares.
    pub(crate) fn round(&mut self, start: impl Fn(&Place) -> Server, findings: &mut Findings) {
        let server = start(&self.place);
        let scene = self.scene(server.base());
        let chance = RandomState::new().hash_one(scene.round);
        let ledger = self.load(&scene, async {
            let answers = u32::try_from(1 + chance % MOST_ANSWERS).unwrap();
            // Ends early where everybody has done what they may.
            let enough = scene.answers.acquire_many(answers);
            let _met = tokio::time::timeout(Duration::from_secs(20), enough).await;
            // Between two answers, at any point of a settle.
            pause(Duration::from_micros(chance / MOST_ANSWERS % 8_000)).await;
            tokio::task::spawn_blocking(move || server.kill_now()).await.unwrap();
        });
        let server = start(&self.place);
        self.compare(ledger, server.base(), findings);
        server.kill_now();
    }

    /// Everybody at work while `harm` is done; the ledger that comes of it.
    pub(crate) fn load(&self, scene: &Scene, harm: impl Future<Output = ()>) -> Ledger {
        block_on(async {
            let load = everybody(scene.clone(), self.users_of_this_round(), self.edited());
            tokio::join!(load, harm).0
        })
    }

    /// Everything once, one request after the other.
    pub(crate) fn in_turn(&self, scene: &Scene) -> Ledger {
        let mut scene = scene.clone();
        scene.amount = Amount::ONCE;
        block_on(in_turn(scene, self.users_of_this_round(), self.edited()))
    }

    /// The number in the policy as it is known.
    pub(crate) fn edited(&self) -> i64 {
        self.ledgers.last().map_or(EDITED_FROM, |ledger| ledger.edited.value)
    }

    /// Compares a round's ledger with what the server at `base` says now, and ends the round.
    pub(crate) fn compare(&mut self, ledger: Ledger, base: &str, findings: &mut Findings) {
        let scene = self.scene(base);
        let mut now = block_on(now(&scene, &ledger, &self.place));
        let mut ledger = ledger;
        ledger.compare(&now, findings);
        // What is known now is where the next round begins.
        ledger.edited.value = std::mem::take(&mut now.edited);
        ledger.edited.unclear = false;
        self.ledgers.push(ledger);
    }

    /// Compares with what a copy of the database has, opened by an application of its own.
    pub(crate) fn compare_copy(&self, copy: Place, ledger: &Ledger, findings: &mut Findings) {
        let app = app_on(&copy, machine_now());
        let scene = self.scene(&app.base());
        ledger.compare(&block_on(now(&scene, ledger, &copy)), findings);
        app.stop();
    }

    /// Lets every mail go out that is still waiting, claims of killed servers included, and
    /// compares what arrived with all ledgers.
    pub(crate) fn compare_mails(self, findings: &mut Findings) {
        let app = app_on(&self.place, machine_now().after(Span::MINUTE.times(5)));
        let deadline = Deadline::after(Duration::from_secs(300));
        let mails = block_on(async {
            while app.store.reader().next_due(OutboxKind::Mail).await.unwrap().is_some() {
                assert!(!deadline.left().is_zero(), "mails wait for ever");
                tokio::task::yield_now().await;
            }
            app.client().get("/mailbox/api/messages").await.json()
        });
        let mails = mails.as_array().unwrap();
        let sent = |name: &str| mails.iter().filter(|mail| unlocks(mail, name)).count();
        for ledger in &self.ledgers {
            ledger.compare_mails(sent, findings);
        }
        // The application goes before its database.
        app.stop();
    }
}

/// `SQLite` of a directory, as servers of the test process name it.
pub(super) fn database(dir: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite {
        path: dir.join("lockkeeper.db").display().to_string(),
        max_page_count: None,
    }
}

fn users(app: &TestApp, acme: &TestTenant, count: usize) -> Vec<(String, String)> {
    block_on(async {
        let mut making = tokio::task::JoinSet::new();
        for number in 0..count {
            let name = format!("u{number}x@acme.test");
            let form = NewUserForm {
                identifiers: vec![Identifier::parse(&name).unwrap()],
                password: Some(Password::parse(RIGHT).unwrap()),
                ..NewUserForm::default()
            };
            let (tenants, profile) = (app.tenants.clone(), Arc::clone(&acme.profile));
            making.spawn(async move {
                let card = tenants.create_user(&profile, form, "test").await.unwrap();
                (number, name, card.record.user.id.to_string())
            });
        }
        let mut made = making.join_all().await;
        made.sort_by_key(|(number, _, _)| *number);
        made.into_iter().map(|(_, name, id)| (name, id)).collect()
    })
}

fn app_on(place: &Place, now: Millis) -> TestApp {
    let keys = MasterKeys::load_or_create(&place.dir().join("lockkeeper.key")).unwrap();
    let change = move |plan: &mut Plan| plan.keys = Arc::new(keys);
    let plan = TestPlan { database: Some(place.database()), change: Box::new(change) };
    TestApp::with_clock(plan, FakeClock::starting_at(now))
}

async fn now(scene: &Scene, ledger: &Ledger, place: &Place) -> Now {
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
    let policy = get("/v1/instance/attack_protection".to_owned()).await;
    let command = place.command(&["support", "list", "--json"]);
    let listed = tokio::task::spawn_blocking(move || finish(command)).await.unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let requests: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let requests = requests.as_array().cloned().unwrap();
    Now { users, sessions, requests, edited: policy[EDITED].as_i64().unwrap() }
}
