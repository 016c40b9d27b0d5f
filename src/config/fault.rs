//! What is wrong with the settings: where it stands, what is the matter, what to write instead.

use std::fmt;

use super::setting::{PREFIX, SETTINGS};

/// Where a value was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Environment,
    /// Line and column count from 1; the column counts characters.
    File {
        name: String,
        line: usize,
        column: usize,
    },
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("command line"),
            Self::Environment => f.write_str("environment"),
            Self::File { name, line, column } => write!(f, "{name}:{line}:{column}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One fault, ready to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub String);

impl Fault {
    /// A fault of the value of setting `key`.
    #[must_use]
    pub fn of_value(key: &str, origin: &Origin, what: &str) -> Self {
        Self(match origin {
            Origin::Flag => format!("--{}: {what}", key.replace('_', "-")),
            Origin::Environment => format!("{PREFIX}{}: {what}", key.to_ascii_uppercase()),
            Origin::File { .. } => format!("{origin}: {key}: {what}"),
            Origin::Default => format!("{key}: {what}"),
        })
    }

    /// A name in the file that is no setting.
    #[must_use]
    pub fn unknown_key(key: &str, origin: &Origin) -> Self {
        let near = nearest_key(key);
        Self(format!("{origin}: there is no setting `{key}`; did you mean `{near}`?"))
    }

    /// A variable of ours that is no setting.
    #[must_use]
    pub fn unknown_variable(name: &str) -> Self {
        let key = name.strip_prefix(PREFIX).unwrap_or(name).to_ascii_lowercase();
        let near = nearest_key(&key).to_ascii_uppercase();
        Self(format!("{name}: there is no such setting; did you mean {PREFIX}{near}?"))
    }
}

/// Every fault of one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings are not usable:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {}", fault.0))
    }
}

impl std::error::Error for Faults {}

/// The setting whose name needs the fewest edits.
fn nearest_key(key: &str) -> &'static str {
    let near = SETTINGS.iter().min_by_key(|setting| edits(key, setting.key));
    near.map_or("", |setting| setting.key)
}

/// Levenshtein's distance: insertions, deletions and replacements from `a` to `b`.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (to, above) in b.chars().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(from != to);
            left = replaced.min(above + 1).min(left + 1);
            next.push(left);
            diagonal = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (a, b, distance) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("listn", "listen", 1)]
        {
            assert_eq!(edits(a, b), distance, "{a} {b}");
            assert_eq!(edits(b, a), distance, "{b} {a}");
        }
    }
}
