//! A simulated world: its nodes, its database, its tasks, the oracle that watches; and the ids that
//! follow from its seed. Who moves next is `scheduler`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockkeeper::lockout::Policy;
use lockkeeper::model::{AttemptId, ClientId, Millis, OneTimeCodeId, SessionId, SignInId, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::notices::Notice;
use lockkeeper::tenant::actor::LearnChanged;

use super::attempt::Attempt;
use super::courier::Courier;
use super::defects::Defect;
use super::dice::Dice;
use super::facts::Fact;
use super::image::{Image, Person};
use super::names::{self, Edits, NAMES, START};
use super::node::{Body, Letter, Node, Reply};
use super::office::Office;
use super::oracle::{Oracle, Wrong};
use super::report::{Check, Found, Telling, Trace};

/// Something that goes on at a node and dies with it.
pub(crate) struct Task {
    pub(crate) node: usize,
    pub(crate) kind: Kind,
    pub(crate) reply: Option<Reply>,
    /// Something went wrong that excuses "unavailable".
    pub(crate) fault: bool,
}

pub(crate) enum Kind {
    Attempt(Box<Attempt>),
    Office(Box<Office>),
    Courier(Box<Courier>),
}

pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) trace: Trace,
    pub(crate) step: u64,
    pub(crate) found: Option<Found>,
    pub(crate) defect: Option<Defect>,
    /// True time in milliseconds, which nobody can read.
    pub(crate) now: i64,
    pub(crate) postgres: bool,
    pub(crate) db_skew: i64,
    pub(crate) db_down_until: i64,
    /// When an unclear commit was last asked again, in true time: a lock that was answered then is
    /// published as new, although it may have been lifted meanwhile.
    /// Some clock was set since the world began.
    pub(crate) jumped: bool,
    /// No more faults and no new work: everything comes to rest.
    pub(crate) calm: bool,
    pub(crate) edits: Edits,
    pub(crate) first_policy: Arc<Policy>,
    pub(crate) image: Image,
    /// Defect `AnsweredBeforeSync`: what the disk holds.
    pub(crate) before_sync: Option<Image>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) tasks: BTreeMap<u64, Task>,
    pub(crate) notices: Vec<(usize, Notice)>,
    pub(crate) oracle: Oracle,
    /// How often each mail was taken by the mail server.
    pub(crate) delivered: BTreeMap<String, u32>,
    /// What was tried, what came of it, and how often.
    pub(crate) tally: BTreeMap<(&'static str, &'static str), u64>,
    pub(crate) rows_named: u64,
    pub(crate) next: u64,
}

impl World {
    pub(crate) fn new(seed: u64, defect: Option<Defect>, telling: Telling) -> Self {
        let mut dice = Dice::new(seed);
        let edits = if dice.permille(700) { Edits::KeepN } else { Edits::MoveN };
        let policy = Arc::new(names::policy(&mut dice, None));
        let postgres = dice.permille(700);
        let count = if postgres { 1 + dice.below(3) } else { 1 };
        let now = START.0;
        let nodes = (0..count)
            .map(|n| {
                let skew = if postgres { dice.between(-400, 400) } else { 0 };
                Node::start(format!("node{n}"), 0, skew, now, 0)
            })
            .collect();
        let image = Image { policies: vec![Arc::clone(&policy)], ..Image::default() };
        let mut world = Self {
            dice,
            trace: Trace::new(telling),
            step: 0,
            found: None,
            defect,
            now,
            postgres,
            db_skew: 0,
            db_down_until: 0,
            jumped: false,
            calm: false,
            edits,
            first_policy: Arc::clone(&policy),
            image,
            before_sync: None,
            nodes,
            tasks: BTreeMap::new(),
            notices: Vec::new(),
            oracle: Oracle::new(edits, policy),
            delivered: BTreeMap::new(),
            tally: BTreeMap::new(),
            rows_named: 0,
            next: 0,
        };
        world.settle_in();
        world.trace.say(|| format!("{count} nodes, postgres {postgres}, {edits:?}"));
        world
    }

    /// The users that a world begins with: one with two names, one with one. The other names are
    /// nobody's yet.
    fn settle_in(&mut self) {
        for keys in [vec![0, 1], vec![2]] {
            let (user, password) = (self.user_id(), self.number());
            let keys: Vec<_> = keys.into_iter().map(|n: usize| NAMES.keys[n].clone()).collect();
            for key in &keys {
                self.image.keys.insert(key.clone(), user.clone());
            }
            let factors = self.some_factors();
            let person = Person {
                credential_version: 1,
                banned: false,
                password,
                mailed: true,
                factors: factors.clone(),
            };
            self.image.users.insert(user.clone(), person);
            self.tell_oracle(&Fact::SignedUp { user, keys, password, factors });
        }
    }

    fn tell_oracle(&mut self, fact: &Fact) {
        let told = self.oracle.take(fact, self.now);
        self.judge(told);
    }

    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// The clock that decides: the database's, or on SQLite the process's.
    pub(crate) fn db_now(&self, node: usize) -> Millis {
        let skew = if self.postgres { self.db_skew } else { self.nodes[node].skew };
        Millis(self.now + skew)
    }

    pub(crate) fn wall(&self, node: usize) -> Millis {
        Millis(self.now + self.nodes[node].skew)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
    pub(crate) fn attempt_id(&mut self) -> AttemptId {
        AttemptId::from_stored(format!("att_{:06}", self.number()))
    }
    pub(crate) fn session_id(&mut self) -> SessionId {
        SessionId::from_stored(format!("sess_{:06}", self.number()))
    }
    pub(crate) fn sign_in_id(&mut self) -> SignInId {
        SignInId::from_stored(format!("sia_{:06}", self.number()))
    }
    pub(crate) fn client_id(&mut self) -> ClientId {
        ClientId::from_stored(format!("client_{:06}", self.number()))
    }
    pub(crate) fn user_id(&mut self) -> UserId {
        UserId::from_stored(format!("user_{:06}", self.number()))
    }

    pub(crate) fn code_id(&mut self) -> OneTimeCodeId {
        OneTimeCodeId::from_stored(format!("otc_{:06}", self.number()))
    }

    pub(crate) fn judge(&mut self, told: Result<(), Wrong>) {
        if let Err((check, text)) = told {
            self.flag(check, || text);
        }
    }

    pub(crate) fn flag(&mut self, check: Check, text: impl FnOnce() -> String) {
        if self.found.is_none() {
            let text = text();
            self.trace.say(|| format!("FOUND {check:?}: {text}"));
            self.found = Some(Found { check, text, step: self.step });
        }
    }

    pub(crate) fn begin_task(&mut self, node: usize, kind: Kind) -> u64 {
        let id = self.number();
        self.tasks.insert(id, Task { node, kind, reply: None, fault: false });
        id
    }

    pub(crate) fn answer_task(&mut self, task: u64, reply: Reply) {
        if let Some(task) = self.tasks.get_mut(&task) {
            task.reply = Some(reply);
        }
    }

    /// As [`World::answer_task`], for an answer that a fault has brought about.
    pub(crate) fn fail_task(&mut self, task: u64, reply: Reply) {
        if let Some(found) = self.tasks.get_mut(&task) {
            found.fault = true;
        }
        self.answer_task(task, reply);
    }

    pub(crate) fn send(&mut self, node: usize, task: Option<u64>, body: Body) {
        self.nodes[node].mailbox.push(Letter { task, body });
    }

    /// One message of a node is handled: any of them, now and then twice, or too late for its
    /// sender.
    pub(crate) fn mailbox_step(&mut self, node: usize) -> bool {
        let waiting = self.nodes[node].mailbox.len();
        if waiting == 0 {
            return false;
        }
        let chosen = self.dice.below(waiting);
        let fate = if self.calm { 999 } else { self.dice.below(1_000) };
        if fate < 4 {
            // The sender gives up; the message may be handled all the same, later.
            let letter = &mut self.nodes[node].mailbox[chosen];
            let task = letter.task.take();
            self.trace.event("silent", node as u64, task.unwrap_or(0));
            if fate < 2 {
                self.nodes[node].mailbox.remove(chosen);
            }
            if let Some(task) = task {
                self.fail_task(task, Reply::Silent);
            }
            return true;
        }
        let Letter { task, body } = self.nodes[node].mailbox.remove(chosen);
        self.trace.event("message", node as u64, task.unwrap_or(0));
        if fate < 14 {
            // The actor died after it had handled the message, and a fresh one is asked again.
            let _lost = self.nodes[node].handle(body.clone());
            self.nodes[node].new_actor();
        }
        let reply = self.nodes[node].handle(body);
        if let Some(task) = task {
            self.answer_task(task, reply);
        }
        true
    }

    /// The notices of a commit travel to every node: late, twice, or never.
    pub(crate) fn spread(&mut self, notices: &[Notice]) {
        for notice in notices {
            for node in 0..self.nodes.len() {
                let copies = *self.dice.pick(&[0, 1, 1, 1, 1, 1, 1, 2]);
                for _ in 0..copies {
                    self.notices.push((node, notice.clone()));
                }
            }
        }
    }

    /// A node heeds a notice as `tenant::notices` does: what is published about the subject is
    /// withdrawn, for the identifiers that it has now.
    pub(crate) fn notice_step(&mut self) -> bool {
        if self.notices.is_empty() {
            return false;
        }
        let chosen = self.dice.below(self.notices.len());
        let (node, notice) = self.notices.remove(chosen);
        self.trace.event("notice", node as u64, 0);
        let Notice::Subject(_, subject) = notice else { return true };
        let of = |owner: &&UserId| owner.as_str() == subject.as_str();
        let keys = self.image.keys.iter().filter(|(_, owner)| of(owner));
        let keys = keys.map(|(key, _)| key.clone()).collect();
        let asked = self.nodes[node].around.asked();
        self.send(node, None, Body::Changed(LearnChanged { subject, keys, lock: None, asked }));
        true
    }

    pub(crate) fn key_subject(&self, key: usize) -> SubjectKey {
        match self.image.keys.get(&NAMES.keys[key]) {
            Some(user) => SubjectKey::user(user),
            None => NAMES.phantoms[key].clone(),
        }
    }
}
