//! Tickets: tokens with which a tenant's server lets a user in, once. A ticket cannot be guessed, so
//! it is never counted; like everything else it is refused while its user is locked, and it is used
//! up in the transaction that begins the sign-in. Knows no HTTP.

use std::sync::Arc;

use super::attempt_answer::AttemptAnswer;
use super::lanes::Browser;
use super::profile::TenantProfile;
use super::secret::{Attempt, Joins, Secret, Vouched};
use super::{TenantFault, Tenants};
use crate::model::{CanonicalKey, ClientId, SignInId, SignInTokenId, Source, Span, UserId};
use crate::store::factor::Voucher;
use crate::store::one_time_codes::CodeFault;
use crate::store::sign_in_tokens::{SignInToken, SignInTokenStatus};
use crate::store::users::UserRecord;
use crate::token::{SealedTicket, SignInTokens, TokenFault};

/// A sign-in token with its text, which is made anew each time it is shown.
#[derive(Clone)]
pub struct IssuedTicket {
    pub row: SignInToken,
    pub token: String,
}

/// A ticket that can be used now, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub id: SignInTokenId,
    pub user: UserId,
    /// The name that the sign-in will show, as written, with its key; `None` where the user has
    /// none to sign in with.
    pub name: Option<(String, CanonicalKey)>,
}

/// Why a ticket is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketFault {
    /// Not ours, cut, changed, or its key is gone.
    Forged,
    Expired,
    Revoked,
    Used,
    /// Genuine, but its user is gone.
    Void,
}

/// A ticket to sign in with.
pub struct TicketAttempt {
    pub profile: Arc<TenantProfile>,
    pub ticket: Ticket,
    pub source: Source,
    pub browser: Browser,
    pub joins: TicketJoins,
    /// The client of the request; one is made where there is none.
    pub client: Option<ClientId>,
}

/// What a right ticket carries on.
pub enum TicketJoins {
    /// A sign-in that is made with it, for this name of its user.
    AtOnce { name: (String, CanonicalKey), locale: Option<String> },
    /// One that was opened for a name before.
    SignIn { id: SignInId, key: CanonicalKey },
}

impl Tenants {
    /// Makes a sign-in token for a user.
    ///
    /// # Errors
    /// `NotFound` when there is no such user.
    pub async fn create_sign_in_token(
        &self,
        profile: &TenantProfile,
        user: UserId,
        lifetime: Span,
    ) -> Result<IssuedTicket, TenantFault> {
        let now = self.inner.clock.now();
        let row = SignInToken {
            tenant_id: profile.id().clone(),
            id: SignInTokenId::generate(now),
            user_id: user,
            status: SignInTokenStatus::Pending,
            created_at: now,
            updated_at: now,
            expires_at: now.after(lifetime),
        };
        self.inner.store.create_sign_in_token(row.clone()).await?;
        self.ticket_of(profile, row)
    }

    /// Revokes a sign-in token; the row as it then stands: one that was used stays used.
    ///
    /// # Errors
    /// `NotFound` when there is no such token.
    pub async fn revoke_sign_in_token(
        &self,
        profile: &TenantProfile,
        id: SignInTokenId,
    ) -> Result<IssuedTicket, TenantFault> {
        let row = self.inner.store.revoke_sign_in_token(profile.id().clone(), id).await?;
        self.ticket_of(profile, row)
    }

    fn ticket_of(
        &self,
        profile: &TenantProfile,
        row: SignInToken,
    ) -> Result<IssuedTicket, TenantFault> {
        let token =
            SignInTokens::for_tenant(&self.inner.keys, profile.id()).seal(&SealedTicket {
                id: row.id.clone(),
                user: row.user_id.clone(),
                issued_at: row.created_at,
                expires_at: row.expires_at,
            })?;
        Ok(IssuedTicket { row, token })
    }

    /// Reads a ticket and looks whether it can be used.
    ///
    /// # Errors
    /// As any read.
    pub async fn ticket(
        &self,
        profile: &TenantProfile,
        text: &str,
    ) -> Result<Result<Ticket, TicketFault>, TenantFault> {
        let (tenant, now) = (profile.id(), self.inner.clock.now());
        let sealed = match SignInTokens::for_tenant(&self.inner.keys, tenant).open(text, now) {
            Ok(sealed) => sealed,
            Err(TokenFault::Forged) => return Ok(Err(TicketFault::Forged)),
            Err(TokenFault::Expired) => return Ok(Err(TicketFault::Expired)),
        };
        let row = self.inner.reader.sign_in_token(tenant.clone(), sealed.id.clone()).await?;
        let Some(row) = row.filter(|row| row.user_id == sealed.user) else {
            return Ok(Err(TicketFault::Void));
        };
        match row.status {
            SignInTokenStatus::Accepted => return Ok(Err(TicketFault::Used)),
            SignInTokenStatus::Revoked => return Ok(Err(TicketFault::Revoked)),
            SignInTokenStatus::Pending if now >= row.expires_at => {
                return Ok(Err(TicketFault::Expired));
            }
            SignInTokenStatus::Pending => {}
        }
        let found = self.inner.reader.user(tenant.clone(), sealed.user.clone()).await?;
        let Some(record) = found else { return Ok(Err(TicketFault::Void)) };
        let name = shown_name(&record);
        Ok(Ok(Ticket { id: sealed.id, user: sealed.user, name }))
    }

    /// Signs in with a ticket. [`AttemptAnswer::Unusable`] where it was used or revoked meanwhile,
    /// [`AttemptAnswer::Wrong`] where the name is not its user's.
    ///
    /// # Errors
    /// As [`Tenants::attempt_password`].
    pub async fn attempt_ticket(
        &self,
        attempt: TicketAttempt,
    ) -> Result<AttemptAnswer, TenantFault> {
        let Ticket { id, user, .. } = attempt.ticket;
        let (key, joins) = match attempt.joins {
            TicketJoins::AtOnce { name: (identifier, key), locale } => {
                (key, Joins::AtOnce { identifier, locale })
            }
            TicketJoins::SignIn { id, key } => (key, Joins::SignIn(id)),
        };
        self.attempt(Attempt {
            profile: attempt.profile,
            key,
            secret: Secret::Vouched(Vouched { user, by: Voucher::SignInToken(id) }),
            source: attempt.source,
            browser: attempt.browser,
            joins,
            client: attempt.client,
        })
        .await
    }

    /// Begins a session for a user because the tenant's server says so, on a client of its own.
    /// `None`: the user has no name to sign in with.
    ///
    /// # Errors
    /// `NotFound` when there is no such user; as [`Tenants::attempt_password`].
    pub async fn begin_session(
        &self,
        profile: &Arc<TenantProfile>,
        user: UserId,
        source: Source,
    ) -> Result<Option<AttemptAnswer>, TenantFault> {
        let found = self.inner.reader.user(profile.id().clone(), user.clone()).await?;
        let record = found.ok_or(TenantFault::NotFound)?;
        let Some((identifier, key)) = shown_name(&record) else { return Ok(None) };
        let attempt = Attempt {
            profile: Arc::clone(profile),
            key,
            secret: Secret::Vouched(Vouched { user, by: Voucher::Server }),
            source,
            browser: Browser::NONE,
            joins: Joins::AtOnce { identifier, locale: None },
            client: None,
        };
        self.attempt(attempt).await.map(Some)
    }

    /// Whether what vouches can still be used up; the settle has the last word.
    pub(super) async fn verify_voucher(
        &self,
        profile: &TenantProfile,
        by: &Voucher,
    ) -> Result<Result<(), CodeFault>, TenantFault> {
        match by {
            Voucher::Server => Ok(Ok(())),
            Voucher::SignInToken(id) => {
                let row = self.inner.reader.sign_in_token(profile.id().clone(), id.clone()).await?;
                let now = self.inner.clock.now();
                let usable = row.is_some_and(|row| row.is_usable(now));
                Ok(if usable { Ok(()) } else { Err(CodeFault::Missing) })
            }
        }
    }
}

/// The name of a user that a sign-in begun for them shows: the primary address, else the oldest.
fn shown_name(of: &UserRecord) -> Option<(String, CanonicalKey)> {
    let primary = of.user.primary_identification_id.as_ref();
    let names = &of.identifications;
    let shown = names.iter().find(|row| Some(&row.id) == primary).or_else(|| names.first())?;
    Some((shown.value.clone(), shown.canonical_key.clone()))
}
