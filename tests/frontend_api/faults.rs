//! What goes wrong in a request is answered clearly, in the envelope, and nothing is counted.

use super::{ALEX, PASSWORD, World, shown, text, try_password, v1};
use crate::harness::client::{Answer, Client, block_on};

fn code(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/json");
    (answer.status, text(&answer.json(), "/errors/0/code").to_owned())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn an_unknown_tenant_is_not_found() {
    let world = World::new();
    let answer = block_on(async {
        world.client().post_form("/t/nobody/v1/client/sign_ins", &[("identifier", ALEX)]).await
    });
    insta::assert_snapshot!(shown(&answer), @r#"
    404
    content-type: application/json
    {
      "errors": [
        {
          "message": "not found",
          "long_message": "The application that was asked for was not found.",
          "code": "resource_not_found"
        }
      ],
      "clerk_trace_id": "<trace>"
    }
    "#);
}

#[test]
fn a_missing_field_is_named() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let nameless = client.post_form(&v1("client/sign_ins"), &[("password", PASSWORD)]).await;
        insta::assert_snapshot!(shown(&nameless), @r#"
        422
        content-type: application/json
        {
          "errors": [
            {
              "message": "is missing",
              "long_message": "identifier must be included.",
              "code": "form_param_missing",
              "meta": {
                "param_name": "identifier"
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        let form = [("identifier", ALEX), ("strategy", "password")];
        let secretless = client.post_form(&v1("client/sign_ins"), &form).await;
        insta::assert_snapshot!(shown(&secretless), @r#"
        422
        content-type: application/json
        {
          "errors": [
            {
              "message": "is missing",
              "long_message": "password must be included when the strategy is password.",
              "code": "form_conditional_param_missing",
              "meta": {
                "param_name": "password"
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await.json();
        let path =
            v1(&format!("client/sign_ins/{}/attempt_first_factor", text(&opened, "/response/id")));
        assert_eq!(code(&client.post_form(&path, &[]).await), is(422, "form_param_missing"));
        let form = [("strategy", "password")];
        assert_eq!(code(&client.post_form(&path, &form).await), is(422, "form_param_missing"));
        let form = [("strategy", "password"), ("password", "")];
        assert_eq!(code(&client.post_form(&path, &form).await), is(422, "form_param_nil"));
    });
}

#[test]
fn a_strategy_is_judged_by_its_word_alone() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let with = |strategy| [("identifier", ALEX), ("strategy", strategy)];
        let post = |strategy| {
            let client = &client;
            async move { client.post_form(&v1("client/sign_ins"), &with(strategy)).await }
        };
        assert_eq!(code(&post("email_link").await), is(400, "form_param_value_disabled"));
        let unknown = post("oauth_nowhere").await;
        assert_eq!(code(&unknown), is(422, "form_param_value_invalid"));
        let enabled = "strategy must be one that is enabled here: password, \
                       email_code, email_link, phone_code, reset_password_email_code, ticket.";
        assert_eq!(text(&unknown.json(), "/errors/0/long_message"), enabled);
        let moved = client.post_form(&v1("client/sign_ins"), &[("transfer", "true")]).await;
        assert_eq!(code(&moved), is(400, "account_transfer_invalid"));
    });
}

#[test]
fn broken_utf8_is_refused() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let request = client
            .request(reqwest::Method::POST, &v1("client/sign_ins"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("identifier=alex%FF&password=x");
        assert_eq!(code(&Client::send(request).await), is(400, "request_body_invalid"));
    });
}

#[test]
fn a_body_of_10_mib_is_too_large() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let body = format!("identifier={}", "a".repeat(10 * 1024 * 1024));
        let request = client
            .request(reqwest::Method::POST, &v1("client/sign_ins"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        assert_eq!(code(&Client::send(request).await), is(413, "request_body_too_large"));
    });
}

#[test]
fn a_password_of_1_mib_is_too_large_and_one_of_2_kib_too_long() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let huge = try_password(&client, ALEX, &"p".repeat(1024 * 1024)).await;
        assert_eq!(code(&huge), is(413, "request_body_too_large"));
        let long = try_password(&client, ALEX, &"p".repeat(2048)).await;
        assert_eq!(code(&long), is(422, "form_param_max_length_exceeded"));
        assert_eq!(text(&long.json(), "/errors/0/meta/param_name"), "password");
    });
}

#[test]
fn refused_requests_do_not_count() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        for _ in 0..2 * super::N {
            let long = try_password(&client, ALEX, &"p".repeat(2048)).await;
            assert_eq!(long.status, 422);
        }
        assert_eq!(try_password(&client, ALEX, PASSWORD).await.status, 200);
    });
}

#[test]
fn unknown_paths_and_methods_are_told_in_the_envelope() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        assert_eq!(code(&client.get(&v1("nowhere")).await), is(404, "resource_not_found"));
        assert_eq!(code(&client.get(&v1("client/sign_ins")).await), is(405, "method_not_allowed"));
        assert_eq!(code(&client.get("/t/acme/.well-known/x").await), is(404, "resource_not_found"));
    });
}

#[test]
fn what_is_not_there_is_named_but_never_a_query_or_a_token() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let said = async |path: &str| {
            let answer = client.get(path).await;
            assert_eq!(answer.status, 404);
            text(&answer.json(), "/errors/0/long_message").to_owned()
        };
        assert_eq!(
            said(&v1("nowhere?ticket=secret")).await,
            "There is nothing at this address: GET /t/acme/v1/nowhere."
        );
        assert_eq!(said("/v1/nowhere").await, "There is nothing at this address: GET /v1/nowhere.");
        let bare = "There is nothing at this address.";
        assert_eq!(said(&v1("unlock/secret")).await, bare);
        assert_eq!(said(&v1(&"x".repeat(65))).await, bare);
    });
}

#[test]
fn a_parameter_given_twice_or_of_another_type_is_refused_and_not_counted() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        for _ in 0..2 * super::N {
            let twice = [("identifier", "amos@acme.test"), ("identifier", ALEX), ("password", "x")];
            let told = client.post_form(&v1("client/sign_ins"), &twice).await;
            assert_eq!(code(&told), is(422, "form_param_duplicate"));
            assert_eq!(text(&told.json(), "/errors/0/meta/param_name"), "identifier");
        }
        let odd = [
            serde_json::json!({ "identifier": 5 }),
            serde_json::json!({ "identifier": 5, "password": "x" }),
            serde_json::json!({ "identifier": [ALEX] }),
            serde_json::json!({ "identifier": { "a": 1 } }),
            serde_json::json!({ "identifier": ALEX, "password": 5 }),
            serde_json::json!({ "identifier": ALEX, "password": true }),
        ];
        for body in odd {
            let told = client.post_json(&v1("client/sign_ins"), &body).await;
            assert_eq!(code(&told), is(422, "form_param_format_invalid"), "{body}");
        }
        let fine = serde_json::json!({ "identifier": ALEX, "password": PASSWORD });
        assert_eq!(client.post_json(&v1("client/sign_ins"), &fine).await.status, 200);
    });
}
