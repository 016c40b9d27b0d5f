//! How often one source may ask for unlock mails: a token bucket per tenant and source, in memory
//! of this node. It is asked before anything is looked up, so it tells nothing about any account.
//! Knows no mail and no page; time is handed in.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use super::Tenants;
use super::profile::TenantProfile;
use crate::model::{Source, TenantId};

/// Requests in a row, and requests an hour after that (`reliability-security.md` §3).
const REQUESTS: u32 = 20;
/// One request comes back after this long: 20 an hour.
const REFILL: Duration = Duration::from_secs(3600 / 20);
/// Buckets kept; past this the ones that are full again go, and if none is, all do: a flood from
/// that many sources is not stopped by counting sources.
const KEPT: usize = 100_000;

/// Buckets by tenant and source.
#[derive(Default)]
pub(super) struct MailRequests {
    buckets: Mutex<HashMap<(TenantId, Source), Bucket>>,
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
    fn take(&self, tenant: &TenantId, source: &Source, now: Duration) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock();
        if buckets.len() >= KEPT {
            buckets.retain(|_, bucket| bucket.full_at > now);
            if buckets.len() >= KEPT {
                buckets.clear();
            }
        }
        let slot = (tenant.clone(), source.clone());
        buckets.entry(slot).or_insert(Bucket { full_at: now }).take(now)
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
}
