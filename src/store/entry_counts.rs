//! What stands beside the entries of the console's navigation: counts of what waits there, asked for with
//! every page and so along an index each, and no further than a thousand. Knows no page.

use diesel::prelude::*;

use super::Reader;
use super::counted::Counted;
use super::error::StoreError;
use super::inbox;
use super::locks::{self, Ends, LockFilter};
use super::schema::campaigns;
use crate::model::{Millis, TenantId};

/// What waits in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryCounts {
    /// Locks that stand, as the list of locks counts them; `None` for who does not see that list.
    pub locks: Option<Counted>,
    /// Campaigns that go on; `None` as with `locks`.
    pub campaigns: Option<Counted>,
    /// Requests for help that are open, as the inbox counts them.
    pub requests: Counted,
}

impl Reader {
    /// What waits in a tenant at `now`. Campaigns go on whose last try is no older than
    /// `campaigns_since`; `None` for who sees the inbox alone.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn entry_counts(
        &self,
        tenant: TenantId,
        now: Millis,
        campaigns_since: Option<Millis>,
    ) -> Result<EntryCounts, StoreError> {
        self.run(move |db| {
            let requests = inbox::counted(db, &tenant, &inbox::View::Open)?;
            let Some(since) = campaigns_since else {
                return Ok(EntryCounts { locks: None, campaigns: None, requests });
            };
            let all = LockFilter { sort: None, ends: Ends::Whenever, prefix: None };
            let locks = locks::counted(db, &tenant, &all, now)?;
            let going_on = campaigns::table
                .filter(campaigns::tenant_id.eq(&tenant))
                .filter(campaigns::last_at.ge(since))
                .order(campaigns::last_at.desc())
                .select(campaigns::last_at);
            let campaigns = Counted::rows(db, going_on)?;
            Ok(EntryCounts { locks: Some(locks), campaigns: Some(campaigns), requests })
        })
        .await
    }
}
