//! The list of requests, with its views, its search and its pages. Knows no request's words but the
//! first line.

use askama::Template;

use super::frame::Frame;
use super::request::{Colleague, Hands, Saved};
use crate::model::{Millis, Until};
use crate::store::counted::Counted;
use crate::text::{Markup, Said};

/// A view of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Open,
    Mine,
    Unassigned,
    Closed,
    Spam,
}

impl Tab {
    pub const ALL: [Self; 5] = [Self::Open, Self::Mine, Self::Unassigned, Self::Closed, Self::Spam];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Closed => "closed",
            Self::Spam => "spam",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.as_str() == text)
    }
}

/// How the person of a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    Locked(Until),
    StaffLock(Until),
    LongRun,
    NotLocked,
    /// Signed in since.
    BackIn,
    /// No user has this identifier.
    Nobody,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketLine {
    pub path: String,
    /// The name, else what they sign in with.
    pub who: String,
    pub identifier: String,
    pub subject: String,
    pub first_line: String,
    pub reference: String,
    /// The reference with the version that is looked at, as the form of several sends it.
    pub pick: String,
    pub filed_at: Millis,
    pub state: RowState,
    pub is_new: bool,
    pub waits_for_them: bool,
    pub assignee: Option<String>,
}

/// `GET /console/{slug}/inbox`
#[derive(Debug, Clone, Template)]
#[template(path = "console/inbox.html")]
pub struct InboxPage {
    pub frame: Frame,
    pub path: String,
    pub tab: Tab,
    /// What is looked for; empty: nothing.
    pub asked: String,
    pub open: Counted,
    pub mine: Counted,
    pub unassigned: Counted,
    /// Not the first page.
    pub later: bool,
    /// Where the next page begins.
    pub next: Option<String>,
    pub tickets: Vec<TicketLine>,
    /// The attack whose requests these are.
    pub wave: Option<i64>,
    /// Attacks with open requests: number, when noticed, how many.
    pub waves: Vec<(i64, Millis, Counted)>,
    /// Whether the reader may do something about several at once.
    pub hands: Hands,
    pub saved: Vec<Saved>,
    /// To whom requests may be given, by name.
    pub colleagues: Vec<Colleague>,
    pub all_picked: bool,
}

/// A link over the list.
pub struct TabLink {
    pub path: String,
    pub words: String,
    pub here: bool,
}

impl InboxPage {
    fn tabs(&self) -> Vec<TabLink> {
        let link = |tab: Tab| TabLink {
            path: self.place(tab, None),
            words: match tab {
                Tab::Open => self.counted(self.frame.say("inbox-tab-open"), &self.open),
                Tab::Mine => self.counted(self.frame.say("inbox-tab-mine"), &self.mine),
                Tab::Unassigned => {
                    self.counted(self.frame.say("inbox-tab-unassigned"), &self.unassigned)
                }
                Tab::Closed => self.frame.line("inbox-tab-closed"),
                Tab::Spam => self.frame.line("inbox-tab-spam"),
            },
            here: tab == self.tab,
        };
        Tab::ALL.into_iter().map(link).collect()
    }

    fn counted(&self, said: Said, counted: &Counted) -> String {
        said.text("count", self.frame.counted(counted)).to_string()
    }

    /// The address of a view, with the search, from a place on.
    fn place(&self, tab: Tab, after: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("view", tab.as_str());
        if !self.asked.is_empty() {
            query.append_pair("q", &self.asked);
        }
        if let Some(wave) = self.wave {
            query.append_pair("wave", &wave.to_string());
        }
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        format!("{}?{}", self.path, query.finish())
    }

    fn next_path(&self) -> Option<String> {
        self.next.as_deref().map(|after| self.place(self.tab, Some(after)))
    }

    fn first_path(&self) -> String {
        self.place(self.tab, None)
    }

    fn wave_path(&self, wave: &i64) -> String {
        format!("{}?wave={wave}", self.path)
    }

    fn wave_words(&self, (_, began, open): &(i64, Millis, Counted)) -> Markup {
        let said = self.frame.say("inbox-wave").markup("time", self.frame.time(began));
        said.text("count", self.frame.counted(open)).html()
    }

    fn is_here(&self, wave: &i64) -> bool {
        self.wave == Some(*wave)
    }

    fn bulk_path(&self) -> String {
        format!("{}/bulk", self.path)
    }

    /// This very list with every box ticked, for who has no script; no longer than a page.
    fn pick_path(&self) -> String {
        format!("{}&pick=all", self.place(self.tab, None))
    }

    /// Whether there is something to be done about several.
    fn picks(&self) -> bool {
        self.hands == Hands::Free
            && match self.tab {
                Tab::Open | Tab::Mine | Tab::Unassigned => !self.tickets.is_empty(),
                Tab::Closed | Tab::Spam => false,
            }
    }

    fn all_path(&self) -> String {
        format!("{}?view={}", self.path, self.tab.as_str())
    }

    fn empty_title(&self) -> String {
        if !self.asked.is_empty() {
            return self.frame.line("inbox-nothing-found");
        }
        match self.tab {
            Tab::Open => self.frame.line("inbox-none-open"),
            Tab::Mine => self.frame.line("inbox-none-mine"),
            Tab::Unassigned => self.frame.line("inbox-none-unassigned"),
            Tab::Closed => self.frame.line("inbox-none-closed"),
            Tab::Spam => self.frame.line("inbox-none-spam"),
        }
    }

    fn empty_words(&self) -> String {
        if self.asked.is_empty() {
            self.frame.line("inbox-none")
        } else {
            self.frame.line("inbox-nothing-found-text")
        }
    }

    fn kind(line: &TicketLine) -> &'static str {
        match line.state {
            RowState::Locked(_) | RowState::StaffLock(_) | RowState::LongRun => "hold",
            RowState::BackIn => "ok",
            RowState::NotLocked | RowState::Nobody => "",
        }
    }

    const fn icon(line: &TicketLine) -> &'static str {
        match line.state {
            RowState::Locked(_) | RowState::StaffLock(_) | RowState::LongRun => "locked",
            RowState::BackIn | RowState::NotLocked => "unlocked",
            RowState::Nobody => "person",
        }
    }

    fn state(&self, line: &TicketLine) -> Markup {
        let timed = |said: Said, endless: String, until: &Until| match until {
            Until::At(end) => said.markup("time", self.frame.ending(end)).html(),
            Until::Unlocked => Markup::escape(&endless),
        };
        match &line.state {
            RowState::Locked(until) => timed(
                self.frame.say("inbox-locked"),
                self.frame.line("console-lock-automatic"),
                until,
            ),
            RowState::StaffLock(until) => timed(
                self.frame.say("inbox-staff-lock"),
                self.frame.line("console-lock-staff"),
                until,
            ),
            RowState::LongRun => Markup::escape(&self.frame.line("console-lock-long-run")),
            RowState::NotLocked => Markup::escape(&self.frame.line("inbox-not-locked")),
            RowState::BackIn => Markup::escape(&self.frame.line("inbox-back-in")),
            RowState::Nobody => Markup::escape(&self.frame.line("inbox-nobody")),
        }
    }

    /// How long ago it came.
    fn age(&self, line: &TicketLine) -> Markup {
        self.frame.time(&line.filed_at)
    }

    fn assignee(&self, line: &TicketLine) -> Option<String> {
        let name = line.assignee.as_ref()?;
        Some(self.frame.say("inbox-with").text("name", name).to_string())
    }
}
