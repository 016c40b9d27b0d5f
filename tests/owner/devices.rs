//! Known devices: who becomes one, what it gets past, and where its own lock ends.

use lockkeeper::model::LaneClaims;
use lockkeeper::model::{Identifier, Source};

use super::*;
use crate::harness::client::block_on;
use crate::pages::assert_sent;

const BEA: &str = "bea@acme.test";
const ACCOUNT: &str = "/t/acme/account";

#[test]
fn a_completed_sign_in_makes_the_browser_known() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let wrong = visitor.sign_in(ALEX, "wrong").await;
        assert_eq!(lane_cookie(&wrong), None, "a right secret first");
        let right = visitor.sign_in(ALEX, PASSWORD).await;
        assert_sent(&right, ACCOUNT);
        let line = right.set_cookies().into_values().find(|line| line.starts_with("__lane_"));
        let line = line.unwrap();
        for words in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"] {
            assert!(line.contains(words), "{line}");
        }
        let value = lane_cookie(&right).unwrap();
        assert!(matches!(lanes_in(&house, &value, &house.alex).await[..], [Lane::Device(_)]));
        let again = visitor.sign_in(ALEX, PASSWORD).await;
        assert_sent(&again, ACCOUNT);
        assert_eq!(lane_cookie(&again), None, "it is known already");
        assert!(lane_cookie(&house.visitor().sign_in(ALEX, PASSWORD).await).is_some());
    });
}

#[test]
fn the_frontend_api_makes_browsers_known_and_apps_without_cookies_not() {
    let house = House::open();
    block_on(async {
        let form = [("identifier", ALEX), ("password", PASSWORD), ("strategy", "password")];
        let browser = house.app.client();
        let answer = browser.post_form("/t/acme/v1/client/sign_ins", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(lane_cookie(&answer).is_some());
        let app = house.app.client();
        let answer = app.post_form("/t/acme/v1/client/sign_ins?_is_native=1", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.set_cookies().is_empty());
    });
}

#[test]
fn without_the_policy_no_browser_is_known_and_none_is_believed() {
    let house = House::open();
    block_on(async {
        let owner = known(&house).await;
        let mut policy = lockkeeper::lockout::Preset::Balanced.policy();
        policy.known_devices = false;
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.save_policy(acme, &policy, "test", "test").await.unwrap();
        let right = house.visitor().sign_in(ALEX, PASSWORD).await;
        assert_sent(&right, ACCOUNT);
        assert_eq!(lane_cookie(&right), None);
        house.lock(&house.visitor(), ALEX).await;
        assert_eq!(owner.sign_in(ALEX, PASSWORD).await.status, 403);
    });
}

#[test]
fn a_browser_is_known_again_when_the_policy_is_back() {
    let house = House::open();
    block_on(async {
        let owner = known(&house).await;
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        let mut policy = lockkeeper::lockout::Preset::Balanced.policy();
        for known_devices in [false, true] {
            policy.known_devices = known_devices;
            tenants.save_policy(acme, &policy, "test", "test").await.unwrap();
            assert_sent(&owner.sign_in(ALEX, PASSWORD).await, ACCOUNT);
            owner.post("/t/acme/sign-out", &[]).await;
        }
        house.lock(&house.visitor(), ALEX).await;
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403);
        let back = owner.sign_in(ALEX, PASSWORD).await;
        assert_sent(&back, ACCOUNT);
        assert_eq!(lane_cookie(&back), None, "by the cookie that it had all the time");
    });
}

#[test]
fn a_known_device_signs_in_while_the_public_lane_is_locked() {
    let house = House::open();
    block_on(async {
        let owner = known(&house).await;
        house.lock(&house.visitor(), ALEX).await;
        let before = state(&house).await;
        let stranger = house.visitor();
        assert_eq!(stranger.sign_in(ALEX, PASSWORD).await.status, 403);
        // A slip of the finger costs nothing.
        assert_eq!(owner.sign_in(ALEX, "wrong").await.status, 422);
        assert_sent(&owner.sign_in(ALEX, PASSWORD).await, ACCOUNT);
        let after = state(&house).await;
        assert_eq!((after.lock, after.count), (before.lock, before.count), "the lock stays");
        assert_eq!(stranger.sign_in(ALEX, PASSWORD).await.status, 403);
    });
}

#[test]
fn a_lock_by_staff_stands_before_known_devices_too() {
    let house = House::open();
    block_on(async {
        let owner = known(&house).await;
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.lock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        assert_eq!(owner.sign_in(ALEX, PASSWORD).await.status, 403);
        tenants.unlock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        assert_sent(&owner.sign_in(ALEX, PASSWORD).await, ACCOUNT);
    });
}

#[test]
fn a_device_of_one_user_is_nobodys_for_another() {
    let house = House::open();
    let bea = house.app.user(&house.acme, BEA, "another horse").record.user.id;
    block_on(async {
        let owner = known(&house).await;
        house.lock(&house.visitor(), BEA).await;
        assert_eq!(owner.sign_in(BEA, "another horse").await.status, 403);
        // One browser of two people: both are known in it.
        house.app.advance(lockkeeper::model::Span::HOUR);
        let both = owner.sign_in(BEA, "another horse").await;
        assert_sent(&both, ACCOUNT);
        let value = lane_cookie(&both).unwrap();
        for user in [&house.alex, &bea] {
            assert!(matches!(lanes_in(&house, &value, user).await[..], [Lane::Device(_)]));
        }
        for (name, password) in [(ALEX, PASSWORD), (BEA, "another horse")] {
            house.lock(&house.visitor(), name).await;
            assert_sent(&owner.sign_in(name, password).await, ACCOUNT);
        }
    });
}

#[test]
fn each_lane_locks_by_itself_and_publishes_nothing() {
    let house = House::open();
    block_on(async {
        let (here, there) = (known(&house).await, known(&house).await);
        let locked = house.lock(&here, ALEX).await;
        assert!(!locked.header("retry-after").is_empty());
        assert_eq!(here.sign_in(ALEX, PASSWORD).await.status, 403, "right or wrong");
        let key = Identifier::parse(ALEX).unwrap().key;
        let source = Source::from_stored("192.0.2.9".to_owned());
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        let published = tenants.locked_already(acme, &key, &source, &LaneClaims::NONE).await;
        assert_eq!(published.unwrap(), None);
        assert_eq!(state(&house).await.count, 0);
        assert_sent(&there.sign_in(ALEX, PASSWORD).await, ACCOUNT);
        assert_sent(&house.visitor().sign_in(ALEX, PASSWORD).await, ACCOUNT);
        assert_eq!(here.sign_in(ALEX, PASSWORD).await.status, 403, "its own lock stays");
        house.app.advance(lockkeeper::model::Span::MINUTE);
        assert_sent(&here.sign_in(ALEX, PASSWORD).await, ACCOUNT);
    });
}

#[test]
fn guesses_in_a_session_count_in_its_own_device_alone() {
    let house = House::open();
    block_on(async {
        let client = house.app.client();
        let form = [("identifier", ALEX), ("password", PASSWORD), ("strategy", "password")];
        client.post_form("/t/acme/v1/client/sign_ins", &form).await;
        let change = [("current_password", "wrong horse"), ("new_password", "a new horse 1")];
        let mut told = Vec::new();
        for _ in 0..9 {
            told.push(client.post_form("/t/acme/v1/me/change_password", &change).await.status);
        }
        assert_eq!(told, [422, 422, 422, 422, 422, 422, 422, 403, 403]);
        assert_sent(&house.visitor().sign_in(ALEX, PASSWORD).await, ACCOUNT);
    });
}

#[test]
fn known_and_unknown_stay_equal_with_a_cookie_of_somebody_else() {
    let house = House::open();
    house.app.user(&house.acme, BEA, "another horse");
    block_on(async {
        let mut stories = Vec::new();
        for name in [ALEX, "amos@acme.test"] {
            let visitor = house.visitor();
            assert_sent(&visitor.sign_in(BEA, "another horse").await, ACCOUNT);
            visitor.post("/t/acme/sign-out", &[]).await;
            let mut story = Vec::new();
            for _ in 0..10 {
                let answer = visitor.sign_in(name, "wrong").await;
                let mut cookies: Vec<_> = answer.set_cookies().into_keys().collect();
                cookies.sort_unstable();
                let body = answer.body.replace("<wbr>", "").replace(name, "~");
                story.push((answer.status, cookies, answer.header("retry-after").to_owned(), body));
            }
            stories.push(story);
        }
        assert_eq!(stories[0], stories[1]);
        assert_eq!(stories[0].iter().filter(|told| told.0 == 403).count(), 3);
    });
}
