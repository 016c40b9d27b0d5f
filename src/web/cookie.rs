//! Cookies: their names, their attributes, and how they are found in a request. `Secure` and the
//! `__Host-` prefix are there exactly when the base URL is https, because browsers refuse both over
//! plain http. Each tenant has its own names, because tenants may share one host.

use std::time::Duration;

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, HeaderMap};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::base_url::Scheme;

/// Browsers keep no cookie longer (RFC 6265bis: 400 days).
pub const LONGEST_LIFE: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// Longest cookie value looked at, in bytes; the longest of ours, four lanes, is under 2 KiB.
const MAX_VALUE_BYTES: usize = 4096;

/// A cookie of ours, before it has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieName {
    name: String,
    scheme: Scheme,
}

/// The suffix that tells tenants' cookies apart: the first 8 characters of base64url(SHA-1(key)), as
/// Clerk's libraries compute it. SHA-1 is no protection here, only a short name.
#[must_use]
pub fn tenant_suffix(publishable_key: &str) -> String {
    let algorithm = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    let digest = aws_lc_rs::digest::digest(algorithm, publishable_key.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.as_ref()).chars().take(8).collect()
}

impl CookieName {
    /// A cookie named `base`, with `__Host-` in front over https.
    #[must_use]
    pub fn new(base: &str, scheme: Scheme) -> Self {
        let name = match scheme {
            Scheme::Https => format!("__Host-{base}"),
            Scheme::Http => base.to_owned(),
        };
        Self { name, scheme }
    }

    /// The client cookie of the tenant with this suffix.
    #[must_use]
    pub fn client(suffix: &str, scheme: Scheme) -> Self {
        Self::new(&format!("__client_{suffix}"), scheme)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The cookie's value in a request; `None` when absent, empty or too long. Looks at the header
    /// itself, without a jar.
    #[must_use]
    pub fn read<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let lines = headers.get_all(COOKIE).filter_map(|line| line.to_str().ok());
        let value = lines
            .flat_map(|line| line.split(';'))
            .find_map(|pair| pair.trim_start().strip_prefix(&self.name)?.strip_prefix('='))?
            .trim_end();
        (!value.is_empty() && value.len() <= MAX_VALUE_BYTES).then_some(value)
    }

    /// The cookie with a value: for the whole host, out of scripts' reach, sent on links from other
    /// sites (`Lax`) so that a mail's link finds its browser. `life` is cut to what browsers keep.
    #[must_use]
    pub fn with_value<'v>(&self, value: &'v str, life: Duration) -> Cookie<'v> {
        let seconds = i64::try_from(life.min(LONGEST_LIFE).as_secs()).unwrap_or(0);
        let mut cookie = Cookie::new(self.name.clone(), value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_max_age(CookieAge::seconds(seconds));
        cookie.set_secure(match self.scheme {
            Scheme::Https => Some(true),
            Scheme::Http => None,
        });
        cookie
    }

    /// The cookie that makes browsers forget it.
    #[must_use]
    pub fn removal(&self) -> Cookie<'static> {
        self.with_value("", Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_and_host_prefix_come_with_https_only() {
        let life = Duration::from_secs(60);
        let https = CookieName::client("abc", Scheme::Https);
        insta::assert_snapshot!(https.with_value("v", life), @"__Host-__client_abc=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60");
        let http = CookieName::client("abc", Scheme::Http);
        insta::assert_snapshot!(http.with_value("v", life), @"__client_abc=v; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
        insta::assert_snapshot!(http.removal(), @"__client_abc=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    }

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "a=1; __client_abcd=no; __client_abc=yes ; b=2".parse().unwrap());
        let read = |suffix: &str| CookieName::client(suffix, Scheme::Http).read(&headers);
        assert_eq!(read("abc"), Some("yes"));
        assert_eq!(read("ab"), None);
        assert_eq!(CookieName::client("abc", Scheme::Https).read(&headers), None);
    }

    #[test]
    fn the_suffix_is_the_one_that_clerks_libraries_compute() {
        assert_eq!(tenant_suffix("pk_test_YWNtZS5sb2NhbGhvc3Q6ODA4MCQ"), "k8CIjR9F");
    }
}
