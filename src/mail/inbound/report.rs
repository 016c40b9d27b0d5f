//! That a mail of ours did not arrive: read from a report in the standard's form (RFC 3464), or from
//! what older and simpler mail servers write. A mail that is merely late is no such report. Knows not
//! which mail it was.

use super::parts::Part;
use crate::mail::letter::header_text;
use crate::mail::smtp::is_no_mailbox;
use crate::model::{BounceBlame, BounceReport};

/// Parts that speak to machines about a delivery.
const STATUSES: [&str; 2] = ["message/delivery-status", "message/global-delivery-status"];
/// Local parts by which mail servers write.
const DAEMONS: [&str; 2] = ["mailer-daemon", "postmaster"];
/// In the subject of what only says that it takes longer.
const LATE: [&str; 4] = ["delayed", "delay", "warning", "verzögert"];

/// A status (RFC 3463).
type Status = (u16, u16, u16);

/// The report in a message, if it is one.
pub(super) fn of(top: &Part<'_>, leaves: &[Part<'_>], text: &str) -> Option<BounceReport> {
    if let Some(part) = leaves.iter().find(|part| STATUSES.contains(&part.mime())) {
        return standard(&part.text());
    }
    let failed = top.header("X-Failed-Recipients");
    if failed.is_none() && !is_daemon(top) {
        return None;
    }
    let subject = top.header("Subject").unwrap_or_default().to_lowercase();
    let status = statuses(text).find(|(class, ..)| *class == 5);
    match status {
        Some(status) => Some(told(Some(status), text.lines().find(|line| says(line, status))?, "")),
        None if statuses(text).next().is_some()
            || LATE.iter().any(|word| subject.contains(word)) =>
        {
            None
        }
        None => Some(BounceReport {
            blame: if failed.is_some() { BounceBlame::Address } else { BounceBlame::Message },
            why: "came back without a reason".to_owned(),
        }),
    }
}

/// Whether a mail server wrote it.
pub(super) fn is_daemon(top: &Part<'_>) -> bool {
    let from = top.header("From").unwrap_or_default().to_ascii_lowercase();
    let address = from.rsplit_once('<').map_or(from.as_str(), |(_, address)| address);
    let local = address.split('@').next().unwrap_or_default().trim();
    DAEMONS.contains(&local)
}

/// What the first recipient that was given up says (RFC 3464 §2.3); we write to one at a time.
fn standard(text: &str) -> Option<BounceReport> {
    let text = text.replace("\r\n", "\n");
    let mut groups = text.split("\n\n").map(fields);
    let failed = groups.find(|fields| value(fields, "action") == "failed")?;
    let said = value(&failed, "status");
    let diagnostic = value(&failed, "diagnostic-code");
    let recipient = value(&failed, "final-recipient");
    let recipient = recipient.rsplit_once(';').map_or("", |(_, address)| address.trim());
    let general = statuses(&said).next();
    // Some servers say only that it failed, and the rest in what the other one answered.
    let closer = statuses(&diagnostic).next();
    let status = match general {
        Some((_, 0, _)) | None => closer.or(general),
        Some(_) => general,
    };
    let shown = if diagnostic.is_empty() { said } else { diagnostic };
    Some(told(status, &shown, recipient))
}

/// Fields of a group, names in lower case, folded lines as one.
fn fields(group: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in group.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = found.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            found.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    found
}

/// The first field of this name; an action in lower case is compared with one.
fn value(fields: &[(String, String)], name: &str) -> String {
    let found = fields.iter().find(|(field, _)| field == name);
    let text = found.map(|(_, value)| value.clone()).unwrap_or_default();
    if name == "action" { text.to_ascii_lowercase() } else { text }
}

fn told(status: Option<Status>, shown: &str, recipient: &str) -> BounceReport {
    let blame = match status {
        // "Undefined" (RFC 3463 §3.1): it failed for good, and that is all that is known.
        Some((5, 0, _)) => BounceBlame::Address,
        Some(status) if is_no_mailbox(status) => BounceBlame::Address,
        Some(_) | None => BounceBlame::Message,
    };
    let words = header_text(shown);
    let words = if recipient.is_empty() { words } else { words.replace(recipient, "(address)") };
    // A text for people may name the address in other spellings.
    let words: Vec<&str> =
        words.split(' ').map(|word| if word.contains('@') { "(address)" } else { word }).collect();
    BounceReport { blame, why: words.join(" ") }
}

fn says(line: &str, status: Status) -> bool {
    statuses(line).any(|found| found == status)
}

/// All that reads as a status of a failure, in order.
fn statuses(text: &str) -> impl Iterator<Item = Status> + '_ {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|word| {
        let mut parts = word.trim_matches('.').split('.');
        let mut part = || {
            let text = parts.next().filter(|text| (1..=3).contains(&text.len()))?;
            text.parse::<u16>().ok()
        };
        let status = (part()?, part()?, part()?);
        let fits = parts.next().is_none() && matches!(status, (4 | 5, 0..=9, _));
        fits.then_some(status)
    })
}
