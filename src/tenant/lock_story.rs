//! One account's story, page by page: what was tried and what became of it, the tries that were
//! refused, what was mailed, what staff and owner did, all of the page's own time. What is more than a
//! page reads is said. Read only; explains and decides nothing.

use super::lock_ends::{LockStretch, lock_stretches};
use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{AttemptId, Millis, Span, UserId};
use crate::store::SubjectKey;
use crate::store::attempts::{AttemptRow, Refusals};
use crate::store::audit::AuditRow;
use crate::store::mail_fates::Delivery;
use crate::store::stretch::Stretch;
use crate::store::user_cards::UserCard;

/// Attempts of one page.
pub const STORY_PAGE: usize = 50;
/// Locks of one page whose ends are told.
pub const STORY_LOCKS: usize = 50;
/// Attempts looked at on the first page: more than are shown, for where the account was signed in to
/// before.
const RECENT: i64 = 200;
/// Sums of refused tries, mails and facts of a page's time that are looked at, the newest.
const REFUSALS: usize = 2_000;
const MAILS: usize = 100;
const FACTS: usize = 100;

/// A page of an account's story. All lists are newest first.
#[derive(Debug, Clone)]
pub struct LockStory {
    pub card: UserCard,
    /// At most [`STORY_PAGE`].
    pub attempts: Vec<AttemptRow>,
    /// The first attempt of the page after this.
    pub older: Option<AttemptRow>,
    /// The newest attempts, also where this is a later page.
    pub recent: Vec<AttemptRow>,
    /// The page's time: what stands between two pages belongs to the one whose first attempt it
    /// follows.
    pub stretch: Stretch,
    /// Of the page's time, as are mails and facts; mails also of its beginning.
    pub refusals: Vec<Refusals>,
    pub mails: Vec<Delivery>,
    pub facts: Vec<AuditRow>,
    /// Before this instant there are more of them than were read.
    pub cut: Option<Millis>,
    /// Locks that the facts tell of, and how each ended, at most [`STORY_LOCKS`]: on the first page the
    /// newest, on a later one those of its time.
    pub locks: Vec<LockStretch>,
    /// Before this instant there are locks that are not among them.
    pub locks_cut: Option<Millis>,
    /// The newest facts tell of a lock, or the page's do.
    pub was_locked: bool,
}

/// What was noted of a page's time, and the locks that it tells of.
struct Noted {
    facts: Vec<AuditRow>,
    cut: Option<Millis>,
    locks: Vec<LockStretch>,
    locks_cut: Option<Millis>,
    was_locked: bool,
}

/// Leaves the first `most` rows; says of when the last of them is where there were more.
fn bounded<T>(rows: &mut Vec<T>, most: usize, at: impl Fn(&T) -> Millis) -> Option<Millis> {
    let more = rows.len() > most;
    rows.truncate(most);
    rows.last().map(at).filter(|_| more)
}

/// One more than are wanted, which tells whether there are more.
fn one_more(most: usize) -> i64 {
    i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX)
}

impl Tenants {
    /// The story of an account from the attempt `from` back, or from the newest. `None` when the user
    /// is gone, or where the attempt is not theirs.
    ///
    /// # Errors
    /// As any read.
    pub async fn lock_story(
        &self,
        profile: &TenantProfile,
        user: UserId,
        from: Option<AttemptId>,
    ) -> Result<Option<LockStory>, TenantFault> {
        let (tenant, reader) = (profile.id(), &self.inner.reader);
        let subject = SubjectKey::user(&user);
        let later = from.is_some();
        let Some(card) = self.user(profile, user.clone()).await? else { return Ok(None) };
        let recent = reader.attempts_of(tenant.clone(), subject.clone(), RECENT).await?;
        let most = STORY_PAGE.saturating_add(1);
        let mut attempts = match from {
            None => recent.iter().take(most).cloned().collect(),
            Some(from) => {
                let limit = one_more(STORY_PAGE);
                let rows =
                    reader.attempts_from(tenant.clone(), subject.clone(), from, limit).await?;
                if rows.is_empty() {
                    return Ok(None);
                }
                rows
            }
        };
        let older = if attempts.len() == most { attempts.pop() } else { None };
        let stretch = Stretch {
            after: older.as_ref().map(|row| row.at),
            until: attempts.first().filter(|_| later).map(|row| row.at),
        };
        let limit = one_more(REFUSALS);
        let read = reader.refusals_within(tenant.clone(), subject.clone(), stretch, limit);
        let mut refusals = read.await?;
        let read = reader.mails_within(tenant.clone(), subject, stretch, one_more(MAILS));
        let mut mails = read.await?;
        let noted = self.noted(profile, &user, stretch).await?;
        // Of the last minute that was read there may be more sources.
        let minute_end =
            |sum: &Refusals| Millis(sum.minute.saturating_add(1).saturating_mul(Span::MINUTE.0));
        let cuts = [
            bounded(&mut refusals, REFUSALS, minute_end),
            bounded(&mut mails, MAILS, |mail| mail.written_at),
            noted.cut,
        ];
        Ok(Some(LockStory {
            card,
            attempts,
            older,
            recent,
            stretch,
            refusals,
            mails,
            facts: noted.facts,
            cut: cuts.into_iter().flatten().max(),
            locks: noted.locks,
            locks_cut: noted.locks_cut,
            was_locked: noted.was_locked,
        }))
    }

    async fn noted(
        &self,
        profile: &TenantProfile,
        user: &UserId,
        stretch: Stretch,
    ) -> Result<Noted, TenantFault> {
        let (tenant, reader) = (profile.id(), &self.inner.reader);
        let at = |fact: &AuditRow| fact.at;
        let ask =
            |stretch| reader.facts_within(tenant.clone(), user.clone(), stretch, one_more(FACTS));
        let mut newest = ask(Stretch::default()).await?;
        let newest_cut = bounded(&mut newest, FACTS, at);
        let reach = newest_cut.is_none_or(|cut| stretch.after.is_some_and(|after| cut <= after));
        let was_locked = tells_of_a_lock(&newest);
        // Without a gap from the page's time to the last that is known, which is all but where more
        // came after the page than is read.
        let (facts, cut, known_to) = match stretch.until {
            None => (newest, newest_cut.filter(|_| !reach), None),
            Some(_) if reach => (newest, None, None),
            Some(until) => {
                let mut own = ask(stretch).await?;
                let cut = bounded(&mut own, FACTS, at);
                let (of, limit) = (user.clone(), one_more(FACTS));
                let mut since = reader.facts_after(tenant.clone(), of, until, limit).await?;
                let known_to = bounded(&mut since, FACTS, at);
                own.retain(|fact| fact.at <= until);
                since.retain(|fact| fact.at > until);
                since.reverse();
                since.append(&mut own);
                (since, cut, known_to)
            }
        };
        let mut locks = lock_stretches(&facts, known_to, self.inner.clock.now());
        let mut locks_cut = cut;
        if stretch.until.is_some() {
            locks.retain(|lock| stretch.holds(lock.at));
        } else {
            locks_cut = newest_cut;
        }
        let locks_cut = bounded(&mut locks, STORY_LOCKS, |lock| lock.at).or(locks_cut);
        let mut facts = facts;
        facts.retain(|fact| stretch.holds(fact.at));
        let was_locked = was_locked || tells_of_a_lock(&facts);
        Ok(Noted { facts, cut, locks, locks_cut, was_locked })
    }
}

fn tells_of_a_lock(facts: &[AuditRow]) -> bool {
    facts.iter().any(|fact| fact.action == "user.locked")
}
