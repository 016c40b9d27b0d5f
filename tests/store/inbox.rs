//! The inbox's questions beside ten thousand open requests and a hundred thousand closed ones. How long
//! they take is measured in `benches/inbox.rs`.

use std::collections::BTreeSet;

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::model::*;
use lockkeeper::store::inbox::{InboxPage, InboxQuery, Search, View};

use super::bench::Bench;

on_both!(ten_thousand_open_and_a_hundred_thousand_closed_go_along_an_index);

/// Adds requests that are numbered from `first` on, of which one in seven is somebody's.
fn fill(bench: &Bench, status: &str, queue: &str, first: i64, count: i64) {
    let tenant = &bench.tenant;
    let mut db = bench.url.open_writer().unwrap();
    let last = first + count - 1;
    let numbers =
        format!("n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})");
    sql_query(format!(
        "INSERT INTO contact_requests (tenant_id, id, reference, status, identifier, canonical_key, \
         name, subject, message, source, created_at, updated_at, queue, due_at, assignee) \
         WITH RECURSIVE {numbers} SELECT '{tenant}', 'req_' || (1000000 + i), 'LK-' || i, '{status}', \
         'p' || i, 'p' || i, 'Name', 'Subject', 'Help me', 'source' || i, i, i, '{queue}', i, \
         CASE WHEN i % 7 = 0 THEN 'user_agent' END FROM n"
    ))
    .execute(&mut db)
    .unwrap();
    sql_query(format!(
        "INSERT INTO request_words (tenant_id, word, request_id) \
         WITH RECURSIVE {numbers} SELECT '{tenant}', 'phone', 'req_' || (1000000 + i) FROM n"
    ))
    .execute(&mut db)
    .unwrap();
}

fn asked(tenant: &TenantId, view: View, word: Option<&str>) -> InboxQuery {
    let search =
        word.map(|word| Search { words: BTreeSet::from([word.to_owned()]), ..Search::default() });
    InboxQuery { tenant: tenant.clone(), view, search, wave: None, after: None, now: Millis(1) }
}

fn staff() -> UserId {
    UserId::from_stored("user_agent".to_owned())
}

async fn found(bench: &Bench, view: View, word: Option<&str>) -> InboxPage {
    bench.reader.inbox(asked(&bench.tenant, view, word), staff()).await.unwrap()
}

async fn ten_thousand_open_and_a_hundred_thousand_closed_go_along_an_index(bench: Bench) {
    fill(&bench, "new", "open", 1, 10_000);
    fill(&bench, "closed", "closed", 20_001, 100_000);
    for question in QUESTIONS {
        let plan = plan(&bench, &question.replace("{T}", &format!("'{}'", bench.tenant)));
        // Ids are in the order of their filing.
        let along = ["contact_requests_by_", "PRIMARY KEY", "contact_requests_pkey"];
        let along = along.iter().any(|index| plan.contains(index));
        assert!(along && !reads_all(&plan), "{question}: {plan}");
    }
    let open = found(&bench, View::Open, None).await;
    assert_eq!((open.rows.len(), open.rows[0].request.due_at), (50, Millis(1)));
    let mine = found(&bench, View::Mine(staff()), None).await;
    assert_eq!(mine.rows[0].request.due_at, Millis(7));
    let closed = found(&bench, View::Closed, Some("phone")).await;
    assert_eq!((closed.rows.len(), closed.rows[0].request.due_at), (50, Millis(120_000)));
}

/// As the inbox asks; `{T}` stands for the tenant.
const QUESTIONS: [&str; 7] = [
    "SELECT * FROM contact_requests WHERE tenant_id = {T} AND queue = 'open' \
     ORDER BY due_at ASC, id ASC LIMIT 51",
    "SELECT * FROM contact_requests WHERE tenant_id = {T} AND queue = 'open' AND due_at >= 500 \
     AND (due_at > 500 OR id > 'req_1000500') ORDER BY due_at ASC, id ASC LIMIT 51",
    "SELECT * FROM contact_requests WHERE tenant_id = {T} AND queue = 'closed' AND due_at <= 50000 \
     AND (due_at < 50000 OR id < 'req_1050000') ORDER BY due_at DESC, id DESC LIMIT 51",
    "SELECT * FROM contact_requests WHERE tenant_id = {T} AND queue = 'open' \
     AND assignee = 'user_agent' ORDER BY due_at ASC, id ASC LIMIT 51",
    "SELECT * FROM contact_requests WHERE tenant_id = {T} AND queue = 'open' AND assignee IS NULL \
     ORDER BY due_at ASC, id ASC LIMIT 51",
    "SELECT * FROM contact_requests WHERE tenant_id = {T} AND canonical_key = 'p5' \
     ORDER BY created_at DESC LIMIT 500",
    // Of one attack.
    "SELECT * FROM contact_requests WHERE tenant_id = {T} AND id >= 'req_1000500' \
     AND queue = 'open' AND (lock_until IS NOT NULL OR origin = 'not_me') \
     ORDER BY id ASC LIMIT 51",
];

/// The database's own words on how it answers.
fn plan(bench: &Bench, question: &str) -> String {
    #[derive(QueryableByName)]
    struct Sqlite {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    #[derive(QueryableByName)]
    struct Postgres {
        #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
        step: String,
    }
    let mut db = bench.url.open_writer().unwrap();
    let steps: Vec<String> = if bench.url.is_sqlite() {
        let steps: Vec<Sqlite> =
            sql_query(format!("EXPLAIN QUERY PLAN {question}")).load(&mut db).unwrap();
        steps.into_iter().map(|step| step.detail).collect()
    } else {
        sql_query("ANALYZE contact_requests").execute(&mut db).unwrap();
        let steps: Vec<Postgres> = sql_query(format!("EXPLAIN {question}")).load(&mut db).unwrap();
        steps.into_iter().map(|step| step.step).collect()
    };
    steps.join("; ")
}

fn reads_all(plan: &str) -> bool {
    ["SCAN", "Seq Scan", "TEMP B-TREE", "(tenant_id=?)"].iter().any(|word| plan.contains(word))
}
