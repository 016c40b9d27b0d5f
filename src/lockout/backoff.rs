//! How long the k-th lock lasts: `min(minimum × factor^k, maximum)`, to the nearest millisecond.
//! Knows nothing of counts, subjects or time.

use super::policy::{Factor, LockLength, MAX_LENGTH, Policy};
use crate::model::Span;

/// Fraction bits of the fixed-point numbers below.
const FRACTION: u32 = 88;
/// The number one.
const ONE: u128 = 1 << FRACTION;
/// Products from here on (2^36 ms, 2.2 years) are past every length a policy may name.
const OVERFLOW: u128 = 1 << (FRACTION + 36);
/// 2^-34 ms, more than everything that truncation can have taken off (see [`scaled`]).
const SLACK: u128 = 1 << (FRACTION - 34);
const LOW_HALF: u128 = (1 << 64) - 1;

/// Length of the lock with this exponent (0 is the first lock). Any exponent is answered within
/// 64 steps; a negative one counts as 0. A policy without a maximum has no end of its own once a
/// step would be longer than [`MAX_LENGTH`].
#[must_use]
pub fn lock_length(policy: &Policy, exponent: i64) -> LockLength {
    let LockLength::For(minimum) = policy.minimum_duration else {
        return LockLength::UntilUnlocked;
    };
    let grown = scaled(minimum, policy.backoff_factor, exponent);
    match (grown, policy.maximum_duration) {
        (Some(length), LockLength::For(maximum)) => LockLength::For(length.min(maximum)),
        (None, LockLength::For(maximum)) => LockLength::For(maximum),
        (Some(length), LockLength::UntilUnlocked) => LockLength::For(length),
        (None, LockLength::UntilUnlocked) => LockLength::UntilUnlocked,
    }
}

/// The first `locks` lengths, for previews.
pub fn schedule(policy: &Policy, locks: i64) -> impl Iterator<Item = LockLength> + '_ {
    (0..locks).map(|exponent| lock_length(policy, exponent))
}

/// `minimum × factor^exponent` rounded half up; `None` past [`MAX_LENGTH`].
///
/// Error bound: `factor` and every product are truncated, so the value is never above the true
/// one. Each truncation takes a share of at most 2^-88, and a share taken early is multiplied up
/// with the power, so at most 2k shares in all. The smallest factor above one, 1.001, needs
/// k < 25,000 to pass 2^36 ms from 1 ms: 2^15.6 × 2^-88 × 2^35 ms < 2^-37 ms. Adding [`SLACK`]
/// before rounding therefore makes every exact half come out as one, and the result can differ
/// from the exact one (by 1 ms) only where that lies within 2^-34 ms below a half.
fn scaled(minimum: Span, factor: Factor, exponent: i64) -> Option<Span> {
    let minimum = u128::try_from(minimum.0.clamp(0, MAX_LENGTH.0)).ok()?;
    let exponent = u64::try_from(exponent).unwrap_or(0);
    if minimum == 0 {
        return Some(Span::ZERO);
    }
    let power = power(factor, exponent)?;
    let exact = multiply(minimum << FRACTION, power)?;
    let rounded = (exact + ONE / 2 + SLACK) >> FRACTION;
    let length = Span(i64::try_from(rounded).ok()?);
    (length <= MAX_LENGTH).then_some(length)
}

/// `factor^exponent` by squaring; `None` once it is at least 2^36.
fn power(factor: Factor, exponent: u64) -> Option<u128> {
    let thousandths = u128::try_from(factor.thousandths()).ok()?;
    if factor == Factor::ONE {
        return Some(ONE);
    }
    let mut square = (thousandths << FRACTION) / 1_000;
    let mut result = ONE;
    let mut left = exponent;
    loop {
        if left & 1 == 1 {
            result = multiply(result, square)?;
        }
        left >>= 1;
        if left == 0 {
            return Some(result);
        }
        // The factor is above one, so a square too large to hold makes the whole power too large.
        square = multiply(square, square)?;
    }
}

/// Fixed-point product, truncated; `None` from [`OVERFLOW`] on. Both sides are below it (2^124),
/// so the 248-bit product is put together from 64-bit halves.
fn multiply(a: u128, b: u128) -> Option<u128> {
    let (a_high, a_low) = (a >> 64, a & LOW_HALF);
    let (b_high, b_low) = (b >> 64, b & LOW_HALF);
    let middle_a = a_high * b_low;
    let middle_b = a_low * b_high;
    let low = a_low * b_low;
    let carry = (low >> 64) + (middle_a & LOW_HALF) + (middle_b & LOW_HALF);
    let bottom = (low & LOW_HALF) | ((carry & LOW_HALF) << 64);
    let top = a_high * b_high + (middle_a >> 64) + (middle_b >> 64) + (carry >> 64);
    if top >= OVERFLOW >> (128 - FRACTION) {
        return None;
    }
    Some((top << (128 - FRACTION)) | (bottom >> FRACTION))
}

#[cfg(test)]
mod tests {
    use super::super::policy::Preset;
    use super::*;

    fn length(minimum: i64, thousandths: i64, exponent: i64) -> Option<i64> {
        scaled(Span(minimum), Factor::from_thousandths(thousandths).unwrap(), exponent).map(|s| s.0)
    }

    #[test]
    fn small_powers_equal_exact_fractions() {
        for thousandths in [1_000_i64, 1_001, 1_100, 1_125, 1_333, 1_500, 2_000, 3_700, 9_999] {
            for exponent in 0..6_u32 {
                for minimum in [1_i64, 999, 1_000, 1_005, 60_000, 86_399_999] {
                    let top = i128::from(minimum) * i128::from(thousandths).pow(exponent);
                    let below = 1_000_i128.pow(exponent);
                    let exact = (2 * top + below) / (2 * below);
                    let expected = (exact <= i128::from(MAX_LENGTH.0)).then_some(exact);
                    assert_eq!(
                        length(minimum, thousandths, exponent.into()).map(i128::from),
                        expected,
                        "{minimum} × {thousandths}^{exponent}"
                    );
                }
            }
        }
    }

    #[test]
    fn long_ladders_follow_the_exact_recurrence() {
        // 1.001^k in u128 with 80 guard bits, step by step.
        let mut value = 1_000_u128 << 80;
        for exponent in 0..17_000 {
            let rounded = i64::try_from((value + (1 << 79)) >> 80).unwrap();
            let ours = length(1_000, 1_001, exponent);
            assert_eq!(ours, (rounded <= MAX_LENGTH.0).then_some(rounded), "{exponent}");
            if ours.is_none() {
                break;
            }
            value = value / 1_000 * 1_001 + value % 1_000 * 1_001 / 1_000;
        }
    }

    #[test]
    fn any_exponent_saturates_at_the_maximum() {
        let policy = Preset::Authgear.policy();
        for exponent in [6, 7, 63, 64, 1_000_000, i64::MAX] {
            assert_eq!(lock_length(&policy, exponent), LockLength::For(Span::HOUR));
        }
        assert_eq!(lock_length(&policy, i64::MIN), LockLength::For(Span::MINUTE));
        let endless = Policy { maximum_duration: LockLength::UntilUnlocked, ..policy };
        assert_eq!(lock_length(&endless, i64::MAX), LockLength::UntilUnlocked);
        assert_eq!(lock_length(&endless, 10), LockLength::For(Span::MINUTE.times(1024)));
    }
}
