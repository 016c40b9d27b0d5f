//! How each operation that checks something is tried with the right secret. A recipe begins, locks
//! where it is told to, and gives the answer to the secret; where the way to the secret is closed by
//! the lock already, the answer that closed it.

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::model::{Clock, UserId};
use lockkeeper::token::{Purpose, RecoveryCodes};

use super::Run;
use super::When::{AfterItBegan, BeforeItBegan};
use crate::frontend_api::{PASSWORD, text, try_password, v1};
use crate::harness::client::Answer;

/// Tries operation `id` with the right secret of the kind that it `checks`.
pub(super) async fn tried(run: &Run<'_>, id: &str, checks: &str) -> Answer {
    match (id, checks) {
        ("createSignIn", "password") => create_sign_in(run).await,
        ("attemptSignInFactorOne", "password") => attempt_password(run).await,
        ("attemptSignInFactorTwo", "totp") => attempt_second(run, Second::App).await,
        ("attemptSignInFactorTwo", "recovery_code") => attempt_second(run, Second::Code).await,
        (id, checks) => panic!(
            "`{id}` checks `{checks}`, and nobody has said how: add a recipe to \
             tests/lockout_everywhere/recipes.rs that calls run.lock_if(BeforeItBegan), begins, calls \
             run.lock_if(AfterItBegan), and answers to the right secret (200 for who is not locked)"
        ),
    }
}

async fn create_sign_in(run: &Run<'_>) -> Answer {
    run.lock_if(BeforeItBegan).await;
    run.begin().await;
    run.lock_if(AfterItBegan).await;
    try_password(&run.client, &run.email, PASSWORD).await
}

async fn attempt_password(run: &Run<'_>) -> Answer {
    run.lock_if(BeforeItBegan).await;
    let id = run.begin().await;
    run.lock_if(AfterItBegan).await;
    let path = v1(&format!("client/sign_ins/{id}/attempt_first_factor"));
    run.client.post_form(&path, &[("strategy", "password"), ("password", PASSWORD)]).await
}

#[derive(Clone, Copy)]
enum Second {
    App,
    Code,
}

async fn attempt_second(run: &Run<'_>, second: Second) -> Answer {
    let (strategy, code) = match second {
        Second::App => ("totp", give_app(run).await),
        Second::Code => {
            give_app(run).await;
            ("backup_code", give_recovery_code(run).await)
        }
    };
    run.lock_if(BeforeItBegan).await;
    let passed = try_password(&run.client, &run.email, PASSWORD).await;
    if passed.status != 200 {
        return passed;
    }
    run.lock_if(AfterItBegan).await;
    let id = text(&passed.json(), "/response/id").to_owned();
    let path = v1(&format!("client/sign_ins/{id}/attempt_second_factor"));
    run.client.post_form(&path, &[("strategy", strategy), ("code", &code)]).await
}

/// The code that the user's new app shows now.
async fn give_app(run: &Run<'_>) -> String {
    let (app, tenant) = (&run.world.app, run.world.acme.profile.id());
    let secret = TotpSecret::generate().unwrap();
    let sealed = app.keys.seal(Purpose::TotpAtRest, tenant, secret.expose()).unwrap();
    let user = UserId::from_stored(run.user.clone());
    app.store.set_totp(tenant.clone(), user, Some((sealed, 0))).await.unwrap();
    secret.code(TotpStep::at(app.clock.now()))
}

async fn give_recovery_code(run: &Run<'_>) -> String {
    let (app, tenant) = (&run.world.app, run.world.acme.profile.id());
    let user = UserId::from_stored(run.user.clone());
    let codes = RecoveryCodes::for_tenant(&app.keys, tenant);
    let code = codes.generate().unwrap()[0].expose().to_owned();
    let digests = vec![codes.digest(&user, &code)];
    app.store.set_recovery_codes(tenant.clone(), user, digests).await.unwrap();
    code
}
