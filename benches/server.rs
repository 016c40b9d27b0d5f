//! The server in a process of its own, with hashes below the floor (no setting reaches that), so
//! that its memory can be read from outside and a million attempts take minutes. It is this program
//! run again; it takes orders on its input, one a line, and answers each with a line.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use lockkeeper::app::{Application, DemoClock, Plan};
use lockkeeper::credential::HashCost;
use lockkeeper::model::Span;
use lockkeeper::token::{MasterKey, MasterKeys};
use lockkeeper::web::client_address::TrustedProxies;
use lockkeeper::web::doors::MovableClock;

use crate::load;

/// The argument that makes this program a server.
pub(crate) const SERVE: &str = "serve-cheaply";

/// A running one; killed when dropped.
pub(crate) struct Server {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    pub(crate) address: String,
}

/// What the kernel says of a process's memory, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// Everything that is resident.
    pub(crate) rss: i64,
    /// What is the process's own: no file behind it.
    pub(crate) own: i64,
}

impl Server {
    pub(crate) fn start(url: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([SERVE, url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = answers.next().expect("the server says where it listens").unwrap();
        Self { child, orders, answers, address }
    }

    /// Gives an order and waits for its answer.
    pub(crate) fn ask(&mut self, order: &str) -> String {
        writeln!(self.orders, "{order}").unwrap();
        self.answers.next().unwrap_or_else(|| panic!("the server ended at `{order}`")).unwrap()
    }

    /// As [`Server::ask`], for numbers.
    pub(crate) fn number(&mut self, order: &str) -> f64 {
        let answer = self.ask(order);
        answer.parse().unwrap_or_else(|_| panic!("{order}: {answer}"))
    }

    pub(crate) fn memory(&self) -> Memory {
        memory_of(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

pub(crate) fn memory_of(process: u32) -> Memory {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse::<i64>().unwrap() * 1024
    };
    Memory { rss: line("VmRSS:"), own: line("RssAnon:") }
}

/// The other side: serves until its input ends.
pub(crate) fn serve(url: &str) {
    let (orders, mut taken) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if orders.send(line).is_err() {
                return;
            }
        }
    });
    actix_web::rt::System::new().block_on(async {
        let clock = DemoClock::new();
        let keys = Arc::new(MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new()));
        let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let mut plan = Plan::new(listen, url.parse().unwrap(), keys, clock.clone());
        plan.pool.cost = HashCost::below_floor_for_tests();
        let loopback = vec!["127.0.0.1/32".parse().unwrap()];
        plan.trusted_proxies = TrustedProxies { networks: loopback, ..TrustedProxies::default() };
        let app = Application::start(plan).await.unwrap();
        println!("{}", app.address);
        while let Some(order) = taken.recv().await {
            let answer = obey(&app, &clock, &order).await;
            println!("{answer}");
        }
    });
}

async fn obey(app: &Application, clock: &DemoClock, order: &str) -> String {
    let words: Vec<&str> = order.split(' ').collect();
    let number = |at: usize| words[at].parse::<u32>().unwrap();
    match words[0] {
        "advance" => {
            clock.advance(Span(words[1].parse().unwrap()));
            "done".to_owned()
        }
        "upkeep" => {
            app.tenants.upkeep().await;
            "done".to_owned()
        }
        "actors" => app.tenants.actors_alive().to_string(),
        "visit" => load::visit(&app.tenants, number(1), number(2)).await,
        "try" => load::try_names(&app.tenants, words[1], number(2), number(3)).await,
        "undo" => load::undo(&app.tenants, words[1], words[2]).await,
        "rate" => load::rate(&app.tenants, number(1), number(2), number(3)).await,
        _ => panic!("no such order: {order}"),
    }
}
