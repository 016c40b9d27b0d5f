//! The browsers that are known as one's own, on pages: seen and forgotten.

use super::*;
use crate::harness::client::block_on;

const PATH: &str = "/t/acme/account/devices";
const FOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0";

/// The ids of the browsers on the page, in its order.
fn listed(page: &Answer) -> Vec<String> {
    let parts = page.body.split("name=\"device\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

/// Signs Alex in with a browser that says what it is.
async fn sign_in_as(visitor: &Visitor, agent: &str) {
    let form = [("identifier", ALEX), ("password", PASSWORD)];
    let request = visitor.client.request(Method::POST, "/t/acme/sign-in").form(&form);
    let request = request.header("origin", &visitor.origin).header("user-agent", agent);
    assert_sent(&Client::send(request).await, "/t/acme/account");
}

#[test]
fn browsers_are_listed_with_name_place_and_time_and_this_one_first() {
    let house = House::open();
    block_on(async {
        let (here, there) = (house.visitor(), house.visitor());
        sign_in_as(&here, FOX).await;
        house.app.advance(Span::HOUR);
        sign_in_as(&there, "curl/8.7.1").await;
        house.app.advance(Span::HOUR);
        let account = here.get("/t/acme/account").await;
        assert_page(&account, 200, &["href=\"/t/acme/account/devices\"", "Known browsers"]);
        let page = here.get(PATH).await;
        let facts = ["Firefox on Linux", "This browser", "A browser", "from 127.0.0.1"];
        assert_page(&page, 200, &facts);
        assert_page(&page, 200, &["12:00 UTC", "13:00 UTC", "Forget all others", "Forget all<"]);
        assert_eq!(listed(&page).len(), 2);
        assert!(page.body.find("Firefox on Linux") < page.body.find("13:00 UTC"));
        // A sign-in in the same browser renews it.
        sign_in_as(&here, FOX).await;
        let again = here.get(PATH).await;
        assert_page(&again, 200, &["14:00 UTC"]);
        assert_eq!(listed(&again).len(), 2);
    });
}

#[test]
fn one_the_others_or_all_are_forgotten_and_stay_signed_in() {
    let house = House::open();
    block_on(async {
        let [here, second, third] = [(); 3].map(|()| house.visitor());
        for visitor in [&second, &third, &here] {
            visitor.sign_in(ALEX, PASSWORD).await;
            house.app.advance(Span::MINUTE);
        }
        let ids = listed(&here.get(PATH).await);
        assert_eq!(ids.len(), 3);
        let one = [("which", "one"), ("device", &*ids[1])];
        assert_sent(&here.post(PATH, &one).await, PATH);
        assert_page(&here.get(PATH).await, 200, &["That browser is forgotten."]);
        assert_sent(&here.post(PATH, &one).await, PATH);
        let page = here.get(PATH).await;
        assert_eq!((listed(&page).len(), page.body.contains("is forgotten.")), (2, false));
        assert_sent(&here.post(PATH, &[("which", "others")]).await, PATH);
        let page = here.get(PATH).await;
        assert_page(&page, 200, &["All other browsers are forgotten."]);
        assert_eq!(listed(&page), [ids[0].as_str()]);
        assert_sent(&here.post(PATH, &[("which", "all")]).await, PATH);
        let page = here.get(PATH).await;
        assert_page(&page, 200, &["All browsers are forgotten.", "No browser is known yet."]);
        // Nobody is signed out, and nobody is let past a lock any more.
        house.lock(&house.visitor(), ALEX).await;
        for visitor in [&here, &second, &third] {
            assert_eq!(visitor.get("/t/acme/account").await.status, 200);
            assert_eq!(visitor.sign_in(ALEX, PASSWORD).await.status, 403);
        }
    });
}

#[test]
fn another_users_browsers_are_nobodys() {
    let house = House::open();
    house.app.user(&house.acme, "bea@acme.test", "another horse");
    block_on(async {
        let (alex, bea) = (house.visitor(), house.visitor());
        alex.sign_in(ALEX, PASSWORD).await;
        bea.sign_in("bea@acme.test", "another horse").await;
        let ids = listed(&alex.get(PATH).await);
        for id in [ids[0].as_str(), "", "x", "device:x"] {
            assert_sent(&bea.post(PATH, &[("which", "one"), ("device", id)]).await, PATH);
        }
        assert_sent(&bea.post(PATH, &[("which", "all")]).await, PATH);
        assert_eq!(listed(&alex.get(PATH).await), ids);
        let stranger = house.visitor();
        assert_sent(&stranger.get(PATH).await, "/t/acme/sign-in");
        assert_sent(&stranger.post(PATH, &[("which", "all")]).await, "/t/acme/sign-in");
        let elsewhere = alex.client.request(Method::POST, PATH).form(&[("which", "all")]);
        let elsewhere = elsewhere.header("sec-fetch-site", "cross-site");
        assert_eq!(Client::send(elsewhere).await.status, 403);
        assert_eq!(listed(&alex.get(PATH).await), ids);
    });
}

#[test]
fn a_changed_password_forgets_all_but_the_browser_it_was_changed_in() {
    let house = House::open();
    block_on(async {
        let (here, there) = (house.visitor(), house.visitor());
        for visitor in [&here, &there] {
            visitor.sign_in(ALEX, PASSWORD).await;
        }
        for (present, new) in [(PASSWORD, "another horse 1"), ("another horse 1", "a third 12")] {
            let change = [("password", present), ("new-password", new)];
            let changed = here.post("/t/acme/account/password", &change).await;
            assert_sent(&changed, "/t/acme/account");
            assert!(changed.set_cookies().keys().any(|name| name.starts_with("__lane_")));
            let page = here.get(PATH).await;
            assert_page(&page, 200, &["This browser"]);
            assert_eq!(listed(&page).len(), 1);
        }
        house.lock(&house.visitor(), ALEX).await;
        assert_eq!(there.sign_in(ALEX, "a third 12").await.status, 403);
        assert_sent(&here.sign_in(ALEX, "a third 12").await, "/t/acme/account");
    });
}
