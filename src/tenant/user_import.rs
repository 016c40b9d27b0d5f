//! Moving users in from another system, a batch at a time: what a row makes of a user, and what is
//! told of each row. Nobody is told of users who move in: no mail, no event. The files' formats are in
//! the folder of this name, and the work on a file that came by the console.

mod export;
mod row;
mod rows;
mod staged;

use super::profile::TenantProfile;
use super::users::{NewUserForm, identifications};
use super::{TenantFault, Tenants};
use crate::model::{IdentificationId, Identifier, IdentifierKind, Millis, UserId};
use crate::store::external_accounts::ExternalAccount;
use crate::store::pending_identifications::{Claimant, PendingIdentification};
use crate::store::user_import::ImportedUser;
pub use crate::store::user_import::{Fate, Obstacle};
pub use crate::store::user_imports::{
    ImportCounts, ImportState, KEPT, RESULT_KEPT, RefusedRow, UserImport,
};
use crate::store::users::{NewUser, User};
pub use export::FileFault;
pub use rows::{ImportRows, Pass};
pub(super) use staged::Places;
pub use staged::{MAX_FILE_BYTES, MAX_ROWS, StageFault};

/// Rows of one transaction: a node that serves beside the import waits no longer than for these.
pub const BATCH: usize = 500;

/// A user as another system knew them. Everything is parsed.
#[derive(Debug, Default)]
pub struct ImportForm {
    /// Kept; where there is none, one is made of the first identifier, the same at every run.
    pub id: Option<UserId>,
    /// Its first e-mail address becomes the primary one. `password` and `locked` are not looked at.
    pub user: NewUserForm,
    /// Addresses that were never proved there either: nobody's to sign in with.
    pub unproved: Vec<Identifier>,
    /// Accounts elsewhere, by their ids: JSON objects in Clerk's shape, shown and never used.
    pub external: Vec<(String, String)>,
    pub last_sign_in_at: Option<Millis>,
    pub last_active_at: Option<Millis>,
}

impl ImportForm {
    /// Whether the row names anybody: without an id or an identifier it would be a new user at
    /// every run.
    #[must_use]
    pub fn names_somebody(&self) -> bool {
        self.id.is_some() || !self.user.identifiers.is_empty()
    }
}

/// Why an import did not get on.
#[derive(Debug, thiserror::Error)]
pub enum BatchFault {
    #[error(transparent)]
    File(#[from] FileFault),
    #[error(transparent)]
    Tenant(#[from] TenantFault),
}

impl Tenants {
    /// Takes the next 500 rows of a file, or looks at what would become of them: those that were
    /// refused. `None` at the end.
    ///
    /// # Errors
    /// Where the file cannot be read on, or as any write; what was taken before is in.
    pub async fn import_batch(
        &self,
        profile: &TenantProfile,
        rows: &mut ImportRows,
        pass: Pass,
    ) -> Result<Option<Vec<RefusedRow>>, BatchFault> {
        let Some(rows::Judged { forms, sum }) = rows.next_batch()? else { return Ok(None) };
        let fates = match pass {
            Pass::Look => self.import_fates(profile, forms).await?,
            Pass::Make => self.import_users(profile, forms).await?,
        };
        let (counts, refused) = sum.with(&fates);
        rows.count(counts);
        Ok(Some(refused))
    }

    /// Makes the users of these rows, in one transaction; a row that is in conflict is refused by
    /// itself. The answer has as many entries as there are rows.
    ///
    /// # Errors
    /// As any write; then nothing of the batch is written.
    pub async fn import_users(
        &self,
        profile: &TenantProfile,
        forms: Vec<ImportForm>,
    ) -> Result<Vec<Fate>, TenantFault> {
        let rows = self.imported_users(profile, forms)?;
        Ok(self.inner.store.import_users(profile.id().clone(), rows).await?)
    }

    /// What [`Tenants::import_users`] would answer. Writes nothing.
    ///
    /// # Errors
    /// As any read.
    pub async fn import_fates(
        &self,
        profile: &TenantProfile,
        forms: Vec<ImportForm>,
    ) -> Result<Vec<Fate>, TenantFault> {
        let rows = self.imported_users(profile, forms)?;
        Ok(self.inner.reader.import_fates(profile.id().clone(), rows).await?)
    }

    fn imported_users(
        &self,
        profile: &TenantProfile,
        forms: Vec<ImportForm>,
    ) -> Result<Vec<ImportedUser>, TenantFault> {
        let now = self.inner.clock.now();
        forms.into_iter().map(|form| self.imported_user(profile, form, now)).collect()
    }

    fn imported_user(
        &self,
        profile: &TenantProfile,
        form: ImportForm,
        now: Millis,
    ) -> Result<ImportedUser, TenantFault> {
        let ImportForm { id, user: form, unproved, external, last_sign_in_at, last_active_at } =
            form;
        let named = || Some(profile.phantoms.imported_user_id(&form.identifiers.first()?.key));
        let id = id.or_else(named).unwrap_or_else(|| UserId::generate(now));
        let factors = self.new_factors(profile, &id, form.totp.as_ref(), &form.recovery_codes)?;
        let mut user = User::blank(profile.id().clone(), id.clone(), now);
        user.password_hash = form.imported_hash.map(|hash| hash.to_text());
        user.banned = form.banned;
        user.created_at = form.created_at.unwrap_or(now);
        user.last_sign_in_at = last_sign_in_at;
        user.last_active_at = last_active_at;
        form.change.apply(&mut user);
        let identifications = identifications(&user, &form.identifiers, now);
        let first = |kind: IdentifierKind| {
            identifications.iter().find(|i| i.kind == kind.as_str()).map(|i| i.id.clone())
        };
        user.primary_identification_id = first(IdentifierKind::EmailAddress);
        user.primary_phone_id = first(IdentifierKind::PhoneNumber);
        let phantoms = self.phantoms_of(profile, form.identifiers.iter().map(|i| &i.key));
        let pending = |name: &Identifier| {
            let (tenant, by) = (profile.id().clone(), Claimant::User(id.clone()));
            let own = IdentificationId::generate(now);
            PendingIdentification::named(tenant, own, by, name, now)
        };
        let pending = unproved.iter().map(pending).collect();
        let account = |(of, document): (String, String)| ExternalAccount {
            tenant_id: profile.id().clone(),
            user_id: id.clone(),
            id: of,
            document,
        };
        let external = external.into_iter().map(account).collect();
        let new = NewUser { user, identifications, phantoms, factors };
        Ok(ImportedUser { new, pending, external })
    }
}
