//! Webhooks behind the console's door: an endpoint from its making to its end, and what it is sent.

use lockkeeper::model::{OutboxId, Span, WebhookEndpointId};
use lockkeeper::store::team::Role;

use super::{Office, Worker, assert_page, assert_sent};
use crate::harness::client::block_on;

const PATH: &str = "/console/acme/webhooks";
/// Nobody listens there, and private addresses are not called anyway.
const URL: &str = "http://127.0.0.1:9/hooks";

/// The endpoint's page, and its secret.
fn create(ana: &Worker) -> (String, String) {
    let made = block_on(ana.post(PATH, &[("url", URL), ("event", "user.locked")]));
    assert_page(&made, 200, &["The secret that signs", "It is never shown again"]);
    let secret = made.body.split("id=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let path = made.body.split("href=\"/console/acme/webhooks/").nth(1).unwrap();
    (format!("{PATH}/{}", path.split('"').next().unwrap()), secret.to_owned())
}

fn audit(ana: &Worker) -> String {
    block_on(ana.get("/console/acme/audit")).body
}

#[test]
fn an_endpoint_is_made_changed_tried_and_deleted() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Admin);
    let kim = office.staff("kim", Some(&office.globex), Role::Owner);
    assert_page(&block_on(ana.get(PATH)), 200, &["No server is told anything"]);
    let (path, secret) = create(&ana);
    let list = block_on(ana.get(PATH));
    assert_page(&list, 200, &[URL, "user.locked"]);
    assert!(!list.body.contains(&secret), "shown again");
    let page = block_on(ana.get(&path));
    assert_page(&page, 200, &["value=\"user.locked\" checked", "Nothing here"]);
    assert!(!page.body.contains(&secret));
    let foreign = path.replace("acme", "globex");
    for there in [foreign.clone(), format!("{foreign}/delete")] {
        assert_eq!(block_on(kim.get(&there)).status, 404, "{there}");
        let act = block_on(kim.post(&there, &[("deed", "off")]));
        assert_eq!(act.status, 404, "{there}");
    }

    // None ticked: all.
    let saved = block_on(ana.post(&path, &[("deed", "save"), ("url", "http://127.0.0.1:9/new")]));
    assert_sent(&saved, &path);
    assert_page(&block_on(ana.get(PATH)), 200, &["http://127.0.0.1:9/new", "All events"]);
    let replaced = block_on(ana.post(&format!("{path}/secret"), &[]));
    assert_page(&replaced, 200, &["whsec_"]);
    assert!(!replaced.body.contains(&secret), "another one");

    let tested = block_on(ana.post(&path, &[("deed", "test")]));
    let delivery = tested.header("location").to_owned();
    assert!(delivery.starts_with(&format!("{path}/sent/out_")), "{delivery}");
    let facts = ["webhook_endpoint.test", "What is sent"];
    assert_page(&block_on(ana.get(&delivery)), 200, &facts);
    assert_page(&block_on(ana.get(&path)), 200, &[&delivery, "webhook_endpoint.test"]);
    assert_sent(&block_on(ana.post(&delivery, &[])), &delivery);

    assert_sent(&block_on(ana.post(&path, &[("deed", "off")])), &path);
    assert_page(&block_on(ana.get(&path)), 200, &["Switch on", "The endpoint is off"]);
    let refused = block_on(ana.post(&path, &[("deed", "test")]));
    assert_page(&refused, 409, &["The endpoint is off: switch it on first."]);
    assert_eq!(block_on(ana.post(&delivery, &[])).status, 409);
    assert_sent(&block_on(ana.post(&path, &[("deed", "on")])), &path);

    assert_page(&block_on(ana.get(&format!("{path}/delete"))), 200, &["Delete this endpoint?"]);
    assert_sent(&block_on(ana.post(&format!("{path}/delete"), &[])), PATH);
    assert_eq!(block_on(ana.get(&path)).status, 404);
    let log = audit(&ana);
    for action in ["created", "changed", "tested", "redelivered", "removed"] {
        let action = format!("webhook_endpoint.{action}");
        assert!(log.contains(&action), "{action}: {log}");
    }
}

#[test]
fn what_is_no_address_is_told_and_kept_in_the_form() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    for (url, words) in [
        ("", "Enter a whole address"),
        ("example.com/<b>", "Enter a whole address"),
        ("ftp://example.com/", "Begin the address with https://"),
        ("https://a:b@example.com/", "Leave out user name and password"),
        ("https://example.com/#x", "Leave out what follows the #"),
    ] {
        let refused = block_on(ana.post(PATH, &[("url", url), ("event", "user.deleted")]));
        assert_page(&refused, 422, &["Error: Webhooks", words, "\"user.deleted\" checked"]);
        assert!(!block_on(ana.get(PATH)).body.contains("class=\"card rows\""));
    }
    for _ in 0..10 {
        create(&ana);
    }
    let full = block_on(ana.post(PATH, &[("url", URL)]));
    assert_page(&full, 422, &["There are 10 endpoints already"]);
}

#[test]
fn deliveries_are_read_page_by_page_and_by_their_end() {
    use diesel::{RunQueryDsl, sql_query};
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Auditor);
    let mut db = office.home.url().open_writer().unwrap();
    let tenant = office.acme.profile.id();
    let now = lockkeeper::model::Clock::now(&office.app.clock);
    let id = WebhookEndpointId::generate(now);
    let endpoint = format!(
        "INSERT INTO webhook_endpoints (tenant_id, id, url, sealed, events, enabled, failures, \
         created_at, updated_at) VALUES ('{tenant}', '{id}', '{URL}', '', '[]', FALSE, 0, 1, 1)"
    );
    sql_query(endpoint).execute(&mut db).unwrap();
    for number in 0..75 {
        let message = OutboxId::generate(now.before(Span::SECOND.times(number)));
        let status = if number % 25 == 0 { "failed" } else { "delivered" };
        let row = format!(
            "INSERT INTO webhook_deliveries (tenant_id, endpoint_id, message, event, body, status, \
             due_at, tries, tried, created_at) VALUES ('{tenant}', '{id}', '{message}', \
             'user.locked', '{{}}', '{status}', 1, 1, '[]', 1)"
        );
        sql_query(row).execute(&mut db).unwrap();
    }
    let rows = |path: &str| {
        let page = block_on(ana.get(path)).body;
        let links = page.split("<a class=\"mono\" href=\"").skip(1);
        let links = links.map(|rest| rest.split('"').next().unwrap().to_owned());
        let older = page.split("\">Older deliveries").next().filter(|head| *head != page);
        let older = older.map(|head| head.rsplit("href=\"").next().unwrap().replace("&#38;", "&"));
        (links.collect::<Vec<_>>(), older)
    };
    let mut seen = Vec::new();
    let mut next = Some(format!("{PATH}/{id}"));
    while let Some(path) = next {
        let (links, older) = rows(&path);
        assert!(links.len() <= 30 && seen.len() < 100);
        seen.extend(links);
        next = older;
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, seen.len()), (75, 75));
    assert_eq!(rows(&format!("{PATH}/{id}?status=failed")).0.len(), 3);
}
