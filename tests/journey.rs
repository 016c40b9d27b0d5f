//! The main job in a real browser, on pages that need no script: locked out, mailed, unlocked,
//! signed in. Walked with scripts on and off, in the dark and on a phone; and a tour of every other
//! page state. With `LOCKKEEPER_SCREENSHOTS=dir` every page is also drawn into that directory.

mod steps;
mod turning;
mod ways_back;

use std::path::PathBuf;

use base64::Engine as _;
use lockkeeper::app::DemoPlan;
use lockkeeper::model::Span;
use lockkeeper::web::doors::{DemoAccount, MovableClock};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::harness::app::{TestApp, TestPlan};
use crate::harness::browser::{Look, Scheme, Scripts, browse, cdp, put_on};
use crate::harness::client::block_on;
use crate::harness::clock::FakeClock;
use crate::harness::keyboard;
use crate::harness::waiting::{found, until};
use crate::pages::{ALEX, House, PASSWORD};

/// The look of a walk that leaves the mouse alone.
const BY_KEYBOARD: &str = "keyboard";

struct Hand(FakeClock);

impl MovableClock for Hand {
    fn advance(&self, by: Span) {
        self.0.advance(by);
    }
}

fn demo_house() -> House {
    let clock = FakeClock::at_noon();
    let hand = std::sync::Arc::new(Hand(clock.clone()));
    let account = |identifier: &str, note: &str| DemoAccount {
        tenant_slug: "acme".to_owned(),
        identifier: identifier.to_owned(),
        password: PASSWORD.to_owned(),
        note: note.to_owned(),
    };
    let accounts = vec![account(ALEX, "open"), account("rin@acme.test", "locked by staff")];
    let plan = TestPlan {
        change: Box::new(move |plan| {
            plan.demo =
                Some(DemoPlan { clock: hand, accounts, database_url: "sqlite:demo.db".to_owned() })
        }),
        ..TestPlan::default()
    };
    House::of(TestApp::with_clock(plan, clock), None)
}

/// A browser walking through the house, and the name of its look for pictures.
struct Walk<'a> {
    driver: &'a WebDriver,
    base: String,
    look: &'static str,
}

impl Walk<'_> {
    async fn open(&self, path: &str) -> WebDriverResult<()> {
        self.driver.goto(format!("{}{path}", self.base)).await
    }

    async fn fill(&self, id: &str, text: &str) -> WebDriverResult<()> {
        if self.look == BY_KEYBOARD {
            keyboard::reach(self.driver, &format!("#{id}")).await?;
            keyboard::key(self.driver, Key::Control + "a").await?;
            return keyboard::key(self.driver, text).await;
        }
        let field = self.driver.find(By::Id(id)).await?;
        field.clear().await?;
        field.send_keys(text).await
    }

    async fn press(&self) -> WebDriverResult<()> {
        self.click("main button[type=submit]").await
    }

    /// Clicks and waits until the page that was there is gone.
    async fn click(&self, what: &str) -> WebDriverResult<()> {
        let before = self.driver.find(By::Css("html")).await?;
        if self.look == BY_KEYBOARD {
            keyboard::reach(self.driver, what).await?;
            keyboard::key(self.driver, Key::Enter).await?;
        } else {
            self.driver.find(By::Css(what)).await?.click().await?;
        }
        until(what, async || before.tag_name().await.is_err()).await;
        Ok(())
    }

    async fn sign_in(&self, identifier: &str, password: &str) -> WebDriverResult<()> {
        self.fill("identifier", identifier).await?;
        self.fill("password", password).await?;
        self.press().await
    }

    async fn heading(&self) -> WebDriverResult<String> {
        self.driver.find(By::Css("h1")).await?.text().await
    }

    /// Nothing to scroll sideways, whatever the width; and a picture where one is wanted.
    async fn fits(&self, name: &str) {
        self.draw(name).await;
        let metrics = cdp(self.driver, "Page.getLayoutMetrics", json!({})).await;
        let content = metrics["cssContentSize"]["width"].as_f64().unwrap();
        let window = metrics["cssLayoutViewport"]["clientWidth"].as_f64().unwrap();
        assert_eq!(content, window, "{name} ({}) scrolls sideways", self.look);
    }

    async fn draw(&self, name: &str) {
        let Some(dir) = std::env::var_os("LOCKKEEPER_SCREENSHOTS").map(PathBuf::from) else {
            return;
        };
        let shot = json!({ "format": "png", "captureBeyondViewport": true });
        let shot = cdp(self.driver, "Page.captureScreenshot", shot).await;
        let data = shot["data"].as_str().unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join(format!("{name}.{}.png", self.look)), bytes).unwrap();
    }

    async fn at(&self, name: &str, heading: &str) -> WebDriverResult<()> {
        assert_eq!(self.heading().await?, heading);
        self.fits(name).await;
        Ok(())
    }

    /// Opens the newest mail in the mailbox, as soon as it is there.
    async fn open_mail(&self, subject: &str) -> WebDriverResult<()> {
        until(subject, async || {
            self.open("/mailbox").await.unwrap();
            match self.driver.find(By::Css("nav.letters a")).await {
                Ok(letter) => letter.text().await.unwrap().contains(subject),
                Err(_) => false,
            }
        })
        .await;
        self.fits("mailbox-list").await;
        self.click("nav.letters a").await
    }

    /// Presses the button in the mail, which opens a window of its own, and goes there.
    async fn follow_mail(&self, look: Look) -> WebDriverResult<()> {
        let before = self.driver.windows().await?;
        let frame = self.driver.find(By::Css("iframe")).await?;
        frame.enter_frame().await?;
        self.driver.find(By::Css("a[href*='/unlock/']")).await?.click().await?;
        self.driver.enter_default_frame().await?;
        let opened = found("the window of its own", async || {
            let windows = self.driver.windows().await.unwrap();
            windows.into_iter().find(|window| !before.contains(window))
        });
        self.driver.switch_to_window(opened.await).await?;
        until("its page", async || self.heading().await.is_ok()).await;
        put_on(self.driver, look).await;
        Ok(())
    }
}

/// Issue: wrong until locked, the locked page, the mail, GET changes nothing, press, sign in with
/// the identifier filled in, account, sign out.
fn main_job(look: Look, name: &'static str) {
    let house = demo_house();
    let is_locked = async || {
        let card = house.app.tenants.user(&house.acme.profile, house.alex.clone()).await.unwrap();
        card.unwrap().lock.is_some()
    };
    browse(look, async |driver| {
        let walk = Walk { driver: &driver, base: house.app.base(), look: name };
        walk.open("/t/acme/sign-in").await?;
        walk.at("sign-in", "Sign in").await?;
        for _ in 1..8 {
            walk.sign_in(ALEX, "wrong").await?;
            walk.summary_has_the_focus().await?;
        }
        walk.at("sign-in-wrong", "Sign in").await?;
        walk.sign_in(ALEX, "wrong").await?;
        walk.at("locked", "Sign-in is locked").await?;
        let until = driver.find(By::Css(".until")).await?.text().await?;
        assert!(until.contains("12:01 UTC") && until.contains("in 1 minute"), "{until}");

        walk.open_mail("Unlock your acme Ltd account").await?;
        walk.fits("mailbox-open").await;
        walk.follow_mail(look).await?;
        walk.at("unlock-confirm", "Unlock your account?").await?;
        for _ in 0..3 {
            driver.refresh().await?;
        }
        assert!(is_locked().await, "looking changes nothing");
        walk.press().await?;
        walk.at("unlocked", "Your account is unlocked").await?;
        assert!(!is_locked().await);
        assert!(driver.current_url().await?.path().ends_with("/t/acme/unlocked"));

        let identifier = driver.find(By::Id("identifier")).await?;
        assert_eq!(identifier.value().await?.as_deref(), Some(ALEX));
        walk.fill("password", PASSWORD).await?;
        walk.press().await?;
        walk.at("account", "You are signed in").await?;
        walk.press().await?;
        walk.at("signed-out", "Sign in").await?;
        let notice = driver.find(By::Css("[role=status]")).await?.text().await?;
        assert_eq!(notice, "You are signed out.");
        Ok(())
    });
}

/// Every page state beside the main job.
fn tour(look: Look, name: &'static str) {
    let house = demo_house();
    let long = "maximiliane.von.hohenstein-wartburg@a-rather-long-department.acme.test";
    browse(look, async |driver| {
        let walk = Walk { driver: &driver, base: house.app.base(), look: name };
        for (path, page) in [
            ("/", "landing"),
            ("/mailbox", "mailbox-empty"),
            ("/t/acme/nothing", "not-found"),
            ("/t/nobody/sign-in", "no-tenant"),
            ("/t/acme/unlock", "unlock-request"),
            ("/t/acme/unlock/forged", "dead-forged"),
        ] {
            walk.open(path).await?;
            walk.fits(page).await;
        }
        walk.open("/t/acme/sign-in").await?;
        for _ in 0..8 {
            walk.sign_in(long, "wrong").await?;
        }
        walk.at("locked-long", "Sign-in is locked").await?;
        walk.click("form[action='/t/acme/unlock'] button").await?;
        walk.at("unlock-requested", "Look in your mail").await?;
        walk.open("/t/acme/sign-in").await?;
        let identifier = driver.find(By::Id("identifier")).await?;
        assert_eq!(identifier.value().await?.as_deref(), Some(long));
        walk.sign_in(long, "wrong").await?;
        walk.at("locked-asked", "Sign-in is locked").await?;

        walk.open("/t/acme/support").await?;
        walk.at("support-known-lock", "Contact acme Ltd support").await?;
        walk.click("a[href='/t/acme/support?other']").await?;
        walk.at("support", "Contact acme Ltd support").await?;
        walk.fill("name", "Alex Sommer").await?;
        walk.fill("identifier", "a@").await?;
        walk.fill("message", "I changed my phone.").await?;
        walk.press().await?;
        walk.at("support-faults", "Contact acme Ltd support").await?;
        walk.fill("identifier", ALEX).await?;
        walk.press().await?;
        walk.at("support-sent", "We have your message").await?;

        locked_links(&house, &walk).await
    });
}

async fn locked_links(house: &House, walk: &Walk<'_>) -> WebDriverResult<()> {
    let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
    house.lock(&house.visitor(), ALEX).await;
    let short = house.link_of(&house.acme, &house.alex, 1, Span::MINUTE);
    tenants.lock_user(acme, house.alex.clone(), "test", None).await.unwrap();
    walk.open(&house.link(1)).await?;
    walk.at("held-staff", "Locked by staff").await?;
    walk.open("/t/acme/sign-in").await?;
    walk.sign_in(ALEX, PASSWORD).await?;
    walk.at("locked-staff", "Sign-in is locked").await?;
    tenants.unlock_user(acme, house.alex.clone(), "test", None).await.unwrap();
    walk.open(&house.link(1)).await?;
    walk.at("unlocked-somehow", "The lock has ended").await?;
    house.app.advance(Span::MINUTE.times(2));
    walk.open(&short).await?;
    walk.at("dead-expired", "This link has expired").await?;
    let standing = lockkeeper::store::users::Standing::Banned;
    tenants.set_standing(acme, house.alex.clone(), standing).await.unwrap();
    walk.open("/t/acme/sign-in").await?;
    walk.sign_in(ALEX, PASSWORD).await?;
    walk.at("banned", "Sign-in is not possible").await
}

const PHONE: Look = Look { scripts: Scripts::On, scheme: Scheme::Dark, width: 320, height: 700 };

#[test]
fn locked_mailed_unlocked_signed_in() {
    main_job(Look::default(), "light");
}

#[test]
fn locked_mailed_unlocked_signed_in_without_script() {
    main_job(Look { scripts: Scripts::Off, ..Look::default() }, "no-script");
}

#[test]
fn locked_mailed_unlocked_signed_in_on_a_phone_in_the_dark() {
    main_job(PHONE, "phone");
}

#[test]
fn every_other_page_in_daylight() {
    tour(Look::default(), "light");
}

#[test]
fn every_other_page_on_a_phone_in_the_dark() {
    tour(PHONE, "phone");
}

#[test]
fn the_demo_clock_is_pushed_by_a_button() {
    let house = demo_house();
    browse(Look { scripts: Scripts::Off, ..Look::default() }, async |driver| {
        let walk = Walk { driver: &driver, base: house.app.base(), look: "light" };
        walk.open("/").await?;
        walk.click("button[value='15m']").await?;
        assert_eq!(driver.find(By::Css(".watch time")).await?.text().await?, "12:15 UTC");
        Ok(())
    });
    block_on(async { assert_eq!(house.visitor().get("/").await.status, 200) });
}
