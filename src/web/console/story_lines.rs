//! The table of one account's story: each try with what it caused, and in their places the refused ones,
//! mails and deeds. Asks nobody; sources as the reader may see them.

use std::collections::HashSet;

use super::desk::Desk;
use super::lock_panel::{line, of_lock, shown_source};
use super::view::lock_panel::CampaignLink;
use super::view::lock_story::{DeedStep, Doer, RefusedFrom, RefusedStep, StoryLine, TryStep};
use crate::model::{Lane, Millis, Span, Until};
use crate::store::attempts::{AttemptDecision, AttemptRow, Refusals};
use crate::store::mail_fates::Delivery;
use crate::tenant::LockStory;

/// What stands in one place of time.
enum Placed<'story> {
    Row(StoryLine),
    Sum(&'story Refusals),
}

/// The table, oldest first.
pub(super) fn lines(
    desk: &Desk,
    story: &LockStory,
    deeds: &[DeedStep],
    causes: &[(Millis, CampaignLink)],
) -> Vec<StoryLine> {
    let here = |at: Millis| story.stretch.holds(at);
    let mut placed: Vec<(Millis, Placed<'_>)> = Vec::new();
    let mut told = HashSet::new();
    let (mut from, mut version) = (String::new(), story.attempts.first().map(|a| a.policy_version));
    for attempt in story.attempts.iter().rev() {
        let mail = mail_of(attempt, &story.mails).inspect(|mail| {
            told.insert(mail.id.clone());
        });
        let mut step = step(desk, attempt, mail);
        step.campaign = step.lock.and_then(|(since, _)| of_lock(since, causes));
        step.from = step.from.filter(|one| *one != from);
        from.clone_from(&step.line.source);
        step.policy_version = step.policy_version.filter(|one| version != Some(*one));
        version = Some(attempt.policy_version);
        placed.push((attempt.at, Placed::Row(StoryLine::Try(Box::new(step)))));
    }
    for sum in &story.refusals {
        placed.push((minute(sum.minute), Placed::Sum(sum)));
    }
    for mail in story.mails.iter().filter(|mail| here(mail.written_at)) {
        if !told.contains(&mail.id) {
            placed.push((mail.written_at, Placed::Row(StoryLine::Mail(mail.clone()))));
        }
    }
    for deed in deeds.iter().filter(|deed| here(deed.at) && deed.who != Doer::Attempts) {
        placed.push((deed.at, Placed::Row(StoryLine::Deed(deed.clone()))));
    }
    // Stable: attempts of one instant stay in the order of their decisions.
    placed.sort_by_key(|(at, _)| *at);
    joined(desk, placed)
}

fn minute(number: i64) -> Millis {
    Millis(number.saturating_mul(Span::MINUTE.0))
}

/// Sums of refused tries with nothing between them as one row each.
fn joined(desk: &Desk, placed: Vec<(Millis, Placed<'_>)>) -> Vec<StoryLine> {
    let mut rows = Vec::new();
    let mut sums: Vec<&Refusals> = Vec::new();
    for (_, one) in placed {
        match one {
            Placed::Sum(sum) => sums.push(sum),
            Placed::Row(row) => {
                rows.extend(refused(desk, &sums));
                sums.clear();
                rows.push(row);
            }
        }
    }
    rows.extend(refused(desk, &sums));
    rows
}

fn refused(desk: &Desk, sums: &[&Refusals]) -> Option<StoryLine> {
    let (first, last) = (sums.first()?, sums.last()?);
    let sources: HashSet<&str> = sums.iter().map(|sum| sum.source.as_str()).collect();
    Some(StoryLine::Refused(RefusedStep {
        at: minute(first.minute),
        until: (first.minute != last.minute).then(|| minute(last.minute.saturating_add(1))),
        tries: sums.iter().fold(0_i64, |all, sum| all.saturating_add(sum.tries)),
        from: match sources.len() {
            1 => RefusedFrom::One(shown_source(desk, first.source.as_str())),
            several => RefusedFrom::Several(several),
        },
    }))
}

fn step(desk: &Desk, attempt: &AttemptRow, mail: Option<Delivery>) -> TryStep {
    let line = line(desk, attempt);
    let made = attempt.decision == AttemptDecision::Locked;
    let until = |end: Millis| if end.0 == i64::MAX { Until::Unlocked } else { Until::At(end) };
    let lock = attempt.lock_since.zip(attempt.lock_until).filter(|_| made);
    TryStep {
        with: attempt.authenticator.parse().ok(),
        lane: Lane::from_stored(&attempt.lane),
        lock: lock.map(|(since, end)| (since, until(end))),
        campaign: None,
        mail,
        from: Some(line.source.clone()),
        policy_version: Some(attempt.policy_version),
        line,
    }
}

/// An attempt by itself, for a drawing.
pub(super) fn plain_step(desk: &Desk, attempt: &AttemptRow) -> StoryLine {
    StoryLine::Try(Box::new(step(desk, attempt, None)))
}

/// The mail that was written in the attempt's own transaction.
fn mail_of(attempt: &AttemptRow, mails: &[Delivery]) -> Option<Delivery> {
    let made = attempt.decision == AttemptDecision::Locked;
    mails.iter().find(|mail| made && mail.written_at == attempt.at).cloned()
}
