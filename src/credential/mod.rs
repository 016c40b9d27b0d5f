//! Checks secrets: argon2id hashes, and those of other systems until they are replaced, on a bounded pool that serves tenants in turn, and a decoy for
//! identifiers that nobody has. Knows neither users nor locks: it is handed a secret and a stored
//! hash and answers right or wrong.

mod base32;
mod bcrypt;
pub mod decoy;
pub mod fair_queue;
pub mod hash;
pub mod imported_hash;
mod job;
pub mod password;
mod pbkdf2;
mod phpass;
pub mod pool;
mod scrypt;
pub mod stored_hash;
pub mod totp;
mod turns;
mod workers;

pub use fair_queue::Shed;
pub use hash::{Arena, CostFault, HashCost, HashFault};
pub use imported_hash::{DigestFault, HASHERS, ImportFault, ImportedHash, MAX_DIGEST_BYTES};
pub use job::{Job, JobQueue};
pub use password::{
    MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, Password, PasswordFault, is_long_enough,
};
pub use pool::{CredentialPool, PoolFault, PoolSettings, VerifyJob, Weight};
pub use stored_hash::{HashAge, PhcHash, StoredHash, Verdict};
pub use totp::{TotpSecret, TotpStep};
