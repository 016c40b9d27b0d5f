//! The published table of locks: what a web thread may answer "locked" from, without a message, a
//! hash, a write or (for one second) a read. Written by the tenant's actor before a lock is
//! answered, withdrawn before an unlock is answered. It decides nothing: the row does, so that an
//! entry which is not here costs one read and nothing else. That is why the table may be bounded.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::RwLock;

use super::locked_entry::{Entry, TRUST, TRUST_WHEN_DEAF};
use super::notices::Hearing;
use crate::lockout::LockView;
use crate::model::{CanonicalKey, Millis, Source, TenantId};

/// Shards keep web threads from waiting on each other's writes.
const SHARDS: usize = 16;

/// Most locked accounts, and as many locked sources, of one shard: 114,688 of each in all, 16 MiB
/// together. A flood of invented identifiers locks as many of them as it likes.
const SHARD_ENTRIES: usize = 7 * 1024;

/// Most locked sources of one identifier. An attacker with more of them makes their oldest entries
/// cost a read each.
const SOURCES: usize = 64;

/// Entries among which the one to make room is chosen.
const CANDIDATES: usize = 8;

/// What the table says about an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    Free,
    Locked(LockView),
    /// Locked when last looked at, and that is too long ago: the row is to be read again first.
    LookAgain(LockView),
}

/// Names an identifier of a tenant: 128 bits of a digest under keys that live and die with the
/// process, so that nobody outside can make two identifiers meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named(u64, u64);

/// Names a source, in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedSource(u64);

impl NamedSource {
    /// One of `parts` parts, by both names.
    pub fn spread(self, named: Named, parts: usize) -> usize {
        let mixed = (self.0 ^ named.1) >> 32;
        usize::try_from(mixed).unwrap_or(0).checked_rem(parts).unwrap_or(0)
    }
}

/// Takes a number of a [`Named`] as it is: it is a keyed digest already.
#[derive(Debug, Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = self.0.rotate_left(23) ^ number;
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }
}

#[derive(Default)]
struct Shard {
    accounts: HashMap<Named, Entry, BuildHasherDefault<AsItIs>>,
    /// In the order of identifiers, so that one identifier's are found together.
    sources: BTreeMap<(Named, NamedSource), Entry>,
}

/// Keyed by digests under keys that live and die with the process.
pub struct LockedTable {
    shards: Vec<RwLock<Shard>>,
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
    /// The name of an identifier in here.
    pub fn name(&self, tenant: &TenantId, key: &CanonicalKey) -> Named {
        let what = (tenant, key);
        Named(self.low.hash_one(what), self.high.hash_one(what))
    }

    /// The name of a source in here.
    pub fn name_source(&self, source: &Source) -> NamedSource {
        NamedSource(self.low.hash_one(source))
    }

    /// Asks for the account's lock, then for this source's.
    pub fn look(
        &self,
        tenant: &TenantId,
        key: &CanonicalKey,
        source: &Source,
        now: Millis,
        monotonic: Duration,
    ) -> Published {
        let named = self.name(tenant, key);
        let Some(entry) = self.held(named, source, now) else { return Published::Free };
        if entry.is_fresh(monotonic, self.trust()) {
            Published::Locked(entry.lock())
        } else {
            Published::LookAgain(entry.lock())
        }
    }

    /// As [`LockedTable::look`], but only what may be believed now.
    pub fn glance(
        &self,
        named: Named,
        source: &Source,
        now: Millis,
        monotonic: Duration,
    ) -> Option<LockView> {
        let entry = self.held(named, source, now)?;
        entry.is_fresh(monotonic, self.trust()).then(|| entry.lock())
    }

    /// The entry that locks, the account's before the source's.
    fn held(&self, named: Named, source: &Source, now: Millis) -> Option<Entry> {
        let shard = self.shard(named).read();
        let holds = |entry: &&Entry| entry.holds_at(now);
        if let Some(entry) = shard.accounts.get(&named).filter(holds) {
            return Some(*entry);
        }
        if shard.sources.is_empty() {
            return None;
        }
        let place = (named, self.name_source(source));
        shard.sources.get(&place).filter(holds).copied()
    }

    /// Publishes a lock for all identifiers of its subject. `looked`: when its rows were asked for, by
    /// the monotonic clock; `None`: an unlock was published since, so it is not believed before the
    /// row is read again. News may come late: what was asked for later stays.
    pub fn publish(
        &self,
        tenant: &TenantId,
        keys: &[CanonicalKey],
        source: Option<&Source>,
        lock: LockView,
        looked: Option<Duration>,
    ) {
        let entry = Entry::new(lock, looked);
        let source = source.filter(|_| lock.source_only).map(|source| self.name_source(source));
        for key in keys {
            let named = self.name(tenant, key);
            let mut shard = self.shard(named).write();
            match source {
                Some(source) => shard.put_source(named, source, entry),
                None => shard.put_account(named, entry),
            }
        }
    }

    /// Withdraws what is published about these identifiers, at once: the account's entry and those
    /// of all sources, because an unlock frees them all. With a `source`: the account's and this
    /// one's, which is what a look at the rows for it has shown.
    pub fn withdraw(&self, tenant: &TenantId, keys: &[CanonicalKey], source: Option<&Source>) {
        for key in keys {
            let named = self.name(tenant, key);
            let mut shard = self.shard(named).write();
            shard.accounts.remove(&named);
            match source {
                None => {
                    for place in shard.places_of(named) {
                        shard.sources.remove(&place);
                    }
                }
                Some(source) => {
                    shard.sources.remove(&(named, self.name_source(source)));
                }
            }
        }
    }

    fn trust(&self) -> Duration {
        if self.deaf.load(Ordering::Relaxed) { TRUST_WHEN_DEAF } else { TRUST }
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
            *shard.write() = Shard::default();
        }
    }

    /// Forgets locks that have ended.
    pub fn sweep(&self, now: Millis) {
        for shard in &self.shards {
            let mut shard = shard.write();
            shard.accounts.retain(|_, entry| entry.holds_at(now));
            shard.sources.retain(|_, entry| entry.holds_at(now));
        }
    }

    #[expect(clippy::indexing_slicing, reason = "a remainder by the length of the list")]
    fn shard(&self, named: Named) -> &RwLock<Shard> {
        // Not the bits that the shard's own table starts from.
        let index = usize::try_from(named.1 >> 32).unwrap_or(0) % SHARDS;
        &self.shards[index]
    }
}

impl Shard {
    fn put_account(&mut self, named: Named, entry: Entry) {
        if self.accounts.get(&named).is_some_and(|known| known.looked() > entry.looked()) {
            return;
        }
        if self.accounts.len() >= SHARD_ENTRIES && !self.accounts.contains_key(&named) {
            let some = self.accounts.iter().take(CANDIDATES);
            // Of an account under attack the row was read within the last second.
            let least = some.min_by_key(|(_, entry)| entry.looked()).map(|(named, _)| *named);
            least.and_then(|named| self.accounts.remove(&named));
        }
        self.accounts.insert(named, entry);
    }

    fn put_source(&mut self, named: Named, source: NamedSource, entry: Entry) {
        let place = (named, source);
        if self.sources.get(&place).is_some_and(|known| known.looked() > entry.looked()) {
            return;
        }
        if !self.sources.contains_key(&place) {
            let own = self.places_of(named);
            let some: Vec<_> = match own.len() {
                SOURCES.. => own,
                _ if self.sources.len() >= SHARD_ENTRIES => {
                    self.sources.keys().take(CANDIDATES).copied().collect()
                }
                _ => Vec::new(),
            };
            let looked = |place: &_| self.sources.get(place).map(Entry::looked);
            let least = some.into_iter().min_by_key(looked);
            least.and_then(|place| self.sources.remove(&place));
        }
        self.sources.insert(place, entry);
    }

    /// The sources of one identifier; at most [`SOURCES`].
    fn places_of(&self, named: Named) -> Vec<(Named, NamedSource)> {
        let all = (named, NamedSource(u64::MIN))..=(named, NamedSource(u64::MAX));
        self.sources.range(all).map(|(place, _)| *place).collect()
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

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    struct Scene {
        table: LockedTable,
        tenant: TenantId,
        key: CanonicalKey,
    }

    impl Scene {
        fn new() -> Self {
            Self {
                table: LockedTable::default(),
                tenant: TenantId::from_stored("ins_1".to_owned()),
                key: Identifier::parse("alex@acme.test").unwrap().key,
            }
        }

        fn publish(&self, key: &CanonicalKey, source: &Source, lock: LockView, ms: u64) {
            let keys = std::slice::from_ref(key);
            self.table.publish(&self.tenant, keys, Some(source), lock, Some(at(ms)));
        }

        fn look(&self, source: &Source, now: Millis, ms: u64) -> Published {
            self.table.look(&self.tenant, &self.key, source, now, at(ms))
        }

        fn withdraw(&self, what: Option<&Source>) {
            self.table.withdraw(&self.tenant, std::slice::from_ref(&self.key), what);
        }

        fn entries(&self) -> usize {
            let count = |shard: &Shard| shard.accounts.len() + shard.sources.len();
            self.table.shards.iter().map(|shard| count(&shard.read())).sum()
        }
    }

    fn source(number: usize) -> Source {
        Source::from_stored(format!("192.0.2.{number}"))
    }

    #[test]
    fn an_entry_is_believed_for_one_second_from_when_its_row_was_asked_for() {
        let scene = Scene::new();
        let home = source(1);
        scene.publish(&scene.key, &home, lock(false), 0);
        let look = |ms| scene.look(&home, Millis(10), ms);
        let named = scene.table.name(&scene.tenant, &scene.key);
        let glance = |ms| scene.table.glance(named, &home, Millis(10), at(ms));
        assert_eq!((look(999), glance(999)), (Published::Locked(lock(false)), Some(lock(false))));
        assert_eq!(glance(1000), None, "a glance leaves the reading to others");
        assert_eq!(look(1000), Published::LookAgain(lock(false)));
        assert_eq!(look(1001), Published::LookAgain(lock(false)), "nobody has read it yet");
        scene.publish(&scene.key, &home, lock(false), 1000);
        assert_eq!((look(1999), glance(1999)), (Published::Locked(lock(false)), Some(lock(false))));
        scene.publish(&scene.key, &home, lock(true), 500);
        scene.publish(&scene.key, &home, lock(false), 500);
        assert_eq!(look(1999), Published::Locked(lock(false)), "late news takes nothing back");
        assert_eq!(scene.look(&home, Millis(60_000), 1999), Published::Free);
        scene.withdraw(None);
        assert_eq!(look(1999), Published::Free);
    }

    #[test]
    fn a_lock_that_was_read_before_an_unlock_is_not_believed() {
        let scene = Scene::new();
        let keys = std::slice::from_ref(&scene.key);
        scene.table.publish(&scene.tenant, keys, None, lock(false), None);
        assert_eq!(scene.look(&source(1), Millis(0), 5), Published::LookAgain(lock(false)));
    }

    #[test]
    fn a_source_lock_is_seen_by_that_source_only() {
        let scene = Scene::new();
        let [one, two] = [1, 2].map(source);
        scene.publish(&scene.key, &one, lock(true), 0);
        assert_eq!(scene.look(&one, Millis(0), 0), Published::Locked(lock(true)));
        assert_eq!(scene.look(&two, Millis(0), 0), Published::Free);
    }

    #[test]
    fn an_unlock_withdraws_every_sources_entry_at_once_and_a_look_only_its_own() {
        let scene = Scene::new();
        let other = Identifier::parse("kim@acme.test").unwrap().key;
        scene.publish(&other, &source(1), lock(true), 0);
        for number in 1..=3 {
            scene.publish(&scene.key, &source(number), lock(true), 0);
        }
        scene.withdraw(Some(&source(3)));
        assert_eq!(scene.look(&source(1), Millis(0), 0), Published::Locked(lock(true)));
        assert_eq!(scene.look(&source(3), Millis(0), 0), Published::Free);
        scene.withdraw(None);
        for number in 1..=3 {
            assert_eq!(scene.look(&source(number), Millis(0), 0), Published::Free);
        }
        assert_eq!(scene.entries(), 1, "another identifier's stays");
    }

    #[test]
    fn one_identifier_keeps_no_more_than_its_share_of_sources() {
        let scene = Scene::new();
        for number in 0..SOURCES + 5 {
            scene.publish(&scene.key, &source(number), lock(true), u64::try_from(number).unwrap());
        }
        assert_eq!(scene.entries(), SOURCES);
        assert_eq!(scene.look(&source(4), Millis(0), 80), Published::Free, "the oldest made room");
        assert_eq!(scene.look(&source(5), Millis(0), 80), Published::Locked(lock(true)));
    }

    #[test]
    fn a_flood_of_invented_identifiers_does_not_grow_it_without_limit() {
        let scene = Scene::new();
        let most = SHARDS * SHARD_ENTRIES;
        for number in 0..most + most / 2 {
            let invented = CanonicalKey::from_stored(format!("nobody{number}@acme.test"));
            scene.publish(&invented, &source(1), lock(false), 0);
            // The one under attack is read again and again.
            if number % 1000 == 0 {
                scene.publish(&scene.key, &source(1), lock(false), 1);
            }
        }
        let held = scene.entries();
        assert!(held <= most && held > most / 2, "{held}");
        assert_eq!(scene.look(&source(1), Millis(0), 1), Published::Locked(lock(false)));
        let room: usize =
            scene.table.shards.iter().map(|shard| shard.read().accounts.capacity()).sum();
        // Its own bookkeeping keeps one byte a place and an eighth of the places free.
        let bytes = room * 8 / 7 * (size_of::<(Named, Entry)>() + 1);
        assert!(bytes <= held * 128, "{bytes} bytes for {held} entries");
    }

    #[test]
    fn what_has_ended_is_swept() {
        let scene = Scene::new();
        scene.publish(&scene.key, &source(1), lock(false), 0);
        scene.publish(&scene.key, &source(1), lock(true), 0);
        scene.table.sweep(Millis(59_999));
        assert_eq!(scene.entries(), 2);
        scene.table.sweep(Millis(60_000));
        assert_eq!(scene.entries(), 0);
    }
}
