//! Whether whoever failed looks like the owner of the account: a list of rules, each of which says
//! what it saw and for whom it speaks. It advises; nothing is locked or unlocked by it.

use crate::model::{Millis, Span};

/// This many sources are no person who mistypes.
const MANY: usize = 3;
/// Failures closer together than this are typed by no hand.
const HAND: Span = Span(2_000);
/// Failures from which a pace is told.
const PACED: usize = 4;
/// From here on the sum of the rules leans to one side.
const LEANS: i32 = 2;

/// One failed try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure<'e> {
    pub at: Millis,
    pub source: &'e str,
    /// The same password as a moment before.
    pub repeated: bool,
    /// In the lane of a device that has signed in before.
    pub known_device: bool,
}

/// What is known about one lock.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'e> {
    /// The failures of the episode, in any order.
    pub failures: Vec<Failure<'e>>,
    /// Where the account was signed in to before.
    pub known_sources: Vec<&'e str>,
    /// Where the request came from.
    pub written_from: Option<&'e str>,
    /// Its person reads the mailbox.
    pub mailbox: bool,
    /// They said that it was not them.
    pub not_me: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaning {
    Owner,
    Attacker,
    Unclear,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    ForOwner,
    AgainstOwner,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Failures came from a source that signed in before.
    KnownSource,
    UnknownSource,
    KnownDevice,
    OneSource,
    ManySources {
        count: usize,
    },
    /// The request came from where the failures came from.
    SamePlaceAsRequest,
    RepeatedPassword,
    TooFastForHands,
    Mailbox,
    NotMe,
}

impl Fact {
    /// How much it weighs; below zero against the owner.
    const fn weight(self) -> i32 {
        match self {
            Self::NotMe => -3,
            Self::ManySources { .. } | Self::TooFastForHands => -2,
            Self::UnknownSource => -1,
            Self::OneSource | Self::RepeatedPassword | Self::SamePlaceAsRequest | Self::Mailbox => {
                1
            }
            Self::KnownSource | Self::KnownDevice => 2,
        }
    }

    #[must_use]
    pub const fn speaks(self) -> Speaks {
        if self.weight() < 0 { Speaks::AgainstOwner } else { Speaks::ForOwner }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub leaning: Leaning,
    pub reasons: Vec<Fact>,
}

/// Judges what is known. Without a failure there is nothing to judge.
#[must_use]
pub fn verdict(evidence: &Evidence<'_>) -> Option<Verdict> {
    if evidence.failures.is_empty() && !evidence.not_me {
        return None;
    }
    let reasons = reasons(evidence);
    let sum: i32 = reasons.iter().map(|fact| fact.weight()).sum();
    let leaning = if sum >= LEANS {
        Leaning::Owner
    } else if sum <= -LEANS {
        Leaning::Attacker
    } else {
        Leaning::Unclear
    };
    Some(Verdict { leaning, reasons })
}

fn reasons(evidence: &Evidence<'_>) -> Vec<Fact> {
    let mut sources: Vec<&str> = evidence.failures.iter().map(|failure| failure.source).collect();
    sources.sort_unstable();
    sources.dedup();
    let known = |source: &&str| evidence.known_sources.contains(source);
    let mut found = Vec::new();
    if sources.iter().any(known) && sources.len() < MANY {
        found.push(Fact::KnownSource);
    } else if !sources.is_empty() && !evidence.known_sources.is_empty() {
        found.push(Fact::UnknownSource);
    }
    if evidence.failures.iter().any(|failure| failure.known_device) {
        found.push(Fact::KnownDevice);
    }
    match sources.len() {
        0 | 2 => {}
        1 => found.push(Fact::OneSource),
        count => found.push(Fact::ManySources { count }),
    }
    let from_there = evidence.written_from.is_some_and(|from| sources.contains(&from));
    if from_there && sources.len() < MANY {
        found.push(Fact::SamePlaceAsRequest);
    }
    if evidence.failures.iter().any(|failure| failure.repeated) {
        found.push(Fact::RepeatedPassword);
    }
    if is_too_fast(evidence) {
        found.push(Fact::TooFastForHands);
    }
    if evidence.mailbox && !evidence.not_me {
        found.push(Fact::Mailbox);
    }
    if evidence.not_me {
        found.push(Fact::NotMe);
    }
    found
}

/// Whether half of the failures follow on the one before within two seconds.
fn is_too_fast(evidence: &Evidence<'_>) -> bool {
    let mut times: Vec<Millis> = evidence.failures.iter().map(|failure| failure.at).collect();
    times.sort_unstable();
    let quick = times.iter().zip(times.iter().skip(1)).filter(|(a, b)| b.since(**a) < HAND).count();
    times.len() >= PACED && quick.saturating_mul(2) >= times.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures<'e>(sources: &[&'e str], apart: Span) -> Vec<Failure<'e>> {
        let place = |number: usize| apart.times(i64::try_from(number).unwrap());
        let failure = |(number, source): (usize, &&'e str)| Failure {
            at: Millis(1_000).after(place(number)),
            source,
            repeated: false,
            known_device: false,
        };
        sources.iter().enumerate().map(failure).collect()
    }

    #[test]
    fn verdicts() {
        let slow = Span::MINUTE;
        let nothing = Evidence::default();
        assert_eq!(verdict(&nothing), None);
        let cases = [
            (
                "the owner at home",
                Evidence {
                    failures: failures(&["a", "a", "a"], slow),
                    known_sources: vec!["a", "b"],
                    ..Evidence::default()
                },
                Leaning::Owner,
            ),
            (
                "the owner on a new phone, who reads the mailbox",
                Evidence {
                    failures: failures(&["n", "n"], slow),
                    known_sources: vec!["a"],
                    written_from: Some("n"),
                    mailbox: true,
                    ..Evidence::default()
                },
                Leaning::Owner,
            ),
            (
                "a known device",
                Evidence {
                    failures: vec![Failure { known_device: true, ..failures(&["n"], slow)[0] }],
                    ..Evidence::default()
                },
                Leaning::Owner,
            ),
            (
                "one place nobody knows",
                Evidence {
                    failures: failures(&["x", "x"], slow),
                    known_sources: vec!["a"],
                    ..Evidence::default()
                },
                Leaning::Unclear,
            ),
            (
                "one place, and no sign-in to compare with",
                Evidence { failures: failures(&["x", "x"], slow), ..Evidence::default() },
                Leaning::Unclear,
            ),
            (
                "many places, the owner's among them",
                Evidence {
                    failures: failures(&["a", "x", "y", "z"], slow),
                    known_sources: vec!["a"],
                    ..Evidence::default()
                },
                Leaning::Attacker,
            ),
            (
                "a program",
                Evidence {
                    failures: failures(&["x", "x", "x", "x", "x"], Span(100)),
                    known_sources: vec!["a"],
                    ..Evidence::default()
                },
                Leaning::Attacker,
            ),
            (
                "they say so themselves",
                Evidence {
                    failures: failures(&["x"], slow),
                    mailbox: true,
                    not_me: true,
                    ..Evidence::default()
                },
                Leaning::Attacker,
            ),
        ];
        for (what, evidence, leaning) in cases {
            let verdict = verdict(&evidence).unwrap();
            assert_eq!(verdict.leaning, leaning, "{what}: {:?}", verdict.reasons);
            assert!(!verdict.reasons.is_empty(), "{what}");
        }
    }
}
