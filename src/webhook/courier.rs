//! The worker that tells: takes due event rows apart into deliveries, and due deliveries to their
//! endpoints, many at once. Woken by a commit that wrote a row, by time, or by a poll for rows of other
//! processes. Any number may share one database; the rows of one that died are taken over.
//!
//! HTTP has no exactly-once: a delivery whose outcome is unknown is repeated with the same id and bytes.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use super::WebhookSettings;
use super::compose;
use super::destination::PlainText;
use super::post::{Answered, Post, PostFault, Poster};
use super::retry::wait_after;
use super::signature;
use crate::model::{
    Clock, Count, Meter, Millis, Span, TenantId, Timing, WebhookEndpointId, WebhookUrl,
};
use crate::store::outbox::{OutboxKind, OutboxRow};
use crate::store::tenants::TenantName;
use crate::store::webhook_deliveries::{Busy, ClaimedDelivery, Next, Tried, Turn, WebhookDelivery};
use crate::store::webhook_endpoints::Health;
use crate::store::{Reader, Store, StoreError};
use crate::token::{MasterKeys, WebhookSecrets};

/// Deliveries under way at once: they mostly wait, so there may be many.
const AT_ONCE: usize = 256;
/// Event rows that are taken apart in one go.
const EVENTS: usize = 64;
/// How long a claim lasts: longer than any try (10 s) with its reads and notes.
const LEASE: Span = Span::SECOND.times(30);
/// How often rows written by other processes are looked for.
const POLL: Span = Span::SECOND.times(2);
/// Pause after a look that found something due and could not have it.
const BREATHER: Span = Span(250);
/// How often the outcome of a try is noted before it is left to the end of the claim.
const NOTES: u32 = 3;
/// What an endpoint answers that wants no more (RFC 9110 §15.5.11; Standard Webhooks).
const GONE: u16 = 410;

/// Tells tenants' servers. Cheap to clone; `run` is called on one of the clones.
#[derive(Clone)]
pub struct Courier {
    inner: Arc<Inner>,
}

struct Inner {
    public_url: Url,
    store: Store,
    reader: Reader,
    poster: Poster,
    keys: Arc<MasterKeys>,
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
    runtime: Handle,
    stage: watch::Sender<Stage>,
}

/// Where the worker's life stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Running,
    /// Told to stop; tries under way are finished.
    Stopping,
    Stopped,
}

impl Courier {
    #[must_use]
    pub fn new(
        settings: WebhookSettings,
        public_url: Url,
        store: Store,
        keys: Arc<MasterKeys>,
        clock: Arc<dyn Clock>,
        meter: Arc<dyn Meter>,
        runtime: Handle,
    ) -> Self {
        let (reader, stage) = (store.reader(), watch::Sender::new(Stage::Idle));
        let poster = Poster::new(settings);
        Self {
            inner: Arc::new(Inner {
                public_url,
                store,
                reader,
                poster,
                keys,
                clock,
                meter,
                runtime,
                stage,
            }),
        }
    }

    /// Tells until [`Courier::stop`]; then finishes what is under way and returns.
    pub async fn run(&self) {
        self.inner.stage.send_if_modified(|stage| {
            let first = *stage == Stage::Idle;
            if first {
                *stage = Stage::Running;
            }
            first
        });
        let mut round = Round {
            inner: Arc::clone(&self.inner),
            sending: JoinSet::new(),
            busy: Busy::default(),
            turn: Turn::default(),
        };
        round.serve().await;
        while round.sending.join_next().await.is_some() {}
        self.inner.stage.send_replace(Stage::Stopped);
    }

    /// Stops and waits until what is under way is finished, if it was ever started.
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

/// The worker's own state.
struct Round {
    inner: Arc<Inner>,
    sending: JoinSet<(TenantId, WebhookEndpointId)>,
    busy: Busy,
    turn: Turn,
}

impl Round {
    async fn serve(&mut self) {
        let inner = Arc::clone(&self.inner);
        let mut changed = inner.store.outbox_changed();
        let mut stage = inner.stage.subscribe();
        loop {
            let looked = self.look().await;
            let wake_at = looked.unwrap_or_else(|error| {
                tracing::warn!(error = %error, "webhooks cannot be read");
                inner.clock.now().after(POLL)
            });
            let full = self.sending.len() >= AT_ONCE;
            tokio::select! {
                biased;
                told = stage.wait_for(|stage| *stage != Stage::Running) => {
                    // Without a sender nobody could ever say so.
                    let _told = told.is_ok();
                    return;
                }
                Some(ended) = self.sending.join_next() => self.ended(ended.ok()),
                // The store's sender lives as long as our store.
                Ok(()) = changed.changed(), if !full => {}
                () = inner.clock.wait_until(wake_at), if !full => {}
            }
        }
    }

    /// A try that panicked cannot say whose it was: all counts begin again, on the safe side.
    fn ended(&mut self, whose: Option<(TenantId, WebhookEndpointId)>) {
        match whose {
            Some(pair) => self.busy.end(&pair),
            None => self.busy = Busy::default(),
        }
    }

    /// Begins what can be begun; says when to look again if nothing happens before.
    async fn look(&mut self) -> Result<Millis, StoreError> {
        let inner = Arc::clone(&self.inner);
        let more = inner.tell_all().await?;
        let now = inner.clock.now();
        let room = AT_ONCE.saturating_sub(self.sending.len());
        let ahead = inner.reader.deliveries_ahead(self.turn.clone(), self.busy.clone()).await?;
        let due = ahead.at.is_some_and(|at| at <= now);
        if due && room > 0 {
            // Any id will do; the same one everywhere, so that one committer does all claims.
            let any = TenantId::from_stored(String::new());
            let place = (self.turn.clone(), self.busy.clone());
            let (claimed, turn) = inner.store.claim_deliveries(&any, place, room, LEASE).await?;
            let none = claimed.is_empty();
            self.turn = turn;
            for claimed in claimed {
                self.busy.begin(&claimed.delivery);
                let inner = Arc::clone(&inner);
                let deliver = async move { inner.deliver(claimed).await };
                self.sending.spawn_on(deliver, &self.inner.runtime);
            }
            return Ok(if none { now.after(BREATHER) } else { now });
        }
        let poll = now.after(POLL);
        let next = match (more, ahead.cut) {
            (Some(event), _) => event,
            (None, Some(cut)) => {
                self.turn = cut;
                now.after(BREATHER)
            }
            (None, None) => poll,
        };
        Ok(ahead.at.unwrap_or(poll).min(next).min(poll))
    }
}

impl Inner {
    /// Takes due events apart, one go of them; says when the next is due.
    async fn tell_all(&self) -> Result<Option<Millis>, StoreError> {
        let now = self.clock.now();
        let due = self.reader.next_due(OutboxKind::Webhook).await?;
        if due.is_none_or(|due| due > now) {
            return Ok(due);
        }
        let any = TenantId::from_stored(String::new());
        let rows = self.store.claim_due(&any, OutboxKind::Webhook, EVENTS, LEASE).await?;
        // Due, and another's: not at once again.
        let next = if rows.is_empty() { now.after(BREATHER) } else { now };
        for row in rows {
            if let Err(error) = self.tell(&row).await {
                // The end of its claim makes it due again.
                tracing::warn!(error = %error, outbox.id = row.id.as_str(), "an event waits");
            }
        }
        Ok(Some(next))
    }

    async fn tell(&self, row: &OutboxRow) -> Result<(), StoreError> {
        let deliveries =
            compose::deliveries(&self.reader, &self.public_url, row, self.clock.now()).await?;
        match self.store.spread_event(row.claim(), deliveries).await {
            // Another worker has it.
            Ok(()) | Err(StoreError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// One try from claim to note.
    async fn deliver(&self, claimed: ClaimedDelivery) -> (TenantId, WebhookEndpointId) {
        let pair = (claimed.delivery.tenant_id.clone(), claimed.delivery.endpoint_id.clone());
        let (began, at) = (self.clock.monotonic(), self.clock.now());
        match self.send(&claimed, at).await {
            Ok(answer) => {
                let took = self.clock.monotonic().saturating_sub(began);
                let took_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
                let (status, error) = match &answer {
                    Ok(answer) => (Some(answer.status), said(*answer)),
                    Err(fault) => (None, Some(fault.to_string())),
                };
                let tried = Tried { at, status, error, took_ms };
                self.note(&claimed.delivery, tried, &answer).await;
            }
            Err(error) => {
                // The end of its claim makes it due again.
                tracing::warn!(error = %error, "a delivery waits for storage");
            }
        }
        pair
    }

    /// The outer error is ours, the inner one the endpoint's.
    async fn send(
        &self,
        claimed: &ClaimedDelivery,
        now: Millis,
    ) -> Result<Result<Answered, PostFault>, StoreError> {
        let ClaimedDelivery { delivery, endpoint } = claimed;
        let tenant = &delivery.tenant_id;
        let found = self.reader.tenant(TenantName::Id(tenant.clone())).await?;
        let plain = match found.ok_or(StoreError::NotFound)?.live {
            true => PlainText::PrivateOnly,
            false => PlainText::Anywhere,
        };
        let corrupt = |what: &str| StoreError::Corrupt(format!("webhook endpoint: {what}"));
        let url = WebhookUrl::parse(&endpoint.url).map_err(|_| corrupt("url"))?;
        let secrets = WebhookSecrets::open(&self.keys, tenant, &endpoint.sealed);
        let secrets = secrets.map_err(|_| corrupt("secrets do not open"))?;
        let headers = signature::headers(&secrets, &delivery.message, &delivery.body, now);
        let post = Post { url: &url, plain, headers: &headers, body: &delivery.body };
        Ok(self.poster.send(&post).await)
    }

    /// Notes a try. Repeated when storage stumbles: what was delivered and not noted would be sent
    /// again.
    async fn note(
        &self,
        delivery: &WebhookDelivery,
        tried: Tried,
        answer: &Result<Answered, PostFault>,
    ) {
        let (next, health) = self.judge(delivery, answer);
        match next {
            Next::Delivered => {
                let took = self.clock.now().since(delivery.created_at).to_std();
                self.meter.observe(Timing::WebhookDelivery, took.as_secs_f64());
                self.meter.add(Count::WebhooksDelivered, 1);
            }
            Next::Again(_) => self.meter.add(Count::WebhooksDeferred, 1),
            Next::GivenUp => self.meter.add(Count::WebhooksFailed, 1),
        }
        for _ in 0..NOTES {
            let noted =
                self.store.note_delivery(delivery.clone(), tried.clone(), next, health).await;
            match noted {
                Ok(()) | Err(StoreError::NotFound) => return,
                Err(error) => tracing::warn!(error = %error, "a delivery could not be noted"),
            }
        }
    }

    fn judge(
        &self,
        delivery: &WebhookDelivery,
        answer: &Result<Answered, PostFault>,
    ) -> (Next, Health) {
        let (health, asked) = match answer {
            Ok(Answered { status: 200..=299, .. }) => return (Next::Delivered, Health::Well),
            Ok(Answered { status: GONE, .. }) => return (Next::GivenUp, Health::Gone),
            Ok(Answered { retry_after, .. }) => (Health::Failing, *retry_after),
            Err(_) => (Health::Failing, None),
        };
        let of = (&delivery.endpoint_id, &delivery.message);
        let next = match wait_after(delivery.tries, of, asked) {
            Some(wait) => Next::Again(self.clock.now().after(wait)),
            None => Next::GivenUp,
        };
        (next, health)
    }
}

/// What an answer that is no success was, in our words: the server's are not kept.
fn said(answer: Answered) -> Option<String> {
    match answer.status {
        200..=299 => None,
        300..=399 => Some("redirects are not followed".to_owned()),
        GONE => Some("the endpoint wants no more".to_owned()),
        _ => Some("the endpoint did not take it".to_owned()),
    }
}
