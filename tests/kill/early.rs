//! A server that is wrong on purpose: it answers an attempt as soon as it is decided and commits
//! it later. The decision is made for real, by a settle on a copy of the database, so that every
//! answer is what a right server would have said; only the promise behind it is missing.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use lockkeeper::app::{Application, LiveClock, Plan};
use lockkeeper::credential::HashCost;
use lockkeeper::model::meter::NoMeter;
use lockkeeper::model::{Clock, Span};
use lockkeeper::store::settle::{ResetRequest, SettlePort, SettleRequest, Settled};
use lockkeeper::store::{DatabaseUrl, Store, StoreError, StoreSettings};
use lockkeeper::token::MasterKeys;

use super::place::Place;
use super::world::database;
use crate::harness::process::Server;
use crate::harness::self_server;

/// How late the commit comes, in milliseconds.
const LATE: Span = Span(150);

/// As `World::program`, with the wrong settle.
pub(super) fn program(place: &Place) -> Server {
    self_server::start("kill::early::early_server", &place.dir().display().to_string())
}

struct Early {
    copy: Store,
    real: Store,
    clock: Arc<LiveClock>,
}

impl SettlePort for Early {
    fn settle(
        &self,
        request: SettleRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Settled, StoreError>> + Send>> {
        let (real, clock, again) = (self.real.clone(), Arc::clone(&self.clock), request.clone());
        tokio::spawn(async move {
            clock.wait_until(clock.now().after(LATE)).await;
            // Nobody waits for it any more: that is the mistake.
            let _ignored = real.settle(again).await;
        });
        self.copy.settle(request)
    }

    fn reset(
        &self,
        request: ResetRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Settled, StoreError>> + Send>> {
        self.copy.reset(request)
    }
}

/// The copy has what the database had at the start, its log included.
fn copied(dir: &Path) -> DatabaseUrl {
    for suffix in ["", "-wal"] {
        let (from, to) = (format!("lockkeeper.db{suffix}"), format!("copy.db{suffix}"));
        if dir.join(&from).exists() {
            std::fs::copy(dir.join(from), dir.join(to)).unwrap();
        }
    }
    DatabaseUrl::Sqlite { path: dir.join("copy.db").display().to_string(), max_page_count: None }
}

fn shared(clock: &Arc<LiveClock>) -> Arc<dyn Clock> {
    let clock: Arc<LiveClock> = Arc::clone(clock);
    clock
}

#[test]
#[ignore = "a server for the test above, not a test"]
fn early_server() {
    let Some(dir) = self_server::asked() else { return };
    let dir = Path::new(&dir);
    for stale in ["copy.db", "copy.db-wal", "copy.db-shm"] {
        let _absent = std::fs::remove_file(dir.join(stale));
    }
    let copy = copied(dir);
    let keys = Arc::new(MasterKeys::load_or_create(&dir.join("lockkeeper.key")).unwrap());
    actix_web::rt::System::new().block_on(async move {
        let clock = Arc::new(LiveClock::new());
        let mut plan = Plan::new(([127, 0, 0, 1], 0).into(), database(dir), keys, shared(&clock));
        plan.pool.cost = HashCost::below_floor_for_tests();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let settings = StoreSettings {
            url: copy,
            readers: 2,
            writers: 1,
            node: "copy".to_owned(),
            phantom_cap: 100,
        };
        let live = shared(&clock);
        let copy =
            Store::open(settings, runtime.handle().clone(), live, Arc::new(NoMeter)).unwrap();
        plan.settle =
            Some(Box::new(move |real| Arc::new(Early { copy, real: real.clone(), clock })));
        let app = Application::start(plan).await.unwrap();
        println!("listening on http://{}", app.address);
        std::future::pending::<()>().await;
    });
}
