//! A secret that is checked for a user who is named by a server or by a session: through the same
//! gate and the same settle as a sign-in's, so it counts, locks and is refused while locked; a right
//! one begins nothing.

use std::sync::Arc;

use secrecy::SecretString;

use super::attempt_answer::AttemptAnswer;
use super::lanes::Browser;
use super::profile::TenantProfile;
use super::secret::{Attempt, Joins, Secret, TypedCode};
use super::{TenantFault, Tenants};
use crate::credential::Password;
use crate::model::{CanonicalKey, ClientId, SessionId, Source, UserId};

/// A secret of a user who is named by id.
pub struct SecretCheck {
    pub profile: Arc<TenantProfile>,
    pub user: UserId,
    pub secret: CheckedSecret,
    /// Whose failures they are: an address, or one word for all of the tenant's servers.
    pub source: Source,
    pub browser: Browser,
    /// The session whose factor is proved again.
    pub aged: Option<SessionId>,
}

/// What is checked.
pub enum CheckedSecret {
    Password(Password),
    Totp(SecretString),
    RecoveryCode(SecretString),
    /// Sent on behalf of the user; the caller has kept the id of its row.
    Code(TypedCode),
}

impl Tenants {
    /// Checks a secret. Answers [`AttemptAnswer::Verified`] where it was right, and
    /// [`AttemptAnswer::Deleted`] where there is no such user.
    ///
    /// # Errors
    /// As [`Tenants::attempt_password`].
    pub async fn check_secret(&self, check: SecretCheck) -> Result<AttemptAnswer, TenantFault> {
        let attempt = Attempt {
            profile: check.profile,
            key: CanonicalKey::of_user(&check.user),
            secret: match check.secret {
                CheckedSecret::Password(password) => Secret::Password(password),
                CheckedSecret::Totp(typed) => Secret::Totp(typed),
                CheckedSecret::RecoveryCode(typed) => Secret::RecoveryCode(typed),
                CheckedSecret::Code(code) => Secret::Code(code),
            },
            source: check.source,
            browser: check.browser,
            joins: Joins::Check { aged: check.aged },
            client: None::<ClientId>,
        };
        self.attempt(attempt).await
    }
}
