//! An account's locks, each with its end: by itself, early by a mail, a new password or by hand, or
//! because another lock took its place. Told from what was noted; reads nothing and decides nothing.

use serde_json::Value;

use crate::lockout::UnlockedBy;
use crate::model::{Millis, Until};
use crate::store::audit::AuditRow;

/// Whom a lock shuts out, and who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockReach {
    /// Everybody, by staff.
    ByStaff,
    /// All but known devices, by the policy.
    Account,
    /// One source, by the policy.
    Source(String),
    /// One known device, or the browser of a grace pass, by the policy: its lane as it is stored.
    Device(String),
}

/// What became of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockEnd {
    Stands,
    ByItself(Millis),
    Lifted {
        at: Millis,
        by: UnlockedBy,
        /// As [`AuditRow::actor`].
        actor: String,
    },
    /// Another lock of the same reach came before the end.
    Replaced {
        at: Millis,
        /// It ends later.
        longer: bool,
    },
    /// More was noted before its end than is known.
    NotKnown,
}

/// A lock from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockStretch {
    /// When it was made; for a lock of staff that was given another end, when that was done.
    pub at: Millis,
    /// As [`AuditRow::actor`].
    pub actor: String,
    pub reason: Option<String>,
    pub reach: LockReach,
    /// The end that it was made with.
    pub until: Until,
    pub end: LockEnd,
}

impl LockStretch {
    fn stands_at(&self, at: Millis) -> bool {
        self.end == LockEnd::Stands && self.until.holds_at(at)
    }
}

/// The locks that `facts` tell of (newest first, none missing between them), newest first. What was
/// noted after `known_to` is not among them; all that was noted is where there is none.
#[must_use]
pub(super) fn lock_stretches(
    facts: &[AuditRow],
    known_to: Option<Millis>,
    now: Millis,
) -> Vec<LockStretch> {
    let mut locks: Vec<LockStretch> = Vec::new();
    for fact in facts.iter().rev() {
        match fact.action.as_str() {
            "user.locked" => {
                let lock = begun(fact);
                for old in locks.iter_mut().filter(|old| old.reach == lock.reach) {
                    if old.stands_at(lock.at) {
                        let longer = lock.until > old.until;
                        old.end = LockEnd::Replaced { at: lock.at, longer };
                    }
                }
                locks.push(lock);
            }
            "user.unlocked" => lift(&mut locks, fact),
            _ => {}
        }
    }
    // Up to here nothing ended it before its time.
    let known = known_to.map_or(now, |known| known.min(now));
    for lock in locks.iter_mut().filter(|lock| lock.end == LockEnd::Stands) {
        match lock.until {
            Until::At(end) if end <= known => lock.end = LockEnd::ByItself(end),
            Until::At(_) | Until::Unlocked if known_to.is_some() => lock.end = LockEnd::NotKnown,
            Until::At(_) | Until::Unlocked => {}
        }
    }
    locks.reverse();
    locks
}

fn detail_of(fact: &AuditRow) -> Value {
    serde_json::from_str(&fact.detail).unwrap_or_default()
}

fn begun(fact: &AuditRow) -> LockStretch {
    let detail = detail_of(fact);
    let lock = |field: &str| detail.pointer(&format!("/lock/{field}"));
    let until = lock("until").and_then(Value::as_i64);
    let reach = if lock("kind").and_then(Value::as_str) == Some("staff") {
        LockReach::ByStaff
    } else if lock("source_only").and_then(Value::as_bool) == Some(true) {
        let source = detail.get("source").and_then(Value::as_str).unwrap_or_default();
        LockReach::Source(source.to_owned())
    } else if let Some(lane) = detail.get("lane").and_then(Value::as_str) {
        LockReach::Device(lane.to_owned())
    } else {
        LockReach::Account
    };
    LockStretch {
        at: fact.at,
        actor: fact.actor.clone(),
        reason: detail.get("reason").and_then(Value::as_str).map(str::to_owned),
        reach,
        until: until.map_or(Until::Unlocked, |at| Until::At(Millis(at))),
        end: LockEnd::Stands,
    }
}

/// Staff lift everything, a new password all that the policy made, a mail what shuts out the public.
fn lift(locks: &mut [LockStretch], fact: &AuditRow) {
    let detail = detail_of(fact);
    let by = match detail.get("by").and_then(Value::as_str) {
        Some("press") => UnlockedBy::Press,
        Some("reset") => UnlockedBy::Reset,
        Some(_) | None => UnlockedBy::Staff,
    };
    for lock in locks.iter_mut().filter(|lock| lock.stands_at(fact.at)) {
        let lifted = match (&lock.reach, by) {
            (_, UnlockedBy::Staff) => true,
            (LockReach::ByStaff, UnlockedBy::Press | UnlockedBy::Reset)
            | (LockReach::Device(_), UnlockedBy::Press) => false,
            (LockReach::Device(_), UnlockedBy::Reset)
            | (LockReach::Account | LockReach::Source(_), UnlockedBy::Press | UnlockedBy::Reset) => {
                true
            }
        };
        if lifted {
            lock.end = LockEnd::Lifted { at: fact.at, by, actor: fact.actor.clone() };
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{AuditId, TenantId, UserId};

    const MINUTE: i64 = 60_000;

    fn fact(minute: i64, actor: &str, action: &str, detail: &Value) -> AuditRow {
        let at = Millis(minute * MINUTE);
        AuditRow {
            tenant_id: TenantId::from_stored("ten_1".to_owned()),
            id: AuditId::generate(at),
            at,
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: None,
            user_id: Some(UserId::from_stored("user_1".to_owned())),
            detail: detail.to_string(),
            seq: None,
            hash: None,
        }
    }

    fn locked(minute: i64, actor: &str, kind: &str, until: Option<i64>) -> AuditRow {
        let until = until.map(|until| until * MINUTE);
        let lock =
            json!({ "kind": kind, "source_only": false, "since": minute * MINUTE, "until": until });
        fact(minute, actor, "user.locked", &json!({ "lock": lock, "source": "192.0.2.1" }))
    }

    fn unlocked(minute: i64, actor: &str, by: &str) -> AuditRow {
        fact(minute, actor, "user.unlocked", &json!({ "by": by, "lifted": null }))
    }

    fn ends(mut facts: Vec<AuditRow>) -> Vec<LockEnd> {
        facts.reverse();
        let stretches = lock_stretches(&facts, None, Millis(100 * MINUTE));
        stretches.into_iter().rev().map(|lock| lock.end).collect()
    }

    fn at(minute: i64) -> Millis {
        Millis(minute * MINUTE)
    }

    #[test]
    fn a_lock_ends_by_itself_unless_something_ended_it_before() {
        let found = ends(vec![
            locked(1, "attempt", "automatic", Some(2)),
            // Too late for the first.
            unlocked(3, "link", "press"),
            locked(4, "attempt", "automatic", Some(9)),
            unlocked(5, "link", "press"),
            locked(6, "attempt", "automatic", Some(200)),
            unlocked(7, "reset_password", "reset"),
            locked(8, "attempt", "automatic", Some(200)),
            unlocked(9, "staff:user_2ana", "staff"),
            locked(10, "attempt", "automatic", Some(200)),
        ]);
        let lifted = |minute, by, actor: &str| LockEnd::Lifted {
            at: at(minute),
            by,
            actor: actor.to_owned(),
        };
        let expected = [
            LockEnd::ByItself(at(2)),
            lifted(5, UnlockedBy::Press, "link"),
            lifted(7, UnlockedBy::Reset, "reset_password"),
            lifted(9, UnlockedBy::Staff, "staff:user_2ana"),
            LockEnd::Stands,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_lock_that_stands_gives_way_to_another_of_its_reach_only() {
        let found = ends(vec![
            locked(1, "api", "staff", Some(50)),
            locked(2, "attempt", "automatic", Some(60)),
            locked(3, "api", "staff", Some(70)),
            locked(4, "api", "staff", Some(65)),
            locked(5, "attempt", "long_run", None),
            // Opens nothing that staff locked.
            unlocked(6, "reset_password", "reset"),
        ]);
        let reset = LockEnd::Lifted {
            at: at(6),
            by: UnlockedBy::Reset,
            actor: "reset_password".to_owned(),
        };
        let expected = [
            LockEnd::Replaced { at: at(3), longer: true },
            LockEnd::Replaced { at: at(5), longer: true },
            LockEnd::Replaced { at: at(4), longer: false },
            LockEnd::ByItself(at(65)),
            reset,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_is_concluded_from_what_is_not_known() {
        let mut facts = vec![
            locked(1, "attempt", "automatic", Some(2)),
            locked(3, "attempt", "automatic", Some(9)),
            unlocked(4, "link", "press"),
            locked(5, "attempt", "automatic", Some(7)),
            locked(6, "api", "staff", None),
        ];
        facts.reverse();
        let press = LockEnd::Lifted { at: at(4), by: UnlockedBy::Press, actor: "link".to_owned() };
        let first = [press, LockEnd::ByItself(at(2))];
        let now = Millis(100 * MINUTE);
        let told = |known: Option<i64>| -> Vec<LockEnd> {
            let stretches = lock_stretches(&facts, known.map(at), now);
            stretches.into_iter().map(|lock| lock.end).collect()
        };
        let known = [LockEnd::Stands, LockEnd::ByItself(at(7))];
        assert_eq!(told(None), [&known[..], &first].concat());
        // Long ended, perhaps before its time, and perhaps lifted: who knows.
        assert_eq!(told(Some(6)), [&[LockEnd::NotKnown, LockEnd::NotKnown][..], &first].concat());
        let later = [LockEnd::NotKnown, LockEnd::ByItself(at(7))];
        assert_eq!(told(Some(7)), [&later[..], &first].concat());
    }

    #[test]
    fn locks_of_two_sources_stand_beside_each_other() {
        let of_source = |minute: i64, source: &str| {
            let lock =
                json!({ "kind": "automatic", "source_only": true, "since": 0, "until": null });
            fact(minute, "attempt", "user.locked", &json!({ "lock": lock, "source": source }))
        };
        let found = ends(vec![of_source(1, "192.0.2.1"), of_source(2, "192.0.2.2")]);
        assert_eq!(found, [LockEnd::Stands, LockEnd::Stands]);
    }

    #[test]
    fn locks_of_two_devices_and_of_the_account_stand_beside_each_other() {
        let of_lane = |minute: i64, lane: &str| {
            let lock = json!({ "kind": "automatic", "source_only": false, "until": 50 * MINUTE });
            fact(minute, "attempt", "user.locked", &json!({ "lock": lock, "lane": lane }))
        };
        let found = ends(vec![
            of_lane(1, "device:a"),
            of_lane(2, "device:b"),
            locked(3, "attempt", "long_run", None),
            // A mail opens the account and no device.
            unlocked(4, "link", "press"),
        ]);
        let press = LockEnd::Lifted { at: at(4), by: UnlockedBy::Press, actor: "link".to_owned() };
        assert_eq!(found, [LockEnd::ByItself(at(50)), LockEnd::ByItself(at(50)), press]);
    }
}
