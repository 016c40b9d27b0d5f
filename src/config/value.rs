//! Reads the values of settings. Each reader takes the text as written and answers with a parsed
//! value or with what to write instead; no reader knows its setting's name.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;

use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

use crate::web::client_address::ForwardedHeader;

/// How mail reaches the server named in `smtp_url`.
#[derive(Debug, Clone)]
pub struct SmtpUrl {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// User name and password.
    pub credentials: Option<(String, SecretString)>,
}

/// What protects the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// `smtp://`: plain, then upgraded; refused when the server does not offer it.
    StartTls,
    /// `smtps://`: from the first byte.
    Tls,
    /// `smtp://…?tls=none`: never.
    None,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    Pretty,
    Json,
}

/// Who may read the built-in mailbox, which shows every link that was mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailboxAccess {
    /// People at this machine.
    Local,
    /// Everybody who reaches the server.
    Anyone,
}

/// `off`, or where to listen.
pub(super) fn listener(text: &str) -> Result<Option<SocketAddr>, String> {
    if text == "off" { Ok(None) } else { socket(text).map(Some) }
}

pub(super) fn socket(text: &str) -> Result<SocketAddr, String> {
    let example = "127.0.0.1:8080 or [::1]:8080";
    text.parse().map_err(|_| format!("`{text}` is no address with a port; write {example}"))
}

/// A whole number within `least..=most`.
pub(super) fn number(least: u32, most: u32) -> impl Fn(&str) -> Result<u32, String> {
    move |text| match text.replace('_', "").parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("`{text}` must be a whole number from {least} to {most}")),
    }
}

/// `auto`, or a whole number within `1..=1024`.
pub(super) fn threads(text: &str) -> Result<Option<NonZeroUsize>, String> {
    if text == "auto" {
        return Ok(None);
    }
    match text.parse::<NonZeroUsize>() {
        Ok(count) if count.get() <= 1024 => Ok(Some(count)),
        _ => Err(format!("`{text}` must be auto or a whole number from 1 to 1024")),
    }
}

/// `auto`, or a whole number up to 1024.
pub(super) fn reserve(text: &str) -> Result<Option<usize>, String> {
    if text == "auto" {
        return Ok(None);
    }
    match text.parse::<usize>() {
        Ok(count) if count <= 1024 => Ok(Some(count)),
        _ => Err(format!("`{text}` must be auto or a whole number from 0 to 1024")),
    }
}

/// Networks of proxies that are believed.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    networks_but(text, "would believe everybody; name the proxies' networks")
}

/// Private networks in which what tenants name may stand.
pub(super) fn private_networks(text: &str) -> Result<Vec<IpNet>, String> {
    networks_but(text, "would allow every network; name those in which tenants' servers stand")
}

/// Networks, separated by commas; a bare address is a network of one. All of them at once are refused
/// with `too_wide`.
fn networks_but(text: &str, too_wide: &str) -> Result<Vec<IpNet>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let network =
                part.parse().or_else(|_| part.parse::<std::net::IpAddr>().map(IpNet::from));
            let network: IpNet = network.map_err(|_| {
                format!("`{part}` is no network; write for example 10.0.0.0/8 or 192.0.2.1")
            })?;
            if network.prefix_len() == 0 {
                return Err(format!("`{part}` {too_wide}"));
            }
            Ok(network.trunc())
        })
        .collect()
}

pub(super) fn proxy_header(text: &str) -> Result<ForwardedHeader, String> {
    let lower = text.to_ascii_lowercase();
    ForwardedHeader::ALL
        .into_iter()
        .find(|header| header.as_str() == lower)
        .ok_or_else(|| format!("`{text}` must be x-forwarded-for or forwarded"))
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`{text}` must be auto, pretty or json")),
    }
}

pub(super) fn mailbox_access(text: &str) -> Result<MailboxAccess, String> {
    match text {
        "local" => Ok(MailboxAccess::Local),
        "anyone" => Ok(MailboxAccess::Anyone),
        _ => Err(format!("`{text}` must be local or anyone")),
    }
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    if crate::telemetry::is_log_filter(text) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is no log filter; write info, warn or lockkeeper=debug"))
}

pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    let example = "Lockkeeper <no-reply@example.com>";
    text.parse().map_err(|_| format!("`{text}` is no mail address; write for example {example}"))
}

/// An address whose local part may be followed by `+` and what we sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundAddress {
    pub user: String,
    pub domain: String,
}

/// Longest user part: a local part has 64 characters at most (RFC 5321 §4.5.3.1.1), 54 of which are
/// signed, after a `+`.
const MAX_INBOUND_USER: usize = 9;

pub(super) fn inbound_address(text: &str) -> Result<InboundAddress, String> {
    let such = "write for example desk@mail.example.com";
    let address: lettre::Address =
        text.parse().map_err(|_| format!("`{text}` is no bare mail address; {such}"))?;
    let (user, domain) = (address.user().to_ascii_lowercase(), address.domain());
    if user.contains('+') {
        return Err(format!("`{text}`: what follows the + is added to each mail; {such}"));
    }
    if !user.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(format!("`{text}`: only letters and digits may stand before the @; {such}"));
    }
    if user.len() > MAX_INBOUND_USER {
        return Err(format!(
            "`{text}`: at most {MAX_INBOUND_USER} characters may stand before the @, because {} \
             more are added to each mail; {such}",
            1 + crate::token::mail_address::SIGNED_CHARS
        ));
    }
    if !domain.is_ascii() {
        return Err(format!("`{text}`: write the domain as the DNS has it (xn--…); {such}"));
    }
    Ok(InboundAddress { user, domain: domain.to_ascii_lowercase() })
}

pub(super) fn selector(text: &str) -> Result<String, String> {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    if text.len() <= 100 && text.split('.').all(label) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is no name in the DNS; write for example lockkeeper or 2026a"))
}

pub(super) fn node_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=64).contains(&text.len()) && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` must be 1 to 64 letters, digits, dots, dashes or underscores"))
}

pub(super) fn smtp_url(text: &str) -> Result<SmtpUrl, String> {
    // The text may hold a password, so no message repeats it.
    let form = "write smtp://user:password@host:587 or smtps://user:password@host:465";
    let url = Url::parse(text).map_err(|_| format!("this is no URL; {form}"))?;
    let (mut security, default_port) = match url.scheme() {
        "smtp" => (SmtpSecurity::StartTls, 587),
        "smtps" => (SmtpSecurity::Tls, 465),
        other => return Err(format!("`{other}:` is no mail server; {form}")),
    };
    for (name, value) in url.query_pairs() {
        security = match (&*name, &*value, security) {
            ("tls", "none", SmtpSecurity::StartTls) => SmtpSecurity::None,
            ("tls", "none", SmtpSecurity::Tls | SmtpSecurity::None) => {
                return Err("smtps:// is always encrypted; ?tls=none goes with smtp://".to_owned());
            }
            _ => return Err(format!("`{name}` is no option of a mail server; known: tls=none")),
        };
    }
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(format!("a mail server has no path; {form}"));
    }
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| format!("the host is missing; {form}"))?.to_owned();
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        (user, Some(password)) if !user.is_empty() => {
            Some((decoded(user)?, SecretString::from(decoded(password)?)))
        }
        _ => return Err(format!("user name and password go together; {form}")),
    };
    Ok(SmtpUrl { host, port: url.port().unwrap_or(default_port), security, credentials })
}

/// Percent-decoding by way of a form, where `+` must stand for itself.
fn decoded(text: &str) -> Result<String, String> {
    let form = format!("v={}", text.replace('+', "%2B"));
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&form)
        .map_err(|_| "user name or password is not percent-encoded UTF-8".to_owned())?;
    Ok(pairs.into_iter().next().map(|(_, value)| value).unwrap_or_default())
}

/// Options of database and mail URLs that are no secrets.
const PLAIN_OPTIONS: [&str; 12] = [
    "max_page_count",
    "tls",
    "host",
    "port",
    "dbname",
    "user",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
    "connect_timeout",
    "application_name",
    "options",
];

/// A URL with its password hidden; anything else that holds one is hidden whole.
#[must_use]
pub fn masked(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else { return "***".to_owned() };
    // libpq also takes the password as an option, and a mistyped name may be meant for one.
    let is_known = |name: &str| PLAIN_OPTIONS.contains(&name);
    if url.query_pairs().any(|(name, _)| !is_known(&name)) {
        return "***".to_owned();
    }
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return "***".to_owned();
    }
    url.into()
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Pretty => "pretty",
            Self::Json => "json",
        })
    }
}
