//! The committer of a node, as `store::committer` works: what waits goes into one transaction,
//! subject jobs first; a failed batch is run again item by item; an unclear commit is asked again
//! by the attempt id. Rows are locked from the beginning of a transaction to its end, so that
//! several nodes meet in them.

use std::collections::BTreeSet;

use lockkeeper::lockout::Event;
use lockkeeper::model::{Millis, SignInId};
use lockkeeper::store::settle::SettleRequest;
use lockkeeper::store::subject_events::SubjectRequest;
use lockkeeper::store::{StoreError, SubjectKey, settle, subject_events, subject_mails};

use super::crooked::{Asked, Crook, through};
use super::defects::Defect;
use super::factors::Tried;
use super::facts::{Around, Fact, MailRow};
use super::image::Written;
use super::ledger::{Born, Txn};
use super::node::{Forming, Job, Mode, Open, Refused, Reply, Work};
use super::report::Check;
use super::resets;
use super::world::World;

/// Most jobs of one simulated batch.
const BATCH: usize = 8;

/// How a commit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Applied,
    UnclearApplied,
    UnclearLost,
}

impl Work {
    fn locks(&self) -> BTreeSet<SubjectKey> {
        match self {
            Self::Settle { request, .. } => BTreeSet::from([request.subject.clone()]),
            Self::Change(request) => BTreeSet::from([SubjectKey::user(&request.user)]),
            Self::Mail(request) => BTreeSet::from([request.subject.clone()]),
            Self::Reset(request) => BTreeSet::from([SubjectKey::user(&request.user)]),
            Self::Plain(plain) => plain.locks(),
        }
    }

    /// Changes what a settle has read of the owner, so it comes after.
    const fn is_after_rows(&self) -> bool {
        matches!(self, Self::Plain(_) | Self::Reset(_))
    }

    /// The answer of a job that was not carried out.
    pub(crate) fn refused(&self, why: Refused) -> Reply {
        match self {
            Self::Settle { .. } | Self::Reset(_) => Reply::Settled(Err(why)),
            Self::Change(_) => Reply::Changed(Err(why)),
            Self::Mail(_) => Reply::Mailed,
            Self::Plain(_) => Reply::Done(Err(why)),
        }
    }
}

impl World {
    /// One step of a node's committer; false when there was nothing that it could do.
    pub(crate) fn committer_step(&mut self, node: usize) -> bool {
        let committer = &mut self.nodes[node].committer;
        if let Some(open) = &mut committer.open {
            if open.sent {
                self.commit_ends(node);
            } else {
                open.sent = true;
                self.trace.event("commit sent", node as u64, 0);
            }
            return true;
        }
        if committer.forming.is_none() {
            let (jobs, mode) = match committer.again.pop_front() {
                Some(again) => again,
                None => {
                    let most = 1 + self.dice.below(BATCH);
                    let count = committer.queue.len().min(most);
                    (committer.queue.drain(..count).collect(), Mode::Batch)
                }
            };
            if jobs.is_empty() {
                return false;
            }
            let asked = self.db_now(node);
            self.nodes[node].committer.forming = Some(Forming { jobs, mode, asked });
        }
        self.begin(node)
    }

    /// Subjects that other nodes' transactions have locked.
    fn held_by_others(&self, node: usize) -> BTreeSet<SubjectKey> {
        let others = self.nodes.iter().enumerate().filter(|(other, _)| *other != node);
        let open = others.filter_map(|(_, other)| other.committer.open.as_ref());
        open.flat_map(|open| open.locks.iter().cloned()).collect()
    }

    fn begin(&mut self, node: usize) -> bool {
        let Some(forming) = self.nodes[node].committer.forming.take() else { return false };
        if self.now < self.db_down_until {
            self.trace.event("not begun", node as u64, forming.jobs.len() as u64);
            for job in forming.jobs {
                let reply = job.work.refused(match forming.mode {
                    Mode::Batch | Mode::Single => Refused::Unavailable,
                    Mode::AskAgain => Refused::Unclear,
                });
                self.fail_task(job.task, reply);
            }
            return true;
        }
        let mut locks: BTreeSet<SubjectKey> = BTreeSet::new();
        for job in &forming.jobs {
            locks.extend(job.work.locks());
        }
        if self.has(Defect::FirstFailureMakesTheRow) {
            locks.retain(|subject| self.image.subjects.contains_key(subject));
        }
        let held = self.held_by_others(node);
        if locks.iter().any(|subject| held.contains(subject)) {
            self.nodes[node].committer.forming = Some(forming);
            return false;
        }
        let stumbles = !self.calm && self.dice.permille(6);
        match self.decide_all(node, forming, locks, &held) {
            Ok(open) if !stumbles => {
                if self.has(Defect::AnsweredBeforeCommit) {
                    self.answer_early(node, open);
                } else {
                    self.nodes[node].committer.open = Some(open);
                }
            }
            Ok(open) => self.batch_failed(node, open.jobs, open.mode, true),
            Err((jobs, mode)) => self.batch_failed(node, jobs, mode, false),
        }
        true
    }

    fn answer_early(&mut self, node: usize, mut open: Open) {
        let replies = std::mem::take(&mut open.replies);
        for (job, reply) in open.jobs.iter().zip(replies) {
            self.answer_task(job.task, reply);
        }
        self.nodes[node].committer.open = Some(open);
    }

    /// A failed transaction: the batch is run item by item, an item alone is told. `chance`: the
    /// fault was nobody's.
    fn batch_failed(&mut self, node: usize, jobs: Vec<Job>, mode: Mode, chance: bool) {
        self.trace.event("batch failed", node as u64, jobs.len() as u64);
        self.trace.say(|| format!("node {node}: a batch of {} failed ({mode:?})", jobs.len()));
        let alone = jobs.len() == 1 || self.has(Defect::BadItemTakesBatch);
        if mode == Mode::Batch && !alone {
            let again = &mut self.nodes[node].committer.again;
            for job in jobs.into_iter().rev() {
                again.push_front((vec![job], Mode::Single));
            }
            return;
        }
        let many = jobs.len() > 1;
        for job in jobs {
            let why = if mode == Mode::AskAgain { Refused::Unclear } else { Refused::Unavailable };
            let reply = job.work.refused(why);
            if job.bad || chance && !many || mode == Mode::AskAgain {
                self.fail_task(job.task, reply);
            } else {
                // Nothing was wrong with this one.
                self.answer_task(job.task, reply);
            }
        }
    }

    /// Runs the jobs over the image: subject jobs over the rows, then the plain writes.
    fn decide_all(
        &mut self,
        node: usize,
        forming: Forming,
        locks: BTreeSet<SubjectKey>,
        held: &BTreeSet<SubjectKey>,
    ) -> Result<Open, (Vec<Job>, Mode)> {
        let locked_at = self.db_now(node);
        let late_clock = self.has(Defect::ClockBeforeLock);
        let now = if late_clock { forming.asked } else { locked_at };
        let Forming { mut jobs, mode, .. } = forming;
        jobs.sort_by_key(|job| job.work.is_after_rows());
        let version = self.image.stands.version_at(now);
        let mut locks = locks;
        let defect = self.defect;
        let here = &self.nodes[node];
        let mut txn = Txn {
            image: &self.image,
            over: Written::default(),
            now,
            node: &here.name,
            order: here.order,
            names: self.rows_named,
            born: Born::default(),
        };
        let cached = here.known_version.min(self.image.stands.live);
        let crook = defect.filter(Defect::is_of_the_ledger).map(|defect| Crook {
            defect,
            asked: Asked::Other,
            cached: (cached as i64, std::sync::Arc::clone(&self.image.policies[cached])),
            process: format!("{}.{}", here.name, here.life),
        });
        let (mut facts, mut replies) = (Vec::new(), Vec::new());
        let mut failed = false;
        for job in &jobs {
            let told = if job.bad {
                Err(StoreError::Unavailable("a bad item".to_owned()))
            } else {
                let round = Round { locked_at, version, crook: crook.as_ref(), held };
                run(&mut txn, job, &round)
            };
            match told {
                Ok((reply, fact)) => {
                    if let Fact::Purged { subjects, .. } = &fact {
                        locks.extend(subjects.iter().cloned());
                    }
                    replies.push(reply);
                    facts.push(fact);
                }
                Err(_) => failed = true,
            }
        }
        let (mut written, order, names) = (txn.over, txn.order, txn.names);
        (self.nodes[node].order, self.rows_named) = (order, names);
        if failed {
            return Err((jobs, mode));
        }
        let mut late = Vec::new();
        if self.has(Defect::MailAfterCommit) {
            let fresh = |id: &_| !self.image.outbox.contains_key(id);
            let ids: Vec<_> = written.outbox.keys().filter(|id| fresh(id)).cloned().collect();
            late.extend(ids.iter().filter_map(|id| written.outbox.remove(id).flatten()));
        }
        self.trace.event("decided", node as u64, jobs.len() as u64);
        self.trace
            .say(|| format!("node {node}: {} jobs decided at {}, {mode:?}", jobs.len(), now.0));
        Ok(Open { jobs, mode, written, facts, replies, locks, sent: false, late })
    }

    fn commit_ends(&mut self, node: usize) {
        let Some(open) = self.nodes[node].committer.open.take() else { return };
        let ended = if self.calm {
            Ended::Applied
        } else {
            match self.dice.below(100) {
                0 => Ended::UnclearApplied,
                1 => Ended::UnclearLost,
                _ => Ended::Applied,
            }
        };
        self.trace.event("commit", node as u64, ended as u64);
        self.trace.say(|| format!("node {node}: commit of {} jobs: {ended:?}", open.jobs.len()));
        let Open { jobs, mode, written, facts, replies, late, .. } = open;
        if ended != Ended::UnclearLost {
            self.nodes[node].late.extend(late);
            self.apply(written, &facts);
        }
        if ended == Ended::Applied || self.has(Defect::UnclearTakenForDone) {
            for (job, reply) in jobs.iter().zip(replies) {
                self.answer_task(job.task, reply);
            }
            return;
        }
        for job in jobs.into_iter().rev() {
            self.unclear(node, job, mode);
        }
    }

    pub(crate) fn unclear(&mut self, node: usize, mut job: Job, mode: Mode) {
        if self.has(Defect::RetriedUnderNewId)
            && let Work::Settle { request, .. } = &mut job.work
        {
            request.attempt = self.attempt_id();
            request.session = self.session_id();
        }
        match job.work {
            Work::Settle { .. } | Work::Reset(_) if mode != Mode::AskAgain => {
                self.nodes[node].committer.again.push_front((vec![job], Mode::AskAgain));
            }
            _ => {
                let reply = job.work.refused(Refused::Unclear);
                self.fail_task(job.task, reply);
            }
        }
    }

    /// The batch is durable: from here on everybody can read it, and the oracle hears of it.
    pub(crate) fn apply(&mut self, written: Written, facts: &[Fact]) {
        if self.has(Defect::AnsweredBeforeSync) {
            self.before_sync = Some(self.image.clone());
        }
        let touched: Vec<SubjectKey> = written.subjects.keys().cloned().collect();
        let sign_ins: Vec<SignInId> = written.sign_ins.keys().cloned().collect();
        let notices = written.notices.clone();
        self.image.take(written);
        self.spread(&notices);
        self.oracle.step = self.step;
        for fact in facts {
            self.trace.say(|| format!("    durable: {}", fact.words()));
            let told = self.oracle.take(fact, self.now);
            self.judge(told);
        }
        self.mails_came_with_it(facts);
        if facts.iter().any(|fact| matches!(fact, Fact::Policy(_) | Fact::Overlay(..))) {
            let told = self.oracle.compare_all(&self.image, None);
            self.judge(told);
        }
        let rare = |fact: &Fact| {
            matches!(
                fact,
                Fact::Password { .. }
                    | Fact::Banned { .. }
                    | Fact::App { .. }
                    | Fact::Recovery { .. }
            )
        };
        let closely = self.step.is_multiple_of(4) || facts.iter().any(rare);
        let at = closely.then(|| self.db_now(0));
        for sign_in in &sign_ins {
            let told = self.oracle.compare_sign_in(sign_in, &self.image);
            self.judge(told);
        }
        for subject in touched {
            let told = self.oracle.compare(&subject, &self.image, at);
            self.judge(told);
        }
    }

    /// Invariant 21: a lock and its mail commit together or not at all.
    fn mails_came_with_it(&mut self, facts: &[Fact]) {
        for fact in facts {
            let Fact::Settled { around, .. } = fact else { continue };
            let lost = around.mails.iter().find(|row| !self.image.outbox.contains_key(&row.id));
            if let Some(lost) = lost {
                let told = format!("{lost:?} did not commit with its lock");
                self.flag(Check::Mail, || told);
            }
        }
    }

    /// What a crash makes of a node's open transaction: rolled back, or, once the commit was on its
    /// way, either.
    pub(crate) fn tear(&mut self, node: usize) {
        let Some(open) = self.nodes[node].committer.open.take() else { return };
        if open.sent && self.dice.permille(500) {
            self.trace.say(|| format!("node {node}: the crash came after the commit"));
            self.apply(open.written, &open.facts);
        }
    }
}

pub(super) struct Round<'a> {
    locked_at: Millis,
    version: usize,
    pub(super) crook: Option<&'a Crook>,
    held: &'a BTreeSet<SubjectKey>,
}

fn run(txn: &mut Txn<'_>, job: &Job, round: &Round<'_>) -> Result<(Reply, Fact), StoreError> {
    let crook = |asked| round.crook.map(|crook| Crook { asked, ..crook.clone() });
    match &job.work {
        Work::Settle { request, tried } => run_settle(txn, request, tried, round),
        Work::Change(request) => run_change(txn, request, round),
        Work::Reset(request) => resets::run(txn, request, round),
        Work::Mail(request) => {
            through(txn, crook(Asked::Other), |ledger| {
                subject_mails::request_mail(ledger, request)
            })?;
            Ok((Reply::Mailed, Fact::Other))
        }
        Work::Plain(plain) => {
            let savepoint = txn.over.clone();
            match plain.run(txn, crook(Asked::Other), round.held) {
                Ok((done, fact)) => Ok((Reply::Done(Ok(done)), fact)),
                Err(_) => {
                    txn.over = savepoint;
                    Ok((Reply::Done(Err(Refused::ByJob)), Fact::Other))
                }
            }
        }
    }
}

fn run_settle(
    txn: &mut Txn<'_>,
    request: &SettleRequest,
    tried: &Tried,
    round: &Round<'_>,
) -> Result<(Reply, Fact), StoreError> {
    use lockkeeper::store::settle::Verified;
    let (Verified::Right { credential_version } | Verified::Wrong { credential_version }) =
        request.verified;
    let asked = Asked::Settle { seen_version: credential_version, step: tried.step() };
    let crook = round.crook.map(|crook| Crook { asked, ..crook.clone() });
    let owner = txn.owner_of(&request.key);
    let subject = owner.map_or_else(|| request.phantom.clone(), |user| SubjectKey::user(&user));
    let moved = subject != request.subject;
    let before = txn.state(&request.subject).unwrap_or_default();
    let named = txn.names;
    let settled = through(txn, crook, |ledger| settle::settle(ledger, request))?;
    let around = around(txn, &request.subject, before, named, round);
    let reply = Reply::Settled(Ok(Box::new(settled.clone())));
    let (request, settled) = (Box::new(request.clone()), Box::new(settled));
    let tried = tried.clone();
    Ok((reply, Fact::Settled { around, request, tried, settled, moved }))
}

fn run_change(
    txn: &mut Txn<'_>,
    request: &SubjectRequest,
    round: &Round<'_>,
) -> Result<(Reply, Fact), StoreError> {
    let subject = SubjectKey::user(&request.user);
    let press = matches!(request.event, Event::Press { .. });
    let asked = if press { Asked::Press } else { Asked::Other };
    let crook = round.crook.map(|crook| Crook { asked, ..crook.clone() });
    let before = txn.state(&subject).unwrap_or_default();
    let named = txn.names;
    let unbound = crook.as_ref().is_some_and(|c| c.defect == Defect::PressNotBoundToEpisode);
    let mut asking = request.clone();
    if press && unbound {
        asking.event = Event::Press { episode: before.episode };
    }
    let change = through(txn, crook, |ledger| subject_events::change(ledger, &asking))?;
    let Ok(change) = change else {
        return Ok((Reply::Changed(Err(Refused::ByJob)), Fact::Other));
    };
    let around = around(txn, &subject, before, named, round);
    let reply = Reply::Changed(Ok(Box::new(change.clone())));
    let (user, event) = (request.user.clone(), request.event.clone());
    Ok((reply, Fact::Changed { around, user, event, change: Box::new(change) }))
}

pub(super) fn around(
    txn: &Txn<'_>,
    subject: &SubjectKey,
    before: lockkeeper::lockout::SubjectState,
    named: u64,
    round: &Round<'_>,
) -> Around {
    let after = txn.state(subject).unwrap_or_default();
    let mine = |id: &str| id.trim_start_matches("out_").parse::<u64>().is_ok_and(|n| n > named);
    let rows = txn.over.outbox.iter().filter(|(id, _)| mine(id.as_str()));
    let mails = rows
        .filter_map(|(_, row)| row.as_ref())
        .map(|row| MailRow {
            id: row.id.clone(),
            status: row.status,
            episode: row.episode,
            reminder: row.payload.contains("\"reminder\":true"),
        })
        .collect();
    let (locked_at, now) = (round.locked_at, txn.now);
    let subject = subject.clone();
    Around { subject, before, after, locked_at, now, version: round.version, mails }
}
