//! Seals a tenant's audit log soon after its staff have done something, so that they see their deed with
//! its place. Attempts never come here: what they write waits for upkeep's round, as does everything
//! where this has no room.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::Tenants;
use crate::model::TenantId;

/// Deeds that wait for their seal; more are left to upkeep.
const WAITING: usize = 1_024;

/// Tenants whose staff have done something.
pub(super) struct SealSoon {
    tell: mpsc::Sender<TenantId>,
    /// Of whoever seals; `None` once somebody does.
    told: Mutex<Option<mpsc::Receiver<TenantId>>>,
}

impl Default for SealSoon {
    fn default() -> Self {
        let (tell, told) = mpsc::channel(WAITING);
        Self { tell, told: Mutex::new(Some(told)) }
    }
}

/// Held by whoever may be about to do something; its drop, which can neither fail nor wait, asks for the
/// seal.
pub struct SealOnDrop {
    tell: mpsc::Sender<TenantId>,
    tenant: TenantId,
}

impl Drop for SealOnDrop {
    fn drop(&mut self) {
        // Full: upkeep comes each minute.
        let _late = self.tell.try_send(self.tenant.clone());
    }
}

impl Tenants {
    /// The tenant's audit log is sealed once this is dropped.
    #[must_use]
    pub fn seal_on_drop(&self, tenant: &TenantId) -> SealOnDrop {
        SealOnDrop { tell: self.inner.seal_soon.tell.clone(), tenant: tenant.clone() }
    }

    /// Seals what staff have done, until the task is dropped. Failures are logged and left to upkeep.
    pub async fn keep_sealing(&self) {
        let Some(mut told) = self.inner.seal_soon.told.lock().take() else { return };
        while let Some(first) = told.recv().await {
            let mut tenants = BTreeSet::from([first]);
            while let Ok(more) = told.try_recv() {
                tenants.insert(more);
            }
            for tenant in tenants {
                if let Err(fault) = self.seal_audit(&tenant).await {
                    tracing::warn!(%tenant, error = %fault, "a deed was not sealed at once");
                }
            }
        }
    }
}
