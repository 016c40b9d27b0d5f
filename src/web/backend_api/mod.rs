//! The Backend API: what a tenant's own servers ask, by secret key, at `{public_url}/v1`. Paths,
//! statuses and shapes are Clerk's (docs of its SDKs); what is ours beside them says so. Knows
//! nothing of cookies, browsers and the other doors.

mod clients;
mod email_addresses;
mod fault;
mod instance;
mod key;
mod lockout_policy;
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

use actix_web::Resource;
use actix_web::web::{self, ServiceConfig};

use super::error::{unknown_route, wrong_method};

/// Who did it, in audit rows and policy versions.
const ACTOR: &str = "api";

/// The routes under `/v1`. Everything else there is answered 404 in the envelope, a known path with
/// another method 405.
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/v1")
            .service(at("/jwks").get(instance::key_set))
            .service(at("/instance").get(instance::show).patch(instance::change))
            .service(
                at("/instance/attack_protection")
                    .get(lockout_policy::show)
                    .patch(lockout_policy::change),
            )
            .service(at("/users").get(users::list).post(users::create))
            .service(at("/users/count").get(users::count))
            .service(at("/users/{id}").get(users::show).patch(users::change).delete(users::delete))
            .service(
                at("/users/{id}/metadata")
                    .patch(users::merge_metadata)
                    .put(users::replace_metadata),
            )
            .service(at("/users/{id}/lock").post(users::lock))
            .service(at("/users/{id}/unlock").post(users::unlock))
            .service(at("/users/{id}/ban").post(users::ban))
            .service(at("/users/{id}/unban").post(users::unban))
            .service(at("/sessions").get(sessions::list))
            .service(at("/sessions/{id}").get(sessions::show))
            .service(at("/sessions/{id}/revoke").post(sessions::revoke))
            .default_service(web::to(unknown_route)),
    );
}

fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(wrong_method))
}
