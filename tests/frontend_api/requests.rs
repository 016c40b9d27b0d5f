//! Ours besides Clerk's: asking for the unlock mail again, and writing to support.

use super::{ALEX, World, shown, text, try_password, v1};
use crate::harness::client::block_on;

#[test]
pub(super) fn a_new_unlock_mail_is_asked_for_alike_for_known_and_unknown() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        for _ in 0..super::N {
            try_password(&client, ALEX, "wrong").await;
        }
        let ask = |identifier| {
            let client = &client;
            async move {
                client.post_form(&v1("client/unlock_requests"), &[("identifier", identifier)]).await
            }
        };
        let locked = ask(ALEX).await;
        insta::assert_snapshot!(shown(&locked), @r#"
        200
        content-type: application/json
        {
          "response": {
            "object": "unlock_request",
            "status": "accepted"
          },
          "client": null
        }
        "#);
        assert_eq!(shown(&ask("amos@acme.test").await), shown(&locked));
        // Again and again: the answer does not tell whether a mail was held back.
        for _ in 0..7 {
            assert_eq!(shown(&ask(ALEX).await), shown(&locked));
        }
    });
}

#[test]
pub(super) fn a_support_request_is_filed_under_a_reference() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let form = [
            ("identifier", ALEX),
            ("name", "Alex"),
            ("subject", "Locked out"),
            ("message", "I cannot get in.\nPlease help."),
        ];
        let filed = client.post_form(&v1("client/support_requests"), &form).await;
        assert_eq!(filed.status, 200, "{}", filed.body);
        assert!(text(&filed.json(), "/response/reference").starts_with("LK-"));
        let empty = client.post_form(&v1("client/support_requests"), &[("identifier", ALEX)]).await;
        insta::assert_snapshot!(shown(&empty), @r#"
        422
        content-type: application/json
        {
          "errors": [
            {
              "message": "is missing",
              "long_message": "message must be included.",
              "code": "form_param_missing",
              "meta": {
                "param_name": "message"
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        let odd = [("identifier", ALEX), ("name", "A\nB"), ("message", "x")];
        assert_eq!(client.post_form(&v1("client/support_requests"), &odd).await.status, 422);
        let long = "x".repeat(6_000);
        let long = [("identifier", ALEX), ("message", long.as_str())];
        assert_eq!(client.post_form(&v1("client/support_requests"), &long).await.status, 422);
    });
}
