//! One row of an export as a user: the columns of Clerk's dashboard export, and the keys of a user
//! in Clerk's JSON. Every fault of a row is told, not only the first. Knows no file format.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::ImportForm;
use crate::credential::{ImportFault, ImportedHash, TotpSecret};
use crate::model::{Identifier, IdentifierKind, Millis, UserId};
use crate::store::user_metadata::MetadataChange;
use crate::store::users::UserChange;
use crate::tenant::NewUserForm;

/// Longest name or external id, in bytes; largest metadata object, in bytes of JSON; most
/// identifiers of one kind: as `POST /v1/users` has them.
const MAX_NAME_BYTES: usize = 256;
const MAX_METADATA_BYTES: usize = 8 * 1024;
const MAX_IDENTIFIERS: usize = 20;
/// Longest language tag (RFC 5646 §4.4.1).
const MAX_LOCALE_BYTES: usize = 35;

/// Keys of Clerk's users that follow from others here, or that nothing here has a use for.
const NOT_NEEDED: &[&str] = &[
    "object",
    "backup_code_enabled",
    "bypass_client_trust",
    "create_organization_enabled",
    "create_organizations_limit",
    "delete_self_enabled",
    "deprovisioned",
    "enterprise_accounts",
    "has_image",
    "image_url",
    "legal_accepted_at",
    "locked",
    "lockout_expires_in_seconds",
    "mfa_disabled_at",
    "mfa_enabled_at",
    "organization_memberships",
    "passkeys",
    "password_enabled",
    "password_last_updated_at",
    "primary_web3_wallet_id",
    "profile_image_url",
    "saml_accounts",
    "totp_enabled",
    "two_factor_enabled",
    "updated_at",
    "verification_attempts_remaining",
    "web3_wallets",
];

/// What a row says.
pub(super) struct Row {
    /// As written, where it could be an id at all.
    pub id: Option<String>,
    pub form: ImportForm,
    pub faults: Vec<String>,
    pub unknown: Vec<String>,
}

/// Reads a row. `now` bounds its times.
pub(super) fn read(fields: &Map<String, Value>, now: Millis) -> Row {
    let mut reader = Reader { fields, asked: Vec::new(), faults: Vec::new(), now };
    let id = reader.id();
    let (mut identifiers, mut unproved) = reader.addresses(&EMAIL);
    let (phones, unproved_phones) = reader.addresses(&PHONE);
    identifiers.extend(phones);
    identifiers.extend(reader.username());
    unproved.extend(unproved_phones);
    let user = NewUserForm {
        identifiers,
        imported_hash: reader.hash(),
        created_at: reader.time("created_at"),
        change: reader.profile(),
        totp: reader.totp(),
        banned: reader.flag("banned"),
        ..NewUserForm::default()
    };
    let form = ImportForm {
        id: id.as_deref().and_then(UserId::parse),
        user,
        unproved,
        external: reader.external(),
        last_sign_in_at: reader.time("last_sign_in_at"),
        last_active_at: reader.time("last_active_at"),
    };
    if reader.faults.is_empty() && !form.names_somebody() {
        reader.faults.push("has neither an id nor a verified identifier".to_owned());
    }
    let known = |key: &&String| {
        !reader.asked.contains(&key.as_str()) && !NOT_NEEDED.contains(&key.as_str())
    };
    let unknown = fields.keys().filter(known).cloned().collect();
    Row { id, form, unknown, faults: reader.faults }
}

/// Whether a head line has names, and none that says anything about a user.
pub(super) fn is_strange(columns: &[String], now: Millis) -> bool {
    let fields = columns.iter().map(|column| (column.clone(), Value::Null)).collect();
    !columns.is_empty() && read(&fields, now).unknown.len() == columns.len()
}

/// The keys of one kind of address.
struct Address {
    kind: IdentifierKind,
    primary: &'static str,
    verified: &'static str,
    unverified: &'static str,
    /// Clerk's JSON: a list of objects, and which of them is the primary one.
    objects: &'static str,
    value: &'static str,
    primary_id: &'static str,
}

const EMAIL: Address = Address {
    kind: IdentifierKind::EmailAddress,
    primary: "primary_email_address",
    verified: "verified_email_addresses",
    unverified: "unverified_email_addresses",
    objects: "email_addresses",
    value: "email_address",
    primary_id: "primary_email_address_id",
};

const PHONE: Address = Address {
    kind: IdentifierKind::PhoneNumber,
    primary: "primary_phone_number",
    verified: "verified_phone_numbers",
    unverified: "unverified_phone_numbers",
    objects: "phone_numbers",
    value: "phone_number",
    primary_id: "primary_phone_number_id",
};

struct Reader<'a> {
    fields: &'a Map<String, Value>,
    asked: Vec<&'static str>,
    faults: Vec<String>,
    now: Millis,
}

impl<'a> Reader<'a> {
    /// A field that says something.
    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn refuse(&mut self, name: &str, why: impl std::fmt::Display) {
        self.faults.push(format!("{name}: {why}"));
    }

    fn text(&mut self, name: &'static str, most: usize) -> Option<&'a str> {
        let value = self.value(name)?;
        let Some(text) = value.as_str() else {
            self.refuse(name, "is not a text");
            return None;
        };
        let text = text.trim();
        if text.len() > most {
            self.refuse(name, format_args!("is longer than {most} bytes"));
            return None;
        }
        // PostgreSQL keeps none.
        if text.contains('\0') {
            self.refuse(name, "holds a null character");
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    fn id(&mut self) -> Option<String> {
        let text = self.text("id", MAX_NAME_BYTES)?;
        if UserId::parse(text).is_none() {
            let why = "is not `user_` with letters and digits; name it external_id instead";
            self.refuse("id", why);
            return None;
        }
        Some(text.to_owned())
    }

    /// The verified addresses of a kind, the primary one first, and the others; each once.
    fn addresses(&mut self, of: &Address) -> (Vec<Identifier>, Vec<Identifier>) {
        let primary = self.text(of.primary, MAX_NAME_BYTES);
        let primary = primary.and_then(|text| self.parsed(of.kind, of.primary, text));
        let mut verified = self.listed(of, of.verified);
        let mut unverified = self.listed(of, of.unverified);
        let among = |list: &[Identifier], i: &Identifier| list.iter().any(|o| o.key == i.key);
        // Clerk's export names an unverified primary address as such, too.
        if let Some(first) = primary
            && (among(&verified, &first) || !among(&unverified, &first))
        {
            verified.insert(0, first);
        }
        let (proved, others) = self.objects(of);
        verified.extend(proved);
        unverified.extend(others);
        let mut once: Vec<Identifier> = Vec::new();
        verified.into_iter().for_each(|i| {
            if !among(&once, &i) {
                once.push(i)
            }
        });
        let mut unproved: Vec<Identifier> = Vec::new();
        for other in unverified.into_iter().filter(|i| !among(&once, i)) {
            if !among(&unproved, &other) {
                unproved.push(other);
            }
        }
        if once.len().max(unproved.len()) > MAX_IDENTIFIERS {
            self.refuse(of.objects, format_args!("are more than {MAX_IDENTIFIERS}"));
        }
        (once, unproved)
    }

    /// A list of addresses: a JSON list, or one text with separators.
    fn listed(&mut self, of: &Address, name: &'static str) -> Vec<Identifier> {
        let Some(value) = self.value(name) else { return Vec::new() };
        let texts: Vec<&str> = match value {
            Value::String(text) => text
                .split(|c: char| matches!(c, '|' | ',' | ';') || c.is_ascii_whitespace())
                .filter(|text| !text.is_empty())
                .collect(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                self.refuse(name, "is not a list");
                return Vec::new();
            }
        };
        texts.into_iter().filter_map(|text| self.parsed(of.kind, name, text)).collect()
    }

    /// Those of Clerk's JSON: the verified ones, the primary one first, and the others. Plain addresses
    /// are what our own export writes, which knows verified ones only.
    fn objects(&mut self, of: &Address) -> (Vec<Identifier>, Vec<Identifier>) {
        let plain = match self.value(of.objects) {
            Some(Value::String(_)) => true,
            Some(Value::Array(list)) => list.first().is_some_and(Value::is_string),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
                false
            }
        };
        if plain {
            return (self.listed(of, of.objects), Vec::new());
        }
        let (mut proved, mut others) = (Vec::new(), Vec::new());
        let primary = self.text(of.primary_id, MAX_NAME_BYTES);
        for object in self.list(of.objects) {
            let Some(text) = object.get(of.value).and_then(Value::as_str) else {
                self.refuse(of.objects, format_args!("an entry has no {}", of.value));
                continue;
            };
            let Some(identifier) = self.parsed(of.kind, of.objects, text) else { continue };
            let status = object.pointer("/verification/status").and_then(Value::as_str);
            let first = primary.is_some() && object.get("id").and_then(Value::as_str) == primary;
            match (status, first) {
                (Some("verified"), true) => proved.insert(0, identifier),
                (Some("verified"), false) => proved.push(identifier),
                (_, _) => others.push(identifier),
            }
        }
        (proved, others)
    }

    fn list(&mut self, name: &'static str) -> &'a [Value] {
        match self.value(name) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.refuse(name, "is not a list");
                &[]
            }
        }
    }

    /// Accounts elsewhere, with their ids.
    fn external(&mut self) -> Vec<(String, String)> {
        const NAME: &str = "external_accounts";
        let mut found: Vec<(String, String)> = Vec::new();
        for account in self.list(NAME) {
            let id = account.get("id").and_then(Value::as_str);
            // PostgreSQL takes no null character in a text.
            let fits = |id: &&str| (1..=MAX_NAME_BYTES).contains(&id.len()) && !id.contains('\0');
            let Some(id) = id.filter(fits) else {
                self.refuse(NAME, "an entry has no id");
                continue;
            };
            let document = account.to_string();
            if document.len() > MAX_METADATA_BYTES {
                self.refuse(
                    NAME,
                    format_args!("an entry is larger than {MAX_METADATA_BYTES} bytes"),
                );
            } else if found.iter().all(|(other, _)| other != id) {
                found.push((id.to_owned(), document));
            }
        }
        if found.len() > MAX_IDENTIFIERS {
            self.refuse(NAME, format_args!("are more than {MAX_IDENTIFIERS}"));
        }
        found
    }

    fn parsed(&mut self, kind: IdentifierKind, name: &str, text: &str) -> Option<Identifier> {
        match Identifier::parse(text) {
            Ok(identifier) if identifier.kind == kind => Some(identifier),
            Ok(_) => {
                let what = kind.as_str().replace('_', " ");
                self.refuse(name, format_args!("is no {what}"));
                None
            }
            Err(fault) => {
                self.refuse(name, fault);
                None
            }
        }
    }

    fn username(&mut self) -> Option<Identifier> {
        let text = self.text("username", MAX_NAME_BYTES)?;
        self.parsed(IdentifierKind::Username, "username", text)
    }

    fn hash(&mut self) -> Option<ImportedHash> {
        let hasher = self.text("password_hasher", MAX_NAME_BYTES);
        let digest = self.text("password_digest", usize::MAX)?;
        let Some(hasher) = hasher else {
            self.refuse("password_hasher", "is missing beside password_digest");
            return None;
        };
        match ImportedHash::parse(hasher, digest) {
            Ok(hash) => Some(hash),
            Err(fault @ (ImportFault::Hasher | ImportFault::TooFast)) => {
                self.refuse("password_hasher", fault);
                None
            }
            Err(fault @ (ImportFault::TooLong | ImportFault::Digest(_))) => {
                self.refuse("password_digest", fault);
                None
            }
        }
    }

    fn totp(&mut self) -> Option<TotpSecret> {
        let text = self.text("totp_secret", MAX_NAME_BYTES)?;
        let secret = TotpSecret::from_base32(text);
        if secret.is_none() {
            self.refuse("totp_secret", "is not base32 of 16 to 64 bytes");
        }
        secret
    }

    fn profile(&mut self) -> UserChange {
        UserChange {
            first_name: self.name("first_name"),
            last_name: self.name("last_name"),
            external_id: self.name("external_id"),
            primary_identification_id: None,
            primary_phone_id: None,
            public_metadata: self.metadata("public_metadata"),
            private_metadata: self.metadata("private_metadata"),
            unsafe_metadata: self.metadata("unsafe_metadata"),
            locale: self.text("locale", MAX_LOCALE_BYTES).map(|text| Some(text.to_owned())),
            time_zone: self.zone().map(Some),
        }
    }

    fn name(&mut self, name: &'static str) -> Option<Option<String>> {
        self.text(name, MAX_NAME_BYTES).map(|text| Some(text.to_owned()))
    }

    fn zone(&mut self) -> Option<String> {
        const NAME: &str = "time_zone";
        let text = self.text(NAME, MAX_NAME_BYTES)?;
        if TimeZone::get(text).is_err() {
            self.refuse(NAME, "is no time zone such as Europe/Vienna");
            return None;
        }
        Some(text.to_owned())
    }

    /// A JSON object, in a CSV file as its text.
    fn metadata(&mut self, name: &'static str) -> Option<MetadataChange> {
        let object = match self.value(name)? {
            Value::Object(object) => Some(object.clone()),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => serde_json::from_str(text).ok(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        };
        let Some(object) = object else {
            self.refuse(name, "is not a JSON object");
            return None;
        };
        let object = Value::Object(object);
        if object.to_string().len() > MAX_METADATA_BYTES {
            self.refuse(name, format_args!("is larger than {MAX_METADATA_BYTES} bytes"));
            return None;
        }
        object.as_object().cloned().map(MetadataChange::Replace)
    }

    fn flag(&mut self, name: &'static str) -> bool {
        match self.value(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) if matches!(text.as_str(), "true" | "false" | "") => {
                text == "true"
            }
            Some(_) => {
                self.refuse(name, "is neither true nor false");
                false
            }
        }
    }

    /// Milliseconds since 1970, or a date with time and zone; not in the future.
    fn time(&mut self, name: &'static str) -> Option<Millis> {
        let at = match self.value(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => milliseconds(text.trim()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let at = at.map(Millis).filter(|at| (Millis(0)..=self.now).contains(at));
        if at.is_none() {
            let why = "is no time up to now (milliseconds since 1970, or as 2026-11-21T09:30:00Z)";
            self.refuse(name, why);
        }
        at
    }
}

fn milliseconds(text: &str) -> Option<i64> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    // As Go prints it: `2026-11-21 09:30:00.5 +0000 UTC`.
    let plain = text.strip_suffix(" +0000 UTC").map(|date| format!("{date}Z"));
    let timestamp: Timestamp = plain.as_deref().unwrap_or(text).parse().ok()?;
    Some(timestamp.as_millisecond())
}
