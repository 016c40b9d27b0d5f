//! Rows of subjects, their sources and lanes, and how they become the core's state and back.
//! The only place where "until unlocked" is a number.

use diesel::prelude::*;

use super::connection::Db;
use super::schema::{lanes, sources, subjects};
#[cfg(feature = "postgres")]
#[cfg(feature = "postgres")]
use super::statement;
use super::statement::{one, stored};
use crate::lockout::{
    Eras, Ladder, LaneState, Lock, LockKind, SourceState, StaffLock, SubjectState,
};
use crate::model::{Lane, Millis, Source, TenantId, Until, UserId};

/// "Until unlocked" in a column of instants: sorts after every real end.
const UNTIL_UNLOCKED: i64 = i64::MAX;

/// Names the row that is counted: `user_…` for a user, `p:` and a keyed digest for a phantom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey(String);

impl SubjectKey {
    #[must_use]
    pub fn user(user: &UserId) -> Self {
        Self(user.as_str().to_owned())
    }

    /// `digest` is the keyed digest of the canonical key (see `token`): the name itself is not kept.
    #[must_use]
    pub fn phantom(digest: &str) -> Self {
        Self(format!("p:{digest}"))
    }

    #[must_use]
    pub fn is_phantom(&self) -> bool {
        is_phantom(&self.0)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

fn is_phantom(subject: &str) -> bool {
    subject.starts_with("p:")
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = subjects, primary_key(tenant_id, subject), treat_none_as_null = true)]
pub(super) struct SubjectRow {
    pub tenant_id: String,
    pub subject: String,
    pub phantom: bool,
    pub last_instant: i64,
    pub count: i64,
    pub deadline: Option<i64>,
    pub ladder_base: i64,
    pub ladder_last: Option<i64>,
    pub lock_kind: Option<String>,
    pub lock_since: Option<i64>,
    pub lock_until: Option<i64>,
    pub lock_spent: bool,
    pub staff_since: Option<i64>,
    pub staff_until: Option<i64>,
    pub long_run: i64,
    pub episode: i64,
    pub episode_open: bool,
    pub episode_since: Option<i64>,
    pub episode_mailed: Option<i64>,
    pub episode_lock_end: Option<i64>,
    pub hot_sources: i64,
    pub presses: i64,
    pub presses_since: Option<i64>,
    pub last_press: Option<i64>,
    pub public_serial: i64,
    pub all_serial: i64,
    pub era_count: i64,
    pub era_step: i64,
    pub era_lock: i64,
    pub lanes_era: i64,
    /// The newest row of the log that is this subject's: there begins the way back through them.
    pub last_attempt: Option<String>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = sources, primary_key(tenant_id, subject, source), treat_none_as_null = true)]
pub(super) struct SourceRow {
    pub tenant_id: String,
    pub subject: String,
    pub source: String,
    pub count: i64,
    pub ladder_base: i64,
    pub ladder_last: Option<i64>,
    pub lock_kind: Option<String>,
    pub lock_since: Option<i64>,
    pub lock_until: Option<i64>,
    pub lock_spent: bool,
    pub hot: bool,
    pub era_count: i64,
    pub era_step: i64,
    pub era_lock: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = lanes, primary_key(tenant_id, subject, lane), treat_none_as_null = true)]
pub(super) struct LaneRow {
    pub tenant_id: String,
    pub subject: String,
    pub lane: String,
    pub count: i64,
    pub deadline: Option<i64>,
    pub ladder_base: i64,
    pub ladder_last: Option<i64>,
    pub lock_kind: Option<String>,
    pub lock_since: Option<i64>,
    pub lock_until: Option<i64>,
    pub lock_spent: bool,
    pub beyond_long_run: i64,
    pub serial: i64,
    pub dead: bool,
    pub expires: Option<i64>,
    pub era: i64,
    pub all_serial: i64,
    pub created_at: i64,
    pub label: Option<String>,
    pub source: Option<String>,
    pub used_at: i64,
    pub credential_version: i64,
}

stored! { SubjectRow, "subjects", Replace, [tenant_id, subject];
    tenant_id: Text, subject: Text, phantom: Flag, last_instant: Int, count: Int, deadline: Int,
    ladder_base: Int, ladder_last: Int, lock_kind: Text, lock_since: Int, lock_until: Int,
    lock_spent: Flag, staff_since: Int, staff_until: Int, long_run: Int, episode: Int,
    episode_open: Flag, episode_since: Int, episode_mailed: Int, episode_lock_end: Int,
    hot_sources: Int, presses: Int, presses_since: Int, last_press: Int, public_serial: Int,
    all_serial: Int, era_count: Int, era_step: Int, era_lock: Int, lanes_era: Int,
    last_attempt: Text,
}

stored! { SourceRow, "sources", Replace, [tenant_id, subject, source];
    tenant_id: Text, subject: Text, source: Text, count: Int, ladder_base: Int, ladder_last: Int,
    lock_kind: Text, lock_since: Int, lock_until: Int, lock_spent: Flag, hot: Flag,
    era_count: Int, era_step: Int, era_lock: Int,
}

stored! { LaneRow, "lanes", Replace, [tenant_id, subject, lane];
    tenant_id: Text, subject: Text, lane: Text, count: Int, deadline: Int, ladder_base: Int,
    ladder_last: Int, lock_kind: Text, lock_since: Int, lock_until: Int, lock_spent: Flag,
    beyond_long_run: Int, serial: Int, dead: Flag, expires: Int, era: Int, all_serial: Int,
    created_at: Int, label: Text, source: Text, used_at: Int, credential_version: Int,
}

pub(super) const fn until_to_column(until: Until) -> i64 {
    match until {
        Until::At(end) => end.0,
        Until::Unlocked => UNTIL_UNLOCKED,
    }
}

pub(super) const fn until_from_column(column: i64) -> Until {
    if column == UNTIL_UNLOCKED { Until::Unlocked } else { Until::At(Millis(column)) }
}

pub(super) const fn kind_to_column(kind: LockKind) -> &'static str {
    match kind {
        LockKind::Automatic => "automatic",
        LockKind::LongRun => "long_run",
    }
}

pub(super) fn kind_from_column(column: &str) -> LockKind {
    if column == "long_run" { LockKind::LongRun } else { LockKind::Automatic }
}

fn lock_from(
    kind: Option<&str>,
    since: Option<i64>,
    until: Option<i64>,
    spent: bool,
) -> Option<Lock> {
    Some(Lock {
        kind: kind_from_column(kind?),
        since: Millis(since?),
        until: until_from_column(until?),
        spent,
    })
}

/// The four lock columns of a row, from the core's lock.
macro_rules! write_lock {
    ($row:expr, $lock:expr) => {
        $row.lock_kind = $lock.map(|l| kind_to_column(l.kind).to_owned());
        $row.lock_since = $lock.map(|l| l.since.0);
        $row.lock_until = $lock.map(|l| until_to_column(l.until));
        $row.lock_spent = $lock.is_some_and(|l| l.spent);
    };
}

/// As [`SubjectRow::blank`]; a test holds one against the other.
#[cfg(feature = "postgres")]
impl statement::postgres::Blank for SubjectRow {
    const COLUMNS: &'static str = "phantom, last_instant, count, ladder_base, lock_spent, long_run, \
         episode, episode_open, hot_sources, presses, public_serial, all_serial, era_count, \
         era_step, era_lock, lanes_era";
    const VALUES: &'static str = "blank.subject LIKE 'p:%', 0, 0, 0, false, 0, 0, false, 0, 0, 0, \
         0, 0, 0, 0, 0";
}

impl SubjectRow {
    /// A subject that nothing has happened to.
    pub fn blank(tenant: &str, subject: &str) -> Self {
        let mut row = Self {
            tenant_id: tenant.to_owned(),
            subject: subject.to_owned(),
            phantom: is_phantom(subject),
            last_instant: 0,
            count: 0,
            deadline: None,
            ladder_base: 0,
            ladder_last: None,
            lock_kind: None,
            lock_since: None,
            lock_until: None,
            lock_spent: false,
            staff_since: None,
            staff_until: None,
            long_run: 0,
            episode: 0,
            episode_open: false,
            episode_since: None,
            episode_mailed: None,
            episode_lock_end: None,
            hot_sources: 0,
            presses: 0,
            presses_since: None,
            last_press: None,
            public_serial: 0,
            all_serial: 0,
            era_count: 0,
            era_step: 0,
            era_lock: 0,
            lanes_era: 0,
            last_attempt: None,
        };
        row.put(&SubjectState::default());
        row
    }

    pub fn state(&self) -> SubjectState {
        SubjectState {
            last_instant: Millis(self.last_instant),
            count: self.count,
            deadline: self.deadline.map(Millis),
            ladder: Ladder { base: self.ladder_base, last: self.ladder_last },
            lock: lock_from(
                self.lock_kind.as_deref(),
                self.lock_since,
                self.lock_until,
                self.lock_spent,
            ),
            staff_lock: self.staff_since.zip(self.staff_until).map(|(since, until)| StaffLock {
                since: Millis(since),
                until: until_from_column(until),
            }),
            long_run: self.long_run,
            episode: self.episode,
            episode_open: self.episode_open,
            episode_since: self.episode_since.map(Millis),
            episode_mailed: self.episode_mailed.map(Millis),
            episode_lock_end: self.episode_lock_end.map(until_from_column),
            hot_sources: self.hot_sources,
            presses: self.presses,
            presses_since: self.presses_since.map(Millis),
            last_press: self.last_press.map(Millis),
            public_serial: self.public_serial,
            all_serial: self.all_serial,
            eras: Eras { count: self.era_count, step: self.era_step, lock: self.era_lock },
            lanes_era: self.lanes_era,
        }
    }

    pub fn put(&mut self, s: &SubjectState) {
        self.last_instant = s.last_instant.0;
        self.count = s.count;
        self.deadline = s.deadline.map(|m| m.0);
        self.ladder_base = s.ladder.base;
        self.ladder_last = s.ladder.last;
        write_lock!(self, s.lock);
        self.staff_since = s.staff_lock.map(|l| l.since.0);
        self.staff_until = s.staff_lock.map(|l| until_to_column(l.until));
        self.long_run = s.long_run;
        self.episode = s.episode;
        self.episode_open = s.episode_open;
        self.episode_since = s.episode_since.map(|m| m.0);
        self.episode_mailed = s.episode_mailed.map(|m| m.0);
        self.episode_lock_end = s.episode_lock_end.map(until_to_column);
        self.hot_sources = s.hot_sources;
        self.presses = s.presses;
        self.presses_since = s.presses_since.map(|m| m.0);
        self.last_press = s.last_press.map(|m| m.0);
        self.public_serial = s.public_serial;
        self.all_serial = s.all_serial;
        self.era_count = s.eras.count;
        self.era_step = s.eras.step;
        self.era_lock = s.eras.lock;
        self.lanes_era = s.lanes_era;
    }
}

impl SourceRow {
    pub fn blank(tenant: &str, subject: &str, source: &str) -> Self {
        Self {
            tenant_id: tenant.to_owned(),
            subject: subject.to_owned(),
            source: source.to_owned(),
            count: 0,
            ladder_base: 0,
            ladder_last: None,
            lock_kind: None,
            lock_since: None,
            lock_until: None,
            lock_spent: false,
            hot: false,
            era_count: 0,
            era_step: 0,
            era_lock: 0,
        }
    }

    pub fn state(&self) -> SourceState {
        SourceState {
            count: self.count,
            ladder: Ladder { base: self.ladder_base, last: self.ladder_last },
            lock: lock_from(
                self.lock_kind.as_deref(),
                self.lock_since,
                self.lock_until,
                self.lock_spent,
            ),
            hot: self.hot,
            eras: Eras { count: self.era_count, step: self.era_step, lock: self.era_lock },
        }
    }

    pub fn put(&mut self, s: &SourceState) {
        self.count = s.count;
        self.ladder_base = s.ladder.base;
        self.ladder_last = s.ladder.last;
        write_lock!(self, s.lock);
        self.hot = s.hot;
        self.era_count = s.eras.count;
        self.era_step = s.eras.step;
        self.era_lock = s.eras.lock;
    }
}

impl LaneRow {
    /// A lane given out at `now`.
    pub fn blank(tenant: &str, subject: &str, lane: &str, now: Millis) -> Self {
        Self {
            tenant_id: tenant.to_owned(),
            subject: subject.to_owned(),
            lane: lane.to_owned(),
            count: 0,
            deadline: None,
            ladder_base: 0,
            ladder_last: None,
            lock_kind: None,
            lock_since: None,
            lock_until: None,
            lock_spent: false,
            beyond_long_run: 0,
            serial: 0,
            dead: false,
            expires: None,
            era: 0,
            all_serial: 0,
            created_at: now.0,
            label: None,
            source: None,
            used_at: now.0,
            credential_version: 0,
        }
    }

    pub fn state(&self) -> LaneState {
        LaneState {
            count: self.count,
            deadline: self.deadline.map(Millis),
            ladder: Ladder { base: self.ladder_base, last: self.ladder_last },
            lock: lock_from(
                self.lock_kind.as_deref(),
                self.lock_since,
                self.lock_until,
                self.lock_spent,
            ),
            beyond_long_run: self.beyond_long_run,
            serial: self.serial,
            dead: self.dead,
            expires: self.expires.map(Millis),
            era: self.era,
            all_serial: self.all_serial,
        }
    }

    pub fn put(&mut self, s: &LaneState) {
        self.count = s.count;
        self.deadline = s.deadline.map(|m| m.0);
        self.ladder_base = s.ladder.base;
        self.ladder_last = s.ladder.last;
        write_lock!(self, s.lock);
        self.beyond_long_run = s.beyond_long_run;
        self.serial = s.serial;
        self.dead = s.dead;
        self.expires = s.expires.map(|m| m.0);
        self.era = s.era;
        self.all_serial = s.all_serial;
    }
}

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
) -> QueryResult<Option<SubjectRow>> {
    one(db, [tenant.as_str(), subject.as_str(), ""])
}

pub(super) fn find_source(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    source: &Source,
) -> QueryResult<Option<SourceRow>> {
    one(db, [tenant.as_str(), subject.as_str(), source.as_str()])
}

pub(super) fn find_lane(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    lane: &Lane,
) -> QueryResult<Option<LaneRow>> {
    one(db, [tenant.as_str(), subject.as_str(), &lane.stored()])
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;
    use crate::store::statement::postgres::Blank;
    use crate::store::statement::{Kind, Stored, Value};

    #[test]
    fn a_blank_row_that_postgres_makes_is_the_blank_row() {
        let blank = SubjectRow::blank("t", "s");
        let said: Vec<(&str, String)> = <SubjectRow as Stored>::COLUMNS
            .iter()
            .zip(Stored::values(&blank))
            .skip(SubjectRow::KEYS)
            .filter_map(|(&(name, kind), value): (&(&str, Kind), _)| match value {
                Value::Text(None) | Value::Int(None) => None,
                Value::Text(Some(text)) => panic!("{name} {kind:?} {text}"),
                Value::Int(Some(number)) => Some((name, number.to_string())),
                Value::Flag(_) if name == "phantom" => {
                    Some((name, "blank.subject LIKE 'p:%'".to_owned()))
                }
                Value::Flag(flag) => Some((name, flag.to_string())),
            })
            .collect();
        let names: Vec<&str> = <SubjectRow as Blank>::COLUMNS.split(", ").collect();
        let values: Vec<&str> = SubjectRow::VALUES.split(", ").collect();
        assert_eq!(names, said.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert_eq!(values, said.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>());
    }
}
