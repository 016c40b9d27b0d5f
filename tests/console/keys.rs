//! Single keys in a real browser: they find the search, go from line to line and say what they do; none
//! while somebody types, and none for who has switched them off.

use lockkeeper::store::team::Role;
use thirtyfour::prelude::*;

use super::inbox::{lock, write};
use super::journeys::Agent;
use super::{Office, assert_page, assert_sent};
use crate::attempt::try_password;
use crate::harness::axe::{Axe, Rules};
use crate::harness::browser::{Look, Scripts, browse};
use crate::harness::client::block_on;
use crate::harness::keyboard::key;
use crate::harness::waiting::{found, until};

/// What has the focus: its id, else its words.
async fn here(driver: &WebDriver) -> String {
    let Ok(here) = driver.active_element().await else { return String::new() };
    match here.id().await {
        Ok(Some(id)) if !id.is_empty() => id,
        _ => here.text().await.unwrap_or_default(),
    }
}

async fn goes_to(driver: &WebDriver, pressed: &str, wanted: &str) -> WebDriverResult<()> {
    key(driver, pressed).await?;
    until(wanted, async || here(driver).await == wanted).await;
    Ok(())
}

/// The keys that the sheet shows.
async fn shown(driver: &WebDriver) -> WebDriverResult<String> {
    let sheet = found("the sheet", async || driver.find(By::Css("#keys[open]")).await.ok()).await;
    let mut keys = String::new();
    for one in sheet.find_all(By::Tag("kbd")).await? {
        keys += &one.text().await?;
    }
    Ok(keys)
}

#[test]
fn single_keys_lead_to_what_a_page_has_and_do_nothing_while_one_types() {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    office.app.user(&office.acme, "alex@acme.test", "correct horse");
    let bea = office.app.user(&office.acme, "bea@acme.test", "correct horse").record.user.id;
    // Alex by eight slips, for a minute, and so first in the list; Bea by staff, for an hour.
    for _ in 0..8 {
        let _wrong = block_on(try_password(&office.app, &office.acme, "alex@acme.test", "wrong"));
    }
    lock(&office, &bea);
    write(&office, "alex@acme.test", "I cannot get in");
    browse(Look { scripts: Scripts::On, ..Look::default() }, async |driver| {
        let mut ana = Agent::signed_in(&driver, &office, "ana").await?;
        ana.says("Overview").await?;
        driver.goto(format!("{}/console/acme/locks", office.app.base())).await?;
        ana.says("bea@acme.test").await?;
        key(&driver, "?").await?;
        assert_eq!(shown(&driver).await?, "/jk?", "a list with a search, and nothing to answer");
        let axe = Axe::installed();
        axe.enter(&driver).await?;
        assert_eq!(axe.violations(&driver, Rules::All).await?, [""; 0]);
        key(&driver, Key::Escape).await?;
        until("the sheet is shut", async || driver.find(By::Css("#keys[open]")).await.is_err())
            .await;
        goes_to(&driver, "/", "q").await?;
        // They are letters here.
        key(&driver, "jk?r/").await?;
        let typed = driver.find(By::Id("q")).await?.value().await?;
        assert_eq!(typed.as_deref(), Some("jk?r/"));
        driver.execute("document.activeElement.blur()", Vec::new()).await?;
        goes_to(&driver, "j", "alex@acme.test").await?;
        goes_to(&driver, "j", "bea@acme.test").await?;
        // The last line is the last.
        goes_to(&driver, "j", "bea@acme.test").await?;
        goes_to(&driver, "k", "alex@acme.test").await?;
        driver.goto(format!("{}/console/acme/inbox", office.app.base())).await?;
        ana.press("#queue a").await?;
        ana.says("Send unlock mail").await?;
        goes_to(&driver, "u", "Send unlock mail").await?;
        goes_to(&driver, "r", "body").await?;
        Ok(())
    });
}

#[test]
fn who_switches_single_keys_off_has_none() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        let on = ana.get("/console/acme/users").await;
        assert_page(&on, 200, &["id=\"keys\"", "data-keys"]);
        // A box that is not ticked is not sent.
        let form = [("scheme", "system"), ("zone", "")];
        assert_sent(&ana.post("/console/me", &form).await, "/console/me");
        let off = ana.get("/console/acme/users").await;
        assert!(!off.body.contains("id=\"keys\"") && !off.body.contains("data-keys"));
        let form = [("scheme", "system"), ("zone", ""), ("single_keys", "on")];
        assert_sent(&ana.post("/console/me", &form).await, "/console/me");
        assert_page(&ana.get("/console/me").await, 200, &["name=\"single_keys\"", "id=\"keys\""]);
    });
}
