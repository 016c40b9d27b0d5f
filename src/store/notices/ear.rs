//! The thread behind a listening connection: looks for notices ten times a second, asks the database
//! for its time once a second, and ends with the connection or when nobody listens to it any more.
//!
//! It looks instead of waiting, because libpq tells of notices only through its socket, whose number
//! safe code is not given.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use diesel::RunQueryDsl;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Sender};

use super::super::connection::{DatabaseUrl, Db};
use super::super::error::StoreError;
use super::{CHANNEL, Heard, LISTENER, Listening, Notice};
use crate::model::Clock;

/// How often is looked: what a notice waits at most before it is heard.
const TICK: Duration = Duration::from_millis(100);

/// Looks between two heartbeats: one a second.
const TICKS_A_BEAT: u32 = 10;

/// What may wait for the node; one that is further behind is told so and starts over.
const WAITING: usize = 1024;

struct Ear {
    heard: Sender<Heard>,
    stopped: Receiver<()>,
    clock: Arc<dyn Clock>,
    /// Notices were dropped, and nobody was told yet.
    behind: bool,
}

/// Why a connection is not listened to any more.
enum End {
    /// Nobody wants to hear.
    Unheard,
    Lost(StoreError),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Lost(error)
    }
}

pub(super) fn listen(
    url: DatabaseUrl,
    clock: Arc<dyn Clock>,
    pause: Duration,
) -> Result<Listening, StoreError> {
    let (heard, inbox) = mpsc::channel(WAITING);
    let (stop, stopped) = channel();
    let life = Arc::new(());
    let thread = Arc::downgrade(&life);
    std::thread::Builder::new()
        .name("listener".to_owned())
        .spawn(move || {
            let _alive = life;
            let mut ear = Ear { heard, stopped, clock, behind: false };
            match ear.listen(&url, pause) {
                End::Unheard => {}
                End::Lost(error) => ear.last_word(error),
            }
        })
        .map_err(|e| StoreError::Unavailable(format!("no listener thread: {e}")))?;
    Ok(Listening { heard: inbox, _stop: stop, thread })
}

impl Ear {
    fn listen(&mut self, url: &DatabaseUrl, pause: Duration) -> End {
        if let Err(end) = self.rest(pause) {
            return end;
        }
        let mut db = match url.open_writer() {
            Ok(db) => db,
            Err(error) => return End::Lost(error),
        };
        match self.listen_on(&mut db) {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    fn listen_on(&mut self, db: &mut Db) -> Result<std::convert::Infallible, End> {
        let named = format!("SET application_name='{LISTENER}'");
        diesel::sql_query(named).execute(db).map_err(StoreError::Query)?;
        diesel::sql_query(format!("LISTEN {CHANNEL}")).execute(db).map_err(StoreError::Query)?;
        self.beat(db)?;
        self.say(Heard::Begun)?;
        loop {
            for _ in 0..TICKS_A_BEAT {
                self.rest(TICK)?;
                self.look(db)?;
            }
            self.beat(db)?;
        }
    }

    /// Waits, unless nobody listens any more.
    fn rest(&self, pause: Duration) -> Result<(), End> {
        match self.stopped.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Err(End::Unheard),
        }
    }

    /// Hands on what has arrived.
    fn look(&mut self, db: &mut Db) -> Result<(), End> {
        let Db::Postgres(pg) = db else { return Err(End::Unheard) };
        let arrived: Result<Vec<_>, _> = pg.notifications_iter().collect();
        for notice in arrived.map_err(StoreError::Query)? {
            self.say(Heard::Notice(Notice::parse(&notice.payload)))?;
        }
        Ok(())
    }

    /// A question whose answer proves that the connection lives; it carries the database's time.
    fn beat(&mut self, db: &mut Db) -> Result<(), End> {
        let asked = self.clock.now();
        let told = db.db_now().map_err(StoreError::Query)?;
        let answered = self.clock.now();
        let database = self.clock.at(told);
        self.say(Heard::Beat { asked, database, answered })
    }

    fn say(&mut self, heard: Heard) -> Result<(), End> {
        if self.behind {
            match self.heard.try_send(Heard::TooMany) {
                Ok(()) => self.behind = false,
                Err(TrySendError::Full(_)) => return Ok(()),
                Err(TrySendError::Closed(_)) => return Err(End::Unheard),
            }
        }
        match self.heard.try_send(heard) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => {
                self.behind = true;
                Ok(())
            }
            Err(TrySendError::Closed(_)) => Err(End::Unheard),
        }
    }

    fn last_word(&self, error: StoreError) {
        // A node that does not listen any more knows; one that is behind sees the end instead.
        let _unheard = self.heard.try_send(Heard::Lost(error));
    }
}
