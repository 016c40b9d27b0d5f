//! Secrets of a user as its servers and the user's own account set them: hashed, sealed and digested
//! here, written together with the rest of the change.

use secrecy::{ExposeSecret, SecretString};

use super::lanes::device_token;
use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::credential::{Password, TotpSecret};
use crate::model::{Identifier, Source, UserId};
use crate::store::devices::OwnBrowser;
use crate::store::user_cards::UserCard;
use crate::store::user_changes::{OpenSessions, SecretChanges, UserUpdate};
use crate::store::user_deeds::StaffDeed;
use crate::store::users::{NewFactors, UserChange};
use crate::token::{Purpose, RecoveryCode, RecoveryCodes};

/// A change to a user; the default changes nothing. An inner `None` takes a secret away.
#[derive(Default)]
pub struct UserChangeForm {
    pub profile: UserChange,
    pub names: NewNames,
    pub password: Option<Option<Password>>,
    /// Whether others know the password; it opens nothing then.
    pub compromised: Option<bool>,
    /// Recovery codes stand in for an app and go with it.
    pub totp: Option<Option<TotpSecret>>,
    /// In clear; none takes those that there are away.
    pub recovery_codes: Option<Vec<SecretString>>,
    pub sessions: OpenSessions,
    /// Where the user changes their own secrets: the browser is known again under the new ones.
    pub browser: Option<OwnBrowser>,
}

/// A user who has changed their own account.
pub struct ChangedAccount {
    pub card: UserCard,
    /// What the browser is to keep where it is known again.
    pub lane_token: Option<String>,
}

/// What becomes of a user's names; the tenant's server vouches for a new one.
#[derive(Debug, Default)]
pub enum NewNames {
    #[default]
    Keep,
    /// Instead of the one that there is.
    Username(Option<Identifier>),
    /// Instead of all that there are, waiting ones too.
    OnlyEmail(Identifier),
}

impl Tenants {
    /// Makes the whole change or none of it. With a new password, app or set of codes passed factors
    /// of sign-ins under way are void; count and lock stay.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` of `external_id` or `identifier`, or `Busy` when the hashing queue is
    /// full.
    pub async fn change_user(
        &self,
        profile: &TenantProfile,
        user: UserId,
        form: UserChangeForm,
    ) -> Result<UserCard, TenantFault> {
        self.change_account(profile, user, form).await.map(|changed| changed.card)
    }

    /// As [`Tenants::change_user`], by staff: it is noted for auditors.
    ///
    /// # Errors
    /// As [`Tenants::change_user`].
    pub async fn change_user_by(
        &self,
        profile: &TenantProfile,
        user: UserId,
        form: UserChangeForm,
        deed: StaffDeed,
    ) -> Result<UserCard, TenantFault> {
        self.change(profile, user, form, Some(deed)).await.map(|changed| changed.card)
    }

    /// As [`Tenants::change_user`], in a browser of the user's own.
    ///
    /// # Errors
    /// As [`Tenants::change_user`].
    pub async fn change_account(
        &self,
        profile: &TenantProfile,
        user: UserId,
        form: UserChangeForm,
    ) -> Result<ChangedAccount, TenantFault> {
        self.change(profile, user, form, None).await
    }

    async fn change(
        &self,
        profile: &TenantProfile,
        user: UserId,
        form: UserChangeForm,
        by: Option<StaffDeed>,
    ) -> Result<ChangedAccount, TenantFault> {
        let UserChangeForm {
            profile: change,
            names,
            password,
            compromised,
            totp,
            recovery_codes,
            sessions,
            browser,
        } = form;
        let password = match password {
            Some(Some(password)) => Some(Some(self.hashed(profile, password).await?)),
            Some(None) => Some(None),
            None => None,
        };
        let totp = match totp {
            Some(Some(secret)) => Some(Some(self.sealed_app(profile, &secret)?)),
            Some(None) => Some(None),
            None => None,
        };
        let recovery_codes = recovery_codes.map(|codes| self.digests(profile, &user, &codes));
        let secrets = SecretChanges { password, compromised, totp, recovery_codes };
        let names = self.renaming(profile, &user, names).await?;
        let update = UserUpdate { profile: change, names, secrets, sessions, browser };
        let (tenant, asked) = (profile.id().clone(), self.inner.directory.asked());
        let store = &self.inner.store;
        let done = match by {
            None => store.change_user(tenant, user.clone(), update).await?,
            Some(deed) => store.change_user_by(tenant, user.clone(), update, deed).await?,
        };
        if let Some(renamed) = &done.renamed {
            self.publish_names(profile, &user, renamed, asked).await;
        }
        let lane_token = match &done.device {
            Some(given) => Some(device_token(profile, &user, given, self.inner.clock.now())?),
            None => None,
        };
        let card = self.user(profile, user).await?.ok_or(TenantFault::NotFound)?;
        Ok(ChangedAccount { card, lane_token })
    }

    /// Changes names, metadata and preferences.
    ///
    /// # Errors
    /// As [`Tenants::change_user`].
    pub async fn update_user(
        &self,
        profile: &TenantProfile,
        user: UserId,
        change: UserChange,
    ) -> Result<UserCard, TenantFault> {
        let form = UserChangeForm { profile: change, ..UserChangeForm::default() };
        self.change_user(profile, user, form).await
    }

    /// A set of recovery codes, not written yet.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new_recovery_codes(
        &self,
        profile: &TenantProfile,
    ) -> Result<Vec<RecoveryCode>, TenantFault> {
        Ok(RecoveryCodes::for_tenant(&self.inner.keys, profile.id()).generate()?)
    }

    /// What a new user is made with.
    pub(super) fn new_factors(
        &self,
        profile: &TenantProfile,
        user: &UserId,
        totp: Option<&TotpSecret>,
        codes: &[SecretString],
    ) -> Result<NewFactors, TenantFault> {
        let totp = totp.map(|secret| self.sealed_app(profile, secret)).transpose()?;
        Ok(NewFactors { totp, recovery_codes: self.digests(profile, user, codes) })
    }

    pub(super) async fn hashed(
        &self,
        profile: &TenantProfile,
        password: Password,
    ) -> Result<String, TenantFault> {
        let source = Source::from_stored("server".to_owned());
        Ok(self.inner.pool.hash(profile.id(), source, password).await?)
    }

    /// An app that a server vouches for: no step of it was taken yet.
    fn sealed_app(
        &self,
        profile: &TenantProfile,
        secret: &TotpSecret,
    ) -> Result<(String, i64), TenantFault> {
        let sealed = self.inner.keys.seal(Purpose::TotpAtRest, profile.id(), secret.expose())?;
        Ok((sealed, 0))
    }

    pub(super) fn digests(
        &self,
        profile: &TenantProfile,
        user: &UserId,
        codes: &[SecretString],
    ) -> Vec<String> {
        let keyed = RecoveryCodes::for_tenant(&self.inner.keys, profile.id());
        let mut digests: Vec<String> =
            codes.iter().map(|code| keyed.digest(user, code.expose_secret())).collect();
        // One code typed in two ways is one row.
        digests.sort_unstable();
        digests.dedup();
        digests
    }
}
