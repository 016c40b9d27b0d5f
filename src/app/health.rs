//! The operator's doors: `/livez` (the process answers), `/readyz` (the database answers too) and
//! the metrics listener, which is a server of its own so that numbers are not public by accident.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};

use super::plan::AppFault;
use crate::telemetry::{METRICS_CONTENT_TYPE, Metrics};
use crate::web::doors::Doors;

/// Adds `/livez` and `/readyz`.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/livez", web::get().to(live)).route("/readyz", web::get().to(ready));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("live\n")
}

async fn ready(doors: web::Data<Doors>) -> HttpResponse {
    match doors.reader().ping().await {
        Ok(()) => HttpResponse::Ok().content_type("text/plain").body("ready\n"),
        Err(error) => {
            tracing::warn!(error = %error, "not ready");
            HttpResponse::ServiceUnavailable()
                .insert_header((header::RETRY_AFTER, "5"))
                .content_type("text/plain")
                .body("the database does not answer\n")
        }
    }
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
