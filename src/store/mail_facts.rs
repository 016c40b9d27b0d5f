//! What a mail needs to know besides its outbox row, read at once and just before it is sent: the
//! tenant, the receiver, and whether the mail is still wanted. Knows no mail text.

use super::error::StoreError;
use super::outbox::OutboxRow;
use super::tenants::{self, Tenant, TenantName};
use super::users::{self, UserRecord};
use super::{Reader, subjects};
use crate::lockout;
use crate::model::{Millis, Span};

/// The facts around one outbox row.
#[derive(Debug, Clone)]
pub struct MailFacts {
    pub tenant: Tenant,
    /// `None` where the row names nobody, or the user is gone.
    pub user: Option<UserRecord>,
    /// The number of the subject's open episode; `None` when none is open.
    pub open_episode: Option<i64>,
    /// `unlock_link_lifetime` of the live policy.
    pub link_lifetime: Span,
}

impl Reader {
    /// The facts around a row.
    ///
    /// # Errors
    /// [`StoreError`]; `NotFound` when the tenant is gone.
    pub async fn mail_facts(&self, row: &OutboxRow, now: Millis) -> Result<MailFacts, StoreError> {
        let policies = self.policies();
        let (id, user, subject) = (row.tenant_id.clone(), row.user_id.clone(), row.subject.clone());
        self.run(move |db| {
            let tenant =
                tenants::find(db, &TenantName::Id(id.clone()))?.ok_or(StoreError::NotFound)?;
            let live = policies.get(db, &id, now)?;
            let user = match &user {
                Some(user) => users::record(db, &id, user)?,
                None => None,
            };
            let state = match &subject {
                Some(subject) => subjects::find(db, &id, subject)?.map(|row| row.state()),
                None => None,
            };
            let open_episode =
                state.and_then(|state| lockout::open_episode(&live.policy, &state, now));
            let link_lifetime = live.policy.unlock_link_lifetime;
            Ok(MailFacts { tenant, user, open_episode, link_lifetime })
        })
        .await
    }
}
