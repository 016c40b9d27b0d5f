//! Reads a mail that came in: whom it is for, whether a person or a machine wrote it, what it says,
//! and whether it tells that a mail of ours did not arrive. Whatever the bytes are, reading them ends
//! and stays within bounds. Believes nothing: whose it is shows at the signed address only. Knows
//! neither rows nor commands.

mod parts;
mod report;
mod words;

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use mailparse::addrparse;

use crate::model::{ArrivedMail, MailAuthor};
use parts::Part;

/// Largest message, in bytes: what mail servers themselves take, photographs and all (25 MB at the
/// largest providers). Attachments are passed over, not decoded.
pub const MOST_BYTES: usize = 25 << 20;

/// Addresses that are looked at, at most.
const MOST_RECIPIENTS: usize = 50;

/// Fields that say whom a message was delivered to, the surest first: those of the envelope, which
/// the last server writes, before those that its author wrote.
const DELIVERED_TO: [&str; 5] = ["Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"];

/// Fields that only machines write into what they send by themselves.
const OF_MACHINES: [&str; 5] = [
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
    "X-Failed-Recipients",
    "List-Unsubscribe",
];

/// Words of `Precedence` that say the same.
const PRECEDENCES: [&str; 4] = ["bulk", "junk", "list", "auto_reply"];

/// Why bytes are no mail that can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InboundFault {
    #[error("the message is larger than 25 MiB")]
    TooLarge,
    #[error("this is no mail message: it has no header")]
    NoMessage,
}

/// Reads a message.
///
/// # Errors
/// [`InboundFault`].
pub fn read(message: &[u8]) -> Result<ArrivedMail, InboundFault> {
    if message.len() > MOST_BYTES {
        return Err(InboundFault::TooLarge);
    }
    let message = without_envelope(message);
    let top = Part::read(message).filter(|top| !top.is_bare()).ok_or(InboundFault::NoMessage)?;
    let leaves = parts::leaves(message);
    let text = words::of(&leaves);
    let report = report::of(&top, &leaves, &text);
    let author = if report.is_some() { MailAuthor::Machine } else { author(&top) };
    let mark = top.header("Message-ID").filter(|id| !id.is_empty());
    Ok(ArrivedMail {
        recipients: recipients(&top),
        mark: hex(mark.as_deref().map_or(message, str::as_bytes)),
        author,
        text,
        report,
    })
}

/// Without the line that a pipe may put before a message, as mailbox files have it (RFC 4155).
fn without_envelope(message: &[u8]) -> &[u8] {
    let line = message.starts_with(b"From ").then(|| message.iter().position(|b| *b == b'\n'));
    let start = line.flatten().map_or(0, |end| end.saturating_add(1));
    message.get(start..).unwrap_or_default()
}

fn recipients(top: &Part<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for name in DELIVERED_TO {
        for value in top.headers(name) {
            match addrparse(&value) {
                Ok(list) => {
                    for address in list.into_inner() {
                        match address {
                            mailparse::MailAddr::Single(one) => found.push(one.addr),
                            mailparse::MailAddr::Group(group) => {
                                found.extend(group.addrs.into_iter().map(|one| one.addr));
                            }
                        }
                    }
                }
                // Some servers write the bare address, whatever is in it.
                Err(_) => found.push(value),
            }
        }
    }
    found.truncate(MOST_RECIPIENTS);
    found
}

fn author(top: &Part<'_>) -> MailAuthor {
    let says = |name: &str| top.header(name).unwrap_or_default().trim().to_ascii_lowercase();
    let submitted = says("Auto-Submitted");
    let automatic = !submitted.is_empty() && submitted != "no"
        || PRECEDENCES.contains(&says("Precedence").as_str())
        || OF_MACHINES.iter().any(|name| top.header(name).is_some())
        // Nobody is to answer it (RFC 5321 §4.5.5).
        || says("Return-Path") == "<>"
        || top.mime() == "multipart/report"
        || report::is_daemon(top);
    if automatic { MailAuthor::Machine } else { MailAuthor::Person }
}

fn hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        // A string takes all that is written to it.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
