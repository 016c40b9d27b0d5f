//! The grace pass of an unlock link: one for each episode, five tries, gone with whatever ends it.

use lockkeeper::model::{Count, LaneId, Span};
use lockkeeper::token::{CookieLane, DeviceCookie};

use super::*;
use crate::harness::client::{block_on, many};
use crate::pages::assert_sent;

const ACCOUNT: &str = "/t/acme/account";

/// The lanes of Alex that an answer's cookie names.
async fn given(house: &House, answer: &Answer) -> Vec<Lane> {
    match lane_cookie(answer) {
        Some(value) => lanes_in(house, &value, &house.alex).await,
        None => Vec::new(),
    }
}

fn pass(episode: i64) -> Vec<Lane> {
    vec![Lane::Pass(LaneId(episode.to_string()))]
}

#[test]
fn a_press_gives_one_pass_per_episode_however_often() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let link = house.link(1);
        let browsers = [house.visitor(), house.visitor()];
        for browser in browsers.iter().chain(&browsers) {
            assert_eq!(given(&house, &browser.post(&link, &[]).await).await, pass(1));
        }
        assert_eq!(
            given(&house, &house.visitor().get(&link).await).await,
            [],
            "looking gives none"
        );
        // The attack goes on; the pass stands beside its lock, and has five tries in all.
        house.lock(&house.visitor(), ALEX).await;
        for browser in browsers.iter().cycle().take(5) {
            assert_eq!(browser.sign_in(ALEX, "wrong").await.status, 422);
        }
        assert_eq!(browsers[0].sign_in(ALEX, PASSWORD).await.status, 403, "used up: as anybody's");
        assert_eq!(given(&house, &house.visitor().post(&link, &[]).await).await, []);
    });
}

#[test]
fn a_hundred_presses_at_once_one_effect_one_pass() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let (link, base) = (house.link(1), house.app.base());
        let before = house.app.metrics.value(Count::Unlocks);
        let press = {
            let base = base.clone();
            move |client: Client, _| {
                let visitor = Visitor { client, origin: base.clone() };
                let link = link.clone();
                async move { visitor.post(&link, &[]).await }
            }
        };
        let answers = many(100, 50, |_| Client::new(&base), press).await;
        assert_eq!(house.app.metrics.value(Count::Unlocks) - before, 1);
        for answer in &answers {
            assert_sent(answer, "/t/acme/unlocked");
            assert_eq!(given(&house, answer).await, pass(1));
        }
        // A hundred cookies are one pass: five tries over all of them.
        house.lock(&house.visitor(), ALEX).await;
        let mut told = Vec::new();
        for answer in answers.iter().take(7) {
            let value = lane_cookie(answer).unwrap();
            told.push(sign_in_with(&house, &value, ALEX, "wrong").await.status);
        }
        assert_eq!(told, [422, 422, 422, 422, 422, 403, 403]);
    });
}

#[test]
fn a_pass_dies_with_the_sign_in_it_served() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let owner = house.visitor();
        let pressed = lane_cookie(&owner.post(&house.link(1), &[]).await).unwrap();
        house.lock(&house.visitor(), ALEX).await;
        let right = owner.sign_in(ALEX, PASSWORD).await;
        assert_sent(&right, ACCOUNT);
        assert!(matches!(given(&house, &right).await[..], [Lane::Device(_), Lane::Pass(_)]));
        assert_eq!(sign_in_with(&house, &pressed, ALEX, PASSWORD).await.status, 403);
        owner.post("/t/acme/sign-out", &[]).await;
        assert_sent(&owner.sign_in(ALEX, PASSWORD).await, ACCOUNT);
    });
}

#[test]
fn a_pass_dies_with_a_new_password() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let pressed = lane_cookie(&house.visitor().post(&house.link(1), &[]).await).unwrap();
        let visitor = house.visitor();
        let forgot = "/t/acme/sign-in/forgot";
        let sent = visitor.post(forgot, &[("identifier", ALEX)]).await;
        let code = house.mailed_code(&sent).await;
        visitor.post(forgot, &[("code", &code)]).await;
        let new = "another horse entirely";
        let done = visitor.post("/t/acme/sign-in/new-password", &[("new-password", new)]).await;
        assert_sent(&done, ACCOUNT);
        assert!(matches!(given(&house, &done).await[..], [Lane::Device(_)]), "known from here on");
        house.lock(&house.visitor(), ALEX).await;
        assert_eq!(sign_in_with(&house, &pressed, ALEX, new).await.status, 403);
        visitor.post("/t/acme/sign-out", &[]).await;
        assert_sent(&visitor.sign_in(ALEX, new).await, ACCOUNT);
    });
}

#[test]
fn a_pass_dies_with_a_lock_by_staff_and_none_is_given_while_it_stands() {
    let house = House::open();
    block_on(async {
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        house.lock(&house.visitor(), ALEX).await;
        let owner = house.visitor();
        owner.post(&house.link(1), &[]).await;
        tenants.lock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        let pressed = house.visitor().post(&house.link(1), &[]).await;
        assert_eq!(given(&house, &pressed).await, []);
        tenants.unlock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        house.lock(&house.visitor(), ALEX).await;
        assert_eq!(owner.sign_in(ALEX, PASSWORD).await.status, 403);
        // Of a superseded link neither: it would outlive the lock.
        assert_eq!(state(&house).await.episode, 2);
        tenants.lock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        for episode in [1, 2] {
            let pressed = house.visitor().post(&house.link(episode), &[]).await;
            assert_eq!(given(&house, &pressed).await, [], "{episode}");
        }
    });
}

#[test]
fn a_pass_of_a_superseded_link_is_that_episodes() {
    let house = House::open();
    block_on(async {
        for episode in [1, 2] {
            house.lock(&house.visitor(), ALEX).await;
            assert_sent(&house.visitor().post(&house.link(episode), &[]).await, "/t/acme/unlocked");
        }
        house.lock(&house.visitor(), ALEX).await;
        let old = house.visitor();
        let superseded = old.post(&house.link(1), &[]).await;
        assert_eq!(superseded.status, 410, "{}", superseded.body);
        assert_eq!(given(&house, &superseded).await, pass(1));
        for _ in 0..5 {
            assert_eq!(old.sign_in(ALEX, "wrong").await.status, 422);
        }
        assert_eq!(old.sign_in(ALEX, PASSWORD).await.status, 403);
        let newer = house.visitor();
        assert_eq!(given(&house, &newer.post(&house.link(2), &[]).await).await, pass(2));
        assert_sent(&newer.sign_in(ALEX, PASSWORD).await, ACCOUNT);
    });
}

#[test]
fn a_pass_ends_after_a_day() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let owner = house.visitor();
        let value = lane_cookie(&owner.post(&house.link(1), &[]).await).unwrap();
        let expires_at = house.now().after(Span::DAY.times(30));
        let longer = DeviceCookie {
            user: house.alex.clone(),
            lane: CookieLane::Pass(LaneId("1".to_owned())),
            credential_version: 1,
            expires_at,
        };
        let longer = house.acme.profile.device_cookies().seal(&longer).unwrap();
        // A minute is what a cookie's end allows clocks to differ.
        house.app.advance(Span::DAY);
        house.app.advance(Span::MINUTE);
        house.lock(&house.visitor(), ALEX).await;
        assert_eq!(lanes_in(&house, &value, &house.alex).await, []);
        assert_eq!(owner.sign_in(ALEX, PASSWORD).await.status, 403);
        // The row says when, whatever a cookie says.
        assert_eq!(lanes_in(&house, &longer, &house.alex).await, pass(1));
        assert_eq!(sign_in_with(&house, &longer, ALEX, PASSWORD).await.status, 403);
    });
}

#[test]
fn a_second_factor_survives_a_press_in_another_tab() {
    let house = House::open();
    let factors = house.enrol();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        house.app.advance(Span::MINUTE);
        let owner = house.visitor();
        let step = "/t/acme/sign-in/second-factor";
        assert_sent(&owner.sign_in(ALEX, PASSWORD).await, step);
        let pressed = owner.post(&house.link(1), &[]).await;
        assert_eq!(given(&house, &pressed).await, pass(1));
        let code = factors.code(&house);
        assert_sent(&owner.post(step, &[("code", &code)]).await, ACCOUNT);
    });
}

#[test]
fn while_the_policy_ignores_repeats_a_pass_does_too() {
    let house = House::with_policy(|policy| policy.ignore_repeated_secret = true);
    block_on(async {
        let attacker = house.visitor();
        for number in 0..8 {
            attacker.sign_in(ALEX, &format!("guess {number}")).await;
        }
        let owner = house.visitor();
        assert_sent(&owner.post(&house.link(1), &[]).await, "/t/acme/unlocked");
        for number in 0..8 {
            attacker.sign_in(ALEX, &format!("guess {number} more")).await;
        }
        for _ in 0..10 {
            assert_eq!(owner.sign_in(ALEX, "an old password").await.status, 422);
        }
        assert_sent(&owner.sign_in(ALEX, PASSWORD).await, ACCOUNT);
    });
}
