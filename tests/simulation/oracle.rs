//! The reference of a simulated world: the same rules once more, sequential and plain. It is told
//! what each durable transaction did, in the order of the commits, says what should have come of
//! it, and compares. The rules of the lockout are `lockout_model`'s; this file adds who owns an
//! identifier, which password is right, and what was answered before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lockkeeper::lockout::{Event, LockoutType, Policy};
use lockkeeper::model::{AttemptId, CanonicalKey, Millis, SignInId, Until, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::settle::{SettleRequest, SettleSignIn, Verified};

use super::facts::{Around, Fact};
use super::history::History;
use super::image::{Image, Stands};
use super::laws::{press_stays_within, unmoved};
use super::names::{Edits, NAMES};
use super::report::Check;
use super::told::{Told, sign_in_of, told_of};
use crate::lockout_model::reference::{Model, Row};
use crate::lockout_model::{Seen, Who};

/// What was found wrong, and how it showed.
pub(crate) type Wrong = (Check, String);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    version: i64,
    password: u64,
    banned: bool,
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
            revealed: BTreeMap::new(),
            history: History::default(),
            step: 0,
        }
    }

    /// Takes one fact of a transaction that has just become durable at `now` (true time), and
    /// compares what it did with what it should have done.
    pub(crate) fn take(&mut self, fact: &Fact, now: i64) -> Result<(), Wrong> {
        match fact {
            Fact::Settled { around, request, secret, settled, moved } => {
                let told = Told::of(settled.answer());
                let version = settled.policy_version() as usize;
                let known = self.answers.contains_key(&request.attempt);
                self.settled(around, request, *secret, &told, version, *moved)?;
                if settled.at() < around.locked_at && !known {
                    return Err((Check::Clock, format!("{:?} before the lock", settled.at())));
                }
                self.remember(&request.subject, now);
            }
            Fact::Changed { around, user, event, change } => {
                self.changed(around, user, event, change)?;
                self.remember(&around.subject, now);
            }
            Fact::SignedUp { user, keys, password } => self.signed_up(user, keys, *password, now),
            Fact::Deleted { user } => self.deleted(user, now),
            Fact::Password { user, password } => {
                let known = self.users.get_mut(user).expect("a user of this world");
                (known.version, known.password) = (known.version + 1, *password);
                self.model(&SubjectKey::user(user)).kill_passes();
            }
            Fact::Banned { user, banned } => {
                self.users.get_mut(user).expect("a user of this world").banned = *banned;
                if *banned {
                    self.model(&SubjectKey::user(user)).kill_passes();
                }
            }
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

    fn model(&mut self, subject: &SubjectKey) -> &mut Model {
        self.subjects.entry(subject.clone()).or_default()
    }

    fn remember(&mut self, subject: &SubjectKey, now: i64) {
        let model = self.subjects.get(subject).cloned().unwrap_or_default();
        self.history.note(subject, (now, self.step), &model);
    }

    /// Some identifiers' subjects: whoever has or had the key, and its phantom.
    pub(crate) fn subjects_of(&self, key: &CanonicalKey) -> Vec<SubjectKey> {
        let owners = self.owners.iter().filter(|(owned, _)| owned == key);
        let users = owners.map(|(_, user)| SubjectKey::user(user));
        users.chain([NAMES.phantom_of(key)]).collect()
    }

    fn settled(
        &mut self,
        around: &Around,
        request: &SettleRequest,
        secret: u64,
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
        if *told == Told::Complete {
            self.session_is_right(around, request, secret)?;
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
        let (expected, mail) = self.expect(&policy, request, secret, around.now);
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

    /// Without the model: what the rows said before, and which password is right.
    fn session_is_right(
        &self,
        around: &Around,
        request: &SettleRequest,
        secret: u64,
    ) -> Result<(), Wrong> {
        let (before, at) = (&around.before, around.now.max(around.before.last_instant));
        let staff = before.staff_lock.is_some_and(|lock| lock.until.holds_at(at));
        let lock = before.lock.is_some_and(|lock| lock.until.holds_at(at));
        if staff || (lock && request.lane.is_public()) {
            return Err((Check::Session, "a session while locked".to_owned()));
        }
        let known = self.keys.get(&request.key).and_then(|user| self.users.get(user));
        if known.is_none_or(|known| known.password != secret) {
            return Err((Check::Session, format!("a session from a password not right: {secret}")));
        }
        let id = sign_in_of(request);
        if self.complete.contains(id) {
            return Err((Check::Session, "a sign-in completed twice".to_owned()));
        }
        Ok(())
    }

    fn expect(
        &mut self,
        policy: &Policy,
        request: &SettleRequest,
        secret: u64,
        now: Millis,
    ) -> (Told, Option<bool>) {
        let owner = self.keys.get(&request.key).cloned();
        let subject = owner.as_ref().map_or_else(|| request.phantom.clone(), SubjectKey::user);
        if subject != request.subject {
            return (Told::Again, None);
        }
        let who = NAMES.who(&request.lane, &request.source);
        let mut model = self.subjects.get(&subject).cloned().unwrap_or_default();
        model.time_passes(policy, Some(who), now.0);
        let unissued =
            !matches!(who, Who::Source(_)) && !self.issued.contains(&(subject.clone(), who));
        let dead = unissued || model.rows.get(&who).is_some_and(|row| row.dead);
        if let Some(end) = locked(&model, who) {
            return (Told::Locked(end), None);
        }
        let known = owner.as_ref().map(|user| self.users[user].clone());
        let version = known.as_ref().map_or(0, |known| known.version);
        let (Verified::Right { credential_version } | Verified::Wrong { credential_version }) =
            request.verified;
        if credential_version != version {
            return (Told::Again, None);
        }
        if let SettleSignIn::Existing(id) = &request.sign_in
            && self.complete.contains(id)
        {
            return (Told::Void, None);
        }
        let right = known.as_ref().is_some_and(|known| known.password == secret);
        if right && known.is_some_and(|known| known.banned) {
            return (Told::Banned, None);
        }
        let (told, mail) = if dead {
            (Told::Again, None)
        } else if right {
            model.sign_in(policy, who);
            (Told::Complete, None)
        } else if policy.enabled {
            let (seen, mail) = model.fail(policy, who, 1);
            (told_of(&seen), mail)
        } else {
            (Told::Wrong(None), None)
        };
        self.subjects.insert(subject, model);
        (told, mail)
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
            Told::Locked(_) | Told::Wrong(None) | Told::Banned | Told::Void | Told::Again => {}
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

    fn changed(
        &mut self,
        around: &Around,
        user: &UserId,
        event: &Event,
        change: &lockkeeper::store::subject_events::SubjectChange,
    ) -> Result<(), Wrong> {
        if !self.users.contains_key(user) {
            return Err((Check::State, format!("{user} is gone and was changed")));
        }
        press_stays_within(around, event)?;
        let policy = self.policy_at(around.version);
        let model = self.subjects.entry(around.subject.clone()).or_default();
        model.time_passes(&policy, None, around.now.0);
        let (expected, got) = match event {
            Event::StaffLock { until } => {
                model.staff = *until;
                model.kill_passes();
                (Seen::Good, Seen::Good)
            }
            Event::StaffUnlock => {
                model.staff = None;
                (model.start_over(), Seen::Unlocked)
            }
            Event::Reset => {
                model.kill_passes();
                (model.start_over(), Seen::Unlocked)
            }
            Event::Press { episode } => {
                let got = match &change.decision {
                    lockkeeper::lockout::Decision::Unlocked { .. } => Seen::Unlocked,
                    _ => Seen::Void(""),
                };
                let expected = match model.press(&policy, *episode) {
                    Seen::Void(_) => Seen::Void(""),
                    other => other,
                };
                (expected, got)
            }
            Event::Failure { .. }
            | Event::RepeatedFailure { .. }
            | Event::FactorPassed { .. }
            | Event::SignInCompleted { .. } => {
                unreachable!("attempts settle")
            }
        };
        if expected != got {
            let check =
                if matches!(event, Event::Press { .. }) { Check::Press } else { Check::Answer };
            return Err((check, format!("{event:?}: {got:?} where {expected:?} is right")));
        }
        Ok(())
    }

    fn policy_at(&self, version: usize) -> Arc<Policy> {
        Arc::clone(&self.policies[version])
    }

    fn signed_up(&mut self, user: &UserId, keys: &[CanonicalKey], password: u64, now: i64) {
        self.users.insert(user.clone(), Known { version: 1, password, banned: false });
        self.revealed.clear();
        type Strength = (Option<Until>, Option<Until>, i64, i64);
        let mut strongest: Option<(Strength, SubjectKey)> = None;
        for key in keys {
            self.keys.insert(key.clone(), user.clone());
            self.owners.insert((key.clone(), user.clone()));
            let phantom = NAMES.phantom_of(key);
            if let Some(model) = self.subjects.get(&phantom) {
                let held = (model.staff, model.account.lock, model.total(), model.long_run);
                strongest = strongest.max(Some((held, phantom)));
            }
        }
        if let Some((_, phantom)) = strongest {
            let model = self.subjects[&phantom].clone();
            self.subjects.insert(SubjectKey::user(user), model);
        }
        for key in keys {
            self.subjects.remove(&NAMES.phantom_of(key));
            self.remember(&NAMES.phantom_of(key), now);
        }
        self.remember(&SubjectKey::user(user), now);
    }

    fn deleted(&mut self, user: &UserId, now: i64) {
        self.users.remove(user);
        // Count and lock change hands: the lock period is counted anew.
        self.revealed.clear();
        let subject = SubjectKey::user(user);
        let keys: Vec<CanonicalKey> = self
            .keys
            .iter()
            .filter(|(_, owner)| *owner == user)
            .map(|(key, _)| key.clone())
            .collect();
        let model = self.subjects.remove(&subject);
        self.remember(&subject, now);
        for key in keys {
            self.keys.remove(&key);
            let phantom = NAMES.phantom_of(&key);
            if let Some(mut model) = model.clone() {
                model.rows.retain(|who, _| matches!(who, Who::Source(_)));
                self.subjects.insert(phantom.clone(), model);
            }
            self.remember(&phantom, now);
        }
        self.issued.retain(|(issued, _)| *issued != subject);
    }

    fn purged(&mut self, subjects: &[SubjectKey], at: Millis, now: i64) -> Result<(), Wrong> {
        let policy = self.policy_at(self.stands.version_at(at));
        for subject in subjects {
            let mut model = self.subjects.remove(subject).unwrap_or_default();
            model.time_passes(&policy, None, at.0);
            let locked = [Who::Source(0), Who::Source(1), Who::Source(2)]
                .into_iter()
                .any(|who| locked(&model, who).is_some());
            if locked || model.total() > 0 {
                return Err((Check::Durable, format!("{subject:?} was purged with its lock")));
            }
            self.remember(subject, now);
        }
        Ok(())
    }

    /// Every subject, sessions and owners: after a crash, and where rows could have been touched
    /// that were not to be.
    pub(crate) fn compare_all(&self, image: &Image, at: Option<Millis>) -> Result<(), Wrong> {
        for subject in image.subjects.keys().chain(self.subjects.keys()) {
            self.compare(subject, image, at)?;
        }
        if image.sessions.len() != self.sessions {
            let text = format!("{} sessions, {} completed", image.sessions.len(), self.sessions);
            return Err((Check::Durable, text));
        }
        if image.attempts.len() != self.answers.len() {
            let text = format!("{} attempts, {} settled", image.attempts.len(), self.answers.len());
            return Err((Check::Durable, text));
        }
        Ok(())
    }

    /// One subject's rows with the model: numbers always, what each lane would meet if `at` is
    /// given.
    pub(crate) fn compare(
        &self,
        subject: &SubjectKey,
        image: &Image,
        at: Option<Millis>,
    ) -> Result<(), Wrong> {
        let real = image.subjects.get(subject).cloned().unwrap_or_default();
        let model = self.subjects.get(subject).cloned().unwrap_or_default();
        let episodes = self.edits == Edits::KeepN;
        let same = real.count == model.total()
            && real.long_run == model.long_run
            && real.lock.map(|lock| lock.until) == model.account.lock
            && real.staff_lock.map(|lock| lock.until) == model.staff
            && (!episodes || (real.episode, real.episode_open) == (model.episode, model.open));
        if !same {
            return Err((
                Check::State,
                format!("{subject:?}: {real:?}\n  where {model:?} is right"),
            ));
        }
        if let Some(at) = at {
            let policy = self.policy_at(self.stands.version_at(at));
            super::lanes::compare_lanes(&policy, subject, image, &model, &self.issued, at)?;
        }
        Ok(())
    }
}

/// The lock that refuses this row's attempts, also where the lane is dead.
fn locked(model: &Model, who: Who) -> Option<Until> {
    let row = model.rows.get(&who).and_then(|row| row.locked(model.now));
    let staff = model.staff.filter(|end| end.holds_at(Millis(model.now)));
    let account = model.account.locked(model.now).filter(|_| matches!(who, Who::Source(_)));
    staff.or(account.max(row))
}
