//! Writes besides settles and changes: sign-up and deletion (the real ones), and, written down for
//! the simulated rows as `store` does for SQL: passwords, bans, policies, lanes, upkeep, claims;
//! `enrol` and `codes` have second factors.

use std::collections::BTreeSet;
use std::sync::Arc;

use lockkeeper::lockout::{LaneState, Policy, SubjectState};
use lockkeeper::model::{CanonicalKey, Millis, OutboxId, Span, Until, UserId};
use lockkeeper::store::outbox::{OutboxRow, OutboxStatus};
use lockkeeper::store::upkeep::PurgeLimits;
use lockkeeper::store::users::{self, NewUser};
use lockkeeper::store::{StoreError, SubjectKey};

use super::codes::{self, CodeOrder};
use super::crooked::{Crook, through};
use super::defects::Defect;
use super::enrol;
use super::facts::Fact;
use super::image::{Person, Stands, seen};
use super::ledger::{Born, Txn};
use super::names::NAMES;
use crate::lockout_model::Who;

#[derive(Clone)]
pub(crate) enum Plain {
    SignUp {
        new: Box<NewUser>,
        born: Born,
    },
    Delete {
        user: UserId,
    },
    Password {
        user: UserId,
        password: u64,
    },
    Ban {
        user: UserId,
        banned: bool,
    },
    /// By secret and newest step.
    App {
        user: UserId,
        app: Option<(u64, i64)>,
    },
    Recovery {
        user: UserId,
        codes: Vec<u64>,
    },
    SendCode(Box<CodeOrder>),
    Policy(Arc<Policy>),
    /// Over the live one for so long.
    Overlay(Arc<Policy>, Span),
    Purge,
    Issue {
        user: UserId,
        who: Who,
    },
    Claim {
        limit: usize,
        lease: Span,
    },
    /// `tries` names the claim: whoever has lost it must not note much.
    Finish {
        id: OutboxId,
        tries: i64,
        status: OutboxStatus,
    },
    PutOff {
        id: OutboxId,
        tries: i64,
        until: Millis,
    },
}

#[derive(Debug, Clone)]
pub(crate) enum Done {
    Nothing,
    Claimed(Vec<OutboxRow>),
}

/// Takes its place among subject keys where outbox rows are locked.
pub(crate) fn outbox_lock() -> SubjectKey {
    SubjectKey::from_stored("~outbox".to_owned())
}

impl Plain {
    pub(crate) fn locks(&self) -> BTreeSet<SubjectKey> {
        let user = |user: &UserId| SubjectKey::user(user);
        match self {
            Self::SignUp { new, .. } => {
                let phantoms = new.phantoms.iter().map(|(_, phantom)| phantom.clone());
                phantoms.chain([user(&new.user.id)]).collect()
            }
            Self::Delete { user: id } => NAMES.phantoms.iter().cloned().chain([user(id)]).collect(),
            Self::Password { user: id, .. }
            | Self::Ban { user: id, .. }
            | Self::App { user: id, .. }
            | Self::Recovery { user: id, .. }
            | Self::Issue { user: id, .. } => BTreeSet::from([user(id)]),
            Self::SendCode(order) => BTreeSet::from([order.subject.clone()]),
            Self::Policy(_) | Self::Overlay(..) | Self::Purge => BTreeSet::new(),
            Self::Claim { .. } | Self::Finish { .. } | Self::PutOff { .. } => {
                BTreeSet::from([outbox_lock()])
            }
        }
    }

    /// Runs inside a savepoint. `held` are subjects that other transactions have locked.
    pub(crate) fn run(
        &self,
        txn: &mut Txn<'_>,
        crook: Option<Crook>,
        held: &BTreeSet<SubjectKey>,
    ) -> Result<(Done, Fact), StoreError> {
        let nothing = |fact| Ok((Done::Nothing, fact));
        match self {
            Self::SignUp { new, born } => {
                txn.born = *born;
                through(txn, crook, |ledger| users::create(ledger, new))?;
                let keys = new.identifications.iter().map(|one| one.canonical_key.clone());
                let (user, keys) = (new.user.id.clone(), keys.collect());
                let factors = txn.person(&user).ok_or(StoreError::NotFound)?.factors;
                nothing(Fact::SignedUp { user, keys, password: born.password, factors })
            }
            Self::Delete { user } => {
                let phantoms: Vec<(CanonicalKey, SubjectKey)> =
                    NAMES.keys.iter().cloned().zip(NAMES.phantoms.iter().cloned()).collect();
                let copied = txn.state(&SubjectKey::user(user)).is_some();
                through(txn, crook, |ledger| {
                    users::delete(ledger, &NAMES.tenant, user, &phantoms)
                })?;
                nothing(Fact::Deleted { user: user.clone(), copied })
            }
            Self::Password { user, password } => {
                change_person(txn, user, |person| {
                    person.password = *password;
                    person.credential_version += 1;
                })?;
                if crook.is_none_or(|crook| crook.defect != Defect::NewPasswordKeepsPasses) {
                    raise_all_serial(txn, user);
                }
                nothing(Fact::Password { user: user.clone(), password: *password })
            }
            Self::Ban { user, banned } => {
                change_person(txn, user, |person| person.banned = *banned)?;
                if *banned {
                    raise_all_serial(txn, user);
                }
                nothing(Fact::Banned { user: user.clone(), banned: *banned })
            }
            Self::App { user, app } => nothing(enrol::set_app(txn, user, *app)?),
            Self::Recovery { user, codes } => nothing(enrol::set_recovery(txn, user, codes)?),
            Self::SendCode(order) => nothing(codes::issue(txn, order)),
            Self::Policy(policy) => {
                if crook.is_some_and(|crook| crook.defect == Defect::PolicyEditMovesLocks) {
                    move_locks(txn);
                }
                let live = txn.image.policies.len() + txn.over.policies.len();
                txn.over.policies.push(Arc::clone(policy));
                let stands = txn.over.stands.unwrap_or(txn.image.stands);
                txn.over.stands = Some(Stands { live, ..stands });
                nothing(Fact::Policy(Arc::clone(policy)))
            }
            Self::Overlay(policy, length) => {
                let over = txn.image.policies.len() + txn.over.policies.len();
                let until = txn.now.after(*length);
                txn.over.policies.push(Arc::clone(policy));
                let stands = txn.over.stands.unwrap_or(txn.image.stands);
                txn.over.stands = Some(Stands { over: Some((over, until)), ..stands });
                nothing(Fact::Overlay(Arc::clone(policy), until))
            }
            Self::Purge => {
                let locked_too =
                    crook.is_some_and(|crook| crook.defect == Defect::PurgeTakesLocked);
                let subjects = purge(txn, held, locked_too);
                nothing(Fact::Purged { subjects, now: txn.now })
            }
            Self::Issue { user, who } => issue(txn, user, *who).map(|fact| (Done::Nothing, fact)),
            Self::Claim { limit, lease } => {
                let greedy = crook.is_some_and(|crook| crook.defect == Defect::ClaimsIgnoreLeases);
                Ok((Done::Claimed(claim(txn, *limit, *lease, greedy)), Fact::Other))
            }
            Self::Finish { id, tries, status } => {
                let row = seen(&txn.image.outbox, &txn.over.outbox, id);
                let mut row = row.ok_or(StoreError::NotFound)?;
                if row.status == *status {
                    return nothing(Fact::Other);
                }
                let claimed = row.status == OutboxStatus::Sending && row.tries == *tries;
                let open = matches!(row.status, OutboxStatus::Due | OutboxStatus::Sending);
                if !(claimed || open && *status == OutboxStatus::Sent) {
                    return Err(StoreError::NotFound);
                }
                (row.status, row.claimed_until) = (*status, None);
                row.finished_at = Some(txn.now);
                txn.over.outbox.insert(id.clone(), Some(row));
                nothing(Fact::Other)
            }
            Self::PutOff { id, tries, until } => {
                let row = seen(&txn.image.outbox, &txn.over.outbox, id);
                let mut row = row
                    .filter(|row| row.status == OutboxStatus::Sending && row.tries == *tries)
                    .ok_or(StoreError::NotFound)?;
                (row.status, row.claimed_until, row.due_at) = (OutboxStatus::Due, None, *until);
                txn.over.outbox.insert(id.clone(), Some(row));
                nothing(Fact::Other)
            }
        }
    }
}

pub(crate) fn change_person(
    txn: &mut Txn<'_>,
    user: &UserId,
    change: impl FnOnce(&mut Person),
) -> Result<(), StoreError> {
    let mut person = txn.person(user).ok_or(StoreError::NotFound)?;
    change(&mut person);
    txn.over.users.insert(user.clone(), Some(person));
    Ok(())
}

/// As `store::subject_moves`: what was verified or given out under the old credential is void.
pub(crate) fn raise_all_serial(txn: &mut Txn<'_>, user: &UserId) {
    let subject = SubjectKey::user(user);
    let mut state = txn.state(&subject).unwrap_or_default();
    state.all_serial += 1;
    txn.over.subjects.insert(subject, Some(state));
}

fn move_locks(txn: &mut Txn<'_>) {
    for (subject, state) in &txn.image.subjects {
        let mut moved = state.clone();
        if let Some(lock) = &mut moved.lock {
            lock.until = Until::At(lock.since);
            txn.over.subjects.insert(subject.clone(), Some(moved));
        }
    }
}

fn issue(txn: &mut Txn<'_>, user: &UserId, who: Who) -> Result<Fact, StoreError> {
    let subject = SubjectKey::user(user);
    txn.person(user).ok_or(StoreError::NotFound)?;
    let state: SubjectState = txn.state(&subject).unwrap_or_default();
    let now = txn.now.max(state.last_instant);
    let before = seen(&txn.image.lanes, &txn.over.lanes, &(subject.clone(), who.lane()));
    let row = match who {
        Who::Pass(_) => LaneState::pass(&state, now),
        Who::Device(_) | Who::Source(_) => LaneState::device(&state),
    };
    // A lane that is given out has a name of its own; here it takes an older one's, and is no more
    // the lane in which a factor was passed.
    let row = LaneState { serial: before.map_or(0, |row| row.serial + 1), ..row };
    txn.over.lanes.insert((subject.clone(), who.lane()), Some(row));
    Ok(Fact::Issued { subject, who, now })
}

/// As `store::upkeep`: phantoms whose count is forgotten and that nothing locks.
fn purge(txn: &mut Txn<'_>, held: &BTreeSet<SubjectKey>, locked_too: bool) -> Vec<SubjectKey> {
    let now = txn.now;
    let over = |until: Until| locked_too || !until.holds_at(now);
    let mut gone = Vec::new();
    let mut known: Vec<&SubjectKey> = txn.image.subjects.keys().collect();
    known.extend(txn.over.subjects.keys());
    known.sort();
    known.dedup();
    for subject in known {
        let Some(state) = txn.state(subject) else { continue };
        let forgotten = state.deadline.is_none_or(|deadline| deadline < now) || locked_too;
        let long_ago = now.before(PurgeLimits::default().long_runs);
        let sources = txn.sources_of(subject);
        let source_locks = sources.iter().filter_map(|source| {
            let key = (subject.clone(), source.clone());
            seen(&txn.image.sources, &txn.over.sources, &key).and_then(|row| row.lock)
        });
        let unlocked = state.lock.is_none_or(|lock| over(lock.until))
            && state.staff_lock.is_none_or(|lock| over(lock.until))
            && source_locks.into_iter().all(|lock| over(lock.until));
        let idle = state.long_run == 0 || state.last_instant < long_ago || locked_too;
        if subject.is_phantom() && !held.contains(subject) && forgotten && unlocked && idle {
            gone.push(subject.clone());
        }
    }
    for subject in &gone {
        txn.forget(subject);
    }
    gone
}

/// As `store::outbox`: due rows, and rows whose worker went silent, oldest first.
fn claim(txn: &mut Txn<'_>, limit: usize, lease: Span, greedy: bool) -> Vec<OutboxRow> {
    let now = txn.now;
    let free = |row: &&OutboxRow| match row.status {
        OutboxStatus::Due => row.due_at <= now,
        OutboxStatus::Sending => greedy || row.claimed_until.is_some_and(|end| end <= now),
        OutboxStatus::Sent
        | OutboxStatus::Void
        | OutboxStatus::Suppressed
        | OutboxStatus::Dropped
        | OutboxStatus::Dead => false,
    };
    let below = txn.image.outbox.iter().filter(|(id, _)| !txn.over.outbox.contains_key(*id));
    let rows = below.map(|(_, row)| row).chain(txn.over.outbox.values().flatten());
    let mut rows: Vec<OutboxRow> = rows.filter(free).cloned().collect();
    rows.sort_by_key(|row| (row.due_at, row.id.clone()));
    rows.truncate(limit);
    for row in &mut rows {
        row.status = OutboxStatus::Sending;
        row.tries += 1;
        row.claimed_until = Some(now.after(lease));
        txn.over.outbox.insert(row.id.clone(), Some(row.clone()));
    }
    rows
}
