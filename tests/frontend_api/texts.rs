//! Codes by text message: as a first factor, as a second one, and where they go.

use lockkeeper::store::outbox::{OutboxKind, OutboxStatus};
use reqwest::Method;
use serde_json::{Value, json};

use super::codes::{attempt, prepare, told};
use super::factors::second;
use super::{ALEX, PASSWORD, World, text, try_password, v1};
use crate::harness::client::{Answer, Client, block_on};
use crate::harness::waiting::found;

const NUMBER: &str = "+4930123456";
const ELSE: &str = "+4930999999";

impl World {
    /// Gives Alex a number; its id.
    async fn number(&self, number: &str, reserved: bool) -> String {
        let alex = lockkeeper::model::Identifier::parse(ALEX).unwrap().key;
        let reader = self.app.store.reader();
        let found = reader.identified(self.acme.profile.id().clone(), alex).await.unwrap();
        let body = json!({
            "user_id": found.unwrap().user.id, "phone_number": number, "verified": true,
            "reserved_for_second_factor": reserved,
        });
        let request = self.app.client().request(Method::POST, "/v1/phone_numbers").json(&body);
        let answer = Client::send(request.bearer_auth(&self.acme.secret_key)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        text(&answer.json(), "/id").to_owned()
    }
}

/// The code of the newest message to a number, as soon as there are so many.
async fn texted(client: &Client, number: &str, count: usize) -> String {
    found(number, async || {
        let all = client.get("/mailbox/api/messages").await.json();
        let of: Vec<&Value> =
            all.as_array().unwrap().iter().filter(|one| one["to"] == number).collect();
        let newest = of.first().filter(|_| of.len() >= count)?;
        Some(text(newest, "/text").split(' ').next().unwrap().to_owned())
    })
    .await
}

async fn prepare_second(client: &Client, path: &str, form: &[(&str, &str)]) -> Answer {
    client.post_form(&format!("{path}/prepare_second_factor"), form).await
}

#[test]
fn a_texted_code_signs_in() {
    let world = World::new();
    block_on(async {
        world.number(NUMBER, false).await;
        let client = world.client();
        let (path, _) = world.sent(&client, NUMBER, "phone_code").await;
        let shown = client.get(&path).await.json();
        let verification = &shown["response"]["first_factor_verification"];
        assert_eq!(verification["object"], "verification_otp");
        assert_eq!(verification["strategy"], "phone_code");
        let code = texted(&client, NUMBER, 1).await;
        let done = attempt(&client, &path, "phone_code", &code).await.json();
        assert_eq!(done["response"]["status"], "complete", "{done}");
        assert_eq!(done["client"]["last_authentication_strategy"], "phone_code");
    });
}

#[test]
fn a_number_that_nobody_has_is_answered_alike() {
    let world = World::new();
    block_on(async {
        world.number(NUMBER, false).await;
        let mut stories = Vec::new();
        for (number, masked) in [(NUMBER, "+**56"), (ELSE, "+**99")] {
            let client = world.client();
            let path = world.named(&client, number).await;
            let mut story = vec![super::shown(&client.get(&path).await)];
            story.push(super::shown(&prepare(&client, &path, "phone_code").await));
            story.push(super::shown(&prepare(&client, &path, "phone_code").await));
            let code = world.code_row(path.rsplit('/').next().unwrap()).await;
            for _ in 0..5 {
                story.push(super::shown(&attempt(&client, &path, "phone_code", "1").await));
            }
            let told = story.join("\n").replace(number, "<number>").replace(masked, "<masked>");
            stories.push(told);
            let row = world.row_with(&code).await;
            assert_eq!(row.kind, OutboxKind::Text);
            assert_eq!(row.status == OutboxStatus::Void, number == ELSE);
        }
        assert_eq!(stories[0], stories[1]);
        assert!(stories[0].contains("user_locked"), "{}", stories[0]);
    });
}

#[test]
fn codes_go_to_the_kind_of_name_that_was_typed() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        for (name, strategy) in [(ALEX, "phone_code"), (ELSE, "email_code")] {
            let path = world.named(&client, name).await;
            let refused = prepare(&client, &path, strategy).await;
            assert_eq!(told(&refused), (400, json!("strategy_for_user_invalid")), "{name}");
        }
    });
}

#[test]
fn a_number_that_is_kept_for_it_is_the_second_factor() {
    let world = World::new();
    block_on(async {
        let id = world.number(NUMBER, true).await;
        let client = world.client();
        let passed = try_password(&client, ALEX, PASSWORD).await.json();
        assert_eq!(passed["response"]["status"], "needs_second_factor", "{passed}");
        let offered = json!([{
            "strategy": "phone_code", "safe_identifier": "+**56", "phone_number_id": id,
        }]);
        assert_eq!(passed["response"]["supported_second_factors"], offered);
        let path = v1(&format!("client/sign_ins/{}", text(&passed, "/response/id")));
        let early = second(&client, &path, "phone_code", "123456").await;
        assert_eq!(told(&early), (400, json!("verification_missing")));
        let strange = [("strategy", "phone_code"), ("phone_number_id", "idn_nobodys")];
        let unknown = prepare_second(&client, &path, &strange).await;
        assert_eq!(told(&unknown), (404, json!("resource_not_found")));
        let named = [("strategy", "phone_code"), ("phone_number_id", &*id)];
        let sent = prepare_second(&client, &path, &named).await.json();
        let verification = &sent["response"]["second_factor_verification"];
        assert_eq!(verification["status"], "unverified", "{sent}");
        let soon = prepare_second(&client, &path, &named).await;
        assert_eq!(told(&soon), (429, json!("verification_code_too_many_requests")));
        let code = texted(&client, NUMBER, 1).await;
        let wrong = second(&client, &path, "phone_code", "no code").await;
        assert_eq!(told(&wrong), (422, json!("form_code_incorrect")));
        let done = second(&client, &path, "phone_code", &code).await.json();
        assert_eq!(done["response"]["status"], "complete", "{done}");
        assert_eq!(done["response"]["second_factor_verification"]["strategy"], "phone_code");
    });
}

#[test]
fn a_number_that_is_kept_for_the_second_factor_passes_no_first_one() {
    let world = World::new();
    block_on(async {
        world.number(NUMBER, true).await;
        let client = world.client();
        let (path, code) = world.sent(&client, NUMBER, "phone_code").await;
        let made = world.code_row(path.rsplit('/').next().unwrap()).await;
        assert_eq!(world.row_with(&made).await.status, OutboxStatus::Void);
        // Nobody was sent it; whoever guessed it would still face the second factor.
        let guessed = attempt(&client, &path, "phone_code", &code).await.json();
        assert_eq!(guessed["response"]["status"], "needs_second_factor", "{guessed}");
    });
}

#[test]
fn who_has_no_number_for_it_has_no_such_second_factor() {
    let scene = super::factors::Scene::new();
    block_on(async {
        let client = scene.world.client();
        let path = scene.past_password(&client).await;
        let refused = prepare_second(&client, &path, &[("strategy", "phone_code")]).await;
        assert_eq!(told(&refused), (400, json!("no_second_factors")));
    });
}

#[test]
fn test_numbers_take_424242_and_are_sent_nothing() {
    let world = World::new();
    block_on(async {
        let number = "+12025550123";
        world.number(number, false).await;
        let client = world.client();
        let (path, _) = world.sent(&client, number, "phone_code").await;
        let code = world.code_row(path.rsplit('/').next().unwrap()).await;
        let done = attempt(&client, &path, "phone_code", "424242").await;
        assert_eq!(done.status, 200, "{}", done.body);
        let row = found("what became of it", async || {
            let row = world.row_with(&code).await;
            (!matches!(row.status, OutboxStatus::Due | OutboxStatus::Sending)).then_some(row)
        })
        .await;
        assert_eq!(row.status, OutboxStatus::Dropped);
    });
}
