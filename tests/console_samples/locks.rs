//! The list of locks, one account's story, and what is done to locks, in their states.

mod largest;

use lockkeeper::lockout::LockLength;
use lockkeeper::model::{Authenticator, Lane, LaneId, Millis, OutboxId, Span, Until, UserId};
use lockkeeper::store::attempts::AttemptDecision;
use lockkeeper::store::counted::Counted;
use lockkeeper::store::locks::LockSort;
use lockkeeper::store::mail_fates::{Delivery, DeliveryState};
use lockkeeper::store::outbox::OutboxTopic;
use lockkeeper::store::team::Role;
use lockkeeper::support::verdict::{Fact, Leaning, Verdict};
use lockkeeper::tenant::{LockReach, Skip, SparedCount};
use lockkeeper::web::console::view::frame::{Entry, Frame};
use lockkeeper::web::console::view::lock_deed::{Asked, LockDeed, LockDeedPage, LockDeedProblem};
use lockkeeper::web::console::view::lock_ends::{LineEnd, LockLine};
use lockkeeper::web::console::view::lock_panel::{
    CampaignLink, FirstDeed, LockPanel, PanelHead, TryLine,
};
use lockkeeper::web::console::view::lock_story::{
    Asking, DeedStep, DeedWord, Doer, LockStoryPage, RefusedFrom, RefusedStep, StoryLine, TryStep,
};
use lockkeeper::web::console::view::locks::{Choosing, EndsWord, LockItem, LocksAsked, LocksPage};
use lockkeeper::web::console::view::locks_many::{
    Left, ManyDeed, ManyPage, ManyProblem, StepPage, Whom,
};
use lockkeeper::web::console::view::request::Hands;

use super::{LONG, NOW, Sample, frame, sample};

const LONG_ADDRESS: &str =
    "maximiliane.von.hohenstein-wartburg-und-zu-lichtenfels@dept.donaudampfschifffahrt.test";

fn user() -> UserId {
    UserId::from_stored("user_2abc".to_owned())
}

fn minutes(count: i64) -> Millis {
    Millis(NOW.0 + count * Span::MINUTE.0)
}

fn lock(name: &str, sort: LockSort, until: Until) -> LockItem {
    LockItem {
        user: user(),
        name: name.to_owned(),
        path: "/console/acme/locks/user_2abc".to_owned(),
        sort,
        since: minutes(-4),
        until,
        source: (sort == LockSort::Source).then(|| "198.51.100.7".to_owned()),
    }
}

fn list() -> LocksPage {
    LocksPage {
        frame: frame(Entry::Locks),
        path: "/console/acme/locks".to_owned(),
        many_path: "/console/acme/locks/many".to_owned(),
        asked: LocksAsked::default(),
        locks: vec![
            lock("alex@acme.test", LockSort::Automatic, Until::At(minutes(12))),
            lock("+4366012345678", LockSort::Source, Until::At(minutes(40))),
            lock("rin", LockSort::Staff, Until::At(minutes(60 * 30))),
            lock("kai@acme.test", LockSort::LongRun, Until::Unlocked),
        ],
        count: Some(Counted::Exactly(4)),
        later: false,
        next: None,
        choosing: Choosing::May,
    }
}

fn lists() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/locks";
    let none = LocksPage { locks: Vec::new(), count: Some(Counted::Exactly(0)), ..list() };
    let asked =
        LocksAsked { sort: Some(LockSort::Staff), ends: EndsWord::Never, words: String::new() };
    let nothing = LocksPage { asked, ..none.clone() };
    let asked = LocksAsked { words: "<b>\"ana".to_owned(), ..LocksAsked::default() };
    let search = LocksPage { asked, count: None, next: Some("~ana".to_owned()), ..list() };
    let long = LocksPage {
        locks: vec![lock(LONG_ADDRESS, LockSort::LongRun, Until::Unlocked)],
        count: Some(Counted::MoreThan(1_000)),
        later: true,
        next: Some("1~user_2abc~".to_owned()),
        ..list()
    };
    let auditor = Frame { role: Some(Role::Auditor), ..frame(Entry::Locks) };
    let reader = LocksPage { frame: auditor, choosing: Choosing::Not, ..list() };
    vec![
        sample(PATH, "full", &list()),
        sample(PATH, "none", &none),
        sample(PATH, "nothing-found", &nothing),
        sample(PATH, "search", &search),
        sample(PATH, "long-names", &long),
        sample(PATH, "reader", &reader),
    ]
}

fn many() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/locks/many";
    let chosen = ManyPage {
        frame: frame(Entry::Locks),
        path: "/console/acme/locks/many".to_owned(),
        back: "/console/acme/locks".to_owned(),
        deed: ManyDeed::Unlock,
        whom: Whom::Chosen(vec![
            ("user_2abc".to_owned(), "alex@acme.test".to_owned()),
            ("user_2abd".to_owned(), LONG_ADDRESS.to_owned()),
        ]),
        fields: vec![("deed", "unlock".to_owned())],
        reason: String::new(),
        problem: None,
    };
    let whom = Whom::Matching(Some(Counted::MoreThan(1_000)));
    let matching = ManyPage { whom, ..chosen.clone() };
    let whom = Whom::Spared(SparedCount { accounts: 31, more: true });
    let spared = ManyPage { whom, ..chosen.clone() };
    let again = ManyPage { deed: ManyDeed::LockAgain, ..chosen.clone() };
    let fault = ManyPage { problem: Some(ManyProblem::NoReason), ..chosen.clone() };
    let left = |name: &str, why| Left {
        name: name.to_owned(),
        path: "/console/acme/locks/user_2abc".to_owned(),
        why,
    };
    let step = StepPage {
        frame: frame(Entry::Locks),
        path: "/console/acme/locks/many".to_owned(),
        back: "/console/acme/locks".to_owned(),
        done: 498,
        left: vec![left(LONG_ADDRESS, Skip::ByStaff), left("kai", Skip::NotLocked)],
        fields: vec![("all", "1".to_owned()), ("reason", "<b>\"ana".to_owned())],
    };
    vec![
        sample(PATH, "chosen", &chosen),
        sample(PATH, "matching", &matching),
        sample(PATH, "again", &again),
        sample(PATH, "spared", &spared),
        sample(PATH, "no-reason", &fault),
        sample(PATH, "under-way", &step),
    ]
}

fn panel(head: PanelHead, leaning: Option<Leaning>) -> LockPanel {
    let reasons = vec![Fact::KnownSource, Fact::RepeatedPassword, Fact::TooFastForHands];
    LockPanel {
        head,
        verdict: leaning.map(|leaning| Verdict { leaning, reasons }),
        deed: match (head, leaning) {
            (PanelHead::Locked(_), Some(Leaning::Owner)) => FirstDeed::UnlockMail,
            _ => FirstDeed::None,
        },
        can_unlock: true,
        tries: Vec::new(),
        refused: Counted::Exactly(0),
        mails: Vec::new(),
        mails_cut: false,
        unreachable: Vec::new(),
        policy_version: Some(12),
        versions_path: Some("/console/acme/policy/versions".to_owned()),
        campaign: None,
        earlier: 0,
        mailbox_proved_at: None,
    }
}

fn campaign() -> Option<CampaignLink> {
    Some(CampaignLink {
        path: "/console/acme/attacks/cmp_1".to_owned(),
        name: "Guessing at many accounts from 198.51.100.* and 41 more".to_owned(),
    })
}

fn attempt(at: i64, decision: AttemptDecision, count: i64) -> TryStep {
    TryStep {
        line: TryLine {
            at: minutes(at),
            source: "198.51.100.7".to_owned(),
            decision,
            repeated: count == 3,
            count_after: count,
        },
        with: Some(Authenticator::Password),
        lane: Lane::Public,
        lock: None,
        campaign: None,
        mail: None,
        from: (count == 1).then(|| "198.51.100.7".to_owned()),
        policy_version: None,
    }
}

fn mail(at: i64, state: DeliveryState) -> Delivery {
    Delivery {
        id: OutboxId::from_stored("out_1".to_owned()),
        topic: OutboxTopic::Unlock,
        state,
        written_at: minutes(at),
        at: minutes(at),
        opened_at: (state == DeliveryState::Accepted).then(|| minutes(at + 1)),
        why: None,
    }
}

/// Eight failures, of every kind of secret, and the lock that they made.
pub(super) fn tries() -> Vec<StoryLine> {
    let with = [
        Some(Authenticator::Password),
        Some(Authenticator::OobOtp),
        Some(Authenticator::Totp),
        Some(Authenticator::RecoveryCode),
        None,
    ];
    let mut lines: Vec<StoryLine> = (1..8)
        .map(|number| {
            let step = attempt(number - 30, AttemptDecision::Counted, number);
            let with = with[usize::try_from(number).unwrap() % with.len()];
            StoryLine::Try(Box::new(TryStep { with, ..step }))
        })
        .collect();
    lines.push(StoryLine::Try(Box::new(TryStep {
        lock: Some((minutes(-22), Until::At(minutes(12)))),
        mail: Some(mail(-22, DeliveryState::Accepted)),
        policy_version: Some(13),
        ..attempt(-22, AttemptDecision::Locked, 8)
    })));
    lines
}

fn story() -> LockStoryPage {
    LockStoryPage {
        frame: frame(Entry::Locks),
        path: "/console/acme/locks/user_2abc".to_owned(),
        back: ("/console/acme/locks".to_owned(), "Locks".to_owned()),
        name: "alex@acme.test".to_owned(),
        asking: Asking::WhyIs,
        panel: panel(PanelHead::Locked(Until::At(minutes(12))), Some(Leaning::Owner)),
        steps: tries(),
        cut: None,
        locks: Vec::new(),
        locks_cut: None,
        version: Some(12),
        user_path: Some("/console/acme/users/user_2abc".to_owned()),
        older: None,
        newest: None,
        hands: Hands::Free,
    }
}

fn deed(at: i64, word: DeedWord, who: Doer) -> DeedStep {
    DeedStep { at: minutes(at), word, who, reason: Some("<b>\"ana".to_owned()) }
}

/// All that can stand in the table besides failures.
fn every_line() -> Vec<StoryLine> {
    let decisions = [
        AttemptDecision::Counted,
        AttemptDecision::Refused,
        AttemptDecision::UncountedLockoutOff,
        AttemptDecision::UncountedAuthenticator,
        AttemptDecision::UncountedRepeated,
        AttemptDecision::UncountedResetCode,
        AttemptDecision::Passed,
        AttemptDecision::Verified,
        AttemptDecision::Banned,
        AttemptDecision::Completed,
    ];
    let mut lines = tries();
    lines.extend((0_i64..).zip(decisions).map(|(number, decision)| {
        let lanes = [Lane::Device(LaneId("d".to_owned())), Lane::Pass(LaneId("p".to_owned()))];
        let lane = lanes[usize::try_from(number % 2).unwrap()].clone();
        StoryLine::Try(Box::new(TryStep { lane, ..attempt(number - 20, decision, 0) }))
    }));
    let at = minutes(-19);
    let from = RefusedFrom::One("198.51.100.7".to_owned());
    lines.push(StoryLine::Refused(RefusedStep { at, until: None, tries: 14, from }));
    lines.push(refused(-18));
    let states = [
        DeliveryState::Queued,
        DeliveryState::Deferred,
        DeliveryState::Bounced,
        DeliveryState::Undeliverable,
        DeliveryState::Dropped,
        DeliveryState::Suppressed,
    ];
    lines.extend(
        (0_i64..).zip(states).map(|(number, state)| StoryLine::Mail(mail(number - 9, state))),
    );
    lines.extend(
        (0_i64..)
            .zip(every_deed())
            .map(|(number, step)| StoryLine::Deed(DeedStep { at: minutes(number - 12), ..step })),
    );
    lines
}

fn refused(at: i64) -> StoryLine {
    let (at, until) = (minutes(at), Some(minutes(at + 2)));
    let from = RefusedFrom::Several(1_204);
    StoryLine::Refused(RefusedStep { at, until, tries: 31_507, from })
}

fn every_deed() -> Vec<DeedStep> {
    let staff = || Doer::Staff(LONG.to_owned());
    vec![
        deed(-9, DeedWord::Locked { until: Until::Unlocked }, staff()),
        deed(-8, DeedWord::Unlocked, Doer::Server),
        deed(-7, DeedWord::UnlockedByMail, Doer::Owner),
        deed(-6, DeedWord::Reset, Doer::CommandLine),
        deed(-5, DeedWord::MailAsked, staff()),
        deed(-5, DeedWord::Created, staff()),
        deed(-5, DeedWord::Changed, staff()),
        deed(-5, DeedWord::Banned, staff()),
        deed(-5, DeedWord::BanLifted, staff()),
        deed(-5, DeedWord::SessionsEnded, staff()),
        deed(-5, DeedWord::SecondFactorReset, staff()),
        deed(-5, DeedWord::Other, staff()),
    ]
}

fn ended(end: LineEnd, until: Until) -> LockLine {
    LockLine {
        at: minutes(-9),
        who: Doer::Server,
        reason: Some("<b>\"ana".to_owned()),
        reach: LockReach::ByStaff,
        until,
        end,
    }
}

fn every_end() -> Vec<LockLine> {
    let at = minutes(-5);
    let ends = [
        (Doer::SomeStaff, LockReach::Account, LineEnd::Stands),
        (Doer::Other("demo".to_owned()), LockReach::ByStaff, LineEnd::ByItself(at)),
        (Doer::Attempts, LockReach::Source("192.0.2.1".to_owned()), LineEnd::ByMail(at)),
        (Doer::Attempts, LockReach::Device("device:a".to_owned()), LineEnd::ByReset(at)),
        (Doer::Attempts, LockReach::Account, LineEnd::By { at, who: Doer::Staff(LONG.to_owned()) }),
        (Doer::Attempts, LockReach::Account, LineEnd::Replaced { at, longer: true }),
        (Doer::Server, LockReach::ByStaff, LineEnd::Replaced { at, longer: false }),
        (Doer::Server, LockReach::ByStaff, LineEnd::NotKnown),
    ];
    let line = |(who, reach, end)| LockLine { who, reach, ..ended(end, Until::Unlocked) };
    ends.into_iter().map(line).collect()
}

fn stories() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/locks/{user}";
    let until = Until::At(minutes(60 * 24 * 40));
    let staff = LockStoryPage {
        panel: panel(PanelHead::StaffLock(until), None),
        steps: vec![StoryLine::Deed(deed(-5, DeedWord::Locked { until }, Doer::Server))],
        locks: vec![ended(LineEnd::Stands, until)],
        ..story()
    };
    let ended = LockStoryPage {
        name: LONG_ADDRESS.to_owned(),
        asking: Asking::WhyWas,
        panel: panel(PanelHead::BackIn(minutes(-2)), Some(Leaning::Unclear)),
        steps: every_line(),
        locks: every_end(),
        ..story()
    };
    let attacked = TryStep {
        lock: Some((minutes(-3), Until::Unlocked)),
        campaign: campaign(),
        ..attempt(-3, AttemptDecision::Locked, 100)
    };
    let attack = LockStoryPage {
        panel: LockPanel {
            campaign: campaign(),
            ..panel(PanelHead::LongRun, Some(Leaning::Attacker))
        },
        steps: vec![StoryLine::Try(Box::new(attacked))],
        older: Some("/console/acme/locks/user_2abc?from=att_1".to_owned()),
        ..story()
    };
    let source = attempt(-3, AttemptDecision::Locked, 8);
    let source = TryStep { lock: Some((minutes(-3), Until::Unlocked)), ..source };
    let per_source = LockStoryPage { steps: vec![StoryLine::Try(Box::new(source))], ..story() };
    let never = LockStoryPage {
        asking: Asking::WhatHappened,
        panel: panel(PanelHead::NotLocked, None),
        steps: Vec::new(),
        version: None,
        ..story()
    };
    let older = LockStoryPage {
        older: Some("/console/acme/locks/user_2abc?from=att_1".to_owned()),
        newest: Some("/console/acme/locks/user_2abc".to_owned()),
        cut: Some(minutes(-60)),
        locks: every_end(),
        locks_cut: Some(minutes(-60)),
        ..story()
    };
    let support = Frame { role: Some(Role::Support), ..frame(Entry::Inbox) };
    let reader = LockStoryPage {
        frame: support,
        panel: LockPanel { versions_path: None, ..story().panel },
        user_path: None,
        hands: Hands::Tied,
        ..story()
    };
    vec![
        sample(PATH, "automatic", &story()),
        sample(PATH, "staff", &staff),
        sample(PATH, "ended", &ended),
        sample(PATH, "attack", &attack),
        sample(PATH, "per-source", &per_source),
        sample(PATH, "never-tried", &never),
        sample(PATH, "older", &older),
        sample(PATH, "largest", &largest::page()),
        sample(PATH, "reader", &reader),
    ]
}

fn by_hand() -> Vec<Sample> {
    const LOCK: &str = "/console/{slug}/locks/{user}/lock";
    const UNLOCK: &str = "/console/{slug}/locks/{user}/unlock";
    let page = |deed| LockDeedPage {
        frame: frame(Entry::Locks),
        deed,
        name: LONG_ADDRESS.to_owned(),
        path: "/console/acme/locks/user_2abc/lock".to_owned(),
        back: "/console/acme/locks/user_2abc".to_owned(),
        usual: LockLength::For(Span::HOUR),
        asked: Asked::default(),
        problems: Vec::new(),
    };
    let faults = LockDeedPage {
        usual: LockLength::UntilUnlocked,
        asked: Asked { duration: "<b>\"ana".to_owned(), reason: String::new() },
        problems: vec![LockDeedProblem::Duration, LockDeedProblem::Reason],
        ..page(LockDeed::Lock)
    };
    let none = LockDeedPage { problems: vec![LockDeedProblem::Reason], ..page(LockDeed::Unlock) };
    vec![
        sample(LOCK, "lock", &page(LockDeed::Lock)),
        sample(LOCK, "faults", &faults),
        sample(UNLOCK, "unlock", &page(LockDeed::Unlock)),
        sample(UNLOCK, "no-reason", &none),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    [lists(), many(), stories(), by_hand()].into_iter().flatten().collect()
}

/// Whatever stands in the table, the drawing has each of it once; and no decision is without words.
#[test]
fn strip_and_table_say_the_same() {
    let page = stories().into_iter().find(|sample| sample.state == "ended").unwrap().html;
    let drawn = |mark: &str| page.split("</svg></div>").next().unwrap().matches(mark).count();
    // Failures that counted: seven, the one that locked, and one more.
    assert_eq!(drawn("class=\"tick\""), 9);
    assert_eq!(
        page.matches("<td class=\"number\">").count()
            - page.matches("<td class=\"number\"></td>").count(),
        9
    );
    assert_eq!(drawn("class=\"letter\""), 7);
    assert_eq!(drawn("class=\"ring\""), 3);
    assert_eq!(drawn("class=\"in\""), 1);
    for words in ["Not looked at", "lockout was off", "leaves this out", "same password again"] {
        assert!(page.contains(words), "{words}");
    }
}
