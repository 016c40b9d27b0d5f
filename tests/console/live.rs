//! Pages that go on by themselves in a real browser, until somebody pauses them: the list of locks, which
//! asks for itself anew, and the tries as they happen, which come over a stream. What a paused page does
//! not do is seen by what it asks for, not by waiting for nothing.

use lockkeeper::store::team::Role;
use thirtyfour::prelude::*;

use super::Office;
use super::attacks::{guess, initech};
use super::journeys::Agent;
use super::locks_browser::office;
use crate::attempt::try_password;
use crate::harness::browser::{Look, browse, cdp};
use crate::harness::waiting::until;

/// Keeps what a page would do again and again, to be done when the test says so, and counts what the page
/// asks for.
const BY_HAND: &str = "window.rounds = []; window.setInterval = (round) => rounds.push(round); \
     window.asked = 0; const ask = window.fetch; \
     window.fetch = (...what) => { asked += 1; return ask(...what); };";
/// The next round; how often anything was asked for until then.
const ROUND: &str = "for (const round of rounds) round(); return asked";

/// Keeps the streams that a page listens to.
const STREAMS: &str = "window.streams = []; window.EventSource = class extends EventSource { \
     constructor(...where) { super(...where); streams.push(this); } };";
/// How many of them are not shut.
const HEARD: &str = "return streams.filter((one) => one.readyState !== EventSource.CLOSED).length";

async fn before_each_page(driver: &WebDriver, script: &str) {
    let source = serde_json::json!({ "source": script });
    cdp(driver, "Page.addScriptToEvaluateOnNewDocument", source).await;
}

async fn number(driver: &WebDriver, script: &str) -> WebDriverResult<i64> {
    Ok(driver.execute(script, Vec::new()).await?.json().as_i64().unwrap())
}

async fn lock_out(office: &Office, name: &str) {
    for _ in 0..8 {
        let _wrong = try_password(&office.app, &office.acme, name, "wrong").await;
    }
}

#[test]
fn the_list_of_locks_goes_on_by_itself() {
    let office = office();
    browse(Look::default(), async |driver| {
        let ana = Agent::signed_in(&driver, &office, "ana").await?;
        ana.says("Overview").await?;
        lock_out(&office, "alex@acme.test").await;
        driver.goto(format!("{}/console/acme/locks", office.app.base())).await?;
        ana.says("alex@acme.test").await?;
        lock_out(&office, "bea@acme.test").await;
        ana.says("bea@acme.test").await
    });
}

#[test]
fn a_paused_list_asks_for_nothing_until_it_goes_on() {
    let office = office();
    browse(Look::default(), async |driver| {
        let mut ana = Agent::signed_in(&driver, &office, "ana").await?;
        ana.says("Overview").await?;
        lock_out(&office, "alex@acme.test").await;
        before_each_page(&driver, BY_HAND).await;
        driver.goto(format!("{}/console/acme/locks", office.app.base())).await?;
        ana.says("alex@acme.test").await?;
        assert_eq!(number(&driver, ROUND).await?, 1, "each round asks once");

        ana.stay("[data-pause-live]").await?;
        let pressed = driver.find(By::Css("[data-pause-live]")).await?.attr("aria-pressed").await?;
        assert_eq!(pressed.as_deref(), Some("true"));
        lock_out(&office, "bea@acme.test").await;
        for _ in 0..3 {
            assert_eq!(number(&driver, ROUND).await?, 1, "and a paused one does not");
        }

        ana.stay("[data-pause-live]").await?;
        assert_eq!(number(&driver, ROUND).await?, 2);
        ana.says("bea@acme.test").await
    });
}

#[test]
fn a_paused_feed_listens_to_nothing_until_it_goes_on() {
    let office = Office::open();
    let (tenant, _) = initech(&office);
    let _owner = office.staff("ana", Some(&tenant), Role::Owner);
    browse(Look::default(), async |driver| {
        let mut ana = Agent::signed_in(&driver, &office, "ana").await?;
        ana.says("Overview").await?;
        guess(&office, [127, 6, 0, 1], "nobody@initech.test").await;
        before_each_page(&driver, STREAMS).await;
        driver.goto(format!("{}/console/initech/attacks", office.app.base())).await?;
        assert_eq!(number(&driver, HEARD).await?, 1);
        ana.stay("[data-pause]").await?;
        ana.says("Go on").await?;
        assert_eq!(number(&driver, HEARD).await?, 0, "nothing comes to a paused feed");
        ana.stay("[data-pause]").await?;
        until("it listens again", async || number(&driver, HEARD).await.unwrap() == 1).await;
        Ok(())
    });
}
