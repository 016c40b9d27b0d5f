//! The host name of a tenant's Frontend API, which its publishable key spells and its session tokens
//! name as issuer. Knows nothing of requests.

use url::{Host, Url};

/// The host, with the port where `public_url` names one: the tenant's own, else
/// `{slug}.{host of public_url}`, or `{slug}.localhost` where that host is an IP address or
/// `localhost` (a name that ends in a number is no valid URL host).
#[must_use]
pub fn frontend_api_host(slug: &str, own_host: Option<&str>, public_url: &Url) -> String {
    if let Some(own) = own_host {
        return own.to_ascii_lowercase();
    }
    let parent = match public_url.host() {
        Some(Host::Domain(name)) => name,
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => "localhost",
    };
    match public_url.port() {
        Some(port) => format!("{slug}.{parent}:{port}"),
        None => format!("{slug}.{parent}"),
    }
}

/// `iss` of a tenant's session tokens: the scheme of `public_url` and the Frontend API's host,
/// because the SDKs compare it with the host in the publishable key.
#[must_use]
pub fn issuer(public_url: &Url, frontend_api_host: &str) -> String {
    format!("{}://{frontend_api_host}", public_url.scheme())
}
