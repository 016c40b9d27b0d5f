//! `support list`: what locked-out people wrote, the newest first, until the inbox is there. Texts
//! come from strangers: control characters never reach the terminal.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use super::args::Output;
use super::opened::{tenant, with_core};
use super::output::{dated, plain, say, say_json};
use crate::app::Core;
use crate::config::Config;
use crate::model::{Millis, TenantId};
use crate::store::contact_requests::{ContactRequest, ContactRequestStatus};

/// Requests of each state that are listed for one tenant.
const MOST: i64 = 500;

/// Tenants read at a time.
const PAGE: i64 = 500;

const STATES: [ContactRequestStatus; 5] = [
    ContactRequestStatus::New,
    ContactRequestStatus::Open,
    ContactRequestStatus::Waiting,
    ContactRequestStatus::Closed,
    ContactRequestStatus::Spam,
];

/// Lists the requests of one tenant, or of all.
pub(super) async fn list(
    config: &Config,
    slug: Option<String>,
    output: Output,
) -> Result<ExitCode> {
    with_core(config, async |core| {
        let mut requests = Vec::new();
        match slug {
            Some(slug) => {
                let profile = tenant(core, &slug).await?;
                add_requests(core, vec![(profile.id().clone(), slug)], &mut requests).await?;
            }
            None => {
                let mut after = None;
                loop {
                    let page = core.tenants.reader().some_tenants(after, PAGE).await?;
                    let Some((last, _)) = page.last() else { break };
                    after = Some(last.clone());
                    add_requests(core, page, &mut requests).await?;
                }
            }
        }
        requests.sort_by_key(|(_, request)| std::cmp::Reverse(request.created_at));
        if output.json {
            let list: Vec<_> =
                requests.iter().map(|(slug, request)| as_json(slug, request)).collect();
            say_json(&json!(list));
            return Ok(ExitCode::SUCCESS);
        }
        if requests.is_empty() {
            say("no contact requests");
        }
        let now = core.clock.now();
        for (slug, request) in &requests {
            say(&as_text(slug, request, now));
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn add_requests(
    core: &Core,
    tenants: Vec<(TenantId, String)>,
    found: &mut Vec<(String, ContactRequest)>,
) -> Result<()> {
    for (id, slug) in tenants {
        for state in STATES {
            let page = core.tenants.reader().contact_requests(id.clone(), state, MOST).await?;
            found.extend(page.into_iter().map(|request| (slug.clone(), request)));
        }
    }
    Ok(())
}

fn as_json(slug: &str, request: &ContactRequest) -> serde_json::Value {
    json!({
        "reference": request.reference,
        "tenant": slug,
        "status": request.status.as_str(),
        "identifier": request.identifier,
        "user_id": request.user_id.as_ref().map(|id| id.as_str()),
        "name": request.name,
        "subject": request.subject,
        "message": request.message,
        "created_at_ms": request.created_at.0,
    })
}

fn as_text(slug: &str, request: &ContactRequest, now: Millis) -> String {
    let ContactRequest { reference, identifier, name, subject, message, .. } = request;
    let known = if request.user_id.is_some() { "a user" } else { "no user" };
    let when = dated(request.created_at, now);
    let head = format!("{reference}  {slug}  {}  {when}", request.status.as_str());
    let body: String = message.lines().map(|line| format!("    {}\n", plain(line))).collect();
    format!(
        "{head}\n  {} <{}> ({known}): {}\n{body}",
        plain(name),
        plain(identifier),
        plain(subject)
    )
}
