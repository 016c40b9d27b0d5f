//! The OpenAPI documents: whole, reviewed when they change, and the same wherever they are read.

use std::collections::BTreeSet;

use lockkeeper::web::openapi::{Document, document};
use lockkeeper::web::operation::Door;
use lockkeeper::web::{DOORS, assets};
use serde_json::{Map, Value};

use crate::cli::Place;
use crate::harness::app::TestApp;
use crate::harness::client::block_on;

pub(crate) const PUBLIC_URL: &str = "http://localhost:8080";

/// The document of a door, as its readers parse it.
pub(crate) fn parsed(door: &Door) -> Value {
    serde_json::from_str(&Document::of(door, PUBLIC_URL).text().unwrap()).unwrap()
}

/// With the members of every object in one order: that of the document depends on who else is built
/// with us.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut all: Vec<(String, Value)> = members.into_iter().collect();
            all.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(
                all.into_iter().map(|(name, of)| (name, sorted(of))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// A new operation changes these files: run this test with `INSTA_UPDATE=always` and read the
/// difference as the developer of a client library would.
#[test]
fn the_documents_are_these() {
    for door in DOORS {
        let text = serde_json::to_string_pretty(&sorted(parsed(&door))).unwrap();
        insta::assert_snapshot!(format!("the_{}_document", door.name), text);
    }
}

#[test]
fn every_resource_that_is_answered_is_described() {
    for door in DOORS {
        for (name, component) in document::of_door(&door) {
            assert!(
                component.is_some(),
                "nobody describes `{name}` ({} API): add a `Component` of that name to a file of \
                 src/web/openapi/components/",
                door.name,
            );
        }
        for operation in door.operations() {
            let said = format!("{}: say what it answers with `.answers(…)`", operation.id);
            assert!(!operation.answers.is_empty(), "{said}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_everything_is_referred_to() {
    for door in DOORS {
        let document = parsed(&door);
        let mut asked = BTreeSet::new();
        references(&document, &mut asked);
        for reference in &asked {
            let place = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
        }
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for name in schemas.keys() {
            assert!(
                asked.contains(&format!("#/components/schemas/{name}")),
                "{name} is for nothing"
            );
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_program_prints_them_and_names_itself_as_it_is_reached() {
    let place = Place::new();
    for door in DOORS {
        let said = place.run(&format!("openapi {}", door.name));
        assert_eq!(said.code, 0, "{}", said.err);
        let printed: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(printed, parsed(&door));
    }
    let said = place.run("openapi frontend --public-url https://id.acme.test");
    assert!(said.out.contains("\"https://id.acme.test/t/{slug}\""), "{}", said.out);
    // No database was made for it.
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

/// The class names of a page.
fn classes(html: &str) -> BTreeSet<&str> {
    let values = html.split("class=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    values.flat_map(str::split_whitespace).collect()
}

#[test]
fn the_page_of_an_interface_tells_all_of_it_and_loads_nothing_from_elsewhere() {
    let app = TestApp::start();
    let css = String::from_utf8(assets::stylesheet().bytes.to_vec()).unwrap();
    block_on(async {
        for door in DOORS {
            let page = app.client().get(&format!("/docs/{}", door.name)).await;
            assert_eq!(page.status, 200);
            let policy = page.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
            let html = &page.body;
            for odd in ["<script", "style=", "<img", "src=", "@import"] {
                assert!(!html.contains(odd), "{odd}");
            }
            let links = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
            for link in links {
                assert!(link.starts_with(['/', '#']), "{link}");
                let anchor = link.strip_prefix('#').map(|name| format!("id=\"{name}\""));
                assert!(anchor.is_none_or(|id| html.contains(&id)), "{link} leads nowhere");
            }
            for class in classes(html) {
                assert!(css.contains(&format!(".{class}")), "{class}");
            }
            assert_eq!((html.matches("<h1").count(), html.matches("<main").count()), (1, 1));
            for operation in door.operations() {
                assert!(html.contains(&format!("id=\"{}\"", operation.id)), "{}", operation.id);
            }
            let document = app.client().get(&format!("/docs/{}/openapi.json", door.name)).await;
            let served = Document::of(&door, &app.base()).text().unwrap();
            assert_eq!(document.json(), serde_json::from_str::<Value>(&served).unwrap());
        }
        assert_eq!(app.client().get("/docs/console").await.status, 404);
        assert_eq!(app.client().get("/docs/console/openapi.json").await.status, 404);
    });
}
