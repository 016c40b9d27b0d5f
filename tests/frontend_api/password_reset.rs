//! Codes by mail over the Frontend API: signing in by one, and a new password by one.

use lockkeeper::model::{SignInId, Span};
use lockkeeper::token::{CodeLength, ShortCodes};
use serde_json::{Value, json};

use super::{ALEX, N, PASSWORD, World, text, try_password, v1};
use crate::harness::client::{Answer, Client, block_on};

const NEW: &str = "another horse entirely";

impl World {
    /// Opens a sign-in and has a code sent; its path and the code.
    async fn sent(&self, client: &Client, name: &str, strategy: &str) -> (String, String) {
        let form = [("identifier", name), ("strategy", strategy)];
        let opened = client.post_form(&v1("client/sign_ins"), &form).await;
        assert_eq!(opened.status, 200, "{}", opened.body);
        let json = opened.json();
        let verification = &json["response"]["first_factor_verification"];
        assert_eq!(verification["status"], "unverified", "{json}");
        let id = text(&json, "/response/id").to_owned();
        (v1(&format!("client/sign_ins/{id}")), self.code(&id).await)
    }

    async fn code(&self, id: &str) -> String {
        let tenant = self.acme.profile.id();
        let id = SignInId::parse(id).unwrap();
        let row = self.app.store.reader().sign_in(tenant.clone(), id).await.unwrap().unwrap();
        let codes = ShortCodes::for_tenant(&self.app.keys, tenant);
        codes.code(row.prepared_code.unwrap().as_str(), CodeLength::Six)
    }
}

async fn attempt(client: &Client, path: &str, strategy: &str, code: &str) -> Answer {
    let form = [("strategy", strategy), ("code", code)];
    client.post_form(&format!("{path}/attempt_first_factor"), &form).await
}

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json()["errors"][0]["code"].clone())
}

#[test]
fn a_mailed_code_signs_in() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let (path, code) = world.sent(&client, ALEX, "email_code").await;
        let wrong = attempt(&client, &path, "email_code", "no code").await;
        assert_eq!(told(&wrong), (422, json!("form_code_incorrect")));
        let done = attempt(&client, &path, "email_code", &code).await.json();
        assert_eq!(done["response"]["status"], "complete", "{done}");
        assert_eq!(done["client"]["last_authentication_strategy"], "email_code");
    });
}

#[test]
fn a_second_prepare_within_30_s_is_429_with_retry_after() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let (path, _) = world.sent(&client, ALEX, "email_code").await;
        let prepare = || async {
            let form = [("strategy", "email_code")];
            client.post_form(&format!("{path}/prepare_first_factor"), &form).await
        };
        let soon = prepare().await;
        assert_eq!(told(&soon), (429, json!("verification_code_too_many_requests")));
        assert_eq!(soon.header("retry-after"), "30");
        world.app.advance(Span::SECOND.times(30));
        assert_eq!(prepare().await.status, 200);
    });
}

#[test]
fn attempt_before_prepare_is_verification_missing() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        let id = text(&opened.json(), "/response/id").to_owned();
        let path = v1(&format!("client/sign_ins/{id}"));
        let early = attempt(&client, &path, "email_code", "123456").await;
        assert_eq!(told(&early), (400, json!("verification_missing")));
    });
}

#[test]
fn reset_by_mail_unlocks_and_the_sixth_try_is_verification_failed() {
    let world = World::new();
    let strategy = "reset_password_email_code";
    block_on(async {
        for _ in 0..N {
            try_password(&world.client(), ALEX, "wrong").await;
        }
        for name in [ALEX, "nobody@acme.test"] {
            let client = world.client();
            let (path, code) = world.sent(&client, name, strategy).await;
            for _ in 0..5 {
                let wrong = attempt(&client, &path, strategy, "no code").await;
                assert_eq!(told(&wrong), (422, json!("form_code_incorrect")), "{name}");
            }
            let sixth = attempt(&client, &path, strategy, &code).await;
            assert_eq!(told(&sixth), (400, json!("verification_failed")), "{name}");
        }
        let client = world.client();
        let (path, code) = world.sent(&client, ALEX, strategy).await;
        let proved = attempt(&client, &path, strategy, &code).await.json();
        assert_eq!(proved["response"]["status"], "needs_new_password", "{proved}");
        let reset = |password: &'static str| {
            let form = [("password", password), ("sign_out_of_other_sessions", "true")];
            let path = format!("{path}/reset_password");
            let client = &client;
            async move { client.post_form(&path, &form).await }
        };
        assert_eq!(told(&reset("short").await), (422, json!("form_password_length_too_short")));
        let done = reset(NEW).await.json();
        assert_eq!(done["response"]["status"], "complete", "{done}");
        assert_eq!(try_password(&world.client(), ALEX, PASSWORD).await.status, 422);
        assert_eq!(try_password(&world.client(), ALEX, NEW).await.status, 200);
    });
}
