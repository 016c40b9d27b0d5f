//! Two nodes on one PostgreSQL, both guessing at the same users, while one of them is frozen or cut
//! off from the database in the middle of its settles. It may hold the rows that the other needs.
//! Nobody is answered as wrong beyond N, by both together; the other node serves again within five
//! seconds; the lost one, back again, says nothing that is no longer so.
#![cfg(feature = "postgres")]

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;

use super::outage::{RECOVERY, answered};
use crate::harness::children::Deadline;
use crate::harness::client::{Client, block_on, source};
use crate::harness::cluster::PostgresServer;
use crate::harness::island::Island;
use crate::harness::process::{Server, signal};
use crate::harness::waiting::pause;
use crate::kill::ledger::{Attacked, Edited, Findings, Handled, Ledger, Written};
use crate::kill::load::{Scene, sign_in};
use crate::kill::place::{Place, SERVE};
use crate::kill::world::{N, RIGHT, World};
use crate::race::Seen;

/// All but the four that are handled in other ways are attacked, by both nodes; enough of them that
/// guesses are under way for as long as the loss takes.
const USERS: usize = 300;
const FEW_USERS: usize = 120;
/// Who guesses at one node.
const GUESSERS: usize = 6;
/// A node that is cut off answers nobody sooner: the kernel resends for 20 s.
const PATIENCE: Duration = Duration::from_secs(45);

/// How a node is lost.
enum Loss {
    Frozen,
    Cut(Island),
}

/// Two nodes and what is known of their users.
struct Pair {
    world: World,
    loss: Loss,
    lost: Server,
    other: Server,
    /// At the node that gets lost, and at the other.
    at_lost: Scene,
    at_other: Scene,
    attacked: Arc<Vec<Mutex<Attacked>>>,
    _database: PostgresServer,
}

impl Pair {
    fn frozen(users: usize) -> Self {
        let database = PostgresServer::new();
        let world = World::crowded(Place::at(&database.url()), 1, users);
        let lost = world.place.serve();
        Self::of(database, world, Loss::Frozen, lost, source(1))
    }

    fn cut() -> Self {
        let island = Island::new();
        let addresses = format!("127.0.0.1,{}", island.database());
        let database = PostgresServer::listening(&addresses, &[&island.network()]);
        let world = World::crowded(Place::at(&database.url()), 1, USERS);
        let (ours, theirs) = island.callers();
        let (listen, url) = (format!("{theirs}:0"), database.url_at(island.database()));
        let args = [
            "serve",
            "--listen",
            &listen,
            "--metrics-listen",
            "off",
            "--public-url",
            "http://localhost:8080",
            "--mailbox-access",
            "anyone",
            "--database-url",
            &url,
            "--master-key-file",
            "lockkeeper.key",
        ];
        let program = crate::harness::process::lockkeeper(world.place.dir(), &args);
        let lost = Server::start(island.command(&program));
        Self::of(database, world, Loss::Cut(island), lost, ours)
    }

    fn of(
        database: PostgresServer,
        world: World,
        loss: Loss,
        lost: Server,
        caller: IpAddr,
    ) -> Self {
        let other = Server::start(world.place.command(SERVE));
        let patient = |mut scene: Scene| {
            scene.patience = PATIENCE;
            scene
        };
        let at_lost = patient(world.scene_from(lost.base(), caller));
        let at_other = patient(world.scene(other.base()));
        let attacked = world.users_of_this_round()[4..]
            .iter()
            .map(|(name, id)| Attacked {
                id: id.clone(),
                name: name.clone(),
                ..Attacked::default()
            })
            .map(Mutex::new);
        let attacked = Arc::new(attacked.collect());
        Self { world, loss, lost, other, at_lost, at_other, attacked, _database: database }
    }

    fn lose(&self) {
        match &self.loss {
            Loss::Frozen => signal("STOP", self.lost.pid()),
            Loss::Cut(island) => island.cut(),
        }
    }

    fn give_back(&self) {
        match &self.loss {
            Loss::Frozen => signal("CONT", self.lost.pid()),
            Loss::Cut(island) => island.join(),
        }
    }

    /// By name: one whom staff locks while the node is lost, one whom staff unlocks then.
    fn named(&self, number: usize) -> &(String, String) {
        &self.world.users_of_this_round()[number]
    }

    async fn staff(&self, verb: &str, id: &str) {
        let path = format!("/v1/users/{id}/{verb}");
        let answer = Client::send(self.at_other.backend(Method::POST, &path)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// The node is lost for `length`, in mid-settle.
    async fn harm(&self, length: Duration) -> (Duration, Duration) {
        let (to_lock, to_unlock) = (self.named(2), self.named(3));
        self.staff("lock", &to_unlock.1).await;
        // The node that gets lost knows of that lock.
        assert_eq!(self.at_lost.guess(&to_unlock.0, RIGHT).await, Some(Seen::Locked));
        answered(&self.at_lost, 60).await;
        let (lost_at, lost_at_other) = (self.at_lost.diary.now(), self.at_other.diary.now());
        self.lose();
        let changed = async {
            self.staff("lock", &to_lock.1).await;
            self.staff("unlock", &to_unlock.1).await;
        };
        tokio::join!(changed, pause(length));
        self.give_back();
        // What it knew of both is old.
        self.says_at_last(&to_lock.0, Seen::Locked).await;
        self.says_at_last(&to_unlock.0, Seen::SignedIn).await;
        pause(Duration::from_millis(500)).await;
        self.at_lost.end();
        self.at_other.end();
        (lost_at, lost_at_other)
    }

    /// The node that was lost may refuse for a while; what it says then is this and nothing else.
    async fn says_at_last(&self, name: &str, expected: Seen) {
        let deadline = Deadline::after(PATIENCE);
        loop {
            match self.at_lost.guess(name, RIGHT).await {
                Some(said) => return assert_eq!(said, expected, "stale: {name}"),
                None => assert!(!deadline.left().is_zero(), "refuses for ever"),
            }
            pause(Duration::from_millis(50)).await;
        }
    }

    /// The node is lost for `length`; the other one serves again within `bound`.
    fn run(self, length: Duration, bound: Duration, what: &str) {
        let users = self.world.users_of_this_round();
        let signing = sign_in(self.at_other.clone(), users[0].clone());
        let ((lost_at, lost_at_other), signed_in) = block_on(async {
            let mut guessers = tokio::task::JoinSet::new();
            for scene in [&self.at_lost, &self.at_other] {
                for guesser in 0..GUESSERS {
                    let (scene, attacked) = (scene.clone(), Arc::clone(&self.attacked));
                    guessers.spawn(async move { guess_at_each(scene, &attacked, guesser).await });
                }
            }
            let signing = tokio::spawn(signing);
            let times = self.harm(length).await;
            // A guesser that panicked would prove less, silently.
            guessers.join_all().await;
            (times, signing.await.unwrap())
        });
        let (lost, other) = (&self.at_lost.diary, &self.at_other.diary);
        let waited = other.longest_wait(lost_at_other);
        let refused = other.last_refusal(lost_at_other);
        let back = lost.first_answer(lost_at + length).unwrap_or_default();
        let course = format!(
            "{what} for {length:?}: at the other node the longest wait was {waited:.1?}, the last \
             refusal {refused:.1?} after the loss; the lost node refused {} in at most {:.1?} and \
             answered {back:.1?} after its return",
            self.at_lost.refusals.available_permits(),
            lost.slowest_refusal(),
        );
        let handled = Handled { id: users[2].1.clone(), locked: true, unclear: false };
        let edited = Edited { value: self.world.edited(), unclear: false };
        let attacked = self.attacked.iter().map(|user| user.lock().unwrap().clone()).collect();
        let written = Written::default();
        let ledger = Ledger { attacked, signed_in, handled, written, edited };
        let Self { mut world, lost, other, _database, .. } = self;
        let mut findings = Findings::default();
        world.compare(ledger, other.base(), &mut findings);
        drop((lost, other));
        world.compare_mails(&mut findings);
        findings.settle(&course);
        assert!(waited <= bound && refused <= bound, "{course}");
    }
}

/// Wrong passwords for every sixth user in turn, each until the node says that he is locked. Both
/// nodes do so in the same order, so that they meet at the same rows.
async fn guess_at_each(scene: Scene, attacked: &[Mutex<Attacked>], first: usize) {
    for user in attacked.iter().skip(first).step_by(GUESSERS) {
        let name = user.lock().unwrap().name.clone();
        // Counted as unclear until the answer is there, whoever ends the test before that.
        let unclear = |change: i64| user.lock().unwrap().unclear += change;
        loop {
            if scene.is_over() {
                return;
            }
            unclear(1);
            let said = scene.guess(&name, "wrong").await;
            match said {
                Some(Seen::Wrong) => {
                    unclear(-1);
                    user.lock().unwrap().wrong_was_answered();
                }
                Some(Seen::Locked) => {
                    unclear(-1);
                    let mut user = user.lock().unwrap();
                    (user.locked, user.episodes) = (true, 1);
                    break;
                }
                Some(Seen::SignedIn) => panic!("a wrong password signed in"),
                None => pause(Duration::from_millis(50)).await,
            }
        }
    }
}

#[test]
fn a_frozen_node_holds_nobody_up_and_wakes_to_the_present() {
    // Beside all other tests; without the server's time limits it is more than twenty seconds.
    let bound = Duration::from_secs(18);
    Pair::frozen(FEW_USERS).run(Duration::from_secs(4), bound, "a node frozen");
}

#[test]
#[ignore = "`make soak` runs it"]
fn soak_a_node_frozen_in_mid_settle() {
    for seconds in [3, 6, 15, 30] {
        Pair::frozen(USERS).run(Duration::from_secs(seconds), RECOVERY, "a node frozen");
    }
}

#[test]
#[ignore = "`make soak` runs it, as root"]
fn soak_a_node_cut_off_from_the_database_in_mid_settle() {
    for seconds in [3, 10, 40] {
        Pair::cut().run(Duration::from_secs(seconds), RECOVERY, "a node cut off");
    }
}

/// What the report says of a lock that came too early or an answer beyond N holds for two nodes.
#[test]
fn more_wrong_answers_than_n_are_found_out() {
    let mut user = Attacked::default();
    (1..N).for_each(|_| user.wrong_was_answered());
    assert!(user.beyond.is_empty());
    user.wrong_was_answered();
    assert!(user.beyond[0].starts_with("beyond"), "{user:?}");
}
