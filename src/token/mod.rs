//! Seals and opens: unlock links, session tokens, cookies, API keys and secrets at rest, and the
//! keys they hang from. Every function takes "now" where it needs it. Knows neither users nor locks,
//! and stores nothing: what is kept of a token is its digest, kept by others.

pub mod api_key;
pub mod audit_chain;
pub mod client_token;
pub mod device_cookie;
pub mod dkim_keys;
pub mod form_token;
pub mod frontend_host;
pub mod handshake;
mod hmac_jwt;
pub mod invite_link;
pub mod mail_address;
pub mod master_key;
pub mod master_key_file;
pub mod opaque_secret;
pub mod phantom_key;
pub mod recovery_code;
pub mod request_link;
pub mod sealed_context;
pub mod session_token;
pub mod short_code;
pub mod sign_in_link;
pub mod sign_in_token;
pub mod smtp_settings;
mod spelling;
pub mod unlock_link;
pub mod webhook_secret;

pub use api_key::{KeyMode, SecretKey};
pub use audit_chain::{AuditChain, ChainedRow, LinkCheck};
pub use client_token::{ClientTokens, OpenedClient};
pub use device_cookie::{CookieLane, DeviceCookie, DeviceCookies};
pub use dkim_keys::{DkimKey, DkimKeys, DkimRecord, dkim_record};
pub use form_token::FormTokens;
pub use frontend_host::{frontend_api_host, issuer};
pub use invite_link::InviteLinks;
pub use mail_address::{MailAddress, MailAddresses};
pub use master_key::{DerivedKey, MasterKey, MasterKeys, Purpose};
pub use master_key_file::MasterKeyFileFault;
pub use opaque_secret::{OpaqueSecret, sha256_hex};
pub use phantom_key::PhantomKeys;
pub use recovery_code::{RecoveryCode, RecoveryCodes};
pub use request_link::{RequestLinks, Via};
pub use sealed_context::SealedContexts;
pub use session_token::{
    FactorAge, Jwk, LONGEST_SESSION_TOKEN, OpenedSession, SESSION_TOKEN_LIFETIME, SessionClaims,
    SigningKey, kid_of,
};
pub use short_code::{CodeLength, ShortCodes, is_test_code};
pub use sign_in_link::{MAX_SIGN_IN_LINK_CHARS, OpenedLink, SignInLink, SignInLinks};
pub use sign_in_token::{MAX_TICKET_CHARS, SealedTicket, SignInTokens};
pub use smtp_settings::{SmtpSecurity, SmtpSettings};
pub use unlock_link::{LinkFault, UnlockLink, UnlockLinks};
pub use webhook_secret::{WebhookSecret, WebhookSecrets};

/// A computation of this module that failed. None of these depends on what a client sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error("the system gave no random bytes")]
    Random,
    #[error("sealing failed")]
    Seal,
    #[error("a sealed secret does not open: it was changed, or its master key is gone")]
    Open,
    #[error("the RSA key is not a usable RSA-2048 key")]
    Rsa,
    #[error("signing failed")]
    Sign,
}

/// Why a token that somebody sent is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not ours, not whole, for another purpose or tenant, or sealed with a key that is gone.
    #[error("token is not genuine")]
    Forged,
    #[error("token has expired")]
    Expired,
}
