//! Where a person may be sent after a sign-in. A target is a path of our own, or an address whose
//! origin and path prefix the tenant has listed; everything is compared after parsing, never as text,
//! because browsers read `//`, `\`, tabs and user names in URLs as another host.

use url::{Host, Url};

/// Longest target looked at, in bytes.
const MAX_TARGET_BYTES: usize = 2048;
/// A host that cannot exist (RFC 2606), to resolve relative targets against.
const NOWHERE: &str = "https://relative.invalid";

/// The addresses to which a tenant lets people return.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RedirectList(Vec<Listed>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    origin: String,
    /// Starts with `/`; matches itself and what lies below it.
    path: String,
}

/// A target that may be used as a `Location`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Ready for the header: ASCII, percent-encoded.
    pub location: String,
    /// The foreign origin, for the policy's `form-action`; `None` for our own paths.
    pub origin: Option<String>,
}

/// Whether an entry may stand in a tenant's list: judged by the list that will be asked. Plain http
/// goes over the network unprotected, so that it is for a developer's own machine only.
#[must_use]
pub fn is_listable(entry: &str) -> bool {
    let fine = match Url::parse(entry) {
        Ok(url) => url.scheme() == "https" || is_loopback(&url),
        Err(_) => entry.starts_with('/'),
    };
    fine && RedirectList::parse([entry]).is_ok()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl RedirectList {
    /// Parses a tenant's list. A path of our own may stand in it and adds nothing: all of them are
    /// accepted.
    ///
    /// # Errors
    /// The first entry that is neither a plain http(s) address (no credentials, query or fragment)
    /// nor such a path.
    pub fn parse<I, T>(entries: I) -> Result<Self, String>
    where
        I: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        let listed = |entry: T| {
            let text = entry.as_ref();
            if is_own_path(text) {
                return None;
            }
            Some(Listed::parse(text).ok_or_else(|| text.to_owned()))
        };
        entries.into_iter().filter_map(listed).collect::<Result<_, _>>().map(Self)
    }

    /// The target, if a person may be sent there.
    #[must_use]
    pub fn accept(&self, target: &str) -> Option<Target> {
        if target.is_empty() || target.len() > MAX_TARGET_BYTES || target.chars().any(is_odd) {
            return None;
        }
        if target.starts_with('/') { own_path(target) } else { self.listed(target) }
    }

    /// Whether `origin` (as in an `Origin` header) is that of a listed address.
    #[must_use]
    pub fn has_origin(&self, origin: &str) -> bool {
        self.0.iter().any(|entry| entry.origin == origin)
    }

    fn listed(&self, target: &str) -> Option<Target> {
        let url = plain_url(target)?;
        let origin = url.origin().ascii_serialization();
        let covered = self.0.iter().any(|entry| entry.origin == origin && entry.covers(url.path()));
        covered.then(|| Target { location: url.into(), origin: Some(origin) })
    }
}

impl Listed {
    fn parse(text: &str) -> Option<Self> {
        if text.chars().any(is_odd) {
            return None;
        }
        let url = plain_url(text)?;
        if url.query().is_some() || url.fragment().is_some() {
            return None;
        }
        Some(Self { origin: url.origin().ascii_serialization(), path: url.path().to_owned() })
    }

    /// `/app` covers `/app` and `/app/x`, not `/apple`.
    fn covers(&self, path: &str) -> bool {
        // An encoded slash or dot may be decoded by the application behind it.
        let lower = path.to_ascii_lowercase();
        if self.path != "/"
            && (lower.contains("%2f") || lower.contains("%5c") || lower.contains("%2e"))
        {
            return false;
        }
        match path.strip_prefix(self.path.trim_end_matches('/')) {
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }
}

/// What browsers drop, fold or turn around before they read a URL: white space, control characters,
/// backslashes, invisible and non-ASCII characters.
fn is_odd(c: char) -> bool {
    !c.is_ascii_graphic() || c == '\\'
}

fn is_own_path(text: &str) -> bool {
    text.starts_with('/') && !text.chars().any(is_odd) && own_path(text).is_some()
}

/// A path of ours: one slash, and the parser must agree that the host stays the same.
fn own_path(target: &str) -> Option<Target> {
    if target.starts_with("//") {
        return None;
    }
    let base = Url::parse(NOWHERE).ok()?;
    let url = base.join(target).ok()?;
    // Dot segments can leave `//host` behind, which would be another host in a `Location`.
    if url.origin() != base.origin() || url.path().starts_with("//") {
        return None;
    }
    let location = String::from(url).strip_prefix(NOWHERE)?.to_owned();
    Some(Target { location, origin: None })
}

/// An http(s) URL written out in full, without credentials.
fn plain_url(text: &str) -> Option<Url> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    // The parser also accepts `https:host` and `https:/host`, as browsers do.
    if !lower.starts_with("https://") && !lower.starts_with("http://") {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && !text.contains('@');
    (plain && url.host_str().is_some()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> RedirectList {
        RedirectList::parse(["https://app.example.com/welcome", "http://localhost:3000"]).unwrap()
    }

    #[test]
    fn own_paths_and_listed_addresses_are_accepted() {
        for (target, location, origin) in [
            ("/", "/", None),
            ("/t/acme/account?tab=1#top", "/t/acme/account?tab=1#top", None),
            ("/a/../b", "/b", None),
            ("/x?to=//evil.test", "/x?to=//evil.test", None),
            (
                "https://app.example.com/welcome",
                "https://app.example.com/welcome",
                Some("https://app.example.com"),
            ),
            (
                "HTTPS://APP.example.com:443/welcome/back?x=1",
                "https://app.example.com/welcome/back?x=1",
                Some("https://app.example.com"),
            ),
            (
                "http://localhost:3000/after",
                "http://localhost:3000/after",
                Some("http://localhost:3000"),
            ),
        ] {
            let found = list().accept(target).unwrap_or_else(|| panic!("{target}"));
            assert_eq!((found.location.as_str(), found.origin.as_deref()), (location, origin));
        }
    }

    #[test]
    fn none_of_sixty_payloads_leads_elsewhere() {
        let payloads = [
            "//evil.test",
            "///evil.test",
            "////evil.test",
            "/\\evil.test",
            "\\/evil.test",
            "\\\\evil.test",
            "/\\/evil.test",
            "//\\evil.test",
            "/\tevil.test",
            "/\t/evil.test",
            "\t//evil.test",
            " //evil.test",
            "/\n/evil.test",
            "/\r/evil.test",
            "\u{0}//evil.test",
            "/.//evil.test",
            "/..//evil.test",
            "/a/..//evil.test",
            "/./\\evil.test",
            "/%2e//evil.test",
            "https:evil.test",
            "https:/evil.test",
            "https:\\\\evil.test",
            "http:evil.test",
            "https://evil.test",
            "https://evil.test/welcome",
            "http://app.example.com/welcome",
            "https://app.example.com:444/welcome",
            "https://app.example.com.evil.test/welcome",
            "https://evil.test/https://app.example.com/welcome",
            "https://app.example.com@evil.test/welcome",
            "https://app.example.com%40evil.test/welcome",
            "https://user@app.example.com/welcome",
            "https://app.example.com:pw@evil.test",
            "https://evil.test#@app.example.com/welcome",
            "https://evil.test?app.example.com/welcome",
            "https://evil.test\\@app.example.com/welcome",
            "https://evil.test\\.app.example.com/welcome",
            "https://app.example.com\\.evil.test",
            "https://app.example.com/",
            "https://app.example.com/welcomes",
            "https://app.example.com/welcome/../admin",
            "https://app.example.com/welcome/%2e%2e/admin",
            "https://app.example.com/welcome%2f..%2fadmin",
            "https://app.example.com/welcome/..%5cadmin",
            "https://app\u{3002}example.com/welcome",
            "https://аpp.example.com/welcome",
            "https://app.example.com\u{2100}/welcome",
            "https://ａｐｐ.example.com/welcome",
            "//app.example.com/welcome",
            "javascript:alert(1)",
            "javascript://app.example.com/%0aalert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "ftp://app.example.com/welcome",
            "blob:https://app.example.com/welcome",
            "about:blank",
            "welcome",
            "?next=/",
            "",
            "https://",
            "https://[::1]/welcome",
            "https://127.0.0.1/welcome",
            "http://localhost:30000/",
            "http://localhost/",
            "https://xn--pp-eka.example.com/welcome",
        ];
        assert!(payloads.len() >= 60);
        for payload in payloads {
            assert_eq!(list().accept(payload), None, "{payload:?}");
        }
        assert_eq!(list().accept(&format!("/{}", "a".repeat(3000))), None);
    }

    #[test]
    fn nonsense_in_the_list_is_named() {
        assert_eq!(RedirectList::parse(["/welcome"]), Ok(RedirectList::default()));
        for bad in ["//evil.test", "/\\evil.test"] {
            assert_eq!(RedirectList::parse([bad]), Err(bad.to_owned()));
        }
        for bad in ["app.example.com", "https://u@x.test", "https://x.test/?a=1", "javascript:x"] {
            assert_eq!(RedirectList::parse([bad]), Err(bad.to_owned()));
        }
    }
}
