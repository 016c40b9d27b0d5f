//! Locks a test user on purpose, by wrong passwords along the way of all others, so that a tenant sees
//! lock, mail and way back before the first real one. Touches no account that it has not made.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::profile::TenantProfile;
use super::users::NewUserForm;
use super::{AttemptAnswer, Browser, PasswordAttempt, TenantFault, Tenants};
use crate::credential::Password;
use crate::model::{Authenticator, Identifier, Source, UserId};
use crate::store::user_metadata::MetadataChange;
use crate::store::users::{UserChange, UserRecord};

/// Wrong passwords that are tried at most.
pub const MOST_TRIES: i64 = 20;
/// In the private metadata of a user that was made for this.
const MARK: &str = "lockkeeper_test_user";
/// The source that the log shows.
const SOURCE: &str = "console";
/// Nobody's: the user has none.
const WRONG: &str = "not the password of a test user";

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestLock {
    Locked(UserId),
    /// Somebody else has this identifier; nothing was done.
    Taken,
    /// The policy locks nobody, not for passwords, or only after so many.
    Never(NoTest),
}

/// Why nothing was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTest {
    Off,
    PasswordsUncounted,
    TooMany(i64),
}

impl Tenants {
    /// Locks the test user of this identifier, who is made if need be.
    ///
    /// # Errors
    /// As any attempt.
    pub async fn lock_test_user(
        &self,
        profile: &Arc<TenantProfile>,
        identifier: &Identifier,
        actor: &str,
    ) -> Result<TestLock, TenantFault> {
        let policy = self.policy_in_force(profile).await?;
        if !policy.enabled {
            return Ok(TestLock::Never(NoTest::Off));
        }
        if !policy.authenticators.contains(&Authenticator::Password) {
            return Ok(TestLock::Never(NoTest::PasswordsUncounted));
        }
        if policy.max_attempts > MOST_TRIES {
            return Ok(TestLock::Never(NoTest::TooMany(policy.max_attempts)));
        }
        let (tenant, key) = (profile.id().clone(), identifier.key.clone());
        let user = match self.inner.reader.identified(tenant, key).await? {
            Some(record) if is_test_user(&record) => record.user.id,
            Some(_) => return Ok(TestLock::Taken),
            None => match self.create_user(profile, form(identifier), actor).await {
                Ok(card) => card.record.user.id,
                Err(TenantFault::Conflict { .. }) => return Ok(TestLock::Taken),
                Err(fault) => return Err(fault),
            },
        };
        // As many as lock, and one more in case somebody else has just unlocked it.
        for _ in 0..=policy.max_attempts {
            let answer = self.attempt_password(wrong(profile, identifier)?).await?;
            if matches!(answer, AttemptAnswer::WrongAndLocked(_) | AttemptAnswer::Locked(_)) {
                break;
            }
        }
        let (tenant, actor) = (profile.id().clone(), actor.to_owned());
        self.inner.store.note_test_lock(tenant, user.clone(), actor).await?;
        self.forget(profile.id());
        Ok(TestLock::Locked(user))
    }
}

fn is_test_user(record: &UserRecord) -> bool {
    let kept: Option<Map<String, Value>> = serde_json::from_str(&record.user.private_metadata).ok();
    kept.is_some_and(|kept| kept.get(MARK) == Some(&Value::Bool(true)))
}

fn form(identifier: &Identifier) -> NewUserForm {
    let mark = Map::from_iter([(MARK.to_owned(), Value::Bool(true))]);
    let change = UserChange {
        first_name: Some(Some("Test".to_owned())),
        private_metadata: Some(MetadataChange::Merge(mark)),
        ..UserChange::default()
    };
    NewUserForm { identifiers: vec![identifier.clone()], change, ..NewUserForm::default() }
}

fn wrong(
    profile: &Arc<TenantProfile>,
    identifier: &Identifier,
) -> Result<PasswordAttempt, TenantFault> {
    Ok(PasswordAttempt {
        profile: Arc::clone(profile),
        identifier: identifier.clone(),
        password: Password::parse(WRONG).map_err(|_| TenantFault::Unavailable)?,
        source: Source::from_stored(SOURCE.to_owned()),
        browser: Browser::NONE,
        sign_in: None,
        client: None,
        locale: None,
    })
}
