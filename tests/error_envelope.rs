//! The error envelope: the whole catalogue as a snapshot, and over a real server that whatever goes
//! wrong under `/v1` is answered in it, with the exact content type and one trace id.

use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use lockkeeper::model::clock::Clock;
use lockkeeper::model::meter::NoMeter;
use lockkeeper::model::{Millis, Source};
use lockkeeper::web::body::{MAX_BODY_BYTES, Params};
use lockkeeper::web::client_address::{TrustedProxies, client_address};
use lockkeeper::web::error::{self, ApiError, json};
use lockkeeper::web::error_code::ErrorKind;
use lockkeeper::web::fields::JsonBody;
use lockkeeper::web::method_override::MethodOverride;
use lockkeeper::web::request_id::RequestIds;
use serde_json::{Value, json as value};

struct StoppedClock;

impl Clock for StoppedClock {
    fn at(&self, _db_now: Option<Millis>) -> Millis {
        Millis(0)
    }
    fn monotonic(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
    fn wait_until<'a>(
        &'a self,
        _due: Millis,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::pending())
    }
}

async fn echo_form(params: Params) -> Result<actix_web::HttpResponse, ApiError> {
    let identifier = params.required("identifier", 320)?;
    let password = params.secret("password", 1024)?;
    json(&value!({ "identifier": identifier, "password": password, "loud": params.flag("loud")? }))
}

async fn echo_json(body: JsonBody) -> Result<actix_web::HttpResponse, ApiError> {
    let mut fields = body.fields();
    let name = fields.text("first_name", 64);
    let addresses = fields.texts("email_address", 10, 320);
    let locked = fields.flag("locked");
    fields.finish()?;
    json(&value!({ "first_name": name, "email_address": addresses, "locked": locked }))
}

async fn method(request: actix_web::HttpRequest) -> String {
    request.method().to_string()
}

async fn locked() -> ApiError {
    ApiError::user_locked(Some(60), "Locked for 1 minute.").with_client(value!({ "id": "client_1" }))
}

async fn source(request: actix_web::HttpRequest) -> String {
    let found =
        client_address(request.peer_addr(), request.headers(), &TrustedProxies::default());
    assert_eq!(found.source, Source::of(found.ip));
    found.ip.to_string()
}

struct Server {
    base: String,
    http: reqwest::Client,
    handle: actix_web::dev::ServerHandle,
}

impl Server {
    fn start() -> Self {
        let server = HttpServer::new(|| {
            App::new()
                .wrap(MethodOverride)
                .wrap(RequestIds::new(Arc::new(StoppedClock), Arc::new(NoMeter)))
                .service(
                    web::scope("/v1")
                        .service(
                            web::resource("/form")
                                .route(web::post().to(echo_form))
                                .default_service(web::to(error::wrong_method)),
                        )
                        .route("/json", web::post().to(echo_json))
                        .route("/method", web::route().to(method))
                        .route("/locked", web::get().to(locked))
                        .route("/source", web::get().to(source))
                        .route("/number/{n}", web::get().to(async |n: web::Path<u32>| n.to_string()))
                        .default_service(web::to(error::unknown_route)),
                )
                .route("/page", web::post().to(method))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let base = format!("http://{}", server.addrs()[0]);
        let running = server.run();
        let handle = running.handle();
        actix_web::rt::spawn(running);
        Self { base, http: reqwest::Client::new(), handle }
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.base))
    }

    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}{path}", self.base))
    }

    async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// Status and body of an answer in the envelope, the trace id checked and taken out.
async fn envelope(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let header = answer.headers()["clerk-trace-id"].to_str().unwrap().to_owned();
    let mut body: Value = answer.json().await.unwrap();
    let trace = body.as_object_mut().unwrap().remove("clerk_trace_id").unwrap();
    assert_eq!(trace, Value::from(header.as_str()));
    assert!(header.len() == 32 && header.bytes().all(|b| b.is_ascii_hexdigit()));
    for entry in body["errors"].as_array().unwrap() {
        for member in ["message", "long_message", "code"] {
            assert!(entry[member].as_str().is_some_and(|text| !text.is_empty()), "{entry}");
        }
    }
    (status, body)
}

/// Status, code and `param_name` of the deciding entry.
async fn fault(request: reqwest::RequestBuilder) -> String {
    let (status, body) = envelope(request).await;
    let entries = body["errors"].as_array().unwrap();
    let shown = entries.iter().map(|entry| {
        let param = entry["meta"]["param_name"].as_str().unwrap_or("-");
        format!("{} {param}", entry["code"].as_str().unwrap())
    });
    format!("{status} {}", shown.collect::<Vec<_>>().join(", "))
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn the_catalogue_is_what_clients_rely_on() {
    let lines: Vec<_> = ErrorKind::ALL
        .iter()
        .map(|kind| {
            let text = kind.text();
            assert!(actix_web::http::StatusCode::from_u16(text.status).is_ok());
            assert!(text.status >= 400 && !text.long_message.is_empty());
            format!("{} {} | {} | {}", text.status, text.code, text.message, text.long_message)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"");
}

#[actix_web::test]
async fn a_lock_says_its_wait_in_body_and_header() {
    let server = Server::start();
    let answer = server.get("/v1/locked").send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "60");
    let (status, body) = envelope(server.get("/v1/locked")).await;
    assert_eq!(status, 403);
    insta::assert_snapshot!(body, @"");
    server.stop().await;
}

#[actix_web::test]
async fn whatever_the_web_server_refuses_is_dressed_too() {
    let server = Server::start();
    assert_eq!(fault(server.get("/v1/nothing")).await, "404 resource_not_found -");
    assert_eq!(fault(server.get("/v1/form")).await, "405 method_not_allowed -");
    assert_eq!(fault(server.get("/v1/number/many")).await, "404 resource_not_found -");
    assert_eq!(server.get("/v1/number/7").send().await.unwrap().status(), 200);
    let page = server.get("/nothing").send().await.unwrap();
    assert!(page.headers().contains_key("clerk-trace-id"));
    assert!(page.text().await.unwrap().is_empty());
    server.stop().await;
}

#[actix_web::test]
async fn forms_are_read_and_their_faults_told() {
    let server = Server::start();
    let post = |body: &[u8]| server.post("/v1/form").header("content-type", FORM).body(body.to_vec());
    let read: Value =
        post(b"identifier=a%40b.c&password=p+w%2B%25%&unknown=1&loud=true").send().await.unwrap().json().await.unwrap();
    assert_eq!(read, value!({ "identifier": "a@b.c", "password": "p w+%%", "loud": true }));
    assert_eq!(fault(post(b"")).await, "422 form_param_missing identifier");
    assert_eq!(fault(post(b"identifier=")).await, "422 form_param_nil identifier");
    assert_eq!(fault(post(b"identifier=a%0Ab")).await, "422 form_param_format_invalid identifier");
    assert_eq!(fault(post(b"identifier=%ff")).await, "400 request_body_invalid -");
    assert_eq!(fault(post(b"identifier=\xff")).await, "400 request_body_invalid -");
    assert_eq!(fault(post(b"identifier=a&loud=maybe")).await, "422 form_param_format_invalid loud");
    let long = format!("identifier={}", "a".repeat(321));
    assert_eq!(fault(post(long.as_bytes())).await, "422 form_param_max_length_exceeded identifier");
    let odd = server.post("/v1/form").header("content-type", "text/plain").body("identifier=a");
    assert_eq!(fault(odd).await, "415 unsupported_content_type -");
    let unsaid = server.post("/v1/form").body("identifier=a");
    assert_eq!(fault(unsaid).await, "415 unsupported_content_type -");
    let tolerated = server.post("/v1/form").json(&value!({ "identifier": "a", "loud": false, "x": {} }));
    assert_eq!(tolerated.send().await.unwrap().status(), 200);
    server.stop().await;
}

#[actix_web::test]
async fn a_large_body_is_refused_and_the_server_stays() {
    let server = Server::start();
    let post = |bytes: usize| {
        let body = format!("identifier={}", "a".repeat(bytes));
        server.post("/v1/form").header("content-type", FORM).body(body)
    };
    assert_eq!(fault(post(10 * 1024 * 1024)).await, "413 request_body_too_large -");
    assert_eq!(fault(post(MAX_BODY_BYTES)).await, "413 request_body_too_large -");
    assert_eq!(
        fault(post(MAX_BODY_BYTES - 11)).await,
        "422 form_param_max_length_exceeded identifier"
    );
    assert_eq!(fault(server.get("/v1/nothing")).await, "404 resource_not_found -");
    server.stop().await;
}

#[actix_web::test]
async fn json_bodies_may_be_absent_and_tell_all_faults_at_once() {
    let server = Server::start();
    let bare = server.post("/v1/json").send().await.unwrap();
    assert_eq!((bare.status().as_u16(), bare.headers()["content-type"].to_str().unwrap()), (200, "application/json"));
    let empty = server.post("/v1/json").header("content-type", "application/json");
    assert_eq!(empty.send().await.unwrap().status(), 200);
    let wrong = value!({ "first_name": 7, "email_address": ["a", 1], "locked": "yes", "other": 1 });
    assert_eq!(
        fault(server.post("/v1/json").json(&wrong)).await,
        "422 form_param_format_invalid first_name, form_param_format_invalid email_address, form_param_format_invalid locked"
    );
    let post = |body: &[u8]| {
        server.post("/v1/json").header("content-type", "application/json").body(body.to_vec())
    };
    for odd in [&b"{"[..], b"[]", b"\"x\"", b"{\"first_name\":\"\xff\"}", b"{\"a\":1}x"] {
        assert_eq!(fault(post(odd)).await, "400 request_body_invalid -");
    }
    let form = server.post("/v1/json").header("content-type", FORM).body("a=b");
    assert_eq!(fault(form).await, "415 unsupported_content_type -");
    server.stop().await;
}

#[actix_web::test]
async fn a_post_may_name_the_method_that_it_means() {
    let server = Server::start();
    for (path, method) in [
        ("/v1/method?_method=PATCH", "PATCH"),
        ("/v1/method?x=1&_method=DELETE", "DELETE"),
        ("/v1/method?_method=PUT&y=2", "PUT"),
        ("/v1/method?_method=CONNECT", "POST"),
        ("/v1/method?not_method=PATCH", "POST"),
        ("/page?_method=DELETE", "POST"),
    ] {
        let answer = server.post(path).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), method, "{path}");
    }
    let read = server.get("/v1/method?_method=DELETE").send().await.unwrap();
    assert_eq!(read.text().await.unwrap(), "GET");
    server.stop().await;
}

#[actix_web::test]
async fn ids_and_addresses_from_outside_are_not_taken() {
    let server = Server::start();
    let spoofed = "0123456789abcdef0123456789abcdef";
    let answer = server
        .get("/v1/source")
        .header("clerk-trace-id", spoofed)
        .header("x-request-id", spoofed)
        .header("x-forwarded-for", "192.0.2.66")
        .send()
        .await
        .unwrap();
    assert_ne!(answer.headers()["clerk-trace-id"], spoofed);
    assert_eq!(answer.text().await.unwrap(), "127.0.0.1");
    server.stop().await;
}
