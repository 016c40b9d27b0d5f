//! Sessions as the tenant's server sees them.

use lockkeeper::model::Span;
use lockkeeper::tenant::AttemptAnswer;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, RIGHT, faults, id, try_password, whole};
use crate::harness::app::TestApp;
use crate::harness::client::block_on;

#[test]
fn sessions_are_listed_read_and_revoked() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        assert_eq!(api.get("/v1/sessions").await.json(), json!([]));
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        let AttemptAnswer::Complete(signed_in) = answer else { panic!("{answer:?}") };
        app.advance(Span::SECOND);
        try_password(&app, &tenant, "bob@example.com", RIGHT).await;

        let path = format!("/v1/sessions/{}", signed_in.session);
        let shown = api.get(&path).await;
        insta::assert_snapshot!("a_session", whole(&shown));
        let paged = api.get(&format!("/v1/sessions?user_id={user}&paginated=true&limit=1")).await;
        let paged = paged.json();
        assert_eq!(paged["total_count"], 2);
        assert_eq!(paged["data"].as_array().unwrap().len(), 1);
        let older = api.get(&format!("/v1/sessions?client_id={}", signed_in.client)).await.json();
        assert_eq!(older.as_array().unwrap().len(), 1);
        assert_eq!(id(&older[0]), signed_in.session.as_str());

        let revoked = api.ok(Method::POST, &format!("{path}/revoke"), None).await;
        assert_eq!(revoked["status"], "revoked");
        let again = api.ok(Method::POST, &format!("{path}/revoke"), None).await;
        assert_eq!(again, revoked);
        let count = async |query: &str| {
            let list = api.get(&format!("/v1/sessions?{query}")).await.json();
            list.as_array().map_or(0, Vec::len)
        };
        assert_eq!(count("status=active").await, 1);
        assert_eq!(count("status=revoked").await, 1);
        assert_eq!(count("user_id=nonsense").await, 0);
        let odd = api.get("/v1/sessions?status=tired&limit=501").await;
        let expected = ["form_param_value_invalid status", "form_param_value_invalid limit"];
        assert_eq!(faults(&odd), (422, expected.map(str::to_owned).to_vec()));
    });
}

#[test]
fn a_session_past_its_end_is_expired_before_anybody_writes_that_down() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        api.create_user("bob@example.com").await;
        try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        app.advance(Span::DAY.times(400));
        let status = |list: Value| {
            list.as_array().unwrap().iter().map(|s| s["status"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(status(api.get("/v1/sessions?status=active").await.json()), [Value::Null; 0]);
        assert_eq!(status(api.get("/v1/sessions?status=expired").await.json()), [json!("expired")]);
    });
}
