//! All users of a tenant, a page at a time in the order of their making: what is asked for meanwhile
//! waits for no more than one page. Without secrets. Knows no file format.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::store::user_lists::{Cursor, Direction, PAGE, UserFilter, UserSort};
use crate::store::users::UserRecord;

impl Tenants {
    /// The users made after the one that `after` names, the oldest first; none left: empty.
    ///
    /// # Errors
    /// As any read.
    pub async fn users_after(
        &self,
        profile: &TenantProfile,
        after: Option<&UserRecord>,
    ) -> Result<Vec<UserRecord>, TenantFault> {
        let beyond = after.map(|record| Cursor {
            created_at: record.user.created_at,
            id: record.user.id.clone(),
            direction: Direction::OldestFirst,
        });
        let filter = UserFilter { beyond, ..UserFilter::default() };
        let order = (UserSort::CreatedAt, Direction::OldestFirst);
        Ok(self.inner.reader.users(profile.id().clone(), filter, order, PAGE, 0).await?)
    }
}
