//! Settings: command line over environment over `lockkeeper.toml` over default. Reading is pure
//! (flags, variables and the file's text go in) and reports all faults at once; every value
//! remembers where it was said. `app` hands each module its own part.

mod docs;
mod fault;
mod file;
pub mod setting;
mod value;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use lettre::message::Mailbox;

use crate::credential::HashCost;
use crate::model::Span;
use crate::store::connection::DatabaseUrl;
use crate::web::BaseUrl;
use crate::web::client_address::TrustedProxies;

pub use docs::settings_document;
pub use fault::{Fault, Faults, Origin};
pub use file::SettingsFile;
use setting::{FILE_VARIABLE, PREFIX, Preset, SETTINGS, Secrecy, Setting};
pub use value::{InboundAddress, LogFormat, MailboxAccess, SmtpSecurity, SmtpUrl, masked};

/// Longer than the usual two probes of a load balancer, a second or two apart.
const DRAIN_OF_MANY: Span = Span::from_seconds(5);

/// Every setting, parsed.
#[derive(Clone)]
pub struct Config {
    pub listen: SocketAddr,
    /// `None`: made from the bound address, see `base_url`.
    pub public_url: Option<BaseUrl>,
    pub database_url: DatabaseUrl,
    pub master_key_file: PathBuf,
    /// `None`: the built-in mailbox.
    pub smtp: Option<SmtpUrl>,
    /// Always there when `smtp` is.
    pub mail_from: Option<Mailbox>,
    /// Where mails are signed; the sender's domain is ASCII then.
    pub dkim: Option<DkimFile>,
    /// Where bounces and answers come in.
    pub inbound_address: Option<InboundAddress>,
    /// Private networks into which webhooks may be delivered.
    pub webhook_allow_private: Vec<IpNet>,
    pub mailbox_access: MailboxAccess,
    pub trusted_proxies: TrustedProxies,
    /// `None`: no metrics listener.
    pub metrics_listen: Option<SocketAddr>,
    pub log: String,
    pub log_format: LogFormat,
    pub attempt_wait: Duration,
    pub waiting_memory_mib: u32,
    pub hash_cost: HashCost,
    /// `None`: one per core.
    pub hash_threads: Option<NonZeroUsize>,
    pub hash_wait: Duration,
    /// `None`: one for eight threads.
    pub hash_reserve: Option<usize>,
    /// `None`: one per core.
    pub http_workers: Option<NonZeroUsize>,
    /// Per worker.
    pub http_max_connections: u32,
    pub http_header_timeout: Duration,
    pub database_pool_size: u32,
    pub shutdown_grace: Duration,
    pub drain: Span,
    pub node_name: String,
    told: BTreeMap<&'static str, Told>,
}

/// The key that signs mails, and under which name it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimFile {
    pub path: PathBuf,
    pub selector: String,
}

/// What the settings are read from.
#[derive(Debug, Default)]
pub struct Sources {
    /// Key (`listen`) and value.
    pub flags: Vec<(String, String)>,
    /// The whole environment; only names of ours are looked at.
    pub environment: Vec<(OsString, OsString)>,
    pub file: Option<SettingsFile>,
    pub hash_floor: HashFloor,
}

/// Whether password hashes may be cheaper than is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HashFloor {
    #[default]
    Enforced,
    /// For tests that count attempts, not cycles. No setting reaches it.
    LiftedForTests,
}

/// One line of `check-config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    pub key: &'static str,
    /// As written, passwords masked; empty when nothing was said and there is no default.
    pub shown: String,
    pub origin: Origin,
}

/// A value as it was said.
#[derive(Clone)]
struct Told {
    text: String,
    origin: Origin,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// Every fault, in the order file, environment, values.
    pub fn load(sources: Sources) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        let mut told = defaults();
        if let Some(file) = &sources.file {
            told.extend(file.read(&mut faults));
        }
        told.extend(from_environment(sources.environment, &mut faults));
        told.extend(from_flags(sources.flags, &mut faults));
        let mut reading = Reading { told, faults };
        let config = reading.config(sources.hash_floor);
        match config {
            Some(config) if reading.faults.is_empty() => Ok(Self { told: reading.told, ..config }),
            _ => Err(Faults(reading.faults)),
        }
    }

    /// How browsers reach a server that listens at `bound`: the setting, else this machine.
    #[must_use]
    pub fn base_url(&self, bound: SocketAddr) -> Option<BaseUrl> {
        let local = || BaseUrl::parse(&format!("http://localhost:{}", bound.port())).ok();
        self.public_url.clone().or_else(local)
    }

    /// Where the value of setting `key` was said.
    #[must_use]
    pub fn origin(&self, key: &str) -> Origin {
        self.told.get(key).map_or(Origin::Default, |told| told.origin.clone())
    }

    /// Every setting with its value and origin.
    #[must_use]
    pub fn report(&self) -> Vec<ReportLine> {
        SETTINGS.iter().map(|setting| self.report_line(setting)).collect()
    }

    fn report_line(&self, setting: &'static Setting) -> ReportLine {
        let Some(told) = self.told.get(setting.key) else {
            return ReportLine { key: setting.key, shown: String::new(), origin: Origin::Default };
        };
        let shown = match setting.secrecy {
            Secrecy::Open => told.text.clone(),
            Secrecy::HoldsPassword => masked(&told.text),
        };
        ReportLine { key: setting.key, shown, origin: told.origin.clone() }
    }
}

impl fmt::Debug for Config {
    /// The report, because it masks passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.report().iter().map(|line| (line.key, &line.shown))).finish()
    }
}

fn defaults() -> BTreeMap<&'static str, Told> {
    let value = |setting: &'static Setting| match setting.default {
        Preset::Value(text) => {
            Some((setting.key, Told { text: text.to_owned(), origin: Origin::Default }))
        }
        Preset::Derived(_) => None,
    };
    SETTINGS.iter().filter_map(value).collect()
}

fn from_environment(
    environment: Vec<(OsString, OsString)>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<&'static str, Told> {
    let mut told = BTreeMap::new();
    for (name, value) in environment {
        let name = name.to_string_lossy();
        let Some(key) = name.strip_prefix(PREFIX) else { continue };
        if name == FILE_VARIABLE {
            continue;
        }
        let lower = key.to_ascii_lowercase();
        let known = Setting::find(&lower).filter(|setting| setting.variable() == name);
        match (known, value.into_string()) {
            (None, _) => faults.push(Fault::unknown_variable(&name)),
            (Some(_), Err(_)) => faults.push(Fault(format!("{name}: the value is not UTF-8"))),
            (Some(setting), Ok(text)) => {
                told.insert(setting.key, Told { text, origin: Origin::Environment });
            }
        }
    }
    told
}

fn from_flags(
    flags: Vec<(String, String)>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<&'static str, Told> {
    let mut told = BTreeMap::new();
    for (key, text) in flags {
        match Setting::find(&key) {
            Some(setting) => {
                told.insert(setting.key, Told { text, origin: Origin::Flag });
            }
            None => faults.push(Fault::unknown_key(&key, &Origin::Flag)),
        }
    }
    told
}

struct Reading {
    told: BTreeMap<&'static str, Told>,
    faults: Vec<Fault>,
}

impl Reading {
    /// The value of `key`, read; `None` when absent, empty or at fault.
    fn read<T>(&mut self, key: &str, reader: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let told = self.told.get(key)?;
        let text = told.text.trim();
        if text.is_empty() {
            return None;
        }
        match reader(text) {
            Ok(value) => Some(value),
            Err(what) => {
                self.faults.push(Fault::of_value(key, &told.origin, &what));
                None
            }
        }
    }

    /// As `read`, for settings that cannot be empty.
    fn need<T>(&mut self, key: &str, reader: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let before = self.faults.len();
        let value = self.read(key, reader);
        if value.is_none() && self.faults.len() == before {
            self.refuse(key, "must not be empty");
        }
        value
    }

    fn refuse(&mut self, key: &str, what: &str) {
        let origin = self.told.get(key).map_or(Origin::Default, |told| told.origin.clone());
        self.faults.push(Fault::of_value(key, &origin, what));
    }

    fn seconds(&mut self, key: &str, least: u32, most: u32) -> Option<Duration> {
        let seconds = self.need(key, value::number(least, most))?;
        Some(Duration::from_secs(u64::from(seconds)))
    }

    /// Reads all first and gives up afterwards, so that no fault hides another.
    fn config(&mut self, floor: HashFloor) -> Option<Config> {
        let listen = self.need("listen", value::socket);
        let public_url = self.public_url(listen);
        let database_url = self.need("database_url", |text| text.parse::<DatabaseUrl>());
        let master_key_file = self.master_key_file(database_url.as_ref());
        let (smtp, mail_from) = self.mail();
        let dkim = self.dkim(mail_from.as_ref());
        let inbound_address = self.read("inbound_address", value::inbound_address);
        let webhook_allow_private =
            self.read("webhook_allow_private", value::private_networks).unwrap_or_default();
        let mailbox_access = self.need("mailbox_access", value::mailbox_access);
        let networks = self.read("trusted_proxies", value::networks).unwrap_or_default();
        let header = self.need("trusted_proxy_header", value::proxy_header);
        let metrics_listen = self.need("metrics_listen", value::listener);
        let log = self.need("log", value::log_filter);
        let log_format = self.need("log_format", value::log_format);
        let attempt_wait = self.seconds("attempt_wait_seconds", 1, 300);
        let waiting_memory_mib = self.need("waiting_memory_mib", value::number(1, 65_536));
        let hash_cost = self.hash_cost(floor);
        let hash_threads = self.need("hash_threads", value::threads);
        let hash_wait = self.seconds("hash_wait_seconds", 1, 300);
        let hash_reserve = self.need("hash_reserve", value::reserve);
        let http_workers = self.need("http_workers", value::threads);
        let http_max_connections = self.need("http_max_connections", value::number(1, 1_000_000));
        let http_header_timeout = self.seconds("http_header_seconds", 1, 60);
        let database_pool_size = self.need("database_pool_size", value::number(1, 256));
        let shutdown_grace = self.seconds("shutdown_grace_seconds", 1, 600);
        let drain = self.drain(database_url.as_ref());
        let node_name = self.need("node_name", value::node_name);
        Some(Config {
            listen: listen?,
            public_url,
            database_url: database_url?,
            master_key_file: master_key_file?,
            smtp,
            mail_from,
            dkim,
            inbound_address,
            webhook_allow_private,
            mailbox_access: mailbox_access?,
            trusted_proxies: TrustedProxies { networks, header: header? },
            metrics_listen: metrics_listen?,
            log: log?,
            log_format: log_format?,
            attempt_wait: attempt_wait?,
            waiting_memory_mib: waiting_memory_mib?,
            hash_cost: hash_cost?,
            hash_threads: hash_threads?,
            hash_wait: hash_wait?,
            hash_reserve: hash_reserve?,
            http_workers: http_workers?,
            http_max_connections: http_max_connections?,
            http_header_timeout: http_header_timeout?,
            database_pool_size: database_pool_size?,
            shutdown_grace: shutdown_grace?,
            drain: drain?,
            node_name: node_name?,
            told: BTreeMap::new(),
        })
    }

    /// Required once the server is open to others: links made from a guess would lead nowhere.
    fn public_url(&mut self, listen: Option<SocketAddr>) -> Option<BaseUrl> {
        let before = self.faults.len();
        let url = self
            .read("public_url", |text| BaseUrl::parse(text).map_err(|f| format!("`{text}` {f}")));
        let open = listen.is_some_and(|address| !address.ip().is_loopback());
        if open && url.is_none() && self.faults.len() == before {
            self.refuse(
                "public_url",
                "must be set when `listen` is not a loopback address; \
                 write for example https://login.example.com",
            );
        }
        url
    }

    fn master_key_file(&mut self, database: Option<&DatabaseUrl>) -> Option<PathBuf> {
        if let Some(path) = self.read("master_key_file", |text| Ok(PathBuf::from(text))) {
            return Some(path);
        }
        match database? {
            DatabaseUrl::Sqlite { path, .. } => Some(Path::new(path).with_extension("key")),
            DatabaseUrl::Postgres(_) => {
                let what = "must be set with PostgreSQL; name a file that all nodes share";
                self.refuse("master_key_file", what);
                None
            }
        }
    }

    /// Where there may be other nodes, those who choose among them are given time to notice.
    fn drain(&mut self, database: Option<&DatabaseUrl>) -> Option<Span> {
        let before = self.faults.len();
        if let Some(seconds) = self.read("drain_seconds", value::number(0, 600)) {
            return Some(Span::from_seconds(i64::from(seconds)));
        }
        if self.faults.len() > before {
            return None;
        }
        Some(match database? {
            DatabaseUrl::Sqlite { .. } => Span::ZERO,
            DatabaseUrl::Postgres(_) => DRAIN_OF_MANY,
        })
    }

    fn mail(&mut self) -> (Option<SmtpUrl>, Option<Mailbox>) {
        let smtp = self.read("smtp_url", value::smtp_url);
        let before = self.faults.len();
        let from = self.read("mail_from", value::mailbox);
        if smtp.is_some() && from.is_none() && self.faults.len() == before {
            let what = "must be set with `smtp_url`; write for example no-reply@example.com";
            self.refuse("mail_from", what);
        }
        (smtp, from)
    }

    fn dkim(&mut self, from: Option<&Mailbox>) -> Option<DkimFile> {
        let selector = self.need("dkim_selector", value::selector);
        let path = self.read("dkim_key_file", |text| Ok(PathBuf::from(text)))?;
        let domain = from.map(|from| from.email.domain());
        if domain.is_none_or(|domain| !domain.is_ascii()) {
            let what = "signs for the domain of `mail_from`, which must be set, in ASCII \
                        (xn--… for others)";
            self.refuse("dkim_key_file", what);
        }
        Some(DkimFile { path, selector: selector? })
    }

    fn hash_cost(&mut self, floor: HashFloor) -> Option<HashCost> {
        let memory = self.need("hash_memory_kib", value::number(8, 4_194_304));
        let iterations = self.need("hash_iterations", value::number(1, 1_000));
        let (memory, iterations) = (memory?, iterations?);
        let cost = match floor {
            HashFloor::Enforced => HashCost::checked(memory, iterations, 1),
            HashFloor::LiftedForTests => HashCost::computable(memory, iterations, 1),
        };
        cost.map_err(|fault| self.refuse("hash_memory_kib", &fault.to_string())).ok()
    }
}
