//! A user's identifiers, proved and not yet proved: adding, proving, removing, choosing the primary.
//! Whether somebody may is the door's to know; a name that is another user's is a `Conflict`. What is
//! done `by` staff is noted for auditors in the same transaction.

use super::actor::LearnChanged;
use super::profile::TenantProfile;
use super::user_secrets::NewNames;
use super::{TenantFault, Tenants};
use crate::model::{IdentificationId, Identifier, IdentifierKind, UserId};
use crate::store::SubjectKey;
use crate::store::identifications::{
    Identification, Name, NameChange, Naming, Origin, Rank, Renamed, Renaming, Unnaming,
};
use crate::store::pending_identifications::{Claimant, PendingIdentification};
use crate::store::user_deeds::StaffDeed;

/// How far a name is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Somebody vouches for it.
    Verified,
    Unverified,
}

/// A name for a user, as the tenant's server gives it.
#[derive(Debug)]
pub struct NewName {
    pub user: UserId,
    pub name: Identifier,
    pub standing: Standing,
    pub change: NameChange,
}

impl Tenants {
    /// Names a user.
    ///
    /// # Errors
    /// `NotFound` for an unknown user; `Conflict { what: "identifier" }` when somebody has the name.
    pub async fn add_name(
        &self,
        profile: &TenantProfile,
        new: NewName,
        by: Option<StaffDeed>,
    ) -> Result<Name, TenantFault> {
        let now = self.inner.clock.now();
        let (tenant, id) = (profile.id().clone(), IdentificationId::generate(now));
        match new.standing {
            Standing::Verified => {
                let mut row = Identification::vouched(tenant, id.clone(), new.user, &new.name, now);
                row.second_factor = new.change.second_factor.unwrap_or(false);
                self.prove(profile, row, Origin::New, new.change.rank, by).await?;
            }
            Standing::Unverified => {
                self.refuse_taken(profile, &new.name).await?;
                return self.claim_name(profile, new.user, &new.name, by).await;
            }
        }
        self.name(profile, id).await?.ok_or(TenantFault::NotFound)
    }

    /// Notes a name that a user is to prove. Whose it is, is not looked at.
    ///
    /// # Errors
    /// `NotFound` for an unknown user; `Conflict { what: "pending" }` when too many of theirs wait.
    pub async fn claim_name(
        &self,
        profile: &TenantProfile,
        user: UserId,
        name: &Identifier,
        by: Option<StaffDeed>,
    ) -> Result<Name, TenantFault> {
        let now = self.inner.clock.now();
        let (tenant, id) = (profile.id().clone(), IdentificationId::generate(now));
        let row = PendingIdentification::named(tenant, id, Claimant::User(user), name, now);
        self.inner.store.add_pending(row.clone(), by).await?;
        Ok(Name::Pending(row))
    }

    /// A user's name by its id.
    ///
    /// # Errors
    /// As any read.
    pub async fn name(
        &self,
        profile: &TenantProfile,
        id: IdentificationId,
    ) -> Result<Option<Name>, TenantFault> {
        Ok(self.inner.reader.name(profile.id().clone(), id).await?)
    }

    /// Changes what a name is good for. A proved one that is to be unproved stays with its user and
    /// signs in no longer.
    ///
    /// # Errors
    /// As [`Tenants::add_name`].
    pub async fn change_name(
        &self,
        profile: &TenantProfile,
        name: Name,
        standing: Option<Standing>,
        change: NameChange,
        by: Option<StaffDeed>,
    ) -> Result<Name, TenantFault> {
        let id = match (name, standing) {
            (Name::Proved(row), None | Some(Standing::Verified)) => {
                let id = row.id.clone();
                self.inner.store.change_name(row, change, by).await?;
                id
            }
            (Name::Proved(row), Some(Standing::Unverified)) => {
                let id = row.id.clone();
                let stays = waiting(&row);
                self.unname(profile, row, Some(stays), by).await?;
                id
            }
            (Name::Pending(row), Some(Standing::Verified)) => {
                let id = row.id.clone();
                let mut proved = proved(row, None)?;
                proved.updated_at = self.inner.clock.now();
                proved.second_factor = change.second_factor.unwrap_or(false);
                self.prove(profile, proved, Origin::Pending, change.rank, by).await?;
                id
            }
            (Name::Pending(row), None | Some(Standing::Unverified)) => row.id,
        };
        self.name(profile, id).await?.ok_or(TenantFault::NotFound)
    }

    /// Takes a name from its user; a proved one leaves its count and lock behind.
    ///
    /// # Errors
    /// `NotFound` when it is gone already.
    pub async fn remove_name(
        &self,
        profile: &TenantProfile,
        name: Name,
        by: Option<StaffDeed>,
    ) -> Result<(), TenantFault> {
        match name {
            Name::Proved(row) => self.unname(profile, row, None, by).await,
            Name::Pending(row) => {
                Ok(self.inner.store.remove_pending(row.tenant_id, row.id, by).await?)
            }
        }
    }

    /// The user's lock is published under the new name before this returns.
    pub(super) async fn prove(
        &self,
        profile: &TenantProfile,
        row: Identification,
        from: Origin,
        rank: Option<Rank>,
        by: Option<StaffDeed>,
    ) -> Result<(), TenantFault> {
        let (user, phantom) = (row.user_id.clone(), self.phantom(profile, &row.canonical_key));
        let asked = self.inner.directory.asked();
        let done = self.inner.store.add_name(Naming { row, phantom, from, rank }, by).await?;
        self.publish_names(profile, &user, &done, asked).await;
        Ok(())
    }

    async fn unname(
        &self,
        profile: &TenantProfile,
        row: Identification,
        stays: Option<PendingIdentification>,
        by: Option<StaffDeed>,
    ) -> Result<(), TenantFault> {
        let phantom = self.phantom(profile, &row.canonical_key);
        self.inner.store.remove_name(Unnaming { row, phantom, stays }, by).await?;
        Ok(())
    }

    /// A tenant's server is told that a name is taken; the race for it is decided in the store.
    async fn refuse_taken(
        &self,
        profile: &TenantProfile,
        name: &Identifier,
    ) -> Result<(), TenantFault> {
        let asked = self.inner.reader.identified(profile.id().clone(), name.key.clone());
        match asked.await? {
            Some(_) => Err(TenantFault::Conflict { what: "identifier" }),
            None => Ok(()),
        }
    }

    /// The rows that a change of names is made of, as they stand now.
    pub(super) async fn renaming(
        &self,
        profile: &TenantProfile,
        user: &UserId,
        names: NewNames,
    ) -> Result<Renaming, TenantFault> {
        let (name, kind) = match names {
            NewNames::Keep => return Ok(Renaming::default()),
            NewNames::Username(name) => (name, IdentifierKind::Username),
            NewNames::OnlyEmail(name) => (Some(name), IdentifierKind::EmailAddress),
        };
        let card = self.user(profile, user.clone()).await?.ok_or(TenantFault::NotFound)?;
        let kind = kind.as_str();
        let of_kind = card.record.identifications.into_iter().filter(|row| row.kind == kind);
        let take = of_kind.map(|row| {
            let phantom = self.phantom(profile, &row.canonical_key);
            Unnaming { row, phantom, stays: None }
        });
        let waiting = card.pending.into_iter().filter(|row| row.kind == kind).map(|row| row.id);
        let add = name.map(|name| {
            let now = self.inner.clock.now();
            let (tenant, id) = (profile.id().clone(), IdentificationId::generate(now));
            let row = Identification::vouched(tenant, id, user.clone(), &name, now);
            let phantom = self.phantom(profile, &row.canonical_key);
            Naming { row, phantom, from: Origin::New, rank: Some(Rank::Primary) }
        });
        Ok(Renaming { take: take.collect(), forget: waiting.collect(), add })
    }

    pub(super) async fn publish_names(
        &self,
        profile: &TenantProfile,
        user: &UserId,
        done: &Renamed,
        asked: super::actor::Asked,
    ) {
        let message = || LearnChanged {
            subject: SubjectKey::user(user),
            keys: done.keys.clone(),
            lock: done.lock,
            asked,
        };
        // The row has decided already; an entry that could not be withdrawn is re-read in a second.
        if let Err(error) = self.inner.directory.send(profile.id(), message).await {
            tracing::warn!(error = %error, tenant.id = %profile.id(), "names could not be published");
        }
    }
}

/// A name that was proved, with the strategy that did; `None`: the tenant's server says so.
pub(super) fn proved(
    row: PendingIdentification,
    by: Option<&str>,
) -> Result<Identification, TenantFault> {
    Ok(Identification {
        tenant_id: row.tenant_id,
        id: row.id,
        user_id: row.user_id.ok_or(TenantFault::NotFound)?,
        kind: row.kind,
        value: row.value,
        canonical_key: row.canonical_key,
        verified: true,
        created_at: row.created_at,
        updated_at: row.updated_at,
        second_factor: false,
        verified_by: by.map(str::to_owned),
    })
}

fn waiting(row: &Identification) -> PendingIdentification {
    PendingIdentification {
        tenant_id: row.tenant_id.clone(),
        id: row.id.clone(),
        user_id: Some(row.user_id.clone()),
        sign_up_id: None,
        kind: row.kind.clone(),
        value: row.value.clone(),
        canonical_key: row.canonical_key.clone(),
        prepared_code: None,
        verified_at: None,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
