//! A policy as a document, to be tried: what was pasted or taken from a file becomes the draft of the
//! policy screen, where its difference is seen before anything is saved. Writes nothing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use url::form_urlencoded::Serializer;

use super::desk::{Acts, Desk, Looks};
use super::policy_form::sent;
use super::view::frame::Entry;
use super::view::import::ImportPage;
use crate::lockout::policy_document::MAX_DOCUMENT_BYTES;
use crate::lockout::{PolicyDocument, PolicyFault};
use crate::web::page_table::{EDITORS, May, Page, Verb};

const PATH: &str = "/console/{slug}/policy/import";
/// Faults that are named; an honest document has a handful.
const NAMED: usize = 40;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(EDITORS),
        states: &["empty"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(take),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    desk.page(StatusCode::OK, &page(&desk, String::new(), Vec::new()))
}

fn page(desk: &Desk, text: String, faults: Vec<PolicyFault>) -> ImportPage {
    let path = desk.path("/policy");
    ImportPage { frame: desk.frame(Entry::Policy), text, faults, path }
}

async fn take(Acts { desk, form }: Acts) -> HttpResponse {
    let text = form.raw("text").unwrap_or_default().replace("\r\n", "\n");
    match read(&text) {
        Ok(document) => {
            let mut draft = Serializer::new(String::new());
            draft.append_pair("draft", "1").extend_pairs(sent(&document));
            desk.hall.see(&format!("{}?{}", desk.path("/policy"), draft.finish()))
        }
        Err(mut faults) => {
            faults.truncate(NAMED);
            let kept = text.chars().take(MAX_DOCUMENT_BYTES).collect();
            desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page(&desk, kept, faults))
        }
    }
}

/// TOML, or JSON where the text begins like it; whole, with what its preset gives.
fn read(text: &str) -> Result<PolicyDocument, Vec<PolicyFault>> {
    let document = if text.trim_start().starts_with('{') {
        PolicyDocument::from_json(text)?
    } else {
        PolicyDocument::from_toml(text)?
    };
    Ok(PolicyDocument::of(&document.parse()?))
}
