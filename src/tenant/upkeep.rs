//! The work that nobody waits for: sums of refused tries, forgotten phantoms, old rows, ended
//! entries of the published table.

use super::Tenants;
use crate::model::Span;
use crate::store::StoreError;
use crate::store::upkeep::PurgeLimits;

/// Calls to `purge` for one tenant in one round: 10,000 rows of a kind, each call a job of its own
/// so that sign-ins get in between.
const PURGES_A_ROUND: u32 = 20;

/// Pause between two rounds.
const PAUSE: Span = Span::MINUTE.times(1);

impl Tenants {
    /// One round of upkeep. Failures are logged and met again in the next round.
    pub async fn upkeep(&self) {
        self.inner.locked.sweep(self.inner.clock.now());
        self.inner.repeats.sweep(self.inner.clock.monotonic());
        if let Err(error) = self.write_refusals().await {
            tracing::warn!(error = %error, "sums of refused tries were not written");
        }
        if let Err(error) = self.refresh_own_hosts().await {
            tracing::warn!(error = %error, "tenants' own hosts were not read");
        }
        if let Err(error) = self.purge().await {
            tracing::warn!(error = %error, "old rows were not purged");
        }
    }

    async fn purge(&self) -> Result<(), StoreError> {
        for tenant in self.inner.reader.tenants().await? {
            for _ in 0..PURGES_A_ROUND {
                let limits = PurgeLimits::default();
                if self.inner.store.purge(tenant.id.clone(), limits).await?.total() == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Rounds of upkeep until the task is dropped.
    pub async fn keep_up(&self) {
        loop {
            let due = self.inner.clock.now().after(PAUSE);
            self.inner.clock.wait_until(due).await;
            self.upkeep().await;
        }
    }
}
