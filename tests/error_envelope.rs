//! The error envelope: the whole catalogue as a snapshot, and over a real server that whatever goes
//! wrong under `/v1` is answered in it, with the exact content type and one trace id.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorBadGateway;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpServer, web};
use lockkeeper::model::clock::Clock;
use lockkeeper::model::meter::NoMeter;
use lockkeeper::model::{Millis, Source};
use lockkeeper::web::body::{MAX_BODY_BYTES, Params};
use lockkeeper::web::client_address::{TrustedProxies, client_address};
use lockkeeper::web::error::{self, ApiError, json};
use lockkeeper::web::error_code::ErrorKind;
use lockkeeper::web::fields::JsonBody;
use lockkeeper::web::method_override::MethodOverride;
use lockkeeper::web::operation::{NOTHING, Operation, Verb, register};
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
    ApiError::user_locked(Some(60), "Locked for 1 minute.")
        .with_client(value!({ "id": "client_1" }))
}

async fn source(request: actix_web::HttpRequest) -> String {
    let found = client_address(request.peer_addr(), request.headers(), &TrustedProxies::default());
    assert_eq!(found.source, Source::of(found.ip));
    found.ip.to_string()
}

const FORM_OPERATION: &[Operation] =
    &[Operation::ours(Verb::Post, "/form", "echoForm", NOTHING, || web::to(echo_form))];

/// A middleware that gives an error where an answer belongs.
async fn failing(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse, Error> {
    match request.path() {
        "/v1/unfound" => Err(ApiError::not_found("application").into()),
        "/v1/broken" | "/broken" => Err(ErrorBadGateway("SECRET")),
        _ => next.call(request).await,
    }
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
                .wrap(from_fn(failing))
                .wrap(RequestIds::new(Arc::new(StoppedClock), Arc::new(NoMeter)))
                .service(
                    web::scope("/v1")
                        .configure(|config| register(config, "", &[FORM_OPERATION]))
                        .route("/json", web::post().to(echo_json))
                        .route("/method", web::route().to(method))
                        .route("/locked", web::get().to(locked))
                        .route("/source", web::get().to(source))
                        .route(
                            "/number/{n}",
                            web::get().to(async |n: web::Path<u32>| n.to_string()),
                        )
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
    insta::assert_snapshot!(lines.join("\n"), @"
    403 user_locked | Account locked | This account is locked. For more information, please contact support.
    403 user_banned | Account banned | This account is banned. For more information, please contact support.
    422 form_password_incorrect | Password is incorrect | The password is incorrect. Try again.
    422 form_code_incorrect | Incorrect code | The code is incorrect. Check it and try again.
    422 form_identifier_not_found | Account not found | No account was found with this identifier.
    422 account_lockout_warning | Account will be locked soon | Few attempts are left before this account is locked.
    400 session_exists | Session already exists | You're currently in single session mode. You can only be signed into one account at a time.
    400 identifier_already_signed_in | You're already signed in | You're already signed in
    400 account_transfer_invalid | Invalid account transfer | There is no account to transfer
    400 client_state_invalid | Invalid action | We were unable to complete {} for this Client. {}
    400 strategy_for_user_invalid | Invalid verification strategy | The verification strategy is not valid for this account
    400 identification_claimed | Identification claimed by another user | One or more identifiers on this sign up have since been connected to a different User. Please sign up again.
    403 resource_forbidden | Update operations are not allowed on older sign ins | Update operations are not allowed on older sign ins
    404 resource_not_found | not found | No sign in was found with id {}
    403 resource_forbidden | belongs to different user | The given identification belongs to a different user.
    400 no_second_factors | no second factors | No second factors were found for strategy {}.
    404 sign_in_no_identification_for_user | no identification for user | The given token doesn't have an associated identification for the user who created it.
    400 sign_in_identification_or_user_deleted | identification or user deleted | Either the user or the selected identification were deleted. Please start over.
    400 verification_expired | Verification has expired | This code or link has expired. Ask for a new one.
    400 verification_failed | Verification failed | Too many wrong codes were given. Ask for a new code.
    400 verification_missing | Missing verification | Nothing was sent yet that could be verified. Ask for a code first.
    400 verification_strategy_invalid | Invalid verification strategy | This verification was begun with another strategy. Prepare it again.
    400 verification_already_verified | Already verified | This verification was passed already.
    400 verification_link_token_invalid | Invalid link | This link is not valid. Ask for a new one.
    429 verification_code_too_many_requests | Too many requests | A code was sent a moment ago. Please wait before you ask for another one.
    429 verification_code_rate_limit_exceeded | Too many codes | Too many codes were asked for. Please try again later.
    400 ticket_invalid_code | Ticket is invalid | The ticket is not valid.
    400 ticket_expired_code | Ticket has expired | The ticket has expired. Ask for a new one.
    400 sign_in_token_revoked_code | Sign in token has been revoked | This sign in token was revoked and can no longer be used.
    400 sign_in_token_already_used_code | Sign in token has already been used | This sign in token was used already. Each token can be used once.
    400 sign_in_token_cannot_be_used_code | Sign in token cannot be used | This sign in token cannot be used here.
    400 no_password_set | No password set | This user has no password.
    422 incorrect_password | Incorrect password | The password is incorrect. Try again.
    400 totp_disabled | Authenticator app disabled | This user has no authenticator app.
    422 totp_incorrect_code | Incorrect code | The code is incorrect. Check it and try again.
    422 totp_invalid_length | Invalid code length | The code does not have the right length.
    422 form_new_password_matches_current | New password matches the current one | The new password must differ from the current one.
    422 form_password_compromised | Password is compromised | This password was marked as compromised. Use another way to sign in, or reset the password.
    403 session_reverification_required | Additional verification is required | Verify that it is you before you go on.
    404 resource_not_found | not found | No sign up was found with id {}
    403 resource_forbidden | Update operations are not allowed on older sign ups | Update operations are not allowed on older sign ups
    403 not_allowed_access | Access not allowed | Sign-up is not open in this application. Ask for an invitation.
    422 form_param_missing | is missing | {} must be included.
    422 form_param_nil | is empty | {} must not be empty.
    422 form_param_unknown | is unknown | {} is not a valid parameter for this request.
    422 form_param_format_invalid | is invalid | {} does not have the right format.
    422 form_param_value_invalid | is invalid | The value of {} is not allowed here.
    422 form_param_max_length_exceeded | is too long | {} must not be longer than {} bytes.
    400 form_param_value_disabled | is not enabled | The value of {} is not enabled for this application.
    422 form_param_duplicate | is duplicated | {} must be given once only.
    422 form_conditional_param_missing | is missing | {} must be included when {}.
    422 form_data_missing | missing data | The request does not hold the data that it needs: {}.
    422 form_identifier_exists | already exists | This {} is taken. Please use another one.
    422 form_password_length_too_short | Password is too short | The password must be at least {} characters long.
    422 form_password_length_too_long | Password is too long | The password must be at most {} bytes long.
    404 resource_not_found | not found | The {} that was asked for was not found.
    404 resource_not_found | not found | There is nothing at this address.
    405 method_not_allowed | method not allowed | This address does not answer to this method.
    400 invalid_action_for_session | Invalid action for session | We were unable to complete {} for this session.
    403 feature_not_enabled | not enabled | This feature is not enabled for this application: {}.
    403 resource_forbidden | forbidden | This request is not allowed.
    409 conflict | conflict | The request is at odds with the present state: {}.
    401 authentication_invalid | Invalid authentication | Unable to authenticate the request: a valid key or session is needed.
    401 authorization_header_format_invalid | Invalid Authorization header format | The Authorization header must have the form: Bearer YOUR_SECRET_KEY.
    401 clerk_key_invalid | The provided secret key is invalid | The provided secret key is invalid. Make sure that it is the key of this application.
    401 signed_out | Signed out | You are signed out.
    400 client_not_found | No client found | No client was found for this request. Start again.
    400 origin_authorization_headers_conflict | Conflicting headers | A request may carry the Origin or the Authorization header, not both.
    400 origin_invalid | Invalid Origin header | The Origin {} is not allowed for this application. Add it to its allowed_origins (PATCH /v1/instance).
    400 request_body_invalid | Request body invalid | The request body cannot be read: {}.
    400 malformed_request_parameters | Malformed request parameters | The request parameters cannot be read: {}.
    413 request_body_too_large | Request body too large | The request body must not be larger than {} bytes.
    415 unsupported_content_type | Unsupported content type | The content type of this request is not supported. Use {}.
    400 bad_request | Bad request | The request cannot be understood.
    408 request_timeout | Request timeout | The request body did not arrive in time.
    429 too_many_requests | Too many requests | Too many requests. Please try again in a while.
    500 internal_clerk_error | Internal error | Something went wrong on our side. Nothing was lost; please try again.
    503 service_unavailable | Service unavailable | The service is busy or its storage is not available. Please try again in a while.
    ");
}

#[actix_web::test]
async fn a_lock_says_its_wait_in_body_and_header() {
    let server = Server::start();
    let answer = server.get("/v1/locked").send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "60");
    let (status, body) = envelope(server.get("/v1/locked")).await;
    assert_eq!(status, 403);
    insta::assert_snapshot!(body, @r#"{"errors":[{"message":"Account locked","long_message":"Locked for 1 minute.","code":"user_locked","meta":{"lockout_expires_in_seconds":60}}],"meta":{"client":{"id":"client_1"}}}"#);
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
async fn what_a_middleware_refuses_leaves_in_the_envelope() {
    let server = Server::start();
    assert_eq!(fault(server.get("/v1/unfound")).await, "404 resource_not_found -");
    let (status, body) = envelope(server.get("/v1/broken")).await;
    assert_eq!(status, 502);
    assert!(!body.to_string().contains("SECRET"), "{body}");
    let page = server.get("/broken").send().await.unwrap();
    assert_eq!(page.status(), 502);
    assert!(page.headers().contains_key("clerk-trace-id"));
    server.stop().await;
}

#[actix_web::test]
async fn forms_are_read_and_their_faults_told() {
    let server = Server::start();
    let post =
        |body: &[u8]| server.post("/v1/form").header("content-type", FORM).body(body.to_vec());
    let read: Value = post(b"identifier=a%40b.c&password=p+w%2B%25%&unknown=1&loud=true")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
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
    let tolerated =
        server.post("/v1/form").json(&value!({ "identifier": "a", "loud": false, "x": {} }));
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
    assert_eq!(
        (bare.status().as_u16(), bare.headers()["content-type"].to_str().unwrap()),
        (200, "application/json")
    );
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

/// Collects log lines of one thread.
#[derive(Clone, Default)]
struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn the_log_line_names_the_route_and_never_what_was_sent() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    // With one dispatcher alive, tracing asks the subscriber of whatever thread meets a line first
    // whether it is wanted, and remembers a test without one as "never" for all. With two it asks both.
    let beside = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let guard = tracing::subscriber::set_default(subscriber);
    let app = actix_web::test::init_service(
        App::new()
            .wrap(RequestIds::new(Arc::new(StoppedClock), Arc::new(NoMeter)))
            .route("/t/{slug}/unlock/{token}", web::post().to(locked)),
    )
    .await;
    let request = actix_web::test::TestRequest::post()
        .uri("/t/acme/unlock/CANARY?next=CANARY")
        .insert_header(("x-forwarded-for", "CANARY"))
        .set_payload("password=CANARY")
        .to_request();
    let answer = actix_web::test::call_service(&app, request).await;
    let id = answer.headers().get("clerk-trace-id").unwrap().to_str().unwrap().to_owned();
    drop((guard, beside));
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    insta::assert_snapshot!(text.replace(&id, "[id]").trim(), @r#"{"level":"INFO","message":"request answered","method":"POST","route":"/t/{slug}/unlock/{token}","status":403,"ms":0,"request_id":"[id]","tenant":"acme","code":"user_locked","target":"lockkeeper::request"}"#);
}
