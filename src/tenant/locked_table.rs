//! The published table of locks: what a web thread may answer "locked" from, without a message, a
//! hash, a write or (for one second) a read. Written by the tenant's actor before a lock is
//! answered, withdrawn before an unlock is answered. It decides nothing: the row does.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::RwLock;

use super::notices::Hearing;
use crate::lockout::LockView;
use crate::model::{CanonicalKey, Millis, Source, TenantId};

/// How long an entry is believed before the row is read again: the command line and other nodes
/// unlock too (DESIGN §5.0).
const TRUST: Duration = Duration::from_secs(1);

/// The same while other nodes cannot be heard: with the read itself it stays below a second.
const TRUST_WHEN_DEAF: Duration = Duration::from_millis(500);

/// Shards keep web threads from waiting on each other's writes.
const SHARDS: usize = 16;

/// What the table says about an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    Free,
    Locked(LockView),
    /// Locked when last looked at; whoever gets this answer reads the row again.
    LookAgain(LockView),
}

/// Whether a published lock may be believed at all before the row is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    Yes,
    /// An unlock was published since this lock was read.
    No,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    lock: LockView,
    /// When the row was read; `None`: too early to be believed.
    looked: Option<Duration>,
}

impl Entry {
    fn is_fresh(&self, monotonic: Duration, trust: Duration) -> bool {
        self.looked.is_some_and(|looked| monotonic.saturating_sub(looked) < trust)
    }
}

/// Keyed by a 128-bit digest under keys that live and die with the process.
pub struct LockedTable {
    shards: Vec<RwLock<HashMap<u128, Entry>>>,
    low: RandomState,
    high: RandomState,
    /// Other nodes' changes are not heard.
    deaf: AtomicBool,
}

impl Default for LockedTable {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            low: RandomState::new(),
            high: RandomState::new(),
            deaf: AtomicBool::new(false),
        }
    }
}

impl LockedTable {
    /// Asks for the account's lock, then for this source's.
    pub fn look(
        &self,
        tenant: &TenantId,
        key: &CanonicalKey,
        source: &Source,
        now: Millis,
        monotonic: Duration,
    ) -> Published {
        let account = self.entry(self.digest(tenant, key, None), now, monotonic);
        if account != Published::Free {
            return account;
        }
        self.entry(self.digest(tenant, key, Some(source)), now, monotonic)
    }

    fn entry(&self, digest: u128, now: Millis, monotonic: Duration) -> Published {
        let Some(shard) = self.shard(digest) else { return Published::Free };
        let trust = if self.deaf.load(Ordering::Relaxed) { TRUST_WHEN_DEAF } else { TRUST };
        let Some(entry) = shard.read().get(&digest).copied() else { return Published::Free };
        if !entry.lock.until.holds_at(now) {
            return Published::Free;
        }
        if entry.is_fresh(monotonic, trust) {
            return Published::Locked(entry.lock);
        }
        // One of many askers reads the row; the others believe the entry for the moment of that read.
        let mut writing = shard.write();
        match writing.get_mut(&digest) {
            Some(entry) if entry.is_fresh(monotonic, trust) => Published::Locked(entry.lock),
            Some(entry) => {
                entry.looked = Some(monotonic);
                Published::LookAgain(entry.lock)
            }
            None => Published::Free,
        }
    }

    /// Publishes a lock for all identifiers of its subject.
    pub fn publish(
        &self,
        tenant: &TenantId,
        keys: &[CanonicalKey],
        source: Option<&Source>,
        lock: LockView,
        monotonic: Duration,
        trust: Trust,
    ) {
        let looked = match trust {
            Trust::Yes => Some(monotonic),
            Trust::No => None,
        };
        let scope = if lock.source_only { source } else { None };
        for key in keys {
            let digest = self.digest(tenant, key, scope);
            if let Some(shard) = self.shard(digest) {
                shard.write().insert(digest, Entry { lock, looked });
            }
        }
    }

    /// Withdraws what is published about these identifiers: the account's lock, and the one of
    /// `source` where one is named. Other sources' entries are re-read within a second.
    pub fn withdraw(&self, tenant: &TenantId, keys: &[CanonicalKey], source: Option<&Source>) {
        for key in keys {
            for scope in [None, source] {
                let digest = self.digest(tenant, key, scope);
                if let Some(shard) = self.shard(digest) {
                    shard.write().remove(&digest);
                }
            }
        }
    }

    /// Believes entries for as long as is safe with this hearing.
    pub fn trust_while(&self, hearing: Hearing) {
        let deaf = match hearing {
            Hearing::Deaf => true,
            Hearing::Everything | Hearing::NothingToHear => false,
        };
        self.deaf.store(deaf, Ordering::Relaxed);
    }

    /// Forgets everything: the next try of each reads its row.
    pub fn clear(&self) {
        for shard in &self.shards {
            shard.write().clear();
        }
    }

    /// Forgets locks that have ended.
    pub fn sweep(&self, now: Millis) {
        for shard in &self.shards {
            shard.write().retain(|_, entry| entry.lock.until.holds_at(now));
        }
    }

    fn digest(&self, tenant: &TenantId, key: &CanonicalKey, source: Option<&Source>) -> u128 {
        let what = (tenant, key, source);
        (u128::from(self.high.hash_one(what)) << 64) | u128::from(self.low.hash_one(what))
    }

    fn shard(&self, digest: u128) -> Option<&RwLock<HashMap<u128, Entry>>> {
        usize::try_from(digest % 16).ok().and_then(|index| self.shards.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockout::LockKind;
    use crate::model::{Identifier, Until};

    fn lock(source_only: bool) -> LockView {
        LockView {
            staff: false,
            kind: LockKind::Automatic,
            source_only,
            since: Millis(0),
            until: Until::At(Millis(60_000)),
        }
    }

    #[test]
    fn an_entry_is_believed_for_one_second_and_one_asker_looks_again() {
        let table = LockedTable::default();
        let tenant = TenantId::from_stored("ins_1".to_owned());
        let key = Identifier::parse("alex@acme.test").unwrap().key;
        let source = Source::from_stored("192.0.2.1".to_owned());
        let at = Duration::from_millis;
        table.publish(
            &tenant,
            std::slice::from_ref(&key),
            Some(&source),
            lock(false),
            at(0),
            Trust::Yes,
        );
        let look = |ms| table.look(&tenant, &key, &source, Millis(10), at(ms));
        assert_eq!(look(999), Published::Locked(lock(false)));
        assert_eq!(look(1000), Published::LookAgain(lock(false)));
        assert_eq!(look(1001), Published::Locked(lock(false)));
        assert_eq!(table.look(&tenant, &key, &source, Millis(60_000), at(1002)), Published::Free);
        table.withdraw(&tenant, std::slice::from_ref(&key), None);
        assert_eq!(look(1003), Published::Free);
    }

    #[test]
    fn a_source_lock_is_seen_by_that_source_only() {
        let table = LockedTable::default();
        let tenant = TenantId::from_stored("ins_1".to_owned());
        let key = Identifier::parse("alex").unwrap().key;
        let [one, two] = ["192.0.2.1", "192.0.2.2"].map(|s| Source::from_stored(s.to_owned()));
        table.publish(
            &tenant,
            std::slice::from_ref(&key),
            Some(&one),
            lock(true),
            Duration::ZERO,
            Trust::Yes,
        );
        let look = |source| table.look(&tenant, &key, source, Millis(0), Duration::ZERO);
        assert_eq!(look(&one), Published::Locked(lock(true)));
        assert_eq!(look(&two), Published::Free);
    }
}
