//! The press of an unlock link: decided under the subject's row lock, and in the same transaction the
//! browser is given the grace pass of the link's episode, one for each however often it is pressed.
//! Knows no link and no cookie.

use super::Store;
use super::committer::Work;
use super::error::StoreError;
use super::lanes::LaneCard;
use super::ledger::{Ledger, Place};
use super::shares::Room;
use super::subject_events::{self, SubjectChange, SubjectRequest};
use super::subjects::SubjectKey;
use crate::lockout::{self, Decision, Event, LaneState, PressVoid};
use crate::model::{Lane, LaneId, Millis, Source, TenantId, UserId};

/// A press of a genuine, unexpired link.
#[derive(Debug, Clone)]
pub struct PressRequest {
    pub tenant: TenantId,
    pub user: UserId,
    /// The link's own: with the subject's present one an old link would renew passes for ever.
    pub episode: i64,
    pub actor: String,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Pressed {
    pub change: SubjectChange,
    /// `None`: the episode's pass is dead, or a press gives none now.
    pub pass: Option<GivenPass>,
}

/// The episode's grace pass, alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenPass {
    pub lane: LaneId,
    pub expires_at: Millis,
    pub credential_version: i64,
}

impl Store {
    /// Presses.
    ///
    /// # Errors
    /// `NotFound` when the user is gone; otherwise as any write.
    pub async fn press(&self, request: PressRequest) -> Result<Pressed, StoreError> {
        let tenant = request.tenant.clone();
        let subjects = vec![SubjectKey::user(&request.user)];
        let job = move |work: &mut Work<'_>| press(work, &request)?;
        self.work_in(Room::Reserved, &tenant, subjects, job).await
    }
}

/// Decides a press. The outer `Result` is the transaction's, the inner one the caller's.
///
/// # Errors
/// [`StoreError`]: nothing was decided, and the whole transaction is to be given up.
pub fn press<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &PressRequest,
) -> Result<Result<Pressed, StoreError>, StoreError> {
    let event = SubjectRequest {
        tenant: request.tenant.clone(),
        user: request.user.clone(),
        event: Event::Press { episode: request.episode },
        actor: request.actor.clone(),
        reason: None,
    };
    let change = match subject_events::change(ledger, &event)? {
        Ok(change) => change,
        Err(error) => return Ok(Err(error)),
    };
    let unknown = change.decision == Decision::PressVoid(PressVoid::Unknown);
    // Also the press of a superseded link: a pass given now would outlive the lock.
    let staff_locked =
        lockout::account_lock(&change.state, change.at).is_some_and(|lock| lock.staff);
    let pass = if unknown || staff_locked { None } else { pass_of(ledger, request, &change)? };
    Ok(Ok(Pressed { change, pass }))
}

/// The pass of the episode: made, or the one that was made before, unless it is used up.
fn pass_of<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &PressRequest,
    change: &SubjectChange,
) -> Result<Option<GivenPass>, StoreError> {
    let Some(user) = ledger.user(&request.tenant, &request.user)? else { return Ok(None) };
    let lane = LaneId(request.episode.to_string());
    let named = Lane::Pass(lane.clone());
    let subject = SubjectKey::user(&request.user);
    let nowhere = Source::from_stored(String::new());
    let place =
        Place { tenant: &request.tenant, subject: &subject, source: &nowhere, lane: &named };
    let credential_version = user.credential_version;
    let state = match ledger.lane(place)? {
        Some(state) => state,
        None => {
            let state = LaneState::pass(&change.state, change.at);
            let card = LaneCard { label: None, source: None, credential_version };
            ledger.issue_lane(place, &state, &card)?;
            state
        }
    };
    let live = ledger.policy(&request.tenant)?;
    let view = ledger.view(place)?;
    if lockout::look(&live.policy, &view, &named, change.at).dead {
        return Ok(None);
    }
    Ok(state.expires.map(|expires_at| GivenPass { lane, expires_at, credential_version }))
}
