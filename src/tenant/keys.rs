//! Session tokens: the tenant's RSA key, made at its first session or key-set request and never on
//! a request thread, and the signing of tokens on the hashing threads (0.6 ms each, DESIGN §6).

use std::sync::Arc;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::credential::Weight;
use crate::model::{Millis, RecentShared, Span, TenantId, UserId};
use crate::store::sessions::{Session, SessionStatus};
use crate::store::signing_keys::SigningKeyRow;
use crate::token::{FactorAge, Jwk, SESSION_TOKEN_LIFETIME, SessionClaims, SigningKey, kid_of};

/// Tenants whose private key is kept open, and public halves kept. A key that is opened again
/// costs one read and less than one signature.
const OPENED: usize = 4_096;

/// Opened keys by tenant. A tenant's first key never changes; rotation adds a newer row.
pub(super) struct SigningKeys {
    opened: RecentShared<TenantId, Arc<SigningKey>>,
    /// Public halves by key id, which is a digest of the key.
    public: RecentShared<String, Arc<Jwk>>,
}

impl Default for SigningKeys {
    fn default() -> Self {
        Self { opened: RecentShared::new(OPENED), public: RecentShared::new(OPENED) }
    }
}

impl SigningKeys {
    /// Reads a tenant's keys again when they are next needed.
    pub fn forget(&self, tenant: &TenantId) {
        self.opened.remove(tenant);
    }

    /// As [`SigningKeys::forget`] for all tenants.
    pub fn clear(&self) {
        self.opened.clear();
    }

    /// Forgets keys that were not asked for since the last call.
    pub fn turn(&self) {
        self.opened.turn();
        self.public.turn();
    }
}

impl Tenants {
    /// A session token for `session`, signed by the tenant's key. `origin` is the `Origin` header
    /// of the asking request (`azp`).
    ///
    /// # Errors
    /// [`TenantFault`] when storage or the signing threads are not available.
    pub async fn session_token(
        &self,
        profile: &Arc<TenantProfile>,
        session: &Session,
        origin: Option<String>,
    ) -> Result<String, TenantFault> {
        self.session_token_for(profile, session, origin, SESSION_TOKEN_LIFETIME).await
    }

    /// As [`Tenants::session_token`], for as long as a tenant's server asks.
    ///
    /// # Errors
    /// As [`Tenants::session_token`].
    pub async fn session_token_for(
        &self,
        profile: &Arc<TenantProfile>,
        session: &Session,
        origin: Option<String>,
        lifetime: Span,
    ) -> Result<String, TenantFault> {
        let key = self.signing_key(profile).await?;
        let now = self.inner.clock.now();
        let issuer = profile.issuer.clone();
        let session = session.clone();
        let age = |at: Option<Millis>| at.map_or(FactorAge::Never, FactorAge::Passed);
        let signed = self
            .inner
            .pool
            .sign(profile.id(), move || {
                let user: &UserId = &session.user_id;
                key.sign(&SessionClaims {
                    issuer: &issuer,
                    user,
                    session: &session.id,
                    authorized_party: origin.as_deref(),
                    now,
                    lifetime,
                    first_factor: age(session.first_factor_at),
                    second_factor: age(session.second_factor_at),
                })
            })
            .await?;
        Ok(signed?)
    }

    /// The tenant's public keys in the JWKS form.
    ///
    /// # Errors
    /// As [`Tenants::session_token`].
    pub async fn key_set(
        &self,
        profile: &Arc<TenantProfile>,
    ) -> Result<serde_json::Value, TenantFault> {
        self.signing_key(profile).await?;
        let rows = self.inner.reader.signing_keys(profile.id().clone()).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            keys.push(self.public_half(profile, row)?);
        }
        // A shared thing is written only where a feature of another package's is on.
        let keys: Vec<&Jwk> = keys.iter().map(AsRef::as_ref).collect();
        Ok(serde_json::json!({ "keys": keys }))
    }

    /// The live session that a session token of this tenant names; `None` for a token that is not
    /// genuine or has ended, and for a session that has ended.
    ///
    /// # Errors
    /// As any read.
    pub async fn session_of_token(
        &self,
        profile: &Arc<TenantProfile>,
        token: &str,
    ) -> Result<Option<Session>, TenantFault> {
        let Some(kid) = kid_of(token) else { return Ok(None) };
        let now = self.inner.clock.now();
        let rows = self.inner.reader.signing_keys(profile.id().clone()).await?;
        let Some(row) = rows.into_iter().find(|row| row.kid == kid) else { return Ok(None) };
        let Ok(opened) = self.public_half(profile, row)?.open(token, now) else { return Ok(None) };
        let session = self.inner.reader.session(profile.id().clone(), opened.session).await?;
        Ok(session.filter(|session| {
            session.user_id == opened.user && session.status_at(now) == SessionStatus::Active
        }))
    }

    /// Opening a private key to show its public half is done once: anybody may ask.
    fn public_half(
        &self,
        profile: &TenantProfile,
        row: SigningKeyRow,
    ) -> Result<Arc<Jwk>, TenantFault> {
        if let Some(known) = self.inner.signing_keys.public.get(&row.kid) {
            return Ok(known);
        }
        let key = SigningKey::open(&self.inner.keys, profile.id(), &row.sealed)?;
        let jwk = Arc::new(key.jwk().clone());
        self.inner.signing_keys.public.insert(row.kid, Arc::clone(&jwk));
        Ok(jwk)
    }

    pub(super) async fn signing_key(
        &self,
        profile: &Arc<TenantProfile>,
    ) -> Result<Arc<SigningKey>, TenantFault> {
        let tenant = profile.id();
        if let Some(key) = self.inner.signing_keys.opened.get(tenant) {
            return Ok(key);
        }
        let stored = self.inner.reader.signing_keys(tenant.clone()).await?;
        // A retired key is shown while tokens of it live, but makes no new ones.
        let row = match stored.into_iter().find(|row| row.retired_at.is_none()) {
            Some(row) => row,
            None => self.make_signing_key(profile).await?,
        };
        let key = Arc::new(SigningKey::open(&self.inner.keys, tenant, &row.sealed)?);
        self.inner.signing_keys.opened.insert(tenant.clone(), Arc::clone(&key));
        Ok(key)
    }

    /// Two nodes may make one at the same time; the store keeps the first.
    async fn make_signing_key(
        &self,
        profile: &Arc<TenantProfile>,
    ) -> Result<SigningKeyRow, TenantFault> {
        let (keys, tenant) = (Arc::clone(&self.inner.keys), profile.id().clone());
        let made = self
            .inner
            .pool
            .run(profile.id(), Weight::KEY_GENERATION, move || {
                let key = SigningKey::generate()?;
                let sealed = key.seal(&keys, &tenant)?;
                Ok::<_, crate::token::KeyFault>((key.kid().to_owned(), sealed))
            })
            .await?;
        let (kid, sealed) = made?;
        let row = SigningKeyRow {
            tenant_id: profile.id().clone(),
            kid,
            sealed,
            created_at: self.inner.clock.now(),
            retired_at: None,
        };
        Ok(self.inner.store.add_first_signing_key(row).await?)
    }
}
