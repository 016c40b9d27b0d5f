//! The list of locks in a real browser: unlocking with and without script and by keyboard alone.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use thirtyfour::prelude::*;

use super::Office;
use super::journeys::Agent;
use crate::attempt::try_password;
use crate::harness::browser::{Look, Scripts, browse};
use crate::harness::client::block_on;

pub(super) fn office() -> Office {
    let office = Office::open();
    let _owner = office.staff("ana", Some(&office.acme), Role::Owner);
    for name in ["alex@acme.test", "bea@acme.test"] {
        office.app.user(&office.acme, name, "correct horse");
    }
    office
}

fn lock_out(office: &Office, name: &str) {
    for _ in 0..8 {
        let _wrong = block_on(try_password(&office.app, &office.acme, name, "wrong"));
        office.app.advance(Span::SECOND);
    }
}

fn unlocking(scripts: Scripts) {
    let office = office();
    lock_out(&office, "alex@acme.test");
    browse(Look { scripts, ..Look::default() }, async |driver| {
        let mut ana = Agent::signed_in(&driver, &office, "ana").await?;
        ana.says("Overview").await?;
        driver.goto(format!("{}/console/acme/locks", office.app.base())).await?;
        ana.stay("#locks input[type=checkbox]").await?;
        ana.press("main form button.danger").await?;
        ana.says("Unlock this account?").await?;
        ana.write("reason", "a false alarm").await?;
        ana.press("main form button.danger").await?;
        ana.says("One account is unlocked.").await?;
        ana.says("Nobody is locked").await?;
        ana.press(".banner a").await?;
        ana.says("Lock this account again?").await
    });
}

#[test]
fn a_lock_is_lifted_in_four_presses_with_script() {
    unlocking(Scripts::On);
}

#[test]
fn a_lock_is_lifted_in_four_presses_without_script() {
    unlocking(Scripts::Off);
}

#[test]
fn a_lock_is_lifted_by_keyboard_alone() {
    let office = office();
    lock_out(&office, "alex@acme.test");
    browse(Look { scripts: Scripts::Off, ..Look::default() }, async |driver| {
        let ana = Agent::signed_in(&driver, &office, "ana").await?;
        ana.says("Overview").await?;
        driver.goto(format!("{}/console/acme/locks", office.app.base())).await?;
        walk_to(&driver, "checkbox").await?.send_keys(Key::Space).await?;
        walk_to(&driver, "submit danger").await?.send_keys(Key::Enter).await?;
        ana.says("Unlock this account?").await?;
        walk_to(&driver, "text").await?.send_keys("a false alarm").await?;
        walk_to(&driver, "submit danger").await?.send_keys(Key::Enter).await?;
        ana.says("One account is unlocked.").await
    });
}

/// Tab by tab to the first stop whose type and class are these words.
async fn walk_to(driver: &WebDriver, wanted: &str) -> WebDriverResult<WebElement> {
    for _ in 0..60 {
        let here = driver.active_element().await?;
        here.send_keys(Key::Tab).await?;
        let here = driver.active_element().await?;
        let kind = here.attr("type").await?.unwrap_or_default();
        let class = here.attr("class").await?.unwrap_or_default();
        let said = format!("{kind} {class}");
        if wanted.split(' ').all(|word| said.split(' ').any(|known| known == word)) {
            return Ok(here);
        }
    }
    panic!("no stop is a {wanted}")
}
