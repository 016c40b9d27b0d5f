//! How long an attempt waits, at the gate and for a hashing thread, and what memory it is counted
//! with meanwhile. Knows nothing of what is waited for.

use std::time::Duration;

use super::gate::{Admission, Turn, Unanswered};
use super::{TenantFault, Tenants};
use crate::model::{Count, Millis};

/// Memory of an attempt while it waits, beside its password: its task, its texts, its place in line.
/// A test holds it against the size of the task.
pub(super) const WAITING_BYTES: usize = 8 * 1024;

impl Tenants {
    /// Waits at the gate; a server that stops lets nobody in any more.
    pub(super) async fn admitted(
        &self,
        deadline: Millis,
        turn: Turn,
    ) -> Result<Admission, TenantFault> {
        let mut closing = self.inner.closing.subscribe();
        tokio::select! {
            biased;
            admission = self.before(deadline, turn) => {
                admission?.map_err(|Unanswered| TenantFault::Unavailable)
            }
            _ends = closing.wait_for(|closing| *closing) => Err(self.too_busy()),
        }
    }

    /// Waits for a turn, at the gate or for a hashing thread, no longer than to the deadline. What
    /// is given up there was not counted: only a settle counts. The machine's time ends a wait too,
    /// or one would have no end while the clock is set back.
    pub(super) async fn before<T>(
        &self,
        deadline: Millis,
        turn: impl Future<Output = T>,
    ) -> Result<T, TenantFault> {
        tokio::select! {
            biased;
            done = tokio::time::timeout(self.inner.settings.attempt_wait, turn) => {
                done.map_err(|_| self.too_busy())
            }
            () = self.inner.clock.wait_until(deadline) => Err(self.too_busy()),
        }
    }

    pub(super) fn too_busy(&self) -> TenantFault {
        self.inner.meter.add(Count::AttemptsShed, 1);
        TenantFault::Busy { retry_after: Duration::from_secs(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::secret::Attempt;

    fn size_of_task<'a, F>(_: impl FnOnce(&'a Tenants, Attempt) -> F) -> usize {
        size_of::<F>()
    }

    /// The rest is for the texts and for what the runtime and the gate keep beside it.
    #[test]
    fn a_waiting_attempt_takes_no_more_memory_than_it_is_counted_with() {
        let task = size_of_task(Tenants::run_attempt);
        assert!(task + 1_024 <= WAITING_BYTES, "{task} bytes");
    }
}
