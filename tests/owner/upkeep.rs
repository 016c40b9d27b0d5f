//! Lanes that are over go: devices of older credentials, unused ones, more than twenty, old passes.

use lockkeeper::model::Span;
use lockkeeper::store::devices::Device;
use lockkeeper::store::upkeep::PurgeLimits;

use super::*;
use crate::harness::client::block_on;
use crate::pages::assert_sent;

/// Until nothing is left to be done.
async fn tidy(house: &House) {
    let tenant = house.acme.profile.id();
    let purge = || house.app.store.purge(tenant.clone(), PurgeLimits::default());
    while purge().await.unwrap().total() > 0 {}
}

async fn devices(house: &House) -> Vec<Device> {
    let tenant = house.acme.profile.id().clone();
    house.app.store.reader().devices(tenant, house.alex.clone()).await.unwrap()
}

#[test]
fn the_newest_twenty_browsers_stay_known() {
    let house = House::open();
    block_on(async {
        let mut values = Vec::new();
        for _ in 0..23 {
            let answer = house.visitor().sign_in(ALEX, PASSWORD).await;
            values.push(lane_cookie(&answer).unwrap());
            house.app.advance(Span::SECOND);
        }
        // The first one is used again, so that the next three are the oldest.
        assert_eq!(sign_in_with(&house, &values[0], ALEX, PASSWORD).await.status, 303);
        tidy(&house).await;
        assert_eq!(devices(&house).await.len(), 20);
        house.lock(&house.visitor(), ALEX).await;
        for (number, status) in [(0, 303), (1, 403), (2, 403), (3, 403), (4, 303), (22, 303)] {
            let answer = sign_in_with(&house, &values[number], ALEX, PASSWORD).await;
            assert_eq!(answer.status, status, "{number}");
        }
    });
}

#[test]
fn a_browser_that_signs_in_twice_a_year_stays_known_and_an_unused_one_not() {
    let house = House::open();
    block_on(async {
        let (used, unused) = (known(&house).await, known(&house).await);
        house.app.advance(Span::DAY.times(100));
        assert_sent(&used.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
        house.app.advance(Span::DAY.times(81));
        tidy(&house).await;
        assert_eq!(devices(&house).await.len(), 1);
        house.lock(&house.visitor(), ALEX).await;
        assert_eq!(unused.sign_in(ALEX, PASSWORD).await.status, 403);
        used.post("/t/acme/sign-out", &[]).await;
        assert_sent(&used.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}

#[test]
fn a_pass_is_remembered_as_long_as_a_link_of_its_episode_can_live() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let press = async || lane_cookie(&house.visitor().post(&house.link(1), &[]).await);
        assert!(press().await.is_some());
        house.app.advance(Span::DAY.times(366));
        tidy(&house).await;
        assert_eq!(press().await, None, "its pass has ended, and there is one");
        house.app.advance(Span::DAY.times(2));
        tidy(&house).await;
        assert!(press().await.is_some(), "the row is gone");
    });
}
