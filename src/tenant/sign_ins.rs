//! Sign-ins and clients: opening a sign-in for an identifier (never refused for a lock: the reset
//! door starts here), and knowing a client again by its cookie.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{ClientId, Identifier, SignInId, UserId};
use crate::store::client_views::ClientView;
use crate::store::sessions::Session;
use crate::store::sign_ins::{Client, ClientUse, SignIn, SignInStatus};
use crate::store::sign_ups::SignUpRecord;
use crate::store::user_cards::UserCard;
use crate::token::OpaqueSecret;

/// A client of a request: known by its cookie, with the row as it was read.
#[derive(Debug, Clone)]
pub struct ClientHandle {
    pub client: Client,
}

/// A client with everything that an answer about it shows.
#[derive(Debug)]
pub struct ClientCard {
    pub client: Client,
    /// Its sessions of any status, oldest first.
    pub sessions: Vec<Session>,
    /// The users of those that live.
    pub users: Vec<UserCard>,
    /// The unfinished sign-in.
    pub sign_in: Option<SignIn>,
    /// The unfinished sign-up.
    pub sign_up: Option<SignUpRecord>,
    /// The sign-in that was asked for.
    pub asked: Option<SignIn>,
}

impl ClientCard {
    #[must_use]
    pub fn user(&self, id: &UserId) -> Option<&UserCard> {
        self.users.iter().find(|card| card.record.user.id == *id)
    }
}

/// A sign-in that was opened. `client_token` is the cookie of a client that was made for it.
#[derive(Clone)]
pub struct OpenedSignIn {
    pub sign_in: SignIn,
    pub client: ClientId,
    /// The client as it was before, if it was there.
    pub known: Option<Client>,
    pub client_token: Option<String>,
}

impl Tenants {
    /// The client behind a cookie value; `None` for anything not genuine, replaced or forgotten.
    ///
    /// # Errors
    /// As any read.
    pub async fn client_of(
        &self,
        profile: &TenantProfile,
        cookie: &str,
    ) -> Result<Option<ClientHandle>, TenantFault> {
        let Ok(opened) = profile.client_tokens().open(cookie) else { return Ok(None) };
        let found = self.inner.reader.client(profile.id().clone(), opened.client).await?;
        Ok(found
            .filter(|client| opened.rotating.matches(&client.rotating_hash))
            .map(|client| ClientHandle { client }))
    }

    /// A client as it stands now, and the sign-in `asked`; one read. Of one that is `known`, nothing
    /// once its token was replaced.
    ///
    /// # Errors
    /// As any read.
    pub async fn client_card(
        &self,
        profile: &TenantProfile,
        client: ClientId,
        known: Option<Client>,
        asked: Option<SignInId>,
    ) -> Result<Option<ClientCard>, TenantFault> {
        let (tenant, now) = (profile.id().clone(), self.inner.clock.now());
        let found = self.inner.reader.client_view(tenant, client, known, asked, now).await?;
        let Some(view) = found else { return Ok(None) };
        let ClientView { client, sessions, users, sign_in, sign_up, asked } = view;
        Ok(Some(ClientCard { client, sessions, users, sign_in, sign_up, asked }))
    }

    /// Opens a sign-in, or replaces the client's present one. Without an identifier it waits for
    /// one. The identifier may be anybody's or nobody's: the answer does not differ.
    ///
    /// # Errors
    /// As any write.
    pub async fn open_sign_in(
        &self,
        profile: &TenantProfile,
        client: Option<&ClientHandle>,
        identifier: Option<&Identifier>,
        locale: Option<String>,
    ) -> Result<OpenedSignIn, TenantFault> {
        let now = self.inner.clock.now();
        let id = SignInId::generate(now);
        let (client_id, client_use, client_token) = match client {
            Some(known) => {
                (known.client.id.clone(), ClientUse::Existing(known.client.id.clone()), None)
            }
            None => {
                let (client, token) = self.new_client(profile, Some(id.clone()))?;
                (client.id.clone(), ClientUse::New(client), Some(token))
            }
        };
        let status = if identifier.is_some() {
            SignInStatus::NeedsFirstFactor
        } else {
            SignInStatus::NeedsIdentifier
        };
        let named = identifier.map(|i| (i.display.clone(), i.key.clone()));
        let sign_in =
            SignIn::fresh(profile.id().clone(), id, client_id.clone(), status, named, locale, now);
        self.inner.store.open_sign_in(client_use, sign_in.clone()).await?;
        let known = client.map(|known| known.client.clone());
        Ok(OpenedSignIn { sign_in, client: client_id, known, client_token })
    }

    /// Makes a client without a sign-in (`POST /v1/client`).
    ///
    /// # Errors
    /// As any write.
    pub async fn create_client(
        &self,
        profile: &TenantProfile,
    ) -> Result<(Client, String), TenantFault> {
        let (client, token) = self.new_client(profile, None)?;
        self.inner.store.create_client(client.clone()).await?;
        Ok((client, token))
    }

    pub(super) fn new_client(
        &self,
        profile: &TenantProfile,
        sign_in: Option<SignInId>,
    ) -> Result<(Client, String), TenantFault> {
        let now = self.inner.clock.now();
        let rotating = OpaqueSecret::generate()?;
        let id = ClientId::generate(now);
        let client = Client {
            sign_in_id: sign_in,
            ..Client::fresh(profile.id().clone(), id, rotating.digest(), now)
        };
        let token = profile.client_tokens().mint(&client.id, &rotating)?;
        Ok((client, token))
    }
}
