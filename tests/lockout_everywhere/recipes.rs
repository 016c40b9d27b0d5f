//! How each operation that checks something is tried with the right secret. A recipe begins, locks
//! where it is told to, and gives the answer to the secret; where the way to the secret is closed by
//! the lock already, the answer that closed it.

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::model::{SessionId, SignInId, Span};
use lockkeeper::token::{CodeLength, ShortCodes};
use reqwest::Method;
use serde_json::{Value, json};

use super::Run;
use super::When::{AfterItBegan, BeforeItBegan};
use crate::frontend_api::{PASSWORD, text, try_password, v1};
use crate::harness::client::Answer;

const NEW_PASSWORD: &str = "another horse battery";
/// RFC 6238's secret in base32.
const APP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const PAPER: &str = "paper-code-1";

/// Tries operation `id` with the right secret of the kind that it `checks`.
pub(super) async fn tried(run: &Run<'_>, id: &str, checks: &str) -> Answer {
    match (id, checks) {
        ("createSignIn", "password") => create_sign_in(run).await,
        ("attemptSignInFactorOne", "password") => attempt_password(run).await,
        ("verify", "proof") => follow_link(run).await,
        ("acceptTicket", "proof") => press_ticket(run).await,
        ("createSignIn", "proof") => ticket_at_once(run).await,
        ("attemptSignInFactorOne", "proof") => attempt_ticket(run).await,
        ("attemptSignInFactorOne", "oob_otp") => attempt_mailed(run).await,
        ("VerifyPassword", "password") => {
            by_server(run, "verify_password", json!({ "password": PASSWORD })).await
        }
        ("VerifyTOTP", "totp") => by_server(run, "verify_totp", json!({ "code": code(run) })).await,
        ("VerifyTOTP", "recovery_code") => {
            by_server(run, "verify_totp", json!({ "code": PAPER })).await
        }
        ("changePassword", "password") => {
            let form = [("current_password", PASSWORD), ("new_password", NEW_PASSWORD)];
            by_session(run, "me/change_password", &form).await
        }
        ("removePassword", "password") => {
            by_session(run, "me/remove_password", &[("current_password", PASSWORD)]).await
        }
        ("attemptSessionReverificationFirstFactor", "password") => {
            again(run, "first_factor", ["password", "password"], |_| PASSWORD.to_owned()).await
        }
        ("attemptSessionReverificationFirstFactor", "oob_otp") => {
            again_by_code(run, "first", "email_code").await
        }
        ("attemptSessionReverificationSecondFactor", "oob_otp") => {
            again_by_code(run, "second", "phone_code").await
        }
        ("attemptSessionReverificationSecondFactor", "totp") => {
            again(run, "second_factor", ["totp", "code"], code).await
        }
        ("attemptSessionReverificationSecondFactor", "recovery_code") => {
            again(run, "second_factor", ["backup_code", "code"], |_| PAPER.to_owned()).await
        }
        ("attemptSignInFactorTwo", "totp") => attempt_second(run, "totp", &code(run)).await,
        ("attemptSignInFactorTwo", "oob_otp") => attempt_texted(run).await,
        ("attemptSignInFactorTwo", "recovery_code") => {
            attempt_second(run, "backup_code", PAPER).await
        }
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

async fn ticket_at_once(run: &Run<'_>) -> Answer {
    run.lock_if(BeforeItBegan).await;
    let ticket = ticket(run).await;
    run.lock_if(AfterItBegan).await;
    let form = [("strategy", "ticket"), ("ticket", &*ticket)];
    run.client.post_form(&v1("client/sign_ins"), &form).await
}

/// The page to which the link leads, and its button.
async fn press_ticket(run: &Run<'_>) -> Answer {
    run.lock_if(BeforeItBegan).await;
    let ticket = ticket(run).await;
    let led = run.client.get(&v1(&format!("tickets/accept?ticket={ticket}"))).await;
    assert_eq!(led.status, 303, "{}", led.body);
    run.lock_if(AfterItBegan).await;
    run.client.post_form("/t/acme/sign-in/ticket", &[("ticket", &*ticket)]).await
}

async fn attempt_ticket(run: &Run<'_>) -> Answer {
    run.lock_if(BeforeItBegan).await;
    let (id, ticket) = (run.begin().await, ticket(run).await);
    run.lock_if(AfterItBegan).await;
    let path = v1(&format!("client/sign_ins/{id}/attempt_first_factor"));
    run.client.post_form(&path, &[("strategy", "ticket"), ("ticket", &*ticket)]).await
}

/// What the tenant's server gives away, also for a locked user.
async fn ticket(run: &Run<'_>) -> String {
    let body = json!({ "user_id": run.user });
    let made = run.world.backend(Method::POST, "/v1/sign_in_tokens", Some(&body)).await;
    text(&made.json(), "/token").to_owned()
}

/// The code is sent before the lock, or refused after it.
async fn attempt_mailed(run: &Run<'_>) -> Answer {
    run.lock_if(BeforeItBegan).await;
    let id = run.begin().await;
    let path = v1(&format!("client/sign_ins/{id}"));
    let asked = [("strategy", "email_code")];
    let sent = run.client.post_form(&format!("{path}/prepare_first_factor"), &asked).await;
    if sent.status != 200 {
        return sent;
    }
    run.lock_if(AfterItBegan).await;
    let code = mailed_code(run, &id).await;
    let form = [("strategy", "email_code"), ("code", &code)];
    run.client.post_form(&format!("{path}/attempt_first_factor"), &form).await
}

/// The link is sent before the lock, or refused after it.
async fn follow_link(run: &Run<'_>) -> Answer {
    run.lock_if(BeforeItBegan).await;
    let id = run.begin().await;
    let back = "http://localhost:3000/";
    let asked = [("strategy", "email_link"), ("redirect_url", back)];
    let path = v1(&format!("client/sign_ins/{id}/prepare_first_factor"));
    let sent = run.client.post_form(&path, &asked).await;
    if sent.status != 200 {
        return sent;
    }
    run.lock_if(AfterItBegan).await;
    let link = crate::frontend_api::links::of_sign_in(&run.world.app, &run.world.acme, &id, back);
    run.client.get(&link.await).await
}

/// What the sign-in was sent last.
async fn mailed_code(run: &Run<'_>, sign_in: &str) -> String {
    let (app, tenant) = (&run.world.app, run.world.acme.profile.id());
    let id = SignInId::parse(sign_in).unwrap();
    let row = app.store.reader().sign_in(tenant.clone(), id).await.unwrap().unwrap();
    let codes = ShortCodes::for_tenant(&app.keys, tenant);
    codes.code(row.prepared_code.unwrap().as_str(), CodeLength::Six)
}

/// The second step of a sign-in whose first was the password.
async fn attempt_second(run: &Run<'_>, strategy: &str, code: &str) -> Answer {
    with_app(run).await;
    run.lock_if(BeforeItBegan).await;
    let passed = try_password(&run.client, &run.email, PASSWORD).await;
    if passed.status != 200 {
        return passed;
    }
    run.lock_if(AfterItBegan).await;
    let id = text(&passed.json(), "/response/id").to_owned();
    let path = v1(&format!("client/sign_ins/{id}/attempt_second_factor"));
    run.client.post_form(&path, &[("strategy", strategy), ("code", code)]).await
}

/// The second step by a code to a number that is kept for it.
async fn attempt_texted(run: &Run<'_>) -> Answer {
    with_phone(run).await;
    run.lock_if(BeforeItBegan).await;
    let passed = try_password(&run.client, &run.email, PASSWORD).await;
    if passed.status != 200 {
        return passed;
    }
    let id = text(&passed.json(), "/response/id").to_owned();
    let path = v1(&format!("client/sign_ins/{id}"));
    let asked = [("strategy", "phone_code")];
    let sent = run.client.post_form(&format!("{path}/prepare_second_factor"), &asked).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    run.lock_if(AfterItBegan).await;
    let form = [("strategy", "phone_code"), ("code", &mailed_code(run, &id).await)];
    run.client.post_form(&format!("{path}/attempt_second_factor"), &form).await
}

/// The tenant's server asks about a user who has every kind of secret: one step.
async fn by_server(run: &Run<'_>, operation: &str, body: Value) -> Answer {
    with_app(run).await;
    run.lock_if(BeforeItBegan).await;
    run.lock_if(AfterItBegan).await;
    let path = format!("/v1/users/{}/{operation}", run.user);
    run.world.backend(Method::POST, &path, Some(&body)).await
}

/// A user who is signed in changes something of their own: one step.
async fn by_session(run: &Run<'_>, path: &str, form: &[(&str, &str)]) -> Answer {
    signed_in(run).await;
    run.lock_if(BeforeItBegan).await;
    run.lock_if(AfterItBegan).await;
    run.client.post_form(&v1(path), form).await
}

/// A user who is signed in proves again who they are, by a strategy whose secret stands in a field.
async fn again(
    run: &Run<'_>,
    level: &str,
    [strategy, field]: [&str; 2],
    secret: impl Fn(&Run<'_>) -> String,
) -> Answer {
    let session = signed_in(run).await;
    if level == "second_factor" {
        with_app(run).await;
    }
    let path = v1(&format!("client/sessions/{session}/verify"));
    // What was proved this minute need not be proved again.
    run.world.app.advance(Span::MINUTE);
    run.lock_if(BeforeItBegan).await;
    let begun = run.client.post_form(&path, &[("level", level)]).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    run.lock_if(AfterItBegan).await;
    let form = [("strategy", strategy), (field, &secret(run))];
    run.client.post_form(&format!("{path}/attempt_{level}"), &form).await
}

/// A user who is signed in proves again who they are, by a code that is sent; the code is refused where
/// the lock was there before.
async fn again_by_code(run: &Run<'_>, step: &str, strategy: &str) -> Answer {
    let session = signed_in(run).await;
    if step == "second" {
        with_phone(run).await;
    }
    let path = v1(&format!("client/sessions/{session}/verify"));
    run.world.app.advance(Span::MINUTE);
    run.lock_if(BeforeItBegan).await;
    let level = format!("{step}_factor");
    let begun = run.client.post_form(&path, &[("level", &*level)]).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let asked = [("strategy", strategy)];
    let sent = run.client.post_form(&format!("{path}/prepare_{level}"), &asked).await;
    if sent.status != 200 {
        return sent;
    }
    run.lock_if(AfterItBegan).await;
    let (app, tenant) = (&run.world.app, run.world.acme.profile.id());
    let id = SessionId::parse(&session).unwrap();
    let row = app.store.reader().session(tenant.clone(), id).await.unwrap().unwrap();
    let codes = ShortCodes::for_tenant(&app.keys, tenant);
    let code = codes.code(row.prepared_code.unwrap().as_str(), CodeLength::Six);
    let form = [("strategy", strategy), ("code", &*code)];
    run.client.post_form(&format!("{path}/attempt_{level}"), &form).await
}

/// Gives the user a number that is kept for the second step.
async fn with_phone(run: &Run<'_>) {
    let number = format!("+4930{}", 1_000_000 + run.number);
    let body = json!({
        "user_id": run.user, "phone_number": number, "verified": true,
        "reserved_for_second_factor": true,
    });
    let kept = run.world.backend(Method::POST, "/v1/phone_numbers", Some(&body)).await;
    assert_eq!(kept.status, 200, "{}", kept.body);
}

/// Signs in; the session.
async fn signed_in(run: &Run<'_>) -> String {
    let answer = try_password(&run.client, &run.email, PASSWORD).await;
    text(&answer.json(), "/response/created_session_id").to_owned()
}

/// Gives the user an app and a recovery code.
async fn with_app(run: &Run<'_>) {
    let path = format!("/v1/users/{}", run.user);
    let body = json!({ "totp_secret": APP, "backup_codes": [PAPER] });
    let answer = run.world.backend(Method::PATCH, &path, Some(&body)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// The app's code at this moment.
fn code(run: &Run<'_>) -> String {
    let secret = TotpSecret::from_base32(APP).unwrap();
    secret.code(TotpStep::at(run.world.app.tenants.clock().now()))
}
