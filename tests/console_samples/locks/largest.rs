//! One account's story at its largest: what the page's weight is judged by.

use lockkeeper::model::{Lane, LaneId, Until};
use lockkeeper::store::attempts::AttemptDecision;
use lockkeeper::store::mail_fates::DeliveryState;
use lockkeeper::support::verdict::Leaning;
use lockkeeper::tenant::{LockReach, STORY_LOCKS, STORY_PAGE};
use lockkeeper::web::console::view::lock_ends::{LineEnd, LockLine};
use lockkeeper::web::console::view::lock_panel::{LockPanel, PanelHead};
use lockkeeper::web::console::view::lock_story::{
    DeedStep, DeedWord, Doer, LockStoryPage, StoryLine, TryStep,
};
use lockkeeper::web::console::view::story_weight::fit;

use super::super::LONG;
use super::{LONG_ADDRESS, attempt, campaign, ended, mail, minutes, panel, refused, story};

/// Rows beside the attempts: more than fit.
const BESIDE: i64 = 100;

/// The most that a page can hold: every attempt locked, was mailed, was of a campaign, another device and
/// other rules, and whatever else happened has the longest reason.
pub(super) fn page() -> LockStoryPage {
    let reason = || Some("reason ".repeat(43).chars().take(300).collect::<String>());
    let attempts = i64::try_from(STORY_PAGE).unwrap();
    let mut steps: Vec<StoryLine> = (0..attempts)
        .map(|number| {
            let at = number * 3 - 190;
            StoryLine::Try(Box::new(TryStep {
                lane: Lane::Device(LaneId("d".to_owned())),
                lock: Some((minutes(at), Until::At(minutes(at + 60 * 24)))),
                campaign: campaign(),
                mail: Some(mail(at, DeliveryState::Undeliverable)),
                from: Some(format!("2001:db8:{number:04x}:beef::/64")),
                policy_version: Some(1_000 + number),
                ..attempt(at, AttemptDecision::Locked, 100)
            }))
        })
        .collect();
    steps.extend((0..BESIDE).map(|number| match number % 10 {
        0 => refused(number - BESIDE),
        _ => {
            let word = DeedWord::Locked { until: Until::At(minutes(60 * 24)) };
            let who = Doer::Staff(LONG.to_owned());
            StoryLine::Deed(DeedStep { at: minutes(number - BESIDE), word, who, reason: reason() })
        }
    }));
    let lock = || LockLine {
        who: Doer::Staff(LONG.to_owned()),
        reason: reason(),
        reach: LockReach::Device("device:a".to_owned()),
        ..ended(LineEnd::NotKnown, Until::Unlocked)
    };
    let fitted = fit(steps, (0..STORY_LOCKS).map(|_| lock()).collect());
    assert!(fitted.cut.is_some() && fitted.locks_cut.is_some());
    LockStoryPage {
        name: LONG_ADDRESS.to_owned(),
        panel: LockPanel {
            campaign: campaign(),
            ..panel(PanelHead::LongRun, Some(Leaning::Attacker))
        },
        steps: fitted.rows,
        cut: fitted.cut,
        locks: fitted.locks,
        locks_cut: fitted.locks_cut,
        older: Some("/console/acme/locks/user_2abc?from=att_1".to_owned()),
        ..story()
    }
}
