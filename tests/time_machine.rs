//! The time machine against worlds whose truth is known: each try's real answer is hidden from the log
//! exactly where the live policy would have refused it.

mod truth;
pub(crate) mod world;

use std::collections::BTreeSet;

use lockkeeper::lockout::time_machine::{
    Became, Comparison, Estimate, Go, Lesson, LogBuilder, Measures, RawTry, Window, compare, trace,
};
use lockkeeper::lockout::{LockLength, LockoutType, Policy, Preset};
use lockkeeper::model::{Authenticator, Lane, Millis, Span};

use self::truth::truth;
use self::world::{World, a_policy};
use crate::simulation::dice::Dice;

/// The issue asks for 100.
const WORLDS: u64 = 300;

fn replayed(world: &World, draft: &Policy) -> Comparison {
    compare(&world.log, &world.live, draft, world.window, &mut |_| Go::On).unwrap()
}

/// Each measure that is outside its bounds, by name.
fn outside(found: &Measures, real: &Measures) -> Vec<(&'static str, Estimate, i64)> {
    let pairs = [
        ("locks", found.locks, real.locks),
        ("locked", found.locked, real.locked),
        ("owners locked", found.owners_locked, real.owners_locked),
        ("guesses", found.guesses, real.guesses),
        ("mails", found.mails, real.mails),
        ("waiting", found.owner_wait_ms, real.owner_wait_ms),
    ];
    pairs
        .into_iter()
        .filter(|(_, found, real)| real.low < found.low || real.low > found.high)
        .map(|(name, found, real)| (name, found, real.low))
        .collect()
}

#[test]
fn the_truth_lies_within_the_bounds() {
    let (mut certain, mut several_days) = (0, 0);
    for seed in 0..WORLDS {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let draft = a_policy(&mut dice);
        let found = replayed(&world, &draft).draft;
        let real = truth(&world, &draft);
        let off = outside(&found.total, &real.total);
        assert!(off.is_empty(), "seed {seed}: {off:?}\nlive {:?}\ndraft {draft:?}", world.live);
        let of_found = found.days.iter().map(|(day, _)| *day);
        let days: BTreeSet<i64> = of_found.chain(real.days.keys().copied()).collect();
        for day in days {
            let found = found.days.iter().find(|(known, _)| *known == day);
            let found = found.map_or_else(Measures::default, |found| found.1);
            let real = real.days.get(&day).copied().unwrap_or_default();
            let off = outside(&found, &real);
            assert!(off.is_empty(), "seed {seed}, day {day}: {off:?}");
        }
        // No wait is lost or told twice by the split at midnight.
        let waits = found.days.iter().map(|(_, measures)| measures.owner_wait_ms);
        let (likely, high) =
            waits.fold((0, 0), |(likely, high), wait| (likely + wait.likely, high + wait.high));
        let whole = found.total.owner_wait_ms;
        assert_eq!(likely, whole.likely, "seed {seed}");
        assert!(high >= whole.high, "seed {seed}: {whole:?}");
        let waited = real.days.values().filter(|day| day.owner_wait_ms.low > 0);
        several_days += i32::from(waited.count() > 1);
        certain += i32::from(found.total.locks.is_certain());
    }
    // Bounds that say nothing would always hold: some of these worlds leave nothing open.
    assert!(certain > 20, "{certain}");
    assert!(several_days > 20, "{several_days}");
}

#[test]
fn replaying_the_live_policy_gives_what_was_recorded() {
    for seed in 0..WORLDS {
        let world = World::new(&mut Dice::new(seed));
        let found = replayed(&world, &world.live).now;
        let real = truth(&world, &world.live);
        // Whether it was an owner whom a lock kept out is open as long as nobody saw what he typed.
        let locks = |measures: &Measures| (measures.locks, measures.locked, measures.mails);
        assert_eq!(locks(&found.total), locks(&real.total), "seed {seed}");
        assert_eq!(found.widened, 0, "seed {seed}");
        assert!(outside(&found.total, &real.total).is_empty(), "seed {seed}");
    }
}

#[test]
fn all_wrong_and_all_right_are_no_bounds() {
    // Four refused tries under a draft of two: wrong, right, wrong, wrong locks once, and so do four
    // wrong ones twice, and four right ones never; but wrong, wrong, right, wrong is in no record either.
    let mut missed = 0;
    for seed in 0..WORLDS {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let draft = a_policy(&mut dice);
        let real = truth(&world, &draft).total.locks.low;
        let of = |right| truth(&world.with_unknown(right), &draft).total.locks.low;
        let (a, b) = (of(false), of(true));
        missed += i32::from(real < a.min(b) || real > a.max(b));
    }
    assert!(missed > 0);
}

#[test]
fn a_replay_that_is_told_to_stop_stops() {
    let mut dice = Dice::new(1);
    let world = World::crowded(&mut dice, 20_000);
    let mut calls = 0;
    let mut stop = |_| {
        calls += 1;
        Go::Stop
    };
    let strict = Preset::Strict.policy();
    assert_eq!(compare(&world.log, &world.live, &strict, world.window, &mut stop), None);
    assert_eq!(calls, 1);
}

#[test]
fn what_was_before_the_window_counts_and_is_not_measured() {
    let world = World::crowded(&mut Dice::new(2), 500);
    let strict = Preset::Strict.policy();
    let all = replayed(&world, &strict).draft.total;
    let Window { from, to } = world.window;
    let late = Window { from: Millis(to.0 - (to.0 - from.0) / 2), to };
    let half = compare(&world.log, &world.live, &strict, late, &mut |_| Go::On).unwrap().draft;
    assert!(half.total.locks.high < all.locks.high && half.total.locks.high > 0);
    assert!(half.days.iter().all(|(day, _)| *day >= late.from.0.div_euclid(Span::DAY.0)));
}

/// The long run is left out: the failure that reaches it in a lane of its own locks two.
#[test]
fn an_account_that_is_followed_try_by_try_has_the_locks_that_its_line_says() {
    let mut locked = 0;
    for seed in 0..WORLDS {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let draft = Policy { long_run_limit: 0, ..a_policy(&mut dice) };
        for account in replayed(&world, &draft).accounts {
            let lines = trace(&world.log, &account.name, &draft, world.window);
            let made = |became: &Option<Became>| {
                matches!(became, Some(Became::Locked(_) | Became::Checked { lock: Some(_), .. }))
            };
            let inside = lines.iter().filter(|(at, _)| *at >= world.window.from);
            let locks = inside.filter(|(_, became)| made(became)).count();
            let said = account.draft.locks.likely;
            assert_eq!(i64::try_from(locks).unwrap(), said, "seed {seed}, {}", account.name);
            locked += locks;
        }
    }
    assert!(locked > 100, "{locked}");
}

/// What is lifted later is no longer waited for: also in an account of which only bounds are kept by then.
#[test]
fn a_wait_that_an_unlock_cuts_short_is_within_its_bounds() {
    let begin = Millis(20_000 * Span::DAY.0 + Span::HOUR.0 * 12);
    let draft = Policy {
        max_attempts: 3,
        minimum_duration: LockLength::For(Span::HOUR),
        maximum_duration: LockLength::For(Span::HOUR),
        lockout_type: LockoutType::PerUserPerIp,
        long_run_limit: 0,
        ..Preset::Balanced.policy()
    };
    let mut log = LogBuilder::default();
    let wrong = Lesson::Wrong(Authenticator::Password);
    let typed =
        [(0, wrong), (1_000, wrong), (2_000, wrong), (20 * Span::MINUTE.0, Lesson::Completed)];
    for (after, lesson) in typed {
        log.tried(&RawTry {
            id: &format!("att_{after}"),
            previous: None,
            at: begin.after(Span(after)),
            account: "u:1",
            source: "10.0.0.1",
            lane: &Lane::Public,
            lesson,
            lock: None,
        });
    }
    // Of another source, which the live policy had locked as well: nobody knows what was typed.
    log.refused("u:1", "198.51.100.1", begin.after(Span::MINUTE.times(5)), 30);
    let pressed = begin.after(Span::MINUTE.times(10));
    log.pressed("u:1", pressed);
    let window = Window { from: begin, to: begin.after(Span::HOUR.times(3)) };
    let live = Preset::Balanced.policy();
    let found = compare(&log.finish(), &live, &draft, window, &mut |_| Go::On).unwrap().draft;
    let waited = pressed.0 - begin.0 - 2_000;
    assert_eq!(found.widened, 1);
    for wait in [found.total.owner_wait_ms, found.days[0].1.owner_wait_ms] {
        assert!((0..=waited).contains(&wait.low), "{wait:?}");
        assert!(wait.high >= waited && wait.likely == waited, "{wait:?}, in truth {waited}");
    }
}
