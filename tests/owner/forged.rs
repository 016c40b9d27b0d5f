//! Lane cookies that are forged, cut, foreign or used up: each is worth as much as none.

use lockkeeper::model::{LaneId, Millis, Span, UserId};
use lockkeeper::tenant::UserChangeForm;
use lockkeeper::token::{CookieLane, DeviceCookie};

use super::*;
use crate::harness::client::block_on;

const BEA: &str = "bea@acme.test";

/// The device cookie that a sign-in gives a new browser.
async fn device_cookie(house: &House, name: &str, password: &str) -> String {
    lane_cookie(&house.visitor().sign_in(name, password).await).unwrap()
}

/// Genuine seals over lanes that nobody was given, and seals of another tenant.
fn sealed_by_us(
    house: &House,
    other: &crate::harness::app::TestTenant,
    bea: &UserId,
) -> Vec<String> {
    let cookies = house.acme.profile.device_cookies();
    let expires_at = house.now().after(Span::DAY);
    let of = |user: &UserId, lane, credential_version, expires_at| {
        let user = user.clone();
        cookies.seal(&DeviceCookie { user, lane, credential_version, expires_at }).unwrap()
    };
    let device = |id: &str| CookieLane::Device(LaneId(id.to_owned()));
    let pass = |id: &str| CookieLane::Pass(LaneId(id.to_owned()));
    let mut sealed = Vec::new();
    for number in -2..12 {
        sealed.push(of(&house.alex, pass(&number.to_string()), 1, expires_at));
        sealed.push(of(&house.alex, device(&number.to_string()), 1, expires_at));
        sealed.push(of(&house.alex, device("x"), number, expires_at));
        sealed.push(of(bea, pass(&number.to_string()), 1, expires_at));
    }
    for odd in ["public", "device:x", "pass:1", "'; --", " ", "\u{1f511}"] {
        sealed.push(of(&house.alex, device(odd), 1, expires_at));
        sealed.push(of(&house.alex, pass(odd), 1, expires_at));
    }
    sealed.push(of(&house.alex, pass("1"), 1, Millis(house.now().0 - 1_000)));
    let theirs = DeviceCookie {
        user: house.alex.clone(),
        lane: pass("1"),
        credential_version: 1,
        expires_at,
    };
    sealed.push(other.profile.device_cookies().seal(&theirs).unwrap());
    sealed
}

/// `good`, changed at one place after the other, cut, doubled, and with another header.
fn bent(good: &str) -> Vec<String> {
    let mut bent = Vec::new();
    for at in (0..good.len()).step_by(4) {
        let mut bytes = good.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        bent.push(String::from_utf8(bytes).unwrap());
    }
    for end in (1..good.len()).step_by(16) {
        let (front, rest) = good.split_at(end);
        bent.extend([front, rest].map(str::to_owned));
    }
    let rest = good.split_once('.').unwrap().1;
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"RS256"}"#] {
        use base64::Engine as _;
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header);
        bent.push(format!("{header}.{rest}"));
        bent.push(format!("{header}.{}.", rest.split_once('.').unwrap().0));
    }
    bent
}

#[test]
fn two_hundred_forged_or_foreign_cookies_gain_nothing() {
    let house = House::open();
    let other = house.app.tenant("other", None);
    let bea = house.app.user(&house.acme, BEA, "another horse").record.user.id;
    block_on(async {
        let genuine = device_cookie(&house, ALEX, PASSWORD).await;
        let beas = device_cookie(&house, BEA, "another horse").await;
        // A pass that is used up, and the link that gave it.
        house.lock(&house.visitor(), ALEX).await;
        let link = house.link(1);
        let used = lane_cookie(&house.visitor().post(&link, &[]).await).unwrap();
        house.lock(&house.visitor(), ALEX).await;
        for _ in 0..5 {
            assert_eq!(sign_in_with(&house, &used, ALEX, "wrong").await.status, 422);
        }
        let mut values = sealed_by_us(&house, &other, &bea);
        values.extend(bent(&genuine));
        values.extend([used, beas.clone(), link.rsplit('/').next().unwrap().to_owned()]);
        values.push(format!("{beas}~{beas}~{beas}~{beas}~{genuine}"));
        values.push(format!("{genuine}{}", "~".repeat(5_000)));
        values.extend(["~~~~", "device", "null", "\"\""].map(str::to_owned));
        assert!(values.len() >= 200, "{}", values.len());
        let plain = house.visitor().sign_in(ALEX, PASSWORD).await;
        assert_eq!(plain.status, 403);
        let before = state(&house).await;
        for value in &values {
            let answer = sign_in_with(&house, value, ALEX, PASSWORD).await;
            let told = (answer.status, lane_cookie(&answer), &answer.body);
            assert_eq!(told, (403, None, &plain.body), "{value}");
        }
        assert_eq!(state(&house).await, before);
        // The genuine one is not spoiled by what was tried with its shape.
        assert_eq!(sign_in_with(&house, &genuine, ALEX, PASSWORD).await.status, 303);
    });
}

#[test]
fn a_device_ends_with_a_change_of_credentials() {
    let house = House::open();
    block_on(async {
        let genuine = device_cookie(&house, ALEX, PASSWORD).await;
        let new = "another horse entirely";
        let form = UserChangeForm {
            password: Some(Some(lockkeeper::credential::Password::parse(new).unwrap())),
            ..UserChangeForm::default()
        };
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.change_user(acme, house.alex.clone(), form).await.unwrap();
        house.lock(&house.visitor(), ALEX).await;
        assert_eq!(sign_in_with(&house, &genuine, ALEX, new).await.status, 403);
    });
}
