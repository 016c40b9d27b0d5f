//! Session tokens: the tenant's RSA key, made at its first session or key-set request and never on
//! a request thread, and the signing of tokens on the hashing threads (0.6 ms each, DESIGN §6). Which
//! key signs is the row's word (`store::signing_keys::signer`); `key_rotation` puts a new one there.
//!
//! A key that has stopped signing is published and verifies until the last token that it can have
//! signed has ended ([`VERIFIES_FOR`]). Its row stays.

use std::sync::Arc;
use std::time::Duration;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::credential::Weight;
use crate::model::{Millis, RecentShared, Span, TenantId, UserId};
use crate::store::sessions::{Session, SessionStatus};
use crate::store::signing_keys::{SigningKeyRow, signer};
use crate::token::{
    FactorAge, Jwk, LONGEST_SESSION_TOKEN, SESSION_TOKEN_LIFETIME, SessionClaims, SigningKey,
    kid_of,
};

/// Tenants whose private key is kept open, and public halves kept. A key that is opened again
/// costs one read and less than one signature.
const OPENED: usize = 4_096;

/// How long a node believes which key signs before it reads the rows again. On SQLite nobody tells a
/// running server of a new key: so it knows of it a second later, and signs with it from its first
/// instant on where that is at least so far ahead.
pub const SIGNER_BELIEVED: Span = Span::SECOND;

/// What a key may sign after its end: a node that did not know of it yet, or whose token waited for a
/// thread.
const LATE: Span = Span::MINUTE;

/// How long after its end a key is published and verifies.
const VERIFIES_FOR: Span = Span(LONGEST_SESSION_TOKEN.0 + LATE.0);

/// Until when tokens of a key are taken that signs no more from `end` on.
#[must_use]
pub const fn verifies_until(end: Millis) -> Millis {
    end.after(VERIFIES_FOR)
}

/// A key that signs.
#[derive(Clone)]
struct Opened {
    key: Arc<SigningKey>,
    /// From then on another one does.
    ends: Option<Millis>,
    /// When its row was asked for, by the monotonic clock.
    asked: Duration,
}

impl Opened {
    fn signs_at(&self, now: Millis, monotonic: Duration) -> bool {
        self.ends.is_none_or(|end| now < end)
            && monotonic.saturating_sub(self.asked) < SIGNER_BELIEVED.to_std()
    }
}

/// Opened keys by tenant: what an entry says is believed for [`SIGNER_BELIEVED`], the key itself is
/// opened once.
pub(super) struct SigningKeys {
    opened: RecentShared<TenantId, Opened>,
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
        let rows = self.verifying_keys(profile).await?;
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
        let rows = self.verifying_keys(profile).await?;
        let Some(row) = rows.into_iter().find(|row| row.kid == kid) else { return Ok(None) };
        let Ok(opened) = self.public_half(profile, row)?.open(token, now) else { return Ok(None) };
        let session = self.inner.reader.session(profile.id().clone(), opened.session).await?;
        Ok(session.filter(|session| {
            session.user_id == opened.user && session.status_at(now) == SessionStatus::Active
        }))
    }

    /// The keys by which a token that lives may be signed, and those that will sign; newest first.
    async fn verifying_keys(
        &self,
        profile: &TenantProfile,
    ) -> Result<Vec<SigningKeyRow>, TenantFault> {
        let mut rows = self.inner.reader.signing_keys(profile.id().clone()).await?;
        let now = self.inner.clock.now();
        rows.retain(|row| row.retired_at.is_none_or(|end| now < verifies_until(end)));
        Ok(rows)
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
        let (now, asked) = (self.inner.clock.now(), self.inner.clock.monotonic());
        let opened = self.inner.signing_keys.opened.get(tenant);
        if let Some(opened) = &opened
            && opened.signs_at(now, asked)
        {
            return Ok(Arc::clone(&opened.key));
        }
        let stored = self.inner.reader.signing_keys(tenant.clone()).await?;
        let row = match signer(&stored, now) {
            Some(row) => row.clone(),
            None => {
                let made = self.new_signing_key(profile).await?;
                self.inner.store.add_first_signing_key(made).await?
            }
        };
        let key = match opened {
            Some(opened) if opened.key.kid() == row.kid => opened.key,
            Some(_) | None => Arc::new(SigningKey::open(&self.inner.keys, tenant, &row.sealed)?),
        };
        let opened = Opened { key: Arc::clone(&key), ends: row.retired_at, asked };
        self.inner.signing_keys.opened.insert(tenant.clone(), opened);
        Ok(key)
    }

    /// Makes a key on the hashing threads; it is nobody's until its row is stored. Two nodes may make a
    /// tenant's first at the same time; the store keeps one.
    pub(super) async fn new_signing_key(
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
        Ok(SigningKeyRow {
            tenant_id: profile.id().clone(),
            kid,
            sealed,
            created_at: self.inner.clock.now(),
            retired_at: None,
        })
    }
}
