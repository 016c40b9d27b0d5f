//! Who moves next: one roll of the dice per step. A world lives for a while among faults, then
//! everything comes to rest, and what must hold at rest is looked at.

use super::attempt::{Phase, Went};
use super::courier::Courier;
use super::names::KEYS;
use super::report::Check;
use super::world::{Kind, World};

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
        self.spawn_requests();
        true
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

    pub(crate) fn advance(&mut self, by: i64) {
        self.now += by;
        self.trace.event("time", 0, by as u64);
        for node in &self.nodes {
            node.tick(self.now);
        }
    }

    pub(crate) fn settle_down(&mut self) {
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
