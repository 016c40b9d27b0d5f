//! The mail servers that tenants have brought, the keys that sign there, and how the last test went:
//! sealed, and opened elsewhere. Sends nothing and knows no secret.

use diesel::prelude::*;

use super::audit::{self, Deed};
use super::connection::Db;
use super::error::StoreError;
use super::outbox::{self, OutboxRow};
use super::schema::{mail_settings, tenants};
use super::{Reader, Store};
use crate::model::{Millis, TenantId};

/// A tenant's own server.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    /// `token::SmtpSettings::seal`.
    pub sealed: String,
    /// The address that its mails come from.
    pub sender: String,
}

/// Names nothing: the seal is not to be read by anybody.
impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailServer").finish_non_exhaustive()
    }
}

/// The keys that sign a tenant's mails.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedDkim {
    pub domain: String,
    /// Of the key that signs now.
    pub selector: String,
    /// `token::DkimKeys::seal`.
    pub sealed: String,
}

/// As [`MailServer`].
impl std::fmt::Debug for SealedDkim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedDkim").field("selector", &self.selector).finish_non_exhaustive()
    }
}

/// How a test mail went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailCheck {
    pub at: Millis,
    /// One sentence; `None`: the server took it.
    pub error: Option<String>,
}

/// How a tenant's mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettingsRow {
    /// `None`: by the house's server.
    pub server: Option<MailServer>,
    pub dkim: Option<SealedDkim>,
    /// Of the server as it is set now.
    pub checked: Option<MailCheck>,
    pub updated_at: Millis,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = mail_settings)]
struct Columns {
    sealed: Option<String>,
    sender: Option<String>,
    dkim_domain: Option<String>,
    dkim_selector: Option<String>,
    dkim_sealed: Option<String>,
    checked_at: Option<Millis>,
    check_error: Option<String>,
    updated_at: Millis,
}

impl Columns {
    fn row(self) -> MailSettingsRow {
        let (error, dkim) = (self.check_error, self.dkim_domain.zip(self.dkim_selector));
        MailSettingsRow {
            server: self
                .sealed
                .zip(self.sender)
                .map(|(sealed, sender)| MailServer { sealed, sender }),
            dkim: dkim.zip(self.dkim_sealed).map(|((domain, selector), sealed)| SealedDkim {
                domain,
                selector,
                sealed,
            }),
            checked: self.checked_at.map(|at| MailCheck { at, error }),
            updated_at: self.updated_at,
        }
    }
}

/// The tenants whose mail does not leave by the house's server.
#[diesel::dsl::auto_type]
pub(super) fn with_server() -> _ {
    mail_settings::table
        .filter(mail_settings::sealed.is_not_null())
        .select(mail_settings::tenant_id)
}

impl Reader {
    /// How a tenant's mail leaves; `None` where nobody has ever set it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn mail_settings(
        &self,
        tenant: TenantId,
    ) -> Result<Option<MailSettingsRow>, StoreError> {
        self.run(move |db| {
            let row: Option<Columns> = mail_settings::table
                .find(&tenant)
                .select(Columns::as_select())
                .first(db)
                .optional()?;
            Ok(row.map(Columns::row))
        })
        .await
    }

    /// The tenant whose signed addresses carry this tag.
    ///
    /// # Errors
    /// As [`Reader::mail_settings`].
    pub async fn tenant_by_mail_tag(&self, tag: String) -> Result<Option<TenantId>, StoreError> {
        self.run(move |db| {
            let row = tenants::table.filter(tenants::mail_tag.eq(&tag)).select(tenants::id);
            Ok(row.first(db).optional()?)
        })
        .await
    }

    /// The tenants that have a mail server of their own.
    ///
    /// # Errors
    /// As [`Reader::mail_settings`].
    pub async fn tenants_with_mail_server(&self) -> Result<Vec<TenantId>, StoreError> {
        self.run(move |db| Ok(with_server().load(db)?)).await
    }
}

impl Store {
    /// Lets a tenant be found by the tag in its signed addresses.
    ///
    /// # Errors
    /// As any write; a tag that another tenant has is one.
    pub async fn set_mail_tag(&self, tenant: TenantId, tag: String) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, _now| {
            diesel::update(tenants::table.find(&tenant))
                .filter(tenants::mail_tag.is_null())
                .set(tenants::mail_tag.eq(Some(&tag)))
                .execute(db)?;
            Ok(())
        })
        .await
    }

    /// Gives a tenant a mail server of its own, or back to the house's; keys that sign go with it.
    /// How a test of the one before went is forgotten.
    ///
    /// # Errors
    /// As any write.
    pub async fn set_mail_server(
        &self,
        tenant: TenantId,
        server: Option<MailServer>,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let (sealed, sender) = match &server {
                Some(server) => (Some(&server.sealed), Some(&server.sender)),
                None => (None, None),
            };
            let (never, no_word): (Option<Millis>, Option<String>) = (None, None);
            let values = (
                mail_settings::sealed.eq(sealed),
                mail_settings::sender.eq(sender),
                mail_settings::checked_at.eq(never),
                mail_settings::check_error.eq(no_word),
                mail_settings::updated_at.eq(now),
            );
            let known = diesel::update(mail_settings::table.find(&tenant))
                .set(values.clone())
                .execute(db)?;
            if known == 0 {
                let key = (mail_settings::tenant_id.eq(&tenant), mail_settings::created_at.eq(now));
                diesel::insert_into(mail_settings::table).values((key, values)).execute(db)?;
            }
            if server.is_none() {
                set_dkim(db, &tenant, None, now)?;
            }
            Ok(audit::note(db, &tenant, &deed, now)?)
        })
        .await
    }

    /// Gives a tenant with a mail server keys that sign, or takes them away.
    ///
    /// # Errors
    /// `NotFound` where there is no server, or nothing to take away; otherwise as any write.
    pub async fn set_mail_dkim(
        &self,
        tenant: TenantId,
        dkim: Option<SealedDkim>,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let row: Option<Columns> = mail_settings::table
                .find(&tenant)
                .select(Columns::as_select())
                .first(db)
                .optional()?;
            let row = row.ok_or(StoreError::NotFound)?.row();
            if row.server.is_none() || row.dkim.is_none() && dkim.is_none() {
                return Err(StoreError::NotFound);
            }
            set_dkim(db, &tenant, dkim.as_ref(), now)?;
            Ok(audit::note(db, &tenant, &deed, now)?)
        })
        .await
    }

    /// Keeps the row of a test mail that has gone, and how it went beside the tenant's server.
    ///
    /// # Errors
    /// As any write.
    pub async fn note_mail_check(
        &self,
        row: OutboxRow,
        check: MailCheck,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let owner = row.tenant_id.clone();
        self.write(&owner, move |db, now| {
            let tenant = &row.tenant_id;
            if !outbox::is_there(db, tenant, &row.id)? {
                outbox::insert(db, &row)?;
            }
            diesel::update(mail_settings::table.find(tenant))
                .filter(mail_settings::sealed.is_not_null())
                .set((
                    mail_settings::checked_at.eq(Some(check.at)),
                    mail_settings::check_error.eq(check.error.as_ref()),
                ))
                .execute(db)?;
            Ok(audit::note(db, tenant, &deed, now)?)
        })
        .await
    }
}

fn set_dkim(
    db: &mut Db,
    tenant: &TenantId,
    dkim: Option<&SealedDkim>,
    now: Millis,
) -> QueryResult<()> {
    diesel::update(mail_settings::table.find(tenant))
        .set((
            mail_settings::dkim_domain.eq(dkim.map(|dkim| &dkim.domain)),
            mail_settings::dkim_selector.eq(dkim.map(|dkim| &dkim.selector)),
            mail_settings::dkim_sealed.eq(dkim.map(|dkim| &dkim.sealed)),
            mail_settings::updated_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}
