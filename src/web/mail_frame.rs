//! The HTML of a mail as an answer of its own, for a sandboxed frame: it runs nothing, loads nothing and
//! leads nowhere within the frame. Knows no mail.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, X_FRAME_OPTIONS};

use super::security_headers::PageRules;

/// A mail's HTML styles itself and does nothing else; its links open outside the frame.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; \
    frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// The colours in which a mail is looked at.
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

/// The mail in one scheme, whatever the browser prefers: its media query is replaced, so that the rules of
/// that scheme are written unconditionally, and links open outside the frame.
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

/// The answer that a frame shows.
#[must_use]
pub fn frame(html: &str, scheme: MailScheme) -> HttpResponse {
    let mut answer = HttpResponse::Ok().body(framed(html, scheme));
    let headers = answer.headers_mut();
    PageRules::SECRET.apply(headers);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    answer
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
