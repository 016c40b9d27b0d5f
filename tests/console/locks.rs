//! Locks in the console: the list shows what stands and nothing else, many are unlocked exactly, and
//! one account's story says why.

use lockkeeper::lockout::{LockoutType, Policy, Preset};
use lockkeeper::model::{Span, UserId};
use lockkeeper::store::team::Role;

use super::policy::policy_form;
use super::{Office, Worker, assert_page, assert_sent};
use crate::attempt::try_password;
use crate::harness::app::TestTenant;
use crate::harness::client::{Answer, block_on};

const LIST: &str = "/console/acme/locks";

fn user(office: &Office, name: &str) -> UserId {
    office.app.user(&office.acme, name, "correct horse").record.user.id
}

/// Eight wrong passwords: the first lock is a minute long.
fn lock_out(office: &Office, tenant: &TestTenant, name: &str) {
    for _ in 0..8 {
        let _wrong = block_on(try_password(&office.app, tenant, name, "wrong"));
        office.app.advance(Span::SECOND);
    }
}

fn staff_lock(office: &Office, user: &UserId) {
    super::inbox::lock(office, user);
}

/// Names in the list, in its order.
fn listed(page: &Answer) -> Vec<String> {
    let list = page.body.split("id=\"locks\"").nth(1).expect("a list");
    let names = list.split("title=\"").skip(1);
    names.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

fn is_locked(office: &Office, user: &UserId) -> bool {
    let lock = office.app.tenants.account_lock(&office.acme.profile, user);
    block_on(lock).unwrap().is_some()
}

/// Alex is locked by the policy, Bea by staff, Cai by both; Kim is of another tenant.
struct Case {
    office: Office,
    ana: Worker,
    alex: UserId,
    bea: UserId,
    cai: UserId,
}

impl Case {
    fn open() -> Self {
        let office = Office::open();
        let [alex, bea, cai] = ["alex@acme.test", "bea@acme.test", "cai"].map(|n| user(&office, n));
        let kim =
            office.app.user(&office.globex, "kim@globex.test", "correct horse").record.user.id;
        let globex = &office.globex.profile;
        block_on(office.app.tenants.lock_user(globex, kim, "test", None)).unwrap();
        lock_out(&office, &office.acme, "alex@acme.test");
        lock_out(&office, &office.acme, "cai");
        lock_out(&office, &office.acme, "nobody@acme.test");
        staff_lock(&office, &bea);
        office.app.advance(Span::SECOND);
        staff_lock(&office, &cai);
        let ana = office.staff("ana", Some(&office.acme), Role::Owner);
        Self { office, ana, alex, bea, cai }
    }

    fn list(&self, query: &str) -> Vec<String> {
        let page = block_on(self.ana.get(&format!("{LIST}{query}")));
        if page.body.contains("class=\"empty\"") { Vec::new() } else { listed(&page) }
    }
}

#[test]
fn every_lock_that_stands_is_listed_once_and_nobody_elses() {
    let case = Case::open();
    assert_eq!(case.list(""), ["alex@acme.test", "bea@acme.test", "cai"]);
    assert_eq!(case.list("?kind=automatic"), ["alex@acme.test", "cai"]);
    assert_eq!(case.list("?kind=staff"), ["bea@acme.test", "cai"]);
    assert_eq!(case.list("?kind=long-run"), [""; 0]);
    assert_eq!(case.list("?ends=hour").len(), 3);
    assert_eq!(case.list("?ends=never"), [""; 0]);
    assert_eq!(case.list("?q=BEA@"), ["bea@acme.test"]);
    assert_eq!(case.list("?q=c&kind=automatic"), ["cai"]);
    for nobody in ["?q=nobody", "?q=kim", "?q=%25", "?q=+", "?q='%20OR%201"] {
        let found = case.list(nobody);
        assert!(nobody == "?q=+" || found.is_empty(), "{nobody}: {found:?}");
    }
    case.office.app.advance(Span::MINUTE);
    assert_eq!(case.list(""), ["bea@acme.test", "cai"], "the first lock has ended by itself");
    case.office.app.advance(Span::HOUR);
    assert_eq!(case.list(""), [""; 0]);
}

#[test]
fn locks_of_single_sources_are_listed_until_they_are_lifted() {
    let office = Office::open();
    let policy = Policy { lockout_type: LockoutType::PerUserPerIp, ..Preset::Balanced.policy() };
    let tenant = office.app.tenant("wide", Some(policy));
    let eve = office.app.user(&tenant, "eve", "correct horse").record.user.id;
    lock_out(&office, &tenant, "eve");
    let ana = office.staff("ana", None, Role::Owner);
    let page = block_on(ana.get("/console/wide/locks?kind=source"));
    assert_page(&page, 200, &["One source", "One lock"]);
    assert_eq!(listed(&page), ["eve"]);
    let story = block_on(ana.get(&format!("/console/wide/locks/{eve}")));
    assert_page(&story, 200, &["Why is eve locked?", "counted as number 8, and locked"]);
    let choose = format!("/console/wide/locks/many?user={eve}");
    assert_page(&block_on(ana.get(&choose)), 200, &["Unlock this account?", "eve"]);
    let form = [("user", eve.as_str()), ("deed", "unlock"), ("reason", "it was the office")];
    assert_sent(&block_on(ana.post("/console/wide/locks/many", &form)), "/console/wide/locks");
    let after = block_on(ana.get("/console/wide/locks"));
    assert_page(&after, 200, &["One account is unlocked.", "Nobody is locked"]);
}

#[test]
fn those_that_were_chosen_are_unlocked_and_can_be_locked_again() {
    let case = Case::open();
    let (alex, bea) = (case.alex.to_string(), case.bea.to_string());
    let chosen = [("user", alex.as_str()), ("user", bea.as_str()), ("deed", "unlock")];
    let many = format!("{LIST}/many");
    let refused = block_on(case.ana.post(&many, &chosen));
    assert_page(&refused, 422, &["Enter a reason", "Unlock these 2 accounts?", "bea@acme.test"]);
    let mut form = chosen.to_vec();
    form.push(("reason", "a false alarm"));
    assert_sent(&block_on(case.ana.post(&many, &form)), LIST);
    assert!(!is_locked(&case.office, &case.alex) && !is_locked(&case.office, &case.bea));
    assert!(is_locked(&case.office, &case.cai), "it was not chosen");
    let after = block_on(case.ana.get(LIST));
    assert_page(&after, 200, &["2 accounts are unlocked.", "Lock them again"]);
    let again = after.body.split("href=\"").find(|link| link.contains("deed=lock")).unwrap();
    let again = again.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    assert_page(&block_on(case.ana.get(&again)), 200, &["Lock these 2 accounts again?"]);
    let form = [("user", alex.as_str()), ("deed", "lock"), ("reason", "it was none")];
    assert_sent(&block_on(case.ana.post(&many, &form)), LIST);
    assert!(is_locked(&case.office, &case.alex) && !is_locked(&case.office, &case.bea));
    let story = block_on(case.ana.get(&format!("{LIST}/{alex}")));
    assert_page(&story, 200, &["Unlocked by ana", "a false alarm", "Locked by ana", "it was none"]);
}

#[test]
fn all_that_a_filter_shows_are_unlocked_but_not_whom_staff_locked() {
    let case = Case::open();
    let all = [("all", "1"), ("reason", "a false alarm")];
    let sent = block_on(case.ana.post(&format!("{LIST}/many"), &all));
    assert_sent(&sent, LIST);
    assert_page(&block_on(case.ana.get(LIST)), 200, &["One account is unlocked."]);
    assert!(!is_locked(&case.office, &case.alex));
    assert!(is_locked(&case.office, &case.bea) && is_locked(&case.office, &case.cai));
    let staff = [("all", "1"), ("kind", "staff"), ("reason", "they asked")];
    let sent = block_on(case.ana.post(&format!("{LIST}/many"), &staff));
    assert_sent(&sent, &format!("{LIST}?kind=staff"));
    assert!(!is_locked(&case.office, &case.bea) && !is_locked(&case.office, &case.cai));
}

/// Alex and Cai were locked by the policy, and Cai by staff as well.
#[test]
fn after_a_milder_policy_the_locks_it_would_not_have_made_are_offered_to_be_lifted() {
    let case = Case::open();
    let policy = "/console/acme/policy";
    assert!(!block_on(case.ana.get(policy)).body.contains("id=\"spared\""), "nothing is new");
    assert_sent(&block_on(case.ana.post(policy, &policy_form("6", "1"))), policy);
    let stricter = block_on(case.ana.get(policy));
    assert!(!stricter.body.contains("id=\"spared\""), "{}", stricter.body);
    assert_sent(&block_on(case.ana.post(policy, &policy_form("20", "2"))), policy);
    assert!(is_locked(&case.office, &case.alex), "an edit moves no lock");
    let many = format!("{LIST}/many?spared=1");
    let offer = "1 account stays locked that this policy would have left open by now.";
    assert_page(&block_on(case.ana.get(policy)), 200, &[offer, &format!("href=\"{many}\"")]);
    let aude = case.office.staff("aude", Some(&case.office.acme), Role::Auditor);
    assert!(!block_on(aude.get(policy)).body.contains("id=\"spared\""), "she may not");
    let facts = ["Unlock the account that this policy would not have locked?", "name=\"spared\""];
    assert_page(&block_on(case.ana.get(&many)), 200, &facts);
    let form = [("spared", "1"), ("deed", "unlock"), ("reason", "the policy is milder now")];
    assert_sent(&block_on(case.ana.post(&format!("{LIST}/many"), &form)), LIST);
    assert_page(&block_on(case.ana.get(LIST)), 200, &["One account is unlocked."]);
    let locked = |user: &UserId| is_locked(&case.office, user);
    assert!(!locked(&case.alex) && locked(&case.bea) && locked(&case.cai), "staff's stay");
    assert!(!block_on(case.ana.get(policy)).body.contains("id=\"spared\""));
    assert_sent(&block_on(case.ana.get(&many)), LIST);
}

#[test]
fn a_story_says_what_was_tried_why_it_counted_and_what_was_mailed() {
    let case = Case::open();
    let path = format!("{LIST}/{}", case.alex);
    let facts = [
        "Why is alex@acme.test locked?",
        "counted, 1 so far",
        "counted as number 8, and locked",
        "Locked 1m, until",
        "Unlock mail: ",
        "href=\"/console/acme/policy/versions/1\">Under policy version 1",
        "<svg class=\"chart\"",
        "Its locks and how they ended",
    ];
    let page = block_on(case.ana.get(&path));
    assert_page(&page, 200, &facts);
    assert_eq!(page.body.matches("class=\"tick\"").count(), 8);
    assert_eq!(page.body.matches("class=\"span\"").count(), 1);
    let agent = case.office.staff("agent", Some(&case.office.acme), Role::Support);
    let seen = block_on(agent.get(&path));
    assert_page(&seen, 200, &["Why is alex"]);
    assert!(seen.body.contains(".•") && !page.body.contains(".•"), "support sees networks only");
    assert_eq!(block_on(agent.get(LIST)).status, 403);
    let auditor = case.office.staff("auditor", Some(&case.office.acme), Role::Auditor);
    let seen = block_on(auditor.get(&path));
    assert!(!seen.body.contains("/unlock\""), "an auditor looks on");
    assert_eq!(block_on(auditor.get(&format!("{path}/unlock"))).status, 403);
}

#[test]
fn a_long_story_goes_on_page_by_page_without_gap_or_double() {
    let office = Office::open();
    let policy = Policy { max_attempts: 1000, long_run_limit: 0, ..Preset::Balanced.policy() };
    let tenant = office.app.tenant("patient", Some(policy));
    let alex = office.app.user(&tenant, "alex", "correct horse").record.user.id;
    for _ in 0..120 {
        let _wrong = block_on(try_password(&office.app, &tenant, "alex", "wrong"));
    }
    let ana = office.staff("ana", None, Role::Owner);
    let mut path = format!("/console/patient/locks/{alex}");
    let mut counts: Vec<i64> = Vec::new();
    for length in [50, 50, 20] {
        let page = block_on(ana.get(&path));
        let cells = page.body.split("<td class=\"number\">").skip(1);
        let found: Vec<i64> =
            cells.map(|cell| cell.split('<').next().unwrap().parse().unwrap()).collect();
        assert_eq!(found.len(), length, "{path}");
        counts.extend(found);
        let next = page.body.split("href=\"").find(|link| link.contains("?from="));
        path = next.map_or_else(String::new, |link| link.split('"').next().unwrap().to_owned());
    }
    assert!(path.is_empty(), "{path}");
    counts.sort_unstable();
    assert_eq!(counts, (1..=120).collect::<Vec<_>>());
}

#[test]
fn by_hand_an_account_is_locked_for_as_long_as_typed_and_unlocked_with_a_reason() {
    let case = Case::open();
    let dora = user(&case.office, "dora@acme.test");
    let path = format!("{LIST}/{dora}");
    let lock = |fields: &[(&str, &str)]| block_on(case.ana.post(&format!("{path}/lock"), fields));
    for odd in ["soon", "0s", "366d", "-1h", "1h 1"] {
        let refused = lock(&[("duration", odd), ("reason", "")]);
        assert_page(&refused, 422, &["Enter a length from 1s to 365d", "Enter a reason", odd]);
    }
    assert_page(&block_on(case.ana.get(&format!("{path}/lock"))), 200, &["1h, as the policy says"]);
    assert_sent(&lock(&[("duration", "2h"), ("reason", "left the firm")]), &path);
    case.office.app.advance(Span::MINUTE.times(119));
    assert!(is_locked(&case.office, &dora));
    case.office.app.advance(Span::MINUTE);
    assert!(!is_locked(&case.office, &dora));
    assert_sent(&lock(&[("duration", "until unlocked"), ("reason", "left the firm")]), &path);
    case.office.app.advance(Span::DAY.times(400));
    assert!(is_locked(&case.office, &dora));
    // Nobody clicks for 400 days.
    let ben = case.office.staff("ben", Some(&case.office.acme), Role::Support);
    let unlock = |fields: &[(&str, &str)]| block_on(ben.post(&format!("{path}/unlock"), fields));
    assert_page(&unlock(&[]), 422, &["Enter a reason"]);
    assert_sent(&unlock(&[("reason", "came back")]), &path);
    assert!(!is_locked(&case.office, &dora));
    let story = block_on(ben.get(&path));
    assert_page(&story, 200, &["Locked by ana, until unlocked", "Unlocked by ben", "came back"]);
}

#[test]
fn the_safe_act_mails_the_owner_and_is_held_back_by_the_caps() {
    let case = Case::open();
    let path = format!("{LIST}/{}", case.alex);
    let mail = || block_on(case.ana.post(&format!("{path}/mail"), &[]));
    assert_sent(&mail(), &path);
    let held = block_on(case.ana.get(&path));
    assert_page(&held, 200, &["No mail was sent", "ana had an unlock mail sent"]);
    case.office.app.advance(Span::MINUTE.times(10));
    lock_out(&case.office, &case.office.acme, "alex@acme.test");
    assert_sent(&mail(), &path);
    assert_page(&block_on(case.ana.get(&path)), 200, &["The unlock mail is on its way."]);
}

#[test]
fn somebody_elses_account_is_no_page() {
    let case = Case::open();
    let kim = "user_2unknown";
    for below in ["", "/lock", "/unlock"] {
        let page = block_on(case.ana.get(&format!("{LIST}/{kim}{below}")));
        assert_eq!(page.status, 404, "{below}");
    }
    for below in ["lock", "unlock", "mail"] {
        let form = [("reason", "why not")];
        let page = block_on(case.ana.post(&format!("{LIST}/{kim}/{below}"), &form));
        assert_eq!(page.status, 404, "{below}");
    }
    assert_eq!(block_on(case.ana.get(&format!("{LIST}/'%20OR%201"))).status, 404);
}
