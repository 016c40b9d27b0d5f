//! The Backend API: what a tenant's own servers ask, by secret key, at `{public_url}/v1`. Paths,
//! statuses and shapes are Clerk's (docs of its SDKs); what is ours beside them says so. Knows
//! nothing of cookies, browsers and the other doors.

mod clients;
mod email_addresses;
mod fault;
mod instance;
mod key;
mod lockout_policy;
mod mail_server;
mod names;
mod organizations;
mod phone_numbers;
mod query;
mod sessions;
mod sign_in_tokens;
mod testing_tokens;
mod user_form;
mod user_list;
mod user_secrets;
mod user_standing;
mod users;
mod webhook_endpoints;

use actix_web::web::{self, ServiceConfig};

use super::error::unknown_route;
use super::error_code::ErrorKind;
use super::operation::{Callers, Door, Operation, register};

/// Who did it, in audit rows and policy versions.
const ACTOR: &str = "api";

/// Every operation, by file. What stands in no table is in no router.
const TABLES: &[&[Operation]] = &[
    instance::OPERATIONS,
    lockout_policy::OPERATIONS,
    mail_server::OPERATIONS,
    users::OPERATIONS,
    email_addresses::OPERATIONS,
    phone_numbers::OPERATIONS,
    user_standing::OPERATIONS,
    user_secrets::OPERATIONS,
    sessions::OPERATIONS,
    clients::OPERATIONS,
    sign_in_tokens::OPERATIONS,
    testing_tokens::OPERATIONS,
    organizations::OPERATIONS,
    webhook_endpoints::OPERATIONS,
];

/// This interface for documents and tests.
pub const DOOR: Door = Door {
    name: "backend",
    about: "What a tenant's own servers ask, with the tenant's secret key: `Authorization: Bearer \
            sk_…`. Bodies are JSON objects. Instants are Unix milliseconds, waits are seconds.",
    callers: Callers::Servers,
    base: "",
    tables: TABLES,
    everywhere: &[
        ErrorKind::AuthenticationInvalid,
        ErrorKind::AuthorizationHeaderFormat,
        ErrorKind::ClerkKeyInvalid,
        ErrorKind::BadRequest,
        ErrorKind::ParametersMalformed,
        ErrorKind::TooManyRequests,
        ErrorKind::Internal,
        ErrorKind::ServiceUnavailable,
    ],
    of_bodies: &[
        ErrorKind::BodyInvalid,
        ErrorKind::BodyTooLarge,
        ErrorKind::BodyTooSlow,
        ErrorKind::ContentTypeUnsupported,
    ],
};

/// The routes under `/v1`. Everything else there is answered 404 in the envelope, a known path with
/// another method 405.
pub fn configure(config: &mut ServiceConfig) {
    let routes = |config: &mut ServiceConfig| register(config, "", TABLES);
    config.service(web::scope("/v1").configure(routes).default_service(web::to(unknown_route)));
}
