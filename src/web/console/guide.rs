//! The guide that the policy screen's warnings lead to. Asks nothing of anybody.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::Stands;
use super::view::guide::{GUIDE, GuidePage};
use crate::web::page_table::{May, Page, Verb};

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: GUIDE,
    may: May::Staff,
    states: &["whole"],
    route: || web::to(show),
}];

async fn show(Stands(hall): Stands) -> HttpResponse {
    let page = GuidePage { frame: hall.frame() };
    hall.page(StatusCode::OK, &page)
}
