//! The worker that empties the outbox: woken by a commit that wrote a row (or by time, or by a poll
//! for rows of other processes), it claims what is due, delivers several at once, and notes what
//! became of each. A server that is away is probed instead of spending rows on it, and its mail waits
//! alone (`queues`).
//!
//! Any number of couriers may share one database: a row is claimed by one of them for a while, so
//! the rows of one that died are taken over. SMTP has no exactly-once: a delivery whose outcome is
//! unknown is repeated with the same Message-ID and the same bytes.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use super::compose::Desk;
use super::delivery::{Delivery, Report};
use super::destination::DestinationFault;
use super::queues::{AT_ONCE, Lesson, Queues, Turn, Word};
use super::returns::Returns;
use super::servers::{Servers, Way};
use super::settings::{MailFault, MailSettings, Transport};
use super::smtp::{Reachable, SmtpServer};
use super::test_send::{TestWish, Tested};
use super::texts::{MailboxTexts, TextSender, WebhookTexts};
use crate::model::{Clock, Meter, Millis, Span, TenantId};
use crate::store::outbox::{Hasten, MailQueue, OutboxKind, OutboxRow};
use crate::store::{Store, StoreError};
use crate::token::MasterKeys;

/// How long a claim lasts: longer than any delivery with its probe, see `smtp`.
const LEASE: Span = Span::MINUTE.times(3);

/// How often rows written by other processes are looked for, and servers that tenants have brought.
const POLL: Span = Span::SECOND.times(2);

/// Pause after a look that found something due and could not have it: another node was faster, the
/// database's clock is behind ours, or it does not answer.
const BREATHER: Span = Span(250);

/// Delivers mail. Cheap to clone; `run` is called on one of the clones.
#[derive(Clone)]
pub struct Courier {
    inner: Arc<Inner>,
}

struct Inner {
    delivery: Arc<Delivery>,
    runtime: Handle,
    stage: watch::Sender<Stage>,
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

/// Whether a commit has told of new rows since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Yes,
    No,
}

/// What is under way.
enum Begun {
    Text,
    /// Counted in this queue.
    Mail(MailQueue),
    Probe(MailQueue),
}

/// How it ended.
enum Ended {
    Text,
    Mail(Report),
    Probe(Word),
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
                let server =
                    SmtpServer::new(server, connections, Reachable::Anywhere, &settings.roots)?;
                Way::Smtp(Arc::new(server))
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
        let house = match settings.transport {
            Transport::Smtp(server) => Some(server),
            Transport::Mailbox => None,
        };
        let servers = Servers::new(way, house, settings.destinations, settings.roots);
        let reader = store.reader();
        let (signer, returns) = (settings.dkim, Returns::new(settings.inbound));
        let delivery =
            Delivery { desk, servers, returns, texts, signer, store, reader, keys, clock, meter };
        let delivery = Arc::new(delivery);
        let stage = watch::Sender::new(Stage::Idle);
        Ok(Self { inner: Arc::new(Inner { delivery, runtime, stage }) })
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
            tasks: JoinSet::new(),
            begun: HashMap::new(),
            queues: Queues::new(),
            known_at: None,
            news: News::Yes,
        };
        round.serve().await;
        while let Some(ended) = round.tasks.join_next_with_id().await {
            round.end(ended).await;
        }
        inner.delivery.servers.close().await;
        inner.stage.send_replace(Stage::Stopped);
    }

    /// Sends a test mail now, over a connection of its own.
    ///
    /// # Errors
    /// As any write: whether it was sent is not known then.
    pub async fn test(&self, wish: TestWish) -> Result<Tested, StoreError> {
        let delivery = Arc::clone(&self.inner.delivery);
        let sending = self.inner.runtime.spawn(delivery.test(wish));
        sending.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// Whether a tenant may name this host as its mail server.
    ///
    /// # Errors
    /// [`DestinationFault`].
    pub async fn judge(&self, host: &str) -> Result<(), DestinationFault> {
        self.inner.delivery.servers.destinations().addresses(host).await.map(|_addresses| ())
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
    tasks: JoinSet<Ended>,
    begun: HashMap<Id, Begun>,
    queues: Queues,
    /// When the tenants with servers of their own were looked up.
    known_at: Option<Millis>,
    news: News,
}

impl Round {
    async fn serve(&mut self) {
        let inner = Arc::clone(&self.inner);
        let mut changed = inner.delivery.store.outbox_changed();
        let mut stage = inner.stage.subscribe();
        loop {
            let wake_at = self.look().await;
            tokio::select! {
                biased;
                () = told_to_stop(&mut stage) => return,
                Some(ended) = self.tasks.join_next_with_id() => self.end(ended).await,
                // The store's sender lives as long as our store.
                Ok(()) = changed.changed() => self.news = News::Yes,
                () = inner.delivery.clock.wait_until(wake_at) => {}
            }
        }
    }

    fn now(&self) -> Millis {
        self.inner.delivery.clock.now()
    }

    /// Begins what can be begun; says when to look again if nothing happens before.
    async fn look(&mut self) -> Millis {
        let texts = self.claim_texts().await.unwrap_or_else(|error| {
            tracing::warn!(error = %error, "text messages cannot be read");
            None
        });
        let mails = self.look_at_mails().await.unwrap_or_else(|error| {
            tracing::warn!(error = %error, "the outbox cannot be read");
            self.now().after(POLL)
        });
        let wake_at = texts.map_or(mails, |at| at.min(mails));
        self.queues.next().map_or(wake_at, |probe| probe.min(wake_at))
    }

    /// Text messages do not go to the mail server: they are begun also while that is away. When the
    /// next is due, if one waits.
    async fn claim_texts(&mut self) -> Result<Option<Millis>, StoreError> {
        let under_way = self.begun.values().filter(|begun| matches!(begun, Begun::Text)).count();
        let room = AT_ONCE.saturating_sub(under_way);
        let now = self.now();
        let due = self.inner.delivery.reader.next_due(OutboxKind::Text).await?;
        if room == 0 || due.is_none_or(|due| due > now) {
            return Ok(due.filter(|_| room > 0));
        }
        let store = &self.inner.delivery.store;
        let rows = store.claim_due(&any(), OutboxKind::Text, room, LEASE).await?;
        for row in rows {
            let inner = Arc::clone(&self.inner);
            self.begin(Begun::Text, async move {
                inner.delivery.text(&row).await;
                Ended::Text
            });
        }
        Ok(Some(now.after(BREATHER)))
    }

    fn begin(&mut self, what: Begun, work: impl Future<Output = Ended> + Send + 'static) {
        let task = self.tasks.spawn_on(work, &self.inner.runtime);
        self.begun.insert(task.id(), what);
    }

    async fn look_at_mails(&mut self) -> Result<Millis, StoreError> {
        let now = self.now();
        if self.known_at.is_none_or(|known| now.since(known) >= POLL || now < known) {
            let tenants = self.inner.delivery.reader.tenants_with_mail_server().await?;
            self.queues.know(tenants);
            self.known_at = Some(now);
        }
        for queue in self.queues.probes(now) {
            self.begin_probe(queue);
        }
        for (queue, turn) in self.queues.turns(now) {
            let which = match turn {
                Turn::TryOne => Hasten::Next,
                Turn::TakeAll => Hasten::All,
            };
            self.hasten(queue, which).await;
        }
        self.claim_all().await
    }

    /// Asks a server whether it is there; a stop does not wait for the answer.
    fn begin_probe(&mut self, queue: MailQueue) {
        let mut stage = self.inner.stage.subscribe();
        let (inner, asked) = (Arc::clone(&self.inner), queue.clone());
        self.begin(Begun::Probe(queue), async move {
            tokio::select! {
                biased;
                () = told_to_stop(&mut stage) => Ended::Probe(Word::Silent),
                word = inner.delivery.probe(&asked) => Ended::Probe(word),
            }
        });
    }

    /// Claims until nothing is due or all hands are busy.
    async fn claim_all(&mut self) -> Result<Millis, StoreError> {
        loop {
            let room = self.queues.room();
            let now = self.now();
            if room.is_empty() {
                return Ok(now.after(POLL));
            }
            // After news the claim comes first: it saves a question, and the database's clock,
            // which dates the rows, may be a little ahead of ours.
            if self.news == News::No {
                match self.inner.delivery.reader.next_due(OutboxKind::Mail).await? {
                    Some(due) if due <= now => {}
                    Some(due) => return Ok(due.min(now.after(POLL))),
                    None => return Ok(now.after(POLL)),
                }
            }
            let store = &self.inner.delivery.store;
            let rows = store.claim_within(&any(), OutboxKind::Mail, room, LEASE).await?;
            if rows.is_empty() && self.news == News::No {
                // What is due may belong to a server that gets nothing now.
                let pause = if self.queues.is_held() { POLL } else { BREATHER };
                return Ok(now.after(pause));
            }
            self.news = News::No;
            for row in rows {
                self.begin_mail(row);
            }
        }
    }

    fn begin_mail(&mut self, row: OutboxRow) {
        let queue = self.queues.begin(&row.tenant_id);
        let inner = Arc::clone(&self.inner);
        self.begin(Begun::Mail(queue), async move { Ended::Mail(inner.delivery.mail(&row).await) });
    }

    async fn end(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let (id, ended) = match ended {
            Ok((id, ended)) => (id, Some(ended)),
            Err(error) => (error.id(), None),
        };
        let now = self.now();
        let (queue, lesson) = match (self.begun.remove(&id), ended) {
            (Some(Begun::Mail(counted)), ended) => {
                self.queues.end(&counted);
                let Some(Ended::Mail((queue, word))) = ended else { return };
                let lesson = self.queues.learn(&queue, word, now);
                (queue, lesson)
            }
            (Some(Begun::Probe(queue)), ended) => {
                let word = match ended {
                    Some(Ended::Probe(word)) => word,
                    Some(Ended::Mail(_) | Ended::Text) | None => Word::Silent,
                };
                let lesson = self.queues.probed(&queue, word, now);
                (queue, lesson)
            }
            (Some(Begun::Text) | None, _) => return,
        };
        match lesson {
            Lesson::Nothing => {}
            Lesson::Gone => {
                tracing::warn!(queue = name(&queue), "a mail server is away; its mail waits");
            }
            Lesson::Back => self.hasten(queue, Hasten::All).await,
        }
    }

    /// What was put off waits no longer.
    async fn hasten(&mut self, queue: MailQueue, which: Hasten) {
        self.news = News::Yes;
        let shown = name(&queue).to_owned();
        let store = &self.inner.delivery.store;
        match store.hasten_mails(&any(), queue, which).await {
            Ok(mails) => tracing::info!(mails, queue = shown, "mail waits no longer"),
            Err(error) => tracing::warn!(error = %error, "waiting mail keeps its waits"),
        }
    }
}

/// Any id will do for what concerns all tenants; the same one everywhere, so that one committer does
/// all claims.
fn any() -> TenantId {
    TenantId::from_stored(String::new())
}

/// A queue in the log.
fn name(queue: &MailQueue) -> &str {
    match queue {
        MailQueue::House => "house",
        MailQueue::Own(tenant) => tenant.as_str(),
    }
}
