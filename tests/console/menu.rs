//! The console's navigation: what stands in it, where one is, and on a phone shut until it is asked for,
//! with and without script.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use thirtyfour::prelude::*;

use super::inbox::write;
use super::journeys::Agent;
use super::{Office, Worker};
use crate::attempt::try_password;
use crate::harness::browser::{Look, Scripts, browse};
use crate::harness::client::block_on;

const PHONE: Look = Look { width: 320, height: 700, ..DESK };
const DESK: Look = Look {
    scripts: Scripts::Off,
    scheme: crate::harness::browser::Scheme::Light,
    width: 1280,
    height: 800,
};

/// The words of the navigation, a list each.
fn groups(worker: &Worker, path: &str) -> Vec<Vec<String>> {
    let page = block_on(worker.get(path)).body;
    let nav =
        page.split("<nav aria-label=\"Pages\">").nth(1).unwrap().split("</nav>").next().unwrap();
    let words = |list: &str| -> Vec<String> {
        let ends = list.split("</a>").filter(|line| line.contains("<a "));
        ends.map(|line| line.rsplit('>').next().unwrap().to_owned()).collect()
    };
    nav.split("</ul>").filter(|list| list.contains("<li>")).map(words).collect()
}

#[test]
fn the_days_work_stands_first_and_what_is_set_up_once_apart() {
    let office = Office::open();
    let [ana, aud, bo] = [("ana", Role::Owner), ("aud", Role::Auditor), ("bo", Role::Support)]
        .map(|(name, role)| office.staff(name, Some(&office.acme), role));
    let daily = ["Overview", "Policy", "Locks", "Users", "Attacks", "Inbox"];
    let set_up =
        ["Alerts", "Mail", "Branding", "Keys", "Webhooks", "Audit log", "Team", "Settings"];
    let of_ana = groups(&ana, "/console/acme/locks");
    assert_eq!(of_ana, [daily.to_vec(), set_up.to_vec()]);
    assert_eq!(groups(&aud, "/console/acme/locks")[1], set_up[1..]);
    assert_eq!(groups(&bo, "/console/acme/inbox"), [["Inbox"]]);
    for (path, word) in [("/console/acme/locks", "Locks"), ("/console/acme/keys", "Keys")] {
        let page = block_on(ana.get(path)).body;
        let here =
            page.split("aria-current=\"page\"").nth(1).unwrap().split("</a>").next().unwrap();
        assert!(here.ends_with(word), "{path}: {here}");
    }
}

/// What stands beside an entry; `None` where nothing is counted.
fn waits(page: &str, entry: &str) -> Option<String> {
    let beside = page.split(&format!("id=\"waits-{entry}\" data-live-beside>")).nth(1)?;
    Some(beside.split('<').next().unwrap().to_owned())
}

#[test]
fn beside_an_entry_stands_how_much_waits_there() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let bo = office.staff("bo", Some(&office.acme), Role::Support);
    let entries = ["overview", "policy", "locks", "users", "attacks", "inbox"];
    let counts = |worker: &Worker, path: &str| {
        let page = block_on(worker.get(path)).body;
        entries.map(|entry| waits(&page, entry))
    };
    let said = |words: [Option<&str>; 6]| words.map(|word| word.map(str::to_owned));
    let nothing = said([None, None, Some(""), None, Some(""), Some("")]);
    assert_eq!(counts(&ana, "/console/acme/settings"), nothing);
    let alex = office.app.user(&office.acme, "alex@acme.test", "correct horse").record.user.id;
    office.app.user(&office.acme, "bea@acme.test", "correct horse");
    let other = office.app.user(&office.globex, "kim@globex.test", "correct horse").record.user.id;
    block_on(async {
        let tenants = &office.app.tenants;
        tenants.lock_user(&office.acme.profile, alex, "test", None).await.unwrap();
        tenants.lock_user(&office.globex.profile, other, "test", None).await.unwrap();
        for _ in 0..8 {
            for name in ["bea@acme.test", "nobody@acme.test"] {
                let _wrong = try_password(&office.app, &office.acme, name, "wrong").await;
            }
        }
    });
    write(&office, "alex@acme.test", "I cannot get in");
    let some = said([None, None, Some("2"), None, Some(""), Some("1")]);
    assert_eq!(counts(&ana, "/console/acme/settings"), some);
    // Who sees the inbox alone is told of nothing else.
    let of_bo = said([None, None, None, None, None, Some("1")]);
    assert_eq!(counts(&bo, "/console/acme/inbox"), of_bo);
    // As many as the list itself counts.
    office.app.advance(Span::MINUTE.times(10));
    let later = said([None, None, Some("1"), None, Some(""), Some("1")]);
    assert_eq!(counts(&ana, "/console/acme/locks"), later);
}

async fn is_seen(driver: &WebDriver, words: &str) -> WebDriverResult<bool> {
    driver.find(By::LinkText(words)).await?.is_displayed().await
}

/// Whether a link of the menu is there to be pressed, by its address: hidden words are no link text.
async fn shows_locks(driver: &WebDriver) -> WebDriverResult<bool> {
    driver.find(By::Css(".entries a[href='/console/acme/locks']")).await?.is_displayed().await
}

#[test]
fn on_a_phone_the_menu_is_shut_and_opens_by_keyboard_without_script() {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    browse(PHONE, async |driver| {
        let ana = Agent::signed_in(&driver, &office, "ana").await?;
        ana.says("Overview").await?;
        assert!(!shows_locks(&driver).await?, "shut at first");
        let top = driver.find(By::Tag("h1")).await?.rect().await?.y;
        assert!(top < 120.0, "the page begins at {top}");
        let menu = driver.find(By::Css(".menu summary")).await?;
        menu.send_keys(Key::Enter).await?;
        assert!(shows_locks(&driver).await?);
        // The next stops are the menu's own.
        let mut stops = Vec::new();
        for _ in 0..8 {
            driver.active_element().await?.send_keys(Key::Tab).await?;
            stops.push(driver.active_element().await?.text().await?);
        }
        assert!(stops.contains(&"Locks".to_owned()), "{stops:?}");
        driver.find(By::LinkText("Locks")).await?.send_keys(Key::Enter).await?;
        ana.says("Beginning of an address").await?;
        assert!(!shows_locks(&driver).await?, "shut on the next page");
        Ok(())
    });
}

#[test]
fn with_script_escape_shuts_the_menu_and_goes_back_to_its_button() {
    let office = Office::open();
    let _ana = office.staff("ana", None, Role::Owner);
    browse(Look { scripts: Scripts::On, ..PHONE }, async |driver| {
        let ana = Agent::signed_in(&driver, &office, "ana").await?;
        driver.goto(format!("{}/console/acme/overview", office.app.base())).await?;
        ana.says("Overview").await?;
        driver.find(By::Css(".menu summary")).await?.click().await?;
        driver.find(By::Css(".switch summary")).await?.click().await?;
        assert!(is_seen(&driver, "globex Ltd").await? && shows_locks(&driver).await?);
        let escape = async || driver.active_element().await?.send_keys(Key::Escape).await;
        escape().await?;
        assert!(driver.find(By::LinkText("globex Ltd")).await.is_err(), "the innermost first");
        assert!(shows_locks(&driver).await?);
        escape().await?;
        assert!(!shows_locks(&driver).await?);
        assert_eq!(driver.active_element().await?.text().await?, "Menu");
        Ok(())
    });
}

#[test]
fn on_a_screen_the_navigation_is_always_there() {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    browse(DESK, async |driver| {
        let ana = Agent::signed_in(&driver, &office, "ana").await?;
        ana.says("Overview").await?;
        assert!(shows_locks(&driver).await?);
        assert!(!driver.find(By::Css(".menu")).await?.is_displayed().await?);
        assert!(driver.find(By::Css(".who button")).await?.is_displayed().await?, "Sign out");
        Ok(())
    });
}
