//! The short codes in mails: six digits to sign in or reset, eight to unlock where a gateway mangles
//! links. Derived from the row that sends them, so that none is stored and a mail rendered again
//! after a crash carries the same one. How often one may be tried is counted by the store.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::master_key::{DerivedKey, MasterKeys, Purpose};
use crate::model::TenantId;

/// What addresses for tests are sent instead of a mail, on development tenants (Clerk's).
const TEST_CODE: &str = "424242";

/// How many digits a code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeLength {
    /// Clerk's sign-in and reset codes.
    Six,
    Eight,
}

/// Makes and checks the short codes of one tenant.
#[derive(Debug)]
pub struct ShortCodes {
    newest: DerivedKey,
    older: Vec<DerivedKey>,
}

impl ShortCodes {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        let older = keys.all().skip(1).map(|key| key.derive(Purpose::OneTimeCode, tenant));
        Self { older: older.collect(), newest: keys.newest().derive(Purpose::OneTimeCode, tenant) }
    }

    /// The code of `row`, which names one sending, such as an outbox row's id: digits, leading
    /// zeros kept.
    #[must_use]
    pub fn code(&self, row: &str, length: CodeLength) -> String {
        code(&self.newest, row, length)
    }

    /// Whether `typed` is the code of `row`; spaces and hyphens are forgiven, time is constant.
    #[must_use]
    pub fn is_code(&self, row: &str, length: CodeLength, typed: &str) -> bool {
        let digits = digits(typed);
        std::iter::once(&self.newest).chain(&self.older).any(|key| {
            let expected = code(key, row, length);
            verify_slices_are_equal(expected.as_bytes(), digits.as_bytes()).is_ok()
        })
    }
}

/// Whether `typed` is the code of the addresses that only tests use; time is constant. Whether it is
/// taken for such an address is the caller's to know.
#[must_use]
pub fn is_test_code(typed: &str) -> bool {
    verify_slices_are_equal(TEST_CODE.as_bytes(), digits(typed).as_bytes()).is_ok()
}

fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(16).collect()
}

/// 64 bits of the digest modulo a power of ten: uneven by less than one in 10^11.
fn code(key: &DerivedKey, row: &str, length: CodeLength) -> String {
    let digest = key.hmac(row.as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    match length {
        CodeLength::Six => format!("{:06}", number % 1_000_000),
        CodeLength::Eight => format!("{:08}", number % 100_000_000),
    }
}
