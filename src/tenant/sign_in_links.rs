//! Sign-in links: asking for one, and following it. A link is a code that nobody types: signed, bound
//! to the sign-in that asked, used up by the settle, never counted, refused while locked. That the
//! same browser follows it is the door's to see. Knows no HTTP.

use std::sync::Arc;

use super::attempt_answer::AttemptAnswer;
use super::codes::{CodeOrder, Ordered};
use super::lanes::Browser;
use super::profile::TenantProfile;
use super::secret::{Attempt, Joins, Secret};
use super::{TenantFault, Tenants};
use crate::model::{CanonicalKey, ClientId, OneTimeCodeId, Source};
use crate::store::gate::Standing;
use crate::store::one_time_codes::{AskedBy, CodeFault};
use crate::token::{OpenedLink, SignInLink, SignInLinks, TokenFault};

/// A link that was followed by the client that asked for it.
pub struct LinkAttempt {
    pub profile: Arc<TenantProfile>,
    pub link: SignInLink,
    /// As the sign-in knows it.
    pub key: CanonicalKey,
    pub source: Source,
    pub browser: Browser,
    pub client: ClientId,
}

impl Tenants {
    /// As [`Tenants::order_code`], with a link in the place of the code.
    ///
    /// # Errors
    /// As any write.
    pub async fn order_link(
        &self,
        order: CodeOrder,
        redirect_url: String,
    ) -> Result<Ordered, TenantFault> {
        let (id, address) = (order.sign_in.clone(), order.named.to_string());
        self.order(order, AskedBy::Link { id, address, redirect_url }).await
    }

    /// Reads the token of a link.
    ///
    /// # Errors
    /// [`TokenFault`] for one that is not genuine.
    pub fn sign_in_link(
        &self,
        profile: &TenantProfile,
        token: &str,
    ) -> Result<OpenedLink, TokenFault> {
        SignInLinks::for_tenant(&self.inner.keys, profile.id()).open(token, self.inner.clock.now())
    }

    /// Follows a link.
    ///
    /// # Errors
    /// As [`Tenants::attempt_password`].
    pub async fn attempt_link(&self, attempt: LinkAttempt) -> Result<AttemptAnswer, TenantFault> {
        self.attempt(Attempt {
            profile: attempt.profile,
            key: attempt.key,
            secret: Secret::Link(attempt.link.code),
            source: attempt.source,
            browser: attempt.browser,
            joins: Joins::SignIn(attempt.link.sign_in),
            client: Some(attempt.client),
        })
        .await
    }

    /// Whether the row of a link can still be used up; the settle has the last word.
    pub(super) async fn verify_link(
        &self,
        attempt: &Attempt,
        standing: &Standing,
        id: &OneTimeCodeId,
    ) -> Result<Result<(), CodeFault>, TenantFault> {
        let row = self.inner.reader.code(attempt.profile.id().clone(), id.clone()).await?;
        let now = self.inner.clock.now();
        let usable =
            row.ok_or(CodeFault::Missing).and_then(|row| row.usable(&standing.subject, now));
        Ok(usable.and(self.is_last_sent(attempt, id).await?))
    }
}
