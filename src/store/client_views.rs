//! Everything that an answer about a client shows, read in one go: the door that answers a sign-in
//! would else go to a blocking thread and back for each of six questions. Knows no answer's form.

use std::sync::Arc;

use super::Reader;
use super::connection::Db;
use super::error::StoreError;
use super::gate;
use super::sessions::{self, Session, SessionStatus};
use super::sign_ins::{self, Client, SignIn};
use super::subjects::SubjectKey;
use super::users::{self, UserRecord};
use crate::lockout::{Policy, SubjectView};
use crate::model::{ClientId, Lane, Millis, SignInId, Source, TenantId, UserId};

/// A client with what hangs on it.
#[derive(Debug)]
pub struct ClientView {
    pub client: Client,
    /// Of any status, oldest first; at most 500.
    pub sessions: Vec<Session>,
    /// The users of the sessions that live, each once.
    pub users: Vec<(UserRecord, SubjectView)>,
    pub policy: Arc<Policy>,
    /// The unfinished sign-in.
    pub sign_in: Option<SignIn>,
    /// The sign-in that was asked for beside it.
    pub asked: Option<SignIn>,
}

impl Reader {
    /// A client as it stands at `now`, and the sign-in `asked`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn client_view(
        &self,
        tenant: TenantId,
        client: ClientId,
        asked: Option<SignInId>,
        now: Millis,
    ) -> Result<Option<ClientView>, StoreError> {
        let policies = self.policies();
        self.run(move |db| {
            let Some(client) = sign_ins::find_client(db, &tenant, &client)? else {
                return Ok(None);
            };
            let sessions = sessions::of_client(db, &tenant, &client.id)?;
            let users = users_of(db, &tenant, &sessions, now)?;
            let mut sign_in = |id: &Option<SignInId>| match id {
                Some(id) => sign_ins::find(db, &tenant, id),
                None => Ok(None),
            };
            let (asked, sign_in) = (sign_in(&asked)?, sign_in(&client.sign_in_id)?);
            let policy = policies.get(db, &tenant)?.policy;
            Ok(Some(ClientView { client, sessions, users, policy, sign_in, asked }))
        })
        .await
    }
}

fn users_of(
    db: &mut Db,
    tenant: &TenantId,
    sessions: &[Session],
    now: Millis,
) -> Result<Vec<(UserRecord, SubjectView)>, StoreError> {
    let live = |session: &&Session| session.status_at(now) == SessionStatus::Active;
    let mut ids: Vec<&UserId> = sessions.iter().filter(live).map(|s| &s.user_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(record) = users::record(db, tenant, id)? {
            let nowhere = Source::from_stored(String::new());
            let view = gate::view(db, tenant, &SubjectKey::user(id), &nowhere, &Lane::Public)?;
            found.push((record, view));
        }
    }
    Ok(found)
}
