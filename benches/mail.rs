//! From the lock to the mail server's acceptance at 50 locks a second, hash cost lowered. Counted
//! from before the locking attempt was made, so hashing and commit are in it: an upper bound.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use lockkeeper::app::{Application, LiveClock, MailPlan, Plan};
use lockkeeper::credential::{HashCost, Password};
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::mail::{SmtpSecurity, SmtpSettings};
use lockkeeper::model::{Identifier, Source};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::tenant::{
    AttemptAnswer, Browser, NewTenant, NewUserForm, PasswordAttempt, TenantProfile,
};
use lockkeeper::token::{MasterKey, MasterKeys};

use crate::stats::percentile;

const LOCKS: usize = 1000;
const PACE: Duration = Duration::from_millis(20);

pub(crate) fn run() {
    let (port, taken) = crate::sink::start();
    let dir = tempfile::tempdir_in(".").unwrap();
    let path = dir.path().join("mail.db").display().to_string();
    let waits = actix_web::rt::System::new().block_on(lock_all(port, path, taken));
    println!(
        "{LOCKS} locks, 50 a second: accepted after p50 {:.1} ms, p99 {:.1} ms, at most {:.1} ms",
        percentile(waits.clone(), 0.5),
        percentile(waits.clone(), 0.99),
        percentile(waits, 1.0),
    );
}

/// The application with mail to this port, and a tenant that locks at the first failure.
pub(crate) async fn start(port: u16, path: String) -> (Application, Arc<TenantProfile>) {
    let keys = Arc::new(MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new()));
    let database = DatabaseUrl::Sqlite { path, max_page_count: None };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut plan = Plan::new(listen, database, keys, Arc::new(LiveClock::new()));
    plan.pool.cost = HashCost::below_floor_for_tests();
    plan.mail = MailPlan::Smtp {
        server: SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port,
            security: SmtpSecurity::None,
            credentials: None,
        },
        from: "Bench <no-reply@lockkeeper.test>".to_owned(),
        dkim: None,
        inbound: None,
    };
    let app = Application::start(plan).await.unwrap();
    let new = NewTenant {
        slug: "acme".to_owned(),
        name: "Acme".to_owned(),
        live: true,
        own_host: None,
        policy: Some(Policy { max_attempts: 1, ..Preset::Balanced.policy() }),
        support_email: None,
        redirect_urls: Vec::new(),
        brand_color: None,
        author: "bench".to_owned(),
    };
    let profile = app.tenants.create_tenant(new).await.map_err(|e| e.to_string()).unwrap().profile;
    (app, profile)
}

pub(crate) const RIGHT: &str = "correct horse";

pub(crate) async fn add_user(app: &Application, profile: &TenantProfile, name: &str) {
    let form = NewUserForm {
        identifiers: vec![Identifier::parse(name).unwrap()],
        password: Some(Password::parse(RIGHT).unwrap()),
        ..NewUserForm::default()
    };
    app.tenants.create_user(profile, form, "bench").await.unwrap();
}

pub(crate) fn attempt(profile: &Arc<TenantProfile>, name: &str, password: &str) -> PasswordAttempt {
    PasswordAttempt {
        profile: Arc::clone(profile),
        identifier: Identifier::parse(name).unwrap(),
        password: Password::parse(password).unwrap(),
        source: Source::from_stored("192.0.2.1".to_owned()),
        browser: Browser::NONE,
        sign_in: None,
        client: None,
        locale: None,
    }
}

/// How long each lock's mail took, in milliseconds.
async fn lock_all(port: u16, path: String, taken: Receiver<(String, Instant)>) -> Vec<f64> {
    let (app, profile) = start(port, path).await;
    let names: Vec<_> = (0..LOCKS).map(|n| format!("user{n}@acme.test")).collect();
    for name in &names {
        add_user(&app, &profile, name).await;
    }
    let mut locked_at = HashMap::new();
    let mut beat = tokio::time::interval(PACE);
    let mut tasks = Vec::new();
    for name in names {
        beat.tick().await;
        locked_at.insert(name.clone(), Instant::now());
        let (tenants, profile) = (app.tenants.clone(), profile.clone());
        tasks.push(tokio::spawn(async move {
            let attempt = attempt(&profile, &name, "wrong");
            let answer = tenants.attempt_password(attempt).await.unwrap();
            assert!(matches!(answer, AttemptAnswer::WrongAndLocked(_)), "{answer:?}");
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let next = move |_| taken.recv_timeout(Duration::from_secs(10)).expect("every lock is mailed");
    let arrived = tokio::task::spawn_blocking(move || (0..LOCKS).map(next).collect::<Vec<_>>());
    let arrived = arrived.await.unwrap();
    app.stop().await;
    arrived.iter().map(|(to, at)| (*at - locked_at[to]).as_secs_f64() * 1000.0).collect()
}
