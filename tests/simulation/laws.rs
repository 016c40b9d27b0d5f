//! Laws that hold without any model: what no attempt and no press may do to a row.

use lockkeeper::lockout::Event;
use lockkeeper::model::{Lane, Until};
use lockkeeper::store::settle::SettleRequest;

use super::facts::Around;
use super::oracle::Wrong;
use super::report::Check;

/// Without the model: no attempt moves a lock that stands (a long-run lock may take its place from
/// a lane of its own), the number of the episode only rises, time does not go back.
pub(crate) fn unmoved(around: &Around, request: &SettleRequest) -> Result<(), Wrong> {
    let (before, after) = (&around.before, &around.after);
    let at = around.now.max(before.last_instant);
    let stood = before.lock.filter(|lock| lock.until.holds_at(at));
    let long_run = after.lock.is_some_and(|lock| lock.until == Until::Unlocked);
    let moved = stood.is_some_and(|lock| after.lock.map(|l| l.until) != Some(lock.until));
    if (moved && !(long_run && request.lane != Lane::Public))
        || before.staff_lock != after.staff_lock
    {
        let text = format!("{:?} became {:?} by an attempt", before.lock, after.lock);
        return Err((Check::LockEnd, text));
    }
    if after.episode < before.episode {
        return Err((Check::Mail, format!("episode {} after {}", after.episode, before.episode)));
    }
    if after.last_instant < before.last_instant {
        let text = format!("{:?} after {:?}", after.last_instant, before.last_instant);
        return Err((Check::Clock, text));
    }
    Ok(())
}

/// Without the model: a press changes locks and counts of its own open episode only, and never a
/// staff lock.
pub(crate) fn press_stays_within(around: &Around, event: &Event) -> Result<(), Wrong> {
    let Event::Press { episode } = event else { return Ok(()) };
    let (before, after) = (&around.before, &around.after);
    if before.staff_lock != after.staff_lock {
        return Err((Check::Press, "a press lifted a staff lock".to_owned()));
    }
    let lifted = before.lock.is_some() && after.lock.is_none();
    if lifted && (*episode != before.episode || !before.episode_open) {
        return Err((Check::Press, format!("a press of {episode} opened {}", before.episode)));
    }
    Ok(())
}
