//! The built-in mailbox, as far as a door may write to it: emptying. What is in it is read through
//! the `Reader`.

use super::{TenantFault, Tenants};
use crate::model::TenantId;

impl Tenants {
    /// Throws away all kept mails, of every tenant.
    ///
    /// # Errors
    /// As any write.
    pub async fn empty_mailbox(&self) -> Result<(), TenantFault> {
        // The mailbox belongs to no tenant; the id only chooses a committer.
        let nobody = TenantId::generate(self.inner.clock.now());
        Ok(self.inner.store.empty_mailbox(&nobody).await?)
    }
}
