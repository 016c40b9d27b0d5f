//! One deed done to several requests, and the requests of one attack: what becomes of each, what is
//! noted down, and what a form may not do.

use std::collections::HashMap;

use lockkeeper::lockout::{LockLength, Policy, Preset};
use lockkeeper::model::{Identifier, Millis, Span, UserId};
use lockkeeper::store::contact_requests::ContactRequest;
use lockkeeper::store::team::Role;
use lockkeeper::support::ContactRequestStatus;
use thirtyfour::prelude::*;

use super::inbox::{requests, write, written};
use super::journeys::Agent;
use super::{Office, Worker, assert_page, assert_sent};
use crate::attempt::try_password;
use crate::harness::app::{TestApp, TestPlan};
use crate::harness::browser::{Look, Scripts, browse};
use crate::harness::client::{Answer, block_on};
use crate::harness::home::Home;
use crate::harness::waiting::until;

const BULK: &str = "/console/acme/inbox/bulk";

/// What can be ticked on a list.
async fn ticks(who: &Worker, path: &str) -> Vec<String> {
    let page = who.get(path).await.body;
    let ticks = page.split("name=\"pick\" value=\"").skip(1);
    ticks.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn bulk(who: &Worker, deed: &str, ticked: &[String], more: &[(&str, &str)]) -> Answer {
    let mut form = vec![("deed", deed)];
    form.extend(ticked.iter().map(|tick| ("pick", tick.as_str())));
    form.extend_from_slice(more);
    who.post(BULK, &form).await
}

fn statuses(office: &Office) -> Vec<ContactRequestStatus> {
    requests(office).iter().map(|request| request.status).collect()
}

#[test]
fn what_is_ticked_is_done_once_and_told_of_each() {
    let office = Office::open();
    office.app.user(&office.acme, "bea@acme.test", "correct horse");
    for who in ["ann@acme.test", "bea@acme.test"] {
        write(&office, who, "help");
    }
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let agent = office.staff("agent", Some(&office.acme), Role::Support);
    let both = requests(&office);
    block_on(async {
        let looked = ticks(&agent, "/console/acme/inbox").await;
        assert_eq!(looked.len(), 2);
        let taken = bulk(&agent, "take", &looked, &[]).await;
        assert_page(&taken, 200, &["Done: 2 of 2.", "You have it", "bea@acme.test"]);
        // The same form once more, as by a reload.
        let again = bulk(&agent, "take", &looked, &[]).await;
        assert_page(&again, 200, &["Done: 0 of 2.", "Something came in first: nothing was done"]);
        let mine = ticks(&agent, "/console/acme/inbox?view=mine").await;
        assert_eq!(mine.len(), 2);
        let mailed = bulk(&agent, "unlock_mail", &mine, &[]).await;
        assert_page(&mailed, 200, &["No account: nothing was sent"]);
        let canned = [("title", "Wave"), ("locale", "en"), ("body", "Hello {{name}}")];
        ana.post("/console/acme/inbox/canned", &canned).await;
        let list = agent.get("/console/acme/inbox").await.body;
        let saved = list.split("name=\"canned\"").nth(1).unwrap();
        let saved = saved.split("<option value=\"").nth(1).unwrap().split('"').next().unwrap();
        let now = ticks(&agent, "/console/acme/inbox").await;
        let none = bulk(&agent, "answer", &now, &[("canned", "can_gone.en")]).await;
        assert_page(&none, 200, &["The saved answer is gone", "Done: 0 of 2."]);
        let sent = bulk(&agent, "answer", &now, &[("canned", saved)]).await;
        assert_page(&sent, 200, &["Answered; can be taken back", "Done: 2 of 2."]);
        for request in &both {
            let page = agent.get(&format!("/console/acme/inbox/{}", request.reference)).await;
            assert_page(&page, 200, &[&format!("Hello {}", request.identifier)]);
        }
        let now = ticks(&agent, "/console/acme/inbox").await;
        assert_page(&bulk(&agent, "close", &now, &[]).await, 200, &["Done: 2 of 2.", "Closed"]);
        let tenant = office.acme.profile.id().clone();
        let rows = office.app.tenants.reader().audit_rows(tenant, 500).await.unwrap();
        for action in ["request.assigned", "request.answered", "request.closed"] {
            let noted: Vec<_> = rows.iter().filter(|row| row.action == action).collect();
            assert_eq!(noted.len(), 2, "{action}");
            assert!(noted.iter().all(|row| row.actor.starts_with("staff:user_")), "{noted:?}");
        }
    });
    assert_eq!(statuses(&office), [ContactRequestStatus::Closed; 2]);
}

#[test]
fn a_form_of_several_is_bounded_and_reaches_nobody_elses() {
    let office = Office::open();
    let (reference, _) = write(&office, "ann@acme.test", "help");
    let agent = office.staff("agent", Some(&office.acme), Role::Support);
    let auditor = office.staff("auditor", Some(&office.acme), Role::Auditor);
    let eve = office.staff("eve", Some(&office.globex), Role::Owner);
    let tick = format!("{reference}.1");
    block_on(async {
        assert_page(&bulk(&agent, "close", &[], &[]).await, 422, &["Nothing was ticked"]);
        let many = vec![tick.clone(); 51];
        assert_eq!(bulk(&agent, "close", &many, &[]).await.status, 400);
        for odd in ["x", "LK-7F3A-22QM", "LK-7F3A-22QM.-", ".1"] {
            let ticked = [tick.clone(), odd.to_owned()];
            assert_eq!(bulk(&agent, "close", &ticked, &[]).await.status, 400, "{odd:?}");
        }
        assert_eq!(bulk(&agent, "delete", std::slice::from_ref(&tick), &[]).await.status, 400);
        assert_eq!(bulk(&auditor, "close", std::slice::from_ref(&tick), &[]).await.status, 403);
        assert_eq!(ticks(&auditor, "/console/acme/inbox").await, Vec::<String>::new());
        let form = [("deed", "close"), ("pick", tick.as_str())];
        let foreign = eve.post("/console/globex/inbox/bulk", &form).await;
        assert_page(&foreign, 200, &["No such request", "Done: 0 of 1."]);
        assert_eq!(agent.get(BULK).await.status, 405);
    });
    assert_eq!(statuses(&office), [ContactRequestStatus::New]);
}

/// The id of somebody of the staff.
async fn staff_id(office: &Office, name: &str) -> String {
    let key = Identifier::parse(&format!("{name}@lockkeeper.test")).unwrap().key;
    let console = office.app.tenants.console_home().await.unwrap();
    let found = office.app.tenants.reader().identified(console.id().clone(), key).await.unwrap();
    found.unwrap().user.id.to_string()
}

/// Whom a page offers to give a request to, by name.
fn offered(page: &str) -> HashMap<String, String> {
    let Some(list) = page.split("name=\"assignee\"").nth(1) else { return HashMap::new() };
    let options = list.split("</select>").next().unwrap().split("<option value=\"").skip(1);
    let one = |option: &str| {
        let (id, rest) = option.split_once("\">").unwrap();
        (rest.split('<').next().unwrap().to_owned(), id.to_owned())
    };
    options.map(one).collect()
}

#[test]
fn requests_are_given_to_whoever_may_work_on_them_and_to_nobody_else() {
    let office = Office::open();
    for who in ["ann@acme.test", "bea@acme.test"] {
        write(&office, who, "help");
    }
    let agent = office.staff("agent", Some(&office.acme), Role::Support);
    let mia = office.staff("mia", Some(&office.acme), Role::Support);
    let boss = office.staff("boss", None, Role::Admin);
    let auditor = office.staff("auditor", Some(&office.acme), Role::Auditor);
    office.staff("eve", Some(&office.globex), Role::Owner);
    block_on(async {
        let list = agent.get("/console/acme/inbox").await.body;
        let staff = offered(&list);
        let mut names: Vec<_> = staff.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["agent (you)", "boss", "mia"]);
        assert!(offered(&auditor.get("/console/acme/inbox").await.body).is_empty());
        // Together, once.
        let looked = ticks(&agent, "/console/acme/inbox").await;
        let to_mia = [("assignee", staff["mia"].as_str())];
        let given = bulk(&agent, "assign", &looked, &to_mia).await;
        assert_page(&given, 200, &["Done: 2 of 2.", "Given"]);
        let again = bulk(&agent, "assign", &looked, &to_mia).await;
        assert_page(&again, 200, &["Done: 0 of 2.", "Something came in first"]);
        assert_eq!(ticks(&mia, "/console/acme/inbox?view=mine").await.len(), 2);
        // To nobody who may not work here: somebody of another team, who looks on, who is nobody.
        let of_globex = staff_id(&office, "eve").await;
        let onlooker = staff_id(&office, "auditor").await;
        let now = ticks(&agent, "/console/acme/inbox").await;
        assert_eq!(now.len(), 2);
        for nobody in [of_globex.as_str(), onlooker.as_str(), UserId::generate(Millis(1)).as_str()]
        {
            let refused = bulk(&agent, "assign", &now, &[("assignee", nobody)]).await;
            let facts = ["Done: 0 of 2.", "does not work on requests here"];
            assert_page(&refused, 200, &facts);
        }
        assert_eq!(bulk(&agent, "assign", &now, &[("assignee", "x")]).await.status, 400);
        assert_eq!(bulk(&agent, "assign", &now, &[]).await.status, 400);
        // One alone.
        let (reference, version) = now[0].rsplit_once('.').unwrap();
        let path = format!("/console/acme/inbox/{reference}");
        let form = |to: &str| {
            [("deed", "assign"), ("version", version), ("assignee", to)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let post = async |who: &Worker, to: &str| {
            let form = form(to);
            let form: Vec<_> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            who.post(&path, &form).await
        };
        assert_page(&post(&agent, &onlooker).await, 422, &["does not work on requests here"]);
        assert_sent(&post(&agent, &staff["boss"]).await, &path);
        let page = agent.get(&path).await;
        assert_page(&page, 200, &["boss has the request now.", "boss has it", "gave it to boss"]);
        assert_page(&post(&agent, &staff["mia"]).await, 409, &["Something came in"]);
        assert_eq!(post(&auditor, &staff["mia"]).await.status, 403);
        assert_eq!(boss.get(&path).await.status, 200);
        let tenant = office.acme.profile.id().clone();
        let rows = office.app.tenants.reader().audit_rows(tenant, 500).await.unwrap();
        let given: Vec<_> = rows.iter().filter(|row| row.action == "request.assigned").collect();
        assert_eq!(given.len(), 3);
        assert!(given.iter().all(|row| row.actor.starts_with("staff:user_")), "{given:?}");
        let named = |id: &str| given.iter().filter(|row| row.detail.contains(id)).count();
        assert_eq!((named(&staff["mia"]), named(&staff["boss"])), (2, 1));
    });
}

/// An office that is attacked: twelve accounts are locked for an hour, and their owners write.
fn attacked() -> Office {
    let home = Home::fresh();
    let app = TestApp::with(TestPlan { database: Some(home.url()), ..TestPlan::default() });
    let hour = LockLength::For(Span::HOUR);
    let policy = Policy {
        max_attempts: 1,
        minimum_duration: hour,
        maximum_duration: hour,
        ..Preset::Balanced.policy()
    };
    let (acme, globex) = (app.tenant("acme", Some(policy)), app.tenant("globex", None));
    let office = Office { app, acme, globex, home };
    let _agent = office.staff("bo", Some(&office.acme), Role::Support);
    let owners: Vec<String> = (0..12).map(|number| format!("owner{number}@acme.test")).collect();
    for owner in &owners {
        office.app.user(&office.acme, owner, "correct horse");
        let _wrong = block_on(try_password(&office.app, &office.acme, owner, "wrong"));
    }
    block_on(async {
        // Before it was noticed, and of something else.
        written(&office, "boats@else.test", "Do you sell boats?").await;
        let alerts = || office.app.tenants.reader().alerts(office.acme.profile.id().clone());
        until("an alert", async || {
            office.app.tenants.upkeep().await;
            !alerts().await.unwrap().is_empty()
        })
        .await;
        assert_eq!(alerts().await.unwrap()[0].closed_at, None);
        // Far enough from the mails of the locks.
        office.app.advance(Span::MINUTE.times(11));
        for owner in &owners {
            written(&office, owner, "I am locked out").await;
        }
    });
    office
}

fn of_owners(office: &Office) -> Vec<ContactRequest> {
    let mut all = requests(office);
    all.retain(|request| request.identifier.starts_with("owner"));
    all
}

#[test]
fn s5_a_wave_is_answered_together() {
    wave(Scripts::On);
}

#[test]
fn s5_a_wave_is_answered_together_without_script() {
    wave(Scripts::Off);
}

fn wave(scripts: Scripts) {
    let office = attacked();
    browse(Look { scripts, ..Look::default() }, async |driver| {
        let mut agent = Agent::signed_in(&driver, &office, "bo").await?;
        agent.says("Open requests about a lock since then: 12.").await?;
        agent.press(".banner.hold a").await?;
        agent.says("Show all again").await?;
        let main = driver.find(By::Tag("main")).await?.text().await?;
        assert!(!main.contains("boats"), "{main}");
        agent.press("#bulk a").await?;
        agent.deed("unlock_mail").await?;
        agent.says("Done: 12 of 12.").await?;
        agent.says("Unlock mail on its way").await?;
        assert!(agent.presses <= 3, "{}", agent.presses);
        agent.press("main p > a.button").await?;
        agent.press(".banner.hold a").await?;
        agent.press("#bulk a").await?;
        agent.deed("close").await?;
        agent.says("Done: 12 of 12.").await
    });
    let closed = |request: &ContactRequest| request.status == ContactRequestStatus::Closed;
    assert!(of_owners(&office).iter().all(closed));
    let boats = requests(&office).into_iter().find(|it| it.identifier.starts_with("boats"));
    assert_eq!(boats.unwrap().status, ContactRequestStatus::New, "it is none of the wave");
}
