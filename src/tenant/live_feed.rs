//! Tries as they happen, for whoever watches: one question a second and tenant while somebody does,
//! however many they are, and none while nobody does. Ends with the node. Decides nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{AttemptId, Millis, Span, TenantId, UserId};
use crate::store::StoreError;
use crate::store::attempts::AttemptDecision;
use crate::store::recorded::RecordedTry;

/// Pause between two questions.
const PAUSE: Span = Span::SECOND;
/// An attempt's id is made before it waits for its turn: it can be this old when it appears.
const LATE: Span = Span::MINUTE;
/// The log reaches back so far.
const KEPT: Span = Span::DAY.times(30);
/// Tries of one question, and of a page: the newest.
pub const NEWEST: i64 = 50;
/// What a listener may be behind before it misses some.
const BEHIND: usize = 64;
/// Listeners of one tenant, and tenants that are listened to, on one node.
const LISTENERS: usize = 50;
const TENANTS: usize = 200;

/// One try, as people are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedTry {
    pub at: Millis,
    /// How the user is called; `None` for a name that nobody has.
    pub name: Option<String>,
    /// An address, or what stands in for one.
    pub source: String,
    pub decision: AttemptDecision,
}

/// Oldest first.
pub type FeedPart = Arc<Vec<FeedTry>>;

/// Who is listened to.
#[derive(Default)]
pub(super) struct Feeds(Mutex<HashMap<TenantId, broadcast::Sender<FeedPart>>>);

impl Tenants {
    /// A tenant's newest tries, the newest first; at most 50.
    ///
    /// # Errors
    /// As any read.
    pub async fn newest_tries(&self, profile: &TenantProfile) -> Result<Vec<FeedTry>, TenantFault> {
        let now = self.inner.clock.now();
        let (from, end) = (now.before(KEPT), AttemptId::floor(now.after(LATE)));
        let reader = &self.inner.reader;
        let rows = reader.newest_tries(profile.id().clone(), from, end, NEWEST).await?;
        Ok(self.named(profile.id(), rows).await?)
    }

    /// Tries from now on. `None` where too many listen already.
    #[must_use]
    pub fn listen_to_tries(
        &self,
        profile: &TenantProfile,
    ) -> Option<broadcast::Receiver<FeedPart>> {
        let mut feeds = self.inner.feeds.0.lock();
        if let Some(feed) = feeds.get(profile.id()) {
            return (feed.receiver_count() < LISTENERS).then(|| feed.subscribe());
        }
        if feeds.len() >= TENANTS || *self.inner.closing.borrow() {
            return None;
        }
        let (feed, heard) = broadcast::channel(BEHIND);
        feeds.insert(profile.id().clone(), feed);
        let (tenants, tenant) = (self.clone(), profile.id().clone());
        self.inner.runtime.spawn(async move {
            tenants.tell(&tenant).await;
            tenants.inner.feeds.0.lock().remove(&tenant);
        });
        Some(heard)
    }

    /// Until nobody listens or the node ends.
    async fn tell(&self, tenant: &TenantId) {
        let mut closing = self.inner.closing.subscribe();
        let mut told: HashSet<AttemptId> = HashSet::new();
        let begin = self.inner.clock.now();
        loop {
            let now = self.inner.clock.now();
            match self.fresh(tenant, begin, now, &mut told).await {
                Ok(part) if part.is_empty() => {}
                Ok(part) => {
                    let feed = self.inner.feeds.0.lock().get(tenant).cloned();
                    if let Some(feed) = feed {
                        // Nobody to hear it is found out below.
                        let _ = feed.send(Arc::new(part));
                    }
                }
                Err(error) => tracing::warn!(error = %error, "the feed of tries was not read"),
            }
            tokio::select! {
                () = self.inner.clock.wait_until(now.after(PAUSE)) => {}
                _ = closing.wait_for(|closing| *closing) => return,
            }
            let mut feeds = self.inner.feeds.0.lock();
            // Under the lock that a new listener takes, so that none is left behind.
            if feeds.get(tenant).is_none_or(|feed| feed.receiver_count() == 0) {
                feeds.remove(tenant);
                return;
            }
        }
    }

    /// What was not told yet, oldest first.
    async fn fresh(
        &self,
        tenant: &TenantId,
        begin: Millis,
        now: Millis,
        told: &mut HashSet<AttemptId>,
    ) -> Result<Vec<FeedTry>, StoreError> {
        let from = now.before(LATE);
        let end = AttemptId::floor(now.after(LATE));
        let rows = self.inner.reader.newest_tries(tenant.clone(), from, end, NEWEST).await?;
        let floor = AttemptId::floor(from);
        told.retain(|id| *id >= floor);
        let mut fresh: Vec<RecordedTry> =
            rows.into_iter().filter(|row| row.at >= begin && !told.contains(&row.id)).collect();
        fresh.reverse();
        told.extend(fresh.iter().map(|row| row.id.clone()));
        self.named(tenant, fresh).await
    }

    async fn named(
        &self,
        tenant: &TenantId,
        rows: Vec<RecordedTry>,
    ) -> Result<Vec<FeedTry>, StoreError> {
        let mut users: Vec<UserId> =
            rows.iter().filter_map(|row| UserId::parse(row.subject.as_str())).collect();
        users.sort();
        users.dedup();
        let names = match users.is_empty() {
            true => Vec::new(),
            false => self.inner.reader.names_of(tenant.clone(), users.clone()).await?,
        };
        let names: HashMap<UserId, String> = users.into_iter().zip(names).collect();
        let told = rows.into_iter().map(|row| FeedTry {
            at: row.at,
            name: UserId::parse(row.subject.as_str()).and_then(|user| names.get(&user).cloned()),
            source: row.source.as_str().to_owned(),
            decision: row.decision,
        });
        Ok(told.collect())
    }
}
