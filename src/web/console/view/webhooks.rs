//! The list of webhook endpoints and the form of one. Knows no store row and no rule of a URL.

use askama::Template;

use super::frame::Frame;
use crate::model::Millis;
use crate::store::events::EventKind;
use crate::web::page::Problem;

/// How an endpoint is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointStanding {
    On,
    /// Tries fail since then; nothing is tried before `until`.
    Failing {
        since: Millis,
        until: Option<Millis>,
    },
    /// Its owner switched it off.
    Off,
    /// We did.
    GivenUp {
        why: String,
    },
}

impl EndpointStanding {
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::On => "ok",
            Self::Failing { .. } => "hold",
            Self::Off => "",
            Self::GivenUp { .. } => "stop",
        }
    }

    #[must_use]
    pub const fn icon(&self) -> &'static str {
        match self {
            Self::On => "done",
            Self::Failing { .. } | Self::GivenUp { .. } => "warning",
            Self::Off => "info",
        }
    }

    #[must_use]
    pub fn word(&self, frame: &Frame) -> String {
        match self {
            Self::On => frame.line("webhooks-on"),
            Self::Failing { .. } => frame.line("webhooks-failing"),
            Self::Off => frame.line("webhooks-off"),
            Self::GivenUp { .. } => frame.line("webhooks-given-up"),
        }
    }

    #[must_use]
    pub const fn is_on(&self) -> bool {
        matches!(self, Self::On | Self::Failing { .. })
    }
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointLine {
    pub path: String,
    pub url: String,
    /// Empty: all.
    pub events: Vec<String>,
    pub standing: EndpointStanding,
}

/// As typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointForm {
    pub url: String,
    /// Empty: all.
    pub events: Vec<String>,
}

impl EndpointForm {
    /// Each event that there is, and whether it is ticked.
    #[must_use]
    pub fn choices(&self) -> Vec<(&'static str, bool)> {
        let choice = |kind: EventKind| {
            let name = kind.as_str();
            (name, self.events.iter().any(|ticked| ticked == name))
        };
        EventKind::ALL.map(choice).to_vec()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookProblem {
    NoUrl,
    Scheme,
    Password,
    Fragment,
    TooLong,
    /// There are as many as there may be.
    Full,
}

impl WebhookProblem {
    #[must_use]
    pub fn told(self, frame: &Frame) -> Problem {
        let words = match self {
            Self::NoUrl => frame.line("webhooks-fault-url"),
            Self::Scheme => frame.line("webhooks-fault-scheme"),
            Self::Password => frame.line("webhooks-fault-password"),
            Self::Fragment => frame.line("webhooks-fault-fragment"),
            Self::TooLong => frame.line("webhooks-fault-long"),
            Self::Full => frame.line("webhooks-fault-full"),
        };
        Problem { field: "url", words }
    }
}

/// Shown this once.
#[derive(Clone, PartialEq, Eq)]
pub struct MadeSecret {
    pub secret: String,
    pub url: String,
    pub path: String,
}

/// Without the secret.
impl std::fmt::Debug for MadeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeSecret").field("path", &self.path).finish_non_exhaustive()
    }
}

/// `GET /console/{slug}/webhooks`, and the answer to its form.
#[derive(Debug, Clone, Template)]
#[template(path = "console/webhooks.html")]
pub struct WebhooksPage {
    pub frame: Frame,
    pub path: String,
    pub may_change: bool,
    pub endpoints: Vec<EndpointLine>,
    pub form: EndpointForm,
    pub problem: Option<WebhookProblem>,
    pub made: Option<MadeSecret>,
}

impl WebhooksPage {
    fn head(&self) -> String {
        let title = self.frame.line("console-entry-webhooks");
        match self.problem {
            Some(_) => self.frame.say("console-title-error").text("page", title).to_string(),
            None => title,
        }
    }

    fn fault(&self) -> Option<String> {
        Problem::at(&self.problems(), "url")
    }

    fn problems(&self) -> Vec<Problem> {
        self.problem.iter().map(|problem| problem.told(&self.frame)).collect()
    }

    fn hears(&self, endpoint: &EndpointLine) -> String {
        match endpoint.events.is_empty() {
            true => self.frame.line("webhooks-all"),
            false => endpoint.events.join(", "),
        }
    }
}
