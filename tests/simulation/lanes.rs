//! What each lane of a subject would meet, by the rows and by the reference model.

use std::collections::BTreeSet;

use lockkeeper::lockout::{LaneState, Policy, SubjectView, look};
use lockkeeper::model::{Lane, Millis};
use lockkeeper::store::SubjectKey;

use super::image::Image;
use super::names::NAMES;
use super::oracle::Wrong;
use super::report::Check;
use crate::lockout_model::reference::Model;
use crate::lockout_model::{EVERYBODY, Seen, Who};

pub(crate) fn view_of(image: &Image, subject: &SubjectKey, who: Who) -> SubjectView {
    let source = match who {
        Who::Source(number) => &NAMES.sources[usize::from(number)],
        Who::Device(_) | Who::Pass(_) => &NAMES.nowhere,
    };
    view_in(image, subject, source, &who.lane())
}

/// As `store::gate` reads it: the rows of a subject for one source and lane.
pub(crate) fn view_in(
    image: &Image,
    subject: &SubjectKey,
    source: &lockkeeper::model::Source,
    lane: &Lane,
) -> SubjectView {
    let mut view = SubjectView {
        subject: image.subjects.get(subject).cloned().unwrap_or_default(),
        source: image.sources.get(&(subject.clone(), source.clone())).cloned().unwrap_or_default(),
        lane: LaneState::default(),
    };
    if !lane.is_public() {
        let unknown = LaneState { dead: true, ..LaneState::default() };
        view.lane = image.lanes.get(&(subject.clone(), lane.clone())).cloned().unwrap_or(unknown);
    }
    view
}

pub(crate) fn compare_lanes(
    policy: &Policy,
    subject: &SubjectKey,
    image: &Image,
    model: &Model,
    issued: &BTreeSet<(SubjectKey, Who)>,
    at: Millis,
) -> Result<(), Wrong> {
    for who in EVERYBODY {
        let public = matches!(who, Who::Source(_));
        if !public && !issued.contains(&(subject.clone(), who)) {
            continue;
        }
        let mut later = model.clone();
        later.time_passes(policy, Some(who), at.0);
        let seen = look(policy, &view_of(image, subject, who), &who.lane(), at);
        let lock = if seen.dead {
            Some(Seen::Dead)
        } else {
            seen.lock.map(|lock| Seen::Refused(lock.until))
        };
        let left = policy.enabled.then(|| later.left(policy, who));
        if lock != later.refusal(who) || seen.remaining != left {
            let text = format!(
                "{subject:?} {who:?}: {lock:?}, {:?} left, where {:?}, {left:?} is right",
                seen.remaining,
                later.refusal(who)
            );
            return Err((Check::State, text));
        }
    }
    Ok(())
}
