//! Who reads the row of a published lock again when its entry is too old: one of those who ask at the
//! same time, while the others wait for what he finds. An attack on a locked account costs one read a
//! second that way, and nobody is refused by an entry that is older. Knows no rows and no locks.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::locked_table::{AsItIs, Named, NamedSource};

/// An account's entry of the table, or that of one of its sources.
pub(super) type Entry = (Named, Option<NamedSource>);

type UnderWay = HashMap<Entry, watch::Receiver<Found>, BuildHasherDefault<AsItIs>>;

/// The reads under way: as many as there are requests under way, at most.
#[derive(Default)]
pub(super) struct Rereads {
    under_way: Arc<Mutex<UnderWay>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Nothing yet; if it stays so, the reader has gone away.
    Nothing,
    TheRow,
    Trouble,
}

/// What one who asks has to do.
pub(super) enum Part {
    Read(Reading),
    Wait(Waiting),
}

/// Held by the one who reads; going away lets one of the others read.
pub(super) struct Reading {
    entry: Entry,
    rereads: Rereads,
    tell: watch::Sender<Found>,
}

/// One who waits for another's read.
pub(super) struct Waiting(watch::Receiver<Found>);

/// The read that was waited for went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unread;

impl Rereads {
    pub fn join(&self, entry: Entry) -> Part {
        let mut under_way = self.under_way.lock();
        if let Some(reader) = under_way.get(&entry) {
            return Part::Wait(Waiting(reader.clone()));
        }
        let (tell, hear) = watch::channel(Found::Nothing);
        under_way.insert(entry, hear);
        Part::Read(Reading {
            entry,
            rereads: Self { under_way: Arc::clone(&self.under_way) },
            tell,
        })
    }
}

impl Reading {
    /// The table says what the row says now; or the row could not be read.
    pub fn ends<T, E>(self, outcome: &Result<T, E>) {
        self.tell.send_replace(if outcome.is_ok() { Found::TheRow } else { Found::Trouble });
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.rereads.under_way.lock().remove(&self.entry);
    }
}

impl Waiting {
    /// Completes when the table is to be asked again.
    ///
    /// # Errors
    /// [`Unread`].
    pub async fn ended(mut self) -> Result<(), Unread> {
        match self.0.wait_for(|found| *found != Found::Nothing).await.as_deref() {
            Ok(Found::Trouble) => Err(Unread),
            Ok(Found::TheRow | Found::Nothing) | Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CanonicalKey, Source, TenantId};
    use crate::tenant::locked_table::LockedTable;

    fn entries() -> [Entry; 2] {
        let table = LockedTable::default();
        let tenant = TenantId::from_stored("ins_1".to_owned());
        let named = table.name(&tenant, &CanonicalKey::from_stored("alex@acme.test".to_owned()));
        let source = table.name_source(&Source::from_stored("192.0.2.1".to_owned()));
        [(named, None), (named, Some(source))]
    }

    fn reading(part: Part) -> Reading {
        match part {
            Part::Read(reading) => reading,
            Part::Wait(_) => panic!("somebody reads already"),
        }
    }

    fn waiting(part: Part) -> Waiting {
        match part {
            Part::Wait(waiting) => waiting,
            Part::Read(_) => panic!("nobody reads"),
        }
    }

    #[tokio::test]
    async fn one_reads_and_the_others_hear_how_it_ended() {
        let rereads = Rereads::default();
        let [entry, other] = entries();
        for (outcome, heard) in [(Ok(()), Ok(())), (Err(()), Err(Unread))] {
            let first = reading(rereads.join(entry));
            let others = [waiting(rereads.join(entry)), waiting(rereads.join(entry))];
            let _elsewhere = reading(rereads.join(other));
            first.ends(&outcome);
            for one in others {
                assert_eq!(one.ended().await, heard);
            }
        }
        assert_eq!(rereads.under_way.lock().len(), 0);
    }

    #[tokio::test]
    async fn a_reader_who_goes_away_leaves_it_to_another() {
        let rereads = Rereads::default();
        let [entry, _] = entries();
        let first = reading(rereads.join(entry));
        let second = waiting(rereads.join(entry));
        drop(first);
        assert_eq!(second.ended().await, Ok(()));
        let _reads_now = reading(rereads.join(entry));
    }
}
