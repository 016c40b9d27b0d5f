//! The other ways through the pages, in a real browser: a second factor, codes by mail, a new
//! password, and everything on one's own account. Walked without script, and on a phone in the dark.

use lockkeeper::credential::{TotpSecret, TotpStep};

use super::*;

const NEW: &str = "another horse entirely";
const NO_SCRIPT: Look =
    Look { scripts: Scripts::Off, scheme: Scheme::Light, width: 1280, height: 800 };

impl Walk<'_> {
    /// The six digits in the newest mail.
    pub(super) async fn code_from_mail(&self) -> WebDriverResult<String> {
        self.open_mail("code").await?;
        self.driver.find(By::Css("iframe")).await?.enter_frame().await?;
        let text = self.driver.find(By::Css("body")).await?.text().await?;
        self.driver.enter_default_frame().await?;
        let mut digits = text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 6);
        Ok(digits.next().unwrap_or_else(|| panic!("no code in {text}")).to_owned())
    }

    async fn text(&self, what: &str) -> WebDriverResult<String> {
        self.driver.find(By::Css(what)).await?.text().await
    }

    pub(super) async fn summary_has_the_focus(&self) -> WebDriverResult<()> {
        assert!(self.driver.title().await?.starts_with("Error: "));
        // Browsers move the focus when they draw the page, which may be a moment after it came.
        until("the summary has the focus", async || match self.driver.active_element().await {
            Ok(here) => here.class_name().await.ok().flatten().as_deref() == Some("summary"),
            Err(_) => false,
        })
        .await;
        Ok(())
    }
}

/// Password and app; a code by mail; a new password out of a lock.
fn ways_in(look: Look, name: &'static str) {
    let house = demo_house();
    let factors = house.enrol();
    browse(look, async |driver| {
        let walk = Walk { driver: &driver, base: house.app.base(), look: name };
        walk.open("/t/acme/sign-in").await?;
        walk.sign_in(ALEX, PASSWORD).await?;
        walk.at("second-factor", "Enter the code of your app").await?;
        walk.fill("code", "000000").await?;
        walk.press().await?;
        walk.at("second-factor-wrong", "Enter the code of your app").await?;
        walk.summary_has_the_focus().await?;
        walk.click("a[href*='with=recovery-code']").await?;
        walk.at("recovery-code", "Enter a recovery code").await?;
        walk.click("ul.ways li:first-child a").await?;
        walk.fill("code", &factors.code(&house)).await?;
        walk.press().await?;
        walk.at("account", "You are signed in").await?;
        walk.press().await?;

        walk.fill("identifier", ALEX).await?;
        walk.click("button[formaction]").await?;
        walk.at("mailed-code", "Enter the code").await?;
        let code = walk.code_from_mail().await?;
        walk.open("/t/acme/sign-in/code").await?;
        walk.fill("code", "000000").await?;
        walk.press().await?;
        walk.at("mailed-code-wrong", "Enter the code").await?;
        walk.fill("code", &code).await?;
        walk.press().await?;
        walk.at("second-factor-after-code", "Enter the code of your app").await?;
        walk.click("a[href*='with=recovery-code']").await?;
        walk.fill("code", &factors.codes[0]).await?;
        walk.press().await?;
        walk.at("account-again", "You are signed in").await?;
        walk.press().await?;
        reset(&house, &walk, &factors.codes[1]).await
    });
}

/// Out of a lock by a new password.
async fn reset(house: &House, walk: &Walk<'_>, recovery: &str) -> WebDriverResult<()> {
    house.app.advance(Span::MINUTE);
    house.lock(&house.visitor(), ALEX).await;
    // The mailbox shows the newest first, by second.
    house.app.advance(Span::SECOND.times(5));
    // A browser that has signed in before is not locked out: this is another one.
    walk.driver.delete_all_cookies().await?;
    walk.open("/t/acme/sign-in").await?;
    walk.sign_in(ALEX, PASSWORD).await?;
    walk.at("locked-with-reset", "Sign-in is locked").await?;
    walk.click("a[href$='/sign-in/forgot']").await?;
    walk.at("reset", "Set a new password").await?;
    walk.press().await?;
    walk.at("reset-code", "Enter the code").await?;
    let code = walk.code_from_mail().await?;
    walk.open("/t/acme/sign-in/forgot").await?;
    walk.fill("code", &code).await?;
    walk.press().await?;
    walk.at("new-password", "Set a new password").await?;
    walk.fill("new-password", "short").await?;
    walk.press().await?;
    walk.at("new-password-short", "Set a new password").await?;
    walk.fill("new-password", NEW).await?;
    walk.press().await?;
    walk.at("second-factor-after-reset", "Enter the code of your app").await?;
    walk.click("a[href*='with=recovery-code']").await?;
    walk.fill("code", recovery).await?;
    walk.press().await?;
    walk.at("account-after-reset", "You are signed in").await
}

/// App and recovery codes, sign out, in with a recovery code; password, devices, language.
fn own_account(look: Look, name: &'static str) {
    let house = demo_house();
    browse(look, async |driver| {
        let walk = Walk { driver: &driver, base: house.app.base(), look: name };
        house_of_two(&house).await;
        walk.open("/t/acme/account/second-factor").await?;
        walk.at("sent-to-sign-in", "Sign in").await?;
        walk.sign_in(ALEX, PASSWORD).await?;
        walk.at("app-off", "Authenticator app").await?;
        walk.press().await?;
        walk.at("app-set-up", "Set up an app").await?;
        let shown = walk.text(".secret").await?.replace(' ', "");
        let secret = TotpSecret::from_base32(&shown).unwrap();
        walk.fill("code", "000000").await?;
        walk.press().await?;
        walk.at("app-code-wrong", "Set up an app").await?;
        walk.summary_has_the_focus().await?;
        walk.fill("code", &secret.code(TotpStep::at(house.now()))).await?;
        walk.press().await?;
        walk.at("recovery-codes-new", "Your recovery codes").await?;
        let recovery = walk.text(".codes li").await?;
        walk.click("a.button").await?;
        walk.at("account-with-app", "You are signed in").await?;
        walk.press().await?;
        walk.sign_in(ALEX, PASSWORD).await?;
        walk.click("a[href*='with=recovery-code']").await?;
        walk.fill("code", &recovery).await?;
        walk.press().await?;
        walk.at("account-by-recovery-code", "You are signed in").await?;

        house.app.advance(Span::MINUTE.times(11));
        walk.click("a[href$='/account/second-factor']").await?;
        walk.at("confirm", "Confirm that it is you").await?;
        walk.fill("password", PASSWORD).await?;
        walk.press().await?;
        walk.at("app-on", "Authenticator app").await?;
        // Folded open without leaving the page.
        driver.find(By::Css("summary")).await?.click().await?;
        walk.fits("app-on-open").await;
        walk.click("a[href$='/account/recovery-codes']").await?;
        walk.at("recovery-codes", "Recovery codes").await?;
        rest_of_the_account(&walk).await
    });
}

/// Another browser is signed in too.
async fn house_of_two(house: &House) {
    house.visitor().sign_in(ALEX, PASSWORD).await;
}

async fn rest_of_the_account(walk: &Walk<'_>) -> WebDriverResult<()> {
    walk.open("/t/acme/account/password").await?;
    walk.at("account-password", "Change the password").await?;
    walk.fill("password", "wrong").await?;
    walk.fill("new-password", NEW).await?;
    walk.driver.find(By::Id("others")).await?.click().await?;
    walk.press().await?;
    walk.at("account-password-wrong", "Change the password").await?;
    walk.summary_has_the_focus().await?;
    walk.fill("password", PASSWORD).await?;
    walk.fill("new-password", NEW).await?;
    walk.driver.find(By::Id("others")).await?.click().await?;
    walk.press().await?;
    walk.at("account-changed", "You are signed in").await?;
    assert_eq!(walk.text("[role=status]").await?, "Your password is changed.");

    walk.click("a[href$='/account/sessions']").await?;
    walk.at("sessions", "Signed-in devices").await?;
    walk.click("li .button").await?;
    walk.at("sessions-ended", "Signed-in devices").await?;
    assert_eq!(walk.text("[role=status]").await?, "That device is signed out.");

    walk.open("/t/acme/account/language").await?;
    walk.at("language", "Language and time zone").await?;
    walk.fill("zone", "Mars/Olympus").await?;
    walk.press().await?;
    walk.at("language-odd", "Language and time zone").await?;
    walk.driver.find(By::Css("option[value=de]")).await?.click().await?;
    walk.fill("zone", "Europe/Vienna").await?;
    walk.press().await?;
    walk.at("language-saved", "Sprache und Zeitzone").await?;
    walk.open("/t/acme/account").await?;
    walk.fits("account-german").await;
    walk.open("/t/acme/account/second-factor").await?;
    walk.fits("app-on-german").await;
    Ok(())
}

#[test]
fn every_way_in_without_script() {
    ways_in(NO_SCRIPT, "no-script");
}

#[test]
fn every_way_in_on_a_phone_in_the_dark() {
    ways_in(PHONE, "phone");
}

#[test]
fn ones_own_account_without_script() {
    own_account(NO_SCRIPT, "no-script");
}

#[test]
fn ones_own_account_on_a_phone_in_the_dark() {
    own_account(PHONE, "phone");
}
