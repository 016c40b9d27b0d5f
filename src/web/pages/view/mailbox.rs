//! The mailbox of demo and development: the list, one mail in four views, and the rewriting of a
//! mail's HTML for its frame. The HTML is shown in a sandboxed frame from its own address, whose
//! response carries its own policy (inline styles only); an inlined frame would inherit this page's.

use askama::Template;

use super::frame::ConsoleFrame;
use crate::model::Millis;

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

/// In which colours the mail is shown: `?scheme=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailScheme {
    Light,
    Dark,
}

impl MailScheme {
    /// From the query's `scheme`; anything unknown is light.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == "dark" { Self::Dark } else { Self::Light }
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
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

    fn is_open(&self, item: &MailItem) -> bool {
        self.open.as_ref().is_some_and(|mail| mail.id == item.id)
    }
}

/// What goes into the frame (`GET /mailbox/{id}/html?scheme=`): the mail's HTML with the block of
/// that scheme written unconditionally, and links that open outside the frame.
#[must_use]
pub fn framed(html: &str, scheme: MailScheme) -> String {
    let query = match scheme {
        MailScheme::Light => "@media not all",
        MailScheme::Dark => "@media all",
    };
    html.replace("@media (prefers-color-scheme: dark)", query).replacen(
        "<head>",
        "<head><base target=\"_blank\">",
        1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_shows_one_scheme_whatever_the_browser_prefers() {
        let html = "<head><style>@media (prefers-color-scheme: dark) { a{} }</style></head>";
        assert_eq!(
            framed(html, MailScheme::Dark),
            "<head><base target=\"_blank\"><style>@media all { a{} }</style></head>"
        );
        assert!(framed(html, MailScheme::Light).contains("@media not all"));
    }
}
