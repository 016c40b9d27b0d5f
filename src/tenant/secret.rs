//! The kinds of secret that can be tried, and how each is verified off the actor: a password on the
//! hashing pool, a mailed code, a code of an authenticator app, a recovery code; and what stands for
//! one, the word of the tenant's server. All of them take the one path of `attempt`. Whether an
//! outcome may be told is not decided here.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::attempt::PasswordAttempt;
use super::attempt_answer::AttemptAnswer;
use super::lanes::Browser;
use super::profile::TenantProfile;
use super::repeats::{TriedSecret, tried_secret};
use super::{TenantFault, Tenants};
use crate::credential::{HashAge, Password, StoredHash, TotpSecret, Verdict, VerifyJob};
use crate::model::{
    CanonicalKey, ClientId, Identifier, OneTimeCodeId, SessionId, SignInId, Source, UserId,
};
use crate::store::factor::{FactorStep, Proof, Repetition, Sent, Voucher};
use crate::store::gate::Standing;
use crate::store::one_time_codes::CodeFault;
use crate::store::settle::{Answer, Verified};
use crate::token::{KeyFault, Purpose, RecoveryCodes};

/// A code as somebody typed it, in a sign-in that was opened before.
pub struct CodeAttempt {
    pub profile: Arc<TenantProfile>,
    /// As the sign-in knows it.
    pub key: CanonicalKey,
    /// Bounded where it is read; more than any code has is ignored.
    pub typed: SecretString,
    pub source: Source,
    pub browser: Browser,
    pub sign_in: SignInId,
    pub client: ClientId,
}

/// A sent code, as typed.
pub struct TypedCode {
    pub typed: SecretString,
    /// The row that it is held against: what the sign-in or session was last sent.
    pub code: OneTimeCodeId,
    pub sent: Sent,
    pub step: FactorStep,
}

/// What is tried.
pub(super) enum Secret {
    Password(Password),
    /// Sent in order to sign in.
    Code(TypedCode),
    /// Sent in order to set a new password.
    ResetCode(TypedCode),
    Totp(SecretString),
    RecoveryCode(SecretString),
    /// What a link was followed for: the row that it uses up.
    Link(OneTimeCodeId),
    /// None: the tenant's server says who it is.
    Vouched(Vouched),
}

/// For whom the tenant's server vouches, and how.
pub(super) struct Vouched {
    pub user: UserId,
    pub by: Voucher,
}

impl Secret {
    /// Its length.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Password(password) => password.expose().len(),
            Self::Code(code) | Self::ResetCode(code) => code.typed.expose_secret().len(),
            Self::Totp(typed) | Self::RecoveryCode(typed) => typed.expose_secret().len(),
            Self::Link(_) | Self::Vouched(_) => 0,
        }
    }
}

/// One attempt of any kind.
pub(super) struct Attempt {
    pub profile: Arc<TenantProfile>,
    /// Who it is for: an identifier, or a user by id.
    pub key: CanonicalKey,
    pub secret: Secret,
    pub source: Source,
    pub browser: Browser,
    pub joins: Joins,
    pub client: Option<ClientId>,
}

/// What a right secret carries on.
pub(super) enum Joins {
    /// A sign-in that is made if this completes it.
    AtOnce {
        identifier: String,
        locale: Option<String>,
    },
    SignIn(SignInId),
    /// No sign-in: the secret is only checked.
    Check {
        aged: Option<SessionId>,
    },
}

impl From<PasswordAttempt> for Attempt {
    fn from(of: PasswordAttempt) -> Self {
        let Identifier { display, key, .. } = of.identifier;
        Self {
            profile: of.profile,
            key,
            secret: Secret::Password(of.password),
            source: of.source,
            browser: of.browser,
            joins: match of.sign_in {
                Some(id) => Joins::SignIn(id),
                None => Joins::AtOnce { identifier: display, locale: of.locale },
            },
            client: of.client,
        }
    }
}

impl CodeAttempt {
    fn of(self, secret: impl FnOnce(SecretString) -> Secret) -> Attempt {
        Attempt {
            profile: self.profile,
            key: self.key,
            secret: secret(self.typed),
            source: self.source,
            browser: self.browser,
            joins: Joins::SignIn(self.sign_in),
            client: Some(self.client),
        }
    }
}

/// What may be done with what was tried.
pub(super) enum Checked {
    Verified(Verification),
    /// The code cannot be right any more, whatever was typed: nothing was compared.
    Unusable(CodeFault),
}

/// What verifying found.
pub(super) struct Verification {
    pub verified: Verified,
    pub proof: Proof,
    pub age: HashAge,
    /// Where a wrong one is to be remembered once it is known to have counted.
    pub tried: Option<TriedSecret>,
}

impl Tenants {
    /// Tries a code that was sent in order to sign in, as its first or second factor.
    ///
    /// # Errors
    /// As [`Tenants::attempt_password`].
    pub async fn attempt_code(
        &self,
        attempt: CodeAttempt,
        code: OneTimeCodeId,
        sent: Sent,
        step: FactorStep,
    ) -> Result<AttemptAnswer, TenantFault> {
        let secret = |typed| Secret::Code(TypedCode { typed, code, sent, step });
        self.attempt(attempt.of(secret)).await
    }

    /// Tries a code that was sent in order to set a new password; possible while locked, five times
    /// a code.
    ///
    /// # Errors
    /// As [`Tenants::attempt_password`].
    pub async fn attempt_reset_code(
        &self,
        attempt: CodeAttempt,
        code: OneTimeCodeId,
    ) -> Result<AttemptAnswer, TenantFault> {
        let (sent, step) = (Sent::Mail, FactorStep::First);
        let secret = |typed| Secret::ResetCode(TypedCode { typed, code, sent, step });
        self.attempt(attempt.of(secret)).await
    }

    /// Tries a code of an authenticator app as the second factor.
    ///
    /// # Errors
    /// As [`Tenants::attempt_password`].
    pub async fn attempt_totp(&self, attempt: CodeAttempt) -> Result<AttemptAnswer, TenantFault> {
        self.attempt(attempt.of(Secret::Totp)).await
    }

    /// Tries a recovery code as the second factor.
    ///
    /// # Errors
    /// As [`Tenants::attempt_password`].
    pub async fn attempt_recovery_code(
        &self,
        attempt: CodeAttempt,
    ) -> Result<AttemptAnswer, TenantFault> {
        self.attempt(attempt.of(Secret::RecoveryCode)).await
    }

    /// Verifies what was tried. What the subject has not got is compared all the same.
    pub(super) async fn verify(
        &self,
        attempt: &Attempt,
        standing: &Standing,
    ) -> Result<Checked, TenantFault> {
        let (right, proof) = match &attempt.secret {
            Secret::Password(password) => {
                let verification = self.verify_password(attempt, standing, password).await?;
                return Ok(Checked::Verified(verification));
            }
            Secret::Code(TypedCode { typed, code, sent, step }) => {
                let right = match self.verify_code(attempt, standing, typed, code).await? {
                    Ok(right) => right,
                    Err(fault) => return Ok(Checked::Unusable(fault)),
                };
                (right, Proof::OneTimeCode { id: code.clone(), sent: *sent, step: *step })
            }
            Secret::ResetCode(TypedCode { typed, code, .. }) => {
                let right = match self.verify_code(attempt, standing, typed, code).await? {
                    Ok(right) => right,
                    Err(fault) => return Ok(Checked::Unusable(fault)),
                };
                (right, Proof::ResetCode(code.clone()))
            }
            Secret::Totp(typed) => {
                let step = self.totp_step(attempt, standing, typed).await?;
                (step.is_some(), Proof::Totp { step })
            }
            Secret::RecoveryCode(typed) => {
                self.verify_recovery_code(attempt, standing, typed).await?
            }
            Secret::Link(id) => {
                if let Err(fault) = self.verify_link(attempt, standing, id).await? {
                    return Ok(Checked::Unusable(fault));
                }
                let (sent, step) = (Sent::Link, FactorStep::First);
                (true, Proof::OneTimeCode { id: id.clone(), sent, step })
            }
            Secret::Vouched(Vouched { user, by }) => {
                if let Err(fault) = self.verify_voucher(&attempt.profile, by).await? {
                    return Ok(Checked::Unusable(fault));
                }
                let theirs = standing.user.as_ref().is_some_and(|owner| owner.id == *user);
                (theirs, Proof::Vouched(by.clone()))
            }
        };
        let credential_version = standing.user.as_ref().map_or(0, |u| u.credential_version);
        let verified = if right && standing.user.is_some() {
            Verified::Right { credential_version }
        } else {
            Verified::Wrong { credential_version }
        };
        let age = HashAge::Current;
        Ok(Checked::Verified(Verification { verified, proof, age, tried: None }))
    }

    /// Unknown identifiers and users without a password cost the same work on a decoy.
    async fn verify_password(
        &self,
        attempt: &Attempt,
        standing: &Standing,
        password: &Password,
    ) -> Result<Verification, TenantFault> {
        let user = standing.user.as_ref();
        let credential_version = user.map_or(0, |u| u.credential_version);
        let stored = match user.and_then(|u| u.password_hash.as_deref()) {
            Some(phc) => StoredHash::parse(phc)?,
            None => StoredHash::Decoy,
        };
        let tenant = attempt.profile.id();
        let job = VerifyJob {
            tenant: tenant.clone(),
            source: attempt.source.clone(),
            password: password.clone(),
            stored,
        };
        let verdict = self.inner.pool.verify(job).await?;
        // After the hash, so that a repeat costs and takes what a first try does.
        let tried = standing.policy.ignore_repeated_secret.then(|| {
            let key = self.inner.keys.newest().derive(Purpose::RepeatedSecret, tenant);
            let (subject, source) = (&standing.subject, &attempt.source);
            tried_secret(&key, subject, source, credential_version, password)
        });
        Ok(match verdict {
            Verdict::Right(age) => Verification {
                verified: Verified::Right { credential_version },
                proof: Proof::PASSWORD,
                age,
                tried: None,
            },
            Verdict::Wrong => {
                let monotonic = self.inner.clock.monotonic();
                let repetition = tried
                    .as_ref()
                    .map_or(Repetition::New, |tried| self.inner.repeats.judge(tried, monotonic));
                Verification {
                    verified: Verified::Wrong { credential_version },
                    proof: Proof::Password(repetition),
                    age: HashAge::Current,
                    tried,
                }
            }
        })
    }

    /// Rule 16 (repeats): remembered only once its count is committed; any earlier, a password that
    /// never counted could be tried again for nothing.
    pub(super) fn remember_wrong(&self, tried: &TriedSecret, answer: &Answer) {
        match answer {
            Answer::Wrong { remaining: Some(_) } | Answer::WrongAndLocked(_) => {
                self.inner.repeats.remember(tried, self.inner.clock.monotonic());
            }
            Answer::Wrong { remaining: None }
            | Answer::Locked(_)
            | Answer::Complete { .. }
            | Answer::Passed { .. }
            | Answer::Verified { .. }
            | Answer::Banned
            | Answer::Deleted
            | Answer::SignInVoid
            | Answer::FactorDied
            | Answer::Again => {}
        }
    }

    async fn verify_code(
        &self,
        attempt: &Attempt,
        standing: &Standing,
        typed: &SecretString,
        code: &OneTimeCodeId,
    ) -> Result<Result<bool, CodeFault>, TenantFault> {
        let tenant = attempt.profile.id();
        let now = self.inner.clock.now();
        let row = self.inner.reader.code(tenant.clone(), code.clone()).await?;
        let usable =
            row.ok_or(CodeFault::Missing).and_then(|row| row.usable(&standing.subject, now));
        let (profile, key) = (&attempt.profile, &attempt.key);
        let address = self.address_of_tests(profile, key, &attempt.joins).await?;
        let right = self.is_sent_code(&attempt.profile, code, typed, address.as_ref());
        let last_sent = self.is_last_sent(attempt, code).await?;
        Ok(usable.and(last_sent).map(|()| right))
    }

    /// A code belongs to a sign-in until something else is sent for it: the settle, which takes none
    /// but the last one, would send an older one back here for ever. What waits for nothing any more
    /// is the settle's to say.
    pub(super) async fn is_last_sent(
        &self,
        attempt: &Attempt,
        code: &OneTimeCodeId,
    ) -> Result<Result<(), CodeFault>, TenantFault> {
        let Joins::SignIn(id) = &attempt.joins else { return Ok(Ok(())) };
        let tenant = attempt.profile.id().clone();
        let found = self.inner.reader.sign_in(tenant, id.clone()).await?;
        let now = self.inner.clock.now();
        let waiting = found.filter(|row| row.waits_at(now));
        let replaced = waiting.is_some_and(|row| row.prepared_code.as_ref() != Some(code));
        Ok(if replaced { Err(CodeFault::Missing) } else { Ok(()) })
    }

    /// The step of a typed code that is newer than every step accepted before.
    async fn totp_step(
        &self,
        attempt: &Attempt,
        standing: &Standing,
        typed: &SecretString,
    ) -> Result<Option<i64>, TenantFault> {
        let tenant = attempt.profile.id();
        let Some(user) = &standing.user else { return Ok(None) };
        let Some(row) = self.inner.reader.totp(tenant.clone(), user.id.clone()).await? else {
            return Ok(None);
        };
        let sealed = self.inner.keys.open(Purpose::TotpAtRest, tenant, &row.sealed)?;
        let Some(secret) = TotpSecret::from_bytes(sealed.expose_secret().to_vec()) else {
            return Err(KeyFault::Open.into());
        };
        let step = secret.step_of(typed.expose_secret(), self.inner.clock.now());
        Ok(step.map(|step| step.0).filter(|step| *step > row.last_step))
    }

    async fn verify_recovery_code(
        &self,
        attempt: &Attempt,
        standing: &Standing,
        typed: &SecretString,
    ) -> Result<(bool, Proof), TenantFault> {
        let tenant = attempt.profile.id();
        let Some(user) = &standing.user else {
            return Ok((false, Proof::RecoveryCode { digest: String::new() }));
        };
        let codes = RecoveryCodes::for_tenant(&self.inner.keys, tenant);
        let digest = codes.digest(&user.id, typed.expose_secret());
        let asked = (tenant.clone(), user.id.clone(), digest.clone());
        let right = self.inner.reader.recovery_code_is_unused(asked.0, asked.1, asked.2).await?;
        Ok((right, Proof::RecoveryCode { digest }))
    }
}
