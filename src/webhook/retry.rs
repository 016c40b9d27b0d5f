//! When a delivery that failed is tried again, and when it is given up. Pure. When an endpoint is
//! spared is said where its row is (`store::webhook_endpoints`).

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::model::{OutboxId, Span, WebhookEndpointId};

/// Waits after the first, second … failed try: Svix's ladder, a day and a bit in all.
const LADDER: [Span; 7] = [
    Span::from_seconds(5),
    Span::MINUTE.times(5),
    Span::MINUTE.times(30),
    Span::HOUR.times(2),
    Span::HOUR.times(5),
    Span::HOUR.times(10),
    Span::HOUR.times(10),
];

/// Longest addition to a wait, in percent, so that what failed together is not retried together.
const JITTER_PERCENT: u64 = 20;

/// Longest wait that a receiver may ask for (`Retry-After`).
pub const LONGEST_ASKED: Span = Span::HOUR;

/// The wait after the `tries`-th try of a delivery failed, with up to 20 % more; `None` when that was
/// the last. `asked` is what the receiver asked for. The addition hangs on the delivery, so that it
/// needs no randomness and a test can name it.
#[must_use]
pub fn wait_after(
    tries: i64,
    (endpoint, message): (&WebhookEndpointId, &OutboxId),
    asked: Option<Span>,
) -> Option<Span> {
    let step = usize::try_from(tries.saturating_sub(1)).unwrap_or(0);
    let base = *LADDER.get(step)?;
    let mut hasher = DefaultHasher::new();
    (endpoint, message, tries).hash(&mut hasher);
    let percent = hasher.finish().checked_rem(JITTER_PERCENT.saturating_add(1)).unwrap_or(0);
    let extra = base.times(i64::try_from(percent).unwrap_or(0)).0.div_euclid(100);
    let wait = Span(base.0.saturating_add(extra));
    Some(wait.max(asked.unwrap_or(Span::ZERO).min(LONGEST_ASKED)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;

    fn wait(tries: i64, asked: Option<Span>) -> Option<Span> {
        let message = OutboxId::generate(Millis(0));
        let endpoint = WebhookEndpointId::generate(Millis(0));
        wait_after(tries, (&endpoint, &message), asked)
    }

    #[test]
    fn waits_follow_the_ladder_with_at_most_a_fifth_more() {
        for (tries, base) in (1..).zip([5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]) {
            let waits: Vec<_> = (0..200).map(|_| wait(tries, None).unwrap().0).collect();
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*least >= base * 1000 && *most <= base * 1200, "{tries}: {least}..{most}");
            assert!(least < most, "{tries}: no jitter");
        }
        assert_eq!(wait(8, None), None, "the eighth try is the last");
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_wait_within_reason() {
        assert_eq!(wait(1, Some(Span::MINUTE)), Some(Span::MINUTE));
        assert_eq!(wait(1, Some(Span::DAY)), Some(LONGEST_ASKED));
        assert!(wait(2, Some(Span::SECOND)).unwrap() >= Span::MINUTE.times(5));
        assert_eq!(wait(8, Some(Span::MINUTE)), None);
    }
}
