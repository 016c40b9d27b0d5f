//! What is to be started: the settings with everything opened that has to be opened first. Made
//! from a `Config` by the commands, by hand in the tests.

use std::future::Future;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{self, Config};
use crate::credential::{JobQueue, PoolSettings};
use crate::mail::{Destinations, DkimSigner, Inbound, MailSettings, SmtpSecurity, SmtpSettings};
use crate::model::{Clock, Span};
use crate::store::settle::SettlePort;
use crate::store::{DatabaseUrl, Store, StoreError};
use crate::tenant::{TenantFault, Tenants};
use crate::token::MasterKeys;
use crate::web::BaseUrl;
use crate::web::client_address::TrustedProxies;
use crate::web::doors::{DemoAccount, MovableClock};
use crate::webhook::WebhookSettings;

/// Why the application did not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum AppFault {
    #[error("cannot listen on {address}: {reason}; choose another address with --listen")]
    Listen { address: SocketAddr, reason: String },
    #[error(
        "cannot listen on {address} for metrics: {reason}; choose another address with --metrics-listen, or off"
    )]
    MetricsListen { address: SocketAddr, reason: String },
    #[error("the database cannot be used: {0}")]
    Store(#[from] StoreError),
    #[error("the public URL is missing: set LOCKKEEPER_PUBLIC_URL")]
    NoPublicUrl,
    #[error("cannot start: {0}")]
    Start(String),
}

/// The sender of mails that only the mailbox page shows.
const MAILBOX_SENDER: &str = "Lockkeeper <no-reply@localhost>";

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum MailPlan {
    Smtp {
        server: SmtpSettings,
        from: String,
        dkim: Option<DkimPlan>,
        inbound: Option<Inbound>,
    },
    /// The built-in mailbox page.
    Mailbox {
        from: String,
    },
}

/// What signs mails.
#[derive(Debug, Clone)]
pub struct DkimPlan {
    key_file: PathBuf,
    selector: String,
    domain: String,
}

impl DkimPlan {
    /// `None`: mails leave unsigned.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        let (file, from) = (config.dkim.as_ref()?, config.mail_from.as_ref()?);
        Some(Self {
            key_file: file.path.clone(),
            selector: file.selector.clone(),
            domain: from.email.domain().to_ascii_lowercase(),
        })
    }

    /// Reads the key.
    ///
    /// # Errors
    /// What is wrong with the file, in one sentence.
    pub fn open(&self) -> Result<DkimSigner, String> {
        let named = |what: String| format!("dkim_key_file: {}: {what}", self.key_file.display());
        let pem = std::fs::read(&self.key_file).map_err(|e| named(e.to_string()))?;
        DkimSigner::new(&pem, self.domain.clone(), self.selector.clone())
            .map_err(|e| named(e.to_string()))
    }
}

impl MailPlan {
    /// As the settings have it.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let from = config
            .mail_from
            .as_ref()
            .map_or_else(|| MAILBOX_SENDER.to_owned(), ToString::to_string);
        match &config.smtp {
            None => Self::Mailbox { from },
            Some(url) => {
                let security = match url.security {
                    config::SmtpSecurity::StartTls => SmtpSecurity::StartTls,
                    config::SmtpSecurity::Tls => SmtpSecurity::Tls,
                    config::SmtpSecurity::None => SmtpSecurity::None,
                };
                let credentials = url.credentials.clone();
                let server =
                    SmtpSettings { host: url.host.clone(), port: url.port, security, credentials };
                let inbound = config.inbound_address.as_ref();
                let inbound =
                    inbound.map(|at| Inbound { user: at.user.clone(), domain: at.domain.clone() });
                Self::Smtp { server, from, dkim: DkimPlan::of(config), inbound }
            }
        }
    }

    pub(super) fn settings(
        &self,
        base_url: &BaseUrl,
        destinations: Destinations,
    ) -> Result<MailSettings, AppFault> {
        let public_url = base_url.url().clone();
        Ok(match self {
            Self::Smtp { server, from, dkim, inbound } => {
                let signer = dkim.as_ref().map(DkimPlan::open).transpose();
                MailSettings {
                    dkim: signer.map_err(AppFault::Start)?.map(Arc::new),
                    inbound: inbound.clone(),
                    destinations,
                    ..MailSettings::smtp(server.clone(), from.clone(), public_url)
                }
            }
            Self::Mailbox { from } => {
                MailSettings { destinations, ..MailSettings::mailbox(from.clone(), public_url) }
            }
        })
    }
}

/// What only the demo has.
pub struct DemoPlan {
    pub clock: Arc<dyn MovableClock>,
    pub accounts: Vec<DemoAccount>,
    /// What commands beside the demo are to be given as `--database-url`.
    pub database_url: String,
}

type Seeding = Pin<Box<dyn Future<Output = Result<(), TenantFault>>>>;

/// Makes what attempts are settled through from the store.
pub type SettleWrap = Box<dyn FnOnce(&Store) -> Arc<dyn SettlePort>>;

/// Everything that is needed to start.
pub struct Plan {
    pub listen: SocketAddr,
    /// `None`: `http://localhost:{port}`.
    pub public_url: Option<BaseUrl>,
    pub database: DatabaseUrl,
    pub keys: Arc<MasterKeys>,
    pub mail: MailPlan,
    pub webhooks: WebhookSettings,
    pub trusted_proxies: TrustedProxies,
    pub metrics_listen: Option<SocketAddr>,
    pub workers: Option<NonZeroUsize>,
    /// Per worker.
    pub max_connections: usize,
    pub header_timeout: Duration,
    pub shutdown_grace: Duration,
    /// How long a node that is being stopped still takes requests, not being ready any more.
    pub drain: Span,
    pub attempt_wait: Duration,
    /// Bytes of all attempts that wait at gates.
    pub waiting_memory: usize,
    pub idle_stop: Duration,
    pub session_lifetime: Span,
    pub pool: PoolSettings,
    /// Another queue for the hashes than the fair one, for measurements.
    pub hash_queue: Option<Box<dyn JobQueue>>,
    pub readers: u32,
    /// Committers on PostgreSQL.
    pub writers: usize,
    pub node: String,
    pub phantom_cap: i64,
    pub clock: Arc<dyn Clock>,
    pub demo: Option<DemoPlan>,
    /// Run once before the doors open: sample data of the demo.
    pub seed: Option<Box<dyn FnOnce(Tenants, Store) -> Seeding>>,
    /// What attempts are settled through instead of the store: for tests that prove a wrong settle
    /// is noticed.
    pub settle: Option<SettleWrap>,
}

impl Plan {
    /// Committers of a node on PostgreSQL, each with a connection.
    pub const WRITERS: usize = 4;

    /// A plan with the defaults of every setting, on a database and a clock.
    #[must_use]
    pub fn new(
        listen: SocketAddr,
        database: DatabaseUrl,
        keys: Arc<MasterKeys>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            listen,
            public_url: None,
            database,
            keys,
            mail: MailPlan::Mailbox { from: MAILBOX_SENDER.to_owned() },
            webhooks: WebhookSettings::default(),
            trusted_proxies: TrustedProxies::default(),
            metrics_listen: None,
            workers: None,
            max_connections: 25_000,
            header_timeout: Duration::from_secs(5),
            shutdown_grace: Duration::from_secs(10),
            drain: Span::ZERO,
            attempt_wait: Duration::from_secs(30),
            waiting_memory: 64 << 20,
            idle_stop: Duration::from_secs(600),
            session_lifetime: Span::DAY.times(7),
            pool: PoolSettings::default(),
            hash_queue: None,
            readers: 8,
            writers: Self::WRITERS,
            node: "node".to_owned(),
            phantom_cap: 10_000,
            clock,
            demo: None,
            seed: None,
            settle: None,
        }
    }

    /// The plan that the settings ask for.
    #[must_use]
    pub fn of(config: &Config, keys: Arc<MasterKeys>, clock: Arc<dyn Clock>) -> Self {
        let pool = PoolSettings {
            threads: config.hash_threads,
            cost: config.hash_cost,
            longest_wait: config.hash_wait,
            reserve: config.hash_reserve,
            ..PoolSettings::default()
        };
        Self {
            public_url: config.public_url.clone(),
            mail: MailPlan::of(config),
            webhooks: WebhookSettings {
                allow_private: config.webhook_allow_private.clone(),
                ..WebhookSettings::default()
            },
            trusted_proxies: config.trusted_proxies.clone(),
            metrics_listen: config.metrics_listen,
            workers: config.http_workers,
            max_connections: usize::try_from(config.http_max_connections).unwrap_or(usize::MAX),
            header_timeout: config.http_header_timeout,
            shutdown_grace: config.shutdown_grace,
            drain: config.drain,
            attempt_wait: config.attempt_wait,
            waiting_memory: usize::try_from(config.waiting_memory_mib).unwrap_or(64) << 20,
            pool,
            readers: config.database_pool_size,
            node: config.node_name.clone(),
            ..Self::new(config.listen, config.database_url.clone(), keys, clock)
        }
    }

    pub(super) fn base_url(&self, bound: SocketAddr) -> Result<BaseUrl, AppFault> {
        let local = || BaseUrl::parse(&format!("http://localhost:{}", bound.port())).ok();
        self.public_url.clone().or_else(local).ok_or(AppFault::NoPublicUrl)
    }
}
