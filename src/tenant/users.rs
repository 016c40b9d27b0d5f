//! Users as the tenant's servers and staff handle them: making, deleting, locking, unlocking.

use secrecy::SecretString;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::credential::{ImportedHash, Password, TotpSecret};
use crate::lockout::Event;
use crate::model::{CanonicalKey, IdentificationId, Identifier, IdentifierKind, Millis, UserId};
use crate::store::SubjectKey;
use crate::store::subject_events::SubjectRequest;
use crate::store::user_cards::UserCard;
use crate::store::users::{Identification, NewUser, Standing, User, UserChange, UserRecord};

/// A user to make. Everything is parsed; the password is hashed here.
#[derive(Debug, Default)]
pub struct NewUserForm {
    pub identifiers: Vec<Identifier>,
    pub password: Option<Password>,
    /// A hash from elsewhere, kept as it is where there is no password.
    pub imported_hash: Option<ImportedHash>,
    /// When the user signed up elsewhere; now where it is not said.
    pub created_at: Option<Millis>,
    pub change: UserChange,
    pub totp: Option<TotpSecret>,
    pub recovery_codes: Vec<SecretString>,
    pub locked: bool,
    pub banned: bool,
}

impl Tenants {
    /// Makes a user. Identifiers made here count as verified: the tenant's server vouches for them.
    ///
    /// # Errors
    /// `Conflict` for a taken identifier or external id; `Busy` when the hashing queue is full.
    pub async fn create_user(
        &self,
        profile: &TenantProfile,
        form: NewUserForm,
        actor: &str,
    ) -> Result<UserCard, TenantFault> {
        let locked = form.locked;
        let new = self.prepared(profile, form).await?;
        let id = new.user.id.clone();
        match locked {
            true => {
                let asked = self.inner.directory.asked();
                let made = self.inner.store.create_locked_user(new, actor.to_owned()).await?;
                self.publish_change(profile, SubjectKey::user(&id), &made, asked).await;
            }
            false => self.inner.store.create_user(new).await?,
        }
        self.user(profile, id).await?.ok_or(TenantFault::NotFound)
    }

    /// A user as it is to be written: the password is hashed, factors are sealed.
    pub(super) async fn prepared(
        &self,
        profile: &TenantProfile,
        form: NewUserForm,
    ) -> Result<NewUser, TenantFault> {
        let now = self.inner.clock.now();
        let id = UserId::generate(now);
        let password_hash = match form.password {
            Some(password) => Some(self.hashed(profile, password).await?),
            None => form.imported_hash.map(|hash| hash.to_text()),
        };
        let mut user = User::blank(profile.id().clone(), id.clone(), now);
        user.password_changed_at = password_hash.as_ref().map(|_| now);
        user.password_hash = password_hash;
        user.banned = form.banned;
        user.created_at = form.created_at.unwrap_or(now);
        form.change.apply(&mut user);
        let identifications = identifications(&user, &form.identifiers, now);
        let first = |kind: IdentifierKind| {
            identifications.iter().find(|i| i.kind == kind.as_str()).map(|i| i.id.clone())
        };
        user.primary_identification_id = first(IdentifierKind::EmailAddress);
        user.primary_phone_id = first(IdentifierKind::PhoneNumber);
        let phantoms = self.phantoms_of(profile, form.identifiers.iter().map(|i| &i.key));
        let factors = self.new_factors(profile, &id, form.totp.as_ref(), &form.recovery_codes)?;
        user.mfa_enabled_at = factors.totp.as_ref().map(|_| now);
        Ok(NewUser { user, identifications, phantoms, factors })
    }

    /// A user with its lock.
    ///
    /// # Errors
    /// As any read.
    pub async fn user(
        &self,
        profile: &TenantProfile,
        id: UserId,
    ) -> Result<Option<UserCard>, TenantFault> {
        let now = self.inner.clock.now();
        Ok(self.inner.reader.user_card(profile.id().clone(), id, now).await?)
    }

    /// Users with their locks, in the order given.
    ///
    /// # Errors
    /// As any read.
    pub async fn user_cards(
        &self,
        profile: &TenantProfile,
        records: Vec<UserRecord>,
    ) -> Result<Vec<UserCard>, TenantFault> {
        let now = self.inner.clock.now();
        Ok(self.inner.reader.user_cards(profile.id().clone(), records, now).await?)
    }

    /// Locks by staff or server, for the policy's `manual_lock_duration`.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn lock_user(
        &self,
        profile: &TenantProfile,
        user: UserId,
        actor: &str,
        reason: Option<String>,
    ) -> Result<UserCard, TenantFault> {
        self.staff_event(profile, user, Event::StaffLock { until: None }, actor, reason).await
    }

    /// Unlocks: the only early end of a staff lock. Count, steps and long run start over.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn unlock_user(
        &self,
        profile: &TenantProfile,
        user: UserId,
        actor: &str,
        reason: Option<String>,
    ) -> Result<UserCard, TenantFault> {
        self.staff_event(profile, user, Event::StaffUnlock, actor, reason).await
    }

    async fn staff_event(
        &self,
        profile: &TenantProfile,
        user: UserId,
        event: Event,
        actor: &str,
        reason: Option<String>,
    ) -> Result<UserCard, TenantFault> {
        let request = SubjectRequest {
            tenant: profile.id().clone(),
            user: user.clone(),
            event,
            actor: actor.to_owned(),
            reason,
        };
        self.change_subject(profile, request).await?;
        self.user(profile, user).await?.ok_or(TenantFault::NotFound)
    }

    /// Bans (sessions end) or lifts a ban.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn set_standing(
        &self,
        profile: &TenantProfile,
        user: UserId,
        standing: Standing,
    ) -> Result<UserCard, TenantFault> {
        let cards = self.set_standings(profile, vec![user], standing).await?;
        cards.into_iter().next().ok_or(TenantFault::NotFound)
    }

    /// As [`Tenants::set_standing`], for all of these users or for none. Their cards, in the order
    /// given.
    ///
    /// # Errors
    /// `NotFound` when one of them is unknown.
    pub async fn set_standings(
        &self,
        profile: &TenantProfile,
        users: Vec<UserId>,
        standing: Standing,
    ) -> Result<Vec<UserCard>, TenantFault> {
        self.inner.store.set_standing(profile.id().clone(), users.clone(), standing).await?;
        let mut cards = Vec::with_capacity(users.len());
        for user in users {
            cards.push(self.user(profile, user).await?.ok_or(TenantFault::NotFound)?);
        }
        Ok(cards)
    }

    /// Deletes a user; each of its identifiers stays a phantom with the user's count and lock.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn delete_user(
        &self,
        profile: &TenantProfile,
        user: UserId,
    ) -> Result<(), TenantFault> {
        let found = self.inner.reader.user(profile.id().clone(), user.clone()).await?;
        let record = found.ok_or(TenantFault::NotFound)?;
        let keys = record.identifications.iter().map(|i| &i.canonical_key);
        let phantoms = self.phantoms_of(profile, keys);
        Ok(self.inner.store.delete_user(profile.id().clone(), user, phantoms).await?)
    }

    pub(super) fn phantoms_of<'a>(
        &self,
        profile: &TenantProfile,
        keys: impl Iterator<Item = &'a CanonicalKey>,
    ) -> Vec<(CanonicalKey, SubjectKey)> {
        keys.map(|key| (key.clone(), self.phantom(profile, key))).collect()
    }
}

/// Verified identifications of a user to be made, in the order given.
pub(super) fn identifications(
    user: &User,
    identifiers: &[Identifier],
    now: Millis,
) -> Vec<Identification> {
    // Ids of one instant are in no order; lists are sorted by them and so keep the form's.
    let mut ids: Vec<_> = identifiers.iter().map(|_| IdentificationId::generate(now)).collect();
    ids.sort_unstable();
    let named = |(identifier, id): (&Identifier, IdentificationId)| {
        Identification::vouched(user.tenant_id.clone(), id, user.id.clone(), identifier, now)
    };
    identifiers.iter().zip(ids).map(named).collect()
}
