//! The public base URL (`LOCKKEEPER_PUBLIC_URL`), parsed once: what links, cookies, CSRF checks and
//! tenant hosts are derived from, so that nothing is ever derived from a Host header.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// `http` or `https`, a host, perhaps a port; no path, query, fragment or credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    origin: String,
    host: String,
    port: u16,
    scheme: Scheme,
    kind: HostKind,
}

/// How browsers reach us, which decides `Secure` and `__Host-` of cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// What a host is; an address or `localhost` cannot carry tenants as sub-domains of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    Address,
    Localhost,
    Name,
}

/// Why a text is no base URL; each says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlFault {
    #[error("is not a URL; write for example https://login.example.com")]
    NotAUrl,
    #[error("must start with http:// or https://")]
    Scheme,
    #[error("must hold no user name or password")]
    Credentials,
    #[error("must end after host and port; a path, query or fragment is not supported")]
    Path,
}

impl HostKind {
    /// `name` in lower case, IPv6 in brackets or bare.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        if bare.parse::<IpAddr>().is_ok() {
            return Self::Address;
        }
        if name == "localhost" { Self::Localhost } else { Self::Name }
    }
}

impl BaseUrl {
    /// Parses what an operator wrote.
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, BaseUrlFault> {
        let url = Url::parse(text.trim()).map_err(|_| BaseUrlFault::NotAUrl)?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(BaseUrlFault::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlFault::Credentials);
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlFault::Path);
        }
        let host = match url.host().ok_or(BaseUrlFault::NotAUrl)? {
            Host::Domain(name) => name.trim_end_matches('.').to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => format!("[{address}]"),
        };
        let port = url.port_or_known_default().ok_or(BaseUrlFault::NotAUrl)?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        let origin = format!("{}://{authority}", url.scheme());
        Ok(Self { origin, kind: HostKind::of(&host), host, port, scheme, url })
    }

    /// Scheme, host and port without a final slash: the base of every link and the `Origin` that
    /// browsers send from our pages.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host in lower case, without the port; IPv6 in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host under which tenants have sub-domains: the public host, or `localhost` where that is
    /// an address (a name that ends in a number is no valid URL host) or `localhost` itself.
    #[must_use]
    pub fn tenant_parent_host(&self) -> &str {
        match self.kind {
            HostKind::Address | HostKind::Localhost => "localhost",
            HostKind::Name => &self.host,
        }
    }

    /// The whole URL, for what wants it parsed (`token::frontend_api_host`).
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_knows_its_parts() {
        let url = BaseUrl::parse("https://Login.Example.com:8443/").unwrap();
        assert_eq!(url.origin(), "https://login.example.com:8443");
        assert_eq!(
            (url.host(), url.port(), url.scheme()),
            ("login.example.com", 8443, Scheme::Https)
        );
        assert_eq!(url.tenant_parent_host(), "login.example.com");
        let default = BaseUrl::parse("https://example.com:443").unwrap();
        assert_eq!(default.origin(), "https://example.com");
    }

    #[test]
    fn tenants_of_an_address_live_under_localhost() {
        for local in ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"] {
            let url = BaseUrl::parse(local).unwrap();
            assert_eq!(url.tenant_parent_host(), "localhost", "{local}");
        }
    }

    #[test]
    fn what_is_not_a_base_url_is_refused_with_its_reason() {
        let fault = |text: &str| BaseUrl::parse(text).unwrap_err();
        assert_eq!(fault("example.com"), BaseUrlFault::NotAUrl);
        assert_eq!(fault("ftp://example.com"), BaseUrlFault::Scheme);
        assert_eq!(fault("https://u:p@example.com"), BaseUrlFault::Credentials);
        assert_eq!(fault("https://example.com/login"), BaseUrlFault::Path);
        assert_eq!(fault("https://example.com?x=1"), BaseUrlFault::Path);
    }
}
