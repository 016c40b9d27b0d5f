//! A user with all that the resource shows of it: identifiers, factors, and what the lockout says.
//! Read together, so that a list of users costs as many questions as one of them. Knows no JSON.

use std::collections::HashSet;
use std::sync::Arc;

use super::connection::Db;
use super::error::StoreError;
use super::external_accounts::{self, ExternalAccount};
use super::identifications::Identification;
use super::pending_identifications::{self, PendingIdentification};
use super::subjects::SubjectKey;
use super::users::{self, UserRecord};
use super::{Reader, gate, recovery_codes, totp};
use crate::lockout::{self, LockView, Policy, SubjectState};
use crate::model::{Lane, Millis, Source, TenantId, UserId};

/// A user with its factors and with what the lockout says about it.
#[derive(Debug, Clone)]
pub struct UserCard {
    pub record: UserRecord,
    pub factors: UserFactors,
    /// Addresses that the user has not proved, oldest first.
    pub pending: Vec<PendingIdentification>,
    /// Accounts elsewhere, brought along when the user was moved in.
    pub external: Vec<ExternalAccount>,
    pub state: SubjectState,
    /// The account-wide lock: staff, long-run or automatic.
    pub lock: Option<LockView>,
    /// Tries left before a lock; `None` while lockout is off.
    pub remaining: Option<i64>,
}

/// What a user can prove themselves with beside the password.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserFactors {
    /// A confirmed authenticator app.
    pub totp: bool,
    /// A number that is kept for it.
    pub phone: bool,
    /// At least one recovery code that was not used yet.
    pub recovery_codes: bool,
}

impl UserFactors {
    /// Whether a sign-in asks for a second factor: a recovery code only stands in for another one.
    #[must_use]
    pub const fn second(self) -> bool {
        self.totp || self.phone
    }
}

/// The cards of `records`, in their order.
pub(super) fn of_records(
    db: &mut Db,
    tenant: &TenantId,
    policy: &Arc<Policy>,
    records: Vec<UserRecord>,
    now: Millis,
) -> Result<Vec<UserCard>, StoreError> {
    let ids: Vec<&UserId> = records.iter().map(|record| &record.user.id).collect();
    let beside = Beside {
        apps: totp::owners(db, tenant, &ids)?,
        codes: recovery_codes::owners(db, tenant, &ids)?,
        pending: pending_identifications::of_users(db, tenant, &ids)?,
        external: external_accounts::of_users(db, tenant, &ids)?,
    };
    records.into_iter().map(|record| card(db, policy, record, &beside, now)).collect()
}

/// What the users of one question have beside their rows.
struct Beside {
    apps: HashSet<UserId>,
    codes: HashSet<UserId>,
    pending: Vec<PendingIdentification>,
    external: Vec<ExternalAccount>,
}

fn card(
    db: &mut Db,
    policy: &Policy,
    record: UserRecord,
    beside: &Beside,
    now: Millis,
) -> Result<UserCard, StoreError> {
    let user = &record.user;
    let factors = UserFactors {
        totp: beside.apps.contains(&user.id),
        phone: record.identifications.iter().any(Identification::is_second_factor),
        recovery_codes: beside.codes.contains(&user.id),
    };
    let named = |row: &&PendingIdentification| row.user_id.as_ref() == Some(&user.id);
    let pending = beside.pending.iter().filter(named).cloned().collect();
    let external = beside.external.iter().filter(|row| row.user_id == user.id).cloned().collect();
    let nowhere = Source::from_stored(String::new());
    let subject = SubjectKey::user(&user.id);
    let view = gate::view(db, &user.tenant_id, &subject, &nowhere, &Lane::Public)?;
    // Another node's clock may be ahead: a wait is counted from the later of the two.
    let now = now.max(view.subject.last_instant);
    let remaining = lockout::look(policy, &view, &Lane::Public, now).remaining;
    let lock = lockout::account_lock(&view.subject, now);
    Ok(UserCard { record, factors, pending, external, state: view.subject, lock, remaining })
}

impl Reader {
    /// A user as it stands at `now`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn user_card(
        &self,
        tenant: TenantId,
        id: UserId,
        now: Millis,
    ) -> Result<Option<UserCard>, StoreError> {
        let policies = self.policies();
        self.run(move |db| {
            let Some(record) = users::record(db, &tenant, &id)? else { return Ok(None) };
            let policy = policies.get(db, &tenant, now)?.policy;
            Ok(of_records(db, &tenant, &policy, vec![record], now)?.pop())
        })
        .await
    }

    /// Users that were read before, as they stand at `now`, in their order; at most a page of them
    /// (`user_lists::PAGE`).
    ///
    /// # Errors
    /// As [`Reader::user_card`].
    pub async fn user_cards(
        &self,
        tenant: TenantId,
        records: Vec<UserRecord>,
        now: Millis,
    ) -> Result<Vec<UserCard>, StoreError> {
        let policies = self.policies();
        self.run(move |db| {
            let policy = policies.get(db, &tenant, now)?.policy;
            of_records(db, &tenant, &policy, records, now)
        })
        .await
    }
}
