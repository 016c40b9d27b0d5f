//! Second factors over the Frontend API: what is asked for, what it takes, and that its wrong codes
//! are counted with wrong passwords.

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::{Clock, UserId};
use lockkeeper::token::{Purpose, RecoveryCodes};
use serde_json::{Value, json};

use super::{ALEX, PASSWORD, World, shown, text, try_password, v1};
use crate::harness::app::TestApp;
use crate::harness::client::{Answer, Client, block_on};

/// Alex's second factors, and the world they are in.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) alex: UserId,
    pub(super) app: TotpSecret,
    pub(super) codes: Vec<String>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let app = TestApp::start();
        let policy = Policy { max_attempts: 5, ..Preset::Balanced.policy() };
        let acme = app.tenant("acme", Some(policy));
        let alex = app.user(&acme, ALEX, PASSWORD).record.user.id;
        let world = World { app, acme };
        let (secret, codes) = block_on(async {
            let (store, tenant) = (&world.app.store, world.acme.profile.id());
            let secret = TotpSecret::generate().unwrap();
            let sealed = world.app.keys.seal(Purpose::TotpAtRest, tenant, secret.expose()).unwrap();
            store.set_totp(tenant.clone(), alex.clone(), Some((sealed, 0))).await.unwrap();
            let codes = RecoveryCodes::for_tenant(&world.app.keys, tenant);
            let list: Vec<String> =
                codes.generate().unwrap().iter().map(|code| code.expose().to_owned()).collect();
            let digests = list.iter().map(|code| codes.digest(&alex, code)).collect();
            store.set_recovery_codes(tenant.clone(), alex.clone(), digests).await.unwrap();
            (secret, list)
        });
        Self { world, alex, app: secret, codes }
    }

    pub(super) fn totp(&self) -> String {
        self.app.code(TotpStep::at(self.world.app.clock.now()))
    }

    /// Past the password; the path of the sign-in.
    pub(super) async fn past_password(&self, client: &Client) -> String {
        let passed = try_password(client, ALEX, PASSWORD).await;
        assert_eq!(passed.status, 200, "{}", passed.body);
        let json = passed.json();
        assert_eq!(json["response"]["status"], "needs_second_factor");
        v1(&format!("client/sign_ins/{}", text(&json, "/response/id")))
    }
}

pub(super) async fn second(client: &Client, path: &str, strategy: &str, code: &str) -> Answer {
    let form = [("strategy", strategy), ("code", code)];
    client.post_form(&format!("{path}/attempt_second_factor"), &form).await
}

fn code_of(answer: &Answer) -> Value {
    answer.json()["errors"][0]["code"].clone()
}

#[test]
fn a_password_is_followed_by_the_code_of_an_app() {
    let scene = Scene::new();
    block_on(async {
        let client = scene.world.client();
        let path = scene.past_password(&client).await;
        let waiting = client.get(&path).await.json()["response"].clone();
        let offered = json!([{ "strategy": "totp" }, { "strategy": "backup_code" }]);
        assert_eq!(waiting["supported_second_factors"], offered);
        assert_eq!(waiting["first_factor_verification"]["status"], "verified");
        assert_eq!(waiting["second_factor_verification"], Value::Null);
        let done = second(&client, &path, "totp", &scene.totp()).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let done = done.json();
        assert_eq!(done["response"]["status"], "complete");
        let verified = &done["response"]["second_factor_verification"];
        assert_eq!(
            (&verified["status"], &verified["strategy"]),
            (&json!("verified"), &json!("totp"))
        );
        let session = &done["client"]["sessions"][0];
        assert_eq!(session["factor_verification_age"], json!([0, 0]));
        assert_eq!(done["client"]["last_authentication_strategy"], "password");
    });
}

#[test]
fn two_passwords_and_three_recovery_codes_lock_at_five() {
    let scene = Scene::new();
    block_on(async {
        let client = scene.world.client();
        for _ in 0..2 {
            assert_eq!(try_password(&client, ALEX, "wrong").await.status, 422);
        }
        let path = scene.past_password(&client).await;
        let wrong = || second(&client, &path, "backup_code", "none of these");
        let third = wrong().await;
        assert_eq!((third.status, code_of(&third)), (422, json!("form_code_incorrect")));
        let fourth = wrong().await.json();
        assert_eq!(fourth["errors"][1]["code"], "account_lockout_warning", "{fourth}");
        let fifth = wrong().await;
        assert_eq!((fifth.status, code_of(&fifth)), (403, json!("user_locked")));
        let right = second(&client, &path, "backup_code", &scene.codes[0]).await;
        assert_eq!((right.status, code_of(&right)), (403, json!("user_locked")), "{}", right.body);
        // The lock took the passed factor: once it is over, the sign-in is back at its start.
        scene.world.app.advance(lockkeeper::model::Span::MINUTE.times(2));
        let late = second(&client, &path, "totp", &scene.totp()).await;
        assert_eq!((late.status, code_of(&late)), (400, json!("client_state_invalid")));
        let now = client.get(&path).await.json();
        assert_eq!(now["response"]["status"], "needs_first_factor");
        assert_eq!(now["response"]["supported_second_factors"], Value::Null);
    });
}

#[test]
fn a_recovery_code_signs_in_once() {
    let scene = Scene::new();
    block_on(async {
        for expected in [200, 422] {
            let client = scene.world.client();
            let path = scene.past_password(&client).await;
            let answer = second(&client, &path, "backup_code", &scene.codes[0]).await;
            assert_eq!(answer.status, expected, "{}", answer.body);
        }
    });
}

#[test]
fn a_wrong_code_is_told_as_its_own_field() {
    let scene = Scene::new();
    block_on(async {
        let client = scene.world.client();
        let path = scene.past_password(&client).await;
        let wrong = second(&client, &path, "totp", "000 000").await;
        insta::assert_snapshot!(shown(&wrong), @r#"
        422
        content-type: application/json
        {
          "errors": [
            {
              "message": "Incorrect code",
              "long_message": "The code is incorrect. Check it and try again.",
              "code": "form_code_incorrect",
              "meta": {
                "param_name": "code"
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
    });
}
