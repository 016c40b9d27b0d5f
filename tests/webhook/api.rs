//! Endpoints over the Backend API.

use reqwest::Method;
use serde_json::{Value, json};

use super::{BOB, Bench, Receiver, block_on, text};
use crate::harness::snapshot::mask_json;

impl Bench {
    /// Status and every entry as `code param_name`.
    async fn refusal(&self, method: Method, path: &str, body: Value) -> String {
        let answer = self.send(method, path, Some(body)).await;
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let each = errors.iter().map(|entry| {
            format!(
                " {} {}",
                text(&entry["code"]),
                entry["meta"]["param_name"].as_str().unwrap_or("-")
            )
        });
        format!("{}{}", answer.status, each.collect::<String>())
    }
}

#[test]
fn an_endpoint_is_made_read_changed_and_removed() {
    let bench = Bench::open();
    block_on(async {
        let wanted = json!({ "url": "https://acme.test/hooks", "events": ["user.locked"] });
        let mut made = bench.ok(Method::POST, "webhook_endpoints", Some(wanted)).await;
        let secret = made.as_object_mut().unwrap().remove("secret").unwrap();
        assert!(text(&secret).starts_with("whsec_"));
        insta::assert_snapshot!(mask_json(&made), @r#"
        {
          "object": "webhook_endpoint",
          "id": "<ep_1>",
          "url": "https://acme.test/hooks",
          "events": [
            "user.locked"
          ],
          "enabled": true,
          "disabled_reason": null,
          "failing_since": null,
          "paused_until": null,
          "created_at": <ms_1>,
          "updated_at": <ms_1>
        }
        "#);
        let path = format!("webhook_endpoints/{}", text(&made["id"]));
        // The secret is not shown again.
        assert_eq!(bench.ok(Method::GET, &path, None).await, made);
        let list = bench.ok(Method::GET, "webhook_endpoints", None).await;
        assert_eq!(list, json!({ "data": [made], "total_count": 1 }));

        let change = json!({ "events": [], "enabled": false });
        let changed = bench.ok(Method::PATCH, &path, Some(change)).await;
        assert_eq!((&changed["events"], &changed["enabled"]), (&json!([]), &json!(false)));
        assert_eq!((&changed["url"], &changed["disabled_reason"]), (&made["url"], &json!(null)));

        let gone = bench.ok(Method::DELETE, &path, None).await;
        assert_eq!(gone["deleted"], true);
        for (method, rest) in
            [(Method::GET, ""), (Method::DELETE, ""), (Method::GET, "/deliveries")]
        {
            let answer = bench.send(method, &format!("{path}{rest}"), None).await;
            assert_eq!(answer.status, 404);
        }
        let audit = bench.app.store.reader().audit_rows(bench.tenant.profile.id().clone(), 9).await;
        let mut actions: Vec<String> = audit.unwrap().into_iter().map(|row| row.action).collect();
        // Those of one instant are in no order.
        actions.sort_unstable();
        let expected = ["changed", "created", "removed"].map(|a| format!("webhook_endpoint.{a}"));
        assert_eq!(actions, expected);
    });
}

#[test]
fn what_cannot_be_an_endpoint_is_refused() {
    let bench = Bench::open();
    block_on(async {
        let path = "webhook_endpoints";
        for (body, refusal) in [
            (json!({}), "422 form_param_missing url"),
            (json!({ "url": "acme.test" }), "422 form_param_format_invalid url"),
            (json!({ "url": "ftp://acme.test/" }), "422 form_param_format_invalid url"),
            (json!({ "url": "https://u:p@acme.test/" }), "422 form_param_format_invalid url"),
            (
                json!({ "url": "https://a.test/", "events": ["x"] }),
                "422 form_param_value_invalid events",
            ),
            (json!({ "url": "https://a.test/", "colour": 1 }), "422 form_param_unknown colour"),
        ] {
            assert_eq!(bench.refusal(Method::POST, path, body.clone()).await, refusal, "{body}");
        }
        for n in 0..10 {
            let wanted = json!({ "url": format!("https://acme.test/{n}") });
            bench.ok(Method::POST, path, Some(wanted)).await;
        }
        let more = json!({ "url": "https://acme.test/" });
        assert_eq!(bench.refusal(Method::POST, path, more).await, "409 conflict -");
    });
}

#[test]
fn deliveries_are_listed_filtered_and_shown_with_what_was_sent() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, &["user.created"]).await;
        bench.user(BOB).await;
        let heard = receiver.hears();
        let delivery = bench.until_tried(&endpoint, 1).await;
        insta::assert_snapshot!(mask_json(&delivery), @r#"
        {
          "object": "webhook_delivery",
          "message_id": "<out_1>",
          "endpoint_id": "<ep_1>",
          "type": "user.created",
          "status": "delivered",
          "next_attempt_at": null,
          "attempts": [
            {
              "at": <ms_1>,
              "status_code": 204,
              "error": null,
              "duration_ms": 0
            }
          ],
          "created_at": <ms_1>,
          "finished_at": <ms_1>
        }
        "#);
        let path = format!("webhook_endpoints/{}/deliveries", text(&endpoint["id"]));
        let of = async |query: &str| {
            let found = bench.ok(Method::GET, &format!("{path}?{query}"), None).await;
            (found["total_count"].as_i64().unwrap(), found["data"].clone())
        };
        assert_eq!(of("status=delivered").await, (1, json!([delivery])));
        assert_eq!(of("status=failed").await, (0, json!([])));
        let (_, shown) = of(&format!("message_id={}", heard.header("svix-id"))).await;
        assert_eq!(shown[0]["payload"], heard.json());
        assert_eq!(of("message_id=nonsense").await, (0, json!([])));
        let odd = bench.send(Method::GET, &format!("{path}?status=lost"), None).await;
        assert_eq!(odd.status, 422);
    });
}

#[test]
fn an_endpoint_is_its_tenants_own() {
    let bench = Bench::open();
    let other = bench.app.tenant("other", None);
    block_on(async {
        let wanted = json!({ "url": "https://acme.test/hooks" });
        let made = bench.ok(Method::POST, "webhook_endpoints", Some(wanted)).await;
        let path = format!("/v1/webhook_endpoints/{}", text(&made["id"]));
        for (method, rest) in [
            (Method::GET, ""),
            (Method::PATCH, ""),
            (Method::DELETE, ""),
            (Method::GET, "/deliveries"),
            (Method::POST, "/rotate_secret"),
        ] {
            let asked = bench.app.client().request(method.clone(), &format!("{path}{rest}"));
            let asked = asked.bearer_auth(&other.secret_key).json(&json!({}));
            assert_eq!(super::Client::send(asked).await.status, 404, "{method} {rest}");
        }
        assert_eq!(bench.ok(Method::GET, "webhook_endpoints", None).await["total_count"], 1);
    });
}
