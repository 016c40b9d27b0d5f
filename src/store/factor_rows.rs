//! The factor part of the transaction's ledger: codes, steps and recovery codes as rows, and the
//! sign-ins between two factors. Decides nothing.

use super::committer::Work;
use super::error::StoreError;
use super::factor::{FactorLedger, Proof, SecondFactor};
use super::ledger::Ledger;
use super::one_time_codes::OneTimeCode;
use super::sessions::{SessionFilter, SessionStatus};
use super::settle::{SettleClient, Settled};
use super::sign_in_tokens::SignInTokenStatus;
use super::sign_ins::{Client, SignIn};
use super::{
    identifications, one_time_codes, recovery_codes, sessions, sign_in_tokens, sign_ins, totp,
    user_secrets,
};
use crate::model::{OneTimeCodeId, SessionId, SignInTokenId, TenantId, UserId};

impl FactorLedger for Work<'_> {
    fn one_time_code(
        &mut self,
        tenant: &TenantId,
        id: &OneTimeCodeId,
    ) -> Result<Option<OneTimeCode>, StoreError> {
        Ok(one_time_codes::find(self.db, tenant, id)?)
    }

    fn put_one_time_code(&mut self, code: &OneTimeCode) -> Result<(), StoreError> {
        Ok(one_time_codes::update(self.db, code)?)
    }

    fn second_factor(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<SecondFactor, StoreError> {
        let wanted = totp::find(self.db, tenant, user)?.is_some()
            || identifications::has_second_factor(self.db, tenant, user)?;
        Ok(if wanted { SecondFactor::Wanted } else { SecondFactor::Nothing })
    }

    fn totp_step(&mut self, tenant: &TenantId, user: &UserId) -> Result<Option<i64>, StoreError> {
        Ok(totp::find(self.db, tenant, user)?.map(|row| row.last_step))
    }

    fn take_totp_step(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
        step: i64,
    ) -> Result<(), StoreError> {
        Ok(totp::take_step(self.db, tenant, user, step)?)
    }

    fn recovery_code_is_unused(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
        digest: &str,
    ) -> Result<bool, StoreError> {
        Ok(recovery_codes::is_unused(self.db, tenant, user, digest)?)
    }

    fn take_recovery_code(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
        digest: &str,
    ) -> Result<(), StoreError> {
        Ok(recovery_codes::take(self.db, tenant, user, digest, self.now)?)
    }

    fn sign_in_token_is_unused(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
        token: &SignInTokenId,
    ) -> Result<bool, StoreError> {
        let found = sign_in_tokens::find(self.db, tenant, token)?;
        Ok(found.is_some_and(|row| row.user_id == *user && row.is_usable(self.now)))
    }

    fn take_sign_in_token(
        &mut self,
        tenant: &TenantId,
        token: &SignInTokenId,
    ) -> Result<(), StoreError> {
        sign_in_tokens::end(self.db, tenant, token, SignInTokenStatus::Accepted, self.now)?;
        Ok(())
    }

    fn fall_back(&mut self, sign_in: &SignIn, proof: &Settled) -> Result<(), StoreError> {
        Ok(sign_ins::save_held(self.db, sign_in, proof)?)
    }

    fn set_password(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
        hash: &str,
        _proof: &Settled,
    ) -> Result<(), StoreError> {
        user_secrets::write_password(self.db, tenant, user, hash, self.now)?;
        self.user_updated(tenant, user)
    }

    fn end_other_sessions(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
        but: &SessionId,
    ) -> Result<(), StoreError> {
        let (user, except) = (Some(user.clone()), Some(but.clone()));
        let filter = SessionFilter { user, except, ..SessionFilter::default() };
        self.end_sessions(tenant, filter, SessionStatus::Revoked).map(drop)
    }

    fn renew_session(
        &mut self,
        tenant: &TenantId,
        session: &SessionId,
        with: &Proof,
        proof: &Settled,
    ) -> Result<(), StoreError> {
        Ok(sessions::renew(self.db, tenant, session, with, self.now, proof)?)
    }

    /// The client after the sign-in, which was locked as it was read (rule 10).
    fn hold(
        &mut self,
        client: &SettleClient,
        sign_in: &SignIn,
        proof: &Settled,
    ) -> Result<(), StoreError> {
        let known = sign_ins::find_client_locked(self.db, &sign_in.tenant_id, &client.id)?;
        let (tenant, id, now) = (sign_in.tenant_id.clone(), client.id.clone(), self.now());
        let known = known.unwrap_or_else(|| Client::fresh(tenant, id, String::new(), now));
        let row = Client {
            rotating_hash: client.rotating_hash.clone(),
            sign_in_id: Some(sign_in.id.clone()),
            updated_at: now,
            ..known
        };
        sign_ins::save_client(self.db, &row)?;
        Ok(sign_ins::save_held(self.db, sign_in, proof)?)
    }
}
