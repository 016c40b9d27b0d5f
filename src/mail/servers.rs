//! By which server a tenant's mail leaves: the house's, or one that the tenant has brought, and
//! what signs there. Knows nothing of messages.

use std::collections::HashMap;
use std::sync::Arc;

use lettre::Address;
use parking_lot::Mutex;

use super::destination::Destinations;
use super::dkim::DkimSigner;
use super::queues::OWN_AT_ONCE;
use super::settings::{Roots, SmtpSettings};
use super::smtp::{Reachable, SmtpServer};
use crate::model::TenantId;
use crate::store::mail_settings::{MailServer, SealedDkim};
use crate::store::outbox::MailQueue;
use crate::store::{Reader, StoreError};
use crate::token::{DkimKeys, MasterKeys};

/// Where a mail goes.
#[derive(Clone)]
pub(super) enum Way {
    Smtp(Arc<SmtpServer>),
    /// The built-in mailbox.
    Mailbox,
}

/// A way, and what its mails share.
pub(super) struct Chosen {
    pub queue: MailQueue,
    /// `None`: it has been set to something that cannot be used.
    pub way: Option<Way>,
    /// The address that mails come from; `None`: the house's.
    pub sender: Option<Address>,
    /// Signs with the tenant's key; `None`: the house's, or nobody where the server is the tenant's.
    pub signer: Option<Arc<DkimSigner>>,
}

/// All servers that a process uses. A tenant's is opened at its first mail and again when it changes.
pub(super) struct Servers {
    house: Way,
    /// The house's, to open another line to it; `None`: the mailbox.
    house_settings: Option<SmtpSettings>,
    destinations: Destinations,
    roots: Roots,
    own: Mutex<HashMap<TenantId, Opened>>,
    signers: Mutex<HashMap<TenantId, Signing>>,
}

/// What signs, and the seal that it was opened from; `None`: it does not open.
type Signing = (SealedDkim, Option<Arc<DkimSigner>>);

struct Opened {
    from: MailServer,
    server: Arc<SmtpServer>,
}

/// Whose connections a mail may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connections {
    /// Those that are open.
    Pooled,
    /// One that nothing has gone over yet.
    Fresh,
}

impl Servers {
    pub(super) fn new(
        house: Way,
        house_settings: Option<SmtpSettings>,
        destinations: Destinations,
        roots: Roots,
    ) -> Self {
        let (own, signers) = (Mutex::new(HashMap::new()), Mutex::new(HashMap::new()));
        Self { house, house_settings, destinations, roots, own, signers }
    }

    pub(super) const fn destinations(&self) -> &Destinations {
        &self.destinations
    }

    /// The way of everybody who has brought none.
    pub(super) fn house(&self) -> Way {
        self.house.clone()
    }

    /// The way of this tenant's mail now.
    pub(super) async fn of(
        &self,
        tenant: &TenantId,
        reader: &Reader,
        keys: &MasterKeys,
    ) -> Result<Chosen, StoreError> {
        self.choose(tenant, reader, keys, Connections::Pooled).await
    }

    /// The same over a connection of its own, which whoever asks closes.
    pub(super) async fn alone(
        &self,
        tenant: &TenantId,
        reader: &Reader,
        keys: &MasterKeys,
    ) -> Result<Chosen, StoreError> {
        self.choose(tenant, reader, keys, Connections::Fresh).await
    }

    async fn choose(
        &self,
        tenant: &TenantId,
        reader: &Reader,
        keys: &MasterKeys,
        connections: Connections,
    ) -> Result<Chosen, StoreError> {
        let settings = reader.mail_settings(tenant.clone()).await?;
        let Some((own, dkim)) = settings.and_then(|it| Some((it.server?, it.dkim))) else {
            let way = match (connections, &self.house_settings) {
                (Connections::Fresh, Some(settings)) => {
                    SmtpServer::new(settings, 1, Reachable::Anywhere, &self.roots).ok().map(smtp)
                }
                (Connections::Pooled | Connections::Fresh, _) => Some(self.house()),
            };
            return Ok(Chosen { queue: MailQueue::House, way, sender: None, signer: None });
        };
        let sender: Option<Address> = own.sender.parse().ok();
        let domain = sender.as_ref().map(|sender| sender.domain().to_ascii_lowercase());
        let signer = dkim.and_then(|dkim| self.signer(tenant, dkim, keys));
        // Under another domain's name a signature says nothing for the sender.
        let signer = signer.filter(|signer| domain.as_deref() == Some(signer.domain()));
        let way = match connections {
            Connections::Pooled => self.opened(tenant, own, keys).await.map(Way::Smtp),
            Connections::Fresh => self.made(tenant, &own, keys, 1).map(smtp),
        };
        let way = way.filter(|_| sender.is_some());
        Ok(Chosen { queue: MailQueue::Own(tenant.clone()), way, sender, signer })
    }

    fn made(
        &self,
        tenant: &TenantId,
        own: &MailServer,
        keys: &MasterKeys,
        connections: u32,
    ) -> Option<SmtpServer> {
        let settings = SmtpSettings::open(keys, tenant, &own.sealed).ok()?;
        let reachable = Reachable::Judged(self.destinations.clone());
        SmtpServer::new(&settings, connections, reachable, &self.roots).ok()
    }

    /// Opened once for each key.
    fn signer(
        &self,
        tenant: &TenantId,
        dkim: SealedDkim,
        keys: &MasterKeys,
    ) -> Option<Arc<DkimSigner>> {
        let mut signers = self.signers.lock();
        if let Some((from, signer)) = signers.get(tenant)
            && *from == dkim
        {
            return signer.clone();
        }
        let opened = DkimKeys::open(keys, tenant, &dkim.sealed).ok();
        let signer = opened.and_then(|keys| DkimSigner::of_key(&keys.active, keys.domain).ok());
        let signer = signer.map(Arc::new);
        signers.insert(tenant.clone(), (dkim, signer.clone()));
        signer
    }

    async fn opened(
        &self,
        tenant: &TenantId,
        own: MailServer,
        keys: &MasterKeys,
    ) -> Option<Arc<SmtpServer>> {
        if let Some(opened) = self.own.lock().get(tenant)
            && opened.from == own
        {
            return Some(Arc::clone(&opened.server));
        }
        let connections = u32::try_from(OWN_AT_ONCE).unwrap_or(1);
        let server = self.made(tenant, &own, keys, connections).map(Arc::new);
        let before = match &server {
            Some(server) => {
                let opened = Opened { from: own, server: Arc::clone(server) };
                self.own.lock().insert(tenant.clone(), opened)
            }
            None => self.own.lock().remove(tenant),
        };
        if let Some(before) = before {
            before.server.close().await;
        }
        server
    }

    /// Says good-bye to all of them.
    pub(super) async fn close(&self) {
        if let Way::Smtp(server) = &self.house {
            server.close().await;
        }
        let own: Vec<_> = self.own.lock().drain().collect();
        for (_, opened) in own {
            opened.server.close().await;
        }
    }
}

fn smtp(server: SmtpServer) -> Way {
    Way::Smtp(Arc::new(server))
}
