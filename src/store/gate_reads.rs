//! Group reads: the gates' questions that arrive while the last read runs are answered by one read
//! together, on connections of their own, so that a flood of attempts takes none from the pages. A
//! read begins after its questions were asked, which is all that the gate needs to know of its age
//! (decision 0007). Knows no gate.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use diesel::Connection as _;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::connection::{DatabaseUrl, Db};
use super::error::StoreError;
use super::facts::{self, OwnerFacts};
use super::gate::{Known, Standing};
use super::ledger::LivePolicy;
use super::settle_rows::PolicyCache;
use super::statement::{Key, Locking, Stored as _};
use super::subjects::{self, SourceRow, SubjectKey, SubjectRow};
use crate::lockout::{LaneState, SubjectView};
use crate::model::{CanonicalKey, Lane, LaneClaims, Millis, Source, TenantId};

/// Most questions of one read: as a batch of the committer.
const BATCH: usize = 512;
/// Questions that may wait; past this the store says it is unavailable instead of growing.
const QUEUE: usize = 16_384;

/// One question.
pub(super) struct Asked {
    pub tenant: TenantId,
    pub key: CanonicalKey,
    pub phantom: SubjectKey,
    pub source: Source,
    pub claims: LaneClaims,
    /// The asker's clock: which policy is in force. The settle asks the row's own.
    pub now: Millis,
    pub reply: oneshot::Sender<Result<Standing, StoreError>>,
}

/// Where questions go. The threads end when this is dropped.
pub(super) struct GateReads {
    questions: SyncSender<Asked>,
}

impl GateReads {
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(url: &DatabaseUrl, policies: &Arc<PolicyCache>) -> Result<Self, StoreError> {
        let (questions, asked) = sync_channel(QUEUE);
        let asked = Arc::new(Mutex::new(asked));
        // While one waits for a server's answer the other may ask; a file needs no second one.
        let threads = if url.is_sqlite() { 1 } else { 2 };
        for number in 0..threads {
            let thread = Thread {
                url: url.clone(),
                policies: Arc::clone(policies),
                asked: Arc::clone(&asked),
                db: None,
            };
            std::thread::Builder::new()
                .name(format!("gate-reads-{number}"))
                .spawn(move || thread.serve())
                .map_err(|e| StoreError::Unavailable(format!("no reader thread: {e}")))?;
        }
        Ok(Self { questions })
    }

    /// # Errors
    /// When too many wait.
    pub fn ask(&self, asked: Asked) -> Result<(), StoreError> {
        self.questions
            .try_send(asked)
            .map_err(|_| StoreError::Unavailable("too many reads are waiting".to_owned()))
    }
}

struct Thread {
    url: DatabaseUrl,
    policies: Arc<PolicyCache>,
    asked: Arc<Mutex<Receiver<Asked>>>,
    db: Option<Db>,
}

impl Thread {
    fn serve(mut self) {
        loop {
            let mut batch = {
                let asked = self.asked.lock();
                let Ok(first) = asked.recv() else { return };
                let mut batch = vec![first];
                while batch.len() < BATCH
                    && let Ok(next) = asked.try_recv()
                {
                    batch.push(next);
                }
                batch
            };
            // A database that hung has left questions of people who gave up.
            batch.retain(|asked| !asked.reply.is_closed());
            if batch.is_empty() {
                continue;
            }
            // A panic ends this read alone: whoever asked is told by the dropped reply.
            if catch_unwind(AssertUnwindSafe(|| self.answer(batch))).is_err() {
                self.db = None;
            }
        }
    }

    fn answer(&mut self, batch: Vec<Asked>) {
        // A connection that was kept may have died since: then a fresh one is asked.
        let kept = self.db.is_some();
        let read = match self.read(&batch) {
            Err(_) if kept => self.read(&batch),
            read => read,
        };
        match read {
            Ok(standings) => {
                for (asked, standing) in batch.into_iter().zip(standings) {
                    // Whoever asked may be gone.
                    let _gone = asked.reply.send(standing);
                }
            }
            Err(error) => {
                let told = error.to_string();
                for asked in batch {
                    let _gone = asked.reply.send(Err(StoreError::Unavailable(told.clone())));
                }
            }
        }
    }

    /// All questions in one read, on SQLite of one instant. The connection is kept if all went well.
    fn read(&mut self, batch: &[Asked]) -> Result<Vec<Result<Standing, StoreError>>, StoreError> {
        let mut db = match self.db.take() {
            Some(db) => db,
            None => self.url.open_reader()?,
        };
        let policies = &self.policies;
        let read = match batch.len() {
            1 => standings(&mut db, policies, batch),
            _ if self.url.is_sqlite() => db.transaction(|db| standings(db, policies, batch)),
            _ => standings(&mut db, policies, batch),
        };
        if read.is_ok() {
            self.db = Some(db);
        }
        read
    }
}

fn standings(
    db: &mut Db,
    policies: &PolicyCache,
    batch: &[Asked],
) -> Result<Vec<Result<Standing, StoreError>>, StoreError> {
    let live = live_policies(db, policies, batch)?;
    let keys = sorted(batch.iter().map(|a| [a.tenant.as_str(), a.key.as_str(), ""]));
    let found = facts::owners(db, &keys)?;
    let owners: HashMap<(&str, &str), &OwnerFacts> =
        found.iter().map(|o| ((o.tenant.as_str(), o.key.as_str()), o)).collect();
    let subjects: Vec<(Option<&OwnerFacts>, SubjectKey)> = batch
        .iter()
        .map(|asked| {
            let owner = owners.get(&(asked.tenant.as_str(), asked.key.as_str())).copied();
            let subject =
                owner.map_or_else(|| asked.phantom.clone(), |owner| SubjectKey::user(&owner.id));
            (owner, subject)
        })
        .collect();
    let named = || batch.iter().zip(&subjects).map(|(asked, (_, subject))| (asked, subject));
    let keys = sorted(named().map(|(asked, s)| [asked.tenant.as_str(), s.as_str(), ""]));
    let rows = SubjectRow::read(db, &keys, Locking::Nothing)?;
    let rows: HashMap<Key<'_>, &SubjectRow> =
        rows.iter().map(|row| ([row.tenant_id.as_str(), row.subject.as_str(), ""], row)).collect();
    // Nothing is known of a subject without a row, and there is no source without a name.
    let keys = named()
        .filter(|(asked, s)| {
            !asked.source.as_str().is_empty()
                && rows.contains_key(&[asked.tenant.as_str(), s.as_str(), ""])
        })
        .map(|(asked, s)| [asked.tenant.as_str(), s.as_str(), asked.source.as_str()]);
    let sources = SourceRow::read(db, &sorted(keys), Locking::Nothing)?;
    let sources: HashMap<Key<'_>, &SourceRow> = sources
        .iter()
        .map(|row| ([row.tenant_id.as_str(), row.subject.as_str(), row.source.as_str()], row))
        .collect();
    let mut standings = Vec::with_capacity(batch.len());
    for (asked, (owner, subject)) in batch.iter().zip(&subjects) {
        let (tenant, name) = (asked.tenant.as_str(), subject.as_str());
        let Some(live) = live.get(&asked.tenant) else {
            standings.push(Err(StoreError::NotFound));
            continue;
        };
        let view = match rows.get(&[tenant, name, ""]) {
            None => SubjectView::default(),
            Some(row) => SubjectView {
                subject: row.state(),
                source: sources
                    .get(&[tenant, name, asked.source.as_str()])
                    .map(|row| row.state())
                    .unwrap_or_default(),
                ..SubjectView::default()
            },
        };
        standings.push(Ok(Standing {
            user: owner.map(|owner| Known {
                id: owner.id.clone(),
                credential_version: owner.credential_version,
                password_hash: owner.password_hash.clone(),
            }),
            subject: subject.clone(),
            view,
            lane: Lane::Public,
            claimed: claimed(db, asked, *owner)?,
            policy: Arc::clone(&live.policy),
            policy_version: live.version,
        }));
    }
    Ok(standings)
}

fn live_policies(
    db: &mut Db,
    policies: &PolicyCache,
    batch: &[Asked],
) -> Result<HashMap<TenantId, LivePolicy>, StoreError> {
    let mut ids: Vec<&str> = batch.iter().map(|asked| asked.tenant.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let now = batch.iter().map(|asked| asked.now).max().unwrap_or(Millis(0));
    let mut live = HashMap::new();
    for facts in facts::tenants(db, &ids)? {
        let policy = policies.of_version(db, &facts.id, facts.version_at(now))?;
        live.insert(facts.id, policy);
    }
    Ok(live)
}

/// The owner's lanes among those that a question claims. Whoever claims none, or another's, costs
/// no read.
fn claimed(
    db: &mut Db,
    asked: &Asked,
    owner: Option<&OwnerFacts>,
) -> Result<Vec<(Lane, LaneState)>, StoreError> {
    let Some(owner) = owner.filter(|_| !asked.claims.is_empty()) else { return Ok(Vec::new()) };
    let lanes = asked.claims.of(&owner.id, owner.credential_version);
    let subject = SubjectKey::user(&owner.id);
    let mut claimed = Vec::with_capacity(lanes.len());
    for lane in lanes {
        let found = subjects::find_lane(db, &asked.tenant, &subject, &lane)?;
        // Never issued, or revoked: as the settle reads it.
        let unknown = || LaneState { dead: true, ..LaneState::default() };
        claimed.push((lane, found.map_or_else(unknown, |row| row.state())));
    }
    Ok(claimed)
}

fn sorted<'a>(keys: impl Iterator<Item = Key<'a>>) -> Vec<Key<'a>> {
    let mut keys: Vec<Key<'a>> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
