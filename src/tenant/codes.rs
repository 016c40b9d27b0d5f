//! Codes that are sent: asking for one, for a sign-in that knows a name or for a session. The same for
//! a name that nobody has, up to the message, which then goes nowhere.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::profile::TenantProfile;
use super::secret::Joins;
use super::{TenantFault, Tenants};
use crate::model::{
    CanonicalKey, IdentificationId, Millis, OneTimeCodeId, SessionId, SignInId, Source, UserId,
};
use crate::store::SubjectKey;
use crate::store::factor::Sent;
use crate::store::identifications::Name;
use crate::store::one_time_codes::{Addressee, AskedBy, CodePurpose, CodeRequest, Issued};
use crate::token::{CodeLength, ShortCodes, is_test_code};

/// A code for a sign-in.
pub struct CodeOrder {
    pub profile: Arc<TenantProfile>,
    /// As the sign-in knows it.
    pub key: CanonicalKey,
    pub sign_in: SignInId,
    /// Clerk's word for what was prepared.
    pub strategy: &'static str,
    pub purpose: CodePurpose,
    pub way: Sent,
    /// Another address of the same user; `None`: the one that was typed.
    pub address: Option<IdentificationId>,
    /// The id under which the address was named.
    pub named: IdentificationId,
    pub source: Source,
    pub locale: Option<String>,
}

/// A code for a session whose user is to prove again who they are.
pub struct SessionCodeOrder {
    pub profile: Arc<TenantProfile>,
    pub user: UserId,
    pub session: SessionId,
    /// Clerk's word for what was prepared.
    pub strategy: &'static str,
    pub purpose: CodePurpose,
    pub way: Sent,
    /// An address of the user's.
    pub address: IdentificationId,
    pub source: Source,
    pub locale: Option<String>,
}

/// What came of it. Says nothing about whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordered {
    Sent,
    /// Whoever asks was sent one a moment ago.
    TooSoon {
        wait: Duration,
    },
    /// The codes of a day are spent, or the mails of this source.
    TooMany {
        wait: Duration,
    },
    /// The sign-in or session waits for nothing any more.
    Void,
}

impl Tenants {
    /// Whether `typed` is what a code's row sent to `address`. A development tenant takes the code of
    /// the tests for the addresses of tests, which are sent nothing. Both are compared in any case.
    pub(super) fn is_sent_code(
        &self,
        profile: &TenantProfile,
        code: &OneTimeCodeId,
        typed: &SecretString,
        address: Option<&CanonicalKey>,
    ) -> bool {
        let codes = ShortCodes::for_tenant(&self.inner.keys, profile.id());
        let typed = typed.expose_secret();
        let sent = codes.is_code(code.as_str(), CodeLength::Six, typed);
        let of_tests = is_test_code(typed);
        let taken = !profile.tenant.live && address.is_some_and(CanonicalKey::is_for_tests);
        sent || (of_tests && taken)
    }

    /// The address that a code for `joins` went to, where that decides something: on tenants that
    /// take the code of the tests.
    pub(super) async fn address_of_tests(
        &self,
        profile: &TenantProfile,
        key: &CanonicalKey,
        joins: &Joins,
    ) -> Result<Option<CanonicalKey>, TenantFault> {
        if profile.tenant.live {
            return Ok(None);
        }
        let (tenant, reader) = (profile.id(), &self.inner.reader);
        let address = match joins {
            Joins::SignIn(id) => {
                let found = reader.sign_in(tenant.clone(), id.clone()).await?;
                found.and_then(|row| row.prepared_address).map(IdentificationId::from_stored)
            }
            Joins::Check { aged: Some(id) } => {
                let found = reader.session(tenant.clone(), id.clone()).await?;
                found.and_then(|row| row.prepared_address)
            }
            Joins::AtOnce { .. } | Joins::Check { aged: None } => None,
        };
        let Some(id) = address else { return Ok(None) };
        if id == profile.phantoms.silent_factor_id(key) {
            return Ok(Some(key.clone()));
        }
        Ok(match reader.name(tenant.clone(), id).await? {
            Some(Name::Proved(row)) => Some(row.canonical_key),
            Some(Name::Pending(_)) | None => None,
        })
    }

    /// Makes a code and the row of its mail, and binds it to the sign-in.
    ///
    /// # Errors
    /// As any write.
    pub async fn order_code(&self, order: CodeOrder) -> Result<Ordered, TenantFault> {
        let (id, strategy) = (order.sign_in.clone(), order.strategy);
        let address = order.named.to_string();
        self.order(order, AskedBy::SignIn { id, strategy, address }).await
    }

    pub(super) async fn order(
        &self,
        order: CodeOrder,
        asked_by: AskedBy,
    ) -> Result<Ordered, TenantFault> {
        let profile = &order.profile;
        if let Err(wait) = self.spend_mail_request(profile, &order.source) {
            return Ok(Ordered::TooMany { wait });
        }
        let nowhere = Source::from_stored(String::new());
        let standing = self.standing(profile, &order.key, &nowhere).await?;
        self.issue(CodeRequest {
            tenant: profile.id().clone(),
            subject: standing.subject,
            purpose: order.purpose,
            way: order.way,
            to: match order.address {
                Some(row) => Addressee::Row(row),
                None => Addressee::Typed(order.key),
            },
            asked_by,
            locale: order.locale,
        })
        .await
    }

    /// As [`Tenants::order_code`], bound to a session.
    ///
    /// # Errors
    /// As any write.
    pub async fn order_session_code(
        &self,
        order: SessionCodeOrder,
    ) -> Result<Ordered, TenantFault> {
        let SessionCodeOrder { session: id, strategy, address, .. } = order;
        if let Err(wait) = self.spend_mail_request(&order.profile, &order.source) {
            return Ok(Ordered::TooMany { wait });
        }
        self.issue(CodeRequest {
            tenant: order.profile.id().clone(),
            subject: SubjectKey::user(&order.user),
            purpose: order.purpose,
            way: order.way,
            to: Addressee::Row(address.clone()),
            asked_by: AskedBy::Session { id, strategy, address },
            locale: order.locale,
        })
        .await
    }

    async fn issue(&self, request: CodeRequest) -> Result<Ordered, TenantFault> {
        let now = self.inner.clock.now();
        let wait = |until: Millis| {
            Duration::from_millis(u64::try_from(until.since(now).0).unwrap_or_default())
        };
        Ok(match self.inner.store.issue_code(request).await? {
            Issued::Code(_) => Ordered::Sent,
            Issued::TooSoon { until } => Ordered::TooSoon { wait: wait(until) },
            Issued::TooMany { until } => Ordered::TooMany { wait: wait(until) },
            Issued::Void => Ordered::Void,
        })
    }
}
