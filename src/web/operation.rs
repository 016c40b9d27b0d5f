//! The operations of the two interfaces as tables: each names its method and path, what it takes,
//! what it answers, and its handler. Routes, documents and the test of the lockout are made of the
//! same lines, so that none of them can know an operation that the others do not. Knows no operation
//! and neither of the doors.

use std::collections::BTreeMap;
use std::future::ready;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Route};

use super::error::ApiError;
use super::error_code::ErrorKind;
use super::openapi::shape::Shape;
use crate::model::Authenticator;

/// One method of one path.
#[derive(Clone, Copy)]
pub struct Operation {
    pub verb: Verb,
    /// Below the door's version (`/users/{id}`); for [`WELL_KNOWN`] below its base. Parameters are
    /// `{id}` wherever there is one.
    pub path: &'static str,
    /// Unique among all doors' operations; what documents call it.
    pub id: &'static str,
    pub support: Support,
    /// What of the caller's could be guessed, or proves something. [`NOTHING`] says so too.
    pub takes: &'static [Takes],
    pub query: &'static [Param],
    pub body: &'static [Param],
    /// Answers that are no errors.
    pub answers: &'static [Answered],
    /// Errors beside those that every operation of the door can answer.
    pub errors: &'static [ErrorKind],
    /// The handler, without a guard: the table has the method.
    pub route: fn() -> Route,
}

/// Where keys and the like are looked for (RFC 8615): beside the version, not below it.
pub const WELL_KNOWN: &str = "/.well-known";

/// An HTTP method that an operation can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// Whose interface an operation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    Clerks,
    /// Clerk has no such operation.
    Ours,
}

/// What of the caller's an operation checks, and so how it stands to a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A secret of a user who is named by an identifier or an id: counted, refused while locked.
    Secret(Authenticator),
    /// A secret of the user of the caller's own session: the same.
    SecretBySession(Authenticator),
    /// What nobody can guess (a link, a ticket): never counted, refused while locked.
    Proof,
    /// The token of a live session: it names one that a lock does not end, and opens nothing else.
    SessionToken,
    /// What shows that a mailbox is the caller's: the way out of a lock, so open while locked, with
    /// tries of its own.
    ProvesMailbox,
}

/// An operation that checks nothing that could be guessed.
pub const NOTHING: &[Takes] = &[];

/// A parameter of a query or a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param {
    Must(&'static str, Kind),
    May(&'static str, Kind),
}

impl Param {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must(name, _) | Self::May(name, _) => name,
        }
    }

    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Must(_, kind) | Self::May(_, kind) => kind,
        }
    }
}

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// `null` takes away what is there.
    TextOrNull,
    /// Several texts: the name again and again in a query, a list in a body.
    Texts,
    /// One of these.
    Word(&'static [&'static str]),
    Flag,
    /// From and to, both included.
    Number(u64, u64),
    /// A number that may have a fraction.
    Decimal,
    /// Unix milliseconds.
    Instant,
    Object,
    /// A secret that is checked: its operation takes something.
    Secret,
    /// A secret that is set, or the hash of one.
    NewSecret,
}

/// An answer that is no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// A status and what the body is.
    Json(u16, Shape),
    /// A status without a body.
    Empty(u16),
    /// A status with a `Location`.
    Redirect(u16),
}

impl Operation {
    /// An operation of Clerk's.
    #[must_use]
    pub const fn clerks(
        verb: Verb,
        path: &'static str,
        id: &'static str,
        takes: &'static [Takes],
        route: fn() -> Route,
    ) -> Self {
        let (query, body, answers, errors): (&[_], &[_], &[_], &[_]) = (&[], &[], &[], &[]);
        let support = Support::Clerks;
        Self { verb, path, id, support, takes, query, body, answers, errors, route }
    }

    /// An operation that Clerk does not have.
    #[must_use]
    pub const fn ours(
        verb: Verb,
        path: &'static str,
        id: &'static str,
        takes: &'static [Takes],
        route: fn() -> Route,
    ) -> Self {
        Self { support: Support::Ours, ..Self::clerks(verb, path, id, takes, route) }
    }

    #[must_use]
    pub const fn query(self, query: &'static [Param]) -> Self {
        Self { query, ..self }
    }

    #[must_use]
    pub const fn body(self, body: &'static [Param]) -> Self {
        Self { body, ..self }
    }

    #[must_use]
    pub const fn answers(self, answers: &'static [Answered]) -> Self {
        Self { answers, ..self }
    }

    #[must_use]
    pub const fn errors(self, errors: &'static [ErrorKind]) -> Self {
        Self { errors, ..self }
    }
}

/// One interface: where it stands and all of its operations.
#[derive(Clone, Copy)]
pub struct Door {
    /// `frontend` or `backend`.
    pub name: &'static str,
    /// What it is for and how to begin, in Markdown.
    pub about: &'static str,
    pub callers: Callers,
    /// What stands before version and [`WELL_KNOWN`]: the tenant's part, or nothing.
    pub base: &'static str,
    /// One table a file.
    pub tables: &'static [&'static [Operation]],
    /// What every operation can answer instead.
    pub everywhere: &'static [ErrorKind],
    /// What every operation with a body can answer besides.
    pub of_bodies: &'static [ErrorKind],
}

/// Who asks at a door, and so how they show who they are and what they send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// A tenant's servers: a secret key, JSON.
    Servers,
    /// Browsers and apps: a client cookie or token, forms.
    Clients,
}

impl Door {
    /// Where an operation of this door is routed, as the log names it.
    #[must_use]
    pub fn pattern(&self, operation: &Operation) -> String {
        let version = if operation.path.starts_with(WELL_KNOWN) { "" } else { "/v1" };
        format!("{}{version}{}", self.base, operation.path)
    }

    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> + use<> {
        self.tables.iter().copied().flatten()
    }
}

/// Routes the operations of `tables` whose path begins with `prefix`, which the scope of `config`
/// stands for: `""` takes all that is not [`WELL_KNOWN`]. One resource a path, literal segments
/// before parameters; another method is answered 405 with `Allow`.
pub fn register(config: &mut ServiceConfig, prefix: &str, tables: &[&'static [Operation]]) {
    let mut paths: BTreeMap<Vec<Segment>, Vec<&'static Operation>> = BTreeMap::new();
    for operation in tables.iter().copied().flatten() {
        let elsewhere = prefix.is_empty() && operation.path.starts_with(WELL_KNOWN);
        match operation.path.strip_prefix(prefix) {
            Some(path) if !elsewhere => paths.entry(segments(path)).or_default().push(operation),
            Some(_) | None => {}
        }
    }
    for of_path in paths.into_values() {
        let Some(path) = of_path.first().and_then(|first| first.path.strip_prefix(prefix)) else {
            continue;
        };
        let mut resource = web::resource(path).default_service(other_method(&of_path));
        for operation in of_path {
            resource = resource.route((operation.route)().method(operation.verb.method()));
        }
        config.service(resource);
    }
}

/// A part of a path; literal ones are asked first, so that `/users/count` is no user.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(&'static str),
    Parameter,
}

fn segments(path: &'static str) -> Vec<Segment> {
    let of = |part: &'static str| match part.starts_with('{') {
        true => Segment::Parameter,
        false => Segment::Literal(part),
    };
    path.split('/').map(of).collect()
}

/// 405 with the methods that the path has (RFC 9110 §15.5.6).
fn other_method(of_path: &[&'static Operation]) -> Route {
    let mut verbs: Vec<Verb> = of_path.iter().map(|operation| operation.verb).collect();
    verbs.sort_unstable();
    let allowed = verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>().join(", ");
    // Words of letters with commas between them are always a header's value.
    let allowed = HeaderValue::from_str(&allowed).ok();
    web::to(move || {
        let mut answer = HttpResponse::from_error(ApiError::of(ErrorKind::MethodNotAllowed));
        if let Some(allowed) = &allowed {
            answer.headers_mut().insert(ALLOW, allowed.clone());
        }
        ready(answer)
    })
}
