//! Planted defects at what proofs use up: the factor part of the crooked ledger.

use lockkeeper::model::{OneTimeCodeId, TenantId, UserId};
use lockkeeper::store::StoreError;
use lockkeeper::store::factor::{FactorLedger, SecondFactor};
use lockkeeper::store::one_time_codes::OneTimeCode;
use lockkeeper::store::settle::{SettleClient, Settled};
use lockkeeper::store::sign_ins::SignIn;

use super::crooked::Crooked;
use super::defects::Defect;

type Stored<T> = Result<T, StoreError>;

impl FactorLedger for Crooked<'_, '_> {
    fn one_time_code(
        &mut self,
        tenant: &TenantId,
        id: &OneTimeCodeId,
    ) -> Stored<Option<OneTimeCode>> {
        self.honest.one_time_code(tenant, id)
    }
    fn put_one_time_code(&mut self, code: &OneTimeCode) -> Stored<()> {
        let mut code = code.clone();
        if self.has(Defect::SentCodeTwice) {
            code.used_at = None;
        }
        if self.has(Defect::CodeTriesUnbounded) {
            code.tries = 0;
        }
        self.honest.put_one_time_code(&code)
    }
    fn second_factor(&mut self, tenant: &TenantId, user: &UserId) -> Stored<SecondFactor> {
        if self.has(Defect::SecondFactorSkipped) {
            return Ok(SecondFactor::Nothing);
        }
        self.honest.second_factor(tenant, user)
    }
    fn totp_step(&mut self, tenant: &TenantId, user: &UserId) -> Stored<Option<i64>> {
        let newest = self.honest.totp_step(tenant, user)?;
        if self.has(Defect::StepOnlyVerified) {
            return Ok(newest.map(|_| i64::MIN));
        }
        Ok(newest)
    }
    fn take_totp_step(&mut self, tenant: &TenantId, user: &UserId, step: i64) -> Stored<()> {
        if self.has(Defect::StepNotRemembered) {
            return Ok(());
        }
        self.honest.take_totp_step(tenant, user, step)
    }
    fn recovery_code_is_unused(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
        digest: &str,
    ) -> Stored<bool> {
        let unused = self.honest.recovery_code_is_unused(tenant, user, digest)?;
        Ok(unused || self.has(Defect::RecoveryOnlyVerified))
    }
    fn take_recovery_code(&mut self, tenant: &TenantId, user: &UserId, digest: &str) -> Stored<()> {
        if self.has(Defect::RecoveryCodeTwice) {
            return Ok(());
        }
        self.honest.take_recovery_code(tenant, user, digest)
    }
    fn set_password(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
        hash: &str,
        proof: &Settled,
    ) -> Stored<()> {
        self.honest.set_password(tenant, user, hash, proof)
    }
    fn fall_back(&mut self, sign_in: &SignIn, proof: &Settled) -> Stored<()> {
        if self.has(Defect::DeadFactorStays) {
            return Ok(());
        }
        self.honest.fall_back(sign_in, proof)
    }
    fn hold(&mut self, client: &SettleClient, sign_in: &SignIn, proof: &Settled) -> Stored<()> {
        if self.has(Defect::FirstFactorClears)
            && let Some(user) = &sign_in.user_id
        {
            self.clear_all(user);
        }
        self.honest.hold(client, sign_in, proof)
    }
}
