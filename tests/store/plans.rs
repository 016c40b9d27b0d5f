//! How the databases look for rows: along an index wherever there is one for the question. Without
//! figures about the tables SQLite takes ten rows for all that a tenant has, and reads a whole tenant;
//! PostgreSQL keeps a plan that it made while a table was empty.

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::store::connection::Db;
use lockkeeper::store::locks::sql;

use super::bench::Home;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

pub(super) fn lines(db: &mut Db, query: &str) -> Vec<String> {
    sql_query(query).load(db).unwrap().into_iter().map(|Line { line }| line).collect()
}

/// SQLite's own words on how it answers.
pub(super) fn plan(db: &mut Db, query: &str) -> String {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(db).unwrap();
    steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("; ")
}

/// Whether all rows of a tenant are visited.
fn reads_a_tenant(plan: &str) -> bool {
    plan.contains("(tenant_id=?)") || plan.contains("SCAN")
}

#[test]
fn what_an_index_is_for_is_looked_for_along_an_index() {
    let home = Home::sqlite();
    let mut db = home.url().open_writer().unwrap();
    let indexes = lines(
        &mut db,
        // An index of some rows is of use where the question says which, word for word.
        "SELECT name || ' ' || tbl_name || ' ' || CASE WHEN instr(sql, 'WHERE ') > 0 \
         THEN 'AND ' || substr(sql, instr(sql, 'WHERE ') + 6) ELSE '' END AS line \
         FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
    );
    assert!(indexes.len() > 15, "{indexes:?}");
    let mut questions: Vec<String> = indexes
        .iter()
        .map(|found| {
            let mut words = found.splitn(3, ' ');
            let (name, table) = (words.next().unwrap(), words.next().unwrap());
            let more = words.next().unwrap();
            let columns =
                lines(&mut db, &format!("SELECT name AS line FROM pragma_index_info('{name}')"));
            // The first that says more than whose row it is.
            let known = 1 + columns.iter().position(|column| column != "tenant_id").unwrap();
            let all: Vec<_> =
                columns[..known].iter().map(|column| format!("{column} = ?")).collect();
            format!("SELECT * FROM {table} WHERE {} {more}", all.join(" AND "))
        })
        .collect();
    for whose in ["client_id", "user_id"] {
        questions.push(format!(
            "SELECT id FROM sessions WHERE tenant_id = ? AND {whose} = ? \
             AND status IN ('active', 'pending') ORDER BY id"
        ));
    }
    // As the overview of the console asks.
    for (index, end) in [
        (
            "subjects_by_lock",
            "lock_until IS NOT NULL AND NOT (subjects.phantom) AND lock_until > ?",
        ),
        ("subjects_by_staff_lock", "staff_until IS NOT NULL AND staff_until > ?"),
    ] {
        let column = end.split(' ').next().unwrap();
        let question = format!(
            "SELECT subject FROM subjects WHERE tenant_id = ? AND {end} \
             ORDER BY {column}, subject LIMIT 1001"
        );
        let plan = plan(&mut db, &question);
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{question}: {plan}");
    }
    for (index, question) in console_lists() {
        let plan = plan(&mut db, &question);
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{question}: {plan}");
        assert!(!reads_a_tenant(&plan), "{question}: {plan}");
    }
    for question in questions {
        let plan = plan(&mut db, &question);
        assert!(!reads_a_tenant(&plan), "{question}: {plan}");
    }
}

/// What the lists of the console ask, and the index that each is for.
fn console_lists() -> Vec<(&'static str, String)> {
    let accounts = |more: &str| [sql::BY_POLICY, more, sql::IN_ORDER].concat();
    vec![
        ("subjects_by_lock", accounts(sql::AND_NOT_BY_STAFF)),
        ("subjects_by_lock", accounts(sql::AND_AUTOMATIC)),
        ("subjects_by_long_run", accounts(sql::AND_LONG_RUN)),
        (
            "subjects_by_staff_lock",
            [sql::BY_STAFF, sql::AND_NOT_BY_POLICY, sql::STAFF_IN_ORDER].concat(),
        ),
        ("sources_by_lock", sql::BY_SOURCE.to_owned()),
        (
            "audit_by_user",
            "SELECT * FROM audit WHERE tenant_id = ? AND user_id IS NOT NULL AND user_id = ? \
             ORDER BY id DESC LIMIT 100"
                .to_owned(),
        ),
        (
            "audit_by_user",
            "SELECT * FROM audit WHERE tenant_id = ? AND user_id IS NOT NULL AND user_id = ? \
             AND id >= ? AND id < ? ORDER BY id DESC LIMIT 101"
                .to_owned(),
        ),
        (
            "audit_by_user",
            "SELECT * FROM audit WHERE tenant_id = ? AND user_id IS NOT NULL AND user_id = ? \
             AND id >= ? ORDER BY id LIMIT 101"
                .to_owned(),
        ),
        (
            "refusals_by_subject",
            "SELECT * FROM refusals WHERE tenant_id = ? AND subject = ? \
             ORDER BY minute DESC, source DESC LIMIT 500"
                .to_owned(),
        ),
        (
            "refusals_by_subject",
            "SELECT * FROM refusals WHERE tenant_id = ? AND subject = ? \
             AND minute BETWEEN ? AND ? ORDER BY minute DESC, source DESC LIMIT 2001"
                .to_owned(),
        ),
        (
            "outbox_by_subject",
            "SELECT * FROM outbox WHERE tenant_id = ? AND kind = ? AND status <> ? \
             AND subject = ? AND created_at >= ? AND created_at <= ? \
             ORDER BY created_at DESC LIMIT 101"
                .to_owned(),
        ),
        (
            "PRIMARY KEY",
            "SELECT * FROM team WHERE tenant_id = ? AND staff_id > ? ORDER BY staff_id LIMIT 26"
                .to_owned(),
        ),
        (
            "invites_by_time",
            "SELECT * FROM invites WHERE tenant_id = ? AND created_at > ? \
             ORDER BY created_at DESC LIMIT 60"
                .to_owned(),
        ),
        (
            "lock_stories_by_time",
            "SELECT * FROM lock_stories WHERE tenant_id = ? AND locked_at >= ? \
             ORDER BY locked_at DESC LIMIT 20000"
                .to_owned(),
        ),
        (
            "lock_stories_kept_out",
            "SELECT locked_at FROM lock_stories WHERE tenant_id = ? AND lock_stories.kept_out \
             AND locked_at >= ? ORDER BY locked_at DESC LIMIT 10000"
                .to_owned(),
        ),
        (
            "lock_stories_to_judge",
            "SELECT user_id FROM lock_stories WHERE tenant_id = ? AND judge_at IS NOT NULL \
             AND judge_at <= ? ORDER BY judge_at LIMIT 50"
                .to_owned(),
        ),
        (
            "users_by_age",
            "SELECT * FROM users WHERE tenant_id = ? AND created_at <= ? \
             AND (created_at < ? OR id < ?) ORDER BY created_at DESC, id DESC LIMIT 51"
                .to_owned(),
        ),
        (
            "users_banned",
            "SELECT * FROM users WHERE tenant_id = ? AND users.banned AND created_at <= ? \
             AND (created_at < ? OR id < ?) ORDER BY created_at DESC, id DESC LIMIT 51"
                .to_owned(),
        ),
        (
            "campaign_locks_by_user",
            "SELECT campaign_id, since FROM campaign_locks WHERE tenant_id = ? AND user_id = ? \
             AND since <= ? ORDER BY since DESC LIMIT 50"
                .to_owned(),
        ),
        (
            "identifications_by_key",
            "SELECT canonical_key, user_id FROM identifications WHERE tenant_id = ? \
             AND canonical_key >= ? AND canonical_key < ? AND canonical_key > ? \
             ORDER BY canonical_key LIMIT 1000"
                .to_owned(),
        ),
    ]
}

#[test]
fn the_lists_of_the_console_are_read_along_an_index_in_their_order() {
    let home = Home::sqlite();
    let mut db = home.url().open_writer().unwrap();
    for (index, question) in console_walks() {
        let plan = plan(&mut db, &question);
        let sorted = plan.contains("TEMP B-TREE");
        assert!(plan.contains(index) && !plan.contains("SCAN") && !sorted, "{question}: {plan}");
    }
}

/// As `store::audit_lists`, `audit_seals`, `api_keys`, `webhook_deliveries`, `mail_fates`, `recorded`,
/// `lockout_policy` and `campaigns` ask, and the index that each is for.
fn console_walks() -> Vec<(&'static str, String)> {
    let people = "actor <> 'attempt'";
    let user = "user_id = ? AND user_id IS NOT NULL";
    let log = |filter: &str| {
        format!("audit WHERE tenant_id = ? AND {filter} AND id >= ? AND id < ? ORDER BY id DESC")
    };
    let ends = "webhook_deliveries WHERE tenant_id = ? AND endpoint_id = ? AND status = ?";
    let walks = [
        ("audit_by_people", log(people)),
        ("audit_by_actor", log("actor = 'attempt'")),
        ("audit_by_action", log(&format!("{people} AND action = ?"))),
        ("audit_by_actor", log(&format!("actor = ? AND {people}"))),
        ("audit_by_user", log(&format!("{people} AND {user}"))),
        ("audit_by_user", log(&format!("{people} AND action = ? AND {user}"))),
        ("audit_unsealed", "audit WHERE tenant_id = ? AND seq IS NULL ORDER BY id".to_owned()),
        (
            "audit_unsealed",
            "audit WHERE seq IS NULL AND tenant_id > ? ORDER BY tenant_id".to_owned(),
        ),
        (
            "audit_by_seq",
            "audit WHERE tenant_id = ? AND seq IS NOT NULL AND seq > ? ORDER BY seq".to_owned(),
        ),
        ("audit_by_actor", "audit WHERE tenant_id = ? AND actor > ? ORDER BY actor".to_owned()),
        (
            "audit_by_action",
            format!("audit WHERE tenant_id = ? AND {people} AND action > ? ORDER BY action"),
        ),
        ("webhook_deliveries_by_end", format!("{ends} AND message < ? ORDER BY message DESC")),
        (
            "PRIMARY KEY",
            "webhook_deliveries WHERE tenant_id = ? AND endpoint_id = ? AND message < ? \
             ORDER BY message DESC"
                .to_owned(),
        ),
        (
            "PRIMARY KEY",
            "policies WHERE tenant_id = ? AND version < ? ORDER BY version DESC".to_owned(),
        ),
        (
            "outbox_waiting",
            "outbox WHERE tenant_id = ? AND kind = 'mail' \
             AND (status = 'due' OR status = 'sending') AND id < ? ORDER BY id DESC"
                .to_owned(),
        ),
        (
            "identifications_undeliverable",
            "identifications WHERE tenant_id = ? AND undeliverable_since IS NOT NULL \
             AND undeliverable_since <= ? AND (undeliverable_since < ? \
             OR (undeliverable_since = ? AND id < ?)) ORDER BY undeliverable_since DESC, id DESC"
                .to_owned(),
        ),
        (
            "PRIMARY KEY",
            "attempts WHERE tenant_id = ? AND id >= ? AND id < ? ORDER BY id DESC".to_owned(),
        ),
        (
            "refusals_by_age",
            "refusals WHERE tenant_id = ? AND minute BETWEEN ? AND ? ORDER BY minute DESC"
                .to_owned(),
        ),
        (
            "campaigns_by_last",
            "campaigns WHERE tenant_id = ? AND last_at >= ? ORDER BY last_at DESC, id DESC"
                .to_owned(),
        ),
        (
            "campaigns_by_last",
            "campaigns WHERE tenant_id = ? AND last_at <= ? \
             AND (last_at < ? OR (last_at = ? AND id < ?)) ORDER BY last_at DESC, id DESC"
                .to_owned(),
        ),
        (
            "PRIMARY KEY",
            "campaign_locks WHERE tenant_id = ? AND campaign_id = ? ORDER BY user_id, since"
                .to_owned(),
        ),
    ];
    let whole = |(index, walk)| (index, format!("SELECT * FROM {walk} LIMIT 51"));
    walks.map(whole).into()
}

/// Right after the migrations no table has a row and nobody has counted any: what is prepared then
/// must serve a million rows.
#[cfg(feature = "postgres")]
#[test]
fn what_postgres_prepares_on_empty_tables_goes_along_an_index() {
    let home = Home::postgres();
    let mut db = home.url().open_writer().unwrap();
    let indexes = lines(
        &mut db,
        "SELECT i.indrelid::regclass || ' ' || string_agg(a.attname, ' ' ORDER BY place.at) || \
         CASE WHEN i.indpred IS NULL THEN '' \
         ELSE ' AND ' || pg_get_expr(i.indpred, i.indrelid) END AS line \
         FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int[]) WITH ORDINALITY AS place (key, at) \
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = place.key \
         JOIN pg_class c ON c.oid = i.indrelid \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '\\_\\_%' \
         GROUP BY i.indexrelid, i.indrelid, i.indpred",
    );
    assert!(indexes.len() > 30, "{indexes:?}");
    for (number, found) in indexes.iter().enumerate() {
        let (columns, more) = found.split_once(" AND ").unwrap_or((found, ""));
        let (table, columns) = columns.split_once(' ').unwrap();
        // Up to the first that says more than whose row it is.
        let names: Vec<_> = columns.split(' ').collect();
        let known = 1 + names.iter().position(|column| *column != "tenant_id").unwrap_or(0);
        let asked: Vec<_> = names[..known]
            .iter()
            .zip(1..)
            .map(|(column, place)| format!("{column} = ${place}"))
            .chain((!more.is_empty()).then(|| more.to_owned()))
            .collect();
        let question = format!("SELECT * FROM {table} WHERE {}", asked.join(" AND "));
        sql_query(format!("PREPARE q{number} AS {question}")).execute(&mut db).unwrap();
        let nothing = vec!["NULL"; known].join(", ");
        let plan = explained(&mut db, &format!("EXPLAIN EXECUTE q{number} ({nothing})"));
        assert!(plan.contains("Index") && !plan.contains("Seq Scan"), "{question}: {plan}");
    }
}

/// The same lists on PostgreSQL, prepared on empty tables as the program does.
#[cfg(feature = "postgres")]
#[test]
fn the_lists_of_the_console_are_read_along_an_index_on_postgres_too() {
    let home = Home::postgres();
    let mut db = home.url().open_writer().unwrap();
    let questions = console_lists().into_iter().chain(console_walks());
    let mut astray = Vec::new();
    for (number, (index, question)) in questions.enumerate() {
        let (question, places) = numbered(&question);
        sql_query(format!("PREPARE list{number} AS {question}")).execute(&mut db).unwrap();
        let nothing = vec!["NULL"; places].join(", ");
        let plan = explained(&mut db, &format!("EXPLAIN EXECUTE list{number} ({nothing})"));
        // Which of two indexes serves better is told by figures, of which an empty table has none.
        let along = match index {
            "PRIMARY KEY" if question.contains("FROM webhook_deliveries") => {
                "using webhook_deliveries_"
            }
            "PRIMARY KEY" => "_pkey",
            several if several.starts_with("audit_by_") => "using audit_by_",
            index => index,
        };
        if !plan.contains(along) || plan.contains("Sort") || plan.contains("Seq Scan") {
            astray.push(format!("{question}: {plan}"));
        }
    }
    assert!(astray.is_empty(), "{}", astray.join("\n"));
}

/// A question with its places in PostgreSQL's words, and how many it has.
#[cfg(feature = "postgres")]
fn numbered(question: &str) -> (String, usize) {
    let mut question = question.to_owned();
    let mut places = 1;
    while question.contains('?') {
        question = question.replacen('?', &format!("${places}"), 1);
        places += 1;
    }
    let places = (1..10).filter(|place| question.contains(&format!("${place}"))).count();
    (question, places)
}

/// PostgreSQL's own words on how it answers.
#[cfg(feature = "postgres")]
pub(super) fn explained(db: &mut Db, query: &str) -> String {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
        step: String,
    }
    let steps: Vec<Step> = sql_query(query).load(db).unwrap();
    steps.into_iter().map(|Step { step }| step).collect::<Vec<_>>().join("; ")
}
