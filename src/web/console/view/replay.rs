//! What a replay found, with its bounds. Knows no log.

use std::sync::Arc;

use askama::Template;

use super::frame::Frame;
use super::replay_words::{self, Measure, measures, plain, tries, waited, widened};
use crate::lockout::time_machine::{Estimate, Measures, Report};
use crate::model::{Millis, Span};
use crate::tenant::{Progress, Replayed};
use crate::text::Markup;
use crate::text::time::Moment;
use crate::web::console::chart::days::{Day, Days, days};

/// Where a replay stands.
#[derive(Debug, Clone)]
pub enum ReplayState {
    Ready(Box<Shown>),
    UnderWay(Progress),
    Waiting,
    Failed,
}

/// An answer with the names of the accounts that differ most.
#[derive(Debug, Clone)]
pub struct Shown {
    pub replayed: Arc<Replayed>,
    pub accounts: Vec<ShownAccount>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct ShownAccount {
    pub name: String,
    /// Of the page that tells it try by try.
    pub path: String,
    pub now: Measures,
    pub draft: Measures,
}

/// `GET /console/{slug}/policy/replay`
#[derive(Debug, Clone, Template)]
#[template(path = "console/replay.html")]
pub struct ReplayPage {
    pub frame: Frame,
    pub days: i64,
    pub state: ReplayState,
    /// The draft as a form sends it.
    pub draft: Vec<(String, String)>,
    pub path: String,
    /// The policy screen.
    pub back: String,
}

/// What is measured by day: owners first, then what others did and what came of it.
#[derive(Debug, Clone, Copy)]
enum Daily {
    Owners,
    /// Milliseconds.
    Waits,
    Guesses,
    Locked,
    Mails,
}

/// One picture: a measure under both policies, day by day, on a scale of its own.
struct Panel {
    name: String,
    summary: String,
    drawn: Days,
    /// The highest value, at the top of the scale.
    most: String,
    /// How it is counted, where that is not plain.
    note: Option<String>,
}

/// A line of the table under the pictures: each measure under both policies.
struct DayRow {
    name: String,
    cells: Vec<String>,
}

impl Daily {
    const ALL: [Self; 5] = [Self::Owners, Self::Waits, Self::Guesses, Self::Locked, Self::Mails];

    /// What one step of its picture is: milliseconds of all owners are too many to draw.
    const fn step(self) -> i64 {
        match self {
            Self::Waits => Span::SECOND.0,
            Self::Owners | Self::Guesses | Self::Locked | Self::Mails => 1,
        }
    }

    const fn of(self, measures: &Measures) -> Estimate {
        match self {
            Self::Owners => measures.owners_locked,
            Self::Waits => measures.owner_wait_ms,
            Self::Guesses => measures.guesses,
            Self::Locked => measures.locked,
            Self::Mails => measures.mails,
        }
    }
}

/// The figures of a day; none where nothing happened.
fn measures_of(report: &Report, day: i64) -> Measures {
    let known = report.days.iter().find(|(known, _)| *known == day);
    known.map_or_else(Measures::default, |(_, measures)| *measures)
}

impl ReplayPage {
    fn title(&self) -> String {
        self.frame.say("replay-title").count("days", self.days).to_string()
    }

    /// Whether the page looks by itself how far it is, where it can.
    const fn goes_on(&self) -> bool {
        match self.state {
            ReplayState::UnderWay(_) | ReplayState::Waiting => true,
            ReplayState::Ready(_) | ReplayState::Failed => false,
        }
    }

    fn measures(&self, shown: &Shown) -> Vec<Measure> {
        measures(&self.frame, &shown.replayed.found)
    }

    fn name(&self, name: &str) -> Markup {
        Markup::breakable(name)
    }

    /// Every day of the window, also those on which nothing happened, with its name.
    fn days_of(&self, shown: &Shown) -> Vec<(i64, String)> {
        let window = shown.replayed.window;
        let day_of = |at: Millis| at.0.div_euclid(Span::DAY.0);
        (day_of(window.from)..=day_of(window.to))
            .map(|day| {
                let noon = Millis(day.saturating_mul(Span::DAY.0).saturating_add(Span::DAY.0 / 2));
                // Days are those of UTC, whatever the reader's zone.
                let zone = crate::text::Zone::utc();
                (day, Moment::new(self.frame.lang, &zone, noon, self.frame.now).date)
            })
            .collect()
    }

    fn daily_name(&self, what: Daily) -> String {
        match what {
            Daily::Owners => self.frame.line("replay-owners"),
            Daily::Waits => self.frame.line("replay-wait"),
            Daily::Guesses => self.frame.line("replay-guesses"),
            Daily::Locked => self.frame.line("replay-locked"),
            Daily::Mails => self.frame.line("replay-mails"),
        }
    }

    fn daily_names(&self) -> Vec<String> {
        Daily::ALL.into_iter().map(|what| self.daily_name(what)).collect()
    }

    fn panels(&self, shown: &Shown) -> Vec<Panel> {
        let (now, draft) = (&shown.replayed.found.now, &shown.replayed.found.draft);
        let named = self.days_of(shown);
        let panel = |what: Daily| {
            let steps =
                |report, day| what.of(&measures_of(report, day)).likely.div_euclid(what.step());
            let pair = |(day, name): &(i64, String)| Day {
                name: name.clone(),
                now: steps(now, *day),
                draft: steps(draft, *day),
            };
            let rows: Vec<Day> = named.iter().map(pair).collect();
            let told = |steps: i64| self.told(what, steps.saturating_mul(what.step()));
            let most = |of: fn(&Day) -> i64| told(rows.iter().map(of).max().unwrap_or(0));
            let said = self.frame.say("replay-days-summary").text("what", self.daily_name(what));
            let said = said.text("now", most(|day| day.now));
            let summary = said.text("draft", most(|day| day.draft)).to_string();
            let drawn = days(&rows);
            let note = match what {
                Daily::Waits => Some(self.frame.line("replay-wait-split")),
                Daily::Owners | Daily::Guesses | Daily::Locked | Daily::Mails => None,
            };
            let (name, most) = (self.daily_name(what), told(drawn.most));
            Panel { name, summary, drawn, most, note }
        };
        Daily::ALL.into_iter().map(panel).collect()
    }

    fn day_rows(&self, shown: &Shown) -> Vec<DayRow> {
        let found = &shown.replayed.found;
        let row = |(day, name): (i64, String)| {
            let (now, draft) = (measures_of(&found.now, day), measures_of(&found.draft, day));
            let pair = |what: Daily| [&now, &draft].map(|of| self.ranged(what, what.of(of)));
            DayRow { name, cells: Daily::ALL.into_iter().flat_map(pair).collect() }
        };
        self.days_of(shown).into_iter().map(row).collect()
    }

    fn told(&self, what: Daily, value: i64) -> String {
        match what {
            Daily::Waits => waited(&self.frame, value),
            Daily::Owners | Daily::Guesses | Daily::Locked | Daily::Mails => plain(value),
        }
    }

    /// A figure, with its range where it has one.
    fn ranged(&self, what: Daily, figure: Estimate) -> String {
        let likely = self.told(what, figure.likely);
        if figure.is_certain() {
            return likely;
        }
        let said = self.frame.say("replay-likely-range").text("likely", likely);
        let said = said.text("low", self.told(what, figure.low));
        said.text("high", self.told(what, figure.high)).to_string()
    }

    /// Who met the locks of an account: its owner, under which policy, or nobody but others.
    fn met(&self, account: &ShownAccount) -> String {
        let (now, draft) = (account.now.owners_locked, account.draft.owners_locked);
        match (now.likely > 0, draft.likely > 0) {
            (true, true) => self.frame.line("replay-met-both"),
            (true, false) => self.frame.line("replay-met-now"),
            (false, true) => self.frame.line("replay-met-draft"),
            (false, false) if now.high > 0 || draft.high > 0 => {
                self.frame.line("replay-met-perhaps")
            }
            (false, false) => self.frame.line("replay-met-others"),
        }
    }

    fn tries(&self, shown: &Shown) -> String {
        tries(&self.frame, &shown.replayed.found)
    }

    fn widened(&self, shown: &Shown) -> Option<String> {
        widened(&self.frame, &shown.replayed.found)
    }

    fn progress(&self, progress: &Progress) -> String {
        replay_words::progress(&self.frame, progress)
    }
}
