//! Lists of users: filters, order, pages and counts.

use lockkeeper::model::Span;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, faults, id, lock_by_guessing, refusal};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::block_on;

/// anna, bob and carl, a second apart; their ids.
async fn three(app: &TestApp, api: &Api) -> [String; 3] {
    let mut ids = Vec::new();
    for (name, phone) in [("anna", "+4930111111"), ("bob", "+4930222222"), ("carl", "+4930333333")]
    {
        let email = format!("{name}@example.com");
        let body = json!({
            "email_address": [email], "phone_number": [phone], "username": name,
            "external_id": format!("ext-{name}"), "first_name": name.to_uppercase(),
            "password": super::RIGHT, "banned": name == "carl",
        });
        ids.push(id(&api.create(body).await));
        app.advance(Span::SECOND);
    }
    ids.try_into().unwrap()
}

/// The usernames of a list; the count with the same filters must agree.
async fn names(api: &Api, query: &str) -> Vec<String> {
    let list = api.get(&format!("/v1/users?{query}")).await;
    assert_eq!(list.status, 200, "{query}: {}", list.body);
    let users: Vec<Value> = serde_json::from_str(&list.body).unwrap();
    let count = api.get(&format!("/v1/users/count?{query}")).await.json();
    if !query.contains("limit") && !query.contains("starting_after") {
        let expected = json!({ "object": "total_count", "total_count": users.len() });
        assert_eq!(count, expected, "{query}");
    }
    users.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

fn start() -> (TestApp, TestTenant) {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    (app, tenant)
}

#[test]
fn each_filter_takes_whom_it_names() {
    let (app, tenant) = start();
    block_on(async {
        let api = Api::of(&app, &tenant);
        let [anna, bob, carl] = three(&app, &api).await;
        let made = api.get(&format!("/v1/users/{bob}")).await.json()["created_at"].clone();
        for (query, expected) in [
            (String::new(), vec!["carl", "bob", "anna"]),
            (
                "email_address=ANNA@example.com&email_address=bob@example.com".into(),
                vec!["bob", "anna"],
            ),
            (
                "email_address[]=anna@example.com&email_address%5B%5D=x@example.com".into(),
                vec!["anna"],
            ),
            ("email_address=anna@example.com&username=bob".into(), vec![]),
            ("email_address=nonsense".into(), vec![]),
            ("email_address=-anna@example.com".into(), vec!["carl", "bob"]),
            ("phone_number=%2B4930111111".into(), vec!["anna"]),
            ("phone_number=+4930111111".into(), vec!["anna"]),
            ("username=BOB".into(), vec!["bob"]),
            (format!("user_id={anna}&user_id=%2B{bob}"), vec!["bob", "anna"]),
            (format!("user_id=-{anna}"), vec!["carl", "bob"]),
            ("user_id=nonsense".into(), vec![]),
            ("external_id=ext-anna".into(), vec!["anna"]),
            ("query=OB%40exam".into(), vec!["bob"]),
            (format!("query={carl}"), vec!["carl"]),
            ("email_address_query=example".into(), vec!["carl", "bob", "anna"]),
            ("username_query=example".into(), vec![]),
            ("name_query=ann".into(), vec!["anna"]),
            ("banned=true".into(), vec!["carl"]),
            ("banned=false".into(), vec!["bob", "anna"]),
            (format!("created_at_after={made}"), vec!["carl"]),
            (format!("created_at_before={made}"), vec!["anna"]),
            ("last_sign_in_at_after=1".into(), vec![]),
            ("locked=true".into(), vec![]),
            ("__unknown=1&limit=500&offset=0".into(), vec!["carl", "bob", "anna"]),
        ] {
            assert_eq!(names(&api, &query).await, expected, "{query}");
        }
    });
}

#[test]
fn locked_users_can_be_listed_until_their_locks_end() {
    let (app, tenant) = start();
    block_on(async {
        let api = Api::of(&app, &tenant);
        let [anna, ..] = three(&app, &api).await;
        api.ok(Method::POST, &format!("/v1/users/{anna}/lock"), None).await;
        lock_by_guessing(&app, &tenant, "bob").await;
        assert_eq!(names(&api, "locked=true").await, ["bob", "anna"]);
        app.advance(Span::MINUTE);
        assert_eq!(names(&api, "locked=true").await, ["anna"]);
        app.advance(Span::HOUR);
        assert_eq!(names(&api, "locked=true").await, [""; 0]);
    });
}

#[test]
fn lists_are_ordered_and_paged() {
    let (app, tenant) = start();
    block_on(async {
        let api = Api::of(&app, &tenant);
        let [_, bob, _] = three(&app, &api).await;
        super::try_password(&app, &tenant, "anna", super::RIGHT).await;
        for (query, expected) in [
            ("order_by=created_at", vec!["anna", "bob", "carl"]),
            ("order_by=%2Bcreated_at", vec!["anna", "bob", "carl"]),
            ("order_by=+created_at", vec!["anna", "bob", "carl"]),
            ("order_by=-updated_at", vec!["carl", "bob", "anna"]),
            ("order_by=-last_sign_in_at", vec!["anna", "carl", "bob"]),
            ("limit=2", vec!["carl", "bob"]),
            ("limit=2&offset=2", vec!["anna"]),
        ] {
            assert_eq!(names(&api, query).await, expected, "{query}");
        }
        assert_eq!(names(&api, &format!("starting_after={bob}")).await, ["anna"]);
        let oldest = format!("starting_after={bob}&order_by=created_at");
        assert_eq!(names(&api, &oldest).await, ["carl"]);
    });
}

#[test]
fn every_fault_of_a_query_is_told_at_once() {
    let (app, tenant) = start();
    block_on(async {
        let api = Api::of(&app, &tenant);
        let query =
            "limit=0&offset=x&banned=maybe&locked=false&order_by=shoe_size&created_at_after=-1";
        let answer = api.get(&format!("/v1/users?{query}")).await;
        let expected = [
            "form_param_format_invalid banned",
            "form_param_format_invalid created_at_after",
            "form_param_value_invalid locked",
            "form_param_value_invalid order_by",
            "form_param_value_invalid limit",
            "form_param_format_invalid offset",
        ];
        assert_eq!(faults(&answer), (422, expected.map(str::to_owned).to_vec()));
        for text in [
            "order_by must be one of: created_at, -created_at, updated_at, -updated_at, ",
            "limit must be from 1 to 500.",
        ] {
            assert!(answer.body.contains(text), "{}", answer.body);
        }
        let answer = api.get("/v1/users?query=%FF").await;
        assert_eq!(refusal(&answer), (400, "malformed_request_parameters".to_owned()));
        let many = "user_id=user_1&".repeat(101);
        let answer = api.get(&format!("/v1/users?{many}")).await;
        assert_eq!(faults(&answer), (422, vec!["form_param_value_invalid user_id".to_owned()]));
    });
}
