//! Which tenant a request speaks to, by its path or its Host, decided in one function. Pure: says
//! which name was used (`/t/{slug}/…`, `{slug}.{public host}`, a tenant's own host), not whether
//! such a tenant exists.

use std::borrow::Cow;

use super::base_url::{BaseUrl, HostKind};

/// Longest slug: with the dot and a public host it still makes a valid DNS label (63 at most).
pub const MAX_SLUG_CHARS: usize = 40;
/// Longest Host header looked at: a DNS name (253), a colon and a port.
const MAX_HOST_BYTES: usize = 260;

/// How a request names its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantRef<'a> {
    /// By `/t/{slug}/…` or `{slug}.{public host}`.
    Slug(Cow<'a, str>),
    /// By a host that is not ours: perhaps a tenant's own. Lower case, without the port.
    OwnHost(Cow<'a, str>),
    /// Not at all: the Backend API, the console, the operator's doors.
    None,
}

/// Whether `text` is a slug: `[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?`.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let bytes = text.as_bytes();
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    bytes.len() <= MAX_SLUG_CHARS
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
        && bytes.iter().all(|b| plain(b) || *b == b'-')
}

/// The slug of `/t/{slug}` or `/t/{slug}/…`, if there is a well-formed one.
#[must_use]
pub fn slug_in_path(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/t/")?;
    let slug = rest.split('/').next()?;
    is_slug(slug).then_some(slug)
}

/// Whether `text` can be a tenant's own host: a name as DNS has them, in lower case and without a
/// port, that no request could mean as ours or as a tenant's below ours.
#[must_use]
pub fn is_own_host(text: &str, public: &BaseUrl) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        // Names below `localhost` are each reader's own machine (RFC 6761, 6.3).
        && !text.ends_with(".localhost")
        && matches!(tenant_ref("/", text, public), TenantRef::OwnHost(_))
}

/// Whether the path belongs to a door that answers in Clerk's envelope: `/v1…` and `.well-known`,
/// bare or under `/t/{anything}`.
#[must_use]
pub fn is_api_path(path: &str) -> bool {
    let rest = match path.strip_prefix("/t/").and_then(|rest| rest.find('/').map(|at| (rest, at))) {
        Some((rest, at)) => rest.get(at..).unwrap_or(""),
        None => path,
    };
    let first = rest.strip_prefix('/').and_then(|r| r.split('/').next());
    matches!(first, Some("v1" | ".well-known"))
}

/// The one function: path first, then Host. `host` is the raw Host header (port allowed).
#[must_use]
pub fn tenant_ref<'a>(path: &'a str, host: &'a str, public: &BaseUrl) -> TenantRef<'a> {
    if path.starts_with("/t/") {
        // A malformed slug in the path names no tenant; the Host must not be asked instead.
        return slug_in_path(path).map_or(TenantRef::None, |s| TenantRef::Slug(Cow::Borrowed(s)));
    }
    let Some(name) = host_name(host) else {
        return TenantRef::None;
    };
    if name == public.host() {
        return TenantRef::None;
    }
    if let Some(slug) = label_before(&name, public.tenant_parent_host()) {
        return TenantRef::Slug(Cow::Owned(slug.to_owned()));
    }
    match HostKind::of(&name) {
        HostKind::Address | HostKind::Localhost => TenantRef::None,
        HostKind::Name => TenantRef::OwnHost(name),
    }
}

/// `acme` of `acme.example.com` for the parent `example.com`.
fn label_before<'n>(name: &'n str, parent: &str) -> Option<&'n str> {
    let label = name.strip_suffix(parent)?.strip_suffix('.')?;
    is_slug(label).then_some(label)
}

/// The name in a Host header: port cut off, lower case, no trailing dot. `None` for odd text.
#[must_use]
pub fn host_name(host: &str) -> Option<Cow<'_, str>> {
    if host.is_empty() || host.len() > MAX_HOST_BYTES {
        return None;
    }
    let name = if host.starts_with('[') {
        host.split_inclusive(']').next()?
    } else {
        host.split(':').next()?
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let fine =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'[' | b']' | b':');
    if name.is_empty() || !name.bytes().all(fine) {
        return None;
    }
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Some(Cow::Owned(name.to_ascii_lowercase()));
    }
    Some(Cow::Borrowed(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(path: &'a str, host: &'a str, public: &str) -> TenantRef<'a> {
        tenant_ref(path, host, &BaseUrl::parse(public).unwrap())
    }

    fn slug(text: &str) -> TenantRef<'_> {
        TenantRef::Slug(Cow::Borrowed(text))
    }

    #[test]
    fn slugs_follow_their_syntax() {
        for good in ["a", "7", "acme", "a-b", "a--b", &"a".repeat(40)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "ä", "a b", "a/b", &"a".repeat(41)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn an_own_host_is_a_name_that_is_not_ours() {
        let public = BaseUrl::parse("https://login.example.com").unwrap();
        for good in ["clerk.acme.com", "acme.com", "example.com", "a-1.b.example.com"] {
            assert!(is_own_host(good, &public), "{good}");
        }
        for bad in [
            "",
            "acme",
            "login.example.com",
            "acme.login.example.com",
            "acme.localhost",
            "127.0.0.1",
            "[::1]",
            "Clerk.acme.com",
            "clerk.acme.com:443",
            "clerk.acme.com.",
            ".acme.com",
            "-a.acme.com",
            "a_b.acme.com",
            "https://clerk.acme.com",
            &format!("{}.com", "a".repeat(64)),
            &"a.".repeat(130),
        ] {
            assert!(!is_own_host(bad, &public), "{bad}");
        }
    }

    #[test]
    fn the_path_names_the_tenant_before_the_host_does() {
        assert_eq!(
            of("/t/acme/v1/client", "other.example.com", "https://example.com"),
            slug("acme")
        );
        assert_eq!(of("/t/acme", "example.com", "https://example.com"), slug("acme"));
        assert_eq!(of("/t/A%2f/v1", "other.example.com", "https://example.com"), TenantRef::None);
    }

    #[test]
    fn the_host_names_the_tenant_under_the_public_host_or_localhost() {
        assert_eq!(of("/v1/client", "acme.example.com", "https://example.com"), slug("acme"));
        assert_eq!(of("/v1/client", "ACME.Example.com.:443", "https://example.com"), slug("acme"));
        assert_eq!(of("/v1/client", "acme.localhost:8080", "http://127.0.0.1:8080"), slug("acme"));
        assert_eq!(of("/v1/client", "acme.localhost:8080", "http://localhost:8080"), slug("acme"));
        assert_eq!(of("/v1/users", "localhost:8080", "http://127.0.0.1:8080"), TenantRef::None);
        assert_eq!(of("/v1/users", "127.0.0.1:8080", "http://127.0.0.1:8080"), TenantRef::None);
        assert_eq!(of("/v1/users", "[::1]:8080", "http://127.0.0.1:8080"), TenantRef::None);
        assert_eq!(of("/v1/users", "example.com:8443", "https://example.com"), TenantRef::None);
    }

    #[test]
    fn a_foreign_host_may_be_a_tenants_own() {
        let own = TenantRef::OwnHost(Cow::Borrowed("clerk.acme.test"));
        assert_eq!(of("/v1/client", "Clerk.ACME.test:9000", "https://example.com"), own);
        assert_eq!(
            of("/v1/client", "a.b.example.com", "https://example.com"),
            TenantRef::OwnHost(Cow::Borrowed("a.b.example.com"))
        );
    }

    #[test]
    fn an_odd_host_names_nobody() {
        for odd in ["", "a b", "acme/.example.com", "acme\u{e9}.example.com", &"a".repeat(300)] {
            assert_eq!(of("/v1/client", odd, "https://example.com"), TenantRef::None, "{odd}");
        }
    }

    #[test]
    fn api_paths_are_told_from_pages() {
        for api in ["/v1", "/v1/users", "/t/acme/v1/client", "/t/acme/.well-known/jwks.json"] {
            assert!(is_api_path(api), "{api}");
        }
        for page in ["/", "/t/acme", "/t/acme/sign-in", "/t/v1", "/v10/users", "/console/v1"] {
            assert!(!is_api_path(page), "{page}");
        }
    }
}
