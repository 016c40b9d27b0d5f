//! When which lane of which subject was locked, in true time: a refusal must have had a reason at
//! some instant of the attempt, or in the second for which a published entry is believed.

use std::collections::BTreeMap;

use lockkeeper::model::{Millis, Until};
use lockkeeper::store::SubjectKey;

use crate::lockout_model::reference::Model;
use crate::lockout_model::{EVERYBODY, Who};

struct Record {
    /// In force from here on, in true time, until the next record of the subject.
    from: i64,
    /// The step of the commit, for order within a millisecond.
    step: u64,
    ends: [Option<Until>; EVERYBODY.len()],
}

#[derive(Default)]
pub(crate) struct History {
    of: BTreeMap<SubjectKey, Vec<Record>>,
}

impl History {
    pub(crate) fn note(&mut self, subject: &SubjectKey, (now, step): (i64, u64), model: &Model) {
        let ends = EVERYBODY.map(|who| {
            let account = model.account.lock.filter(|_| matches!(who, Who::Source(_)));
            let row = model.rows.get(&who).and_then(|row| row.lock);
            model.staff.max(account).max(row)
        });
        let records = self.of.entry(subject.clone()).or_default();
        if records.last().is_none_or(|last| last.ends != ends) {
            records.push(Record { from: now, step, ends });
        }
    }

    /// Whether `who` was locked at some instant from `since` on, and after the step `after`, by a
    /// clock that read `clock` or later.
    pub(crate) fn was_locked(
        &self,
        subject: &SubjectKey,
        who: Who,
        (since, after): (i64, Option<u64>),
        clock: Millis,
    ) -> bool {
        let place = EVERYBODY.iter().position(|known| *known == who).expect("somebody known");
        let Some(records) = self.of.get(subject) else { return false };
        for record in records.iter().rev() {
            if record.ends[place].is_some_and(|end| end.holds_at(clock)) {
                return true;
            }
            // In the same millisecond the order is not known.
            if record.from < since || after.is_some_and(|after| record.step <= after) {
                return false;
            }
        }
        false
    }
}
