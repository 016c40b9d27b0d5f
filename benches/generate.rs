//! Fills a database with many tenants, users and mails by plain bulk SQL, the same on SQLite and
//! PostgreSQL: what is measured is how the program lives with them, not how they came.

use diesel::RunQueryDsl;
use lockkeeper::lockout::{Policy, PolicyDocument, Preset};
use lockkeeper::model::Millis;
use lockkeeper::store::connection::Db;
use lockkeeper::store::{DatabaseUrl, migrations};

/// 2026-01-01 in Unix milliseconds: when all of it was made.
const MADE: i64 = 1_767_225_600_000;

/// The slug of the tenant that locks at the first failure.
pub(crate) const LOCKING: &str = "locking";

/// The tenant that users, locks and mails are made in.
pub(crate) const TENANT: &str = "ins_tenant0000000";

/// Its endpoint that is told of events.
pub(crate) const ENDPOINT: &str = "ep_bench";

/// Staff who write its audit log, in turns.
pub(crate) const STAFF: u32 = 50;

/// When lists are looked at: every lock that is made here stands then.
pub(crate) const NOW: Millis = Millis(MADE + 100 * 86_400_000);

/// How much there is of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    pub users: u32,
    /// Of the first so many of them.
    pub locks: u32,
    /// Ten each, of the first so many.
    pub attempts: u32,
}

impl Crowd {
    /// Sums of refused tries: one for ten tries, and a full page in the small tenant, too.
    pub(crate) fn refused(self) -> u32 {
        (self.attempts / 10).max(A_PAGE_OF_REFUSED)
    }
}

/// The end of a campaign.
pub(crate) fn campaign_end(number: u32) -> Millis {
    Millis(MADE + i64::from(number) * 60_000)
}

/// More of them than the trail of a campaign reads.
const A_PAGE_OF_REFUSED: u32 = 10_000;

pub(crate) fn campaign_id(number: u32) -> String {
    format!("cmp_{number:07}")
}

/// Attempts of one user.
pub(crate) const EACH: u32 = 10;

/// Slots of ten minutes in a month, and the lines that each step of the picture of attacks may have.
const MONTH: u32 = 30 * 144;
const LINES: u32 = 41;
/// The steps that a month of sums is kept in: their length in slots, how many, and after how many slots.
const STEPS: [(u32, u32, u32); 3] = [(1, 150, 0), (6, 144, 150), (36, 92, 1_014)];

/// The minute of refused tries of that number: five sources a minute.
pub(crate) fn refused_minute(number: u32) -> i64 {
    MADE / 60_000 + i64::from(number / 5)
}

pub(crate) fn user_id(number: u32) -> String {
    format!("user_{number:07}")
}

pub(crate) fn made_at(number: u32) -> Millis {
    Millis(MADE + i64::from(number))
}

/// When the lock of that number ends, if it ends by itself.
pub(crate) fn lock_end(number: u32) -> i64 {
    NOW.0 + 60_000 + i64::from(number) * 1_000
}

/// A tenant with users, one in ten of whose locks is by staff and one in ten a long-run one (the small
/// tenant has a page of each kind, too), and with attempts that are chained as ours are.
pub(crate) fn crowd(db: &mut Db, of: Crowd) {
    tenants(db, 1);
    subjects(db, of.users);
    db.begin_write().unwrap();
    let (tenant, endless, locks, now) = (TENANT, i64::MAX, of.locks, NOW.0);
    let number = "CAST(substr(subject, 6) AS bigint)";
    let ends = format!("{now} + 60000 + {number} * 1000");
    let locked = format!("tenant_id = '{tenant}' AND {number} < {locks}");
    for set in [
        format!(
            "lock_kind = CASE WHEN {number} % 10 = 0 THEN 'long_run' ELSE 'automatic' END, \
             lock_since = {now} - 1000, \
             lock_until = CASE WHEN {number} % 10 = 0 THEN {endless} ELSE {ends} END \
             WHERE {locked} AND {number} % 10 <> 1"
        ),
        format!(
            "staff_since = {now} - 1000, staff_until = {ends} WHERE {locked} AND {number} % 10 = 1"
        ),
        format!(
            "last_attempt = 'att_' || substr(subject, 6, 7) || '9' \
             WHERE tenant_id = '{tenant}' AND {number} < {}",
            of.attempts / EACH
        ),
    ] {
        diesel::sql_query(format!("UPDATE subjects SET {set}")).execute(db).unwrap();
    }
    let insert = format!(
        "INSERT INTO attempts (tenant_id, id, at, subject, user_id, source, authenticator, outcome, \
         decision, repeated, lane, policy_version, node, count_after, lock_source_only, previous) \
         SELECT '{tenant}', 'att_0' || pad, {MADE} + i, 'user_0' || substr(pad, 1, 6), \
         'user_0' || substr(pad, 1, 6), '198.51.100.7', 'password', 'wrong', 'counted', false, \
         'public', 1, 'bench', i % 10 + 1, false, \
         CASE WHEN i % 10 = 0 THEN NULL ELSE 'att_0' || substr(pad, 1, 6) || CAST(i % 10 - 1 AS text) END"
    );
    rows(db, of.attempts, &insert);
    let insert = format!(
        "INSERT INTO audit (tenant_id, id, at, actor, action, subject, user_id, detail) \
         SELECT '{tenant}', 'adt_' || pad, {MADE} + i, 'attempt', 'user.locked', 'user_' || pad, \
         'user_' || pad, '{{}}'"
    );
    rows(db, of.locks, &insert);
    let insert = format!(
        "INSERT INTO audit (tenant_id, id, at, actor, action, subject, user_id, detail) \
         SELECT '{tenant}', 'adt_s' || pad, {MADE} + i, \
         'staff:user_agent' || CAST(i % {STAFF} AS text), \
         CASE WHEN i % 2 = 0 THEN 'user.locked' ELSE 'user.unlocked' END, 'user_' || pad, \
         'user_' || pad, '{{}}'"
    );
    rows(db, of.locks, &insert);
    // One in a hundred was given up, one in a hundred waits.
    let insert = format!(
        "INSERT INTO outbox (tenant_id, id, kind, topic, subject, status, payload, created_at, \
         due_at, tries) SELECT '{tenant}', 'out_' || pad, 'mail', 'unlock', 'user_' || pad, \
         CASE i % 100 WHEN 0 THEN 'dead' WHEN 1 THEN 'due' ELSE 'sent' END, '{{}}', {MADE} + i, \
         {MADE} + i, 1"
    );
    rows(db, of.locks, &insert);
    lists(db, of);
    db.commit().unwrap();
    settle_down(db);
    if matches!(db, Db::Sqlite(_)) {
        return;
    }
    // Else the server's own comes in the middle of what is measured.
    diesel::sql_query("VACUUM (ANALYZE)").execute(db).unwrap();
}

/// What else the console lists: a user in five is banned, an address in ten is none, each user was told
/// to a server (one in a hundred could not be, one in a hundred is to be), and there are as many versions
/// of the policy and as many campaigns as locks. A campaign has ten locks, the newest one half as many
/// as there are campaigns.
fn lists(db: &mut Db, of: Crowd) {
    let tenant = TENANT;
    let number = |column: &str| format!("CAST(substr({column}, 6) AS bigint)");
    for (table, set) in [
        ("users", format!("banned = true WHERE {} % 5 = 0", number("id"))),
        (
            "identifications",
            format!(
                "undeliverable_since = {MADE} + {0}, undeliverable_why = 'no such mailbox' \
                 WHERE {0} % 10 = 0",
                number("user_id")
            ),
        ),
    ] {
        let update = format!("UPDATE {table} SET {set} AND tenant_id = '{tenant}'");
        diesel::sql_query(update).execute(db).unwrap();
    }
    let insert = format!(
        "INSERT INTO webhook_deliveries (tenant_id, endpoint_id, message, event, body, status, due_at, \
         tries, tried, created_at) SELECT '{tenant}', '{ENDPOINT}', 'out_' || pad, 'user.locked', '{{}}', \
         CASE i % 100 WHEN 0 THEN 'failed' WHEN 1 THEN 'due' ELSE 'delivered' END, {MADE} + i, 1, \
         '[]', {MADE} + i"
    );
    rows(db, of.users, &insert);
    let document = PolicyDocument::of(&Preset::Balanced.policy()).to_json();
    // The first is there: tenants have one.
    let insert = format!(
        "INSERT INTO policies (tenant_id, version, document, author, reason, created_at) \
         SELECT '{tenant}', i + 2, '{document}', 'bench', 'bench', {MADE} + i"
    );
    rows(db, of.locks, &insert);
    let insert = format!(
        "INSERT INTO campaigns (tenant_id, id, kind, target, began_at, last_at, tries, tail_slot, \
         tail_tries, accounts, nobodies, sources, networks, largest, signed_in) \
         SELECT '{tenant}', 'cmp_' || pad, 'spray', 'user_' || pad, {MADE} + CAST(i AS bigint) * 60000, \
         {MADE} + CAST(i AS bigint) * 60000, 1000, 0, 0, 10, 0, 7, 1, '[]', '[]'"
    );
    rows(db, of.locks, &insert);
    let insert = format!(
        "INSERT INTO campaign_locks (tenant_id, campaign_id, user_id, since) \
         SELECT '{tenant}', 'cmp_0' || substr(pad, 1, 6), 'user_' || pad, {MADE} + i"
    );
    rows(db, of.locks * 10, &insert);
    attacks(db, of);
    let newest = of.locks.saturating_sub(1);
    let insert = format!(
        "INSERT INTO campaign_locks (tenant_id, campaign_id, user_id, since) \
         SELECT '{tenant}', 'cmp_{newest:07}', 'user_' || pad, {MADE} + i"
    );
    rows(db, of.locks / 2, &insert);
}

/// What the page of attacks shows beside its campaigns: sums of a month, with a line for each try as far as
/// lines are kept; a story for each lock, one in 25 seconds, of which each step loses a part; and sums of
/// refused tries.
fn attacks(db: &mut Db, of: Crowd) {
    let (tenant, now) = (TENANT, NOW.0);
    let last = now / 600_000;
    for (step, count, after) in STEPS {
        let lines = (of.attempts / MONTH * step).clamp(1, LINES);
        let insert = format!(
            "INSERT INTO traffic (tenant_id, slot, network, rights, wrongs, refused, locks) \
             SELECT '{tenant}', ({last} - {after}) / {step} * {step} - i % {count} * {step}, \
             '10.0.' || CAST(i / {count} AS text) || '.0/24', i % 3, i % 7, i % 5, i % 2"
        );
        rows(db, count * lines, &insert);
    }
    let insert = format!(
        "INSERT INTO lock_stories (tenant_id, user_id, locked_at, mailed_at, accepted_at, opened_at, \
         unlocked_at, signed_in_at, looked_at, done, kept_out) \
         SELECT '{tenant}', 'user_' || pad, at, at + 1, at + 900, \
         CASE WHEN i % 2 = 0 THEN at + 60000 END, CASE WHEN i % 3 = 0 THEN at + 70000 END, \
         CASE WHEN i % 5 = 0 THEN at + 90000 END, at, true, i % 5 = 0 \
         FROM (SELECT i, pad, {now} - 1000 - CAST(i AS bigint) * 25000 AS at"
    );
    let insert = format!("{insert} FROM padded) AS stories");
    rows_of(db, of.locks, &insert);
    let first = refused_minute(0);
    let insert = format!(
        "INSERT INTO refusals (tenant_id, subject, source, minute, tries) \
         SELECT '{tenant}', 'user_' || pad, '198.51.100.' || CAST(i % 250 AS text), {first} + i / 5, 3"
    );
    rows(db, of.refused(), &insert);
}

/// Brings the schema up to date and opens a connection that may write.
pub(crate) fn open(url: &DatabaseUrl) -> Db {
    migrations::migrate(url).unwrap();
    let mut db = url.open_writer().unwrap();
    if matches!(db, Db::Postgres(_)) {
        // What is made here is more than any statement of the program may take time for.
        diesel::sql_query("SET statement_timeout = 0").execute(&mut db).unwrap();
    }
    db
}

/// A row for each `i` from 0 to `count`: `insert` begins with `INSERT INTO`, and `i` and `pad` (seven
/// digits) are there to be named.
fn rows(db: &mut Db, count: u32, insert: &str) {
    rows_of(db, count, &format!("{insert} FROM padded"));
}

/// As [`rows`], of what `insert` itself makes of the table `padded`.
fn rows_of(db: &mut Db, count: u32, insert: &str) {
    if count == 0 {
        return;
    }
    let (into, select) = insert.split_once("SELECT").unwrap();
    let last = count - 1;
    let sql = format!(
        "{into} WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < {last}), \
         padded AS (SELECT i, substr('0000000' || CAST(i AS text), length(CAST(i AS text)) + 1) AS pad FROM numbers) \
         SELECT {select}"
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
