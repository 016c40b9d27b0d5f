//! A lock tried out from the console: real attempts, a real mail, and no account but the one made for
//! it.

use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::store::team::Role;

use super::policy::policy_form;
use super::{Office, Worker, assert_page, assert_sent};
use crate::harness::client::block_on;

const PATH: &str = "/console/acme/test-lock";
const TEST: [(&str, &str); 1] = [("identifier", "test@acme.test")];

fn office() -> (Office, Worker) {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    (office, ana)
}

#[test]
fn a_test_user_is_locked_by_real_attempts_and_the_first_step_is_done() {
    let (office, ana) = office();
    block_on(async {
        let overview = ana.get("/console/acme/overview").await;
        assert_page(&overview, 200, &["First ten minutes", "Lock a test user now"]);
        assert_page(&ana.get(PATH).await, 200, &["value=\"ana+lock-test@lockkeeper.test\""]);
        let done = ana.post(PATH, &TEST).await;
        assert_eq!(done.status, 303, "{}", done.body);
        let result = done.header("location").to_owned();
        let page = ana.get(&result).await;
        assert_page(
            &page,
            200,
            &["test@acme.test", "in 1 minute", "Attempts on record</dt><dd>8<"],
        );
        assert!(!page.body.contains("<dd>none"), "a mail was asked for");
        // Again: the same user, locked already.
        assert_eq!(ana.post(PATH, &TEST).await.header("location"), result);
        let overview = ana.get("/console/acme/overview").await;
        assert!(!overview.body.contains("Lock a test user now"), "{}", overview.body);
        let foreign = result.replace("acme", "globex");
        assert_eq!(ana.get(&foreign).await.status, 404);
    });
    let rows = office.app.tenants.reader().audit_rows(office.acme.profile.id().clone(), 50);
    let rows = block_on(rows).unwrap();
    let row = rows.iter().find(|row| row.action == "user.test_locked").unwrap();
    assert!(row.actor.starts_with("staff:user_"), "{}", row.actor);
}

#[test]
fn nobodys_account_is_touched() {
    let (office, ana) = office();
    office.app.user(&office.acme, "test@acme.test", "correct horse");
    block_on(async {
        assert_page(&ana.post(PATH, &TEST).await, 422, &["an account has it"]);
        assert_page(
            &ana.post(PATH, &[("identifier", "bea")]).await,
            422,
            &["E-mail address: enter"],
        );
        let form = [("identifier", "test@acme.test"), ("password", "correct horse")];
        let right = office.visitor().client.post_form("/t/acme/sign-in", &form).await;
        assert_eq!(right.status, 303);
    });
}

#[test]
fn a_policy_that_never_locks_is_told_of() {
    let (office, ana) = office();
    let (tenants, acme) = (&office.app.tenants, &office.acme.profile);
    block_on(async {
        let many = Policy { max_attempts: 50, ..Preset::Balanced.policy() };
        tenants.save_policy(acme, &many, "test", "test").await.unwrap();
        assert_page(&ana.post(PATH, &TEST).await, 422, &["after 50 attempts; at most 20"]);
        let off = Policy { enabled: false, ..Preset::Balanced.policy() };
        tenants.save_policy(acme, &off, "test", "test").await.unwrap();
        assert_page(&ana.post(PATH, &TEST).await, 422, &["Lockout is off"]);
    });
}

#[test]
fn the_policy_screen_leads_there_and_names_the_version_that_is_in_force() {
    const POLICY: &str = "/console/acme/policy";
    let (office, ana) = office();
    let eve = office.staff("eve", Some(&office.acme), Role::Auditor);
    let link = |version: u32| {
        format!("<a class=\"button\" href=\"{PATH}\">Try version {version} on a test user</a>")
    };
    block_on(async {
        let screen = ana.get(POLICY).await;
        assert_eq!(screen.body.matches(&link(1)).count(), 1, "{}", screen.body);
        // Beside the button that saves, with the word that it is not the draft that is met.
        let draft = ana.get(&format!("{POLICY}?preset=strict")).await;
        assert_eq!(draft.body.matches(&link(1)).count(), 2, "{}", draft.body);
        let (_, beside) = draft.body.split_once("Save the policy</button>").unwrap();
        let row = beside.split("</p>").next().unwrap();
        assert!(row.contains(&link(1)), "{row}");
        assert_page(&draft, 200, &["A test user shows the policy in force, not your draft."]);
        let read = eve.get(&format!("{POLICY}?preset=strict")).await;
        assert!(read.status == 200 && !read.body.contains(PATH), "{}", read.body);
        // What has been saved is what can be tried next.
        assert_sent(&ana.post(POLICY, &policy_form("6", "1")).await, POLICY);
        let saved = ana.get(POLICY).await;
        assert_page(&saved, 200, &["Version 2 is live. Locks", &link(2)]);
        let done = ana.post(PATH, &TEST).await;
        let result = ana.get(done.header("location")).await;
        assert_page(&result, 200, &["Attempts on record</dt><dd>6<"]);
        // A stricter one for a while is what a test user meets.
        let over = [("preset", "strict"), ("length", "2h"), ("reason", "an attack")];
        assert_sent(&ana.post(&format!("{POLICY}/overlay"), &over).await, POLICY);
        assert_page(&ana.get(POLICY).await, 200, &["Version 2 is live", &link(3)]);
    });
}
