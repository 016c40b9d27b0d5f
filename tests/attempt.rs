//! The attempt protocol through the facade: gate, verify, settle, publish, answer.

use lockkeeper::credential::Password;
use lockkeeper::model::LaneClaims;
use lockkeeper::model::{Count, Identifier, Source, Span};
use lockkeeper::tenant::Browser;
use lockkeeper::tenant::{AttemptAnswer, PasswordAttempt};

use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::block_on;

fn source() -> Source {
    Source::from_stored("192.0.2.1".to_owned())
}

pub(crate) async fn try_password(
    app: &TestApp,
    tenant: &TestTenant,
    name: &str,
    password: &str,
) -> AttemptAnswer {
    let attempt = PasswordAttempt {
        profile: tenant.profile.clone(),
        identifier: Identifier::parse(name).unwrap(),
        password: Password::parse(password).unwrap(),
        source: source(),
        browser: Browser::NONE,
        sign_in: None,
        client: None,
        locale: None,
    };
    app.tenants.attempt_password(attempt).await.unwrap()
}

#[test]
fn the_eighth_failure_locks_and_the_right_password_is_refused_unseen() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    app.user(&tenant, "alex@acme.test", "correct horse");
    block_on(async {
        for left in (1..8).rev() {
            let answer = try_password(&app, &tenant, "alex@acme.test", "wrong").await;
            assert_eq!(answer, AttemptAnswer::Wrong { remaining: Some(left) });
        }
        let answer = try_password(&app, &tenant, "Alex@ACME.test", "wrong").await;
        assert!(matches!(answer, AttemptAnswer::WrongAndLocked(_)), "{answer:?}");
        let hashes = app.metrics.value(Count::PasswordHashes);
        let key = Identifier::parse("alex@acme.test").unwrap().key;
        let published = app
            .tenants
            .locked_already(&tenant.profile, &key, &source(), &LaneClaims::NONE)
            .await
            .unwrap();
        assert!(published.is_some());
        let answer = try_password(&app, &tenant, "alex@acme.test", "correct horse").await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        assert_eq!(app.metrics.value(Count::PasswordHashes), hashes);
        app.advance(Span::MINUTE);
        let answer = try_password(&app, &tenant, "alex@acme.test", "correct horse").await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

#[test]
fn an_identifier_that_nobody_has_locks_at_the_same_try() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    app.user(&tenant, "alex@acme.test", "correct horse");
    block_on(async {
        for _ in 0..9 {
            let known = try_password(&app, &tenant, "alex@acme.test", "wrong").await;
            let unknown = try_password(&app, &tenant, "nobody@acme.test", "wrong").await;
            assert_eq!(known, unknown);
        }
    });
}

#[test]
fn staff_locks_and_unlocks() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    let user = app.user(&tenant, "alex@acme.test", "correct horse").record.user.id;
    block_on(async {
        let card =
            app.tenants.lock_user(&tenant.profile, user.clone(), "test", None).await.unwrap();
        assert!(card.lock.is_some_and(|l| l.staff));
        let answer = try_password(&app, &tenant, "alex@acme.test", "correct horse").await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        let card = app.tenants.unlock_user(&tenant.profile, user, "test", None).await.unwrap();
        assert!(card.lock.is_none());
        let answer = try_password(&app, &tenant, "alex@acme.test", "correct horse").await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}
