//! Asking for an unlock mail: one answer for everybody, and a bound for each source.

use super::*;
use crate::harness::client::{block_on, source};

#[test]
fn the_answer_is_the_same_for_everybody() {
    let house = House::open();
    house.app.user(&house.acme, "open@acme.test", PASSWORD);
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        house.lock(&house.visitor(), "ghost@acme.test").await;
        let mut bodies = Vec::new();
        for who in [ALEX, "ghost@acme.test", "open@acme.test", "nobody@acme.test"] {
            let answer = house.visitor().post("/t/acme/unlock", &[("identifier", who)]).await;
            assert_page(&answer, 202, &["Look in your mail", "12:10 UTC"]);
            let cookies = answer.set_cookies();
            let shapes: Vec<_> = cookies
                .iter()
                .map(|(name, line)| (name.clone(), line.split_once(';').unwrap().1.to_owned()))
                .collect();
            bodies.push((masked(&answer.body, who), shapes));
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{bodies:#?}");
    });
}

#[test]
fn the_locked_page_knows_that_this_browser_has_asked() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        visitor.post("/t/acme/unlock", &[("identifier", ALEX)]).await;
        let answer = visitor.sign_in(ALEX, "wrong").await;
        assert_page(&answer, 403, &["Sent again at", "The next one is possible at", "12:10 UTC"]);
        assert!(!answer.body.contains("Send it again"), "{}", answer.body);
        // Another identifier is another matter.
        let other = house.lock(&visitor, "nobody@acme.test").await;
        assert!(other.body.contains("Send it again"), "{}", other.body);
    });
}

#[test]
fn odd_identifiers_come_back_and_cost_nothing() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        assert_page(&visitor.get("/t/acme/unlock").await, 200, &["Send an unlock mail"]);
        for _ in 0..30 {
            assert_page(&visitor.post("/t/acme/unlock", &[]).await, 422, &["<title>Error: "]);
        }
        let answer = visitor.post("/t/acme/unlock", &[("identifier", "<b>@x")]).await;
        assert!(!answer.body.contains("<b>@x"), "{}", answer.body);
        let answer = visitor.post("/t/acme/unlock", &[("token", "forged")]).await;
        assert_page(&answer, 202, &["to the address that received the link"]);
    });
}

#[test]
fn one_source_asks_twenty_times_an_hour_and_others_go_on() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let ask = [("identifier", "nobody@acme.test")];
        for _ in 0..20 {
            assert_eq!(visitor.post("/t/acme/unlock", &ask).await.status, 202);
        }
        let answer = visitor.post("/t/acme/unlock", &[("identifier", ALEX)]).await;
        assert_page(&answer, 429, &["Too many requests", "3 minutes"]);
        assert_eq!(answer.header("retry-after"), "180");
        let other = Client::from_source(&house.app.base(), source(9));
        let other = Visitor { client: other, origin: house.app.base() };
        assert_eq!(other.post("/t/acme/unlock", &ask).await.status, 202);
        house.app.advance(Span::MINUTE.times(3));
        assert_eq!(visitor.post("/t/acme/unlock", &ask).await.status, 202);
    });
}
