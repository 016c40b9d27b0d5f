//! The worker that empties the outbox: woken by a commit that wrote a row (or by time, or by a poll
//! for rows of other processes), it claims what is due, delivers several at once, and notes what
//! became of each. A server that is away is probed instead of spending rows on it.
//!
//! Any number of couriers may share one database: a row is claimed by one of them for a while, so
//! the rows of one that died are taken over. SMTP has no exactly-once: a delivery whose outcome is
//! unknown is repeated with the same Message-ID and the same bytes.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::compose::{Composed, Desk};
use super::dkim::DkimSigner;
use super::letter::Letter;
use super::retry::{PROBE_EVERY, wait_after};
use super::settings::{MailFault, MailSettings, Transport};
use super::smtp::{Sent, SmtpServer};
use super::texts::{MailboxTexts, TextFault, TextSender, Texted, WebhookTexts};
use crate::model::{Clock, Count, Meter, Millis, Span, TenantId, Timing};
use crate::store::outbox::{OutboxKind, OutboxRow, OutboxStatus};
use crate::store::{Reader, Store, StoreError};
use crate::token::MasterKeys;

/// Deliveries under way at once; also the most connections to the server. At 300 ms each this
/// carries the 50 mails a second of the promise.
const AT_ONCE: usize = 16;

/// How long a claim lasts: longer than any delivery with its probe, see `smtp`.
const LEASE: Span = Span::MINUTE.times(3);

/// How often rows written by other processes are looked for.
const POLL: Span = Span::SECOND.times(2);

/// Pause after a look that found something due and could not have it: another node was faster, the
/// database's clock is behind ours, or it does not answer.
const BREATHER: Span = Span(250);

/// How often the outcome of a delivery is noted before it is left to the end of the claim.
const NOTES: u32 = 3;

/// Delivers mail. Cheap to clone; `run` is called on one of the clones.
#[derive(Clone)]
pub struct Courier {
    inner: Arc<Inner>,
}

struct Inner {
    desk: Desk,
    way: Way,
    texts: Box<dyn TextSender>,
    signer: Option<Arc<DkimSigner>>,
    store: Store,
    reader: Reader,
    keys: Arc<MasterKeys>,
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
    runtime: Handle,
    stage: watch::Sender<Stage>,
}

enum Way {
    Smtp(Box<SmtpServer>),
    Mailbox,
}

/// Where the worker's life stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Running,
    /// Told to stop; deliveries under way are finished.
    Stopping,
    Stopped,
}

/// What a delivery says about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Report {
    /// It took a message.
    There,
    Away,
    /// Nothing.
    Silent,
}

/// Whether rows are claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    Closed,
    Open { probe_at: Millis },
}

/// Whether a commit has told of new rows since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Yes,
    No,
}

impl Courier {
    /// # Errors
    /// [`MailFault`] says which setting cannot work. The server itself is not asked.
    pub fn new(
        settings: MailSettings,
        store: Store,
        keys: Arc<MasterKeys>,
        clock: Arc<dyn Clock>,
        meter: Arc<dyn Meter>,
        runtime: Handle,
    ) -> Result<Self, MailFault> {
        let sender = settings.sender()?;
        let id_domain = settings.id_domain(&sender)?;
        let way = match &settings.transport {
            Transport::Smtp(server) => {
                let connections = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
                Way::Smtp(Box::new(SmtpServer::new(server, connections)?))
            }
            Transport::Mailbox => Way::Mailbox,
        };
        let texts: Box<dyn TextSender> = match &way {
            Way::Smtp(_) => Box::new(WebhookTexts { store: store.clone() }),
            Way::Mailbox => {
                Box::new(MailboxTexts { store: store.clone(), clock: Arc::clone(&clock) })
            }
        };
        let desk = Desk { sender, id_domain, public_url: settings.public_url };
        let (reader, stage) = (store.reader(), watch::Sender::new(Stage::Idle));
        let signer = settings.dkim;
        let inner =
            Inner { desk, way, texts, signer, store, reader, keys, clock, meter, runtime, stage };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Delivers until [`Courier::stop`]; then finishes what is under way and returns. What was due
    /// when it was called is claimed in any case.
    pub async fn run(&self) {
        let inner = &self.inner;
        inner.stage.send_if_modified(|stage| {
            let first = *stage == Stage::Idle;
            if first {
                *stage = Stage::Running;
            }
            first
        });
        let mut round = Round {
            inner: Arc::clone(inner),
            sending: JoinSet::new(),
            circuit: Circuit::Closed,
            news: News::Yes,
        };
        round.serve().await;
        while let Some(ended) = round.sending.join_next().await {
            round.learn(ended.unwrap_or(Report::Silent)).await;
        }
        if let Way::Smtp(server) = &inner.way {
            server.close().await;
        }
        inner.stage.send_replace(Stage::Stopped);
    }

    /// Stops the delivery and waits until what is under way is finished, if it was ever started.
    pub async fn stop(&self) {
        let mut stage = self.inner.stage.subscribe();
        self.inner.stage.send_modify(|stage| {
            *stage = match stage {
                Stage::Idle | Stage::Stopped => Stage::Stopped,
                Stage::Running | Stage::Stopping => Stage::Stopping,
            };
        });
        // The sender is ours, so the wait cannot fail.
        let _stopped = stage.wait_for(|stage| *stage == Stage::Stopped).await.is_ok();
    }
}

async fn told_to_stop(stage: &mut watch::Receiver<Stage>) {
    // Without a sender nobody could ever say so.
    let _told = stage.wait_for(|stage| *stage != Stage::Running).await.is_ok();
}

/// The worker's own state.
struct Round {
    inner: Arc<Inner>,
    sending: JoinSet<Report>,
    circuit: Circuit,
    news: News,
}

impl Round {
    async fn serve(&mut self) {
        let inner = Arc::clone(&self.inner);
        let mut changed = inner.store.outbox_changed();
        let mut stage = inner.stage.subscribe();
        loop {
            let wake_at = self.look().await;
            let room = self.sending.len() < AT_ONCE;
            tokio::select! {
                biased;
                () = told_to_stop(&mut stage) => return,
                Some(ended) = self.sending.join_next() => {
                    self.learn(ended.unwrap_or(Report::Silent)).await;
                }
                // The store's sender lives as long as our store.
                Ok(()) = changed.changed() => self.news = News::Yes,
                () = inner.clock.wait_until(wake_at), if room => {}
            }
        }
    }

    /// Begins what can be begun; says when to look again if nothing happens before.
    async fn look(&mut self) -> Millis {
        let texts = self.claim_texts().await.unwrap_or_else(|error| {
            tracing::warn!(error = %error, "text messages cannot be read");
            None
        });
        let mails = self.look_at_mails().await;
        texts.map_or(mails, |at| at.min(mails))
    }

    /// Text messages do not go to the mail server: they are begun also while that is away. When the
    /// next is due, if one waits.
    async fn claim_texts(&mut self) -> Result<Option<Millis>, StoreError> {
        let room = AT_ONCE.saturating_sub(self.sending.len());
        let now = self.inner.clock.now();
        let due = self.inner.reader.next_due(OutboxKind::Text).await?;
        if room == 0 || due.is_none_or(|due| due > now) {
            return Ok(due.filter(|_| room > 0));
        }
        let any = TenantId::from_stored(String::new());
        let rows = self.inner.store.claim_due(&any, OutboxKind::Text, room, LEASE).await?;
        self.begin(rows);
        Ok(Some(now.after(BREATHER)))
    }

    fn begin(&mut self, rows: Vec<OutboxRow>) {
        for row in rows {
            let inner = Arc::clone(&self.inner);
            self.sending.spawn_on(async move { inner.deliver(&row).await }, &self.inner.runtime);
        }
    }

    async fn look_at_mails(&mut self) -> Millis {
        if let Circuit::Open { probe_at } = self.circuit {
            let now = self.inner.clock.now();
            if now < probe_at {
                return probe_at;
            }
            match self.probe().await {
                Ok(()) => self.close_circuit().await,
                Err(why) => {
                    tracing::warn!(error = %why, "the mail server is still away");
                    let probe_at = self.inner.clock.now().after(PROBE_EVERY);
                    self.circuit = Circuit::Open { probe_at };
                    return probe_at;
                }
            }
        }
        match self.claim_all().await {
            Ok(wake_at) => wake_at,
            Err(error) => {
                tracing::warn!(error = %error, "the outbox cannot be read");
                self.inner.clock.now().after(POLL)
            }
        }
    }

    /// Asks the server whether it is there; a stop does not wait for the answer.
    async fn probe(&self) -> Result<(), String> {
        let Way::Smtp(server) = &self.inner.way else { return Ok(()) };
        let mut stage = self.inner.stage.subscribe();
        tokio::select! {
            biased;
            () = told_to_stop(&mut stage) => Err("stopping".to_owned()),
            answer = server.probe() => answer,
        }
    }

    /// Claims until nothing is due or all hands are busy.
    async fn claim_all(&mut self) -> Result<Millis, StoreError> {
        loop {
            let room = AT_ONCE.saturating_sub(self.sending.len());
            let now = self.inner.clock.now();
            if room == 0 {
                return Ok(now);
            }
            // After news the claim comes first: it saves a question, and the database's clock,
            // which dates the rows, may be a little ahead of ours.
            if self.news == News::No {
                match self.inner.reader.next_due(OutboxKind::Mail).await? {
                    Some(due) if due <= now => {}
                    Some(due) => return Ok(due.min(now.after(POLL))),
                    None => return Ok(now.after(POLL)),
                }
            }
            // Any id will do; the same one everywhere, so that one committer does all claims.
            let any = TenantId::from_stored(String::new());
            let claim = self.inner.store.claim_due(&any, OutboxKind::Mail, room, LEASE);
            let rows = claim.await?;
            if rows.is_empty() && self.news == News::No {
                return Ok(now.after(BREATHER));
            }
            self.news = News::No;
            self.begin(rows);
        }
    }

    async fn learn(&mut self, report: Report) {
        match (report, self.circuit) {
            (Report::Away, Circuit::Closed) => {
                tracing::warn!("the mail server is away or refuses us; mail waits");
                let probe_at = self.inner.clock.now().after(PROBE_EVERY);
                self.circuit = Circuit::Open { probe_at };
            }
            (Report::There, Circuit::Open { .. }) => self.close_circuit().await,
            (Report::Away, Circuit::Open { .. })
            | (Report::There, Circuit::Closed)
            | (Report::Silent, Circuit::Closed | Circuit::Open { .. }) => {}
        }
    }

    /// The server is back: nothing waits any longer for its next turn.
    async fn close_circuit(&mut self) {
        self.circuit = Circuit::Closed;
        self.news = News::Yes;
        let any = TenantId::from_stored(String::new());
        match self.inner.store.hasten_outbox(&any, OutboxKind::Mail).await {
            Ok(count) => tracing::info!(mails = count, "the mail server is back"),
            Err(error) => tracing::warn!(error = %error, "waiting mail keeps its waits"),
        }
    }
}

impl Inner {
    /// One delivery from claim to note.
    async fn deliver(&self, row: &OutboxRow) -> Report {
        let now = self.clock.now();
        if row.kind == OutboxKind::Text {
            self.text(row, now).await;
            return Report::Silent;
        }
        let composed = match self.desk.compose(&self.reader, &self.keys, row, now).await {
            Ok(composed) => composed,
            Err(error) => {
                tracing::warn!(error = %error, outbox.id = row.id.as_str(), "a mail cannot be composed");
                self.put_off(row, None, "storage is not available".to_owned()).await;
                return Report::Silent;
            }
        };
        match composed {
            Composed::Letter { letter, deadline } => self.send(row, &letter, deadline).await,
            Composed::Unwanted(why) => {
                self.finish(row, OutboxStatus::Dropped, Some(why.to_owned())).await;
                Report::Silent
            }
            Composed::Impossible(why) => {
                self.give_up(row, why).await;
                Report::Silent
            }
        }
    }

    async fn text(&self, row: &OutboxRow, now: Millis) {
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

    async fn send(&self, row: &OutboxRow, letter: &Letter, deadline: Millis) -> Report {
        match &self.way {
            Way::Mailbox => self.keep(row, letter).await,
            Way::Smtp(server) => {
                let (envelope, message) = match letter.wire(self.signer.as_deref()) {
                    Ok(wire) => wire,
                    Err(fault) => {
                        self.give_up(row, fault.to_string()).await;
                        return Report::Silent;
                    }
                };
                match server.send(&envelope, &message).await {
                    Sent::Accepted => {
                        let took = self.clock.now().since(row.created_at).to_std();
                        self.meter.observe(Timing::MailDelivery, took.as_secs_f64());
                        self.finish(row, OutboxStatus::Sent, None).await;
                        self.meter.add(Count::MailsSent, 1);
                        Report::There
                    }
                    Sent::Deferred(why) => {
                        self.put_off(row, Some(deadline), why).await;
                        Report::Silent
                    }
                    Sent::Refused(why) => {
                        self.give_up(row, why).await;
                        Report::There
                    }
                    Sent::Away(why) => {
                        self.put_off(row, Some(deadline), why).await;
                        Report::Away
                    }
                }
            }
        }
    }

    /// Into the built-in mailbox, which notes the row as sent in the same transaction.
    async fn keep(&self, row: &OutboxRow, letter: &Letter) -> Report {
        let now = self.clock.now();
        let message = match letter.kept(now) {
            Ok(message) => message,
            Err(fault) => {
                self.give_up(row, fault.to_string()).await;
                return Report::Silent;
            }
        };
        match self.store.keep_mail(message).await {
            Ok(()) => {
                self.meter.observe(
                    Timing::MailDelivery,
                    now.since(row.created_at).to_std().as_secs_f64(),
                );
                self.meter.add(Count::MailsSent, 1);
            }
            Err(error) => {
                tracing::warn!(error = %error, outbox.id = row.id.as_str(), "a mail cannot be kept");
                self.put_off(row, None, "storage is not available".to_owned()).await;
            }
        }
        Report::Silent
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
                    tracing::warn!(error = %error, "the end of a mail could not be noted")
                }
            }
        }
    }
}
