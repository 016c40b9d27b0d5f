//! What the gate reads before a secret is verified: who an identifier belongs to, what to verify
//! against, and how the subject stands. Nothing is written. Everything here may be stale by the time
//! of the settle, which reads it again under the row lock.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::Reader;
use super::committer::PATIENCE;
use super::connection::Db;
use super::error::StoreError;
use super::gate_reads::Asked;
use super::subjects::{self, SubjectKey};
use crate::lockout::{LaneState, Policy, SubjectView};
use crate::model::{CanonicalKey, Lane, LaneClaims, Millis, Source, TenantId, UserId};

/// How an identifier stands now.
#[derive(Debug, Clone)]
pub struct Standing {
    /// `None`: nobody has the identifier; the subject is its phantom.
    pub user: Option<Known>,
    pub subject: SubjectKey,
    /// In the public lane, until another one is chosen.
    pub view: SubjectView,
    pub lane: Lane,
    /// What the owner has of the lanes that were claimed, devices first; dead where there is no row.
    pub claimed: Vec<(Lane, LaneState)>,
    pub policy: Arc<Policy>,
    pub policy_version: i64,
}

/// The owner of an identifier: what an attempt is verified against.
#[derive(Clone, PartialEq, Eq)]
pub struct Known {
    pub id: UserId,
    pub credential_version: i64,
    /// PHC string, or an imported hash with its scheme.
    pub password_hash: Option<String>,
}

/// Names the row only.
impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Reader {
    /// Resolves an identifier. `phantom` is its subject if nobody has it, `now` chooses the policy. Read with all the others
    /// that are asked for meanwhile, after this was called: never from before.
    ///
    /// # Errors
    /// [`StoreError`]; `NotFound` for an unknown tenant.
    pub async fn standing(
        &self,
        tenant: TenantId,
        key: CanonicalKey,
        phantom: SubjectKey,
        source: Source,
        claims: LaneClaims,
        now: Millis,
    ) -> Result<Standing, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.gate_reads().ask(Asked { tenant, key, phantom, source, claims, now, reply })?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(standing)) => standing,
            Ok(Err(_)) | Err(_) => Err(StoreError::Unavailable("a read did not finish".to_owned())),
        }
    }

    /// How one subject stands, for pages and the Backend API: the public lane without a source; with
    /// the policy in force at `now`.
    ///
    /// # Errors
    /// As [`Reader::standing`].
    pub async fn subject_view(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        now: Millis,
    ) -> Result<(SubjectView, Arc<Policy>), StoreError> {
        let policies = self.policies();
        self.run(move |db| {
            let live = policies.get(db, &tenant, now)?;
            let nowhere = Source::from_stored(String::new());
            Ok((view(db, &tenant, &subject, &nowhere, &Lane::Public)?, live.policy))
        })
        .await
    }
}

pub(super) fn view(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    source: &Source,
    lane: &Lane,
) -> Result<SubjectView, StoreError> {
    let mut view = SubjectView::default();
    let Some(row) = subjects::find(db, tenant, subject)? else {
        // Nothing happened yet: no row beneath it can exist either, but a named lane is unknown.
        view.lane.dead = !lane.is_public();
        return Ok(view);
    };
    view.subject = row.state();
    if !source.as_str().is_empty()
        && let Some(row) = subjects::find_source(db, tenant, subject, source)?
    {
        view.source = row.state();
    }
    if !lane.is_public() {
        view.lane = match subjects::find_lane(db, tenant, subject, lane)? {
            Some(row) => row.state(),
            None => LaneState { dead: true, ..LaneState::default() },
        };
    }
    Ok(view)
}
