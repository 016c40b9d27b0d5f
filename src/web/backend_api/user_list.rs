//! Which users a list asks for: Clerk's filters and orders, and `locked`, which is ours. Reads the
//! query only; the store finds.

use super::query::{LIMIT, OFFSET, Query};
use crate::model::{CanonicalKey, Identifier, IdentifierKind, Millis, UserId};
use crate::store::user_lists::{Direction, Range, UserFilter, UserSort};
use crate::web::error_code::ErrorKind;
use crate::web::operation::{Kind, Param, Param::May};

const KINDS: [IdentifierKind; 3] =
    [IdentifierKind::EmailAddress, IdentifierKind::PhoneNumber, IdentifierKind::Username];

/// What `order_by` can name.
const COLUMNS: [(&str, UserSort); 4] = [
    ("created_at", UserSort::CreatedAt),
    ("updated_at", UserSort::UpdatedAt),
    ("last_sign_in_at", UserSort::LastSignInAt),
    ("last_active_at", UserSort::LastActiveAt),
];

/// What [`filter`] reads.
pub(super) const FILTERS: &[Param] = &[
    May("email_address", Kind::Texts),
    May("phone_number", Kind::Texts),
    May("username", Kind::Texts),
    May("user_id", Kind::Texts),
    May("external_id", Kind::Texts),
    May("query", Kind::Text),
    May("email_address_query", Kind::Text),
    May("phone_number_query", Kind::Text),
    May("username_query", Kind::Text),
    May("name_query", Kind::Text),
    May("banned", Kind::Flag),
    May("locked", Kind::Flag),
    May("created_at_after", Kind::Instant),
    May("created_at_before", Kind::Instant),
    May("last_active_at_after", Kind::Instant),
    May("last_active_at_before", Kind::Instant),
    May("last_sign_in_at_after", Kind::Instant),
    May("last_sign_in_at_before", Kind::Instant),
];

/// What a list reads: [`FILTERS`], order and page.
pub(super) const LIST: &[Param] = &[
    May("email_address", Kind::Texts),
    May("phone_number", Kind::Texts),
    May("username", Kind::Texts),
    May("user_id", Kind::Texts),
    May("external_id", Kind::Texts),
    May("query", Kind::Text),
    May("email_address_query", Kind::Text),
    May("phone_number_query", Kind::Text),
    May("username_query", Kind::Text),
    May("name_query", Kind::Text),
    May("banned", Kind::Flag),
    May("locked", Kind::Flag),
    May("created_at_after", Kind::Instant),
    May("created_at_before", Kind::Instant),
    May("last_active_at_after", Kind::Instant),
    May("last_active_at_before", Kind::Instant),
    May("last_sign_in_at_after", Kind::Instant),
    May("last_sign_in_at_before", Kind::Instant),
    May("order_by", Kind::Text),
    May("starting_after", Kind::Text),
    LIMIT,
    OFFSET,
];

/// The filters. An identifier or id that cannot exist is nobody's, and asks for nobody.
pub(super) fn filter(query: &mut Query, now: Millis) -> UserFilter {
    let mut filter = UserFilter {
        external_ids: query.each("external_id"),
        banned: query.flag("banned"),
        query: query.text("query"),
        name_part: query.text("name_query"),
        created: range(query, "created_at"),
        last_active: range(query, "last_active_at"),
        last_sign_in: range(query, "last_sign_in_at"),
        locked: locked(query).then_some(now),
        ..UserFilter::default()
    };
    for id in query.each("user_id") {
        let (side, id) = side(&id);
        let id = UserId::parse(id).unwrap_or_else(|| UserId::from_stored(String::new()));
        match side {
            Side::With => filter.ids.push(id),
            Side::Without => filter.without_ids.push(id),
        }
    }
    for kind in KINDS {
        identifiers(query, kind, &mut filter);
        let part = query.text(&format!("{}_query", kind.as_str()));
        filter.identifier_parts.extend(part.map(|part| (kind.as_str(), part)));
    }
    filter
}

/// `order_by`: a column, `-` before it for the newest first, which is also the default.
pub(super) fn order(query: &mut Query) -> (UserSort, Direction) {
    let newest = (UserSort::CreatedAt, Direction::NewestFirst);
    let Some(text) = query.one("order_by") else { return newest };
    let (direction, column) = match text.strip_prefix('-') {
        Some(column) => (Direction::NewestFirst, column),
        None => (Direction::OldestFirst, text.strip_prefix('+').unwrap_or(text)),
    };
    let Some((_, sort)) = COLUMNS.iter().find(|(name, _)| *name == column) else {
        let names = COLUMNS.map(|(name, _)| name);
        let allowed: Vec<String> =
            names.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]).collect();
        query.refuse_word("order_by", &allowed.iter().map(String::as_str).collect::<Vec<_>>());
        return newest;
    };
    (*sort, direction)
}

/// Clerk's prefixes of a value.
enum Side {
    /// `+` or nothing.
    With,
    /// `-`.
    Without,
}

fn side(value: &str) -> (Side, &str) {
    match value.strip_prefix('-') {
        Some(rest) => (Side::Without, rest),
        None => (Side::With, value.strip_prefix('+').unwrap_or(value)),
    }
}

fn identifiers(query: &mut Query, kind: IdentifierKind, filter: &mut UserFilter) {
    let mut wanted = Vec::new();
    for value in query.each(kind.as_str()) {
        let (side, name) = side(&value);
        // A number's own `+` is often lost: taken for the prefix, or for a space.
        let name = match kind {
            IdentifierKind::PhoneNumber => format!("+{}", name.trim_start_matches('+')),
            IdentifierKind::EmailAddress | IdentifierKind::Username => name.to_owned(),
        };
        let parsed = Identifier::parse(&name).ok().filter(|parsed| parsed.kind == kind);
        let nobody = || CanonicalKey::from_stored(String::new());
        let key = parsed.map_or_else(nobody, |parsed| parsed.key);
        match side {
            Side::With => wanted.push(key),
            Side::Without => filter.without_identifiers.push(key),
        }
    }
    filter.identifiers.push(wanted);
}

fn range(query: &mut Query, name: &str) -> Range {
    Range {
        after: query.instant(&format!("{name}_after")),
        before: query.instant(&format!("{name}_before")),
    }
}

/// Only `true` has a meaning: "not locked" would have to follow every lock that runs out.
fn locked(query: &mut Query) -> bool {
    let wanted = query.flag("locked");
    if wanted == Some(false) {
        query.refuse(ErrorKind::ParamValueInvalid, "locked");
    }
    wanted == Some(true)
}
