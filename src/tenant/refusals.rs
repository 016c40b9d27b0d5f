//! Tries refused while locked: whether the published table refuses one, and the sums of them per
//! subject, source and minute, written now and then: a row per refusal would let an attacker buy
//! disk writes. The sums are outside the durability promise. Who an identifier belongs to is asked
//! when they are written, all of them together, never while refusing.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use parking_lot::Mutex;

use super::locked_table::{AsItIs, Named, NamedSource, Published};
use super::profile::TenantProfile;
use super::rereads::{Part, Unread};
use super::{TenantFault, Tenants};
use crate::lockout::{self, LockView};
use crate::model::{CanonicalKey, Count, Lane, LaneClaims, Millis, Source, Span, TenantId};
use crate::store::attempts::Refusals;
use crate::store::{StoreError, SubjectKey};

/// Keeps web threads from waiting for each other.
const SHARDS: usize = 16;
/// Sums of one shard kept between two writes: 50,000 in all; past this further ones are dropped
/// until the next write.
const SHARD_SUMS: usize = 3_125;

/// How often one who asks for a published lock waits for others' reads.
const ROUNDS: u32 = 4;

type Place = (Named, NamedSource, i64);
type Sums = HashMap<Place, Sum, BuildHasherDefault<AsItIs>>;

struct Sum {
    profile: Arc<TenantProfile>,
    key: CanonicalKey,
    source: Source,
    minute: i64,
    tries: i64,
}

/// The sums since the last write.
pub(super) struct RefusalSums {
    shards: Vec<Mutex<Sums>>,
}

impl Default for RefusalSums {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

/// A refused try, under the names that the table of locks has for it.
#[derive(Clone, Copy)]
pub(super) struct Refused<'a> {
    pub profile: &'a Arc<TenantProfile>,
    pub key: &'a CanonicalKey,
    pub source: &'a Source,
    pub named: Named,
    pub named_source: NamedSource,
}

impl RefusalSums {
    /// Adds one refused try.
    pub fn add(&self, refused: Refused<'_>, now: Millis) {
        let Refused { profile, key, source, named, named_source } = refused;
        let minute = now.0.div_euclid(Span::MINUTE.0);
        let place = (named, named_source, minute);
        let Some(shard) = self.shards.get(named_source.spread(named, SHARDS)) else { return };
        let mut sums = shard.lock();
        if let Some(sum) = sums.get_mut(&place) {
            sum.tries = sum.tries.saturating_add(1);
        } else if sums.len() < SHARD_SUMS {
            let (profile, key, source) = (Arc::clone(profile), key.clone(), source.clone());
            sums.insert(place, Sum { profile, key, source, minute, tries: 1 });
        }
    }

    fn take(&self) -> HashMap<TenantId, Vec<Sum>> {
        let mut by_tenant: HashMap<TenantId, Vec<Sum>> = HashMap::new();
        for shard in &self.shards {
            for sum in std::mem::take(&mut *shard.lock()).into_values() {
                by_tenant.entry(sum.profile.id().clone()).or_default().push(sum);
            }
        }
        by_tenant
    }
}

/// Which refused tries of a tenant get a line of the log: the first of each second.
#[derive(Debug, Default)]
pub struct LoggedRefusals {
    /// The second of the last line by the monotonic clock, plus one; 0: none yet.
    second: AtomicU64,
    left_out: AtomicU64,
}

impl LoggedRefusals {
    /// One more refused try. `Some`: it gets a line, and so many before it got none.
    pub fn one_more(&self, monotonic: Duration) -> Option<u64> {
        let second = monotonic.as_secs().saturating_add(1);
        let last = self.second.load(Relaxed);
        // Threads that read the clock a moment apart must not take turns at the line.
        if second <= last || self.second.compare_exchange(last, second, Relaxed, Relaxed).is_err() {
            self.left_out.fetch_add(1, Relaxed);
            return None;
        }
        Some(self.left_out.swap(0, Relaxed))
    }

    /// Tells of those that no later line has told of.
    pub(super) fn tell_rest(&self, profile: &TenantProfile) {
        let left_out = self.left_out.swap(0, Relaxed);
        if left_out > 0 {
            tracing::info!(
                target: "lockkeeper::request",
                tenant = profile.tenant.slug,
                code = "user_locked",
                refused_without_a_line = left_out,
                "tries refused"
            );
        }
    }
}

impl Tenants {
    /// Whether this identifier is published as locked: no wait, no message, no hash, no write.
    /// `None`: go on to the attempt, as whoever claims a lane of their own always does.
    ///
    /// An entry older than a second is read again from the row before it is believed, by one of those
    /// who ask while the others wait.
    ///
    /// # Errors
    /// [`TenantFault`] when that read fails: fail closed.
    pub async fn locked_already(
        &self,
        profile: &Arc<TenantProfile>,
        key: &CanonicalKey,
        source: &Source,
        claims: &LaneClaims,
    ) -> Result<Option<LockView>, TenantFault> {
        // The table knows the public lane alone.
        if !claims.is_empty() {
            return Ok(None);
        }
        let inner = &self.inner;
        let lock = self.published(profile, key, source).await?;
        if lock.is_some() {
            inner.meter.add(Count::LockedRejections, 1);
            self.sum_refused(profile, key, source, inner.clock.now());
        }
        Ok(lock)
    }

    async fn published(
        &self,
        profile: &Arc<TenantProfile>,
        key: &CanonicalKey,
        source: &Source,
    ) -> Result<Option<LockView>, TenantFault> {
        let inner = &self.inner;
        for _ in 0..ROUNDS {
            let (now, monotonic) = (inner.clock.now(), inner.clock.monotonic());
            let old = match inner.locked.look(profile.id(), key, source, now, monotonic) {
                Published::Free => return Ok(None),
                Published::Locked(lock) => return Ok(Some(lock)),
                Published::LookAgain(lock) => lock,
            };
            let named_source = old.source_only.then(|| inner.locked.name_source(source));
            let entry = (inner.locked.name(profile.id(), key), named_source);
            match inner.rereads.join(entry) {
                Part::Read(reading) => {
                    let read = self.read_again(profile, key, source).await;
                    reading.ends(&read);
                    return read;
                }
                Part::Wait(other) => {
                    other.ended().await.map_err(|Unread| TenantFault::Unavailable)?;
                }
            }
        }
        // Every read took longer than what it found may be believed.
        Err(TenantFault::Unavailable)
    }

    /// Reads the row of a published lock, and publishes or withdraws what it says.
    async fn read_again(
        &self,
        profile: &Arc<TenantProfile>,
        key: &CanonicalKey,
        source: &Source,
    ) -> Result<Option<LockView>, TenantFault> {
        let inner = &self.inner;
        let asked = inner.directory.asked();
        let standing = self.standing(profile, key, source).await?;
        let (view, now) = (&standing.view, inner.clock.now());
        let lock = lockout::look(&standing.policy, view, &Lane::Public, now).lock;
        // An entry of the account goes also where only this source is locked by now.
        if lock.is_none_or(|lock| lock.source_only) {
            inner.locked.withdraw(profile.id(), std::slice::from_ref(key), Some(source));
        }
        if let Some(lock) = lock {
            self.publish(profile, key, &standing, source, lock, asked).await?;
        }
        Ok(lock)
    }

    /// As [`Tenants::locked_already`], but only what the table may say now, without any read: for
    /// the web thread that has nothing but a request's bytes yet. `None` says nothing; go on.
    #[must_use]
    pub fn locked_at_hand(
        &self,
        profile: &Arc<TenantProfile>,
        key: &CanonicalKey,
        source: &Source,
        now: Millis,
        monotonic: Duration,
    ) -> Option<LockView> {
        let inner = &self.inner;
        let named = inner.locked.name(profile.id(), key);
        let lock = inner.locked.glance(named, source, now, monotonic)?;
        inner.meter.add(Count::LockedRejections, 1);
        let named_source = inner.locked.name_source(source);
        inner.refusals.add(Refused { profile, key, source, named, named_source }, now);
        Some(lock)
    }

    pub(super) fn sum_refused(
        &self,
        profile: &Arc<TenantProfile>,
        key: &CanonicalKey,
        source: &Source,
        now: Millis,
    ) {
        let locked = &self.inner.locked;
        let (named, named_source) = (locked.name(profile.id(), key), locked.name_source(source));
        self.inner.refusals.add(Refused { profile, key, source, named, named_source }, now);
    }

    /// Writes the sums gathered since the last call, each under the user that its identifier
    /// belongs to now; called by the upkeep task and at shutdown.
    ///
    /// # Errors
    /// [`StoreError`]: the sums of this round are lost, which the promise allows.
    pub async fn write_refusals(&self) -> Result<(), StoreError> {
        self.inner.profiles.each(|profile| profile.logged_refusals.tell_rest(profile));
        for (tenant, sums) in self.inner.refusals.take() {
            let mut keys: Vec<_> = sums.iter().map(|sum| sum.key.clone()).collect();
            keys.sort_unstable();
            keys.dedup();
            let owners = self.inner.reader.owners(tenant.clone(), keys).await?;
            // Two identifiers of one user are one subject.
            let mut rows: HashMap<(SubjectKey, Source, i64), i64> = HashMap::new();
            for sum in sums {
                let owner = owners.get(&sum.key).cloned().or_else(|| sum.key.as_user());
                let subject = match owner {
                    Some(user) => SubjectKey::user(&user),
                    None => self.phantom(&sum.profile, &sum.key),
                };
                let tries = rows.entry((subject, sum.source, sum.minute)).or_default();
                *tries = tries.saturating_add(sum.tries);
            }
            let rows = rows.into_iter().map(|((subject, source, minute), tries)| Refusals {
                tenant_id: tenant.clone(),
                subject,
                source,
                minute,
                tries,
            });
            self.inner.store.add_refusals(rows.collect()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_refusal_a_second_gets_a_line_which_counts_the_rest() {
        let logged = LoggedRefusals::default();
        let at = |ms| logged.one_more(Duration::from_millis(ms));
        assert_eq!([at(100), at(100), at(999)], [Some(0), None, None]);
        assert_eq!([at(1000), at(999), at(1999), at(9000)], [Some(2), None, None, Some(2)]);
    }
}
