//! Opaque, time-sorted ids: a prefix that says what the thing is and 27 base62 characters
//! (KSUID), the shape that Clerk's SDKs expect. Knows nothing of where ids are stored.

use std::fmt;

use svix_ksuid::{KsuidLike, KsuidMs};

use super::time::Millis;

/// Longest id accepted from outside; ours are 33 at most, imported ones may differ.
const MAX_ID_CHARS: usize = 64;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A fresh id whose order follows `now` (4 ms steps) and whose rest is random (120 bits).
            #[must_use]
            pub fn generate(now: Millis) -> Self {
                Self(format!("{}{}", $prefix, KsuidMs::from_millis(Some(now.0), None).to_base62()))
            }

            /// Sorts before every id that is generated at or after `instant`: a bound for queries
            /// by age over a key that starts with the id.
            #[must_use]
            pub fn floor(instant: Millis) -> Self {
                let none = [0; KsuidMs::PAYLOAD_BYTES];
                Self(format!("{}{}", $prefix, KsuidMs::from_millis(Some(instant.0), Some(&none)).to_base62()))
            }

            /// Accepts what could be one of our ids: the prefix, then ASCII letters and digits.
            /// `None` for anything else, so that no odd text reaches a query.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let rest = text.strip_prefix($prefix)?;
                let plain = !rest.is_empty()
                    && text.len() <= MAX_ID_CHARS
                    && rest.bytes().all(|b| b.is_ascii_alphanumeric());
                plain.then(|| Self(text.to_owned()))
            }

            /// The 20 bytes that an id of ours spells; `None` for one that was imported.
            #[must_use]
            pub fn to_bytes(&self) -> Option<[u8; 20]> {
                let spelled = KsuidMs::from_base62(self.0.strip_prefix($prefix)?).ok()?;
                (spelled.to_base62().len() + $prefix.len() == self.0.len()).then(|| *spelled.bytes())
            }

            /// The id that is spelled by these bytes.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 20]) -> Self {
                Self(format!("{}{}", $prefix, KsuidMs::from_bytes(bytes).to_base62()))
            }

            /// Takes an id that the store wrote; no check.
            #[must_use]
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A tenant (Clerk: instance).
    TenantId, "ins_";
    UserId, "user_";
    /// An identifier of a user (Clerk: identification).
    IdentificationId, "idn_";
    /// A browser or app installation (Clerk: client).
    ClientId, "client_";
    /// One run through the sign-in flow (Clerk: sign-in attempt).
    SignInId, "sia_";
    /// One run through the sign-up flow (Clerk: sign-up attempt).
    SignUpId, "sua_";
    /// A ticket that signs one user in, made by the tenant's server.
    SignInTokenId, "sit_";
    SessionId, "sess_";
    /// One secret tried; the primary key of the attempts log (protocol rule 7).
    AttemptId, "att_";
    /// A code that was sent (or would have been, to somebody).
    OneTimeCodeId, "otc_";
    OutboxId, "out_";
    AuditId, "aud_";
    ContactRequestId, "req_";
    /// What was said about a contact request, or happened to it.
    RequestMessageId, "msg_";
    CannedReplyId, "can_";
    /// Failures that belong together.
    CampaignId, "cmp_";
    /// A file of users that a tenant takes over.
    UserImportId, "imp_";
    /// A server of the tenant's that is told of events.
    WebhookEndpointId, "ep_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_ids_have_clerks_shape_and_sort_by_time() {
        let early = UserId::generate(Millis(1_700_000_000_000));
        let late = UserId::generate(Millis(1_700_000_001_000));
        assert_eq!(early.as_str().len(), "user_".len() + 27);
        assert!(early < late);
        assert_eq!(UserId::parse(early.as_str()), Some(early));
    }

    #[test]
    fn an_id_comes_back_from_its_bytes_and_an_imported_one_has_none() {
        let id = UserId::generate(Millis(1_700_000_000_000));
        assert_eq!(id.to_bytes().map(UserId::from_bytes), Some(id));
        assert_eq!(UserId::from_stored("user_2abc".to_owned()).to_bytes(), None);
    }

    #[test]
    fn odd_text_is_no_id() {
        for odd in [
            "",
            "user_",
            "sess_abc",
            "user_a'--",
            "user_\u{e9}",
            &format!("user_{}", "a".repeat(99)),
        ] {
            assert_eq!(UserId::parse(odd), None, "{odd}");
        }
    }
}
