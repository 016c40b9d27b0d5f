//! A new password after a reset code: what it lifts, what it ends, who it signs in, on both databases.

use lockkeeper::lockout::{Event, LockView};
use lockkeeper::model::*;
use lockkeeper::store::SubjectKey;
use lockkeeper::store::factor::{Proof, Sent};
use lockkeeper::store::lanes::DeviceWish;
use lockkeeper::store::one_time_codes::*;
use lockkeeper::store::sessions::SessionStatus;
use lockkeeper::store::settle::*;
use lockkeeper::store::sign_ins::SignInStatus;
use lockkeeper::store::subject_events::SubjectRequest;
use lockkeeper::store::users::Standing;

use super::bench::{Bench, TRIES, key};

const ALEX: &str = "alex@acme.test";
const WRONG: Verified = Verified::Wrong { credential_version: 1 };
const RIGHT: Verified = Verified::Right { credential_version: 1 };

on_both!(
    a_reset_lifts_the_lock_and_signs_in_with_the_new_password,
    the_owner_resets_while_every_try_relocks,
    a_staff_lock_outlives_a_reset_and_keeps_the_session_back,
    a_reset_with_a_second_factor_still_asks_for_it,
    other_devices_are_signed_out_if_that_was_asked_for,
    a_reset_is_answered_from_the_log_when_asked_again,
    a_proof_from_before_a_staff_lock_or_a_ban_is_void,
    a_reset_sees_and_is_seen_by_its_batch,
);

struct Waiting {
    user: UserId,
    sign_in: SignInId,
    client: ClientId,
}

impl Bench {
    /// Alex, whose reset code was right: a sign-in that waits for the new password.
    async fn proved(&self) -> Waiting {
        let found = self.reader.identified(self.tenant.clone(), key(ALEX)).await.unwrap();
        let (user, version) = found.map_or_else(
            || panic!("no Alex yet"),
            |known| (known.user.id, known.user.credential_version),
        );
        let (sign_in, client) = self.opened(ALEX).await;
        let address = "idn_one".to_owned();
        let strategy = "reset_password_email_code";
        let request = CodeRequest {
            tenant: self.tenant.clone(),
            subject: SubjectKey::user(&user),
            purpose: CodePurpose::Reset,
            way: Sent::Mail,
            to: Addressee::Nobody,
            asked_by: AskedBy::SignIn { id: sign_in.clone(), strategy, address },
            locale: None,
        };
        let issued = self.store.issue_code(request).await.unwrap();
        let Issued::Code(code) = issued else { panic!("{issued:?}") };
        let opened = (sign_in, client);
        let right = Verified::Right { credential_version: version };
        let answer = self.carried_on(&opened, Proof::ResetCode(code.id), right).await;
        assert!(matches!(answer, Answer::Passed { .. }), "{answer:?}");
        Waiting { user, sign_in: opened.0, client: opened.1 }
    }

    fn new_password(&self, of: &Waiting) -> ResetRequest {
        let now = self.now();
        ResetRequest {
            tenant: self.tenant.clone(),
            attempt: AttemptId::generate(now),
            user: of.user.clone(),
            sign_in: of.sign_in.clone(),
            client: SettleClient { id: of.client.clone(), rotating_hash: "third".to_owned() },
            source: Source::from_stored("192.0.2.7".to_owned()),
            device: DeviceWish::None,
            password_hash: "$new$".to_owned(),
            others: OtherDevices::Kept,
            session: SessionId::generate(now),
            session_lifetime: Span::DAY,
        }
    }

    async fn reset(&self, request: ResetRequest) -> Answer {
        self.store.reset(request).await.unwrap().answer().clone()
    }

    async fn password(&self) -> (Option<String>, i64) {
        let known = self.reader.identified(self.tenant.clone(), key(ALEX)).await.unwrap().unwrap();
        (known.user.password_hash, known.user.credential_version)
    }

    async fn lock_of(&self, user: &UserId) -> Option<LockView> {
        let (view, _) = self
            .reader
            .subject_view(self.tenant.clone(), SubjectKey::user(user), lockkeeper::model::Millis(0))
            .await
            .unwrap();
        lockkeeper::lockout::account_lock(&view.subject, self.now())
    }

    async fn status_of(&self, of: &Waiting) -> SignInStatus {
        let found = self.reader.sign_in(self.tenant.clone(), of.sign_in.clone()).await.unwrap();
        found.unwrap().status
    }

    fn staff(&self, user: &UserId, event: Event) -> SubjectRequest {
        SubjectRequest {
            tenant: self.tenant.clone(),
            user: user.clone(),
            event,
            actor: "test".to_owned(),
            reason: None,
        }
    }

    async fn session_status(&self, id: &SessionId) -> SessionStatus {
        self.reader.session(self.tenant.clone(), id.clone()).await.unwrap().unwrap().status
    }
}

async fn a_reset_lifts_the_lock_and_signs_in_with_the_new_password(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    bench.lock(ALEX, 1).await;
    let one = bench.proved().await;
    assert_eq!(bench.status_of(&one).await, SignInStatus::NeedsNewPassword);
    let before = bench.password().await.1;
    let answer = bench.reset(bench.new_password(&one)).await;
    let Answer::Complete { session, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(bench.password().await, (Some("$new$".to_owned()), before + 1));
    assert_eq!(bench.lock_of(&user).await, None);
    let found = bench.reader.session(bench.tenant.clone(), session).await.unwrap().unwrap();
    assert_eq!(found.strategy.as_deref(), Some("reset_password_email_code"));
    let again = bench.reset(bench.new_password(&one)).await;
    assert_eq!(again, Answer::SignInVoid, "one code, one new password");
}

async fn the_owner_resets_while_every_try_relocks(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    bench.lock(ALEX, 1).await;
    let one = bench.proved().await;
    // The lock ends by itself, and the attacker's next guess locks again.
    bench.clock.advance(Span::MINUTE.times(2));
    let relocked = bench.attempt(ALEX, WRONG).await;
    assert!(matches!(relocked, Answer::WrongAndLocked(_)), "{relocked:?}");
    let answer = bench.reset(bench.new_password(&one)).await;
    assert!(matches!(answer, Answer::Complete { .. }), "{answer:?}");
    assert_eq!(bench.lock_of(&user).await, None);
}

async fn a_staff_lock_outlives_a_reset_and_keeps_the_session_back(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    let lock = bench.staff(&user, Event::StaffLock { until: None });
    bench.store.change_subject(lock).await.unwrap();
    let one = bench.proved().await;
    let answer = bench.reset(bench.new_password(&one)).await;
    assert!(matches!(answer, Answer::Locked(LockView { staff: true, .. })), "{answer:?}");
    assert_eq!(bench.password().await.0.as_deref(), Some("$new$"));
    assert!(bench.lock_of(&user).await.is_some_and(|lock| lock.staff));
    assert_eq!(bench.status_of(&one).await, SignInStatus::NeedsFirstFactor);
}

async fn a_reset_with_a_second_factor_still_asks_for_it(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    let app = Some(("sealed".to_owned(), 0));
    bench.store.set_totp(bench.tenant.clone(), user, app).await.unwrap();
    let one = bench.proved().await;
    let answer = bench.reset(bench.new_password(&one)).await;
    assert!(matches!(answer, Answer::Passed { .. }), "{answer:?}");
    let right = Verified::Right { credential_version: bench.password().await.1 };
    let opened = (one.sign_in.clone(), one.client.clone());
    let done = bench.carried_on(&opened, Proof::Totp { step: Some(1) }, right).await;
    assert!(matches!(done, Answer::Complete { .. }), "its own reset kills it not: {done:?}");
}

async fn other_devices_are_signed_out_if_that_was_asked_for(bench: Bench) {
    bench.add_user(&[ALEX]).await;
    let mut old = bench.sign_in(ALEX).await.0;
    for (others, expected) in [
        (OtherDevices::Kept, SessionStatus::Active),
        (OtherDevices::SignedOut, SessionStatus::Revoked),
    ] {
        let one = bench.proved().await;
        let answer = bench.reset(ResetRequest { others, ..bench.new_password(&one) }).await;
        let Answer::Complete { session, .. } = answer else { panic!("{answer:?}") };
        assert_eq!(bench.session_status(&old).await, expected);
        assert_eq!(bench.session_status(&session).await, SessionStatus::Active);
        old = session;
    }
}

async fn a_reset_is_answered_from_the_log_when_asked_again(bench: Bench) {
    bench.add_user(&[ALEX]).await;
    let one = bench.proved().await;
    let request = bench.new_password(&one);
    let first = bench.reset(request.clone()).await;
    let version = bench.password().await.1;
    assert_eq!(bench.reset(request).await, first);
    assert_eq!(bench.password().await.1, version);
}

async fn a_proof_from_before_a_staff_lock_or_a_ban_is_void(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    for case in 0..2 {
        let one = bench.proved().await;
        if case == 0 {
            let lock = bench.staff(&user, Event::StaffLock { until: None });
            bench.store.change_subject(lock).await.unwrap();
            bench.store.change_subject(bench.staff(&user, Event::StaffUnlock)).await.unwrap();
        } else {
            for standing in [Standing::Banned, Standing::Allowed] {
                let (tenant, user) = (bench.tenant.clone(), user.clone());
                bench.store.set_standing(tenant, vec![user], standing).await.unwrap();
            }
        }
        assert_eq!(bench.reset(bench.new_password(&one)).await, Answer::FactorDied);
        assert_eq!(bench.status_of(&one).await, SignInStatus::NeedsFirstFactor);
        assert_eq!(bench.password().await.0, None, "nothing was written");
    }
}

/// A settle before it in the same batch is seen, and one after it sees the new credential.
async fn a_reset_sees_and_is_seen_by_its_batch(bench: Bench) {
    let user = bench.add_user(&[ALEX]).await;
    let one = bench.proved().await;
    let wrong = || bench.request(ALEX, WRONG);
    let requests = [wrong().await, bench.request(ALEX, RIGHT).await];
    let settles: Vec<_> = requests.into_iter().map(|r| bench.store.settle(r)).collect();
    let reset = bench.store.reset(bench.new_password(&one));
    let late: Vec<_> = [wrong().await].into_iter().map(|r| bench.store.settle(r)).collect();
    let answer = reset.await.unwrap().answer().clone();
    assert!(matches!(answer, Answer::Complete { .. }), "{answer:?}");
    for settled in settles.into_iter().chain(late) {
        settled.await.unwrap();
    }
    for _ in 0..TRIES {
        assert_eq!(bench.attempt(ALEX, WRONG).await, Answer::Again, "of the old password");
    }
    assert_eq!(bench.lock_of(&user).await, None);
}
