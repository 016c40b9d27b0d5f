//! What the program asked while its tests ran, judged by how each database would look for it: along an
//! index that says more than whose row it is, and in the order of that index. Knows no table but those
//! that are named below, each with the reason.

use std::collections::HashSet;

#[cfg(feature = "postgres")]
use diesel::connection::SimpleConnection;
use lockkeeper::store::connection::Db;

use super::bench::Home;
#[cfg(feature = "postgres")]
use super::plans::explained;
use super::plans::{lines, plan};
use crate::harness::home::again_on_sqlite;

/// Tables of which a tenant has few rows, whatever it has of users and tries.
const FEW: [(&str, &str); 9] = [
    ("alert_mutes", "one for each of the team who wants quiet"),
    ("api_keys", "a tenant may have a hundred"),
    ("canned_replies", "a tenant may have two hundred"),
    ("shadow_days", "one for each day of one draft"),
    ("signing_keys", "of the house, a new one now and then"),
    ("tallies", "one for each tenant"),
    ("team", "people, listed page by page"),
    ("user_import_faults", "what one file is faulted for is cut"),
    ("webhook_endpoints", "a tenant may have a few"),
];

/// Statements that read more, by words of theirs.
const KNOWN: [(&str, &str); 13] = [
    (" OFFSET ", "a page of Clerk's API, in any order and by any filter"),
    ("SELECT COUNT(*) FROM users ", "Clerk's API has the exact number, by any filter"),
    ("SELECT COUNT(*) FROM clients ", "as for users"),
    ("FROM __diesel_schema_migrations", "as many as there are migrations"),
    ("FROM pragma_", "settings of a connection"),
    ("FROM mailbox ", "the mailbox of a demo"),
    ("FROM tenants ORDER BY tenants.id LIMIT", "a walk over all tenants, page by page"),
    ("FROM mail_settings WHERE (mail_settings.sealed IS NOT NULL)", "once, when a node starts"),
    ("FROM alerts WHERE (alerts.closed_at IS NULL) LIMIT", "an index of nothing else"),
    ("ORDER BY outbox.claimed_until", "mails that are being sent, as many as there are couriers"),
    ("FROM (lanes LEFT OUTER JOIN users ", "the devices of a page of users that are exported"),
    ("FROM traffic ", "at most 41 lines for each ten minutes; sums, not a list"),
    ("WITH RECURSIVE back ", "follows so many links, and sorts those"),
];

/// As databases' words alike: no quotes.
fn bare(statement: &str) -> String {
    statement.replace(['"', '`'], "")
}

fn is_known(statement: &str) -> bool {
    // A list of nothing was asked for.
    let nothing = statement.contains("1=0");
    // Behind a cursor a page of the API is found along the index.
    let cursor = ["created_at >= ", "created_at <= "].iter().any(|part| statement.contains(part));
    nothing || (!cursor && KNOWN.iter().any(|(words, _)| statement.contains(words)))
}

/// The tables of SQLite's database, those with a row for each tenant, and the indexes of some rows.
struct Schema {
    tables: HashSet<String>,
    one_a_tenant: HashSet<String>,
    partial: HashSet<String>,
}

impl Schema {
    fn of(db: &mut Db) -> Self {
        let named = |rows: Vec<String>| rows.into_iter().collect();
        let tables = "SELECT name AS line FROM sqlite_schema WHERE type = 'table'";
        let one_a_tenant = "SELECT t.name AS line FROM sqlite_schema t \
             JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.pk > 0 \
             GROUP BY t.name HAVING count(*) = 1 AND min(c.name) = 'tenant_id'";
        let partial = "SELECT name AS line FROM sqlite_schema WHERE type = 'index' \
             AND instr(sql, ' WHERE ') > 0";
        Self {
            tables: named(lines(db, tables)),
            one_a_tenant: named(lines(db, one_a_tenant)),
            partial: named(lines(db, partial)),
        }
    }

    /// What is wrong with a step of a plan, if anything.
    fn fault(&self, statement: &str, step: &str) -> Option<&'static str> {
        let words: Vec<&str> = step.split(' ').collect();
        let (deed, table) = (words.first()?, words.get(1).copied().unwrap_or_default());
        let few = FEW.iter().any(|(name, _)| *name == table) || self.one_a_tenant.contains(table);
        match *deed {
            "SCAN" if self.tables.contains(table) => Some("reads a whole table"),
            "SEARCH" if step.contains("(tenant_id=?)") && !few => {
                // A page in the order of the index, without a filter that the index does not have.
                let page = statement.contains(" ORDER BY ") && statement.contains(" LIMIT ");
                let filter = statement.split(" WHERE ").nth(1).unwrap_or_default();
                let only = !filter.contains(" AND ")
                    || words.iter().any(|word| self.partial.contains(*word));
                (!page || !only).then_some("reads a whole tenant")
            }
            _ => None,
        }
    }
}

/// What one person or client has of something is sorted when it is asked for: it is little.
fn of_one(plan: &str) -> bool {
    let one = ["user_id", "subject", "client_id"];
    let first = plan.split("; ").find(|step| step.starts_with("SEARCH ")).unwrap_or_default();
    one.iter().any(|column| first.contains(&format!("(tenant_id=? AND {column}=?")))
}

/// Statements that SQLite would look too long for, each with its plan.
fn astray_on_sqlite(statements: &[String]) -> Vec<String> {
    let home = Home::sqlite();
    let mut db = home.url().open_writer().unwrap();
    let schema = Schema::of(&mut db);
    let mut astray = Vec::new();
    for statement in statements.iter().map(|statement| bare(statement)) {
        if is_known(&statement) {
            continue;
        }
        let plan = plan(&mut db, &statement);
        let few = FEW.iter().any(|(name, _)| plan.contains(&format!("SEARCH {name} ")));
        let sorts = plan.contains("TEMP B-TREE") && !few && !of_one(&plan);
        let fault = plan.split("; ").find_map(|step| schema.fault(&statement, step));
        if let Some(fault) = fault.or(sorts.then_some("sorts")) {
            astray.push(format!("{fault}: {statement}\n    {plan}"));
        }
    }
    astray
}

/// The console walked through once more, by the tests of its pages: without those that need a browser,
/// and those of pages that list nothing. And the lists of the Backend API.
#[test]
fn what_is_asked_of_sqlite_goes_along_an_index() {
    let browsers = ["journeys::", "narrow::", "menu::", "locks_browser::"];
    let others =
        ["policy", "branding::", "door::", "me::", "mailed_payloads::", "weight::", "shadow::"];
    let left_out: Vec<_> =
        browsers.iter().chain(&others).map(|name| format!("console::{name}")).collect();
    let left_out: Vec<_> = left_out.iter().map(String::as_str).collect();
    let statements = again_on_sqlite(&["console::", "alerts::", "backend_api::lists::"], &left_out);
    assert!(statements.len() > 200, "{} statements", statements.len());
    let astray = astray_on_sqlite(&statements);
    assert!(astray.is_empty(), "{} of {}:\n{}", astray.len(), statements.len(), astray.join("\n"));
}

/// The judge knows what it is for.
#[test]
fn a_statement_that_reads_too_much_is_found() {
    for (statement, found) in [
        (
            "SELECT id FROM audit WHERE ((tenant_id = ?) AND (action = ?)) ORDER BY id DESC LIMIT ?",
            1,
        ),
        ("SELECT COUNT(*) FROM subjects WHERE ((tenant_id = ?) AND phantom)", 1),
        ("SELECT id FROM users WHERE (tenant_id = ?) ORDER BY updated_at LIMIT ?", 1),
        ("SELECT slug FROM tenants WHERE (name = ?)", 1),
        (
            "SELECT u.id FROM users u JOIN identifications i ON i.tenant_id = u.tenant_id \
             AND i.user_id = u.id WHERE u.tenant_id = ? AND u.created_at > ? ORDER BY i.value LIMIT ?",
            1,
        ),
        (
            "SELECT id FROM users WHERE ((tenant_id = ?) AND (created_at <= ?)) \
             ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
            0,
        ),
        ("SELECT id FROM users WHERE (tenant_id = ?) ORDER BY created_at, id LIMIT ?", 0),
        ("SELECT id FROM users WHERE ((tenant_id = ?) AND (id = ?))", 0),
    ] {
        assert_eq!(astray_on_sqlite(&[statement.to_owned()]).len(), found, "{statement}");
    }
}

/// PostgreSQL has no figures of empty tables, and takes one index for another there. What it says
/// nevertheless is whether there is an index at all.
#[cfg(feature = "postgres")]
pub(crate) fn assert_along_indexes_on_postgres(statements: &[String]) {
    let home = Home::postgres();
    let mut db = home.url().open_writer().unwrap();
    let mut astray = Vec::new();
    let ours = statements.iter().filter(|statement| {
        let bare = bare(statement);
        // Some tests have a file beside it.
        let of_sqlite = statement.contains(['`', '?']);
        !of_sqlite && !is_known(&bare) && bare.contains(" WHERE ")
    });
    for (number, statement) in ours.enumerate() {
        let (text, places) = typed(statement);
        let prepared = db.batch_execute(&format!("PREPARE asked{number} AS {text}"));
        prepared.unwrap_or_else(|error| panic!("{text}: {error}"));
        let nothing = vec!["NULL"; places].join(", ");
        let nothing = if places == 0 { nothing } else { format!("({nothing})") };
        let plan = explained(&mut db, &format!("EXPLAIN EXECUTE asked{number} {nothing}"));
        if plan.contains("Seq Scan") {
            astray.push(format!("{text}\n    {plan}"));
        }
    }
    assert!(astray.is_empty(), "{} of {}:\n{}", astray.len(), statements.len(), astray.join("\n"));
}

/// The keys that come in lists are texts, which their statement does not say; and how many places it has.
#[cfg(feature = "postgres")]
fn typed(statement: &str) -> (String, usize) {
    let mut parts = statement.split("unnest(");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (keys, rest) = part.split_once(')').unwrap();
        let keys: Vec<_> = keys.split(", ").map(|key| format!("{key}::text[]")).collect();
        text = format!("{text}unnest({}){rest}", keys.join(", "));
    }
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_digit());
    let places = (1..=60).filter(|place| text.split(&format!("${place}")).skip(1).any(ends));
    let places = places.count();
    (text, places)
}
