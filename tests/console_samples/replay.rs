//! The time machine in its states.

use std::sync::Arc;

use lockkeeper::lockout::time_machine::{Became, Comparison, Estimate, Measures, Report, Window};
use lockkeeper::lockout::{LockKind, LockView, UncountedReason};
use lockkeeper::model::{Authenticator, Millis, Span, Until};
use lockkeeper::store::attempts::AttemptDecision;
use lockkeeper::tenant::{LockSpan, Progress, Replayed};
use lockkeeper::web::console::view::frame::Entry;
use lockkeeper::web::console::view::lock_panel::TryLine;
use lockkeeper::web::console::view::replay::{ReplayPage, ReplayState, Shown, ShownAccount};
use lockkeeper::web::console::view::replay_account::{
    AccountDeed, AccountStep, Recorded, ReplayAccountPage,
};

use super::{LONG, NOW, Sample, frame, sample};

fn page(state: ReplayState) -> ReplayPage {
    ReplayPage {
        frame: frame(Entry::Policy),
        days: 7,
        state,
        draft: vec![("max_attempts".to_owned(), "6".to_owned())],
        path: "/console/acme/policy/replay".to_owned(),
        back: "/console/acme/policy".to_owned(),
    }
}

const fn of(low: i64, likely: i64, high: i64) -> Estimate {
    Estimate { low, likely, high }
}

const fn measures(scale: i64) -> Measures {
    Measures {
        locks: of(40 * scale, 41 * scale, 47 * scale),
        locked: of(12 * scale, 12 * scale, 12 * scale),
        owners_locked: of(3, 4 * scale, 9 * scale),
        guesses: of(9_412, 9_412 * scale, 14_020 * scale),
        mails: of(12, 12, 12),
        owner_wait_ms: of(0, 7_200_000 * scale, 86_400_000),
    }
}

fn report(scale: i64) -> Report {
    let first = NOW.before(Span::DAY.times(7)).0.div_euclid(Span::DAY.0);
    let days = (first..first + 8).map(|day| (day, measures(scale * (day % 3)))).collect();
    Report { days, total: measures(scale), widened: 3 }
}

/// Of seven days.
pub(super) fn replayed(found: Comparison, shortened: bool) -> Arc<Replayed> {
    let window = Window { from: NOW.before(Span::DAY.times(7)), to: NOW };
    Arc::new(Replayed { found, window, shortened })
}

fn ready(found: Comparison, shortened: bool) -> ReplayState {
    let named = |name: &str, owners_locked: Estimate| ShownAccount {
        name: name.to_owned(),
        path: "/console/acme/policy/replay/user_2abc?draft=1&max_attempts=6&days=7".to_owned(),
        now: Measures { owners_locked: of(0, 0, 0), ..measures(1) },
        draft: Measures { owners_locked, ..measures(2) },
    };
    let accounts = if found.tries == 0 {
        Vec::new()
    } else {
        vec![
            named("maria@example.com", of(1, 1, 1)),
            named(LONG, of(0, 0, 1)),
            named("bo", of(0, 0, 0)),
        ]
    };
    let replayed = replayed(found, shortened);
    ReplayState::Ready(Box::new(Shown { replayed, accounts }))
}

pub(super) fn found() -> Comparison {
    let (now, draft) = (report(1), report(2));
    Comparison { now, draft, accounts: Vec::new(), tries: 118_204, unknown: 4_100 }
}

fn lock(until: Until) -> LockView {
    let since = NOW.before(Span::HOUR);
    LockView { staff: false, kind: LockKind::Automatic, source_only: false, since, until }
}

fn tried(seconds: i64, decision: AttemptDecision, draft: Became) -> AccountStep {
    let at = NOW.before(Span::SECOND.times(600 - seconds));
    let line = TryLine {
        at,
        source: "2001:db8:1:2::/64".to_owned(),
        decision,
        repeated: false,
        count_after: seconds / 10,
    };
    let recorded = Recorded::Try { line, with: Some(Authenticator::Password) };
    AccountStep { at, recorded, draft: Some(draft) }
}

fn account_steps() -> Vec<AccountStep> {
    use AttemptDecision as D;
    let end = Until::At(NOW.after(Span::MINUTE.times(12)));
    let refused = |tries| Recorded::Refused { tries, from: "198.51.100.7".to_owned() };
    let of = |recorded, draft| AccountStep { at: NOW, recorded, draft };
    vec![
        tried(10, D::Counted, Became::Counted { remaining: 1 }),
        tried(20, D::Counted, Became::Locked(lock(end))),
        tried(30, D::Locked, Became::Refused(lock(end))),
        tried(40, D::Refused, Became::Uncounted(UncountedReason::Repeated)),
        tried(50, D::Passed, Became::Passed),
        tried(60, D::Completed, Became::Completed),
        of(refused(12), Some(Became::Refused(lock(Until::Unlocked)))),
        of(refused(900), Some(Became::Checked { tries: 5, lock: Some(lock(end)) })),
        of(refused(1), Some(Became::Checked { tries: 1, lock: None })),
        of(Recorded::Deed(AccountDeed::Locked), Some(Became::ByStaff)),
        of(Recorded::Deed(AccountDeed::Unlocked), Some(Became::Lifted)),
        of(Recorded::Deed(AccountDeed::UnlockedByMail), Some(Became::Nothing)),
        of(Recorded::Deed(AccountDeed::Reset), None),
    ]
}

fn accounts() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/policy/replay/{user}";
    let span = |minutes: i64, until: Until, lifted: Option<Millis>| LockSpan {
        since: NOW.before(Span::MINUTE.times(minutes)),
        until,
        lifted,
        source_only: lifted.is_some(),
    };
    let differs = ReplayAccountPage {
        frame: frame(Entry::Policy),
        name: "maria@example.com".to_owned(),
        days: 7,
        from: NOW.before(Span::DAY.times(7)),
        steps: account_steps(),
        older: false,
        cut: false,
        locks_now: vec![span(90, Until::At(NOW.before(Span::MINUTE)), None)],
        locks_draft: vec![
            span(90, Until::At(NOW), Some(NOW.before(Span::MINUTE.times(30)))),
            span(20, Until::Unlocked, None),
        ],
        draft: vec![("max_attempts".to_owned(), "6".to_owned())],
        replay_path: "/console/acme/policy/replay".to_owned(),
        story_path: "/console/acme/locks/user_2abc".to_owned(),
    };
    let shortened =
        ReplayAccountPage { name: LONG.to_owned(), older: true, cut: true, ..differs.clone() };
    let nothing = ReplayAccountPage {
        steps: Vec::new(),
        locks_now: Vec::new(),
        locks_draft: Vec::new(),
        ..differs.clone()
    };
    vec![
        sample(PATH, "differs", &differs),
        sample(PATH, "shortened", &shortened),
        sample(PATH, "nothing-recorded", &nothing),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/policy/replay";
    let under_way = ReplayState::UnderWay(Progress::Deciding { done: 16_384, of: 900_000 });
    let mut all = vec![
        sample(PATH, "ready", &page(ready(found(), false))),
        sample(PATH, "shortened", &page(ready(found(), true))),
        sample(PATH, "nothing-recorded", &page(ready(Comparison::default(), false))),
        sample(PATH, "under-way", &page(under_way)),
        sample(PATH, "waiting", &page(ReplayState::Waiting)),
        sample(PATH, "failed", &page(ReplayState::Failed)),
    ];
    all.extend(accounts());
    all
}
