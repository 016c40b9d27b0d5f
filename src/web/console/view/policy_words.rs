//! A policy in words: its fields, their values, what differs between two, and what one does. Knows no
//! page.

use serde_json::Value;

use super::frame::Frame;
use crate::lockout::policy_diff::Change;
use crate::lockout::policy_document::UNTIL_UNLOCKED;
use crate::lockout::preview::{Outline, outline};
use crate::lockout::{LockLength, LockoutType, Policy, Preset, parse_span};
use crate::model::{Authenticator, Millis, Span};
use crate::text::{Lang, Said};

/// A field that two policies fill differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffRow {
    pub label: String,
    pub from: String,
    pub to: String,
}

/// What stands over the live policy for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverlayOn {
    pub version: i64,
    pub until: Millis,
}

#[must_use]
pub fn diff(frame: &Frame, changes: &[Change]) -> Vec<DiffRow> {
    let row = |change: &Change| DiffRow {
        label: label(frame, &change.field),
        from: plain(frame, &change.from),
        to: plain(frame, &change.to),
    };
    changes.iter().map(row).collect()
}

#[must_use]
pub fn label(frame: &Frame, field: &str) -> String {
    match field {
        "enabled" => frame.line("policy-enabled"),
        "max_attempts" => frame.line("policy-max-attempts"),
        "history_duration" => frame.line("policy-history"),
        "minimum_duration" => frame.line("policy-minimum"),
        "backoff_factor" => frame.line("policy-factor"),
        "maximum_duration" => frame.line("policy-maximum"),
        "count_after_lock" => frame.line("policy-count"),
        "lockout_type" => frame.line("policy-type"),
        "authenticators" => frame.line("policy-authenticators"),
        "manual_lock_duration" => frame.line("policy-manual"),
        "long_run_limit" => frame.line("policy-long-run"),
        "unlock_mail" => frame.line("policy-unlock-mail"),
        "unlock_link_lifetime" => frame.line("policy-link"),
        "unlocks_per_day" => frame.line("policy-unlocks"),
        "known_devices" => frame.line("policy-known-devices"),
        _ => frame.line("policy-repeats"),
    }
}

/// A value of a document as people read it.
#[must_use]
pub fn plain(frame: &Frame, value: &Value) -> String {
    match value {
        Value::Bool(true) => frame.line("policy-on"),
        Value::Bool(false) => frame.line("policy-off"),
        Value::Array(list) => {
            let words = list.iter().filter_map(Value::as_str).map(|one| authenticator(frame, one));
            words.collect::<Vec<_>>().join(", ")
        }
        Value::String(text) => text.replace('_', " "),
        Value::Null | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// What is counted, as the policy's form calls it; what it does not know, as it is.
fn authenticator(frame: &Frame, name: &str) -> String {
    match name.parse() {
        Ok(Authenticator::Password) => frame.line("policy-auth-password"),
        Ok(Authenticator::OobOtp) => frame.line("policy-auth-code"),
        Ok(Authenticator::Totp) => frame.line("policy-auth-app"),
        Ok(Authenticator::RecoveryCode) => frame.line("policy-auth-recovery"),
        Err(_) => name.to_owned(),
    }
}

#[must_use]
pub fn preset(frame: &Frame, preset: Preset) -> String {
    match preset {
        Preset::Relaxed => frame.line("policy-preset-relaxed"),
        Preset::Balanced => frame.line("policy-preset-balanced"),
        Preset::Strict => frame.line("policy-preset-strict"),
        Preset::Clerk => frame.line("policy-preset-clerk"),
        Preset::Authgear => frame.line("policy-preset-authgear"),
    }
}

/// The first locks, the longest and the long run, a sentence each.
#[must_use]
pub fn sentences(frame: &Frame, policy: &Policy) -> Vec<String> {
    let Some(Outline { tries, first, longest, between }) = outline(policy) else {
        return vec![frame.line("policy-says-off")];
    };
    let said = match policy.lockout_type {
        LockoutType::PerUser => Says {
            first: frame.say("policy-says-first"),
            next: frame.say("policy-says-next"),
            endless: frame.say("policy-says-endless"),
            long_run: frame.say("policy-says-long-run"),
        },
        LockoutType::PerUserPerIp => Says {
            first: frame.say("policy-says-first-source"),
            next: frame.say("policy-says-next-source"),
            endless: frame.say("policy-says-endless-source"),
            long_run: frame.say("policy-says-long-run-source"),
        },
    };
    let long_run = (policy.long_run_limit > 0)
        .then(|| said.long_run.count("count", policy.long_run_limit).to_string());
    if first.first() == Some(&LockLength::UntilUnlocked) {
        let endless = said.endless.count("tries", tries).to_string();
        // Where the account itself is shut, nothing follows.
        let further = long_run.filter(|_| policy.lockout_type == LockoutType::PerUserPerIp);
        return std::iter::once(endless).chain(further).collect();
    }
    let words: Vec<String> = first.iter().map(|length| length_words(frame.lang, *length)).collect();
    let (shortest, further) = match words.split_first() {
        Some((shortest, further)) => (shortest.as_str(), further.join(", ")),
        None => ("", String::new()),
    };
    let locks = said.first.count("tries", tries).text("length", shortest);
    let next = (!further.is_empty()).then(|| {
        let next = said.next.count("between", between).text("lengths", further);
        next.text("longest", length_words(frame.lang, longest)).to_string()
    });
    std::iter::once(locks.to_string()).chain(next).chain(long_run).collect()
}

/// The sentences of locks of one kind, their figures still missing.
struct Says {
    first: Said,
    next: Said,
    endless: Said,
    long_run: Said,
}

#[derive(Debug, Clone, Copy)]
enum Unit {
    Days,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

/// Units below a day, from large to small. From two days on days come before them: people say
/// "24 hours" and "36 hours".
const UNITS: [(Unit, Span); 4] = [
    (Unit::Hours, Span::HOUR),
    (Unit::Minutes, Span::MINUTE),
    (Unit::Seconds, Span::SECOND),
    (Unit::Milliseconds, Span(1)),
];

impl Unit {
    fn words(self, lang: &'static Lang, amount: i64) -> String {
        match self {
            Self::Days => lang.with("time-days", &[("count", amount.into())]),
            Self::Hours => lang.with("time-hours", &[("count", amount.into())]),
            Self::Minutes => lang.with("time-minutes", &[("count", amount.into())]),
            Self::Seconds => lang.with("time-seconds", &[("count", amount.into())]),
            Self::Milliseconds => lang.with("policy-milliseconds", &[("count", amount.into())]),
        }
    }
}

/// A length in words, nothing of it rounded: what decides is not rounded either.
#[must_use]
pub fn length_words(lang: &'static Lang, length: LockLength) -> String {
    match length {
        LockLength::For(span) => span_words(lang, span),
        LockLength::UntilUnlocked => lang.line("console-until-unlocked"),
    }
}

fn span_words(lang: &'static Lang, span: Span) -> String {
    let mut left = span.0.max(0);
    if left == 0 {
        return Unit::Seconds.words(lang, 0);
    }
    let days = (left >= Span::DAY.times(2).0).then_some((Unit::Days, Span::DAY));
    let mut words = Vec::new();
    for (unit, length) in days.into_iter().chain(UNITS) {
        let amount = left.div_euclid(length.0);
        left = left.rem_euclid(length.0);
        if amount > 0 {
            words.push(unit.words(lang, amount));
        }
    }
    words.join(" ")
}

/// What was typed into a field of a length, or beside the ×, in words; nothing where it says none.
#[must_use]
pub fn echo(frame: &Frame, field: &str, typed: &str) -> String {
    if field == "backoff_factor" {
        return match typed.trim().parse::<f64>() {
            Ok(factor) if factor > 1.0 => {
                frame.say("policy-echo-factor").text("factor", typed.trim()).to_string()
            }
            Ok(factor) if factor >= 1.0 => frame.line("policy-echo-factor-one"),
            Ok(_) | Err(_) => String::new(),
        };
    }
    let typed = typed.replace(' ', "_");
    if typed == UNTIL_UNLOCKED {
        return frame.line("console-until-unlocked");
    }
    parse_span(&typed).map(|span| span_words(frame.lang, span)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Catalogue;

    #[test]
    fn a_length_is_said_to_the_millisecond() {
        let said = |typed: &str| span_words(Catalogue::get("en"), parse_span(typed).unwrap());
        assert_eq!(said("90s"), "1 minute 30 seconds");
        assert_eq!(said("1h30m"), "1 hour 30 minutes");
        assert_eq!(said("24h"), "24 hours");
        assert_eq!(said("2d2h5m"), "2 days 2 hours 5 minutes");
        assert_eq!(said("1s500ms"), "1 second 500 milliseconds");
        assert_eq!(said("0s"), "0 seconds");
    }
}
