//! The audit log: who did what to whom, newest first, with filters that stand in the address, and
//! whether the newest facts are as they were sealed. Reads only; `audit_export` hands the same out as a
//! file.

use std::collections::{BTreeMap, HashMap};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use serde_json::Value;

use super::audit_export;
use super::desk::{Answer, Desk, Looks};
use super::staff_names::staff_names;
use super::view::audit::{AuditLine, AuditPage, AuditTyped, Detail, NameChoice, Standing};
use super::view::frame::Entry;
use crate::lockout::policy_diff::{Change, changes};
use crate::model::{AuditId, Identifier, UserId};
use crate::store::audit::AuditRow;
use crate::store::audit_lists::{AuditFilter, Doers};
use crate::store::lockout_policy::PolicyVersion;
use crate::text::Zone;
use crate::web::body::Params;
use crate::web::page_table::{May, Page, READERS, Verb};

/// Rows of a page.
const ROWS: usize = 50;
/// Longest text of a filter that is looked at, in characters.
const MAX_FILTER_CHARS: usize = 200;
/// The choice of what attempts brought.
const ATTEMPTS: &str = "attempts";
/// Nobody's id: what is asked about somebody who is not there finds nothing.
const NOBODY: &str = "user_0";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/audit",
        may: May::These(READERS),
        states: &["full", "filtered", "empty", "nothing-found", "broken"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/audit.csv",
        may: May::These(READERS),
        states: &[],
        route: || web::to(audit_export::csv),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/audit.json",
        may: May::These(READERS),
        states: &[],
        route: || web::to(audit_export::json),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let typed = typed(&query);
    let filter = filter_of(desk, &typed).await?;
    let before = query.raw("before").and_then(AuditId::parse);
    let later = before.is_some();
    let tenant = desk.profile.id().clone();
    let asked = i64::try_from(ROWS).unwrap_or(i64::MAX).saturating_add(1);
    let read = desk.reader().audit_page(tenant.clone(), filter, before, asked).await;
    let mut rows = read.map_err(|error| desk.not_now(&error.into()))?;
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    let named = desk.reader().audit_names(tenant.clone()).await;
    let named = named.map_err(|error| desk.not_now(&error.into()))?;
    let actors = rows.iter().map(|row| &row.actor).chain(&named.actors);
    let staff = staff_names(desk, actors.filter_map(|actor| staff_id(actor))).await?;
    let log = lines(desk, rows, &staff).await?;
    // What was asked for in particular is answered without a look at everything.
    let standing = match later || typed.is_set() {
        true => Standing::NotLooked,
        false => standing(desk).await?,
    };
    let actors = named.actors.iter().filter(|actor| actor.as_str() != "attempt");
    let page = AuditPage {
        frame: desk.frame(Entry::Audit),
        path: desk.path("/audit"),
        actors: actors
            .map(|actor| NameChoice { words: called(actor, &staff), value: actor.clone() })
            .collect(),
        actions: named.actions,
        typed,
        log,
        next,
        later,
        standing,
        slug: desk.profile.tenant.slug.clone(),
    };
    Ok(desk.page(StatusCode::OK, &page))
}

/// The filter as it was typed; also of the exports.
pub(super) fn typed(query: &Params) -> AuditTyped {
    let text = |name: &str| -> String {
        query.raw(name).unwrap_or_default().trim().chars().take(MAX_FILTER_CHARS).collect()
    };
    AuditTyped {
        actor: text("actor"),
        action: text("action"),
        user: text("user"),
        from: text("from"),
        to: text("to"),
    }
}

/// What is asked for. A day is one of the reader's zone; what is no day asks for all.
pub(super) async fn filter_of(
    desk: &Desk,
    typed: &AuditTyped,
) -> Result<AuditFilter, HttpResponse> {
    let zone: Zone = desk.hall.frame().zone;
    let doers = match typed.actor.as_str() {
        "" => Doers::People,
        ATTEMPTS => Doers::Attempts,
        actor => Doers::One(actor.to_owned()),
    };
    let user = match typed.user.as_str() {
        "" => None,
        who => Some(user_of(desk, who).await?),
    };
    Ok(AuditFilter {
        doers,
        action: Some(typed.action.clone()).filter(|action| !action.is_empty()),
        user,
        from: zone.day(&typed.from).map(|(start, _)| start),
        to: zone.day(&typed.to).map(|(_, end)| end),
    })
}

/// By id, also of a user who is gone, or by identifier.
async fn user_of(desk: &Desk, who: &str) -> Result<UserId, HttpResponse> {
    if let Some(id) = UserId::parse(who) {
        return Ok(id);
    }
    let nobody = || UserId::from_stored(NOBODY.to_owned());
    let Ok(identifier) = Identifier::parse(who) else { return Ok(nobody()) };
    let found = desk.reader().identified(desk.profile.id().clone(), identifier.key).await;
    let found = found.map_err(|error| desk.not_now(&error.into()))?;
    Ok(found.map_or_else(nobody, |record| record.user.id))
}

async fn standing(desk: &Desk) -> Result<Standing, HttpResponse> {
    let read = desk.tenants().glance_at_audit(desk.profile.id()).await;
    let found = read.map_err(|fault| desk.not_now(&fault))?;
    Ok(match found.breaks.is_empty() {
        false => Standing::Broken(found.breaks),
        true => Standing::Whole { rows: found.rows, head: found.head, waiting: found.unsealed },
    })
}

fn staff_id(actor: &str) -> Option<UserId> {
    actor.strip_prefix("staff:").and_then(UserId::parse)
}

/// Staff by their names; whoever else as the record has it.
fn called(actor: &str, staff: &HashMap<UserId, String>) -> String {
    let name = staff_id(actor).and_then(|id| staff.get(&id).cloned());
    name.unwrap_or_else(|| actor.to_owned())
}

async fn lines(
    desk: &Desk,
    rows: Vec<AuditRow>,
    staff: &HashMap<UserId, String>,
) -> Result<Vec<AuditLine>, HttpResponse> {
    let tenant = desk.profile.id().clone();
    let mut users: Vec<UserId> = rows.iter().filter_map(|row| row.user_id.clone()).collect();
    users.sort();
    users.dedup();
    let read = desk.reader().names_of(tenant, users.clone()).await;
    let names = read.map_err(|error| desk.not_now(&error.into()))?;
    let names: HashMap<UserId, String> = users.into_iter().zip(names).collect();
    let changed = policy_changes(desk, &rows).await?;
    // Who is gone has no name but the id.
    let there = |id: &&UserId| names.get(*id).is_some_and(|name| name != id.as_str());
    let line = |(row, changes): (AuditRow, Vec<Change>)| AuditLine {
        at: row.at,
        who: called(&row.actor, staff),
        about: row.user_id.as_ref().map(|id| names.get(id).cloned().unwrap_or(id.to_string())),
        path: row.user_id.as_ref().filter(there).map(|user| desk.path(&format!("/users/{user}"))),
        user: row.user_id.map(UserId::into_string),
        changes,
        facts: facts(&row.detail)
            .into_iter()
            .map(|(name, value)| {
                let place = place_of(&row.action, &name, &value);
                Detail { path: place.map(|place| desk.path(&place)), name, value }
            })
            .collect(),
        action: row.action,
        seq: row.seq,
    };
    Ok(rows.into_iter().zip(changed).map(line).collect())
}

/// Two versions whose difference a row tells of.
#[derive(Clone, Copy)]
struct Told {
    /// `None`: the one that was live when `version` was made.
    other: Option<i64>,
    version: i64,
    way: Way,
}

#[derive(Clone, Copy)]
enum Way {
    /// The version came to decide, or to be watched.
    To,
    /// It was taken away again.
    From,
}

fn told(row: &AuditRow) -> Option<Told> {
    let detail: Value = serde_json::from_str(&row.detail).ok()?;
    let number = |name: &str| detail.get(name).and_then(Value::as_i64);
    let version = number("version").filter(|_| row.action.starts_with("policy."))?;
    match row.action.as_str() {
        "policy.overlay_ended" => Some(Told { other: number("live"), version, way: Way::From }),
        // It decided nothing before and decides nothing now.
        "policy.shadow_ended" => None,
        _ => Some(Told { other: None, version, way: Way::To }),
    }
}

/// What each row on this page changed of a policy, in the rows' order.
async fn policy_changes(desk: &Desk, rows: &[AuditRow]) -> Result<Vec<Vec<Change>>, HttpResponse> {
    let all: Vec<Option<Told>> = rows.iter().map(told).collect();
    let named = all.iter().flatten().flat_map(|told| [Some(told.version), told.other]);
    let mut known = versions(desk, named.flatten().collect()).await?;
    let below: Vec<i64> = known.values().map(made_over).collect();
    let lacking: Vec<i64> = below.into_iter().filter(|one| !known.contains_key(one)).collect();
    known.extend(versions(desk, lacking).await?);
    let change = |told: &Told| {
        let row = known.get(&told.version)?;
        let other = known.get(&told.other.unwrap_or_else(|| made_over(row)))?;
        let (this, other) = (row.policy().ok()?, other.policy().ok()?);
        Some(match told.way {
            Way::To => changes(&other, &this),
            Way::From => changes(&this, &other),
        })
    };
    Ok(all.iter().map(|told| told.as_ref().and_then(change).unwrap_or_default()).collect())
}

/// What was live when a version was made; rows of older programs do not say it.
fn made_over(version: &PolicyVersion) -> i64 {
    version.made_over.unwrap_or_else(|| version.version.saturating_sub(1))
}

async fn versions(
    desk: &Desk,
    numbers: Vec<i64>,
) -> Result<BTreeMap<i64, PolicyVersion>, HttpResponse> {
    if numbers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let read = desk.reader().policies_of(desk.profile.id().clone(), numbers).await;
    let read = read.map_err(|error| desk.not_now(&error.into()))?;
    Ok(read.into_iter().map(|row| (row.version, row)).collect())
}

/// What a row tells beside who, what and whom: names and values, one level deep, by their names.
fn facts(detail: &str) -> Vec<(String, String)> {
    let Ok(Value::Object(detail)) = serde_json::from_str(detail) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in detail {
        match value {
            Value::Null => {}
            Value::Object(parts) => {
                let told = parts.into_iter().filter(|(_, value)| !value.is_null());
                found.extend(told.map(|(part, value)| (format!("{name}.{part}"), plain(&value))));
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                found.push((name, plain(&value)));
            }
        }
    }
    found.sort();
    found
}

/// The page, below the tenant's console, of what a part of a fact names.
fn place_of(action: &str, name: &str, value: &str) -> Option<String> {
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if value.is_empty() || !value.chars().all(sound) {
        return None;
    }
    let below = match (action.split('.').next()?, name) {
        ("policy", "version") => "/policy/versions",
        ("request", "reference") => "/inbox",
        ("campaign", "campaign") => "/attacks",
        ("webhook_endpoint", "id") if action != "webhook_endpoint.deleted" => "/webhooks",
        _ => return None,
    };
    Some(format!("{below}/{value}"))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_page_is_linked_and_nothing_else() {
        for (action, name, value, place) in [
            ("policy.saved", "version", "13", Some("/policy/versions/13")),
            ("campaign.undone", "campaign", "cmp_2a", Some("/attacks/cmp_2a")),
            ("request.closed", "reference", "LK-7F3A-22QM", Some("/inbox/LK-7F3A-22QM")),
            ("webhook_endpoint.updated", "id", "ep_1", Some("/webhooks/ep_1")),
            ("webhook_endpoint.deleted", "id", "ep_1", None),
            ("policy.saved", "reason", "13", None),
            ("policy.saved", "version", "1/../../x", None),
            ("request.closed", "reference", "", None),
        ] {
            assert_eq!(place_of(action, name, value).as_deref(), place, "{action} {name}");
        }
    }

    #[test]
    fn a_rows_facts_are_names_and_values() {
        let detail =
            r#"{"reason":"why","lock":{"until":5,"kind":null},"changed":["a","b"],"no":null}"#;
        let found = facts(detail);
        let expected = [("changed", "a, b"), ("lock.until", "5"), ("reason", "why")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found, expected);
        assert_eq!(facts("no JSON"), []);
    }
}
