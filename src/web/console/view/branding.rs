//! The branding of a tenant: its form, its logos, and what its colour becomes in both schemes.

use askama::Template;

use super::frame::Frame;
use crate::model::branding::{BrandText, LogoFor};
use crate::model::colour::{DARK_GROUNDS, LIGHT_GROUNDS};
use crate::model::{BrandColours, BrandShades, Colour};
use crate::web::page::Problem;

/// A text in each language that there is, by its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextShown {
    pub place: BrandText,
    pub words: Vec<(&'static str, String)>,
}

/// The form as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandTyped {
    pub name: String,
    /// Empty: the house's.
    pub colour: String,
    /// Empty: none.
    pub support: String,
    pub texts: Vec<TextShown>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoShown {
    pub ground: LogoFor,
    /// Where the picture is.
    pub src: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrandProblem {
    Name,
    Colour,
    Support,
    Long(BrandText),
    NoFile(LogoFor),
    NoPicture(LogoFor),
    Heavy(LogoFor),
    Size(LogoFor),
    Moves(LogoFor),
}

/// The colour in one scheme, as pages and mails use it.
pub struct Swatch {
    pub title: String,
    pub summary: String,
    pub ground: Colour,
    pub shades: BrandShades,
}

/// `GET /console/{slug}/branding`, and the answers to its forms.
#[derive(Debug, Clone, Template)]
#[template(path = "console/branding.html")]
pub struct BrandingPage {
    pub frame: Frame,
    pub path: String,
    pub sign_in_path: String,
    pub may_change: bool,
    /// The colour that is worn now.
    pub shown: Option<Colour>,
    pub typed: BrandTyped,
    pub logos: Vec<LogoShown>,
    pub problems: Vec<BrandProblem>,
}

impl BrandingPage {
    fn head(&self) -> String {
        let title = self.frame.line("console-entry-branding");
        match self.problems.is_empty() {
            false => self.frame.say("console-title-error").text("page", title).to_string(),
            true => title,
        }
    }

    fn told(&self) -> Vec<Problem> {
        self.problems.iter().map(|problem| self.problem(*problem)).collect()
    }

    fn problem(&self, problem: BrandProblem) -> Problem {
        let line = |field: &'static str, words: String| Problem { field, words };
        let frame = &self.frame;
        match problem {
            BrandProblem::Name => line("name", frame.line("branding-fault-name")),
            BrandProblem::Colour => line("colour", frame.line("branding-fault-colour")),
            BrandProblem::Support => line("support", frame.line("branding-fault-support")),
            BrandProblem::Long(place) => {
                let words = frame.say("branding-fault-long").text("text", self.label(&place));
                line(place.as_str(), words.to_string())
            }
            BrandProblem::NoFile(ground) => {
                line(ground.as_str(), frame.line("branding-fault-no-file"))
            }
            BrandProblem::NoPicture(ground) => {
                line(ground.as_str(), frame.line("branding-fault-kind"))
            }
            BrandProblem::Heavy(ground) => {
                line(ground.as_str(), frame.line("branding-fault-heavy"))
            }
            BrandProblem::Size(ground) => line(ground.as_str(), frame.line("branding-fault-size")),
            BrandProblem::Moves(ground) => {
                line(ground.as_str(), frame.line("branding-fault-moves"))
            }
        }
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.told(), field)
    }

    fn label(&self, place: &BrandText) -> String {
        match place {
            BrandText::SignInNote => self.frame.line("branding-sign-in-note"),
            BrandText::SupportHours => self.frame.line("branding-support-hours"),
            BrandText::MailPostal => self.frame.line("branding-mail-postal"),
        }
    }

    fn where_shown(&self, place: &BrandText) -> String {
        match place {
            BrandText::SignInNote => self.frame.line("branding-sign-in-note-hint"),
            BrandText::SupportHours => self.frame.line("branding-support-hours-hint"),
            BrandText::MailPostal => self.frame.line("branding-mail-postal-hint"),
        }
    }

    fn logo_label(&self, logo: &LogoShown) -> String {
        match logo.ground {
            LogoFor::Light => self.frame.line("branding-logo-light"),
            LogoFor::Dark => self.frame.line("branding-logo-dark"),
        }
    }

    fn logo_hint(&self, logo: &LogoShown) -> String {
        match logo.ground {
            LogoFor::Light => self.frame.line("branding-logo-light-hint"),
            LogoFor::Dark => self.frame.line("branding-logo-dark-hint"),
        }
    }

    /// What the colour becomes, light and dark.
    fn swatches(&self) -> Vec<Swatch> {
        let colours = self.shown.map(BrandColours::of).unwrap_or_default();
        let [light, ..] = LIGHT_GROUNDS;
        let [dark, ..] = DARK_GROUNDS;
        vec![
            self.swatch(self.frame.line("branding-in-light"), light, colours.light),
            self.swatch(self.frame.line("branding-in-dark"), dark, colours.dark),
        ]
    }

    fn swatch(&self, title: String, ground: Colour, shades: BrandShades) -> Swatch {
        let ratio = |one: Colour, other: Colour| format!("{:.1}", one.contrast(other));
        let summary = self
            .frame
            .say("branding-contrast")
            .text("button", ratio(shades.brand, shades.on))
            .text("link", ratio(shades.text, ground))
            .text("edge", ratio(shades.edge, ground))
            .to_string();
        Swatch { title, summary, ground, shades }
    }
}
