//! What the locks that stand are asked for, in words that both databases take. The indexes of some rows
//! are used because their conditions stand here word for word. Knows no answer.

use super::LockSort;

/// Accounts locked by the policy.
pub const BY_POLICY: &str = "SELECT subject, coalesce(lock_kind, 'automatic') AS sort, \
     coalesce(lock_since, 0) AS since, lock_until AS ends, '' AS source FROM subjects \
     WHERE tenant_id = $1 AND lock_until IS NOT NULL AND NOT phantom \
     AND (lock_until, subject) > ($2, $3) AND lock_until <= $4";
/// Those of which no staff lock ends later.
pub const AND_NOT_BY_STAFF: &str = " AND (staff_until IS NULL OR staff_until <= lock_until)";
pub const AND_AUTOMATIC: &str = " AND lock_kind = 'automatic'";
pub const AND_LONG_RUN: &str = " AND lock_kind = 'long_run'";
pub const IN_ORDER: &str = " ORDER BY lock_until, subject LIMIT $5";
/// Accounts locked by staff.
pub const BY_STAFF: &str = "SELECT subject, 'staff' AS sort, coalesce(staff_since, 0) AS since, \
     staff_until AS ends, '' AS source FROM subjects \
     WHERE tenant_id = $1 AND staff_until IS NOT NULL AND NOT phantom \
     AND (staff_until, subject) > ($2, $3) AND staff_until <= $4";
pub const AND_NOT_BY_POLICY: &str = " AND (lock_until IS NULL OR lock_until < staff_until)";
pub const STAFF_IN_ORDER: &str = " ORDER BY staff_until, subject LIMIT $5";
/// Single sources: those of an older era were lifted with their account's. `CROSS JOIN` keeps
/// SQLite from beginning at the accounts.
pub const BY_SOURCE: &str = "SELECT s.subject AS subject, 'source' AS sort, \
     coalesce(s.lock_since, 0) AS since, s.lock_until AS ends, s.source AS source \
     FROM sources s CROSS JOIN subjects j \
     WHERE s.tenant_id = $1 AND s.lock_until IS NOT NULL AND substr(s.subject, 1, 2) <> 'p:' \
     AND (s.lock_until, s.subject, s.source) > ($2, $3, $4) AND s.lock_until <= $5 \
     AND j.tenant_id = s.tenant_id AND j.subject = s.subject AND j.era_lock = s.era_lock \
     ORDER BY s.lock_until, s.subject, s.source LIMIT $6";

/// The question for accounts that the policy locked, if the filter takes any.
pub(super) fn of_policy(sort: Option<LockSort>) -> Option<String> {
    let more = match sort {
        None => AND_NOT_BY_STAFF,
        Some(LockSort::Automatic) => AND_AUTOMATIC,
        Some(LockSort::LongRun) => AND_LONG_RUN,
        Some(LockSort::Staff | LockSort::Source) => return None,
    };
    Some([BY_POLICY, more, IN_ORDER].concat())
}

pub(super) fn of_staff(sort: Option<LockSort>) -> Option<String> {
    let more = match sort {
        None => AND_NOT_BY_POLICY,
        Some(LockSort::Staff) => "",
        Some(LockSort::Automatic | LockSort::LongRun | LockSort::Source) => return None,
    };
    Some([BY_STAFF, more, STAFF_IN_ORDER].concat())
}

pub(super) fn of_sources(sort: Option<LockSort>) -> Option<String> {
    match sort {
        None | Some(LockSort::Source) => Some(BY_SOURCE.to_owned()),
        Some(LockSort::Automatic | LockSort::LongRun | LockSort::Staff) => None,
    }
}
