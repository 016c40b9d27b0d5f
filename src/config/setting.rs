//! The list of settings: name, default, what it means. Everything else is made from it: the
//! environment's names, the file's keys, the command line's flags, the documentation, the check for
//! mistyped names. Knows nothing of values; `value` reads those.

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Key in the file; `listen` is `LOCKKEEPER_LISTEN` in the environment and `--listen` as a flag.
    pub key: &'static str,
    /// What is taken when nobody says anything, as it would be written.
    pub default: Preset,
    /// What the value looks like, in capitals for the command line's help.
    pub shape: &'static str,
    pub secrecy: Secrecy,
    /// One sentence without a full stop.
    pub help: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    Value(&'static str),
    /// Depends on others, or is simply absent; the text says which.
    Derived(&'static str),
}

/// Whether a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    Open,
    /// A URL whose password is masked.
    HoldsPassword,
}

impl Setting {
    /// The name in the environment.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.key.to_ascii_uppercase())
    }

    /// The name on the command line, without the dashes.
    #[must_use]
    pub fn flag(&self) -> String {
        self.key.replace('_', "-")
    }

    /// The setting with this key.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }
}

/// What every variable of ours starts with.
pub const PREFIX: &str = "LOCKKEEPER_";
/// The variable that names the settings file. Not a setting: it is read before there are any.
pub const FILE_VARIABLE: &str = "LOCKKEEPER_CONFIG";
/// The settings file that is read when it is there and no other is named.
pub const DEFAULT_FILE: &str = "lockkeeper.toml";

const fn open(
    key: &'static str,
    default: &'static str,
    shape: &'static str,
    help: &'static str,
) -> Setting {
    Setting { key, default: Preset::Value(default), shape, secrecy: Secrecy::Open, help }
}

const fn derived(
    key: &'static str,
    default: &'static str,
    shape: &'static str,
    help: &'static str,
) -> Setting {
    Setting { key, default: Preset::Derived(default), shape, secrecy: Secrecy::Open, help }
}

const fn secret(setting: Setting) -> Setting {
    Setting { secrecy: Secrecy::HoldsPassword, ..setting }
}

/// Every setting, in the order in which they are explained.
pub const SETTINGS: &[Setting] = &[
    open("listen", "127.0.0.1:8080", "ADDRESS:PORT", "Where the server listens"),
    derived(
        "public_url",
        "http://localhost and the port of `listen`, where that is a loopback address",
        "URL",
        "How browsers reach the server; links, cookies and tenants' hosts are made from it",
    ),
    secret(open(
        "database_url",
        "sqlite:lockkeeper.db",
        "URL",
        "Where the data lives: sqlite:PATH (?max_page_count=N limits its size) or postgres://…",
    )),
    derived(
        "master_key_file",
        "the SQLite file's name with .key; must be set with PostgreSQL",
        "PATH",
        "The file with the key that seals the secrets in the database",
    ),
    secret(derived(
        "smtp_url",
        "none: mail goes to the built-in mailbox page",
        "URL",
        "The mail server: smtp://user:password@host (STARTTLS; ?tls=none does without) or smtps://…",
    )),
    derived(
        "mail_from",
        "none; must be set with `smtp_url`",
        "ADDRESS",
        "The sender of mails, for example `Lockkeeper <no-reply@example.com>`",
    ),
    derived(
        "dkim_key_file",
        "none: mails leave unsigned, for the mail server to sign",
        "PATH",
        "RSA key in PEM form that signs mails for the domain of `mail_from`; check-config shows its DNS record",
    ),
    open(
        "dkim_selector",
        "lockkeeper",
        "NAME",
        "Under which name that key is published: NAME._domainkey and the domain",
    ),
    derived(
        "inbound_address",
        "none: bounces come to `mail_from`, answers to the tenant's support address",
        "ADDRESS",
        "Where bounces and answers come in, for all tenants: the mail server of mail.example.com takes \
         desk+…@mail.example.com for desk@mail.example.com and pipes it to `lockkeeper support ingest` \
         (docs/mail.md); at most nine letters and digits before the @. Used with `smtp_url`. Mails \
         by a tenant's own server bring answers back, bounces go to its own sender address",
    ),
    derived(
        "webhook_allow_private",
        "none: neither events nor tenants' mails go into private networks",
        "CIDR,…",
        "Networks that are not public (private, loopback, link-local and other special ones) in which \
         tenants may name webhook endpoints and mail servers of their own, for example 10.1.0.0/16 or \
         127.0.0.1. `smtp_url` is the operator's own and may stand anywhere",
    ),
    open(
        "mailbox_access",
        "local",
        "local|anyone",
        "Who may read the mailbox page while `smtp_url` is not set; with local, `serve` refuses to \
         start where others could",
    ),
    derived(
        "trusted_proxies",
        "none: the socket's address is the client's",
        "CIDR,…",
        "Reverse proxies whose word about the client's address is believed",
    ),
    open(
        "trusted_proxy_header",
        "x-forwarded-for",
        "NAME",
        "The one header that those proxies write: x-forwarded-for or forwarded",
    ),
    open(
        "metrics_listen",
        "127.0.0.1:9464",
        "ADDRESS:PORT",
        "Where /metrics is served; `off` for nowhere",
    ),
    open("log", "info", "FILTER", "What is logged, for example info or lockkeeper=debug"),
    open(
        "log_format",
        "auto",
        "FORMAT",
        "pretty for people, json for machines, auto: pretty on a terminal",
    ),
    open(
        "attempt_wait_seconds",
        "30",
        "SECONDS",
        "How long a sign-in attempt may wait for its turn before it is answered 503",
    ),
    open(
        "waiting_memory_mib",
        "64",
        "MIB",
        "Memory of all sign-in attempts that wait beside others of the same account; a tenant may \
         take as much of it as is left",
    ),
    open("hash_memory_kib", "19456", "KIB", "Memory of one password hash (argon2id)"),
    open("hash_iterations", "2", "NUMBER", "Passes of one password hash"),
    open("hash_threads", "auto", "NUMBER", "Threads that hash passwords; auto is one per core"),
    open(
        "hash_wait_seconds",
        "10",
        "SECONDS",
        "The longest wait for a hashing thread: what a tenant asks for beyond it, and beyond its \
         share, is answered 503",
    ),
    open(
        "hash_reserve",
        "auto",
        "NUMBER",
        "More hashing threads, for tenants that are not under attack: their hashes begin at once and \
         share the cores; auto is one for eight hash_threads, at least one",
    ),
    open("http_workers", "auto", "NUMBER", "Threads that serve HTTP; auto is one per core"),
    open("http_max_connections", "25000", "NUMBER", "Connections per HTTP worker"),
    open(
        "http_header_seconds",
        "5",
        "SECONDS",
        "How long a client may take to send a request's head",
    ),
    open("database_pool_size", "8", "NUMBER", "Connections for reading"),
    derived(
        "drain_seconds",
        "5 with PostgreSQL, else 0",
        "SECONDS",
        "How long a server that is being stopped still takes requests, while /readyz says 503",
    ),
    open(
        "shutdown_grace_seconds",
        "30",
        "SECONDS",
        "How long running requests may take to end when the server is stopped",
    ),
    open("node_name", "main", "NAME", "The name of this process in the attempts log"),
];
