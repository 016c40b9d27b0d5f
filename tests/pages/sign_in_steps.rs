//! Signing in by a mailed code on pages: asked for, typed, asked for again; and that nobody learns
//! from it who has an account.

use super::*;
use crate::harness::client::block_on;

const PATH: &str = "/t/acme/sign-in/code";

impl Visitor {
    async fn type_code(&self, code: &str) -> Answer {
        self.post(PATH, &[("code", code)]).await
    }
}

#[test]
fn a_mailed_code_signs_in() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        assert_page(&visitor.get("/t/acme/sign-in").await, 200, &["Mail me a code", PATH]);
        let sent = visitor.post(PATH, &[("identifier", ALEX)]).await;
        assert_sent(&sent, PATH);
        let asked = visitor.get(PATH).await;
        assert_page(
            &asked,
            200,
            &["Enter the code", "alex<wbr>@acme", "one-time-code", "12:10 UTC"],
        );
        assert!(!asked.body.contains("sia_"), "the sign-in is named nowhere");
        let wrong = visitor.type_code("000").await;
        assert_page(&wrong, 422, &["<title>Error: ", "The code is not right"]);
        assert_page(&visitor.type_code("").await, 422, &["href=\"#code\""]);
        let code = house.mailed_code(&sent).await;
        assert_sent(&visitor.type_code(&code).await, "/t/acme/account");
        assert_eq!(visitor.get("/t/acme/account").await.status, 200);
    });
}

#[test]
fn a_code_is_followed_by_the_second_step() {
    let house = House::open();
    house.enrol();
    block_on(async {
        let visitor = house.visitor();
        let sent = visitor.post(PATH, &[("identifier", ALEX)]).await;
        let code = house.mailed_code(&sent).await;
        assert_sent(&visitor.type_code(&code).await, "/t/acme/sign-in/second-factor");
    });
}

#[test]
fn nobody_learns_who_has_an_account() {
    let house = House::open();
    block_on(async {
        let nobody = "nobody@acme.test";
        let (one, other) = (house.visitor(), house.visitor());
        let mut pairs = Vec::new();
        for (visitor, who) in [(&one, ALEX), (&other, nobody)] {
            let mut seen = Vec::new();
            let form = [("identifier", who)];
            seen.push(visitor.post(PATH, &form).await);
            seen.push(visitor.get(PATH).await);
            seen.push(visitor.post(PATH, &form).await);
            for _ in 0..8 {
                seen.push(visitor.type_code("000").await);
            }
            seen.push(visitor.post(PATH, &form).await);
            pairs.push(seen);
        }
        let (known, unknown) = (&pairs[0], &pairs[1]);
        for (known, unknown) in known.iter().zip(unknown) {
            assert_eq!(known.status, unknown.status);
            assert_eq!(known.header("location"), unknown.header("location"));
            assert_eq!(known.header("retry-after"), unknown.header("retry-after"));
            assert_eq!(masked(&known.body, ALEX), masked(&unknown.body, nobody));
        }
        let statuses: Vec<u16> = known.iter().map(|answer| answer.status).collect();
        insta::assert_snapshot!(format!("{statuses:?}"), @"[303, 200, 429, 422, 422, 422, 422, 422, 422, 422, 422, 429]");
    });
}

#[test]
fn a_new_code_has_a_pause_before_it() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let sent = visitor.post(PATH, &[("identifier", ALEX)]).await;
        let first = house.mailed_code(&sent).await;
        let soon = visitor.post(PATH, &[("identifier", ALEX)]).await;
        assert_page(&soon, 429, &["A new code is possible at", "name=\"code\""]);
        assert_eq!(soon.header("retry-after"), "30");
        house.app.advance(Span::SECOND.times(30));
        assert_page(&visitor.get(PATH).await, 200, &["Mail a new code"]);
        assert_sent(&visitor.post(PATH, &[("identifier", ALEX)]).await, PATH);
        // The first one counts no more: the sign-in was sent another.
        assert_eq!(visitor.type_code(&first).await.status, 422);
    });
}

#[test]
fn only_an_address_can_be_mailed_to() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        for (typed, words) in [
            ("", "Enter your e-mail address"),
            ("alex", "the code is sent there"),
            ("+43 660 1234567", "the code is sent there"),
            ("a@b@c", "such as name@example.com"),
        ] {
            let answer = visitor.post(PATH, &[("identifier", typed)]).await;
            assert_page(&answer, 422, &[words, "<title>Error: ", "href=\"#identifier\""]);
        }
        assert_page(&visitor.get(PATH).await, 200, &["Sign in with a code"]);
        assert_sent(&visitor.type_code("123456").await, PATH);
    });
}

#[test]
fn a_locked_account_is_sent_no_code_and_takes_none() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let sent = visitor.post(PATH, &[("identifier", ALEX)]).await;
        let code = house.mailed_code(&sent).await;
        house.lock(&house.visitor(), ALEX).await;
        assert_page(&visitor.type_code(&code).await, 403, &["Sign-in is locked"]);
        let fresh = house.visitor().post(PATH, &[("identifier", ALEX)]).await;
        assert_page(&fresh, 403, &["Sign-in is locked"]);
    });
}

#[test]
fn a_source_has_only_so_many_mails() {
    let house = House::open();
    block_on(async {
        let mut last = 303;
        for number in 0..21 {
            let who = format!("someone{number}@acme.test");
            last = house.visitor().post(PATH, &[("identifier", &who)]).await.status;
        }
        assert_eq!(last, 429);
    });
}

#[test]
fn a_code_ends_after_ten_minutes() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let sent = visitor.post(PATH, &[("identifier", ALEX)]).await;
        let code = house.mailed_code(&sent).await;
        house.app.advance(Span::MINUTE.times(10));
        assert_page(&visitor.type_code(&code).await, 422, &["This code has expired"]);
    });
}
