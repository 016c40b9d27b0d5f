//! Tells a tenant's team of attacks and of their day: looks at what active tenants' tries came to and at
//! the campaigns that were found in them, and writes a mail to each owner and admin who wants one. Mails to staff are rows of the console's own
//! tenant, whose users they are.

use serde_json::{Value, json};

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{Millis, OutboxId, Span, TenantId, UserId};
use crate::store::StoreError;
use crate::store::alerts::{AlertPayload, AlertRow, NamedCampaign, Watcher};
use crate::store::audit::Deed;
use crate::store::campaigns::CampaignRow;
use crate::store::digests::DigestPayload;
use crate::store::outbox::{OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use crate::store::tenants::TenantName;
use crate::support::alerts::{Course, Figures, Told, Underway, WINDOW, course, digest_due};

/// For how long somebody wants to hear nothing of attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mute {
    For(Span),
    Not,
}

impl Tenants {
    /// Looks at every tenant that had tries lately on this node, and at every one whose attack is not
    /// over. A tenant that cannot be looked at now is in the next round.
    ///
    /// # Errors
    /// As any read.
    pub(super) async fn raise_alarms(&self) -> Result<(), TenantFault> {
        let Some(console) = self.console().await? else { return Ok(()) };
        let mut tenants = self.inner.directory.tenants();
        tenants.extend(self.inner.reader.tenants_under_attack().await?);
        tenants.sort();
        tenants.dedup();
        for tenant in tenants {
            if let Err(fault) = self.watch_one(&console, &tenant).await {
                tracing::warn!(error = %fault, "a tenant was not looked at for attacks");
            }
        }
        Ok(())
    }

    async fn watch_one(
        &self,
        console: &TenantProfile,
        tenant: &TenantId,
    ) -> Result<(), TenantFault> {
        let (reader, now) = (&self.inner.reader, self.inner.clock.now());
        let known = reader.alerts(tenant.clone()).await?;
        let figures = reader.attack_figures(tenant.clone(), now.before(WINDOW)).await?;
        let campaign = reader.campaign_underway(tenant.clone(), now.before(WINDOW)).await?;
        let underway = campaign.as_ref().map(|(row, locks)| {
            let named = known.iter().any(|alert| alert.campaign_id.as_ref() == Some(&row.id));
            Underway { locks: locks.at_least(), told: if named { Told::Yes } else { Told::No } }
        });
        let open = known.into_iter().next().filter(|row| row.closed_at.is_none());
        match (course(open.as_ref().map(|row| row.hot_at), figures, underway, now), open) {
            (Course::Begins, _) => self.raise(console, tenant, figures, now).await,
            (Course::GoesOn, Some(row)) => {
                let campaign = campaign.map(|(row, _)| row.id);
                Ok(self.inner.store.alert_goes_on(row, now, figures, campaign).await?)
            }
            (Course::Ends, Some(row)) => Ok(self.inner.store.close_alert(row).await?),
            (Course::Quiet | Course::Cools | Course::GoesOn | Course::Ends, _) => Ok(()),
        }
    }

    async fn raise(
        &self,
        console: &TenantProfile,
        tenant: &TenantId,
        figures: Figures,
        now: Millis,
    ) -> Result<(), TenantFault> {
        let Some(profile) = self.find(TenantName::Id(tenant.clone())).await? else {
            return Ok(());
        };
        // The figures are a minute old at most, the last search may be older. An alert waits for none.
        if let Err(error) = self.search(tenant).await {
            tracing::warn!(error = %error, "an attack was not looked at for its campaign");
        }
        let campaign = self.underway(tenant, now).await.unwrap_or_default();
        let id = campaign.as_ref().map(|campaign| campaign.id.clone());
        let payload = AlertPayload {
            tenant: profile.tenant.name.clone(),
            slug: profile.tenant.slug.clone(),
            began_at: now.0,
            locks: figures.locks,
            failures: figures.failures,
            sources: figures.sources,
            campaign,
        };
        let wants = |watcher: &Watcher| {
            watcher.alerts && watcher.muted_until.is_none_or(|until| until <= now)
        };
        let watchers = self.inner.reader.watchers(console.id().clone(), tenant.clone()).await?;
        let mails = watchers
            .iter()
            .filter(|watcher| wants(watcher))
            .map(|to| mail(console, to, OutboxTopic::Alert, &json!(payload), now))
            .collect();
        self.inner.store.open_alert(tenant.clone(), figures, id, mails).await?;
        Ok(())
    }

    /// The campaign that a mail about an attack names, with all of its locks.
    async fn underway(
        &self,
        tenant: &TenantId,
        now: Millis,
    ) -> Result<Option<NamedCampaign>, StoreError> {
        let reader = &self.inner.reader;
        let found = reader.campaign_underway(tenant.clone(), now.before(WINDOW)).await?;
        let Some((row, _)) = found else { return Ok(None) };
        let story = reader.campaign(tenant.clone(), row.id).await?;
        Ok(story.map(|story| named(story.row, story.all)))
    }

    /// Writes the digest of a tenant's day, if it is due and nobody has.
    ///
    /// # Errors
    /// As any write.
    pub(super) async fn digest(
        &self,
        console: &TenantProfile,
        tenant: &TenantId,
    ) -> Result<(), TenantFault> {
        let (reader, now) = (&self.inner.reader, self.inner.clock.now());
        let (day, from, until) = digest_due(now);
        if reader.has_digest(tenant.clone(), day).await? {
            return Ok(());
        }
        let mut watchers = reader.watchers(console.id().clone(), tenant.clone()).await?;
        watchers.retain(|watcher| watcher.digest);
        if watchers.is_empty() {
            return Ok(());
        }
        let found = self.find(TenantName::Id(tenant.clone())).await?;
        // Of a day that it has not seen there is nothing to tell.
        let Some(profile) = found.filter(|found| found.tenant.created_at < until) else {
            return Ok(());
        };
        let facts = reader.day(tenant.clone(), from, until).await?;
        let payload = DigestPayload {
            tenant: profile.tenant.name.clone(),
            slug: profile.tenant.slug.clone(),
            until: until.0,
            day: facts,
        };
        let mails = watchers
            .iter()
            .filter(|_| !facts.is_quiet())
            .map(|to| mail(console, to, OutboxTopic::Digest, &json!(payload), now))
            .collect();
        self.inner.store.write_digest(tenant.clone(), day, mails).await?;
        Ok(())
    }

    /// The newest attacks on a tenant, newest first, and what one of its team wants to hear; `None`
    /// for who is written to about nothing.
    ///
    /// # Errors
    /// As any read.
    pub async fn alerts(
        &self,
        console: &TenantProfile,
        profile: &TenantProfile,
        staff: &UserId,
    ) -> Result<(Vec<AlertRow>, Option<Watcher>), TenantFault> {
        let reader = &self.inner.reader;
        let rows = reader.alerts(profile.id().clone()).await?;
        let watchers = reader.watchers(console.id().clone(), profile.id().clone()).await?;
        Ok((rows, watchers.into_iter().find(|watcher| watcher.staff == *staff)))
    }

    /// Mutes a tenant's attacks for one of its team. `actor` as in the audit log.
    ///
    /// # Errors
    /// As any write.
    pub async fn mute_alerts(
        &self,
        profile: &TenantProfile,
        staff: UserId,
        mute: Mute,
        actor: String,
    ) -> Result<(), TenantFault> {
        let until = match mute {
            Mute::For(span) => Some(self.inner.clock.now().after(span)),
            Mute::Not => None,
        };
        let detail = json!({ "until": until.map(|until| until.0) });
        let deed = Deed { actor, action: "alerts.muted", detail };
        Ok(self.inner.store.mute_alerts(profile.id().clone(), staff, until, deed).await?)
    }

    /// Keeps what one of a team wants to be written to about.
    ///
    /// # Errors
    /// As any write.
    pub async fn save_wishes(
        &self,
        profile: &TenantProfile,
        watcher: Watcher,
        actor: String,
    ) -> Result<(), TenantFault> {
        let detail = json!({ "alerts": watcher.alerts, "digest": watcher.digest });
        let deed = Deed { actor, action: "alerts.chosen", detail };
        Ok(self.inner.store.save_wishes(profile.id().clone(), watcher, deed).await?)
    }
}

fn named(row: CampaignRow, locks: i64) -> NamedCampaign {
    NamedCampaign {
        id: row.id,
        kind: row.kind.as_str().to_owned(),
        began_at: row.began_at.0,
        tries: row.tries,
        accounts: row.accounts,
        networks: row.networks,
        sources: row.sources,
        locks,
    }
}

fn mail(
    console: &TenantProfile,
    to: &Watcher,
    topic: OutboxTopic,
    payload: &Value,
    now: Millis,
) -> OutboxRow {
    OutboxRow {
        tenant_id: console.id().clone(),
        id: OutboxId::generate(now),
        kind: OutboxKind::Mail,
        topic,
        status: OutboxStatus::Due,
        subject: None,
        user_id: Some(to.staff.clone()),
        episode: None,
        payload: payload.to_string(),
        created_at: now,
        due_at: now,
        tries: 0,
        claimed_until: None,
        last_error: None,
        finished_at: None,
    }
}
