//! The sign-in card of clerk-js, mounted on an app's page: filled in by hand until the account is
//! locked, our sentence read from it, unlocked by the mail, signed in; and by the other ways in: a mailed
//! code, an authenticator app, a recovery code.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::model::Millis;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::page::{self, Major, Page};
use super::{Keys, PASSWORD, Site};
use crate::harness::browser::{Look, browse};
use crate::harness::client::Client;
use crate::harness::waiting::found;

const ALEX: &str = "alex@acme.test";
/// Has an app and a recovery code beside the password.
const BEA: &str = "bea@acme.test";
/// RFC 6238's secret in base32.
const APP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const PAPER: &str = "paper-code-1";

/// What the card draws comes after an answer of the server's.
const DRAWN: Duration = Duration::from_secs(60);
/// How often a field may be replaced while it is typed into.
const TRIES: u32 = 20;
const LOOK_AGAIN: Duration = Duration::from_millis(50);

#[test]
fn the_card_shows_the_lock_and_signs_in_after_the_mail() {
    journey(Major::Six);
}

#[test]
fn the_card_of_the_major_before_shows_the_lock_and_signs_in_after_the_mail() {
    journey(Major::Five);
}

fn journey(major: Major) {
    let site = Site::open(Keys::Live);
    let alex = site.user(ALEX);
    let url = page::app(&site, major);
    browse(Look::default(), async |driver| {
        let card = Card::open(&driver, &url, major).await?;
        card.names(ALEX).await?;
        for number in 1..5 {
            card.tries("wrong", number).await?;
            card.says("The password is incorrect.").await?;
        }
        card.tries("wrong", 5).await?;
        card.says("Your account is locked. You can try again in 10 minutes.").await?;

        unlock_by_mail(&driver, &site).await?;
        let card = Card::open(&driver, &url, major).await?;
        card.names(ALEX).await?;
        card.tries(PASSWORD, 1).await?;
        assert_eq!(card.page.does(&until("Clerk.user?.id")).await?, json!(alex));
        assert_eq!(card.page.hosts_asked().await?, json!(["localhost"]));
        Ok(())
    });
}

#[test]
fn the_card_signs_in_by_mailed_code_app_and_recovery_code() {
    other_ways(Major::Six);
}

#[test]
fn the_card_of_the_major_before_signs_in_by_mailed_code_app_and_recovery_code() {
    other_ways(Major::Five);
}

fn other_ways(major: Major) {
    let site = Site::open(Keys::Live);
    let alex = site.user(ALEX);
    let made = json!({
        "email_address": [BEA], "password": PASSWORD, "totp_secret": APP, "backup_codes": [PAPER],
    });
    let bea = site.backend("/v1/users", &made)["id"].clone();
    let url = page::app(&site, major);
    browse(Look::default(), async |driver| {
        let card = Card::open(&driver, &url, major).await?;
        card.names(ALEX).await?;
        card.presses("Use another method").await?;
        card.presses("Email code to").await?;
        let mail = mailed(&site, "Your code to sign in").await;
        let code = mail.lines().find(|line| line.len() == 6).unwrap();
        card.types(code).await?;
        assert_eq!(card.page.does(&until("Clerk.user?.id")).await?, json!(alex));
        card.page.does("await Clerk.signOut()").await?;

        let card = Card::open(&driver, &url, major).await?;
        card.names(BEA).await?;
        card.tries(PASSWORD, 1).await?;
        card.types(&app_code()).await?;
        assert_eq!(card.page.does(&until("Clerk.user?.id")).await?, bea);
        card.page.does("await Clerk.signOut()").await?;

        let card = Card::open(&driver, &url, major).await?;
        card.names(BEA).await?;
        card.tries(PASSWORD, 1).await?;
        card.presses("Use another method").await?;
        card.presses("Use a backup code").await?;
        card.fills("code", PAPER).await?;
        assert_eq!(card.page.does(&until("Clerk.user?.id")).await?, bea);
        Ok(())
    });
}

/// The program runs by the machine's clock, and so does the app.
#[expect(clippy::disallowed_methods, reason = "the program's own clock is the machine's")]
fn app_code() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Millis(since.as_millis().try_into().unwrap());
    TotpSecret::from_base32(APP).unwrap().code(TotpStep::at(now))
}

/// The text of the mail with a subject that begins so, as soon as it is there.
async fn mailed(site: &Site, subject: &str) -> String {
    let client = Client::new(site.server.base());
    found(subject, async || {
        let mails = client.get("/mailbox/api/messages").await.json();
        let begins = |mail: &&Value| mail["subject"].as_str().unwrap().starts_with(subject);
        let mail = mails.as_array().unwrap().iter().find(begins)?;
        Some(mail["text"].as_str().unwrap().to_owned())
    })
    .await
}

/// Presses the button of the page that the mail leads to.
async fn unlock_by_mail(driver: &WebDriver, site: &Site) -> WebDriverResult<()> {
    let text = mailed(site, "Unlock your").await;
    let link = text.split_whitespace().find(|word| word.contains("/unlock/")).unwrap();
    driver.goto(link).await?;
    driver.find(By::Css("main button[type=submit]")).await?.click().await?;
    let unlocked = driver.query(By::XPath("//h1[.='Your account is unlocked']"));
    unlocked.wait(DRAWN, LOOK_AGAIN).first().await?;
    Ok(())
}

/// The mounted card, by what a person sees and does.
struct Card<'a> {
    driver: &'a WebDriver,
    page: Page<'a>,
}

impl<'a> Card<'a> {
    async fn open(driver: &'a WebDriver, url: &str, major: Major) -> WebDriverResult<Self> {
        let page = Page::open(driver, url, major).await?;
        // The card looks the same after two wrong passwords: the answers are counted.
        const MOUNT: &str = r"
            window.attempts = 0;
            const ask = window.fetch;
            window.fetch = async (...request) => {
                const answer = await ask(...request);
                if (String(request[0]).includes('attempt_first_factor')) window.attempts++;
                return answer;
            };
            Clerk.mountSignIn(document.getElementById('card'));
        ";
        page.does(MOUNT).await?;
        Ok(Self { driver, page })
    }

    /// Types into a field and presses Enter. The card may be drawn anew meanwhile: then its fields
    /// are others, and nothing has gone to the one that was.
    async fn fills(&self, name: &str, text: &str) -> WebDriverResult<()> {
        let mut done = self.fills_once(name, text).await;
        for _ in 0..TRIES {
            if done.is_ok() {
                break;
            }
            done = self.fills_once(name, text).await;
        }
        done
    }

    async fn fills_once(&self, name: &str, text: &str) -> WebDriverResult<()> {
        let wanted = By::Css(format!("#card input[name='{name}']"));
        let query = self.driver.query(wanted).wait(DRAWN, LOOK_AGAIN);
        let field = query.and_clickable().first().await?;
        // As a person does it: the card keeps what WebDriver's own `clear` takes away.
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(text).await?;
        assert_eq!(field.prop("value").await?.as_deref(), Some(text));
        field.send_keys(Key::Enter + "").await
    }

    async fn names(&self, identifier: &str) -> WebDriverResult<()> {
        self.fills("identifier", identifier).await
    }

    /// Presses what has these words on it.
    async fn presses(&self, words: &str) -> WebDriverResult<()> {
        let path = format!("//*[@id='card']//*[self::a or self::button][contains(., '{words}')]");
        let query = self.driver.query(By::XPath(path)).wait(DRAWN, LOOK_AGAIN);
        query.and_clickable().first().await?.click().await
    }

    /// Types the six digits of a code; the last one sends it.
    async fn types(&self, code: &str) -> WebDriverResult<()> {
        let query = self.driver.query(By::Css("#card input[data-input-otp]"));
        query.wait(DRAWN, LOOK_AGAIN).first().await?.send_keys(code).await
    }

    /// Waits until the server has answered the `number`th.
    async fn tries(&self, password: &str, number: u32) -> WebDriverResult<()> {
        self.fills("password", password).await?;
        self.page.does(&until(&format!("window.attempts >= {number}"))).await?;
        Ok(())
    }

    async fn says(&self, words: &str) -> WebDriverResult<()> {
        let seen = format!("document.getElementById('card').innerText.includes('{words}')");
        self.page.does(&until(&seen)).await?;
        Ok(())
    }
}

/// A script that returns what `wanted` is once that is there; else it throws what is seen then.
fn until(wanted: &str) -> String {
    format!(
        "const end = Date.now() + 110_000;
         while (Date.now() < end) {{
             const found = {wanted};
             if (found) return found;
             await new Promise((done) => setTimeout(done, 50));
         }}
         throw new Error(location.href + ' ' + document.body.innerText);"
    )
}
