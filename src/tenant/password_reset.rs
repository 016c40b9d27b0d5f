//! A new password for somebody who proved their mailbox: hashed first, then settled in one transaction.

use std::sync::Arc;

use super::actor::LearnChanged;
use super::attempt::told;
use super::attempt_answer::AttemptAnswer;
use super::lanes::Browser;
use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::credential::Password;
use crate::model::{AttemptId, ClientId, SessionId, SignInId, Source, UserId};
use crate::store::SubjectKey;
use crate::store::settle::{OtherDevices, ResetRequest, SettleClient};
use crate::token::OpaqueSecret;

/// The password that a sign-in waits for.
pub struct NewPassword {
    pub profile: Arc<TenantProfile>,
    /// Who proved the mailbox in this sign-in.
    pub user: UserId,
    pub sign_in: SignInId,
    pub client: ClientId,
    pub password: Password,
    pub source: Source,
    pub browser: Browser,
    pub others: OtherDevices,
}

impl Tenants {
    /// Sets it. Everything is committed before this returns, and a lock that it lifted is withdrawn.
    /// Whether the sign-in waits for a password is asked by the caller before, for this hashes first,
    /// and again by the settle.
    ///
    /// # Errors
    /// As [`Tenants::attempt_password`].
    pub async fn reset_password(&self, new: NewPassword) -> Result<AttemptAnswer, TenantFault> {
        let this = self.clone();
        let guard = self.inner.running.enter();
        // As an attempt: whoever waits may go away, the password is set all the same.
        let task = self.inner.runtime.spawn(async move {
            let _running = guard;
            this.set_new(new).await
        });
        task.await.map_err(|_| TenantFault::Unavailable)?
    }

    async fn set_new(&self, new: NewPassword) -> Result<AttemptAnswer, TenantFault> {
        let profile = &new.profile;
        let pool = &self.inner.pool;
        let password_hash = pool.hash(profile.id(), new.source.clone(), new.password).await?;
        let now = self.inner.clock.now();
        let rotating = OpaqueSecret::generate()?;
        let request = ResetRequest {
            tenant: profile.id().clone(),
            attempt: AttemptId::generate(now),
            user: new.user.clone(),
            sign_in: new.sign_in,
            client: SettleClient { id: new.client, rotating_hash: rotating.digest() },
            source: new.source,
            device: new.browser.device,
            password_hash,
            others: new.others,
            session: SessionId::generate(now),
            session_lifetime: self.inner.settings.session_lifetime,
        };
        let asked = self.inner.directory.asked();
        let settled = self.inner.settle.reset(request).await?;
        let message = || LearnChanged {
            subject: SubjectKey::user(&new.user),
            keys: settled.keys().to_vec(),
            lock: settled.lock(),
            asked,
        };
        // The row has decided already; an entry that could not be withdrawn is re-read in a second.
        if let Err(error) = self.inner.directory.send(profile.id(), message).await {
            tracing::warn!(error = %error, tenant.id = %profile.id(), "a reset could not be published");
        }
        told(profile, settled.answer(), &rotating, now)?.ok_or(TenantFault::Unavailable)
    }
}
