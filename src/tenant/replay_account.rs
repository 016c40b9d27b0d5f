//! One account of a replay: what was recorded of it line by line, and beside each line what it would
//! have come to under the draft, by the same engine. Read only; decides nothing.

use super::profile::TenantProfile;
use super::time_machine::{Question, add_lock, add_try};
use super::{TenantFault, Tenants};
use crate::lockout::Policy;
use crate::lockout::time_machine::{Became, LogBuilder, Window, trace};
use crate::model::{Millis, Span, Until, UserId};
use crate::store::SubjectKey;
use crate::store::attempts::{AttemptDecision, AttemptRow, Refusals};
use crate::store::audit::AuditRow;
use crate::store::recorded::{RecordedLock, RecordedTry};
use crate::store::user_cards::UserCard;

/// Lines that are shown, the newest.
const LINES: usize = 100;
/// Tries, sums of refused ones and facts that are read: more than are shown, since what is counted
/// where the shown ones begin comes from before them.
const TRIES: i64 = 500;
const SUMS: i64 = 500;
const FACTS: i64 = 500;

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    Tried(Box<AttemptRow>),
    /// Within a minute.
    Refused(Refusals),
    /// A lock or an unlock that no try made.
    Fact(AuditRow),
}

/// A line of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    pub at: Millis,
    pub happened: Happened,
    /// `None` for what counts nowhere.
    pub draft: Option<Became>,
}

/// A lock from its first to its last moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockSpan {
    pub since: Millis,
    pub until: Until,
    /// When somebody lifted it before its end.
    pub lifted: Option<Millis>,
    /// Only for one source.
    pub source_only: bool,
}

/// One account under the policies as they were, and under the draft.
#[derive(Debug, Clone)]
pub struct AccountReplay {
    pub card: UserCard,
    pub window: Window,
    /// Oldest first; at most 100.
    pub lines: Vec<AccountLine>,
    /// There are older ones in the window.
    pub older: bool,
    /// More is on record than was read, of tries, refused ones or facts: counts may have begun before
    /// it, and lines may be missing among the oldest.
    pub cut: bool,
    /// Of the whole window, oldest first.
    pub locks_now: Vec<LockSpan>,
    pub locks_draft: Vec<LockSpan>,
}

/// What was read, in the order in which the log was given it.
#[derive(Default)]
struct Read {
    log: LogBuilder,
    given: Vec<Happened>,
    /// What the log does not take: it counts nowhere.
    aside: Vec<AccountLine>,
}

impl Read {
    fn give(&mut self, at: Millis, happened: Happened, give: impl FnOnce(&mut LogBuilder)) {
        let before = self.log.len();
        give(&mut self.log);
        if self.log.len() > before {
            self.given.push(happened);
        } else if matches!(happened, Happened::Tried(_)) {
            self.aside.push(AccountLine { at, happened, draft: None });
        }
    }

    /// All lines in their order.
    fn traced(self, account: &str, draft: &Policy, window: Window) -> Vec<AccountLine> {
        let Self { log, given, aside } = self;
        let (log, order) = log.finish_in_order();
        let mut given: Vec<Option<Happened>> = given.into_iter().map(Some).collect();
        let mut lines = aside;
        let traced = trace(&log, account, draft, window);
        for (number, (at, became)) in order.into_iter().zip(traced) {
            let of = usize::try_from(number).ok().and_then(|number| given.get_mut(number));
            // A sum of refused tries stands behind the lock that refused them, not at its minute's begin.
            if let (Some(happened), Some(draft)) = (of.and_then(Option::take), became) {
                lines.push(AccountLine { at, happened, draft: Some(draft) });
            }
        }
        // Stable: lines of one instant stay in the order of their decisions.
        lines.sort_by_key(|line| line.at);
        lines
    }
}

impl Tenants {
    /// One account of a replay. `None` when the user is gone.
    ///
    /// # Errors
    /// As any read.
    pub async fn replay_of_account(
        &self,
        profile: &TenantProfile,
        user: UserId,
        question: &Question,
    ) -> Result<Option<AccountReplay>, TenantFault> {
        let (tenant, reader) = (profile.id(), &self.inner.reader);
        let subject = SubjectKey::user(&user);
        let Some(card) = self.user(profile, user.clone()).await? else { return Ok(None) };
        let to = self.inner.clock.now();
        let window = Window { from: to.before(question.last), to };
        let Question { live, draft, .. } = question;
        let memory = live.history_duration.max(draft.history_duration).max(Span::DAY);
        let begin = window.from.before(memory);
        let mut tries = reader.attempts_of(tenant.clone(), subject.clone(), TRIES).await?;
        let last = tries.last().map(|row| row.at);
        let oldest = last.filter(|_| ends_after(begin, TRIES, tries.len(), last));
        let begin = oldest.unwrap_or(begin);
        tries.retain(|row| row.at >= begin);
        let sums = reader.refusals_of(tenant.clone(), subject.clone(), SUMS).await?;
        let facts = reader.facts_about(tenant.clone(), user, FACTS).await?;
        let sum_at = |sum: &Refusals| Millis(sum.minute.saturating_mul(Span::MINUTE.0));
        let cut = oldest.is_some()
            || ends_after(begin, SUMS, sums.len(), sums.last().map(sum_at))
            || ends_after(begin, FACTS, facts.len(), facts.last().map(|fact| fact.at));
        let mut read = Read::default();
        for row in tries {
            read.give(row.at, Happened::Tried(Box::new(row.clone())), |log| {
                add_try(log, &recorded_try(&row));
            });
        }
        for sum in sums {
            let at = sum_at(&sum);
            if at.after(Span::MINUTE) > begin {
                let tries = u32::try_from(sum.tries).unwrap_or(u32::MAX);
                read.give(at, Happened::Refused(sum.clone()), |log| {
                    log.refused(sum.subject.as_str(), sum.source.as_str(), at, tries);
                });
            }
        }
        for fact in facts.into_iter().filter(|fact| fact.at >= begin) {
            read.give(fact.at, Happened::Fact(fact.clone()), |log| {
                add_lock(log, &recorded_lock(fact));
            });
        }
        let mut lines = read.traced(subject.as_str(), draft, window);
        lines.retain(|line| line.at >= window.from);
        let (locks_now, locks_draft) = (locks_now(&lines), locks_draft(&lines));
        let more = lines.len().saturating_sub(LINES);
        lines.drain(..more);
        let older = more > 0;
        Ok(Some(AccountReplay { card, window, lines, older, cut, locks_now, locks_draft }))
    }
}

/// Whether what was read, newest first, ends at its limit and after `begin`: there may be more between.
fn ends_after(begin: Millis, limit: i64, read: usize, last: Option<Millis>) -> bool {
    i64::try_from(read).is_ok_and(|read| read >= limit) && last.is_some_and(|last| last > begin)
}

pub(super) fn recorded_try(row: &AttemptRow) -> RecordedTry {
    RecordedTry {
        id: row.id.clone(),
        previous: row.previous.clone(),
        at: row.at,
        subject: row.subject.clone(),
        source: row.source.clone(),
        authenticator: row.authenticator.clone(),
        decision: row.decision,
        repeated: row.repeated,
        lane: row.lane.clone(),
        lock_kind: row.lock_kind.clone(),
        lock_source_only: row.lock_source_only,
        lock_since: row.lock_since,
        lock_until: row.lock_until,
    }
}

pub(super) fn recorded_lock(row: AuditRow) -> RecordedLock {
    let AuditRow { id, at, action, subject, detail, .. } = row;
    RecordedLock { id, at, action, subject, detail }
}

/// The locks that there were.
fn locks_now(lines: &[AccountLine]) -> Vec<LockSpan> {
    let mut locks = Vec::new();
    for line in lines {
        match &line.happened {
            Happened::Tried(row) if row.decision == AttemptDecision::Locked => {
                if let Some((since, end)) = row.lock_since.zip(row.lock_until) {
                    let until = match end.0 {
                        i64::MAX => Until::Unlocked,
                        _ => Until::At(end),
                    };
                    let source_only = row.lock_source_only;
                    locks.push(LockSpan { since, until, lifted: None, source_only });
                }
            }
            Happened::Fact(fact) if fact.action == "user.unlocked" => lift(&mut locks, line.at),
            Happened::Tried(_) | Happened::Refused(_) | Happened::Fact(_) => {}
        }
    }
    locks
}

/// The locks that there would have been.
fn locks_draft(lines: &[AccountLine]) -> Vec<LockSpan> {
    let mut locks: Vec<LockSpan> = Vec::new();
    for line in lines {
        let lock = match &line.draft {
            Some(Became::Locked(lock) | Became::Checked { lock: Some(lock), .. }) => lock,
            Some(Became::Lifted) => {
                lift(&mut locks, line.at);
                continue;
            }
            Some(
                Became::Refused(_)
                | Became::Counted { .. }
                | Became::Uncounted(_)
                | Became::Passed
                | Became::Completed
                | Became::Checked { lock: None, .. }
                | Became::ByStaff
                | Became::Nothing,
            )
            | None => continue,
        };
        if !lock.staff && !locks.iter().any(|known| known.since == lock.since) {
            let (since, until, source_only) = (lock.since, lock.until, lock.source_only);
            locks.push(LockSpan { since, until, lifted: None, source_only });
        }
    }
    locks
}

fn lift(locks: &mut [LockSpan], at: Millis) {
    for lock in locks.iter_mut().filter(|lock| lock.lifted.is_none() && lock.until.holds_at(at)) {
        lock.lifted = Some(at);
    }
}
