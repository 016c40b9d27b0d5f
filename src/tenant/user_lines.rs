//! A user as one line of an export, without secrets: what `user import` takes over again. The console and
//! the command line write the same. Knows neither files nor who asks.

use serde_json::{Value, json};

use crate::model::IdentifierKind;
use crate::store::users::{Identification, UserRecord};

/// Columns that `user import` knows, as far as they hold no secret.
const COLUMNS: [&str; 9] = [
    "id",
    "external_id",
    "first_name",
    "last_name",
    "username",
    "email_addresses",
    "phone_numbers",
    "banned",
    "created_at",
];

/// The primary one first: whoever takes them over makes the first one primary.
fn names(record: &UserRecord, kind: IdentifierKind) -> Vec<&str> {
    let of_kind = |name: &&Identification| name.kind == kind.as_str();
    let mut found: Vec<&Identification> = record.identifications.iter().filter(of_kind).collect();
    let primary = [&record.user.primary_identification_id, &record.user.primary_phone_id];
    found.sort_by_key(|name| !primary.iter().any(|id| id.as_ref() == Some(&name.id)));
    found.into_iter().map(|name| name.value.as_str()).collect()
}

fn cells(record: &UserRecord) -> [String; 9] {
    let user = &record.user;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let joined = |kind| names(record, kind).join("|");
    [
        user.id.to_string(),
        text(&user.external_id),
        text(&user.first_name),
        text(&user.last_name),
        joined(IdentifierKind::Username),
        joined(IdentifierKind::EmailAddress),
        joined(IdentifierKind::PhoneNumber),
        user.banned.to_string(),
        user.created_at.0.to_string(),
    ]
}

/// A user as JSON, with what has no column of its own.
#[must_use]
pub fn as_object(record: &UserRecord) -> Value {
    let user = &record.user;
    let kept = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!({}));
    json!({
        "id": user.id,
        "external_id": user.external_id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "username": names(record, IdentifierKind::Username).first(),
        "email_addresses": names(record, IdentifierKind::EmailAddress),
        "phone_numbers": names(record, IdentifierKind::PhoneNumber),
        "public_metadata": kept(&user.public_metadata),
        "private_metadata": kept(&user.private_metadata),
        "unsafe_metadata": kept(&user.unsafe_metadata),
        "locale": user.locale,
        "time_zone": user.time_zone,
        "banned": user.banned,
        "created_at": user.created_at,
        "last_sign_in_at": user.last_sign_in_at,
    })
}

/// The head line of a CSV file.
#[must_use]
pub fn head() -> String {
    line(&COLUMNS.map(str::to_owned))
}

/// A user as a line of it.
#[must_use]
pub fn as_cells(record: &UserRecord) -> String {
    line(&cells(record))
}

/// One line of any CSV file. What a spreadsheet would take for a formula is made a text (RFC 4180 has none for it).
#[must_use]
pub fn line(cells: &[String]) -> String {
    let cell = |text: &String| {
        let mark = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        format!("\"{mark}{}\"", text.replace('"', "\"\""))
    };
    cells.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_ends_where_it_ends() {
        let cells = ["=1+1", "a\"b", "c\nd", "-", "x"].map(str::to_owned);
        assert_eq!(line(&cells), "\"'=1+1\",\"a\"\"b\",\"c\nd\",\"'-\",\"x\"\r\n");
    }
}
