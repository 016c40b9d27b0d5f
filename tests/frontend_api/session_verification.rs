//! Proving again who uses a session.

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::model::Span;
use reqwest::Method;
use serde_json::{Value, json};

use super::{N, PASSWORD, World, signed_in, text, v1};
use crate::harness::client::{Answer, Client, block_on};

/// RFC 6238's secret in base32.
const APP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

pub(super) struct Verification<'a> {
    pub(super) client: &'a Client,
    pub(super) session: String,
}

impl Verification<'_> {
    pub(super) async fn post(&self, rest: &str, form: &[(&str, &str)]) -> Answer {
        let path = v1(&format!("client/sessions/{}/verify{rest}", self.session));
        self.client.post_form(&path, form).await
    }

    pub(super) async fn start(&self, level: &str) -> Answer {
        self.post("", &[("level", level)]).await
    }

    pub(super) async fn password(&self, password: &str) -> Answer {
        let form = [("strategy", "password"), ("password", password)];
        self.post("/attempt_first_factor", &form).await
    }

    pub(super) async fn second(&self, strategy: &str, code: &str) -> Answer {
        let form = [("strategy", strategy), ("code", code)];
        self.post("/attempt_second_factor", &form).await
    }
}

/// Status and first code, or the status of the verification.
pub(super) fn told(answer: &Answer) -> (u16, String) {
    let json = answer.json();
    let pointer = if answer.status == 200 { "/response/status" } else { "/errors/0/code" };
    (answer.status, text(&json, pointer).to_owned())
}

pub(super) fn waits(step: &str) -> (u16, String) {
    (200, step.to_owned())
}

async fn with_app(world: &World, user: &Value) {
    let id = text(user, "/client/sessions/0/user/id");
    let request = world.client().request(Method::PATCH, &format!("/v1/users/{id}"));
    let body = json!({ "totp_secret": APP, "backup_codes": ["paper-code-1"] });
    let answer = Client::send(request.bearer_auth(&world.acme.secret_key).json(&body)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
pub(super) fn a_password_is_proved_again_and_the_token_says_so() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let json = signed_in(&client).await;
        let session = text(&json, "/response/created_session_id").to_owned();
        let it = Verification { client: &client, session };
        let early = it.password(PASSWORD).await;
        assert_eq!(told(&early), (400, "verification_missing".to_owned()));
        world.app.advance(Span::MINUTE.times(30));
        let begun = it.start("second_factor").await;
        // Who has no second factor proves the first.
        assert_eq!(told(&begun), waits("needs_first_factor"));
        let begun = begun.json();
        let offered = &begun["response"]["supported_first_factors"];
        assert_eq!(offered[0], json!({ "strategy": "password" }));
        assert_eq!(begun["response"]["session"]["factor_verification_age"], json!([30, -1]));
        let odd = it.second("totp", "123456").await;
        assert_eq!(told(&odd), (400, "invalid_action_for_session".to_owned()));
        let wrong = it.password("guess").await;
        assert_eq!(told(&wrong), (422, "form_password_incorrect".to_owned()));
        let done = it.password(PASSWORD).await;
        assert_eq!(told(&done), waits("complete"));
        let done = done.json();
        assert_eq!(done["response"]["session"]["factor_verification_age"], json!([0, -1]));
        assert_eq!(done["response"]["first_factor_verification"]["status"], "verified");
        assert_eq!(done["client"]["sessions"][0]["id"], done["response"]["session"]["id"]);
        for form in [[("level", "L1")], [("lvl", "x")]] {
            assert_eq!(it.post("", &form).await.status, 422);
        }
        let unknown = Verification { client: &world.client(), session: it.session.clone() };
        assert_eq!(told(&unknown.start("first_factor").await), (401, "signed_out".to_owned()));
    });
}

#[test]
pub(super) fn both_factors_are_proved_in_turn() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let json = signed_in(&client).await;
        with_app(&world, &json).await;
        let session = text(&json, "/response/created_session_id").to_owned();
        let it = Verification { client: &client, session };
        world.app.advance(Span::MINUTE);
        assert_eq!(told(&it.start("multi_factor").await), waits("needs_first_factor"));
        assert_eq!(told(&it.password(PASSWORD).await), waits("needs_second_factor"));
        let wrong = it.second("backup_code", "paper-code-2").await;
        assert_eq!(told(&wrong), (422, "form_code_incorrect".to_owned()));
        assert_eq!(told(&it.second("backup_code", "paper-code-1").await), waits("complete"));
        world.app.advance(Span::MINUTE);
        assert_eq!(told(&it.start("second_factor").await), waits("needs_second_factor"));
        let secret = TotpSecret::from_base32(APP).unwrap();
        let code = secret.code(TotpStep::at(world.app.tenants.clock().now()));
        assert_eq!(told(&it.second("totp", &code).await), waits("complete"));
        let prepared = it.post("/prepare_second_factor", &[("strategy", "phone_code")]).await;
        assert_eq!(told(&prepared), (400, "invalid_action_for_session".to_owned()));
    });
}

#[test]
pub(super) fn guesses_in_a_session_lock_its_browser() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let json = signed_in(&client).await;
        let session = text(&json, "/response/created_session_id").to_owned();
        let it = Verification { client: &client, session };
        world.app.advance(Span::SECOND);
        it.start("first_factor").await;
        for number in 1..N {
            assert_eq!(it.password(&format!("guess {number}")).await.status, 422);
        }
        let locked = (403, "user_locked".to_owned());
        assert_eq!(told(&it.password("the last guess").await), locked);
        assert_eq!(told(&it.password(PASSWORD).await), locked);
        // The browser is a known device: its own lane is locked, and no other.
        let me = client.get(&v1("me")).await.json();
        assert_eq!(me["response"]["locked"], false);
    });
}
