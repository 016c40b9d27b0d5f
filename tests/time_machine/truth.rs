//! What a policy would really have done: every try with its real answer, at its real instant. Written
//! without a line of the time machine.

use std::collections::{BTreeMap, BTreeSet};

use lockkeeper::lockout::time_machine::{Estimate, Measures};
use lockkeeper::lockout::{AuditFact, Decision, Effect, LockView, Policy};
use lockkeeper::model::{Lane, Millis, Span, Until};

use super::world::{Act, Deed, Standing, Typed, World};

#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) total: Measures,
    pub(super) days: BTreeMap<i64, Measures>,
}

const fn exactly(number: i64) -> Estimate {
    Estimate { low: number, likely: number, high: number }
}

fn more(of: &mut Estimate) {
    *of = exactly(of.low + 1);
}

/// How much of a wait lies in a day.
fn part_of(day: i64, (begin, end): (Millis, Millis)) -> i64 {
    let midnight = day * Span::DAY.0;
    (end.0.min(midnight + Span::DAY.0) - begin.0.max(midnight)).max(0)
}

/// Whether the owner did it: the same source, or device, completed a sign-in within a day.
fn owners(acts: &[Act], at: usize) -> bool {
    let Deed::Try { source, lane, .. } = &acts[at].deed else { return false };
    acts[at..].iter().any(|later| match &later.deed {
        Deed::Try { source: other, lane: other_lane, typed: Typed::Completed } => {
            let same = if lane.is_public() { source == other } else { true };
            let soon = later.at <= acts[at].at.after(Span::DAY);
            later.account == acts[at].account && same && lane == other_lane && soon
        }
        _ => false,
    })
}

pub(super) fn truth(world: &World, policy: &Policy) -> Truth {
    let mut found = Truth::default();
    let mut standings: BTreeMap<&str, Standing> = BTreeMap::new();
    let mut locked: BTreeSet<(String, Option<i64>)> = BTreeSet::new();
    let mut kept_out: BTreeSet<(String, Option<i64>)> = BTreeSet::new();
    // Locks that an owner met: account, place, since; with first meeting and end.
    let mut waits: BTreeMap<(String, String, Millis), (Millis, Until)> = BTreeMap::new();
    let to = world.window.to;
    for (number, act) in world.acts.iter().enumerate() {
        let standing = standings.entry(&act.account).or_default();
        let outcome = standing.meet(policy, act.at, &act.deed);
        let day = act.at.0.div_euclid(Span::DAY.0);
        let Truth { total, days, .. } = &mut found;
        let mut both = |change: &dyn Fn(&mut Measures)| {
            change(total);
            change(days.entry(day).or_default());
        };
        for effect in &outcome.effects {
            match effect {
                Effect::Audit(AuditFact::Locked(view)) if !view.staff => {
                    both(&|measures| more(&mut measures.locks));
                    locked.extend([(act.account.clone(), None), (act.account.clone(), Some(day))]);
                }
                Effect::SendUnlockMail { .. } => both(&|measures| more(&mut measures.mails)),
                _ => {}
            }
        }
        if matches!(
            outcome.decision,
            Decision::StaffUnlocked { .. } | Decision::Unlocked { .. } | Decision::Reset { .. }
        ) {
            for ((account, ..), (_, until)) in &mut waits {
                if *account == act.account && until.holds_at(act.at) {
                    *until = Until::At(act.at);
                }
            }
        }
        let Deed::Try { source, lane, .. } = &act.deed else { continue };
        let owner = owners(&world.acts, number);
        let checked = !matches!(outcome.decision, Decision::Refused(_));
        if checked && !owner {
            both(&|measures| more(&mut measures.guesses));
        }
        let lock: Option<LockView> = match outcome.decision {
            Decision::Refused(lock) | Decision::CountedAndLocked(lock) => Some(lock),
            _ => None,
        };
        if let Some(lock) = lock.filter(|lock| owner && !lock.staff) {
            kept_out.extend([(act.account.clone(), None), (act.account.clone(), Some(day))]);
            let place = match lane {
                Lane::Public if lock.source_only => source.clone(),
                lane => lane.stored(),
            };
            waits.entry((act.account.clone(), place, lock.since)).or_insert((act.at, lock.until));
        }
    }
    let of = |accounts: &BTreeSet<(String, Option<i64>)>, day: Option<i64>| {
        let count = accounts.iter().filter(|(_, known)| *known == day).count();
        exactly(i64::try_from(count).unwrap())
    };
    let waits: Vec<(Millis, Millis)> = waits
        .values()
        .map(|(met, until)| (*met, until.instant().map_or(to, |end| end.min(to))))
        .filter(|(met, end)| met < end)
        .collect();
    // Also days on which nothing else happened.
    let waited = waits
        .iter()
        .flat_map(|(met, end)| met.0.div_euclid(Span::DAY.0)..=end.0.div_euclid(Span::DAY.0));
    let met = kept_out.iter().filter_map(|(_, day)| *day);
    for day in waited.chain(met) {
        found.days.entry(day).or_default();
    }
    found.total.locked = of(&locked, None);
    found.total.owners_locked = of(&kept_out, None);
    found.total.owner_wait_ms = exactly(waits.iter().map(|(met, end)| end.0 - met.0).sum());
    for (day, measures) in &mut found.days {
        measures.locked = of(&locked, Some(*day));
        measures.owners_locked = of(&kept_out, Some(*day));
        measures.owner_wait_ms = exactly(waits.iter().map(|wait| part_of(*day, *wait)).sum());
    }
    found
}
