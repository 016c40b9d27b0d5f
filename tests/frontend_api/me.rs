//! A user's own account: names and sessions.

use lockkeeper::model::Span;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ALEX, PASSWORD, World, shown, signed_in, text, v1};
use crate::harness::client::{Answer, Client, block_on};

async fn patch(client: &Client, form: &[(&str, &str)]) -> Answer {
    client.post_form(&v1("me?_method=PATCH"), form).await
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json(), "/errors/0/code").to_owned())
}

#[test]
pub(super) fn a_user_changes_their_names_and_metadata() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        assert_eq!(code(&patch(&client, &[]).await), (401, "signed_out".to_owned()));
        signed_in(&client).await;
        let form = [
            ("first_name", "Alex"),
            ("last_name", "A."),
            ("unsafe_metadata", r#"{"theme":"dark"}"#),
            ("some_new_field", "1"),
        ];
        let changed = patch(&client, &form).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let json = changed.json();
        assert_eq!(json["response"]["first_name"], "Alex");
        assert_eq!(json["response"]["unsafe_metadata"], json!({ "theme": "dark" }));
        assert_eq!(json["client"]["sessions"][0]["user"], json["response"]);
        let cleared = patch(&client, &[("first_name", "")]).await.json();
        assert_eq!(cleared["response"]["first_name"], Value::Null);
        assert_eq!(cleared["response"]["last_name"], "A.");
        let primary = text(&cleared, "/response/email_addresses/0/id").to_owned();
        assert_eq!(patch(&client, &[("primary_email_address_id", &primary)]).await.status, 200);
        for form in [
            [("primary_email_address_id", "idn_x")],
            [("unsafe_metadata", "[1]")],
            [("username", "alexis")],
        ] {
            let refused = patch(&client, &form).await;
            assert_eq!(refused.status, 422, "{form:?}: {}", refused.body);
            assert_eq!(refused.json()["errors"][0]["meta"]["param_name"], form[0].0);
        }
    });
}

#[test]
pub(super) fn a_user_sees_their_sessions_everywhere_and_ends_one() {
    let world = World::new();
    block_on(async {
        let (here, there) = (world.client(), world.client());
        let other = signed_in(&there).await;
        world.app.advance(Span::SECOND);
        signed_in(&here).await;
        let active = here.get(&v1("me/sessions/active")).await;
        insta::assert_snapshot!(shown(&active), @r#"
        200
        content-type: application/json
        [
          {
            "object": "session",
            "id": "<sess_1>",
            "status": "active",
            "expire_at": <ms_1>,
            "abandon_at": <ms_1>,
            "last_active_at": <ms_2>,
            "last_active_organization_id": null,
            "actor": null,
            "latest_activity": {
              "object": "session_activity",
              "id": "<sess_1>",
              "is_mobile": false,
              "device_type": null,
              "browser_name": null,
              "browser_version": null,
              "ip_address": "127.0.0.1",
              "city": null,
              "country": null
            },
            "created_at": <ms_2>,
            "updated_at": <ms_2>
          },
          {
            "object": "session",
            "id": "<sess_2>",
            "status": "active",
            "expire_at": <ms_3>,
            "abandon_at": <ms_3>,
            "last_active_at": <ms_4>,
            "last_active_organization_id": null,
            "actor": null,
            "latest_activity": {
              "object": "session_activity",
              "id": "<sess_2>",
              "is_mobile": false,
              "device_type": null,
              "browser_name": null,
              "browser_version": null,
              "ip_address": "127.0.0.1",
              "city": null,
              "country": null
            },
            "created_at": <ms_4>,
            "updated_at": <ms_4>
          }
        ]
        "#);
        let path =
            v1(&format!("me/sessions/{}/revoke", text(&other, "/response/created_session_id")));
        let ended = here.post_form(&path, &[]).await.json();
        assert_eq!(ended["response"]["status"], "revoked");
        assert_eq!(ended["client"]["sessions"].as_array().unwrap().len(), 1);
        let gone = Client::send(there.request(Method::GET, &v1("me"))).await;
        assert_eq!(code(&gone), (401, "signed_out".to_owned()));
        let active = here.get(&v1("me/sessions/active")).await.json();
        assert_eq!(active.as_array().unwrap().len(), 1);
        let all = here.get(&v1("me/sessions")).await.json();
        let statuses: Vec<_> = all.as_array().unwrap().iter().map(|s| &s["status"]).collect();
        assert_eq!(statuses, ["active", "revoked"]);
    });
}

#[test]
fn a_session_says_in_which_browser_it_was_begun() {
    let world = World::new();
    block_on(async {
        let phone = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/124.0.0.0 Mobile Safari/537.36";
        let client = world.client();
        let form = [("identifier", ALEX), ("password", PASSWORD)];
        let request = client.request(Method::POST, &v1("client/sign_ins"));
        Client::send(request.header("user-agent", phone).form(&form)).await;
        let told = client.get(&v1("me/sessions")).await.json();
        let activity = &told[0]["latest_activity"];
        assert_eq!(activity["browser_name"], "Chrome", "{told}");
        assert_eq!(activity["device_type"], "Android");
        assert_eq!(activity["is_mobile"], true);
        assert_eq!(activity["ip_address"], "127.0.0.1");
        // A session that has ended says the same.
        let path = v1(&format!("me/sessions/{}/revoke", text(&told, "/0/id")));
        let ended = client.post_form(&path, &[]).await.json();
        assert_eq!(ended["response"]["latest_activity"], *activity);
    });
}

#[test]
pub(super) fn another_users_session_is_not_ones_own_to_end() {
    let world = World::new();
    world.app.user(&world.acme, "sam@acme.test", PASSWORD);
    block_on(async {
        let (alex, sam) = (world.client(), world.client());
        let json = signed_in(&alex).await;
        super::try_password(&sam, "sam@acme.test", PASSWORD).await;
        let path =
            v1(&format!("me/sessions/{}/revoke", text(&json, "/response/created_session_id")));
        let refused = sam.post_form(&path, &[]).await;
        assert_eq!(code(&refused), (404, "resource_not_found".to_owned()));
        let me = alex.get(&v1("me")).await.json();
        assert_eq!(text(&me, "/response/email_addresses/0/email_address"), ALEX);
    });
}
