//! An identifier that nobody has is answered as one that somebody has, byte for byte.

use lockkeeper::store::tenants::TenantChange;

use super::{ALEX, N, World, shown, text, try_password, v1};
use crate::harness::client::{Client, block_on};

const NOBODY: &str = "amos@acme.test";

/// The answers to everything a stranger can try, in order, with the identifier taken out.
async fn story(client: &Client, identifier: &str) -> Vec<String> {
    let mut told = Vec::new();
    let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", identifier)]).await;
    let path = v1(&format!("client/sign_ins/{}", text(&opened.json(), "/response/id")));
    told.push(shown(&opened));
    for strategy in ["password", "email_code", "reset_password_email_code"] {
        let form = [("strategy", strategy)];
        told.push(shown(&client.post_form(&format!("{path}/prepare_first_factor"), &form).await));
    }
    for _ in 0..N + 2 {
        told.push(shown(&try_password(client, identifier, "wrong").await));
    }
    let secret = [("strategy", "password"), ("password", "wrong")];
    told.push(shown(&client.post_form(&format!("{path}/attempt_first_factor"), &secret).await));
    told.push(shown(&client.get(&path).await));
    told.iter().map(|text| text.replace(identifier, "<identifier>")).collect()
}

#[test]
pub(super) fn the_whole_story_of_an_unknown_identifier_is_that_of_a_known_one() {
    let world = World::new();
    block_on(async {
        let (known, unknown) = (world.client(), world.client());
        let (known, unknown) = (story(&known, ALEX).await, story(&unknown, NOBODY).await);
        for (step, (known, unknown)) in known.iter().zip(&unknown).enumerate() {
            assert_eq!(known, unknown, "step {step}");
        }
        let locked = known.iter().filter(|text| text.contains("user_locked")).count();
        assert_eq!(locked, 4, "the lock comes on try {N}: {known:#?}");
    });
}

#[test]
fn the_revealing_mode_says_which_identifiers_are_unknown() {
    let world = World::new();
    let change = TenantChange { revealing: Some(true), ..TenantChange::default() };
    block_on(world.app.tenants.update_tenant(&world.acme.profile, change, "test")).unwrap();
    block_on(async {
        let client = world.client();
        let unknown = client.post_form(&v1("client/sign_ins"), &[("identifier", NOBODY)]).await;
        insta::assert_snapshot!(shown(&unknown), @r#"
        422
        content-type: application/json
        {
          "errors": [
            {
              "message": "Account not found",
              "long_message": "No account was found with this identifier.",
              "code": "form_identifier_not_found",
              "meta": {
                "param_name": "identifier"
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        assert_eq!(shown(&try_password(&client, NOBODY, "wrong").await), shown(&unknown));
        let known = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        assert_eq!(known.status, 200);
    });
}
