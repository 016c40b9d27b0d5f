//! The sealer: gives committed audit rows their places in the tenant's chain, a batch at a time and on
//! any number of nodes, and checks a chain from its first link to its last. A row of a transaction that
//! is still open is not seen, so it gets its place when it is committed, in whatever order the ids are.
//! Knows no page.

use super::{TenantFault, Tenants};
use crate::model::TenantId;
use crate::store::audit::AuditRow;
use crate::store::audit_seals::{AuditHead, AuditSeal, Sealing};
use crate::token::audit_chain::START;
use crate::token::{AuditChain, ChainedRow, LinkCheck};

/// Rows sealed by one write: a few milliseconds between other people's.
const BATCH: i64 = 200;
/// Batches of one tenant in one round.
const BATCHES: u32 = 50;
/// Tenants of one round; the next one goes on after the last.
const TENANTS_A_ROUND: usize = 1_000;
/// Rows read at once where a chain is checked.
const PAGE: i64 = 1_000;
/// Breaks that are listed.
const MOST_BREAKS: usize = 100;
/// Sealed rows that [`Tenants::glance_at_audit`] checks.
pub const GLANCE: i64 = 500;

/// How a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakKind {
    /// A row is not what was sealed.
    Changed,
    /// Rows are gone.
    Missing,
    /// Sealed with a key that is not listed in the master key file.
    UnknownKey,
    /// Rows are gone from the end: the newest link is of a later one.
    CutOff,
    /// The newest link is not that of its row.
    Head,
    /// Sealed rows stand after the newest link.
    BeyondHead,
    /// The row is not the one that was kept outside.
    NotAsKept,
}

impl BreakKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::UnknownKey => "unknown_key",
            Self::CutOff => "cut_off",
            Self::Head => "head",
            Self::BeyondHead => "beyond_head",
            Self::NotAsKept => "not_as_kept",
        }
    }
}

/// Where a chain is broken: places `from` to `to`, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainBreak {
    pub kind: BreakKind,
    pub from: i64,
    pub to: i64,
}

/// What checking a chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Sealed rows that were looked at.
    pub rows: u64,
    /// Whether there are rows that wait for their links.
    pub unsealed: bool,
    pub head: Option<KeptLink>,
    /// At most 100.
    pub breaks: Vec<ChainBreak>,
}

/// A row's place and link, as it is kept outside: `12:…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLink {
    pub seq: i64,
    pub hash: String,
}

impl KeptLink {
    /// Takes what [`KeptLink`] prints.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, hash) = text.split_once(':')?;
        let seq = seq.parse().ok().filter(|seq| *seq > 0)?;
        let plain = hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        (plain && !hash.is_empty()).then(|| Self { seq, hash: hash.to_owned() })
    }
}

impl std::fmt::Display for KeptLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

fn chained(row: &AuditRow, seq: i64) -> ChainedRow<'_> {
    ChainedRow {
        seq,
        id: row.id.as_str(),
        at: row.at.0,
        actor: &row.actor,
        action: &row.action,
        subject: row.subject.as_ref().map(crate::store::SubjectKey::as_str),
        user: row.user_id.as_ref().map(crate::model::UserId::as_str),
        detail: &row.detail,
    }
}

/// The links of `rows`, which follow on `head`.
fn seals(chain: &AuditChain, head: Option<&AuditHead>, rows: &[AuditRow]) -> Vec<AuditSeal> {
    let (mut seq, mut before) = match head {
        Some(head) => (head.seq, head.hash.clone()),
        None => (0, START.to_owned()),
    };
    let link = |row: &AuditRow| {
        seq = seq.saturating_add(1);
        before = chain.link(&before, &chained(row, seq));
        AuditSeal { id: row.id.clone(), seq, hash: before.clone() }
    };
    rows.iter().map(link).collect()
}

impl Tenants {
    /// Seals what waits, in every tenant that has something; the next round goes on where this one
    /// stopped.
    pub(super) async fn seal_round(&self) -> Result<(), TenantFault> {
        let after = self.inner.rounds.sealed.lock().clone();
        let tenants = self.inner.reader.unsealed_tenants(after, TENANTS_A_ROUND).await?;
        let more = tenants.len() >= TENANTS_A_ROUND;
        *self.inner.rounds.sealed.lock() = tenants.last().cloned().filter(|_| more);
        for tenant in tenants {
            self.seal_audit(&tenant).await?;
        }
        Ok(())
    }

    /// Seals what waits in one tenant, up to 10,000 rows; how many were sealed here.
    ///
    /// # Errors
    /// As any write.
    pub async fn seal_audit(&self, tenant: &TenantId) -> Result<usize, TenantFault> {
        let chain = AuditChain::for_tenant(&self.inner.keys, tenant);
        let mut done: usize = 0;
        for _ in 0..BATCHES {
            let read = self.inner.reader.unsealed_audit(tenant.clone(), BATCH).await?;
            let (head, rows) = read;
            if rows.is_empty() {
                break;
            }
            let links = seals(&chain, head.as_ref(), &rows);
            match self.inner.store.seal_audit(tenant.clone(), head, links).await? {
                Sealing::Done => done = done.saturating_add(rows.len()),
                // The other node seals what is there.
                Sealing::Overtaken => break,
            }
        }
        Ok(done)
    }

    /// Checks a tenant's whole chain, and that `kept`, which somebody wrote down outside, is still in
    /// it. Rows that are sealed meanwhile are checked, too.
    ///
    /// # Errors
    /// As any read.
    pub async fn verify_audit(
        &self,
        tenant: &TenantId,
        kept: Option<&KeptLink>,
    ) -> Result<Verified, TenantFault> {
        let reader = &self.inner.reader;
        let chain = AuditChain::for_tenant(&self.inner.keys, tenant);
        let known = reader.audit_head(tenant.clone()).await?;
        let mut walk = Walk::from_the_start(kept.cloned(), known);
        loop {
            let rows = reader.sealed_audit(tenant.clone(), walk.last, PAGE).await?;
            if rows.is_empty() {
                break;
            }
            rows.iter().for_each(|row| walk.take(&chain, row));
        }
        // Rows and newest link are written together: read last, it is of the last row or of a later
        // one that came meanwhile.
        let head = reader.audit_head(tenant.clone()).await?;
        let (_, waiting) = reader.unsealed_audit(tenant.clone(), 1).await?;
        Ok(walk.over(head.as_ref(), !waiting.is_empty()))
    }

    /// As [`Tenants::verify_audit`] for the newest 500 sealed rows alone: what a page can afford.
    ///
    /// # Errors
    /// As any read.
    pub async fn glance_at_audit(&self, tenant: &TenantId) -> Result<Verified, TenantFault> {
        let reader = &self.inner.reader;
        let chain = AuditChain::for_tenant(&self.inner.keys, tenant);
        let known = reader.audit_head(tenant.clone()).await?;
        let last = known.as_ref().map_or(0, |head| head.seq);
        let first = last.saturating_sub(GLANCE);
        let mut walk = Walk::from_the_start(None, known);
        if first > 0 {
            walk = walk.starting_at(first);
        }
        // One more than is checked: its link is what the first one goes on from.
        let rows = reader.sealed_audit(tenant.clone(), walk.last, PAGE).await?;
        rows.iter().for_each(|row| walk.take(&chain, row));
        let head = reader.audit_head(tenant.clone()).await?;
        let (_, waiting) = reader.unsealed_audit(tenant.clone(), 1).await?;
        Ok(walk.over(head.as_ref(), !waiting.is_empty()))
    }
}

/// What the next row may go on from.
enum Before {
    /// As it was kept, and as it had to be where that is not the same: if the next row goes on from
    /// either, nothing but this one is broken.
    Links(Vec<String>),
    /// The row before is gone or was not read.
    Unknown,
}

/// A walk along a chain.
struct Walk {
    rows: u64,
    /// Place of the last row that was looked at.
    last: i64,
    before: Before,
    kept: Option<KeptLink>,
    /// The newest link when the walk began.
    known: Option<AuditHead>,
    breaks: Vec<ChainBreak>,
}

impl Walk {
    const fn from_the_start(kept: Option<KeptLink>, known: Option<AuditHead>) -> Self {
        let before = Before::Links(Vec::new());
        Self { rows: 0, last: 0, before, kept, known, breaks: Vec::new() }
    }

    /// The walk begins at `first`, whose own link is taken as it is.
    fn starting_at(self, first: i64) -> Self {
        Self { last: first.saturating_sub(1), before: Before::Unknown, ..self }
    }

    /// Neighbours that are broken in the same way are one break.
    fn note(&mut self, kind: BreakKind, from: i64, to: i64) {
        if let Some(last) = self.breaks.last_mut()
            && last.kind == kind
            && last.to.saturating_add(1) == from
        {
            last.to = to;
        } else if self.breaks.len() < MOST_BREAKS {
            self.breaks.push(ChainBreak { kind, from, to });
        }
    }

    fn take(&mut self, chain: &AuditChain, row: &AuditRow) {
        let due = self.last.saturating_add(1);
        let (seq, hash) = (row.seq.unwrap_or(due), row.hash.clone().unwrap_or_default());
        self.rows = self.rows.saturating_add(1);
        if seq > due {
            self.note(BreakKind::Missing, due, seq.saturating_sub(1));
            self.before = Before::Unknown;
        }
        let row = chained(row, seq);
        let mut links = vec![hash.clone()];
        if let Before::Links(before) = &self.before {
            let start = [START.to_owned()];
            let before = if before.is_empty() { start.as_slice() } else { before.as_slice() };
            let checks: Vec<_> = before.iter().map(|b| chain.check(b, &row, &hash)).collect();
            if checks.contains(&LinkCheck::UnknownKey) {
                self.note(BreakKind::UnknownKey, seq, seq);
            } else if !checks.contains(&LinkCheck::Whole) {
                links.extend(before.first().and_then(|b| chain.expected(b, &row, &hash)));
                self.note(BreakKind::Changed, seq, seq);
            }
        }
        self.compare(seq, &hash);
        self.before = Before::Links(links);
        self.last = seq;
    }

    /// With what is known of this place from elsewhere.
    fn compare(&mut self, seq: i64, hash: &str) {
        let kept = self.kept.as_ref().filter(|kept| kept.seq == seq);
        let as_kept = kept.is_none_or(|kept| kept.hash == hash);
        let known = self.known.as_ref().filter(|known| known.seq == seq);
        let as_known = known.is_none_or(|known| known.hash == hash);
        if !as_known {
            self.note(BreakKind::Head, seq, seq);
        }
        if !as_kept {
            self.note(BreakKind::NotAsKept, seq, seq);
        }
    }

    /// `head` was read after the last row.
    fn over(mut self, head: Option<&AuditHead>, unsealed: bool) -> Verified {
        let last = self.last;
        let next = last.saturating_add(1);
        let known = self.known.as_ref().map_or(0, |known| known.seq);
        if known > last {
            self.note(BreakKind::CutOff, next, known);
        }
        let newest = head.map_or(0, |head| head.seq);
        if newest < last {
            self.note(BreakKind::BeyondHead, newest.saturating_add(1), last);
        }
        if let Some(kept) = self.kept.clone().filter(|kept| kept.seq > last) {
            self.note(BreakKind::NotAsKept, kept.seq, kept.seq);
        }
        let head = head.map(|head| KeptLink { seq: head.seq, hash: head.hash.clone() });
        Verified { rows: self.rows, unsealed, head, breaks: self.breaks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AuditId, Millis};
    use crate::token::{MasterKey, MasterKeys};

    fn rows(tenant: &TenantId, count: i64) -> Vec<AuditRow> {
        let row = |number: i64| AuditRow {
            tenant_id: tenant.clone(),
            id: AuditId::generate(Millis(number)),
            at: Millis(number),
            actor: "api".to_owned(),
            action: "user.locked".to_owned(),
            subject: None,
            user_id: None,
            detail: format!("{{\"number\":{number}}}"),
            seq: None,
            hash: None,
        };
        (1..=count).map(row).collect()
    }

    struct Chain {
        chain: AuditChain,
        rows: Vec<AuditRow>,
        head: AuditHead,
    }

    /// Ten rows, sealed in two batches.
    fn sealed() -> Chain {
        let tenant = TenantId::generate(Millis(1));
        let keys = MasterKeys::new(MasterKey::from_bytes([1; 32]), Vec::new());
        let chain = AuditChain::for_tenant(&keys, &tenant);
        let mut rows = rows(&tenant, 10);
        let mut head: Option<AuditHead> = None;
        for batch in rows.chunks_mut(6) {
            let links = seals(&chain, head.as_ref(), batch);
            for (row, seal) in batch.iter_mut().zip(&links) {
                assert_eq!(row.id, seal.id);
                row.seq = Some(seal.seq);
                row.hash = Some(seal.hash.clone());
            }
            let last = links.last().unwrap();
            head = Some(AuditHead {
                tenant_id: tenant.clone(),
                seq: last.seq,
                hash: last.hash.clone(),
                sealed_at: Millis(11),
            });
        }
        Chain { chain, rows, head: head.unwrap() }
    }

    impl Chain {
        fn breaks(&self, kept: Option<KeptLink>) -> Vec<(BreakKind, i64, i64)> {
            let mut walk = Walk::from_the_start(kept, Some(self.head.clone()));
            self.rows.iter().for_each(|row| walk.take(&self.chain, row));
            let found = walk.over(Some(&self.head), false);
            found.breaks.iter().map(|one| (one.kind, one.from, one.to)).collect()
        }
    }

    #[test]
    fn a_whole_chain_is_whole_and_holds_what_was_kept_of_it() {
        let chain = sealed();
        assert_eq!(chain.breaks(None), []);
        let kept = KeptLink { seq: 4, hash: chain.rows[3].hash.clone().unwrap() };
        assert_eq!(KeptLink::parse(&kept.to_string()), Some(kept.clone()));
        assert_eq!(chain.breaks(Some(kept.clone())), []);
        let other = KeptLink { seq: 5, ..kept };
        assert_eq!(chain.breaks(Some(other)), [(BreakKind::NotAsKept, 5, 5)]);
    }

    #[test]
    fn each_way_to_break_it_is_found_at_its_place_and_nowhere_else() {
        let mut changed = sealed();
        changed.rows[3].detail = "{\"number\":5}".to_owned();
        assert_eq!(changed.breaks(None), [(BreakKind::Changed, 4, 4)]);

        let mut relinked = sealed();
        relinked.rows[3].hash = relinked.rows[3].hash.clone().map(|hash| {
            let (name, _) = hash.split_once('.').unwrap();
            format!("{name}.{}", "0".repeat(64))
        });
        assert_eq!(relinked.breaks(None), [(BreakKind::Changed, 4, 4)]);

        let mut removed = sealed();
        removed.rows.drain(3..5);
        assert_eq!(removed.breaks(None), [(BreakKind::Missing, 4, 5)]);

        let mut first = sealed();
        first.rows.remove(0);
        assert_eq!(first.breaks(None), [(BreakKind::Missing, 1, 1)]);

        let mut cut = sealed();
        cut.rows.truncate(8);
        assert_eq!(cut.breaks(None), [(BreakKind::CutOff, 9, 10)]);

        let mut emptied = sealed();
        emptied.rows.clear();
        assert_eq!(emptied.breaks(None), [(BreakKind::CutOff, 1, 10)]);

        let mut swapped = sealed();
        swapped.rows[3].seq = Some(5);
        swapped.rows[4].seq = Some(4);
        swapped.rows.swap(3, 4);
        // The row after them went on from the fifth.
        assert_eq!(swapped.breaks(None), [(BreakKind::Changed, 4, 6)]);
    }

    #[test]
    fn a_newest_link_that_was_moved_back_is_found() {
        let mut chain = sealed();
        let (seq, hash) = (7, chain.rows[6].hash.clone().unwrap());
        chain.head = AuditHead { seq, hash, ..chain.head };
        assert_eq!(chain.breaks(None), [(BreakKind::BeyondHead, 8, 10)]);
        // With the rows after it gone only who kept a later link finds out.
        let kept = KeptLink { seq: 10, hash: chain.rows[9].hash.clone().unwrap() };
        chain.rows.truncate(7);
        assert_eq!(chain.breaks(None), []);
        assert_eq!(chain.breaks(Some(kept)), [(BreakKind::NotAsKept, 10, 10)]);
        chain.head.hash = format!("12345678.{}", "0".repeat(64));
        assert_eq!(chain.breaks(None), [(BreakKind::Head, 7, 7)]);
    }

    #[test]
    fn what_is_no_kept_link_is_none() {
        for odd in ["", "5", "5:", ":abc", "0:abc", "-1:abc", "x:abc", "5:a b", "5:<b>"] {
            assert_eq!(KeptLink::parse(odd), None, "{odd}");
        }
    }
}
