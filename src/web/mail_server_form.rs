//! A tenant's own mail server as it is typed, over an interface or a page: every fault at once, and the one
//! rule about passwords. Asks only whether its
//! host may be called.

use std::net::IpAddr;

use super::doors::MailDesk;
use super::error::ErrorEntry;
use super::error_code::ErrorKind;
use super::fields::{Change, Fields};
use crate::model::{Identifier, IdentifierKind};
use crate::tenant::{OwnMailServer, TenantProfile};
use crate::token::{SmtpSecurity, SmtpSettings};

/// Longest name of a host (RFC 1035 §2.3.4), e-mail address (RFC 5321), user name and password.
const MAX_HOST_BYTES: usize = 253;
pub const MAX_EMAIL_BYTES: usize = 254;
const MAX_NAME_BYTES: usize = 256;
const MAX_PASSWORD_BYTES: usize = 1_024;
/// Longest word looked at for a way of protection.
const WORD_BYTES: usize = 32;

pub const FROM: &str = "from_email";

/// The server as changed; `None` with a fault.
pub fn wanted(fields: &mut Fields<'_>, before: Option<&OwnMailServer>) -> Option<OwnMailServer> {
    let present = before.map(|before| &before.settings);
    let host = match fields.change("host", MAX_HOST_BYTES) {
        Change::Set(text) => host(fields, text),
        Change::Clear => missing(fields, "host"),
        Change::Keep => present.map(|now| now.host.clone()).or_else(|| missing(fields, "host")),
    };
    let security = match fields.change("security", WORD_BYTES) {
        Change::Set(word) => SmtpSecurity::parse(word).or_else(|| {
            let text = "security must be starttls, tls or none.";
            refuse(fields, ErrorKind::ParamValueInvalid, "security", text);
            None
        }),
        Change::Clear | Change::Keep => {
            Some(present.map_or(SmtpSecurity::StartTls, |now| now.security))
        }
    };
    let port = fields.number("port", 1, 65_535).and_then(|port| u16::try_from(port).ok());
    let port = port.or(present.map(|now| now.port));
    let sender = match fields.change(FROM, MAX_EMAIL_BYTES) {
        Change::Set(text) => address(fields, FROM, text),
        Change::Clear => missing(fields, FROM),
        Change::Keep => before.map(|now| now.sender.clone()).or_else(|| missing(fields, FROM)),
    };
    let user = fields.change("username", MAX_NAME_BYTES);
    let password = fields.secret("password", MAX_PASSWORD_BYTES);
    let (host, security, sender) = (host?, security?, sender?);
    let port = port.unwrap_or(match security {
        SmtpSecurity::StartTls => 587,
        SmtpSecurity::Tls => 465,
        SmtpSecurity::None => 25,
    });
    let kept = present.and_then(|now| now.credentials.clone());
    let name = match user {
        Change::Set(name) => Some(name.to_owned()),
        Change::Clear => None,
        Change::Keep => kept.as_ref().map(|(name, _)| name.clone()),
    };
    let place = (host.as_str(), port, security);
    let same = present.is_some_and(|now| (now.host.as_str(), now.port, now.security) == place);
    let credentials = match (name, password, kept) {
        (Some(name), Some(password), _) => Some((name, password.to_owned().into())),
        // Whoever may set the server may not read the password, not even by sending it elsewhere.
        (Some(name), None, Some((before, password))) if same && name == before => {
            Some((name, password))
        }
        (Some(_), None, _) => {
            let text = "password must be given with a username, and again where host, port, \
                        security or username change.";
            refuse(fields, ErrorKind::ParamMissing, "password", text);
            return None;
        }
        (None, Some(_), _) => {
            refuse(fields, ErrorKind::ParamMissing, "username", "username must go with password.");
            return None;
        }
        (None, None, _) => None,
    };
    Some(OwnMailServer { settings: SmtpSettings { host, port, security, credentials }, sender })
}

pub fn refuse(fields: &mut Fields<'_>, kind: ErrorKind, name: &str, text: &str) {
    fields.refuse_with(ErrorEntry::of_param(kind, name).with_long_message(text.to_owned()));
}

fn missing(fields: &mut Fields<'_>, name: &str) -> Option<String> {
    fields.refuse(ErrorKind::ParamMissing, name);
    None
}

/// A name of the DNS or an address, without brackets.
fn host(fields: &mut Fields<'_>, text: &str) -> Option<String> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if bare.parse::<IpAddr>().is_ok() || bare.trim_end_matches('.').split('.').all(label) {
        return Some(bare.to_ascii_lowercase());
    }
    let text = "host must be a name such as smtp.example.com, without a port.";
    refuse(fields, ErrorKind::ParamFormatInvalid, "host", text);
    None
}

pub fn address(fields: &mut Fields<'_>, name: &str, text: &str) -> Option<String> {
    match Identifier::parse(text) {
        Ok(parsed) if parsed.kind == IdentifierKind::EmailAddress => Some(parsed.display),
        Ok(_) | Err(_) => {
            fields.refuse(ErrorKind::ParamFormatInvalid, name);
            None
        }
    }
}

/// What only the server's place can tell: whether it may be called at all, and unencrypted.
pub async fn judged(
    fields: &mut Fields<'_>,
    wanted: &OwnMailServer,
    profile: &TenantProfile,
    desk: &dyn MailDesk,
) {
    let settings = &wanted.settings;
    if settings.security == SmtpSecurity::None && profile.tenant.live {
        let text =
            "security may be none only for a development tenant: mails would leave unencrypted.";
        refuse(fields, ErrorKind::ParamValueInvalid, "security", text);
    }
    if let Err(why) = desk.judge(&settings.host).await {
        refuse(fields, ErrorKind::ParamValueInvalid, "host", &format!("host: {why}."));
    }
}
