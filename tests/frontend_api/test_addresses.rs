//! Addresses that only tests use: development tenants take the code 424242 for them and mail them
//! nothing; live tenants know no such thing.

use std::sync::Arc;

use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::Span;
use lockkeeper::store::outbox::OutboxStatus;
use lockkeeper::store::tenants::{SignUpMode, TenantChange};
use lockkeeper::tenant::NewTenant;
use serde_json::json;

use super::codes::{attempt, mailed, told};
use super::{ALEX, PASSWORD, World, text, v1};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::{Client, block_on};
use crate::harness::waiting::found;

const ROBOT: &str = "robot+clerk_test@acme.test";
const CODE: &str = "424242";

fn world(live: bool) -> World {
    let app = TestApp::start();
    let new = NewTenant {
        slug: "acme".to_owned(),
        name: "Acme".to_owned(),
        live,
        own_host: None,
        policy: Some(Policy { max_attempts: 4, ..Preset::Balanced.policy() }),
        support_email: None,
        redirect_urls: Vec::new(),
        brand_color: None,
        author: "test".to_owned(),
    };
    let made = block_on(app.tenants.create_tenant(new)).unwrap();
    let open = TenantChange { sign_up: Some(SignUpMode::Public), ..TenantChange::default() };
    block_on(app.tenants.update_tenant(&made.profile, open, "test")).unwrap();
    let secret_key = made.secret_key.expose().to_owned();
    let acme = TestTenant { profile: Arc::clone(&made.profile), secret_key };
    for name in [ALEX, ROBOT] {
        app.user(&acme, name, PASSWORD);
    }
    World { app, acme }
}

/// Begins a sign-up with a code; its id.
async fn sign_up(client: &Client, address: &str) -> String {
    let form = [("email_address", address), ("password", PASSWORD), ("strategy", "email_code")];
    let begun = client.post_form(&v1("client/sign_ups"), &form).await;
    text(&begun.json(), "/response/id").to_owned()
}

async fn prove(client: &Client, sign_up: &str) -> crate::harness::client::Answer {
    let form = [("strategy", "email_code"), ("code", CODE)];
    client.post_form(&v1(&format!("client/sign_ups/{sign_up}/attempt_verification")), &form).await
}

#[test]
fn test_addresses_take_424242_on_development_tenants_only() {
    for (live, name, expected) in [
        (false, ROBOT, (200, json!(null))),
        (false, ALEX, (422, json!("form_code_incorrect"))),
        (true, ROBOT, (422, json!("form_code_incorrect"))),
    ] {
        let world = world(live);
        block_on(async {
            for strategy in ["email_code", "reset_password_email_code"] {
                let client = world.client();
                let (path, code) = world.sent(&client, name, strategy).await;
                let tried = attempt(&client, &path, strategy, CODE).await;
                assert_eq!(told(&tried), expected, "live {live}, {name}, {strategy}");
                if expected.0 != 200 {
                    let right = attempt(&client, &path, strategy, &code).await;
                    assert_eq!(right.status, 200, "{}", right.body);
                }
            }
        });
    }
}

#[test]
fn a_session_is_proved_again_by_424242_on_development_tenants_only() {
    for (live, name, status) in [(false, ROBOT, 200), (false, ALEX, 422), (true, ROBOT, 422)] {
        let world = world(live);
        block_on(async {
            let client = world.client();
            let json = super::try_password(&client, name, PASSWORD).await.json();
            let session = text(&json, "/response/created_session_id");
            let path = v1(&format!("client/sessions/{session}/verify"));
            world.app.advance(Span::SECOND);
            client.post_form(&path, &[("level", "first_factor")]).await;
            let asked = [("strategy", "email_code")];
            let sent = client.post_form(&format!("{path}/prepare_first_factor"), &asked).await;
            assert_eq!(sent.status, 200, "{}", sent.body);
            let form = [("strategy", "email_code"), ("code", CODE)];
            let tried = client.post_form(&format!("{path}/attempt_first_factor"), &form).await;
            assert_eq!(tried.status, status, "live {live}, {name}: {}", tried.body);
        });
    }
}

#[test]
fn the_code_that_was_made_is_right_for_a_test_address_too() {
    let world = world(false);
    block_on(async {
        let client = world.client();
        let (path, code) = world.sent(&client, ROBOT, "email_code").await;
        assert_eq!(attempt(&client, &path, "email_code", &code).await.status, 200);
    });
}

#[test]
fn a_test_address_that_nobody_has_takes_no_code() {
    let world = world(false);
    block_on(async {
        let client = world.client();
        let nobody = "nobody+clerk_test@acme.test";
        let (path, _) = world.sent(&client, nobody, "email_code").await;
        for left in [3, 2, 1] {
            let wrong = attempt(&client, &path, "email_code", CODE).await;
            assert_eq!(told(&wrong), (422, json!("form_code_incorrect")), "{left}");
        }
        let last = attempt(&client, &path, "email_code", CODE).await;
        assert_eq!(told(&last), (403, json!("user_locked")), "it is counted as for anybody");
    });
}

#[test]
fn the_code_of_the_tests_is_spent_and_refused_as_any() {
    let world = world(false);
    block_on(async {
        for _ in 0..4 {
            super::try_password(&world.client(), ROBOT, "wrong").await;
        }
        let client = world.client();
        let path = world.named(&client, ROBOT).await;
        let asked = super::codes::prepare(&client, &path, "email_code").await;
        assert_eq!(told(&asked), (403, json!("user_locked")));
        let early = attempt(&client, &path, "email_code", CODE).await;
        assert_eq!(told(&early), (403, json!("user_locked")));
    });
}

#[test]
fn a_development_tenant_mails_test_addresses_nothing_and_a_live_one_does() {
    for live in [false, true] {
        let world = world(live);
        block_on(async {
            let client = world.client();
            let (path, _) = world.sent(&client, ROBOT, "email_code").await;
            // Written later, so that the first has surely been looked at when it is there.
            world.sent(&world.client(), ALEX, "email_code").await;
            mailed(&client, ALEX, "Your code to sign in to Acme").await;
            let code = world.code_row(path.rsplit('/').next().unwrap()).await;
            let row = found("what became of it", async || {
                let row = world.row_with(&code).await;
                (!matches!(row.status, OutboxStatus::Due | OutboxStatus::Sending)).then_some(row)
            })
            .await;
            let expected = if live { OutboxStatus::Sent } else { OutboxStatus::Dropped };
            assert_eq!(row.status, expected, "live {live}");
            let kept = client.get("/mailbox/api/messages").await.json();
            let to_robot = kept.as_array().unwrap().iter().filter(|mail| mail["to"] == ROBOT);
            assert_eq!(to_robot.count(), usize::from(live));
        });
    }
}

#[test]
fn sign_ups_take_424242_for_test_addresses_on_development_tenants_only() {
    for (live, address, status) in [
        (false, "new+clerk_test@acme.test", 200),
        (false, "new@acme.test", 422),
        (true, "new+clerk_test@acme.test", 422),
    ] {
        let world = world(live);
        block_on(async {
            let client = world.client();
            let id = sign_up(&client, address).await;
            let done = prove(&client, &id).await;
            assert_eq!(done.status, status, "live {live}, {address}: {}", done.body);
        });
    }
}
