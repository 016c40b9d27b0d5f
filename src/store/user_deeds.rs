//! What staff do to users, each with its row for auditors in the same transaction: made, changed,
//! banned, signed out, deleted. Knows no role and no page.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::audit::AuditRow;
use super::committer::Work;
use super::error::StoreError;
use super::identifications::{Identification, Rank};
use super::ledger::Ledger as _;
use super::pending_identifications::PendingIdentification;
use super::schema::identifications;
use super::sessions::{SessionFilter, SessionStatus};
use super::subjects::SubjectKey;
use super::user_changes::{self, ChangedUser, OpenSessions, SecretChanges, UserUpdate};
use super::user_secrets::set_standing;
use super::users::{self, NewUser, Standing};
use super::{Store, team_deeds};
use crate::model::{CanonicalKey, IdentificationId, IdentifierKind, TenantId, UserId};

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

/// Which name a fact is about: its kind and its id, never what it says.
pub(super) struct NameFact<'r> {
    tenant: &'r TenantId,
    user: &'r UserId,
    kind: &'r str,
    id: &'r IdentificationId,
    proved: bool,
    /// Where that is what was changed.
    rank: Option<Rank>,
}

impl<'r> NameFact<'r> {
    pub fn proved(row: &'r Identification) -> Self {
        let (tenant, user) = (&row.tenant_id, &row.user_id);
        Self { tenant, user, kind: &row.kind, id: &row.id, proved: true, rank: None }
    }

    pub fn ranked(self, rank: Option<Rank>) -> Self {
        Self { rank, ..self }
    }

    pub fn waiting(row: &'r PendingIdentification, user: &'r UserId) -> Self {
        let (tenant, kind) = (&row.tenant_id, &row.kind);
        Self { tenant, user, kind, id: &row.id, proved: false, rank: None }
    }
}

/// The row of what staff did to a name; what nobody of them did has none.
pub(super) fn note_name(
    work: &mut Work<'_>,
    by: Option<&StaffDeed>,
    action: &str,
    fact: NameFact<'_>,
) -> Result<(), StoreError> {
    let Some(deed) = by else { return Ok(()) };
    let NameFact { tenant, user, kind, id, proved, rank } = fact;
    let mut detail = json!({ "kind": kind, "name": id, "proved": proved });
    if let (Some(rank), Some(told)) = (rank, detail.as_object_mut()) {
        told.insert("primary".to_owned(), json!(rank == Rank::Primary));
    }
    note(work, tenant, user, action, deed, detail)
}

/// Which fields a change touches, by name: what is in them is nobody's but the user's.
fn touched(update: &UserUpdate) -> Vec<&'static str> {
    let change = &update.profile;
    let kind = |kind: IdentifierKind| {
        let mut taken = update.names.take.iter().map(|unnaming| &unnaming.row.kind);
        let added = update.names.add.as_ref().map(|naming| &naming.row.kind);
        taken.any(|one| one == kind.as_str()) || added.is_some_and(|one| one == kind.as_str())
    };
    let fields = [
        ("first_name", change.first_name.is_some()),
        ("last_name", change.last_name.is_some()),
        ("external_id", change.external_id.is_some()),
        ("locale", change.locale.is_some()),
        ("time_zone", change.time_zone.is_some()),
        ("username", kind(IdentifierKind::Username)),
        ("email_address", kind(IdentifierKind::EmailAddress)),
        ("password", update.secrets.password.is_some()),
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

    /// As [`Store::change_user`].
    ///
    /// # Errors
    /// As [`Store::change_user`].
    pub async fn change_user_by(
        &self,
        tenant: TenantId,
        id: UserId,
        update: UserUpdate,
        deed: StaffDeed,
    ) -> Result<ChangedUser, StoreError> {
        let owner = tenant.clone();
        self.work(&owner, update.subjects(&id), move |work| {
            let done = user_changes::change(work, &tenant, &id, &update)?;
            // What a password opens is a fact of its own: auditors look for it by its name.
            let action = match update.secrets.password {
                None => "user.updated",
                Some(Some(_)) => "user.password_set",
                Some(None) => "user.password_removed",
            };
            let mut detail = json!({ "fields": touched(&update) });
            if let (OpenSessions::End, Some(told)) = (&update.sessions, detail.as_object_mut()) {
                told.insert("signed_out".to_owned(), json!(true));
            }
            note(work, &tenant, &id, action, &deed, detail)?;
            Ok(done)
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
