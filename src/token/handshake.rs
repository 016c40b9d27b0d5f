//! The handshake: cookies for an app's own host, signed by the tenant, because only that host can set
//! them. Clerk's server library checks the signature by the published key and sets what it is told.

use serde::Serialize;

use super::KeyFault;
use super::session_token::SigningKey;

/// Clerk's name; each is a whole `Set-Cookie` line.
#[derive(Serialize)]
struct Claims<'a> {
    handshake: &'a [String],
}

impl SigningKey {
    /// Signs `Set-Cookie` lines for an app's server; half a millisecond of processor time.
    ///
    /// # Errors
    /// [`KeyFault::Sign`].
    pub fn sign_handshake(&self, directives: &[String]) -> Result<String, KeyFault> {
        self.signed(&Claims { handshake: directives })
    }
}
