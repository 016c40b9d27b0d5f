//! Wires everything: store, pool, tenants, mail, webhooks, web server, in the order in which they need each
//! other, and takes them down in the reverse order without cutting an answer. Holds the one clock
//! (`app/clock.rs`). Everything it wires is given what it needs; nothing of ours imports this.

pub mod clock;
pub mod health;
mod mail_desk;
mod plan;
pub mod readiness;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix::{Arbiter, ArbiterHandle};
use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web as routes};
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinHandle;

pub use clock::{DemoClock, LiveClock};
pub use plan::{AppFault, DemoPlan, DkimPlan, MailPlan, Plan};

use readiness::Readiness;

use crate::credential::CredentialPool;
use crate::mail::{Courier, Destinations};
use crate::model::{Clock, Meter, Span};
use crate::store::{Store, StoreSettings, migrations};
use crate::telemetry::Metrics;
use crate::tenant::{Tenants, TenantsParts, TenantsSettings};
use crate::web::doors::{Demo, Doors, MailTransport};
use crate::web::frontend_api::EarlyRefusals;
use crate::web::method_override::MethodOverride;
use crate::web::request_id::RequestIds;
use crate::web::tenant_host::{OwnHosts, TenantHost};
use crate::webhook;

/// How long the start waits for the connection that hears other nodes.
const LISTENING: Duration = Duration::from_secs(2);

/// A running application. Start it inside an actix `System`.
pub struct Application {
    /// Where it listens; the port is the real one also where 0 was asked for.
    pub address: SocketAddr,
    pub tenants: Tenants,
    pub store: Store,
    pub metrics: Arc<Metrics>,
    pub pool: Arc<CredentialPool>,
    server: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    readiness: routes::Data<Readiness>,
    clock: Arc<dyn Clock>,
    drain: Span,
    shutdown_grace: Duration,
    metrics_server: Option<ServerHandle>,
    courier: Courier,
    webhooks: webhook::Courier,
    background: Vec<JoinHandle<()>>,
    arbiters: Vec<ArbiterHandle>,
    runtime: AttemptRuntime,
}

/// The multi-thread runtime of the attempts. A plain one panics where it is dropped inside the
/// system, which is what happens to it when a later step of the start fails.
struct AttemptRuntime(Option<Runtime>);

impl AttemptRuntime {
    fn start() -> Result<(Self, Handle), AppFault> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("attempt")
            .build()
            .map_err(|e| AppFault::Start(format!("no runtime: {e}")))?;
        let handle = runtime.handle().clone();
        Ok((Self(Some(runtime)), handle))
    }
}

impl Drop for AttemptRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A store with everything the tenants need around it, without a web server: what commands use.
pub struct Core {
    pub tenants: Tenants,
    pub store: Store,
    pub metrics: Arc<Metrics>,
    pub clock: Arc<dyn Clock>,
    pool: Arc<CredentialPool>,
    arbiters: Vec<ArbiterHandle>,
    runtime: AttemptRuntime,
}

/// Runs a future where actors can live: on this thread, inside an actix system of its own.
pub fn in_system<T>(work: impl Future<Output = T>) -> T {
    actix::System::new().block_on(work)
}

impl Core {
    /// Brings the schema up to date and opens everything but the doors. Inside an actix `System`.
    ///
    /// # Errors
    /// [`AppFault`] says what could not be started.
    pub async fn open(plan: &mut Plan, public_url: url::Url) -> Result<Self, AppFault> {
        let url = plan.database.clone();
        let migrating = tokio::task::spawn_blocking(move || migrations::migrate(&url));
        let taken = migrating.await.map_err(|e| AppFault::Start(e.to_string()))??;
        if taken > 0 {
            tracing::info!(steps = taken, "the schema is up to date");
        }
        let (runtime, handle) = AttemptRuntime::start()?;
        let metrics = Metrics::new();
        let meter: Arc<dyn Meter> = metrics.clone();
        let clock = Arc::clone(&plan.clock);
        let settings = StoreSettings {
            url: plan.database.clone(),
            readers: plan.readers,
            writers: plan.writers,
            node: plan.node.clone(),
            phantom_cap: plan.phantom_cap,
        };
        let store = Store::open(settings, handle.clone(), Arc::clone(&clock), Arc::clone(&meter))?;
        let (meters, clocks) = (Arc::clone(&meter), Arc::clone(&clock));
        let pool = match plan.hash_queue.take() {
            Some(queue) => CredentialPool::with_queue(plan.pool, queue, meters, clocks),
            None => CredentialPool::start(plan.pool, meters, clocks),
        };
        let pool = pool.map_err(|e| AppFault::Start(format!("no hashing threads: {e}")))?;
        let pool = Arc::new(pool);
        let settle = match plan.settle.take() {
            Some(wrap) => wrap(&store),
            None => Arc::new(store.clone()),
        };
        // One arbiter a core: a tenant's actor lives on one of them.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let arbiters: Vec<_> = (0..cores).map(|_| Arbiter::new().handle()).collect();
        let tenants = Tenants::new(TenantsParts {
            settings: TenantsSettings {
                public_url,
                attempt_wait: plan.attempt_wait,
                waiting_memory: plan.waiting_memory,
                idle_stop: plan.idle_stop,
                session_lifetime: plan.session_lifetime,
            },
            store: store.clone(),
            settle,
            pool: Arc::clone(&pool),
            keys: Arc::clone(&plan.keys),
            clock: Arc::clone(&clock),
            meter,
            runtime: handle,
            arbiters: arbiters.clone(),
        });
        Ok(Self { tenants, store, metrics, clock, pool, arbiters, runtime })
    }

    /// Ends a command: everything handed in is written.
    pub async fn close(self) {
        self.tenants.drain().await;
        close(self.store, self.pool, &self.arbiters, self.runtime).await;
    }
}

async fn close(
    store: Store,
    pool: Arc<CredentialPool>,
    arbiters: &[ArbiterHandle],
    runtime: AttemptRuntime,
) {
    for arbiter in arbiters {
        arbiter.stop();
    }
    let (closed, ended) = tokio::sync::oneshot::channel();
    // On a thread of its own: a process may end beside it where a database never answers, while the
    // system would wait for ever for one of its own.
    let closing = move || {
        pool.shutdown();
        store.close();
        // Who waited may have been cut short.
        let _cut_short = closed.send(());
    };
    let thread = std::thread::Builder::new().name("close".to_owned()).spawn(closing);
    match thread {
        Ok(_thread) if ended.await.is_ok() => {}
        Ok(_) => tracing::error!("the store did not close"),
        Err(error) => tracing::error!(error = %error, "no thread to close the store"),
    }
    drop(runtime);
}

impl Application {
    /// Starts everything; returns once the doors are open.
    ///
    /// # Errors
    /// [`AppFault`] says what could not be started.
    pub async fn start(mut plan: Plan) -> Result<Self, AppFault> {
        let listener = std::net::TcpListener::bind(plan.listen)
            .map_err(|e| AppFault::Listen { address: plan.listen, reason: e.to_string() })?;
        let address = listener.local_addr().map_err(|e| AppFault::Start(e.to_string()))?;
        let base_url = plan.base_url(address)?;
        let core = Core::open(&mut plan, base_url.url().clone()).await?;
        let Core { tenants, store, metrics, clock, pool, arbiters, runtime } = core;
        let handle = runtime.0.as_ref().map(Runtime::handle).cloned();
        let handle = handle.ok_or_else(|| AppFault::Start("no runtime".to_owned()))?;
        let (mail, transport) = plan.mail_settings(&base_url)?;
        let courier = Courier::new(
            mail,
            store.clone(),
            Arc::clone(&plan.keys),
            Arc::clone(&clock),
            metrics.clone(),
            handle.clone(),
        )
        .map_err(|e| AppFault::Start(format!("mail: {e}")))?;
        let mut background = vec![handle.spawn({
            let courier = courier.clone();
            async move { courier.run().await }
        })];
        let webhooks = webhook::Courier::new(
            plan.webhooks.clone(),
            base_url.url().clone(),
            store.clone(),
            Arc::clone(&plan.keys),
            Arc::clone(&clock),
            metrics.clone(),
            handle.clone(),
        );
        background.push(handle.spawn({
            let webhooks = webhooks.clone();
            async move { webhooks.run().await }
        }));
        background.push(handle.spawn({
            let tenants = tenants.clone();
            async move { tenants.keep_up().await }
        }));
        background.push(handle.spawn({
            let tenants = tenants.clone();
            async move { tenants.keep_acting().await }
        }));
        background.push(handle.spawn({
            let tenants = tenants.clone();
            async move { tenants.keep_sealing().await }
        }));
        background.push(handle.spawn({
            let tenants = tenants.clone();
            async move { tenants.hear_notices().await }
        }));
        // Late is no fault: until then nothing remembered is believed for long.
        let _late = tokio::time::timeout(LISTENING, tenants.until_hearing()).await;
        if let Some(fill) = plan.seed.take() {
            fill(tenants.clone(), store.clone())
                .await
                .map_err(|e| AppFault::Start(e.to_string()))?;
        }
        let doors = routes::Data::new(Doors {
            tenants: tenants.clone(),
            base_url: base_url.clone(),
            trusted_proxies: plan.trusted_proxies.clone(),
            mail: transport,
            mail_desk: Arc::new(mail_desk::Desk::new(courier.clone())),
            demo: plan.demo.take().map(|demo| Demo {
                clock: demo.clock,
                accounts: demo.accounts,
                database_url: demo.database_url,
            }),
        });
        let readiness = routes::Data::new(Readiness::new(store.clone(), Arc::clone(&clock)));
        let server = open_doors(&plan, listener, &doors, &readiness, &metrics, &clock)?;
        let (server, serving) = server;
        let metrics_server = match plan.metrics_listen {
            Some(listen) => Some(health::serve_metrics(listen, Arc::clone(&metrics))?),
            None => None,
        };
        Ok(Self {
            address,
            tenants,
            store,
            metrics,
            server,
            serving,
            readiness,
            clock,
            drain: plan.drain,
            shutdown_grace: plan.shutdown_grace,
            metrics_server,
            courier,
            webhooks,
            background,
            pool,
            arbiters,
            runtime,
        })
    }

    /// Takes everything down: not ready any more, but open for as long as a load balancer may take
    /// to notice; then no new connections, open requests answered, attempts settled, mails under way
    /// finished, writes committed.
    pub async fn stop(mut self) {
        self.readiness.stop();
        if self.drain > Span::ZERO {
            self.clock.wait_until(self.clock.now().after(self.drain)).await;
        }
        let stopping = self.server.stop(true);
        tokio::pin!(stopping);
        let most = self.shutdown_grace.saturating_mul(3).checked_div(4).unwrap_or_default();
        if tokio::time::timeout(most, &mut stopping).await.is_err() {
            // Time for their 503 before the connections are cut.
            self.tenants.refuse_waiting();
            self.pool.refuse_waiting();
            stopping.await;
        }
        if let Some(server) = self.metrics_server.take() {
            server.stop(false).await;
        }
        // The server's own result says nothing more once it was asked to stop.
        let _ended = self.serving.await;
        self.tenants.drain().await;
        tokio::join!(self.courier.stop(), self.webhooks.stop());
        for task in &self.background {
            task.abort();
        }
        for task in self.background {
            // Cut short is what it was asked to be. Gone before the actors' arbiters are.
            let _aborted = task.await;
        }
        close(self.store, self.pool, &self.arbiters, self.runtime).await;
    }
}

type Serving = (ServerHandle, JoinHandle<std::io::Result<()>>);

fn open_doors(
    plan: &Plan,
    listener: std::net::TcpListener,
    doors: &routes::Data<Doors>,
    readiness: &routes::Data<Readiness>,
    metrics: &Arc<Metrics>,
    clock: &Arc<dyn Clock>,
) -> Result<Serving, AppFault> {
    let public = Arc::new(doors.base_url.clone());
    let own_hosts: OwnHosts = {
        let tenants = doors.tenants.clone();
        Arc::new(move |host| tenants.host_owner(host))
    };
    let (doors, metrics, clock) = (doors.clone(), Arc::clone(metrics), Arc::clone(clock));
    let readiness = readiness.clone();
    let factory = move || {
        App::new()
            .app_data(doors.clone())
            .app_data(readiness.clone())
            .configure(health::configure)
            .configure(crate::web::configure(&doors))
            .wrap(MethodOverride)
            .wrap(TenantHost::new(Arc::clone(&public), Arc::clone(&own_hosts)))
            .wrap(RequestIds::new(Arc::clone(&clock), metrics.clone()))
            .wrap(from_fn(health::last_answers))
            .wrap(EarlyRefusals::new(doors.clone(), metrics.clone(), {
                let readiness = readiness.clone();
                // While the node stops, each answer closes its connection: the long way's can.
                move || !readiness.is_stopping()
            }))
    };
    let mut server = HttpServer::new(factory)
        .client_request_timeout(plan.header_timeout)
        .max_connections(plan.max_connections)
        .shutdown_timeout(plan.shutdown_grace.as_secs())
        .disable_signals();
    if let Some(workers) = plan.workers {
        server = server.workers(workers.get());
    }
    let server = server
        .listen(listener)
        .map_err(|e| AppFault::Listen { address: plan.listen, reason: e.to_string() })?
        .run();
    let handle = server.handle();
    Ok((handle, actix_web::rt::spawn(server)))
}

impl Plan {
    fn mail_settings(
        &self,
        base_url: &crate::web::BaseUrl,
    ) -> Result<(crate::mail::MailSettings, MailTransport), AppFault> {
        let transport = match &self.mail {
            MailPlan::Smtp { .. } => MailTransport::Smtp,
            MailPlan::Mailbox { .. } => MailTransport::Mailbox,
        };
        // What tenants name is judged alike, whatever it is called for.
        let destinations = Destinations {
            allow_private: self.webhooks.allow_private.clone(),
            names: Arc::clone(&self.webhooks.names),
        };
        Ok((self.mail.settings(base_url, destinations)?, transport))
    }
}
