//! One delivery, from a claimed outbox row to the note of what became of it. Knows the ways and what
//! their answers mean for the row, and nothing of when a row is claimed.

use std::sync::Arc;

use super::compose::{Composed, Desk};
use super::dkim::DkimSigner;
use super::letter::Letter;
use super::queues::Word;
use super::retry::wait_after;
use super::returns::{Back, Returns};
use super::servers::{Chosen, Servers, Way};
use super::smtp::{Sent, Whose};
use super::texts::{TextFault, TextSender, Texted};
use crate::model::{CanonicalKey, Clock, Count, Identifier, Meter, Millis, Timing};
use crate::store::outbox::{MailQueue, OutboxRow, OutboxStatus};
use crate::store::{Reader, Store, StoreError};
use crate::token::MasterKeys;

/// How often the outcome of a delivery is noted before it is left to the end of the claim.
const NOTES: u32 = 3;

/// All that a delivery needs.
pub(super) struct Delivery {
    pub desk: Desk,
    pub servers: Servers,
    pub returns: Returns,
    pub texts: Box<dyn TextSender>,
    pub signer: Option<Arc<DkimSigner>>,
    pub store: Store,
    pub reader: Reader,
    pub keys: Arc<MasterKeys>,
    pub clock: Arc<dyn Clock>,
    pub meter: Arc<dyn Meter>,
}

/// What one delivery says about the server that it went to.
pub(super) type Report = (MailQueue, Word);

impl Delivery {
    /// Delivers a mail.
    pub(super) async fn mail(&self, row: &OutboxRow) -> Report {
        let now = self.clock.now();
        let silent = (MailQueue::House, Word::Silent);
        let composed = self.desk.compose(&self.reader, &self.keys, row, now).await;
        let chosen = match composed {
            Ok(Composed::Letter { letter, deadline }) => self
                .servers
                .of(&row.tenant_id, &self.reader, &self.keys)
                .await
                .map(|chosen| (letter, deadline, chosen)),
            Ok(Composed::Unwanted(why)) => {
                self.finish(row, OutboxStatus::Dropped, Some(why.to_owned())).await;
                return silent;
            }
            Ok(Composed::Impossible(why)) => {
                self.give_up(row, why).await;
                return silent;
            }
            Err(error) => Err(error),
        };
        match chosen {
            Ok((letter, deadline, chosen)) => self.send(row, *letter, deadline, chosen).await,
            Err(error) => {
                let id = row.id.as_str();
                tracing::warn!(error = %error, outbox.id = id, "a mail cannot be composed");
                self.put_off(row, None, "storage is not available".to_owned()).await;
                silent
            }
        }
    }

    /// Delivers a text message.
    pub(super) async fn text(&self, row: &OutboxRow) {
        let now = self.clock.now();
        let error = match self.desk.text(&self.reader, &self.keys, row, now).await {
            Ok(Texted::Message(message)) => match self.texts.send(&message).await {
                // Another worker has ended it.
                Ok(()) | Err(TextFault::Store(StoreError::NotFound)) => return,
                Err(TextFault::Store(error)) => error,
                Err(fault @ TextFault::NobodyListens) => {
                    return self.give_up(row, fault.to_string()).await;
                }
            },
            Ok(Texted::Unwanted(why)) => {
                return self.finish(row, OutboxStatus::Dropped, Some(why.to_owned())).await;
            }
            Ok(Texted::Impossible(why)) => return self.give_up(row, why.to_owned()).await,
            Err(error) => error,
        };
        tracing::warn!(error = %error, outbox.id = row.id.as_str(), "a text message waits");
        self.put_off(row, None, "storage is not available".to_owned()).await;
    }

    /// Whether the server of a queue is back.
    pub(super) async fn probe(&self, queue: &MailQueue) -> Word {
        let way = match queue {
            MailQueue::House => Some(self.servers.house()),
            MailQueue::Own(tenant) => {
                let chosen = self.servers.of(tenant, &self.reader, &self.keys).await;
                chosen.ok().and_then(|chosen| chosen.way)
            }
        };
        match way {
            Some(Way::Mailbox) => Word::Took,
            Some(Way::Smtp(server)) => match server.probe().await {
                Ok(()) => Word::Took,
                Err(_why) => Word::Away,
            },
            None => Word::Away,
        }
    }

    async fn send(
        &self,
        row: &OutboxRow,
        mut letter: Letter,
        deadline: Millis,
        chosen: Chosen,
    ) -> Report {
        let back = self.address(row, &mut letter, &chosen).await;
        let signer = self.signer_of(&chosen);
        let word = match &chosen.way {
            Some(Way::Mailbox) => self.keep(row, &letter).await,
            Some(Way::Smtp(server)) => match letter.wire(signer) {
                Ok((envelope, message)) => {
                    let envelope = match back {
                        Some(back) => back.envelope(envelope),
                        None => envelope,
                    };
                    let sent = server.send(&envelope, &message).await;
                    self.note(row, &letter, deadline, sent).await
                }
                Err(fault) => {
                    self.give_up(row, fault.to_string()).await;
                    Word::Silent
                }
            },
            None => {
                let why = "the settings of the tenant's mail server cannot be used".to_owned();
                self.put_off(row, Some(deadline), why).await;
                Word::Away
            }
        };
        (chosen.queue, word)
    }

    /// Writes on a letter whom it comes from, and where it comes back to; `None`: bounces go to the
    /// sender that the letter names.
    pub(super) async fn address(
        &self,
        row: &OutboxRow,
        letter: &mut Letter,
        chosen: &Chosen,
    ) -> Option<Back> {
        let back = self.returns.of(row, &self.store, &self.keys).await;
        // Where answers go is asked of nobody's domain, whoever sends.
        back.write_on(letter);
        match &chosen.sender {
            // The envelope's sender is: the tenant's server may not send in the name of our domain.
            Some(sender) => {
                letter.from.email = sender.clone();
                None
            }
            None => Some(back),
        }
    }

    /// Neither is our signature.
    pub(super) fn signer_of<'a>(&'a self, chosen: &'a Chosen) -> Option<&'a DkimSigner> {
        match &chosen.queue {
            MailQueue::House => self.signer.as_deref(),
            MailQueue::Own(_) => chosen.signer.as_deref(),
        }
    }

    /// Notes what a server said.
    async fn note(&self, row: &OutboxRow, letter: &Letter, deadline: Millis, sent: Sent) -> Word {
        match sent {
            Sent::Accepted => {
                let took = self.clock.now().since(row.created_at).to_std();
                self.meter.observe(Timing::MailDelivery, took.as_secs_f64());
                self.finish(row, OutboxStatus::Sent, None).await;
                self.meter.add(Count::MailsSent, 1);
                Word::Took
            }
            Sent::Deferred(why, whose) => {
                self.put_off(row, Some(deadline), why).await;
                match whose {
                    Whose::Server => Word::NotNow,
                    Whose::Message => Word::Silent,
                }
            }
            Sent::Late(why) => {
                self.put_off(row, Some(deadline), why).await;
                Word::Late
            }
            Sent::NoMailbox(why) => {
                self.mark(row, letter, &why).await;
                self.give_up(row, why).await;
                Word::Took
            }
            Sent::Refused(why) => {
                self.give_up(row, why).await;
                Word::Took
            }
            Sent::Away(why) => {
                self.put_off(row, Some(deadline), why).await;
                Word::Away
            }
        }
    }

    /// Into the built-in mailbox, which notes the row as sent in the same transaction.
    async fn keep(&self, row: &OutboxRow, letter: &Letter) -> Word {
        let now = self.clock.now();
        let message = match letter.kept(now) {
            Ok(message) => message,
            Err(fault) => {
                self.give_up(row, fault.to_string()).await;
                return Word::Silent;
            }
        };
        match self.store.keep_mail(message).await {
            Ok(()) => {
                let took = now.since(row.created_at).to_std();
                self.meter.observe(Timing::MailDelivery, took.as_secs_f64());
                self.meter.add(Count::MailsSent, 1);
            }
            Err(error) => {
                tracing::warn!(error = %error, outbox.id = row.id.as_str(), "a mail cannot be kept");
                self.put_off(row, None, "storage is not available".to_owned()).await;
            }
        }
        Word::Silent
    }

    /// Notes at the user's address that it is none.
    async fn mark(&self, row: &OutboxRow, letter: &Letter, why: &str) {
        let key: Option<CanonicalKey> =
            Identifier::parse(letter.to.email.as_ref()).ok().map(|address| address.key);
        let (Some(user), Some(key)) = (row.user_id.clone(), key) else { return };
        let marked =
            self.store.mark_undeliverable(row.tenant_id.clone(), user, key, why.to_owned()).await;
        if let Err(error) = marked {
            tracing::warn!(error = %error, "an address could not be marked");
        }
    }

    /// Again later, unless that would be too late.
    async fn put_off(&self, row: &OutboxRow, deadline: Option<Millis>, why: String) {
        let due_at = self.clock.now().after(wait_after(row.tries, &row.id));
        if deadline.is_some_and(|deadline| due_at >= deadline) {
            self.give_up(row, why).await;
            return;
        }
        // No text of the server in the log: it may hold the address.
        tracing::info!(outbox.id = row.id.as_str(), tries = row.tries, "a mail is put off");
        match self.store.reschedule_outbox(row.claim(), due_at, Some(why)).await {
            Ok(()) => self.meter.add(Count::MailsDeferred, 1),
            // Its claim ends by itself.
            Err(error) => tracing::warn!(error = %error, "a mail could not be put off"),
        }
    }

    async fn give_up(&self, row: &OutboxRow, why: String) {
        tracing::warn!(
            outbox.id = row.id.as_str(),
            tenant.id = row.tenant_id.as_str(),
            "a mail cannot be delivered; its row says why"
        );
        self.finish(row, OutboxStatus::Dead, Some(why)).await;
        self.meter.add(Count::MailsFailed, 1);
    }

    /// Notes the end of a row. Repeated when storage stumbles: a mail that was sent and not noted
    /// would be sent again.
    async fn finish(&self, row: &OutboxRow, status: OutboxStatus, why: Option<String>) {
        for _ in 0..NOTES {
            match self.store.finish_outbox(row.claim(), status, why.clone()).await {
                Ok(()) | Err(StoreError::NotFound) => return,
                Err(error) => {
                    tracing::warn!(error = %error, "the end of a mail could not be noted");
                }
            }
        }
    }
}
