//! `/docs/frontend` and `/docs/backend`: the interfaces explained, and their documents for programs.
//! Fills the page from the tables of operations, so that it cannot tell of what is not there.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::demo::frame;
use super::fault::no_such_page;
use super::view::api_docs::{
    Answer, ApiDocsPage, Check, ErrorLine, Group, Here, Interface, MemberLine, OperationShown,
    Parameter, Piece, Place, Resource,
};
use crate::web::DOORS;
use crate::web::doors::Doors;
use crate::web::error;
use crate::web::openapi::member::{Is, Member, Told};
use crate::web::openapi::responses::{self, Body, ByStatus};
use crate::web::openapi::{self, Document, document};
use crate::web::operation::{Answered, Door, Operation, Param, Support, Takes};
use crate::web::page::html;
use crate::web::security_headers::PageRules;

/// `GET /docs/{interface}`
pub(super) async fn show(
    request: HttpRequest,
    doors: web::Data<Doors>,
    name: web::Path<String>,
) -> HttpResponse {
    match named(&name) {
        Some(door) => html(StatusCode::OK, &PageRules::PLAIN, &page(&doors, &door)),
        None => no_such_page(&request, &doors).await,
    }
}

/// `GET /docs/{interface}/openapi.json`
pub(super) async fn document(
    request: HttpRequest,
    doors: web::Data<Doors>,
    name: web::Path<String>,
) -> HttpResponse {
    match named(&name) {
        Some(door) => error::json(&Document::of(&door, doors.base_url.origin()))
            .unwrap_or_else(HttpResponse::from_error),
        None => no_such_page(&request, &doors).await,
    }
}

fn named(name: &str) -> Option<Door> {
    DOORS.into_iter().find(|door| door.name == name)
}

fn path(door: &Door) -> String {
    format!("/docs/{}", door.name)
}

fn page(doors: &Doors, door: &Door) -> ApiDocsPage {
    let here = |other: &Door| if other.name == door.name { Here::Yes } else { Here::No };
    let interfaces = DOORS.iter().map(|other| Interface {
        title: document::title(other),
        path: path(other),
        here: here(other),
    });
    ApiDocsPage {
        frame: frame(doors),
        title: document::title(door),
        about: Piece::paragraphs(door.about),
        server: format!("{}{}", doors.base_url.origin(), door.base),
        document_path: format!("{}/openapi.json", path(door)),
        interfaces: interfaces.collect(),
        groups: groups(door),
        everywhere: lines(responses::of_door(door, Body::Read)),
        resources: resources(door),
    }
}

/// In the order of the tables.
fn groups(door: &Door) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for operation in door.operations() {
        let name = document::tag(operation);
        let shown = shown(operation);
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.operations.push(shown),
            None => {
                let anchor = name.to_ascii_lowercase().replace([' ', '.'], "-");
                groups.push(Group { name, anchor, operations: vec![shown] });
            }
        }
    }
    groups
}

fn shown(operation: &Operation) -> OperationShown {
    OperationShown {
        id: operation.id,
        method: operation.verb.as_str(),
        path: document::path(operation),
        summary: document::summary(operation),
        about: Piece::paragraphs(openapi::about::sentence(operation.id)),
        is_ours: operation.support == Support::Ours,
        checks: operation.takes.iter().map(|takes| check(*takes)).collect(),
        parameters: parameters(operation),
        answers: operation.answers.iter().map(|answer| answered(*answer)).collect(),
        errors: lines(responses::by_status(operation.errors)),
    }
}

fn check(takes: Takes) -> Check {
    match takes {
        Takes::Secret(authenticator) => Check::Secret(authenticator.as_str()),
        Takes::SecretBySession(authenticator) => Check::OwnSecret(authenticator.as_str()),
        Takes::Proof => Check::Proof,
        Takes::SessionToken => Check::SessionToken,
        Takes::ProvesMailbox => Check::Mailbox,
    }
}

fn parameters(operation: &Operation) -> Vec<Parameter> {
    let named = operation.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?.to_owned();
        Some(Parameter { name, place: Place::Path, kind: "text".to_owned(), must: true })
    });
    let given = |place: Place| {
        move |param: &Param| Parameter {
            name: param.name().to_owned(),
            place,
            kind: document::kind_words(param.kind()),
            must: matches!(param, Param::Must(..)),
        }
    };
    let query = operation.query.iter().map(given(Place::Query));
    named.chain(query).chain(operation.body.iter().map(given(Place::Body))).collect()
}

fn answered(answer: Answered) -> Answer {
    let (status, shape, names) = match answer {
        Answered::Json(status, shape) => (status, shape.words(), shape.names()),
        Answered::Empty(status) | Answered::Redirect(status) => (status, String::new(), Vec::new()),
    };
    Answer { status, reason: responses::reason(status), shape, names }
}

/// One line a code: kinds that share one differ only in words.
fn lines(errors: ByStatus) -> Vec<ErrorLine> {
    let mut lines: Vec<ErrorLine> = Vec::new();
    for (status, kinds) in errors {
        for kind in kinds {
            let code = kind.text().code;
            if !lines.iter().any(|line| line.status == status && line.code == code) {
                lines.push(ErrorLine { status, code, text: responses::sentence(kind) });
            }
        }
    }
    lines
}

fn resources(door: &Door) -> Vec<Resource> {
    let all = document::of_door(door);
    let described = all.into_iter().filter_map(|(name, component)| Some((name, component?)));
    described
        .map(|(name, component)| {
            let mut members = Vec::new();
            for member in component.members {
                flattened("", member, &mut members);
            }
            Resource { name, about: component.about, members }
        })
        .collect()
}

/// A member and the members of its own object, in one list.
fn flattened(before: &str, member: &Member, lines: &mut Vec<MemberLine>) {
    let name = format!("{before}{}", member.name);
    let (kind, names) = (member.is.words(), member.is.names());
    let (inner, mark) = inner(member.is);
    let names = if inner.is_empty() { names } else { Vec::new() };
    let always = member.told == Told::Always;
    lines.push(MemberLine { name: name.clone(), kind, always, names });
    for own in inner {
        flattened(&format!("{name}{mark}."), own, lines);
    }
}

/// The members of the object that a member is or lists, and what stands for an entry of a list.
fn inner(is: Is) -> (&'static [Member], &'static str) {
    match is {
        Is::Object(members) => (members, ""),
        Is::List(Is::Object(members)) => (members, "[]"),
        Is::OrNull(of) => inner(*of),
        Is::Text
        | Is::Flag
        | Is::Number
        | Is::Decimal
        | Is::Instant
        | Is::Map
        | Is::Null
        | Is::Word(_)
        | Is::Ref(_)
        | Is::List(_)
        | Is::Either(_) => (&[], ""),
    }
}
