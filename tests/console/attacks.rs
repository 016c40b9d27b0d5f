//! Attacks behind the console's door: a real spray is found, drawn, named and undone; tries appear as
//! they happen, for those who may see them, and for nobody after the server has ended.

use std::net::IpAddr;
use std::time::Duration;

use lockkeeper::lockout::{LockLength, Policy, Preset};
use lockkeeper::model::{Span, UserId};
use lockkeeper::store::team::Role;
use reqwest::Response;

use super::{Office, Worker, assert_page, assert_sent};
use crate::harness::app::TestTenant;
use crate::harness::client::{Answer, Client, block_on};
use crate::harness::nodes::until;
use crate::harness::waiting;

const PATH: &str = "/console/initech/attacks";
/// Rounds of upkeep run in the server as well; whichever comes first does the work.
const SOON: Duration = Duration::from_secs(60);

/// A tenant whose locks last an hour, with six users.
pub(super) fn initech(office: &Office) -> (TestTenant, Vec<UserId>) {
    let hour = LockLength::For(Span::HOUR);
    let policy = Policy {
        minimum_duration: hour,
        maximum_duration: LockLength::For(Span::DAY),
        ..Preset::Balanced.policy()
    };
    let tenant = office.app.tenant("initech", Some(policy));
    let user = |number: usize| {
        let name = format!("user{number}@initech.test");
        office.app.user(&tenant, &name, "correct horse").record.user.id
    };
    let users = (0..6).map(user).collect();
    (tenant, users)
}

pub(super) async fn guess(office: &Office, address: [u8; 4], name: &str) {
    let client = Client::from_source(&office.app.base(), IpAddr::from(address));
    let form = [("identifier", name), ("password", "wrong")];
    client.post_form("/t/initech/sign-in", &form).await;
}

/// Eight wrong passwords for each of the six, from one address.
pub(super) async fn spray(office: &Office) {
    for _ in 0..8 {
        for number in 0..6 {
            guess(office, [127, 5, 0, 1], &format!("user{number}@initech.test")).await;
        }
    }
}

/// The page, once it says so.
pub(super) fn page_with(office: &Office, who: &Worker, path: &str, words: &str) -> Answer {
    let mut page = None;
    until(SOON, || {
        block_on(office.app.tenants.upkeep());
        let answer = block_on(who.get(path));
        let found = answer.body.contains(words);
        page = Some(answer);
        found
    });
    page.unwrap()
}

#[test]
fn a_spray_is_found_drawn_named_and_undone() {
    let office = Office::open();
    let (initech, users) = initech(&office);
    let ana = office.staff("ana", Some(&initech), Role::Owner);
    let aud = office.staff("aud", Some(&initech), Role::Auditor);
    let bo = office.staff("bo", Some(&initech), Role::Support);
    assert_page(&block_on(ana.get(PATH)), 200, &["Nothing was tried yet"]);
    block_on(spray(&office));
    // Younger tries may still be waiting for their commit, and are not summed up yet.
    block_on(office.app.tenants.upkeep());
    let early = block_on(ana.get(PATH));
    assert_page(&early, 200, &["0 failed sign-ins", "No campaign was found"]);
    // The picture of a day has a mark each three hours.
    let picture = early.body.split("<svg class=\"chart\"").nth(1).unwrap();
    let picture = picture.split("</svg>").next().unwrap();
    let marks = picture.matches("y=\"166\"").count();
    assert!((5..=8).contains(&marks), "{marks} marks: {picture}");
    assert_page(&early, 200, &["wrong, locked", "user5<wbr>@initech.<wbr>test"]);
    office.app.advance(Span::MINUTE.times(4));
    let name = "Guessing at many accounts from 127.5.0.*";
    let page = page_with(&office, &ana, PATH, name);
    assert_page(&page, 200, &["Under attack since", "48 failed sign-ins, 6 locks", "going on"]);
    // A series for the network, and one for everybody else, in the table as well.
    let from = "127.<wbr>5.<wbr>0.<wbr>*";
    let facts = [format!("■ {from}"), format!("class=\"end\">{from}</th>")];
    assert_page(&page, 200, &facts.each_ref().map(String::as_str));
    assert_page(&page, 200, &["▨ All others", "<td class=\"end\">48</td><td class=\"end\">0</td>"]);
    let path = page.body.split(&format!("href=\"{PATH}/cmp_")).nth(1).unwrap();
    let path = format!("{PATH}/cmp_{}", path.split('"').next().unwrap());
    let reason = format!("value=\"Locked by an attack: {name}");
    let facts = ["48</dd>", "6 locks are the campaign’s", "Every name that was tried", &reason];
    assert_page(&block_on(ana.get(&path)), 200, &facts);
    let seen = block_on(aud.get(&path));
    assert_page(&seen, 200, &["not undone", "user0<wbr>@initech.<wbr>test"]);
    assert!(!seen.body.contains("Undo the locks"), "an auditor only looks");
    assert_the_lock_names([&ana, &aud], &bo, &users[0], &path);

    // One has become staff's, one has ended, and one account is no more: nothing of that is undone.
    let (tenants, acme) = (&office.app.tenants, &initech.profile);
    block_on(async {
        tenants.lock_user(acme, users[0].clone(), "test", None).await.unwrap();
        tenants.unlock_user(acme, users[1].clone(), "test", None).await.unwrap();
        tenants.delete_user(acme, users[2].clone()).await.unwrap();
    });
    let missing = block_on(ana.post(&path, &[("reason", " ")]));
    assert_page(&missing, 422, &["Enter a reason", "6 locks are the campaign’s"]);
    assert_sent(&block_on(ana.post(&path, &[("reason", "The spray of noon")])), &path);
    let after = block_on(ana.get(&path));
    let facts =
        ["3 unlocked, 3 left as they are", "undone", "had ended before", "locked again since"];
    assert_page(&after, 200, &facts);
    assert!(!after.body.contains("Undo the locks"), "nothing is left to undo");
    let locked = |user: &UserId| block_on(tenants.account_lock(acme, user)).unwrap().is_some();
    assert!(locked(&users[0]) && !users[3..].iter().any(locked));
    let rows = block_on(tenants.reader().audit_rows(acme.id().clone(), 50)).unwrap();
    let deed = rows.iter().find(|row| row.action == "campaign.undone").unwrap();
    assert!(deed.actor.starts_with("staff:user_") && deed.detail.contains("The spray of noon"));
    let told = rows.iter().filter(|row| row.action == "user.unlocked");
    assert_eq!(told.filter(|row| row.detail.contains("The spray of noon")).count(), 3);

    // Six were locked and mailed; one of them signs in now.
    page_with(&office, &ana, PATH, "<span>Locked</span><b>6</b>");
    assert_page(&block_on(ana.get(PATH)), 200, &["<span>Unlock mail written</span><b>6</b>"]);
    let right = [("identifier", "user3@initech.test"), ("password", "correct horse")];
    let signed_in = office.visitor().client;
    assert_eq!(block_on(signed_in.post_form("/t/initech/sign-in", &right)).status, 303);
    page_with(&office, &ana, PATH, "<span>Signed in again</span><b>1</b>");

    // It is still the same campaign an hour later, and another tenant has none of this.
    office.app.advance(Span::MINUTE.times(30));
    block_on(spray(&office));
    office.app.advance(Span::MINUTE.times(4));
    let grown = page_with(&office, &ana, &path, "<dd>96</dd>");
    assert_eq!(grown.status, 200);
    let kim = office.staff("kim", Some(&office.globex), Role::Owner);
    assert_page(&block_on(kim.get("/console/globex/attacks")), 200, &["Nothing was tried yet"]);
    let foreign = path.replace("initech", "globex");
    assert_eq!(block_on(kim.get(&foreign)).status, 404);
    assert_eq!(block_on(kim.post(&foreign, &[("reason", "mine")])).status, 404);
}

/// Whoever sees attacks is led from the lock to its campaign and to the rules; support is not.
fn assert_the_lock_names(who: [&Worker; 2], support: &Worker, user: &UserId, campaign: &str) {
    let story = format!("/console/initech/locks/{user}");
    let to_campaign = format!("href=\"{campaign}\"");
    let links = [
        to_campaign.as_str(),
        "href=\"/console/initech/policy/versions/1\"",
        "Locked by an attack:",
        "by an attack</a>",
    ];
    for worker in who {
        assert_page(&block_on(worker.get(&story)), 200, &links);
        let linked = format!("href=\"{story}\"");
        assert_page(&block_on(worker.get(campaign)), 200, &[&linked]);
    }
    let page = block_on(support.get(&story));
    assert_page(&page, 200, &["Why is user", "policy version 1"]);
    assert!(!page.body.contains("/attacks") && !page.body.contains("/policy"), "{}", page.body);
}

/// What a stream says until it has said `words`; the clock goes on a second at a time.
async fn heard(office: &Office, stream: &mut Response, words: &str) -> String {
    let mut said = String::new();
    waiting::until(words, async || {
        office.app.advance(Span::SECOND);
        let part = tokio::time::timeout(Duration::from_millis(300), stream.chunk()).await;
        if let Ok(part) = part {
            let part = part.unwrap().unwrap_or_else(|| panic!("ended after {said}"));
            said.push_str(std::str::from_utf8(&part).unwrap());
        }
        said.contains(words)
    })
    .await;
    said
}

#[test]
fn tries_appear_as_they_happen_and_another_tenants_never() {
    let office = Office::open();
    let (initech, _) = initech(&office);
    office.app.user(&office.globex, "kim@globex.test", "correct horse");
    let ana = office.staff("ana", Some(&initech), Role::Owner);
    let bo = office.staff("bo", Some(&initech), Role::Support);
    let feed = format!("{PATH}/feed");
    block_on(async {
        assert_eq!(bo.client.get(&feed).await.status, 403);
        assert_eq!(office.visitor().client.get(&feed).await.status, 303);
        let mut stream = ana.client.request(reqwest::Method::GET, &feed).send().await.unwrap();
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        assert_eq!(stream.headers()["cache-control"], "no-store");
        heard(&office, &mut stream, "retry:").await;
        let wrong = [("identifier", "kim@globex.test"), ("password", "wrong")];
        office.visitor().client.post_form("/t/globex/sign-in", &wrong).await;
        guess(&office, [127, 5, 0, 1], "user1@initech.test").await;
        let said = heard(&office, &mut stream, "127.<wbr>5.<wbr>0.<wbr>1").await;
        assert!(said.contains("user1<wbr>@initech.<wbr>test") && said.contains("wrong"), "{said}");
        assert!(!said.contains("kim"), "{said}");
        guess(&office, [127, 5, 0, 1], "nobody@initech.test").await;
        let next = heard(&office, &mut stream, "a name that nobody has").await;
        assert!(!next.contains("user1"), "nothing is told twice: {next}");
    });
}

#[test]
fn a_stream_ends_with_its_server() {
    let office = Office::open();
    let (initech, _) = initech(&office);
    let ana = office.staff("ana", Some(&initech), Role::Owner);
    let feed = format!("{PATH}/feed");
    block_on(async {
        let mut stream = ana.client.request(reqwest::Method::GET, &feed).send().await.unwrap();
        heard(&office, &mut stream, "retry:").await;
        // Hangs where the stream keeps the server from ending.
        office.app.stop();
        while let Ok(Some(_)) = stream.chunk().await {}
    });
}
