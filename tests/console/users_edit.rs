//! Names and passwords of users as staff change them in the console: what is added signs in, what is
//! taken away does not, nobody gets another's, and each deed is noted without what was typed.

use lockkeeper::model::{Span, UserId};
use lockkeeper::store::audit::AuditRow;
use lockkeeper::store::team::Role;
use lockkeeper::tenant::AttemptAnswer;

use super::{Office, Worker, assert_page, assert_sent};
use crate::attempt::try_password;
use crate::harness::app::TestTenant;
use crate::harness::client::{Answer, block_on};

const OLD: &str = "correct horse";
const TAKEN: &str = "Another user has it. Search for it in the list";
const NEW: &str = "battery staple 7f3a";

struct Case {
    office: Office,
    ana: Worker,
    alex: UserId,
}

impl Case {
    fn open() -> Self {
        let office = Office::open();
        let ana = office.staff("ana", Some(&office.acme), Role::Admin);
        let alex = add(&office, &office.acme, "alex@acme.test");
        Self { office, ana, alex }
    }

    fn page(&self) -> String {
        format!("/console/acme/users/{}", self.alex)
    }

    fn edit(&self) -> Answer {
        block_on(self.ana.get(&format!("{}/edit", self.page())))
    }

    /// A form below Alex' page, a second after what was done last.
    fn post(&self, below: &str, fields: &[(&str, &str)]) -> Answer {
        self.office.app.advance(Span::SECOND);
        block_on(self.ana.post(&format!("{}/{below}", self.page()), fields))
    }

    /// A form that is done: it leads back to the page, which says so.
    fn does(&self, below: &str, fields: &[(&str, &str)], said: &str) {
        let sent = self.post(below, fields);
        assert_sent(&sent, &format!("{}/edit", self.page()));
        assert_page(&self.edit(), 200, &[said]);
    }

    /// One that is refused: the summary has the focus, the fault stands beside its field, and what
    /// was typed is still there.
    fn refuses(&self, below: &str, fields: &[(&str, &str)], field: &str, fault: &str) {
        let page = self.post(below, fields);
        let facts = [
            "role=\"alert\" tabindex=\"-1\" autofocus",
            &format!("href=\"#{field}\""),
            &format!("id=\"{field}-fault\""),
            &format!("aria-describedby=\"{field}-fault\""),
            fault,
        ];
        assert_page(&page, 422, &facts);
        let typed = fields.iter().filter(|(name, typed)| *name == field && !typed.is_empty());
        for (name, typed) in typed {
            let kept = page.body.contains(&format!("value=\"{typed}\""));
            assert_eq!(kept, *name != "password", "{name}");
        }
    }

    /// The part of the path that names one of Alex' names.
    fn name(&self, value: &str) -> String {
        let page = self.edit().body;
        let row = page.split(&format!("<b class=\"break\">{value}</b>")).nth(1).unwrap();
        let id = row.split("/names/").nth(1).unwrap().split('/').next().unwrap();
        format!("names/{id}")
    }

    /// What the page says of a name.
    fn state(&self, value: &str) -> String {
        let page = self.edit().body;
        let row = page.split(&format!("<b class=\"break\">{value}</b>")).nth(1).unwrap();
        let state = row.split("<p class=\"quiet\">").nth(1).unwrap();
        state.split('<').next().unwrap().to_owned()
    }

    fn signs_in(&self, name: &str, password: &str) -> bool {
        let answer = block_on(try_password(&self.office.app, &self.office.acme, name, password));
        match answer {
            AttemptAnswer::Complete(_) => true,
            AttemptAnswer::Wrong { .. } => false,
            other => panic!("{other:?}"),
        }
    }

    /// What was noted about Alex, oldest first.
    fn noted(&self) -> Vec<AuditRow> {
        let reader = self.office.app.tenants.reader();
        let tenant = self.office.acme.profile.id().clone();
        let mut rows = block_on(reader.facts_about(tenant, self.alex.clone(), 50)).unwrap();
        rows.retain(|row| row.actor.starts_with("staff:user_"));
        rows.reverse();
        rows
    }

    fn actions(&self) -> Vec<String> {
        self.noted().into_iter().map(|row| row.action).collect()
    }
}

fn add(office: &Office, tenant: &TestTenant, name: &str) -> UserId {
    office.app.user(tenant, name, OLD).record.user.id
}

/// The id of a user's only name.
pub(super) fn name_of(office: &Office, user: &UserId) -> String {
    let reader = office.app.tenants.reader();
    let tenant = office.acme.profile.id().clone();
    let found = block_on(reader.user(tenant, user.clone())).unwrap().unwrap();
    found.identifications[0].id.to_string()
}

#[test]
fn an_added_address_signs_in_and_a_removed_one_does_not() {
    let case = Case::open();
    assert!(!case.signs_in("more@acme.test", OLD));
    let added = [("email", "more@acme.test"), ("proved", "on")];
    case.does("emails", &added, "The name is added.");
    assert!(case.signs_in("more@acme.test", OLD));
    assert_eq!(case.state("alex@acme.test"), "E-mail address, proved, primary");
    assert_eq!(case.state("more@acme.test"), "E-mail address, proved");
    let more = case.name("more@acme.test");
    case.does(&format!("{more}/primary"), &[], "The name is primary now.");
    assert_eq!(case.state("alex@acme.test"), "E-mail address, proved");
    assert_eq!(case.state("more@acme.test"), "E-mail address, proved, primary");
    let below = format!("{more}/remove");
    let question = block_on(case.ana.get(&format!("{}/{below}", case.page())));
    assert_page(&question, 200, &["Remove more@acme.test?", "cannot sign in with it any more"]);
    assert!(!question.body.contains("no other way to sign in"));
    case.refuses(&below, &[], "reason", "Enter a reason");
    assert!(case.signs_in("more@acme.test", OLD));
    case.does(&below, &[("reason", "not theirs")], "The name is removed.");
    assert!(!case.signs_in("more@acme.test", OLD));
    assert!(case.signs_in("alex@acme.test", OLD));
    // The primary mark has gone back to the address that is left.
    assert_eq!(case.state("alex@acme.test"), "E-mail address, proved, primary");
    assert_eq!(case.post(&format!("{more}/primary"), &[]).status, 404);
    let actions = ["user.name_added", "user.name_changed", "user.name_removed"];
    assert_eq!(case.actions(), actions);
    let noted = case.noted();
    assert!(noted[2].detail.contains("not theirs"), "{}", noted[2].detail);
    for row in &noted {
        assert!(
            !row.detail.contains('@') && row.detail.contains("email_address"),
            "{}",
            row.detail
        );
    }
}

#[test]
fn a_number_that_is_not_proved_waits_until_it_is_marked() {
    let case = Case::open();
    let number = "+43 660 1234567";
    case.does("phones", &[("phone", number)], "It waits to be proved.");
    assert_eq!(case.state(number), "Phone number, not proved");
    assert!(!case.signs_in(number, OLD));
    let phone = case.name(number);
    // Only what is proved can be primary.
    assert_eq!(case.post(&format!("{phone}/primary"), &[]).status, 400);
    case.does(&format!("{phone}/prove"), &[], "The name is marked as proved.");
    assert_eq!(case.state(number), "Phone number, proved, primary");
    assert!(case.signs_in(number, OLD));
    // Once more does nothing.
    case.does(&format!("{phone}/prove"), &[], "The name is marked as proved.");
    assert_eq!(case.actions(), ["user.name_added", "user.name_proved"]);
    // One that waits goes, and nobody has lost anything.
    case.does("phones", &[("phone", "+43 660 7654321")], "It waits to be proved.");
    let below = format!("{}/remove", case.name("+43 660 7654321"));
    let question = block_on(case.ana.get(&format!("{}/{below}", case.page())));
    assert_page(&question, 200, &["It waits to be proved; nobody signs in with it."]);
    case.does(&below, &[("reason", "a slip")], "The name is removed.");
}

#[test]
fn what_another_user_has_is_refused_and_what_is_no_name_too() {
    let case = Case::open();
    add(&case.office, &case.office.acme, "bea@acme.test");
    add(&case.office, &case.office.acme, "+4366012345678");
    add(&case.office, &case.office.acme, "bea");
    add(&case.office, &case.office.globex, "kim@globex.test");
    let email = |typed| [("email", typed), ("proved", "on")];
    case.refuses("emails", &email("Bea@ACME.test"), "email", TAKEN);
    case.refuses("emails", &[("email", "bea@acme.test")], "email", TAKEN);
    case.refuses("phones", &[("phone", "+43 660 12345678"), ("proved", "on")], "phone", TAKEN);
    case.refuses("username", &[("username", "BEA")], "username", TAKEN);
    case.refuses("emails", &email("ALEX@acme.test"), "email", "This user has it already");
    for odd in ["", "alex", "+4366012345678"] {
        case.refuses("emails", &email(odd), "email", "Enter an e-mail address such as");
    }
    for odd in ["12", "alex@acme.test", "+43"] {
        case.refuses("phones", &[("phone", odd)], "phone", "with its country code");
    }
    for odd in ["", "a@b.test", "+43 660 1234567"] {
        case.refuses("username", &[("username", odd)], "username", "Enter a username without @");
    }
    assert_eq!(case.actions(), [""; 0]);
    // Another tenant's names are free here.
    case.does("emails", &email("kim@globex.test"), "The name is added.");
}

#[test]
fn a_claim_that_somebody_else_has_proved_cannot_be_marked() {
    let case = Case::open();
    case.does("emails", &[("email", "both@acme.test")], "It waits to be proved.");
    let both = case.name("both@acme.test");
    let bea = add(&case.office, &case.office.acme, "both@acme.test");
    let fault = "Another user has proved it. Remove it here";
    case.refuses(&format!("{both}/prove"), &[], "claimed", fault);
    assert_eq!(case.state("both@acme.test"), "E-mail address, not proved");
    let owner = case.office.app.tenants.reader();
    let key = lockkeeper::model::Identifier::parse("both@acme.test").unwrap().key;
    let tenant = case.office.acme.profile.id().clone();
    let owner = block_on(owner.identified(tenant, key)).unwrap().unwrap();
    assert_eq!(owner.user.id, bea);
}

#[test]
fn a_username_is_given_changed_and_taken_away() {
    let case = Case::open();
    case.does("username", &[("username", "alex")], "The username is saved.");
    assert!(case.signs_in("alex", OLD));
    case.does("username", &[("username", "Alexa")], "The username is saved.");
    assert!(case.signs_in("alexa", OLD) && !case.signs_in("alex", OLD));
    // Its own name in other letters is no other user's, and what stays as it is is no change.
    case.does("username", &[("username", "ALEXA")], "The username is saved.");
    case.does("username", &[("username", "ALEXA")], "The username is saved.");
    assert_page(&case.edit(), 200, &["value=\"ALEXA\""]);
    let below = format!("{}/remove", case.name("ALEXA"));
    case.does(&below, &[("reason", "unused")], "The name is removed.");
    assert!(!case.signs_in("alexa", OLD));
    let noted = case.noted();
    let actions: Vec<_> = noted.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["user.updated", "user.updated", "user.updated", "user.name_removed"]);
    assert!(noted.iter().all(|row| !row.detail.to_lowercase().contains("alexa")));
    assert!(noted[0].detail.contains("username"), "{}", noted[0].detail);
}

/// As the Backend API has it, staff may take any name away; that it is the last one is said before.
#[test]
fn the_last_name_goes_only_after_a_warning() {
    let case = Case::open();
    let below = format!("{}/remove", case.name("alex@acme.test"));
    let path = format!("{}/{below}", case.page());
    let last = "They have no other way to sign in.";
    assert_page(&block_on(case.ana.get(&path)), 200, &[last]);
    assert_page(&case.post(&below, &[]), 422, &[last, "Enter a reason"]);
    assert!(case.signs_in("alex@acme.test", OLD));
    case.does(&below, &[("reason", "it was agreed")], "The name is removed.");
    assert_page(&case.edit(), 200, &["Nothing: only your server can sign this user in."]);
    assert!(!case.signs_in("alex@acme.test", OLD));
    case.does("emails", &[("email", "a2@acme.test"), ("proved", "on")], "The name is added.");
    assert!(case.signs_in("a2@acme.test", OLD));
}

#[test]
fn a_set_password_signs_in_the_old_one_does_not_and_sessions_end_where_it_is_wished() {
    let case = Case::open();
    let user_page = || block_on(case.ana.get(&case.page()));
    assert!(case.signs_in("alex@acme.test", OLD));
    assert_page(&user_page(), 200, &["last seen"]);
    let long = "x".repeat(1_025);
    for (odd, fault) in [
        ("", "Enter a new password"),
        ("short", "Enter a new password of at least 8 characters"),
        (long.as_str(), "Enter a shorter new password"),
    ] {
        case.refuses("password", &[("password", odd), ("sign_out", "on")], "password", fault);
    }
    assert!(case.signs_in("alex@acme.test", OLD), "nothing was changed");
    case.does("password", &[("password", NEW)], "The password is set.");
    assert_page(&user_page(), 200, &["last seen"]);
    assert!(!case.signs_in("alex@acme.test", OLD) && case.signs_in("alex@acme.test", NEW));
    let other = "another staple 22qm";
    let ended = "The password is set, and all sessions are ended.";
    case.does("password", &[("password", other), ("sign_out", "on")], ended);
    assert_page(&user_page(), 200, &["Nowhere"]);
    assert!(!case.signs_in("alex@acme.test", NEW) && case.signs_in("alex@acme.test", other));
    let noted = case.noted();
    assert_eq!(case.actions(), ["user.password_set", "user.password_set"]);
    assert!(!noted[0].detail.contains("signed_out") && noted[1].detail.contains("signed_out"));
    // No page, no fact and no row holds what was typed.
    let log = block_on(case.ana.get("/console/acme/audit"));
    assert_page(&log, 200, &["user.password_set"]);
    for secret in [NEW, other] {
        assert!(noted.iter().all(|row| !row.detail.contains(secret)));
        assert!(!log.body.contains(secret) && !case.edit().body.contains(secret));
    }
    let story = block_on(case.ana.get(&format!("/console/acme/locks/{}", case.alex)));
    assert_page(&story, 200, &["A new password was set by ana"]);
}

#[test]
fn a_new_password_leaves_a_lock_as_it_is() {
    let case = Case::open();
    for _ in 0..8 {
        let _wrong = case_try(&case, "wrong");
    }
    case.does("password", &[("password", NEW)], "The password is set.");
    assert!(matches!(case_try(&case, NEW), AttemptAnswer::Locked(_)));
    // A name that is added is as locked as the others before the answer.
    let added = [("email", "more@acme.test"), ("proved", "on")];
    case.does("emails", &added, "The name is added.");
    let (app, acme) = (&case.office.app, &case.office.acme);
    let answer = block_on(try_password(app, acme, "more@acme.test", NEW));
    assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
}

fn case_try(case: &Case, password: &str) -> AttemptAnswer {
    block_on(try_password(&case.office.app, &case.office.acme, "alex@acme.test", password))
}

#[test]
fn who_may_not_change_users_changes_no_name_and_no_password() {
    let case = Case::open();
    let acme = Some(&case.office.acme);
    let kim = add(&case.office, &case.office.globex, "kim@globex.test");
    let alex = case.name("alex@acme.test");
    let name = [("reason", "x"), ("email", "evil@acme.test"), ("proved", "on")];
    let typed = [("phone", "+436601"), ("username", "evil"), ("password", NEW)];
    let fields: Vec<_> = name.into_iter().chain(typed).collect();
    let deeds = ["primary", "prove", "remove"].map(|deed| format!("{alex}/{deed}"));
    let forms = ["emails", "phones", "username", "password"].map(str::to_owned);
    let forms: Vec<String> = forms.into_iter().chain(deeds).collect();
    for (who, role) in [("auditor", Role::Auditor), ("agent", Role::Support)] {
        let worker = case.office.staff(who, acme, role);
        assert_eq!(block_on(worker.get(&format!("{}/edit", case.page()))).status, 403, "{who}");
        for below in &forms {
            let answer = block_on(worker.post(&format!("{}/{below}", case.page()), &fields));
            assert_eq!(answer.status, 403, "{who}: {below}");
        }
    }
    // Another tenant's user is not there, and neither is another user's name.
    let bea = add(&case.office, &case.office.acme, "bea@acme.test");
    for (user, below) in forms.iter().map(|below| (&kim, below)).chain(
        // Bea's page with Alex' name.
        forms[4..].iter().map(|below| (&bea, below)),
    ) {
        let path = format!("/console/acme/users/{user}/{below}");
        assert_eq!(block_on(case.ana.post(&path, &fields)).status, 404, "{path}");
    }
    assert!(case.signs_in("alex@acme.test", OLD) && case.signs_in("bea@acme.test", OLD));
    assert!(!case.signs_in("evil@acme.test", OLD));
    assert!(case.actions().is_empty());
}

/// Who can set a password of staff can be them.
#[test]
fn the_names_and_passwords_of_staff_are_for_owners() {
    let case = Case::open();
    let owner = case.office.staff("olga", None, Role::Owner);
    let admin = case.office.staff("bo", None, Role::Admin);
    let olga = super::team::id_of(&case.office, "olga");
    let fields = [("email", "evil@acme.test"), ("username", "evil"), ("password", "x")];
    for below in ["emails", "phones", "username", "password"] {
        let path = format!("/console/console/users/{olga}/{below}");
        assert_eq!(block_on(admin.post(&path, &fields)).status, 403, "{below}");
    }
    let path = format!("/console/console/users/{olga}");
    let added = [("email", "olga@second.test"), ("proved", "on")];
    let sent = block_on(owner.post(&format!("{path}/emails"), &added));
    assert_sent(&sent, &format!("{path}/edit"));
}
