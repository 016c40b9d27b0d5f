//! Deliveries that fail, are tried again, and survive whoever had them in hand.

use std::time::Duration;

use lockkeeper::model::Span;
use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::Reply;
use super::{BOB, Bench, Client, Receiver, TestApp, TestPlan, block_on, text};
use crate::cli::Place;
use crate::harness::process::Server;
use crate::harness::waiting::until;

/// Past the first wait of a delivery, jitter included.
const FIRST_WAIT: Span = Span::SECOND.times(7);
const CREATED: &[&str] = &["user.created"];

#[test]
fn a_delivery_that_fails_is_tried_again_with_the_same_id_and_bytes() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, CREATED).await;
        receiver.will(Reply::Status(500));
        receiver
            .will(Reply::Raw("HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\n\r\n".into()));
        let user = bench.user(BOB).await;
        let first = receiver.hears();
        let waiting = bench.until_tried(&endpoint, 1).await;
        assert_eq!(waiting["status"], "due");
        assert_eq!(waiting["attempts"][0]["status_code"], 500);
        // What it is told stays what it was.
        let change = json!({ "first_name": "Robert" });
        bench.ok(Method::PATCH, &format!("users/{user}"), Some(change)).await;

        bench.app.advance(FIRST_WAIT);
        let second = receiver.hears();
        assert_eq!((second.body.as_str(), second.line.as_str()), (&*first.body, &*first.line));
        assert_eq!(second.header("svix-id"), first.header("svix-id"));
        assert_ne!(second.header("svix-timestamp"), first.header("svix-timestamp"));
        let secret = text(&endpoint["secret"]);
        assert_eq!((first.signed_by(&secret), second.signed_by(&secret)), (1, 1));
        let waiting = bench.until_tried(&endpoint, 2).await;
        assert_eq!(waiting["attempts"][1]["status_code"], 302);
        assert_eq!(waiting["attempts"][1]["error"], "redirects are not followed");

        bench.app.advance(Span::MINUTE.times(6));
        assert_eq!(receiver.hears().body, first.body);
        let done = bench.until_tried(&endpoint, 3).await;
        assert_eq!(
            (&done["status"], &done["message_id"]),
            (&json!("delivered"), &json!(first.header("svix-id")))
        );
        assert_eq!(done["next_attempt_at"], json!(null));
    });
}

#[test]
fn a_worker_takes_over_claims_that_have_ended() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, CREATED).await;
        receiver.will(Reply::Silence);
        bench.user(BOB).await;
        let first = receiver.hears();
        bench.until(&endpoint, |delivery| delivery["status"] == "sending").await;
        // Its claim ends while the try still hangs, as that of a dead worker's would.
        bench.app.advance(Span::MINUTE.times(2));
        let second = receiver.hears();
        assert_eq!(second.header("svix-id"), first.header("svix-id"));
        assert_eq!(second.body, first.body);
        let done = bench.until(&endpoint, |delivery| delivery["status"] == "delivered").await;
        assert_eq!(done["attempts"].as_array().unwrap().len(), 1, "{done}");
    });
}

#[test]
fn a_redelivery_has_the_same_id_and_bytes() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, CREATED).await;
        bench.user(BOB).await;
        let first = receiver.hears();
        bench.until_tried(&endpoint, 1).await;
        let id = text(&endpoint["id"]);
        let path = format!("webhook_endpoints/{id}/redeliver");
        let wanted = json!({ "message_id": first.header("svix-id") });
        let again = bench.ok(Method::POST, &path, Some(wanted.clone())).await;
        assert_eq!(again["type"], "user.created");
        let second = receiver.hears();
        assert_eq!(second.header("svix-id"), first.header("svix-id"));
        assert_eq!(second.body, first.body);
        let done = bench.until_tried(&endpoint, 2).await;
        assert_eq!(done["status"], "delivered");

        let off = json!({ "enabled": false });
        bench.ok(Method::PATCH, &format!("webhook_endpoints/{id}"), Some(off)).await;
        assert_eq!(bench.send(Method::POST, &path, Some(wanted)).await.status, 409);
        let unknown = json!({ "message_id": "out_1" });
        assert_eq!(bench.send(Method::POST, &path, Some(unknown)).await.status, 404);
    });
}

#[test]
fn both_secrets_sign_after_a_rotation_and_one_after_its_end() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, CREATED).await;
        let old = text(&endpoint["secret"]);
        let path = format!("webhook_endpoints/{}/rotate_secret", text(&endpoint["id"]));
        let asked = json!({ "old_secret_expires_in_seconds": 3600 });
        let new = text(&bench.ok(Method::POST, &path, Some(asked)).await["secret"]);
        assert_ne!(old, new);
        bench.user(BOB).await;
        let heard = receiver.hears();
        assert_eq!((heard.signed_by(&new), heard.signed_by(&old)), (1, 1));
        bench.app.advance(Span::HOUR);
        bench.user("eve@example.com").await;
        let heard = receiver.hears();
        assert_eq!((heard.signed_by(&new), heard.signed_by(&old)), (1, 0));
    });
}

#[test]
fn an_endpoint_that_keeps_failing_is_spared_and_its_queue_comes_when_it_is_back() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, CREATED).await;
        let path = format!("webhook_endpoints/{}", text(&endpoint["id"]));
        for _ in 0..5 {
            receiver.will(Reply::Status(503));
        }
        for n in 0..5 {
            bench.user(&format!("user{n}@example.com")).await;
            let heard = receiver.hears();
            bench.until_noted(&endpoint, &heard).await;
        }
        let shown = bench.ok(Method::GET, &path, None).await;
        assert!(shown["paused_until"].is_i64() && shown["failing_since"].is_i64(), "{shown}");
        bench.user("late@example.com").await;
        bench.until(&endpoint, |delivery| delivery["attempts"] == json!([])).await;
        receiver.has_heard_nothing();
        // One shows that it is back; the others follow at once, those that were put off too.
        bench.app.advance(Span::SECOND.times(31));
        for _ in 0..6 {
            receiver.hears();
        }
        until("all are delivered", async || {
            let all = bench.deliveries(&endpoint).await;
            all.iter().all(|delivery| delivery["status"] == "delivered")
        })
        .await;
        let shown = bench.ok(Method::GET, &path, None).await;
        assert_eq!((&shown["paused_until"], &shown["failing_since"]), (&json!(null), &json!(null)));
    });
}

#[test]
fn an_endpoint_that_fails_for_five_days_is_switched_off_and_can_be_switched_on_again() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, CREATED).await;
        let path = format!("webhook_endpoints/{}", text(&endpoint["id"]));
        // Every day is tried and told of an error, also what still waits from the days before.
        for _ in 0..400 {
            receiver.will(Reply::Status(500));
        }
        // A try that lasts until the clock has moved counts as of the new day, and rests the
        // endpoint from there: so the state is asked where it is certain, and the clock goes on a
        // little where nothing is due.
        let days = 5;
        for day in 0..days {
            let shown = bench.ok(Method::GET, &path, None).await;
            assert_eq!(shown["enabled"], true, "day {day}: {shown}");
            let today = json!(bench.app.tenants.clock().now()).as_i64();
            bench.user(&format!("user{day}@example.com")).await;
            bench
                .until_pushed(|| async {
                    bench.deliveries(&endpoint).await.iter().any(|delivery| {
                        let attempts = delivery["attempts"].as_array().unwrap();
                        attempts.iter().any(|attempt| attempt["at"].as_i64() >= today)
                    })
                })
                .await;
            bench.app.advance(Span::DAY);
        }
        bench.user(&format!("user{days}@example.com")).await;
        bench
            .until_pushed(|| async { bench.ok(Method::GET, &path, None).await["enabled"] == false })
            .await;
        let shown = bench.ok(Method::GET, &path, None).await;
        assert_eq!(shown["disabled_reason"], "every delivery has failed for five days");
        // What waits is dropped, and nothing new is written.
        bench.user("late@example.com").await;
        until("nothing waits", async || {
            let all = bench.deliveries(&endpoint).await;
            all.iter().all(|delivery| delivery["next_attempt_at"] == Value::Null)
        })
        .await;
        let all = bench.deliveries(&endpoint).await;
        assert!(all.len() <= days + 1, "{all:?}");
        let on = bench.ok(Method::PATCH, &path, Some(json!({ "enabled": true }))).await;
        assert_eq!((&on["failing_since"], &on["disabled_reason"]), (&Value::Null, &Value::Null));
    });
}

#[test]
fn an_endpoint_is_tested_whatever_it_listens_to() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, &["user.deleted"]).await;
        let path = format!("webhook_endpoints/{}", text(&endpoint["id"]));
        let sent = bench.ok(Method::POST, &format!("{path}/test"), None).await;
        assert_eq!(sent["type"], "webhook_endpoint.test");
        let heard = receiver.hears();
        assert_eq!(heard.header("svix-id"), text(&sent["message_id"]));
        assert_eq!(heard.signed_by(&text(&endpoint["secret"])), 1);
        let told = heard.json();
        assert_eq!((&told["object"], &told["data"]["id"]), (&json!("event"), &endpoint["id"]));
        assert_eq!(told["data"].get("secret"), None);
        assert_eq!(bench.until_tried(&endpoint, 1).await["status"], "delivered");
        bench.ok(Method::PATCH, &path, Some(json!({ "enabled": false }))).await;
        let off = bench.send(Method::POST, &format!("{path}/test"), None).await;
        assert_eq!(off.status, 409, "{}", off.body);
        let wanted = json!({ "url": "https://acme.test/x", "events": ["webhook_endpoint.test"] });
        let odd = bench.send(Method::POST, "webhook_endpoints", Some(wanted)).await;
        assert_eq!(odd.status, 422, "nobody subscribes to it: {}", odd.body);
    });
}

#[test]
fn an_endpoint_that_is_gone_is_switched_off() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, CREATED).await;
        receiver.will(Reply::Status(410));
        bench.user(BOB).await;
        receiver.hears();
        let failed = bench.until_tried(&endpoint, 1).await;
        assert_eq!(failed["status"], "failed");
        let path = format!("webhook_endpoints/{}", text(&endpoint["id"]));
        let shown = bench.ok(Method::GET, &path, None).await;
        assert_eq!(
            (&shown["enabled"], &shown["disabled_reason"]),
            (&json!(false), &json!("it answered 410 Gone"))
        );
        bench.user("eve@example.com").await;
        assert_eq!(bench.deliveries(&endpoint).await.len(), 1);
    });
}

#[test]
fn a_slow_endpoint_holds_up_no_other() {
    let (bench, slow, quick) = (Bench::open(), Receiver::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&slow, CREATED).await;
        bench.endpoint(&quick, CREATED).await;
        for _ in 0..8 {
            slow.will(Reply::Silence);
        }
        for n in 0..8 {
            bench.user(&format!("user{n}@example.com")).await;
            quick.hears();
        }
        for _ in 0..4 {
            slow.hears();
        }
        // One more comes only after one of the four was given up, ten seconds later.
        let more = slow.heard_more();
        until("they were given up", async || {
            let all = bench.deliveries(&endpoint).await;
            let tries = all.iter().map(|it| it["attempts"].as_array().map_or(0, Vec::len));
            tries.sum::<usize>() >= more
        })
        .await;
    });
}

#[test]
fn long_answers_and_broken_ones_harm_nothing() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, CREATED).await;
        let long = "x".repeat(1 << 20);
        let head = format!("HTTP/1.1 200 OK\r\nX-Long: {long}\r\n\r\n");
        for (reply, status) in [
            (
                Reply::Raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n{long}")),
                "delivered",
            ),
            (Reply::Raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort".into()), "delivered"),
            (Reply::Raw(head), "due"),
            (Reply::Raw("SSH-2.0-nothing\r\n".into()), "due"),
            (Reply::Raw(String::new()), "due"),
        ] {
            receiver.will(reply);
            bench.user(&format!("{}@example.com", bench.deliveries(&endpoint).await.len())).await;
            let heard = receiver.hears();
            assert_eq!(bench.until_noted(&endpoint, &heard).await["status"], status);
        }
    });
}

#[test]
fn a_stop_waits_for_what_is_under_way() {
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        bench.endpoint(&receiver, CREATED).await;
        bench.user(BOB).await;
    });
    // Claimed or not: it is sent now, or by the next who starts.
    let Bench { app, url, tenant, _home } = bench;
    app.stop();
    let next = TestApp::with(TestPlan {
        database: Some(url),
        change: Box::new(|plan| {
            plan.webhooks.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
        }),
    });
    next.advance(Span::MINUTE.times(2));
    let first = receiver.hears();
    assert_eq!(first.kind(), "user.created");
    // Told once: a stop that cut the try short would have left it to the next.
    drop((next, tenant));
    receiver.has_heard_nothing();
}

/// The real program, killed between the answer and the delivery or anywhere near: what was answered is
/// told, with one id, however often. A claim that died with it ends after half a minute.
#[test]
fn a_killed_server_forgets_no_event() {
    let (place, receiver) = (Place::new(), Receiver::open());
    let args = ["--listen", "127.0.0.1:0", "--metrics-listen", "off"];
    let allowed = ["--webhook-allow-private", "127.0.0.0/8"];
    let serve = [&["serve"][..], &args, &allowed].concat();
    let server = Server::start(place.command(&serve));
    let keys = place.tenant("acme");
    let told = block_on(async {
        let client = Client::new(server.base());
        let post = async |path: &str, body: Value| {
            let request = client.request(Method::POST, path);
            let request = request.bearer_auth(keys["secret_key"].as_str().unwrap()).json(&body);
            let answer = Client::send(request).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        };
        post("/v1/webhook_endpoints", json!({ "url": receiver.url("/") })).await;
        post("/v1/users", json!({ "email_address": [BOB], "password": "correct horse" })).await;
        BOB
    });
    server.kill_now();
    let again = Server::start(place.command(&serve));
    let heard = receiver.hears();
    assert_eq!(heard.json()["data"]["email_addresses"][0]["email_address"], told);
    again.terminate(Duration::from_secs(60));
}
