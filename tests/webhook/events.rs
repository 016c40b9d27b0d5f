//! What is told of, and in whose transaction.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::model::{Clock as _, Span};
use lockkeeper::tenant::AttemptAnswer;
use reqwest::Method;
use serde_json::json;

use super::{BOB, Bench, RIGHT, Receiver, block_on, text};
use crate::harness::snapshot::mask_json;

#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    created_at: i64,
}

impl Bench {
    /// The outbox rows of webhooks, by kind and status, with the number of each.
    fn rows(&self) -> Vec<(String, usize)> {
        let mut db = self.url.open_writer().unwrap();
        let rows: Vec<Row> = sql_query(
            "SELECT kind, status, created_at FROM outbox WHERE kind = 'webhook' ORDER BY status",
        )
        .load(&mut db)
        .unwrap();
        let mut counted: Vec<(String, usize)> = Vec::new();
        for row in rows {
            match counted.last_mut().filter(|(status, _)| *status == row.status) {
                Some((_, count)) => *count += 1,
                None => counted.push((row.status, 1)),
            }
        }
        counted
    }
}

#[test]
fn a_lock_is_told_as_user_updated_and_user_locked_in_the_locks_transaction() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, &[]).await;
        let user = bench.user(BOB).await;
        assert_eq!(receiver.hears().kind(), "user.created");
        bench.guess(BOB, 2).await;
        bench.app.advance(Span::SECOND);
        bench.guess(BOB, 1).await;
        // Answered: so the rows stand, whatever becomes of them.
        let mut db = bench.url.open_writer().unwrap();
        let since = bench.app.clock.now().0;
        let found: Vec<Row> = sql_query(format!(
            "SELECT kind, status, created_at FROM outbox WHERE created_at = {since} ORDER BY kind"
        ))
        .load(&mut db)
        .unwrap();
        let kinds: Vec<&str> = found.iter().map(|row| row.kind.as_str()).collect();
        assert_eq!(kinds, ["mail", "webhook", "webhook"]);

        let heard = receiver.hears_all(2);
        let (updated, locked) = (&heard["user.updated"], &heard["user.locked"]);
        assert_ne!(updated.header("svix-id"), locked.header("svix-id"));
        for told in [updated, locked] {
            let told = told.json();
            assert_eq!(told["data"]["id"], json!(user));
            assert_eq!(told["data"]["locked"], true);
            assert_eq!(told["data"]["verification_attempts_remaining"], 0);
            assert_eq!(told["timestamp"], since);
            assert_eq!(told["instance_id"], json!(bench.tenant.profile.id()));
        }
        let facts = &locked.json()["data"]["lock"];
        insta::assert_snapshot!(mask_json(facts), @r#"
        {
          "lock": {
            "kind": "automatic",
            "source_only": false,
            "since": <ms_1>,
            "until": <ms_2>
          },
          "source": "192.0.2.1",
          "actor": "attempt",
          "reason": null
        }
        "#);
        assert_eq!(locked.signed_by(&text(&endpoint["secret"])), 1);
        assert_eq!(locked.line, "POST /hooks?a=b HTTP/1.1");
        for (name, value) in &locked.headers {
            if let Some(part) = name.strip_prefix("svix-") {
                assert_eq!(locked.header(&format!("webhook-{part}")), value);
            }
        }
        assert_eq!(locked.header("content-type"), "application/json");
    });
}

#[test]
fn each_change_of_a_users_names_is_told_once() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let user = bench.user(BOB).await;
        bench.endpoint(&receiver, &[]).await;
        let name = |address: &str, verified: bool| json!({ "user_id": user, "email_address": address, "verified": verified });
        let waits = name("waits@example.com", false);
        let waits = bench.ok(Method::POST, "email_addresses", Some(waits)).await;
        let proved = name("second@example.com", true);
        let proved = bench.ok(Method::POST, "email_addresses", Some(proved)).await;
        let waits = format!("email_addresses/{}", text(&waits["id"]));
        let proved = format!("email_addresses/{}", text(&proved["id"]));
        bench.ok(Method::PATCH, &proved, Some(json!({ "primary": true }))).await;
        bench.ok(Method::DELETE, &waits, None).await;
        bench.ok(Method::DELETE, &proved, None).await;
        let named = json!({ "username": "bob" });
        bench.ok(Method::PATCH, &format!("users/{user}"), Some(named)).await;
        for _ in 0..6 {
            assert_eq!(receiver.hears().kind(), "user.updated");
        }
        bench.ok(Method::DELETE, &format!("users/{user}"), None).await;
        assert_eq!(receiver.hears().kind(), "user.deleted", "nothing was told twice");
    });
}

#[test]
fn an_unlock_says_by_whom_and_why() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        bench.user(BOB).await;
        bench.guess(BOB, 3).await;
        bench.endpoint(&receiver, &["user.unlocked"]).await;
        let found = bench.ok(Method::GET, "users", None).await;
        let user = lockkeeper::model::UserId::parse(found[0]["id"].as_str().unwrap()).unwrap();
        let reason = Some("he rang us".to_owned());
        let (tenants, profile) = (&bench.app.tenants, &bench.tenant.profile);
        tenants.unlock_user(profile, user, "staff:sue", reason).await.unwrap();
        let heard = receiver.hears();
        assert_eq!(heard.kind(), "user.unlocked");
        let data = heard.json()["data"].clone();
        assert_eq!(data["locked"], false);
        let told = json!({ "by": "staff", "actor": "staff:sue", "reason": "he rang us" });
        assert_eq!(data["unlock"], told);
        receiver.has_heard_nothing();
    });
}

#[test]
fn users_and_sessions_are_told_of() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        bench.endpoint(&receiver, &[]).await;
        let made = json!({ "email_address": [BOB], "password": RIGHT, "external_id": "crm-7" });
        let user = text(&bench.ok(Method::POST, "users", Some(made)).await["id"]);
        let created = receiver.hears();
        assert_eq!(created.kind(), "user.created");
        let whole = created.json();
        assert_eq!(whole["object"], "event");
        assert_eq!(whole["data"]["email_addresses"][0]["email_address"], BOB);
        assert_eq!(whole["event_attributes"]["http_request"]["client_ip"], "");

        let path = format!("users/{user}");
        bench.ok(Method::PATCH, &path, Some(json!({ "first_name": "Bob" }))).await;
        let updated = receiver.hears();
        assert_eq!(updated.kind(), "user.updated");
        assert_eq!(updated.json()["data"]["first_name"], "Bob");

        let AttemptAnswer::Complete(first) = bench.attempt(BOB, RIGHT).await else { panic!() };
        let began = receiver.hears();
        assert_eq!(began.kind(), "session.created");
        assert_eq!(began.json()["data"]["id"], json!(first.session));
        assert_eq!(began.json()["data"]["status"], "active");

        let ending = format!("sessions/{}/revoke", first.session);
        bench.ok(Method::POST, &ending, None).await;
        bench.ok(Method::POST, &ending, None).await;
        let ended = receiver.hears();
        assert_eq!(ended.kind(), "session.revoked");
        assert_eq!(ended.json()["data"]["status"], "revoked");

        bench.attempt(BOB, RIGHT).await;
        assert_eq!(receiver.hears().kind(), "session.created");
        bench.ok(Method::POST, &format!("{path}/ban"), None).await;
        let banned = receiver.hears_all(2);
        assert_eq!(banned["user.updated"].json()["data"]["banned"], true);
        assert!(banned.contains_key("session.revoked"));

        bench.ok(Method::DELETE, &path, None).await;
        let deleted = receiver.hears();
        assert_eq!(deleted.kind(), "user.deleted");
        let gone = json!({ "object": "user", "id": user, "external_id": "crm-7", "deleted": true });
        assert_eq!(deleted.json()["data"], gone);
        receiver.has_heard_nothing();
    });
}

#[test]
fn an_identifier_that_nobody_has_is_locked_with_the_same_rows_and_told_to_nobody() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        bench.endpoint(&receiver, &["user.locked", "user.updated"]).await;
        bench.guess("nobody@example.com", 3).await;
        assert_eq!(bench.rows(), [("void".to_owned(), 2)]);
        // What comes first shows that the other was not on its way.
        bench.user(BOB).await;
        bench.guess(BOB, 3).await;
        let heard = receiver.hears_all(2);
        assert_eq!(heard["user.locked"].json()["data"]["email_addresses"][0]["email_address"], BOB);
    });
}

#[test]
fn where_nobody_listens_nothing_is_written() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        bench.user(BOB).await;
        bench.guess(BOB, 3).await;
        assert_eq!(bench.rows(), []);
        let endpoint = bench.endpoint(&receiver, &[]).await;
        let path = format!("webhook_endpoints/{}", text(&endpoint["id"]));
        bench.ok(Method::PATCH, &path, Some(json!({ "enabled": false }))).await;
        bench.user("eve@example.com").await;
        assert_eq!(bench.rows(), []);
        bench.ok(Method::PATCH, &path, Some(json!({ "enabled": true }))).await;
        bench.user("ann@example.com").await;
        assert_eq!(receiver.hears().kind(), "user.created");
        bench.ok(Method::DELETE, &path, None).await;
        bench.guess("ann@example.com", 3).await;
        assert_eq!(bench.rows().iter().map(|(_, count)| count).sum::<usize>(), 1);
    });
}
