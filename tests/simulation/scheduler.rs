//! Who moves next: one roll of the dice per step. A world lives for a while among faults, then
//! everything comes to rest, and what must hold at rest is looked at.

use lockkeeper::model::ClientId;
use lockkeeper::store::settle::SettleSignIn;
use lockkeeper::store::sign_ins::{SignIn, SignInStatus};

use super::attempt::{Attempt, Phase, Went};
use super::courier::Courier;
use super::names::{KEYS, NAMES, SOURCES};
use super::office::{self, Deed, Office};
use super::plain::Plain;
use super::report::Check;
use super::world::{Kind, World};
use lockkeeper::lockout::Event;
use lockkeeper::model::Millis;

/// Things that go on at once, at most.
const TASKS: usize = 24;
/// Longest step of time, in ms, during which a process may leave its own work undone.
const AT_ONCE: i64 = 15;
/// Steps of a world among faults.
pub(crate) const LIFE: u64 = 2_500;
/// Steps within which everything must come to rest.
const REST: u64 = 20_000;

impl World {
    /// Lives, comes to rest, is looked at. Ends early where something is found.
    pub(crate) fn live(&mut self, limit: u64) {
        let life = LIFE.min(limit);
        while self.step < life && self.found.is_none() {
            self.step();
        }
        if self.found.is_none() && limit > LIFE {
            self.come_to_rest();
        }
    }

    fn step(&mut self) {
        self.step += 1;
        let roll = self.dice.below(1_000);
        let moved = match roll {
            0..480 => self.any_task(),
            480..660 => self.any_committer(),
            660..800 => self.any_mailbox(),
            800..900 => self.spawn(),
            900..975 => self.time_passes(),
            975..990 => self.notice_step(),
            990..993 => self.spawn_courier(),
            993..996 => self.any_late_mail(),
            996..998 => self.fault_step(),
            _ => self.refresh_policies(),
        };
        // Whoever had nothing to do gives way to whoever has.
        if !moved && !self.any_task() && !self.any_committer() && !self.any_mailbox() {
            self.spawn();
        }
    }

    fn any_task(&mut self) -> bool {
        let count = self.tasks.len();
        if count == 0 {
            return false;
        }
        let from = self.dice.below(count);
        let ids: Vec<u64> = self.tasks.keys().copied().collect();
        (0..count.min(6)).any(|offset| self.task_step(ids[(from + offset) % count]))
    }

    fn any_committer(&mut self) -> bool {
        let from = self.dice.below(self.nodes.len());
        (0..self.nodes.len()).any(|n| self.committer_step((from + n) % self.nodes.len()))
    }

    fn any_mailbox(&mut self) -> bool {
        let from = self.dice.below(self.nodes.len());
        (0..self.nodes.len()).any(|n| self.mailbox_step((from + n) % self.nodes.len()))
    }

    fn any_late_mail(&mut self) -> bool {
        (0..self.nodes.len()).any(|node| self.late_mail(node))
    }

    /// Defect `CachedPolicyDecides`: nodes hear of a policy by and by.
    fn refresh_policies(&mut self) -> bool {
        let version = self.image.stands.live;
        let node = self.dice.below(self.nodes.len());
        self.nodes[node].known_version = version;
        false
    }

    fn task_step(&mut self, id: u64) -> bool {
        let Some(mut task) = self.tasks.remove(&id) else { return false };
        let mut kind = std::mem::replace(&mut task.kind, Kind::Courier(Box::new(Courier::Begin)));
        let moved = match &mut kind {
            Kind::Attempt(attempt) => match self.attempt_step(id, &mut task, attempt) {
                Went::Nowhere(phase) => {
                    attempt.phase = phase;
                    Some(false)
                }
                Went::On(phase) => {
                    self.trace.event("attempt", id, phase_number(&phase));
                    attempt.phase = phase;
                    Some(true)
                }
                Went::Ended(end) => {
                    self.ended(id, &task, attempt, &end);
                    None
                }
            },
            Kind::Office(office) => self.office_step(id, &mut task, office),
            Kind::Courier(courier) => self.courier_step(id, &mut task, courier),
        };
        if let Some(moved) = moved {
            task.kind = kind;
            // A reply may have come for it while it ran: nobody else runs, so none has.
            self.tasks.insert(id, task);
            return moved;
        }
        true
    }

    fn spawn(&mut self) -> bool {
        if self.tasks.len() >= TASKS {
            return false;
        }
        if self.dice.permille(220) {
            return self.spawn_deed();
        }
        let burst = if self.dice.permille(100) { 2 + self.dice.below(6) } else { 1 };
        let key = self.dice.below(KEYS);
        for _ in 0..burst {
            self.spawn_attempt(key);
        }
        true
    }

    fn spawn_attempt(&mut self, key: usize) {
        let node = self.dice.below(self.nodes.len());
        let lane = office::lane(self.dice.below(12));
        let source = self.dice.below(SOURCES);
        let right = self.right_password(key);
        let secret = match self.dice.below(10) {
            0..3 => right,
            // Right once, perhaps, or right soon.
            3 => right.saturating_sub(self.dice.below(40) as u64),
            _ => 0,
        };
        let (sign_in, client) = self.sign_in(key);
        let attempt = self.attempt(key, source, lane, secret, sign_in, client, node);
        let id = self.begin_task(node, Kind::Attempt(Box::new(attempt)));
        self.trace.event("request", id, secret);
        self.trace.say(|| format!("request {id} at node {node}: key {key}, secret {secret}"));
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one request")]
    fn attempt(
        &mut self,
        key: usize,
        source: usize,
        lane: lockkeeper::model::Lane,
        secret: u64,
        sign_in: SettleSignIn,
        client: ClientId,
        node: usize,
    ) -> Attempt {
        Attempt {
            id: self.attempt_id(),
            key,
            source,
            lane,
            secret,
            sign_in,
            client,
            born: self.now,
            low: self.wall(node).min(self.db_now(node)),
            hung_up: false,
            must_serve: false,
            phase: Phase::Look,
            rounds: 0,
            arrivals: 0,
            held: None,
            permit: None,
        }
    }

    fn right_password(&self, key: usize) -> u64 {
        let user = self.image.keys.get(&NAMES.keys[key]);
        user.map_or(0, |user| self.image.users[user].password)
    }

    /// Mostly identifier and password come together; else a sign-in was made before, which two
    /// tabs of its client may finish at once.
    fn sign_in(&mut self, key: usize) -> (SettleSignIn, ClientId) {
        if self.dice.permille(750) {
            let (id, client) = (self.sign_in_id(), self.client_id());
            return (SettleSignIn::AtOnce { id, identifier: String::new(), locale: None }, client);
        }
        let wanted = |row: &&SignIn| row.canonical_key.as_ref() == Some(&NAMES.keys[key]);
        let known = self.image.sign_ins.values().filter(wanted);
        let known: Vec<_> = known.map(|row| (row.id.clone(), row.client_id.clone())).collect();
        if !known.is_empty() && self.dice.permille(700) {
            let (id, client) = self.dice.pick(&known).clone();
            return (SettleSignIn::Existing(id), client);
        }
        let (id, client) = (self.sign_in_id(), self.client_id());
        let named = Some((String::new(), NAMES.keys[key].clone()));
        let (tenant, status) = (NAMES.tenant.clone(), SignInStatus::NeedsFirstFactor);
        let now = Millis(self.now);
        let mut row = SignIn::fresh(tenant, id.clone(), client.clone(), status, named, None, now);
        row.abandon_at = Millis(i64::MAX);
        self.image.sign_ins.insert(id.clone(), row);
        (SettleSignIn::Existing(id), client)
    }

    fn spawn_courier(&mut self) -> bool {
        let node = self.dice.below(self.nodes.len());
        self.begin_task(node, Kind::Courier(Box::new(Courier::Begin)));
        true
    }

    fn time_passes(&mut self) -> bool {
        let by = match self.dice.below(100) {
            0..40 => self.dice.between(0, AT_ONCE),
            40..60 => self.dice.between(AT_ONCE, 250),
            60..85 => self.dice.between(250, 4_000),
            85..95 => self.near_a_lock_end(),
            95..99 => self.dice.between(10_000, 400_000),
            _ => self.dice.between(3_600_000, 90_000_000),
        };
        if by > AT_ONCE {
            self.hurry();
        }
        self.advance(by);
        true
    }

    /// What a process does by itself takes milliseconds, not minutes: before time makes a leap,
    /// messages are handled and answers are taken. Writes, hashes and waits may take as long as they
    /// like.
    fn hurry(&mut self) {
        loop {
            self.step += 1;
            let answered: Vec<u64> = self
                .tasks
                .iter()
                .filter(|(_, task)| task.reply.is_some())
                .map(|(id, _)| *id)
                .collect();
            let taken = answered.into_iter().filter(|id| self.task_step(*id)).count();
            if !self.any_mailbox() && taken == 0 {
                return;
            }
        }
    }

    /// To the end of some lock, or a millisecond beside it.
    fn near_a_lock_end(&mut self) -> i64 {
        let key = self.dice.below(KEYS);
        let subject = self.key_subject(key);
        let beside = self.dice.between(-1, 1);
        let end = self.image.subjects.get(&subject).and_then(|state| state.lock?.until.instant());
        let left = end.map_or(0, |end| end.0 - self.db_now(0).0 + beside);
        if (0..=400_000).contains(&left) { left } else { 1_000 }
    }

    fn advance(&mut self, by: i64) {
        self.now += by;
        self.trace.event("time", 0, by as u64);
        for node in &self.nodes {
            node.tick(self.now);
        }
    }

    fn settle_down(&mut self) {
        let last = self.step + REST;
        loop {
            self.step += 1;
            let moved = self.any_mailbox() | self.any_committer();
            let ids: Vec<u64> = self.tasks.keys().copied().collect();
            let tasks = ids.into_iter().filter(|id| self.task_step(*id)).count();
            let rest = self.notice_step() | self.any_late_mail();
            if self.found.is_some() || (!moved && tasks == 0 && !rest) {
                return;
            }
            if self.step > last {
                return self.flag(Check::Hang, || "no rest".to_owned());
            }
        }
    }

    /// No more faults, no more requests, time stands: nobody may be left waiting.
    fn come_to_rest(&mut self) {
        self.calm = true;
        self.db_down_until = 0;
        self.settle_down();
        let waiting = self.tasks.len();
        if waiting > 0 && self.found.is_none() {
            self.flag(Check::Hang, || format!("{waiting} wait at rest"));
        }
        self.everybody_gets_in();
        self.mail_goes_out();
        let told = self.oracle.compare_all(&self.image, Some(self.db_now(0)));
        self.judge(told);
    }

    /// After an unlock by staff every user's right password signs in, at every node.
    fn everybody_gets_in(&mut self) {
        let users: Vec<_> = self.image.users.keys().cloned().collect();
        for user in &users {
            let unban = Plain::Ban { user: user.clone(), banned: false };
            let unlock = Deed::Change { user: user.clone(), event: Event::StaffUnlock };
            for deed in [Deed::Plain(unban), unlock] {
                self.begin_task(0, Kind::Office(Box::new(Office::Begin(deed))));
                self.settle_down();
            }
        }
        self.advance(1_000);
        for node in 0..self.nodes.len() {
            for key in 0..KEYS {
                if !self.image.keys.contains_key(&NAMES.keys[key]) {
                    continue;
                }
                let (client, id) = (self.client_id(), self.sign_in_id());
                let sign_in = SettleSignIn::AtOnce { id, identifier: String::new(), locale: None };
                let (right, lane) = (self.right_password(key), office::lane(0));
                let mut attempt = self.attempt(key, 0, lane, right, sign_in, client, node);
                attempt.must_serve = true;
                self.begin_task(node, Kind::Attempt(Box::new(attempt)));
            }
        }
        self.settle_down();
        if !self.tasks.is_empty() && self.found.is_none() {
            self.flag(Check::Hang, || "right passwords wait at rest".to_owned());
        }
    }

    fn mail_goes_out(&mut self) {
        for _ in 0..60 {
            if self.found.is_some() {
                return;
            }
            self.advance(3_700_000);
            self.spawn_courier();
            self.settle_down();
        }
        self.mails_at_rest();
    }
}

const fn phase_number(phase: &Phase) -> u64 {
    match phase {
        Phase::Look => 0,
        Phase::Arrive => 2,
        Phase::Read { .. } => 3,
        Phase::AskGate { .. } => 4,
        Phase::Enter { .. } => 5,
        Phase::Wait { .. } => 6,
        Phase::Stuck => 7,
        Phase::Verify { .. } => 8,
        Phase::Submit { .. } => 9,
        Phase::Settle { .. } => 10,
        Phase::Learn { .. } => 11,
        Phase::Publish { .. } => 12,
    }
}
