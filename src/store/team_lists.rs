//! A team as its page lists it: who is in it, who works for every tenant, and who was invited. Lists
//! go on behind the last one shown. Decides nothing.

use std::collections::HashSet;

use diesel::prelude::*;

use super::Reader;
use super::connection::Db;
use super::error::StoreError;
use super::identifications::Identification;
use super::outbox::OutboxStatus;
use super::schema::{invites, outbox, team};
use super::team::{Invite, TeamRow, role_of, stands};
use super::users::UserRecord;
use super::{totp, users};
use crate::model::{Millis, TenantId, UserId};

/// Members of one page, and at most so many of those who work for every tenant.
pub const PAGE: usize = 25;
/// Invitations listed: more than staff make in a day.
const INVITES: i64 = 60;

/// One of a team.
#[derive(Debug, Clone)]
pub struct Member {
    pub row: TeamRow,
    /// `None` where the user is gone.
    pub record: Option<UserRecord>,
    /// Whether their sign-in asks for a second factor.
    pub second_factor: bool,
}

/// Part of a team.
#[derive(Debug, Clone)]
pub struct TeamPage {
    pub members: Vec<Member>,
    /// The last one shown, where there are more.
    pub next: Option<UserId>,
    /// On the first page: who works for every tenant and has no role of their own in this one; at
    /// most [`PAGE`].
    pub everywhere: Vec<Member>,
}

/// An invitation that makes somebody a member.
#[derive(Debug, Clone)]
pub struct OpenInvite {
    pub invite: Invite,
    /// How its mail stands; `None` where there is none.
    pub mail: Option<OutboxStatus>,
}

fn rows(db: &mut Db, tenant: &TenantId, after: Option<&UserId>) -> QueryResult<Vec<TeamRow>> {
    let after = after.map_or("", |id| id.as_str());
    let most = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    team::table
        .filter(team::tenant_id.eq(tenant))
        .filter(team::staff_id.gt(UserId::from_stored(after.to_owned())))
        .order(team::staff_id.asc())
        .limit(most)
        .select(TeamRow::as_select())
        .load(db)
}

/// The rows with what the console knows of their users.
fn members(db: &mut Db, console: &TenantId, rows: Vec<TeamRow>) -> Result<Vec<Member>, StoreError> {
    let ids: Vec<&UserId> = rows.iter().map(|row| &row.staff_id).collect();
    let apps: HashSet<UserId> = totp::owners(db, console, &ids)?;
    let member = |row: TeamRow| -> Result<Member, StoreError> {
        let record = users::record(db, console, &row.staff_id)?;
        let by_phone = record.as_ref().is_some_and(|record| {
            record.identifications.iter().any(Identification::is_second_factor)
        });
        let second_factor = by_phone || apps.contains(&row.staff_id);
        Ok(Member { row, record, second_factor })
    };
    rows.into_iter().map(member).collect()
}

impl Reader {
    /// Who works for a tenant, by their ids: the next ones behind `after`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn team_page(
        &self,
        console: TenantId,
        tenant: TenantId,
        after: Option<UserId>,
    ) -> Result<TeamPage, StoreError> {
        self.run(move |db| {
            let mut own = rows(db, &tenant, after.as_ref())?;
            let more = own.len() > PAGE;
            own.truncate(PAGE);
            let next = own.last().filter(|_| more).map(|row| row.staff_id.clone());
            let mut everywhere = Vec::new();
            if after.is_none() && tenant != console {
                for row in rows(db, &console, None)?.into_iter().take(PAGE) {
                    if role_of(db, &tenant, &row.staff_id)?.is_none() {
                        everywhere.push(row);
                    }
                }
            }
            Ok(TeamPage {
                members: members(db, &console, own)?,
                next,
                everywhere: members(db, &console, everywhere)?,
            })
        })
        .await
    }

    /// One of a tenant's own team.
    ///
    /// # Errors
    /// As [`Reader::team_page`].
    pub async fn member(
        &self,
        console: TenantId,
        tenant: TenantId,
        staff: UserId,
    ) -> Result<Option<Member>, StoreError> {
        self.run(move |db| {
            let row: Option<TeamRow> = team::table
                .find((&tenant, &staff))
                .select(TeamRow::as_select())
                .first(db)
                .optional()?;
            Ok(members(db, &console, row.into_iter().collect())?.pop())
        })
        .await
    }

    /// The invitations to a team that were made after `since` and are open at `now`, newest first; at
    /// most 60 are looked at.
    ///
    /// # Errors
    /// As [`Reader::team_page`].
    pub async fn open_invites(
        &self,
        console: TenantId,
        tenant: TenantId,
        since: Millis,
        now: Millis,
    ) -> Result<Vec<OpenInvite>, StoreError> {
        self.run(move |db| {
            let recent: Vec<Invite> = invites::table
                .filter(invites::tenant_id.eq(&tenant))
                .filter(invites::created_at.gt(since))
                .order(invites::created_at.desc())
                .limit(INVITES)
                .select(Invite::as_select())
                .load(db)?;
            let mut open = Vec::new();
            for invite in recent.into_iter().filter(|invite| !invite.is_over(now)) {
                if !stands(db, &console, &invite)? {
                    continue;
                }
                let mail: Option<OutboxStatus> = match &invite.mail_id {
                    Some(id) => outbox::table
                        .find((&console, id))
                        .select(outbox::status)
                        .first(db)
                        .optional()?,
                    None => None,
                };
                open.push(OpenInvite { invite, mail });
            }
            Ok(open)
        })
        .await
    }
}
