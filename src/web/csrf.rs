//! Refuses form posts that come from another site. `Sec-Fetch-Site` decides where the browser sends
//! it (every browser since 2023); older ones are judged by `Origin`, then by `Referer`. A post with
//! none of the three is no browser's: browsers name the origin of every post to another site, so it
//! cannot ride on somebody's cookies, and scripts need not pretend to be a page. Knows nothing of
//! sessions; whoever holds no cookie has nothing to lose here.

use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, ORIGIN, REFERER};
use url::Url;

/// Where a request was started, as far as the browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// By a page of ours, by the person (address bar, bookmark), by no browser at all, or a method
    /// that changes nothing.
    Here,
    /// By a page of another origin, or of one that its browser would not name.
    Elsewhere,
}

/// Judges a request. `own_origin` is ours as browsers write it: `https://login.example.com`.
#[must_use]
pub fn started(method: &Method, headers: &HeaderMap, own_origin: &str) -> Started {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Started::Here;
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("odd"));
    let here = match text("sec-fetch-site") {
        // Also with `Origin: null`, which a page under `Referrer-Policy: no-referrer` sends.
        Some("same-origin" | "none") => true,
        // `same-site` is another origin too: a tenant's sub-domain may not post to the console.
        Some(_) => false,
        None => match (text(ORIGIN.as_str()), text(REFERER.as_str())) {
            (Some(origin), _) => origin == own_origin,
            (None, Some(referer)) => origin_of(referer).as_deref() == Some(own_origin),
            // Not a browser: `curl`, a script, a test.
            (None, None) => true,
        },
    };
    if here { Started::Here } else { Started::Elsewhere }
}

fn origin_of(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn post(pairs: &[(&str, &str)]) -> Started {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        started(&Method::POST, &headers, "https://own.example")
    }

    #[test]
    fn the_browsers_own_word_decides_first() {
        assert_eq!(post(&[("sec-fetch-site", "same-origin")]), Started::Here);
        assert_eq!(post(&[("sec-fetch-site", "same-origin"), ("origin", "null")]), Started::Here);
        assert_eq!(post(&[("sec-fetch-site", "none")]), Started::Here);
        for site in ["same-site", "cross-site", "", "SAME-ORIGIN"] {
            let pairs = [("sec-fetch-site", site), ("origin", "https://own.example")];
            assert_eq!(post(&pairs), Started::Elsewhere, "{site}");
        }
    }

    #[test]
    fn older_browsers_are_judged_by_origin_then_referer() {
        assert_eq!(post(&[("origin", "https://own.example")]), Started::Here);
        assert_eq!(post(&[("referer", "https://own.example/t/acme/sign-in?x=1")]), Started::Here);
        for pairs in [
            vec![("origin", "null")],
            vec![("origin", "")],
            vec![("referer", "")],
            vec![("origin", "https://own.example.evil.test")],
            vec![("origin", "http://own.example")],
            vec![("origin", "https://evil.test"), ("referer", "https://own.example/")],
            vec![("referer", "https://evil.test/https://own.example/")],
            vec![("referer", "https://own.example@evil.test/")],
        ] {
            assert_eq!(post(&pairs), Started::Elsewhere, "{pairs:?}");
        }
    }

    #[test]
    fn what_no_browser_sent_rides_on_nobodys_cookies() {
        assert_eq!(post(&[]), Started::Here);
        assert_eq!(post(&[("user-agent", "curl/8"), ("cookie", "a=b")]), Started::Here);
    }

    #[test]
    fn reading_is_never_refused() {
        let headers = HeaderMap::new();
        assert_eq!(started(&Method::GET, &headers, "https://own.example"), Started::Here);
    }
}
