//! Refusals of a locked account against a bare actix-web handler that reads the same body and gives
//! the same bytes back, both loaded by `wrk`.

use std::process::Command;

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::PAIRS;
use crate::program::{Program, form};
use crate::stats::ratio;

const LOCKED: &str = "locked@acme.test";

/// What `wrk` says of one run.
struct Run {
    rate: f64,
    p99_ms: f64,
}

pub(crate) fn run() {
    let server =
        Program::start("max_attempts = 1\nminimum_duration = \"1d\"\nmaximum_duration = \"1d\"\n");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reply = runtime.block_on(async {
        server.user(&client, LOCKED).await;
        let mut last = None;
        for _ in 0..2 {
            let answer =
                client.post(server.sign_ins()).form(&form(LOCKED, "wrong")).send().await.unwrap();
            assert_eq!(answer.status(), 403);
            let headers = answer.headers().clone();
            last = Some((headers, answer.bytes().await.unwrap()));
        }
        last.unwrap()
    });
    let bare = bare_server(&reply.0, reply.1);
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("post.lua");
    let body =
        format!("strategy=password&identifier={}&password=wrong", LOCKED.replace('@', "%40"));
    let lua = format!(
        "wrk.method = \"POST\"\nwrk.body = \"{body}\"\n\
         wrk.headers[\"Content-Type\"] = \"application/x-www-form-urlencoded\"\n"
    );
    std::fs::write(&script, lua).unwrap();
    for connections in [32, 256] {
        let load = |url: &str| wrk(url, &script, connections);
        // Neither is measured cold.
        let _warm = (load(&server.sign_ins()), load(&bare));
        let runs: Vec<_> = (0..PAIRS).map(|_| (load(&server.sign_ins()), load(&bare))).collect();
        let rates: Vec<_> = runs.iter().map(|(ours, bare)| (ours.rate, bare.rate)).collect();
        let p99s: Vec<_> = runs.iter().map(|(ours, bare)| (ours.p99_ms, bare.p99_ms)).collect();
        ratio(&format!("refusals at {connections} connections"), "a second", &rates);
        ratio(&format!("p99 at {connections} connections"), "ms", &p99s);
    }
}

/// Its URL. The server lives as long as this program.
fn bare_server(headers: &reqwest::header::HeaderMap, body: web::Bytes) -> String {
    // What actix writes by itself is not written twice.
    let own = ["content-length", "date", "connection", "transfer-encoding"];
    let headers: Vec<(String, String)> = headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
        .collect();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                let (headers, body) = (headers.clone(), body.clone());
                let answer = move |read: web::Bytes| {
                    let mut response = HttpResponse::Forbidden();
                    for (name, value) in &headers {
                        response.insert_header((name.as_str(), value.as_str()));
                    }
                    let body = if read.is_empty() { web::Bytes::new() } else { body.clone() };
                    async move { response.body(body) }
                };
                App::new().route("/refuse", web::post().to(answer))
            });
            let server = server.bind("127.0.0.1:0").unwrap();
            tell.send(format!("http://{}/refuse", server.addrs()[0])).unwrap();
            server.run().await.unwrap();
        });
    });
    told.recv().unwrap()
}

fn wrk(url: &str, script: &std::path::Path, connections: usize) -> Run {
    let output = Command::new("wrk")
        .args(["-t1", "-d3s", "--latency", &format!("-c{connections}"), "-s"])
        .arg(script)
        .arg(url)
        .output()
        .expect("`wrk` is missing: run it by `make bench`");
    let said = String::from_utf8(output.stdout).unwrap();
    let word = |line: &str| said.lines().find_map(|l| l.trim().strip_prefix(line)).map(str::trim);
    let rate = word("Requests/sec:").unwrap_or_else(|| panic!("{said}")).parse().unwrap();
    let p99 = word("99%").unwrap();
    let number = |unit: &str| p99.strip_suffix(unit).and_then(|n| n.parse::<f64>().ok());
    let p99_ms = number("us").map(|us| us / 1000.0);
    let p99_ms =
        p99_ms.or_else(|| number("ms")).or_else(|| number("s").map(|s| s * 1000.0)).unwrap();
    assert!(!said.contains("Socket errors"), "{said}");
    Run { rate, p99_ms }
}
