//! How each operation that checks something is tried with the right secret. A recipe begins, locks
//! where it is told to, and gives the answer to the secret; where the way to the secret is closed by
//! the lock already, the answer that closed it.

use super::Run;
use super::When::{AfterItBegan, BeforeItBegan};
use crate::frontend_api::{PASSWORD, try_password, v1};
use crate::harness::client::Answer;

/// Tries operation `id` with the right secret of the kind that it `checks`.
pub(super) async fn tried(run: &Run<'_>, id: &str, checks: &str) -> Answer {
    match (id, checks) {
        ("createSignIn", "password") => create_sign_in(run).await,
        ("attemptSignInFactorOne", "password") => attempt_password(run).await,
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
