//! The page behind a sign-in token's link: looked at by anybody, pressed by a person, once.

use super::*;
use crate::harness::client::block_on;

const PATH: &str = "/t/acme/sign-in/ticket";
const APP: &str = "https://app.acme.test/in";

impl House {
    async fn ticket(&self) -> String {
        let (tenants, acme) = (&self.app.tenants, &self.acme.profile);
        let made = tenants.create_sign_in_token(acme, self.alex.clone(), Span::DAY).await;
        made.unwrap().token
    }

    async fn allow_app(&self) {
        let change = lockkeeper::store::tenants::TenantChange {
            redirect_urls: Some(serde_json::json!([APP]).to_string()),
            ..Default::default()
        };
        self.app.tenants.update_tenant(&self.acme.profile, change, "test").await.unwrap();
    }
}

fn page(ticket: &str) -> String {
    format!("{PATH}?ticket={ticket}")
}

#[test]
fn a_link_shows_who_is_signed_in_and_its_button_does_it_once() {
    let house = House::open();
    block_on(async {
        let ticket = house.ticket().await;
        // Scanners look as often as they like, and have no session by it.
        for _ in 0..3 {
            let scanner = house.visitor();
            let seen = scanner.get(&page(&ticket)).await;
            assert_page(&seen, 200, &["alex<wbr>@acme", "It works once", "method=\"post\""]);
            assert!(seen.set_cookies().is_empty(), "{:?}", seen.set_cookies());
            assert_eq!(scanner.head(&page(&ticket)).await.status, 200);
        }
        let visitor = house.visitor();
        let done = visitor.post(PATH, &[("ticket", &ticket)]).await;
        assert_sent(&done, "/t/acme/account");
        assert_eq!(visitor.get("/t/acme/account").await.status, 200);
        // Once more, the person is where they were led; anybody else is told.
        assert_sent(&visitor.get(&page(&ticket)).await, "/t/acme/account");
        let late = house.visitor();
        assert_page(&late.get(&page(&ticket)).await, 410, &["It was used already"]);
        let again = late.post(PATH, &[("ticket", &ticket)]).await;
        assert_page(&again, 410, &["It was used already"]);
        assert!(again.set_cookies().is_empty());
    });
}

#[test]
fn the_way_back_is_one_that_the_tenant_has_listed() {
    let house = House::open();
    block_on(async {
        house.allow_app().await;
        let (mine, strange) = (house.ticket().await, house.ticket().await);
        let seen = house.visitor().get(&format!("{}&redirect_url={APP}", page(&mine))).await;
        assert_page(&seen, 200, &[APP]);
        assert!(seen.header("content-security-policy").contains("https://app.acme.test"));
        let form = [("ticket", &*mine), ("redirect_url", APP)];
        assert_sent(&house.visitor().post(PATH, &form).await, APP);
        let evil = "https://evil.test/";
        let seen = house.visitor().get(&format!("{}&redirect_url={evil}", page(&strange))).await;
        assert!(seen.status == 200 && !seen.body.contains(evil), "{}", seen.body);
        let form = [("ticket", &*strange), ("redirect_url", evil)];
        assert_sent(&house.visitor().post(PATH, &form).await, "/t/acme/account");
    });
}

#[test]
fn a_link_that_lets_nobody_in_says_why() {
    let house = House::open();
    block_on(async {
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        let visitor = house.visitor();
        for nonsense in ["", "nonsense", &"x".repeat(2_000)] {
            let answer = visitor.get(&page(nonsense)).await;
            assert_page(&answer, 410, &["cut off", "href=\"/t/acme/sign-in\""]);
            assert_page(&visitor.post(PATH, &[("ticket", nonsense)]).await, 410, &["cut off"]);
        }
        let alex = house.alex.clone();
        let taken = tenants.create_sign_in_token(acme, alex, Span::DAY).await.unwrap();
        tenants.revoke_sign_in_token(acme, taken.row.id).await.unwrap();
        assert_page(&visitor.get(&page(&taken.token)).await, 410, &["It was taken back"]);
        let (old, orphan) = (house.ticket().await, house.ticket().await);
        tenants.delete_user(acme, house.alex.clone()).await.unwrap();
        assert_page(&visitor.get(&page(&orphan)).await, 410, &["cannot be used any more"]);
        house.app.advance(Span::DAY.times(2));
        assert_page(&visitor.get(&page(&old)).await, 410, &["It has expired"]);
    });
}

#[test]
fn a_locked_person_is_shown_the_lock_and_keeps_the_link() {
    let house = House::open();
    block_on(async {
        let ticket = house.ticket().await;
        house.lock(&house.visitor(), ALEX).await;
        let visitor = house.visitor();
        let locked = visitor.post(PATH, &[("ticket", &ticket)]).await;
        assert_eq!(locked.status, 403, "{}", locked.body);
        assert!(!locked.header("retry-after").is_empty());
        house.app.advance(Span::HOUR);
        assert_sent(&visitor.post(PATH, &[("ticket", &ticket)]).await, "/t/acme/account");
    });
}

#[test]
fn the_second_step_follows_and_other_sites_cannot_press() {
    let house = House::open();
    house.enrol();
    block_on(async {
        let ticket = house.ticket().await;
        let request = house.app.client().request(Method::POST, PATH);
        let request = request.form(&[("ticket", &*ticket)]).header("sec-fetch-site", "cross-site");
        let refused = checked(Client::send(request.header("origin", "https://evil.test")).await);
        assert_eq!(refused.status, 403);
        assert!(refused.set_cookies().is_empty());
        let passed = house.visitor().post(PATH, &[("ticket", &ticket)]).await;
        assert_sent(&passed, "/t/acme/sign-in/second-factor");
    });
}
