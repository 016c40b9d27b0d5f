//! The rows of the simulated database: what is durable, and what an open transaction has written
//! over it. Knows which rows there are, not what they mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockkeeper::lockout::{LaneState, Policy, SourceState, SubjectState};
use lockkeeper::model::{
    AttemptId, CanonicalKey, Lane, Millis, OneTimeCodeId, OutboxId, SessionId, SignInId, Source,
    UserId,
};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::attempts::AttemptRow;
use lockkeeper::store::lockout_policy::version_at;
use lockkeeper::store::notices::Notice;
use lockkeeper::store::one_time_codes::OneTimeCode;
use lockkeeper::store::outbox::{OutboxRow, OutboxStatus, OutboxTopic};
use lockkeeper::store::sessions::Session;
use lockkeeper::store::sign_ins::SignIn;

use super::factors::Factors;

/// A user, with the number of the password that is right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) credential_version: i64,
    pub(crate) banned: bool,
    pub(crate) password: u64,
    pub(crate) mailed: bool,
    pub(crate) factors: Factors,
}

/// One kind of row, written over or taken away.
pub(crate) type Over<K, V> = BTreeMap<K, Option<V>>;

#[derive(Clone, Default)]
pub(crate) struct Image {
    pub(crate) subjects: BTreeMap<SubjectKey, SubjectState>,
    pub(crate) sources: BTreeMap<(SubjectKey, Source), SourceState>,
    pub(crate) lanes: BTreeMap<(SubjectKey, Lane), LaneState>,
    pub(crate) users: BTreeMap<UserId, Person>,
    pub(crate) keys: BTreeMap<CanonicalKey, UserId>,
    pub(crate) attempts: BTreeMap<AttemptId, AttemptRow>,
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) sign_ins: BTreeMap<SignInId, SignIn>,
    pub(crate) codes: BTreeMap<OneTimeCodeId, OneTimeCode>,
    pub(crate) outbox: BTreeMap<OutboxId, OutboxRow>,
    /// By version, from 0.
    pub(crate) policies: Vec<Arc<Policy>>,
    pub(crate) stands: Stands,
}

/// Numbers of the live version and of the one over it, with its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stands {
    pub(crate) live: usize,
    pub(crate) over: Option<(usize, Millis)>,
}

impl Stands {
    /// As the settle that ships chooses.
    pub(crate) fn version_at(self, now: Millis) -> usize {
        let (over, until) = self.over.unzip();
        version_at((self.live as i64, over.map(|over| over as i64), until), now) as usize
    }
}

/// What a transaction has written.
#[derive(Clone, Default)]
pub(crate) struct Written {
    pub(crate) subjects: Over<SubjectKey, SubjectState>,
    pub(crate) sources: Over<(SubjectKey, Source), SourceState>,
    pub(crate) lanes: Over<(SubjectKey, Lane), LaneState>,
    pub(crate) users: Over<UserId, Person>,
    pub(crate) keys: Over<CanonicalKey, UserId>,
    pub(crate) attempts: Over<AttemptId, AttemptRow>,
    pub(crate) sessions: Over<SessionId, Session>,
    pub(crate) sign_ins: Over<SignInId, SignIn>,
    pub(crate) codes: Over<OneTimeCodeId, OneTimeCode>,
    pub(crate) outbox: Over<OutboxId, OutboxRow>,
    pub(crate) policies: Vec<Arc<Policy>>,
    pub(crate) stands: Option<Stands>,
    /// What the commit tells the other nodes.
    pub(crate) notices: Vec<Notice>,
}

fn lay<K: Ord, V>(below: &mut BTreeMap<K, V>, over: Over<K, V>) {
    for (key, row) in over {
        match row {
            Some(row) => drop(below.insert(key, row)),
            None => drop(below.remove(&key)),
        }
    }
}

pub(crate) fn seen<K: Ord, V: Clone>(
    below: &BTreeMap<K, V>,
    over: &Over<K, V>,
    key: &K,
) -> Option<V> {
    over.get(key).map_or_else(|| below.get(key).cloned(), Clone::clone)
}

impl Image {
    /// The commit: everything together.
    pub(crate) fn take(&mut self, written: Written) {
        lay(&mut self.subjects, written.subjects);
        lay(&mut self.sources, written.sources);
        lay(&mut self.lanes, written.lanes);
        lay(&mut self.users, written.users);
        lay(&mut self.keys, written.keys);
        lay(&mut self.attempts, written.attempts);
        lay(&mut self.sessions, written.sessions);
        lay(&mut self.sign_ins, written.sign_ins);
        lay(&mut self.codes, written.codes);
        lay(&mut self.outbox, written.outbox);
        self.policies.extend(written.policies);
        self.stands = written.stands.unwrap_or(self.stands);
    }

    /// The policy in force.
    pub(crate) fn policy(&self, now: Millis) -> Arc<Policy> {
        Arc::clone(&self.policies[self.stands.version_at(now)])
    }

    /// As the outbox counts for the caps against mail bombing, newest first.
    pub(crate) fn unlock_mails(
        &self,
        over: &Over<OutboxId, OutboxRow>,
        subject: &SubjectKey,
        since: Millis,
    ) -> Vec<Millis> {
        let counts = |row: &&OutboxRow| {
            row.subject.as_ref() == Some(subject)
                && row.created_at >= since
                && row.topic == OutboxTopic::Unlock
                && !matches!(row.status, OutboxStatus::Suppressed | OutboxStatus::Dropped)
        };
        let below = self.outbox.iter().filter(|(id, _)| !over.contains_key(*id));
        let rows = below.map(|(_, row)| row).chain(over.values().flatten());
        let mut at: Vec<Millis> = rows.filter(counts).map(|row| row.created_at).collect();
        at.sort_by(|a, b| b.cmp(a));
        at
    }
}
