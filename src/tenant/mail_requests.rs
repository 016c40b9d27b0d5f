//! How often one source may ask for unlock mails, and how often it may try their codes: a token
//! bucket per tenant and source for each, in memory of this node. It is asked before anything is
//! looked up, so it tells nothing about any account.
//! Knows no mail and no page; time is handed in.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use parking_lot::Mutex;

use super::Tenants;
use super::profile::TenantProfile;
use crate::model::{Recent, Source, TenantId};

/// Requests in a row, and requests an hour after that (`reliability-security.md` §3).
const REQUESTS: u32 = 20;
/// One request comes back after this long: 20 an hour.
const REFILL: Duration = Duration::from_secs(3600 / 20);
/// Buckets kept, 4 MB together; past this the half of them that was used least recently goes. An
/// attacker with that many sources gets others' buckets filled again, which he needs least of all;
/// a source that goes on asking stays empty.
const KEPT: usize = 100_000;
/// A bucket that nobody took from for this long is full, so it need not be remembered.
pub(super) const FULL_AGAIN: Duration = Duration::from_secs(3600);

/// Buckets by tenant and source, of which 128 bits of a digest are kept, under keys that live and
/// die with the process.
pub(super) struct MailRequests {
    buckets: Mutex<Recent<u128, Bucket>>,
    low: RandomState,
    high: RandomState,
}

impl Default for MailRequests {
    fn default() -> Self {
        let buckets = Mutex::new(Recent::new(KEPT));
        Self { buckets, low: RandomState::new(), high: RandomState::new() }
    }
}

/// Full at `full_at`; each request moves that instant one refill on (a bucket without a counter).
#[derive(Debug, Clone, Copy)]
struct Bucket {
    full_at: Duration,
}

impl Bucket {
    /// Takes one request at `now`, or says how long until there is one.
    fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let next = self.full_at.max(now).saturating_add(REFILL);
        let latest = now.saturating_add(REFILL.saturating_mul(REQUESTS));
        if next > latest {
            return Err(next.saturating_sub(latest));
        }
        self.full_at = next;
        Ok(())
    }
}

impl MailRequests {
    pub fn take(&self, tenant: &TenantId, source: &Source, now: Duration) -> Result<(), Duration> {
        let what = (tenant, source);
        let digest =
            (u128::from(self.high.hash_one(what)) << 64) | u128::from(self.low.hash_one(what));
        let mut buckets = self.buckets.lock();
        if let Some(bucket) = buckets.get(&digest) {
            return bucket.take(now);
        }
        let mut bucket = Bucket { full_at: now };
        let taken = bucket.take(now);
        buckets.insert(digest, bucket);
        taken
    }

    /// Forgets buckets that nobody took from since the last call; to be called at least
    /// [`FULL_AGAIN`] after it.
    pub fn turn(&self) {
        self.buckets.lock().turn();
    }
}

impl Tenants {
    /// Spends one request for an unlock mail of this source. Ask before `request_unlock_mail`.
    ///
    /// # Errors
    /// How long to wait for the next one, where 20 an hour are used up.
    pub fn spend_mail_request(
        &self,
        profile: &TenantProfile,
        source: &Source,
    ) -> Result<(), Duration> {
        self.inner.mail_requests.take(profile.id(), source, self.inner.clock.monotonic())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> Source {
        Source::from_stored(name.to_owned())
    }

    #[test]
    fn twenty_come_at_once_then_one_every_three_minutes() {
        let requests = MailRequests::default();
        let tenant = TenantId::from_stored("ins_a".to_owned());
        let at = |seconds: u64| requests.take(&tenant, &source("a"), Duration::from_secs(seconds));
        for _ in 0..20 {
            assert_eq!(at(5), Ok(()));
        }
        assert_eq!(at(5), Err(Duration::from_secs(180)));
        assert_eq!(at(65), Err(Duration::from_secs(120)));
        assert_eq!(at(185), Ok(()));
        assert_eq!(at(185), Err(Duration::from_secs(180)));
        // After a quiet hour there are twenty again, and not more.
        assert_eq!((0..30).filter(|_| at(100_000).is_ok()).count(), 20);
    }

    #[test]
    fn sources_and_tenants_do_not_share_a_bucket() {
        let requests = MailRequests::default();
        let take = |tenant: &str, from: &str| {
            let tenant = TenantId::from_stored(tenant.to_owned());
            requests.take(&tenant, &source(from), Duration::ZERO)
        };
        for _ in 0..20 {
            assert_eq!(take("ins_a", "a"), Ok(()));
        }
        assert!(take("ins_a", "a").is_err());
        assert_eq!(take("ins_a", "b"), Ok(()));
        assert_eq!(take("ins_b", "a"), Ok(()));
    }

    #[test]
    fn a_flood_of_sources_is_bounded_and_gives_no_budget_back_to_who_goes_on_asking() {
        let requests = MailRequests::default();
        let tenant = TenantId::from_stored("ins_a".to_owned());
        let take = |from: &str| requests.take(&tenant, &source(from), Duration::ZERO);
        for _ in 0..20 {
            assert_eq!(take("greedy"), Ok(()));
        }
        for stranger in 0..3 * KEPT {
            assert_eq!(take(&format!("2001:db8::{stranger:x}")), Ok(()));
            if stranger % 10_000 == 0 {
                assert!(take("greedy").is_err(), "after {stranger}");
            }
        }
        assert!(requests.buckets.lock().len() <= KEPT);
    }

    #[test]
    fn a_bucket_is_forgotten_once_it_is_full_and_not_before() {
        let requests = MailRequests::default();
        let tenant = TenantId::from_stored("ins_a".to_owned());
        let at = |now| requests.take(&tenant, &source("a"), now);
        for _ in 0..20 {
            assert_eq!(at(Duration::ZERO), Ok(()));
        }
        requests.turn();
        assert!(at(Duration::from_secs(1)).is_err());
        requests.turn();
        requests.turn();
        assert!(requests.buckets.lock().is_empty());
        assert!(REFILL * REQUESTS <= FULL_AGAIN);
    }
}
