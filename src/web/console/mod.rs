//! The console: where a tenant's team sees and changes what its users live with. Server-rendered pages
//! and plain forms behind one guard (`desk`), which asks for session, role, tenant and form token
//! before a handler runs; a page can be reached by its line in a table only. Decides nothing about
//! accounts; everything is asked of the tenants' facade.

mod chart;
mod desk;
mod fault;
mod hall;
mod me;
mod overview;
mod policy;
mod policy_form;
pub mod view;
mod welcome;

use actix_web::web::{self, ServiceConfig};

use super::page_table::{Page, catch_all, register};

/// All pages, by the file of their handlers.
const TABLES: [&[Page]; 5] =
    [hall::PAGES, welcome::PAGES, me::PAGES, overview::PAGES, policy::PAGES];

/// The pages of the console, for its routes and their tests.
pub fn pages() -> impl Iterator<Item = &'static Page> {
    TABLES.into_iter().flatten()
}

/// All routes of this door.
pub fn configure(config: &mut ServiceConfig) {
    register(config, pages(), || web::to(fault::wrong_method));
    catch_all(config, "/console/{tail:.*}", || web::to(fault::not_found));
}
