//! Locks that kept their owner out, over a real server: who counts, that a replay says the same, what a
//! later sign-in proves, and where the overview shows it.

use std::net::IpAddr;

use lockkeeper::lockout::Preset;
use lockkeeper::model::{Span, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::team::Role;
use lockkeeper::tenant::Question;

use super::attacks::page_with;
use super::{Office, assert_page};
use crate::harness::client::{Client, block_on};
use crate::harness::waiting::until;

const OVERVIEW: &str = "/console/acme/overview";
const STRANGER: u8 = 99;

/// From the house of that number, with a browser that nobody knows.
fn sign_in(office: &Office, house: u8, who: &str, password: &str) -> u16 {
    let address = IpAddr::from([127, 6, 0, house]);
    let client = Client::from_source(&office.app.base(), address);
    let name = format!("{who}@acme.test");
    let form = [("identifier", name.as_str()), ("password", password)];
    block_on(client.post_form("/t/acme/sign-in", &form)).status
}

fn locks(office: &Office, house: u8, who: &str) {
    for _ in 0..8 {
        sign_in(office, house, who, "wrong");
        office.app.advance(Span::SECOND);
    }
}

fn user(office: &Office, who: &str) -> UserId {
    let name = format!("{who}@acme.test");
    office.app.user(&office.acme, &name, "correct horse").record.user.id
}

/// What was refused from memory is written by minutes.
fn wait_for_refusal(office: &Office, of: &UserId) {
    let (tenant, reader) = (office.acme.profile.id(), office.app.tenants.reader());
    block_on(until("the refused try is written", async || {
        office.app.tenants.upkeep().await;
        let found = reader.refusals_of(tenant.clone(), SubjectKey::user(of), 1);
        !found.await.unwrap().is_empty()
    }));
}

fn figure(words: &str, number: &str) -> String {
    format!("{words}</dt><dd>{number}</dd>")
}

#[test]
fn who_met_the_lock_and_proved_to_be_the_owner_counts_as_in_a_replay() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Auditor);
    let quiet = block_on(ana.get(OVERVIEW));
    assert_page(&quiet, 200, &["Owners kept out", "Nobody was locked in these days"]);
    let [_ann, _bea, cy, _dee] = ["ann", "bea", "cy", "dee"].map(|who| user(&office, who));
    // Ann by her own tries, and Dee, who does not come back; Bea by a stranger, without noticing; Cy by a
    // stranger, and refused at the door.
    locks(&office, STRANGER, "bea");
    locks(&office, STRANGER, "cy");
    assert_ne!(sign_in(&office, 3, "cy", "correct horse"), 303);
    locks(&office, 1, "ann");
    locks(&office, 4, "dee");
    office.app.advance(Span::MINUTE.times(2));
    wait_for_refusal(&office, &cy);
    for (house, who) in [(1, "ann"), (2, "bea"), (3, "cy")] {
        assert_eq!(sign_in(&office, house, who, "correct horse"), 303, "{who}");
    }
    office.app.advance(Span::MINUTE.times(4));
    let page = page_with(&office, &ana, OVERVIEW, &figure("Of them, owners kept out", "2"));
    let link = "<a href=\"/console/acme/attacks?last=7d#funnel\">People who were locked</a>";
    assert_page(&page, 200, &[link, "<dd>50 %</dd>", "Of 2 people it is not known yet"]);
    assert_page(&page, 200, &["2 locks kept their owners out in 28 days", "class=\"heat\""]);
    assert!(page.body.contains("href=\"/console/acme/policy\">Try a milder policy"));

    let live = Preset::Balanced.policy();
    let question = Question::new(&live, &live, Span::DAY);
    let replayed = office.app.tenants.replay_to_the_end(&office.acme.profile, &question);
    let owners = block_on(replayed).unwrap().found.now.total.owners_locked;
    assert_eq!((owners.low, owners.high), (2, 2), "the same owners, by the same rule");

    let kim = office.staff("kim", Some(&office.globex), Role::Owner);
    let other = block_on(kim.get("/console/globex/overview"));
    assert_page(&other, 200, &["Nobody was locked in these days"]);
}

#[test]
fn what_a_later_sign_in_proves_is_found_a_day_later() {
    let office = Office::open();
    let eve = user(&office, "eve");
    locks(&office, STRANGER, "eve");
    assert_ne!(sign_in(&office, 5, "eve", "correct horse"), 303);
    office.app.advance(Span::MINUTE.times(2));
    wait_for_refusal(&office, &eve);
    // On the way she gets in, which proves nothing about who was refused at home.
    assert_eq!(sign_in(&office, 6, "eve", "correct horse"), 303);
    office.app.advance(Span::MINUTE.times(4));
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let attacks = "/console/acme/attacks";
    page_with(&office, &ana, attacks, "<span>Signed in again</span><b>1</b>");
    let page = block_on(ana.get(OVERVIEW));
    assert_page(&page, 200, &[&figure("Of them, owners kept out", "0"), "Of 1 person"]);
    office.app.advance(Span::HOUR.times(5));
    assert_eq!(sign_in(&office, 5, "eve", "correct horse"), 303);
    office.app.advance(Span::HOUR.times(20));
    // A tenant at which nobody was for hours rests; somebody comes.
    assert_eq!(sign_in(&office, 6, "eve", "correct horse"), 303);
    let bo = office.staff("bo", Some(&office.acme), Role::Owner);
    let page = page_with(&office, &bo, OVERVIEW, &figure("Of them, owners kept out", "1"));
    assert_page(&page, 200, &["<dd>100 %</dd>", "1 lock kept its owner out in 28 days"]);
    assert!(!page.body.contains("not known yet"), "{}", page.body);
}
