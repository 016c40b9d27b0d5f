//! Who may ask: keys, and what a key of one tenant sees of another's.

use reqwest::Method;
use serde_json::json;

use super::{Api, RIGHT, refusal, whole};
use crate::harness::app::TestApp;
use crate::harness::client::{Client, block_on};

#[test]
fn a_request_without_a_right_key_is_refused_before_its_body_is_read() {
    let app = TestApp::start();
    app.tenant("acme", None);
    block_on(async {
        let client = app.client();
        let send = async |header: Option<&str>| {
            let request = client.request(Method::POST, "/v1/users").body("{ no json");
            let request = request.header("content-type", "application/json");
            let answer = match header {
                Some(value) => Client::send(request.header("authorization", value)).await,
                None => Client::send(request).await,
            };
            assert_eq!(answer.header("content-type"), "application/json");
            refusal(&answer)
        };
        let unknown = format!("Bearer sk_test_{}", "a".repeat(43));
        for (header, code) in [
            (None, "authentication_invalid"),
            (Some("Basic YTpi"), "authorization_header_format_invalid"),
            (Some("Bearer"), "authorization_header_format_invalid"),
            (Some("Bearer a b"), "authorization_header_format_invalid"),
            (Some("Bearer sk_test_short"), "clerk_key_invalid"),
            (Some(unknown.as_str()), "clerk_key_invalid"),
        ] {
            assert_eq!(send(header).await, (401, code.to_owned()), "{header:?}");
        }
    });
}

#[test]
fn another_tenants_ids_are_answered_as_if_they_had_never_existed() {
    let app = TestApp::start();
    let (acme, other) = (app.tenant("acme", None), app.tenant("other", None));
    block_on(async {
        let (api, theirs) = (Api::of(&app, &acme), Api::of(&app, &other));
        let user = theirs.create_user("bob@other.test").await;
        super::try_password(&app, &other, "bob@other.test", RIGHT).await;
        let sessions = theirs.get("/v1/sessions").await.json();
        let session = super::id(&sessions[0]);
        let before = theirs.get(&format!("/v1/users/{user}")).await.body;
        let never = "0".repeat(27);
        let body = Some(json!({ "first_name": "x", "public_metadata": { "a": 1 } }));
        for (method, path) in [
            (Method::GET, "/v1/users/USER"),
            (Method::PATCH, "/v1/users/USER"),
            (Method::DELETE, "/v1/users/USER"),
            (Method::PATCH, "/v1/users/USER/metadata"),
            (Method::PUT, "/v1/users/USER/metadata"),
            (Method::POST, "/v1/users/USER/lock"),
            (Method::POST, "/v1/users/USER/unlock"),
            (Method::POST, "/v1/users/USER/ban"),
            (Method::POST, "/v1/users/USER/unban"),
            (Method::GET, "/v1/users?starting_after=USER"),
            (Method::GET, "/v1/users?user_id=USER"),
            (Method::GET, "/v1/users/count?user_id=USER"),
            (Method::GET, "/v1/sessions?user_id=USER&paginated=true"),
            (Method::GET, "/v1/sessions/SESSION"),
            (Method::POST, "/v1/sessions/SESSION/revoke"),
        ] {
            let path_of =
                |user: &str, session: &str| path.replace("USER", user).replace("SESSION", session);
            let foreign = api.send(method.clone(), &path_of(&user, &session), body.clone()).await;
            let (nobody, nothing) = (format!("user_{never}"), format!("sess_{never}"));
            let nobody = api.send(method.clone(), &path_of(&nobody, &nothing), body.clone()).await;
            let odd = api.send(method.clone(), &path_of("user_%20", "x"), body.clone()).await;
            assert_eq!(whole(&foreign), whole(&nobody), "{method} {path}");
            assert_eq!(whole(&foreign), whole(&odd), "{method} {path}");
        }
        assert_eq!(theirs.get(&format!("/v1/users/{user}")).await.body, before);
        let sessions = theirs.get("/v1/sessions?status=active").await.json();
        assert_eq!(super::id(&sessions[0]), session);
    });
}

#[test]
fn unknown_paths_and_wrong_methods_are_answered_in_the_envelope() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        for path in ["/v1", "/v1/", "/v1/nothing", "/v1/users/x/y/z", "/v1/organizations"] {
            assert_eq!(refusal(&api.get(path).await), (404, "resource_not_found".to_owned()));
        }
        let picture = api.post("/v1/users/user_1/profile_image").await;
        assert_eq!(refusal(&picture), (404, "resource_not_found".to_owned()));
        let wrong = api.send(Method::DELETE, "/v1/users", None).await;
        assert_eq!(refusal(&wrong), (405, "method_not_allowed".to_owned()));
        let wrong = api.get("/v1/users/user_1/lock").await;
        assert_eq!(refusal(&wrong), (405, "method_not_allowed".to_owned()));
        let tenants_host = api.client.request(Method::GET, "/t/acme/v1/users");
        assert_eq!(Client::send(tenants_host.bearer_auth(&api.key)).await.status, 404);
    });
}
