//! The headers that keep pages from being framed, sniffed, cached or made to run foreign script.
//! One function for every HTML answer; the values are constants unless a form leads to a foreign
//! origin.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use super::redirect::Target;

/// Whether a page may run our own script files (inline script never runs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    None,
    /// Asks us how things stand, and nothing else.
    Own,
    /// With what those may ask of us: fragments of pages, and frames that they stand in.
    Console,
}

/// Whether the page's address is itself a secret (unlock links, support requests).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressIs {
    /// `same-origin`, because CSRF checks of old browsers read the Referer.
    Public,
    /// `no-referrer`.
    Secret,
}

/// What a page needs beyond the strictest rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRules<'a> {
    pub script: Script,
    pub address: AddressIs,
    /// Where the page's form may lead in the end: browsers apply `form-action` to the redirect too.
    pub form_target: Option<&'a Target>,
}

impl PageRules<'_> {
    /// No script, public address, forms to ourselves.
    pub const PLAIN: PageRules<'static> =
        PageRules { script: Script::None, address: AddressIs::Public, form_target: None };
    /// As `PLAIN` for a page whose address is a secret.
    pub const SECRET: PageRules<'static> =
        PageRules { script: Script::None, address: AddressIs::Secret, form_target: None };

    /// As `PLAIN` for a page that turns by itself.
    pub const TURNING: PageRules<'static> =
        PageRules { script: Script::Own, address: AddressIs::Public, form_target: None };

    /// Our own script files, public address: the console.
    pub const CONSOLE: PageRules<'static> =
        PageRules { script: Script::Console, address: AddressIs::Public, form_target: None };

    /// Sets the headers of an HTML page, its content type included.
    pub fn apply(&self, headers: &mut HeaderMap) {
        let referrer = match self.address {
            AddressIs::Public => HeaderValue::from_static("same-origin"),
            AddressIs::Secret => HeaderValue::from_static("no-referrer"),
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_SECURITY_POLICY, self.policy());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        headers.insert(REFERRER_POLICY, referrer);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }

    fn policy(&self) -> HeaderValue {
        let fixed = match self.script {
            Script::None => PLAIN_POLICY,
            Script::Own => OWN_POLICY,
            Script::Console => CONSOLE_POLICY,
        };
        let Some(origin) = self.form_target.and_then(|target| target.origin.as_deref()) else {
            return HeaderValue::from_static(fixed);
        };
        // The origin comes from a parsed URL, so it holds neither space, comma nor semicolon.
        let wider = fixed.replace("form-action 'self'", &format!("form-action 'self' {origin}"));
        HeaderValue::from_str(&wider).unwrap_or(HeaderValue::from_static(fixed))
    }
}

const PLAIN_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const OWN_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";
const CONSOLE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    script-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    fn header(rules: &PageRules<'_>, name: &str) -> String {
        let mut headers = HeaderMap::new();
        rules.apply(&mut headers);
        headers.get(name).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_plain_page_may_load_styles_and_images_and_nothing_else() {
        insta::assert_snapshot!(header(&PageRules::PLAIN, "content-security-policy"), @"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
        assert_eq!(header(&PageRules::PLAIN, "referrer-policy"), "same-origin");
        assert_eq!(header(&PageRules::SECRET, "referrer-policy"), "no-referrer");
        assert_eq!(header(&PageRules::SECRET, "cache-control"), "no-store");
    }

    #[test]
    fn pages_with_script_may_run_ours_and_no_other() {
        for rules in [PageRules::CONSOLE, PageRules::TURNING] {
            let policy = header(&rules, "content-security-policy");
            assert!(policy.contains("script-src 'self'; connect-src 'self';"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
        }
        assert!(!header(&PageRules::TURNING, "content-security-policy").contains("frame-src"));
    }

    #[test]
    fn a_form_may_lead_to_the_accepted_origin() {
        let target = Target {
            location: "https://app.example.com/x".into(),
            origin: Some("https://app.example.com".into()),
        };
        let rules = PageRules { form_target: Some(&target), ..PageRules::PLAIN };
        let policy = header(&rules, "content-security-policy");
        assert!(policy.contains("form-action 'self' https://app.example.com;"), "{policy}");
    }
}
