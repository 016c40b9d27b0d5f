//! The way back in of whoever owns the account while somebody else is at it: browsers that are known,
//! the grace pass of an unlock link, and what they do not give to anybody else. Runs on both
//! databases (`on_postgres`).

mod attack;
mod devices;
mod forged;
mod long_run;
mod passes;
mod upkeep;

use std::net::{IpAddr, Ipv4Addr};

use lockkeeper::lockout::SubjectState;
use lockkeeper::model::{Lane, UserId};
use lockkeeper::store::SubjectKey;

use crate::harness::client::{Answer, Client};
use crate::pages::{ALEX, House, PASSWORD, Visitor};

/// Somebody's browser at an address of theirs: all of 127/8 is ours.
fn visitor_at(house: &House, address: [u8; 4]) -> Visitor {
    let source = IpAddr::V4(Ipv4Addr::from(address));
    let origin = house.app.base();
    Visitor { client: Client::from_source(&origin, source), origin }
}

/// The value of the lane cookie that an answer sets.
fn lane_cookie(answer: &Answer) -> Option<String> {
    let cookies = answer.set_cookies();
    let (_, line) = cookies.iter().find(|(name, _)| name.starts_with("__lane_"))?;
    line.split(['=', ';']).nth(1).map(str::to_owned)
}

/// What a cookie claims of `user`, as the server reads it.
async fn lanes_in(house: &House, value: &str, user: &UserId) -> Vec<Lane> {
    let reader = house.app.store.reader();
    let found = reader.user(house.acme.profile.id().clone(), user.clone()).await.unwrap();
    let version = found.unwrap().user.credential_version;
    house.acme.profile.device_cookies().open_all(value, house.now()).of(user, version)
}

/// A sign-in by a stranger's browser that shows this lane cookie and has no other.
async fn sign_in_with(house: &House, value: &str, identifier: &str, password: &str) -> Answer {
    let name = format!("__lane_{}", house.acme.profile.cookie_suffix);
    let stranger = house.visitor();
    let request = stranger.client.request(reqwest::Method::POST, "/t/acme/sign-in");
    let request = request.header("origin", &stranger.origin);
    let request = request.header("sec-fetch-site", "same-origin");
    let request = request.header("cookie", format!("{name}={value}"));
    Client::send(request.form(&[("identifier", identifier), ("password", password)])).await
}

/// A browser that Alex has signed in with and out of again.
async fn known(house: &House) -> Visitor {
    let visitor = house.visitor();
    assert_eq!(visitor.sign_in(ALEX, PASSWORD).await.status, 303);
    assert_eq!(visitor.post("/t/acme/sign-out", &[]).await.status, 303);
    visitor
}

/// Alex's row.
async fn state(house: &House) -> SubjectState {
    let (reader, subject) = (house.app.store.reader(), SubjectKey::user(&house.alex));
    reader
        .subject_view(house.acme.profile.id().clone(), subject, lockkeeper::model::Millis(0))
        .await
        .unwrap()
        .0
        .subject
}
