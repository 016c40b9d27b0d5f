//! All users of a tenant as a file, written while they are read: a page of them is in memory at a time.
//! A file that could not be finished ends in the middle of the transfer, never as if it were whole.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::{self, Bytes};
use tokio::sync::mpsc;

use super::desk::{Desk, Looks};
use crate::store::users::UserRecord;
use crate::tenant::user_lines::{as_cells, as_object, head};
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
        Format::Csv => (head(), ""),
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
                Format::Csv => part.push_str(&as_cells(record)),
                Format::Json => {
                    part.push_str(separator);
                    part.push_str(&as_object(record).to_string());
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
