//! The tab in which somebody was locked out, while the lock is ended in another place.

use std::time::Duration;

use super::*;

/// The page asks every four seconds; the rest is for a busy machine.
const TURNED: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);

impl Walk<'_> {
    pub(super) async fn lock_out(&self, identifier: &str) -> WebDriverResult<()> {
        self.open("/t/acme/sign-in").await?;
        for _ in 0..8 {
            self.sign_in(identifier, "wrong").await?;
        }
        assert_eq!(self.heading().await?, "Sign-in is locked");
        Ok(())
    }

    pub(super) async fn turns_to(&self, heading: &str) -> WebDriverResult<()> {
        let found = self.driver.query(By::XPath(format!("//h1[.='{heading}']")));
        found.wait(TURNED, LOOK).first().await?;
        Ok(())
    }

    pub(super) async fn signs_in_at_once(&self) -> WebDriverResult<()> {
        let identifier = self.driver.find(By::Id("identifier")).await?;
        assert_eq!(identifier.value().await?.as_deref(), Some(ALEX));
        self.fill("password", PASSWORD).await?;
        self.press().await?;
        assert_eq!(self.heading().await?, "You are signed in");
        Ok(())
    }
}

#[test]
fn the_original_tab_turns_by_itself() {
    let house = demo_house();
    browse(Look::default(), async |driver| {
        let walk = Walk { driver: &driver, base: house.app.base(), look: "light" };
        walk.lock_out(ALEX).await?;
        let phone = house.visitor();
        assert_eq!(phone.post(&house.link(1), &[]).await.status, 303);
        walk.turns_to("The lock has ended").await?;
        assert!(driver.current_url().await?.path().ends_with("/t/acme/locked"));
        walk.signs_in_at_once().await
    });
}

#[test]
fn without_script_the_original_tab_is_one_press_away() {
    let house = demo_house();
    browse(Look { scripts: Scripts::Off, ..Look::default() }, async |driver| {
        let walk = Walk { driver: &driver, base: house.app.base(), look: "no-script" };
        walk.lock_out(ALEX).await?;
        walk.click("#check-again").await?;
        walk.at("locked-checked", "Sign-in is locked").await?;
        let phone = house.visitor();
        assert_eq!(phone.post(&house.link(1), &[]).await.status, 303);
        walk.click("#check-again").await?;
        walk.at("unlocked-elsewhere", "The lock has ended").await?;
        walk.signs_in_at_once().await
    });
}
