//! Replays recorded scenarios through `decide` and compares every answer: `policy replay`. The
//! file's format is described beside `tests/data/authgear-lockout-vectors.json`. Knows nothing of
//! files; it is handed their text.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Number;

use super::decide::{Look, decide, look};
use super::decision::Decision;
use super::event::Event;
use super::policy::{Factor, LockLength, LockoutType, Policy, Precision, Preset};
use super::policy_fields::decimal_thousandths;
use super::state::{SourceState, SubjectState, SubjectView};
use crate::model::{Authenticator, Lane, Millis, Source, Span, Until};

/// Largest file read, in bytes; the recorded one has about 3 MB.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// Instants of a file count from here, a whole Unix second as the format demands.
const START: Millis = Millis(1_700_000_000_000);

#[derive(Debug, Clone, Deserialize)]
pub struct ScenarioFile {
    pub scenarios: Vec<Scenario>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Scenario {
    pub id: String,
    pub policy: ScenarioPolicy,
    pub events: Vec<ScenarioEvent>,
    pub expected: Vec<Expected>,
}

/// What a file says of a policy; everything else is switched off.
#[derive(Debug, Clone, Deserialize)]
pub struct ScenarioPolicy {
    pub max_attempts: i64,
    pub history_duration_s: Number,
    pub minimum_duration_s: Number,
    pub maximum_duration_s: Number,
    pub backoff_factor: Number,
    pub lockout_type: ScenarioLockoutType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScenarioLockoutType {
    PerUser,
    PerUserPerIp,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ScenarioEvent {
    /// Milliseconds after the scenario's start.
    pub t_ms: i64,
    #[serde(default)]
    pub ip: String,
    pub kind: EventKind,
    /// Failures reported at once.
    #[serde(default = "one")]
    pub n: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Attempt,
    Check,
    Success,
    Status,
    Reset,
}

/// What is expected, or what came out: an absent field is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Expected {
    #[serde(default)]
    pub ok: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub locked_until_ms: Option<Option<i64>>,
    #[serde(default)]
    pub attempts: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    pub error: Option<Option<String>>,
    #[serde(default)]
    pub is_locked: Option<bool>,
    #[serde(default)]
    pub locked_ips: Option<Vec<LockedIp>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LockedIp {
    pub ip: String,
    pub locked_until_ms: i64,
}

const fn one() -> i64 {
    1
}

/// Tells a `null` that is written (and compared) from a field that is absent.
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Why a file cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("the file has more than {MAX_FILE_BYTES} bytes")]
    TooLarge,
    #[error("the file is not in the scenario format: {0}")]
    Format(#[from] serde_json::Error),
    #[error("scenario {scenario}: {what}")]
    Scenario { scenario: String, what: &'static str },
}

/// One answer that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    pub scenario: String,
    /// Index into the scenario's events.
    pub event: usize,
    pub field: &'static str,
    pub expected: String,
    pub got: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, event, field, expected, got } = self;
        write!(f, "{scenario} event {event}: {field} expected {expected}, got {got}")
    }
}

/// What a replay found. Its text is one line a mismatch and a last line with the totals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayReport {
    pub scenarios: usize,
    /// Scenarios with at least one mismatch.
    pub failed: usize,
    pub mismatches: Vec<Mismatch>,
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mismatch in &self.mismatches {
            writeln!(f, "{mismatch}")?;
        }
        write!(f, "{} scenarios, {} failed", self.scenarios, self.failed)
    }
}

/// Replays a whole file.
///
/// # Errors
/// [`ReplayError`] when the text is too large, no scenario file, or a scenario contradicts itself.
pub fn replay(text: &str) -> Result<ReplayReport, ReplayError> {
    if text.len() > MAX_FILE_BYTES {
        return Err(ReplayError::TooLarge);
    }
    let file: ScenarioFile = serde_json::from_str(text)?;
    let mut report = ReplayReport::default();
    for scenario in &file.scenarios {
        let mismatches = replay_scenario(scenario)?;
        report.scenarios += 1;
        report.failed += usize::from(!mismatches.is_empty());
        report.mismatches.extend(mismatches);
    }
    Ok(report)
}

/// Replays one scenario from a clean subject; gives what differs.
///
/// # Errors
/// [`ReplayError::Scenario`] when its policy is impossible or events and answers differ in number.
pub fn replay_scenario(scenario: &Scenario) -> Result<Vec<Mismatch>, ReplayError> {
    let fault = |what| ReplayError::Scenario { scenario: scenario.id.clone(), what };
    let policy = policy_of(&scenario.policy).ok_or_else(|| fault("its policy is out of range"))?;
    if scenario.events.len() != scenario.expected.len() {
        return Err(fault("it has not one expected answer for each event"));
    }
    let mut world = World { policy, subject: SubjectState::default(), sources: BTreeMap::new() };
    let mut mismatches = Vec::new();
    for (index, (event, expected)) in scenario.events.iter().zip(&scenario.expected).enumerate() {
        let got = world.happen(event);
        compare(&scenario.id, index, expected, &got, &mut mismatches);
    }
    Ok(mismatches)
}

/// The policy of a scenario: what it names on Authgear's preset, the rest off.
#[must_use]
pub fn policy_of(named: &ScenarioPolicy) -> Option<Policy> {
    let span = |number: &Number| decimal_thousandths(&number.to_string()).map(Span);
    if named.max_attempts < 1 {
        return None;
    }
    Some(Policy {
        max_attempts: named.max_attempts,
        history_duration: span(&named.history_duration_s)?,
        minimum_duration: LockLength::For(span(&named.minimum_duration_s)?),
        maximum_duration: LockLength::For(span(&named.maximum_duration_s)?),
        backoff_factor: decimal_thousandths(&named.backoff_factor.to_string())
            .and_then(Factor::from_thousandths)?,
        lockout_type: match named.lockout_type {
            ScenarioLockoutType::PerUser => LockoutType::PerUser,
            ScenarioLockoutType::PerUserPerIp => LockoutType::PerUserPerIp,
        },
        long_run_limit: 0,
        unlock_mail: false,
        precision: Precision::Second,
        ..Preset::Authgear.policy()
    })
}

/// One user and the sources that tried.
struct World {
    policy: Policy,
    subject: SubjectState,
    sources: BTreeMap<Source, SourceState>,
}

impl World {
    fn happen(&mut self, event: &ScenarioEvent) -> Expected {
        let now = START.after(Span(event.t_ms));
        // The recorded addresses are counted whole; grouping IPv6 by /64 is ours, not Authgear's.
        let source = Source::from_stored(event.ip.clone());
        match event.kind {
            EventKind::Attempt => {
                let failure = Event::Failure {
                    authenticator: Authenticator::Password,
                    lane: Lane::Public,
                    weight: event.n,
                };
                let decision = self.decide(&source, &failure, now);
                let locked =
                    matches!(decision, Decision::Refused(_) | Decision::CountedAndLocked(_));
                let error = if locked { "AccountLockout" } else { "InvalidCredentials" };
                let ok = !matches!(decision, Decision::Refused(_));
                answer(&self.look(&source, now), ok, Some(error))
            }
            EventKind::Check => {
                let seen = self.look(&source, now);
                answer(&seen, seen.lock.is_none(), seen.lock.map(|_| "AccountLockout"))
            }
            EventKind::Success => {
                let completed = Event::SignInCompleted { lane: Lane::Public };
                let ok = self.decide(&source, &completed, now) == Decision::Completed;
                answer(&self.look(&source, now), ok, (!ok).then_some("AccountLockout"))
            }
            EventKind::Status => self.status(now),
            EventKind::Reset => {
                self.decide(&source, &Event::StaffUnlock, now);
                Expected { ok: Some(true), ..Expected::default() }
            }
        }
    }

    fn view(&self, source: &Source) -> SubjectView {
        SubjectView {
            subject: self.subject.clone(),
            source: self.sources.get(source).cloned().unwrap_or_default(),
            ..SubjectView::default()
        }
    }

    fn decide(&mut self, source: &Source, event: &Event, now: Millis) -> Decision {
        let outcome = decide(&self.policy, &self.view(source), event, now);
        self.subject = outcome.state.subject;
        self.sources.insert(source.clone(), outcome.state.source);
        outcome.decision
    }

    fn look(&self, source: &Source, now: Millis) -> Look {
        look(&self.policy, &self.view(source), &Lane::Public, now)
    }

    /// The administrator's view.
    fn status(&self, now: Millis) -> Expected {
        let until_of = |source: &Source| locked_until(&self.look(source, now));
        let (account, mut locked_ips) = match self.policy.lockout_type {
            LockoutType::PerUser => (until_of(&Source::from_stored(String::new())), Vec::new()),
            LockoutType::PerUserPerIp => {
                let locked = self.sources.keys().filter_map(|source| {
                    let locked_until_ms = until_of(source)?;
                    Some(LockedIp { ip: source.as_str().to_owned(), locked_until_ms })
                });
                (None, locked.collect())
            }
        };
        // Latest end first; equal ends stay in the order of the address text.
        locked_ips.sort_by_key(|locked| std::cmp::Reverse(locked.locked_until_ms));
        Expected {
            is_locked: Some(account.is_some() || !locked_ips.is_empty()),
            locked_until_ms: Some(account),
            locked_ips: Some(locked_ips),
            ..Expected::default()
        }
    }
}

fn locked_until(seen: &Look) -> Option<i64> {
    seen.lock.map(|lock| match lock.until {
        Until::At(end) => end.0.saturating_sub(START.0),
        Until::Unlocked => i64::MAX,
    })
}

fn answer(seen: &Look, ok: bool, error: Option<&str>) -> Expected {
    Expected {
        ok: Some(ok),
        locked_until_ms: Some(locked_until(seen)),
        attempts: Some(seen.count),
        error: Some(error.map(str::to_owned)),
        ..Expected::default()
    }
}

fn compare(
    scenario: &str,
    event: usize,
    expected: &Expected,
    got: &Expected,
    found: &mut Vec<Mismatch>,
) {
    let mut differ = |field, expected: Option<String>, got: String| {
        if let Some(expected) = expected.filter(|expected| *expected != got) {
            found.push(Mismatch { scenario: scenario.to_owned(), event, field, expected, got });
        }
    };
    macro_rules! compare_field {
        ($($field:ident),*) => {$(
            differ(
                stringify!($field),
                expected.$field.as_ref().map(|value| format!("{value:?}")),
                got.$field.as_ref().map_or_else(String::new, |value| format!("{value:?}")),
            );
        )*};
    }
    compare_field!(ok, locked_until_ms, attempts, error, is_locked, locked_ips);
}
