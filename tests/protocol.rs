//! The rules of the attempt protocol (DESIGN §5) that can be seen from outside, one test each. What
//! happens between verification and settle is put there by a settle port that does something first
//! and then hands on to the real store.

mod actor;
mod between;
mod episode;
mod factors;
mod held;
mod panics;
mod phantom;
mod repeats;
mod row;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use lockkeeper::credential::Password;
use lockkeeper::lockout::{Policy, Preset, SubjectState};
use lockkeeper::model::{CanonicalKey, Identifier, Lane, SignInId, Source, UserId};
use lockkeeper::store::settle::{ResetRequest, SettlePort, SettleRequest, Settled};
use lockkeeper::store::{Store, StoreError, SubjectKey};
use lockkeeper::tenant::{AttemptAnswer, Browser, PasswordAttempt, TenantFault, Tenants};

use crate::harness::app::{TestApp, TestTenant};

pub(crate) const ALEX: &str = "alex@acme.test";
pub(crate) const RIGHT: &str = "correct horse";
/// Failures that lock.
pub(crate) const N: i64 = 3;

/// Longest wait at a gate: a test that finds permits lost ends soon.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

type Settling = Pin<Box<dyn Future<Output = Result<Settled, StoreError>> + Send>>;

/// A settle port made of a function.
struct Port<F>(F);

impl<F> SettlePort for Port<F>
where
    F: Fn(SettleRequest) -> Settling + Send + Sync + 'static,
{
    fn settle(&self, request: SettleRequest) -> Settling {
        (self.0)(request)
    }

    fn reset(&self, _: ResetRequest) -> Settling {
        Box::pin(async { Err(StoreError::Unavailable("no resets here".to_owned())) })
    }
}

/// The facade, known to a port only after the application has started with that port.
pub(crate) type Later = Arc<OnceLock<Tenants>>;

/// A server with tenant `acme` and Alex.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) acme: TestTenant,
    pub(crate) alex: UserId,
}

pub(crate) fn policy() -> Policy {
    Policy { max_attempts: N, ..Preset::Balanced.policy() }
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::on(TestApp::changed(|plan| plan.attempt_wait = PATIENCE))
    }

    pub(crate) fn on(app: TestApp) -> Self {
        let acme = app.tenant("acme", Some(policy()));
        let alex = app.user(&acme, ALEX, RIGHT).record.user.id;
        Self { app, acme, alex }
    }

    /// Attempts are settled by `port`, which is given the store and, once it is there, the facade.
    pub(crate) fn with_port<F>(port: impl FnOnce(Store, Later) -> F + Send + 'static) -> Self
    where
        F: Fn(SettleRequest) -> Settling + Send + Sync + 'static,
    {
        let later = Later::default();
        let given = Arc::clone(&later);
        let app = TestApp::changed(move |plan| {
            plan.attempt_wait = PATIENCE;
            plan.settle = Some(Box::new(move |store| Arc::new(Port(port(store.clone(), given)))));
        });
        assert!(later.set(app.tenants.clone()).is_ok());
        Self::on(app)
    }

    pub(crate) fn attempt(&self, name: &str, password: &str) -> PasswordAttempt {
        PasswordAttempt {
            profile: self.acme.profile.clone(),
            identifier: Identifier::parse(name).unwrap(),
            password: Password::parse(password).unwrap(),
            source: source(),
            browser: Browser::NONE,
            sign_in: None,
            client: None,
            locale: None,
        }
    }

    pub(crate) async fn try_password(&self, name: &str, password: &str) -> AttemptAnswer {
        self.tried(name, password).await.unwrap()
    }

    pub(crate) async fn tried(
        &self,
        name: &str,
        password: &str,
    ) -> Result<AttemptAnswer, TenantFault> {
        self.app.tenants.attempt_password(self.attempt(name, password)).await
    }

    /// Tries that belong to a sign-in opened before.
    pub(crate) fn attempt_in(
        &self,
        sign_in: &SignInId,
        client: &lockkeeper::model::ClientId,
        password: &str,
    ) -> PasswordAttempt {
        let sign_in = Some(sign_in.clone());
        PasswordAttempt { sign_in, client: Some(client.clone()), ..self.attempt(ALEX, password) }
    }

    /// Fails until locked.
    pub(crate) async fn lock(&self, name: &str) {
        for _ in 1..N {
            let answer = self.try_password(name, "wrong").await;
            assert!(matches!(answer, AttemptAnswer::Wrong { .. }), "{answer:?}");
        }
        let answer = self.try_password(name, "wrong").await;
        assert!(matches!(answer, AttemptAnswer::WrongAndLocked(_)), "{answer:?}");
    }

    pub(crate) fn alex_subject(&self) -> SubjectKey {
        SubjectKey::user(&self.alex)
    }

    pub(crate) fn phantom(&self, name: &str) -> SubjectKey {
        SubjectKey::phantom(&self.acme.profile.phantoms.subject_digest(&key(name)))
    }

    /// The row.
    pub(crate) async fn state(&self, subject: SubjectKey) -> SubjectState {
        let reader = self.app.tenants.reader();
        reader
            .subject_view(self.acme.profile.id().clone(), subject, lockkeeper::model::Millis(0))
            .await
            .unwrap()
            .0
            .subject
    }

    pub(crate) async fn sessions(&self) -> i64 {
        let filter = lockkeeper::store::sessions::SessionFilter {
            user: Some(self.alex.clone()),
            ..Default::default()
        };
        let reader = self.app.tenants.reader();
        reader.count_sessions(self.acme.profile.id().clone(), filter).await.unwrap()
    }
}

pub(crate) fn source() -> Source {
    Source::from_stored("192.0.2.1".to_owned())
}

pub(crate) fn key(name: &str) -> CanonicalKey {
    Identifier::parse(name).unwrap().key
}
