//! The team's page: who is listed with what, whose role is changed by whom, who is removed, and what
//! that is worth at their next request.

use diesel::{RunQueryDsl, sql_query};
use lockkeeper::model::{CanonicalKey, Identifier, UserId};
use lockkeeper::store::team::Role;

use super::{Office, Worker, assert_page, assert_sent};
use crate::harness::app::TestTenant;
use crate::harness::client::{Answer, block_on};

pub(super) const PATH: &str = "/console/acme/team";

fn key(name: &str) -> CanonicalKey {
    Identifier::parse(&format!("{name}@lockkeeper.test")).unwrap().key
}

/// Somebody of the staff by the name that `Office::staff` was given.
pub(super) fn id_of(office: &Office, name: &str) -> UserId {
    block_on(async {
        let console = office.app.tenants.console().await.unwrap().unwrap();
        let reader = office.app.tenants.reader();
        reader.identified(console.id().clone(), key(name)).await.unwrap().unwrap().user.id
    })
}

fn page_of(office: &Office, name: &str) -> String {
    format!("{PATH}/{}", id_of(office, name))
}

fn post(who: &Worker, path: &str, fields: &[(&str, &str)]) -> Answer {
    block_on(who.post(path, fields))
}

fn get(who: &Worker, path: &str) -> Answer {
    block_on(who.get(path))
}

/// The list's line of somebody.
fn line<'b>(page: &'b Answer, name: &str) -> &'b str {
    let mut lines = page.body.split("<li><div class=\"one\">");
    let named = format!("<b class=\"break\">{name}</b>");
    let found = lines.find(|line| line.starts_with(&named));
    let found = found.unwrap_or_else(|| panic!("{name}: {}", page.body));
    found.split("</li>").next().unwrap()
}

fn facts(office: &Office, tenant: &TestTenant, action: &str) -> Vec<String> {
    let reader = office.app.tenants.reader();
    let rows = block_on(reader.audit_rows(tenant.profile.id().clone(), 50)).unwrap();
    rows.into_iter().filter(|row| row.action == action).map(|row| row.actor).collect()
}

#[test]
fn everybody_is_listed_with_what_they_are_and_readers_change_nothing() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let eve = office.staff("eve", Some(&office.acme), Role::Auditor);
    let sam = office.staff("sam", Some(&office.acme), Role::Support);
    let kim = office.staff("kim", Some(&office.globex), Role::Owner);
    let _ops = office.staff("ops", None, Role::Admin);
    let page = get(&ana, PATH);
    assert_page(&page, 200, &["<h1>Team</h1>", "What each role may do", "For every tenant"]);
    assert!(
        line(&page, "ana").contains("(you) <span class=\"pill\">owner</span>"),
        "{}",
        page.body
    );
    let facts = ["eve@lockkeeper.test", ">auditor<", "by test.", "Last seen", "No second factor."];
    for fact in facts {
        assert!(line(&page, "eve").contains(fact), "{fact}: {}", line(&page, "eve"));
    }
    assert!(!line(&page, "ops").contains("Change"), "{}", line(&page, "ops"));
    assert!(!page.body.contains("kim@"), "another tenant's");
    let page = get(&eve, PATH);
    assert_page(&page, 200, &["<h1>Team</h1>"]);
    assert!(!page.body.contains("Invite somebody") && !page.body.contains(">Change<"));
    let forbidden = page_of(&office, "ana");
    assert_eq!(get(&eve, &forbidden).status, 403);
    assert_eq!(post(&eve, &forbidden, &[("role", "admin")]).status, 403);
    assert_eq!(get(&sam, PATH).status, 403, "support never");
    assert!(!get(&sam, "/console/acme/inbox").body.contains("/console/acme/team"));
    assert_eq!(get(&kim, PATH).status, 404);
}

#[test]
fn another_role_holds_from_the_next_request_on() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let bo = office.staff("bo", Some(&office.acme), Role::Support);
    assert_eq!(get(&bo, "/console/acme/policy").status, 403);
    let path = page_of(&office, "bo");
    assert_page(
        &get(&ana, &path),
        200,
        &["<h1 class=\"break\">bo</h1>", "value=\"support\" selected"],
    );
    assert_sent(&post(&ana, &path, &[("role", "admin")]), PATH);
    assert_page(&get(&ana, PATH), 200, &["bo is admin now."]);
    assert_eq!(get(&bo, "/console/acme/policy").status, 200);
    // What Bo's own pages do not offer is refused where it is written, too.
    let own = get(&bo, &path);
    assert_page(&own, 200, &["Leave the team"]);
    assert!(!own.body.contains("value=\"owner\""), "{}", own.body);
    let raised = post(&bo, &path, &[("role", "owner")]);
    assert_page(&raised, 422, &["<title>Error: bo", "only an owner makes somebody an owner"]);
    let owner = page_of(&office, "ana");
    assert_page(&get(&bo, &owner), 200, &["Only an owner can change"]);
    assert_eq!(post(&bo, &owner, &[("role", "support")]).status, 422);
    assert_eq!(post(&bo, &format!("{owner}/remove"), &[]).status, 422);
    assert_page(&get(&ana, PATH), 200, &["<h1>Team</h1>"]);
    assert_eq!(post(&ana, &path, &[("role", "king")]).status, 400);
    let actor = format!("staff:{}", id_of(&office, "ana"));
    assert_eq!(facts(&office, &office.acme, "team.role_changed"), [actor]);
}

#[test]
fn who_is_removed_is_refused_at_the_next_request() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let bo = office.staff("bo", Some(&office.acme), Role::Admin);
    let kim = office.staff("kim", Some(&office.globex), Role::Owner);
    let path = page_of(&office, "bo");
    let remove = format!("{path}/remove");
    let foreign = remove.replace("acme", "globex");
    assert_eq!(get(&kim, &foreign).status, 404);
    assert_eq!(post(&kim, &foreign, &[]).status, 404);
    assert_page(&get(&ana, &remove), 200, &["Remove bo?", "The next page that they ask for"]);
    assert_eq!(get(&bo, PATH).status, 200, "a question changes nothing");
    assert_sent(&post(&ana, &remove, &[]), PATH);
    let page = get(&ana, PATH);
    assert_page(&page, 200, &["bo is not in the team any more."]);
    assert!(!page.body.contains("bo@lockkeeper.test"));
    for path in [PATH, "/console/acme/overview", "/console/acme/inbox"] {
        assert_eq!(get(&bo, path).status, 404, "{path}");
    }
    assert_eq!(get(&bo, "/console/me").status, 200, "the account stays");
    assert_eq!(post(&ana, &remove, &[]).status, 404, "gone already");
    let actor = format!("staff:{}", id_of(&office, "ana"));
    assert_eq!(facts(&office, &office.acme, "team.removed"), [actor]);
}

#[test]
fn the_last_owner_stays_and_whoever_wants_to_go_may() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let bo = office.staff("bo", Some(&office.acme), Role::Admin);
    let path = page_of(&office, "ana");
    let words = ["<title>Error: ", "ana is the last owner. Make somebody else an owner first"];
    assert_page(&post(&ana, &path, &[("role", "admin")]), 422, &words);
    assert_page(&get(&ana, &format!("{path}/remove")), 200, &["Leave this team?"]);
    assert_page(&post(&ana, &format!("{path}/remove"), &[]), 422, &words);
    assert_eq!(get(&ana, PATH).status, 200);
    let own = format!("{}/remove", page_of(&office, "bo"));
    assert_sent(&post(&bo, &own, &[]), "/console/me");
    assert_page(&get(&bo, "/console/me"), 200, &["You have left the team of acme Ltd."]);
    assert_eq!(get(&bo, PATH).status, 404);
}

#[test]
fn who_works_for_every_tenant_is_changed_in_the_console_of_the_consoles_tenant() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let ops = office.staff("ops", None, Role::Owner);
    let _mia = office.staff("mia", None, Role::Admin);
    let path = page_of(&office, "mia");
    let remove = format!("{path}/remove");
    assert_page(&get(&ana, PATH), 200, &["For every tenant", "mia@lockkeeper.test"]);
    for who in [&ana, &ops] {
        assert_eq!(get(who, &path).status, 404);
        assert_eq!(post(who, &path, &[("role", "auditor")]).status, 404);
        assert_eq!(post(who, &remove, &[]).status, 404);
    }
    let home = path.replace("acme", "console");
    assert_eq!(get(&ana, &home).status, 404, "not Ana's");
    assert_sent(&post(&ops, &home, &[("role", "auditor")]), "/console/console/team");
    let page = get(&ana, PATH);
    assert!(line(&page, "mia").contains(">auditor<"), "{}", line(&page, "mia"));
    // Nor does the users' page take the last owner of all away.
    let users = format!("/console/console/users/{}", id_of(&office, "ops"));
    for deed in ["ban", "delete"] {
        let answer = post(&ops, &format!("{users}/{deed}"), &[("reason", "an odd day")]);
        assert_page(&answer, 422, &["is the last owner. Make somebody else an owner first"]);
    }
    assert_eq!(get(&ops, "/console/console/team").status, 200);
}

#[test]
fn a_long_team_is_shown_page_by_page() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let mut db = office.home.url().open_writer().unwrap();
    for number in 10..50 {
        let row = format!(
            "INSERT INTO team (tenant_id, staff_id, role, added_by, created_at, updated_at) \
             VALUES ('{}', 'user_0{number}', 'support', 'test', 1, 1)",
            office.acme.profile.id()
        );
        sql_query(row).execute(&mut db).unwrap();
    }
    let first = get(&ana, PATH);
    assert_page(&first, 200, &["user_010", "user_034", "account gone"]);
    assert!(!first.body.contains("user_035"));
    let next = first.body.split(&format!("href=\"{PATH}?")).nth(1).unwrap();
    let next = format!("{PATH}?{}", next.split('"').next().unwrap());
    let second = get(&ana, &next);
    assert_page(&second, 200, &["user_035", "user_049", "(you)"]);
    assert!(!second.body.contains("user_034<") && !second.body.contains("?after="));
    assert_eq!(get(&ana, &format!("{PATH}?after=%27%3B--")).status, 200);
}

#[test]
fn a_second_factor_that_is_demanded_is_told_with_its_setting() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let facts = ["everybody’s own choice", "/console/acme/settings#staff_second_factor"];
    assert_page(&get(&ana, PATH), 200, &facts);
    let mut db = office.home.url().open_writer().unwrap();
    sql_query("UPDATE sessions SET second_factor_at = created_at").execute(&mut db).unwrap();
    let form = [("sign_up", "restricted"), ("staff_second_factor", "on")];
    assert_sent(&post(&ana, "/console/acme/settings", &form), "/console/acme/settings");
    assert_page(&get(&ana, PATH), 200, &["must sign in with a second factor"]);
    // Whoever joins now is asked for theirs before anything else.
    let bo = office.staff("bo", Some(&office.acme), Role::Admin);
    assert_page(&get(&bo, PATH), 403, &["A second factor is needed"]);
}
