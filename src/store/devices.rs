//! A user's known devices as their owner sees them: listed, revoked, and known again where the owner
//! changes the credentials that all of them were bound to. Knows no cookie.

use diesel::prelude::*;

use super::audit::{self, AuditRow};
use super::committer::Work;
use super::error::StoreError;
use super::lanes::{DeviceWish, GivenDevice, LaneCard};
use super::ledger::Ledger as _;
use super::schema::{lanes, users};
use super::subjects::{self as subject_rows, LaneRow, SubjectKey};
use super::users::User;
use super::{Reader, Store};
use crate::lockout::LaneState;
use crate::model::{
    AuditId, DeviceLabel, Lane, LaneId, Millis, SessionId, Source, TenantId, UserId,
};

/// Most devices told of one user; upkeep leaves no more.
pub(super) const MOST_DEVICES: usize = 20;
/// The stored names of devices: from the first of these up to the second, without it.
const DEVICES: [&str; 2] = ["device:", "device;"];

/// A browser that completed a sign-in under the present credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub lane: LaneId,
    /// What it looked like when it became known.
    pub label: Option<DeviceLabel>,
    /// Of its last completed sign-in, as `used_at`.
    pub source: Option<Source>,
    pub used_at: Millis,
    pub made_at: Millis,
}

/// Which of a user's devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    One(LaneId),
    /// All but this one.
    Others(LaneId),
    All,
}

/// Devices to be forgotten.
#[derive(Debug, Clone)]
pub struct Revocation {
    pub tenant: TenantId,
    pub user: UserId,
    pub which: Which,
    /// As [`AuditRow::actor`].
    pub actor: String,
}

/// The browser in which a user changes their own secrets.
#[derive(Debug, Clone)]
pub struct OwnBrowser {
    pub session: SessionId,
    pub source: Source,
    pub device: DeviceWish,
}

impl Reader {
    /// The devices of a user, last used first; at most 20.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn devices(&self, tenant: TenantId, user: UserId) -> Result<Vec<Device>, StoreError> {
        self.run(move |db| {
            let [from, to] = DEVICES;
            let version: Option<i64> = users::table
                .find((&tenant, &user))
                .select(users::credential_version)
                .first(db)
                .optional()?;
            let Some(version) = version else { return Ok(Vec::new()) };
            let rows: Vec<LaneRow> = lanes::table
                .filter(lanes::tenant_id.eq(tenant.as_str()))
                .filter(lanes::subject.eq(user.as_str()))
                .filter(lanes::lane.ge(from))
                .filter(lanes::lane.lt(to))
                .filter(lanes::credential_version.eq(version))
                .filter(lanes::dead.eq(false))
                .order((lanes::used_at.desc(), lanes::lane.desc()))
                .limit(i64::try_from(MOST_DEVICES).unwrap_or(i64::MAX))
                .select(LaneRow::as_select())
                .load(db)?;
            Ok(rows.into_iter().filter_map(device).collect())
        })
        .await
    }
}

fn device(row: LaneRow) -> Option<Device> {
    let Lane::Device(lane) = Lane::from_stored(&row.lane) else { return None };
    Some(Device {
        lane,
        label: row.label.as_deref().and_then(DeviceLabel::from_stored),
        source: row.source.map(Source::from_stored),
        used_at: Millis(row.used_at),
        made_at: Millis(row.created_at),
    })
}

impl Store {
    /// Forgets devices: a lane without a row is dead (protocol rule 15). How many there were.
    ///
    /// # Errors
    /// As any write.
    pub async fn revoke_devices(&self, of: Revocation) -> Result<usize, StoreError> {
        let tenant = of.tenant.clone();
        let subjects = vec![SubjectKey::user(&of.user)];
        self.work(&tenant, subjects, move |work| revoke(work, &of)).await
    }
}

fn revoke(work: &mut Work<'_>, of: &Revocation) -> Result<usize, StoreError> {
    let [from, to] = DEVICES;
    let all = diesel::delete(lanes::table)
        .filter(lanes::tenant_id.eq(of.tenant.as_str()))
        .filter(lanes::subject.eq(of.user.as_str()))
        .filter(lanes::lane.ge(from))
        .filter(lanes::lane.lt(to));
    let stored = |id: &LaneId| Lane::Device(id.clone()).stored();
    let gone = match &of.which {
        Which::All => all.execute(work.db)?,
        Which::One(id) => all.filter(lanes::lane.eq(stored(id))).execute(work.db)?,
        Which::Others(id) => all.filter(lanes::lane.ne(stored(id))).execute(work.db)?,
    };
    if gone > 0 {
        let row = AuditRow {
            tenant_id: of.tenant.clone(),
            id: AuditId::generate(work.now),
            at: work.now,
            actor: of.actor.clone(),
            action: "devices.revoked".to_owned(),
            subject: Some(SubjectKey::user(&of.user)),
            user_id: Some(of.user.clone()),
            detail: serde_json::json!({ "devices": gone }).to_string(),
            seq: None,
            hash: None,
        };
        audit::insert(work.db, &row)?;
    }
    Ok(gone)
}

/// Knows the browser again in which `user` has just changed what devices are bound to: whoever
/// changes their password would be a stranger in their own browser at the next attack.
pub(super) fn known_again(
    work: &mut Work<'_>,
    user: &User,
    browser: &OwnBrowser,
) -> Result<Option<GivenDevice>, StoreError> {
    let DeviceWish::Browser { label } = browser.device else { return Ok(None) };
    let tenant = &user.tenant_id;
    if !work.policy(tenant)?.policy.known_devices {
        return Ok(None);
    }
    let credential_version = user.credential_version;
    // A session may change its secrets more than once, under a version of its own each time.
    let lane = LaneId(format!("{}.{credential_version}", browser.session.as_str()));
    let subject = SubjectKey::user(&user.id);
    let state = subject_rows::find(work.db, tenant, &subject)?.map(|row| row.state());
    let named = Lane::Device(lane.clone()).stored();
    let mut row = LaneRow::blank(tenant.as_str(), subject.as_str(), &named, work.now);
    row.put(&LaneState::device(&state.unwrap_or_default()));
    row.describe(&LaneCard {
        label: Some(label.stored()),
        source: Some(browser.source.clone()),
        credential_version,
    });
    diesel::insert_into(lanes::table).values(&row).execute(work.db)?;
    Ok(Some(GivenDevice { lane, credential_version }))
}
