//! When a mail that was not taken is tried again, and when it is given up. Knows no mail server.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::model::{Millis, OutboxId, Span};

/// A mail that was not taken for so long is given up (`reliability-security.md` §4).
pub const GIVE_UP_AFTER: Span = Span::DAY;

/// How often a server that is away is asked whether it is back (DESIGN §8).
pub const PROBE_EVERY: Span = Span::SECOND.times(30);

/// Longest addition to a wait, in percent, so that what failed together is not retried together.
const JITTER_PERCENT: u64 = 20;

/// The wait after the `tries`-th delivery failed: 30 s, 2, 10, 30 min, then an hour each, plus up
/// to 20 %. The addition hangs on the row, so that it needs no randomness and a test can name it.
#[must_use]
pub fn wait_after(tries: i64, id: &OutboxId) -> Span {
    let base = match tries {
        ..=1 => PROBE_EVERY,
        2 => Span::MINUTE.times(2),
        3 => Span::MINUTE.times(10),
        4 => Span::MINUTE.times(30),
        _ => Span::HOUR,
    };
    let mut hasher = DefaultHasher::new();
    (id, tries).hash(&mut hasher);
    let percent = hasher.finish().checked_rem(JITTER_PERCENT.saturating_add(1)).unwrap_or(0);
    let extra = base.times(i64::try_from(percent).unwrap_or(0)).0.div_euclid(100);
    Span(base.0.saturating_add(extra))
}

/// When a row is given up: a day after it was written, or when its link has expired.
#[must_use]
pub fn deadline(written_at: Millis, link_expires_at: Option<Millis>) -> Millis {
    let day = written_at.after(GIVE_UP_AFTER);
    link_expires_at.map_or(day, |expires| expires.min(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_follow_the_ladder_with_at_most_a_fifth_more() {
        let bases = [30, 30, 120, 600, 1800, 3600, 3600];
        for (tries, base) in (0..).zip(bases) {
            let waits: Vec<_> =
                (0..200).map(|_| wait_after(tries, &OutboxId::generate(Millis(0))).0).collect();
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*least >= base * 1000 && *most <= base * 1200, "{tries}: {least}..{most}");
            assert!(least < most, "{tries}: no jitter");
        }
    }

    #[test]
    fn a_mail_is_not_tried_beyond_its_link() {
        let hour = Millis(0).after(Span::HOUR);
        assert_eq!(deadline(Millis(0), Some(hour)), hour);
        assert_eq!(deadline(Millis(0), Some(hour.after(Span::DAY))), Millis(0).after(Span::DAY));
        assert_eq!(deadline(Millis(0), None), Millis(0).after(Span::DAY));
    }
}
