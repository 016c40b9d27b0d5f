//! A tenant's own mail server and the keys that sign its mails: setting them, and how they stand. What
//! is sealed is opened here for whoever shows it; a password is shown to nobody. Sends nothing.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::store::audit::Deed;
use crate::store::mail_settings::{MailCheck, MailServer, MailSettingsRow, SealedDkim};
use crate::token::{DkimKey, DkimKeys, DkimRecord, KeyFault, SmtpSettings};

/// A tenant's own server.
#[derive(Debug, Clone)]
pub struct OwnMailServer {
    pub settings: SmtpSettings,
    /// The address that mails come from.
    pub sender: String,
}

/// How a tenant's mail leaves.
#[derive(Debug, Clone)]
pub struct MailServerFacts {
    /// `None`: by the house's.
    pub server: Option<OwnMailServer>,
    pub dkim: Option<DkimFacts>,
    /// The last test mail.
    pub checked: Option<MailCheck>,
}

/// What is to stand in the DNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimFacts {
    pub domain: String,
    pub active: DkimRecord,
    /// Of the key that signs nothing yet.
    pub next: Option<DkimRecord>,
    pub signs: Signs,
}

/// Whether mails are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    Yes,
    /// The sender's address is of another domain now, for which the keys say nothing.
    OtherDomain,
}

/// What came of a wish about keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DkimChange {
    Done(DkimFacts),
    /// There is no server of the tenant's own, or its sender's domain cannot be signed for.
    NoDomain,
    /// There is no key that waits.
    NoneWaits,
}

/// The domain of an address, in the letters of the DNS.
fn domain_of(sender: &str) -> Option<String> {
    let (_, domain) = sender.rsplit_once('@')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    (!domain.is_empty() && domain.chars().all(plain)).then(|| domain.to_ascii_lowercase())
}

fn facts_of(keys: &DkimKeys, sender: Option<&str>) -> Result<DkimFacts, KeyFault> {
    let next = keys.next.as_ref().map(|key| key.record(&keys.domain)).transpose()?;
    let same = sender.and_then(domain_of).is_some_and(|domain| domain == keys.domain);
    Ok(DkimFacts {
        domain: keys.domain.clone(),
        active: keys.active.record(&keys.domain)?,
        next,
        signs: if same { Signs::Yes } else { Signs::OtherDomain },
    })
}

fn deed(actor: &str, action: &'static str, detail: serde_json::Value) -> Deed {
    Deed { actor: actor.to_owned(), action, detail }
}

impl Tenants {
    /// How a tenant's mail leaves.
    ///
    /// # Errors
    /// As any read.
    pub async fn mail_server(
        &self,
        profile: &TenantProfile,
    ) -> Result<MailServerFacts, TenantFault> {
        let none = MailServerFacts { server: None, dkim: None, checked: None };
        let row = self.inner.reader.mail_settings(profile.id().clone()).await?;
        let Some(MailSettingsRow { server, dkim, checked, .. }) = row else { return Ok(none) };
        let (keys, tenant) = (&self.inner.keys, profile.id());
        let server = server.map(|MailServer { sealed, sender }| {
            let settings = SmtpSettings::open(keys, tenant, &sealed)?;
            Ok::<_, KeyFault>(OwnMailServer { settings, sender })
        });
        let server = server.transpose()?;
        let sender = server.as_ref().map(|server| server.sender.as_str());
        let dkim = dkim.map(|dkim| facts_of(&DkimKeys::open(keys, tenant, &dkim.sealed)?, sender));
        Ok(MailServerFacts { dkim: dkim.transpose()?, server, checked })
    }

    /// Gives a tenant a mail server of its own, or, with `None`, back to the house's: keys that sign
    /// go with it then.
    ///
    /// # Errors
    /// As any write.
    pub async fn save_mail_server(
        &self,
        profile: &TenantProfile,
        server: Option<OwnMailServer>,
        actor: &str,
    ) -> Result<(), TenantFault> {
        let tenant = profile.id().clone();
        let detail = match &server {
            // No secret, and nothing that helps to guess one.
            Some(OwnMailServer { settings, sender }) => serde_json::json!({
                "host": settings.host,
                "port": settings.port,
                "security": settings.security.as_str(),
                "sender": sender,
            }),
            None => serde_json::json!({}),
        };
        let action = if server.is_some() { "mail.server_set" } else { "mail.server_removed" };
        let server = server.map(|OwnMailServer { settings, sender }| {
            let sealed = settings.seal(&self.inner.keys, &tenant)?;
            Ok::<_, KeyFault>(MailServer { sealed, sender })
        });
        let deed = deed(actor, action, detail);
        Ok(self.inner.store.set_mail_server(tenant, server.transpose()?, deed).await?)
    }

    /// Makes a key. The first one signs at once; a later one waits beside it until
    /// [`Tenants::use_next_dkim_key`], so that its record can be published before.
    ///
    /// # Errors
    /// As any write.
    pub async fn make_dkim_key(
        &self,
        profile: &TenantProfile,
        actor: &str,
    ) -> Result<DkimChange, TenantFault> {
        let Some((keys, sender)) = self.dkim_keys(profile).await? else {
            return Ok(DkimChange::NoDomain);
        };
        let Some(domain) = domain_of(&sender) else { return Ok(DkimChange::NoDomain) };
        let now = self.inner.clock.now();
        // A tenth of a second of arithmetic: not on a request's thread.
        let made = self.inner.runtime.spawn_blocking(move || DkimKey::generate(now)).await;
        let made = made.map_err(|_| TenantFault::Unavailable)??;
        let keys = match keys.filter(|keys| keys.domain == domain) {
            Some(keys) if keys.active.selector() != made.selector() => {
                DkimKeys { next: Some(made), ..keys }
            }
            // Two within a second would share a record.
            Some(_) => return Err(TenantFault::Conflict { what: "selector" }),
            None => DkimKeys { domain, active: made, next: None },
        };
        self.keep_dkim_keys(profile, keys, &sender, (actor, "mail.key_made")).await
    }

    /// Lets the key that waits sign from now on; the one before it is gone.
    ///
    /// # Errors
    /// As any write.
    pub async fn use_next_dkim_key(
        &self,
        profile: &TenantProfile,
        actor: &str,
    ) -> Result<DkimChange, TenantFault> {
        let Some((Some(keys), sender)) = self.dkim_keys(profile).await? else {
            return Ok(DkimChange::NoneWaits);
        };
        let Some(active) = keys.next else { return Ok(DkimChange::NoneWaits) };
        let keys = DkimKeys { active, next: None, ..keys };
        self.keep_dkim_keys(profile, keys, &sender, (actor, "mail.key_used")).await
    }

    /// Removes all keys: mails leave unsigned by us.
    ///
    /// # Errors
    /// `NotFound` where there are none.
    pub async fn remove_dkim_keys(
        &self,
        profile: &TenantProfile,
        actor: &str,
    ) -> Result<(), TenantFault> {
        let deed = deed(actor, "mail.keys_removed", serde_json::json!({}));
        Ok(self.inner.store.set_mail_dkim(profile.id().clone(), None, deed).await?)
    }

    /// The keys, and the address that mails come from; `None` without a server of the tenant's own.
    async fn dkim_keys(
        &self,
        profile: &TenantProfile,
    ) -> Result<Option<(Option<DkimKeys>, String)>, TenantFault> {
        let row = self.inner.reader.mail_settings(profile.id().clone()).await?;
        let Some(MailSettingsRow { server: Some(server), dkim, .. }) = row else {
            return Ok(None);
        };
        let keys = dkim.map(|d| DkimKeys::open(&self.inner.keys, profile.id(), &d.sealed));
        Ok(Some((keys.transpose()?, server.sender)))
    }

    async fn keep_dkim_keys(
        &self,
        profile: &TenantProfile,
        keys: DkimKeys,
        sender: &str,
        (actor, action): (&str, &'static str),
    ) -> Result<DkimChange, TenantFault> {
        let tenant = profile.id().clone();
        let facts = facts_of(&keys, Some(sender))?;
        let detail = serde_json::json!({
            "domain": facts.domain,
            "selector": facts.active.selector,
            "next_selector": facts.next.as_ref().map(|next| &next.selector),
        });
        let sealed = SealedDkim {
            domain: keys.domain.clone(),
            selector: keys.active.selector().to_owned(),
            sealed: keys.seal(&self.inner.keys, &tenant)?,
        };
        self.inner.store.set_mail_dkim(tenant, Some(sealed), deed(actor, action, detail)).await?;
        Ok(DkimChange::Done(facts))
    }
}
