//! Fills a database with many tenants, users and mails by plain bulk SQL, the same on SQLite and
//! PostgreSQL: what is measured is how the program lives with them, not how they came.

use diesel::RunQueryDsl;
use lockkeeper::lockout::{Policy, PolicyDocument, Preset};
use lockkeeper::store::connection::Db;
use lockkeeper::store::{DatabaseUrl, migrations};

/// 2026-01-01 in Unix milliseconds: when all of it was made.
const MADE: i64 = 1_767_225_600_000;

/// The slug of the tenant that locks at the first failure.
pub(crate) const LOCKING: &str = "locking";

/// Brings the schema up to date and opens a connection that may write.
pub(crate) fn open(url: &DatabaseUrl) -> Db {
    migrations::migrate(url).unwrap();
    url.open_writer().unwrap()
}

/// A row for each `i` from 0 to `count`: `insert` begins with `INSERT INTO`, and `i` and `pad` (seven
/// digits) are there to be named.
fn rows(db: &mut Db, count: u32, insert: &str) {
    if count == 0 {
        return;
    }
    let (into, select) = insert.split_once("SELECT").unwrap();
    let last = count - 1;
    let sql = format!(
        "{into} WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < {last}), \
         padded AS (SELECT i, substr('0000000' || CAST(i AS text), length(CAST(i AS text)) + 1) AS pad FROM numbers) \
         SELECT {select} FROM padded"
    );
    diesel::sql_query(sql).execute(db).unwrap();
}

/// The slug of tenant `i`.
pub(crate) fn slug(i: u32) -> String {
    format!("t{i:07}")
}

/// Tenants 0 to `count` whose failures count and never lock, and one that locks at once.
pub(crate) fn tenants(db: &mut Db, count: u32) {
    db.begin_write().unwrap();
    let never = Policy { max_attempts: 1000, long_run_limit: 0, ..Preset::Balanced.policy() };
    tenants_of(db, count, "'ins_tenant' || pad", "'t' || pad", &never);
    let at_once = Policy { max_attempts: 1, ..Preset::Balanced.policy() };
    tenants_of(db, 1, "'ins_locking'", &format!("'{LOCKING}'"), &at_once);
    db.commit().unwrap();
    settle_down(db);
}

fn tenants_of(db: &mut Db, count: u32, id: &str, slug: &str, policy: &Policy) {
    let insert = format!(
        "INSERT INTO tenants (id, slug, name, live, revealing, single_session, redirect_urls, \
         allowed_origins, policy_version, created_at, updated_at) \
         SELECT {id}, {slug}, 'Tenant', true, false, true, '[]', '[]', 1, {MADE}, {MADE}"
    );
    rows(db, count, &insert);
    let document = PolicyDocument::of(policy).to_json();
    let insert = format!(
        "INSERT INTO policies (tenant_id, version, document, author, reason, created_at) \
         SELECT {id}, 1, '{document}', 'bench', 'bench', {MADE}"
    );
    rows(db, count, &insert);
    let insert = format!(
        "INSERT INTO api_keys (tenant_id, key_hash, hint, created_at) \
         SELECT {id}, 'hash of ' || pad || {id}, 'sk_live_', {MADE}"
    );
    rows(db, count, &insert);
}

/// Users 0 to `count` of tenant 0, each with an address and a row of failures.
pub(crate) fn subjects(db: &mut Db, count: u32) {
    db.begin_write().unwrap();
    let tenant = "'ins_tenant0000000'";
    let insert = format!(
        "INSERT INTO users (tenant_id, id, password_hash, credential_version, banned, \
         public_metadata, private_metadata, unsafe_metadata, created_at, updated_at) \
         SELECT {tenant}, 'user_' || pad, \
         '$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyAhIQ$c2l4dGVlbiBieXRlcyAhIXNpeHRlZW4gYnl0ZXMgISE', \
         1, false, '{{}}', '{{}}', '{{}}', {MADE} + i, {MADE} + i"
    );
    rows(db, count, &insert);
    let insert = format!(
        "INSERT INTO identifications (tenant_id, id, user_id, kind, value, canonical_key, verified, \
         created_at, updated_at) \
         SELECT {tenant}, 'idn_' || pad, 'user_' || pad, 'email_address', pad || '@acme.test', \
         pad || '@acme.test', true, {MADE}, {MADE}"
    );
    rows(db, count, &insert);
    let insert = format!(
        "INSERT INTO subjects (tenant_id, subject, phantom, last_instant, count, deadline, \
         ladder_base, lock_spent, long_run, episode, episode_open, hot_sources, presses, \
         public_serial, all_serial, era_count, era_step, era_lock, lanes_era) \
         SELECT {tenant}, 'user_' || pad, false, {MADE}, 3, {MADE} + 86400000, \
         0, false, 3, 0, false, 0, 0, 0, 0, 0, 0, 0, 0"
    );
    rows(db, count, &insert);
    db.commit().unwrap();
    settle_down(db);
}

/// Mails of tenant 0: half of them sent, half waiting until `due`.
pub(crate) fn outbox(db: &mut Db, count: u32, due: i64) {
    db.begin_write().unwrap();
    let insert = format!(
        "INSERT INTO outbox (tenant_id, id, kind, topic, status, payload, created_at, due_at, tries) \
         SELECT 'ins_tenant0000000', 'out_' || pad, 'mail', 'unlock', \
         CASE WHEN i % 2 = 0 THEN 'sent' ELSE 'due' END, '{{}}', {MADE} + i, {due} + i, 1"
    );
    rows(db, count, &insert);
    db.commit().unwrap();
    settle_down(db);
}

/// SQLite: the log goes into the file, so that nobody has to read it at the next start.
fn settle_down(db: &mut Db) {
    if matches!(db, Db::Sqlite(_)) {
        diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").execute(db).unwrap();
    }
}
