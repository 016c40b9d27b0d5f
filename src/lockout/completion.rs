//! A right secret: a passed factor clears nothing, a completed sign-in clears its own share and
//! no more. Knows nothing of sessions.

use super::decide::Step;
use super::decision::Decision;
use super::refresh::{clear_lane, clear_share, close_finished_episode};
use super::state::{Ladder, SubjectView};
use crate::model::Lane;

pub(super) fn factor_passed(step: &Step<'_>, lane: &Lane) -> Decision {
    refusal(step, lane).unwrap_or(Decision::Passed)
}

pub(super) fn completed(step: &mut Step<'_>, lane: &Lane) -> Decision {
    if let Some(refusal) = refusal(step, lane) {
        return refusal;
    }
    match lane {
        Lane::Public => clear_public(step),
        Lane::Device(_) => clear_device(step),
        Lane::Pass(_) => step.state.lane.dead = true,
    }
    step.state.subject.long_run = 0;
    Decision::Completed
}

fn refusal(step: &Step<'_>, lane: &Lane) -> Option<Decision> {
    if !lane.is_public() && step.state.lane.dead {
        return Some(Decision::LaneDead);
    }
    step.lock_in_force(lane).map(Decision::Refused)
}

/// The source's share goes, other sources' shares and the deadline stay (Authgear's rule).
fn clear_public(step: &mut Step<'_>) {
    clear_share(&mut step.state);
    let SubjectView { subject, source, .. } = &mut step.state;
    source.ladder = Ladder::default();
    subject.ladder = Ladder::default();
    if let Some(lock) = &mut subject.lock {
        lock.spent = true;
    }
    close_finished_episode(step.policy, subject, step.now);
}

fn clear_device(step: &mut Step<'_>) {
    let lane = &mut step.state.lane;
    clear_lane(lane);
    lane.ladder = Ladder::default();
    lane.deadline = None;
    lane.beyond_long_run = 0;
}
