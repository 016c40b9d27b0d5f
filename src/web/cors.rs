//! Which pages of other origins may call the Frontend API with credentials: those that the tenant
//! listed, and on loopback any port of the same host, which is what a developer has. Only builds the
//! rules; who the tenant is and what it listed is asked through a closure.

use actix_cors::Cors;
use actix_web::dev::RequestHead;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_EXPOSE_HEADERS, HOST, HeaderName, HeaderValue,
    VARY,
};
use url::Url;

use super::tenant_path::host_name;

/// How long browsers may remember a preflight's answer, in seconds (Chrome keeps no more).
const PREFLIGHT_SECONDS: usize = 7200;
/// What Clerk's libraries read from answers.
const EXPOSED: [&str; 4] = ["Authorization", "Retry-After", "X-Country", "Clerk-Db-Jwt"];

/// What [`frontend_cors`] writes on the answer to a request without `Origin`, for an answer that is
/// made without it.
pub const UNASKED: [(HeaderName, HeaderValue); 3] = [
    (
        VARY,
        HeaderValue::from_static(
            "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        ),
    ),
    (ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
    (
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("authorization, retry-after, x-country, clerk-db-jwt"),
    ),
];

/// The middleware for the Frontend API's scope. `listed` says whether the tenant of this request
/// allows this origin; it must be quick, because it is asked on the web threads.
pub fn frontend_cors<F>(listed: F) -> Cors
where
    F: Fn(&str, &RequestHead) -> bool + 'static,
{
    Cors::default()
        .allowed_origin_fn(move |origin, request| is_allowed(origin, request, &listed))
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_any_header()
        .expose_headers(EXPOSED)
        .supports_credentials()
        .max_age(PREFLIGHT_SECONDS)
}

fn is_allowed(
    origin: &HeaderValue,
    request: &RequestHead,
    listed: &dyn Fn(&str, &RequestHead) -> bool,
) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    is_same_loopback(origin, host) || listed(origin, request)
}

/// Whether a page of `origin` and the server at `host` are both this machine, by names of one site:
/// `localhost` with its sub-domains, or the same loopback address. Ports do not matter.
#[must_use]
pub fn is_same_loopback(origin: &str, host: &str) -> bool {
    let Some(host) = host_name(host) else { return false };
    let Ok(page) = Url::parse(origin) else { return false };
    let Some(page_host) = page.host_str() else { return false };
    let local = |name: &str| name == "localhost" || name.ends_with(".localhost");
    if local(&host) {
        return local(page_host);
    }
    matches!(&*host, "127.0.0.1" | "[::1]") && page_host == host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine_may_call_servers_of_this_machine() {
        for (origin, host) in [
            ("http://localhost:3000", "localhost:8080"),
            ("http://localhost:3000", "acme.localhost:8080"),
            ("http://127.0.0.1:3000", "127.0.0.1:8080"),
            ("http://[::1]:3000", "[::1]:8080"),
        ] {
            assert!(is_same_loopback(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("https://evil.test", "localhost:8080"),
            ("http://localhost.evil.test", "localhost:8080"),
            ("http://localhost:3000", "login.example.com"),
            ("http://127.0.0.1:3000", "localhost:8080"),
            ("https://login.example.com", "login.example.com"),
            ("null", "localhost:8080"),
        ] {
            assert!(!is_same_loopback(origin, host), "{origin} {host}");
        }
    }
}
