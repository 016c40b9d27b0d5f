//! Codes that are sent: asking for one, for a sign-in that knows a name. The same for a name that
//! nobody has, up to the message, which then goes nowhere.

use std::sync::Arc;
use std::time::Duration;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{CanonicalKey, IdentificationId, Lane, Millis, SignInId, Source};
use crate::store::factor::Sent;
use crate::store::one_time_codes::{Addressee, AskedBy, CodePurpose, CodeRequest, Issued};

/// A code for a sign-in.
pub struct CodeOrder {
    pub profile: Arc<TenantProfile>,
    /// As the sign-in knows it.
    pub key: CanonicalKey,
    pub sign_in: SignInId,
    /// Clerk's word for what was prepared.
    pub strategy: &'static str,
    pub purpose: CodePurpose,
    /// Another address of the same user; `None`: the one that was typed.
    pub address: Option<IdentificationId>,
    /// The id under which the address was named.
    pub named: IdentificationId,
    pub source: Source,
    pub locale: Option<String>,
}

/// What came of it. Says nothing about whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordered {
    Sent,
    /// This sign-in was sent one a moment ago.
    TooSoon {
        wait: Duration,
    },
    /// The codes of a day are spent, or the mails of this source.
    TooMany {
        wait: Duration,
    },
    SignInVoid,
}

impl Tenants {
    /// Makes a code and the row of its mail, and binds it to the sign-in.
    ///
    /// # Errors
    /// As any write.
    pub async fn order_code(&self, order: CodeOrder) -> Result<Ordered, TenantFault> {
        let profile = &order.profile;
        if let Err(wait) = self.spend_mail_request(profile, &order.source) {
            return Ok(Ordered::TooMany { wait });
        }
        let nowhere = Source::from_stored(String::new());
        let standing = self.standing(profile, &order.key, &nowhere, &Lane::Public).await?;
        let request = CodeRequest {
            tenant: profile.id().clone(),
            subject: standing.subject,
            purpose: order.purpose,
            way: Sent::Mail,
            to: match order.address {
                Some(row) => Addressee::Row(row),
                None => Addressee::Typed(order.key),
            },
            asked_by: AskedBy::SignIn {
                id: order.sign_in,
                strategy: order.strategy,
                address: order.named.to_string(),
            },
            locale: order.locale,
        };
        let now = self.inner.clock.now();
        let wait = |until: Millis| {
            Duration::from_millis(u64::try_from(until.since(now).0).unwrap_or_default())
        };
        Ok(match self.inner.store.issue_code(request).await? {
            Issued::Code(_) => Ordered::Sent,
            Issued::TooSoon { until } => Ordered::TooSoon { wait: wait(until) },
            Issued::TooMany { until } => Ordered::TooMany { wait: wait(until) },
            Issued::SignInVoid => Ordered::SignInVoid,
        })
    }
}
