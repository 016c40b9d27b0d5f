//! The list of locks: who is locked now, by what and until when; which of them is in the address.

use askama::Template;

use super::frame::Frame;
use crate::model::{Millis, Until, UserId};
use crate::store::counted::Counted;
use crate::store::locks::LockSort;
use crate::text::Markup;

/// Filters by the end of a lock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EndsWord {
    #[default]
    Whenever,
    WithinHour,
    WithinDay,
    Never,
}

impl EndsWord {
    pub const ALL: [Self; 4] = [Self::Whenever, Self::WithinHour, Self::WithinDay, Self::Never];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whenever => "",
            Self::WithinHour => "hour",
            Self::WithinDay => "day",
            Self::Never => "never",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.as_str() == text).unwrap_or_default()
    }
}

/// Filters by what holds the account; `None` is all.
pub const SORTS: [Option<LockSort>; 5] = [
    None,
    Some(LockSort::Automatic),
    Some(LockSort::LongRun),
    Some(LockSort::Staff),
    Some(LockSort::Source),
];

/// A filter's name in an address.
#[must_use]
pub const fn sort_text(sort: Option<LockSort>) -> &'static str {
    match sort {
        None => "",
        Some(LockSort::Automatic) => "automatic",
        Some(LockSort::LongRun) => "long-run",
        Some(LockSort::Staff) => "staff",
        Some(LockSort::Source) => "source",
    }
}

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocksAsked {
    pub sort: Option<LockSort>,
    pub ends: EndsWord,
    /// As typed.
    pub words: String,
}

impl LocksAsked {
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.sort.is_none() && matches!(self.ends, EndsWord::Whenever) && self.words.is_empty()
    }

    /// As fields of an address or a form.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let sort = sort_text(self.sort).to_owned();
        let all =
            [("kind", sort), ("ends", self.ends.as_str().to_owned()), ("q", self.words.clone())];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The address of a list that asks for this.
    #[must_use]
    pub fn path(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs() {
            query.append_pair(name, &value);
        }
        for (name, value) in more {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// A choice of a filter.
pub struct Choice {
    pub path: String,
    pub words: String,
    pub here: bool,
}

/// One lock.
#[derive(Debug, Clone)]
pub struct LockItem {
    pub user: UserId,
    pub name: String,
    /// Of the page that explains it.
    pub path: String,
    pub sort: LockSort,
    pub since: Millis,
    pub until: Until,
    pub source: Option<String>,
}

/// Whether the reader may unlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choosing {
    May,
    Not,
}

/// `GET /console/{slug}/locks`
#[derive(Debug, Clone, Template)]
#[template(path = "console/locks.html")]
pub struct LocksPage {
    pub frame: Frame,
    pub path: String,
    /// Where what was chosen is confirmed.
    pub many_path: String,
    pub asked: LocksAsked,
    pub locks: Vec<LockItem>,
    /// `None` in a search.
    pub count: Option<Counted>,
    /// Whether this is not the first page.
    pub later: bool,
    /// The place at which the next page begins.
    pub next: Option<String>,
    pub choosing: Choosing,
}

impl LocksPage {
    fn counted(&self) -> String {
        match &self.count {
            Some(Counted::Exactly(count)) => {
                self.frame.say("locks-counted").count("count", count).to_string()
            }
            Some(Counted::MoreThan(count)) => {
                self.frame.say("locks-counted-more").count("count", count).to_string()
            }
            None => self.frame.say("locks-searched").text("words", &self.asked.words).to_string(),
        }
    }

    fn sorts(&self) -> Vec<Choice> {
        let choice = |sort: Option<LockSort>| Choice {
            path: LocksAsked { sort, ..self.asked.clone() }.path(&self.path, &[]),
            words: match sort {
                None => self.frame.line("locks-all"),
                Some(LockSort::Automatic) => self.frame.line("locks-automatic"),
                Some(LockSort::LongRun) => self.frame.line("locks-long-run"),
                Some(LockSort::Staff) => self.frame.line("locks-staff"),
                Some(LockSort::Source) => self.frame.line("locks-source"),
            },
            here: sort == self.asked.sort,
        };
        SORTS.into_iter().map(choice).collect()
    }

    fn ends(&self) -> Vec<Choice> {
        let choice = |ends: EndsWord| Choice {
            path: LocksAsked { ends, ..self.asked.clone() }.path(&self.path, &[]),
            words: match ends {
                EndsWord::Whenever => self.frame.line("locks-ends-whenever"),
                EndsWord::WithinHour => self.frame.line("locks-ends-hour"),
                EndsWord::WithinDay => self.frame.line("locks-ends-day"),
                EndsWord::Never => self.frame.line("locks-ends-never"),
            },
            here: ends == self.asked.ends,
        };
        EndsWord::ALL.into_iter().map(choice).collect()
    }

    fn word(&self, lock: &LockItem) -> String {
        lock_word(&self.frame, lock.sort)
    }

    fn since(&self, lock: &LockItem) -> Markup {
        self.frame.say("locks-since").markup("time", self.frame.time(&lock.since)).html()
    }

    fn choose(&self, lock: &LockItem) -> String {
        self.frame.say("locks-choose").text("name", &lock.name).to_string()
    }

    /// Where everything that this filter shows is confirmed.
    fn all_path(&self) -> String {
        self.asked.path(&self.many_path, &[("all", "1")])
    }

    fn whole_path(&self) -> &str {
        &self.path
    }

    fn first_path(&self) -> String {
        self.asked.path(&self.path, &[])
    }

    fn next_path(&self) -> Option<String> {
        self.next.as_deref().map(|after| self.asked.path(&self.path, &[("after", after)]))
    }
}

/// What holds an account, in a word.
#[must_use]
pub fn lock_word(frame: &Frame, sort: LockSort) -> String {
    match sort {
        LockSort::Automatic => frame.line("console-lock-automatic"),
        LockSort::LongRun => frame.line("console-lock-long-run"),
        LockSort::Staff => frame.line("console-lock-staff"),
        LockSort::Source => frame.line("locks-source-lock"),
    }
}
