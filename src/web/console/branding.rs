//! Branding: the name, colour, logos, address and texts that a tenant's pages and mails wear. Any colour
//! will do: what needs contrast is derived from it. A logo is a PNG, JPEG or WebP by its bytes.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks, Sends};
use super::view::branding::{BrandProblem, BrandTyped, BrandingPage, LogoShown, TextShown};
use super::view::done::Done;
use super::view::frame::Entry;
use crate::model::branding::{BrandText, LogoFor, MAX_TEXT_CHARS};
use crate::model::picture::{Picture, PictureFault};
use crate::model::{Colour, Identifier, IdentifierKind};
use crate::store::tenants::TenantChange;
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

/// Longest name, in characters.
const MAX_NAME: usize = 100;

const PATH: &str = "/console/{slug}/branding";
const LOGO: &str = "/console/{slug}/branding/logo";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(READERS),
        states: &["plain", "full", "long-names", "reader"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(save),
    },
    Page {
        verb: Verb::Post,
        path: LOGO,
        may: May::These(EDITORS),
        states: &["no-logo"],
        route: || web::to(change_logo),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    desk.page(StatusCode::OK, &page(&desk))
}

fn page(desk: &Desk) -> BrandingPage {
    let (profile, tenant) = (&desk.profile, &desk.profile.tenant);
    let words = |place: BrandText| {
        let of = |tag: &'static str| {
            let said = profile.branding.texts.get(&place).and_then(|said| said.get(tag));
            (tag, said.cloned().unwrap_or_default())
        };
        TextShown { place, words: Catalogue::tags().into_iter().map(of).collect() }
    };
    let logo = |ground: LogoFor| LogoShown {
        ground,
        src: profile
            .branding
            .logo_for(ground)
            .map(|logo| format!("{}/assets/{}", profile.base_path, logo.file)),
    };
    BrandingPage {
        frame: desk.frame(Entry::Branding),
        path: desk.path("/branding"),
        sign_in_path: format!("{}/sign-in", profile.base_path),
        may_change: EDITORS.contains(&desk.role),
        shown: tenant.brand_color.as_deref().and_then(Colour::parse),
        typed: BrandTyped {
            name: tenant.name.clone(),
            colour: tenant.brand_color.clone().unwrap_or_default(),
            support: tenant.support_email.clone().unwrap_or_default(),
            texts: BrandText::ALL.map(words).to_vec(),
        },
        logos: LogoFor::ALL.map(logo).to_vec(),
        problems: Vec::new(),
    }
}

async fn save(Acts { desk, form }: Acts) -> HttpResponse {
    try_save(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_save(desk: &Desk, form: &Params) -> Answer {
    let (typed, read) = read(form);
    let change = match read {
        Ok(change) => change,
        Err(problems) => {
            let page = BrandingPage { typed, problems, ..page(desk) };
            return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let actor = desk.staff().actor();
    let saved = desk.tenants().update_tenant(&desk.profile, change, &actor).await;
    saved.map_err(|fault| desk.not_now(&fault))?;
    Ok(said(desk, desk.hall.frame().line("branding-saved")))
}

fn said(desk: &Desk, words: String) -> HttpResponse {
    let frame = desk.hall.frame();
    let link = (format!("{}/sign-in", desk.profile.base_path), frame.line("branding-see"));
    desk.hall.done(&desk.path("/branding"), &Done { words, link: Some(link) })
}

/// One line of text as it was typed, without what no line has.
fn line(form: &Params, name: &str, most: usize) -> String {
    let text = form.raw(name).unwrap_or_default().replace(['\r', '\n'], " ");
    // One more than there may be: too long is told, not cut.
    text.trim().chars().filter(|c| !c.is_control()).take(most.saturating_add(1)).collect()
}

/// The form as it was typed, and what it asks for; all faults at once.
fn read(form: &Params) -> (BrandTyped, Result<TenantChange, Vec<BrandProblem>>) {
    let words = |place: BrandText| {
        let of = |tag: &'static str| {
            (tag, line(form, &format!("{}.{tag}", place.as_str()), MAX_TEXT_CHARS))
        };
        TextShown { place, words: Catalogue::tags().into_iter().map(of).collect() }
    };
    let typed = BrandTyped {
        name: line(form, "name", MAX_NAME),
        colour: line(form, "colour", 40),
        support: line(form, "support", 320),
        texts: BrandText::ALL.map(words).to_vec(),
    };
    let mut problems = Vec::new();
    if typed.name.is_empty() || typed.name.chars().count() > MAX_NAME {
        problems.push(BrandProblem::Name);
    }
    let colour = Colour::parse(&typed.colour);
    if colour.is_none() && !typed.colour.is_empty() {
        problems.push(BrandProblem::Colour);
    }
    let address = Identifier::parse(&typed.support).ok();
    let address = address.filter(|found| found.kind == IdentifierKind::EmailAddress);
    if address.is_none() && !typed.support.is_empty() {
        problems.push(BrandProblem::Support);
    }
    for text in &typed.texts {
        if text.words.iter().any(|(_, words)| words.chars().count() > MAX_TEXT_CHARS) {
            problems.push(BrandProblem::Long(text.place));
        }
    }
    if !problems.is_empty() {
        return (typed, Err(problems));
    }
    let change = TenantChange {
        name: Some(typed.name.clone()),
        brand_color: Some(colour.map(|colour| colour.to_string())),
        support_email: Some(address.map(|found| found.display)),
        texts: Some(said_texts(&typed.texts)),
        ..TenantChange::default()
    };
    (typed, Ok(change))
}

fn said_texts(texts: &[TextShown]) -> BTreeMap<BrandText, BTreeMap<String, String>> {
    let said = |text: &TextShown| {
        let said = text.words.iter().filter(|(_, words)| !words.is_empty());
        (text.place, said.map(|(tag, words)| ((*tag).to_owned(), words.clone())).collect())
    };
    let texts = texts.iter().map(said);
    texts.filter(|(_, said): &(_, BTreeMap<String, String>)| !said.is_empty()).collect()
}

async fn change_logo(Sends { desk, form, file }: Sends) -> HttpResponse {
    try_logo(&desk, &form, file).await.unwrap_or_else(|early| early)
}

async fn try_logo(desk: &Desk, form: &Params, file: Option<Vec<u8>>) -> Answer {
    let ground = form.raw("which").and_then(LogoFor::parse).ok_or_else(|| desk.bad_form())?;
    let actor = desk.staff().actor();
    let tenants = desk.tenants();
    if form.raw("deed") == Some("remove") {
        let removed = tenants.remove_logo(&desk.profile, ground, &actor).await;
        removed.map_err(|fault| desk.not_now(&fault))?;
        return Ok(said(desk, desk.hall.frame().line("branding-logo-removed")));
    }
    let bytes = file.unwrap_or_default();
    let picture = match Picture::read(&bytes) {
        Ok(picture) => picture,
        Err(fault) => {
            let problem = match fault {
                PictureFault::Kind if bytes.is_empty() => BrandProblem::NoFile(ground),
                PictureFault::Kind => BrandProblem::NoPicture(ground),
                PictureFault::Heavy => BrandProblem::Heavy(ground),
                PictureFault::Size => BrandProblem::Size(ground),
                PictureFault::Moves => BrandProblem::Moves(ground),
            };
            let page = BrandingPage { problems: vec![problem], ..page(desk) };
            return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let saved = tenants.set_logo(&desk.profile, ground, (picture, bytes), &actor).await;
    saved.map_err(|fault| desk.not_now(&fault))?;
    Ok(said(desk, desk.hall.frame().line("branding-logo-saved")))
}
