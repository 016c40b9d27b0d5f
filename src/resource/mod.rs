//! What tenants' servers, apps and webhooks are shown of our rows, as JSON in Clerk's shapes. Rows and
//! cards in, `serde_json::Value` out: it reads nothing, and knows no request, route or receiver beyond
//! what a resource leaves out for one.

pub mod client;
pub mod email_address;
pub mod event;
pub mod session;
pub mod session_verification;
pub mod sign_in;
pub mod sign_up;
pub mod totp;
pub mod user;
mod verification;
pub mod webhook_endpoint;
