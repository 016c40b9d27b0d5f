//! The Frontend API: Clerk's interface for browsers and apps, under `/t/{slug}/v1` and
//! `/t/{slug}/.well-known` (requests to a tenant's own host are moved there before routing). It
//! translates: forms in, resources and errors out. What counts and what is locked is decided
//! elsewhere; the other doors are unknown here.

mod address_codes;
mod answer;
mod checks;
mod clients;
mod codes;
mod early_refusal;
mod email_addresses;
mod factors;
mod form;
mod front_door;
mod handshake;
mod instance;
mod locked_words;
mod me;
mod me_secrets;
mod me_sessions;
mod me_totp;
mod password;
mod refusals;
mod requests;
mod session_codes;
mod session_verification;
mod sessions;
mod sign_ins;
mod sign_ups;
mod starts;
mod tickets;
mod unlock_requests;
mod verify;

pub use early_refusal::EarlyRefusals;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, ServiceConfig};

use super::cors::frontend_cors;
use super::doors::Doors;
use super::error::unknown_route;
use super::error_code::ErrorKind;
use super::operation::{Callers, Door, Operation, WELL_KNOWN, register};

/// Every operation, by file. What stands in no table is in no router.
const TABLES: &[&[Operation]] = &[
    instance::OPERATIONS,
    clients::OPERATIONS,
    sign_ins::OPERATIONS,
    sign_ups::OPERATIONS,
    sessions::OPERATIONS,
    handshake::OPERATIONS,
    me::OPERATIONS,
    me_secrets::OPERATIONS,
    me_sessions::OPERATIONS,
    me_totp::OPERATIONS,
    email_addresses::OPERATIONS,
    session_verification::OPERATIONS,
    requests::OPERATIONS,
    unlock_requests::OPERATIONS,
    verify::OPERATIONS,
    tickets::OPERATIONS,
];

/// This interface for documents and tests.
pub const DOOR: Door = Door {
    name: "frontend",
    about: "What browsers and apps ask on behalf of the person in front of them. Bodies are forms \
            (`application/x-www-form-urlencoded`) or JSON objects; unknown parameters are ignored.\n\n\
            A browser is known by the client cookie that its first answer sets. An app adds \
            `_is_native=1` to the query, sends the token that it was last given in `Authorization`, \
            and finds the next one in the same header of the answer. Clients that can send only GET \
            and POST name the method in the query: `POST …?_method=PATCH`. Where a client has \
            several sessions, `_clerk_session_id` in the query picks one.\n\n\
            Tries of a secret are counted; a locked account is answered 403 `user_locked`, with \
            `Retry-After` where the lock ends by itself.",
    callers: Callers::Clients,
    base: "/t/{slug}",
    tables: TABLES,
    everywhere: &[
        // The tenant of the path.
        ErrorKind::NotFound,
        ErrorKind::OriginInvalid,
        ErrorKind::OriginAuthorizationConflict,
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

/// The routes of this door. Needs `Doors` twice: as application data for the handlers, and here for
/// the rules on other origins, which are asked outside of any handler.
pub fn configure(doors: &web::Data<Doors>) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let doors = doors.clone();
    move |config| {
        let (api, keys) = (listed(&doors), listed(&doors));
        config.service(
            web::scope("/t/{slug}/v1")
                .configure(|config| register(config, "", TABLES))
                .default_service(web::to(unknown_route))
                // Answers hold tokens and people.
                .wrap(DefaultHeaders::new().add((CACHE_CONTROL, "no-store")))
                .wrap(frontend_cors(api))
                .wrap(from_fn(front_door::find_tenant)),
        );
        config.service(
            web::scope("/t/{slug}/.well-known")
                .configure(|config| register(config, WELL_KNOWN, TABLES))
                .default_service(web::to(unknown_route))
                .wrap(frontend_cors(keys))
                .wrap(from_fn(front_door::find_tenant)),
        );
    }
}

fn listed(doors: &web::Data<Doors>) -> impl Fn(&str, &actix_web::dev::RequestHead) -> bool + use<> {
    let doors = doors.clone();
    move |origin, head| front_door::is_listed(&doors, origin, head)
}
