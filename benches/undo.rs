//! One press that undoes a campaign of 5,000 locks: how long it takes, and how many unlocks a second are
//! written. Nine in ten of the locks stand and are the campaign's own; each is judged and ended in a
//! commit that is synced, as a lone unlock is.
//!
//! SQLite makes its file in the working directory; PostgreSQL is started as the tests start it.

use diesel::RunQueryDsl;
use lockkeeper::store::DatabaseUrl;

use crate::generate::{self, Crowd};
use crate::server::Server;

const CROWD: Crowd = Crowd { users: 10_000, locks: 10_000, attempts: 10_000 };

fn press(what: &str, url: &str) {
    let database: DatabaseUrl = url.parse().unwrap();
    let mut db = generate::open(&database);
    generate::crowd(&mut db, CROWD);
    let (since, newest) = (generate::NOW.0 - 1_000, generate::campaign_id(CROWD.locks - 1));
    // The locks of the lists end a hundred days after all was made; these stand.
    for sql in [
        format!("UPDATE subjects SET lock_until = {} WHERE lock_kind IS NOT NULL", i64::MAX),
        format!("UPDATE subjects SET staff_until = {} WHERE staff_since IS NOT NULL", i64::MAX),
        format!("UPDATE campaign_locks SET since = {since} WHERE campaign_id = '{newest}'"),
    ] {
        diesel::sql_query(sql).execute(&mut db).unwrap();
    }
    drop(db);
    let mut server = Server::start(url);
    println!("{what}: {}", server.ask(&format!("undo {} {newest}", generate::slug(0))));
}

pub(crate) fn run() {
    let dir = tempfile::tempdir_in(".").unwrap();
    press("SQLite", &format!("sqlite:{}", dir.path().join("undo.db").display()));
    #[cfg(feature = "postgres")]
    {
        let database = crate::postgres::empty();
        press("PostgreSQL", database.url());
    }
}
