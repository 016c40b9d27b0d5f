//! How staff get in: the link, the sign-in, the idle end; and who is sent away without a word more
//! than anybody gets.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use lockkeeper::tenant::{INVITE_LIFE, STAFF_IDLE};
use reqwest::Method;

use super::{Office, PASSWORD, assert_page, assert_sent};
use crate::harness::client::{Client, block_on};

const ANA: &str = "ana@lockkeeper.test";

#[test]
fn a_link_makes_the_first_owner_who_signs_in_and_sees_every_tenant() {
    let office = Office::open();
    let (ana, secret) = (office.visitor(), office.link(None, Role::Owner));
    let link = format!("/console/welcome/{secret}");
    block_on(async {
        let page = ana.get(&link).await;
        assert_page(&page, 200, &["whole server", "Your role: owner.", "name=\"password\""]);
        assert_eq!(page.header("referrer-policy"), "no-referrer", "the address is a secret");
        let faults = ana.post_bare(&link, &[("name", " "), ("password", "short")]).await;
        assert_page(
            &faults,
            422,
            &["<title>Error: ", "Enter your name", "name@example.com", "at least 8 characters"],
        );
        let form = [("name", "Ana Ruiz"), ("identifier", ANA), ("password", PASSWORD)];
        let made = ana.post_bare(&link, &form).await;
        assert_sent(&made, "/t/console/sign-in?redirect_url=%2Fconsole");
        assert!(made.set_cookies().is_empty(), "only a settle makes a session");
        assert_sent(&ana.sign_in(ANA).await, "/console");
        let hall = ana.get("/console").await;
        let facts = ["Ana Ruiz", "/console/acme/overview", "/console/globex/overview"];
        assert_page(&hall, 200, &facts);
        assert_page(&ana.get("/console/acme/overview").await, 200, &["Locked now"]);
    });
}

#[test]
fn a_link_works_once_and_for_a_day() {
    let office = Office::open();
    let (used, late) = (office.link(None, Role::Admin), office.link(None, Role::Admin));
    let visitor = office.visitor();
    let form = [("name", "Bo"), ("identifier", "bo@lockkeeper.test"), ("password", PASSWORD)];
    block_on(async {
        let [used, late] = [used, late].map(|secret| format!("/console/welcome/{secret}"));
        assert_eq!(visitor.post_bare(&used, &form).await.status, 303);
        let again = visitor.post_bare(&used, &form).await;
        assert_page(&again, 404, &["This link opens nothing"]);
        office.app.advance(Span(INVITE_LIFE.0 - 1));
        assert_eq!(visitor.get(&late).await.status, 200);
        office.app.advance(Span(1));
        let over = visitor.get(&late).await;
        let unknown = visitor.get(&format!("/console/welcome/{}", "x".repeat(32))).await;
        let bodies = [&again, &over, &unknown].map(|answer| (answer.status, &answer.body));
        assert!(bodies.iter().all(|body| *body == bodies[0]), "a strange link is told no more");
    });
}

#[test]
fn a_taken_address_costs_no_link_and_its_owner_joins_with_it() {
    let office = Office::open();
    let eve = office.staff("eve", Some(&office.acme), Role::Auditor);
    let link = format!("/console/welcome/{}", office.link(Some(&office.globex), Role::Admin));
    block_on(async {
        let form = [("name", "Eve"), ("identifier", "eve@lockkeeper.test"), ("password", PASSWORD)];
        let taken = office.visitor().post_bare(&link, &form).await;
        assert_page(&taken, 422, &["There is an account with this address"]);
        assert_page(&eve.get(&link).await, 200, &["You are signed in as eve", "globex Ltd"]);
        assert_eq!(eve.post_bare(&link, &[]).await.status, 403, "without the form's token");
        assert_sent(&eve.post(&link, &[]).await, "/console");
        assert_page(&eve.get("/console/globex/overview").await, 200, &["eve, admin"]);
        assert_page(&eve.get("/console/acme/overview").await, 200, &["eve, auditor"]);
    });
}

#[test]
fn who_is_not_signed_in_is_led_back_after_the_sign_in() {
    let office = Office::open();
    block_on(async {
        let page = office.visitor().get("/console/acme/overview").await;
        assert_page(&page, 404, &["Nobody works here yet", "lockkeeper team link"]);
    });
    let _ana = office.staff("ana", None, Role::Owner);
    let visitor = office.visitor();
    block_on(async {
        let sent = visitor.get("/console/acme/overview?x=1").await;
        let back = "/t/console/sign-in?redirect_url=%2Fconsole%2Facme%2Foverview%3Fx%3D1";
        assert_sent(&sent, back);
        let page = visitor.client.get(back).await;
        assert!(page.body.contains("value=\"/console/acme/overview?x=1\""), "{}", page.body);
        // A form is lost, and sent nowhere.
        let sent = visitor.post("/console/me", &[("scheme", "dark")]).await;
        assert_sent(&sent, "/t/console/sign-in?redirect_url=%2Fconsole");
    });
}

#[test]
fn a_foreign_tenant_is_told_of_no_more_than_one_that_there_is_not() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        let foreign = ana.get("/console/globex/overview").await;
        let nobodys = ana.get("/console/nobody/overview").await;
        let odd = ana.get("/console/No%20body/overview").await;
        assert_page(&foreign, 404, &["There is no such page"]);
        for other in [nobodys, odd] {
            assert_eq!((other.status, &other.body), (404, &foreign.body));
        }
        assert_sent(&ana.get("/console").await, "/console/acme/overview");
    });
}

#[test]
fn who_was_idle_for_twelve_hours_signs_in_again() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        office.app.advance(Span(STAFF_IDLE.0 - 1));
        assert_eq!(ana.get("/console/acme/overview").await.status, 200, "and is in use again");
        office.app.advance(Span(STAFF_IDLE.0 - 1));
        assert_eq!(ana.get("/console/acme/overview").await.status, 200);
        office.app.advance(STAFF_IDLE);
        assert_eq!(ana.get("/console/acme/overview").await.status, 303);
        // The sign-in page does not take the old session for one that goes on.
        let page = ana.client.get("/t/console/sign-in?redirect_url=/console").await;
        assert_eq!(page.status, 200, "no loop");
        assert_sent(&ana.sign_in(ANA).await, "/console");
        assert_eq!(ana.get("/console/acme/overview").await.status, 200);
    });
}

#[test]
fn signing_out_ends_the_session() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        assert_eq!(ana.post("/console/sign-out", &[]).await.status, 303);
        assert_eq!(ana.get("/console/acme/overview").await.status, 303);
    });
}

#[test]
fn the_console_is_on_no_tenants_own_host() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let own = format!("acme.localhost:{}", office.app.address.port());
    block_on(async {
        for path in ["/console", "/console/acme/overview", "/console/welcome/x"] {
            let request = ana.client.request(Method::GET, path).header("host", &own);
            assert_eq!(Client::send(request).await.status, 404, "{path}");
        }
    });
}

#[test]
fn other_methods_and_paths_answer_a_page() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        let put = Client::send(ana.client.request(Method::PUT, "/console/me")).await;
        assert_eq!((put.status, put.header("allow")), (405, "GET, HEAD, POST"));
        assert_page(&ana.get("/console/acme/nowhere").await, 404, &["There is no such page"]);
        let head = Client::send(ana.client.request(Method::HEAD, "/console/me")).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
    });
}
