//! Bans of several users at once.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, faults, refusal};
use crate::harness::app::TestApp;
use crate::harness::client::block_on;

#[test]
fn several_users_are_banned_together_or_none_of_them() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let (ann, bob) =
            (api.create_user("ann@example.com").await, api.create_user("bob@example.com").await);
        let banned = |list: &Value| {
            list.as_array().unwrap().iter().map(|u| u["banned"].clone()).collect::<Vec<_>>()
        };
        let all = json!({ "user_ids": [ann, bob, ann] });
        let list = api.ok(Method::POST, "/v1/users/ban", Some(all)).await;
        assert_eq!(banned(&list), [true, true]);
        let lifted = json!({ "user_ids": [bob] });
        let list = api.ok(Method::POST, "/v1/users/unban", Some(lifted)).await;
        assert_eq!(banned(&list), [false]);

        let unknown = format!("user_{}", "0".repeat(27));
        let with_unknown = json!({ "user_ids": [bob, unknown] });
        let answer = api.send(Method::POST, "/v1/users/ban", Some(with_unknown)).await;
        assert_eq!(refusal(&answer), (404, "resource_not_found".to_owned()));
        assert_eq!(api.get(&format!("/v1/users/{bob}")).await.json()["banned"], false);

        let post =
            async |body: Value| faults(&api.send(Method::POST, "/v1/users/ban", Some(body)).await);
        let fault = |code: &str| (422, vec![format!("{code} user_ids")]);
        assert_eq!(post(json!({})).await, fault("form_param_missing"));
        assert_eq!(post(json!({ "user_ids": [] })).await, fault("form_param_nil"));
        let many = vec![ann; 51];
        assert_eq!(post(json!({ "user_ids": many })).await, fault("form_param_value_invalid"));
    });
}
