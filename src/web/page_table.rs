//! Pages as a table: each names its method and path, who may have it, and the states that it has.
//! Routes and the tests of roles are made of the same lines, so that no page can be reached by a way
//! that its table does not name. Knows no page.

use std::collections::BTreeMap;

use actix_web::guard;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, Route};

use crate::store::team::Role;

/// What a page does when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Changes nothing; HEAD as well.
    Get,
    Post,
}

/// Who may have a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// Nobody is asked who they are: the address itself is the secret.
    Anyone,
    /// Whoever is signed in, in whatever role.
    Staff,
    /// Who has one of these roles in the tenant of the path.
    These(&'static [Role]),
}

/// Sees what there is to see, changes nothing.
pub const READERS: &[Role] = &[Role::Owner, Role::Admin, Role::Auditor];
/// Answers requests for help.
pub const DESK: &[Role] = &[Role::Owner, Role::Admin, Role::Support];
/// May change the tenant.
pub const EDITORS: &[Role] = &[Role::Owner, Role::Admin];

/// One method of one path.
#[derive(Clone, Copy)]
pub struct Page {
    pub verb: Verb,
    /// As actix-web takes it: `/console/{slug}/overview`.
    pub path: &'static str,
    pub may: May,
    /// Names of what the page can look like. There is a sample of each.
    pub states: &'static [&'static str],
    /// The handler, without a guard: the table has the method.
    pub route: fn() -> Route,
}

impl Page {
    /// Whether it hands out a file, such as `audit.csv`, and has no look of its own.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.path.rsplit('/').next().is_some_and(|last| last.contains('.'))
    }

    /// Whether the page is meant by a request that was routed here.
    #[must_use]
    pub fn is_asked_by(&self, request: &HttpRequest) -> bool {
        let verb = if *request.method() == Method::POST { Verb::Post } else { Verb::Get };
        self.verb == verb && request.match_pattern().as_deref() == Some(self.path)
    }
}

/// Makes the routes of `pages`; `other` answers the methods that a path does not have.
pub fn register<'t>(
    config: &mut ServiceConfig,
    pages: impl IntoIterator<Item = &'t Page>,
    other: fn() -> Route,
) {
    let mut paths: BTreeMap<Place<'_>, (&str, Vec<&Page>)> = BTreeMap::new();
    for page in pages {
        let key = page.path.split('/').map(|part| (Named::of(part), part)).collect();
        paths.entry(key).or_insert((page.path, Vec::new())).1.push(page);
    }
    for (path, pages) in paths.into_values() {
        let mut resource = web::resource(path);
        for page in pages {
            let route = (page.route)();
            resource = resource.route(match page.verb {
                Verb::Get => route.guard(guard::Any(guard::Get()).or(guard::Head())),
                Verb::Post => route.guard(guard::Post()),
            });
        }
        config.service(resource.default_service(other()));
    }
}

/// Answers every path below a door's that is no page. After the pages' own routes.
pub fn catch_all(config: &mut ServiceConfig, path: &str, other: fn() -> Route) {
    config.service(web::resource(path).default_service(other()));
}

/// A path by its parts, in the order in which routes are looked for.
type Place<'p> = Vec<(Named, &'p str)>;

/// A path's own word goes before a parameter that would take it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Word,
    Parameter,
}

impl Named {
    fn of(part: &str) -> Self {
        if part.starts_with('{') { Self::Parameter } else { Self::Word }
    }
}
