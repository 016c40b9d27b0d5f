//! Which replays of a node are on their way: two at once and one of each tenant, and the newest of each
//! of its staff with its answer, so that a page can come back for it. A new question ends that person's
//! one before and nobody else's; what a card asked for beside a draft never ends a page's. Reads no log.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::time_machine::{Question, Replayed};
use crate::lockout::{Policy, PolicyDocument};
use crate::model::{Millis, Span, TenantId};

/// Replays that a node runs at once; whoever comes third waits for a place.
const AT_ONCE: usize = 2;
/// An answer is good for this long, as long as policies and span are the same.
const KEPT: Span = Span(10 * Span::MINUTE.0);
/// Askers whose newest answer is kept.
const ASKERS: usize = 64;

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Rows read so far; nobody knows yet how many there are.
    Reading(usize),
    Deciding {
        done: usize,
        of: usize,
    },
}

/// Where a replay stands.
#[derive(Debug, Clone)]
pub enum Replay {
    Ready(Arc<Replayed>),
    UnderWay(Progress),
    /// As many run as may; ask again.
    Waiting,
    Failed,
}

/// The newest replay of everybody who asked.
#[derive(Default)]
pub(super) struct Replays {
    running: Arc<AtomicUsize>,
    newest: Mutex<HashMap<Asker, Arc<Kept>>>,
}

/// Who of a tenant's staff asks, and where from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy<'a> {
    /// A page of its own: it ends the card's, too, which is left then.
    Page(&'a str),
    /// The card beside a draft, which follows what is typed: it waits for the same person's page, or
    /// two windows would end each other's for ever.
    Card(&'a str),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asker {
    tenant: TenantId,
    who: String,
    by_card: bool,
}

impl Asker {
    fn new(tenant: &TenantId, by: AskedBy<'_>) -> Self {
        let (who, by_card) = match by {
            AskedBy::Page(who) => (who, false),
            AskedBy::Card(who) => (who, true),
        };
        Self { tenant: tenant.clone(), who: who.to_owned(), by_card }
    }
}

struct Kept {
    question: Question,
    asked: Millis,
    state: watch::Receiver<Replay>,
    stop: Arc<AtomicBool>,
}

impl Kept {
    fn is_good(&self, now: Millis) -> bool {
        now < self.asked.after(KEPT)
    }

    fn is_under_way(&self) -> bool {
        matches!(*self.state.borrow(), Replay::UnderWay(_)) && self.state.has_changed().is_ok()
    }

    /// Also if whoever ran it is gone without a word.
    fn has_failed(&self) -> bool {
        !self.is_under_way() && !matches!(*self.state.borrow(), Replay::Ready(_))
    }
}

/// What nobody can come back for need not be finished.
impl Drop for Kept {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// What a replay on its way is held by: its end makes room for the next one.
pub(super) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What became of a question.
pub(super) enum Asked {
    /// It was asked before: its replay is on its way or done.
    Known(watch::Receiver<Replay>),
    /// To be run now.
    Begun(Begun),
    Full,
}

/// A replay that nobody runs yet.
pub(super) struct Begun {
    pub place: Place,
    pub tell: watch::Sender<Replay>,
    pub state: watch::Receiver<Replay>,
    pub stop: Arc<AtomicBool>,
}

/// Who looks on while a replay runs.
pub(super) struct Onlooker {
    pub tell: watch::Sender<Replay>,
    pub stop: Arc<AtomicBool>,
}

impl Onlooker {
    pub fn nobody() -> Self {
        Self { tell: under_way().0, stop: Arc::default() }
    }

    pub fn tell(&self, progress: Progress) {
        self.tell.send_replace(Replay::UnderWay(progress));
    }

    /// Its answer is not wanted any more.
    pub fn is_over(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

fn under_way() -> (watch::Sender<Replay>, watch::Receiver<Replay>) {
    watch::channel(Replay::UnderWay(Progress::Reading(0)))
}

/// Where a replay stands when it has ended, or when `due` has come.
pub(super) async fn ended(
    mut state: watch::Receiver<Replay>,
    due: impl Future<Output = ()>,
) -> Replay {
    tokio::select! {
        biased;
        _ = state.wait_for(|state| !matches!(state, Replay::UnderWay(_))) => {}
        () = due => {}
    }
    state.borrow().clone()
}

/// Keeps it in the place of the oldest, where there are as many as may be.
fn keep(newest: &mut HashMap<Asker, Arc<Kept>>, asker: Asker, kept: Arc<Kept>) {
    if newest.len() >= ASKERS && !newest.contains_key(&asker) {
        let oldest = newest.iter().min_by_key(|(_, kept)| kept.asked);
        if let Some(oldest) = oldest.map(|(asker, _)| asker.clone()) {
            newest.remove(&oldest);
        }
    }
    newest.insert(asker, kept);
}

impl Replays {
    /// A place to run in, unless all are taken.
    pub fn place(&self) -> Option<Place> {
        let taken = self.running.fetch_update(Ordering::AcqRel, Ordering::Acquire, |running| {
            (running < AT_ONCE).then_some(running.saturating_add(1))
        });
        taken.ok().map(|_| Place(Arc::clone(&self.running)))
    }

    /// The replay of this question, to be begun if nobody of the tenant asked it in the last ten
    /// minutes. What the same asked before is ended, unless a colleague asked the same.
    pub fn ask(
        &self,
        tenant: &TenantId,
        by: AskedBy<'_>,
        question: &Question,
        now: Millis,
    ) -> Asked {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.retain(|_, kept| kept.is_good(now));
        let asker = Asker::new(tenant, by);
        let mut theirs = newest.iter().filter(|(asker, _)| asker.tenant == *tenant);
        let same = theirs.find(|(_, kept)| kept.question == *question && !kept.has_failed());
        let same = same.map(|(_, kept)| Arc::clone(kept));
        if let AskedBy::Page(who) = by {
            newest.remove(&Asker::new(tenant, AskedBy::Card(who)));
        }
        if let Some(kept) = same {
            let state = kept.state.clone();
            keep(&mut newest, asker, kept);
            return Asked::Known(state);
        }
        newest.remove(&asker);
        // A colleague's comes first: two of one tenant would keep all others waiting.
        if newest.iter().any(|(asker, kept)| asker.tenant == *tenant && kept.is_under_way()) {
            return Asked::Full;
        }
        let Some(place) = self.place() else { return Asked::Full };
        let (tell, state) = under_way();
        let stop = Arc::new(AtomicBool::new(false));
        let (question, kept) = (question.clone(), Arc::clone(&stop));
        let kept = Kept { question, asked: now, state: state.clone(), stop: kept };
        keep(&mut newest, asker, Arc::new(kept));
        Asked::Begun(Begun { place, tell, state, stop })
    }

    /// The answer to this question, where somebody of the tenant has it. Begins and ends nothing.
    pub fn answer(
        &self,
        tenant: &TenantId,
        question: &Question,
        now: Millis,
    ) -> Option<Arc<Replayed>> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.iter().find_map(|(asker, kept)| {
            let same = asker.tenant == *tenant && kept.is_good(now) && kept.question == *question;
            match &*kept.state.borrow() {
                Replay::Ready(replayed) if same => Some(Arc::clone(replayed)),
                Replay::Ready(_) | Replay::UnderWay(_) | Replay::Waiting | Replay::Failed => None,
            }
        })
    }

    /// Where the newest replay of this draft stands that the tenant's staff have asked for, and which
    /// policy it was compared with.
    pub fn newest(
        &self,
        tenant: &TenantId,
        draft: &Policy,
        now: Millis,
    ) -> Option<(Policy, Replay)> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let draft = PolicyDocument::of(draft);
        let of_it = newest.iter().filter(|(asker, kept)| {
            asker.tenant == *tenant
                && kept.is_good(now)
                && PolicyDocument::of(&kept.question.draft) == draft
        });
        let (_, kept) = of_it.max_by_key(|(_, kept)| kept.asked)?;
        Some((kept.question.live.clone(), kept.state.borrow().clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;
    use crate::lockout::Preset;
    use crate::lockout::time_machine::{Comparison, Window};

    const NOON: Millis = Millis(1_795_262_400_000);
    const ANA: AskedBy<'_> = AskedBy::Page("staff:ana");
    const ANAS_CARD: AskedBy<'_> = AskedBy::Card("staff:ana");
    const BEN: AskedBy<'_> = AskedBy::Page("staff:ben");

    fn tenant(name: &str) -> TenantId {
        TenantId::from_stored(name.to_owned())
    }

    fn question(draft: Preset) -> Question {
        Question::new(&Preset::Balanced.policy(), &draft.policy(), Span::DAY)
    }

    fn begun(asked: Asked) -> Begun {
        match asked {
            Asked::Begun(begun) => begun,
            Asked::Known(_) | Asked::Full => panic!("nothing was begun"),
        }
    }

    fn answer() -> Replay {
        let window = Window { from: Millis(0), to: NOON };
        let found = Comparison::default();
        Replay::Ready(Arc::new(Replayed { found, window, shortened: false }))
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn who_asks_again_sees_how_far_it_is_and_then_the_answer() {
        let (replays, acme) = (Replays::default(), tenant("ins_1"));
        let first = begun(replays.ask(&acme, ANA, &question(Preset::Strict), NOON));
        let onlooker = Onlooker { tell: first.tell.clone(), stop: Arc::clone(&first.stop) };
        let shown = block_on(ended(first.state.clone(), ready(())));
        assert!(matches!(shown, Replay::UnderWay(Progress::Reading(0))), "{shown:?}");
        onlooker.tell(Progress::Deciding { done: 16_384, of: 900_000 });
        let later = NOON.after(Span::MINUTE);
        let Asked::Known(state) = replays.ask(&acme, ANA, &question(Preset::Strict), later) else {
            panic!("it was asked before");
        };
        let shown = block_on(ended(state.clone(), ready(())));
        let far = Progress::Deciding { done: 16_384, of: 900_000 };
        assert!(matches!(shown, Replay::UnderWay(progress) if progress == far), "{shown:?}");
        onlooker.tell.send_replace(answer());
        assert!(matches!(block_on(ended(state, pending())), Replay::Ready(_)));
        let newest = |draft: Preset, at| replays.newest(&acme, &draft.policy(), at);
        let Some((beside, Replay::Ready(_))) = newest(Preset::Strict, later) else {
            panic!("it was answered");
        };
        let live = Preset::Balanced.policy();
        assert_eq!(PolicyDocument::of(&beside), PolicyDocument::of(&live));
        assert!(newest(Preset::Relaxed, later).is_none(), "of another draft nothing is known");
        assert!(newest(Preset::Strict, NOON.after(KEPT)).is_none(), "it is too old");
    }

    #[test]
    fn a_new_question_ends_the_one_before_and_that_of_nobody_else() {
        let (replays, acme, globex) = (Replays::default(), tenant("ins_1"), tenant("ins_2"));
        let first = begun(replays.ask(&acme, ANA, &question(Preset::Strict), NOON));
        let other = begun(replays.ask(&globex, ANA, &question(Preset::Strict), NOON));
        let is_over = |begun: &Begun| begun.stop.load(Ordering::Acquire);
        assert!(!is_over(&first) && !is_over(&other));
        // Both places are taken: the new question waits, the one before ends nevertheless.
        assert!(matches!(replays.ask(&acme, ANA, &question(Preset::Relaxed), NOON), Asked::Full));
        assert!(is_over(&first) && !is_over(&other));
        first.tell.send_replace(Replay::Failed);
        drop(first);
        let second = begun(replays.ask(&acme, ANA, &question(Preset::Relaxed), NOON));
        assert!(!is_over(&second) && !is_over(&other));
    }

    #[test]
    fn a_colleagues_replay_is_shared_or_waited_for_and_never_ended() {
        let (replays, acme, globex) = (Replays::default(), tenant("ins_1"), tenant("ins_2"));
        let ask = |who, draft| replays.ask(&acme, who, &question(draft), NOON);
        let first = begun(ask(ANA, Preset::Strict));
        let is_over = |begun: &Begun| begun.stop.load(Ordering::Acquire);
        assert!(matches!(ask(BEN, Preset::Relaxed), Asked::Full));
        assert!(!is_over(&first), "a colleague waits");
        drop(begun(replays.ask(&globex, BEN, &question(Preset::Relaxed), NOON)));
        assert!(matches!(ask(BEN, Preset::Strict), Asked::Known(_)));
        assert!(matches!(ask(ANA, Preset::Relaxed), Asked::Full));
        assert!(!is_over(&first), "Ben has asked for it, too");
        first.tell.send_replace(answer());
        drop(first);
        let second = begun(ask(ANA, Preset::Relaxed));
        let newest = |draft: Preset| replays.newest(&acme, &draft.policy(), NOON);
        assert!(matches!(newest(Preset::Strict), Some((_, Replay::Ready(_)))));
        assert!(matches!(newest(Preset::Relaxed), Some((_, Replay::UnderWay(_)))));
        second.tell.send_replace(answer());
        drop(second);
        assert!(matches!(ask(ANA, Preset::Strict), Asked::Known(_)));
    }

    #[test]
    fn a_card_ends_its_own_and_waits_for_its_owners_page_which_ends_it() {
        let (replays, acme) = (Replays::default(), tenant("ins_1"));
        let ask = |by, draft| replays.ask(&acme, by, &question(draft), NOON);
        let is_over = |begun: &Begun| begun.stop.load(Ordering::Acquire);
        let typed = begun(ask(ANAS_CARD, Preset::Strict));
        let typed_on = begun(ask(ANAS_CARD, Preset::Relaxed));
        assert!(is_over(&typed) && !is_over(&typed_on));
        drop(typed);
        let page = begun(ask(ANA, Preset::Strict));
        assert!(is_over(&typed_on) && !is_over(&page));
        drop(typed_on);
        assert!(matches!(ask(ANAS_CARD, Preset::Relaxed), Asked::Full));
        assert!(!is_over(&page), "the page is waited for");
        let answered = |draft| replays.answer(&acme, &question(draft), NOON).is_some();
        assert!(!answered(Preset::Strict), "it is under way");
        page.tell.send_replace(answer());
        assert!(answered(Preset::Strict) && !answered(Preset::Relaxed));
        assert!(replays.answer(&tenant("ins_2"), &question(Preset::Strict), NOON).is_none());
        assert!(matches!(ask(ANAS_CARD, Preset::Strict), Asked::Known(_)));
        // What a page and a card share goes on while one of them wants it.
        drop(page);
        let shared = begun(ask(ANAS_CARD, Preset::Relaxed));
        assert!(matches!(ask(ANA, Preset::Relaxed), Asked::Known(_)));
        assert!(!is_over(&shared));
    }

    #[test]
    fn a_third_waits_for_a_place_and_what_failed_is_tried_again() {
        let replays = Replays::default();
        let ask = |name: &str| replays.ask(&tenant(name), ANA, &question(Preset::Strict), NOON);
        let (first, second) = (begun(ask("ins_1")), begun(ask("ins_2")));
        assert!(matches!(ask("ins_3"), Asked::Full));
        assert!(replays.place().is_none(), "nor is there one for work that nobody waits for");
        second.tell.send_replace(Replay::Failed);
        drop(second);
        assert!(matches!(ask("ins_1"), Asked::Known(_)));
        let again = begun(ask("ins_2"));
        drop((first, again));
        assert!(replays.place().is_some());
    }

    #[test]
    fn answers_of_the_64_who_asked_last_are_kept() {
        let replays = Replays::default();
        for number in 0..=ASKERS {
            let at = NOON.after(Span(i64::try_from(number).unwrap()));
            let name = format!("ins_{number}");
            drop(begun(replays.ask(&tenant(&name), ANA, &question(Preset::Strict), at)));
        }
        let known = |name: &str| {
            replays.newest(&tenant(name), &Preset::Strict.policy(), NOON.after(Span::SECOND))
        };
        assert!(known("ins_0").is_none() && known("ins_1").is_some());
    }
}
