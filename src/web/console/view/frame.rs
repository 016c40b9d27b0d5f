//! What every page of the console carries: language, zone, now, colours, the tenant, the navigation
//! and who is signed in. Knows no single page.

use std::fmt::Display;

use super::done::Done;
use crate::model::{Millis, Until};
use crate::store::counted::Counted;
use crate::store::entry_counts::EntryCounts;
use crate::store::team::Role;
use crate::text::catalogue::grouped;
use crate::text::{Catalogue, Lang, Markup, Moment, Said, Zone};
use crate::web::assets;
use crate::web::page::initial;
use crate::web::page_table::{EDITORS, READERS};

/// The colours that somebody has chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scheme {
    /// As the device says.
    #[default]
    System,
    Light,
    Dark,
}

impl Scheme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// As the `color-scheme` meta element wants it.
    #[must_use]
    pub const fn colours(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == text)
    }
}

/// Whether single keys do something: who speaks to their computer, or presses keys by mistake, wants
/// them to do nothing (WCAG 2.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SingleKeys {
    On,
    Off,
}

impl SingleKeys {
    #[must_use]
    pub fn work(self) -> bool {
        self == Self::On
    }
}

/// When a session ends of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignsOut {
    /// Then, if nothing is asked for until then.
    Idle(Millis),
    /// Then, whatever is done.
    Whatever(Millis),
}

/// A tenant by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    pub slug: String,
    pub name: String,
    /// The first page that the reader has there.
    pub path: String,
}

/// The first page of a tenant's console for somebody of this role.
#[must_use]
pub fn front_of(slug: &str, role: Role) -> String {
    let first = Entry::DAILY.into_iter().find(|entry| entry.roles().contains(&role));
    format!("/console/{slug}/{}", first.unwrap_or(Entry::Inbox).below())
}

impl Crumb {
    /// First letter of the name, for the mark that stands in for a logo.
    #[must_use]
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// A place of the navigation. Only pages that there are stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Overview,
    Inbox,
    Locks,
    Users,
    Attacks,
    Policy,
    Alerts,
    Mail,
    Branding,
    Keys,
    Webhooks,
    Audit,
    Team,
    Settings,
}

impl Entry {
    /// What is looked at every day, in the order of the navigation.
    const DAILY: [Self; 6] =
        [Self::Overview, Self::Policy, Self::Locks, Self::Users, Self::Attacks, Self::Inbox];

    /// What is done once, and looked up later.
    const SET_UP: [Self; 8] = [
        Self::Alerts,
        Self::Mail,
        Self::Branding,
        Self::Keys,
        Self::Webhooks,
        Self::Audit,
        Self::Team,
        Self::Settings,
    ];

    const fn icon(self) -> &'static str {
        match self {
            Self::Overview => "home",
            Self::Inbox => "tray",
            Self::Locks => "locked",
            Self::Users => "person",
            Self::Attacks => "shield",
            Self::Policy => "gauge",
            Self::Alerts => "bell",
            Self::Mail => "envelope",
            Self::Branding => "drop",
            Self::Keys => "key",
            Self::Webhooks => "hook",
            Self::Audit => "book",
            Self::Team => "people",
            Self::Settings => "gear",
        }
    }

    #[must_use]
    pub const fn below(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Inbox => "inbox",
            Self::Locks => "locks",
            Self::Users => "users",
            Self::Attacks => "attacks",
            Self::Policy => "policy",
            Self::Alerts => "alerts",
            Self::Mail => "mail",
            Self::Branding => "branding",
            Self::Keys => "keys",
            Self::Webhooks => "webhooks",
            Self::Audit => "audit",
            Self::Team => "team",
            Self::Settings => "settings",
        }
    }

    fn word(self, lang: &Lang) -> String {
        match self {
            Self::Overview => lang.line("console-entry-overview"),
            Self::Inbox => lang.line("console-entry-inbox"),
            Self::Locks => lang.line("console-entry-locks"),
            Self::Users => lang.line("console-entry-users"),
            Self::Attacks => lang.line("console-entry-attacks"),
            Self::Policy => lang.line("console-entry-policy"),
            Self::Alerts => lang.line("console-entry-alerts"),
            Self::Mail => lang.line("console-entry-mail"),
            Self::Branding => lang.line("console-entry-branding"),
            Self::Keys => lang.line("console-entry-keys"),
            Self::Webhooks => lang.line("console-entry-webhooks"),
            Self::Audit => lang.line("console-entry-audit"),
            Self::Team => lang.line("console-entry-team"),
            Self::Settings => lang.line("console-entry-settings"),
        }
    }

    const fn roles(self) -> &'static [Role] {
        match self {
            Self::Inbox => &Role::ALL,
            Self::Overview
            | Self::Locks
            | Self::Users
            | Self::Attacks
            | Self::Policy
            | Self::Mail
            | Self::Branding
            | Self::Keys
            | Self::Webhooks
            | Self::Audit
            | Self::Team
            | Self::Settings => READERS,
            Self::Alerts => EDITORS,
        }
    }
}

/// A line of the navigation.
pub struct Line {
    pub entry: Entry,
    pub path: String,
    pub icon: &'static str,
    pub word: String,
    pub here: bool,
    /// How much waits there: empty for nothing, `None` where nothing ever does.
    pub waits: Option<String>,
}

/// Lines of the navigation that belong together.
pub struct Group {
    /// `None` for the daily ones, which need no name.
    pub name: Option<String>,
    pub lines: Vec<Line>,
}

/// What every page carries.
#[derive(Debug, Clone)]
pub struct Frame {
    pub lang: &'static Lang,
    pub zone: Zone,
    pub now: Millis,
    pub scheme: Scheme,
    /// `None` outside of any tenant.
    pub tenant: Option<Crumb>,
    /// The reader's other tenants.
    pub others: Vec<Crumb>,
    pub here: Option<Entry>,
    /// `None` where nothing is counted.
    pub waits: Option<EntryCounts>,
    pub signs_out: SignsOut,
    pub single_keys: SingleKeys,
    /// Who is signed in, and as what.
    pub staff: String,
    pub role: Option<Role>,
    /// Of the forms.
    pub token: String,
    pub done: Option<Done>,
    /// Where mails are kept that went to no server.
    pub mailbox_path: Option<String>,
}

impl Frame {
    #[must_use]
    pub fn line(&self, id: &str) -> String {
        self.lang.line(id)
    }

    #[must_use]
    pub fn say(&self, id: &str) -> Said {
        self.lang.say(id)
    }

    /// `<time>` with the absolute form.
    #[must_use]
    pub fn time(&self, at: &Millis) -> Markup {
        Moment::new(self.lang, &self.zone, *at, self.now).element()
    }

    /// `<time>` to the second; with its date where that is not today's.
    #[must_use]
    pub fn second(&self, at: &Millis) -> Markup {
        self.second_after(at, &None)
    }

    /// The same in a list: with its date also where the line before is of another day.
    #[must_use]
    pub fn second_after(&self, at: &Millis, before: &Option<Millis>) -> Markup {
        let as_now = self.zone.is_one_day(*at, self.now);
        let as_before = before.is_none_or(|before| self.zone.is_one_day(*at, before));
        match as_now && as_before {
            true => Moment::to_the_second(&self.zone, *at),
            false => self.dated_second(at),
        }
    }

    /// `<time>` to the second, always with its date: for the ends of what lasts.
    #[must_use]
    pub fn dated_second(&self, at: &Millis) -> Markup {
        Moment::dated_to_the_second(self.lang, &self.zone, *at)
    }

    /// `<time>` with the end of a wait, never told too early.
    #[must_use]
    pub fn ending(&self, at: &Millis) -> Markup {
        Moment::ending(self.lang, &self.zone, *at, self.now).element()
    }

    /// When a lock ends, absolute and how far it is.
    #[must_use]
    pub fn until(&self, until: &Until) -> Markup {
        match until {
            Until::At(at) => {
                let end = Moment::ending(self.lang, &self.zone, *at, self.now);
                match &end.relative {
                    Some(wait) => self
                        .say("console-until")
                        .markup("time", end.element())
                        .text("wait", wait)
                        .html(),
                    None => end.element(),
                }
            }
            Until::Unlocked => Markup::escape(&self.line("console-until-unlocked")),
        }
    }

    /// A mark of a scale of time: the day, or the time of day without its zone.
    #[must_use]
    pub fn mark(&self, at: &Millis, daily: &bool) -> String {
        let moment = Moment::new(self.lang, &self.zone, *at, self.now);
        match daily {
            true => moment.date,
            false => moment.clock.split(' ').next().unwrap_or_default().to_owned(),
        }
    }

    /// A number, parted for the eye.
    #[must_use]
    pub fn number(&self, number: impl Display) -> String {
        grouped(&number.to_string())
    }

    /// A number, or that there are more.
    #[must_use]
    pub fn counted(&self, counted: &Counted) -> String {
        match counted {
            Counted::Exactly(count) => self.number(count),
            Counted::MoreThan(count) => {
                self.say("console-more-than").count("count", count).to_string()
            }
        }
    }

    /// The zone in the title row: times without it mean nothing.
    #[must_use]
    pub fn zone_line(&self) -> String {
        let clock = Moment::new(self.lang, &self.zone, self.now, self.now).clock;
        self.say("console-as-of").text("clock", clock).to_string()
    }

    #[must_use]
    pub fn css_path(&self) -> &'static str {
        &assets::stylesheet().path
    }

    #[must_use]
    pub fn console_css_path(&self) -> &'static str {
        &assets::console_stylesheet().path
    }

    #[must_use]
    pub fn script_path(&self) -> &'static str {
        &assets::console_script().path
    }

    #[must_use]
    pub fn role_line(&self) -> Option<String> {
        self.role.map(|role| {
            let word = role_word(self.lang, role);
            self.say("console-who").text("name", &self.staff).text("role", word).to_string()
        })
    }

    fn waiting(&self, entry: Entry) -> Option<String> {
        let waits = self.waits?;
        let counted = match entry {
            Entry::Locks => waits.locks?,
            Entry::Attacks => waits.campaigns?,
            Entry::Inbox => waits.requests,
            _ => return None,
        };
        Some(match counted {
            Counted::Exactly(0) => String::new(),
            Counted::Exactly(count) => self.number(count),
            Counted::MoreThan(count) => {
                self.say("console-waits-more").count("count", count).to_string()
            }
        })
    }

    /// The keys that do something by themselves, with what they do where a page has it.
    #[must_use]
    pub fn keys(&self) -> [(&'static str, String); 6] {
        [
            ("/", self.line("keys-search")),
            ("j", self.line("keys-next")),
            ("k", self.line("keys-previous")),
            ("r", self.line("keys-answer")),
            ("u", self.line("keys-unlock")),
            ("?", self.line("keys-these")),
        ]
    }

    /// Seconds until the session ends of itself, and whether anything that is asked for puts that off.
    #[must_use]
    pub fn leaving(&self) -> (i64, bool) {
        let (at, put_off) = match self.signs_out {
            SignsOut::Idle(at) => (at, true),
            SignsOut::Whatever(at) => (at, false),
        };
        (at.since(self.now).0.div_euclid(1000), put_off)
    }

    /// The navigation of this tenant, as far as the role has it.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let (Some(tenant), Some(role)) = (&self.tenant, self.role) else { return Vec::new() };
        let line = |entry: &Entry| Line {
            entry: *entry,
            waits: self.waiting(*entry),
            path: format!("/console/{}/{}", tenant.slug, entry.below()),
            icon: entry.icon(),
            word: entry.word(self.lang),
            here: self.here == Some(*entry),
        };
        let lines = |entries: &[Entry]| -> Vec<Line> {
            entries.iter().filter(|entry| entry.roles().contains(&role)).map(line).collect()
        };
        let daily = Group { name: None, lines: lines(&Entry::DAILY) };
        let name = Some(self.line("console-set-up"));
        let set_up = Group { name, lines: lines(&Entry::SET_UP) };
        [daily, set_up].into_iter().filter(|group| !group.lines.is_empty()).collect()
    }
}

/// A role in a word.
#[must_use]
pub fn role_word(lang: &Lang, role: Role) -> String {
    match role {
        Role::Owner => lang.line("console-role-owner"),
        Role::Admin => lang.line("console-role-admin"),
        Role::Support => lang.line("console-role-support"),
        Role::Auditor => lang.line("console-role-auditor"),
    }
}

/// What pages carry that nobody is signed in to: the house's looks and the present.
#[derive(Debug, Clone)]
pub struct Bare {
    pub lang: &'static Lang,
    pub now: Millis,
}

impl Bare {
    #[must_use]
    pub fn new(now: Millis) -> Self {
        Self { lang: Catalogue::get("en"), now }
    }

    #[must_use]
    pub fn line(&self, id: &str) -> String {
        self.lang.line(id)
    }

    #[must_use]
    pub fn say(&self, id: &str) -> Said {
        self.lang.say(id)
    }

    #[must_use]
    pub fn css_path(&self) -> &'static str {
        &assets::stylesheet().path
    }

    #[must_use]
    pub fn console_css_path(&self) -> &'static str {
        &assets::console_stylesheet().path
    }
}
