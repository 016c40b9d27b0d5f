//! Where one is signed in, on pages: seen and ended.

use super::*;
use crate::harness::client::block_on;

const PATH: &str = "/t/acme/account/sessions";

/// The ids of the sessions that have a button.
fn others(page: &Answer) -> Vec<String> {
    let parts = page.body.split("name=\"session\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn sessions_are_listed_with_place_and_time_and_this_one_first() {
    let house = House::open();
    block_on(async {
        let there = house.visitor();
        there.sign_in(ALEX, PASSWORD).await;
        house.app.advance(Span::HOUR);
        let here = house.visitor();
        here.sign_in(ALEX, PASSWORD).await;
        house.app.advance(Span::HOUR);
        there.sign_in("nobody@acme.test", PASSWORD).await;
        let list = there.get(PATH).await;
        assert_page(&list, 200, &["This device", "From 127.0.0.1", "12:00 UTC", "13:00 UTC"]);
        assert_page(&list, 200, &["with the password", "Sign out all others"]);
        let first = list.body.find("This device").unwrap();
        assert!(first < list.body.find("13:00 UTC").unwrap(), "the older one is looked at from");
        assert_eq!(others(&list).len(), 1);
    });
}

#[test]
fn one_session_or_all_others_are_ended() {
    let house = House::open();
    block_on(async {
        let [here, second, third] = [(); 3].map(|()| house.visitor());
        for visitor in [&second, &third, &here] {
            visitor.sign_in(ALEX, PASSWORD).await;
            house.app.advance(Span::MINUTE);
        }
        let ids = others(&here.get(PATH).await);
        assert_eq!(ids.len(), 2, "newest first");
        assert_sent(&here.post(PATH, &[("session", &ids[0])]).await, PATH);
        assert_page(&here.get(PATH).await, 200, &["That device is signed out."]);
        assert_sent(&third.get("/t/acme/account").await, "/t/acme/sign-in");
        assert_eq!(second.get("/t/acme/account").await.status, 200);
        assert_sent(&here.post(PATH, &[("others", "end")]).await, PATH);
        let alone = here.get(PATH).await;
        assert_page(&alone, 200, &["All other devices are signed out.", "This device"]);
        assert!(!alone.body.contains("Sign out all others"));
        assert_sent(&second.get("/t/acme/account").await, "/t/acme/sign-in");
        assert_eq!(here.get("/t/acme/account").await.status, 200);
    });
}

#[test]
fn another_users_session_is_nobodys() {
    let house = House::open();
    house.app.user(&house.acme, "bo@acme.test", PASSWORD);
    block_on(async {
        let (alex, bo) = (house.visitor(), house.visitor());
        alex.sign_in(ALEX, PASSWORD).await;
        let second = house.visitor();
        second.sign_in(ALEX, PASSWORD).await;
        bo.sign_in("bo@acme.test", PASSWORD).await;
        let id = &others(&alex.get(PATH).await)[0];
        for session in [id.as_str(), "sess_nothing", ""] {
            assert_sent(&bo.post(PATH, &[("session", session)]).await, PATH);
        }
        assert!(!bo.get(PATH).await.body.contains("is signed out"));
        assert_eq!(second.get("/t/acme/account").await.status, 200);
        assert_sent(&house.visitor().get(PATH).await, "/t/acme/sign-in");
    });
}
