//! One webhook endpoint with its newest deliveries, and the question before it is deleted.

use askama::Template;

use super::frame::Frame;
use super::webhooks::{EndpointForm, EndpointStanding, MadeSecret, WebhookProblem};
use crate::model::Millis;
use crate::store::webhook_deliveries::{DeliveryStatus, Tried};
use crate::text::Markup;
use crate::web::page::Problem;

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLine {
    pub path: String,
    pub event: &'static str,
    pub status: DeliveryStatus,
    pub made_at: Millis,
    pub tries: usize,
    /// The last try.
    pub last: Option<Tried>,
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookNotice {
    Off,
}

/// A delivery's state in its colours, its icon and a word.
#[must_use]
pub fn kind_of(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Due | DeliveryStatus::Sending | DeliveryStatus::Dropped => "",
        DeliveryStatus::Delivered => "ok",
        DeliveryStatus::Failed => "stop",
    }
}

#[must_use]
pub fn icon_of(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Due | DeliveryStatus::Sending => "clock",
        DeliveryStatus::Delivered => "done",
        DeliveryStatus::Failed => "warning",
        DeliveryStatus::Dropped => "info",
    }
}

#[must_use]
pub fn word_of(frame: &Frame, status: DeliveryStatus) -> String {
    match status {
        DeliveryStatus::Due => frame.line("webhooks-waiting"),
        DeliveryStatus::Sending => frame.line("webhooks-sending"),
        DeliveryStatus::Delivered => frame.line("webhooks-delivered"),
        DeliveryStatus::Failed => frame.line("webhooks-failed"),
        DeliveryStatus::Dropped => frame.line("webhooks-dropped"),
    }
}

/// What one try said: the status of the answer, or why there was none.
#[must_use]
pub fn said(frame: &Frame, tried: &Tried) -> String {
    match (&tried.error, tried.status) {
        (Some(error), Some(status)) => frame
            .say("webhooks-answered-wrong")
            .count("status", u32::from(status))
            .text("error", error)
            .to_string(),
        (Some(error), None) => error.clone(),
        (None, Some(status)) => {
            frame.say("webhooks-answered").count("status", u32::from(status)).to_string()
        }
        (None, None) => frame.line("webhooks-delivered"),
    }
}

/// `GET /console/{slug}/webhooks/{endpoint}`, and the answers to its forms.
#[derive(Debug, Clone, Template)]
#[template(path = "console/webhook.html")]
pub struct WebhookPage {
    pub frame: Frame,
    pub path: String,
    pub list_path: String,
    pub may_change: bool,
    pub url: String,
    pub standing: EndpointStanding,
    pub deliveries: Vec<DeliveryLine>,
    /// Only these.
    pub status: Option<DeliveryStatus>,
    pub next: Option<String>,
    /// Not the first page.
    pub later: bool,
    pub form: EndpointForm,
    pub problem: Option<WebhookProblem>,
    pub made: Option<MadeSecret>,
    pub notice: Option<WebhookNotice>,
}

/// A link over the list.
pub struct StatusLink {
    pub path: String,
    pub words: String,
    pub here: bool,
}

impl WebhookPage {
    fn head(&self) -> String {
        let title = self.frame.line("webhooks-one");
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

    fn address(&self) -> Markup {
        Markup::breakable(&self.url)
    }

    fn place(&self, status: Option<DeliveryStatus>, before: Option<&str>) -> String {
        let status = status.map(|status| format!("status={}", status.as_str()));
        let before = before.map(|before| format!("before={before}"));
        let query: Vec<String> = status.into_iter().chain(before).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{mark}{}#deliveries", self.path, query.join("&"))
    }

    fn links(&self) -> Vec<StatusLink> {
        let shown = [None, Some(DeliveryStatus::Failed), Some(DeliveryStatus::Due)];
        let link = |status: Option<DeliveryStatus>| StatusLink {
            path: self.place(status, None),
            words: match status {
                None => self.frame.line("webhooks-any"),
                Some(status) => word_of(&self.frame, status),
            },
            here: status == self.status,
        };
        shown.into_iter().map(link).collect()
    }

    fn next_path(&self) -> Option<String> {
        self.next.as_deref().map(|next| self.place(self.status, Some(next)))
    }

    fn first_path(&self) -> String {
        self.place(self.status, None)
    }

    fn kind(&self, delivery: &DeliveryLine) -> &'static str {
        kind_of(delivery.status)
    }

    fn icon(&self, delivery: &DeliveryLine) -> &'static str {
        icon_of(delivery.status)
    }

    fn word(&self, delivery: &DeliveryLine) -> String {
        word_of(&self.frame, delivery.status)
    }

    fn last(&self, delivery: &DeliveryLine) -> String {
        delivery.last.as_ref().map(|tried| said(&self.frame, tried)).unwrap_or_default()
    }

    fn tries(&self, delivery: &DeliveryLine) -> String {
        let tries = i64::try_from(delivery.tries).unwrap_or(i64::MAX);
        self.frame.say("webhooks-tries").count("count", tries).to_string()
    }
}

/// `GET /console/{slug}/webhooks/{endpoint}/delete`
#[derive(Debug, Clone, Template)]
#[template(path = "console/webhook_delete.html")]
pub struct DeleteWebhookPage {
    pub frame: Frame,
    pub url: String,
    pub path: String,
    pub back: String,
}

impl DeleteWebhookPage {
    fn address(&self) -> Markup {
        Markup::breakable(&self.url)
    }
}
