//! What commands print: answers on standard output, complaints on standard error. A reader that has
//! gone (`| head`) is no reason to fail, let alone to panic as `println!` would.

use std::io::Write;

use crate::model::Millis;
use crate::text::{Catalogue, Moment, Zone};

/// A line, or several, of the answer.
pub(super) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _gone = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// What is wrong and what to do about it.
pub(super) fn complain(text: &str) {
    let mut out = std::io::stderr().lock();
    let _gone = writeln!(out, "lockkeeper: {text}").and_then(|()| out.flush());
}

/// An error with its causes; a cause whose words an error before it has taken over is not repeated.
pub(super) fn with_causes(error: &anyhow::Error) -> String {
    let mut told = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        if !told.ends_with(&text) {
            told = format!("{told}: {text}");
        }
    }
    told
}

/// The same, where the command goes on.
pub(super) fn warn(text: &str) {
    complain(&format!("warning: {text}"));
}

/// JSON as programs read it: one value on one line.
pub(super) fn say_json(value: &serde_json::Value) {
    say(&value.to_string());
}

/// `21 Nov 2026, 14:18 UTC`.
pub(super) fn dated(at: Millis, now: Millis) -> String {
    Moment::new(Catalogue::get("en"), &Zone::utc(), at, now).dated
}

/// The same with how far it is: `21 Nov 2026, 14:18 UTC (in 12 minutes)`.
pub(super) fn due(at: Millis, now: Millis) -> String {
    let moment = Moment::ending(Catalogue::get("en"), &Zone::utc(), at, now);
    match moment.relative {
        Some(relative) => format!("{} ({relative})", moment.dated),
        None => moment.dated,
    }
}

/// Rows as columns of equal width; the last column is as long as it is.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..most).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Text of strangers, without what could move the cursor or change colours.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_strangers_text_cannot_drive_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\u{9b}c"), "a [31mb c");
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow!("the disk is full").context("cannot write a: the disk is full");
        assert_eq!(
            with_causes(&error.context("no key")),
            "no key: cannot write a: the disk is full"
        );
    }

    #[test]
    fn columns_line_up_and_end_without_blanks() {
        let rows = [vec!["a".to_owned(), "long".to_owned()], vec!["äöü".to_owned(), String::new()]];
        assert_eq!(columns(&rows), "a    long\näöü");
    }
}
