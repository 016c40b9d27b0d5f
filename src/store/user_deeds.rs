//! What staff do to users, each with its row for auditors in the same transaction: made, changed,
//! banned, signed out, deleted. Knows no role and no page.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::audit::AuditRow;
use super::committer::Work;
use super::error::StoreError;
use super::ledger::Ledger as _;
use super::schema::identifications;
use super::sessions::{SessionFilter, SessionStatus};
use super::subjects::SubjectKey;
use super::user_changes::{self, SecretChanges, UserUpdate};
use super::user_secrets::set_standing;
use super::users::{self, NewUser, Standing, UserChange};
use super::{Store, team_deeds};
use crate::model::{CanonicalKey, TenantId, UserId};

/// Who did it and why.
#[derive(Debug, Clone)]
pub struct StaffDeed {
    /// As [`AuditRow::actor`].
    pub actor: String,
    pub reason: Option<String>,
}

/// Writes the row of a deed.
fn note(
    work: &mut Work<'_>,
    tenant: &TenantId,
    user: &UserId,
    action: &str,
    deed: &StaffDeed,
    detail: Value,
) -> Result<(), StoreError> {
    let mut detail = detail;
    if let (Some(map), Some(reason)) = (detail.as_object_mut(), &deed.reason) {
        map.insert("reason".to_owned(), json!(reason));
    }
    let row = AuditRow {
        tenant_id: tenant.clone(),
        id: work.audit_id(),
        at: work.now,
        actor: deed.actor.clone(),
        action: action.to_owned(),
        subject: Some(SubjectKey::user(user)),
        user_id: Some(user.clone()),
        detail: detail.to_string(),
        seq: None,
        hash: None,
    };
    work.audit(row)
}

/// Which fields a change touches, by name: what is in them is nobody's but the user's.
fn touched(change: &UserChange) -> Vec<&'static str> {
    let fields = [
        ("first_name", change.first_name.is_some()),
        ("last_name", change.last_name.is_some()),
        ("external_id", change.external_id.is_some()),
        ("locale", change.locale.is_some()),
        ("time_zone", change.time_zone.is_some()),
    ];
    fields.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect()
}

impl Store {
    /// As [`Store::create_user`].
    ///
    /// # Errors
    /// As [`Store::create_user`].
    pub async fn create_user_by(&self, new: NewUser, deed: StaffDeed) -> Result<(), StoreError> {
        let tenant = new.user.tenant_id.clone();
        let subject = SubjectKey::user(&new.user.id);
        let subjects = new.wanted_phantoms().into_iter().cloned().chain([subject]).collect();
        let owner = tenant.clone();
        self.work(&owner, subjects, move |work| {
            users::create(work, &new)?;
            note(work, &tenant, &new.user.id, "user.created", &deed, json!({}))
        })
        .await
    }

    /// Changes names, locale, zone and the tenant's own id of a user.
    ///
    /// # Errors
    /// As [`Store::update_user`].
    pub async fn change_user_by(
        &self,
        tenant: TenantId,
        id: UserId,
        change: UserChange,
        deed: StaffDeed,
    ) -> Result<(), StoreError> {
        let update = UserUpdate { profile: change, ..UserUpdate::default() };
        let owner = tenant.clone();
        self.work(&owner, vec![SubjectKey::user(&id)], move |work| {
            user_changes::change(work, &tenant, &id, &update)?;
            let detail = json!({ "fields": touched(&update.profile) });
            note(work, &tenant, &id, "user.updated", &deed, detail)
        })
        .await
    }

    /// Takes app, recovery codes and the number for the second factor away. What was passed of
    /// sign-ins under way is void; sessions stay.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn reset_second_factor_by(
        &self,
        tenant: TenantId,
        id: UserId,
        deed: StaffDeed,
    ) -> Result<(), StoreError> {
        let secrets = SecretChanges {
            totp: Some(None),
            recovery_codes: Some(Vec::new()),
            ..SecretChanges::default()
        };
        let update = UserUpdate { secrets, ..UserUpdate::default() };
        let owner = tenant.clone();
        self.work(&owner, vec![SubjectKey::user(&id)], move |work| {
            user_changes::change(work, &tenant, &id, &update)?;
            diesel::update(identifications::table)
                .filter(identifications::tenant_id.eq(&tenant))
                .filter(identifications::user_id.eq(&id))
                .filter(identifications::second_factor.eq(true))
                .set((
                    identifications::second_factor.eq(false),
                    identifications::updated_at.eq(work.now),
                ))
                .execute(work.db)?;
            note(work, &tenant, &id, "user.second_factor_reset", &deed, json!({}))
        })
        .await
    }

    /// As [`Store::set_standing`], for one user.
    ///
    /// # Errors
    /// `NotFound` for an unknown user; `Conflict { what: "last_owner" }` for the last owner of a team.
    pub async fn set_standing_by(
        &self,
        tenant: TenantId,
        id: UserId,
        standing: Standing,
        deed: StaffDeed,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        let action = match standing {
            Standing::Banned => "user.banned",
            Standing::Allowed => "user.unbanned",
        };
        self.work(&owner, vec![SubjectKey::user(&id)], move |work| {
            set_standing(work, &tenant, &id, standing)?;
            note(work, &tenant, &id, action, &deed, json!({}))
        })
        .await
    }

    /// Ends every live session of a user; says how many.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn end_sessions_by(
        &self,
        tenant: TenantId,
        id: UserId,
        deed: StaffDeed,
    ) -> Result<usize, StoreError> {
        let owner = tenant.clone();
        self.work(&owner, Vec::new(), move |work| {
            users::find(work.db, &tenant, &id)?.ok_or(StoreError::NotFound)?;
            let filter = SessionFilter { user: Some(id.clone()), ..SessionFilter::default() };
            let ended = work.end_sessions(&tenant, filter, SessionStatus::Revoked)?.len();
            let detail = json!({ "sessions": ended });
            note(work, &tenant, &id, "user.sessions_ended", &deed, detail)?;
            Ok(ended)
        })
        .await
    }

    /// As [`Store::delete_user`].
    ///
    /// # Errors
    /// As [`Store::delete_user`] and [`Store::set_standing_by`].
    pub async fn delete_user_by(
        &self,
        tenant: TenantId,
        id: UserId,
        phantoms: Vec<(CanonicalKey, SubjectKey)>,
        deed: StaffDeed,
    ) -> Result<(), StoreError> {
        let named = phantoms.iter().map(|(_, phantom)| phantom.clone());
        let subjects = named.chain([SubjectKey::user(&id)]).collect();
        let owner = tenant.clone();
        self.work(&owner, subjects, move |work| {
            team_deeds::may_go(work.db, &tenant, &id)?;
            users::delete(work, &tenant, &id, &phantoms)?;
            note(work, &tenant, &id, "user.deleted", &deed, json!({}))
        })
        .await
    }
}
