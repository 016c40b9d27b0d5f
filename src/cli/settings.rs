//! `check-config`: every setting, its value and where it was said, passwords masked, and what is
//! valid but unsafe. Faulty settings never come this far: loading has told them all.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use super::args::Output;
use super::output::{columns, say, say_json, warn};
use crate::app::DkimPlan;
use crate::config::setting::{Preset, Setting};
use crate::config::{Config, MailboxAccess, Origin};
use crate::web::base_url::Scheme;

/// Prints the settings.
pub(super) fn check(config: &Config, output: Output) -> Result<ExitCode> {
    let report = config.report();
    let record = DkimPlan::of(config).map(|plan| {
        plan.open().and_then(|signer| signer.record().map_err(|fault| fault.to_string()))
    });
    if output.json {
        let lines = report.iter().map(|line| {
            json!({ "key": line.key, "value": line.shown, "origin": line.origin.to_string() })
        });
        let mut all =
            json!({ "settings": lines.collect::<Vec<_>>(), "warnings": warnings(config) });
        match (&record, all.as_object_mut()) {
            (Some(Ok((name, text))), Some(all)) => {
                all.insert("dkim_record".to_owned(), json!({ "name": name, "txt": text }));
            }
            (Some(Err(fault)), Some(all)) => {
                all.insert("fault".to_owned(), json!(fault));
            }
            (Some(_) | None, _) => {}
        }
        say_json(&all);
        return Ok(told(record.as_ref()));
    }
    let rows: Vec<Vec<String>> = report
        .iter()
        .map(|line| {
            let shown = if line.shown.is_empty() { derived(line.key) } else { line.shown.clone() };
            vec![line.key.to_owned(), shown, format!("({})", line.origin)]
        })
        .collect();
    say(&columns(&rows));
    warnings(config).iter().for_each(|text| warn(text));
    match &record {
        Some(Ok((name, text))) => say(&format!("\nDNS record for signed mail\n{name} TXT {text}")),
        Some(Err(fault)) => warn(fault),
        None => {}
    }
    Ok(told(record.as_ref()))
}

/// A key that cannot be read would keep the server from starting.
fn told<T>(record: Option<&Result<T, String>>) -> ExitCode {
    match record {
        Some(Err(_)) => ExitCode::FAILURE,
        Some(Ok(_)) | None => ExitCode::SUCCESS,
    }
}

/// What an absent value means.
fn derived(key: &str) -> String {
    match Setting::find(key).map(|setting| setting.default) {
        Some(Preset::Derived(meaning)) => format!("[{meaning}]"),
        Some(Preset::Value(_)) | None => String::new(),
    }
}

/// What `serve` would refuse or what deserves a second look.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let mut found = Vec::new();
    if config.smtp.is_none() {
        found.push(match mailbox_is_safe(config) {
            true => {
                "no smtp_url: mail goes to the built-in mailbox page and nowhere else".to_owned()
            }
            false => mailbox_refusal(),
        });
    }
    let plain = config.public_url.as_ref().is_some_and(|url| url.scheme() == Scheme::Http);
    if plain && !is_local(config) {
        found.push("public_url is http: passwords and cookies travel in the clear".to_owned());
    }
    if config.origin("node_name") == Origin::Default && !config.database_url.is_sqlite() {
        found.push(
            "node_name is the default: give each node its own, or the log cannot tell them apart"
                .to_owned(),
        );
    }
    found
}

/// Whether the mailbox page, which shows every link that was mailed, is out of strangers' reach, or
/// was opened on purpose. A public URL means a proxy in front, also where we listen on loopback.
pub(super) fn mailbox_is_safe(config: &Config) -> bool {
    match config.mailbox_access {
        MailboxAccess::Anyone => true,
        MailboxAccess::Local => is_local(config),
    }
}

pub(super) fn mailbox_refusal() -> String {
    "no smtp_url is set, so every mail would be shown at /mailbox to whoever reaches this server; \
     set smtp_url and mail_from, or mailbox_access = \"anyone\" if that is meant"
        .to_owned()
}

/// Whether only this machine reaches the server.
pub(super) fn is_local(config: &Config) -> bool {
    let url_is_local = config.public_url.as_ref().is_none_or(|url| {
        let host = url.host();
        let name = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host }
        });
        let address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        name == "localhost"
            || name.ends_with(".localhost")
            || address.is_ok_and(|ip| ip.is_loopback())
    });
    config.listen.ip().is_loopback() && url_is_local
}
