//! A thousand addresses attack one account, and its owner signs in at the first try all the while.

use lockkeeper::model::Span;

use super::*;
use crate::harness::client::block_on;
use crate::pages::{assert_page, assert_sent};

const ADDRESSES: usize = 1_000;
/// Of them, how many go on while the owner is at it.
const MEANWHILE: usize = 200;
const AT_ONCE: usize = 40;

/// One wrong guess from each address, many at once; the answers' statuses.
async fn assault(attackers: &[Visitor]) -> Vec<u16> {
    let waves = attackers.chunks(attackers.len().div_ceil(AT_ONCE)).map(<[Visitor]>::to_vec);
    let waves = waves.map(|wave| {
        tokio::spawn(async move {
            let mut told = Vec::new();
            for (number, attacker) in wave.iter().enumerate() {
                told.push(guess(attacker, number).await);
            }
            told
        })
    });
    let mut told = Vec::new();
    for wave in waves.collect::<Vec<_>>() {
        told.extend(wave.await.unwrap());
    }
    told
}

/// On a connection of its own: a thousand that rest would be closed under the next guess.
async fn guess(attacker: &Visitor, number: usize) -> u16 {
    let password = format!("guess {number}");
    let form = [("identifier", ALEX), ("password", &*password)];
    let request = attacker.client.request(reqwest::Method::POST, "/t/acme/sign-in").form(&form);
    let request = request.header("origin", &attacker.origin).header("connection", "close");
    Client::send(request).await.status
}

#[test]
fn a_thousand_addresses_attack_and_the_owner_signs_in_at_the_first_try() {
    let house = House::open();
    block_on(async {
        let device = known(&house).await;
        let attackers = attackers(&house);
        for wait in [Span::MINUTE, Span::MINUTE.times(40), Span::HOUR.times(10)] {
            house.app.advance(wait);
            let guesses = assault(&attackers).await.into_iter().filter(|status| *status == 422);
            assert!(guesses.count() < 8, "a lock after the eighth");
            sign_in_beside(&house, &attackers, &device).await;
            // From a browser that nobody knows: with the link of the mail, and its grace pass.
            let new = house.visitor();
            let link = house.link(state(&house).await.episode);
            assert_sent(&new.post(&link, &[]).await, "/t/acme/unlocked");
            assault(&attackers[..MEANWHILE]).await;
            sign_in_beside(&house, &attackers, &new).await;
        }
    });
}

/// The mail of the lock that opened the episode is the only one, and its link is good while the attack
/// goes on: the owner may have slept.
#[test]
fn the_first_locks_mail_lets_its_owner_in_forty_minutes_and_ten_hours_later() {
    const WAVES: i64 = 10;
    for wait in [Span::MINUTE.times(40), Span::HOUR.times(10)] {
        let house = House::open();
        block_on(async {
            let attackers = attackers(&house);
            assault(&attackers).await;
            let mail = house.mails(1).await.remove(0);
            let first = state(&house).await.episode;
            for _ in 0..WAVES {
                house.app.advance(Span(wait.0 / WAVES));
                assault(&attackers[..MEANWHILE]).await;
            }
            let now = state(&house).await;
            assert!(now.lock.is_some() && now.episode == first, "it is one attack: {now:?}");
            let mails = house.mails(1).await;
            assert_eq!(mails.len(), 1, "one lock opened it, and one mail tells of it");
            let owner = house.visitor();
            let (_, link) = mail.text.split_once(&house.app.base()).unwrap();
            let link = link.split_whitespace().next().unwrap();
            assert_page(&owner.get(link).await, 200, &["Unlock your account?"]);
            assert_sent(&owner.post(link, &[]).await, "/t/acme/unlocked");
            assault(&attackers[..MEANWHILE]).await;
            sign_in_beside(&house, &attackers, &owner).await;
        });
    }
}

fn attackers(house: &House) -> Vec<Visitor> {
    let at = |number: usize| {
        let [.., high, low] = u32::try_from(number).unwrap().to_be_bytes();
        visitor_at(house, [127, 1, high, low])
    };
    (0..ADDRESSES).map(at).collect()
}

/// Signs Alex in while the attack goes on, at the first try; the lock stays as it is.
async fn sign_in_beside(house: &House, attackers: &[Visitor], owner: &Visitor) {
    let before = state(house).await.lock.expect("the attack has locked");
    let stranger = house.visitor();
    assert_eq!(stranger.sign_in(ALEX, PASSWORD).await.status, 403);
    let more = &attackers[..MEANWHILE];
    let (told, signed_in) = tokio::join!(assault(more), owner.sign_in(ALEX, PASSWORD));
    assert_sent(&signed_in, "/t/acme/account");
    assert!(told.iter().all(|status| *status == 403), "{told:?}");
    assert_eq!(state(house).await.lock, Some(before));
    owner.post("/t/acme/sign-out", &[]).await;
}
