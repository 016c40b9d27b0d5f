//! A new password by a mailed code: what it unlocks and what it does not, and what it still asks for.

use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::Span;
use serde_json::{Value, json};

use super::codes::{NOBODY, attempt, code_in, mailed, told};
use super::factors::{Scene, second};
use super::{ALEX, N, PASSWORD, World, text, try_password};
use crate::harness::app::TestApp;
use crate::harness::client::{Answer, Client, block_on};

const NEW: &str = "another horse entirely";
const RESET: &str = "reset_password_email_code";

/// Past the mailed code; the path of the sign-in, which waits for a password.
async fn proved(world: &World, client: &Client) -> String {
    let (path, code) = world.sent(client, ALEX, RESET).await;
    let proved = attempt(client, &path, RESET, &code).await.json();
    assert_eq!(proved["response"]["status"], "needs_new_password", "{proved}");
    path
}

async fn set(client: &Client, path: &str, password: &str) -> Answer {
    client.post_form(&format!("{path}/reset_password"), &[("password", password)]).await
}

async fn by_staff(world: &World, what: &str) {
    let found = world.app.store.reader();
    let key = lockkeeper::model::Identifier::parse(ALEX).unwrap().key;
    let alex = found.identified(world.acme.profile.id().clone(), key).await.unwrap().unwrap();
    let path = format!("/v1/users/{}/{what}", alex.user.id);
    let request = world.app.client().request(reqwest::Method::POST, &path);
    let answer = Client::send(request.bearer_auth(&world.acme.secret_key)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn reset_by_mail_unlocks_and_signs_in() {
    let world = World::new();
    block_on(async {
        for _ in 0..N {
            try_password(&world.client(), ALEX, "wrong").await;
        }
        let client = world.client();
        let (path, _) = world.sent(&client, ALEX, RESET).await;
        let mail = mailed(&client, ALEX, "Your code to set a new password at acme Ltd").await;
        let proved = attempt(&client, &path, RESET, &code_in(&mail)).await.json();
        assert_eq!(proved["response"]["status"], "needs_new_password", "{proved}");
        assert_eq!(
            told(&set(&client, &path, "short").await),
            (422, json!("form_password_length_too_short"))
        );
        let done = set(&client, &path, NEW).await.json();
        assert_eq!(done["response"]["status"], "complete", "{done}");
        assert_eq!(try_password(&world.client(), ALEX, PASSWORD).await.status, 422);
        assert_eq!(try_password(&world.client(), ALEX, NEW).await.status, 200);
    });
}

#[test]
fn the_sixth_try_of_a_reset_code_is_verification_failed() {
    let world = World::new();
    block_on(async {
        for name in [ALEX, NOBODY] {
            let client = world.client();
            let (path, code) = world.sent(&client, name, RESET).await;
            for _ in 0..5 {
                let wrong = attempt(&client, &path, RESET, "no code").await;
                assert_eq!(told(&wrong), (422, json!("form_code_incorrect")), "{name}");
            }
            let sixth = attempt(&client, &path, RESET, &code).await;
            assert_eq!(told(&sixth), (400, json!("verification_failed")), "{name}");
        }
        // It was counted nowhere else.
        assert_eq!(try_password(&world.client(), ALEX, PASSWORD).await.status, 200);
    });
}

#[test]
fn reset_by_mail_unlocks_a_long_run_lock() {
    let app = TestApp::start();
    let policy = Policy { max_attempts: 2, long_run_limit: 3, ..Preset::Balanced.policy() };
    let acme = app.tenant("acme", Some(policy));
    app.user(&acme, ALEX, PASSWORD);
    let world = World { app, acme };
    block_on(async {
        let mut last = Value::Null;
        for _ in 0..3 {
            last = try_password(&world.client(), ALEX, "wrong").await.json();
            world.app.advance(Span::DAY);
        }
        assert_eq!(text(&last, "/errors/0/code"), "user_locked");
        assert_eq!(last["errors"][0]["meta"]["lockout_expires_in_seconds"], Value::Null, "{last}");
        let still = try_password(&world.client(), ALEX, PASSWORD).await;
        assert_eq!(told(&still), (403, json!("user_locked")), "only an unlock ends it");
        let client = world.client();
        let path = proved(&world, &client).await;
        let done = set(&client, &path, NEW).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(try_password(&world.client(), ALEX, NEW).await.status, 200);
    });
}

#[test]
fn reset_by_mail_never_unlocks_a_staff_lock() {
    let world = World::new();
    block_on(async {
        by_staff(&world, "lock").await;
        let client = world.client();
        let path = proved(&world, &client).await;
        let done = set(&client, &path, NEW).await;
        assert_eq!(told(&done), (403, json!("user_locked")), "{}", done.body);
        by_staff(&world, "unlock").await;
        // The password was set, only nobody was let in by it.
        assert_eq!(try_password(&world.client(), ALEX, NEW).await.status, 200);
    });
}

#[test]
fn reset_with_second_factor_still_asks_for_it() {
    let scene = Scene::new();
    block_on(async {
        let client = scene.world.client();
        let path = proved(&scene.world, &client).await;
        let passed = set(&client, &path, NEW).await.json();
        assert_eq!(passed["response"]["status"], "needs_second_factor", "{passed}");
        assert_eq!(passed["client"]["sessions"], json!([]));
        let done = second(&client, &path, "totp", &scene.totp()).await.json();
        assert_eq!(done["response"]["status"], "complete", "{done}");
    });
}

#[test]
fn the_owner_resets_while_every_try_relocks() {
    let world = World::locking_at(1);
    block_on(async {
        try_password(&world.client(), ALEX, "wrong").await;
        let client = world.client();
        let path = proved(&world, &client).await;
        // The lock ends, and the attack goes on.
        world.app.advance(Span::MINUTE.times(2));
        let relocked = try_password(&world.client(), ALEX, "wrong too").await;
        assert_eq!(told(&relocked), (403, json!("user_locked")));
        let done = set(&client, &path, NEW).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(try_password(&world.client(), ALEX, NEW).await.status, 200);
    });
}

#[test]
fn a_reset_signs_other_devices_out_where_that_is_wished() {
    let world = World::new();
    block_on(async {
        let other = world.client();
        assert_eq!(try_password(&other, ALEX, PASSWORD).await.status, 200);
        let client = world.client();
        let path = proved(&world, &client).await;
        let form = [("password", NEW), ("sign_out_of_other_sessions", "true")];
        let done = client.post_form(&format!("{path}/reset_password"), &form).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let left = other.get(&super::v1("client")).await.json();
        assert_eq!(left["response"]["sessions"], json!([]), "{left}");
    });
}
