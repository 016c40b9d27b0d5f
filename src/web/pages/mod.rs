//! Hosted pages for end users, the mailbox and the demo's landing page: HTML that needs no script.
//! Handlers read a form, ask the tenants' facade, and fill a view; they decide nothing about
//! accounts. Every answer carries the headers of `security_headers`, faults included.

mod account;
mod account_devices;
mod account_password;
mod account_recovery_codes;
mod account_second_factor;
mod account_sessions;
mod api_docs;
mod asset;
mod demo;
mod fault;
mod language;
mod locked;
mod locked_state;
mod mailbox;
mod mailed_code;
mod named_user;
mod not_me;
mod own_account;
mod password_reset;
mod remembered;
mod reverification;
mod second_factor;
mod sign_in;
mod sign_in_steps;
mod support;
mod support_context;
mod support_status;
mod ticket;
mod unlock;
mod unlock_code;
mod unlock_request;
pub mod view;
mod visit;

use actix_web::{Route, guard, web};

pub use fault::not_found;

/// All routes of this door, and what every other path answers.
pub fn configure(config: &mut web::ServiceConfig) {
    sign_in_pages(config);
    account_pages(config);
    ways_back(config);
    config
        .service(form("/t/{slug}/assets/{name}").route(read().to(asset::brand)))
        .service(form("/t/{slug}").route(read().to(account::front)))
        .service(form("/t/{slug}/").route(read().to(account::front)))
        .service(form("/assets/{name}").route(read().to(asset::house)))
        .service(form("/").route(read().to(demo::front)))
        .service(form("/docs/{interface}").route(read().to(api_docs::show)))
        .service(form("/docs/{interface}/openapi.json").route(read().to(api_docs::document)))
        .service(form("/demo/clock").route(web::post().to(demo::advance)))
        .service(form("/mailbox").route(read().to(mailbox::list)))
        .service(form("/mailbox/empty").route(web::post().to(mailbox::empty)))
        .service(
            form("/mailbox/api/messages")
                .route(read().to(mailbox::messages))
                .route(web::delete().to(mailbox::delete)),
        )
        .service(form("/mailbox/{id}").route(read().to(mailbox::open)))
        .service(form("/mailbox/{id}/html").route(read().to(mailbox::html)))
        .default_service(web::to(fault::not_found));
}

/// Signing in, step by step, and out.
fn sign_in_pages(config: &mut web::ServiceConfig) {
    config
        .service(
            form("/t/{slug}/sign-in")
                .route(read().to(sign_in::show))
                .route(web::post().to(sign_in::submit)),
        )
        .service(
            form("/t/{slug}/sign-in/code")
                .route(read().to(mailed_code::show_sign_in))
                .route(web::post().to(mailed_code::submit_sign_in)),
        )
        .service(
            form("/t/{slug}/sign-in/forgot")
                .route(read().to(mailed_code::show_reset))
                .route(web::post().to(mailed_code::submit_reset)),
        )
        .service(
            form("/t/{slug}/sign-in/new-password")
                .route(read().to(password_reset::show))
                .route(web::post().to(password_reset::submit)),
        )
        .service(
            form("/t/{slug}/sign-in/second-factor")
                .route(read().to(second_factor::show))
                .route(web::post().to(second_factor::submit)),
        )
        .service(
            form("/t/{slug}/sign-in/ticket")
                .route(read().to(ticket::show))
                .route(web::post().to(ticket::submit)),
        )
        .service(form("/t/{slug}/sign-out").route(web::post().to(account::sign_out)));
}

/// One's own account.
fn account_pages(config: &mut web::ServiceConfig) {
    config
        .service(form("/t/{slug}/account").route(read().to(account::show)))
        .service(
            form("/t/{slug}/account/password")
                .route(read().to(account_password::show))
                .route(web::post().to(account_password::submit)),
        )
        .service(
            form("/t/{slug}/account/second-factor")
                .route(read().to(account_second_factor::show))
                .route(web::post().to(account_second_factor::submit)),
        )
        .service(
            form("/t/{slug}/account/recovery-codes")
                .route(read().to(account_recovery_codes::show))
                .route(web::post().to(account_recovery_codes::submit)),
        )
        .service(
            form("/t/{slug}/account/sessions")
                .route(read().to(account_sessions::show))
                .route(web::post().to(account_sessions::submit)),
        )
        .service(
            form("/t/{slug}/account/devices")
                .route(read().to(account_devices::show))
                .route(web::post().to(account_devices::submit)),
        )
        .service(
            form("/t/{slug}/account/language")
                .route(read().to(language::show))
                .route(web::post().to(language::submit)),
        );
}

/// Out of a lock: by mail, and by a person.
fn ways_back(config: &mut web::ServiceConfig) {
    config
        .service(
            form("/t/{slug}/unlock")
                .route(read().to(unlock_request::show))
                .route(web::post().to(unlock_request::submit)),
        )
        .service(form("/t/{slug}/locked").route(read().to(locked::check_again)))
        .service(form("/t/{slug}/locked/state").route(read().to(locked_state::show)))
        .service(form("/t/{slug}/unlocked").route(read().to(unlock::done)))
        .service(
            form("/t/{slug}/unlock/code")
                .route(read().to(unlock_code::show))
                .route(web::post().to(unlock_code::submit)),
        )
        .service(
            form("/t/{slug}/unlock/{token}")
                .route(read().to(unlock::show))
                .route(web::post().to(unlock::press)),
        )
        .service(
            form("/t/{slug}/unlock/{token}/not-me")
                .route(read().to(not_me::show))
                .route(web::post().to(not_me::submit)),
        )
        .service(form("/t/{slug}/not-me/done").route(read().to(not_me::done)))
        .service(
            form("/t/{slug}/support")
                .route(read().to(support::show))
                .route(web::post().to(support::submit)),
        )
        .service(
            form("/t/{slug}/support/{secret}")
                .route(read().to(support_status::show))
                .route(web::post().to(support_status::add)),
        );
}

/// A resource whose other methods answer a page too.
fn form(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(fault::wrong_method))
}

/// GET and HEAD, which change nothing anywhere in this door.
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}
