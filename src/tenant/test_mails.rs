//! How often a tenant's people may send a test mail: each goes to an address that somebody has typed, by
//! a server that somebody has named. In memory of this node. Knows no mail.

use parking_lot::Mutex;

use super::Tenants;
use super::profile::TenantProfile;
use crate::model::{Millis, Recent, Span, TenantId};

/// Within an hour.
const MOST: usize = 5;
/// Tenants that are remembered, past which the half of them that asked longest ago goes.
const KEPT: usize = 10_000;

pub(super) struct TestMails(Mutex<Recent<TenantId, Vec<Millis>>>);

impl Default for TestMails {
    fn default() -> Self {
        Self(Mutex::new(Recent::new(KEPT)))
    }
}

impl TestMails {
    fn take(&self, tenant: &TenantId, now: Millis) -> Result<(), Span> {
        let mut sent = self.0.lock();
        let Some(times) = sent.get(tenant) else {
            sent.insert(tenant.clone(), vec![now]);
            return Ok(());
        };
        times.retain(|at| now < at.after(Span::HOUR));
        match times.first() {
            Some(oldest) if times.len() >= MOST => Err(oldest.after(Span::HOUR).since(now)),
            Some(_) | None => {
                times.push(now);
                Ok(())
            }
        }
    }
}

impl Tenants {
    /// Spends one of a tenant's test mails.
    ///
    /// # Errors
    /// How long until the next one, where five were sent within an hour.
    pub fn spend_test_mail(&self, profile: &TenantProfile) -> Result<(), Span> {
        self.inner.test_mails.take(profile.id(), self.inner.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_go_within_an_hour() {
        let mails = TestMails::default();
        let (acme, other) = ("ins_a", "ins_b");
        let take = |tenant: &str, minute: i64| {
            let at = Millis(minute * 60_000);
            mails
                .take(&TenantId::from_stored(tenant.to_owned()), at)
                .map_err(|wait| wait.0 / 60_000)
        };
        for minute in 0..5 {
            assert_eq!(take(acme, minute), Ok(()));
        }
        assert_eq!(take(acme, 10), Err(50));
        assert_eq!(take(other, 10), Ok(()));
        assert_eq!((take(acme, 60), take(acme, 60)), (Ok(()), Err(1)));
    }
}
