//! Lengths of time as people write them in a policy: `90s`, `15m`, `1h30m`, `24h`, `7d`.
//! Knows nothing of which lengths a policy allows.

use crate::model::Span;

/// Longest text looked at; the longest useful one (`364d23h59m59s999ms`) has 18 characters.
const MAX_TEXT: usize = 40;

/// Units from large to small. A text names each at most once, in this order.
const UNITS: [(&str, Span); 5] = [
    ("d", Span::DAY),
    ("h", Span::HOUR),
    ("m", Span::MINUTE),
    ("s", Span::SECOND),
    ("ms", Span(1)),
];

/// Reads `1h30m` and the like; `None` for anything else (no sign, no fraction, no white space,
/// no bare number: `90` could mean anything).
#[must_use]
pub fn parse_span(text: &str) -> Option<Span> {
    if text.is_empty() || text.len() > MAX_TEXT {
        return None;
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total = 0_i64;
    while !rest.is_empty() {
        let digits_end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (digits, tail) = rest.split_at_checked(digits_end)?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, after) = tail.split_at_checked(unit_end)?;
        let (_, length) = units.find(|(name, _)| *name == unit)?;
        let amount: i64 = digits.parse().ok()?;
        total = total.checked_add(amount.checked_mul(length.0)?)?;
        rest = after;
    }
    Some(Span(total))
}

/// Writes a length so that [`parse_span`] reads the same one. Below two days in hours, as people
/// say "24h" and "36h"; a negative length is written as `0s`.
#[must_use]
pub fn span_text(span: Span) -> String {
    let mut left = span.0.max(0);
    if left == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (name, length) in UNITS {
        if length == Span::DAY && left < Span::DAY.times(2).0 {
            continue;
        }
        let amount = left / length.0;
        left %= length.0;
        if amount > 0 {
            text.push_str(&amount.to_string());
            text.push_str(name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_and_write_alike() {
        for (text, ms) in [
            ("1s", 1_000),
            ("500ms", 500),
            ("1m30s", 90_000),
            ("15m", 900_000),
            ("1h30m", 5_400_000),
            ("24h", 86_400_000),
            ("36h", 129_600_000),
            ("2d", 172_800_000),
            ("2d1h", 176_400_000),
            ("365d", 31_536_000_000),
        ] {
            assert_eq!(parse_span(text), Some(Span(ms)), "{text}");
            assert_eq!(span_text(Span(ms)), text);
        }
        assert_eq!(parse_span("1d"), Some(Span::DAY));
        assert_eq!(parse_span("90m"), Some(Span(5_400_000)));
    }

    #[test]
    fn nonsense_is_no_length() {
        for odd in [
            "",
            "90",
            "s",
            "1.5h",
            "-1m",
            "1h 30m",
            "30m1h",
            "1m1m",
            "1w",
            "1м",
            "9999999999999999999d",
            "99999999999999d",
        ] {
            assert_eq!(parse_span(odd), None, "{odd}");
        }
    }
}
