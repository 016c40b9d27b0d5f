//! One account under the draft as it may have come to be: its state, and what was counted on the way.
//! Every change of the state is `decide`'s. Knows nothing of other branches.

use std::mem;

use super::super::decide::{decide, look};
use super::super::decision::{AuditFact, Decision, Effect, LockView};
use super::super::event::Event;
use super::super::policy::Policy;
use super::super::state::{LaneState, SourceState, SubjectState, SubjectView};
use super::measures::{Estimate, Share, Tally};
use super::owners::Whose;
use crate::model::{Authenticator, Lane, Millis, Until};

/// What is measured, and under what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) policy: &'a Policy,
    /// Events before it only bring the state up to date.
    pub(super) from: Millis,
    /// Waits are cut off here.
    pub(super) to: Millis,
}

/// A lock that an owner met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Met {
    place: Place,
    since: Millis,
    until: Until,
    /// Whether it is sure that it was the owner; before that, somebody who may have been.
    sure: bool,
}

/// Where a lock stands that somebody met: the source or device when it is not the account's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    Account,
    Source(u32),
    Lane(u32),
}

/// A try as a branch sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Try<'a> {
    pub(super) at: Millis,
    pub(super) source: u32,
    pub(super) lane_number: u32,
    pub(super) lane: &'a Lane,
    pub(super) whose: Whose,
}

/// What is tried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Wrong(Authenticator),
    Repeated(Authenticator),
    Passed,
    Completed,
}

impl Answer {
    /// Of a try that nobody checked.
    pub(super) const fn likely(whose: Whose, authenticator: Authenticator) -> Self {
        match whose {
            Whose::Owner => Self::Completed,
            Whose::Perhaps | Whose::Stranger => Self::Wrong(authenticator),
        }
    }
}

/// No policy counts more failures before it locks, so who is not locked after so many never is.
const LOCKED_BY_THEN: i64 = 2_000;

#[derive(Debug, Clone, Default)]
pub(super) struct Branch {
    pub(super) subject: SubjectState,
    /// Sorted by number.
    sources: Vec<(u32, SourceState)>,
    lanes: Vec<(u32, LaneState)>,
    met: Vec<Met>,
    pub(super) tally: Tally,
}

impl Branch {
    /// An account without a source or device that counts.
    pub(super) fn begin_at(subject: SubjectState, tally: Tally) -> Self {
        Self { subject, tally, ..Self::default() }
    }

    pub(super) fn clear(&mut self) {
        self.subject = SubjectState::default();
        self.sources.clear();
        self.lanes.clear();
        self.met.clear();
        self.tally.clear();
    }

    /// Whether both go on alike, whatever was counted so far.
    pub(super) fn goes_on_as(&self, other: &Self) -> bool {
        self.subject == other.subject
            && self.sources == other.sources
            && self.lanes == other.lanes
            && self.met == other.met
    }

    /// Rows that a copy of it copies.
    pub(super) const fn weight(&self) -> usize {
        self.sources.len().saturating_add(self.lanes.len()).saturating_add(1)
    }

    /// The lock that the try would meet.
    pub(super) fn lock_met(&mut self, frame: &Frame<'_>, tried: &Try<'_>) -> Option<LockView> {
        let (view, lane) = self.taken_out(tried);
        let found = look(frame.policy, &view, &lane, tried.at).lock;
        self.put_back(tried, &lane, view);
        found
    }

    /// Runs one try. `true` when it was refused.
    pub(super) fn attempt(&mut self, frame: &Frame<'_>, tried: &Try<'_>, answer: Answer) -> bool {
        matches!(self.tries(frame, tried, answer), Decision::Refused(_))
    }

    /// Tries that were refused from memory, as they likely were: the owner's the right one, others'
    /// wrong ones. How many of them would have been checked.
    pub(super) fn likely_refused(&mut self, frame: &Frame<'_>, tried: &Try<'_>, tries: i64) -> i64 {
        match tried.whose {
            Whose::Owner => i64::from(!self.attempt(frame, tried, Answer::Completed)),
            Whose::Perhaps | Whose::Stranger => {
                let wrong = Answer::Wrong(Authenticator::Password);
                let looked_at = tries.min(LOCKED_BY_THEN);
                let refused = (0..looked_at).find(|_| self.attempt(frame, tried, wrong));
                if refused.is_none() {
                    self.guessed(frame, tried, tries.saturating_sub(looked_at));
                }
                refused.unwrap_or(tries)
            }
        }
    }

    /// Runs one try.
    pub(super) fn tries(&mut self, frame: &Frame<'_>, tried: &Try<'_>, answer: Answer) -> Decision {
        let (view, lane) = self.taken_out(tried);
        let event = match answer {
            Answer::Wrong(authenticator) => {
                Event::Failure { authenticator, lane: lane.clone(), weight: 1 }
            }
            Answer::Repeated(authenticator) => {
                Event::RepeatedFailure { authenticator, lane: lane.clone() }
            }
            Answer::Passed => Event::FactorPassed { lane: lane.clone() },
            Answer::Completed => Event::SignInCompleted { lane: lane.clone() },
        };
        let outcome = decide(frame.policy, &view, &event, tried.at);
        self.put_back(tried, &lane, outcome.state);
        self.note_effects(frame, tried.at, &outcome.effects);
        match &outcome.decision {
            Decision::Refused(lock) => self.owner_meets(frame, tried, lock, tried.at),
            Decision::CountedAndLocked(lock) => {
                self.guessed(frame, tried, 1);
                self.owner_meets(frame, tried, lock, tried.at);
            }
            Decision::Counted { .. } | Decision::Uncounted(_) | Decision::Passed => {
                self.guessed(frame, tried, 1);
            }
            // A lane that is dead has been left by `taken_out`; the others answer other events.
            Decision::LaneDead
            | Decision::Completed
            | Decision::StaffLocked(_)
            | Decision::StaffUnlocked { .. }
            | Decision::Unlocked { .. }
            | Decision::PressVoid(_)
            | Decision::Reset { .. } => {}
        }
        outcome.decision
    }

    /// Tries between `tried.at` and `last`, all of which met `lock`.
    pub(super) fn all_refused(
        &mut self,
        frame: &Frame<'_>,
        tried: &Try<'_>,
        lock: &LockView,
        last: Millis,
    ) {
        self.owner_meets(frame, tried, lock, last);
    }

    /// What happens to the account without a try.
    pub(super) fn happens(&mut self, frame: &Frame<'_>, at: Millis, event: &Event) -> Decision {
        let view = SubjectView { subject: mem::take(&mut self.subject), ..SubjectView::default() };
        let outcome = decide(frame.policy, &view, event, at);
        self.subject = outcome.state.subject;
        match &outcome.decision {
            Decision::StaffUnlocked { .. } | Decision::Unlocked { .. } | Decision::Reset { .. } => {
                self.waits_end(frame, at);
            }
            Decision::StaffLocked(_)
            | Decision::PressVoid(_)
            | Decision::Refused(_)
            | Decision::LaneDead
            | Decision::Counted { .. }
            | Decision::CountedAndLocked(_)
            | Decision::Uncounted(_)
            | Decision::Passed
            | Decision::Completed => {}
        }
        outcome.decision
    }

    /// The rows that a try is about, and its lane: the public one where its own has died.
    fn taken_out(&mut self, tried: &Try<'_>) -> (SubjectView, Lane) {
        let subject = mem::take(&mut self.subject);
        let public = |sources: &[(u32, SourceState)]| {
            let place = sources.binary_search_by_key(&tried.source, |(number, _)| *number);
            place
                .ok()
                .and_then(|at| sources.get(at))
                .map_or_else(SourceState::default, |it| it.1.clone())
        };
        let lane_state = match tried.lane {
            Lane::Public => None,
            Lane::Device(_) | Lane::Pass(_) => {
                let known = self.lanes.iter().find(|(number, _)| *number == tried.lane_number);
                Some(known.map_or_else(
                    || match tried.lane {
                        Lane::Public | Lane::Device(_) => LaneState::device(&subject),
                        Lane::Pass(_) => LaneState::pass(&subject, tried.at),
                    },
                    |it| it.1.clone(),
                ))
            }
        };
        // Dead as `decide` would find it: expired, or of an older credential.
        let alive = lane_state.filter(|lane| {
            let old = matches!(tried.lane, Lane::Pass(_)) && lane.all_serial != subject.all_serial;
            !lane.dead && !old && lane.expires.is_none_or(|end| tried.at < end)
        });
        match alive {
            Some(lane) => {
                let source = SourceState::default();
                (SubjectView { subject, source, lane }, tried.lane.clone())
            }
            None => {
                let source = public(&self.sources);
                (SubjectView { subject, source, lane: LaneState::default() }, Lane::Public)
            }
        }
    }

    fn put_back(&mut self, tried: &Try<'_>, lane: &Lane, view: SubjectView) {
        self.subject = view.subject;
        match lane {
            Lane::Public => {
                match self.sources.binary_search_by_key(&tried.source, |(number, _)| *number) {
                    Ok(place) => {
                        if let Some(known) = self.sources.get_mut(place) {
                            known.1 = view.source;
                        }
                    }
                    Err(place) => self.sources.insert(place, (tried.source, view.source)),
                }
            }
            Lane::Device(_) | Lane::Pass(_) => {
                match self.lanes.iter_mut().find(|(number, _)| *number == tried.lane_number) {
                    Some(known) => known.1 = view.lane,
                    None => self.lanes.push((tried.lane_number, view.lane)),
                }
            }
        }
    }

    fn note_effects(&mut self, frame: &Frame<'_>, at: Millis, effects: &[Effect]) {
        if at < frame.from {
            return;
        }
        for effect in effects {
            match effect {
                Effect::Audit(AuditFact::Locked(_)) => self.tally.lock(at, Share::CERTAIN.of(1)),
                Effect::SendUnlockMail { .. } => self.tally.mail(at, Share::CERTAIN.of(1)),
                Effect::Audit(AuditFact::Unlocked { .. }) | Effect::Notify(_) => {}
            }
        }
    }

    pub(super) fn guessed(&mut self, frame: &Frame<'_>, tried: &Try<'_>, tries: i64) {
        let share = match tried.whose {
            Whose::Owner => return,
            Whose::Perhaps => Share::LIKELY,
            Whose::Stranger => Share::CERTAIN,
        };
        if tried.at >= frame.from {
            self.tally.guess(tried.at, share.of(tries));
        }
    }

    /// An owner comes upon a lock; `last` is the latest instant at which that can have been.
    fn owner_meets(&mut self, frame: &Frame<'_>, tried: &Try<'_>, lock: &LockView, last: Millis) {
        let share = match tried.whose {
            Whose::Owner => Share::CERTAIN,
            Whose::Perhaps => Share::UNLIKELY,
            Whose::Stranger => return,
        };
        if lock.staff || tried.at < frame.from {
            return;
        }
        let place = if !tried.lane.is_public() {
            Place::Lane(tried.lane_number)
        } else if lock.source_only {
            Place::Source(tried.source)
        } else {
            Place::Account
        };
        let Self { met, tally, .. } = self;
        tally.owner_met(tried.at, share.of(1));
        // Tries of a sum came at some instant up to `last`: only from there on is a wait sure.
        let end = end_of(frame, lock.until);
        let last = last.min(end);
        let known = met.iter_mut().find(|met| met.place == place && met.since == lock.since);
        if let Some(known) = known {
            if share.low && !known.sure {
                known.sure = true;
                tally.owner_waits(tried.at, last, Estimate { low: 0, likely: 1, high: 0 });
                tally.owner_waits(last, end, Estimate { low: 1, likely: 1, high: 0 });
            }
            return;
        }
        met.retain(|met| met.until.holds_at(tried.at));
        let sure = share.low;
        met.push(Met { place, since: lock.since, until: lock.until, sure });
        tally.owner_waits(tried.at, last, Share { low: false, likely: sure }.of(1));
        tally.owner_waits(last, end, Share { low: sure, likely: sure }.of(1));
    }

    /// All policy locks were lifted: nobody waits any longer.
    fn waits_end(&mut self, frame: &Frame<'_>, at: Millis) {
        for met in mem::take(&mut self.met) {
            let spared = Share { low: met.sure, likely: met.sure }.of(-1);
            self.tally.owner_waits(at, end_of(frame, met.until), spared);
        }
    }

    /// From `at` on the ways that the account may have gone are followed no longer, so nobody can take off
    /// what an unlock will spare: only what was waited before is sure.
    pub(super) fn waits_are_open(&mut self, frame: &Frame<'_>, at: Millis) {
        let Self { met, tally, .. } = self;
        for met in met.iter().filter(|met| met.sure) {
            let times = Estimate { low: -1, likely: 0, high: 0 };
            tally.owner_waits(at, end_of(frame, met.until), times);
        }
    }
}

/// When a wait for a lock's end is over, as far as the window goes.
fn end_of(frame: &Frame<'_>, until: Until) -> Millis {
    until.instant().map_or(frame.to, |end| end.min(frame.to))
}
