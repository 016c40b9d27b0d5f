//! Failed attempts that are on the disk before they are answered: settles through the group commit
//! against the same rows written in one transaction per attempt by a plain Diesel loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use lockkeeper::app::LiveClock;
use lockkeeper::lockout::{Policy, PolicyDocument, Preset};
use lockkeeper::model::meter::NoMeter;
use lockkeeper::model::*;
use lockkeeper::store::attempts::AttemptRow;
use lockkeeper::store::connection::Db;
use lockkeeper::store::lockout_policy::PolicyVersion;
use lockkeeper::store::schema::{attempts, policies, subjects};
use lockkeeper::store::factor::Proof;
use lockkeeper::store::settle::*;
use lockkeeper::store::tenants::{ApiKey, Tenant};
use lockkeeper::store::{DatabaseUrl, Store, StoreSettings, SubjectKey, migrations};

use crate::PAIRS;
use crate::stats::ratio;

const SPELL: Duration = Duration::from_secs(2);

struct Bench {
    store: Store,
    url: DatabaseUrl,
    clock: Arc<LiveClock>,
    tenant: TenantId,
    _dir: tempfile::TempDir,
}

pub(crate) fn run() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for clients in [1, 16, 256] {
        let bench = Arc::new(Bench::new(&runtime));
        let mut pairs = Vec::new();
        for _ in 0..PAIRS {
            let ours = runtime.block_on(settles(&bench, clients));
            pairs.push((ours, one_by_one(&bench, clients)));
        }
        ratio(&format!("durable failures, {clients} clients"), "a second", &pairs);
    }
}

impl Bench {
    fn new(runtime: &tokio::runtime::Runtime) -> Self {
        let dir = tempfile::tempdir_in(".").unwrap();
        let path = dir.path().join("bench.db").display().to_string();
        let url = DatabaseUrl::Sqlite { path, max_page_count: None };
        migrations::migrate(&url).unwrap();
        let clock = Arc::new(LiveClock::new());
        let settings = StoreSettings {
            url: url.clone(),
            readers: 2,
            writers: 1,
            node: "bench".to_owned(),
            phantom_cap: 10_000,
        };
        let (handle, shared) = (runtime.handle().clone(), Arc::clone(&clock) as Arc<dyn Clock>);
        let store = Store::open(settings, handle, shared, Arc::new(NoMeter)).unwrap();
        let tenant = TenantId::generate(clock.now());
        runtime.block_on(add_tenant(&store, &tenant, clock.now()));
        Self { store, url, clock, tenant, _dir: dir }
    }

    /// A wrong password of an identifier that nobody has: each client has its own.
    fn failure(&self, client: usize) -> SettleRequest {
        let now = self.clock.now();
        let name = format!("nobody{client}@acme.test");
        let subject = SubjectKey::phantom(&format!("digest of {name}"));
        SettleRequest {
            tenant: self.tenant.clone(),
            attempt: AttemptId::generate(now),
            key: Identifier::parse(&name).unwrap().key,
            phantom: subject.clone(),
            subject,
            proof: Proof::PASSWORD,
            verified: Verified::Wrong { credential_version: 0 },
            source: Source::from_stored(format!("192.0.2.{}", client % 250)),
            lane: Lane::Public,
            sign_in: SettleSignIn::AtOnce {
                id: SignInId::generate(now),
                identifier: name,
                locale: None,
            },
            client: SettleClient { id: ClientId::generate(now), rotating_hash: "hash".to_owned() },
            session: SessionId::generate(now),
            session_lifetime: Span::DAY,
        }
    }
}

async fn add_tenant(store: &Store, id: &TenantId, now: Millis) {
    // Failures count and never lock: every attempt writes the same rows.
    let policy = Policy { max_attempts: 1000, long_run_limit: 0, ..Preset::Balanced.policy() };
    let tenant = Tenant {
        id: id.clone(),
        slug: "acme".to_owned(),
        name: "Acme".to_owned(),
        live: false,
        own_host: None,
        support_email: None,
        revealing: false,
        single_session: true,
        redirect_urls: "[]".to_owned(),
        allowed_origins: "[]".to_owned(),
        brand_color: None,
        policy_version: 1,
        created_at: now,
        updated_at: now,
    };
    let key = ApiKey {
        tenant_id: id.clone(),
        key_hash: "hash".to_owned(),
        hint: "sk".to_owned(),
        created_at: now,
        revoked_at: None,
    };
    let version = PolicyVersion {
        tenant_id: id.clone(),
        version: 1,
        document: PolicyDocument::of(&policy).to_json(),
        author: "bench".to_owned(),
        reason: "bench".to_owned(),
        created_at: now,
    };
    store.create_tenant(tenant, key, version).await.unwrap();
}

/// Settled failures a second.
async fn settles(bench: &Arc<Bench>, clients: usize) -> f64 {
    let (started, done) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (bench, done) = (Arc::clone(bench), Arc::clone(&done));
            tokio::spawn(async move {
                while started.elapsed() < SPELL {
                    let settled = bench.store.settle(bench.failure(client)).await.unwrap();
                    assert!(!matches!(settled.answer(), Answer::Again), "{settled:?}");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}

/// The same reads and rows, one transaction each. SQLite has one writer, so all clients' attempts
/// come one after the other whoever sends them; the loop spares them even the queue.
fn one_by_one(bench: &Bench, clients: usize) -> f64 {
    let mut db = bench.url.open_writer().unwrap();
    let (started, mut done) = (Instant::now(), 0_usize);
    while started.elapsed() < SPELL {
        let request = bench.failure(done % clients);
        db.begin_write().unwrap();
        one_transaction(&mut db, &request, bench.clock.now());
        db.commit().unwrap();
        done += 1;
    }
    done as f64 / started.elapsed().as_secs_f64()
}

fn one_transaction(db: &mut Db, request: &SettleRequest, now: Millis) {
    let (tenant, subject) = (&request.tenant, &request.subject);
    let same: Option<String> = attempts::table
        .find((tenant, &request.attempt))
        .select(attempts::node)
        .first(db)
        .optional()
        .unwrap();
    assert!(same.is_none());
    let version: i64 = policies::table
        .filter(policies::tenant_id.eq(tenant))
        .select(diesel::dsl::max(policies::version))
        .first::<Option<i64>>(db)
        .unwrap()
        .unwrap();
    let row = subjects::table.find((tenant, subject));
    let count: i64 = row.select(subjects::count).first(db).unwrap();
    diesel::update(row)
        .set((
            subjects::count.eq(count + 1),
            subjects::last_instant.eq(now.0),
            subjects::deadline.eq(now.after(Span::DAY).0),
        ))
        .execute(db)
        .unwrap();
    diesel::sql_query(
        "UPDATE sources SET count = count + 1 WHERE tenant_id = ? AND subject = ? AND source = ?",
    )
    .bind::<diesel::sql_types::Text, _>(tenant.as_str())
    .bind::<diesel::sql_types::Text, _>(subject.as_str())
    .bind::<diesel::sql_types::Text, _>(request.source.as_str())
    .execute(db)
    .unwrap();
    let logged = AttemptRow {
        tenant_id: tenant.clone(),
        id: request.attempt.clone(),
        at: now,
        subject: subject.clone(),
        user_id: None,
        source: request.source.clone(),
        authenticator: "password".to_owned(),
        outcome: lockkeeper::store::attempts::AttemptOutcome::Wrong,
        decision: lockkeeper::store::attempts::AttemptDecision::Counted,
        repeated: false,
        lane: request.lane.stored(),
        device: None,
        policy_version: version,
        sign_in_id: None,
        session_id: None,
        node: "bench".to_owned(),
        count_after: count + 1,
        remaining: Some(1),
        lock_kind: None,
        lock_source_only: false,
        lock_since: None,
        lock_until: None,
    };
    diesel::insert_into(attempts::table).values(&logged).execute(db).unwrap();
}
