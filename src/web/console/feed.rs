//! Tries as they happen, as an event stream: lines of the very list that the page has. A stream ends
//! after five minutes; the browser asks again, and is asked again who it is.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::{self, Bytes};
use askama::Template;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::desk::{Desk, Looks};
use super::view::attacks::FeedLines;
use super::view::frame::Entry;
use crate::model::Span;
use crate::web::page::{html_headers, retry_after};
use crate::web::page_table::{May, Page, READERS, Verb};
use crate::web::security_headers::PageRules;

/// One stream's length.
const LIFE: Span = Span(5 * Span::MINUTE.0);
/// Something is said so often, so that nobody between takes the stream for dead.
const BEAT: Span = Span(15 * Span::SECOND.0);
/// Parts that wait for a slow reader.
const WAITING: usize = 16;

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/{slug}/attacks/feed",
    may: May::These(READERS),
    states: &[],
    route: || web::to(feed),
}];

async fn feed(Looks(desk): Looks) -> HttpResponse {
    let Some(mut heard) = desk.tenants().listen_to_tries(&desk.profile) else {
        let mut answer = html_headers(StatusCode::SERVICE_UNAVAILABLE, &PageRules::CONSOLE);
        retry_after(&mut answer, Some(BEAT));
        return answer;
    };
    let (say, said) = mpsc::channel(WAITING);
    let clock = std::sync::Arc::clone(desk.tenants().clock());
    actix_web::rt::spawn(async move {
        let end = clock.now().after(LIFE);
        if say.send(Bytes::from_static(b"retry: 2000\n\n")).await.is_err() {
            return;
        }
        loop {
            let beat = clock.now().after(BEAT).min(end);
            let part = tokio::select! {
                part = heard.recv() => match part {
                    Ok(part) => event(&desk, part.to_vec()),
                    // What was missed stands on the page when it is loaded again.
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return,
                },
                () = clock.wait_until(beat) => Bytes::from_static(b": on\n\n"),
                () = say.closed() => return,
            };
            if say.send(part).await.is_err() || clock.now() >= end {
                return;
            }
        }
    });
    let mut answer = html_headers(StatusCode::OK, &PageRules::CONSOLE);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    answer.set_body(BoxBody::new(Stream(said)))
}

/// The lines of the list, as one event.
fn event(desk: &Desk, tries: Vec<crate::tenant::FeedTry>) -> Bytes {
    let lines = FeedLines { frame: desk.frame(Entry::Attacks), tries };
    let Ok(html) = lines.render() else { return Bytes::from_static(b": not now\n\n") };
    let mut event = String::from("event: tries\n");
    for line in html.lines() {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    Bytes::from(event)
}

/// A body that goes on for as long as somebody says something.
struct Stream(mpsc::Receiver<Bytes>);

impl MessageBody for Stream {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.0.poll_recv(context).map(|part| part.map(Ok))
    }
}
