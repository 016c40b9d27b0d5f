//! What every page carries: language, zone, now, and the tenant's face. Knows no single page.

use crate::model::Millis;
use crate::text::{Lang, Markup, Moment, Said, Zone};
use crate::web::assets;
use crate::web::page::{Problem, initial};

/// The tenant as its users see it.
#[derive(Debug, Clone)]
pub struct TenantFace {
    pub name: String,
    pub slug: String,
    pub support_email: Option<String>,
    /// Where pages and forms of this tenant live: `/t/{slug}`, or empty on the tenant's own host.
    pub base_path: String,
    /// The house's stylesheet (`assets::stylesheet().path`).
    pub css_path: String,
    /// The tenant's colours (`brand::stylesheet`); none for the house's own.
    pub brand_css_path: Option<String>,
    /// Where a password is reset; none leaves every mention of it out.
    pub reset_path: Option<String>,
    /// Where mails are kept that went to no server; none leaves the link out.
    pub mailbox_path: Option<String>,
    /// None leaves the first letter of the name in its place.
    pub logo: Option<LogoFace>,
    /// The tenant's own words over the sign-in form.
    pub sign_in_note: Option<String>,
    /// The tenant's own words about when support answers.
    pub support_hours: Option<String>,
}

/// Where the logo is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoFace {
    pub light: String,
    /// Without it the other stands on a white plate in the dark.
    pub dark: Option<String>,
    /// Of the light one, in pixels: its place is kept while it loads.
    pub width: u32,
    pub height: u32,
}

impl TenantFace {
    /// A face with the house's looks, no support address and no reset page.
    #[must_use]
    pub fn new(name: &str, slug: &str, base_path: &str) -> Self {
        Self {
            name: name.to_owned(),
            slug: slug.to_owned(),
            support_email: None,
            base_path: base_path.to_owned(),
            css_path: assets::stylesheet().path.clone(),
            brand_css_path: None,
            reset_path: None,
            mailbox_path: None,
            logo: None,
            sign_in_note: None,
            support_hours: None,
        }
    }
}

/// What every hosted page carries.
#[derive(Debug, Clone)]
pub struct Frame {
    pub lang: &'static Lang,
    /// The reader's zone: the user's own where known, else the tenant's.
    pub zone: Zone,
    pub now: Millis,
    pub face: TenantFace,
    /// The reference that a person can name to support, such as `LK-7F3A-22QM`.
    pub reference: Option<String>,
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

    #[must_use]
    pub fn moment(&self, at: &Millis) -> Moment {
        Moment::new(self.lang, &self.zone, *at, self.now)
    }

    /// `<time>` with the absolute form.
    #[must_use]
    pub fn time(&self, at: &Millis) -> Markup {
        self.moment(at).element()
    }

    /// `<time>` with the end of a wait, never told too early.
    #[must_use]
    pub fn time_until(&self, at: &Millis) -> Markup {
        Moment::ending(self.lang, &self.zone, *at, self.now).element()
    }

    /// A path of this tenant: `path` starts with a slash.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.face.base_path)
    }

    #[must_use]
    pub fn support_href(&self) -> String {
        self.path("/support")
    }

    /// First letter of the tenant's name, for the mark that stands in for a logo.
    #[must_use]
    pub fn initial(&self) -> String {
        initial(&self.face.name)
    }

    /// The document title of a page whose heading is message `id`.
    #[must_use]
    pub fn title(&self, id: &str) -> String {
        self.title_of(self.line(id))
    }

    /// The document title of a page with this heading.
    #[must_use]
    pub fn title_of(&self, heading: impl AsRef<str>) -> String {
        self.say("title").text("page", heading).text("tenant", &self.face.name).to_string()
    }

    /// The same for a page that comes back with faults: it starts with "Error: ".
    #[must_use]
    pub fn error_title_of(&self, heading: impl AsRef<str>) -> String {
        self.say("title-error").text("page", heading).text("tenant", &self.face.name).to_string()
    }

    /// `heading` as a title, marked when there is something to mend.
    #[must_use]
    pub(super) fn title_with(&self, heading: &str, problems: &[Problem]) -> String {
        if problems.is_empty() { self.title_of(heading) } else { self.error_title_of(heading) }
    }
}

/// What the demo's pages carry: no tenant, the console's looks.
#[derive(Debug, Clone)]
pub struct ConsoleFrame {
    pub lang: &'static Lang,
    pub zone: Zone,
    pub now: Millis,
    pub css_path: String,
}

impl ConsoleFrame {
    #[must_use]
    pub fn new(lang: &'static Lang, zone: Zone, now: Millis) -> Self {
        Self { lang, zone, now, css_path: assets::stylesheet().path.clone() }
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
    pub fn time(&self, at: &Millis) -> Markup {
        Moment::new(self.lang, &self.zone, *at, self.now).element()
    }
}
