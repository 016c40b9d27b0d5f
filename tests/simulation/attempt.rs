//! One attempt as `tenant::attempt` runs it, a step at a time so that everything else may happen
//! between: published table, rows, gate, verification, settle, lesson, answer. Gate, permit, table
//! and actor are the real ones; the order of the steps is copied from there.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use lockkeeper::lockout::{self, LockView, Policy, SubjectView};
use lockkeeper::model::{AttemptId, ClientId, Lane, Millis, Span, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::factor::Proof;
use lockkeeper::store::lanes::DeviceWish;
use lockkeeper::store::one_time_codes::CodeFault;
use lockkeeper::store::settle::{
    Answer, SettleClient, SettleRequest, SettleSignIn, Settled, Verified,
};
use lockkeeper::tenant::actor::{Asked, LearnSettled, gate_lane};
use lockkeeper::tenant::gate::{
    Admission, Gate, GateLane, Lesson, Permit, Taught, Turn, Unanswered,
};
use lockkeeper::tenant::locked_table::Published;

use super::defects::Defect;
use super::factors::{Tried, Unverified};
use super::lanes;
use super::names::NAMES;
use super::node::{Body, Job, Reply, Work};
use super::world::{Task, World};

/// Memory that one waiting attempt is said to take; the room of a node has space for all of them.
pub(crate) const WAITING_BYTES: usize = 1;

/// Whether somebody at the gate has been answered, without waiting for it.
pub(crate) fn glance(turn: &mut Turn) -> Poll<Result<Admission, Unanswered>> {
    Pin::new(turn).poll(&mut Context::from_waker(Waker::noop()))
}

/// As `tenant::attempt::ROUNDS`.
const ROUNDS: u32 = 4;
/// Longest wait at a gate, in true milliseconds.
pub(crate) const PATIENCE: i64 = 30_000;

/// What a client tries.
pub(crate) struct Attempt {
    pub(crate) id: AttemptId,
    pub(crate) key: usize,
    pub(crate) source: usize,
    pub(crate) lane: Lane,
    pub(crate) tried: Tried,
    pub(crate) sign_in: SettleSignIn,
    pub(crate) client: ClientId,
    /// True time of the request.
    pub(crate) born: i64,
    /// The lowest that a clock of its node or of the database has read meanwhile.
    pub(crate) low: Millis,
    /// Nobody listens any more.
    pub(crate) hung_up: bool,
    /// Must be answered with a session: the last test of a world.
    pub(crate) must_serve: bool,
    pub(crate) phase: Phase,
    pub(crate) rounds: u32,
    pub(crate) arrivals: u32,
    /// Held from the first arrival of a round to its end.
    pub(crate) held: Option<Arc<Gate>>,
    pub(crate) permit: Option<Permit>,
}

pub(crate) enum Phase {
    Look,
    Arrive,
    Read {
        asked: Asked,
    },
    AskGate {
        since: Lesson,
        standing: Box<Standing>,
    },
    Enter {
        since: Lesson,
        standing: Box<Standing>,
        gate: Arc<Gate>,
    },
    Wait {
        since: Lesson,
        standing: Box<Standing>,
        turn: Turn,
        until: i64,
    },
    /// Defect `PermitsMayBeZero`: stands before a gate that lets nobody in.
    Stuck,
    Verify {
        standing: Box<Standing>,
    },
    Submit {
        standing: Box<Standing>,
        verified: Verified,
        proof: Proof,
    },
    Settle {
        asked: Asked,
        standing: Box<Standing>,
    },
    Learn {
        answer: Answer,
    },
    Publish {
        lock: LockView,
    },
}

/// Who has the identifier, as the gate's read saw it.
pub(crate) struct Owner {
    pub(crate) user: UserId,
    pub(crate) version: i64,
    pub(crate) password: u64,
}

/// As `store::gate::Standing`.
pub(crate) struct Standing {
    pub(crate) subject: SubjectKey,
    pub(crate) owner: Option<Owner>,
    view: SubjectView,
    policy: Arc<Policy>,
}

/// How an attempt ends for its client.
#[derive(Debug)]
pub(crate) enum End {
    Settled(Answer),
    /// Refused without a settle.
    Refused(LockView, Via),
    /// The code that was tried was good for nothing any more: nothing was compared.
    Unusable(CodeFault),
    Busy,
    Unavailable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Table,
    Rows,
    Gate,
}

pub(crate) enum Went {
    /// Nothing to do yet.
    Nowhere(Phase),
    On(Phase),
    Ended(End),
}

impl Attempt {
    fn gate_lane(&self, policy: &Policy) -> GateLane {
        gate_lane(policy, &self.lane, &NAMES.sources[self.source])
    }
}

impl World {
    /// One step of an attempt; `Nowhere` when it waits for somebody else.
    pub(crate) fn attempt_step(&mut self, id: u64, task: &mut Task, attempt: &mut Attempt) -> Went {
        let node = task.node;
        match std::mem::replace(&mut attempt.phase, Phase::Stuck) {
            Phase::Look => self.look(id, node, attempt),
            Phase::Arrive => Went::On(Phase::Read { asked: self.nodes[node].around.asked() }),
            Phase::Read { asked } => self.read(id, node, attempt, asked),
            Phase::AskGate { since, standing } => match task.reply.take() {
                None => Went::Nowhere(Phase::AskGate { since, standing }),
                Some(Reply::Gate(gate)) => arrive(attempt, since, standing, gate),
                Some(_) => Went::Ended(End::Unavailable),
            },
            Phase::Enter { since, standing, gate } => {
                self.enter(node, attempt, since, standing, &gate)
            }
            Phase::Wait { since, standing, turn, until } => {
                self.wait(attempt, since, standing, turn, until)
            }
            Phase::Stuck => Went::Nowhere(Phase::Stuck),
            Phase::Verify { standing } => self.verify(task, attempt, standing),
            Phase::Submit { standing, verified, proof } => {
                let asked = self.nodes[node].around.asked();
                self.submit(id, node, attempt, &standing, (verified, proof));
                Went::On(Phase::Settle { asked, standing })
            }
            Phase::Settle { asked, standing } => match task.reply.take() {
                None => Went::Nowhere(Phase::Settle { asked, standing }),
                // Whoever came past the gate has nothing to teach it.
                Some(Reply::Settled(Ok(settled))) if attempt.permit.is_none() => {
                    learned(attempt, settled.answer().clone())
                }
                Some(Reply::Settled(Ok(settled))) => {
                    let body = lesson(attempt, &standing, asked, &settled);
                    self.send(node, Some(id), body);
                    Went::On(Phase::Learn { answer: settled.answer().clone() })
                }
                Some(_) => Went::Ended(End::Unavailable),
            },
            Phase::Learn { answer } => match task.reply.take() {
                None => Went::Nowhere(Phase::Learn { answer }),
                Some(_) => learned(attempt, answer),
            },
            Phase::Publish { lock } => match task.reply.take() {
                None => Went::Nowhere(Phase::Publish { lock }),
                Some(Reply::Learned) => Went::Ended(End::Refused(lock, Via::Rows)),
                Some(_) => Went::Ended(End::Unavailable),
            },
        }
    }

    /// Only requests without a device or pass cookie may be answered from the table.
    fn look(&mut self, id: u64, node: usize, attempt: &Attempt) -> Went {
        // A reset code is the way back: past the gate, and taken while locked too.
        if matches!(attempt.tried, Tried::Reset { .. }) {
            let standing = self.standing(attempt);
            return standing.map_or(Went::Ended(End::Unavailable), |standing| {
                Went::On(Phase::Verify { standing })
            });
        }
        if !attempt.lane.is_public() {
            return Went::On(Phase::Arrive);
        }
        let around = &self.nodes[node].around;
        let (now, monotonic) = (around.clock.now(), around.clock.monotonic());
        let (key, source) = (&NAMES.keys[attempt.key], &NAMES.sources[attempt.source]);
        match around.locked.look(&NAMES.tenant, key, source, now, monotonic) {
            Published::Free => Went::On(Phase::Arrive),
            Published::Locked(lock) => Went::Ended(End::Refused(lock, Via::Table)),
            Published::LookAgain(lock) if self.has(Defect::EntryNeverReadAgain) => {
                Went::Ended(End::Refused(lock, Via::Table))
            }
            // Read in the same step: how long that read may take is not in the model.
            Published::LookAgain(_) => {
                let asked = around.asked();
                self.look_again(id, node, attempt, asked)
            }
        }
    }

    fn standing(&self, attempt: &Attempt) -> Option<Box<Standing>> {
        if self.now < self.db_down_until {
            return None;
        }
        let subject = self.key_subject(attempt.key);
        let user = self.image.keys.get(&NAMES.keys[attempt.key]);
        let owner = user.map(|user| {
            let person = &self.image.users[user];
            let (version, password) = (person.credential_version, person.password);
            Owner { user: user.clone(), version, password }
        });
        let source = &NAMES.sources[attempt.source];
        let view = lanes::view_in(&self.image, &subject, source, &attempt.lane);
        Some(Box::new(Standing {
            subject,
            owner,
            view,
            policy: self.image.policy(Millis(self.now)),
        }))
    }

    fn locked_by(&self, node: usize, attempt: &Attempt, standing: &Standing) -> Option<LockView> {
        let now = self.nodes[node].around.clock.now();
        lockout::look(&standing.policy, &standing.view, &attempt.lane, now).lock
    }

    fn look_again(&mut self, id: u64, node: usize, attempt: &Attempt, asked: Asked) -> Went {
        let Some(standing) = self.standing(attempt) else { return Went::Ended(End::Unavailable) };
        let lock = self.locked_by(node, attempt, &standing);
        if lock.is_none_or(|lock| lock.source_only) {
            let key = std::slice::from_ref(&NAMES.keys[attempt.key]);
            let source = Some(&NAMES.sources[attempt.source]);
            self.nodes[node].around.locked.withdraw(&NAMES.tenant, key, source);
        }
        match lock {
            Some(lock) => self.publish(id, node, attempt, &standing, lock, asked),
            None => Went::On(Phase::Arrive),
        }
    }

    fn publish(
        &mut self,
        id: u64,
        node: usize,
        attempt: &Attempt,
        standing: &Standing,
        lock: LockView,
        asked: Asked,
    ) -> Went {
        let source = NAMES.sources[attempt.source].clone();
        let body = Body::Settled(LearnSettled {
            subject: standing.subject.clone(),
            lane: gate_lane(&standing.policy, &Lane::Public, &source),
            source,
            taught: None,
            lock: Some(lock),
            asked,
            keys: vec![NAMES.keys[attempt.key].clone()],
        });
        self.send(node, Some(id), body);
        Went::On(Phase::Publish { lock })
    }

    fn read(&mut self, id: u64, node: usize, attempt: &Attempt, asked: Asked) -> Went {
        let Some(standing) = self.standing(attempt) else { return Went::Ended(End::Unavailable) };
        match self.locked_by(node, attempt, &standing) {
            Some(lock) if attempt.lane.is_public() => {
                self.publish(id, node, attempt, &standing, lock, asked)
            }
            Some(lock) => Went::Ended(End::Refused(lock, Via::Rows)),
            None => {
                self.send(node, Some(id), Body::Enter(standing.subject.clone()));
                Went::On(Phase::AskGate { since: asked.lesson, standing })
            }
        }
    }

    fn enter(
        &mut self,
        node: usize,
        attempt: &Attempt,
        since: Lesson,
        standing: Box<Standing>,
        gate: &Arc<Gate>,
    ) -> Went {
        let now = self.nodes[node].around.clock.now();
        let look = lockout::look(&standing.policy, &standing.view, &attempt.lane, now);
        if self.has(Defect::PermitsMayBeZero) && look.remaining == Some(0) {
            return Went::On(Phase::Stuck);
        }
        let lane = attempt.gate_lane(&standing.policy);
        let source = &NAMES.sources[attempt.source];
        match gate.enter(&lane, source, look.permits, since, WAITING_BYTES) {
            Ok(turn) => Went::On(Phase::Wait { since, standing, turn, until: self.now + PATIENCE }),
            Err(_) => Went::Ended(End::Busy),
        }
    }

    fn wait(
        &mut self,
        attempt: &mut Attempt,
        since: Lesson,
        standing: Box<Standing>,
        mut turn: Turn,
        until: i64,
    ) -> Went {
        match glance(&mut turn) {
            Poll::Ready(Ok(Admission::Admitted(permit))) => {
                attempt.permit = Some(permit);
                Went::On(Phase::Verify { standing })
            }
            Poll::Ready(Ok(Admission::Locked(lock))) => Went::Ended(End::Refused(lock, Via::Gate)),
            Poll::Ready(Err(Unanswered)) => Went::Ended(End::Unavailable),
            Poll::Pending if self.now >= until => Went::Ended(End::Busy),
            Poll::Pending => Went::Nowhere(Phase::Wait { since, standing, turn, until }),
        }
    }

    fn verify(&mut self, task: &mut Task, attempt: &mut Attempt, standing: Box<Standing>) -> Went {
        if !self.calm && self.dice.permille(10) {
            // The verifier panics, or the pool is full: the task ends where it stands.
            task.fault = true;
            if self.has(Defect::PermitLostOnPanic) {
                std::mem::forget(attempt.permit.take());
            }
            return Went::Ended(End::Unavailable);
        }
        match self.verified(task.node, &attempt.tried, &standing) {
            Ok((verified, proof)) => Went::On(Phase::Submit { standing, verified, proof }),
            Err(Unverified::Unusable(fault)) => Went::Ended(End::Unusable(fault)),
            Err(Unverified::Unavailable) => Went::Ended(End::Unavailable),
        }
    }

    fn submit(
        &mut self,
        id: u64,
        node: usize,
        attempt: &Attempt,
        standing: &Standing,
        (verified, proof): (Verified, Proof),
    ) {
        let request = SettleRequest {
            tenant: NAMES.tenant.clone(),
            attempt: attempt.id.clone(),
            key: NAMES.keys[attempt.key].clone(),
            subject: standing.subject.clone(),
            phantom: NAMES.phantoms[attempt.key].clone(),
            proof,
            verified,
            source: NAMES.sources[attempt.source].clone(),
            lane: attempt.lane.clone(),
            device: DeviceWish::None,
            sign_in: attempt.sign_in.clone(),
            client: SettleClient { id: attempt.client.clone(), rotating_hash: String::new() },
            session: self.session_id(),
            session_lifetime: Span::DAY,
        };
        let bad = !self.calm && self.dice.permille(4);
        let job =
            Job { task: id, work: Work::Settle { request, tried: attempt.tried.clone() }, bad };
        self.nodes[node].committer.queue.push_back(job);
    }
}

fn arrive(attempt: &mut Attempt, since: Lesson, standing: Box<Standing>, gate: Arc<Gate>) -> Went {
    if gate.complements(since) {
        attempt.held = Some(Arc::clone(&gate));
        attempt.arrivals = 0;
        return Went::On(Phase::Enter { since, standing, gate });
    }
    attempt.held = Some(gate);
    attempt.arrivals += 1;
    if attempt.arrivals == ROUNDS { Went::Ended(End::Busy) } else { Went::On(Phase::Arrive) }
}

/// What the actor is told of a settle, before anybody else hears.
fn lesson(attempt: &Attempt, standing: &Standing, asked: Asked, settled: &Settled) -> Body {
    Body::Settled(LearnSettled {
        subject: standing.subject.clone(),
        lane: attempt.gate_lane(&standing.policy),
        source: NAMES.sources[attempt.source].clone(),
        taught: Some(Taught { permits: settled.look().permits, order: settled.order() }),
        lock: settled.lock(),
        asked,
        keys: settled.keys().to_vec(),
    })
}

fn learned(attempt: &mut Attempt, answer: Answer) -> Went {
    attempt.permit = None;
    attempt.held = None;
    if answer != Answer::Again {
        return Went::Ended(End::Settled(answer));
    }
    attempt.rounds += 1;
    if attempt.rounds == ROUNDS {
        return Went::Ended(End::Unavailable);
    }
    // A reset code knows no gate to arrive at.
    let past = matches!(attempt.tried, Tried::Reset { .. });
    Went::On(if past { Phase::Look } else { Phase::Arrive })
}
