//! Lanes of their own as the settle gives them out: who is given one, and what is kept of it beside
//! its count. Decides no attempt; knows no cookie.

use super::committer::Work;
use super::error::StoreError;
use super::ledger::Place;
use super::subjects::LaneRow;
use crate::lockout::LaneState;
use crate::model::{DeviceLabel, LaneId, Millis, Source};

/// Whether a completed sign-in is to make the browser a known device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceWish {
    /// A server, or an app without cookies: nothing could hold what is given.
    None,
    Browser {
        label: DeviceLabel,
    },
}

/// A known device that a completed sign-in made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenDevice {
    pub lane: LaneId,
    /// Of the user from now on.
    pub credential_version: i64,
}

/// What is kept of a lane beside its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneCard {
    /// [`DeviceLabel::stored`]; a pass has none.
    pub label: Option<String>,
    /// Of the completed sign-in.
    pub source: Option<Source>,
    pub credential_version: i64,
}

/// What a settle and a press do with lanes beside deciding in them. As it stands it is the ledger
/// of a world in which nobody is given one.
#[expect(clippy::missing_errors_doc, reason = "the storage's, as of the whole ledger")]
pub trait LaneLedger {
    /// The lane's row; `None`: it was never issued, or has been revoked.
    fn lane(&mut self, _place: Place<'_>) -> Result<Option<LaneState>, StoreError> {
        Ok(None)
    }
    /// Makes the row of a lane that has none.
    fn issue_lane(
        &mut self,
        _place: Place<'_>,
        _state: &LaneState,
        _card: &LaneCard,
    ) -> Result<(), StoreError> {
        Ok(())
    }
    /// A sign-in was completed in the lane.
    fn note_lane_use(&mut self, _place: Place<'_>, _at: Millis) -> Result<(), StoreError> {
        Ok(())
    }
}

impl LaneLedger for Work<'_> {
    fn lane(&mut self, place: Place<'_>) -> Result<Option<LaneState>, StoreError> {
        let slot = self.lane_slot(place.tenant, place.subject, place.lane)?;
        Ok(slot.map(|slot| slot.row.state()))
    }

    fn issue_lane(
        &mut self,
        place: Place<'_>,
        state: &LaneState,
        card: &LaneCard,
    ) -> Result<(), StoreError> {
        let (tenant, subject) = (place.tenant.as_str(), place.subject.as_str());
        let mut row = LaneRow::blank(tenant, subject, &place.lane.stored(), self.now);
        row.put(state);
        row.describe(card);
        self.new_lane(row);
        Ok(())
    }

    fn note_lane_use(&mut self, place: Place<'_>, at: Millis) -> Result<(), StoreError> {
        if let Some(slot) = self.lane_slot(place.tenant, place.subject, place.lane)? {
            slot.row.used_at = at.0;
            slot.row.source = Some(place.source.as_str().to_owned());
            slot.dirty = true;
        }
        Ok(())
    }
}

impl LaneRow {
    pub(super) fn describe(&mut self, card: &LaneCard) {
        self.label.clone_from(&card.label);
        self.source = card.source.as_ref().map(|source| source.as_str().to_owned());
        self.credential_version = card.credential_version;
    }
}
