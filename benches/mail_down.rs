//! Sign-ins while the mail server is away, against the same while it is there: two applications, each with
//! a file of its own, right passwords at a steady rate and locks beside them whose mails pile up with the
//! one and leave with the other. Hash cost lowered, so that nothing hides behind it.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockkeeper::app::Application;
use lockkeeper::tenant::{AttemptAnswer, TenantProfile};

use crate::PAIRS;
use crate::mail::{RIGHT, add_user, attempt, start};
use crate::stats::{median, percentile};

/// Right passwords of one spell, a second apart by the pace, each by the next of so many users.
const SIGN_INS: usize = 600;
const PACE: Duration = Duration::from_millis(15);
const USERS: usize = 50;
/// Every so many sign-ins a user is locked, who is mailed.
const LOCK_EVERY: usize = 6;

struct House {
    app: Application,
    profile: Arc<TenantProfile>,
    /// Users locked so far.
    locked: usize,
}

pub(crate) fn run() {
    let (up, taken) = crate::sink::start();
    // Nobody listens there any more.
    let down = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dir = tempfile::tempdir_in(".").unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let ratios = actix_web::rt::System::new().block_on(async {
        let mut there = House::open(up, path("up.db")).await;
        let mut away = House::open(down, path("down.db")).await;
        // The first spell of each fills caches and opens the circuit.
        there.spell().await;
        away.spell().await;
        let mut ratios = Vec::new();
        for _ in 0..PAIRS {
            let (with, without) = (there.spell().await, away.spell().await);
            println!(
                "  p99 {with:.2} ms with a mail server, {without:.2} ms without, ratio {:.3}",
                without / with
            );
            ratios.push(without / with);
        }
        let mails = taken.try_iter().count();
        println!("{mails} mails were taken of {} locks", there.locked);
        assert!(mails > 0, "the mail server that is there takes mails");
        there.app.stop().await;
        away.app.stop().await;
        ratios
    });
    println!(
        "sign-in p99 without a mail server: median ratio {:.3} of {PAIRS} pairs",
        median(ratios)
    );
}

impl House {
    async fn open(port: u16, path: String) -> Self {
        let (app, profile) = start(port, path).await;
        for number in 0..USERS {
            add_user(&app, &profile, &format!("user{number}@acme.test")).await;
        }
        for number in 0..(PAIRS + 1) * SIGN_INS / LOCK_EVERY {
            add_user(&app, &profile, &format!("victim{number}@acme.test")).await;
        }
        Self { app, profile, locked: 0 }
    }

    /// The p99 of the right passwords, in milliseconds.
    async fn spell(&mut self) -> f64 {
        let mut beat = tokio::time::interval(PACE);
        let mut tasks = Vec::new();
        for number in 0..SIGN_INS {
            beat.tick().await;
            if number % LOCK_EVERY == 0 {
                let victim = format!("victim{}@acme.test", self.locked);
                self.locked += 1;
                let (tenants, wrong) =
                    (self.app.tenants.clone(), attempt(&self.profile, &victim, "wrong"));
                tokio::spawn(async move {
                    let answer = tenants.attempt_password(wrong).await.unwrap();
                    assert!(matches!(answer, AttemptAnswer::WrongAndLocked(_)), "{answer:?}");
                });
            }
            let name = format!("user{}@acme.test", number % USERS);
            let (tenants, right) = (self.app.tenants.clone(), attempt(&self.profile, &name, RIGHT));
            tasks.push(tokio::spawn(async move {
                let begun = Instant::now();
                let answer = tenants.attempt_password(right).await.unwrap();
                assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
                begun.elapsed().as_secs_f64() * 1000.0
            }));
        }
        let mut took = Vec::with_capacity(SIGN_INS);
        for task in tasks {
            took.push(task.await.unwrap());
        }
        percentile(took, 0.99)
    }
}
