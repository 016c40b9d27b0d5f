//! Everything that owners, staff and the house do besides signing in: locks and unlocks, presses of
//! any link, new passwords, resets, bans, sign-ups, deletions, new policies, for good and for a
//! while, lanes given out, upkeep, requests for mail (`enrol` has the second factors, `resets` the
//! new password after a code). A change is published to the actor before it is answered, as
//! `tenant::unlock` does it.

use std::sync::Arc;

use lockkeeper::lockout::stricter::strictest;
use lockkeeper::lockout::{Decision, Event};
use lockkeeper::model::{AttemptId, IdentificationId, Lane, Span, Until, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::settle::{ResetRequest, Settled};
use lockkeeper::store::subject_events::{SubjectChange, SubjectRequest};
use lockkeeper::store::subject_mails::UnlockMailRequest;
use lockkeeper::store::users::{Identification, NewFactors, NewUser, User};
use lockkeeper::tenant::actor::{Asked, LearnChanged};

use super::defects::Defect;
use super::factors::digest_of;
use super::ledger::Born;
use super::names::{self, Edits, KEYS, NAMES};
use super::node::{Body, Job, Reply, Work};
use super::plain::Plain;
use super::world::{Kind, Task, World};
use crate::lockout_model::Who;

pub(crate) enum Office {
    Begin(Deed),
    Asking(Deed, Asked),
    Publishing(Box<SubjectChange>),
    PublishingReset(AttemptId, Box<Settled>),
    /// Defect `WithdrawnAfterAnswer`: answered, and told to the actor when somebody has the time.
    Dawdling(Body, u32),
}

#[derive(Clone)]
pub(crate) enum Deed {
    Change {
        user: UserId,
        event: Event,
    },
    Mail {
        key: usize,
    },
    Plain(Plain),
    /// The new password after a reset code.
    Reset(Box<ResetRequest>),
}

impl World {
    /// One step; `None` when all is done.
    pub(crate) fn office_step(
        &mut self,
        id: u64,
        task: &mut Task,
        office: &mut Office,
    ) -> Option<bool> {
        match std::mem::replace(office, Office::Begin(Deed::Mail { key: 0 })) {
            Office::Begin(deed) => {
                let work = self.work_of(&deed);
                let bad = !self.calm && self.dice.permille(4);
                let job = Job { task: id, work, bad };
                self.nodes[task.node].committer.queue.push_back(job);
                *office = Office::Asking(deed, self.nodes[task.node].around.asked());
            }
            Office::Asking(deed, asked) => match task.reply.take() {
                None => {
                    *office = Office::Asking(deed, asked);
                    return Some(false);
                }
                Some(Reply::Changed(Ok(change))) => {
                    let body = Body::Changed(LearnChanged {
                        subject: subject_of(&deed),
                        keys: change.keys.clone(),
                        lock: change.lock,
                        asked,
                    });
                    if self.has(Defect::WithdrawnAfterAnswer) {
                        self.unlock_answered(task.node, &change);
                        *office = Office::Dawdling(body, 20);
                        return Some(true);
                    }
                    self.send(task.node, Some(id), body);
                    *office = Office::Publishing(change);
                }
                Some(Reply::Settled(Ok(settled))) => {
                    let Deed::Reset(request) = deed else { return None };
                    let (keys, lock) = (settled.keys().to_vec(), settled.lock());
                    let subject = SubjectKey::user(&request.user);
                    let body = Body::Changed(LearnChanged { subject, keys, lock, asked });
                    self.send(task.node, Some(id), body);
                    *office = Office::PublishingReset(request.attempt, settled);
                }
                Some(_) => return None,
            },
            Office::PublishingReset(attempt, settled) => match task.reply.take() {
                None => {
                    *office = Office::PublishingReset(attempt, settled);
                    return Some(false);
                }
                Some(Reply::Learned) => {
                    self.reset_answered(task.node, &attempt, &settled);
                    return None;
                }
                Some(_) => return None,
            },
            Office::Dawdling(body, 0) => {
                self.send(task.node, None, body);
                return None;
            }
            Office::Dawdling(body, turns) => *office = Office::Dawdling(body, turns - 1),
            Office::Publishing(change) => match task.reply.take() {
                None => {
                    *office = Office::Publishing(change);
                    return Some(false);
                }
                // An entry that could not be withdrawn is believed for a second more.
                Some(Reply::Learned) => {
                    self.unlock_answered(task.node, &change);
                    return None;
                }
                Some(_) => return None,
            },
        }
        Some(true)
    }

    /// From here on this node may refuse nobody for the lock that was lifted.
    fn unlock_answered(&mut self, node: usize, change: &SubjectChange) {
        let lifted = matches!(
            change.decision,
            Decision::Unlocked { .. } | Decision::StaffUnlocked { .. } | Decision::Reset { .. }
        );
        if lifted && change.lock.is_none() {
            for key in &change.keys {
                self.nodes[node].unlocked.insert(NAMES.number_of(key), self.step);
            }
        }
    }

    fn work_of(&mut self, deed: &Deed) -> Work {
        match deed {
            Deed::Change { user, event } => Work::Change(SubjectRequest {
                tenant: NAMES.tenant.clone(),
                user: user.clone(),
                event: event.clone(),
                actor: "simulated".to_owned(),
                reason: None,
            }),
            Deed::Mail { key } => Work::Mail(UnlockMailRequest {
                tenant: NAMES.tenant.clone(),
                key: NAMES.keys[*key].clone(),
                subject: self.key_subject(*key),
                phantom: NAMES.phantoms[*key].clone(),
            }),
            Deed::Plain(plain) => Work::Plain(plain.clone()),
            Deed::Reset(request) => Work::Reset(request.clone()),
        }
    }

    /// Somebody does something, at some node.
    pub(crate) fn spawn_deed(&mut self) -> bool {
        if self.dice.permille(250) {
            return self.factor_deed();
        }
        let Some(deed) = self.any_deed() else { return false };
        self.spawn_office(deed);
        true
    }

    pub(crate) fn spawn_office(&mut self, deed: Deed) {
        let node = self.any_node();
        let id = self.begin_task(node, Kind::Office(Box::new(Office::Begin(deed))));
        self.trace.event("deed", id, node as u64);
    }

    fn any_deed(&mut self) -> Option<Deed> {
        let users: Vec<UserId> = self.image.users.keys().cloned().collect();
        let roll = self.dice.below(100);
        if users.is_empty() || (70..78).contains(&roll) {
            return self.sign_up().map(Deed::Plain);
        }
        let user = self.dice.pick(&users).clone();
        Some(match roll {
            0..8 => {
                let now = self.now + self.dice.between(500, 60_000);
                let until = if self.dice.permille(100) { Until::Unlocked } else { at(now) };
                Deed::Change { user, event: Event::StaffLock { until: Some(until) } }
            }
            8..20 => Deed::Change { user, event: Event::StaffUnlock },
            20..45 => self.press(user)?,
            45..49 => Deed::Change { user, event: Event::Reset },
            49..55 => {
                let password = self.number();
                Deed::Plain(Plain::Password { user, password })
            }
            55..58 => {
                let banned = self.dice.permille(400);
                Deed::Plain(Plain::Ban { user, banned })
            }
            58..64 => Deed::Mail { key: self.dice.below(KEYS) },
            64..70 => {
                let who =
                    *self.dice.pick(&[Who::Device(0), Who::Device(1), Who::Pass(0), Who::Pass(1)]);
                Deed::Plain(Plain::Issue { user, who })
            }
            78..84 => Deed::Plain(Plain::Delete { user }),
            84..90 => Deed::Plain(Plain::Policy(self.new_policy())),
            90..93 => {
                let live = Arc::clone(&self.image.policies[self.image.stands.live]);
                let over = Arc::new(strictest(&live, &self.new_policy()));
                Deed::Plain(Plain::Overlay(over, Span(self.dice.between(500, 600_000))))
            }
            _ => Deed::Plain(Plain::Purge),
        })
    }

    /// A link of the latest episode, or of any before it, or of one that never was.
    fn press(&mut self, user: UserId) -> Option<Deed> {
        if self.edits == Edits::MoveN {
            return None;
        }
        let subject = SubjectKey::user(&user);
        let latest = self.image.subjects.get(&subject).map_or(0, |state| state.episode);
        let back = *self.dice.pick(&[0, 0, 0, 0, 1, 1, 2, -1]);
        Some(Deed::Change { user, event: Event::Press { episode: latest - back } })
    }

    fn new_policy(&mut self) -> Arc<lockkeeper::lockout::Policy> {
        let first = Arc::clone(&self.first_policy);
        let keep = (self.edits == Edits::KeepN).then_some(first.max_attempts);
        let policy = names::policy(&mut self.dice, keep);
        Arc::new(lockkeeper::lockout::Policy { unlock_mail: first.unlock_mail, ..policy })
    }

    /// A new user takes one or two names that nobody has.
    fn sign_up(&mut self) -> Option<Plain> {
        let free: Vec<usize> =
            (0..KEYS).filter(|key| !self.image.keys.contains_key(&NAMES.keys[*key])).collect();
        if free.is_empty() || self.image.users.len() >= 4 {
            return None;
        }
        let first = self.dice.below(free.len());
        let count = 1 + self.dice.below((free.len() - first).min(2));
        let (id, password) = (self.user_id(), self.number());
        let factors = self.some_factors();
        let now = self.db_now(0);
        let keys = &free[first..first + count];
        let identifications = keys.iter().map(|key| Identification {
            tenant_id: NAMES.tenant.clone(),
            id: IdentificationId::from_stored(format!("idn_{id}_{key}")),
            user_id: id.clone(),
            kind: "username".to_owned(),
            value: NAMES.keys[*key].as_str().to_owned(),
            canonical_key: NAMES.keys[*key].clone(),
            verified: true,
            created_at: now,
            updated_at: now,
            second_factor: false,
            verified_by: None,
        });
        let phantoms =
            keys.iter().map(|key| (NAMES.keys[*key].clone(), NAMES.phantoms[*key].clone()));
        let new = NewUser {
            user: User::blank(NAMES.tenant.clone(), id.clone(), now),
            identifications: identifications.collect(),
            phantoms: phantoms.collect(),
            factors: NewFactors {
                totp: factors.app.map(|app| (app.secret.to_string(), app.last_step)),
                recovery_codes: factors.recovery.keys().map(|n| digest_of(&id, *n)).collect(),
            },
        };
        let born = Born { password, phone: factors.phone };
        Some(Plain::SignUp { new: Box::new(new), born })
    }
}

fn at(ms: i64) -> Until {
    Until::At(lockkeeper::model::Millis(ms))
}

fn subject_of(deed: &Deed) -> SubjectKey {
    match deed {
        Deed::Change { user, .. } => SubjectKey::user(user),
        Deed::Mail { .. } | Deed::Plain(_) | Deed::Reset(_) => {
            unreachable!("only changes are published")
        }
    }
}

/// The lane of a client, by number.
pub(crate) fn lane(number: usize) -> Lane {
    match number {
        0..8 => Lane::Public,
        8 => Who::Device(0).lane(),
        9 => Who::Device(1).lane(),
        10 => Who::Pass(0).lane(),
        _ => Who::Pass(1).lane(),
    }
}
