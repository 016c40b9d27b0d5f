//! The locked page: until when, and the ways back in.

use lockkeeper::lockout::LockLength;
use lockkeeper::model::Count;

use super::*;
use crate::harness::client::block_on;

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
        assert_page(&support, 200, &["We already know about the lock", "value=\"alex@acme.test\""]);
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
