//! Real Chromium, driven through ChromeDriver: one driver per run of the test binary, a session with
//! an empty profile per test. Knows no page.
//!
//! With scripts off `execute` hangs until its time-out: such journeys find, type, click and read.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use thirtyfour::ChromeCapabilities;
use thirtyfour::prelude::*;

use super::children::{self, Guarded, NoLine, START_DEADLINE};

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    On,
    Off,
}

/// What the system's colour scheme is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

/// How a session looks at pages. Sizes are CSS pixels of the page itself, without window frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub scripts: Scripts,
    pub scheme: Scheme,
    pub width: u32,
    pub height: u32,
}

impl Default for Look {
    fn default() -> Self {
        Self { scripts: Scripts::On, scheme: Scheme::Light, width: 1280, height: 800 }
    }
}

/// Runs `journey` in a fresh session on a runtime of its own, for plain `#[test]` functions, and
/// quits the session also when the journey panics.
pub(crate) fn browse(look: Look, journey: impl AsyncFnOnce(WebDriver) -> WebDriverResult<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(with_session(look, journey));
}

/// As [`browse`], inside a runtime that also runs something else.
pub(crate) async fn with_session(
    look: Look,
    journey: impl AsyncFnOnce(WebDriver) -> WebDriverResult<()>,
) {
    let driver = session(look).await;
    if let Err(error) = driver.run_and_quit(|driver| journey(driver)).await {
        panic!("the journey failed: {error}");
    }
}

/// A session that the caller must `quit`.
pub(crate) async fn session(look: Look) -> WebDriver {
    let driver = WebDriver::new(driver().base.as_str(), capabilities(look).unwrap()).await.unwrap();
    put_on(&driver, look).await;
    driver
}

/// Gives the present window its size and scheme; a window that a page opened has neither.
pub(crate) async fn put_on(driver: &WebDriver, look: Look) {
    // The window has a least width far above a phone's; the emulated screen has none.
    let screen = json!({
        "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false,
    });
    cdp(driver, "Emulation.setDeviceMetricsOverride", screen).await;
    let scheme = match look.scheme {
        Scheme::Light => "light",
        Scheme::Dark => "dark",
    };
    let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    cdp(driver, "Emulation.setEmulatedMedia", features).await;
}

/// A raw Chrome DevTools command on the session's page; its result.
pub(crate) async fn cdp(
    driver: &WebDriver,
    command: &str,
    params: serde_json::Value,
) -> serde_json::Value {
    let url = format!(
        "{}/session/{}/goog/cdp/execute",
        self::driver().base,
        driver.handle().session_id()
    );
    let body = json!({ "cmd": command, "params": params });
    let answer = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    let good = answer.status().is_success();
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert!(good, "{command}: {answer}");
    answer["value"].clone()
}

fn capabilities(look: Look) -> WebDriverResult<ChromeCapabilities> {
    static PROFILE: AtomicU32 = AtomicU32::new(1);
    let profile =
        driver().dir().join(format!("profile-{}", PROFILE.fetch_add(1, Ordering::Relaxed)));
    let mut chrome = DesiredCapabilities::chrome();
    for arg in [
        "--headless=new",
        // Tests may run as root and in containers without user namespaces.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        // The rest keeps the browser from talking to anyone but the page under test.
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=en-US",
    ] {
        chrome.add_arg(arg)?;
    }
    chrome.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    let mut prefs = json!({
        "intl.accept_languages": "en-US",
        "credentials_enable_service": false,
        "profile.password_manager_leak_detection": false,
    });
    if look.scripts == Scripts::Off {
        prefs["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    chrome.add_experimental_option("prefs", prefs)?;
    Ok(chrome)
}

struct Driver {
    base: String,
    server: Guarded,
}

impl Driver {
    fn dir(&self) -> &Path {
        &self.server.dir
    }
}

fn driver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(|| {
        // Another driver that starts at the same time may take the port that this one has chosen.
        let mut why = String::new();
        for _ in 0..3 {
            match start() {
                Ok(driver) => return driver,
                Err(NoLine::Ended(said)) => why = said,
                Err(NoLine::Late(said)) => panic!("chromedriver hangs:\n{said}"),
            }
        }
        panic!("chromedriver did not start (run `make tools`):\n{why}")
    })
}

fn start() -> Result<Driver, NoLine> {
    let dir = children::scratch_dir("browser");
    let mut command = children::dying_with_us("TERM", "chromedriver");
    command.arg("--port=0").env("TMPDIR", &dir);
    let mut server = Guarded::start("TERM", &dir, &command);
    let port = server.lines.find(START_DEADLINE, |line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse::<u16>().ok()
    })?;
    Ok(Driver { base: format!("http://127.0.0.1:{port}"), server })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    const PAGE: &str = "<!doctype html><title>plain</title>\
        <style>p{color:rgb(1,2,3)} @media (prefers-color-scheme: dark){p{color:rgb(4,5,6)}} \
        p{width:100vw;margin:0} body{margin:0}</style>\
        <p id=p>text</p><script>document.title='scripted'</script>";

    /// Serves [`PAGE`] to whoever asks, until the test process ends.
    fn page_server() -> String {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/", door.local_addr().unwrap());
        std::thread::spawn(move || {
            for caller in door.incoming() {
                // Each by itself: browsers open connections ahead of need and say nothing on them.
                std::thread::spawn(move || serve(caller.unwrap()));
            }
        });
        base
    }

    fn serve(mut caller: TcpStream) {
        let request = BufReader::new(caller.try_clone().unwrap());
        request.lines().map_while(Result::ok).find(String::is_empty);
        let _ = write!(
            caller,
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{PAGE}",
            PAGE.len(),
        );
    }

    #[test]
    fn a_look_decides_on_scripts_scheme_and_width() {
        let dark_phone =
            Look { scripts: Scripts::Off, scheme: Scheme::Dark, width: 320, ..Look::default() };
        let base = page_server();
        for (look, title, color) in [
            (Look::default(), "scripted", "rgba(1, 2, 3, 1)"),
            (dark_phone, "plain", "rgba(4, 5, 6, 1)"),
        ] {
            browse(look, async |driver| {
                driver.goto(&base).await?;
                assert_eq!(driver.title().await?, title);
                let text = driver.find(By::Id("p")).await?;
                assert_eq!(text.css_value("color").await?, color);
                assert_eq!(text.rect().await?.width, f64::from(look.width));
                Ok(())
            });
        }
    }

    #[test]
    #[should_panic(expected = "the journey failed")]
    fn a_journey_that_misses_its_button_fails() {
        let base = page_server();
        browse(Look::default(), async |driver| {
            driver.goto(&base).await?;
            driver.find(By::Id("no-such-button")).await?.click().await
        });
    }
}
