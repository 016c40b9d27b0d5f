//! What every page of the console carries: language, zone, now, colours, the tenant, the navigation
//! and who is signed in. Knows no single page.

use super::done::Done;
use crate::model::{Millis, Until};
use crate::store::console::Counted;
use crate::store::team::Role;
use crate::text::{Catalogue, Lang, Markup, Moment, Said, Zone};
use crate::web::assets;
use crate::web::page::initial;
use crate::web::page_table::READERS;

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

/// A tenant by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    pub slug: String,
    pub name: String,
}

impl Crumb {
    #[must_use]
    pub fn path(&self) -> String {
        format!("/console/{}/overview", self.slug)
    }

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
    Policy,
}

impl Entry {
    const ALL: [Self; 2] = [Self::Overview, Self::Policy];

    const fn icon(self) -> &'static str {
        match self {
            Self::Overview => "home",
            Self::Policy => "gauge",
        }
    }

    const fn below(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Policy => "policy",
        }
    }

    fn word(self, lang: &Lang) -> String {
        match self {
            Self::Overview => lang.line("console-entry-overview"),
            Self::Policy => lang.line("console-entry-policy"),
        }
    }

    const fn roles(self) -> &'static [Role] {
        match self {
            Self::Overview => &Role::ALL,
            Self::Policy => READERS,
        }
    }
}

/// A line of the navigation.
pub struct Line {
    pub path: String,
    pub icon: &'static str,
    pub word: String,
    pub here: bool,
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

    /// A number, or that there are more.
    #[must_use]
    pub fn counted(&self, counted: &Counted) -> String {
        match counted {
            Counted::Exactly(count) => count.to_string(),
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
    pub fn role_line(&self) -> Option<String> {
        self.role.map(|role| {
            let word = role_word(self.lang, role);
            self.say("console-who").text("name", &self.staff).text("role", word).to_string()
        })
    }

    /// The navigation of this tenant, as far as the role has it.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let (Some(tenant), Some(role)) = (&self.tenant, self.role) else { return Vec::new() };
        let shown = Entry::ALL.into_iter().filter(|entry| entry.roles().contains(&role));
        shown
            .map(|entry| Line {
                path: format!("/console/{}/{}", tenant.slug, entry.below()),
                icon: entry.icon(),
                word: entry.word(self.lang),
                here: self.here == Some(entry),
            })
            .collect()
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
