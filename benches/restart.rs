//! From the start of the process to the first 200 of `/readyz`: the real program with a million
//! subjects, their users and 100,000 mails in its database, against the same with nothing in it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::PAIRS;
use crate::generate;
use crate::program::{command, cpu_of, told};
use crate::stats::ratio;

const SUBJECTS: u32 = 1_000_000;
const MAILS: u32 = 100_000;

pub(crate) fn run() {
    let dir = tempfile::tempdir_in(".").unwrap();
    let folder = |name: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir(&path).unwrap();
        // Makes the key file, too.
        told(&path, &["tenant", "create", "--slug", "acme", "--name", "Acme"]);
        path
    };
    let (full, empty) = (folder("full"), folder("empty"));
    fill(&full);
    // Neither is measured with its pages on the disk only.
    let _warm = (start(&full), start(&empty));
    let runs: Vec<_> = (0..PAIRS).map(|_| (start(&full), start(&empty))).collect();
    let wall: Vec<_> = runs.iter().map(|(full, empty)| (full.0, empty.0)).collect();
    let cpu: Vec<_> = runs.iter().map(|(full, empty)| (full.1, empty.1)).collect();
    ratio("start to ready", "ms", &wall);
    ratio("CPU of it", "ms", &cpu);
}

fn fill(folder: &Path) {
    let url = format!("sqlite:{}", folder.join("lockkeeper.db").display());
    let mut db = generate::open(&url.parse().unwrap());
    generate::tenants(&mut db, 1);
    generate::subjects(&mut db, SUBJECTS);
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    let due = tomorrow.duration_since(UNIX_EPOCH).unwrap().as_millis();
    generate::outbox(&mut db, MAILS, i64::try_from(due).unwrap());
}

/// Milliseconds to ready, and of CPU on the way.
fn start(folder: &Path) -> (f64, f64) {
    let mut serve =
        command(folder, &["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off"]);
    serve.stdout(Stdio::piped()).stderr(Stdio::null());
    let started = Instant::now();
    let mut child = serve.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| Some(line.ok()?.split_once("http://")?.1.to_owned()));
    let address = address.expect("the server says where it listens");
    while !is_ready(&address) {
        std::thread::sleep(Duration::from_micros(200));
    }
    let took = started.elapsed().as_secs_f64() * 1000.0;
    let cpu = cpu_of(&child.id().to_string()) * 1000.0;
    child.kill().unwrap();
    child.wait().unwrap();
    (took, cpu)
}

fn is_ready(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let asked = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.starts_with("HTTP/1.1 200")
}
