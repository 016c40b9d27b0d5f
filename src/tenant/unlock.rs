//! The way back in: what an unlock link shows, the press, a new mail. GET reads, the press writes;
//! neither ever signs anybody in. Knows no page and no mail text.

use super::actor::{Asked, LearnChanged};
use super::lanes::pass_token;
use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::{self, Decision, Event, LockKind, LockView, PressVoid, SubjectState};
use crate::model::{Identifier, Millis, Source, Span, Until, UserId};
use crate::store::press::{PressRequest, Pressed};
use crate::store::subject_events::{SubjectChange, SubjectRequest};
use crate::store::subject_mails::{UnlockMailAnswer, UnlockMailRequest};
use crate::store::{StoreError, SubjectKey};
use crate::token::{LinkFault, UnlockLink};

/// What the pages tell about the next mail.
pub use crate::store::subject_mails::MAIL_SPACING;

/// How often a request for mail is resolved again when the identifier changes hands meanwhile.
pub(super) const ROUNDS: u32 = 3;

/// What the page behind a link shows before anything is pressed.
#[derive(Debug, Clone)]
pub enum LinkPage {
    /// A press would end this lock (or the count that waits for one more mistake).
    Ready(ReadyLink),
    /// A press would change nothing, and why. The link is genuine.
    Void { user: UserId, why: PressVoid },
    /// Genuine but past its lifetime: for whom, so that a new one is one press away.
    Expired { user: UserId, at: Millis, lifetime: Span },
    /// Not ours, cut, another tenant's, or its user is gone: one page for all of them.
    Forged,
}

/// Facts for the confirm page.
#[derive(Debug, Clone)]
pub struct ReadyLink {
    pub user: UserId,
    /// The lock that stands; `None` when it has ended by itself and only the count is left.
    pub lock: Option<LockView>,
    /// When the episode's last lock ended by itself; `None` while any stands, one source's included.
    pub lock_ended: Option<Millis>,
    pub locked_at: Option<Millis>,
    pub failures: i64,
    /// Tries that are free after the press.
    pub tries_after: i64,
    pub expires_at: Millis,
}

/// What a press did.
#[derive(Debug, Clone)]
pub enum PressAnswer {
    Unlocked { user: UserId, at: Millis, tries: i64, pass: Option<PassToken> },
    Void { user: UserId, why: PressVoid, pass: Option<PassToken> },
    Expired { user: UserId, at: Millis, lifetime: Span },
    Forged,
}

/// What the browser that pressed is to keep of its grace pass.
#[derive(Clone, PartialEq, Eq)]
pub struct PassToken(pub String);

/// Never printed.
impl std::fmt::Debug for PassToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PassToken(..)")
    }
}

impl Tenants {
    /// Looks at an unlock link. Changes nothing.
    ///
    /// # Errors
    /// As any read; the link stays good.
    pub async fn unlock_link(
        &self,
        profile: &TenantProfile,
        token: &str,
    ) -> Result<LinkPage, TenantFault> {
        let now = self.inner.clock.now();
        let link = match profile.unlock_links().open(token, now) {
            Ok(link) => link,
            Err(LinkFault::Expired { user, issued_at, expires_at, .. }) => {
                let lifetime = expires_at.since(issued_at);
                return Ok(match self.known(profile, user).await? {
                    Some(user) => LinkPage::Expired { user, at: expires_at, lifetime },
                    None => LinkPage::Forged,
                });
            }
            Err(LinkFault::Forged) => return Ok(LinkPage::Forged),
        };
        let Some(user) = self.known(profile, link.user.clone()).await? else {
            return Ok(LinkPage::Forged);
        };
        let subject = SubjectKey::user(&user);
        let read = self.inner.reader.subject_view(profile.id().clone(), subject, now).await?;
        let (view, policy) = read;
        let now = now.max(view.subject.last_instant);
        // The same function that will judge the press says what it would do.
        let outcome = lockout::decide(&policy, &view, &Event::Press { episode: link.episode }, now);
        Ok(match outcome.decision {
            Decision::PressVoid(PressVoid::Unknown) => LinkPage::Forged,
            Decision::PressVoid(why) => LinkPage::Void { user, why },
            Decision::Unlocked { .. } => {
                LinkPage::Ready(ready(user, &view.subject, &link, now, policy.max_attempts))
            }
            other => return Err(not_of_a_press(&other)),
        })
    }

    /// The press of the button behind a link.
    ///
    /// # Errors
    /// As any write: nothing was unlocked and the link stays good.
    pub async fn press_link(
        &self,
        profile: &TenantProfile,
        token: &str,
    ) -> Result<PressAnswer, TenantFault> {
        let now = self.inner.clock.now();
        let link = match profile.unlock_links().open(token, now) {
            Ok(link) => link,
            Err(LinkFault::Expired { user, issued_at, expires_at, .. }) => {
                let lifetime = expires_at.since(issued_at);
                return Ok(match self.known(profile, user).await? {
                    Some(user) => PressAnswer::Expired { user, at: expires_at, lifetime },
                    None => PressAnswer::Forged,
                });
            }
            Err(LinkFault::Forged) => return Ok(PressAnswer::Forged),
        };
        // Read before the press: a failure after it would deny an unlock that took effect.
        let policy = self.policy_in_force(profile).await?;
        let request = PressRequest {
            tenant: profile.id().clone(),
            user: link.user.clone(),
            episode: link.episode,
            actor: "link".to_owned(),
        };
        let asked = self.inner.directory.asked();
        let pressed = match self.inner.store.press(request).await {
            Ok(pressed) => pressed,
            Err(StoreError::NotFound) => return Ok(PressAnswer::Forged),
            Err(error) => return Err(error.into()),
        };
        self.pressed(profile, link.user, pressed, policy.max_attempts, asked).await
    }

    /// Makes a press known and says what it did.
    pub(super) async fn pressed(
        &self,
        profile: &TenantProfile,
        user: UserId,
        pressed: Pressed,
        tries: i64,
        asked: Asked,
    ) -> Result<PressAnswer, TenantFault> {
        let Pressed { change, pass } = pressed;
        self.publish_change(profile, SubjectKey::user(&user), &change, asked).await;
        // The press stands whatever becomes of its pass.
        let pass = pass.and_then(|pass| pass_token(profile, &user, pass).ok()).map(PassToken);
        Ok(match change.decision {
            Decision::PressVoid(PressVoid::Unknown) => PressAnswer::Forged,
            Decision::PressVoid(why) => PressAnswer::Void { user, why, pass },
            Decision::Unlocked { .. } => PressAnswer::Unlocked { user, at: change.at, tries, pass },
            other => return Err(not_of_a_press(&other)),
        })
    }

    /// Asks for the unlock mail of an identifier, known or not: one row is written either way and
    /// nothing is told (invariant 20).
    ///
    /// # Errors
    /// As any write.
    pub async fn request_unlock_mail(
        &self,
        profile: &TenantProfile,
        identifier: &Identifier,
    ) -> Result<(), TenantFault> {
        let nowhere = Source::from_stored(String::new());
        for _ in 0..ROUNDS {
            let standing = self.standing(profile, &identifier.key, &nowhere).await?;
            let request = UnlockMailRequest {
                tenant: profile.id().clone(),
                key: identifier.key.clone(),
                subject: standing.subject,
                phantom: self.phantom(profile, &identifier.key),
            };
            match self.inner.store.request_unlock_mail(request).await? {
                UnlockMailAnswer::Recorded => return Ok(()),
                UnlockMailAnswer::Again => {}
            }
        }
        Err(TenantFault::Unavailable)
    }

    /// Decides a change under the subject's row lock and makes it known before it is answered.
    pub(super) async fn change_subject(
        &self,
        profile: &TenantProfile,
        request: SubjectRequest,
    ) -> Result<SubjectChange, TenantFault> {
        let subject = SubjectKey::user(&request.user);
        let asked = self.inner.directory.asked();
        let change = self.inner.store.change_subject(request).await?;
        self.publish_change(profile, subject, &change, asked).await;
        Ok(change)
    }

    /// Tells the tenant's actor what was decided about a subject elsewhere, after `asked`.
    pub(super) async fn publish_change(
        &self,
        profile: &TenantProfile,
        subject: SubjectKey,
        change: &SubjectChange,
        asked: Asked,
    ) {
        let message = || LearnChanged {
            subject: subject.clone(),
            keys: change.keys.clone(),
            lock: change.lock,
            asked,
        };
        // The row has decided already; an entry that could not be withdrawn is re-read in a second.
        if let Err(error) = self.inner.directory.send(profile.id(), message).await {
            tracing::warn!(error = %error, tenant.id = %profile.id(), "a change could not be published");
        }
    }

    async fn known(
        &self,
        profile: &TenantProfile,
        user: UserId,
    ) -> Result<Option<UserId>, TenantFault> {
        let found = self.inner.reader.user(profile.id().clone(), user).await?;
        Ok(found.map(|record| record.user.id))
    }
}

/// `decide` answers a press with two decisions only; any other would be told as an unlock that never was.
fn not_of_a_press(decision: &Decision) -> TenantFault {
    tracing::error!(?decision, "a press was answered by the decision of another event");
    TenantFault::Unavailable
}

fn ready(
    user: UserId,
    state: &SubjectState,
    link: &UnlockLink,
    now: Millis,
    tries: i64,
) -> ReadyLink {
    let lock = lockout::account_lock(state, now)
        .filter(|lock| !lock.staff && lock.kind == LockKind::Automatic);
    let end = state.episode_lock_end.and_then(Until::instant);
    ReadyLink {
        user,
        lock,
        lock_ended: end.filter(|end| lock.is_none() && *end <= now),
        locked_at: state.episode_since,
        failures: state.count,
        tries_after: tries,
        expires_at: link.expires_at,
    }
}
