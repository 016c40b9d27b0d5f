//! Tokens and keys: forgeries of every kind, ends of life, rotation, sealing, and formats that
//! Clerk's SDKs take apart.

#![expect(
    clippy::string_slice,
    clippy::as_conversions,
    reason = "helpers of tests may fail loudly; clippy.toml lets only test functions do so"
)]

mod api_key;
mod cookies;
mod keys;
mod session_token;
mod unlock_link;

use lockkeeper::model::{Millis, TenantId};
use lockkeeper::token::{MasterKey, MasterKeys};

/// Noon of some day, in milliseconds.
const NOW: Millis = Millis(1_700_000_000_000);

/// 32 bytes that differ from key to key.
fn key(seed: u8) -> MasterKey {
    let mut bytes = [0; 32];
    bytes.iter_mut().enumerate().for_each(|(i, byte)| *byte = seed ^ (i as u8).wrapping_mul(37));
    MasterKey::from_bytes(bytes)
}

fn keys() -> MasterKeys {
    MasterKeys::new(key(1), vec![])
}

fn tenant() -> TenantId {
    TenantId::from_stored("ins_2abcdefghijklmnopqrstuvwxyz".to_owned())
}

fn other_tenant() -> TenantId {
    TenantId::from_stored("ins_2zyxwvutsrqponmlkjihgfedcba".to_owned())
}
