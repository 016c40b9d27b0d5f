//! "This wasn't me": what the owner of an account can do behind an unlock link other than press it.
//! Tells support or ends the sessions; locks nothing, unlocks nothing, and the link stays good. A mail
//! scanner that presses everything does it too: a second time nothing more comes of it.

use super::profile::TenantProfile;
use super::unlock::LinkPage;
use super::{Filing, NotMeReport, TenantFault, Tenants};
use crate::model::{Millis, Source, Span, UserId};
use crate::store::sessions::SessionStatus;

/// What the owner wants.
#[derive(Debug, Clone)]
pub enum NotMe {
    TellSupport {
        /// One line, in the owner's language; as `message`, which is a text.
        subject: String,
        message: String,
        source: Source,
    },
    EndSessions,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMeAnswer {
    Told { reference: String, filing: Filing },
    Ended { sessions: usize },
    Expired { at: Millis, lifetime: Span },
    Forged,
}

/// Whose link it is, before anything is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMePage {
    Asks { user: UserId },
    Expired { at: Millis, lifetime: Span },
    Forged,
}

impl Tenants {
    /// Looks at a link. Changes nothing. A link without effect is as good as any here: it proves the
    /// mailbox.
    ///
    /// # Errors
    /// As any read.
    pub async fn not_me_page(
        &self,
        profile: &TenantProfile,
        token: &str,
    ) -> Result<NotMePage, TenantFault> {
        Ok(match self.unlock_link(profile, token).await? {
            LinkPage::Ready(ready) => NotMePage::Asks { user: ready.user },
            LinkPage::Void { user, .. } => NotMePage::Asks { user },
            LinkPage::Expired { at, lifetime, .. } => NotMePage::Expired { at, lifetime },
            LinkPage::Forged => NotMePage::Forged,
        })
    }

    /// Does what the owner wants: one request to support for a user and episode, however often.
    ///
    /// # Errors
    /// As any write: nothing was done. `Busy` where the source has filed too much.
    pub async fn not_me(
        &self,
        profile: &TenantProfile,
        token: &str,
        wanted: NotMe,
    ) -> Result<NotMeAnswer, TenantFault> {
        let user = match self.not_me_page(profile, token).await? {
            NotMePage::Asks { user } => user,
            NotMePage::Expired { at, lifetime } => {
                return Ok(NotMeAnswer::Expired { at, lifetime });
            }
            NotMePage::Forged => return Ok(NotMeAnswer::Forged),
        };
        match wanted {
            NotMe::TellSupport { subject, message, source } => {
                let now = self.inner.clock.now();
                // It may have ended between the two looks.
                let Ok(link) = profile.unlock_links().open(token, now) else {
                    return Ok(NotMeAnswer::Forged);
                };
                let report = NotMeReport { user, episode: link.episode, subject, message, source };
                match self.file_not_me(profile, report).await {
                    Ok((reference, filing)) => Ok(NotMeAnswer::Told { reference, filing }),
                    Err(TenantFault::NotFound) => Ok(NotMeAnswer::Forged),
                    Err(fault) => Err(fault),
                }
            }
            NotMe::EndSessions => {
                let (store, tenant) = (&self.inner.store, profile.id().clone());
                let ended =
                    store.end_sessions_of_user(tenant, user, SessionStatus::Revoked).await?;
                Ok(NotMeAnswer::Ended { sessions: ended.len() })
            }
        }
    }
}
