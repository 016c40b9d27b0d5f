//! Phone numbers over the Backend API.

use reqwest::Method;
use serde_json::json;

use super::{Api, whole};
use crate::harness::app::TestApp;
use crate::harness::client::block_on;

#[test]
fn a_phone_number_is_made_reserved_and_deleted() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        let body = json!({
            "user_id": user, "phone_number": "+43 123 456 789", "reserved_for_second_factor": true,
        });
        let made = api.send(Method::POST, "/v1/phone_numbers", Some(body)).await;
        insta::assert_snapshot!(whole(&made), @r#"
        200
        {
          "id": "<idn_1>",
          "object": "phone_number",
          "phone_number": "+43123456789",
          "reserved": false,
          "reserved_for_second_factor": true,
          "default_second_factor": false,
          "verification": {
            "object": "verification_admin",
            "status": "verified",
            "strategy": "admin",
            "attempts": null,
            "expire_at": null
          },
          "linked_to": [],
          "created_at": <ms_1>,
          "updated_at": <ms_1>
        }
        "#);
        let id = made.json()["id"].clone();
        let path = format!("/v1/phone_numbers/{}", id.as_str().unwrap());
        let user = api.get(&format!("/v1/users/{user}")).await.json();
        assert_eq!(user["primary_phone_number_id"], id);
        assert_eq!(user["phone_numbers"][0], made.json());
        let change = json!({ "reserved_for_second_factor": false });
        let freed = api.ok(Method::PATCH, &path, Some(change)).await;
        assert_eq!(freed["reserved_for_second_factor"], false);
        let gone = api.ok(Method::DELETE, &path, None).await;
        assert_eq!(gone, json!({ "object": "phone_number", "id": id, "deleted": true }));
    });
}
