//! Sessions: what a completed sign-in leaves behind. One is inserted only with the proof of a
//! settle. Knows no tokens and no cookies.

use diesel::prelude::*;

use super::columns::text_enum;
use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
use super::events::{Event, EventKind};
use super::factor::{FactorStep, Proof};
use super::reverification::VerificationLevel;
use super::schema::{clients, sessions, users};
use super::settle::Settled;
use super::sign_ins::{self, Client};
use super::{Reader, Store};
use crate::model::{
    ClientId, IdentificationId, Millis, OneTimeCodeId, SessionId, TenantId, UserId,
};

/// Most rows one question may ask for.
const PAGE: i64 = 500;

text_enum! {
    /// Clerk's words for a session's life.
    SessionStatus {
        Active = "active",
        /// Signed out.
        Ended = "ended",
        /// Taken off the client.
        Removed = "removed",
        /// Ended by staff or the Backend API.
        Revoked = "revoked",
        Expired = "expired",
        /// Another session took its place.
        Replaced = "replaced",
        Abandoned = "abandoned",
        Pending = "pending",
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = sessions, primary_key(tenant_id, id))]
pub struct Session {
    pub tenant_id: TenantId,
    pub id: SessionId,
    pub client_id: ClientId,
    pub user_id: UserId,
    pub status: SessionStatus,
    pub first_factor_at: Option<Millis>,
    pub second_factor_at: Option<Millis>,
    pub last_active_at: Millis,
    pub expire_at: Millis,
    pub abandon_at: Millis,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// What it was last asked to prove again, and since when.
    pub asked_level: Option<VerificationLevel>,
    pub asked_at: Option<Millis>,
    /// An authenticator app that its owner has not confirmed yet: sealed, and ends by itself.
    pub pending_totp: Option<String>,
    /// Codes tried against it.
    pub pending_tries: i64,
    /// Clerk's word for the first factor that it began with.
    pub strategy: Option<String>,
    /// The strategy that something was last sent for, to prove a factor again.
    pub prepared: Option<String>,
    /// The row of what was sent: the one that an attempt is held against.
    pub prepared_code: Option<OneTimeCodeId>,
    /// The address it was sent to.
    pub prepared_address: Option<IdentificationId>,
    /// Clerk's words for how the factors were last proved again.
    pub first_again: Option<String>,
    pub second_again: Option<String>,
}

impl Session {
    /// A session that begins `now` with a first factor just passed; abandoned when it expires.
    #[must_use]
    pub const fn begun(
        tenant: TenantId,
        id: SessionId,
        client: ClientId,
        user: UserId,
        now: Millis,
        expire_at: Millis,
    ) -> Self {
        Self {
            tenant_id: tenant,
            id,
            client_id: client,
            user_id: user,
            status: SessionStatus::Active,
            first_factor_at: Some(now),
            second_factor_at: None,
            last_active_at: now,
            expire_at,
            abandon_at: expire_at,
            created_at: now,
            updated_at: now,
            asked_level: None,
            asked_at: None,
            pending_totp: None,
            pending_tries: 0,
            strategy: None,
            prepared: None,
            prepared_code: None,
            prepared_address: None,
            first_again: None,
            second_again: None,
        }
    }

    /// Whether it may be sent a code: it lives, and was asked to prove its user again.
    #[must_use]
    pub fn waits_at(&self, now: Millis) -> bool {
        self.status_at(now) == SessionStatus::Active && self.asked_at.is_some()
    }

    /// What the session is at `now`: an active one past its end has expired, whether or not
    /// upkeep has written that down.
    #[must_use]
    pub fn status_at(&self, now: Millis) -> SessionStatus {
        match self.status {
            SessionStatus::Active | SessionStatus::Pending if now >= self.expire_at => {
                SessionStatus::Expired
            }
            other => other,
        }
    }
}

/// Which sessions are asked for; `None` means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// The instant at which `status` holds (see `status_at`); without it, the status as stored.
    pub at: Option<Millis>,
    pub user: Option<UserId>,
    pub client: Option<ClientId>,
    pub status: Option<SessionStatus>,
    /// All but this one.
    pub except: Option<SessionId>,
}

type Boxed = sessions::BoxedQuery<'static, <Db as diesel::Connection>::Backend>;

fn filtered(tenant: TenantId, filter: SessionFilter) -> Boxed {
    let mut query = sessions::table.filter(sessions::tenant_id.eq(tenant)).into_boxed();
    if let Some(user) = filter.user {
        query = query.filter(sessions::user_id.eq(user));
    }
    if let Some(client) = filter.client {
        query = query.filter(sessions::client_id.eq(client));
    }
    if let Some(except) = filter.except {
        query = query.filter(sessions::id.ne(except));
    }
    match (filter.status, filter.at) {
        (None, _) => query,
        (Some(status @ (SessionStatus::Active | SessionStatus::Pending)), Some(now)) => {
            query.filter(sessions::status.eq(status)).filter(sessions::expire_at.gt(now))
        }
        (Some(SessionStatus::Expired), Some(now)) => {
            let living = [SessionStatus::Active, SessionStatus::Pending];
            let over = sessions::status.eq_any(living).and(sessions::expire_at.le(now));
            query.filter(sessions::status.eq(SessionStatus::Expired).or(over))
        }
        (Some(status), _) => query.filter(sessions::status.eq(status)),
    }
}

/// `_proof` can only come from `store::settle`: no session without the row lock (DESIGN §5).
pub(super) fn insert(db: &mut Db, session: &Session, _proof: &Settled) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(session).execute(db)?;
    Ok(())
}

/// Notes that a factor of a live session was proved again, and how; only a settle may say so.
pub(super) fn renew(
    db: &mut Db,
    tenant: &TenantId,
    id: &SessionId,
    with: &Proof,
    now: Millis,
    _proof: &Settled,
) -> QueryResult<()> {
    let strategy = with.strategy();
    let session = sessions::table
        .find((tenant, id))
        .filter(sessions::status.eq_any([SessionStatus::Active, SessionStatus::Pending]));
    match with.step() {
        FactorStep::First => diesel::update(session)
            .set((
                sessions::first_factor_at.eq(now),
                sessions::first_again.eq(strategy),
                sessions::updated_at.eq(now),
            ))
            .execute(db)?,
        FactorStep::Second => diesel::update(session)
            .set((
                sessions::second_factor_at.eq(now),
                sessions::second_again.eq(strategy),
                sessions::updated_at.eq(now),
            ))
            .execute(db)?,
    };
    Ok(())
}

/// Writes what was last sent.
pub(super) fn save_prepared(db: &mut Db, session: &Session) -> QueryResult<()> {
    diesel::update(sessions::table.find((&session.tenant_id, &session.id)))
        .set((
            sessions::prepared.eq(&session.prepared),
            sessions::prepared_code.eq(&session.prepared_code),
            sessions::prepared_address.eq(&session.prepared_address),
        ))
        .execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, tenant: &TenantId, id: &SessionId) -> QueryResult<Option<Session>> {
    sessions::table.find((tenant, id)).select(Session::as_select()).first(db).optional()
}

/// Ends what still lives of the filtered sessions and says which those were, in order of their ids.
fn end_where(
    db: &mut Db,
    tenant: &TenantId,
    filter: SessionFilter,
    status: SessionStatus,
    now: Millis,
) -> Result<Vec<SessionId>, StoreError> {
    let living = [SessionStatus::Active, SessionStatus::Pending];
    let ended: Vec<SessionId> = filtered(tenant.clone(), filter)
        .filter(sessions::status.eq_any(living))
        .order(sessions::id.asc())
        .select(sessions::id)
        .load(db)?;
    for id in &ended {
        set_status(db, tenant, id, status, now)?;
    }
    Ok(ended)
}

impl Work<'_> {
    /// Ends what still lives of the filtered sessions, tells of it, and says which those were.
    pub(super) fn end_sessions(
        &mut self,
        tenant: &TenantId,
        filter: SessionFilter,
        status: SessionStatus,
    ) -> Result<Vec<SessionId>, StoreError> {
        let ended = end_where(self.db, tenant, filter, status, self.now)?;
        for id in &ended {
            self.session_ended(tenant, id, status)?;
        }
        Ok(ended)
    }

    fn session_ended(
        &mut self,
        tenant: &TenantId,
        id: &SessionId,
        status: SessionStatus,
    ) -> Result<(), StoreError> {
        match EventKind::of_ending(status) {
            Some(kind) => self.write_event(tenant, &Event::of_session(kind, id, status)),
            None => Ok(()),
        }
    }
}

fn set_status(
    db: &mut Db,
    tenant: &TenantId,
    id: &SessionId,
    status: SessionStatus,
    now: Millis,
) -> QueryResult<usize> {
    diesel::update(sessions::table.find((tenant, id)))
        .set((sessions::status.eq(status), sessions::updated_at.eq(now)))
        .execute(db)
}

pub(super) fn of_client(
    db: &mut Db,
    tenant: &TenantId,
    client: &ClientId,
) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::client_id.eq(client))
        .order((sessions::created_at.asc(), sessions::id.asc()))
        .limit(PAGE)
        .select(Session::as_select())
        .load(db)
}

impl Reader {
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn session(
        &self,
        tenant: TenantId,
        id: SessionId,
    ) -> Result<Option<Session>, StoreError> {
        self.run(move |db| Ok(find(db, &tenant, &id)?)).await
    }

    /// The sessions of any status of a client as it was known, oldest first; at most 500. None where
    /// its token was replaced since: whoever shows the old one is not who has signed in.
    ///
    /// # Errors
    /// As [`Reader::session`].
    pub async fn sessions_of_client(&self, client: Client) -> Result<Vec<Session>, StoreError> {
        self.run(move |db| {
            let sessions = of_client(db, &client.tenant_id, &client.id)?;
            Ok(if sign_ins::is_still_known(db, &client)? { sessions } else { Vec::new() })
        })
        .await
    }

    /// A page of the filtered sessions, newest first; `limit` at most 500.
    ///
    /// # Errors
    /// As [`Reader::session`].
    pub async fn sessions(
        &self,
        tenant: TenantId,
        filter: SessionFilter,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Session>, StoreError> {
        self.run(move |db| {
            Ok(filtered(tenant, filter)
                .order((sessions::created_at.desc(), sessions::id.desc()))
                .limit(limit.clamp(0, PAGE))
                .offset(offset.max(0))
                .select(Session::as_select())
                .load(db)?)
        })
        .await
    }

    /// How many sessions the filter takes.
    ///
    /// # Errors
    /// As [`Reader::session`].
    pub async fn count_sessions(
        &self,
        tenant: TenantId,
        filter: SessionFilter,
    ) -> Result<i64, StoreError> {
        self.run(move |db| Ok(filtered(tenant, filter).count().get_result(db)?)).await
    }
}

impl Store {
    /// Notes that a live session of this client is in use and is the client's active one.
    ///
    /// # Errors
    /// `NotFound` when the client has no such live session.
    pub async fn touch_session(
        &self,
        tenant: TenantId,
        id: SessionId,
        client: ClientId,
    ) -> Result<Session, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let mut session = find(db, &tenant, &id)?
                .filter(|s| s.client_id == client && s.status_at(now) == SessionStatus::Active)
                .ok_or(StoreError::NotFound)?;
            diesel::update(clients::table.find((&tenant, &client)))
                .set((clients::last_active_session_id.eq(&id), clients::updated_at.eq(now)))
                .execute(db)?;
            session.last_active_at = now;
            session.updated_at = now;
            diesel::update(sessions::table.find((&tenant, &id)))
                .set((sessions::last_active_at.eq(now), sessions::updated_at.eq(now)))
                .execute(db)?;
            diesel::update(users::table.find((&tenant, &session.user_id)))
                .set(users::last_active_at.eq(now))
                .execute(db)?;
            Ok(session)
        })
        .await
    }

    /// Ends a session. One that has ended already stays as it is. The session as it now stands.
    ///
    /// # Errors
    /// `NotFound` for an unknown session.
    pub async fn end_session(
        &self,
        tenant: TenantId,
        id: SessionId,
        status: SessionStatus,
    ) -> Result<Session, StoreError> {
        let owner = tenant.clone();
        self.work(&owner, Vec::new(), move |work| {
            let mut session = find(work.db, &tenant, &id)?.ok_or(StoreError::NotFound)?;
            if matches!(session.status, SessionStatus::Active | SessionStatus::Pending) {
                set_status(work.db, &tenant, &id, status, work.now)?;
                work.session_ended(&tenant, &id, status)?;
                session.status = status;
                session.updated_at = work.now;
            }
            Ok(session)
        })
        .await
    }

    /// Ends every live session of a client; returns which.
    ///
    /// # Errors
    /// As any write.
    pub async fn end_sessions_of_client(
        &self,
        tenant: TenantId,
        client: ClientId,
        status: SessionStatus,
    ) -> Result<Vec<SessionId>, StoreError> {
        let filter = SessionFilter { client: Some(client), ..SessionFilter::default() };
        self.end_sessions(tenant, filter, status).await
    }

    /// Ends every live session of a user; returns which.
    ///
    /// # Errors
    /// As any write.
    pub async fn end_sessions_of_user(
        &self,
        tenant: TenantId,
        user: UserId,
        status: SessionStatus,
    ) -> Result<Vec<SessionId>, StoreError> {
        let filter = SessionFilter { user: Some(user), ..SessionFilter::default() };
        self.end_sessions(tenant, filter, status).await
    }

    async fn end_sessions(
        &self,
        tenant: TenantId,
        filter: SessionFilter,
        status: SessionStatus,
    ) -> Result<Vec<SessionId>, StoreError> {
        let owner = tenant.clone();
        self.work(&owner, Vec::new(), move |work| {
            work.end_sessions(&tenant, filter.clone(), status)
        })
        .await
    }
}
