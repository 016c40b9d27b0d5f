//! How the locked page learns that its lock is over: "check again", and what its script asks.

use lockkeeper::model::Count;
use lockkeeper::web::assets;

use super::*;

async fn state(visitor: &Visitor) -> Answer {
    let answer = visitor.client.get("/t/acme/locked/state").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    answer
}

async fn is(visitor: &Visitor, expected: &str) {
    let answer = state(visitor).await;
    assert_eq!((answer.status, answer.body), (200, format!("{{\"state\":\"{expected}\"}}")));
}

#[test]
fn check_again_needs_no_script() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let locked = house.lock(&visitor, ALEX).await;
        assert_page(&locked, 403, &["id=\"check-again\" href=\"/t/acme/locked\""]);
        house.app.advance(Span::SECOND.times(20));
        let again = visitor.get("/t/acme/locked").await;
        assert_page(&again, 403, &["Sign-in is locked", "12:01 UTC", ALEX]);
        assert_eq!(again.header("retry-after"), "40");
        house.app.advance(Span::SECOND.times(40));
        let open = visitor.get("/t/acme/locked").await;
        let facts = ["The lock has ended", "by itself", "value=\"alex@acme.test\""];
        assert_page(&open, 200, &facts);
        assert_sent(&visitor.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
        assert_sent(&visitor.get("/t/acme/locked").await, "/t/acme/sign-in");
    });
}

#[test]
fn unlocked_elsewhere_is_seen_here() {
    let house = House::open();
    block_on(async {
        let (here, phone) = (house.visitor(), house.visitor());
        house.lock(&here, ALEX).await;
        is(&here, "locked").await;
        assert_sent(&phone.post(&house.link(1), &[]).await, "/t/acme/unlocked");
        is(&here, "open").await;
        let open = here.get("/t/acme/locked").await;
        assert_page(&open, 200, &["The lock has ended", "value=\"alex@acme.test\""]);
        assert_sent(&here.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}

#[test]
fn unlocked_in_another_tab_is_seen_in_this_one_also_once_it_is_signed_in() {
    let house = House::open();
    block_on(async {
        // Tabs share their cookies.
        let tabs = house.visitor();
        house.lock(&tabs, ALEX).await;
        assert_sent(&tabs.post(&house.link(1), &[]).await, "/t/acme/unlocked");
        is(&tabs, "open").await;
        assert_page(&tabs.get("/t/acme/locked").await, 200, &["Your account is unlocked"]);
        assert_sent(&tabs.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
        is(&tabs, "open").await;
        assert_sent(&tabs.get("/t/acme/locked").await, "/t/acme/sign-in");
        assert_sent(&tabs.get("/t/acme/sign-in").await, "/t/acme/account");
    });
}

#[test]
fn a_grace_pass_opens_this_browser_alone() {
    let house = House::open();
    block_on(async {
        let (here, attacker) = (house.visitor(), house.visitor());
        house.lock(&here, ALEX).await;
        assert_sent(&here.post(&house.link(1), &[]).await, "/t/acme/unlocked");
        house.lock(&attacker, ALEX).await;
        is(&attacker, "locked").await;
        is(&here, "open").await;
        assert_sent(&here.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}

#[test]
fn state_is_the_same_for_nobody() {
    let house = House::open();
    block_on(async {
        let who = [ALEX, "nobody@acme.test"];
        let visitors = who.map(|_| house.visitor());
        for (visitor, identifier) in visitors.iter().zip(who) {
            house.lock(visitor, identifier).await;
        }
        for passed in [0, 59, 1] {
            house.app.advance(Span::SECOND.times(passed));
            let mut told = Vec::new();
            for (visitor, identifier) in visitors.iter().zip(who) {
                let (state, page) = (state(visitor).await, visitor.get("/t/acme/locked").await);
                told.push((state.body, page.status, masked(&page.body, identifier)));
            }
            assert_eq!(told[0], told[1]);
        }
    });
}

#[test]
fn without_a_try_of_ones_own_there_is_no_lock_to_ask_after() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let curious = house.visitor();
        is(&curious, "unknown").await;
        // The identifier is remembered, no lock was shown for it.
        assert_eq!(curious.post("/t/acme/unlock", &[("identifier", ALEX)]).await.status, 202);
        is(&curious, "unknown").await;
        assert_sent(&curious.get("/t/acme/locked").await, "/t/acme/sign-in");
    });
}

#[test]
fn asking_hashes_nothing_and_writes_nothing() {
    let house = House::open();
    block_on(async {
        // By staff: that lock sends no mail, whose rows would be written to meanwhile.
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.lock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        let visitor = house.visitor();
        assert_eq!(visitor.sign_in(ALEX, PASSWORD).await.status, 403);
        let spent = || {
            [Count::PasswordHashes, Count::WriteJobs, Count::Commits]
                .map(|what| house.app.metrics.value(what))
        };
        let before = spent();
        for _ in 0..25 {
            is(&visitor, "locked").await;
            assert_eq!(visitor.get("/t/acme/locked").await.status, 403);
        }
        assert_eq!(spent(), before);
    });
}

#[test]
fn what_is_remembered_lasts_as_long_as_the_page_is_looked_at() {
    let house = House::open();
    block_on(async {
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.lock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        let visitor = house.visitor();
        assert_eq!(visitor.sign_in(ALEX, PASSWORD).await.status, 403);
        let mut renewed = 0;
        for _ in 0..50 {
            house.app.advance(Span::MINUTE);
            let answer = state(&visitor).await;
            assert!(answer.body.contains("locked"), "{}", answer.body);
            renewed += answer.set_cookies().len();
        }
        assert_eq!(renewed, 5, "another tab's cookie is seldom written over");
    });
}

#[test]
fn the_script_is_a_file_of_ours() {
    let house = House::open();
    block_on(async {
        let script = assets::locked_script();
        let answer = house.visitor().client.get(&script.path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, script.content_type));
        assert_eq!(answer.body.as_bytes(), script.bytes);
    });
}
