//! How long the time machine decides over 1,000,000 recorded tries of 194,000 accounts, on one core,
//! and how much memory the log takes. No database: the log is made up here.

use std::time::{Duration, Instant};

use lockkeeper::lockout::time_machine::{
    Go, Lesson, LockOf, Log, LogBuilder, RawLock, RawTry, Window, compare,
};
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::{Authenticator, Lane, Millis, Span, Until};

use crate::{PAIRS, stats};

const TRIES: u64 = 1_000_000;
const ACCOUNTS: u64 = 194_000;
const DAYS: i64 = 30;
/// The bound for one policy.
const BOUND: Duration = Duration::from_millis(500);

/// SplitMix64.
fn roll(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Most accounts are their owners', in now and then; a few are under attack and hold a third of the
/// tries, of which the live policy refused most.
fn made_up() -> Log {
    let mut state = 7;
    let mut log = LogBuilder::default();
    for number in 0..TRIES {
        let attack = roll(&mut state).is_multiple_of(3);
        let account = if attack { roll(&mut state) % 400 } else { roll(&mut state) % ACCOUNTS };
        let at = Millis((number as i64) * DAYS * Span::DAY.0 / (TRIES as i64));
        let source = if attack {
            format!("198.51.{}.{}", account % 100, roll(&mut state) % 40)
        } else {
            format!("10.{}.{}.{}", account / 65_536, account / 256 % 256, account % 256)
        };
        let refused = attack && roll(&mut state) % 10 < 7;
        let lesson = match roll(&mut state) % 10 {
            _ if refused => Lesson::Unknown(Authenticator::Password),
            0..=1 if !attack => Lesson::Wrong(Authenticator::Password),
            _ if !attack => Lesson::Completed,
            _ => Lesson::Wrong(Authenticator::Password),
        };
        let lock = refused.then(|| RawLock {
            since: Millis(at.0 - 1),
            until: Until::At(at.after(Span::MINUTE)),
            of: LockOf::Account,
        });
        log.tried(&RawTry {
            id: &format!("att_{number}"),
            previous: None,
            at,
            account: &format!("user_{account}"),
            source: &source,
            lane: &Lane::Public,
            lesson,
            lock,
        });
    }
    log.finish()
}

/// A line of `/proc/self/status`, in KiB.
fn status(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|one| one.strip_prefix(line));
    found.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

fn memory_kib() -> f64 {
    status("VmRSS:")
}

fn replayed(log: &Log, draft: &Policy) -> Duration {
    let window = Window { from: Millis(0), to: Millis(DAYS * Span::DAY.0) };
    let begin = Instant::now();
    let found = compare(log, &Preset::Balanced.policy(), draft, window, &mut |_| Go::On).unwrap();
    let took = begin.elapsed();
    assert_eq!(found.tries, TRIES);
    took
}

pub(crate) fn run() {
    let (begin, before) = (Instant::now(), memory_kib());
    let log = made_up();
    let took = begin.elapsed();
    let grown = (memory_kib() - before) * 1_024.0;
    let rows = log.rows();
    println!(
        "log of {rows} rows made in {took:.0?}; the process grew by {:.0} MiB, {:.0} bytes a row \
         (what the making gave back may still be counted)",
        grown / 1_048_576.0,
        grown / rows as f64
    );
    for draft in [Preset::Balanced, Preset::Strict, Preset::Relaxed, Preset::Clerk] {
        let both: Vec<f64> =
            (0..PAIRS).map(|_| replayed(&log, &draft.policy()).as_secs_f64() * 1_000.0).collect();
        let median = stats::median(both);
        println!(
            "balanced against {}: {median:.0} ms for both policies, {:.0} ms each (bound {} ms)",
            draft.as_str(),
            median / 2.0,
            BOUND.as_millis()
        );
    }
    println!(
        "at its highest, replays included, the process had grown by {:.0} bytes a row",
        (status("VmHWM:") - before) * 1_024.0 / rows as f64
    );
}
