//! What follows from a draft, as one types and at the press of a button: the same, from the same
//! server, in a real browser; and its replay, once it stands still.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use thirtyfour::prelude::*;

use super::journeys::Agent;
use super::policy::policy_form;
use super::{Office, assert_page};
use crate::harness::browser::{Look, Scripts, browse};
use crate::harness::client::block_on;
use crate::harness::waiting::until;

const PATH: &str = "/console/acme/policy";

#[test]
fn a_part_of_the_page_holds_what_follows_and_no_form_of_the_rules() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let eve = office.staff("eve", Some(&office.acme), Role::Support);
    let url = reqwest::Url::parse_with_params("http://x/", policy_form("6", "1")).unwrap();
    let asked = format!("{PATH}?{}&part=preview", url.query().unwrap());
    block_on(async {
        let part = ana.client.get(&asked).await;
        let facts = [
            "After 6 failed attempts",
            "data-changed=\"max_attempts\"",
            "<del>8</del>",
            "name=\"reason\"",
            "<svg",
        ];
        assert_page(&part, 200, &facts);
        assert!(!part.body.contains("<html") && !part.body.contains("name=\"enabled\" checked"));
        let echoes = [
            ("history_duration", "24 hours"),
            ("minimum_duration", "1 minute"),
            ("backoff_factor", "2 times as long as the one before"),
            ("maximum_duration", "1 hour"),
            ("manual_lock_duration", "1 hour"),
            ("unlock_link_lifetime", "24 hours"),
        ];
        for (field, words) in echoes {
            assert_page(&part, 200, &[&format!("<p id=\"{field}-words\">{words}</p>")]);
        }
        let odd = ana.client.get(&format!("{PATH}?draft=1&part=preview&max_attempts=many")).await;
        let facts = ["This is no policy yet", "href=\"#max_attempts\"", "After 8 failed attempts"];
        assert_page(&odd, 200, &facts);
        assert_eq!(eve.client.get(&asked).await.status, 403);
    });
}

/// An owner who erred four times, and got in then; others tried an account that nobody has.
fn four_wrong_tries(office: &Office) {
    office.app.user(&office.acme, "bea@acme.test", "correct horse");
    let sign_in = async |identifier: &str, password: &str| {
        let form = [("identifier", identifier), ("password", password)];
        let answer = office.visitor().client.post_form("/t/acme/sign-in", &form).await;
        office.app.advance(Span::SECOND);
        answer.status
    };
    block_on(async {
        for _ in 0..4 {
            sign_in("bea@acme.test", "wrong").await;
            sign_in("nobody@acme.test", "wrong").await;
        }
        assert_eq!(sign_in("bea@acme.test", "correct horse").await, 303);
    });
}

fn line(name: &str, now: &str, draft: &str, change: &str) -> String {
    format!(
        "<th scope=\"row\">{name}</th><td class=\"end\">{now}</td>\
         <td class=\"end\">{draft}</td><td>{change}"
    )
}

#[test]
fn a_card_says_what_a_draft_would_have_done_in_seven_days() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Auditor);
    let eve = office.staff("eve", Some(&office.acme), Role::Support);
    let query = |attempts| {
        let form = policy_form(attempts, "1");
        let url = reqwest::Url::parse_with_params("http://x/", form).unwrap();
        format!("{PATH}?{}", url.query().unwrap())
    };
    let ask = async |attempts| ana.client.get(&format!("{}&part=replay", query(attempts))).await;
    block_on(async {
        assert_page(&ask("7").await, 200, &["No try to sign in at any account is on record"]);
    });
    four_wrong_tries(&office);
    block_on(async {
        // Looking begins nothing.
        for _ in 0..2 {
            let page = ana.get(&query("3")).await;
            assert_page(&page, 200, &["Not replayed yet.", "data-again=", "value=\"30\""]);
        }
        let part = ask("3").await;
        let same = "<span class=\"quiet\">same</span>";
        let owners = line("Owners kept out", "0", "1", "<span class=\"pill dearer\">↑ 1</span>");
        let locks = line("Locks", "0", "1", "<span class=\"pill \">↑ 1</span>");
        let facts = [&owners, &locks, "5 recorded tries, 0 of them never checked.", "certain"];
        assert_page(&part, 200, &facts);
        assert!(part.body.contains("Their waiting time") && !part.body.contains("<html"));
        assert!(!part.body.contains("data-again"), "it is whole: {}", part.body);
        // What is known is on the page at once, also without script, and of this draft alone.
        assert_page(&ana.get(&query("3")).await, 200, &[&owners, &locks]);
        let known = ana.client.get(&format!("{}&part=preview", query("3"))).await;
        assert_page(&known, 200, &[&owners]);
        assert_page(&ana.get(&query("9")).await, 200, &["Not replayed yet."]);
        let milder = ask("9").await;
        let facts = [
            line("Owners kept out", "0", "0", same),
            line("Their waiting time", "0", "0", same),
            line("Locks", "0", "0", same),
        ];
        assert_page(&milder, 200, &facts.each_ref().map(String::as_str));
        let live = ask("8").await;
        assert_page(&live, 200, &["Change a rule, and this shows", "id=\"replayed\">"]);
        let faults = format!("{PATH}?draft=1&max_attempts=many&part=replay");
        let faults = ana.client.get(&faults).await;
        assert_page(&faults, 200, &["What is no policy yet cannot be replayed.", "=\"replayed\">"]);
        let faults = ana.get(&format!("{PATH}?draft=1&max_attempts=many")).await;
        assert_page(&faults, 200, &["action=\"/console/acme/policy/replay\" hidden>"]);
        let refused = eve.client.get(&format!("{}&part=replay", query("3"))).await;
        assert_eq!(refused.status, 403);
    });
    let live = block_on(office.app.tenants.live_policy(&office.acme.profile)).unwrap();
    assert_eq!(live.version, 1);
}

async fn open(driver: &WebDriver, office: &Office) -> WebDriverResult<()> {
    let ana = Agent::signed_in(driver, office, "ana").await?;
    driver.goto(format!("{}{PATH}", ana.base)).await?;
    soon(driver, "main", "After 8 failed attempts").await
}

/// Waits for words that come from the server.
async fn soon(driver: &WebDriver, css: &str, words: &str) -> WebDriverResult<()> {
    // The page of before may still be there, or just be gone.
    until(words, async || match driver.find(By::Css(css)).await {
        Ok(place) => place.text().await.unwrap_or_default().contains(words),
        Err(_) => false,
    })
    .await;
    Ok(())
}

async fn type_over(driver: &WebDriver, field: &str, words: &str) -> WebDriverResult<()> {
    let field = driver.find(By::Id(field)).await?;
    field.send_keys(Key::Control + "a").await?;
    field.send_keys(words).await
}

#[test]
fn everything_follows_while_one_types_and_the_focus_stays() {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    browse(Look { scripts: Scripts::On, ..Look::default() }, async |driver| {
        open(&driver, &office).await?;
        type_over(&driver, "minimum_duration", "90s").await?;
        soon(&driver, "#minimum_duration-words", "1 minute 30 seconds").await?;
        type_over(&driver, "minimum_duration", "1m").await?;
        type_over(&driver, "max_attempts", "6").await?;
        soon(&driver, "#says-text", "After 6 failed attempts").await?;
        soon(&driver, "#draft-mark", "Draft, not saved").await?;
        soon(&driver, "#save-changes .diff", "6").await?;
        let focused = driver.active_element().await?;
        assert_eq!(focused.attr("id").await?.as_deref(), Some("max_attempts"));
        let address = driver.current_url().await?;
        assert!(address.query().unwrap().contains("max_attempts=6"), "{address}");
        // The reason stays while the draft goes on, and what is sent is what stands in the form.
        driver.find(By::Id("reason")).await?.send_keys("guessing since Monday").await?;
        type_over(&driver, "maximum_duration", "soon").await?;
        soon(&driver, "#says-text", "Longest: enter a length").await?;
        type_over(&driver, "maximum_duration", "2h").await?;
        soon(&driver, "#save-changes .diff", "2h").await?;
        let reason = driver.find(By::Id("reason")).await?.value().await?;
        assert_eq!(reason.as_deref(), Some("guessing since Monday"));
        type_over(&driver, "max_attempts", "7").await?;
        driver.find(By::Css("#save button.primary")).await?.click().await?;
        soon(&driver, "main", "Version 2 is live").await
    });
    let live = block_on(office.app.tenants.live_policy(&office.acme.profile)).unwrap();
    let policy = live.policy().unwrap();
    assert_eq!((policy.max_attempts, live.reason.as_str()), (7, "guessing since Monday"));
}

/// What the card says of the draft: owners kept out, and locks.
const OWNERS_THEN: &str = "#replayed tbody tr:first-child td:nth-of-type(2)";
const LOCKS_THEN: &str = "#replayed tbody tr:last-child td:nth-of-type(2)";

#[test]
fn the_replay_follows_what_one_types() {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    four_wrong_tries(&office);
    browse(Look { scripts: Scripts::On, ..Look::default() }, async |driver| {
        open(&driver, &office).await?;
        soon(&driver, "#replayed-says", "Change a rule").await?;
        type_over(&driver, "max_attempts", "3").await?;
        soon(&driver, OWNERS_THEN, "1").await?;
        soon(&driver, LOCKS_THEN, "1").await?;
        type_over(&driver, "max_attempts", "9").await?;
        soon(&driver, OWNERS_THEN, "0").await?;
        soon(&driver, LOCKS_THEN, "0").await?;
        let focused = driver.active_element().await?;
        assert_eq!(focused.attr("id").await?.as_deref(), Some("max_attempts"));
        type_over(&driver, "max_attempts", "many").await?;
        soon(&driver, "#replayed-says", "What is no policy yet cannot be replayed.").await?;
        let form = driver.find(By::Id("replay-form")).await?;
        assert!(!form.is_displayed().await?, "there is nothing to replay");
        // A page that comes with a draft asks for its replay, too.
        type_over(&driver, "max_attempts", "2").await?;
        soon(&driver, "#says-text", "After 2 failed attempts").await?;
        driver.refresh().await?;
        soon(&driver, OWNERS_THEN, "1").await?;
        driver.find(By::Css("#replay-form button[value='30']")).await?.click().await?;
        soon(&driver, "h1", "The last 30 days under your draft").await
    });
}

#[test]
fn without_script_a_button_shows_the_same() {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    browse(Look { scripts: Scripts::Off, ..Look::default() }, async |driver| {
        open(&driver, &office).await?;
        type_over(&driver, "max_attempts", "6").await?;
        driver.find(By::Css("form.rules button[type=submit]")).await?.click().await?;
        soon(&driver, "#says-text", "After 6 failed attempts").await?;
        soon(&driver, "#save-changes .diff", "6").await?;
        soon(&driver, "#replayed-says", "Not replayed yet.").await?;
        driver.find(By::Css("#replay-form button[value='7']")).await?.click().await?;
        soon(&driver, "h1", "The last 7 days under your draft").await?;
        soon(&driver, "main", "Nothing is on record yet").await?;
        driver.find(By::Css("main .top button")).await?.click().await?;
        soon(&driver, "#replayed-says", "No try to sign in at any account is on record").await?;
        driver.find(By::Id("reason")).await?.send_keys("guessing").await?;
        driver.find(By::Css("#save button.primary")).await?.click().await?;
        soon(&driver, "main", "Version 2 is live").await
    });
}

#[test]
fn a_warning_leads_to_what_explains_it() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Auditor);
    let mut form = policy_form("6", "1");
    form.retain(|(name, _)| *name != "enabled");
    let url = reqwest::Url::parse_with_params("http://x/", form).unwrap();
    block_on(async {
        let page = ana.get(&format!("{PATH}?{}", url.query().unwrap())).await;
        assert_page(&page, 200, &["href=\"/console/guide/lockout-policy#lockout-off\""]);
        let guide = ana.get("/console/guide/lockout-policy").await;
        assert_page(&guide, 200, &["id=\"lockout-off\"", "Nothing limits guesses"]);
    });
}
