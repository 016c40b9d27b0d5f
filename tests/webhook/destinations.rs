//! Where a delivery may not go, over the whole way: a server stands on loopback and hears nothing.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lockkeeper::model::Span;
use lockkeeper::webhook::Names;
use reqwest::Method;
use serde_json::json;

use super::receiver::Reply;
use super::{BOB, Bench, Receiver, block_on, text};

type Resolved<'a> = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Answers each question with the next of its answers, then with the last one.
pub(super) struct Script {
    pub(super) answers: Vec<&'static [&'static str]>,
    pub(super) asked: AtomicUsize,
}

impl Names for Script {
    fn addresses<'a>(&'a self, _name: &'a str) -> Resolved<'a> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[asked.min(self.answers.len() - 1)];
        let found = answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Box::pin(async move { Ok(found) })
    }
}

impl Bench {
    /// What the first try at `url` came to: its error.
    async fn tried(&self, url: &str) -> String {
        let wanted = json!({ "url": url, "events": ["user.created"] });
        let endpoint = self.ok(Method::POST, "webhook_endpoints", Some(wanted)).await;
        self.user(BOB).await;
        let delivery = self.until_tried(&endpoint, 1).await;
        assert_eq!(delivery["status"], "due");
        assert_eq!(delivery["attempts"][0]["status_code"], json!(null));
        text(&delivery["attempts"][0]["error"])
    }
}

const PRIVATE: &str = "not called: the address is in a private network, which is not allowed";

#[test]
fn private_networks_are_refused_by_address_and_by_name() {
    for host in ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "2130706433"] {
        let (bench, receiver) = (Bench::with(|_| {}), Receiver::open());
        block_on(async {
            let url = format!("http://{host}:{}/", receiver.address.port());
            assert_eq!(bench.tried(&url).await, PRIVATE, "{host}");
            receiver.has_heard_nothing();
        });
    }
}

#[test]
fn private_networks_are_refused_also_by_redirect() {
    let inside = Receiver::open();
    let (bench, receiver) = (Bench::open(), Receiver::open());
    block_on(async {
        let endpoint = bench.endpoint(&receiver, &["user.created"]).await;
        for status in [301, 307, 308] {
            let there = inside.url("/");
            receiver.will(Reply::Raw(format!(
                "HTTP/1.1 {status} Go\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
            )));
            bench.user(&format!("u{status}@example.com")).await;
            let heard = receiver.hears();
            let tried = bench.until_noted(&endpoint, &heard).await;
            assert_eq!(tried["attempts"][0]["error"], "redirects are not followed");
        }
        inside.has_heard_nothing();
    });
}

/// A name that answers with an open address while it is judged and with a private one a moment later
/// leads nowhere: it is asked once for a try, and what it answered is what is called.
#[test]
fn a_name_is_asked_once_for_each_try_and_judged_each_time() {
    let names =
        Arc::new(Script { answers: vec![&["10.0.0.7", "::1"]], asked: AtomicUsize::new(0) });
    let given = Arc::clone(&names);
    let (bench, receiver) = (Bench::with(move |webhooks| webhooks.names = given), Receiver::open());
    block_on(async {
        let url = format!("http://hooks.test:{}/", receiver.address.port());
        assert_eq!(bench.tried(&url).await, PRIVATE);
        assert_eq!(names.asked.load(Ordering::SeqCst), 1);
        receiver.has_heard_nothing();
    });
    // Allowed in the first answer; the second is elsewhere, and judged anew.
    let names = Arc::new(Script {
        answers: vec![&["127.0.0.1"], &["169.254.169.254"]],
        asked: AtomicUsize::new(0),
    });
    let given = Arc::clone(&names);
    let bench = Bench::with(move |webhooks| {
        webhooks.names = given;
        webhooks.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
    });
    block_on(async {
        let url = format!("http://hooks.test:{}/", receiver.address.port());
        let wanted = json!({ "url": url, "events": ["user.created"] });
        let endpoint = bench.ok(Method::POST, "webhook_endpoints", Some(wanted)).await;
        receiver.will(Reply::Status(500));
        bench.user(BOB).await;
        let heard = receiver.hears();
        assert_eq!(heard.header("host"), format!("hooks.test:{}", receiver.address.port()));
        bench.until_tried(&endpoint, 1).await;
        assert_eq!(names.asked.load(Ordering::SeqCst), 1);
        bench.app.advance(Span::SECOND.times(7));
        let tried = bench.until_tried(&endpoint, 2).await;
        assert_eq!(tried["attempts"][1]["error"], PRIVATE);
        receiver.has_heard_nothing();
    });
}

#[test]
fn a_name_that_nobody_knows_and_a_port_that_nobody_has_are_said_so() {
    let names = Script { answers: vec![&[]], asked: AtomicUsize::new(0) };
    let bench = Bench::with(move |webhooks| webhooks.names = Arc::new(names));
    block_on(async {
        assert_eq!(bench.tried("https://x.test/").await, "not called: the name was not found");
    });
    let bench = Bench::open();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    block_on(async {
        assert_eq!(bench.tried(&format!("http://{free}/")).await, "no connection");
    });
}
