//! Two hundred tokens that are no link of ours: cut, changed, signed by somebody else, made for
//! something else. One page, no error, no unlock.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lockkeeper::model::Count;
use serde_json::{Value, json};

use super::*;
use crate::harness::client::block_on;

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Another character of the same alphabet.
fn other(byte: u8) -> char {
    if byte == b'A' { 'B' } else { 'A' }
}

fn with_changed(token: &str, at: usize) -> String {
    let mut changed = token.to_owned();
    changed.replace_range(at..=at, &other(token.as_bytes()[at]).to_string());
    changed
}

/// Everything that can be made of one good token without its key.
fn forgeries(good: &str) -> BTreeSet<String> {
    let parts: Vec<&str> = good.split('.').collect();
    let [head, body, seal] = parts[..] else { panic!("{good}") };
    let (header, claims) = (decode(head), decode(body));
    let mut all = BTreeSet::new();
    let step = good.len() / 60;
    all.extend((1..good.len()).step_by(step).map(|end| good.get(..end).unwrap().to_owned()));
    // The last character holds bits that say nothing.
    let changed = (0..good.len() - 1).step_by(good.len() / 80);
    all.extend(changed.filter(|at| good.as_bytes()[*at] != b'.').map(|at| with_changed(good, at)));
    for alg in ["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA", "", "hs256"] {
        let mut swapped = header.clone();
        swapped["alg"] = json!(alg);
        for seal in [seal, ""] {
            all.insert(format!("{}.{body}.{seal}", encode(&swapped)));
        }
    }
    for kid in ["", "x", "../../etc/passwd", "' OR 1=1 --", "dor8KoFx", &"k".repeat(500)] {
        let mut swapped = header.clone();
        swapped["kid"] = json!(kid);
        all.insert(format!("{}.{body}.{seal}", encode(&swapped)));
    }
    for name in ["kid", "typ", "alg"] {
        let mut without = header.clone();
        without.as_object_mut().unwrap().remove(name);
        all.insert(format!("{}.{body}.{seal}", encode(&without)));
    }
    for typ in ["JWT", "lk-session+jwt", "lk-unlock", "LK-UNLOCK+JWT"] {
        let mut swapped = header.clone();
        swapped["typ"] = json!(typ);
        all.insert(format!("{}.{body}.{seal}", encode(&swapped)));
    }
    for (name, value) in [
        ("sub", json!("user_other")),
        ("aud", json!("ins_other")),
        ("iss", json!("somebody")),
        ("ep", json!(2)),
        ("ep", json!("1")),
        ("exp", json!(9_999_999_999_i64)),
        ("iat", json!(0)),
        ("jti", json!("out_other")),
    ] {
        let mut swapped = claims.clone();
        swapped[name] = value;
        all.insert(format!("{head}.{}.{seal}", encode(&swapped)));
    }
    all.extend([
        format!("{good}."),
        format!("{good}.{seal}"),
        format!("{body}.{head}.{seal}"),
        format!("{head}..{seal}"),
        format!("..{seal}"),
        "a.b.c".to_owned(),
        "%20".to_owned(),
        good.to_uppercase(),
        good.chars().rev().collect(),
    ]);
    all
}

#[test]
fn two_hundred_forged_links_one_page() {
    let house = House::open();
    let globex = house.app.tenant("globex", None);
    let jo = house.app.user(&globex, "jo@globex.test", PASSWORD).record.user.id;
    let stranger = MasterKeys::new(MasterKey::from_bytes([8; 32]), Vec::new());
    let rin = house.app.user(&house.acme, "rin@acme.test", PASSWORD).record.user.id;
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        let good = house.link(1);
        let token = good.rsplit('/').next().unwrap();
        let mut all = forgeries(token);
        // Ours, for somebody else or of another key.
        let foreign = house.link_of(&globex, &jo, 1, Span::DAY);
        all.insert(foreign.rsplit('/').next().unwrap().to_owned());
        let link = UnlockLink {
            user: house.alex.clone(),
            episode: 1,
            issued_at: house.now(),
            expires_at: house.now().after(Span::DAY),
            mail: OutboxId::generate(house.now()),
        };
        let id = house.acme.profile.id();
        all.insert(UnlockLinks::for_tenant(&stranger, id).seal(&link).unwrap());
        // Ours, for something else: what a visitor's cookies hold.
        let cookies = house.visitor().sign_in("rin@acme.test", PASSWORD).await.set_cookies();
        assert!(cookies.len() >= 2, "{cookies:?} of {rin}");
        all.extend(cookies.values().map(|line| line.split(['=', ';']).nth(1).unwrap().to_owned()));
        all.remove(token);
        all.retain(|token| !token.is_empty());
        assert!(all.len() >= 200, "{}", all.len());

        let before = house.app.metrics.value(Count::Unlocks);
        let mut pages = BTreeSet::new();
        for token in &all {
            let path = format!("/t/acme/unlock/{token}");
            for answer in [visitor.get(&path).await, visitor.post(&path, &[]).await] {
                assert_eq!(answer.status, 410, "{token}");
                assert!(answer.set_cookies().is_empty(), "{token}");
                pages.insert(answer.body);
            }
        }
        assert_eq!(pages.len(), 1, "nothing tells them apart");
        assert_eq!(house.app.metrics.value(Count::Unlocks), before);
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403);
        assert_sent(&visitor.post(&good, &[]).await, "/t/acme/unlocked");
    });
}
