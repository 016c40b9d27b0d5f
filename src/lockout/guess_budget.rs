//! The guess budget: what a policy lets a patient attacker try at one user, found by driving `decide`.
//! Knows nothing of real attempts.

use super::backoff::lock_length;
use super::decide::{decide, look};
use super::event::Event;
use super::policy::{LockoutType, Policy, Precision};
use super::state::SubjectView;
use crate::model::{Authenticator, Lane, Millis, Span, Until};

/// No policy climbs this many steps before its locks repeat: the smallest factor above one needs
/// 17,300 from a second to a year, and the long run ends after 10,000 failures. So this is never
/// reached; it is the bound of the work.
const MAX_LOCKS_FOLLOWED: i64 = 100_000;

/// Wrong guesses that are looked at for one user within `span`: a serial attacker from one source
/// who needs no time for a guess and tries again the instant each lock ends; no press, no
/// completed sign-in. A guess at the very end of `span` is outside it. Honours the policy's
/// `long_run_limit`; `i64::MAX` where guesses are unlimited. Exact for every span: once the locks
/// repeat, what is left of it is counted by division.
#[must_use]
pub fn guess_budget(policy: &Policy, span: Span) -> i64 {
    Siege::of(policy).map_or(i64::MAX, |mut siege| siege.guesses_within(span))
}

/// As [`guess_budget`], by an attacker with any number of sources: where each source has a lock of
/// its own, only the long run ends their guesses, and all of them fit into any span.
#[must_use]
pub fn guesses_over_all_sources(policy: &Policy, span: Span) -> i64 {
    let shared = match policy.lockout_type {
        LockoutType::PerUser => true,
        LockoutType::PerUserPerIp => false,
    };
    if shared || !policy.enabled || span.0 <= 0 {
        return guess_budget(policy, span);
    }
    if policy.long_run_limit > 0 { policy.long_run_limit } else { i64::MAX }
}

/// Guesses beside [`guess_budget`] of a day where the owner presses as many unlock mails as the
/// policy lets them, at the worst moment; 0 without unlock mails. The worst moment is that of the
/// last lock which the attacker gets to see within the day: a press ends one wait, and that wait is
/// never shorter than an earlier one. Where the count is forgotten before the longest lock ends, the
/// locks begin again from the shortest, so that other moments may give more: then it is the least.
#[must_use]
pub fn guesses_by_unlock_mails(policy: &Policy) -> i64 {
    if !policy.unlock_mail {
        return 0;
    }
    let Some(mut siege) = Siege::of(policy) else { return 0 };
    if siege.follow(Span::DAY).repeats.is_some() {
        // It was left at the end of a lock.
        siege.guess();
    }
    let before = siege.guesses;
    for _ in 0..policy.unlocks_per_day {
        siege.press();
        if siege.lock().is_some() {
            // The press changed nothing, nor will a further one.
            break;
        }
        siege.guess();
    }
    siege.guesses.saturating_sub(before)
}

/// An attacker before one user, and how far they came.
#[derive(Debug, Clone)]
struct Siege<'a> {
    policy: &'a Policy,
    authenticator: Authenticator,
    view: SubjectView,
    now: Millis,
    guesses: i64,
}

/// Guesses and time between two moments after which everything goes on alike.
#[derive(Debug, Clone, Copy)]
struct Round {
    guesses: i64,
    lasts: Span,
}

/// How far a siege was followed.
#[derive(Debug, Clone, Copy)]
struct Followed {
    guesses: i64,
    /// From where it stands everything repeats.
    repeats: Option<Round>,
}

/// A moment at which all is forgotten: the siege begins again.
#[derive(Debug, Clone, Copy)]
struct Beginning {
    at: Millis,
    guesses: i64,
}

impl<'a> Siege<'a> {
    /// `None` where guesses are not limited.
    fn of(policy: &'a Policy) -> Option<Self> {
        let authenticator = policy.authenticators.first().copied().filter(|_| policy.enabled)?;
        let view = SubjectView::default();
        Some(Self { policy, authenticator, view, now: Millis(0), guesses: 0 })
    }

    fn guesses_within(&mut self, span: Span) -> i64 {
        let Followed { guesses, repeats } = self.follow(span);
        let Some(Round { guesses: each, lasts }) = repeats else { return guesses };
        let left = Span(span.0.saturating_sub(self.now.0));
        let whole = left.0.checked_div(lasts.0).unwrap_or(0);
        // What is left of a round is less than all of it, so it is followed to its end.
        let rest = Span(left.0.saturating_sub(whole.saturating_mul(lasts.0)));
        let mut last = self.clone();
        let end = Span(self.now.0.saturating_add(rest.0));
        last.until(end);
        whole.saturating_mul(each).saturating_add(last.guesses)
    }

    /// Goes on until `span` is over, the locks repeat, or one has no end.
    fn follow(&mut self, span: Span) -> Followed {
        let mut before: Option<Round> = None;
        let mut beginning = Beginning { at: self.now, guesses: self.guesses };
        for _ in 0..MAX_LOCKS_FOLLOWED {
            if self.now.0 >= span.0 {
                break;
            }
            let (at, made) = (self.now, self.guesses);
            self.guess();
            let Some(end) = self.end_of_lock() else { break };
            let round = Round { guesses: self.guesses.saturating_sub(made), lasts: end.since(at) };
            // At the limit of the long run everything ends, so nothing repeats.
            let repeats = (self.policy.long_run_limit <= 0)
                .then(|| self.repeating(end, round, before, &mut beginning))
                .flatten();
            if end.0 >= span.0 {
                break;
            }
            before = self.is_longest().then_some(round);
            self.now = end;
            if repeats.is_some() {
                return Followed { guesses: self.guesses, repeats };
            }
        }
        Followed { guesses: self.guesses, repeats: None }
    }

    /// As [`Self::follow`], one lock after the other.
    fn until(&mut self, span: Span) {
        while self.now.0 < span.0 {
            self.guess();
            let Some(end) = self.end_of_lock() else { break };
            self.now = end;
        }
    }

    /// What goes round from `end` on, the end of the present lock.
    fn repeating(
        &self,
        end: Millis,
        round: Round,
        before: Option<Round>,
        beginning: &mut Beginning,
    ) -> Option<Round> {
        if look(self.policy, &self.view, &Lane::Public, end).deadline.is_none() {
            // All is forgotten: as at the last beginning, if that was at the same part of a second.
            let whole = Round {
                guesses: self.guesses.saturating_sub(beginning.guesses),
                lasts: end.since(beginning.at),
            };
            let alike = self.part_of_second(beginning.at) == self.part_of_second(end);
            *beginning = Beginning { at: end, guesses: self.guesses };
            return alike.then_some(whole);
        }
        // The longest lock follows on the longest lock.
        let alike = before
            .is_some_and(|before| before.guesses == round.guesses && before.lasts == round.lasts);
        (alike && self.is_longest()).then_some(round)
    }

    /// Whether the lock that stands is one that no further step makes longer.
    fn is_longest(&self) -> bool {
        let ladder = match self.policy.lockout_type {
            LockoutType::PerUser => self.view.subject.ladder,
            LockoutType::PerUserPerIp => self.view.source.ladder,
        };
        let longest = lock_length(self.policy, i64::MAX);
        ladder.last.is_some_and(|step| lock_length(self.policy, step) == longest)
    }

    /// What of an instant decides where a lock ends: nothing, unless ends are set to the second.
    const fn part_of_second(&self, at: Millis) -> i64 {
        match self.policy.precision {
            Precision::Millisecond => 0,
            Precision::Second => at.0.rem_euclid(Span::SECOND.0),
        }
    }

    /// All guesses up to the next lock happen at once, so they are one event with a weight.
    fn guess(&mut self) {
        let found = look(self.policy, &self.view, &Lane::Public, self.now);
        let weight = found.remaining.unwrap_or(1).max(1);
        let authenticator = self.authenticator;
        let failure = Event::Failure { authenticator, lane: Lane::Public, weight };
        self.view = decide(self.policy, &self.view, &failure, self.now).state;
        self.guesses = self.guesses.saturating_add(weight);
    }

    /// The owner presses the button behind the newest mail.
    fn press(&mut self) {
        let press = Event::Press { episode: self.view.subject.episode };
        self.view = decide(self.policy, &self.view, &press, self.now).state;
    }

    fn lock(&self) -> Option<Until> {
        look(self.policy, &self.view, &Lane::Public, self.now).lock.map(|lock| lock.until)
    }

    /// `None` where the lock has no end; the same instant where none stands.
    fn end_of_lock(&self) -> Option<Millis> {
        match self.lock() {
            Some(Until::At(end)) => Some(end),
            Some(Until::Unlocked) => None,
            None => Some(self.now),
        }
    }
}
