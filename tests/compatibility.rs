//! What of Clerk's interfaces is there: docs/clerk-compatibility.md against the tables of operations,
//! against the server itself, and against the list of Clerk's operations, each way round. What the
//! page says in words is for people to judge.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use lockkeeper::web::operation::{Door, Support, Verb};
use lockkeeper::web::{BACKEND, DOORS, FRONTEND};
use reqwest::Method;

use crate::harness::app::TestApp;
use crate::harness::client::{Client, block_on};

const PAGE: &str = "docs/clerk-compatibility.md";

/// `GET /users/{}` of a door: Clerk names its parameters, we do not compare them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    door: &'static str,
    method: String,
    path: String,
}

impl Place {
    fn new(door: &Door, method: &str, path: &str) -> Self {
        let parts = path.split('/').map(|part| if part.contains('{') { "{}" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        Self { door: door.name, method: method.to_owned(), path }
    }
}

impl Place {
    /// Whether this one's parameters can stand for the other's literal parts.
    fn covers(&self, other: &Self) -> bool {
        let parts = |place: &Self| place.path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let (own, theirs) = (parts(self), parts(other));
        let fits = own.iter().zip(&theirs).all(|(own, their)| own == "{}" || own == their);
        (self.door, &self.method, own.len()) == (other.door, &other.method, theirs.len()) && fits
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.door, self.method, self.path)
    }
}

/// A line of the page.
struct Line {
    /// The operation as written.
    written: String,
    here: String,
    why: String,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every line of a table of the page; the heading above tells the door.
fn lines() -> BTreeMap<Place, Line> {
    let page = std::fs::read_to_string(file(PAGE)).unwrap();
    let (mut found, mut door) = (BTreeMap::new(), None);
    for line in page.lines() {
        if line.starts_with('#') {
            let named = DOORS.into_iter().find(|door| line.to_lowercase().contains(door.name));
            door = named.or(door);
            continue;
        }
        let Some(rest) = line.strip_prefix("| `") else { continue };
        let (written, rest) = rest.split_once('`').unwrap();
        let cells: Vec<&str> = rest.split('|').map(str::trim).collect();
        let [_, here, why, _] = cells[..] else { panic!("three cells: {line}") };
        let (method, path) = written.split_once(' ').unwrap();
        let place = Place::new(&door.unwrap(), method, path);
        let new = Line { written: written.to_owned(), here: here.to_owned(), why: why.to_owned() };
        assert!(found.insert(place, new).is_none(), "twice on the page: {written}");
    }
    found
}

fn served() -> BTreeMap<Place, Support> {
    let of = |door: Door| {
        let operations = door.operations();
        operations.map(move |operation| {
            let place = Place::new(&door, operation.verb.as_str(), operation.path);
            (place, operation.support)
        })
    };
    DOORS.into_iter().flat_map(of).collect()
}

#[test]
fn the_page_tells_of_every_operation_that_is_served_and_of_no_other() {
    let (lines, served) = (lines(), served());
    for (place, support) in &served {
        let Some(line) = lines.get(place) else {
            let (method, path) = (&place.method, &place.path);
            let why = match support {
                Support::Clerks => "",
                Support::Ours => "Ours.",
            };
            panic!(
                "{PAGE} does not know an operation that is served: add the line\n\
                 | `{method} {path}` | yes | {why} |\n\
                 to the last table of the {} API",
                place.door
            );
        };
        assert!(
            ["yes", "partly"].contains(&&*line.here),
            "{PAGE} says \"{}\" of an operation that is served ({place}): change its line to\n\
             | `{}` | yes | |\n\
             or to \"partly\" with what is missing; the ignored test `mend_the_page` does the first",
            line.here,
            line.written
        );
    }
    for (place, line) in &lines {
        if line.here != "no" {
            assert!(
                served.contains_key(place),
                "{PAGE} says \"{}\" of an operation that stands in no table ({place}): make it \
                 \"no\" and say why",
                line.here
            );
        }
        assert!(line.here == "yes" || !line.why.is_empty(), "{PAGE}: say why: {}", line.written);
    }
}

#[test]
fn the_page_tells_of_every_operation_of_clerks() {
    let lines = lines();
    let list = std::fs::read_to_string(file("tests/data/clerk-operations.txt")).unwrap();
    let mut clerks = BTreeSet::new();
    for line in list.lines() {
        let [door, method, path] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let door = if door == BACKEND.name { BACKEND } else { FRONTEND };
        let place = Place::new(&door, method, path);
        assert!(lines.contains_key(&place), "{PAGE} has no line for {place}");
        assert!(clerks.insert(place), "twice in the list: {line}");
    }
    assert_eq!(clerks.len(), 249 + 202);
}

/// The tables are one thing, the running server another.
#[test]
fn the_server_does_what_the_page_says() {
    let app = TestApp::start();
    app.tenant("acme", None);
    block_on(async {
        for (place, line) in lines() {
            let base = if place.door == FRONTEND.name { FRONTEND.base } else { BACKEND.base };
            let beside = ["/.well-known", "/oauth/", "/api_keys"];
            let is_beside = place.door == FRONTEND.name
                && beside.iter().any(|prefix| place.path.starts_with(prefix));
            let version = if is_beside { "" } else { "/v1" };
            let address = format!("{base}{version}{}", place.path);
            let address = address.replace("{slug}", "acme").replace("{}", "x");
            let method: Method = place.method.parse().unwrap();
            let answer = Client::send(app.client().request(method, &address)).await;
            let is_there = answer.status != 405
                && !answer.body.contains("There is nothing at this address")
                && !answer.header("content-type").starts_with("text/html");
            // `/clients/handshake_payload` is taken for the id of a client, which nobody has.
            let is_covered = line.here == "no" && served().keys().any(|one| one.covers(&place));
            assert_eq!(
                is_there,
                line.here != "no" || is_covered,
                "{place}: {} {}",
                answer.status,
                answer.body
            );
        }
    });
}

/// Every verb that a line can name is one that a table can have.
#[test]
fn the_page_names_methods_and_paths_as_tables_do() {
    for place in lines().keys() {
        assert!(Verb::ALL.iter().any(|verb| verb.as_str() == place.method), "{place}");
        assert!(place.path.starts_with('/') && !place.path.contains(' '), "{place}");
    }
}

#[test]
#[ignore = "changes the page: what is served becomes yes, what is not becomes no"]
fn mend_the_page() {
    let (lines, served) = (lines(), served());
    let mut page = std::fs::read_to_string(file(PAGE)).unwrap();
    for (place, line) in &lines {
        let before = format!("| `{}` | {} | {} |", line.written, line.here, line.why);
        let after = match (served.contains_key(place), &*line.here) {
            (true, "no") => format!("| `{}` | yes |  |", line.written),
            (false, "yes" | "partly") => format!("| `{}` | no | Not yet. |", line.written),
            (_, _) => continue,
        };
        assert!(page.contains(&before), "{before}");
        page = page.replacen(&before, &after, 1);
    }
    for place in served.keys().filter(|place| !lines.contains_key(place)) {
        println!("no line for {place}");
    }
    std::fs::write(file(PAGE), page).unwrap();
}
