//! The short way of a refused try says what the long way says, byte for byte, and takes nothing that
//! the long way would judge otherwise. Requests are written by hand: what is unusual about one
//! (a cookie, a body that comes late) decides which way it goes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use lockkeeper::model::{Count, Span};

use crate::harness::client::block_on;
use crate::harness::waiting::until;
use crate::protocol::{ALEX, Scene};

const PLAIN: &str = "strategy=password&identifier=alex%40acme.test&password=wrong";
/// Sends a request the long way and means nothing.
const LONG_WAY: &str = "Cookie: theme=dark\r\n";

/// An answer: its first line, its headers in order (but for those that differ each time), its body
/// with the trace id taken out.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    status: String,
    headers: Vec<String>,
    body: String,
}

fn head(path: &str, more: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{more}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn request(more: &str, body: &str) -> String {
    format!("{}{body}", head("/t/acme/v1/client/sign_ins", more, body.len()))
}

struct Line(TcpStream);

impl Line {
    fn to(scene: &Scene) -> Self {
        let stream = TcpStream::connect(scene.app.address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
    }

    fn answer(&mut self) -> Said {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            self.0.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().lines().map(str::to_owned);
        let status = lines.next().unwrap();
        let mut headers: Vec<_> = lines.collect();
        let value = |name: &str| headers.iter().find_map(|line| line.strip_prefix(name)).unwrap();
        let mut body = vec![0; value("content-length: ").parse().unwrap()];
        let trace = value("clerk-trace-id: ").to_owned();
        self.0.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        assert_eq!(body.contains(&trace), body.contains("trace_id"), "{body}");
        headers.retain(|line| !line.starts_with("date: ") && !line.starts_with("clerk-trace-id"));
        for line in &mut headers {
            // A list without an order.
            if let Some((name, list)) = line.split_once("-headers: ") {
                let mut list: Vec<_> = list.split(", ").collect();
                list.sort_unstable();
                *line = format!("{name}-headers: {}", list.join(", "));
            }
        }
        headers.sort_unstable();
        Said { status, headers, body: body.replace(&trace, "") }
    }

    fn ask(&mut self, text: &str) -> Said {
        self.write(text);
        self.answer()
    }
}

fn locked_scene() -> Scene {
    let scene = Scene::new();
    block_on(async {
        scene.lock(ALEX).await;
        scene.lock("nobody@acme.test").await;
    });
    scene
}

#[test]
fn both_ways_say_the_same_byte_for_byte() {
    let scene = locked_scene();
    let mut line = Line::to(&scene);
    // Fills the cache of tenants, without which there is no short way.
    let first = line.ask(&request("", PLAIN));
    assert!(first.status.ends_with("403 Forbidden"), "{first:?}");
    let unknown = PLAIN.replace("alex", "nobody");
    for passed in [0, 1, 500, 31_000] {
        scene.app.advance(Span(passed));
        // After a second the row is read once by the long way.
        line.ask(&request(LONG_WAY, PLAIN));
        line.ask(&request(LONG_WAY, &unknown));
        // The courier's reads are counted, too, when the clock has moved: sometime it rests.
        block_on(until("none of them reads", async || {
            let reads = scene.app.metrics.value(Count::Reads);
            let short = line.ask(&request("", PLAIN));
            assert_eq!(short, line.ask(&request(LONG_WAY, PLAIN)), "after {passed} ms");
            assert_eq!(short, line.ask(&request("", &unknown)), "silence, after {passed} ms");
            scene.app.metrics.value(Count::Reads) == reads
        }));
    }
}

#[test]
fn a_tenant_is_found_by_its_host_too() {
    let scene = locked_scene();
    let mut line = Line::to(&scene);
    let path = "/v1/client/sign_ins";
    let by_host = |more: &str| {
        let head = head(path, more, PLAIN.len());
        format!("{}{PLAIN}", head.replace("Host: localhost", "Host: acme.localhost"))
    };
    let by_path = line.ask(&request("", PLAIN));
    assert_eq!(line.ask(&by_host("")), by_path);
    assert_eq!(line.ask(&by_host(LONG_WAY)), by_path);
}

#[test]
fn what_the_long_way_refuses_or_reads_otherwise_is_left_to_it() {
    let scene = locked_scene();
    let mut line = Line::to(&scene);
    line.ask(&request("", PLAIN));
    let bodies = [
        format!("{PLAIN}&password=other"),
        format!("{PLAIN}&identifier=kim%40acme.test"),
        format!("{PLAIN}&transfer=true"),
        format!("{PLAIN}&locale=de"),
        format!("{PLAIN}&locale="),
        format!("{PLAIN}&locale=%01"),
        format!("{PLAIN}&unknown=%ff"),
        format!("{PLAIN}&unknown=1"),
        PLAIN.replace("password&", "email_code&"),
        PLAIN.replace("wrong", ""),
        PLAIN.replace("strategy=password&", ""),
        PLAIN.replace("strategy=password&", "strategy=&"),
        PLAIN.replace("wrong", &"a".repeat(1025)),
        PLAIN.replace("%40acme.test", "%40"),
        PLAIN.replace("alex", "ALEX"),
        PLAIN.replace("alex", "%ff"),
        PLAIN.replace("alex", "alex%0a"),
        PLAIN.replace("alex", "+alex"),
        "identifier=alex%40acme.test".to_owned(),
        "password=wrong".to_owned(),
        "&&=&password".to_owned(),
    ];
    for body in bodies {
        let both = ["", LONG_WAY].map(|more| {
            let mut said = line.ask(&request(more, &body));
            // A sign-in that was opened has an id of its own.
            if said.status.ends_with("200 OK") {
                said.headers.clear();
                said.body.clear();
            }
            said
        });
        assert_eq!(both[0], both[1], "{body}");
    }
    let json = request("", PLAIN).replace("x-www-form-urlencoded", "json");
    assert!(line.ask(&json).status.contains(" 400 "));
    // A body that was not read ends its connection.
    let fresh = || Line::to(&scene);
    let strange = fresh().ask(&request("Origin: https://evil.test\r\n", PLAIN));
    assert!(strange.body.contains("origin_invalid"), "{strange:?}");
    let path = "/t/acme/v1/client/sign_ins?_method=PATCH";
    let other = fresh().ask(&format!("{}{PLAIN}", head(path, "", PLAIN.len())));
    assert!(other.status.contains(" 405 "), "{other:?}");
    let path = "/t/nobody/v1/client/sign_ins";
    let other = fresh().ask(&format!("{}{PLAIN}", head(path, "", PLAIN.len())));
    assert!(other.status.contains(" 404 "), "{other:?}");
}

#[test]
fn a_body_that_comes_late_or_with_the_next_request_is_answered_alike() {
    let scene = locked_scene();
    let mut line = Line::to(&scene);
    let whole = line.ask(&request("", PLAIN));
    let head = head("/t/acme/v1/client/sign_ins", "", PLAIN.len());
    // The server has read the head when it has answered the request before on another connection.
    let late = |line: &mut Line, parts: &[&str]| {
        for part in parts {
            line.write(part);
            Line::to(&scene).ask(&request("", PLAIN));
        }
        line.answer()
    };
    let (first, rest) = PLAIN.split_at(10);
    assert_eq!(late(&mut line, &[&head, PLAIN]), whole);
    assert_eq!(late(&mut line, &[&head, first, rest]), whole);
    assert_eq!(late(&mut line, &[&format!("{head}{first}"), rest]), whole);
    let three = request("", PLAIN).repeat(3);
    line.write(&three);
    for _ in 0..3 {
        assert_eq!(line.answer(), whole);
    }
}

/// The second head waits behind the first request, so nobody asks for its body a second time until
/// there is a reason to.
#[test]
fn a_body_that_comes_late_behind_another_request_is_answered_alike() {
    let scene = locked_scene();
    let whole = Line::to(&scene).ask(&request("", PLAIN));
    let head = head("/t/acme/v1/client/sign_ins", "", PLAIN.len());
    let mut lines: Vec<_> = (0..6).map(|_| Line::to(&scene)).collect();
    for line in &mut lines {
        line.write(&format!("{}{head}", request("", PLAIN)));
        assert_eq!(line.answer().body, whole.body);
    }
    for line in &mut lines {
        Line::to(&scene).ask(&request("", PLAIN));
        line.write(PLAIN);
    }
    for line in &mut lines {
        assert_eq!(line.answer().body, whole.body);
    }
}

#[test]
fn a_client_that_hangs_up_in_the_middle_of_a_body_harms_nobody() {
    let scene = locked_scene();
    let head = head("/t/acme/v1/client/sign_ins", "", PLAIN.len());
    for _ in 0..10 {
        Line::to(&scene).write(&format!("{head}strategy="));
    }
    let answer = Line::to(&scene).ask(&request("", PLAIN));
    assert!(answer.status.ends_with("403 Forbidden"), "{answer:?}");
}

#[test]
fn a_refusal_is_counted_as_a_request_and_as_a_refusal() {
    let scene = locked_scene();
    let mut line = Line::to(&scene);
    line.ask(&request("", PLAIN));
    let counts =
        || [Count::HttpRequests, Count::LockedRejections].map(|what| scene.app.metrics.value(what));
    let before = counts();
    for more in ["", LONG_WAY, ""] {
        line.ask(&request(more, PLAIN));
    }
    assert_eq!(counts(), before.map(|count| count + 3));
}
