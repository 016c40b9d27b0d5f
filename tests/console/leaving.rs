//! A session of the console that is about to end says so while there is time to stay, and then that it
//! has ended. The server's clock is the test's; the browser's own is moved by a script of the test.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use thirtyfour::prelude::*;

use super::journeys::Agent;
use super::{Office, Worker};
use crate::harness::browser::{Look, Scripts, browse};
use crate::harness::client::block_on;
use crate::harness::waiting::until;

/// Seconds that the page gives, and whether one may stay.
fn left(worker: &Worker) -> (i64, bool) {
    let page = block_on(worker.get("/console/acme/overview")).body;
    let said = page.split("data-left=\"").nth(1).unwrap().split('"').next().unwrap();
    (said.parse().unwrap(), page.contains("data-stay"))
}

#[test]
fn a_page_knows_when_its_session_ends_of_itself() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let half_a_day = Span::HOUR.times(12).0 / 1000;
    assert_eq!(left(&ana), (half_a_day, true));
    office.app.advance(Span::MINUTE.times(4));
    assert_eq!(left(&ana), (half_a_day - 240, true), "not every look is written down");
    office.app.advance(Span::HOUR.times(11));
    assert_eq!(left(&ana), (half_a_day, true), "a look puts it off");
    // Whatever one does, it ends a week after the sign-in.
    let mut now = left(&ana);
    for _ in 0..20 {
        if !now.1 {
            break;
        }
        office.app.advance(Span::HOUR.times(11));
        now = left(&ana);
    }
    assert!(!now.1 && now.0 < half_a_day, "{now:?}");
}

/// Lets the browser believe that so many minutes have passed, and awake.
async fn later(driver: &WebDriver, minutes: i64) -> WebDriverResult<()> {
    let moved = format!(
        "const now = Date.now; Date.now = () => now() + {minutes} * 60000; \
         document.dispatchEvent(new Event('visibilitychange'));"
    );
    driver.execute(moved, Vec::new()).await?;
    Ok(())
}

/// What the bar says that is seen.
async fn bar(driver: &WebDriver) -> String {
    match driver.find(By::Id("leaving")).await {
        Ok(bar) => bar.text().await.unwrap_or_default(),
        Err(_) => String::new(),
    }
}

#[test]
fn somebody_who_did_nothing_for_long_is_warned_and_may_stay() {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    browse(Look { scripts: Scripts::On, ..Look::default() }, async |driver| {
        let mut ana = Agent::signed_in(&driver, &office, "ana").await?;
        ana.says("Overview").await?;
        driver.goto(format!("{}/console/acme/settings", office.app.base())).await?;
        assert_eq!(bar(&driver).await, "");
        let nearly = Span::HOUR.times(12).0 / 60_000 - 5;
        later(&driver, nearly).await?;
        office.app.advance(Span::MINUTE.times(nearly));
        until("a warning", async || bar(&driver).await.contains("within ten minutes")).await;
        ana.stay("[data-stay]").await?;
        until("it is put off", async || bar(&driver).await.is_empty()).await;
        later(&driver, nearly).await?;
        until("the next warning", async || bar(&driver).await.contains("within ten minutes")).await;
        later(&driver, 10).await?;
        until("the end", async || bar(&driver).await.contains("You are signed out")).await;
        Ok(())
    });
}
