//! All users of a tenant as a file, written while they are read: a page of them is in memory at a time.
//! A file that could not be finished ends in the middle of the transfer, never as if it were whole.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::{self, Bytes};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::desk::{Desk, Looks};
use crate::model::IdentifierKind;
use crate::store::users::{Identification, UserRecord};
use crate::tenant::{TenantProfile, Tenants};
use crate::web::download::attachment;
use crate::web::page_table::{EDITORS, May, Page, Verb};

/// Pages that are written before the reader has taken one.
const AHEAD: usize = 2;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/settings/users.csv",
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(as_csv),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/settings/users.json",
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(as_json),
    },
];

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

async fn as_csv(Looks(desk): Looks) -> HttpResponse {
    export(&desk, Format::Csv)
}

async fn as_json(Looks(desk): Looks) -> HttpResponse {
    export(&desk, Format::Json)
}

fn export(desk: &Desk, format: Format) -> HttpResponse {
    let (tell, pages) = Pages::channel();
    let (tenants, profile) = (desk.tenants().clone(), Arc::clone(&desk.profile));
    actix_web::rt::spawn(async move {
        // Whoever asked may have gone away.
        let _gone = write(&tenants, &profile, format, &tell).await;
    });
    let slug = &desk.profile.tenant.slug;
    let (content_type, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json; charset=utf-8", "json"),
    };
    let body = BoxBody::new(pages);
    attachment(content_type, &format!("{slug}-users.{ending}"), body)
}

pub(super) type Part = Result<Bytes, io::Error>;

/// What is left to be sent.
pub(super) struct Pages(mpsc::Receiver<Part>);

impl Pages {
    /// A body, and where to put its parts; few of them wait at a time.
    pub fn channel() -> (mpsc::Sender<Part>, Self) {
        let (tell, pages) = mpsc::channel(AHEAD);
        (tell, Self(pages))
    }
}

impl MessageBody for Pages {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Part>> {
        self.get_mut().0.poll_recv(context)
    }
}

/// `Err` once nobody listens any more.
async fn write(
    tenants: &Tenants,
    profile: &TenantProfile,
    format: Format,
    tell: &mpsc::Sender<Part>,
) -> Result<(), mpsc::error::SendError<Part>> {
    let text = |text: String| tell.send(Ok(Bytes::from(text)));
    let (first, last) = match format {
        Format::Csv => (line(&COLUMNS.map(str::to_owned)), ""),
        Format::Json => ("[".to_owned(), "\n]\n"),
    };
    text(first).await?;
    let (mut after, mut separator) = (None::<UserRecord>, "\n");
    loop {
        let Ok(page) = tenants.users_after(profile, after.as_ref()).await else {
            return tell.send(Err(io::Error::other("the users could not be read"))).await;
        };
        let mut part = String::new();
        for record in &page {
            match format {
                Format::Csv => part.push_str(&line(&cells(record))),
                Format::Json => {
                    part.push_str(separator);
                    part.push_str(&object(record).to_string());
                    separator = ",\n";
                }
            }
        }
        let Some(end) = page.into_iter().next_back() else { break };
        text(part).await?;
        after = Some(end);
    }
    text(last.to_owned()).await
}

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

fn names(record: &UserRecord, kind: IdentifierKind) -> Vec<&str> {
    let of_kind = |name: &&Identification| name.kind == kind.as_str();
    record.identifications.iter().filter(of_kind).map(|name| name.value.as_str()).collect()
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

fn object(record: &UserRecord) -> Value {
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

/// One line. What a spreadsheet would take for a formula is made a text (RFC 4180 has none for it).
pub(super) fn line(cells: &[String]) -> String {
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
