//! The work that nobody waits for: sums of refused tries, forgotten phantoms, old rows, ended
//! entries of the published table, actors without work, caches of quiet tenants. No round costs more
//! for more tenants than are active.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::Tenants;
use super::mail_requests::FULL_AGAIN;
use crate::model::{Millis, Span, TenantId};
use crate::store::StoreError;
use crate::store::upkeep::PurgeLimits;

/// Calls to `purge` for one tenant in one round: 10,000 rows of a kind, each call a job of its own
/// so that sign-ins get in between.
const PURGES_A_TENANT: u32 = 20;

/// Tenants visited in one round, so that its work does not grow with their number: a million are
/// seen in 17 hours, which is little against the 30 days that their rows are kept.
const TENANTS_A_ROUND: i64 = 1_000;

/// Pause between two rounds.
const PAUSE: Span = Span::MINUTE.times(1);

/// What one round leaves for the next.
pub(super) struct Rounds {
    /// Held by a round: whoever asks for one while another goes on gets one of their own after it, and
    /// can rely on what it does.
    turn: tokio::sync::Mutex<()>,
    /// Held while it is made up, beside the rounds, what a policy would have done.
    pub(super) making_up: Arc<Semaphore>,
    /// When the sums of refused tries were last written whole; `None`: not yet.
    refusals_written: Mutex<Option<Millis>>,
    /// The last tenant whose rows were purged; `None`: the next one is the first.
    purged: Mutex<Option<TenantId>>,
    /// When (monotonic) caches were last turned.
    caches_turned: Mutex<Duration>,
    budgets_turned: Mutex<Duration>,
    /// The last tenant whose audit rows were sealed; `None`: the next one is the first.
    pub(super) sealed: Mutex<Option<TenantId>>,
}

impl Default for Rounds {
    fn default() -> Self {
        Self {
            turn: tokio::sync::Mutex::default(),
            making_up: Arc::new(Semaphore::new(1)),
            refusals_written: Mutex::default(),
            purged: Mutex::default(),
            caches_turned: Mutex::default(),
            budgets_turned: Mutex::default(),
            sealed: Mutex::default(),
        }
    }
}

impl Tenants {
    /// One round of upkeep, after the one that goes on. Failures are logged and met again in the next
    /// round.
    pub async fn upkeep(&self) {
        let _turn = self.inner.rounds.turn.lock().await;
        self.inner.locked.sweep(self.inner.clock.now());
        self.inner.repeats.sweep(self.inner.clock.monotonic());
        self.inner.directory.let_rest();
        self.turn_caches();
        let now = self.inner.clock.now();
        match self.write_refusals().await {
            Ok(()) => *self.inner.rounds.refusals_written.lock() = Some(now),
            Err(error) => {
                tracing::warn!(error = %error, "sums of refused tries were not written");
            }
        }
        if let Err(error) = self.write_visits().await {
            tracing::warn!(error = %error, "visits of links were not written");
        }
        if let Err(error) = self.write_key_uses().await {
            tracing::warn!(error = %error, "uses of keys were not written");
        }
        if let Err(error) = self.seal_round().await {
            tracing::warn!(error = %error, "audit rows were not sealed");
        }
        if let Err(error) = self.watch_shadows().await {
            tracing::warn!(error = %error, "watched policies were not worked out");
        }
        if let Err(error) = self.mind_imports().await {
            tracing::warn!(error = %error, "files of users were not minded");
        }
        let written = *self.inner.rounds.refusals_written.lock();
        if let Some(written) = written {
            self.tally_round(written).await;
        }
        // After the search for campaigns, which they name.
        if let Err(error) = self.raise_alarms().await {
            tracing::warn!(error = %error, "nobody looked for attacks");
        }
        if let Err(error) = self.purge().await {
            tracing::warn!(error = %error, "old rows were not purged");
        }
    }

    /// What was not used for an idle time is forgotten, as the actors are.
    fn turn_caches(&self) {
        let now = self.inner.clock.monotonic();
        // Not worth more than the second for which it is believed.
        self.inner.profiles.turn();
        let due = |last: &Mutex<Duration>, after: Duration| {
            let mut last = last.lock();
            let due = now.saturating_sub(*last) >= after;
            if due {
                *last = now;
            }
            due
        };
        if due(&self.inner.rounds.caches_turned, self.inner.settings.idle_stop) {
            self.inner.signing_keys.turn();
            self.inner.reader.turn();
        }
        if due(&self.inner.rounds.budgets_turned, FULL_AGAIN) {
            self.inner.mail_requests.turn();
            self.inner.code_tries.turn();
        }
    }

    /// Visits the next tenants in the order of their ids, and begins again after the last.
    async fn purge(&self) -> Result<(), StoreError> {
        let after = self.inner.rounds.purged.lock().clone();
        let tenants = self.inner.reader.some_tenants(after, TENANTS_A_ROUND).await?;
        let all = i64::try_from(tenants.len()).is_ok_and(|found| found < TENANTS_A_ROUND);
        let last = tenants.last().map(|(id, _)| id.clone());
        *self.inner.rounds.purged.lock() = last.filter(|_| !all);
        let console = self.console().await.unwrap_or_default();
        for (tenant, _) in tenants {
            self.close_signed_in(&tenant).await?;
            if let Err(error) = self.make_up_effects(&tenant).await {
                tracing::warn!(error = %error, "nobody looked for missing effects");
            }
            if let Some(console) = &console
                && let Err(error) = self.digest(console, &tenant).await
            {
                tracing::warn!(error = %error, "a day's digest was not written");
            }
            for _ in 0..PURGES_A_TENANT {
                let limits = PurgeLimits::default();
                if self.inner.store.purge(tenant.clone(), limits).await?.total() == 0 {
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
