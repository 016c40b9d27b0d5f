//! Everything that one request changes about a user, in one transaction: a name that is taken must
//! not leave a new password behind. Knows no hash function and no code in clear.

use diesel::prelude::*;

use super::committer::Work;
use super::connection::Db;
use super::devices::{self, OwnBrowser};
use super::error::{StoreError, conflict_on};
use super::identifications::{self, Renamed, Renaming};
use super::lanes::GivenDevice;
use super::schema::users;
use super::sessions::{SessionFilter, SessionStatus};
use super::subjects::SubjectKey;
use super::users::{User, UserChange, find};
use super::{Store, recovery_codes, subject_moves, totp};
use crate::model::{Millis, SessionId, TenantId, UserId};

/// A change to a user; the default changes nothing.
#[derive(Clone, Default)]
pub struct UserUpdate {
    pub profile: UserChange,
    pub names: Renaming,
    pub secrets: SecretChanges,
    pub sessions: OpenSessions,
    /// Where the user changed their own secrets: known again under the new ones.
    pub browser: Option<OwnBrowser>,
}

impl UserUpdate {
    /// Whose rows are locked for it. The user's own also for a mere name: a password that is set
    /// meanwhile must not be written back.
    pub(super) fn subjects(&self, id: &UserId) -> Vec<SubjectKey> {
        self.names.phantoms().cloned().chain([SubjectKey::user(id)]).collect()
    }
}

/// A user after a change, and how its names stand if they were changed.
#[derive(Debug, Clone)]
pub struct ChangedUser {
    pub user: User,
    pub renamed: Option<Renamed>,
    pub device: Option<GivenDevice>,
}

/// What becomes of secrets: `None` leaves one as it is, an inner `None` takes it away.
#[derive(Clone, Default)]
pub struct SecretChanges {
    /// A hash.
    pub password: Option<Option<String>>,
    /// Whether others know the password: it opens nothing then. A new one is nobody's but the user's.
    pub compromised: Option<bool>,
    /// A confirmed authenticator app, sealed, with the step by which it was confirmed. Recovery
    /// codes stand in for an app, so they go with it.
    pub totp: Option<Option<(String, i64)>>,
    /// Digests of a new set, or of none.
    pub recovery_codes: Option<Vec<String>>,
}

/// What becomes of a user's sessions when a secret changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OpenSessions {
    #[default]
    Keep,
    End,
    /// All end but this one, in which the change was made.
    EndOthers(SessionId),
}

impl SecretChanges {
    const fn any(&self) -> bool {
        self.password.is_some()
            || self.compromised.is_some()
            || self.totp.is_some()
            || self.recovery_codes.is_some()
    }

    /// On the user's own row. The version rises with what can be verified ahead of a settle; a
    /// recovery code is looked up by the settle itself.
    fn apply(&self, user: &mut User, now: Millis) {
        if self.password.is_some() || self.compromised.is_some() || self.totp.is_some() {
            user.credential_version = user.credential_version.saturating_add(1);
        }
        if let Some(hash) = &self.password {
            user.password_hash.clone_from(hash);
            user.password_changed_at = Some(now);
            user.password_compromised = false;
        }
        user.password_compromised = self.compromised.unwrap_or(user.password_compromised);
    }

    fn write(
        &self,
        db: &mut Db,
        tenant: &TenantId,
        user: &UserId,
        now: Millis,
    ) -> Result<(), StoreError> {
        if let Some(app) = &self.totp {
            totp::remove(db, tenant, user)?;
            match app {
                Some((sealed, step)) => totp::insert(db, tenant, user, (sealed, *step), now)?,
                None => recovery_codes::remove(db, tenant, user)?,
            }
        }
        if let Some(digests) = &self.recovery_codes {
            recovery_codes::remove(db, tenant, user)?;
            recovery_codes::insert(db, tenant, user, digests, now)?;
        }
        Ok(())
    }
}

/// The user as changed. The rows of its subject and of the phantoms of its names are locked.
pub(super) fn change(
    work: &mut Work<'_>,
    tenant: &TenantId,
    id: &UserId,
    update: &UserUpdate,
) -> Result<ChangedUser, StoreError> {
    identifications::rename(work, tenant, &update.names)?;
    let (db, now) = (&mut *work.db, work.now);
    let mut user = find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    update.profile.apply(&mut user);
    update.secrets.apply(&mut user, now);
    if let Some(app) = &update.secrets.totp {
        match (app, totp::find(db, tenant, id)?) {
            (Some(_), _) => user.mfa_enabled_at = Some(now),
            (None, Some(_)) => user.mfa_disabled_at = Some(now),
            (None, None) => {}
        }
    }
    user.updated_at = now;
    diesel::update(users::table.find((tenant, id)))
        .set(&user)
        .execute(db)
        .map_err(conflict_on("external_id"))?;
    if update.secrets.any() {
        subject_moves::raise_all_serial(db, tenant, &SubjectKey::user(id))?;
        update.secrets.write(db, tenant, id, now)?;
    }
    let renamed = match update.names.is_empty() {
        true => {
            work.user_updated(tenant, id)?;
            None
        }
        false => Some(identifications::renamed(work, tenant, id)?),
    };
    end(work, tenant, id, &update.sessions)?;
    let device = match &update.browser {
        Some(browser) => devices::known_again(work, &user, browser)?,
        None => None,
    };
    Ok(ChangedUser { user, renamed, device })
}

fn end(
    work: &mut Work<'_>,
    tenant: &TenantId,
    user: &UserId,
    sessions: &OpenSessions,
) -> Result<(), StoreError> {
    let except = match sessions {
        OpenSessions::Keep => return Ok(()),
        OpenSessions::End => None,
        OpenSessions::EndOthers(kept) => Some(kept.clone()),
    };
    let filter = SessionFilter { user: Some(user.clone()), except, ..SessionFilter::default() };
    work.end_sessions(tenant, filter, SessionStatus::Revoked)?;
    Ok(())
}

impl Store {
    /// Makes a whole change: names, secrets, sessions. With a changed secret every passed factor is
    /// void (rule 18). The user as changed.
    ///
    /// # Errors
    /// `NotFound` for an unknown user; `Conflict` of `external_id` or `identifier` when that is
    /// taken: nothing is changed then.
    pub async fn change_user(
        &self,
        tenant: TenantId,
        id: UserId,
        update: UserUpdate,
    ) -> Result<ChangedUser, StoreError> {
        let owner = tenant.clone();
        self.work(&owner, update.subjects(&id), move |work| change(work, &tenant, &id, &update))
            .await
    }
}
