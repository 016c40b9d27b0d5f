//! What a replay found, with its bounds. Knows no log.

use std::sync::Arc;

use askama::Template;

use super::frame::Frame;
use crate::lockout::time_machine::{Estimate, Measures};
use crate::model::{Millis, Span};
use crate::tenant::{Progress, Replayed};
use crate::text::Markup;
use crate::text::catalogue::grouped;
use crate::text::time::{Moment, wait};
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

/// One line of the table.
struct Measure {
    name: String,
    now: String,
    draft: String,
    change: Option<Change>,
    range: Option<String>,
}

/// Whether less of it is good.
#[derive(Debug, Clone, Copy)]
enum Wish {
    Less,
    /// More locks may be the attackers' or the owners'.
    Neither,
}

struct Change {
    words: String,
    /// Of the pill.
    class: &'static str,
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
        let (now, draft) = (&shown.replayed.found.now, &shown.replayed.found.draft);
        let (a, b) = (&now.total, &draft.total);
        let frame = &self.frame;
        let waited = |ms| self.waited(ms);
        let (waits, would_wait) = (now.owner_wait_ms, draft.owner_wait_ms);
        vec![
            self.measure(
                frame.line("replay-owners"),
                Wish::Less,
                (a.owners_locked, b.owners_locked),
                &plain,
            ),
            self.measure(frame.line("replay-wait"), Wish::Less, (waits, would_wait), &waited),
            self.measure(frame.line("replay-guesses"), Wish::Less, (a.guesses, b.guesses), &plain),
            self.measure(frame.line("replay-locked"), Wish::Neither, (a.locked, b.locked), &plain),
            self.measure(frame.line("replay-locks"), Wish::Neither, (a.locks, b.locks), &plain),
            self.measure(frame.line("replay-mails"), Wish::Neither, (a.mails, b.mails), &plain),
        ]
    }

    fn measure(
        &self,
        name: String,
        wish: Wish,
        (now, draft): (Estimate, Estimate),
        told: &dyn Fn(i64) -> String,
    ) -> Measure {
        let change = draft.likely.saturating_sub(now.likely);
        let range = (!draft.is_certain()).then(|| {
            let (low, high) = (told(draft.low), told(draft.high));
            self.frame.say("replay-range").text("low", low).text("high", high).to_string()
        });
        let change = (change != 0).then(|| Change {
            words: format!(
                "{} {}",
                if change > 0 { "↑" } else { "↓" },
                told(change.saturating_abs())
            ),
            class: match wish {
                Wish::Neither => "",
                Wish::Less if change > 0 => "dearer",
                Wish::Less => "better",
            },
        });
        Measure { name, now: told(now.likely), draft: told(draft.likely), change, range }
    }

    fn name(&self, name: &str) -> Markup {
        Markup::breakable(name)
    }

    fn waited(&self, ms: i64) -> String {
        if ms == 0 { plain(0) } else { wait(self.frame.lang, Span(ms)) }
    }

    /// Every day of the window, also those on which nothing happened.
    fn day_rows(&self, shown: &Shown) -> Vec<Day> {
        let window = shown.replayed.window;
        let day_of = |at: Millis| at.0.div_euclid(Span::DAY.0);
        let of = |days: &[(i64, Measures)], day: i64| {
            days.iter().find(|(known, _)| *known == day).map_or(0, |(_, found)| found.locked.likely)
        };
        let found = &shown.replayed.found;
        (day_of(window.from)..=day_of(window.to))
            .map(|day| {
                let noon = Millis(day.saturating_mul(Span::DAY.0).saturating_add(Span::DAY.0 / 2));
                // Days are those of UTC, whatever the reader's zone.
                let zone = crate::text::Zone::utc();
                let name = Moment::new(self.frame.lang, &zone, noon, self.frame.now).date;
                Day { name, now: of(&found.now.days, day), draft: of(&found.draft.days, day) }
            })
            .collect()
    }

    fn drawn(&self, rows: &[Day]) -> Days {
        days(rows)
    }

    fn days_summary(&self, rows: &[Day]) -> String {
        let most = |of: fn(&Day) -> i64| rows.iter().map(of).max().unwrap_or(0);
        let (now, draft) = (most(|day| day.now), most(|day| day.draft));
        self.frame.say("replay-days-summary").count("now", now).count("draft", draft).to_string()
    }

    fn tries(&self, shown: &Shown) -> String {
        let found = &shown.replayed.found;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let said = self.frame.say("replay-tries").count("count", count(found.tries));
        said.count("unknown", count(found.unknown)).to_string()
    }

    fn widened(&self, shown: &Shown) -> Option<String> {
        let widened = i64::from(shown.replayed.found.draft.widened);
        (widened > 0).then(|| self.frame.say("replay-widened").count("count", widened).to_string())
    }

    fn progress(&self, progress: &Progress) -> String {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        match *progress {
            Progress::Reading(rows) => {
                self.frame.say("replay-reading").count("count", count(rows)).to_string()
            }
            Progress::Deciding { done, of } => {
                let said = self.frame.say("replay-deciding").count("done", count(done));
                said.count("of", count(of)).to_string()
            }
        }
    }
}

fn plain(number: i64) -> String {
    grouped(&number.to_string())
}
