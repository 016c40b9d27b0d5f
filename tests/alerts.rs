//! What a tenant's team is written to about without asking: an attack that begins, and the day.

use std::net::IpAddr;

use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::Span;
use lockkeeper::store::alerts::AlertRow;
use lockkeeper::store::team::Role;
use serde_json::Value;

use crate::console::{Office, Worker, assert_page, assert_sent};
use crate::frontend_api::codes::mailed;
use crate::frontend_api::try_password;
use crate::harness::app::{TestApp, TestPlan};
use crate::harness::client::{Client, block_on};
use crate::harness::home::Home;
use crate::harness::waiting;

const ATTACK: &str = "Attack on sign-ins at acme Ltd";
const DAY: &str = "acme Ltd: the last day";

/// An office whose tenant acme locks at the first wrong try.
fn office() -> Office {
    let home = Home::fresh();
    let app = TestApp::with(TestPlan { database: Some(home.url()), ..TestPlan::default() });
    let policy = Policy { max_attempts: 1, ..Preset::Balanced.policy() };
    let (acme, globex) = (app.tenant("acme", Some(policy)), app.tenant("globex", None));
    Office { app, acme, globex, home }
}

/// So many names of acme are locked.
async fn attack(office: &Office, wave: &str, names: usize) {
    for number in 0..names {
        let name = format!("{wave}{number}@acme.test");
        let answer = try_password(&office.app.client(), &name, "guess").await;
        assert_eq!(answer.status, 403, "{}", answer.body);
    }
}

/// Who was written to under this subject, in order.
async fn written_to(office: &Office, subject: &str) -> Vec<String> {
    let kept = office.app.client().get("/mailbox/api/messages").await.json();
    let all = kept.as_array().unwrap().iter().filter(|mail| mail["subject"] == subject);
    let mut to: Vec<_> = all.map(|mail| mail["to"].as_str().unwrap().to_owned()).collect();
    to.sort();
    to
}

async fn alerts(office: &Office) -> Vec<AlertRow> {
    office.app.tenants.reader().alerts(office.acme.profile.id().clone()).await.unwrap()
}

/// Looks at the attacks until they are as they should be: the upkeep's rounds come when they come.
async fn until(office: &Office, wanted: impl Fn(&[AlertRow]) -> bool) {
    waiting::until("the alerts", async || {
        // A round of our own, in case the last one looked before the tries were there.
        office.app.tenants.upkeep().await;
        wanted(&alerts(office).await)
    })
    .await;
}

fn mail_text(mail: &Value) -> &str {
    mail["text"].as_str().unwrap()
}

async fn choose(who: &Worker, fields: &[(&str, &str)]) {
    assert_sent(&who.post("/console/acme/alerts", fields).await, "/console/acme/alerts");
}

#[test]
fn an_attack_is_one_mail_to_everyone_who_wants_one() {
    let office = office();
    let acme = Some(&office.acme);
    let ana = office.staff("ana", acme, Role::Owner);
    let mia = office.staff("mia", acme, Role::Admin);
    office.staff("agent", acme, Role::Support);
    office.staff("eve", Some(&office.globex), Role::Owner);
    office.staff("boss", None, Role::Admin);
    let off = office.staff("off", acme, Role::Owner);
    block_on(async {
        choose(&mia, &[("deed", "mute-day")]).await;
        let page = mia.get("/console/acme/alerts").await;
        assert_page(&page, 200, &["No mails about attacks at acme Ltd for", "Muted for you until"]);
        choose(&off, &[("deed", "save"), ("digest", "on")]).await;
        assert_page(&off.get("/console/acme/alerts").await, 200, &["You have switched them off"]);
        attack(&office, "first", 10).await;
        until(&office, |found| found.len() == 1).await;
        let client = office.app.client();
        let mail = mailed(&client, "ana@lockkeeper.test", ATTACK).await;
        // What it is, since when, and one link, to all that is known of it.
        for line in [
            "One network has been guessing at many accounts since",
            "Accounts tried: 10",
            "Networks: 1",
            "Accounts locked: 10",
            "only mail about this attack",
        ] {
            assert!(mail_text(&mail).contains(line), "{line}: {mail}");
        }
        let campaign = alerts(&office).await[0].campaign_id.clone().unwrap();
        let path = format!("/console/acme/attacks/{campaign}");
        assert!(mail_text(&mail).contains(&format!("{path}\n")), "{mail}");
        assert_page(&ana.get(&path).await, 200, &["from 127.0.0.*", "Mails about attacks"]);
        let listed = ana.get("/console/acme/alerts").await;
        assert_page(&listed, 200, &[&format!("href=\"{path}\"")]);
        assert!(!mail_text(&mail).contains("first0@"), "no user is named: {mail}");
        mailed(&client, "boss@lockkeeper.test", ATTACK).await;
        assert_page(&ana.get("/console/acme/alerts").await, 200, &["goes on", "You get them."]);
        // It goes on, and that is told to nobody again.
        attack(&office, "more", 12).await;
        until(&office, |found| found[0].locks > 10).await;
        let both = ["ana@lockkeeper.test", "boss@lockkeeper.test"];
        assert_eq!(written_to(&office, ATTACK).await, both);
        // Half an hour later it is over; what comes then is another one.
        office.app.advance(Span::MINUTE.times(45));
        until(&office, |found| found[0].closed_at.is_some()).await;
        attack(&office, "again", 10).await;
        until(&office, |found| found.len() == 2).await;
        waiting::until("four mails", async || written_to(&office, ATTACK).await.len() == 4).await;
        let [one, other] = both;
        assert_eq!(written_to(&office, ATTACK).await, [one, one, other, other]);
    });
}

#[test]
fn a_slip_or_two_is_no_attack_and_another_tenant_hears_of_none() {
    let office = office();
    let eve = office.staff("eve", Some(&office.globex), Role::Owner);
    block_on(async {
        attack(&office, "slip", 9).await;
        office.app.tenants.upkeep().await;
        assert_eq!(alerts(&office).await, []);
        attack(&office, "tenth", 1).await;
        until(&office, |found| found.len() == 1).await;
        assert_eq!(eve.get("/console/acme/alerts").await.status, 404);
        assert_page(&eve.get("/console/globex/alerts").await, 200, &["No attack yet"]);
        assert_eq!(written_to(&office, ATTACK).await, Vec::<String>::new());
    });
}

/// The search for campaigns leaves out whoever comes from where the account's owner signs in; the
/// figures do not.
#[test]
fn an_attack_that_is_no_campaign_is_told_of_all_the_same() {
    let office = office();
    office.app.user(&office.acme, "bea@acme.test", "correct horse");
    office.staff("ana", Some(&office.acme), Role::Owner);
    let from = |last: u8| Client::from_source(&office.app.base(), IpAddr::from([127, 7, 0, last]));
    block_on(async {
        let right = try_password(&from(200), "bea@acme.test", "correct horse").await;
        assert_eq!(right.status, 200, "{}", right.body);
        for last in 1..=25 {
            let client = from(last);
            for _ in 0..5 {
                try_password(&client, "bea@acme.test", "guess").await;
            }
        }
        until(&office, |found| found.len() == 1).await;
        let mail = mailed(&office.app.client(), "ana@lockkeeper.test", ATTACK).await;
        for line in ["Addresses they came from: 25\n", "In ten minutes:", "/console/acme/attacks\n"]
        {
            assert!(mail_text(&mail).contains(line), "{line}: {mail}");
        }
        assert_eq!(alerts(&office).await[0].campaign_id, None);
    });
}

#[test]
fn a_campaign_too_slow_for_the_figures_is_told_of_with_its_tenth_lock() {
    let office = office();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let names: Vec<String> = (0..16).map(|number| format!("slow{number}@acme.test")).collect();
    for name in names.iter().map(String::as_str).chain(["late1@acme.test", "late2@acme.test"]) {
        office.app.user(&office.acme, name, "correct horse");
    }
    block_on(async {
        let mut locked = 0;
        for name in &names {
            if !alerts(&office).await.is_empty() {
                break;
            }
            let answer = try_password(&office.app.client(), name, "guess").await;
            assert_eq!(answer.status, 403, "{}", answer.body);
            locked += 1;
            office.app.advance(Span::MINUTE.times(5));
            office.app.tenants.upkeep().await;
        }
        let rows = alerts(&office).await;
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert!(locked >= 10 && row.locks < 10, "{locked} locks: {row:?}");
        let campaign = row.campaign_id.clone().unwrap();
        let mail = mailed(&office.app.client(), "ana@lockkeeper.test", ATTACK).await;
        let link = format!("/console/acme/attacks/{campaign}\n");
        assert!(mail_text(&mail).contains(&link), "{mail}");
        // It pauses until the attack counts as over, and goes on: nobody is told of it twice.
        office.app.advance(Span::MINUTE.times(45));
        until(&office, |found| found[0].closed_at.is_some()).await;
        for name in ["late1@acme.test", "late2@acme.test"] {
            try_password(&office.app.client(), name, "guess").await;
            office.app.advance(Span::MINUTE.times(5));
            office.app.tenants.upkeep().await;
        }
        assert_eq!(alerts(&office).await.len(), 1);
        assert_page(&ana.get("/console/acme/alerts").await, 200, &[campaign.as_str()]);
    });
}

#[test]
fn a_mute_ends_by_time_and_by_hand_and_is_in_the_audit_log() {
    let office = office();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        for deed in ["mute-week", "unmute", "mute-day"] {
            choose(&ana, &[("deed", deed)]).await;
        }
        assert_eq!(ana.post("/console/acme/alerts", &[("deed", "odd")]).await.status, 400);
        assert_page(&ana.get("/console/acme/alerts").await, 200, &["Muted for you until"]);
        // A look at the page, as from a link in a mail, changes nothing.
        assert_page(&ana.get("/console/acme/alerts").await, 200, &["Muted for you until"]);
        office.app.advance(Span::HOUR.times(11));
        assert_page(&ana.get("/console/acme/alerts").await, 200, &["Muted for you until"]);
        let tenant = office.acme.profile.id().clone();
        let rows = office.app.tenants.reader().audit_rows(tenant, 500).await.unwrap();
        let muted: Vec<_> = rows.iter().filter(|row| row.action == "alerts.muted").collect();
        assert_eq!(muted.len(), 3);
        assert!(muted.iter().all(|row| row.actor.starts_with("staff:user_")), "{muted:?}");
    });
}

#[test]
fn a_day_is_told_once_by_two_nodes_and_only_to_who_wants_it() {
    let office = office();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    office.staff("boss", None, Role::Owner);
    let bea = office.app.user(&office.acme, "bea@acme.test", "correct horse");
    let plan = TestPlan { database: Some(office.home.url()), ..TestPlan::default() };
    let other = TestApp::with_clock(plan, office.app.clock.clone());
    block_on(async {
        let user = bea.record.user.id.clone();
        let locked = office.app.tenants.lock_user(&office.acme.profile, user, "test", None);
        locked.await.unwrap();
        // Of the day on which the tenant was made nothing is told.
        office.app.tenants.upkeep().await;
        assert_eq!(written_to(&office, DAY).await, Vec::<String>::new());
        choose(&ana, &[("deed", "save"), ("alerts", "on")]).await;
        office.app.advance(Span::HOUR.times(20));
        for _ in 0..3 {
            tokio::join!(office.app.tenants.upkeep(), other.tenants.upkeep());
        }
        let client = office.app.client();
        let mail = mailed(&client, "boss@lockkeeper.test", DAY).await;
        assert!(mail_text(&mail).contains("Accounts locked: 1"), "{mail}");
        assert!(!mail_text(&mail).contains("Attacks"), "what did not happen is left out: {mail}");
        // The next day nothing happened.
        office.app.advance(Span::DAY);
        for _ in 0..3 {
            tokio::join!(office.app.tenants.upkeep(), other.tenants.upkeep());
        }
        assert_eq!(written_to(&office, DAY).await, ["boss@lockkeeper.test"]);
    });
}
