//! The mailbox of demo and development: every mail that had no server to go to. With an SMTP server
//! none of this exists. The HTML of a mail is a stranger's page, so it is served under a policy that
//! runs nothing and shown in a sandboxed frame.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::demo::{frame, see};
use super::fault::{bare, no_such_page};
use super::view::{Fault, MailHeader, MailItem, MailTab, MailboxPage, OpenMail};
use crate::model::OutboxId;
use crate::store::mailbox::MailboxMessage;
use crate::web::body::Params;
use crate::web::csrf::{self, Started};
use crate::web::doors::{Doors, MailTransport};
use crate::web::error::JSON;
use crate::web::mail_frame::{self, MailScheme};
use crate::web::page::html as page;
use crate::web::security_headers::PageRules;

/// Most mails listed.
const LISTED: i64 = 500;
/// As the plain page's policy, and a frame of our own for the mail's HTML.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `GET /mailbox`
pub(super) async fn list(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    shown(&request, &doors, None).await
}

/// `GET /mailbox/{id}?tab=…&scheme=…`
pub(super) async fn open(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    let id = request.match_info().get("id").map(str::to_owned);
    shown(&request, &doors, id).await
}

async fn shown(request: &HttpRequest, doors: &Doors, id: Option<String>) -> HttpResponse {
    if !is_here(doors) {
        return no_such_page(request, doors).await;
    }
    let Ok(kept) = doors.reader().mailbox(LISTED).await else {
        return bare(doors, request, Fault::Unavailable);
    };
    let open = match &id {
        Some(id) => match kept.iter().find(|mail| mail.id.as_str() == id) {
            Some(mail) => Some(open_mail(mail)),
            None => return no_such_page(request, doors).await,
        },
        None => None,
    };
    let query = Params::of_query(request).unwrap_or_default();
    let view = MailboxPage {
        frame: frame(doors),
        items: kept.iter().map(item).collect(),
        open,
        tab: MailTab::parse(query.raw("tab").unwrap_or_default()),
        scheme: MailScheme::parse(query.raw("scheme").unwrap_or_default()),
        empty_action: "/mailbox/empty".to_owned(),
        demo_path: doors.demo.is_some().then(|| "/".to_owned()),
    };
    let mut answer = page(StatusCode::OK, &PageRules::PLAIN, &view);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    answer
}

/// `GET /mailbox/{id}/html?scheme=…`: the mail itself, for the frame.
pub(super) async fn html(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    if !is_here(&doors) {
        return no_such_page(&request, &doors).await;
    }
    let Some(id) = request.match_info().get("id").and_then(OutboxId::parse) else {
        return no_such_page(&request, &doors).await;
    };
    let mail = match doors.reader().mailbox_message(id).await {
        Ok(Some(mail)) => mail,
        Ok(None) => return no_such_page(&request, &doors).await,
        Err(_) => return bare(&doors, &request, Fault::Unavailable),
    };
    let query = Params::of_query(&request).unwrap_or_default();
    let scheme = MailScheme::parse(query.raw("scheme").unwrap_or_default());
    mail_frame::frame(&mail.html, scheme)
}

/// `POST /mailbox/empty`
pub(super) async fn empty(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    if !is_here(&doors) {
        return no_such_page(&request, &doors).await;
    }
    if csrf::started(request.method(), request.headers(), doors.base_url.origin())
        == Started::Elsewhere
    {
        return bare(&doors, &request, Fault::OtherSite);
    }
    match doors.tenants.empty_mailbox().await {
        Ok(()) => see("/mailbox"),
        Err(_) => bare(&doors, &request, Fault::Unavailable),
    }
}

/// `GET /mailbox/api/messages`: all kept mails, newest first.
pub(super) async fn messages(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    if !is_here(&doors) {
        return no_such_page(&request, &doors).await;
    }
    match doors.reader().mailbox(LISTED).await {
        Ok(kept) => as_json(&Value::Array(kept.iter().map(message_json).collect())),
        Err(_) => bare(&doors, &request, Fault::Unavailable),
    }
}

/// `DELETE /mailbox/api/messages`. Browsers send a DELETE to another origin only after asking, and
/// nobody answers them here.
pub(super) async fn delete(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    if !is_here(&doors) {
        return no_such_page(&request, &doors).await;
    }
    match doors.tenants.empty_mailbox().await {
        Ok(()) => as_json(&Value::Array(Vec::new())),
        Err(_) => bare(&doors, &request, Fault::Unavailable),
    }
}

fn is_here(doors: &Doors) -> bool {
    match doors.mail {
        MailTransport::Mailbox => true,
        MailTransport::Smtp => false,
    }
}

fn as_json(value: &Value) -> HttpResponse {
    let mut answer = HttpResponse::Ok().body(value.to_string());
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn headers_of(mail: &MailboxMessage) -> Value {
    serde_json::from_str(&mail.headers).unwrap_or_else(|_| json!({}))
}

/// `received_at` in milliseconds, as every instant on the wire.
fn message_json(mail: &MailboxMessage) -> Value {
    json!({
        "id": mail.id.as_str(),
        "to": mail.recipient,
        "from": mail.sender,
        "subject": mail.subject,
        "headers": headers_of(mail),
        "text": mail.text,
        "html": mail.html,
        "raw": mail.raw,
        "received_at": mail.received_at.0,
    })
}

fn item(mail: &MailboxMessage) -> MailItem {
    MailItem {
        id: mail.id.as_str().to_owned(),
        to: mail.recipient.clone(),
        from: display_name(&mail.sender),
        subject: mail.subject.clone(),
        received_at: mail.received_at,
    }
}

/// `Acme` of `Acme <no-reply@acme.test>`, else the whole.
fn display_name(sender: &str) -> String {
    let name = sender.split('<').next().unwrap_or_default().trim().trim_matches('"');
    if name.is_empty() { sender.to_owned() } else { name.to_owned() }
}

fn open_mail(mail: &MailboxMessage) -> OpenMail {
    let headers = match headers_of(mail) {
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| MailHeader {
                name,
                value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            })
            .collect(),
        _other => Vec::new(),
    };
    OpenMail {
        id: mail.id.as_str().to_owned(),
        to: mail.recipient.clone(),
        from: mail.sender.clone(),
        subject: mail.subject.clone(),
        received_at: mail.received_at,
        headers,
        text: mail.text.clone(),
        source: mail.raw.clone(),
    }
}
