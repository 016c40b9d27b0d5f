//! Somebody at work in the console in one of three manners: by pointer with script, by pointer without,
//! and by keyboard alone. A journey is written once over these steps and walked in all three. Knows no
//! page; `harness::keyboard` knows how a control is reached without a pointer.

use lockkeeper::store::audit::AuditRow;
use thirtyfour::prelude::*;

use super::super::{Office, PASSWORD};
use crate::harness::app::TestTenant;
use crate::harness::browser::{Look, Scripts, browse};
use crate::harness::client::block_on;
use crate::harness::keyboard;
pub(super) use crate::harness::waiting::{PATIENCE, until};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Pointer,
    PointerWithoutScript,
    Keyboard,
}

/// A journey in all three manners, each in a scene of its own: `walk` is the way through the pages, and
/// `then` looks at what it came to on the server. Two visits share a browser.
pub(super) fn three_ways<S>(
    scene: impl Fn() -> S,
    walk: impl AsyncFn(&Hand<'_>, &S) -> WebDriverResult<()>,
    then: impl Fn(&S),
) where
    S: AsRef<Office>,
{
    let (pointer, keyboard, bare) = (scene(), scene(), scene());
    browse(Look::default(), async |driver| {
        walk(&Hand::of(&driver, pointer.as_ref(), Manner::Pointer), &pointer).await?;
        driver.delete_all_cookies().await?;
        walk(&Hand::of(&driver, keyboard.as_ref(), Manner::Keyboard), &keyboard).await
    });
    browse(Look { scripts: Scripts::Off, ..Look::default() }, async |driver| {
        walk(&Hand::of(&driver, bare.as_ref(), Manner::PointerWithoutScript), &bare).await
    });
    [pointer, keyboard, bare].iter().for_each(then);
}

impl AsRef<Self> for Office {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// A link, button or summary of the page itself by its words or its label.
pub(super) fn named(words: &str) -> String {
    format!(
        "//main//*[self::a or self::button or self::summary]\
         [normalize-space(.)=\"{words}\" or @aria-label=\"{words}\"]"
    )
}

/// The same, of which only the beginning is known.
pub(super) fn beginning(words: &str) -> String {
    format!(
        "//main//*[self::a or self::button or self::summary]\
         [starts-with(normalize-space(.), \"{words}\")]"
    )
}

/// A control that is filled in or ticked.
pub(super) fn field(name: &str) -> String {
    format!("//main//*[@name=\"{name}\" and not(@type=\"hidden\")]")
}

/// How it is broken into lines is the looks' to decide.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) struct Hand<'d> {
    pub(super) driver: &'d WebDriver,
    pub(super) base: String,
    pub(super) manner: Manner,
}

impl<'d> Hand<'d> {
    pub(super) fn of(driver: &'d WebDriver, office: &Office, manner: Manner) -> Self {
        Self { driver, base: office.app.base(), manner }
    }

    /// By its address, as from a bookmark.
    pub(super) async fn open(&self, path: &str) -> WebDriverResult<()> {
        self.driver.goto(format!("{}{path}", self.base)).await
    }

    /// `name@lockkeeper.test` signs in and is where their work begins.
    pub(super) async fn sign_in(&self, name: &str) -> WebDriverResult<()> {
        self.open("/console").await?;
        self.says("Sign in").await?;
        self.fill("identifier", &format!("{name}@lockkeeper.test")).await?;
        self.fill("password", PASSWORD).await?;
        self.press("Sign in").await
    }

    /// To a page of the navigation.
    pub(super) async fn menu(&self, words: &str) -> WebDriverResult<()> {
        self.leave(&format!("//header//*[self::a or self::button][normalize-space(.)=\"{words}\"]"))
            .await
    }

    /// Presses what leads to another page, and waits until this one is gone.
    pub(super) async fn press(&self, words: &str) -> WebDriverResult<()> {
        self.leave(&named(words)).await
    }

    pub(super) async fn leave(&self, path: &str) -> WebDriverResult<()> {
        let before = self.driver.find(By::Tag("html")).await?;
        self.stay(path).await?;
        until(path, async || before.tag_name().await.is_err()).await;
        Ok(())
    }

    /// Presses what changes something on this page.
    pub(super) async fn stay(&self, path: &str) -> WebDriverResult<()> {
        if self.manner == Manner::Keyboard {
            let kind = keyboard::reach(self.driver, path).await?;
            let key = if kind == "checkbox" { Key::Space } else { Key::Enter };
            return keyboard::key(self.driver, key).await;
        }
        // What renews itself may have renewed the control between the look and the press.
        until(path, async || {
            let found = self.driver.find(By::XPath(path)).await;
            match found {
                Ok(control) => control.click().await.is_ok(),
                Err(_) => false,
            }
        })
        .await;
        Ok(())
    }

    /// Types into a field, in place of what stands there.
    pub(super) async fn fill(&self, name: &str, words: &str) -> WebDriverResult<()> {
        let path = field(name);
        if self.manner == Manner::Keyboard {
            keyboard::reach(self.driver, &path).await?;
            keyboard::key(self.driver, Key::Control + "a").await?;
            match words {
                "" => keyboard::key(self.driver, Key::Delete).await?,
                words => keyboard::key(self.driver, words).await?,
            }
        } else {
            let field = self.driver.find(By::XPath(path.as_str())).await?;
            field.clear().await?;
            field.send_keys(words).await?;
        }
        let stands = self.driver.find(By::XPath(path.as_str())).await?.value().await?;
        assert_eq!(stands.as_deref(), Some(words), "{name}");
        Ok(())
    }

    /// Chooses from a list by the value of the choice.
    pub(super) async fn choose(&self, name: &str, value: &str) -> WebDriverResult<()> {
        let path = field(name);
        if self.manner != Manner::Keyboard {
            let option = format!("{path}/option[@value=\"{value}\"]");
            return self.driver.find(By::XPath(option)).await?.click().await;
        }
        keyboard::reach(self.driver, &path).await?;
        keyboard::key(self.driver, Key::Home).await?;
        let list = self.driver.find(By::XPath(path.as_str())).await?;
        for _ in 0..60 {
            if list.value().await?.as_deref() == Some(value) {
                return Ok(());
            }
            keyboard::key(self.driver, Key::Down).await?;
        }
        panic!("{name} has no {value}")
    }

    /// What stands in the page's main part, on one line; nothing between two pages.
    pub(super) async fn text(&self) -> String {
        match self.driver.find(By::Tag("main")).await {
            Ok(main) => on_one_line(&main.text().await.unwrap_or_default()),
            Err(_) => String::new(),
        }
    }

    /// Waits for the words.
    pub(super) async fn says(&self, words: &str) -> WebDriverResult<()> {
        let text = std::cell::RefCell::new(String::new());
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let now = self.text().await;
                if now.contains(words) {
                    return;
                }
                text.replace(now);
            }
        });
        if found.await.is_err() {
            panic!("{:?}: {words:?} is not in {}", self.manner, text.borrow());
        }
        Ok(())
    }

    pub(super) async fn says_not(&self, words: &str) {
        let text = self.text().await;
        assert!(!text.contains(words), "{:?}: {words:?} is in {text}", self.manner);
    }

    /// Comes back to this page until it says so.
    pub(super) async fn says_in_time(&self, words: &str) -> WebDriverResult<()> {
        until(words, async || {
            if self.text().await.contains(words) {
                return true;
            }
            self.driver.refresh().await.unwrap();
            false
        })
        .await;
        Ok(())
    }

    pub(super) async fn text_of(&self, css: &str) -> WebDriverResult<String> {
        Ok(on_one_line(&self.driver.find(By::Css(css)).await?.text().await?))
    }

    /// That what went wrong has the focus, and the title says so, too.
    pub(super) async fn summary_has_the_focus(&self) -> WebDriverResult<()> {
        until("the summary has the focus", async || match self.driver.active_element().await {
            Ok(here) => here.class_name().await.ok().flatten().as_deref() == Some("summary"),
            Err(_) => false,
        })
        .await;
        assert!(self.driver.title().await?.starts_with("Error: "));
        Ok(())
    }
}

/// What stands in a tenant's audit log, the newest first.
pub(super) fn audit(office: &Office, tenant: &TestTenant) -> Vec<AuditRow> {
    let rows = office.app.tenants.reader().audit_rows(tenant.profile.id().clone(), 200);
    block_on(rows).unwrap()
}

/// That somebody of the staff did each of these, and the log says so.
pub(super) fn assert_noted(office: &Office, tenant: &TestTenant, actions: &[&str]) {
    let rows = audit(office, tenant);
    for action in actions {
        let theirs = rows.iter().filter(|row| row.actor.starts_with("staff:user_"));
        let noted = theirs.filter(|row| row.action == *action).count();
        assert!(noted > 0, "{action} by somebody of the staff is not on record");
    }
}
