//! What somebody of the staff does to a tenant's team: invites (by a link that is shown once, or by
//! mail), gives another role, removes, takes an invitation back. Who may do what is asked where it is
//! written.

use serde_json::json;

use super::profile::TenantProfile;
use super::team::{Staff, new_invite};
use super::{TenantFault, Tenants};
use crate::model::{Millis, OutboxId, UserId};
use crate::store::outbox::{OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use crate::store::team::{InvitePayload, Role};
use crate::store::team_deeds::{By, Hand, TeamAnswer};
use crate::token::OpaqueSecret;

/// Who is to be invited.
#[derive(Debug, Clone)]
pub struct InviteOrder {
    pub role: Role,
    /// An e-mail address; `None`: whoever is given the link.
    pub to: Option<String>,
    /// Tag of the mail's language.
    pub locale: String,
}

/// What came of an invitation.
#[derive(Debug)]
pub enum Invitation {
    /// To be shown this once.
    Link(OpaqueSecret),
    /// On its way.
    Mailed,
    Refused(TeamAnswer),
}

impl Tenants {
    /// Invites somebody to the team of `profile`, for a day.
    ///
    /// # Errors
    /// As any write.
    pub async fn invite_by(
        &self,
        (console, profile): (&TenantProfile, &TenantProfile),
        staff: &Staff,
        order: InviteOrder,
    ) -> Result<Invitation, TenantFault> {
        let now = self.inner.clock.now();
        let mail_id = order.to.as_ref().map(|_| OutboxId::generate(now));
        let secret = match &mail_id {
            // The mail finds the link again by its own row.
            Some(id) => console.invite_links().secret(id).ok_or(TenantFault::Unavailable)?,
            None => OpaqueSecret::generate()?,
        };
        let mut invite = new_invite(profile, &secret, order.role, &staff.actor(), now);
        let payload = InvitePayload {
            invite: invite.secret_hash.clone(),
            tenant: profile.tenant.name.clone(),
            by: staff.name(),
            locale: order.locale,
        };
        let mail = mail_id.as_ref().map(|id| mail(console, id, &payload, now));
        invite.mailed_to = order.to;
        invite.mail_id = mail_id;
        let mailed = mail.is_some();
        let hand = hand(console, profile, staff);
        match self.inner.store.invite(invite, Some(hand), mail).await? {
            TeamAnswer::Done if mailed => Ok(Invitation::Mailed),
            TeamAnswer::Done => Ok(Invitation::Link(secret)),
            refused @ (TeamAnswer::NotAllowed
            | TeamAnswer::LastOwner
            | TeamAnswer::TooMany
            | TeamAnswer::TooManyToOne) => Ok(Invitation::Refused(refused)),
        }
    }

    /// Gives one of the team another role.
    ///
    /// # Errors
    /// `NotFound` for who is not in this very team.
    pub async fn change_role(
        &self,
        (console, profile): (&TenantProfile, &TenantProfile),
        staff: &Staff,
        member: UserId,
        role: Role,
    ) -> Result<TeamAnswer, TenantFault> {
        let hand = hand(console, profile, staff);
        Ok(self.inner.store.change_role(hand, member, role).await?)
    }

    /// Takes one of the team out of it: their next request is refused.
    ///
    /// # Errors
    /// As [`Tenants::change_role`].
    pub async fn remove_member(
        &self,
        (console, profile): (&TenantProfile, &TenantProfile),
        staff: &Staff,
        member: UserId,
    ) -> Result<TeamAnswer, TenantFault> {
        let hand = hand(console, profile, staff);
        Ok(self.inner.store.remove_member(hand, member).await?)
    }

    /// The same at the machine, by whoever may run its commands. `actor` as in the audit log.
    ///
    /// # Errors
    /// As [`Tenants::change_role`].
    pub async fn remove_member_at_machine(
        &self,
        (console, profile): (&TenantProfile, &TenantProfile),
        actor: &str,
        member: UserId,
    ) -> Result<TeamAnswer, TenantFault> {
        let hand = hand_by(console, profile, By::Machine(actor.to_owned()));
        Ok(self.inner.store.remove_member(hand, member).await?)
    }

    /// Takes an invitation back by its digest.
    ///
    /// # Errors
    /// `NotFound` for one that opens nothing already.
    pub async fn revoke_invite(
        &self,
        (console, profile): (&TenantProfile, &TenantProfile),
        staff: &Staff,
        digest: &str,
    ) -> Result<TeamAnswer, TenantFault> {
        let hand = hand(console, profile, staff);
        Ok(self.inner.store.revoke_invite(hand, digest.to_owned()).await?)
    }

    /// The same at the machine, by whoever may run its commands. `actor` as in the audit log.
    ///
    /// # Errors
    /// As [`Tenants::revoke_invite`].
    pub async fn revoke_invite_at_machine(
        &self,
        (console, profile): (&TenantProfile, &TenantProfile),
        actor: &str,
        digest: &str,
    ) -> Result<TeamAnswer, TenantFault> {
        let hand = hand_by(console, profile, By::Machine(actor.to_owned()));
        Ok(self.inner.store.revoke_invite(hand, digest.to_owned()).await?)
    }
}

fn hand(console: &TenantProfile, profile: &TenantProfile, staff: &Staff) -> Hand {
    hand_by(console, profile, By::Staff(staff.id().clone()))
}

fn hand_by(console: &TenantProfile, profile: &TenantProfile, by: By) -> Hand {
    Hand { console: console.id().clone(), tenant: profile.id().clone(), by }
}

/// Mails of the console are rows of its own tenant.
fn mail(console: &TenantProfile, id: &OutboxId, payload: &InvitePayload, now: Millis) -> OutboxRow {
    OutboxRow {
        tenant_id: console.id().clone(),
        id: id.clone(),
        kind: OutboxKind::Mail,
        topic: OutboxTopic::Invite,
        status: OutboxStatus::Due,
        subject: None,
        // Nobody yet.
        user_id: None,
        episode: None,
        payload: json!(payload).to_string(),
        created_at: now,
        due_at: now,
        tries: 0,
        claimed_until: None,
        last_error: None,
        finished_at: None,
    }
}
