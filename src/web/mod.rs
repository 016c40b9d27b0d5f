//! The doors. This level holds what they share: the error envelope, who asks (client address,
//! tenant by path or Host), bodies, cookies and the rules against other sites. The doors themselves
//! never know each other.

pub mod assets;
pub mod avatar;
pub mod backend_api;
pub mod base_url;
pub mod body;
pub mod brand;
pub mod client_address;
pub mod console;
pub mod cookie;
pub mod cors;
pub mod csrf;
mod device_label;
pub mod doors;
pub mod download;
pub mod error;
pub mod error_code;
mod error_constructors;
mod fault;
pub mod fields;
pub mod frontend_api;
mod lane_cookie;
pub mod mail_frame;
pub mod mail_server_form;
pub mod method_override;
pub mod multipart;
pub mod openapi;
pub mod operation;
pub mod page;
pub mod page_table;
pub mod pages;
pub mod redirect;
pub mod request_id;
pub mod security_headers;
pub mod tenant_host;
pub mod tenant_lists;
pub mod tenant_path;

pub use base_url::BaseUrl;
pub use error::ApiError;
pub use error_code::ErrorKind;

/// The interfaces that are made of operations.
pub const DOORS: [operation::Door; 2] = [FRONTEND, BACKEND];
/// The Frontend API for documents and tests.
pub const FRONTEND: operation::Door = frontend_api::DOOR;
/// The Backend API for documents and tests.
pub const BACKEND: operation::Door = backend_api::DOOR;

/// The routes of every door.
pub fn configure(
    doors: &actix_web::web::Data<doors::Doors>,
) -> impl FnOnce(&mut actix_web::web::ServiceConfig) + use<> {
    let frontend_api = frontend_api::configure(doors);
    move |config| {
        config
            .configure(backend_api::configure)
            .configure(frontend_api)
            .configure(console::configure)
            .configure(pages::configure);
    }
}
