//! A million invented identifiers, each tried once, from as many sources, over HTTP with kept
//! connections: the server's memory, its phantom rows, and what is purged when all is forgotten.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use diesel::RunQueryDsl;
use lockkeeper::store::connection::Db;

use crate::generate;
use crate::server::Server;

const NAMES: u32 = 1_000_000;
const CONNECTIONS: u32 = 64;
/// Names between two looks.
const STEP: u32 = 50_000;
/// The default of the setting.
const CAP: i64 = 10_000;

const DAY_MS: i64 = 86_400_000;

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

fn number(db: &mut Db, what: &str) -> i64 {
    let row: Number = diesel::sql_query(format!("SELECT {what} AS number")).get_result(db).unwrap();
    row.number
}

fn count(db: &mut Db, table: &str) -> i64 {
    number(db, &format!("(SELECT count(*) FROM {table})"))
}

pub(crate) fn run() {
    let dir = tempfile::tempdir_in(".").unwrap();
    let url = format!("sqlite:{}", dir.path().join("flood.db").display());
    let mut db = generate::open(&url.parse().unwrap());
    generate::tenants(&mut db, 1);
    let mut server = Server::start(&url);
    let fresh = server.memory();
    println!("  started: rss {} KiB", fresh.rss / 1024);
    let size = size(&mut db);
    let (started, next) = (Instant::now(), Arc::new(AtomicU32::new(0)));
    let (mut warm, mut most_rows, mut most) = (fresh, 0, fresh.rss);
    for upto in (STEP..=NAMES).step_by(usize::try_from(STEP).unwrap()) {
        flood(&server.address, &next, upto);
        let (memory, rows) = (server.memory(), count(&mut db, "subjects"));
        if upto == STEP {
            warm = memory;
        }
        (most_rows, most) = (most_rows.max(rows), most.max(memory.rss));
        println!(
            "  {upto} names: rss {} KiB, own {} KiB, {rows} phantoms, {:.0} names a second",
            memory.rss / 1024,
            memory.own / 1024,
            f64::from(upto) / started.elapsed().as_secs_f64()
        );
        assert!(rows <= CAP, "{rows} phantoms");
    }
    println!(
        "flood: rss grew by {:.1} MiB since the start, {:.1} MiB since the first {STEP} names; \
         most phantoms {most_rows} of {CAP}",
        mib(most - fresh.rss),
        mib(most - warm.rss)
    );
    let attempts = count(&mut db, "attempts");
    println!(
        "attempts log: {attempts} rows, {} bytes each",
        (self::size(&mut db) - size) / attempts
    );
    purge(&mut server, &mut db);
}

/// Pages in use, in bytes.
fn size(db: &mut Db) -> i64 {
    let pages = number(db, "(SELECT page_count FROM pragma_page_count)")
        - number(db, "(SELECT freelist_count FROM pragma_freelist_count)");
    pages * number(db, "(SELECT page_size FROM pragma_page_size)")
}

fn mib(bytes: i64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// A day later the sources are forgotten; 90 days later (a long run is kept so long) the phantoms
/// and the attempts are.
fn purge(server: &mut Server, db: &mut Db) {
    for (days, table) in [(2, "sources"), (91, "subjects"), (0, "attempts")] {
        server.ask(&format!("advance {}", days * DAY_MS));
        let (started, before, mut rounds) = (Instant::now(), count(db, table), 0);
        while count(db, table) > 0 && rounds < 1_000 {
            server.ask("upkeep");
            rounds += 1;
        }
        println!(
            "purge, {days} days later: {before} -> {} {table} in {rounds} rounds, {:.1} s of work",
            count(db, table),
            started.elapsed().as_secs_f64()
        );
    }
    println!("rss at the end: {:.1} MiB", mib(server.memory().rss));
}

/// Tries names until number `upto`, over all connections at once.
fn flood(address: &str, next: &Arc<AtomicU32>, upto: u32) {
    let hands: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, next) = (address.to_owned(), Arc::clone(next));
            std::thread::spawn(move || {
                let mut door = Door::open(&address);
                loop {
                    let name = next.fetch_add(1, Ordering::Relaxed);
                    if name >= upto {
                        // The one too many is given back by whoever took it.
                        next.fetch_sub(1, Ordering::Relaxed);
                        return;
                    }
                    door.try_name(name);
                }
            })
        })
        .collect();
    for hand in hands {
        hand.join().unwrap();
    }
}

/// A kept connection.
struct Door {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Door {
    fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream), host: address.to_owned() }
    }

    fn try_name(&mut self, name: u32) {
        // Each name from a source of its own.
        let source = std::net::Ipv4Addr::from_bits(0x0b00_0000 + name);
        let body = format!("strategy=password&identifier=invented{name}%40x.test&password=wrong");
        let request = format!(
            "POST /t/{}/v1/client/sign_ins?_is_native=1 HTTP/1.1\r\nHost: {}\r\n\
             X-Forwarded-For: {source}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            generate::slug(0),
            self.host,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 422"), "{line}");
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
    }
}
