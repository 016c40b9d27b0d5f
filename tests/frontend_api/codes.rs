//! Codes by mail as a first factor: sent, tried, spent, and bound to the sign-in that asked.

use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::{Authenticator, Millis, SignInId, Span};
use lockkeeper::store::one_time_codes::OneTimeCode;
use lockkeeper::store::outbox::{OutboxRow, OutboxStatus, OutboxTopic};
use lockkeeper::token::{CodeLength, ShortCodes};
use serde_json::{Value, json};

use super::{ALEX, PASSWORD, World, text, try_password, v1};
use crate::harness::app::TestApp;
use crate::harness::client::{Answer, Client, block_on};
use crate::harness::waiting;

pub(super) const NOBODY: &str = "nobody@acme.test";

impl World {
    /// One whose lock comes on the `n`-th failure.
    pub(super) fn locking_at(n: i64) -> Self {
        let app = TestApp::start();
        let policy = Policy { max_attempts: n, ..Preset::Balanced.policy() };
        let acme = app.tenant("acme", Some(policy));
        app.user(&acme, ALEX, PASSWORD);
        Self { app, acme }
    }

    /// Opens a sign-in and has a code sent; its path and the code.
    pub(super) async fn sent(
        &self,
        client: &Client,
        name: &str,
        strategy: &str,
    ) -> (String, String) {
        let form = [("identifier", name), ("strategy", strategy)];
        let opened = client.post_form(&v1("client/sign_ins"), &form).await;
        assert_eq!(opened.status, 200, "{}", opened.body);
        let json = opened.json();
        let verification = &json["response"]["first_factor_verification"];
        assert_eq!(verification["status"], "unverified", "{json}");
        let id = text(&json, "/response/id").to_owned();
        (v1(&format!("client/sign_ins/{id}")), self.code(&id).await)
    }

    /// The row of the code that a sign-in was sent last.
    pub(super) async fn code_row(&self, sign_in: &str) -> OneTimeCode {
        let (reader, tenant) = (self.app.store.reader(), self.acme.profile.id());
        let id = SignInId::parse(sign_in).unwrap();
        let row = reader.sign_in(tenant.clone(), id).await.unwrap().unwrap();
        reader.code(tenant.clone(), row.prepared_code.unwrap()).await.unwrap().unwrap()
    }

    async fn code(&self, sign_in: &str) -> String {
        let row = self.code_row(sign_in).await;
        let codes = ShortCodes::for_tenant(&self.app.keys, self.acme.profile.id());
        codes.code(row.id.as_str(), CodeLength::Six)
    }

    /// The outbox rows of the subject that a code is for.
    pub(super) async fn rows_of(&self, code: &OneTimeCode) -> Vec<OutboxRow> {
        let (reader, tenant) = (self.app.store.reader(), self.acme.profile.id().clone());
        reader.mails_of_subject(tenant, code.subject.clone(), Millis(0)).await.unwrap()
    }

    /// The one that carries a code.
    pub(super) async fn row_with(&self, code: &OneTimeCode) -> OutboxRow {
        let mut rows = self.rows_of(code).await.into_iter();
        rows.find(|row| row.payload.contains(code.id.as_str())).unwrap()
    }

    /// Names somebody, without asking for a code; the sign-in's path.
    pub(super) async fn named(&self, client: &Client, name: &str) -> String {
        let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", name)]).await;
        v1(&format!("client/sign_ins/{}", text(&opened.json(), "/response/id")))
    }
}

/// The message to `address` with this subject in the built-in mailbox, as soon as it is there.
pub(crate) async fn mailed(client: &Client, address: &str, subject: &str) -> Value {
    waiting::found(&format!("a mail to {address}: {subject}"), async || {
        let all = client.get("/mailbox/api/messages").await.json();
        let mut all = all.as_array().unwrap().iter();
        all.find(|mail| mail["to"] == address && mail["subject"] == subject).cloned()
    })
    .await
}

/// The six digits that stand alone in a line of a mail.
pub(crate) fn code_in(mail: &Value) -> String {
    let lines = text(mail, "/text").lines();
    let code =
        lines.into_iter().find(|line| line.len() == 6 && line.chars().all(|c| c.is_ascii_digit()));
    code.unwrap_or_else(|| panic!("no code in {mail}")).to_owned()
}

pub(super) async fn prepare(client: &Client, path: &str, strategy: &str) -> Answer {
    client.post_form(&format!("{path}/prepare_first_factor"), &[("strategy", strategy)]).await
}

pub(super) async fn attempt(client: &Client, path: &str, strategy: &str, code: &str) -> Answer {
    let form = [("strategy", strategy), ("code", code)];
    client.post_form(&format!("{path}/attempt_first_factor"), &form).await
}

pub(super) fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json()["errors"][0]["code"].clone())
}

fn id_in(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

#[test]
fn a_mailed_code_signs_in() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let (path, _) = world.sent(&client, ALEX, "email_code").await;
        let mail = mailed(&client, ALEX, "Your code to sign in to acme Ltd").await;
        let wrong = attempt(&client, &path, "email_code", "no code").await;
        assert_eq!(told(&wrong), (422, json!("form_code_incorrect")));
        let code = code_in(&mail);
        let done = attempt(&client, &path, "email_code", &code).await.json();
        assert_eq!(done["response"]["status"], "complete", "{done}");
        assert_eq!(done["client"]["last_authentication_strategy"], "email_code");
        let again = attempt(&client, &path, "email_code", &code).await;
        assert_eq!(told(&again), (400, json!("client_state_invalid")));
    });
}

#[test]
fn a_code_is_mailed_in_the_language_of_the_sdk() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let form = [("identifier", ALEX), ("strategy", "email_code"), ("locale", "de-DE")];
        client.post_form(&v1("client/sign_ins"), &form).await;
        let mail = mailed(&client, ALEX, "Ihr Code zur Anmeldung bei acme Ltd").await;
        assert!(text(&mail, "/text").contains("Er gilt einmal und noch 10 Minuten."), "{mail}");
    });
}

#[test]
fn a_second_prepare_within_30_s_is_429_with_retry_after() {
    let world = World::new();
    block_on(async {
        for name in [ALEX, NOBODY] {
            let client = world.client();
            let (path, _) = world.sent(&client, name, "email_code").await;
            let soon = prepare(&client, &path, "email_code").await;
            assert_eq!(told(&soon), (429, json!("verification_code_too_many_requests")));
            assert_eq!(soon.header("retry-after"), "30");
            world.app.advance(Span::SECOND.times(30));
            assert_eq!(prepare(&client, &path, "email_code").await.status, 200);
        }
    });
}

#[test]
fn attempt_before_prepare_is_verification_missing() {
    let world = World::new();
    block_on(async {
        for name in [ALEX, NOBODY] {
            let client = world.client();
            let path = world.named(&client, name).await;
            let early = attempt(&client, &path, "email_code", "123456").await;
            assert_eq!(told(&early), (400, json!("verification_missing")));
            world.sent(&client, name, "email_code").await;
        }
    });
}

#[test]
fn a_code_is_tried_as_what_it_was_sent_for() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let (path, code) = world.sent(&client, ALEX, "email_code").await;
        let other = attempt(&client, &path, "reset_password_email_code", &code).await;
        assert_eq!(told(&other), (400, json!("verification_strategy_invalid")));
    });
}

#[test]
fn the_sixth_try_of_a_code_is_verification_failed_for_known_and_unknown_alike() {
    let world = World::locking_at(20);
    block_on(async {
        for name in [ALEX, NOBODY] {
            let client = world.client();
            let (path, code) = world.sent(&client, name, "email_code").await;
            for _ in 0..5 {
                let wrong = attempt(&client, &path, "email_code", "no code").await;
                assert_eq!(told(&wrong), (422, json!("form_code_incorrect")), "{name}");
            }
            let sixth = attempt(&client, &path, "email_code", &code).await;
            assert_eq!(told(&sixth), (400, json!("verification_failed")), "{name}");
        }
    });
}

#[test]
fn a_code_ends_after_ten_minutes_for_known_and_unknown_alike() {
    let world = World::new();
    block_on(async {
        for name in [ALEX, NOBODY] {
            let client = world.client();
            let (path, code) = world.sent(&client, name, "email_code").await;
            world.app.advance(Span::MINUTE.times(10));
            let late = attempt(&client, &path, "email_code", &code).await;
            assert_eq!(told(&late), (400, json!("verification_expired")), "{name}");
        }
    });
}

#[test]
fn wrong_code_warns_at_two_and_one_left() {
    let world = World::new();
    block_on(async {
        for name in [ALEX, NOBODY] {
            let client = world.client();
            let (path, code) = world.sent(&client, name, "email_code").await;
            let mut said = Vec::new();
            for _ in 0..3 {
                let wrong = attempt(&client, &path, "email_code", "no code").await.json();
                said.push(format!(
                    "{} / {}",
                    text(&wrong, "/errors/0/long_message"),
                    wrong["errors"][1]["code"]
                ));
            }
            insta::allow_duplicates! {
                insta::assert_snapshot!(said.join("\n"), @r#"
                The code is incorrect. Check it and try again. / null
                The code is incorrect. Check it and try again. 2 tries left before sign-in is locked. / "account_lockout_warning"
                The code is incorrect. Check it and try again. 1 try left before sign-in is locked. / "account_lockout_warning"
                "#);
            }
            let fourth = attempt(&client, &path, "email_code", "no code").await;
            assert_eq!(told(&fourth), (403, json!("user_locked")), "{name}");
            let right = attempt(&client, &path, "email_code", &code).await;
            assert_eq!(told(&right), (403, json!("user_locked")), "{name}");
        }
    });
}

#[test]
fn a_code_of_one_sign_in_is_no_other_sign_ins() {
    let world = World::new();
    block_on(async {
        let (first, second) = (world.client(), world.client());
        let (one, of_one) = world.sent(&first, ALEX, "email_code").await;
        let (two, of_two) = world.sent(&second, ALEX, "email_code").await;
        assert_ne!(of_one, of_two);
        let stolen = attempt(&second, &two, "email_code", &of_one).await;
        assert_eq!(told(&stolen), (422, json!("form_code_incorrect")));
        // The stranger's later code has not turned the owner's out.
        let done = attempt(&first, &one, "email_code", &of_one).await;
        assert_eq!(done.status, 200, "{}", done.body);
    });
}

#[test]
fn five_codes_a_day_for_known_and_unknown_alike() {
    let world = World::locking_at(20);
    block_on(async {
        for name in [ALEX, NOBODY] {
            for _ in 0..5 {
                let client = world.client();
                world.sent(&client, name, "email_code").await;
            }
            let client = world.client();
            let path = world.named(&client, name).await;
            let sixth = prepare(&client, &path, "email_code").await;
            assert_eq!(told(&sixth), (429, json!("verification_code_rate_limit_exceeded")));
            assert_eq!(sixth.header("retry-after"), Span::DAY.as_seconds_up().to_string());
            // A code to set a new password is counted apart: it is the way out.
            let reset = prepare(&client, &path, "reset_password_email_code").await;
            assert_eq!(reset.status, 200, "{}", reset.body);
            let made = world.code_row(id_in(&path)).await;
            assert_eq!(world.rows_of(&made).await.len(), 6, "{name}");
        }
    });
}

#[test]
fn a_phantom_has_a_void_row_for_every_code() {
    let world = World::new();
    block_on(async {
        for name in [ALEX, NOBODY] {
            for strategy in ["email_code", "reset_password_email_code"] {
                let client = world.client();
                let (path, _) = world.sent(&client, name, strategy).await;
                let code = world.code_row(id_in(&path)).await;
                let row = world.row_with(&code).await;
                assert_eq!(row.topic, OutboxTopic::Code);
                let nobody = name == NOBODY;
                assert_eq!(row.status == OutboxStatus::Void, nobody, "{strategy}: {row:?}");
                assert_eq!(row.user_id.is_none(), nobody);
            }
        }
    });
}

#[test]
fn a_locked_user_is_sent_no_code_to_sign_in_with() {
    let world = World::locking_at(1);
    block_on(async {
        for name in [ALEX, NOBODY] {
            try_password(&world.client(), name, "wrong").await;
            let client = world.client();
            let path = world.named(&client, name).await;
            let refused = prepare(&client, &path, "email_code").await;
            assert_eq!(told(&refused), (403, json!("user_locked")));
            let way_out = prepare(&client, &path, "reset_password_email_code").await;
            assert_eq!(way_out.status, 200, "{}", way_out.body);
        }
    });
}

#[test]
fn codes_that_the_policy_leaves_out_are_not_counted() {
    let app = TestApp::start();
    let mut policy = Policy { max_attempts: 2, ..Preset::Balanced.policy() };
    policy.authenticators.remove(&Authenticator::OobOtp);
    let acme = app.tenant("acme", Some(policy));
    app.user(&acme, ALEX, PASSWORD);
    let world = World { app, acme };
    block_on(async {
        let client = world.client();
        let (path, _) = world.sent(&client, ALEX, "email_code").await;
        for _ in 0..5 {
            let wrong = attempt(&client, &path, "email_code", "no code").await;
            assert_eq!(told(&wrong), (422, json!("form_code_incorrect")));
        }
        // Its own tries bound it all the same.
        let sixth = attempt(&client, &path, "email_code", "no code").await;
        assert_eq!(told(&sixth), (400, json!("verification_failed")));
        assert_eq!(try_password(&world.client(), ALEX, PASSWORD).await.status, 200);
        let asked = world.app.client();
        let asked = asked.request(reqwest::Method::GET, "/v1/instance/attack_protection");
        let said = Client::send(asked.bearer_auth(&world.acme.secret_key)).await.json();
        let warning = "oob_otp is left out: it can be guessed without limit.";
        assert_eq!(text(&said, "/warnings/0/message"), warning);
    });
}
