//! Who waits in one lane: sources in turn, each in the order of arrival; anybody may leave from
//! anywhere. Knows no permit and no limit.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::oneshot;

use super::Admission;
use crate::model::Source;
use crate::tenant::waiting_room::Seat;

/// Somebody who waits, with the room that they take.
#[derive(Debug)]
pub(super) struct Waiter {
    pub sender: oneshot::Sender<Admission>,
    #[expect(dead_code, reason = "given back when the waiter goes")]
    pub seat: Seat,
}

#[derive(Debug, Default)]
pub(super) struct Line {
    waiters: BTreeMap<Source, BTreeMap<u64, Waiter>>,
    /// Every source with a waiter, once; the front is next.
    turns: VecDeque<Source>,
}

impl Line {
    pub fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// `number` is higher than all before.
    pub fn push(&mut self, source: &Source, number: u64, waiter: Waiter) {
        let line = self.waiters.entry(source.clone()).or_default();
        if line.is_empty() {
            self.turns.push_back(source.clone());
        }
        line.insert(number, waiter);
    }

    pub fn pop(&mut self) -> Option<Waiter> {
        let source = self.turns.pop_front()?;
        let line = self.waiters.get_mut(&source)?;
        let (_, waiter) = line.pop_first()?;
        if line.is_empty() {
            self.waiters.remove(&source);
        } else {
            self.turns.push_back(source);
        }
        Some(waiter)
    }

    pub fn remove(&mut self, source: &Source, number: u64) -> Option<Waiter> {
        let line = self.waiters.get_mut(source)?;
        let waiter = line.remove(&number)?;
        if line.is_empty() {
            self.waiters.remove(source);
            self.turns.retain(|other| other != source);
        }
        Some(waiter)
    }

    /// Takes everybody out.
    pub fn clear(&mut self) -> impl Iterator<Item = Waiter> + use<> {
        self.turns.clear();
        std::mem::take(&mut self.waiters).into_values().flat_map(BTreeMap::into_values)
    }
}
