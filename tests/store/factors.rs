//! Codes, authenticator apps and recovery codes in the settle (rules 17 and 18), on both databases.

use lockkeeper::lockout::Event;
use lockkeeper::model::*;
use lockkeeper::store::SubjectKey;
use lockkeeper::store::factor::{FactorStep, Proof, Sent};
use lockkeeper::store::one_time_codes::*;
use lockkeeper::store::sessions::SessionFilter;
use lockkeeper::store::settle::*;
use lockkeeper::store::sign_ins::{ClientUse, SignIn, SignInStatus};
use lockkeeper::store::subject_events::SubjectRequest;

use super::bench::{Bench, TRIES, key};

const ALEX: &str = "alex@acme.test";

on_both!(
    two_rights_with_one_code_are_one_session,
    two_rights_with_one_step_are_one_session,
    two_rights_with_one_recovery_code_are_one_session,
    a_wrong_code_spends_a_try_before_the_answer,
    a_code_of_one_sign_in_is_no_other_sign_ins,
    a_sign_in_is_sent_the_same_thing_again_after_a_while,
    a_code_is_good_for_its_purpose_its_subject_and_ten_minutes,
    five_unused_codes_are_the_most_of_a_day,
    a_reset_code_is_taken_while_locked_and_only_its_tries_bound_it,
    a_short_code_spends_its_tries_too,
    a_first_factor_waits_for_the_second_and_clears_nothing,
    a_passed_factor_dies_with_a_lock_of_its_lane,
    a_passed_factor_dies_with_staff_lock_ban_and_new_credentials,
    a_lock_of_another_lane_kills_no_factor,
);

const WRONG: Verified = Verified::Wrong { credential_version: 1 };
const RIGHT: Verified = Verified::Right { credential_version: 1 };

/// Alex with a sign-in that waits.
pub(super) struct Waiting {
    pub(super) user: UserId,
    pub(super) client: ClientId,
    pub(super) sign_in: SignInId,
}

impl Bench {
    pub(super) async fn waiting(&self) -> Waiting {
        let user = match self.reader.identified(self.tenant.clone(), key(ALEX)).await.unwrap() {
            Some(known) => known.user.id,
            None => self.add_user(&[ALEX]).await,
        };
        let (client, now) = (self.client(), self.now());
        let (id, sign_in) = (client.id.clone(), SignInId::generate(now));
        let named = Some((ALEX.to_owned(), key(ALEX)));
        let status = SignInStatus::NeedsFirstFactor;
        let tenant = self.tenant.clone();
        let row = SignIn::fresh(tenant, sign_in.clone(), id.clone(), status, named, None, now);
        self.store.open_sign_in(ClientUse::New(client), row).await.unwrap();
        Waiting { user, client: id, sign_in }
    }

    pub(super) async fn with(
        &self,
        of: &Waiting,
        proof: Proof,
        verified: Verified,
    ) -> SettleRequest {
        let request = self.request(ALEX, verified).await;
        SettleRequest {
            proof,
            sign_in: SettleSignIn::Existing(of.sign_in.clone()),
            client: SettleClient { id: of.client.clone(), ..request.client },
            ..request
        }
    }

    async fn try_with(&self, of: &Waiting, proof: Proof, verified: Verified) -> Answer {
        self.settle(self.with(of, proof, verified).await).await
    }

    /// Alex with an authenticator app, past the password.
    pub(super) async fn past_password(&self) -> Waiting {
        let waiting = self.waiting().await;
        let app = Some(("sealed".to_owned(), 0));
        self.store.set_totp(self.tenant.clone(), waiting.user.clone(), app).await.unwrap();
        let version = self.version().await;
        let right = Verified::Right { credential_version: version };
        let answer = self.try_with(&waiting, Proof::PASSWORD, right).await;
        assert!(matches!(answer, Answer::Passed { .. }), "{answer:?}");
        waiting
    }

    async fn version(&self) -> i64 {
        let known = self.reader.identified(self.tenant.clone(), key(ALEX)).await.unwrap();
        known.unwrap().user.credential_version
    }

    pub(super) async fn right(&self) -> Verified {
        Verified::Right { credential_version: self.version().await }
    }

    /// As asked for by a sign-in.
    async fn code(&self, of: &Waiting, purpose: CodePurpose) -> OneTimeCode {
        self.bound_code(of, &of.user, purpose).await
    }

    async fn bound_code(&self, of: &Waiting, user: &UserId, purpose: CodePurpose) -> OneTimeCode {
        match self.store.issue_code(self.request_of(of, user, purpose)).await.unwrap() {
            Issued::Code(code) => code,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn request_of(
        &self,
        of: &Waiting,
        user: &UserId,
        purpose: CodePurpose,
    ) -> CodeRequest {
        let (strategy, address) = (purpose.as_str(), "idn_one".to_owned());
        CodeRequest {
            tenant: self.tenant.clone(),
            subject: SubjectKey::user(user),
            purpose,
            way: Sent::Mail,
            to: Addressee::Nobody,
            asked_by: AskedBy::SignIn { id: of.sign_in.clone(), strategy, address },
            locale: None,
        }
    }

    /// The row, while a try of it can be right.
    async fn live(&self, of: &OneTimeCode) -> Option<OneTimeCode> {
        let row = self.reader.code(self.tenant.clone(), of.id.clone()).await.unwrap();
        row.filter(|row| row.usable(&of.subject, self.now()).is_ok())
    }

    pub(super) async fn sessions_of(&self, user: &UserId) -> i64 {
        let filter = SessionFilter { user: Some(user.clone()), ..SessionFilter::default() };
        self.reader.count_sessions(self.tenant.clone(), filter).await.unwrap()
    }

    pub(super) async fn status(&self, of: &Waiting) -> SignInStatus {
        let found = self.reader.sign_in(self.tenant.clone(), of.sign_in.clone()).await.unwrap();
        found.unwrap().status
    }

    /// Two attempts with the same proof, each in a sign-in of its own, settled together.
    async fn both(&self, a: SettleRequest, b: SettleRequest) {
        let (a, b) = (self.store.settle(a), self.store.settle(b));
        let answers = [a.await.unwrap().answer().clone(), b.await.unwrap().answer().clone()];
        let right = |a: &&Answer| matches!(a, Answer::Complete { .. } | Answer::Verified { .. });
        let complete = answers.iter().filter(right).count();
        let again = answers.iter().filter(|a| matches!(a, Answer::Again)).count();
        assert_eq!((complete, again), (1, 1), "{answers:?}");
    }
}

fn code_proof(code: &OneTimeCode) -> Proof {
    Proof::OneTimeCode { id: code.id.clone(), sent: Sent::Mail, step: FactorStep::First }
}

async fn two_rights_with_one_code_are_one_session(bench: Bench) {
    let one = bench.waiting().await;
    let code = bench.code(&one, CodePurpose::SignIn).await;
    // Two sign-ins have two codes; a check of the same one is what could use it once more.
    let a = bench.with(&one, code_proof(&code), RIGHT).await;
    let check = SettleSignIn::Check { aged: None };
    let b = SettleRequest {
        key: CanonicalKey::of_user(&one.user),
        sign_in: check,
        ..bench.with(&one, code_proof(&code), RIGHT).await
    };
    bench.both(a, b).await;
    assert_eq!(bench.live(&code).await, None);
}

async fn two_rights_with_one_step_are_one_session(bench: Bench) {
    let one = bench.past_password().await;
    let other = bench.waiting().await;
    let right = bench.right().await;
    let passed = bench.try_with(&other, Proof::PASSWORD, right).await;
    assert!(matches!(passed, Answer::Passed { .. }), "{passed:?}");
    let step = || Proof::Totp { step: Some(7) };
    let a = bench.with(&one, step(), right).await;
    let b = bench.with(&other, step(), right).await;
    bench.both(a, b).await;
    assert_eq!(bench.sessions_of(&one.user).await, 1);
    let row = bench.reader.totp(bench.tenant.clone(), one.user.clone()).await.unwrap().unwrap();
    assert_eq!(row.last_step, 7);
}

async fn two_rights_with_one_recovery_code_are_one_session(bench: Bench) {
    let user = bench.waiting().await.user;
    let digests = vec!["digest".to_owned(), "another".to_owned()];
    bench.store.set_recovery_codes(bench.tenant.clone(), user.clone(), digests).await.unwrap();
    let one = bench.past_password().await;
    let other = bench.waiting().await;
    let right = bench.right().await;
    bench.try_with(&other, Proof::PASSWORD, right).await;
    let code = || Proof::RecoveryCode { digest: "digest".to_owned() };
    let a = bench.with(&one, code(), right).await;
    let b = bench.with(&other, code(), right).await;
    bench.both(a, b).await;
    assert_eq!(bench.sessions_of(&user).await, 1);
}

async fn a_wrong_code_spends_a_try_before_the_answer(bench: Bench) {
    let one = bench.waiting().await;
    let code = bench.code(&one, CodePurpose::SignIn).await;
    for spent in 1..=TRIES {
        bench.try_with(&one, code_proof(&code), WRONG).await;
        let tries = bench.live(&code).await.unwrap().tries;
        assert_eq!(tries, i64::try_from(spent).unwrap());
    }
    // Locked by now (two failures), so the rest is thrown away and costs no try.
    let refused = bench.try_with(&one, code_proof(&code), RIGHT).await;
    assert!(matches!(refused, Answer::Locked(_)), "{refused:?}");
    assert_eq!(bench.live(&code).await.unwrap().tries, 2);
}

async fn a_code_is_good_for_its_purpose_its_subject_and_ten_minutes(bench: Bench) {
    let one = bench.waiting().await;
    let reset = bench.code(&one, CodePurpose::Reset).await;
    assert_eq!(bench.try_with(&one, code_proof(&reset), RIGHT).await, Answer::Again);
    let stranger = bench.add_user(&["eve@acme.test"]).await;
    let theirs = bench.bound_code(&one, &stranger, CodePurpose::SignIn).await;
    assert_eq!(bench.try_with(&one, code_proof(&theirs), RIGHT).await, Answer::Again);
    bench.clock.advance(CODE_SPACING);
    let late = bench.code(&one, CodePurpose::SignIn).await;
    bench.clock.advance(CODE_LIFETIME);
    assert_eq!(bench.try_with(&one, code_proof(&late), RIGHT).await, Answer::Again);
    assert_eq!(bench.sessions_of(&one.user).await, 0);
}

async fn five_unused_codes_are_the_most_of_a_day(bench: Bench) {
    let one = bench.waiting().await;
    let issue = || {
        bench.clock.advance(CODE_SPACING);
        bench.store.issue_code(bench.request_of(&one, &one.user, CodePurpose::Reset))
    };
    let first = bench.now().after(CODE_SPACING);
    for _ in 0..CODES_A_DAY {
        assert!(matches!(issue().await.unwrap(), Issued::Code(_)));
    }
    assert_eq!(issue().await.unwrap(), Issued::TooMany { until: first.after(Span::DAY) });
    // Another purpose has a day of its own.
    bench.code(&one, CodePurpose::SignIn).await;
    bench.clock.advance(Span(Span::DAY.0 + 1));
    let one = bench.waiting().await;
    let later = bench.request_of(&one, &one.user, CodePurpose::Reset);
    assert!(matches!(bench.store.issue_code(later).await.unwrap(), Issued::Code(_)));
}

async fn a_reset_code_is_taken_while_locked_and_only_its_tries_bound_it(bench: Bench) {
    let one = bench.waiting().await;
    bench.lock(ALEX, 1).await;
    let proof = |code: &OneTimeCode| Proof::ResetCode(code.id.clone());
    let guessed = bench.code(&one, CodePurpose::Reset).await;
    for _ in 0..CODE_TRIES {
        let answer = bench.try_with(&one, proof(&guessed), WRONG).await;
        assert_eq!(answer, Answer::Wrong { remaining: None });
    }
    assert_eq!(bench.live(&guessed).await, None, "five tries and no more");
    assert_eq!(bench.try_with(&one, proof(&guessed), RIGHT).await, Answer::Again);
    let one = bench.waiting().await;
    let code = bench.code(&one, CodePurpose::Reset).await;
    let passed = bench.try_with(&one, proof(&code), RIGHT).await;
    assert!(matches!(passed, Answer::Passed { .. }), "{passed:?}");
    assert_eq!(bench.status(&one).await, SignInStatus::NeedsNewPassword);
    let refused = bench.attempt(ALEX, RIGHT).await;
    assert!(matches!(refused, Answer::Locked(_)), "a code opens no lock: {refused:?}");
}

async fn a_short_code_spends_its_tries_too(bench: Bench) {
    let one = bench.waiting().await;
    let code = bench.code(&one, CodePurpose::Unlock).await;
    for _ in 0..CODE_TRIES {
        let spent = bench.store.spend_code(code.clone(), Compared::Different).await.unwrap();
        assert_eq!(spent, CodeTry::Spent);
    }
    let dead = bench.store.spend_code(code, Compared::Equal).await.unwrap();
    assert_eq!(dead, CodeTry::Dead, "right, but too late");
    bench.clock.advance(CODE_SPACING);
    let code = bench.code(&one, CodePurpose::Unlock).await;
    for expected in [CodeTry::Spent, CodeTry::Dead] {
        let used = bench.store.spend_code(code.clone(), Compared::Equal).await.unwrap();
        assert_eq!(used, expected);
    }
}

async fn a_first_factor_waits_for_the_second_and_clears_nothing(bench: Bench) {
    bench.waiting().await;
    bench.attempt(ALEX, WRONG).await;
    let one = bench.past_password().await;
    assert_eq!(bench.status(&one).await, SignInStatus::NeedsSecondFactor);
    assert_eq!(bench.sessions_of(&one.user).await, 0);
    let subject = SubjectKey::user(&one.user);
    let count = || {
        bench.reader.subject_view(
            bench.tenant.clone(),
            subject.clone(),
            lockkeeper::model::Millis(0),
        )
    };
    assert_eq!(count().await.unwrap().0.subject.count, 1, "a first factor clears nothing");
    let right = bench.right().await;
    let again = bench.try_with(&one, Proof::PASSWORD, right).await;
    assert_eq!(again, Answer::SignInVoid, "it waits for something else");
    let done = bench.try_with(&one, Proof::Totp { step: Some(1) }, right).await;
    assert!(matches!(done, Answer::Complete { .. }), "{done:?}");
    assert_eq!(count().await.unwrap().0.subject.count, 0);
    let twice = bench.try_with(&one, Proof::Totp { step: Some(2) }, right).await;
    assert_eq!(twice, Answer::SignInVoid, "completing twice is void");
    assert_eq!(bench.sessions_of(&one.user).await, 1);
}

async fn a_passed_factor_dies_with_a_lock_of_its_lane(bench: Bench) {
    let one = bench.past_password().await;
    let version = bench.version().await;
    bench.lock(ALEX, version).await;
    bench.clock.advance(Span::MINUTE);
    let right = bench.right().await;
    let mut request = bench.with(&one, Proof::Totp { step: Some(1) }, right).await;
    let cookie = std::mem::replace(&mut request.client.rotating_hash, "third".to_owned());
    assert_eq!(bench.settle(request).await, Answer::FactorDied);
    let client = bench.reader.client(bench.tenant.clone(), one.client.clone()).await.unwrap();
    assert_eq!(client.unwrap().rotating_hash, cookie, "nobody was sent a new cookie");
    assert_eq!(bench.status(&one).await, SignInStatus::NeedsFirstFactor);
    assert_eq!(bench.sessions_of(&one.user).await, 0);
    // What was thrown away is not used up, and the sign-in itself lives on.
    let passed = bench.try_with(&one, Proof::PASSWORD, right).await;
    assert!(matches!(passed, Answer::Passed { .. }), "{passed:?}");
    let done = bench.try_with(&one, Proof::Totp { step: Some(1) }, right).await;
    assert!(matches!(done, Answer::Complete { .. }), "{done:?}");
}

async fn a_passed_factor_dies_with_staff_lock_ban_and_new_credentials(bench: Bench) {
    use lockkeeper::store::users::Standing;
    let staff = |user: &UserId, event| SubjectRequest {
        tenant: bench.tenant.clone(),
        user: user.clone(),
        event,
        actor: "test".to_owned(),
        reason: None,
    };
    for case in 0..3 {
        let one = bench.past_password().await;
        let (tenant, user) = (bench.tenant.clone(), one.user.clone());
        match case {
            0 => {
                let lock = staff(&user, Event::StaffLock { until: None });
                bench.store.change_subject(lock).await.unwrap();
                bench.store.change_subject(staff(&user, Event::StaffUnlock)).await.unwrap();
            }
            1 => {
                let standing = [Standing::Banned, Standing::Allowed];
                for standing in standing {
                    bench
                        .store
                        .set_standing(tenant.clone(), vec![user.clone()], standing)
                        .await
                        .unwrap();
                }
            }
            _ => bench.store.set_password(tenant, user, Some("$new$".to_owned())).await.unwrap(),
        }
        let right = bench.right().await;
        let died = bench.try_with(&one, Proof::Totp { step: Some(1) }, right).await;
        assert_eq!(died, Answer::FactorDied, "{case}");
        assert_eq!(bench.sessions_of(&one.user).await, 0, "{case}");
    }
}

async fn a_lock_of_another_lane_kills_no_factor(bench: Bench) {
    let one = bench.past_password().await;
    let right = bench.right().await;
    // A device that nobody knows is no lane at all: nothing is counted, nothing dies.
    let wrong = Verified::Wrong { credential_version: bench.version().await };
    let lane = Lane::Device(LaneId("forged".to_owned()));
    for _ in 0..=TRIES {
        let request = SettleRequest { lane: lane.clone(), ..bench.request(ALEX, wrong).await };
        assert_eq!(bench.settle(request).await, Answer::Again);
    }
    let done = bench.try_with(&one, Proof::Totp { step: Some(1) }, right).await;
    assert!(matches!(done, Answer::Complete { .. }), "{done:?}");
}

async fn a_code_of_one_sign_in_is_no_other_sign_ins(bench: Bench) {
    let (one, other) = (bench.waiting().await, bench.waiting().await);
    let code = bench.code(&one, CodePurpose::SignIn).await;
    // Somebody else asks for one too, and later: the first is as good as it was.
    let theirs = bench.code(&other, CodePurpose::SignIn).await;
    assert_eq!(bench.try_with(&other, code_proof(&code), RIGHT).await, Answer::Again);
    assert_eq!(bench.try_with(&other, code_proof(&code), WRONG).await, Answer::Again);
    assert_eq!(bench.live(&code).await.unwrap().tries, 0, "nor does it spend its tries");
    let done = bench.try_with(&one, code_proof(&code), RIGHT).await;
    assert!(matches!(done, Answer::Complete { .. }), "{done:?}");
    let done = bench.try_with(&other, code_proof(&theirs), RIGHT).await;
    assert!(matches!(done, Answer::Complete { .. }), "{done:?}");
}

async fn a_sign_in_is_sent_the_same_thing_again_after_a_while(bench: Bench) {
    let one = bench.waiting().await;
    let first = bench.code(&one, CodePurpose::SignIn).await;
    let request = bench.request_of(&one, &one.user, CodePurpose::SignIn);
    let until = bench.now().after(CODE_SPACING);
    let again = bench.store.issue_code(request.clone()).await.unwrap();
    assert_eq!(again, Issued::TooSoon { until });
    bench.clock.advance(CODE_SPACING);
    let again = bench.store.issue_code(request.clone()).await.unwrap();
    assert!(matches!(again, Issued::Code(_)), "{again:?}");
    assert_eq!(bench.try_with(&one, code_proof(&first), RIGHT).await, Answer::Again, "it is over");
    let tenant = bench.tenant.clone();
    bench.store.drop_sign_in(tenant, one.client.clone()).await.unwrap();
    assert_eq!(bench.store.issue_code(request).await.unwrap(), Issued::Void);
}
