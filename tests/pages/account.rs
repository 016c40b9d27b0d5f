//! The account page and signing out.

use super::*;
use crate::harness::client::block_on;

#[test]
fn without_a_session_there_is_only_the_sign_in_page() {
    let house = House::open();
    house.app.tenant("globex", None);
    block_on(async {
        assert_sent(&house.visitor().get("/t/acme/account").await, "/t/acme/sign-in");
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        assert_sent(&visitor.get("/t/globex/account").await, "/t/globex/sign-in");
    });
}

#[test]
fn signing_out_ends_the_session_and_says_so_once() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        let kept = visitor.get("/t/acme/account").await;
        assert_page(&kept, 200, &["action=\"/t/acme/sign-out\""]);
        // A page elsewhere cannot sign anybody out.
        let foreign = visitor.client.request(Method::POST, "/t/acme/sign-out");
        let foreign = foreign.header("origin", "https://evil.test");
        assert_eq!(checked(Client::send(foreign).await).status, 403);
        assert_eq!(visitor.get("/t/acme/account").await.status, 200);

        assert_sent(&visitor.post("/t/acme/sign-out", &[]).await, "/t/acme/sign-in");
        assert_sent(&visitor.get("/t/acme/account").await, "/t/acme/sign-in");
        assert_page(&visitor.get("/t/acme/sign-in").await, 200, &["You are signed out."]);
        let again = visitor.get("/t/acme/sign-in").await;
        assert!(!again.body.contains("signed out"), "said once");
        assert_sent(&visitor.post("/t/acme/sign-out", &[]).await, "/t/acme/sign-in");
    });
}

#[test]
fn a_session_that_ended_by_itself_is_named() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        house.app.advance(Span::DAY.times(8));
        assert_sent(&visitor.get("/t/acme/account").await, "/t/acme/sign-in");
        assert_page(
            &visitor.get("/t/acme/sign-in").await,
            200,
            &["Your session ended at 10 Mar 2026"],
        );
    });
}

#[test]
fn a_stolen_look_at_an_old_cookie_is_worth_nothing_after_the_next_sign_in() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let first = visitor.sign_in(ALEX, PASSWORD).await;
        let cookies = first.set_cookies();
        let old = cookies.values().find(|line| line.starts_with("__client_")).unwrap();
        let old = old.split(';').next().unwrap().to_owned();
        assert_sent(&visitor.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
        assert_eq!(visitor.get("/t/acme/account").await.status, 200);
        let request =
            house.app.client().request(Method::GET, "/t/acme/account").header("cookie", old);
        assert_sent(&checked(Client::send(request).await), "/t/acme/sign-in");
    });
}
