//! The guide to lockout policies as a page: the file of the documentation, in the few forms that it
//! uses (headings, paragraphs, lists, words as they are typed). Knows no policy.

use askama::Template;

use super::frame::Frame;
use crate::lockout::PolicyWarning;

/// What is written; the page shows nothing else.
const TEXT: &str = include_str!("../../../../docs/guide/lockout-policy.md");
/// Where the page is.
pub const GUIDE: &str = "/console/guide/lockout-policy";

/// `GET /console/guide/lockout-policy`
#[derive(Debug, Clone, Template)]
#[template(path = "console/guide.html")]
pub struct GuidePage {
    pub frame: Frame,
}

/// Words, and whether they are as one types them.
struct Piece {
    words: String,
    typed: bool,
}

enum Block {
    Title(String),
    Heading { id: String, words: String },
    Paragraph(Vec<Piece>),
    List(Vec<Vec<Piece>>),
}

impl GuidePage {
    fn title(&self) -> String {
        let titles = blocks().into_iter().find_map(|block| match block {
            Block::Title(words) => Some(words),
            Block::Heading { .. } | Block::Paragraph(_) | Block::List(_) => None,
        });
        titles.unwrap_or_default()
    }

    fn blocks(&self) -> Vec<Block> {
        blocks()
    }
}

/// Where the guide tells of a trap: its heading has the trap's name.
#[must_use]
pub fn guide_to(trap: &PolicyWarning) -> String {
    format!("{GUIDE}#{}", trap.code().replace('_', "-"))
}

fn blocks() -> Vec<Block> {
    TEXT.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).map(block).collect()
}

fn block(text: &str) -> Block {
    if let Some(words) = text.strip_prefix("# ") {
        return Block::Title(words.to_owned());
    }
    if let Some(words) = text.strip_prefix("## ") {
        let id = words.to_lowercase().replace(' ', "-");
        return Block::Heading { id, words: words.to_owned() };
    }
    if text.starts_with("- ") {
        let lines = text.lines().map(|line| pieces(line.trim_start_matches("- ")));
        return Block::List(lines.collect());
    }
    Block::Paragraph(pieces(text))
}

/// Every second piece between backquotes is typed.
fn pieces(text: &str) -> Vec<Piece> {
    let parts = text.split('`').enumerate();
    parts.map(|(place, words)| Piece { words: words.to_owned(), typed: place % 2 == 1 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockout::{Guesser, LockLength};
    use crate::model::{Authenticator, Span};

    #[test]
    fn every_trap_has_its_heading() {
        let traps = [
            PolicyWarning::LockoutOff,
            PolicyWarning::HistoryShorterThanLongestLock {
                history: Span::HOUR,
                longest: LockLength::For(Span::DAY),
            },
            PolicyWarning::UnlimitedAuthenticator(Authenticator::Totp),
            PolicyWarning::NoWayBack,
            PolicyWarning::NoLimitOverSources { per_day: 36 },
            PolicyWarning::ManyGuesses { per_day: 1_440, by: Guesser::Anybody },
        ];
        let headings: Vec<String> = blocks()
            .into_iter()
            .filter_map(|block| match block {
                Block::Heading { id, .. } => Some(format!("{GUIDE}#{id}")),
                Block::Title(_) | Block::Paragraph(_) | Block::List(_) => None,
            })
            .collect();
        for trap in traps {
            assert!(headings.contains(&guide_to(&trap)), "{trap:?}: {headings:?}");
        }
    }

    #[test]
    fn only_forms_are_used_that_the_page_has() {
        for odd in ["**", "](", "### ", "|", "```", "<", "\n1. "] {
            assert!(!TEXT.contains(odd), "{odd}");
        }
        assert_eq!(TEXT.matches('`').count() % 2, 0);
    }

    #[test]
    fn the_numbers_are_those_of_the_code() {
        use crate::lockout::preview::budget;
        use crate::lockout::{Policy, Preset};
        let day = |preset: Preset| budget(&preset.policy()).day;
        assert_eq!((day(Preset::Balanced), day(Preset::Strict)), (36, 13));
        let balanced = budget(&Preset::Balanced.policy());
        assert_eq!((balanced.week, balanced.by_unlock_mails), (100, 24));
        let minute = LockLength::For(Span::MINUTE);
        let capped = Policy {
            max_attempts: 1,
            minimum_duration: minute,
            maximum_duration: minute,
            long_run_limit: 0,
            ..Preset::Balanced.policy()
        };
        assert_eq!(budget(&capped).day, 1_440);
    }
}
