//! "This wasn't me" behind an unlock link: support is told once, sessions end, and the lock is none of
//! its business.

use lockkeeper::store::contact_requests::{ContactRequestStatus, Origin};

use super::*;
use crate::harness::client::block_on;

const DONE: &str = "/t/acme/not-me/done";

impl House {
    /// What support has been told.
    async fn requests(&self) -> Vec<lockkeeper::store::contact_requests::ContactRequest> {
        let tenant = self.acme.profile.id().clone();
        self.app
            .store
            .reader()
            .contact_requests(tenant, ContactRequestStatus::New, 100)
            .await
            .unwrap()
    }
}

#[test]
fn looking_changes_nothing_and_says_what_there_is_to_do() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let link = house.link(1);
        let confirm = house.visitor().get(&link).await;
        assert_page(&confirm, 200, &[&format!("href=\"{link}/not-me\"")]);
        for _ in 0..20 {
            let scanner = house.visitor();
            let page = scanner.get(&format!("{link}/not-me")).await;
            let facts = ["Was it not you?", "a**@acme.test", "Tell support", "Sign out everywhere"];
            assert_page(&page, 200, &facts);
            assert!(page.body.contains(&format!("href=\"{link}\"")), "back: {}", page.body);
            assert!(!page.body.contains(ALEX), "{}", page.body);
            assert_eq!(page.header("referrer-policy"), "no-referrer");
            assert_eq!(scanner.head(&format!("{link}/not-me")).await.status, 200);
            assert_sent(&scanner.get(DONE).await, "/t/acme/sign-in");
        }
        assert_eq!(house.requests().await.len(), 0);
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403, "still locked");
    });
}

#[test]
fn not_me_twice_is_one_request() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let path = format!("{}/not-me", house.link(1));
        let visitor = house.visitor();
        assert_sent(&visitor.post(&path, &[("what", "tell")]).await, DONE);
        let requests = house.requests().await;
        assert_eq!(requests.len(), 1);
        assert_eq!((requests[0].origin, requests[0].episode), (Origin::NotMe, Some(1)));
        assert_eq!(requests[0].user_id.as_ref(), Some(&house.alex));
        let told = visitor.get(DONE).await;
        assert_page(&told, 200, &["Support knows", &requests[0].reference]);
        assert_eq!(told.header("referrer-policy"), "same-origin");
        // Again, from another browser and by another link of the same episode.
        let other = house.visitor();
        for path in [path, format!("{}/not-me", house.link(1))] {
            assert_sent(&other.post(&path, &[("what", "tell")]).await, DONE);
        }
        let facts = ["Support knows already", &requests[0].reference];
        assert_page(&other.get(DONE).await, 200, &facts);
        assert_eq!(house.requests().await.len(), 1);
        // It has changed nothing about the lock, and the link stays good.
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403);
        assert_sent(&visitor.post(&house.link(1), &[]).await, "/t/acme/unlocked");
        // An episode of its own is news.
        house.lock(&house.visitor(), ALEX).await;
        let next = format!("{}/not-me", house.link(2));
        assert_sent(&visitor.post(&next, &[("what", "tell")]).await, DONE);
        assert_eq!(house.requests().await.len(), 2);
    });
}

#[test]
fn sessions_end_everywhere_and_the_lock_stays() {
    let house = House::open();
    block_on(async {
        let (here, there) = (house.visitor(), house.visitor());
        for visitor in [&here, &there] {
            assert_sent(&visitor.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
        }
        house.lock(&house.visitor(), ALEX).await;
        let path = format!("{}/not-me", house.link(1));
        for _ in 0..2 {
            assert_sent(&here.post(&path, &[("what", "sessions")]).await, DONE);
            assert_page(&here.get(DONE).await, 200, &["Signed out everywhere"]);
        }
        for visitor in [&here, &there] {
            assert_sent(&visitor.get("/t/acme/account").await, "/t/acme/sign-in");
        }
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403);
    });
}

#[test]
fn a_link_without_effect_still_proves_the_mailbox_and_a_dead_one_does_not() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        let (link, short) = (house.link(1), house.link_of(&house.acme, &house.alex, 1, Span::HOUR));
        // The episode is over.
        assert_sent(&house.visitor().post(&link, &[]).await, "/t/acme/unlocked");
        assert_page(&visitor.get(&format!("{link}/not-me")).await, 200, &["Was it not you?"]);
        assert_sent(&visitor.post(&format!("{link}/not-me"), &[("what", "tell")]).await, DONE);
        let unclear = visitor.post(&format!("{link}/not-me"), &[("what", "unlock")]).await;
        assert_page(&unclear, 200, &["Was it not you?"]);
        house.app.advance(Span::HOUR.times(2));
        let never = house.link(7);
        for (dead, fact) in [
            (short, "This link has expired"),
            (never, "name=\"identifier\""),
            ("/t/acme/unlock/x".to_owned(), "name=\"identifier\""),
        ] {
            let path = format!("{dead}/not-me");
            assert_page(&visitor.get(&path).await, 410, &[fact]);
            for what in ["tell", "sessions"] {
                assert_page(&visitor.post(&path, &[("what", what)]).await, 410, &[fact]);
            }
        }
        assert_eq!(house.requests().await.len(), 1);
    });
}

#[test]
fn other_sites_cannot_press_it_and_without_storage_it_is_put_off() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let path = format!("{}/not-me", house.link(1));
        let elsewhere = house.app.client().request(Method::POST, &path);
        let elsewhere = elsewhere.header("origin", "https://evil.test");
        let answer = checked(Client::send(elsewhere.form(&[("what", "sessions")])).await);
        assert_eq!(answer.status, 403);
        house.app.store.close();
        let later = house.visitor().post(&path, &[("what", "tell")]).await;
        assert_page(&later, 503, &["Try again in a minute", &format!("href=\"{path}\"")]);
    });
}
