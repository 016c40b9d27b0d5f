//! What is written on the back of a mail: the signed address that its bounce comes to, where the house
//! sends it, and the one for answers about a request. Knows how they are put on, and nothing of what comes in by them.

use std::collections::HashMap;
use std::sync::Arc;

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use parking_lot::Mutex;
use serde::Deserialize;

use super::letter::Letter;
use super::settings::Inbound;
use crate::model::{ContactRequestId, TenantId};
use crate::store::Store;
use crate::store::outbox::OutboxRow;
use crate::token::{MailAddress, MailAddresses, MasterKeys};

/// Tenants whose keys are at hand, at most.
const MOST: usize = 10_000;

/// The payload of a mail about a request.
#[derive(Deserialize)]
struct About {
    request: Option<ContactRequestId>,
}

/// Makes the addresses, where mail that comes back is taken at all.
pub(super) struct Returns {
    inbound: Option<Inbound>,
    known: Mutex<HashMap<TenantId, Arc<MailAddresses>>>,
}

/// Both addresses of one mail.
pub(super) struct Back {
    bounce: Option<Address>,
    reply: Option<Address>,
}

impl Back {
    /// Answers about a request come to us instead of the tenant's mailbox.
    pub(super) fn write_on(&self, letter: &mut Letter) {
        if let Some(reply) = &self.reply {
            letter.reply_to = Some(Mailbox::new(None, reply.clone()));
        }
    }

    /// The envelope with the sender that bounces go to.
    pub(super) fn envelope(self, of: Envelope) -> Envelope {
        match self.bounce {
            Some(bounce) => Envelope::new(Some(bounce), of.to().to_vec()).unwrap_or(of),
            None => of,
        }
    }
}

impl Returns {
    pub(super) fn new(inbound: Option<Inbound>) -> Self {
        Self { inbound, known: Mutex::new(HashMap::new()) }
    }

    /// The addresses of a row's mail.
    pub(super) async fn of(&self, row: &OutboxRow, store: &Store, keys: &MasterKeys) -> Back {
        let none = Back { bounce: None, reply: None };
        let Some(inbound) = &self.inbound else { return none };
        let Some(addresses) = self.addresses(&row.tenant_id, store, keys).await else {
            return none;
        };
        let address = |of: &MailAddress| {
            let signed = addresses.signed(of)?;
            Address::new(format!("{}+{signed}", inbound.user), &inbound.domain).ok()
        };
        let about = serde_json::from_str::<About>(&row.payload).ok();
        let request = about.and_then(|about| about.request);
        Back {
            bounce: address(&MailAddress::Bounce(row.id.clone())),
            reply: request.and_then(|id| address(&MailAddress::Reply(id))),
        }
    }

    /// A tenant is written to be found by its tag before its first mail leaves.
    async fn addresses(
        &self,
        tenant: &TenantId,
        store: &Store,
        keys: &MasterKeys,
    ) -> Option<Arc<MailAddresses>> {
        if let Some(known) = self.known.lock().get(tenant) {
            return Some(Arc::clone(known));
        }
        let tag = MailAddresses::tag(tenant);
        if let Err(error) = store.set_mail_tag(tenant.clone(), tag).await {
            tracing::warn!(error = %error, tenant.id = tenant.as_str(), "mail leaves unsigned");
            return None;
        }
        let made = Arc::new(MailAddresses::for_tenant(keys, tenant));
        let mut known = self.known.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(tenant.clone(), Arc::clone(&made));
        Some(made)
    }
}
