//! Users in the console: found by the beginning of any name, made, changed, banned, signed out and
//! deleted, each with its row for auditors.

use lockkeeper::model::{Span, UserId};
use lockkeeper::store::audit::AuditRow;
use lockkeeper::store::team::Role;

use super::{Office, Worker, assert_page, assert_sent};
use crate::attempt::try_password;
use crate::harness::client::{Answer, block_on};

const LIST: &str = "/console/acme/users";

fn add(office: &Office, name: &str) -> UserId {
    office.app.user(&office.acme, name, "correct horse").record.user.id
}

fn listed(page: &Answer) -> Vec<String> {
    let names = page.body.split("title=\"").skip(1);
    names.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

struct Case {
    office: Office,
    ana: Worker,
}

impl Case {
    fn open() -> Self {
        let office = Office::open();
        let ana = office.staff("ana", Some(&office.acme), Role::Owner);
        Self { office, ana }
    }

    fn get(&self, below: &str) -> Answer {
        block_on(self.ana.get(&format!("{LIST}{below}")))
    }

    fn post(&self, below: &str, fields: &[(&str, &str)]) -> Answer {
        block_on(self.ana.post(&format!("{LIST}{below}"), fields))
    }

    /// What was noted about a user by Ana, newest first.
    fn noted(&self, user: &UserId) -> Vec<AuditRow> {
        let reader = self.office.app.tenants.reader();
        let tenant = self.office.acme.profile.id().clone();
        let mut rows = block_on(reader.facts_about(tenant, user.clone(), 50)).unwrap();
        rows.retain(|row| row.actor.starts_with("staff:user_"));
        rows
    }

    fn is_right(&self, name: &str) -> bool {
        let answer =
            block_on(try_password(&self.office.app, &self.office.acme, name, "correct horse"));
        !format!("{answer:?}").contains("Wrong")
    }
}

#[test]
fn the_newest_come_first_and_anybody_is_found_by_the_beginning_of_a_name() {
    let case = Case::open();
    assert_page(&case.get(""), 200, &["No users yet"]);
    for name in ["alex@acme.test", "Bea@acme.test", "cai", "+4366012345678"] {
        add(&case.office, name);
        case.office.app.advance(Span::SECOND);
    }
    case.office.app.user(&case.office.globex, "alex@globex.test", "correct horse");
    let all = ["+4366012345678", "cai", "Bea@acme.test", "alex@acme.test"];
    assert_eq!(listed(&case.get("")), all);
    for (words, found) in [
        ("BEA", vec!["Bea@acme.test"]),
        ("alex@", vec!["alex@acme.test"]),
        ("%2B43+660", vec!["+4366012345678"]),
        ("c", vec!["cai"]),
        ("acme", vec![]),
        ("%25", vec![]),
        ("_", vec![]),
        ("%27+OR+1%3D1--", vec![]),
    ] {
        assert_eq!(listed(&case.get(&format!("?q={words}"))), found, "{words}");
    }
    assert_page(&case.get("?q=%3Cscript%3E"), 200, &["No such user", "&#60;script"]);
}

#[test]
fn pages_follow_each_other_without_gap_or_double() {
    let case = Case::open();
    // Several of one instant, too.
    for number in 0..103 {
        add(&case.office, &format!("u{number:03}"));
        if number % 3 == 0 {
            case.office.app.advance(Span::SECOND);
        }
    }
    for query in ["", "?q=u"] {
        let (mut path, mut seen) = (format!("{LIST}{query}"), Vec::new());
        for length in [50, 50, 3] {
            let page = block_on(case.ana.get(&path));
            let found = listed(&page);
            assert_eq!(found.len(), length, "{path}");
            seen.extend(found);
            let next = page.body.split("href=\"").find(|link| link.contains("after="));
            let next = next.map(|link| link.split('"').next().unwrap());
            path = next.unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&");
        }
        assert!(path.is_empty(), "{path}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 103, "{query}");
    }
}

#[test]
fn a_user_is_made_with_all_faults_told_at_once() {
    let case = Case::open();
    assert_page(&case.get("/new"), 200, &["New user"]);
    assert_page(&case.post("/new", &[]), 422, &["Enter an address, a phone number or a username"]);
    let odd = [("email", "no address"), ("phone", "12"), ("username", "a@b"), ("password", "x")];
    let facts = ["such as alex@example.com", "with its country code", "without @", "at least 8"];
    assert_page(&case.post("/new", &odd), 422, &facts);
    let good = [("email", "dora@acme.test"), ("first_name", "Dora"), ("password", "correct horse")];
    let sent = case.post("/new", &good);
    let path = sent.header("location").to_owned();
    assert!(sent.status == 303 && path.starts_with(&format!("{LIST}/user_")), "{path}");
    let page = block_on(case.ana.get(&path));
    assert_page(
        &page,
        200,
        &["The user is made.", "dora@acme.test", "Dora", "A password", "primary"],
    );
    assert!(case.is_right("dora@acme.test"));
    assert_page(&case.post("/new", &good), 422, &["Somebody has one of these names"]);
    let user = UserId::parse(path.rsplit('/').next().unwrap()).unwrap();
    assert_eq!(case.noted(&user)[0].action, "user.created");
}

#[test]
fn a_user_is_changed_and_nothing_of_it_stands_in_the_audit_log() {
    let case = Case::open();
    let (alex, bea) = (add(&case.office, "alex"), add(&case.office, "bea"));
    let form = [
        ("first_name", "Alex"),
        ("last_name", "Ruiz"),
        ("external_id", "7"),
        ("locale", "de"),
        ("zone", "Europe/Vienna"),
    ];
    assert_sent(&case.post(&format!("/{alex}/edit"), &form), &format!("{LIST}/{alex}"));
    let page = case.get(&format!("/{alex}/edit"));
    assert_page(&page, 200, &["value=\"Ruiz\"", "value=\"Europe/Vienna\"", "\"de\" selected"]);
    let taken = case.post(&format!("/{bea}/edit"), &[("external_id", "7"), ("first_name", "Bea")]);
    assert_page(&taken, 422, &["Another user has this id", "value=\"Bea\""]);
    let odd = case.post(&format!("/{bea}/edit"), &[("zone", "Mars/Olympus")]);
    assert_page(&odd, 422, &["Enter a time zone"]);
    assert_sent(&case.post(&format!("/{alex}/edit"), &[]), &format!("{LIST}/{alex}"));
    assert!(!case.get(&format!("/{alex}")).body.contains("Ruiz"), "an empty field clears");
    let noted = case.noted(&alex);
    assert_eq!(noted.len(), 2);
    assert!(noted.iter().all(|row| row.action == "user.updated" && !row.detail.contains("Ruiz")));
}

#[test]
fn each_deed_asks_for_its_reason_and_is_noted() {
    let case = Case::open();
    let alex = add(&case.office, "alex@acme.test");
    let page = format!("{LIST}/{alex}");
    assert!(case.is_right("alex@acme.test"));
    assert_page(&case.get(&format!("/{alex}")), 200, &["Sign out everywhere", "last seen"]);
    let deeds = [
        ("sign-out", "user.sessions_ended", page.as_str()),
        ("second-factor", "user.second_factor_reset", page.as_str()),
        ("ban", "user.banned", page.as_str()),
        ("lift-ban", "user.unbanned", page.as_str()),
        ("delete", "user.deleted", LIST),
    ];
    for (deed, action, to) in deeds {
        let below = format!("/{alex}/{deed}");
        assert_eq!(case.get(&below).status, 200, "{deed}");
        assert_page(&case.post(&below, &[]), 422, &["Enter a reason"]);
        assert!(case.noted(&alex).iter().all(|row| row.action != action), "{deed}");
        case.office.app.advance(Span::SECOND);
        assert_sent(&case.post(&below, &[("reason", "it was agreed")]), to);
        let noted = case.noted(&alex);
        assert_eq!(noted[0].action, action);
        assert!(noted[0].detail.contains("it was agreed"), "{}", noted[0].detail);
        match deed {
            "sign-out" => assert_page(&case.get(&format!("/{alex}")), 200, &["Nowhere"]),
            "ban" => {
                assert_page(&case.get(&format!("/{alex}")), 200, &["Banned", "Lift the ban"]);
                assert_eq!(listed(&case.get("?view=banned")), ["alex@acme.test"]);
            }
            "lift-ban" => assert!(listed(&case.get("?view=banned")).is_empty()),
            _ => {}
        }
    }
    assert_eq!(case.get(&format!("/{alex}")).status, 404);
    assert_page(&case.get("?q=alex"), 200, &["No such user"]);
}

#[test]
fn a_deleted_user_leaves_the_lock_on_the_name() {
    let case = Case::open();
    let alex = add(&case.office, "alex@acme.test");
    for _ in 0..8 {
        let _wrong =
            block_on(try_password(&case.office.app, &case.office.acme, "alex@acme.test", "wrong"));
    }
    let facts = ["Locked", "8 counted failures, one lock"];
    assert_page(&case.get(&format!("/{alex}")), 200, &facts);
    let sent = case.post(&format!("/{alex}/delete"), &[("reason", "left the firm")]);
    assert_sent(&sent, LIST);
    let form = [("strategy", "password"), ("identifier", "alex@acme.test"), ("password", "x")];
    let path = "/t/acme/v1/client/sign_ins";
    let refused = block_on(case.office.app.client().post_form(path, &form));
    assert!(refused.body.contains("user_locked"), "{}", refused.body);
}

#[test]
fn auditors_look_on_and_support_sees_none_of_it() {
    let case = Case::open();
    let alex = add(&case.office, "alex");
    let auditor = case.office.staff("auditor", Some(&case.office.acme), Role::Auditor);
    let page = block_on(auditor.get(&format!("{LIST}/{alex}")));
    assert_page(&page, 200, &["alex"]);
    for deed in ["/edit", "/ban", "/delete"] {
        assert!(!page.body.contains(deed), "{deed}");
        assert_eq!(block_on(auditor.get(&format!("{LIST}/{alex}{deed}"))).status, 403);
    }
    let agent = case.office.staff("agent", Some(&case.office.acme), Role::Support);
    for path in [LIST.to_owned(), format!("{LIST}/{alex}")] {
        assert_eq!(block_on(agent.get(&path)).status, 403, "{path}");
    }
    let kim = case.office.app.user(&case.office.globex, "kim", "correct horse").record.user.id;
    let unknown = case.get("/user_2unknown");
    let foreign = case.get(&format!("/{kim}"));
    assert_eq!((foreign.status, unknown.status), (404, 404));
    assert_eq!(foreign.body.len(), unknown.body.len(), "the same page");
}
