//! Replays what was recorded of a tenant under a draft policy: reads the log page by page and runs the
//! comparison on a thread of its own. Decides nothing: `lockout::time_machine` does.

use std::str::FromStr as _;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use super::profile::TenantProfile;
use super::replays::{Asked, AskedBy, Begun, Onlooker, Progress, Replay, ended};
use super::{TenantFault, Tenants};
use crate::lockout::time_machine::{
    Comparison, Go, Lesson, LockOf, Log, LogBuilder, RawLock, RawTry, Window, compare,
};
use crate::lockout::{Policy, PolicyDocument};
use crate::model::{AttemptId, AuditId, Authenticator, Lane, Millis, Span, TenantId, Until};
use crate::store::attempts::AttemptDecision;
use crate::store::recorded::{RecordedLock, RecordedTry};

/// Recorded tries that a replay looks at: about 100 bytes each while they are read. Where a tenant
/// has more in the span that was asked for, the span begins later, and the answer says so.
pub const MOST_TRIES: usize = 1_000_000;
/// Minute sums and locks beside them.
const MOST_FACTS: usize = 500_000;

/// How much a replay looks at.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Up to when.
    to: Millis,
    /// The newest so many tries.
    most: usize,
}

/// What a replay is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub live: Policy,
    pub draft: Policy,
    /// The time before now that is measured.
    pub last: Span,
}

/// A replay's answer.
#[derive(Debug)]
pub struct Replayed {
    pub found: Comparison,
    /// What was measured: shorter than asked for when so much is not recorded, or too much is.
    pub window: Window,
    /// There was more than [`MOST_TRIES`], and the oldest were left out.
    pub shortened: bool,
}

impl Tenants {
    /// The replay of this question, begun if nobody of the tenant asked it in the last ten minutes.
    /// Waits up to `patience` for it. A new question ends the one before that the same asked.
    pub async fn replay(
        &self,
        profile: &Arc<TenantProfile>,
        by: AskedBy<'_>,
        question: Question,
        patience: Span,
    ) -> Replay {
        let now = self.inner.clock.now();
        let state = match self.inner.replays.ask(profile.id(), by, &question, now) {
            Asked::Known(state) => state,
            Asked::Begun(begun) => self.begin(profile.id().clone(), question, begun),
            Asked::Full => return Replay::Waiting,
        };
        ended(state, self.inner.clock.wait_until(now.after(patience))).await
    }

    /// The answer to this question, where one of the tenant's staff has it. Runs nothing.
    #[must_use]
    pub fn known_replay(
        &self,
        profile: &TenantProfile,
        question: &Question,
    ) -> Option<Arc<Replayed>> {
        self.inner.replays.answer(profile.id(), question, self.inner.clock.now())
    }

    /// The replay of this question, here and now: for a command that has nobody else to serve.
    ///
    /// # Errors
    /// As any read.
    pub async fn replay_to_the_end(
        &self,
        profile: &TenantProfile,
        question: &Question,
    ) -> Result<Replayed, TenantFault> {
        self.replay_of_newest(profile, question, MOST_TRIES).await
    }

    /// The same, of the newest `most` tries.
    ///
    /// # Errors
    /// As any read.
    pub async fn replay_of_newest(
        &self,
        profile: &TenantProfile,
        question: &Question,
        most: usize,
    ) -> Result<Replayed, TenantFault> {
        let bounds = Bounds { to: self.inner.clock.now(), most };
        let replayed = self.run_replay(profile.id(), question.clone(), bounds, Onlooker::nobody());
        replayed.await?.ok_or(TenantFault::Unavailable)
    }

    /// The replay of this question up to `to`, by work that nobody waits for: `None` while as many
    /// run as may.
    pub(super) async fn replayed(
        &self,
        tenant: &TenantId,
        question: &Question,
        to: Millis,
    ) -> Result<Option<Replayed>, TenantFault> {
        let Some(_place) = self.inner.replays.place() else { return Ok(None) };
        let bounds = Bounds { to, most: MOST_TRIES };
        self.run_replay(tenant, question.clone(), bounds, Onlooker::nobody()).await
    }

    /// Where the newest replay of this draft stands that the tenant's staff have asked for, and beside
    /// which policy it was replayed.
    pub(super) fn newest_replay(
        &self,
        tenant: &TenantId,
        draft: &Policy,
    ) -> Option<(Policy, Replay)> {
        self.inner.replays.newest(tenant, draft, self.inner.clock.now())
    }

    fn begin(&self, tenant: TenantId, question: Question, begun: Begun) -> watch::Receiver<Replay> {
        let Begun { place, tell, state, stop } = begun;
        let bounds = Bounds { to: self.inner.clock.now(), most: MOST_TRIES };
        let tenants = self.clone();
        self.inner.runtime.spawn(async move {
            let _place = place;
            let onlooker = Onlooker { tell: tell.clone(), stop };
            let ended = match tenants.run_replay(&tenant, question, bounds, onlooker).await {
                Ok(Some(replayed)) => Replay::Ready(Arc::new(replayed)),
                Ok(None) | Err(_) => Replay::Failed,
            };
            tell.send_replace(ended);
        });
        state
    }

    /// `None` when it was told to stop.
    async fn run_replay(
        &self,
        tenant: &TenantId,
        question: Question,
        bounds: Bounds,
        onlooker: Onlooker,
    ) -> Result<Option<Replayed>, TenantFault> {
        let Question { live, draft, last } = question;
        let to = bounds.to;
        // Whole minutes, as the sums have them.
        let from =
            Millis(to.before(last).0.div_euclid(Span::MINUTE.0).saturating_mul(Span::MINUTE.0));
        // Counts that stand at the beginning come from before it.
        let memory = live.history_duration.max(draft.history_duration).max(Span::DAY);
        let Some((log, shortened)) =
            self.read_log(tenant, from.before(memory), bounds, &onlooker).await?
        else {
            return Ok(None);
        };
        let from = shortened.map_or(from, |oldest| from.max(oldest));
        let window = Window { from, to };
        let compared = self.inner.runtime.spawn_blocking(move || {
            let of = log.rows();
            compare(&log, &live, &draft, window, &mut |done| {
                onlooker.tell(Progress::Deciding { done, of });
                if onlooker.is_over() { Go::Stop } else { Go::On }
            })
        });
        let found = compared.await.map_err(|error| {
            tracing::error!(error = %error, "a replay did not finish");
            TenantFault::Unavailable
        })?;
        Ok(found.map(|found| Replayed { found, window, shortened: shortened.is_some() }))
    }

    /// All that was recorded of accounts since `from`, the newest first, and from when it is
    /// complete if that is later.
    async fn read_log(
        &self,
        tenant: &TenantId,
        from: Millis,
        Bounds { to, most }: Bounds,
        onlooker: &Onlooker,
    ) -> Result<Option<(Log, Option<Millis>)>, TenantFault> {
        let reader = &self.inner.reader;
        let mut log = LogBuilder::default();
        let mut complete_from = None;
        let mut before = AttemptId::floor(to.after(Span::MINUTE));
        loop {
            let left = i64::try_from(most.saturating_sub(log.len())).unwrap_or(i64::MAX);
            let page = reader.newest_tries(tenant.clone(), from, before.clone(), left).await?;
            let Some(last) = page.last() else { break };
            before = last.id.clone();
            let oldest = last.at;
            for row in page.iter().filter(|row| !row.subject.is_phantom()) {
                add_try(&mut log, row);
            }
            onlooker.tell(Progress::Reading(log.len()));
            if onlooker.is_over() {
                return Ok(None);
            }
            if log.len() >= most {
                complete_from = Some(oldest);
                break;
            }
        }
        let from = complete_from.unwrap_or(from);
        self.read_sums(tenant, from, to, &mut log).await?;
        self.read_locks(tenant, from, to, &mut log).await?;
        Ok(Some((log.finish(), complete_from)))
    }

    async fn read_sums(
        &self,
        tenant: &TenantId,
        from: Millis,
        to: Millis,
        log: &mut LogBuilder,
    ) -> Result<(), TenantFault> {
        let minute_of = |at: Millis| at.0.div_euclid(Span::MINUTE.0);
        let (mut after, mut rows) = (None, 0_usize);
        while rows < MOST_FACTS {
            let reader = &self.inner.reader;
            let (from, until) = (minute_of(from), minute_of(to));
            let page = reader.recorded_sums(tenant.clone(), from, until, after.take()).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.minute, last.subject.clone(), last.source.clone()));
            rows = rows.saturating_add(page.len());
            for sum in page.iter().filter(|sum| !sum.subject.is_phantom()) {
                let minute = Millis(sum.minute.saturating_mul(Span::MINUTE.0));
                let tries = u32::try_from(sum.tries).unwrap_or(u32::MAX);
                log.refused(sum.subject.as_str(), sum.source.as_str(), minute, tries);
            }
        }
        Ok(())
    }

    async fn read_locks(
        &self,
        tenant: &TenantId,
        from: Millis,
        to: Millis,
        log: &mut LogBuilder,
    ) -> Result<(), TenantFault> {
        let mut before = AuditId::floor(to.after(Span::MINUTE));
        let mut rows = 0_usize;
        while rows < MOST_FACTS {
            let reader = &self.inner.reader;
            let page = reader.recorded_locks(tenant.clone(), from, before.clone()).await?;
            let Some(last) = page.last() else { break };
            before = last.id.clone();
            rows = rows.saturating_add(page.len());
            for row in &page {
                add_lock(log, row);
            }
        }
        Ok(())
    }
}

pub(super) fn add_try(log: &mut LogBuilder, row: &RecordedTry) {
    let authenticator = Authenticator::from_str(&row.authenticator);
    let lesson = match (row.decision, authenticator) {
        (
            AttemptDecision::Counted
            | AttemptDecision::Locked
            | AttemptDecision::UncountedLockoutOff
            | AttemptDecision::UncountedAuthenticator
            | AttemptDecision::UncountedRepeated,
            Ok(authenticator),
        ) => {
            if row.repeated {
                Lesson::Repeated(authenticator)
            } else {
                Lesson::Wrong(authenticator)
            }
        }
        (AttemptDecision::Refused, Ok(authenticator)) => Lesson::Unknown(authenticator),
        (AttemptDecision::Passed | AttemptDecision::Verified | AttemptDecision::Banned, _) => {
            Lesson::Passed
        }
        (AttemptDecision::Completed, _) => Lesson::Completed,
        // What cannot be guessed counts nowhere, and a reset code has tries of its own.
        (AttemptDecision::UncountedResetCode, _)
        | (
            AttemptDecision::Counted
            | AttemptDecision::Locked
            | AttemptDecision::UncountedLockoutOff
            | AttemptDecision::UncountedAuthenticator
            | AttemptDecision::UncountedRepeated
            | AttemptDecision::Refused,
            Err(()),
        ) => return,
    };
    let until =
        |until: Millis| if until.0 == i64::MAX { Until::Unlocked } else { Until::At(until) };
    let of = match (row.lock_kind.as_deref(), row.lock_source_only) {
        (Some("staff"), _) => LockOf::Staff,
        (_, true) => LockOf::Source,
        (_, false) => LockOf::Account,
    };
    let lock = row.lock_since.zip(row.lock_until);
    log.tried(&RawTry {
        id: row.id.as_str(),
        previous: row.previous.as_ref().map(AttemptId::as_str),
        at: row.at,
        account: row.subject.as_str(),
        source: row.source.as_str(),
        lane: &Lane::from_stored(&row.lane),
        lesson,
        lock: lock.map(|(since, end)| RawLock { since, until: until(end), of }),
    });
}

/// Of the audit log only what no try tells: locks and unlocks by people, and the long run, which a
/// failure in any lane can bring to its limit.
pub(super) fn add_lock(log: &mut LogBuilder, row: &RecordedLock) {
    let Some(subject) = row.subject.as_ref().filter(|subject| !subject.is_phantom()) else {
        return;
    };
    let Ok(detail) = serde_json::from_str::<Value>(&row.detail) else { return };
    let account = subject.as_str();
    match row.action.as_str() {
        "user.unlocked" => match detail.get("by").and_then(Value::as_str) {
            Some("press") => log.pressed(account, row.at),
            Some("reset") => log.reset(account, row.at),
            Some(_) | None => log.staff_unlocked(account, row.at),
        },
        "user.locked" => {
            let lock = detail.get("lock");
            let kind = lock.and_then(|lock| lock.get("kind")).and_then(Value::as_str);
            let until = lock.and_then(|lock| lock.get("until")).and_then(Value::as_i64);
            match kind {
                Some("staff") => {
                    let until = until.map_or(Until::Unlocked, |end| Until::At(Millis(end)));
                    log.staff_locked(account, row.at, until);
                }
                Some("long_run") => log.locked_for_long_run(account, row.at),
                Some(_) | None => {}
            }
        }
        _ => {}
    }
}

impl Question {
    /// `live` as the record has it, against a draft that came from a form or a file: both as a
    /// document says them.
    #[must_use]
    pub fn new(live: &Policy, draft: &Policy, last: Span) -> Self {
        let plain =
            |policy: &Policy| PolicyDocument::of(policy).parse().unwrap_or_else(|_| policy.clone());
        Self { live: plain(live), draft: plain(draft), last }
    }
}
