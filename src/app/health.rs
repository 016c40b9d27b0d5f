//! The operator's doors: `/livez` (the process answers), `/readyz` (it should be sent requests) and
//! the metrics listener, which is a server of its own so that numbers are not public by accident.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{App, HttpResponse, HttpServer, web};

use super::plan::AppFault;
use super::readiness::{Readiness, Ready};
use crate::telemetry::{METRICS_CONTENT_TYPE, Metrics};

/// Adds `/livez` and `/readyz`.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/livez", web::get().to(live)).route("/readyz", web::get().to(ready));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("live\n")
}

async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    let why = match readiness.ask().await {
        Ready::Yes => return HttpResponse::Ok().content_type("text/plain").body("ready\n"),
        Ready::Stopping => "stopping\n",
        Ready::CannotWrite => "the database cannot be written\n",
    };
    HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, "5"))
        .content_type("text/plain")
        .body(why)
}

/// While the node stops, each answer is the last of its connection: whoever keeps one is told to
/// come back by another, instead of finding it cut.
pub(super) async fn last_answers(
    readiness: web::Data<Readiness>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut answer = next.call(request).await?;
    if readiness.is_stopping() {
        // The type of the value has no public name in this library.
        let closing = HttpResponse::Ok().force_close().finish().head().connection_type();
        answer.response_mut().head_mut().set_connection_type(closing);
    }
    Ok(answer)
}

/// Serves `/metrics` on its own address.
pub(super) fn serve_metrics(
    listen: SocketAddr,
    metrics: Arc<Metrics>,
) -> Result<ServerHandle, AppFault> {
    let page = move |metrics: web::Data<Metrics>| async move {
        HttpResponse::Ok().content_type(METRICS_CONTENT_TYPE).body(metrics.render())
    };
    let data = web::Data::from(metrics);
    let server = HttpServer::new(move || {
        App::new().app_data(data.clone()).route("/metrics", web::get().to(page))
    })
    .workers(1)
    .disable_signals()
    .bind(listen)
    .map_err(|e| AppFault::MetricsListen { address: listen, reason: e.to_string() })?
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}
