//! `TestApp`: the real application on port 0 with a database, a key and a clock of its own, in a
//! thread with an actix system, stopped gracefully when dropped. Hashing is cheap and mail goes to
//! the mailbox unless a test asks otherwise. Knows no feature.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use lockkeeper::app::{Application, MailPlan, Plan};
use lockkeeper::credential::{CredentialPool, HashCost};
use lockkeeper::lockout::Policy;
use lockkeeper::model::{Identifier, Span};
use lockkeeper::store::{DatabaseUrl, Store};
use lockkeeper::telemetry::Metrics;
use lockkeeper::tenant::{NewTenant, NewUserForm, TenantProfile, Tenants, UserCard};
use lockkeeper::token::{MasterKey, MasterKeys};
use tokio::sync::oneshot;

use super::client::{Client, block_on};
use super::clock::FakeClock;
use super::home::Home;
use super::waiting::until;

/// What a test may want to be different.
pub(crate) struct TestPlan {
    pub(crate) database: Option<DatabaseUrl>,
    pub(crate) change: Box<dyn FnOnce(&mut Plan) + Send>,
}

impl Default for TestPlan {
    fn default() -> Self {
        Self { database: None, change: Box::new(|_| {}) }
    }
}

/// A running server. Its database goes with it.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) clock: FakeClock,
    pub(crate) tenants: Tenants,
    pub(crate) store: Store,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) pool: Arc<CredentialPool>,
    pub(crate) keys: Arc<MasterKeys>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _home: Option<Home>,
}

/// A tenant made for a test.
pub(crate) struct TestTenant {
    pub(crate) profile: Arc<TenantProfile>,
    pub(crate) secret_key: String,
}

impl TestTenant {
    /// `/t/{slug}` and what follows.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/t/{}{rest}", self.profile.tenant.slug)
    }
}

impl TestApp {
    /// On a database of its own.
    pub(crate) fn start() -> Self {
        Self::with(TestPlan::default())
    }

    /// As [`TestApp::start`], with a changed plan.
    pub(crate) fn changed(change: impl FnOnce(&mut Plan) + Send + 'static) -> Self {
        Self::with(TestPlan { change: Box::new(change), ..TestPlan::default() })
    }

    pub(crate) fn with(plan: TestPlan) -> Self {
        Self::with_clock(plan, FakeClock::at_noon())
    }

    pub(crate) fn with_clock(plan: TestPlan, clock: FakeClock) -> Self {
        let keys = Arc::new(MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new()));
        let (database, home) = match plan.database {
            Some(url) => (url, None),
            None => {
                let home = Home::fresh();
                (home.url(), Some(home))
            }
        };
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn({
            let (clock, keys) = (clock.clone(), Arc::clone(&keys));
            move || {
                actix_web::rt::System::new().block_on(async move {
                    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
                    let mut wanted = Plan::new(listen, database, keys, Arc::new(clock));
                    wanted.pool.cost = HashCost::below_floor_for_tests();
                    wanted.workers = std::num::NonZeroUsize::new(2);
                    // A machine that stalls for five seconds must not look like a slow client.
                    wanted.header_timeout = Duration::from_secs(60);
                    wanted.mail =
                        MailPlan::Mailbox { from: "Test <no-reply@lockkeeper.test>".to_owned() };
                    (plan.change)(&mut wanted);
                    let app = Application::start(wanted).await.unwrap();
                    let parts = (
                        app.address,
                        app.tenants.clone(),
                        app.store.clone(),
                        Arc::clone(&app.metrics),
                        Arc::clone(&app.pool),
                    );
                    tell.send(parts).unwrap();
                    // A dropped sender means the same: the test is over.
                    let _over = stopped.await;
                    app.stop().await;
                });
            }
        });
        let (address, tenants, store, metrics, pool) = told.recv().expect("the application starts");
        Self {
            address,
            clock,
            tenants,
            store,
            metrics,
            pool,
            keys,
            stop: Some(stop),
            thread: Some(thread),
            _home: home,
        }
    }

    /// `http://localhost:PORT`: the public URL, so that Host, Origin and cookies agree.
    pub(crate) fn base(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.base())
    }

    /// A tenant with this policy, or Balanced.
    pub(crate) fn tenant(&self, slug: &str, policy: Option<Policy>) -> TestTenant {
        let new = NewTenant {
            slug: slug.to_owned(),
            name: format!("{slug} Ltd"),
            live: false,
            own_host: None,
            policy,
            support_email: Some(format!("help@{slug}.test")),
            redirect_urls: Vec::new(),
            brand_color: None,
            author: "test".to_owned(),
        };
        let created = block_on(self.tenants.create_tenant(new)).map_err(|e| e.to_string()).unwrap();
        let secret_key = created.secret_key.expose().to_owned();
        TestTenant { profile: created.profile, secret_key }
    }

    /// A user with one identifier and a password.
    pub(crate) fn user(&self, tenant: &TestTenant, identifier: &str, password: &str) -> UserCard {
        let form = NewUserForm {
            identifiers: vec![Identifier::parse(identifier).unwrap()],
            password: Some(lockkeeper::credential::Password::parse(password).unwrap()),
            ..NewUserForm::default()
        };
        block_on(self.tenants.create_user(&tenant.profile, form, "test")).unwrap()
    }

    pub(crate) fn advance(&self, span: Span) {
        self.clock.advance(span);
    }

    /// Until `/readyz` says so: a node that did not write within two seconds of real time says for
    /// another one that it cannot.
    pub(crate) async fn until_ready(&self) {
        until("the node is ready", async || {
            let ready = self.client().get("/readyz").await.status == 200;
            if !ready {
                self.advance(Span::SECOND);
            }
            ready
        })
        .await;
    }

    /// Stops gracefully and waits for it.
    pub(crate) fn stop(mut self) {
        self.take_down();
    }

    fn take_down(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _gone = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("the application stops without a panic");
            }
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.take_down();
    }
}
