//! Hears what other nodes changed and forgets what this one remembers of it; sets the node's clock by
//! the database's. A notice that is missed costs nothing but time: what is remembered is read again
//! after a second at most, and sooner while nothing can be heard (`locked_table`).
//!
//! After a new connection everything is forgotten first, because nobody repeats a notice. Knows no
//! SQL and no socket.

use std::sync::Weak;
use std::time::Duration;

use tokio::sync::watch;

use super::Tenants;
use super::actor::LearnChanged;
use crate::model::{Count, Millis, Span, TenantId, UserId};
use crate::store::notices::{Heard, Listening, Notice};
use crate::store::{StoreError, SubjectKey};

/// A connection that says nothing for this long, heartbeats included, is dead or frozen. They come
/// every second.
const SILENCE: Duration = Duration::from_secs(2);

/// Dialling has limits of its own (`store::connection`); this ends what hangs after it.
const DIALLING: Duration = Duration::from_secs(10);

/// Pauses before a new connection is made: doubled with each that fails.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The pause after a thread could not be started.
const NO_THREAD: Span = Span::from_seconds(1);

/// Threads left behind in frozen connections; at that many the newest is waited for.
const LEFT_BEHIND: usize = 4;

/// Whether this node hears of changes that others make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// Not yet, or not any more.
    Deaf,
    /// Every notice, from the last fresh start on.
    Everything,
    /// There are no notices: SQLite.
    NothingToHear,
}

/// What the listener tells the rest of the node.
#[derive(Debug)]
pub(super) struct Ears(watch::Sender<Hearing>);

impl Default for Ears {
    fn default() -> Self {
        Self(watch::Sender::new(Hearing::Deaf))
    }
}

impl Tenants {
    /// Hears notices until the task is dropped; returns at once where there are none.
    pub async fn hear_notices(&self) {
        let mut left_behind: Vec<Weak<()>> = Vec::new();
        let mut pause = Duration::ZERO;
        loop {
            left_behind.retain(|thread| thread.strong_count() > 0);
            match self.inner.store.listen(pause) {
                Ok(None) => return self.now_hears(Hearing::NothingToHear),
                Ok(Some(mut listening)) => {
                    let patience = if left_behind.len() < LEFT_BEHIND {
                        Patience::Short
                    } else {
                        Patience::Endless
                    };
                    let begun = self.hear(&mut listening, patience).await;
                    left_behind.push(listening.thread());
                    pause = if begun { FIRST_PAUSE } else { next_pause(pause) };
                }
                Err(error) => {
                    // There was no thread for it; there may be one soon.
                    tracing::error!(error = %error, "other nodes cannot be heard");
                    self.now_hears(Hearing::Deaf);
                    let clock = &self.inner.clock;
                    clock.wait_until(clock.now().after(NO_THREAD)).await;
                }
            }
            self.now_hears(Hearing::Deaf);
        }
    }

    /// Completes when this node hears of others' changes, or there is nothing to hear.
    pub async fn until_hearing(&self) {
        let mut ears = self.inner.ears.0.subscribe();
        // The sender lives as long as this facade.
        let _hears = ears.wait_for(|hearing| *hearing != Hearing::Deaf).await;
    }

    /// One connection, to its end. Says whether it ever listened.
    async fn hear(&self, listening: &mut Listening, patience: Patience) -> bool {
        let mut begun = false;
        loop {
            let limit = match (patience, begun) {
                (Patience::Endless, _) => Duration::MAX,
                (Patience::Short, true) => SILENCE,
                (Patience::Short, false) => DIALLING,
            };
            match tokio::time::timeout(limit, listening.next()).await {
                Ok(Some(Heard::Begun)) => {
                    self.start_afresh();
                    begun = true;
                    self.now_hears(Hearing::Everything);
                }
                Ok(Some(Heard::Notice(notice))) => self.heed(notice).await,
                Ok(Some(Heard::TooMany)) => self.start_afresh(),
                Ok(Some(Heard::Beat { asked, database, answered })) => {
                    self.inner.clock.adjust(correction(asked, database, answered));
                }
                Ok(Some(Heard::Lost(error))) => {
                    tracing::warn!(error = %error, "the connection for notices is gone");
                    return begun;
                }
                Ok(None) => return begun,
                Err(_) => {
                    tracing::warn!("the connection for notices is silent: making a new one");
                    return begun;
                }
            }
        }
    }

    fn now_hears(&self, hearing: Hearing) {
        self.inner.locked.trust_while(hearing);
        self.inner.ears.0.send_replace(hearing);
    }

    /// Forgets whatever somebody else may have changed meanwhile.
    fn start_afresh(&self) {
        self.inner.meter.add(Count::FreshStarts, 1);
        self.inner.locked.clear();
        self.forget_all();
    }

    async fn heed(&self, notice: Notice) {
        let done = match notice {
            Notice::Tenant(tenant) => {
                self.forget(&tenant);
                Ok(())
            }
            Notice::Subject(tenant, subject) => self.subject_changed(tenant, subject).await,
            Notice::Anything => {
                self.start_afresh();
                Ok(())
            }
        };
        if let Err(error) = done {
            tracing::warn!(error = %error, "what another node changed was not read");
            self.start_afresh();
        }
        self.inner.meter.add(Count::NoticesHeard, 1);
    }

    /// Withdraws what is published about the subject; the next try reads the row. The notice names
    /// the user, and this node asks whose identifiers those are: they are addresses and do not travel.
    async fn subject_changed(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
    ) -> Result<(), StoreError> {
        let Some(user) = UserId::parse(subject.as_str()) else { return Ok(()) };
        let keys = match self.inner.reader.user(tenant.clone(), user).await? {
            Some(record) => {
                record.identifications.into_iter().map(|found| found.canonical_key).collect()
            }
            None => Vec::new(),
        };
        if !self.inner.directory.has(&tenant) {
            self.inner.locked.withdraw(&tenant, &keys, None);
            return Ok(());
        }
        let asked = self.inner.directory.asked();
        let message =
            || LearnChanged { subject: subject.clone(), keys: keys.clone(), lock: None, asked };
        let told = self.inner.directory.send(&tenant, message).await;
        told.map_err(|silent| StoreError::Unavailable(silent.to_string()))
    }
}

/// How long a silent connection is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    Short,
    Endless,
}

fn next_pause(pause: Duration) -> Duration {
    pause.saturating_mul(2).clamp(FIRST_PAUSE, LONGEST_PAUSE)
}

/// How far this node's clock must move so that the database's reading can lie between the two of
/// ours. Zero while it does; else the middle is met, so that what is left of the difference is
/// at most half of the round trip.
fn correction(asked: Millis, database: Millis, answered: Millis) -> Span {
    if asked <= database && database <= answered {
        return Span::ZERO;
    }
    let middle = asked.after(Span(answered.since(asked).0.div_euclid(2)));
    Span(database.0.saturating_sub(middle.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_may_be_right_is_left_alone() {
        for database in [100, 105, 110] {
            assert_eq!(correction(Millis(100), Millis(database), Millis(110)), Span::ZERO);
        }
    }

    #[test]
    fn a_wrong_clock_is_moved_to_within_half_a_round_trip() {
        for (ahead, there, back) in [(5_000, 0, 10), (5_000, 10, 0), (-300, 4, 4), (-1, 0, 0)] {
            let truth = 1_000_000;
            let (asked, answered) = (truth - there + ahead, truth + back + ahead);
            let moved = correction(Millis(asked), Millis(truth), Millis(answered)).0;
            let left = (ahead + moved).abs();
            assert!(left <= (there + back) / 2, "{ahead}: {left} left");
        }
    }

    #[test]
    fn pauses_grow_to_a_second() {
        let pauses: Vec<_> = std::iter::successors(Some(Duration::ZERO), |p| Some(next_pause(*p)))
            .skip(1)
            .take(6)
            .map(|pause| pause.as_millis())
            .collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000]);
    }
}
