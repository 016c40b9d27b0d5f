//! A new authenticator app: its secret is shown once and counts for nothing until a code of it was
//! typed in the same session. Nothing of anybody's can be guessed here, so nothing is counted; each
//! secret has tries of its own.

use secrecy::ExposeSecret;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::credential::TotpSecret;
use crate::model::{Millis, SessionId, Span, UserId};
use crate::store::pending_totp::PendingTotp;
use crate::store::user_cards::UserCard;
use crate::store::user_changes::{SecretChanges, UserUpdate};
use crate::token::{KeyFault, Purpose, RecoveryCode};

/// A secret that is not confirmed by then is worth nothing.
const LIFETIME: Span = Span::MINUTE.times(10);
/// The end stands before the secret, in so many bytes.
const END_BYTES: usize = 8;

/// What came of a code.
pub enum Enrolment {
    /// The app counts from now on. A user without recovery codes gets a set, shown this once.
    Confirmed {
        card: Box<UserCard>,
        codes: Vec<RecoveryCode>,
    },
    Wrong,
    /// None was asked for in this session.
    Nothing,
    Expired,
    /// Its tries are spent.
    Spent,
}

impl Tenants {
    /// A new secret for the user of a live session, in the place of one that waits.
    ///
    /// # Errors
    /// `NotFound` when there is no such live session.
    pub async fn begin_enrolment(
        &self,
        profile: &TenantProfile,
        session: SessionId,
    ) -> Result<TotpSecret, TenantFault> {
        let secret = TotpSecret::generate().ok_or(KeyFault::Random)?;
        let end = self.inner.clock.now().after(LIFETIME);
        let mut bytes = end.0.to_be_bytes().to_vec();
        bytes.extend_from_slice(secret.expose());
        let sealed = self.inner.keys.seal(Purpose::TotpAtRest, profile.id(), &bytes)?;
        self.inner.store.set_pending_totp(profile.id().clone(), session, Some(sealed)).await?;
        Ok(secret)
    }

    /// Tries a code against the secret that waits in this session.
    ///
    /// # Errors
    /// `NotFound` when the user is gone.
    pub async fn confirm_enrolment(
        &self,
        profile: &TenantProfile,
        card: &UserCard,
        session: SessionId,
        typed: &str,
    ) -> Result<Enrolment, TenantFault> {
        let tenant = profile.id();
        let store = &self.inner.store;
        let sealed = match store.try_pending_totp(tenant.clone(), session.clone()).await? {
            PendingTotp::Waiting(sealed) => sealed,
            PendingTotp::Spent => return Ok(Enrolment::Spent),
            PendingTotp::Nothing => return Ok(Enrolment::Nothing),
        };
        let opened = self.inner.keys.open(Purpose::TotpAtRest, tenant, &sealed)?;
        let (end, secret) = parted(opened.expose_secret()).ok_or(KeyFault::Open)?;
        let now = self.inner.clock.now();
        if now >= end {
            return Ok(Enrolment::Expired);
        }
        let Some(step) = secret.step_of(typed, now) else { return Ok(Enrolment::Wrong) };
        let user = card.record.user.id.clone();
        let codes = match card.factors.recovery_codes {
            true => Vec::new(),
            false => self.new_recovery_codes(profile)?,
        };
        // With the step, so that this code is worth nothing a second time.
        let sealed = self.inner.keys.seal(Purpose::TotpAtRest, tenant, secret.expose())?;
        self.write_app(profile, user.clone(), (sealed, step.0), &codes).await?;
        store.set_pending_totp(tenant.clone(), session, None).await?;
        let card = self.user(profile, user).await?.ok_or(TenantFault::NotFound)?;
        Ok(Enrolment::Confirmed { card: Box::new(card), codes })
    }

    async fn write_app(
        &self,
        profile: &TenantProfile,
        user: UserId,
        app: (String, i64),
        codes: &[RecoveryCode],
    ) -> Result<(), TenantFault> {
        let new: Vec<_> = codes.iter().map(|code| code.expose().into()).collect();
        let digests = (!new.is_empty()).then(|| self.digests(profile, &user, &new));
        let secrets = SecretChanges {
            totp: Some(Some(app)),
            recovery_codes: digests,
            ..SecretChanges::default()
        };
        let update = UserUpdate { secrets, ..UserUpdate::default() };
        self.inner.store.change_user(profile.id().clone(), user, update).await?;
        Ok(())
    }
}

fn parted(bytes: &[u8]) -> Option<(Millis, TotpSecret)> {
    let (end, secret) = bytes.split_first_chunk::<END_BYTES>()?;
    Some((Millis(i64::from_be_bytes(*end)), TotpSecret::from_bytes(secret.to_vec())?))
}
