//! What a user's record says on a page: the identifier that stands for the account, in full or
//! masked.

use crate::model::Identifier;
use crate::store::users::UserRecord;

/// The identifier that stands for the account: the primary one, else the oldest.
pub(super) fn primary(record: &UserRecord) -> Option<String> {
    let wanted = record.user.primary_identification_id.as_ref();
    let named = record.identifications.iter().find(|i| Some(&i.id) == wanted);
    named.or_else(|| record.identifications.first()).map(|i| i.value.clone())
}

/// The same, masked: whoever holds a link learns no address.
pub(super) fn masked(record: &UserRecord) -> String {
    let parsed = primary(record).and_then(|value| Identifier::parse(&value).ok());
    parsed.map_or_else(|| "**".to_owned(), |identifier| identifier.masked())
}
