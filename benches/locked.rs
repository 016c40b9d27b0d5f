//! Refusals of a locked account against a bare actix-web handler that reads the same body and gives
//! the same bytes back, both with as many workers as actix takes by itself and loaded by `wrk` from
//! the same machine; then what a refusal costs beside CPU: hashes, commits, syncs.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::PAIRS;
use crate::program::{Program, cpu_of, form};
use crate::stats::ratio;

const LOCKED: &str = "locked@acme.test";

/// What `wrk` says of one run, and what its server spent on it.
struct Run {
    rate: f64,
    p99_ms: f64,
    /// Of the server alone, in microseconds a request.
    cpu: f64,
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
        let load = |url: &str, cpu: &dyn Fn() -> f64| wrk(url, &script, connections, cpu);
        let pair = || {
            let ours = load(&server.sign_ins(), &|| server.cpu());
            // The bare server is this program, which does nothing else meanwhile.
            (ours, load(&bare, &|| cpu_of("self")))
        };
        // Neither is measured cold.
        let _warm = pair();
        let runs: Vec<_> = (0..PAIRS).map(|_| pair()).collect();
        let of = |what: fn(&Run) -> f64| -> Vec<_> {
            runs.iter().map(|(ours, bare)| (what(ours), what(bare))).collect()
        };
        ratio(&format!("refusals at {connections} connections"), "a second", &of(|r| r.rate));
        ratio(&format!("p99 at {connections} connections"), "ms", &of(|r| r.p99_ms));
        ratio(&format!("CPU at {connections} connections"), "us a request", &of(|r| r.cpu));
    }
    spent(&server, &client, &runtime, &script);
}

/// What refusals cost beside CPU, by the program's own counts and by the kernel's.
fn spent(
    server: &Program,
    client: &reqwest::Client,
    runtime: &tokio::runtime::Runtime,
    script: &Path,
) {
    let counted = |name: &str| runtime.block_on(server.count(client, name));
    let counts = ["password_hashes", "commits", "locked_rejections"];
    let before = counts.map(counted);
    let mut strace = Command::new("strace")
        .args(["-f", "-c", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-p"])
        .arg(server.pid().to_string())
        .stderr(Stdio::piped())
        .spawn()
        .expect("`strace` is missing: run it by `make bench`");
    wrk(&server.sign_ins(), script, 32, &|| 0.0);
    let ended = Command::new("kill").args(["-INT", &strace.id().to_string()]).status().unwrap();
    assert!(ended.success());
    let mut table = String::new();
    strace.stderr.take().unwrap().read_to_string(&mut table).unwrap();
    strace.wait().unwrap();
    let syncs: u64 = table
        .lines()
        .filter(|line| line.ends_with("sync") || line.ends_with("sync_file_range"))
        .map(|line| line.split_whitespace().nth(3).unwrap().parse::<u64>().unwrap())
        .sum();
    let [hashes, commits, refused] = std::array::from_fn(|at| counted(counts[at]) - before[at]);
    println!("{refused} refusals: {hashes} hashes, {commits} commits, {syncs} syncs");
    assert_eq!(hashes, 0, "a refusal hashes nothing");
}

/// Its URL. The server lives as long as this program.
fn bare_server(headers: &reqwest::header::HeaderMap, body: web::Bytes) -> String {
    // What actix writes by itself is not written twice; the rest is made ready, as a lean handler's
    // would be.
    let own = ["content-length", "date", "connection", "transfer-encoding"];
    let headers: Vec<(HeaderName, HeaderValue)> = headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
            (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
        })
        .collect();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                let (headers, body) = (headers.clone(), body.clone());
                let answer = move |read: web::Bytes| {
                    let mut response = HttpResponse::new(StatusCode::FORBIDDEN);
                    for (name, value) in &headers {
                        response.headers_mut().insert(name.clone(), value.clone());
                    }
                    let body = if read.is_empty() { web::Bytes::new() } else { body.clone() };
                    async move { response.set_body(body) }
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

fn wrk(url: &str, script: &Path, connections: usize, cpu: &dyn Fn() -> f64) -> Run {
    let before = cpu();
    let output = Command::new("wrk")
        .args(["-t1", "-d3s", "--latency", &format!("-c{connections}"), "-s"])
        .arg(script)
        .arg(url)
        .output()
        .expect("`wrk` is missing: run it by `make bench`");
    let spent = cpu() - before;
    let said = String::from_utf8(output.stdout).unwrap();
    let word = |line: &str| said.lines().find_map(|l| l.trim().strip_prefix(line)).map(str::trim);
    let rate = word("Requests/sec:").unwrap_or_else(|| panic!("{said}")).parse().unwrap();
    let p99 = word("99%").unwrap();
    let number = |unit: &str| p99.strip_suffix(unit).and_then(|n| n.parse::<f64>().ok());
    let p99_ms = number("us").map(|us| us / 1000.0);
    let p99_ms =
        p99_ms.or_else(|| number("ms")).or_else(|| number("s").map(|s| s * 1000.0)).unwrap();
    assert!(!said.contains("Socket errors"), "{said}");
    let requests = said.lines().find_map(|l| l.split_once(" requests in")).unwrap().0;
    let requests: f64 = requests.trim().parse().unwrap();
    Run { rate, p99_ms, cpu: spent * 1e6 / requests }
}
