//! One delivery: where to, what, how each try went, and the bytes.

use askama::Template;

use super::frame::Frame;
use super::webhook::{icon_of, kind_of, said, word_of};
use crate::model::Millis;
use crate::store::webhook_deliveries::{DeliveryStatus, Tried};
use crate::text::Markup;

/// `GET /console/{slug}/webhooks/{endpoint}/sent/{message}`
#[derive(Debug, Clone, Template)]
#[template(path = "console/webhook_delivery.html")]
pub struct DeliveryPage {
    pub frame: Frame,
    pub path: String,
    /// The endpoint's page.
    pub back: String,
    pub may_repeat: bool,
    pub url: String,
    pub event: &'static str,
    pub message: String,
    pub status: DeliveryStatus,
    /// When it is tried next, as long as it waits.
    pub due_at: Millis,
    pub made_at: Millis,
    /// Oldest first.
    pub tries: Vec<Tried>,
    pub body: String,
}

impl DeliveryPage {
    fn address(&self) -> Markup {
        Markup::breakable(&self.url)
    }

    fn kind(&self) -> &'static str {
        kind_of(self.status)
    }

    fn icon(&self) -> &'static str {
        icon_of(self.status)
    }

    fn word(&self) -> String {
        word_of(&self.frame, self.status)
    }

    const fn waits(&self) -> bool {
        match self.status {
            DeliveryStatus::Due | DeliveryStatus::Sending => true,
            DeliveryStatus::Delivered | DeliveryStatus::Failed | DeliveryStatus::Dropped => false,
        }
    }

    fn said(&self, tried: &Tried) -> String {
        said(&self.frame, tried)
    }

    fn took(&self, tried: &Tried) -> String {
        self.frame.say("webhooks-took").count("count", tried.took_ms).to_string()
    }
}
