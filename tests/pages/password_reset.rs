//! A new password by a mailed code, on pages: the way out of a lock, for everybody the same up to
//! the code.

use super::*;
use crate::harness::client::block_on;

const PATH: &str = "/t/acme/sign-in/forgot";
const NEW_PATH: &str = "/t/acme/sign-in/new-password";
const NEW: &str = "another horse entirely";

impl House {
    /// Up to the page that takes the new password.
    async fn proved(&self, visitor: &Visitor) {
        let sent = visitor.post(PATH, &[("identifier", ALEX)]).await;
        assert_sent(&sent, PATH);
        let code = self.mailed_code(&sent).await;
        assert_sent(&visitor.post(PATH, &[("code", &code)]).await, NEW_PATH);
    }
}

#[test]
fn a_code_a_new_password_and_signed_in_although_locked() {
    let house = House::open();
    block_on(async {
        let locked = house.lock(&house.visitor(), ALEX).await;
        assert_page(&locked, 403, &["href=\"/t/acme/sign-in/forgot\"", "Set a new password"]);
        let visitor = house.visitor();
        assert_page(&visitor.get(PATH).await, 200, &["Set a new password", "Mail me a code"]);
        house.proved(&visitor).await;
        assert_page(&visitor.get(NEW_PATH).await, 200, &["autocomplete=\"new-password\"", ALEX]);
        for (typed, words) in [
            ("", "Enter a new password"),
            ("short", "at least 8 characters"),
            (&"x".repeat(1025), "shorter new password"),
        ] {
            let again = visitor.post(NEW_PATH, &[("new-password", typed)]).await;
            assert_page(&again, 422, &[words, "<title>Error: ", "href=\"#new-password\""]);
        }
        let done = visitor.post(NEW_PATH, &[("new-password", NEW), ("others", "end")]).await;
        assert_sent(&done, "/t/acme/account");
        assert_eq!(visitor.get("/t/acme/account").await.status, 200);
        assert_sent(&house.visitor().sign_in(ALEX, NEW).await, "/t/acme/account");
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 422);
    });
}

#[test]
fn the_second_factor_is_still_asked_for() {
    let house = House::open();
    let factors = house.enrol();
    block_on(async {
        let visitor = house.visitor();
        house.proved(&visitor).await;
        let done = visitor.post(NEW_PATH, &[("new-password", NEW)]).await;
        assert_sent(&done, "/t/acme/sign-in/second-factor");
        let code = factors.code(&house);
        let done = visitor.post("/t/acme/sign-in/second-factor", &[("code", &code)]).await;
        assert_sent(&done, "/t/acme/account");
    });
}

#[test]
fn other_devices_stay_signed_in_unless_it_is_wished() {
    let house = House::open();
    block_on(async {
        let elsewhere = house.visitor();
        elsewhere.sign_in(ALEX, PASSWORD).await;
        let visitor = house.visitor();
        house.proved(&visitor).await;
        visitor.post(NEW_PATH, &[("new-password", NEW)]).await;
        assert_eq!(elsewhere.get("/t/acme/account").await.status, 200);
        house.app.advance(Span::MINUTE);
        let visitor = house.visitor();
        house.proved(&visitor).await;
        visitor.post(NEW_PATH, &[("new-password", NEW), ("others", "end")]).await;
        assert_sent(&elsewhere.get("/t/acme/account").await, "/t/acme/sign-in");
    });
}

#[test]
fn a_lock_by_staff_stays() {
    let house = House::open();
    block_on(async {
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.lock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        let visitor = house.visitor();
        house.proved(&visitor).await;
        let done = visitor.post(NEW_PATH, &[("new-password", NEW)]).await;
        assert_page(&done, 403, &["Sign-in is locked", "The staff of acme Ltd"]);
        assert_sent(&visitor.get("/t/acme/account").await, "/t/acme/sign-in");
    });
}

#[test]
fn nobody_learns_who_has_an_account() {
    let house = House::open();
    block_on(async {
        let nobody = "nobody@acme.test";
        let mut pairs = Vec::new();
        for who in [ALEX, nobody] {
            let visitor = house.visitor();
            let mut seen = vec![visitor.post(PATH, &[("identifier", who)]).await];
            seen.push(visitor.get(PATH).await);
            for _ in 0..6 {
                seen.push(visitor.post(PATH, &[("code", "000")]).await);
            }
            pairs.push(seen);
        }
        for (known, unknown) in pairs[0].iter().zip(&pairs[1]) {
            assert_eq!(known.status, unknown.status);
            assert_eq!(masked(&known.body, ALEX), masked(&unknown.body, nobody));
        }
        assert_page(pairs[0].last().unwrap(), 422, &["This code was tried too often"]);
    });
}

#[test]
fn without_the_code_there_is_no_new_password() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        assert_sent(&visitor.get(NEW_PATH).await, "/t/acme/sign-in");
        visitor.post(PATH, &[("identifier", ALEX)]).await;
        let early = visitor.post(NEW_PATH, &[("new-password", NEW)]).await;
        assert_sent(&early, "/t/acme/sign-in");
        assert_sent(&house.visitor().sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}
