//! Wrong until locked, and locked.

use lockkeeper::model::{Count, Span};

use super::{ALEX, N, PASSWORD, World, shown, text, try_password, v1};
use crate::harness::client::{Client, block_on};

/// Wrong passwords up to the lock; the last answer.
async fn lock(client: &Client) {
    for _ in 0..N {
        try_password(client, ALEX, "wrong").await;
    }
}

#[test]
fn a_wrong_password_says_so_and_counts_the_last_tries_down() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let first = try_password(&client, ALEX, "wrong").await;
        insta::assert_snapshot!(shown(&first), @r#"
        422
        content-type: application/json
        {
          "errors": [
            {
              "message": "Password is incorrect",
              "long_message": "The password is incorrect. Try again.",
              "code": "form_password_incorrect",
              "meta": {
                "param_name": "password"
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        let second = try_password(&client, ALEX, "wrong").await;
        insta::assert_snapshot!(shown(&second), @r#"
        422
        content-type: application/json
        {
          "errors": [
            {
              "message": "Password is incorrect",
              "long_message": "The password is incorrect. Try again. 2 tries left before sign-in is locked.",
              "code": "form_password_incorrect",
              "meta": {
                "param_name": "password"
              }
            },
            {
              "message": "Account will be locked soon",
              "long_message": "2 tries left before sign-in is locked.",
              "code": "account_lockout_warning",
              "meta": {
                "verification_attempts_remaining": 2
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
    });
}

#[test]
pub(super) fn the_last_failure_is_itself_answered_as_locked() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        for _ in 1..N {
            assert_eq!(try_password(&client, ALEX, "wrong").await.status, 422);
        }
        let last = try_password(&client, ALEX, "wrong").await;
        insta::assert_snapshot!(shown(&last), @r#"
        403
        content-type: application/json
        retry-after: 60
        {
          "errors": [
            {
              "message": "Account locked",
              "long_message": "Your account is locked. You can try again in 1 minute. For more information, contact help@acme.test.",
              "code": "user_locked",
              "meta": {
                "lockout_expires_in_seconds": 60
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
    });
}

#[test]
pub(super) fn right_and_wrong_are_answered_alike_while_locked() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        lock(&client).await;
        let right = try_password(&client, ALEX, PASSWORD).await;
        let wrong = try_password(&client, ALEX, "wrong").await;
        assert_eq!(right.status, 403);
        assert_eq!(shown(&right), shown(&wrong));
        assert!(right.set_cookies().is_empty());
    });
}

#[test]
fn a_locked_identifier_alone_is_no_secret_and_is_let_in() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        lock(&client).await;
        let named = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        assert_eq!(
            (named.status, text(&named.json(), "/response/status")),
            (200, "needs_first_factor")
        );
        let id = text(&named.json(), "/response/id").to_owned();
        let path = v1(&format!("client/sign_ins/{id}/attempt_first_factor"));
        let secret = [("strategy", "password"), ("password", PASSWORD)];
        let tried = client.post_form(&path, &secret).await;
        assert_eq!((tried.status, text(&tried.json(), "/errors/0/code")), (403, "user_locked"));
    });
}

#[test]
pub(super) fn the_lock_ends_with_its_time() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        lock(&client).await;
        world.app.advance(Span(Span::MINUTE.0 - 1));
        let before = try_password(&client, ALEX, PASSWORD).await;
        assert_eq!((before.status, before.header("retry-after")), (403, "1"));
        world.app.advance(Span(1));
        assert_eq!(try_password(&client, ALEX, PASSWORD).await.status, 200);
    });
}

#[test]
pub(super) fn a_locked_try_costs_no_hash() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        lock(&client).await;
        let hashes = || world.app.metrics.value(Count::PasswordHashes);
        let before = hashes();
        for _ in 0..5 {
            assert_eq!(try_password(&client, ALEX, PASSWORD).await.status, 403);
        }
        assert_eq!(hashes(), before);
    });
}
