//! Changes to a user that void what was verified before: a new password, a ban; and the upgrade of
//! a hash, which voids nothing. Knows no hash function.

use diesel::prelude::*;

use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
use super::schema::users;
use super::sessions::{SessionFilter, SessionStatus};
use super::subjects::SubjectKey;
use super::user_changes::{SecretChanges, UserUpdate};
use super::users::Standing;
use super::{Store, subject_moves, team_deeds};
use crate::model::{Millis, TenantId, UserId};

/// Writes a hash, where the subject's serial is raised by what goes with it.
pub(super) fn write_password(
    db: &mut Db,
    tenant: &TenantId,
    id: &UserId,
    hash: &str,
    now: Millis,
) -> Result<(), StoreError> {
    let changed = diesel::update(users::table.find((tenant, id)))
        .set((
            users::password_hash.eq(hash),
            users::credential_version.eq(users::credential_version + 1),
            users::password_changed_at.eq(now),
            users::password_compromised.eq(false),
            users::updated_at.eq(now),
        ))
        .execute(db)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

pub(super) fn set_standing(
    work: &mut Work<'_>,
    tenant: &TenantId,
    id: &UserId,
    standing: Standing,
) -> Result<(), StoreError> {
    let banned = match standing {
        Standing::Banned => {
            team_deeds::may_go(work.db, tenant, id)?;
            subject_moves::raise_all_serial(work.db, tenant, &SubjectKey::user(id))?;
            let filter = SessionFilter { user: Some(id.clone()), ..SessionFilter::default() };
            work.end_sessions(tenant, filter, SessionStatus::Revoked)?;
            true
        }
        Standing::Allowed => false,
    };
    let changed = diesel::update(users::table.find((tenant, id)))
        .set((users::banned.eq(banned), users::updated_at.eq(work.now)))
        .execute(work.db)?;
    if changed == 0 { Err(StoreError::NotFound) } else { work.user_updated(tenant, id) }
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
    /// `NotFound` when one of them is unknown; `Conflict { what: "last_owner" }` where one to be banned
    /// is the last owner of a team.
    pub async fn set_standing(
        &self,
        tenant: TenantId,
        ids: Vec<UserId>,
        standing: Standing,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        let subjects = ids.iter().map(SubjectKey::user).collect();
        self.work(&owner, subjects, move |work| {
            ids.iter().try_for_each(|id| set_standing(work, &tenant, id, standing))
        })
        .await
    }
}
