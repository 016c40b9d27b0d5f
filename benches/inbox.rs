//! The inbox of a tenant with 10,000 open requests and 100,000 closed ones, against that of a tenant
//! with 100 open ones in the same database: the 99th percentile of each list of the desk is compared.
//!
//! SQLite makes its file in the working directory; PostgreSQL is started as the tests start it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use diesel::RunQueryDsl;
use lockkeeper::model::meter::NoMeter;
use lockkeeper::model::{Millis, TenantId, UserId};
use lockkeeper::store::inbox::{InboxQuery, Search, View};
use lockkeeper::store::{DatabaseUrl, Reader, Store, StoreSettings};
use tokio::runtime::Runtime;

use crate::console_lists::Still;
use crate::generate;
use crate::stats::percentile;

const LARGE: &str = "ins_inboxlarge";
const SMALL: &str = "ins_inboxsmall";
/// Looks at each list of each inbox, in turns.
const LOOKS: usize = 2_000;
/// The bound of the issue on the way back in.
const BOUND: f64 = 2.0;
const STAFF: &str = "user_agent";

type List = (&'static str, fn() -> View, Option<&'static str>);

const LISTS: [List; 4] = [
    ("open requests", || View::Open, None),
    ("mine", || View::Mine(staff()), None),
    ("open requests with a word", || View::Open, Some("phone")),
    ("of one person", || View::Open, Some("p7")),
];

fn staff() -> UserId {
    UserId::from_stored(STAFF.to_owned())
}

/// Requests numbered from `first`, of which one in seven is somebody's.
fn fill(url: &DatabaseUrl, tenant: &str, queue: &str, first: u32, count: u32) {
    let mut db = url.open_writer().unwrap();
    let last = first + count - 1;
    let numbers =
        format!("n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})");
    let status = if queue == "open" { "new" } else { "closed" };
    db.begin_write().unwrap();
    for sql in [
        format!(
            "INSERT INTO contact_requests (tenant_id, id, reference, status, identifier, \
             canonical_key, name, subject, message, source, created_at, updated_at, queue, due_at, \
             assignee) WITH RECURSIVE {numbers} SELECT '{tenant}', 'req_' || (1000000 + i), \
             'LK-' || i, '{status}', 'p' || i, 'p' || i, 'Name', 'Subject', 'Help me', \
             'source' || i, i, i, '{queue}', i, CASE WHEN i % 7 = 0 THEN '{STAFF}' END FROM n"
        ),
        format!(
            "INSERT INTO request_words (tenant_id, word, request_id) WITH RECURSIVE {numbers} \
             SELECT '{tenant}', 'phone', 'req_' || (1000000 + i) FROM n"
        ),
    ] {
        diesel::sql_query(sql).execute(&mut db).unwrap();
    }
    db.commit().unwrap();
    if !url.is_sqlite() {
        diesel::sql_query("ANALYZE").execute(&mut db).unwrap();
    }
}

/// Milliseconds until the first page is read.
async fn look(reader: &Reader, tenant: &str, list: &List) -> f64 {
    let (_, view, word) = list;
    let search =
        word.map(|word| Search { words: BTreeSet::from([word.to_owned()]), ..Search::default() });
    let tenant = TenantId::from_stored(tenant.to_owned());
    let now = Millis(1);
    let query = InboxQuery { tenant, view: view(), search, wave: None, after: None, now };
    let begin = Instant::now();
    reader.inbox(query, staff()).await.unwrap();
    begin.elapsed().as_secs_f64() * 1_000.0
}

fn compare(what: &str, url: &str, runtime: &Runtime) {
    let url: DatabaseUrl = url.parse().unwrap();
    drop(generate::open(&url));
    fill(&url, LARGE, "open", 1, 10_000);
    fill(&url, LARGE, "closed", 20_001, 100_000);
    fill(&url, SMALL, "open", 1, 100);
    let settings =
        StoreSettings { url, readers: 2, writers: 1, node: "bench".to_owned(), phantom_cap: 1 };
    let clock = Arc::new(Still(generate::NOW));
    let store = Store::open(settings, runtime.handle().clone(), clock, Arc::new(NoMeter)).unwrap();
    let reader = store.reader();
    for list in &LISTS {
        let (mut few, mut many) = (Vec::new(), Vec::new());
        runtime.block_on(async {
            // The first looks fill caches.
            for number in 0..LOOKS + LOOKS / 10 {
                let times = (look(&reader, SMALL, list).await, look(&reader, LARGE, list).await);
                if number >= LOOKS / 10 {
                    few.push(times.0);
                    many.push(times.1);
                }
            }
        });
        let (few, many) = (percentile(few, 0.99), percentile(many, 0.99));
        println!(
            "{what}, {}: p99 {few:.2} ms of 100 and {many:.2} ms of 10,000 beside 100,000 closed, \
             ratio {:.2} (bound {BOUND})",
            list.0,
            many / few
        );
    }
}

pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let dir = tempfile::tempdir_in(".").unwrap();
    let file = format!("sqlite:{}", dir.path().join("inbox.db").display());
    compare("SQLite", &file, &runtime);
    #[cfg(feature = "postgres")]
    {
        let database = crate::postgres::empty();
        compare("PostgreSQL", database.url(), &runtime);
    }
}
