//! Everything that an answer about a client shows, read in one go: the door that answers a sign-in
//! would else go to a blocking thread and back for each of six questions. Knows no answer's form.

use diesel::prelude::*;

use super::Reader;
use super::connection::Db;
use super::error::StoreError;
use super::schema::clients;
use super::sessions::{self, Session, SessionStatus};
use super::sign_ins::{self, Client, SignIn};
use super::sign_ups::{self, SignUpRecord};
use super::user_cards::{self, UserCard};
use super::users::{self, UserRecord};
use crate::model::{ClientId, Millis, SignInId, TenantId, UserId};

/// Most rows one question may ask for.
const PAGE: i64 = 500;

/// A client with what hangs on it.
#[derive(Debug)]
pub struct ClientView {
    pub client: Client,
    /// Of any status, oldest first; at most 500.
    pub sessions: Vec<Session>,
    /// The users of the sessions that live, each once.
    pub users: Vec<UserCard>,
    /// The unfinished sign-in.
    pub sign_in: Option<SignIn>,
    /// The unfinished sign-up.
    pub sign_up: Option<SignUpRecord>,
    /// The sign-in that was asked for beside it.
    pub asked: Option<SignIn>,
}

/// A client with its sessions of any status, oldest first; at most 500.
pub type ClientSessions = (Client, Vec<Session>);

fn with_sessions(db: &mut Db, client: Client) -> Result<ClientSessions, StoreError> {
    let sessions = sessions::of_client(db, &client.tenant_id, &client.id)?;
    Ok((client, sessions))
}

impl Reader {
    /// A client as a tenant's server sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn client_sessions(
        &self,
        tenant: TenantId,
        client: ClientId,
    ) -> Result<Option<ClientSessions>, StoreError> {
        self.run(move |db| {
            let found = sign_ins::find_client(db, &tenant, &client)?;
            found.map(|client| with_sessions(db, client)).transpose()
        })
        .await
    }

    /// A page of the tenant's clients, newest first, and how many there are; `limit` at most 500.
    ///
    /// # Errors
    /// As [`Reader::client_sessions`].
    pub async fn clients(
        &self,
        tenant: TenantId,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<ClientSessions>, i64), StoreError> {
        self.run(move |db| {
            let own = clients::table.filter(clients::tenant_id.eq(&tenant));
            let total = own.count().get_result(db)?;
            // Ids begin with their time, so this is the order of age without an index of its own.
            let page: Vec<Client> = own
                .order(clients::id.desc())
                .limit(limit.clamp(0, PAGE))
                .offset(offset.max(0))
                .select(Client::as_select())
                .load(db)?;
            let page = page.into_iter().map(|client| with_sessions(db, client));
            Ok((page.collect::<Result<_, StoreError>>()?, total))
        })
        .await
    }

    /// A client as it stands at `now`, and the sign-in `asked`; `None` where it is gone, or its token
    /// is not any more what it was when it was `known`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn client_view(
        &self,
        tenant: TenantId,
        client: ClientId,
        known: Option<Client>,
        asked: Option<SignInId>,
        now: Millis,
    ) -> Result<Option<ClientView>, StoreError> {
        let policies = self.policies();
        self.run(move |db| {
            let Some(client) = sign_ins::find_client(db, &tenant, &client)? else {
                return Ok(None);
            };
            let sessions = sessions::of_client(db, &tenant, &client.id)?;
            let policy = policies.get(db, &tenant, now)?.policy;
            let records = users_of(db, &tenant, &sessions, now)?;
            let users = user_cards::of_records(db, &tenant, &policy, records, now)?;
            let mut sign_in = |id: &Option<SignInId>| match id {
                Some(id) => sign_ins::find(db, &tenant, id),
                None => Ok(None),
            };
            let (asked, sign_in) = (sign_in(&asked)?, sign_in(&client.sign_in_id)?);
            let sign_up = match &client.sign_up_id {
                Some(id) => sign_ups::record(db, &tenant, id)?,
                None => None,
            };
            if let Some(known) = &known
                && !sign_ins::is_still_known(db, known)?
            {
                return Ok(None);
            }
            Ok(Some(ClientView { client, sessions, users, sign_in, sign_up, asked }))
        })
        .await
    }
}

fn users_of(
    db: &mut Db,
    tenant: &TenantId,
    sessions: &[Session],
    now: Millis,
) -> Result<Vec<UserRecord>, StoreError> {
    let live = |session: &&Session| session.status_at(now) == SessionStatus::Active;
    let mut ids: Vec<&UserId> = sessions.iter().filter(live).map(|s| &s.user_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(users::record(db, tenant, id)?);
    }
    Ok(found)
}
