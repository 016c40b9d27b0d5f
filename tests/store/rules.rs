//! Rules of the attempt protocol that a single settle shows, on both databases.

use diesel::prelude::*;
use lockkeeper::lockout::{PolicyDocument, Preset};
use lockkeeper::model::*;
use lockkeeper::store::schema::lanes;
use lockkeeper::store::sessions::SessionFilter;
use lockkeeper::store::settle::*;
use lockkeeper::store::{StoreError, SubjectKey};

use super::bench::{Bench, TRIES};

const ALEX: &str = "alex@acme.test";

on_both!(
    no_session_follows_a_lock_wherever_the_right_one_stands,
    a_secret_verified_against_an_older_credential_is_verified_again,
    a_policy_saved_meanwhile_decides,
    the_same_attempt_again_is_answered_from_the_log,
    one_bad_item_takes_no_other_along,
    a_lane_without_a_row_gains_nothing,
    a_lane_that_was_revoked_stays_dead,
    the_count_of_a_lane_is_its_row,
);

const WRONG: Verified = Verified::Wrong { credential_version: 1 };
const RIGHT: Verified = Verified::Right { credential_version: 1 };

impl Bench {
    async fn sessions(&self, user: &UserId) -> i64 {
        let filter = SessionFilter { user: Some(user.clone()), ..SessionFilter::default() };
        self.reader.count_sessions(self.tenant.clone(), filter).await.unwrap()
    }

    /// A lane row as issuing a device or a pass writes it.
    fn issue(&self, user: &UserId, lane: &Lane, dead: bool) {
        let mut db = self.url.open_writer().unwrap();
        diesel::insert_into(lanes::table)
            .values((
                lanes::tenant_id.eq(self.tenant.as_str()),
                lanes::subject.eq(user.as_str()),
                lanes::lane.eq(lane.stored()),
                lanes::count.eq(0),
                lanes::ladder_base.eq(0),
                lanes::lock_spent.eq(false),
                lanes::beyond_long_run.eq(0),
                lanes::serial.eq(0),
                lanes::dead.eq(dead),
                lanes::era.eq(0),
                lanes::all_serial.eq(0),
                lanes::created_at.eq(0),
            ))
            .execute(&mut db)
            .unwrap();
    }

    async fn in_lane(&self, lane: &Lane, verified: Verified) -> Answer {
        let request = SettleRequest { lane: lane.clone(), ..self.request(ALEX, verified).await };
        self.settle(request).await
    }
}

fn device(name: &str) -> Lane {
    Lane::Device(LaneId(name.to_owned()))
}

/// Every place that the one right secret can have among wrong ones, all handed over at once: it
/// signs in before the lock or not at all.
async fn no_session_follows_a_lock_wherever_the_right_one_stands(bench: Bench) {
    for place in 0..TRIES + 3 {
        let name = format!("alex{place}@acme.test");
        let user = bench.add_user(&[&name]).await;
        let mut settling = Vec::new();
        for number in 0..TRIES + 3 {
            let verified = if number == place { RIGHT } else { WRONG };
            settling.push(bench.store.settle(bench.request(&name, verified).await));
        }
        let mut locked = false;
        for (number, one) in settling.into_iter().enumerate() {
            let answer = one.await.unwrap().answer().clone();
            match &answer {
                Answer::Complete { .. } => assert!(!locked && number == place, "{place}: {number}"),
                Answer::WrongAndLocked(_) => locked = true,
                Answer::Locked(_) => assert!(locked, "{place}: {number}"),
                other => assert!(matches!(other, Answer::Wrong { .. }) && !locked, "{other:?}"),
            }
        }
        // The right one clears what came before it, so the lock always comes.
        assert!(locked, "{place}");
        assert_eq!(bench.sessions(&user).await, i64::from(place < TRIES), "{place}");
    }
}

async fn a_secret_verified_against_an_older_credential_is_verified_again(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    let (right, wrong) = (bench.request(ALEX, RIGHT).await, bench.request(ALEX, WRONG).await);
    let hash = Some("$new$".to_owned());
    bench.store.set_password(bench.tenant.clone(), user.clone(), hash).await.unwrap();
    for request in [right, wrong] {
        assert_eq!(bench.settle(request).await, Answer::Again);
    }
    assert_eq!(bench.sessions(&user).await, 0);
}

async fn a_policy_saved_meanwhile_decides(bench: Bench) {
    bench.add_user(&[ALEX]).await;
    // Read once before, so that anything that remembers policies remembers this one.
    bench.attempt("nobody@acme.test", Verified::Wrong { credential_version: 0 }).await;
    let mut strict = Preset::Balanced.policy();
    strict.max_attempts = 1;
    let document = PolicyDocument::of(&strict).to_json();
    let (author, reason) = ("test".to_owned(), "test".to_owned());
    bench.store.save_policy(bench.tenant.clone(), document, author, reason).await.unwrap();
    let answer = bench.attempt(ALEX, WRONG).await;
    assert!(matches!(answer, Answer::WrongAndLocked(_)), "{answer:?}");
}

async fn the_same_attempt_again_is_answered_from_the_log(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    let wrong = bench.request(ALEX, WRONG).await;
    let left = i64::try_from(TRIES).unwrap() - 1;
    for _ in 0..TRIES + 1 {
        assert_eq!(bench.settle(wrong.clone()).await, Answer::Wrong { remaining: Some(left) });
    }
    let right = bench.request(ALEX, RIGHT).await;
    let first = bench.settle(right.clone()).await;
    assert!(matches!(first, Answer::Complete { .. }), "{first:?}");
    assert_eq!(bench.settle(right).await, first);
    assert_eq!(bench.sessions(&user).await, 1);
}

async fn one_bad_item_takes_no_other_along(bench: Bench) {
    let name = |n: usize| format!("nobody{n}@acme.test");
    let wrong = Verified::Wrong { credential_version: 0 };
    let mut settling = Vec::new();
    for number in 0..20 {
        let mut request = bench.request(&name(number), wrong).await;
        if number == 10 {
            // A tenant that does not exist has no policy.
            request.tenant = TenantId::from_stored("ins_nowhere".to_owned());
        }
        settling.push(bench.store.settle(request));
    }
    for (number, one) in settling.into_iter().enumerate() {
        match one.await {
            Ok(settled) => assert_eq!(settled.look().count, 1, "{number}"),
            Err(error) => {
                assert!(number == 10 && !matches!(error, StoreError::Unclear), "{number}: {error}");
            }
        }
    }
}

async fn a_lane_without_a_row_gains_nothing(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    bench.lock(ALEX, 1).await;
    // A cookie of a device that was never known, or was forgotten: right or wrong, back to the gate.
    for verified in [RIGHT, WRONG] {
        assert_eq!(bench.in_lane(&device("forged"), verified).await, Answer::Again);
    }
    assert_eq!(bench.sessions(&user).await, 0);
    // A known one gets past the lock of everybody else.
    bench.issue(&user, &device("known"), false);
    let answer = bench.in_lane(&device("known"), RIGHT).await;
    assert!(matches!(answer, Answer::Complete { .. }), "{answer:?}");
}

async fn a_lane_that_was_revoked_stays_dead(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    bench.issue(&user, &device("lost"), true);
    assert_eq!(bench.in_lane(&device("lost"), RIGHT).await, Answer::Again);
    assert_eq!(bench.sessions(&user).await, 0);
}

async fn the_count_of_a_lane_is_its_row(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    let lane = device("known");
    bench.issue(&user, &lane, false);
    let mut left = i64::try_from(TRIES).unwrap();
    // The same cookie again and again: it names the row, whatever it was worth when it was made.
    while left > 1 {
        left -= 1;
        let answer = bench.in_lane(&lane, WRONG).await;
        assert_eq!(answer, Answer::Wrong { remaining: Some(left) });
    }
    let locked = bench.in_lane(&lane, WRONG).await;
    assert!(matches!(locked, Answer::WrongAndLocked(_)), "{locked:?}");
    let refused = bench.in_lane(&lane, RIGHT).await;
    assert!(matches!(refused, Answer::Locked(_)), "{refused:?}");
    let public = bench
        .reader
        .subject_view(bench.tenant.clone(), SubjectKey::user(&user), lockkeeper::model::Millis(0))
        .await;
    assert_eq!(public.unwrap().0.subject.count, 0, "nobody else pays for a device");
}
