//! The reference of a simulated world: the same rules once more, sequential and plain. It is told
//! what each durable transaction did, in the order of the commits, says what should have come of
//! it, and compares. The rules of the lockout are `lockout_model`'s; beside it stand who owns an
//! identifier (`people`), second factors (`factors`, `resets`), what staff and links do (`changes`), the
//! answer that is right (`expect`), and the rows (`compare`).

mod changes;
mod compare;
mod expect;
mod factors;
mod people;
mod resets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lockkeeper::lockout::{LockoutType, Policy};
use lockkeeper::model::{AttemptId, CanonicalKey, Millis, SignInId, Until, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::settle::SettleRequest;

use super::factors::{App, Tried};
use super::facts::{Around, Fact};
use super::history::History;
use super::image::Stands;
use super::laws::unmoved;
use super::names::{Edits, NAMES};
use super::report::Check;
use super::told::{Told, sign_in_of};
use crate::lockout_model::Who;
use crate::lockout_model::reference::{Model, Row};

/// What was found wrong, and how it showed.
pub(crate) type Wrong = (Check, String);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    version: i64,
    password: u64,
    banned: bool,
    factors: super::factors::Factors,
}

pub(crate) struct Oracle {
    edits: Edits,
    subjects: BTreeMap<SubjectKey, Model>,
    issued: BTreeSet<(SubjectKey, Who)>,
    users: BTreeMap<UserId, Known>,
    keys: BTreeMap<CanonicalKey, UserId>,
    /// Everybody who ever had a key.
    pub(crate) owners: BTreeSet<(CanonicalKey, UserId)>,
    policies: Vec<Arc<Policy>>,
    stands: Stands,
    pub(crate) answers: BTreeMap<AttemptId, Told>,
    sessions: usize,
    complete: BTreeSet<SignInId>,
    factors: factors::Factors,
    /// Wrong answers of the present lock period, by subject and what is counted on its own.
    revealed: BTreeMap<(SubjectKey, Option<Who>), i64>,
    pub(crate) history: History,
    /// The step of the world.
    pub(crate) step: u64,
}

impl Oracle {
    pub(crate) fn new(edits: Edits, policy: Arc<Policy>) -> Self {
        Self {
            edits,
            subjects: BTreeMap::new(),
            issued: BTreeSet::new(),
            users: BTreeMap::new(),
            keys: BTreeMap::new(),
            owners: BTreeSet::new(),
            policies: vec![policy],
            stands: Stands::default(),
            answers: BTreeMap::new(),
            sessions: 0,
            complete: BTreeSet::new(),
            factors: factors::Factors::default(),
            revealed: BTreeMap::new(),
            history: History::default(),
            step: 0,
        }
    }

    /// Takes one fact of a transaction that has just become durable at `now` (true time), and
    /// compares what it did with what it should have done.
    pub(crate) fn take(&mut self, fact: &Fact, now: i64) -> Result<(), Wrong> {
        match fact {
            Fact::Settled { around, request, tried, settled, moved } => {
                let told = Told::of(settled.answer());
                let version = settled.policy_version() as usize;
                let known = self.answers.contains_key(&request.attempt);
                self.settled(around, (request, tried), &told, version, *moved)?;
                if settled.at() < around.locked_at && !known {
                    return Err((Check::Clock, format!("{:?} before the lock", settled.at())));
                }
                self.remember(&request.subject, now);
            }
            Fact::Reset { around, request, settled } => {
                let known = self.answers.contains_key(&request.attempt);
                self.reset(around, request, settled)?;
                if settled.at() < around.locked_at && !known {
                    return Err((Check::Clock, format!("{:?} before the lock", settled.at())));
                }
                self.remember(&around.subject, now);
            }
            Fact::Changed { around, user, event, change } => {
                self.changed(around, user, event, change)?;
                self.remember(&around.subject, now);
            }
            Fact::SignedUp { user, keys, password, factors } => {
                self.signed_up((user, keys), *password, factors, now);
            }
            Fact::Deleted { user, copied } => self.deleted(user, *copied, now),
            Fact::Password { user, password } => {
                let known = self.known(user);
                (known.version, known.password) = (known.version + 1, *password);
                self.credentials_changed(user);
            }
            Fact::Banned { user, banned } => {
                self.known(user).banned = *banned;
                if *banned {
                    self.credentials_changed(user);
                }
            }
            Fact::App { user, app } => {
                let known = self.known(user);
                known.version += 1;
                known.factors.app = app.map(|(secret, last_step)| App { secret, last_step });
                if app.is_none() {
                    known.factors.recovery.clear();
                }
                self.credentials_changed(user);
            }
            Fact::Recovery { user, codes } => {
                let set = codes.iter().map(|code| (*code, false)).collect();
                self.known(user).factors.recovery = set;
                self.credentials_changed(user);
            }
            Fact::CodeSent { code, sign_in } => self.factors.sent(code, sign_in),
            Fact::Policy(policy) => {
                self.stands.live = self.policies.len();
                self.policies.push(Arc::clone(policy));
            }
            Fact::Overlay(policy, until) => {
                self.stands.over = Some((self.policies.len(), *until));
                self.policies.push(Arc::clone(policy));
            }
            Fact::Purged { subjects, now: at } => return self.purged(subjects, *at, now),
            Fact::Issued { subject, who, now } => {
                self.issued.insert((subject.clone(), *who));
                self.factors.die_in(subject, &who.lane());
                let row = match who {
                    Who::Pass(_) => Row::pass(now.0),
                    Who::Device(_) | Who::Source(_) => Row::default(),
                };
                self.model(subject).rows.insert(*who, row);
            }
            Fact::Other => {}
        }
        Ok(())
    }

    fn known(&mut self, user: &UserId) -> &mut Known {
        self.users.get_mut(user).expect("a user of this world")
    }

    fn model(&mut self, subject: &SubjectKey) -> &mut Model {
        self.subjects.entry(subject.clone()).or_default()
    }

    fn remember(&mut self, subject: &SubjectKey, now: i64) {
        let model = self.subjects.get(subject).cloned().unwrap_or_default();
        self.history.note(subject, (now, self.step), &model);
    }

    fn settled(
        &mut self,
        around: &Around,
        (request, tried): (&SettleRequest, &Tried),
        told: &Told,
        version: usize,
        moved: bool,
    ) -> Result<(), Wrong> {
        if let Some(before) = self.answers.get(&request.attempt) {
            if before != told {
                let text = format!("answered {before:?} before, {told:?} now");
                return Err((Check::Durable, text));
            }
            return Ok(());
        }
        if matches!(told, Told::Complete | Told::Passed) {
            self.right_is_right(around, (request, tried), told)?;
        }
        if version != around.version {
            let text = format!("decided by version {version}, in force was {}", around.version);
            return Err((Check::Policy, text));
        }
        unmoved(around, request)?;
        let policy = Arc::clone(&self.policies[version]);
        if moved && *told == Told::Again {
            return Ok(());
        }
        let (expected, mail) = self.expect(&policy, (request, tried), around.now);
        if expected != *told {
            let check = match (&expected, told) {
                (Told::Locked(_), told) if told.reveals() => Check::Exact,
                (_, Told::Complete) => Check::Session,
                _ => Check::Answer,
            };
            return Err((check, format!("{told:?} where {expected:?} is right: {request:?}")));
        }
        self.count_revealed(&policy, request, told)?;
        if told.reveals() || matches!(told, Told::Locked(_)) {
            self.answers.insert(request.attempt.clone(), told.clone());
        }
        if *told == Told::Complete {
            self.sessions += 1;
            let id = sign_in_of(request);
            self.complete.insert(id.clone());
        }
        self.mails(around, mail, &policy)
    }

    /// Promise P1 without the model: wrong answers of a lock period never exceed N.
    fn count_revealed(
        &mut self,
        policy: &Policy,
        request: &SettleRequest,
        told: &Told,
    ) -> Result<(), Wrong> {
        let who = NAMES.who(&request.lane, &request.source);
        let model = self.subjects.get_mut(&request.subject);
        let fresh = model.is_none_or(|model| match who {
            Who::Source(_) => model.total() <= 1,
            Who::Device(_) | Who::Pass(_) => model.rows.get(&who).is_none_or(|row| row.count <= 1),
        });
        let key = (request.subject.clone(), (!matches!(who, Who::Source(_))).then_some(who));
        let most = match (self.edits, who) {
            (_, Who::Pass(_)) => lockkeeper::lockout::GRACE_PASS_TRIES,
            (Edits::KeepN, _) => policy.max_attempts,
            (Edits::MoveN, _) => 4,
        };
        let counts_by_source =
            |policy: &Arc<Policy>| policy.lockout_type == LockoutType::PerUserPerIp;
        let per_source = self.policies.iter().any(counts_by_source);
        let seen = self.revealed.entry(key).or_default();
        if fresh {
            *seen = 0;
        }
        match told {
            Told::Wrong(Some(_)) => *seen += 1,
            Told::WrongAndLocked(_) | Told::Complete => *seen = 0,
            Told::Locked(_) | Told::Wrong(None) | Told::Passed | Told::Banned => {}
            Told::Void | Told::Deleted | Told::FactorDied | Told::Again => {}
        }
        let bound = if per_source { most * 3 } else { most };
        if *seen > bound {
            return Err((Check::Exact, format!("{seen} wrong answers revealed, N is {most}")));
        }
        Ok(())
    }

    fn mails(&self, around: &Around, mail: Option<bool>, policy: &Policy) -> Result<(), Wrong> {
        if self.edits == Edits::MoveN {
            return Ok(());
        }
        let written: Vec<bool> = around.mails.iter().map(|row| row.reminder).collect();
        let expected: Vec<bool> = mail.filter(|_| policy.unlock_mail).into_iter().collect();
        if written == expected {
            return Ok(());
        }
        let text = format!("mails (reminder?) {written:?} where {expected:?} is right");
        Err((Check::Mail, text))
    }

    fn policy_at(&self, version: usize) -> Arc<Policy> {
        Arc::clone(&self.policies[version])
    }
}

/// The lock that refuses this row's attempts, also where the lane is dead.
fn locked(model: &Model, who: Who) -> Option<Until> {
    let row = model.rows.get(&who).and_then(|row| row.locked(model.now));
    let staff = model.staff.filter(|end| end.holds_at(Millis(model.now)));
    let account = model.account.locked(model.now).filter(|_| matches!(who, Who::Source(_)));
    staff.or(account.max(row))
}
