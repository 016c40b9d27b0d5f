//! Clients (a browser or app installation) and their runs through the sign-in flow. Which step may
//! follow which is decided elsewhere; a passed factor is written by `settle` alone.

use diesel::prelude::*;

use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::schema::{clients, sign_ins};
use super::settle::{SettleClient, Settled};
use super::sign_ups;
use super::statement::{self, one, one_locked, stored};
use super::{Reader, Store};
use crate::model::{
    CanonicalKey, ClientId, Millis, OneTimeCodeId, SessionId, SignInId, SignUpId, Span, TenantId,
    UserId,
};

/// A sign-in that is not finished by then is abandoned (Clerk's abandoned after 24 h, inferred in
/// `clerk-contract.md`).
pub const SIGN_IN_LIFETIME: Span = Span::DAY;

text_enum! {
    /// Clerk's words for where a sign-in stands.
    SignInStatus {
        NeedsIdentifier = "needs_identifier",
        NeedsFirstFactor = "needs_first_factor",
        NeedsSecondFactor = "needs_second_factor",
        NeedsNewPassword = "needs_new_password",
        Complete = "complete",
        Abandoned = "abandoned",
    }
}

/// A browser or app installation.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable,
)]
#[diesel(table_name = clients, primary_key(tenant_id, id), treat_none_as_null = true)]
pub struct Client {
    pub tenant_id: TenantId,
    pub id: ClientId,
    /// SHA-256 (hex) of the token its cookie carries; replaced by a completed sign-in.
    pub rotating_hash: String,
    /// The unfinished sign-in, where there is one.
    pub sign_in_id: Option<SignInId>,
    pub last_active_session_id: Option<SessionId>,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// The unfinished sign-up, where there is one.
    pub sign_up_id: Option<SignUpId>,
}

impl Client {
    /// A client that has done nothing yet. `rotating_hash`: SHA-256 (hex) of its token.
    #[must_use]
    pub const fn fresh(tenant: TenantId, id: ClientId, rotating_hash: String, now: Millis) -> Self {
        Self {
            tenant_id: tenant,
            id,
            rotating_hash,
            sign_in_id: None,
            last_active_session_id: None,
            created_at: now,
            updated_at: now,
            sign_up_id: None,
        }
    }
}

/// One run through the flow.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable,
)]
#[diesel(table_name = sign_ins, primary_key(tenant_id, id), treat_none_as_null = true)]
pub struct SignIn {
    pub tenant_id: TenantId,
    pub id: SignInId,
    pub client_id: ClientId,
    pub status: SignInStatus,
    /// As typed.
    pub identifier: Option<String>,
    pub canonical_key: Option<CanonicalKey>,
    /// Who it was identified as, so that a deleted user is noticed; `None` for phantoms too.
    pub user_id: Option<UserId>,
    /// How the first factor was passed.
    pub first_factor: Option<String>,
    pub first_factor_at: Option<Millis>,
    /// The lane it was passed in, and the serials it was passed under (protocol rule 18).
    pub lane: Option<String>,
    pub lane_serial: i64,
    pub all_serial: i64,
    pub created_session_id: Option<SessionId>,
    pub locale: Option<String>,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub abandon_at: Millis,
    /// The strategy that something was last sent for.
    pub prepared: Option<String>,
    /// The row of what was sent: the one that an attempt is held against. A phantom has one too.
    pub prepared_code: Option<OneTimeCodeId>,
    /// The address it was sent to, by the id that the door gave it.
    pub prepared_address: Option<String>,
    /// How the second factor was passed.
    pub second_factor: Option<String>,
}

stored! { Client, "clients", Replace, [tenant_id, id];
    tenant_id: Text, id: Text, rotating_hash: Text, sign_in_id: Text,
    last_active_session_id: Text, created_at: Int, updated_at: Int, sign_up_id: Text,
}

stored! { SignIn, "sign_ins", Replace, [tenant_id, id];
    tenant_id: Text, id: Text, client_id: Text, status: Text, identifier: Text,
    canonical_key: Text, user_id: Text, first_factor: Text, first_factor_at: Int, lane: Text,
    lane_serial: Int, all_serial: Int, created_session_id: Text, locale: Text, created_at: Int,
    updated_at: Int, abandon_at: Int, prepared: Text, prepared_code: Text, prepared_address: Text,
    second_factor: Text,
}

impl SignIn {
    /// A sign-in that begins `now`; `named` is the identifier as typed with its key.
    #[must_use]
    pub fn fresh(
        tenant: TenantId,
        id: SignInId,
        client: ClientId,
        status: SignInStatus,
        named: Option<(String, CanonicalKey)>,
        locale: Option<String>,
        now: Millis,
    ) -> Self {
        let (identifier, canonical_key) = named.unzip();
        Self {
            tenant_id: tenant,
            id,
            client_id: client,
            status,
            identifier,
            canonical_key,
            user_id: None,
            first_factor: None,
            first_factor_at: None,
            lane: None,
            lane_serial: 0,
            all_serial: 0,
            created_session_id: None,
            locale,
            created_at: now,
            updated_at: now,
            abandon_at: now.after(SIGN_IN_LIFETIME),
            prepared: None,
            prepared_code: None,
            prepared_address: None,
            second_factor: None,
        }
    }

    /// Whether it still waits for a factor.
    #[must_use]
    pub fn waits_at(&self, now: Millis) -> bool {
        now < self.abandon_at
            && match self.status {
                SignInStatus::NeedsFirstFactor | SignInStatus::NeedsSecondFactor => true,
                SignInStatus::NeedsIdentifier
                | SignInStatus::NeedsNewPassword
                | SignInStatus::Complete
                | SignInStatus::Abandoned => false,
            }
    }

    /// What was sent for one step is good for no other.
    pub(super) fn unprepare(&mut self) {
        self.prepared = None;
        self.prepared_code = None;
        self.prepared_address = None;
    }
}

/// The client that a new sign-in belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientUse {
    New(Client),
    Existing(ClientId),
}

pub(super) fn find(db: &mut Db, tenant: &TenantId, id: &SignInId) -> QueryResult<Option<SignIn>> {
    one(db, [tenant.as_str(), id.as_str(), ""])
}

/// As [`find`], locked: for a settle, which writes the row as a whole. It is taken before the client's
/// row, by everybody who takes both (rule 10).
pub(super) fn find_locked(
    db: &mut Db,
    tenant: &TenantId,
    id: &SignInId,
) -> QueryResult<Option<SignIn>> {
    one_locked(db, [tenant.as_str(), id.as_str(), ""])
}

/// Writes a sign-in, whether or not it has a row.
pub(super) fn save(db: &mut Db, sign_in: &SignIn) -> QueryResult<()> {
    statement::write(db, &[sign_in])
}

/// Writes what was last sent; `false`: it does not stand any more as it was read. Whom it is for may
/// have changed between its reading and this, so another than its subject's lock is held here, and a
/// settle may have ended it.
pub(super) fn save_prepared(db: &mut Db, sign_in: &SignIn) -> QueryResult<bool> {
    let written = diesel::update(sign_ins::table.find((&sign_in.tenant_id, &sign_in.id)))
        .filter(sign_ins::status.eq(sign_in.status))
        .set((
            sign_ins::prepared.eq(&sign_in.prepared),
            sign_ins::prepared_code.eq(&sign_in.prepared_code),
            sign_ins::prepared_address.eq(&sign_in.prepared_address),
            sign_ins::updated_at.eq(sign_in.updated_at),
        ))
        .execute(db)?;
    Ok(written > 0)
}

/// As [`save`], for a factor that was passed or has died: only a settle may say so.
pub(super) fn save_held(db: &mut Db, sign_in: &SignIn, _proof: &Settled) -> QueryResult<()> {
    save(db, sign_in)
}

pub(super) fn find_client(
    db: &mut Db,
    tenant: &TenantId,
    id: &ClientId,
) -> QueryResult<Option<Client>> {
    one(db, [tenant.as_str(), id.as_str(), ""])
}

/// Whether the client stands under the token that it was known by. Asked after what hangs on it was
/// read: a settle makes a session and the new token at once, so who sees the session sees the token.
pub(super) fn is_still_known(db: &mut Db, as_it_was: &Client) -> QueryResult<bool> {
    let now = find_client(db, &as_it_was.tenant_id, &as_it_was.id)?;
    Ok(now.is_some_and(|row| row.rotating_hash == as_it_was.rotating_hash))
}

/// As [`find_client`], locked: for who writes the row as a whole.
pub(super) fn find_client_locked(
    db: &mut Db,
    tenant: &TenantId,
    id: &ClientId,
) -> QueryResult<Option<Client>> {
    one_locked(db, [tenant.as_str(), id.as_str(), ""])
}

/// Says who replaces what a client has not finished: `$column` of its row.
macro_rules! replaces {
    ($name:ident, $column:ident, $id:ty, $abandon:path) => {
        /// Puts another one, or none, in the place of the client's unfinished one, which is abandoned.
        /// Writes no more of the client than that: a settle of another node may be giving it a new
        /// token, and the old one must not come back. What is abandoned is locked before the client
        /// (rule 10); if the client has another one by then, that is its unfinished one.
        ///
        /// # Errors
        /// `NotFound` when the client is gone.
        pub(super) fn $name(
            db: &mut Db,
            tenant: &TenantId,
            client: &ClientId,
            new: Option<&$id>,
            now: Millis,
        ) -> Result<(), StoreError> {
            loop {
                let row = find_client(db, tenant, client)?.ok_or(StoreError::NotFound)?;
                let before = row.$column;
                if before.as_ref() == new {
                    return Ok(());
                }
                let place = diesel::update(clients::table.find((tenant, client)));
                let change = (clients::$column.eq(new), clients::updated_at.eq(now));
                let written = match &before {
                    Some(before) => {
                        $abandon(db, tenant, before, now)?;
                        place.filter(clients::$column.eq(before)).set(change).execute(db)?
                    }
                    None => place.filter(clients::$column.is_null()).set(change).execute(db)?,
                };
                if written > 0 {
                    return Ok(());
                }
            }
        }
    };
}

replaces!(replace_sign_in, sign_in_id, SignInId, abandon);
replaces!(replace_sign_up, sign_up_id, SignUpId, sign_ups::abandon);

/// Writes a client as a whole, whether or not it has a row: a new one, or one that is held.
pub(super) fn save_client(db: &mut Db, client: &Client) -> QueryResult<()> {
    statement::write(db, &[client])
}

/// What a completed sign-in does to its client, which it makes if there is none: a new rotating
/// token (a cookie planted before the sign-in must not become the victim's), the new session as
/// the active one, and neither an unfinished sign-in nor sign-up.
pub(super) fn signed_in(
    db: &mut Db,
    tenant: &TenantId,
    client: &SettleClient,
    sign_in: &SignIn,
    now: Millis,
) -> QueryResult<()> {
    let created_at = find_client(db, tenant, &client.id)?.map_or(now, |known| known.created_at);
    let row = Client {
        last_active_session_id: sign_in.created_session_id.clone(),
        created_at,
        updated_at: now,
        ..Client::fresh(tenant.clone(), client.id.clone(), client.rotating_hash.clone(), now)
    };
    save_client(db, &row)
}

impl Reader {
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn client(
        &self,
        tenant: TenantId,
        id: ClientId,
    ) -> Result<Option<Client>, StoreError> {
        self.run(move |db| Ok(find_client(db, &tenant, &id)?)).await
    }

    /// # Errors
    /// As [`Reader::client`].
    pub async fn sign_in(
        &self,
        tenant: TenantId,
        id: SignInId,
    ) -> Result<Option<SignIn>, StoreError> {
        self.run(move |db| Ok(find(db, &tenant, &id)?)).await
    }
}

impl Store {
    /// Makes a client that has no sign-in yet.
    ///
    /// # Errors
    /// As any write.
    pub async fn create_client(&self, client: Client) -> Result<(), StoreError> {
        let owner = client.tenant_id.clone();
        self.write(&owner, move |db, _now| Ok(save_client(db, &client)?)).await
    }

    /// Starts a sign-in as its client's unfinished one; the one before it is abandoned.
    ///
    /// # Errors
    /// `NotFound` when an existing client is gone.
    pub async fn open_sign_in(&self, client: ClientUse, sign_in: SignIn) -> Result<(), StoreError> {
        let tenant = sign_in.tenant_id.clone();
        self.write(&tenant, move |db, now| {
            let id = &sign_in.id;
            match &client {
                ClientUse::New(client) => {
                    let sign_in_id = Some(id.clone());
                    save_client(db, &Client { sign_in_id, updated_at: now, ..client.clone() })?;
                }
                ClientUse::Existing(client) => {
                    replace_sign_in(db, &sign_in.tenant_id, client, Some(id), now)?;
                }
            }
            save(db, &sign_in)?;
            Ok(())
        })
        .await
    }

    /// Takes the unfinished sign-in off its client.
    ///
    /// # Errors
    /// `NotFound` when the client is gone.
    pub async fn drop_sign_in(&self, tenant: TenantId, client: ClientId) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| replace_sign_in(db, &tenant, &client, None, now)).await
    }
}

/// A completed sign-in stays complete.
fn abandon(db: &mut Db, tenant: &TenantId, id: &SignInId, now: Millis) -> QueryResult<()> {
    diesel::update(sign_ins::table.find((tenant, id)))
        .filter(sign_ins::status.ne(SignInStatus::Complete))
        .set((sign_ins::status.eq(SignInStatus::Abandoned), sign_ins::updated_at.eq(now)))
        .execute(db)?;
    Ok(())
}
