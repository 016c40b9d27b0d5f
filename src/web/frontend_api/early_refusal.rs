//! The short way of a refused try: answers "locked" from a request's bytes and the published table,
//! before anything is routed, so that an attack on a locked account costs little more than reading
//! its requests. It takes only requests that have nothing unusual about them and says nothing but
//! what the long way (`sign_ins::create`) would have said; whatever it does not take, or cannot
//! answer at once, goes the long way as if nothing had happened. Decides nothing itself.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix_web::body::{BodyStream, BoxBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderValue, ORIGIN,
    RETRY_AFTER,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes};
use actix_web::{Error, HttpResponse};

use super::form::plain_try;
use super::locked_words::{LockedAnswer, with_locked_answer};
use super::refusals::{language, seconds_left};
use crate::model::{Count, Meter};
use crate::web::cors::UNASKED;
use crate::web::doors::Doors;
use crate::web::error::{JSON, TRACE_HEADER};
use crate::web::request_id::{self, RequestId};
use crate::web::tenant_path::slug_in_path;

/// Longest body read here, in bytes: an identifier and a password of the greatest length, each
/// character written as three. Longer ones are no honest form.
const MAX_BODY: usize = 8 * 1024;

const PATH: &str = "/v1/client/sign_ins";
/// As the router would name it, for the log.
const ROUTE: &str = "/t/{slug}/v1/client/sign_ins";

/// The middleware. Wraps [`request_id::RequestIds`] and all that is inside it.
#[derive(Clone)]
pub struct EarlyRefusals {
    shared: Rc<Shared>,
}

struct Shared {
    doors: web::Data<Doors>,
    meter: Arc<dyn Meter>,
    /// Whether the short way may be taken now.
    open: Box<dyn Fn() -> bool>,
}

impl EarlyRefusals {
    /// `open` is asked at each request: `false` sends it the long way.
    #[must_use]
    pub fn new(
        doors: web::Data<Doors>,
        meter: Arc<dyn Meter>,
        open: impl Fn() -> bool + 'static,
    ) -> Self {
        Self { shared: Rc::new(Shared { doors, meter, open: Box::new(open) }) }
    }
}

impl<S, B> Transform<S, ServiceRequest> for EarlyRefusals
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = EarlyRefusalService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let service = Rc::new(service);
        ready(Ok(EarlyRefusalService { service, shared: Rc::clone(&self.shared) }))
    }
}

/// What `EarlyRefusals` makes of a service.
pub struct EarlyRefusalService<S> {
    service: Rc<S>,
    shared: Rc<Shared>,
}

impl<S, B> Service<ServiceRequest> for EarlyRefusalService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Answering<S>;

    actix_web::dev::forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let length = plain_length(&request).filter(|_| (self.shared.open)());
        let Some(length) = length else {
            return Answering::LongWay(Box::pin(self.service.call(request)));
        };
        Answering::Reading(Some(Reading {
            request,
            length,
            asked_again: false,
            started: self.shared.doors.tenants.clock().monotonic(),
            service: Rc::clone(&self.service),
            shared: Rc::clone(&self.shared),
        }))
    }
}

/// The answer to come.
pub enum Answering<S: Service<ServiceRequest>> {
    Reading(Option<Reading<S>>),
    LongWay(Pin<Box<S::Future>>),
}

/// A password try whose body is being read.
pub struct Reading<S> {
    request: ServiceRequest,
    /// Of the body, in bytes.
    length: usize,
    /// Whether the body was not there when it was asked for first.
    asked_again: bool,
    /// By the monotonic clock.
    started: Duration,
    service: Rc<S>,
    shared: Rc<Shared>,
}

thread_local! {
    /// Whoever was left without its body last, on this web thread.
    static BEHIND: Cell<Option<Waker>> = const { Cell::new(None) };
}

/// Has whoever waits here asked a second time. A connection that reads a head asks, hands the body
/// over and asks again in one go, so waking it would have it go over everything once more for
/// nothing. It does not ask again by itself where the head had waited behind another request and its
/// body is not there yet. Then its next bytes do, or the end of the server, or whoever comes to stay
/// here after it: so a body that never comes is waited for without a deadline on one connection of a
/// thread at most.
fn stay_behind(waker: &Waker) {
    if let Some(longer) = BEHIND.replace(Some(waker.clone())) {
        longer.wake();
    }
}

/// Undoes [`stay_behind`]; whoever else stays is asked again too.
fn leave(waker: &Waker) {
    if let Some(last) = BEHIND.take()
        && !last.will_wake(waker)
    {
        last.wake();
    }
}

impl<S, B> Future for Answering<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<BoxBody>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match this {
                Self::LongWay(answer) => {
                    let answer = answer.as_mut().poll(context);
                    return answer.map_ok(ServiceResponse::map_into_boxed_body);
                }
                Self::Reading(reading) => {
                    // Taken only where this future ends or becomes the other.
                    let Some(mut one) = reading.take() else { return Poll::Pending };
                    let body = one.body();
                    if one.asked_again {
                        leave(context.waker());
                    }
                    let Some(body) = body else {
                        if one.asked_again {
                            *this = Self::LongWay(Box::pin(one.service.call(one.request)));
                            continue;
                        }
                        // A body that came with its head is handed over right after this call; one
                        // that did not is waited for on the long way, which has a deadline.
                        one.asked_again = true;
                        *reading = Some(one);
                        stay_behind(context.waker());
                        return Poll::Pending;
                    };
                    match one.refused(&body) {
                        Some(answer) => return Poll::Ready(Ok(one.request.into_response(answer))),
                        None => {
                            put_back(&mut one.request, body);
                            *this = Self::LongWay(Box::pin(one.service.call(one.request)));
                        }
                    }
                }
            }
        }
    }
}

impl<S> Reading<S> {
    /// The whole body, if all of it is there. Nobody is woken by more of it: this is asked twice at
    /// most, and the second time is seen to by whoever asks.
    fn body(&mut self) -> Option<Bytes> {
        let payload = self.request.parts_mut().1;
        let mut stream = BodyStream::new(payload);
        match Pin::new(&mut stream).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(Ok(first))) if first.len() == self.length => Some(first),
            Poll::Ready(Some(Ok(part))) => {
                put_back(&mut self.request, part);
                None
            }
            // What cannot be read here cannot be read on the long way, which says so.
            Poll::Ready(Some(Err(_)) | None) | Poll::Pending => None,
        }
    }

    /// The refusal, if the published table says that there is one now.
    fn refused(&self, body: &[u8]) -> Option<HttpResponse> {
        let (doors, request) = (&self.shared.doors, &self.request);
        let name = doors.tenant_name(request.request())?;
        let profile = doors.tenants.find_cached_at(&name, self.started)?;
        let tried = plain_try(body)?;
        let source = doors.address(request.request()).source;
        let now = doors.now();
        let key = &tried.identifier.key;
        let lock = doors.tenants.locked_at_hand(&profile, key, &source, now, self.started)?;
        self.shared.meter.add(Count::HttpRequests, 1);
        let id = RequestId::fresh();
        let words = language(tried.locale.as_deref());
        let answer =
            with_locked_answer(words, seconds_left(&lock, now), profile.support_email(), |known| {
                answer(known, id)
            });
        let clock = doors.tenants.clock();
        request_id::log_refused(&profile, ROUTE, id, self.started, || clock.monotonic());
        Some(answer)
    }
}

fn answer(known: &LockedAnswer, id: RequestId) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::FORBIDDEN);
    let headers = response.headers_mut();
    for (name, value) in UNASKED {
        headers.insert(name, value);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, JSON);
    if let Some(wait) = &known.retry_after {
        headers.insert(RETRY_AFTER, wait.clone());
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(TRACE_HEADER, value);
    }
    response.set_body(BoxBody::new(known.body(id.as_str())))
}

/// The length of the body of a request that may be a plain password try; `None` for all others.
/// A page shows its `Origin` and a known browser its cookies: what those mean is the long way's.
fn plain_length(request: &ServiceRequest) -> Option<usize> {
    let path = request.path();
    if *request.method() != Method::POST || !path.ends_with(PATH) {
        return None;
    }
    // By the tenant's host, or by its slug in front.
    let before = path.len().checked_sub(PATH.len())?;
    if before > 0 && slug_in_path(path)?.len() + "/t/".len() != before {
        return None;
    }
    if request.query_string().contains("_method=") {
        return None;
    }
    let (mut form, mut length) = (false, None);
    for (name, value) in request.headers() {
        match *name {
            ORIGIN | COOKIE | AUTHORIZATION => return None,
            CONTENT_TYPE if form || value != "application/x-www-form-urlencoded" => return None,
            CONTENT_TYPE => form = true,
            CONTENT_LENGTH if length.is_some() => return None,
            CONTENT_LENGTH => length = Some(value.to_str().ok()?.parse().ok()?),
            _ => {}
        }
    }
    let streamed = matches!(request.parts().1, Payload::H1 { .. });
    length.filter(|length| form && streamed && (1..=MAX_BODY).contains(length))
}

/// Makes bytes that were read the first ones again.
fn put_back(request: &mut ServiceRequest, bytes: Bytes) {
    if let Payload::H1 { payload } = request.parts_mut().1 {
        payload.unread_data(bytes);
    }
}
