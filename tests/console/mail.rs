//! The page about mail: setting a server, a test mail to oneself, what became of mails, previews.

use std::time::Duration;

use lockkeeper::model::{Identifier, Span};
use lockkeeper::store::team::Role;

use super::{Office, Worker, assert_page, assert_sent};
use crate::attempt::try_password;
use crate::harness::client::{Answer, block_on};
use crate::harness::nodes::until;
use crate::harness::smtp::{Mode, SmtpServer};

const PATH: &str = "/console/acme/mail";
const SOON: Duration = Duration::from_secs(60);

fn office() -> (Office, Worker) {
    let office = Office::changed(|plan| {
        plan.webhooks.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let owner = office.staff("owner", Some(&office.acme), Role::Owner);
    (office, owner)
}

fn save(worker: &Worker, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("deed", "save"),
        ("host", "127.0.0.1"),
        ("port", "2525"),
        ("security", "none"),
        ("username", ""),
        ("password", ""),
        ("from_email", "hi@own.example"),
    ];
    for (name, value) in more {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    block_on(worker.post(PATH, &form))
}

fn page(worker: &Worker) -> Answer {
    block_on(worker.get(PATH))
}

#[test]
fn a_server_is_set_tested_and_removed() {
    let (_office, owner) = office();
    let mut server = SmtpServer::start(Mode::Accept);
    assert_page(&page(&owner), 200, &["operator’s mail server", "No mails here"]);
    let port = server.port().to_string();
    assert_sent(&save(&owner, &[("port", &port)]), PATH);
    assert_page(&page(&owner), 200, &["The mail server is saved", "your own mail server", &port]);
    assert_sent(&block_on(owner.post(PATH, &[("deed", "test")])), PATH);
    let mail = server.next_mail(SOON);
    assert_eq!(mail.to, ["owner@lockkeeper.test"]);
    let shown = page(&owner);
    assert_page(
        &shown,
        200,
        &["is on its way", "Took the last test mail", "Test mail", "Accepted"],
    );
    assert_sent(&block_on(owner.post(PATH, &[("deed", "remove")])), PATH);
    assert_page(&page(&owner), 200, &["Mails leave by the operator’s mail server again"]);
}

#[test]
fn faults_stand_at_their_fields_and_keep_what_was_typed() {
    let (_office, owner) = office();
    let wrong = save(&owner, &[("host", "a b"), ("port", "x"), ("from_email", "nobody")]);
    let facts =
        ["id=\"host-fault\"", "id=\"port-fault\"", "id=\"from_email-fault\"", "value=\"a b\""];
    assert_page(&wrong, 422, &facts);
    let secret = [("username", "me"), ("password", "planted-secret")];
    assert_sent(&save(&owner, &secret), PATH);
    let shown = page(&owner);
    assert_page(&shown, 200, &["value=\"me\"", "One is kept"]);
    assert!(!shown.body.contains("planted-secret"));
    // The password stays with its server.
    let moved = save(&owner, &[("username", "me"), ("host", "127.0.0.2")]);
    assert_page(&moved, 422, &["id=\"password-fault\""]);
    let private = save(&owner, &[("host", "10.0.0.1")]);
    assert_page(&private, 422, &["private network"]);
}

#[test]
fn keys_are_made_shown_and_changed() {
    let (office, owner) = office();
    let act = |deed: &str| block_on(owner.post(PATH, &[("deed", deed)]));
    assert_eq!(act("key").status, 400, "there is no server");
    assert_sent(&save(&owner, &[]), PATH);
    assert_sent(&act("key"), PATH);
    assert_page(&page(&owner), 200, &["._domainkey.own.example", "v=DKIM1; k=rsa; p="]);
    office.app.advance(lockkeeper::model::Span::MINUTE);
    assert_sent(&act("key"), PATH);
    assert_page(&page(&owner), 200, &["Next key", "Use the next key"]);
    assert_sent(&act("use-key"), PATH);
    assert_sent(&act("drop-keys"), PATH);
    let shown = page(&owner);
    assert!(!shown.body.contains("._domainkey."), "{}", shown.body);
}

#[test]
fn every_mail_can_be_looked_at_in_every_language() {
    let (office, owner) = office();
    let auditor = office.staff("auditor", Some(&office.acme), Role::Auditor);
    for topic in lockkeeper::model::MailTopic::ALL {
        for lang in ["en", "de", "ja"] {
            let asked = format!("topic={}&lang={lang}", topic.as_str());
            let shown = block_on(auditor.get(&format!("{PATH}/preview?{asked}&look=dark")));
            assert_page(&shown, 200, &["<iframe", "sandbox=", "look=dark"]);
            let plain = block_on(auditor.get(&format!("{PATH}/preview?{asked}&look=plain")));
            assert_page(&plain, 200, &["<pre class=\"letter\""]);
            let frame = format!("{PATH}/preview/frame?{asked}&look=dark");
            let mail = block_on(owner.client.get(&frame));
            assert_eq!(mail.status, 200);
            let policy = mail.header("content-security-policy");
            assert!(
                policy.contains("default-src 'none'") && policy.contains("sandbox"),
                "{policy}"
            );
            assert!(mail.body.contains(&format!("lang=\"{lang}\"")), "{}", mail.body);
            assert!(mail.body.contains("@media all"), "dark whatever the browser prefers");
        }
    }
    let support = office.staff("support", Some(&office.acme), Role::Support);
    assert_eq!(block_on(support.get(PATH)).status, 403);
}

#[test]
fn mails_that_wait_stand_on_a_list_of_their_own() {
    let (office, owner) = office();
    let mut server = SmtpServer::start(Mode::Defer(u32::MAX));
    let port = server.port().to_string();
    assert_sent(&save(&owner, &[("port", &port)]), PATH);
    office.app.user(&office.acme, "bea@acme.test", "correct horse");
    for _ in 0..8 {
        block_on(try_password(&office.app, &office.acme, "bea@acme.test", "wrong"));
    }
    let list = |view: &str| block_on(owner.get(&format!("{PATH}?view={view}")));
    until(SOON, || list("waiting").body.contains("Tried, tried again later"));
    assert_page(&list("waiting"), 200, &["Unlock mail", "aria-current=\"page\">Waiting</a>"]);
    assert_page(&list("undelivered"), 200, &["No mails here"]);
    assert_page(&list("all"), 200, &["Tried, tried again later"]);
    server.set_mode(Mode::Accept);
    office.app.advance(Span::HOUR);
    server.next_mail(SOON);
    until(SOON, || list("waiting").body.contains("No mails here"));
    assert_page(&list("all"), 200, &["Accepted"]);
}

#[test]
fn addresses_without_a_mailbox_are_read_page_by_page() {
    let (office, owner) = office();
    let tenant = office.acme.profile.id().clone();
    for number in 0..27 {
        let address = format!("bad{number}@acme.test");
        let user = office.app.user(&office.acme, &address, "correct horse").record.user.id;
        let key = Identifier::parse(&address).unwrap().key;
        // Some of them within the same millisecond.
        if number % 3 == 0 {
            office.app.advance(Span(1));
        }
        let why = "5.1.1 nobody here".to_owned();
        block_on(office.app.store.mark_undeliverable(tenant.clone(), user, key, why)).unwrap();
    }
    let named = |page: &Answer| {
        let listed = |number: &i32| page.body.contains(&format!(">bad{number}<wbr>@acme."));
        (0..27).filter(listed).collect::<Vec<i32>>()
    };
    let first = page(&owner);
    let next = first.body.split(&format!("{PATH}?addresses=")).nth(1).unwrap();
    let next = format!("{PATH}?addresses={}", next.split(['#', '"']).next().unwrap());
    let second = block_on(owner.get(&next));
    let (mut all, rest) = (named(&first), named(&second));
    assert_eq!((all.len(), rest.len()), (25, 2), "{all:?} {rest:?}");
    all.extend(rest);
    all.sort_unstable();
    assert_eq!(all, (0..27).collect::<Vec<i32>>());
    assert_page(&second, 200, &["#addresses\">Newest</a>"]);
    assert!(!second.body.contains("?addresses="), "it is the last one");
    assert_page(&block_on(owner.get(&format!("{PATH}?addresses=x"))), 200, &["bad26"]);
}
