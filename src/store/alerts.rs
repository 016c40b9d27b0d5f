//! Attacks that a tenant's team is written to about, and who of the team wants to be. An attack is
//! written down once over all nodes, by a key that one of them gets. Knows no rule of what is one.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::attempts::{AttemptDecision, AttemptOutcome};
use super::audit::{self, Deed};
use super::committer::Work;
use super::connection::Db;
use super::error::{StoreError, conflict_on};
use super::ledger::Ledger as _;
use super::outbox::OutboxRow;
use super::schema::{alert_mutes, alerts, attempts, refusals, team};
use super::team::{Role, TeamRow, of_tenant};
use super::{Reader, Store, SubjectKey};
use crate::model::{AttemptId, CampaignId, Millis, Source, Span, TenantId, UserId};
use crate::support::alerts::Figures;

/// Rows that a figure is made of, at most: what is more is an attack in any case.
const LOOKED_AT: i64 = 5_000;
/// Attacks listed.
pub(super) const LISTED: i64 = 20;
/// Tenants under attack that one round looks at.
const UNDER_ATTACK: i64 = 1_000;

/// One attack.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = alerts)]
pub struct AlertRow {
    pub tenant_id: TenantId,
    /// From one, without gaps.
    pub number: i64,
    pub opened_at: Millis,
    /// When it was last seen to go on.
    pub hot_at: Millis,
    pub closed_at: Option<Millis>,
    /// The most of any ten minutes.
    pub locks: i64,
    pub failures: i64,
    pub sources: i64,
    /// The campaign that it is, where one is known.
    pub campaign_id: Option<CampaignId>,
}

impl AlertRow {
    #[must_use]
    pub const fn figures(&self) -> Figures {
        Figures { locks: self.locks, failures: self.failures, sources: self.sources }
    }
}

/// Somebody who looks after a tenant, and what they want to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watcher {
    pub staff: UserId,
    /// The tenant whose team they are of: the console's own for who looks after all.
    pub of: TenantId,
    pub alerts: bool,
    pub digest: bool,
    pub muted_until: Option<Millis>,
}

/// Payload of a mail about an attack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlertPayload {
    pub tenant: String,
    pub slug: String,
    pub began_at: i64,
    pub locks: i64,
    pub failures: i64,
    pub sources: i64,
    /// `None` where no campaign was seen, and in mails of before they were looked for.
    #[serde(default)]
    pub campaign: Option<NamedCampaign>,
}

/// The campaign that a mail names, as it stood then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NamedCampaign {
    pub id: CampaignId,
    /// As `CampaignKind` spells it.
    pub kind: String,
    pub began_at: i64,
    pub tries: i64,
    pub accounts: i64,
    pub networks: i64,
    pub sources: i64,
    /// Users whom it has locked.
    pub locks: i64,
}

/// Whether it was this caller who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Now,
    /// By another node, or before.
    Before,
}

fn newest(db: &mut Db, tenant: &TenantId) -> QueryResult<Option<AlertRow>> {
    alerts::table
        .filter(alerts::tenant_id.eq(tenant))
        .order(alerts::number.desc())
        .select(AlertRow::as_select())
        .first(db)
        .optional()
}

impl Reader {
    /// What the time since `since` held.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn attack_figures(
        &self,
        tenant: TenantId,
        since: Millis,
    ) -> Result<Figures, StoreError> {
        self.run(move |db| {
            let tries: Vec<(SubjectKey, Source, AttemptDecision)> = attempts::table
                .filter(attempts::tenant_id.eq(&tenant))
                .filter(attempts::id.ge(AttemptId::floor(since)))
                .filter(attempts::outcome.ne(AttemptOutcome::Right))
                .order(attempts::id.desc())
                .limit(LOOKED_AT)
                .select((attempts::subject, attempts::source, attempts::decision))
                .load(db)?;
            let refused: Vec<(Source, i64)> = refusals::table
                .filter(refusals::tenant_id.eq(&tenant))
                .filter(refusals::minute.ge(since.0.div_euclid(Span::MINUTE.0)))
                .order(refusals::minute.desc())
                .limit(LOOKED_AT)
                .select((refusals::source, refusals::tries))
                .load(db)?;
            let locked = tries.iter().filter(|(.., did)| *did == AttemptDecision::Locked);
            let locks: HashSet<&SubjectKey> = locked.map(|(subject, ..)| subject).collect();
            let sources: HashSet<&Source> = tries
                .iter()
                .map(|(_, source, _)| source)
                .chain(refused.iter().map(|(source, _)| source))
                .collect();
            let refused: i64 = refused.iter().fold(0, |sum, (_, tries)| sum.saturating_add(*tries));
            Ok(Figures {
                locks: count(locks.len()),
                failures: count(tries.len()).saturating_add(refused),
                sources: count(sources.len()),
            })
        })
        .await
    }

    /// The newest attacks, newest first; at most 20.
    ///
    /// # Errors
    /// As [`Reader::attack_figures`].
    pub async fn alerts(&self, tenant: TenantId) -> Result<Vec<AlertRow>, StoreError> {
        self.run(move |db| {
            Ok(alerts::table
                .filter(alerts::tenant_id.eq(&tenant))
                .order(alerts::number.desc())
                .limit(LISTED)
                .select(AlertRow::as_select())
                .load(db)?)
        })
        .await
    }

    /// Tenants with an attack that goes on; at most 1,000.
    ///
    /// # Errors
    /// As [`Reader::attack_figures`].
    pub async fn tenants_under_attack(&self) -> Result<Vec<TenantId>, StoreError> {
        self.run(|db| {
            Ok(alerts::table
                .filter(alerts::closed_at.is_null())
                .limit(UNDER_ATTACK)
                .select(alerts::tenant_id)
                .load(db)?)
        })
        .await
    }

    /// Owners and admins of a tenant, those of all tenants included; at most 50 of each.
    ///
    /// # Errors
    /// As [`Reader::attack_figures`].
    pub async fn watchers(
        &self,
        console: TenantId,
        tenant: TenantId,
    ) -> Result<Vec<Watcher>, StoreError> {
        self.run(move |db| {
            let mut found = of_tenant(db, &console, &tenant)?;
            found.retain(|row| matches!(row.role, Role::Owner | Role::Admin));
            let mutes: Vec<(UserId, Millis)> = alert_mutes::table
                .filter(alert_mutes::tenant_id.eq(&tenant))
                .select((alert_mutes::staff_id, alert_mutes::until))
                .load(db)?;
            let mut mutes: HashMap<UserId, Millis> = mutes.into_iter().collect();
            let watcher = |row: TeamRow| Watcher {
                muted_until: mutes.remove(&row.staff_id),
                staff: row.staff_id,
                of: row.tenant_id,
                alerts: row.alerts,
                digest: row.digest,
            };
            Ok(found.into_iter().map(watcher).collect())
        })
        .await
    }
}

pub(super) fn count(found: usize) -> i64 {
    i64::try_from(found).unwrap_or(i64::MAX)
}

impl Store {
    /// Writes down that an attack began, with the mails about it: one node of those that see it.
    ///
    /// # Errors
    /// As any write.
    pub async fn open_alert(
        &self,
        tenant: TenantId,
        figures: Figures,
        campaign: Option<CampaignId>,
        mails: Vec<OutboxRow>,
    ) -> Result<Written, StoreError> {
        let owner = tenant.clone();
        let job = move |work: &mut Work<'_>| {
            let last = newest(work.db, &tenant)?;
            if last.as_ref().is_some_and(|row| row.closed_at.is_none()) {
                return Ok(Written::Before);
            }
            let row = AlertRow {
                tenant_id: tenant.clone(),
                number: last.map_or(0, |row| row.number).saturating_add(1),
                opened_at: work.now,
                hot_at: work.now,
                closed_at: None,
                locks: figures.locks,
                failures: figures.failures,
                sources: figures.sources,
                campaign_id: campaign.clone(),
            };
            let made = diesel::insert_into(alerts::table).values(&row).execute(work.db);
            made.map_err(conflict_on("alert"))?;
            let deed = Deed {
                actor: "lockkeeper".to_owned(),
                action: "attack.began",
                detail: json!({
                    "number": row.number, "locks": row.locks, "failures": row.failures,
                    "sources": row.sources, "campaign": campaign.as_ref().map(CampaignId::as_str),
                    "mails": mails.len(),
                }),
            };
            audit::note(work.db, &tenant, &deed, work.now)?;
            for mail in &mails {
                work.enqueue(mail.clone())?;
            }
            Ok(Written::Now)
        };
        match self.work(&owner, Vec::new(), job).await {
            Err(StoreError::Conflict { .. }) => Ok(Written::Before),
            other => other,
        }
    }

    /// Notes that an attack goes on, as was `seen` at that time, its largest figures, and which campaign
    /// it is: the first that was known stays.
    ///
    /// # Errors
    /// As any write.
    pub async fn alert_goes_on(
        &self,
        row: AlertRow,
        seen: Millis,
        figures: Figures,
        campaign: Option<CampaignId>,
    ) -> Result<(), StoreError> {
        let (owner, most) = (row.tenant_id.clone(), row.figures().most(figures));
        let campaign = row.campaign_id.clone().or(campaign);
        let hot_at = row.hot_at.max(seen);
        self.write(&owner, move |db, _now| {
            diesel::update(alerts::table.find((&row.tenant_id, row.number)))
                .filter(alerts::closed_at.is_null())
                .set((
                    alerts::hot_at.eq(hot_at),
                    alerts::locks.eq(most.locks),
                    alerts::failures.eq(most.failures),
                    alerts::sources.eq(most.sources),
                    alerts::campaign_id.eq(&campaign),
                ))
                .execute(db)?;
            Ok(())
        })
        .await
    }

    /// Notes that an attack is over; once.
    ///
    /// # Errors
    /// As any write.
    pub async fn close_alert(&self, row: AlertRow) -> Result<(), StoreError> {
        let owner = row.tenant_id.clone();
        self.write(&owner, move |db, now| {
            let closed = diesel::update(alerts::table.find((&row.tenant_id, row.number)))
                .filter(alerts::closed_at.is_null())
                .set(alerts::closed_at.eq(now))
                .execute(db)?;
            if closed == 0 {
                return Ok(());
            }
            let deed = Deed {
                actor: "lockkeeper".to_owned(),
                action: "attack.ended",
                detail: json!({ "number": row.number }),
            };
            Ok(audit::note(db, &row.tenant_id, &deed, now)?)
        })
        .await
    }

    /// Mutes a tenant's attacks for one of its team; `None` ends it.
    ///
    /// # Errors
    /// As any write.
    pub async fn mute_alerts(
        &self,
        tenant: TenantId,
        staff: UserId,
        until: Option<Millis>,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            diesel::delete(alert_mutes::table.find((&tenant, &staff))).execute(db)?;
            if let Some(until) = until {
                let row = (
                    alert_mutes::tenant_id.eq(&tenant),
                    alert_mutes::staff_id.eq(&staff),
                    alert_mutes::until.eq(until),
                );
                diesel::insert_into(alert_mutes::table)
                    .values(row)
                    .execute(db)
                    .map_err(conflict_on("mute"))?;
            }
            Ok(audit::note(db, &tenant, &deed, now)?)
        })
        .await
    }

    /// Keeps what one of a team wants to be written to about; `tenant` is where it is noted that they
    /// changed it.
    ///
    /// # Errors
    /// As any write.
    pub async fn save_wishes(
        &self,
        tenant: TenantId,
        watcher: Watcher,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            diesel::update(team::table.find((&watcher.of, &watcher.staff)))
                .set((
                    team::alerts.eq(watcher.alerts),
                    team::digest.eq(watcher.digest),
                    team::updated_at.eq(now),
                ))
                .execute(db)?;
            Ok(audit::note(db, &tenant, &deed, now)?)
        })
        .await
    }
}
