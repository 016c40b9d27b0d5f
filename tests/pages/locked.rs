//! The locked page: until when, and the ways back in.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lockkeeper::lockout::LockLength;
use lockkeeper::model::{Clock, Count};

use super::*;
use crate::harness::app::TestPlan;
use crate::harness::client::block_on;
use crate::harness::clock::FakeClock;

/// A clock that moves on by a millisecond whenever it is read.
struct Ticking(FakeClock);

impl Clock for Ticking {
    fn at(&self, db_now: Option<Millis>) -> Millis {
        self.0.advance(Span(1));
        self.0.at(db_now)
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn wait_until<'a>(&'a self, due: Millis) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.0.wait_until(due)
    }
}

#[test]
fn fifty_refused_tries_hash_nothing_and_write_nothing() {
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
        for number in 0..50 {
            let password = if number % 2 == 0 { PASSWORD } else { "wrong" };
            assert_eq!(visitor.sign_in(ALEX, password).await.status, 403);
        }
        assert_eq!(spent(), before);
    });
}

#[test]
fn the_wait_is_told_as_of_the_answer_and_is_never_longer_than_the_lock() {
    let clock = FakeClock::at_noon();
    let ticking = Arc::new(Ticking(clock.clone()));
    let plan = TestPlan { change: Box::new(|plan| plan.clock = ticking), ..TestPlan::default() };
    let house = House::of(TestApp::with_clock(plan, clock), None);
    block_on(async {
        for identifier in [ALEX, "nobody@acme.test"] {
            let answer = house.lock(&house.visitor(), identifier).await;
            assert_eq!(answer.header("retry-after"), "60");
            assert!(!answer.body.contains("in 2 minutes"), "{}", answer.body);
        }
    });
}

#[test]
fn at_the_minute_that_is_told_the_form_lets_in() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.app.advance(Span(30_500));
        let answer = house.lock(&visitor, ALEX).await;
        let told = "<time datetime=\"2026-03-03T12:01:30+00:00\">12:02 UTC</time>";
        assert_page(
            &answer,
            403,
            &[&format!("until <b>{told}</b>"), &format!("Wait until {told}")],
        );
        assert_page(&visitor.get("/t/acme/support").await, 200, &["locked until <time"]);
        assert!(visitor.get("/t/acme/support").await.body.contains("12:02 UTC"));
        house.app.advance(Span(89_500));
        assert_eq!(house.now(), lockkeeper::model::Millis(1_772_539_320_000), "12:02:00");
        assert_sent(&visitor.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}

#[test]
fn retry_after_is_what_is_left_in_whole_seconds_also_for_the_lock_after_an_unlock() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let left = |answer: &Answer| answer.header("retry-after").parse::<i64>().unwrap();
        assert_eq!(left(&house.lock(&visitor, ALEX).await), 60);
        for (passed, expected) in [(12_345, 48), (655, 47), (46_000, 1), (999, 1)] {
            house.app.advance(Span(passed));
            assert_eq!(left(&visitor.sign_in(ALEX, "wrong").await), expected);
        }
        assert_sent(&visitor.post(&house.link(1), &[]).await, "/t/acme/unlocked");
        let open = visitor.get("/t/acme/unlocked").await;
        assert_eq!((open.status, open.header("retry-after")), (200, ""));
        // One step higher.
        assert_eq!(left(&house.lock(&visitor, ALEX).await), 120);
        house.app.advance(Span(60_001));
        assert_eq!(left(&visitor.sign_in(ALEX, PASSWORD).await), 60);
    });
}

#[test]
fn it_says_until_when_and_the_right_password_changes_nothing() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let answer = house.lock(&visitor, ALEX).await;
        let facts = [
            "Sign-in is locked",
            "datetime=\"2026-03-03T12:01:00+00:00\"",
            "12:01 UTC",
            "in 1 minute",
            "help@acme.test",
            "Send it again",
        ];
        assert_page(&answer, 403, &facts);
        assert_eq!(answer.header("retry-after"), "60");
        let hashes = house.app.metrics.value(Count::PasswordHashes);
        let right = visitor.sign_in(ALEX, PASSWORD).await;
        assert_eq!((right.status, &right.body), (403, &answer.body));
        assert_eq!(house.app.metrics.value(Count::PasswordHashes), hashes, "nothing was verified");
    });
}

#[test]
fn checking_again_and_writing_to_support_need_no_second_typing() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let locked = house.lock(&visitor, ALEX).await;
        assert!(locked.body.contains("href=\"/t/acme/sign-in\""), "{}", locked.body);
        let again = visitor.get("/t/acme/sign-in").await;
        assert_page(&again, 200, &["value=\"alex@acme.test\""]);
        let support = visitor.get("/t/acme/support").await;
        assert_page(&support, 200, &["We already know about the lock", "alex<wbr>@acme"]);
        assert_page(&house.visitor().get("/t/acme/sign-in").await, 200, &["value=\"\""]);
        // The fact is gone with the lock.
        house.app.advance(Span::MINUTE);
        let later = visitor.get("/t/acme/support").await;
        assert!(!later.body.contains("We already know"), "{}", later.body);
    });
}

#[test]
fn staff_and_endless_locks_say_so_and_name_no_wait() {
    let house = House::with_policy(|policy| {
        policy.minimum_duration = LockLength::UntilUnlocked;
        policy.maximum_duration = LockLength::UntilUnlocked;
    });
    block_on(async {
        let answer = house.lock(&house.visitor(), "nobody@acme.test").await;
        assert_page(&answer, 403, &["until it is unlocked"]);
        assert_eq!(answer.header("retry-after"), "");
        let tenants = &house.app.tenants;
        tenants.lock_user(&house.acme.profile, house.alex.clone(), "test", None).await.unwrap();
        let answer = house.visitor().sign_in(ALEX, PASSWORD).await;
        assert_page(&answer, 403, &["The staff of acme Ltd locked", "13:00 UTC"]);
        assert_eq!(answer.header("retry-after"), "3600");
        assert!(!answer.body.contains("Send it again"), "{}", answer.body);
    });
}

#[test]
fn without_unlock_mails_none_is_promised() {
    let house = House::with_policy(|policy| policy.unlock_mail = false);
    block_on(async {
        let answer = house.lock(&house.visitor(), ALEX).await;
        assert!(!answer.body.contains("Open the mail"), "{}", answer.body);
    });
}
