//! What a tenant was attacked with: the picture, the campaigns, the networks, the newest tries. And one
//! campaign with its locks.

use askama::Template;

use super::campaign_trail::TrailLines;
use super::frame::Frame;
use super::lock_funnel::{self, FunnelStep};
use crate::model::{CampaignId, Millis, Span};
use crate::store::attempts::AttemptDecision;
use crate::store::campaigns::{CampaignKind, Undone};
use crate::store::counted::Counted;
use crate::store::lock_funnel::Funnel;
use crate::store::traffic::{NetworkRow, SLOT, slot_of};
use crate::tenant::FeedTry;
use crate::text::{Markup, Moment};
pub use crate::web::console::chart::attack_bars::Failures;
use crate::web::console::chart::attack_bars::{Bars, Scale, bars};

/// Campaigns whose last try is no older are going on: what the tally has not seen yet is three minutes
/// old at most, and guessing has pauses.
pub const GOES_ON: Span = Span(30 * Span::MINUTE.0);

/// How much time is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    Day,
    Week,
    Month,
}

impl Stretch {
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stretch| stretch.as_str() == text)
    }

    /// Slots of ten minutes in one bar.
    #[must_use]
    pub const fn step(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 6,
            Self::Month => 36,
        }
    }

    /// The first of its bars, the last of which is the one that is growing.
    #[must_use]
    pub const fn first(self, now: Millis) -> i64 {
        let growing = slot_of(now).div_euclid(self.step());
        growing.saturating_add(1).saturating_sub(self.places())
    }

    /// When that one begins.
    #[must_use]
    pub const fn begins(self, now: Millis) -> Millis {
        Millis(self.first(now).saturating_mul(self.step()).saturating_mul(SLOT.0))
    }

    /// Bars.
    #[must_use]
    pub const fn places(self) -> i64 {
        match self {
            Self::Day => 144,
            Self::Week => 168,
            Self::Month => 120,
        }
    }
}

/// A campaign in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignLine {
    pub id: CampaignId,
    pub kind: CampaignKind,
    /// The account of a siege, as people call it; `None` for a name that nobody has.
    pub target: Option<String>,
    pub largest: String,
    /// Networks beside the largest.
    pub more: i64,
    pub began_at: Millis,
    pub last_at: Millis,
    pub tries: i64,
    pub accounts: i64,
    pub locks: Counted,
}

impl CampaignLine {
    /// What people call it: what it does, from where.
    #[must_use]
    pub fn name(&self, frame: &Frame) -> String {
        let from = match self.more {
            0 => self.largest.clone(),
            more => frame
                .say("attacks-and-more")
                .text("network", &self.largest)
                .count("count", more)
                .to_string(),
        };
        let said = match self.kind {
            CampaignKind::Spray => frame.say("attacks-spray"),
            CampaignKind::OneAccount => match &self.target {
                Some(target) => frame.say("attacks-one").text("who", target),
                None => frame.say("attacks-one-nobody"),
            },
            CampaignKind::Distributed => frame.say("attacks-distributed"),
        };
        said.text("from", from).to_string()
    }

    /// What it is and since when, for as long as it goes on.
    #[must_use]
    pub fn running(&self, frame: &Frame) -> Markup {
        let said = frame.say("attacks-running").text("name", self.name(frame));
        said.markup("time", frame.time(&self.began_at)).html()
    }

    #[must_use]
    pub fn locks(&self, frame: &Frame) -> String {
        match self.locks {
            Counted::Exactly(count) => frame.say("attacks-locks").count("count", count),
            Counted::MoreThan(count) => frame.say("attacks-locks-more").count("count", count),
        }
        .to_string()
    }

    #[must_use]
    pub fn goes_on(&self, frame: &Frame) -> bool {
        self.last_at.after(GOES_ON) >= frame.now
    }
}

/// One try of the feed.
#[derive(Debug, Clone, Template)]
#[template(path = "console/part/feed.html")]
pub struct FeedLines {
    pub frame: Frame,
    pub tries: Vec<FeedTry>,
}

impl FeedLines {
    fn word(&self, decision: &AttemptDecision) -> String {
        match decision {
            AttemptDecision::Counted => self.frame.line("attacks-try-counted"),
            AttemptDecision::Locked => self.frame.line("attacks-try-locked"),
            AttemptDecision::Refused => self.frame.line("attacks-try-refused"),
            AttemptDecision::UncountedLockoutOff
            | AttemptDecision::UncountedAuthenticator
            | AttemptDecision::UncountedRepeated
            | AttemptDecision::UncountedResetCode => self.frame.line("attacks-try-uncounted"),
            AttemptDecision::Passed => self.frame.line("attacks-try-passed"),
            AttemptDecision::Verified => self.frame.line("attacks-try-verified"),
            AttemptDecision::Completed => self.frame.line("attacks-try-completed"),
            AttemptDecision::Banned => self.frame.line("attacks-try-banned"),
        }
    }

    const fn class(&self, decision: &AttemptDecision) -> &'static str {
        match decision {
            AttemptDecision::Locked | AttemptDecision::Refused => "hold",
            AttemptDecision::Completed | AttemptDecision::Verified => "ok",
            AttemptDecision::Counted
            | AttemptDecision::UncountedLockoutOff
            | AttemptDecision::UncountedAuthenticator
            | AttemptDecision::UncountedRepeated
            | AttemptDecision::UncountedResetCode
            | AttemptDecision::Passed
            | AttemptDecision::Banned => "",
        }
    }

    const fn icon(&self, decision: &AttemptDecision) -> &'static str {
        match decision {
            AttemptDecision::Locked | AttemptDecision::Refused => "locked",
            AttemptDecision::Completed | AttemptDecision::Verified => "done",
            AttemptDecision::Banned => "warning",
            AttemptDecision::Counted
            | AttemptDecision::UncountedLockoutOff
            | AttemptDecision::UncountedAuthenticator
            | AttemptDecision::UncountedRepeated
            | AttemptDecision::UncountedResetCode
            | AttemptDecision::Passed => "info",
        }
    }

    fn who(&self, tried: &FeedTry) -> Markup {
        match &tried.name {
            Some(name) => Markup::breakable(name),
            None => Markup::escape(&self.frame.line("attacks-nobody")),
        }
    }

    fn from(&self, tried: &FeedTry) -> Markup {
        Markup::breakable(&tried.source)
    }
}

/// `GET /console/{slug}/attacks`
#[derive(Debug, Clone, Template)]
#[template(path = "console/attacks.html")]
pub struct AttacksPage {
    pub frame: Frame,
    pub path: String,
    /// Where mails about attacks are muted; for whom they are written to.
    pub alerts_path: Option<String>,
    pub stretch: Stretch,
    /// In the order of time; those with nothing are left out.
    pub bars: Vec<Failures>,
    /// When the first bar begins.
    pub from: Millis,
    /// Whether anything was ever tried.
    pub known: bool,
    pub networks: Vec<NetworkRow>,
    /// What became of people who were locked in this time.
    pub funnel: Funnel,
    pub campaigns: Vec<CampaignLine>,
    /// Where the list of campaigns goes on; whether this is not its beginning.
    pub next: Option<String>,
    pub later: bool,
    pub feed: FeedLines,
}

/// A link over the picture.
struct StretchLink {
    path: String,
    words: String,
    here: bool,
}

/// A line of the table that says what the picture shows: a number for each series.
struct BarLine {
    from: Markup,
    bar: Failures,
    parts: Vec<i64>,
}

/// A series of the picture, told apart by its filling as well as by its colour.
struct Series {
    /// The filling as a sign.
    sign: &'static str,
    class: &'static str,
    name: Markup,
}

impl AttacksPage {
    fn links(&self) -> Vec<StretchLink> {
        let words = |stretch| match stretch {
            Stretch::Day => self.frame.line("attacks-day"),
            Stretch::Week => self.frame.line("attacks-week"),
            Stretch::Month => self.frame.line("attacks-month"),
        };
        let link = |stretch: Stretch| StretchLink {
            path: format!("{}?last={}", self.path, stretch.as_str()),
            words: words(stretch),
            here: stretch == self.stretch,
        };
        Stretch::ALL.into_iter().map(link).collect()
    }

    fn scale(&self) -> Scale {
        let step = SLOT.times(self.stretch.step());
        Scale { from: self.from, step, places: self.stretch.places() }
    }

    fn place(&self, at: Millis) -> i64 {
        at.0.saturating_sub(self.from.0).div_euclid(self.scale().step.0)
    }

    fn drawn(&self) -> Bars {
        let spans: Vec<(i64, i64)> = self
            .campaigns
            .iter()
            .filter(|campaign| campaign.last_at >= self.from)
            .map(|campaign| (self.place(campaign.began_at), self.place(campaign.last_at)))
            .collect();
        bars(&self.bars, self.scale(), &spans, |at| self.frame.zone.ahead(at))
    }

    /// The networks that have a series of their own: three, or as many as there are.
    fn largest(&self) -> Vec<&NetworkRow> {
        self.networks.iter().filter(|row| !row.network.is_empty()).take(3).collect()
    }

    fn series(&self) -> Vec<Series> {
        let signs = ["■", "▤", "□"].into_iter().zip(self.largest());
        let named = signs.map(|(sign, row)| Series { sign, class: "c2", name: self.network(row) });
        let others = Markup::escape(&self.frame.line("attacks-key-others"));
        named.chain([Series { sign: "▨", class: "c1", name: others }]).collect()
    }

    fn bar_lines(&self) -> Vec<BarLine> {
        let step = self.scale().step;
        let line = |bar: &Failures| {
            let from = self.from.after(step.times(bar.place));
            let frame = &self.frame;
            let moment = Moment::new(frame.lang, &frame.zone, from, frame.now);
            let named = bar.networks.iter().take(self.largest().len()).copied();
            let parts = named.chain([bar.others()]).collect();
            BarLine { from: moment.dated_element(), bar: *bar, parts }
        };
        self.bars.iter().filter(|bar| bar.all > 0).map(line).collect()
    }

    fn all(&self) -> i64 {
        self.bars.iter().fold(0_i64, |sum, bar| sum.saturating_add(bar.all))
    }

    fn locks(&self) -> i64 {
        self.bars.iter().fold(0_i64, |sum, bar| sum.saturating_add(bar.locks))
    }

    fn summary(&self) -> String {
        let said = self.frame.say("attacks-summary").count("count", self.all());
        said.count("locks", self.locks()).to_string()
    }

    fn steps(&self) -> Vec<FunnelStep> {
        lock_funnel::steps(&self.frame, &self.funnel)
    }

    fn support(&self) -> Vec<FunnelStep> {
        lock_funnel::support(&self.frame, &self.funnel)
    }

    fn funnel_cut(&self) -> Option<String> {
        lock_funnel::cut(&self.frame, &self.funnel)
    }

    fn running(&self) -> Option<&CampaignLine> {
        self.campaigns.iter().find(|campaign| campaign.goes_on(&self.frame))
    }

    fn network(&self, row: &NetworkRow) -> Markup {
        if row.network.is_empty() {
            return Markup::escape(&self.frame.line("attacks-small"));
        }
        Markup::breakable(&row.network)
    }

    fn campaign_path(&self, campaign: &CampaignLine) -> String {
        format!("{}/{}", self.path, campaign.id)
    }

    fn next_path(&self) -> Option<String> {
        let next = self.next.as_deref()?;
        Some(format!("{}?last={}&after={next}", self.path, self.stretch.as_str()))
    }
}

/// Somebody, with the page that tells what happened to the account; without it who is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub path: Option<String>,
}

/// A lock that a campaign caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockLine {
    pub who: Person,
    pub since: Millis,
    pub undone: Option<Undone>,
}

/// Whether the reader may undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    Free,
    Tied,
}

/// `GET /console/{slug}/attacks/{campaign}`, and the same with a fault.
#[derive(Debug, Clone, Template)]
#[template(path = "console/campaign.html")]
pub struct CampaignPage {
    pub frame: Frame,
    pub path: String,
    pub attacks_path: String,
    /// As [`AttacksPage::alerts_path`].
    pub alerts_path: Option<String>,
    pub campaign: CampaignLine,
    pub nobodies: i64,
    pub sources: i64,
    pub networks: Vec<(String, u64)>,
    /// Its addresses and accounts.
    pub trail: TrailLines,
    /// Who was signed in to meanwhile from somewhere new.
    pub signed_in: Vec<Person>,
    /// The newest.
    pub locks: Vec<LockLine>,
    /// Locks that nobody has undone.
    pub left: i64,
    pub hands: Hands,
    /// Where a stricter policy is put over the live one for a while.
    pub overlay_path: String,
    pub reason: String,
    pub reason_missing: bool,
}

impl CampaignPage {
    fn title(&self) -> String {
        self.campaign.name(&self.frame)
    }

    fn span(&self) -> Markup {
        let (began, last) = (self.campaign.began_at, self.campaign.last_at);
        let said = match self.campaign.goes_on(&self.frame) {
            true => self.frame.say("attacks-since"),
            false => self.frame.say("attacks-from-to"),
        };
        said.markup("from", self.frame.time(&began)).markup("to", self.frame.time(&last)).html()
    }

    fn accounts(&self) -> String {
        let said = self.frame.say("attacks-accounts").count("count", self.campaign.accounts);
        said.count("nobodies", self.nobodies).to_string()
    }

    fn name(&self, name: &str) -> Markup {
        Markup::breakable(name)
    }

    fn became(&self, lock: &LockLine) -> String {
        match lock.undone {
            None => self.frame.line("attacks-lock-stands"),
            Some(Undone::Unlocked) => self.frame.line("attacks-lock-undone"),
            Some(Undone::Over) => self.frame.line("attacks-lock-over"),
            Some(Undone::Relocked) => self.frame.line("attacks-lock-relocked"),
            Some(Undone::Gone) => self.frame.line("attacks-lock-gone"),
        }
    }

    /// The reason for an undoing of which nothing else is said.
    #[must_use]
    pub fn usual_reason(&self) -> String {
        self.frame.say("attacks-undo-reason").text("campaign", self.title()).to_string()
    }

    fn undo_words(&self) -> String {
        self.frame.say("attacks-undo-what").count("count", self.left).to_string()
    }

    fn first_locks(&self) -> Option<String> {
        let shown = i64::try_from(self.locks.len()).unwrap_or(i64::MAX);
        let more = match self.campaign.locks {
            Counted::Exactly(count) => count > shown,
            Counted::MoreThan(_) => true,
        };
        more.then(|| self.frame.say("attacks-locks-first").count("count", shown).to_string())
    }
}
