//! The replay: the whole log under the policy that is in force and under the draft, side by side.
//! Knows no storage and shows no progress itself.

use super::super::policy::Policy;
use super::branch::Frame;
use super::log::Log;
use super::measures::{Measures, Tally};
use super::owners::judge;
use super::walker::Walker;
use crate::model::Millis;

/// Accounts that a comparison names.
const NAMED: usize = 100;
/// Rows between two calls of the progress.
const STEP: usize = 16_384;

/// What a replay measures: `from` up to `to`. Rows before it bring the counts up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: Millis,
    pub to: Millis,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    On,
    Stop,
}

/// One policy's figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Days since the Unix epoch (UTC), each that had a figure.
    pub days: Vec<(i64, Measures)>,
    /// Accounts of several days are counted once here.
    pub total: Measures,
    /// Accounts of which so much was open that only bounds were kept.
    pub widened: u32,
}

/// One account under both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub now: Measures,
    pub draft: Measures,
}

/// Both policies over the same tries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    pub now: Report,
    pub draft: Report,
    /// Those that differ most, the most first; at most 100.
    pub accounts: Vec<Account>,
    pub tries: u64,
    /// Tries that nobody checked.
    pub unknown: u64,
}

impl Report {
    fn add(&mut self, tally: &Tally) {
        self.total += &tally.total;
        for (day, measures) in &tally.days {
            match self.days.binary_search_by_key(day, |(known, _)| *known) {
                Ok(place) => {
                    if let Some(known) = self.days.get_mut(place) {
                        known.1 += measures;
                    }
                }
                Err(place) => self.days.insert(place, (*day, *measures)),
            }
        }
    }
}

/// Replays `log` under both policies. `None` when `progress`, called with the rows done so far, says stop.
pub fn compare(
    log: &Log,
    now: &Policy,
    draft: &Policy,
    window: Window,
    progress: &mut dyn FnMut(usize) -> Go,
) -> Option<Comparison> {
    let Window { from, to } = window;
    let mut walk_now = Walker::new(Frame { policy: now, from, to });
    let mut walk_draft = Walker::new(Frame { policy: draft, from, to });
    let mut found = Comparison { tries: log.tries, unknown: log.unknown, ..Comparison::default() };
    let mut whose = Vec::new();
    let (mut done, mut told) = (0_usize, 0_usize);
    for (name, rows) in &log.accounts {
        let rows = log.of(rows);
        judge(rows, &mut whose);
        let of_now = walk_now.account(log, rows, &whose);
        let of_draft = walk_draft.account(log, rows, &whose);
        found.now.add(&of_now);
        found.draft.add(&of_draft);
        if of_now.total != of_draft.total {
            let (now, draft) = (of_now.total, of_draft.total);
            found.accounts.push(Account { name: name.to_string(), now, draft });
            if found.accounts.len() >= NAMED.saturating_mul(8) {
                keep_most_changed(&mut found.accounts);
            }
        }
        done = done.saturating_add(rows.len());
        if done.saturating_sub(told) >= STEP {
            told = done;
            if progress(done) == Go::Stop {
                return None;
            }
        }
    }
    keep_most_changed(&mut found.accounts);
    found.now.widened = walk_now.accounts_widened;
    found.draft.widened = walk_draft.accounts_widened;
    Some(found)
}

fn keep_most_changed(accounts: &mut Vec<Account>) {
    accounts.sort_by(|a, b| change_of(b).cmp(&change_of(a)).then_with(|| a.name.cmp(&b.name)));
    accounts.truncate(NAMED);
}

/// Owners first, then locks, then guesses, then how long the owners waited.
const fn change_of(account: &Account) -> (u64, u64, u64, u64) {
    let Account { now, draft, .. } = account;
    (
        draft.owners_locked.likely.abs_diff(now.owners_locked.likely),
        draft.locks.likely.abs_diff(now.locks.likely),
        draft.guesses.likely.abs_diff(now.guesses.likely),
        draft.owner_wait_ms.likely.abs_diff(now.owner_wait_ms.likely),
    )
}
