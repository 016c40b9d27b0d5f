//! Wrong passwords whose count is on the disk before they are answered: attempts through the actor
//! path (`durable_ours.rs`) against one transaction per attempt on the same kind of database, against
//! a Lua script of Authgear's size in Redis with `appendfsync always`, and against a bare fdatasync.
//! Knows neither side from within.

use crate::PAIRS;
use crate::durable_anchors::{self as anchors, Sync};
use crate::durable_ours::{Engine, World};
use crate::redis::Redis;
use crate::stats::{median, ratio};

/// One client, a few, and as many as a busy server has.
const CLIENTS: [usize; 3] = [1, 16, 256];

/// `DURABLE_CLIENTS=256` measures that number of clients only.
fn clients() -> Vec<usize> {
    match std::env::var("DURABLE_CLIENTS") {
        Ok(one) => vec![one.parse().unwrap()],
        Err(_) => CLIENTS.to_vec(),
    }
}

pub(crate) fn sqlite() {
    against_its_own_kind(Engine::Sqlite);
}

#[cfg(feature = "postgres")]
pub(crate) fn postgres() {
    against_its_own_kind(Engine::Postgres);
}

fn against_its_own_kind(engine: Engine) {
    World::within(engine, async |world| {
        for clients in clients() {
            world.spell(clients).await;
            for anchor in anchors::one_by_one(engine, clients) {
                let mut pairs = Vec::new();
                for _ in 0..PAIRS {
                    let ours = world.spell(clients).await;
                    pairs.push((ours.rate, (anchor.spell)(&world)));
                }
                let what = format!("{engine:?}, {clients} clients, {}", anchor.name);
                ratio(&what, "a second", &pairs);
            }
            world.explain(clients).await;
        }
    });
}

pub(crate) fn redis() {
    let redis = Redis::start();
    World::within(Engine::Sqlite, async |world| {
        for clients in clients() {
            world.spell(clients).await;
            let mut pairs = Vec::new();
            for _ in 0..PAIRS {
                let ours = world.spell(clients).await;
                pairs.push((ours.rate, redis.spell(clients)));
            }
            let what = format!("SQLite, {clients} clients, Redis script with AOF always");
            ratio(&what, "a second", &pairs);
        }
    });
}

/// One client's waits: the whole attempt, and its commit alone, by one fdatasync of 4 KiB.
pub(crate) fn sync() {
    World::within(Engine::Sqlite, async |world| {
        // Past the first checkpoint, as on a server that has run for a while: until then the
        // write-ahead log grows, and the file system has to write its new length at each sync, too.
        world.spell(256).await;
        world.spell(1).await;
        let sync = Sync::new(world.folder());
        let (mut whole, mut commits) = (Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            let ours = world.spell(1).await;
            let one = sync.spell();
            whole.push((median(ours.waits), one));
            commits.push((ours.commit_ms, one));
        }
        ratio("one client, the median wait for the answer by one fdatasync", "ms", &whole);
        ratio("one client, the mean commit by one fdatasync", "ms", &commits);
    });
}
