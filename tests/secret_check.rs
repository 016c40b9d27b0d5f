//! Secrets that are checked for a user who is named by id, through the facade: one counter with the
//! sign-ins, no session, and every other secret of the user alike.

use lockkeeper::credential::{Password, TotpSecret, TotpStep};
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::{SessionId, Source, Span, UserId};
use lockkeeper::store::users::Standing;
use lockkeeper::tenant::Browser;
use lockkeeper::tenant::{AttemptAnswer, CheckedSecret, SecretCheck, UserChangeForm};
use secrecy::SecretString;

use crate::attempt::try_password;
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::block_on;

const ALEX: &str = "alex@acme.test";
const RIGHT: &str = "correct horse";
const PAPER: &str = "paper-code-1";
/// RFC 6238's secret in base32.
const APP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const N: i64 = 3;

struct Bench {
    app: TestApp,
    acme: TestTenant,
    alex: UserId,
}

impl Bench {
    fn new() -> Self {
        let app = TestApp::start();
        let policy = Policy { max_attempts: N, ..Preset::Balanced.policy() };
        let acme = app.tenant("acme", Some(policy));
        let alex = app.user(&acme, ALEX, RIGHT).record.user.id;
        Self { app, acme, alex }
    }

    async fn check(&self, secret: CheckedSecret, aged: Option<SessionId>) -> AttemptAnswer {
        let check = SecretCheck {
            profile: self.acme.profile.clone(),
            user: self.alex.clone(),
            secret,
            source: Source::from_stored("server".to_owned()),
            browser: Browser::NONE,
            aged,
        };
        self.app.tenants.check_secret(check).await.unwrap()
    }

    async fn password(&self, typed: &str) -> AttemptAnswer {
        self.check(CheckedSecret::Password(Password::parse(typed).unwrap()), None).await
    }

    async fn paper(&self) -> AttemptAnswer {
        self.check(CheckedSecret::RecoveryCode(PAPER.to_owned().into()), None).await
    }

    async fn app_code(&self, typed: &str) -> AttemptAnswer {
        self.check(CheckedSecret::Totp(typed.to_owned().into()), None).await
    }

    async fn with_app(&self) {
        let form = UserChangeForm {
            totp: Some(TotpSecret::from_base32(APP)),
            recovery_codes: Some(vec![SecretString::from(PAPER)]),
            ..UserChangeForm::default()
        };
        let user = self.alex.clone();
        self.app.tenants.change_user(&self.acme.profile, user, form).await.unwrap();
    }

    fn code(&self) -> String {
        let step = TotpStep::at(self.app.tenants.clock().now());
        TotpSecret::from_base32(APP).unwrap().code(step)
    }
}

#[test]
fn failures_of_every_secret_and_of_sign_ins_are_one_count() {
    let bench = Bench::new();
    block_on(async {
        bench.with_app().await;
        let first = bench.password("wrong").await;
        assert_eq!(first, AttemptAnswer::Wrong { remaining: Some(N - 1) });
        let second = try_password(&bench.app, &bench.acme, ALEX, "wrong").await;
        assert_eq!(second, AttemptAnswer::Wrong { remaining: Some(N - 2) });
        let third = bench.app_code("000000").await;
        assert!(matches!(third, AttemptAnswer::WrongAndLocked(_)), "{third:?}");
        for refused in
            [bench.password(RIGHT).await, bench.app_code(&bench.code()).await, bench.paper().await]
        {
            assert!(matches!(refused, AttemptAnswer::Locked(_)), "{refused:?}");
        }
        bench.app.advance(Span::DAY);
        let later = bench.paper().await;
        assert!(
            matches!(later, AttemptAnswer::Verified(_)),
            "refused it was not used up: {later:?}"
        );
    });
}

#[test]
fn a_right_secret_is_verified_and_begins_nothing() {
    let bench = Bench::new();
    block_on(async {
        bench.with_app().await;
        assert!(matches!(bench.password(RIGHT).await, AttemptAnswer::Verified(_)));
        let code = bench.code();
        assert!(matches!(bench.app_code(&code).await, AttemptAnswer::Verified(_)));
        let again = bench.app_code(&code).await;
        assert!(matches!(again, AttemptAnswer::Wrong { .. }), "a step is taken once: {again:?}");
        assert!(matches!(bench.paper().await, AttemptAnswer::Verified(_)));
        let again = bench.paper().await;
        assert!(matches!(again, AttemptAnswer::Wrong { .. }), "paper is used up: {again:?}");
        let all = lockkeeper::store::sessions::SessionFilter::default();
        let tenant = bench.acme.profile.id().clone();
        let sessions = bench.app.store.reader().sessions(tenant, all, 10, 0).await.unwrap();
        assert_eq!(sessions.len(), 0);
    });
}

#[test]
fn the_factor_of_a_session_is_as_fresh_as_its_last_proof() {
    let bench = Bench::new();
    block_on(async {
        let AttemptAnswer::Complete(signed_in) =
            try_password(&bench.app, &bench.acme, ALEX, RIGHT).await
        else {
            panic!("not signed in")
        };
        bench.app.advance(Span::HOUR);
        let aged = Some(signed_in.session.clone());
        let secret = CheckedSecret::Password(Password::parse(RIGHT).unwrap());
        let checked = bench.check(secret, aged).await;
        assert!(matches!(checked, AttemptAnswer::Verified(_)), "{checked:?}");
        let tenant = bench.acme.profile.id().clone();
        let session = bench.app.store.reader().session(tenant, signed_in.session).await.unwrap();
        let now = bench.app.tenants.clock().now();
        assert_eq!(session.unwrap().first_factor_at, Some(now));
    });
}

#[test]
fn users_who_are_banned_or_gone_are_told_apart_from_wrong_secrets() {
    let bench = Bench::new();
    block_on(async {
        let (tenants, profile) = (&bench.app.tenants, &bench.acme.profile);
        let user = bench.alex.clone();
        tenants.set_standing(profile, user.clone(), Standing::Banned).await.unwrap();
        assert_eq!(bench.password(RIGHT).await, AttemptAnswer::Banned);
        tenants.delete_user(profile, user).await.unwrap();
        assert_eq!(bench.password(RIGHT).await, AttemptAnswer::Deleted);
    });
}
