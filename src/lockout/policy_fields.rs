//! Reads the fields of a policy document one by one onto a preset and collects every fault.
//! Knows nothing of TOML or JSON text.

use std::collections::BTreeSet;

use serde_json::Value;

use super::policy::{
    CountAfterLock, Factor, LockLength, LockoutType, MAX_ATTEMPTS, MAX_LENGTH, MAX_LONG_RUN,
    MIN_LENGTH, Policy, Preset,
};
use super::policy_document::{
    FIELDS, FaultCode, PRESET_FIELD, PolicyFault, UNTIL_UNLOCKED, count_after_lock_text,
    length_text, lockout_type_text,
};
use super::span_text::{parse_span, span_text};
use crate::model::{Authenticator, Span};

/// Most unlocks a day that a policy may allow: each gives back N guesses, so a larger number
/// would be no limit.
pub const MAX_UNLOCKS_PER_DAY: i64 = 100;
/// Longest quotation of a document's text in a message.
const MAX_QUOTED_CHARS: usize = 40;

type Entry = (String, Value);

pub(super) struct Reader<'a> {
    entries: &'a [Entry],
    faults: Vec<PolicyFault>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(entries: &'a [Entry]) -> Self {
        Self { entries, faults: Vec::new() }
    }

    pub(super) fn read(mut self) -> Result<Policy, Vec<PolicyFault>> {
        let mut policy = self.preset().policy();
        let mut seen = BTreeSet::new();
        for (name, value) in self.entries {
            if !seen.insert(name.as_str()) {
                self.fault(name, FaultCode::Duplicate, "is named twice: keep one".to_owned());
                continue;
            }
            self.field(&mut policy, name, value);
        }
        self.relate(&mut policy, &seen);
        if self.faults.is_empty() { Ok(policy) } else { Err(self.faults) }
    }

    fn fault(&mut self, field: &str, code: FaultCode, message: String) {
        self.faults.push(PolicyFault { field: quoted(field), code, message });
    }

    fn preset(&mut self) -> Preset {
        let entries = self.entries;
        let Some((name, value)) = entries.iter().find(|(name, _)| name == PRESET_FIELD) else {
            return Preset::Balanced;
        };
        let names = Preset::ALL.map(Preset::as_str);
        self.choice(name, value, &names).and_then(Preset::from_name).unwrap_or(Preset::Balanced)
    }

    fn field(&mut self, policy: &mut Policy, name: &str, value: &Value) {
        match name {
            "enabled" => set(&mut policy.enabled, self.truth(name, value)),
            "max_attempts" => {
                set(&mut policy.max_attempts, self.number(name, value, 1, MAX_ATTEMPTS));
            }
            "history_duration" => set(&mut policy.history_duration, self.span(name, value)),
            "minimum_duration" => set(&mut policy.minimum_duration, self.length(name, value)),
            "backoff_factor" => set(&mut policy.backoff_factor, self.factor(name, value)),
            "maximum_duration" => set(&mut policy.maximum_duration, self.length(name, value)),
            "count_after_lock" => {
                let modes = [CountAfterLock::Kept, CountAfterLock::Fresh];
                set(
                    &mut policy.count_after_lock,
                    self.one_of(name, value, modes, count_after_lock_text),
                );
            }
            "lockout_type" => {
                let types = [LockoutType::PerUser, LockoutType::PerUserPerIp];
                set(&mut policy.lockout_type, self.one_of(name, value, types, lockout_type_text));
            }
            "authenticators" => set(&mut policy.authenticators, self.authenticators(name, value)),
            "manual_lock_duration" => {
                set(&mut policy.manual_lock_duration, self.length(name, value));
            }
            "long_run_limit" => {
                set(&mut policy.long_run_limit, self.number(name, value, 0, MAX_LONG_RUN));
            }
            "unlock_mail" => set(&mut policy.unlock_mail, self.truth(name, value)),
            "unlock_link_lifetime" => set(&mut policy.unlock_link_lifetime, self.span(name, value)),
            "unlocks_per_day" => {
                set(&mut policy.unlocks_per_day, self.number(name, value, 1, MAX_UNLOCKS_PER_DAY));
            }
            "known_devices" => set(&mut policy.known_devices, self.truth(name, value)),
            "ignore_repeated_secret" => {
                set(&mut policy.ignore_repeated_secret, self.truth(name, value));
            }
            PRESET_FIELD => {}
            _ => self.unknown(name),
        }
    }

    fn unknown(&mut self, name: &str) {
        let known = FIELDS.into_iter().chain([PRESET_FIELD]);
        let hint = match nearest(name, known) {
            Some(near) => format!("is no field of a policy: did you mean {near}?"),
            None => format!("is no field of a policy: the fields are {}", FIELDS.join(", ")),
        };
        self.fault(name, FaultCode::UnknownField, hint);
    }

    /// What two fields say together.
    fn relate(&mut self, policy: &mut Policy, named: &BTreeSet<&str>) {
        let too_short = match (policy.minimum_duration, policy.maximum_duration) {
            (LockLength::For(minimum), LockLength::For(maximum)) => maximum < minimum,
            (LockLength::UntilUnlocked, LockLength::For(_)) => true,
            (_, LockLength::UntilUnlocked) => false,
        };
        if !too_short {
            return;
        }
        // A first lock without an end leaves nothing to cap: only a cap somebody wrote is wrong.
        if policy.minimum_duration == LockLength::UntilUnlocked
            && !named.contains("maximum_duration")
        {
            policy.maximum_duration = LockLength::UntilUnlocked;
            return;
        }
        let message = format!(
            "{} is shorter than minimum_duration ({}): make it at least that long",
            length_text(policy.maximum_duration),
            length_text(policy.minimum_duration),
        );
        self.fault("maximum_duration", FaultCode::Inconsistent, message);
    }

    fn truth(&mut self, name: &str, value: &Value) -> Option<bool> {
        let truth = value.as_bool();
        if truth.is_none() {
            self.wrong_type(name, "true or false");
        }
        truth
    }

    fn number(&mut self, name: &str, value: &Value, least: i64, most: i64) -> Option<i64> {
        let Some(number) = value.as_i64() else {
            if value.is_u64() {
                self.out_of_range(name, &least.to_string(), &most.to_string());
            } else {
                self.wrong_type(name, &format!("a whole number from {least} to {most}"));
            }
            return None;
        };
        if number < least || number > most {
            self.out_of_range(name, &least.to_string(), &most.to_string());
            return None;
        }
        Some(number)
    }

    fn span(&mut self, name: &str, value: &Value) -> Option<Span> {
        let Some(text) = value.as_str() else {
            self.wrong_type(
                name,
                "a length in quotes such as \"90s\", \"15m\", \"1h30m\" or \"7d\"",
            );
            return None;
        };
        let Some(span) = parse_span(text) else {
            let message =
                format!("{:?} is no length: write it like 90s, 15m, 1h30m or 7d", quoted(text));
            self.fault(name, FaultCode::Malformed, message);
            return None;
        };
        if span < MIN_LENGTH || span > MAX_LENGTH {
            self.out_of_range(name, &span_text(MIN_LENGTH), &span_text(MAX_LENGTH));
            return None;
        }
        Some(span)
    }

    fn length(&mut self, name: &str, value: &Value) -> Option<LockLength> {
        if value.as_str() == Some(UNTIL_UNLOCKED) {
            return Some(LockLength::UntilUnlocked);
        }
        self.span(name, value).map(LockLength::For)
    }

    fn factor(&mut self, name: &str, value: &Value) -> Option<Factor> {
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.wrong_type(name, "a number from 1 to 1000 such as 2 or 1.5");
                return None;
            }
        };
        let Some(thousandths) = decimal_thousandths(&text) else {
            let message = format!(
                "{:?} is no factor: write a number from 1 to 1000 with at most three decimals",
                quoted(&text)
            );
            self.fault(name, FaultCode::Malformed, message);
            return None;
        };
        let factor = Factor::from_thousandths(thousandths);
        if factor.is_none() {
            self.out_of_range(name, "1", "1000");
        }
        factor
    }

    fn authenticators(&mut self, name: &str, value: &Value) -> Option<BTreeSet<Authenticator>> {
        let names = Authenticator::ALL.map(Authenticator::as_str);
        let Some(list) = value.as_array() else {
            self.wrong_type(name, &format!("a list of {}", names.join(", ")));
            return None;
        };
        if list.is_empty() {
            self.fault(
                name,
                FaultCode::OutOfRange,
                format!(
                    "is empty: name at least one of {}, or set enabled to false",
                    names.join(", ")
                ),
            );
            return None;
        }
        let faults_before = self.faults.len();
        let chosen = list
            .iter()
            .filter_map(|one| self.one_of(name, one, Authenticator::ALL, Authenticator::as_str))
            .collect();
        (self.faults.len() == faults_before).then_some(chosen)
    }

    fn one_of<T: Copy, const COUNT: usize>(
        &mut self,
        name: &str,
        value: &Value,
        all: [T; COUNT],
        spelled: fn(T) -> &'static str,
    ) -> Option<T> {
        let chosen = self.choice(name, value, &all.map(spelled))?;
        all.into_iter().find(|one| spelled(*one) == chosen)
    }

    fn choice(
        &mut self,
        name: &str,
        value: &Value,
        names: &[&'static str],
    ) -> Option<&'static str> {
        let Some(text) = value.as_str() else {
            self.wrong_type(name, &format!("one of {}", names.join(", ")));
            return None;
        };
        let known = names.iter().copied().find(|known| *known == text);
        if known.is_none() {
            let near = nearest(text, names.iter().copied())
                .map(|near| format!(", did you mean {near}?"))
                .unwrap_or_default();
            let message =
                format!("{:?} is not known: write one of {}{near}", quoted(text), names.join(", "));
            self.fault(name, FaultCode::Malformed, message);
        }
        known
    }

    fn wrong_type(&mut self, name: &str, wanted: &str) {
        self.fault(name, FaultCode::WrongType, format!("must be {wanted}"));
    }

    fn out_of_range(&mut self, name: &str, least: &str, most: &str) {
        self.fault(name, FaultCode::OutOfRange, format!("must be from {least} to {most}"));
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// A decimal such as `1.5` as thousandths, exactly; `None` for more than three decimals that
/// matter, a sign, an exponent or anything that is no number.
pub(super) fn decimal_thousandths(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let decimals = decimals.trim_end_matches('0');
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || decimals.len() > 3 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let decimals: i64 = format!("{decimals:0<3}").parse().ok()?;
    whole.checked_mul(1_000)?.checked_add(decimals)
}

/// The beginning of a text that came from outside, fit for a message.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_QUOTED_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The known name closest to what was written, where it is close enough to be a slip.
fn nearest(text: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let text = quoted(text);
    let (distance, near) = known.map(|name| (edits(&text, name), name)).min()?;
    (distance <= 3.max(near.len() / 3)).then_some(near)
}

/// Levenshtein distance, one row at a time.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut left = index + 1;
        let mut next = vec![left];
        for (target, above) in to.iter().zip(row.windows(2)) {
            let &[diagonal, up] = above else { continue };
            left = (diagonal + usize::from(letter != *target)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
