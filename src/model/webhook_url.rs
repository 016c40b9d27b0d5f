//! Where a tenant wants to be told of events: an absolute `http` or `https` URL. Whether a server may
//! be called there is decided when it is.

use url::Url;

/// Longest URL, in bytes.
const MAX_BYTES: usize = 2_048;

/// A URL that can be posted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

/// Why a text is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlFault {
    #[error("must be a whole URL such as https://example.com/webhooks")]
    NotAbsolute,
    #[error("must begin with https:// (or http://)")]
    Scheme,
    #[error("must not hold a user name or a password: deliveries are signed")]
    Credentials,
    #[error("must not have a fragment: it is never sent")]
    Fragment,
    #[error("must not be longer than 2048 bytes")]
    TooLong,
}

impl WebhookUrl {
    /// # Errors
    /// [`WebhookUrlFault`] says what the text must be instead.
    pub fn parse(text: &str) -> Result<Self, WebhookUrlFault> {
        if text.len() > MAX_BYTES {
            return Err(WebhookUrlFault::TooLong);
        }
        let url = Url::parse(text).map_err(|_| WebhookUrlFault::NotAbsolute)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(WebhookUrlFault::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookUrlFault::Credentials);
        }
        if url.fragment().is_some() {
            return Err(WebhookUrlFault::Fragment);
        }
        // Both schemes always have a host; the port 0 cannot be called.
        match url.port_or_known_default() {
            Some(1..) if url.host().is_some() => Ok(Self(url)),
            _ => Err(WebhookUrlFault::NotAbsolute),
        }
    }

    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether what is sent there is encrypted on its way.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_that_can_be_posted_to_are_taken() {
        for good in [
            "https://example.com",
            "https://example.com:8443/hooks?a=b",
            "http://[2001:db8::1]/x",
            "https://bücher.example/",
        ] {
            assert!(WebhookUrl::parse(good).is_ok(), "{good}");
        }
        let long = format!("https://example.com/{}", "x".repeat(MAX_BYTES));
        for (bad, why) in [
            ("example.com/hooks", WebhookUrlFault::NotAbsolute),
            ("/hooks", WebhookUrlFault::NotAbsolute),
            ("https://", WebhookUrlFault::NotAbsolute),
            ("https://example.com:0/", WebhookUrlFault::NotAbsolute),
            ("ftp://example.com", WebhookUrlFault::Scheme),
            ("file:///etc/passwd", WebhookUrlFault::Scheme),
            ("https://user@example.com", WebhookUrlFault::Credentials),
            ("https://:secret@example.com", WebhookUrlFault::Credentials),
            ("https://example.com/#top", WebhookUrlFault::Fragment),
            (&long, WebhookUrlFault::TooLong),
        ] {
            assert_eq!(WebhookUrl::parse(bad).unwrap_err(), why, "{bad}");
        }
    }
}
