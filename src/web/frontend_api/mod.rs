//! The Frontend API: Clerk's interface for browsers and apps, under `/t/{slug}/v1` and
//! `/t/{slug}/.well-known` (requests to a tenant's own host are moved there before routing). It
//! translates: forms in, resources and errors out. What counts and what is locked is decided
//! elsewhere; the other doors are unknown here.

mod answer;
mod clients;
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
mod password;
mod refusals;
mod requests;
mod session_verification;
mod sessions;
mod sign_ins;
mod sign_ups;
mod tickets;
mod verify;

pub use early_refusal::EarlyRefusals;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, Scope};

use super::cors::frontend_cors;
use super::doors::Doors;
use super::error::{unknown_route, wrong_method};

/// The routes of this door. Needs `Doors` twice: as application data for the handlers, and here for
/// the rules on other origins, which are asked outside of any handler.
pub fn configure(doors: &web::Data<Doors>) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let doors = doors.clone();
    move |config| {
        let (api, keys) = (listed(&doors), listed(&doors));
        config.service(
            web::scope("/t/{slug}/v1")
                .configure(routes)
                .default_service(web::to(unknown_route))
                // Answers hold tokens and people.
                .wrap(DefaultHeaders::new().add((CACHE_CONTROL, "no-store")))
                .wrap(frontend_cors(api))
                .wrap(from_fn(front_door::find_tenant)),
        );
        config.service(
            web::scope("/t/{slug}/.well-known")
                .service(at("/jwks.json").route(web::get().to(instance::key_set)))
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

/// Relative to the scope.
fn routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/environment")
                .route(web::get().to(instance::environment))
                .route(web::patch().to(instance::environment)),
        )
        .service(at("/health").route(web::get().to(instance::health)))
        .service(at("/dev_browser").route(web::post().to(clients::dev_browser)))
        .service(at("/me").route(web::get().to(sessions::me)))
        .service(
            at("/client")
                .route(web::get().to(clients::show))
                .route(web::put().to(clients::make))
                .route(web::post().to(clients::make))
                .route(web::delete().to(clients::delete)),
        )
        .service(at("/client/unlock_requests").route(web::post().to(requests::unlock)))
        .service(at("/client/support_requests").route(web::post().to(requests::support)))
        .service(sign_in_routes())
        .service(session_routes());
}

fn sign_in_routes() -> Scope {
    web::scope("/client/sign_ins")
        .service(at("").route(web::post().to(sign_ins::create)))
        .service(at("/{id}").route(web::get().to(sign_ins::show)))
        .service(
            at("/{id}/prepare_first_factor").route(web::post().to(sign_ins::prepare_first_factor)),
        )
        .service(
            at("/{id}/attempt_first_factor").route(web::post().to(sign_ins::attempt_first_factor)),
        )
        .service(at("/{id}/{step}").route(web::post().to(sign_ins::later_step)))
        .default_service(web::to(unknown_route))
}

fn session_routes() -> Scope {
    web::scope("/client/sessions")
        .service(at("").route(web::delete().to(sessions::remove_all)))
        .service(at("/{id}").route(web::get().to(sessions::show)))
        .service(at("/{id}/touch").route(web::post().to(sessions::touch)))
        .service(at("/{id}/end").route(web::post().to(sessions::end)))
        .service(at("/{id}/remove").route(web::post().to(sessions::remove)))
        .service(at("/{id}/tokens").route(web::post().to(sessions::tokens)))
        .default_service(web::to(unknown_route))
}

/// A path whose unknown methods are answered in the envelope.
fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(wrong_method))
}
