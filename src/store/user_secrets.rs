//! Changes to a user that void what was verified before: a new password, a ban; and the upgrade of
//! a hash, which voids nothing. Knows no hash function.

use diesel::prelude::*;

use super::Store;
use super::connection::Db;
use super::error::StoreError;
use super::schema::users;
use super::sessions::{self, SessionFilter, SessionStatus};
use super::subject_moves;
use super::subjects::SubjectKey;
use super::user_changes::{SecretChanges, UserUpdate};
use super::users::Standing;
use crate::model::{Millis, TenantId, UserId};

fn set_standing(
    db: &mut Db,
    tenant: &TenantId,
    id: &UserId,
    standing: Standing,
    now: Millis,
) -> Result<(), StoreError> {
    let banned = match standing {
        Standing::Banned => {
            subject_moves::raise_all_serial(db, tenant, &SubjectKey::user(id))?;
            let filter = SessionFilter { user: Some(id.clone()), ..SessionFilter::default() };
            sessions::end_where(db, tenant, filter, SessionStatus::Revoked, now)?;
            true
        }
        Standing::Allowed => false,
    };
    let changed = diesel::update(users::table.find((tenant, id)))
        .set((users::banned.eq(banned), users::updated_at.eq(now)))
        .execute(db)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

impl Store {
    /// Sets a password hash, or takes the password away.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn set_password(
        &self,
        tenant: TenantId,
        id: UserId,
        hash: Option<String>,
    ) -> Result<(), StoreError> {
        let secrets = SecretChanges { password: Some(hash), ..SecretChanges::default() };
        let update = UserUpdate { secrets, ..UserUpdate::default() };
        self.change_user(tenant, id, update).await.map(drop)
    }

    /// Stores the same password's hash at another cost, if `old` is still what is stored. The
    /// credential version stays: nothing that was verified becomes void.
    ///
    /// # Errors
    /// As any write.
    pub async fn upgrade_hash(
        &self,
        tenant: TenantId,
        id: UserId,
        old: String,
        new: String,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, _now| {
            diesel::update(
                users::table.find((&tenant, &id)).filter(users::password_hash.eq(Some(&old))),
            )
            .set(users::password_hash.eq(Some(&new)))
            .execute(db)?;
            Ok(())
        })
        .await
    }

    /// Bans users (sessions end, passed factors are void) or lifts their bans: all of them or none.
    ///
    /// # Errors
    /// `NotFound` when one of them is unknown.
    pub async fn set_standing(
        &self,
        tenant: TenantId,
        ids: Vec<UserId>,
        standing: Standing,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        let subjects = ids.iter().map(SubjectKey::user).collect();
        self.work(&owner, subjects, move |work| {
            ids.iter().try_for_each(|id| set_standing(work.db, &tenant, id, standing, work.now))
        })
        .await
    }
}
