//! What the durable decisions are compared with: a plain Diesel loop with one transaction per
//! attempt, and one fdatasync of 4 KiB. The loop reads and writes by key what a wrong password needs
//! (live policy, owner, subject; subject, source and the row of the log) and decides nothing, so it
//! does somewhat less than we do; on SQLite, which has one writer, it is even spared the queue.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use lockkeeper::model::*;
use lockkeeper::store::attempts::{AttemptDecision, AttemptOutcome, AttemptRow};
use lockkeeper::store::connection::Db;
use lockkeeper::store::schema::{attempts, identifications, subjects, tenants, users};
use lockkeeper::store::{DatabaseUrl, SubjectKey};

use crate::durable_ours::{Draw, Engine, World, name_of};

const SPELL: Duration = Duration::from_secs(2);

pub(crate) struct Anchor {
    pub(crate) name: String,
    /// Attempts a second.
    pub(crate) spell: Box<dyn Fn(&World) -> f64>,
}

/// The loops that stand beside so many clients.
pub(crate) fn one_by_one(engine: Engine, clients: usize) -> Vec<Anchor> {
    let connections = match engine {
        Engine::Sqlite => vec![1],
        // As many as we have committers, and as many as a web server would keep.
        #[cfg(feature = "postgres")]
        Engine::Postgres => vec![4.min(clients), 16.min(clients)],
    };
    let mut anchors: Vec<Anchor> = Vec::new();
    for connections in connections {
        let name = format!("one transaction per attempt on {connections} connections");
        if anchors.iter().all(|known| known.name != name) {
            let spell = Box::new(move |world: &World| loops(world, connections));
            anchors.push(Anchor { name, spell });
        }
    }
    anchors
}

fn loops(world: &World, connections: usize) -> f64 {
    let tenants: Vec<TenantId> = world.profiles.iter().map(|p| p.tenant.id.clone()).collect();
    let done: Vec<f64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|number| {
                scope.spawn({
                    let (url, tenants) = (&world.url, &tenants);
                    move || one_loop(url, tenants, number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    done.iter().sum()
}

fn one_loop(url: &DatabaseUrl, tenants: &[TenantId], number: usize) -> f64 {
    let mut db = url.open_writer().unwrap();
    let mut draw = Draw::from(number + std::process::id() as usize);
    let (started, mut done) = (Instant::now(), 0_usize);
    while started.elapsed() < SPELL {
        let user = draw.user();
        let key = Identifier::parse(&name_of(user)).unwrap().key;
        let source = Source::from_stored(format!("192.0.2.{}", user % 256));
        db.begin_write().unwrap();
        one_transaction(&mut db, &tenants[user % tenants.len()], &key, &source);
        db.commit().unwrap();
        done += 1;
    }
    done as f64 / started.elapsed().as_secs_f64()
}

fn one_transaction(db: &mut Db, tenant: &TenantId, key: &CanonicalKey, source: &Source) {
    let now = Millis(1_800_000_000_000);
    let version: i64 =
        tenants::table.find(tenant).select(tenants::policy_version).first(db).unwrap();
    let user: UserId = identifications::table
        .filter(identifications::tenant_id.eq(tenant))
        .filter(identifications::canonical_key.eq(key))
        .select(identifications::user_id)
        .first(db)
        .unwrap();
    let credential: i64 =
        users::table.find((tenant, &user)).select(users::credential_version).first(db).unwrap();
    assert_eq!(credential, 1);
    let subject = SubjectKey::user(&user);
    let count = count_one(db, tenant, &subject, source, now);
    let logged = AttemptRow {
        tenant_id: tenant.clone(),
        id: AttemptId::generate(now),
        at: now,
        subject,
        user_id: Some(user),
        source: source.clone(),
        authenticator: "password".to_owned(),
        outcome: AttemptOutcome::Wrong,
        decision: AttemptDecision::Counted,
        repeated: false,
        lane: "public".to_owned(),
        device: None,
        policy_version: version,
        sign_in_id: Some(SignInId::generate(now)),
        session_id: None,
        node: "bench".to_owned(),
        count_after: count,
        remaining: Some(1),
        lock_kind: None,
        lock_source_only: false,
        lock_since: None,
        lock_until: None,
        previous: None,
    };
    diesel::insert_into(attempts::table).values(&logged).execute(db).unwrap();
}

/// Adds one to the subject and to the source, whose rows are made where they are missing.
fn count_one(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    source: &Source,
    now: Millis,
) -> i64 {
    let row = subjects::table.find((tenant, subject));
    let locked = match db {
        Db::Sqlite(sqlite) => row.select(subjects::count).first::<i64>(sqlite),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => row.select(subjects::count).for_update().first::<i64>(pg),
    };
    let mark = |number: usize| match db {
        Db::Sqlite(_) => "?".to_owned(),
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => format!("${number}"),
    };
    let names = format!("{}, {}, {}", mark(1), mark(2), mark(3));
    let source_row = format!(
        "INSERT INTO sources VALUES ({names}, 1, 0, NULL, NULL, NULL, NULL, false, false, 0, 0, 0) \
         ON CONFLICT (tenant_id, subject, source) DO UPDATE SET count = sources.count + 1"
    );
    let count = locked.optional().unwrap().map_or(1, |count| count + 1);
    let deadline = now.after(Span::DAY).0;
    let changed = diesel::update(row)
        .set((
            subjects::count.eq(count),
            subjects::last_instant.eq(now.0),
            subjects::deadline.eq(deadline),
        ))
        .execute(db)
        .unwrap();
    if changed == 0 {
        let zero = 0_i64;
        diesel::insert_into(subjects::table)
            .values((
                subjects::tenant_id.eq(tenant.as_str()),
                subjects::subject.eq(subject.as_str()),
                subjects::phantom.eq(false),
                subjects::last_instant.eq(now.0),
                subjects::count.eq(count),
                subjects::deadline.eq(deadline),
                subjects::ladder_base.eq(zero),
                subjects::lock_spent.eq(false),
                subjects::long_run.eq(zero),
                subjects::episode.eq(zero),
                subjects::episode_open.eq(false),
                subjects::hot_sources.eq(zero),
                subjects::presses.eq(zero),
                subjects::public_serial.eq(zero),
                subjects::all_serial.eq(zero),
                subjects::era_count.eq(zero),
                subjects::era_step.eq(zero),
                subjects::era_lock.eq(zero),
                subjects::lanes_era.eq(zero),
            ))
            .execute(db)
            .unwrap();
    }
    diesel::sql_query(source_row)
        .bind::<diesel::sql_types::Text, _>(tenant.as_str())
        .bind::<diesel::sql_types::Text, _>(subject.as_str())
        .bind::<diesel::sql_types::Text, _>(source.as_str())
        .execute(db)
        .unwrap();
    count
}

/// A file whose first 4 KiB are written and synced again and again: no block is allocated.
pub(crate) struct Sync(File);

impl Sync {
    pub(crate) fn new(folder: &Path) -> Self {
        let mut file = File::create(folder.join("sync")).unwrap();
        file.write_all(&[0; 4096]).unwrap();
        file.sync_all().unwrap();
        Self(file)
    }

    /// Milliseconds of one write and its sync, the median.
    pub(crate) fn spell(&self) -> f64 {
        let (started, mut waits) = (Instant::now(), Vec::new());
        while started.elapsed() < SPELL {
            let began = Instant::now();
            let mut file = &self.0;
            file.seek(SeekFrom::Start(0)).unwrap();
            file.write_all(&[waits.len() as u8; 4096]).unwrap();
            file.sync_data().unwrap();
            waits.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        crate::stats::median(waits)
    }
}
