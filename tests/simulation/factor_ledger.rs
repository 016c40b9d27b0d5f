//! The factor part of the simulated ledger: codes, steps and recovery codes as rows, and sign-ins
//! between two factors, as `store::factor_rows` keeps them. Decides nothing.

use lockkeeper::model::{OneTimeCodeId, TenantId, UserId};
use lockkeeper::store::factor::{FactorLedger, SecondFactor};
use lockkeeper::store::one_time_codes::OneTimeCode;
use lockkeeper::store::settle::{SettleClient, Settled};
use lockkeeper::store::sign_ins::SignIn;
use lockkeeper::store::users::NewFactors;
use lockkeeper::store::{StoreError, SubjectKey};

use super::factors::{App, Factors, code_behind};
use super::image::seen;
use super::ledger::Txn;
use super::plain::change_person;

type Stored<T> = Result<T, StoreError>;

/// What a new user is made with: the sealed secret of a simulated app is its number.
pub(crate) fn factors_of(user: &UserId, new: &NewFactors, phone: bool) -> Factors {
    let app = new.totp.as_ref().and_then(|(sealed, last_step)| {
        Some(App { secret: sealed.parse().ok()?, last_step: *last_step })
    });
    let codes = new.recovery_codes.iter().filter_map(|digest| code_behind(user, digest));
    Factors { app, recovery: codes.map(|code| (code, false)).collect(), phone }
}

impl Txn<'_> {
    fn factors(&self, user: &UserId) -> Factors {
        self.person(user).map(|person| person.factors).unwrap_or_default()
    }

    pub(crate) fn remove_codes(&mut self, subject: &SubjectKey) {
        let all = self.image.codes.values().chain(self.over.codes.values().flatten());
        let of = all.filter(|code| code.subject == *subject).map(|code| code.id.clone());
        for id in of.collect::<Vec<_>>() {
            self.over.codes.insert(id, None);
        }
    }
}

impl FactorLedger for Txn<'_> {
    fn one_time_code(&mut self, _: &TenantId, id: &OneTimeCodeId) -> Stored<Option<OneTimeCode>> {
        Ok(seen(&self.image.codes, &self.over.codes, id))
    }
    fn put_one_time_code(&mut self, code: &OneTimeCode) -> Stored<()> {
        self.over.codes.insert(code.id.clone(), Some(code.clone()));
        Ok(())
    }
    fn second_factor(&mut self, _: &TenantId, user: &UserId) -> Stored<SecondFactor> {
        let wanted = self.factors(user).wanted();
        Ok(if wanted { SecondFactor::Wanted } else { SecondFactor::Nothing })
    }
    fn totp_step(&mut self, _: &TenantId, user: &UserId) -> Stored<Option<i64>> {
        Ok(self.factors(user).app.map(|app| app.last_step))
    }
    fn take_totp_step(&mut self, _: &TenantId, user: &UserId, step: i64) -> Stored<()> {
        change_person(self, user, |person| {
            if let Some(app) = &mut person.factors.app {
                app.last_step = step;
            }
        })
    }
    fn recovery_code_is_unused(
        &mut self,
        _: &TenantId,
        user: &UserId,
        digest: &str,
    ) -> Stored<bool> {
        let code = code_behind(user, digest);
        Ok(code.is_some_and(|code| self.factors(user).recovery.get(&code) == Some(&false)))
    }
    fn take_recovery_code(&mut self, _: &TenantId, user: &UserId, digest: &str) -> Stored<()> {
        let code = code_behind(user, digest).ok_or(StoreError::NotFound)?;
        change_person(self, user, |person| {
            person.factors.recovery.insert(code, true);
        })
    }
    /// The hash of a simulated password is its number.
    fn set_password(&mut self, _: &TenantId, user: &UserId, hash: &str, _: &Settled) -> Stored<()> {
        let password = hash.parse().map_err(|_| StoreError::NotFound)?;
        change_person(self, user, |person| {
            person.password = password;
            person.credential_version += 1;
        })
    }
    fn fall_back(&mut self, sign_in: &SignIn, _proof: &Settled) -> Stored<()> {
        self.over.sign_ins.insert(sign_in.id.clone(), Some(sign_in.clone()));
        Ok(())
    }
    fn hold(&mut self, _: &SettleClient, sign_in: &SignIn, proof: &Settled) -> Stored<()> {
        self.fall_back(sign_in, proof)
    }
}
