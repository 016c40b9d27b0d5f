//! The newest attacks and what their reader is written to about.

use askama::Template;

use super::frame::Frame;
use crate::model::{CampaignId, Millis};
use crate::support::alerts::Figures;
use crate::text::Markup;

/// One attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertLine {
    pub began: Millis,
    /// `None`: it goes on.
    pub over: Option<Millis>,
    /// The most of any ten minutes.
    pub figures: Figures,
    /// The campaign that it is, where one is known.
    pub campaign: Option<CampaignId>,
}

/// Whether a mail tells the reader of the next attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    Attacks,
    Muted(Millis),
    /// Switched off.
    Nothing,
}

/// `GET /console/{slug}/alerts`
#[derive(Debug, Clone, Template)]
#[template(path = "console/alerts.html")]
pub struct AlertsPage {
    pub frame: Frame,
    pub path: String,
    pub attacks_path: String,
    pub attacks: Vec<AlertLine>,
    pub hears: Hears,
    pub digest: bool,
    /// The reader looks after all tenants.
    pub everywhere: bool,
}

impl AlertsPage {
    fn attack_path(&self, line: &AlertLine) -> String {
        match &line.campaign {
            Some(campaign) => format!("{}/{campaign}", self.attacks_path),
            None => self.attacks_path.clone(),
        }
    }

    fn hears(&self) -> Markup {
        match self.hears {
            Hears::Attacks => Markup::escape(&self.frame.line("alerts-heard")),
            Hears::Nothing => Markup::escape(&self.frame.line("alerts-off")),
            Hears::Muted(until) => {
                self.frame.say("alerts-muted").markup("time", self.frame.time(&until)).html()
            }
        }
    }

    fn wants_alerts(&self) -> bool {
        self.hears != Hears::Nothing
    }

    fn is_muted(&self) -> bool {
        matches!(self.hears, Hears::Muted(_))
    }
}
