//! The console: where a tenant's team sees and changes what its users live with. Server-rendered pages
//! and plain forms behind one guard (`desk`), which asks for session, role, tenant and form token
//! before a handler runs; a page can be reached by its line in a table only. Decides nothing about
//! accounts; everything is asked of the tenants' facade.

mod alerts;
mod api_keys;
mod attacks;
mod audit;
mod audit_export;
mod branding;
mod bulk;
mod canned;
mod chart;
mod desk;
mod fault;
mod feed;
mod guide;
mod hall;
mod import;
mod inbox;
mod lock_deed;
mod lock_panel;
mod lock_story;
mod locks;
mod locks_many;
mod mail;
mod me;
mod overlay;
mod overview;
mod policy;
mod policy_form;
mod replay;
mod replay_account;
mod replay_card;
mod reply_text;
mod request;
mod settings;
mod shadow;
mod staff_names;
mod story_lines;
mod team;
mod team_member;
mod test_lock;
mod user;
mod user_edit;
mod user_export;
mod user_import;
mod user_names;
mod user_password;
mod users;
mod versions;
pub mod view;
mod webhook;
mod webhook_delivery;
mod webhooks;
mod welcome;

use actix_web::web::{self, ServiceConfig};

use super::page_table::{Page, catch_all, register};

/// All pages, by the file of their handlers.
const TABLES: &[&[Page]] = &[
    hall::PAGES,
    welcome::PAGES,
    me::PAGES,
    overview::PAGES,
    policy::PAGES,
    guide::PAGES,
    versions::PAGES,
    overlay::PAGES,
    import::PAGES,
    shadow::PAGES,
    settings::PAGES,
    test_lock::PAGES,
    user_export::PAGES,
    user_import::PAGES,
    replay::PAGES,
    replay_account::PAGES,
    attacks::PAGES,
    feed::PAGES,
    inbox::PAGES,
    canned::PAGES,
    bulk::PAGES,
    mail::PAGES,
    request::PAGES,
    locks::PAGES,
    lock_story::PAGES,
    lock_deed::PAGES,
    locks_many::PAGES,
    users::PAGES,
    user_edit::PAGES,
    user_names::PAGES,
    user_password::PAGES,
    user::PAGES,
    alerts::PAGES,
    audit::PAGES,
    branding::PAGES,
    api_keys::PAGES,
    webhooks::PAGES,
    team::PAGES,
    team_member::PAGES,
];

/// The pages of the console, for its routes and their tests.
pub fn pages() -> impl Iterator<Item = &'static Page> {
    TABLES.iter().copied().flatten()
}

/// All routes of this door.
pub fn configure(config: &mut ServiceConfig) {
    register(config, pages(), || web::to(fault::wrong_method));
    catch_all(config, "/console/{tail:.*}", || web::to(fault::not_found));
}
