//! The inbox: what stands in it, in which order, and who sees what.

use lockkeeper::model::{Source, Span, UserId};
use lockkeeper::store::contact_requests::ContactRequest;
use lockkeeper::store::team::Role;
use lockkeeper::support::ContactRequestStatus;
use lockkeeper::tenant::{ContactForm, ContactReceipt};

use super::{Office, assert_page};
use crate::harness::client::block_on;

/// Somebody writes to support: the reference and the secret of the request's page.
pub(crate) fn write(office: &Office, who: &str, message: &str) -> (String, String) {
    block_on(written(office, who, message))
}

pub(crate) async fn written(office: &Office, who: &str, message: &str) -> (String, String) {
    let form = ContactForm {
        identifier: who.to_owned(),
        name: String::new(),
        subject: "Something else".to_owned(),
        message: message.to_owned(),
        source: Source::from_stored(format!("src-{who}")),
        locale: None,
        lock: None,
    };
    let filed = office.app.tenants.file_contact_request(&office.acme.profile, form);
    match filed.await.unwrap() {
        ContactReceipt::Filed { reference, secret, .. } => (reference, secret),
        ContactReceipt::TooMany { .. } => panic!("too many"),
    }
}

/// All requests of acme.
pub(crate) fn requests(office: &Office) -> Vec<ContactRequest> {
    let reader = office.app.tenants.reader();
    let of = |status| {
        block_on(reader.contact_requests(office.acme.profile.id().clone(), status, 500)).unwrap()
    };
    ContactRequestStatus::ALL.into_iter().flat_map(of).collect()
}

pub(crate) fn lock(office: &Office, user: &UserId) {
    let locked = office.app.tenants.lock_user(&office.acme.profile, user.clone(), "test", None);
    block_on(locked).unwrap();
}

/// The references on a page, in its order.
fn listed(body: &str) -> Vec<&str> {
    body.split("class=\"mono quiet\">").skip(1).filter_map(|rest| rest.get(..12)).collect()
}

#[test]
fn the_queue_is_sorted_by_when_the_lock_ends() {
    let office = Office::open();
    let bea = office.app.user(&office.acme, "bea@acme.test", "correct horse");
    let (first, _) = write(&office, "ann@acme.test", "no account at all");
    office.app.advance(Span::MINUTE);
    lock(&office, &bea.record.user.id);
    let (second, _) = write(&office, "bea@acme.test", "locked for an hour");
    let agent = office.staff("agent", Some(&office.acme), Role::Support);
    let page = block_on(agent.get("/console/acme/inbox"));
    assert_page(&page, 200, &["Staff lock until", "No such user", "Open (2)", "Mine (0)"]);
    assert_eq!(listed(&page.body), [second.as_str(), first.as_str()]);
}

#[test]
fn a_request_is_found_by_reference_address_and_words() {
    let office = Office::open();
    let (one, _) = write(&office, "ann@acme.test", "My phone fell into the river");
    office.app.advance(Span::MINUTE);
    let (other, _) = write(&office, "bea@acme.test", "The phone is fine");
    let agent = office.staff("agent", Some(&office.acme), Role::Support);
    let find = |words: &str| {
        let query: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
        let page = block_on(agent.get(&format!("/console/acme/inbox?q={query}")));
        let found: Vec<String> = listed(&page.body).into_iter().map(str::to_owned).collect();
        (page, found)
    };
    let both = vec![one.clone(), other.clone()];
    for (words, found) in [
        (one.to_lowercase(), vec![one.clone()]),
        (one.replace('-', ""), vec![one.clone()]),
        ("ANN@acme.test".to_owned(), vec![one.clone()]),
        ("River PHONE".to_owned(), vec![one.clone()]),
        ("phone".to_owned(), both),
        ("fine".to_owned(), vec![other]),
        ("riv".to_owned(), vec![]),
        ("'; DROP TABLE contact_requests; --".to_owned(), vec![]),
        ("%".to_owned(), vec![]),
    ] {
        assert_eq!(find(&words).1, found, "{words}");
    }
    assert_page(&find("<script>alert(1)</script>").0, 200, &["Nothing found", "&#60;script"]);
}

#[test]
fn pages_of_the_list_follow_each_other_without_gap_or_double() {
    let office = Office::open();
    for number in 0..120 {
        write(&office, &format!("p{number}@acme.test"), "help");
    }
    let agent = office.staff("agent", Some(&office.acme), Role::Support);
    let mut path = "/console/acme/inbox".to_owned();
    let mut seen = Vec::new();
    for length in [50, 50, 20] {
        let page = block_on(agent.get(&path));
        let found: Vec<String> = listed(&page.body).into_iter().map(str::to_owned).collect();
        assert_eq!(found.len(), length, "{path}");
        seen.extend(found);
        let next = page.body.split("href=\"").find(|link| link.contains("after="));
        path = next
            .map_or_else(String::new, |link| link.split('"').next().unwrap().replace("&#38;", "&"));
    }
    assert!(path.is_empty(), "{path}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 120);
}

#[test]
fn support_sees_the_inbox_and_nothing_else() {
    let office = Office::open();
    write(&office, "ann@acme.test", "help");
    let agent = office.staff("agent", Some(&office.acme), Role::Support);
    let front = block_on(agent.get("/console"));
    assert_eq!((front.status, front.header("location")), (303, "/console/acme/inbox"));
    let page = block_on(agent.get("/console/acme/inbox"));
    assert_page(&page, 200, &["ann@acme.test"]);
    assert!(!page.body.contains("/console/acme/policy") && !page.body.contains("/overview"));
    for path in ["/console/acme/overview", "/console/acme/policy"] {
        assert_eq!(block_on(agent.get(path)).status, 403, "{path}");
    }
    assert_eq!(block_on(agent.get("/console/globex/inbox")).status, 404);
}
