//! The audit log as a file, CSV or JSON, under the filters of its page: read and sent a thousand rows at
//! a time, so that neither memory nor a connection to the database is held by whoever reads slowly.
//! Cells are written so that no spreadsheet takes one for a formula.

use std::fmt::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use serde_json::json;

use super::audit::{filter_of, typed};
use super::desk::{Desk, Looks};
use crate::model::{AuditId, Millis, TenantId};
use crate::store::Reader;
use crate::store::audit::AuditRow;
use crate::store::audit_lists::AuditFilter;
use crate::tenant::TenantFault;
use crate::text::{Catalogue, Moment, Zone};
use crate::web::body::Params;
use crate::web::download::attachment;

/// Rows read at once.
const PAGE: i64 = 1_000;

const COLUMNS: &str =
    "\"number\",\"time\",\"actor\",\"action\",\"subject\",\"user\",\"detail\",\"id\",\"hash\"\r\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Json,
}

/// `GET /console/{slug}/audit.csv`
pub(super) async fn csv(Looks(desk): Looks) -> HttpResponse {
    export(&desk, Form::Csv).await.unwrap_or_else(|early| early)
}

/// `GET /console/{slug}/audit.json`
pub(super) async fn json(Looks(desk): Looks) -> HttpResponse {
    export(&desk, Form::Json).await.unwrap_or_else(|early| early)
}

async fn export(desk: &Desk, form: Form) -> Result<HttpResponse, HttpResponse> {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let filter = filter_of(desk, &typed(&query)).await?;
    let slug = &desk.profile.tenant.slug;
    let (kind, name) = match form {
        Form::Csv => ("text/csv; charset=utf-8", format!("audit-{slug}.csv")),
        Form::Json => ("application/json", format!("audit-{slug}.json")),
    };
    let log =
        Log { reader: desk.reader().clone(), tenant: desk.profile.id().clone(), filter, form };
    Ok(attachment(kind, &name, BoxBody::new(Pages { next: Some(log.read(None)) })))
}

/// Which rows, and how they are written.
#[derive(Clone)]
struct Log {
    reader: Reader,
    tenant: TenantId,
    filter: AuditFilter,
    form: Form,
}

/// A page as it is sent, and the reading of the one after it.
type Read = Pin<Box<dyn Future<Output = Result<(Bytes, Option<Next>), TenantFault>>>>;

struct Next(Read);

impl Log {
    fn read(self, before: Option<AuditId>) -> Next {
        Next(Box::pin(async move {
            let Self { reader, tenant, filter, form } = &self;
            let (tenant, filter) = (tenant.clone(), filter.clone());
            let rows = reader.audit_page(tenant, filter, before.clone(), PAGE).await?;
            let full = i64::try_from(rows.len()).is_ok_and(|found| found >= PAGE);
            let last = rows.last().filter(|_| full).map(|row| row.id.clone());
            let text = match form {
                Form::Csv => csv_page(&rows, before.is_none()),
                Form::Json => json_page(&rows, before.is_none(), last.is_none()),
            };
            let next = last.map(|last| self.read(Some(last)));
            Ok((Bytes::from(text), next))
        }))
    }
}

/// Reads on only when what was read has been taken.
struct Pages {
    next: Option<Next>,
}

impl MessageBody for Pages {
    type Error = TenantFault;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, TenantFault>>> {
        let Some(Next(read)) = &mut self.next else { return Poll::Ready(None) };
        let read = ready!(read.as_mut().poll(context));
        // What breaks off in the middle is cut short on the wire, too: nobody takes it for the whole.
        let (page, next) = match read {
            Ok(read) => read,
            Err(error) => {
                self.next = None;
                return Poll::Ready(Some(Err(error)));
            }
        };
        self.next = next;
        Poll::Ready(Some(Ok(page)))
    }
}

fn time(at: Millis) -> String {
    Moment::new(Catalogue::get("en"), &Zone::utc(), at, at).machine
}

fn csv_page(rows: &[AuditRow], first: bool) -> String {
    let mut text = if first { COLUMNS.to_owned() } else { String::new() };
    for row in rows {
        let number = row.seq.map(|seq| seq.to_string()).unwrap_or_default();
        let cells = [
            number.as_str(),
            &time(row.at),
            &row.actor,
            &row.action,
            row.subject.as_ref().map_or("", |subject| subject.as_str()),
            row.user_id.as_ref().map_or("", |user| user.as_str()),
            &row.detail,
            row.id.as_str(),
            row.hash.as_deref().unwrap_or_default(),
        ];
        let cells: Vec<String> = cells.into_iter().map(cell).collect();
        // Writing to a String cannot fail.
        let _ = write!(text, "{}\r\n", cells.join(","));
    }
    text
}

/// Quoted; with an apostrophe before what a spreadsheet would compute.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

fn json_page(rows: &[AuditRow], first: bool, last: bool) -> String {
    let mut text = if first { "[".to_owned() } else { String::new() };
    for (place, row) in rows.iter().enumerate() {
        let detail: serde_json::Value =
            serde_json::from_str(&row.detail).unwrap_or_else(|_| json!(row.detail));
        let fact = json!({
            "number": row.seq,
            "time": time(row.at),
            "actor": row.actor,
            "action": row.action,
            "subject": row.subject.as_ref().map(|subject| subject.as_str()),
            "user": row.user_id,
            "detail": detail,
            "id": row.id,
            "hash": row.hash,
        });
        let before = if first && place == 0 { "\n" } else { ",\n" };
        let _ = write!(text, "{before}{fact}");
    }
    if last {
        text.push_str("\n]\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(actor: &str, detail: &str) -> AuditRow {
        AuditRow {
            tenant_id: TenantId::from_stored("ins_1".to_owned()),
            id: AuditId::from_stored("aud_1".to_owned()),
            at: Millis(1_795_266_360_000),
            actor: actor.to_owned(),
            action: "policy.saved".to_owned(),
            subject: None,
            user_id: None,
            detail: detail.to_owned(),
            seq: Some(7),
            hash: None,
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert!(cell(text).starts_with("\"'"), "{text}");
        }
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        let text = csv_page(&[row("=cmd|' /C calc'!A0", "{}")], true);
        insta::assert_snapshot!(text, @r#"
        "number","time","actor","action","subject","user","detail","id","hash"
        "7","2026-11-21T13:06:00+00:00","'=cmd|' /C calc'!A0","policy.saved","","","{}","aud_1",""
        "#);
    }

    #[test]
    fn pages_of_json_make_one_list() {
        let rows = [row("api", "{\"a\":1}")];
        let whole = json_page(&rows, true, false) + &json_page(&rows, false, true);
        let list: serde_json::Value = serde_json::from_str(&whole).unwrap();
        assert_eq!(list.as_array().unwrap().len(), 2);
        assert_eq!(list.pointer("/1/detail/a").unwrap(), 1);
        let none: serde_json::Value = serde_json::from_str(&json_page(&[], true, true)).unwrap();
        assert_eq!(none.as_array().unwrap().len(), 0);
    }
}
