//! The mailbox of demo and development: the list, one mail in four views, and the rewriting of a
//! mail's HTML for its frame. The HTML is shown in a sandboxed frame from its own address, whose
//! response carries its own policy (inline styles only); an inlined frame would inherit this page's.

use askama::Template;

use super::frame::ConsoleFrame;
use crate::model::Millis;

pub use crate::web::mail_frame::{MailScheme, framed};

/// A line of the list.
#[derive(Debug, Clone)]
pub struct MailItem {
    /// URL-safe.
    pub id: String,
    pub to: String,
    pub from: String,
    pub subject: String,
    pub received_at: Millis,
}

/// One header, as sent.
#[derive(Debug, Clone)]
pub struct MailHeader {
    pub name: String,
    pub value: String,
}

/// The mail that is open.
#[derive(Debug, Clone)]
pub struct OpenMail {
    pub id: String,
    pub to: String,
    pub from: String,
    pub subject: String,
    pub received_at: Millis,
    pub headers: Vec<MailHeader>,
    pub text: String,
    /// The whole message as handed to a mail server.
    pub source: String,
}

/// Which part is shown: `?tab=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTab {
    Page,
    Text,
    Source,
    Headers,
}

impl MailTab {
    /// From the query's `tab`; anything unknown is the page.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "text" => Self::Text,
            "source" => Self::Source,
            "headers" => Self::Headers,
            _ => Self::Page,
        }
    }
}

/// `GET /mailbox` (nothing open) and `GET /mailbox/{id}`. Needs `frame-src 'self'` in its policy.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/mailbox.html")]
pub struct MailboxPage {
    pub frame: ConsoleFrame,
    /// Newest first.
    pub items: Vec<MailItem>,
    pub open: Option<OpenMail>,
    pub tab: MailTab,
    pub scheme: MailScheme,
    /// Where "Empty it" posts.
    pub empty_action: String,
    /// The demo's landing page; none outside the demo.
    pub demo_path: Option<String>,
}

impl MailboxPage {
    fn heading(&self) -> String {
        match &self.open {
            Some(mail) => mail.subject.clone(),
            None => self.frame.line("mailbox-title"),
        }
    }

    /// The element of the list, and of what stands beside it: the main one is that which a small window
    /// shows.
    const fn list_part(&self) -> &'static str {
        if self.open.is_some() { "aside" } else { "main" }
    }

    const fn letter_part(&self) -> &'static str {
        if self.open.is_some() { "main" } else { "aside" }
    }

    fn is_open(&self, item: &MailItem) -> bool {
        self.open.as_ref().is_some_and(|mail| mail.id == item.id)
    }
}
