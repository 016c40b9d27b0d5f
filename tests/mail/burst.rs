//! Fifty locks a second: every mail arrives, once. How soon is printed for `docs/benchmarks.md`, not
//! asserted: a busy machine is no defect.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::bench::{Home, by_smtp, plain, run};
use crate::harness::smtp::{Mode, SmtpServer};

const LOCKS: usize = 150;
const BETWEEN: Duration = Duration::from_millis(20);

#[expect(clippy::disallowed_methods, reason = "compared with the mail server's clock")]
fn machine_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap()
}

#[test]
fn at_fifty_locks_a_second_every_mail_arrives_once() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Accept);
        let mut users = Vec::new();
        for number in 0..LOCKS {
            let address = format!("user{number}@acme.test");
            users.push((bench.add_user(&address).await, address));
        }
        let (courier, running) = bench.start(by_smtp(plain(server.port())));
        let mut pace = tokio::time::interval(BETWEEN);
        let mut committed = HashMap::new();
        for (user, address) in users {
            pace.tick().await;
            bench.lock(&user, &address).await;
            committed.insert(address, machine_ms());
        }
        let mut took: Vec<i64> = (0..LOCKS)
            .map(|_| {
                let mail = server.next_mail(Duration::from_secs(60));
                mail.arrived_ms - committed[&mail.to[0]]
            })
            .collect();
        took.sort_unstable();
        let (median, p99) = (took[LOCKS / 2], took[LOCKS * 99 / 100]);
        assert!(server.next_event(Duration::ZERO).is_none(), "a mail came twice");
        println!("median {median} ms, p99 {p99} ms");
        courier.stop().await;
        running.await.unwrap();
    });
}
