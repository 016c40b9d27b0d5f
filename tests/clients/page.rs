//! An app's page with clerk-js on it, in a real browser: loading it, and calling it as the app's own
//! script would. Knows no journey.

use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::{Site, page_server};

/// A call that takes longer hangs.
const CALL_DEADLINE: Duration = Duration::from_secs(120);

/// A major of clerk-js. The newer one has its widgets in a package of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Major {
    Five,
    Six,
}

impl Major {
    const fn scripts(self) -> &'static [&'static str] {
        match self {
            Self::Five => &["clerk-js-v5/dist/clerk.browser.js"],
            Self::Six => &["@clerk/clerk-js/dist/clerk.browser.js", "@clerk/ui/dist/ui.browser.js"],
        }
    }

    /// The environment that the library has taken from the server; where that made it stumble it goes
    /// on with its own defaults and says nothing.
    pub(super) const fn environment(self) -> &'static str {
        match self {
            Self::Five => "Clerk.__unstable__environment",
            Self::Six => "Clerk.__internal_environment",
        }
    }

    /// What the guards of errors are taken from; one for both, as apps may have it.
    const GUARDS: &'static str = "/packages/@clerk/shared/dist/error.mjs";

    /// Loads clerk-js. The app has a router, as every framework's package has: the widget goes from
    /// step to step without leaving the page.
    const fn load(self) -> &'static str {
        match self {
            Self::Five => {
                "const go = (to) => {
                     history.pushState(null, '', to);
                     dispatchEvent(new HashChangeEvent('hashchange'));
                 };
                 await Clerk.load({ routerPush: go, routerReplace: go, telemetry: false });"
            }
            Self::Six => {
                "const go = (to) => {
                     history.pushState(null, '', to);
                     dispatchEvent(new HashChangeEvent('hashchange'));
                 };
                 await Clerk.load({
                     routerPush: go,
                     routerReplace: go,
                     telemetry: false,
                     ui: { ClerkUI: window.__internal_ClerkUICtor },
                 });"
            }
        }
    }
}

/// A refused call, as the library throws it.
#[derive(Debug)]
pub(super) struct Refusal(pub Value);

/// The open page.
pub(super) struct Page<'a> {
    driver: &'a WebDriver,
    major: Major,
}

/// Starts the app's own server; the URL of its page.
pub(super) fn app(site: &Site, major: Major) -> String {
    let mut page = "<!doctype html><title>An app</title><div id=card></div>".to_owned();
    for script in major.scripts() {
        page.push_str(&format!(
            "<script src='/packages/{script}' data-clerk-publishable-key='{}' \
             data-clerk-proxy-url='{}'></script>",
            site.key("publishable_key"),
            site.frontend_api(),
        ));
    }
    page_server::serve(page)
}

impl<'a> Page<'a> {
    /// Goes to the app and loads clerk-js.
    pub(super) async fn open(
        driver: &'a WebDriver,
        url: &str,
        major: Major,
    ) -> WebDriverResult<Self> {
        driver.set_script_timeout(CALL_DEADLINE).await?;
        driver.goto(url).await?;
        let page = Self { driver, major };
        page.load().await?;
        Ok(page)
    }

    /// As a visitor who comes back, or presses reload.
    pub(super) async fn reload(&self) -> WebDriverResult<()> {
        self.driver.refresh().await?;
        self.load().await
    }

    /// Goes to the app and loads clerk-js as shells of mobile apps do: the client's token is kept by
    /// the app and travels in a header, never in a cookie.
    pub(super) async fn open_native(
        driver: &'a WebDriver,
        url: &str,
        major: Major,
    ) -> WebDriverResult<Self> {
        driver.set_script_timeout(CALL_DEADLINE).await?;
        driver.goto(url).await?;
        let page = Self { driver, major };
        let prefix = match major {
            Major::Five => "__unstable__",
            Major::Six => "__internal_",
        };
        page.does(&format!(
            "window.token = '';
             Clerk.{prefix}onBeforeRequest(async (request) => {{
                 request.credentials = 'omit';
                 request.url.searchParams.append('_is_native', '1');
                 request.headers.set('authorization', window.token);
             }});
             Clerk.{prefix}onAfterResponse(async (_, response) => {{
                 window.token = response.headers.get('authorization') || window.token;
             }});
             await Clerk.load({{ standardBrowser: false, telemetry: false }});"
        ))
        .await?;
        Ok(page)
    }

    async fn load(&self) -> WebDriverResult<()> {
        self.does(self.major.load()).await?;
        Ok(())
    }

    /// Whom the page has asked for anything: hosts without ports, each once.
    pub(super) async fn hosts_asked(&self) -> WebDriverResult<Value> {
        const HOSTS: &str = "return [...new Set(
            performance.getEntriesByType('resource').map((entry) => new URL(entry.name).hostname)
        )]";
        self.does(HOSTS).await
    }

    /// What the body of an async function, run on the page, returns; panics when it throws.
    pub(super) async fn does(&self, body: &str) -> WebDriverResult<Value> {
        match self.tries(body).await? {
            Ok(value) => Ok(value),
            Err(Refusal(error)) => panic!("{body}\nthrew {error:#}"),
        }
    }

    /// The error that it throws; panics when it does not.
    pub(super) async fn refuses(&self, body: &str) -> WebDriverResult<Value> {
        match self.tries(body).await? {
            Ok(value) => panic!("{body}\nwas not refused: {value:#}"),
            Err(Refusal(error)) => Ok(error),
        }
    }

    async fn tries(&self, body: &str) -> WebDriverResult<Result<Value, Refusal>> {
        const CALL: &str = r"
            const [body, guards, done] = arguments;
            const Body = Object.getPrototypeOf(async () => {}).constructor;
            const told = async (error) => {
                const is = await import(guards);
                return {
                    thrown: String(error),
                    response_error: is.isClerkAPIResponseError(error),
                    locked: is.isUserLockedError(error),
                    status: error.status ?? null,
                    retry_after: error.retryAfter ?? null,
                    errors: (error.errors ?? []).map(({ code, message, longMessage, meta }) =>
                        ({ code, message, longMessage, paramName: meta?.paramName ?? null })),
                };
            };
            new Body(body)().then(
                (value) => done({ value: value ?? null }),
                async (error) => done({ error: await told(error) }),
            );
        ";
        let arguments = vec![json!(body), json!(Major::GUARDS)];
        let answer = self.driver.execute_async(CALL, arguments).await?;
        let answer = answer.json();
        match answer.get("error") {
            Some(error) => Ok(Err(Refusal(error.clone()))),
            None => Ok(Ok(answer["value"].clone())),
        }
    }
}
