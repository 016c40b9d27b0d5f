//! Every page × every role × whose tenant × with and without what proves a form: made from the table
//! of pages, so that a page that is added is asked, too. Nothing succeeds that the table does not
//! allow, and what is refused changes no row.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::store::team::Role;
use lockkeeper::web::console;
use lockkeeper::web::page_table::{May, Page, Verb};
use reqwest::Method;

use super::policy::policy_form;
use super::{Office, Worker};
use crate::harness::client::{Answer, Client, block_on};

/// The path of a page in a tenant's console, and what its form sends.
fn sample(page: &Page, slug: &str) -> (String, Vec<(&'static str, &'static str)>) {
    let path = page.path.replace("{slug}", slug).replace("{secret}", &"x".repeat(32));
    assert!(!path.contains('{'), "{}: name what stands for its parameters", page.path);
    let form = match (page.verb, page.path) {
        (Verb::Get, _) | (Verb::Post, "/console/sign-out" | "/console/welcome/{secret}") => vec![],
        (Verb::Post, "/console/me") => vec![("scheme", "dark"), ("zone", "Asia/Tokyo")],
        (Verb::Post, "/console/{slug}/policy") => policy_form("7", "1"),
        (Verb::Post, path) => panic!("{path} has no sample form"),
    };
    (path, form)
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Rows {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
}

/// How many rows each table has and when one of them was changed last, as far as it says so.
fn fingerprint(office: &Office) -> Vec<Rows> {
    let url = office.home.url();
    let mut db = url.open_writer().unwrap();
    let (tables, columns) = if url.is_sqlite() {
        (
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' \
             AND name NOT LIKE 'sqlite%' ORDER BY name",
            "SELECT m.name || '.' || c.name AS name FROM sqlite_schema m \
             JOIN pragma_table_info(m.name) c WHERE c.name = 'updated_at'",
        )
    } else {
        (
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' \
             AND tablename NOT LIKE '\\_\\_%' ORDER BY 1",
            "SELECT table_name || '.' || column_name AS name FROM information_schema.columns \
             WHERE table_schema = 'public' AND column_name = 'updated_at'",
        )
    };
    let names = |db: &mut _, query: &str| -> Vec<String> {
        sql_query(query).load::<Name>(db).unwrap().into_iter().map(|found| found.name).collect()
    };
    let dated = names(&mut db, columns);
    // Nodes and refusals are the server's own housekeeping.
    let tables = names(&mut db, tables).into_iter().filter(|name| name != "nodes");
    let mut found = Vec::new();
    for name in tables {
        let last = match dated.contains(&format!("{name}.updated_at")) {
            true => "CAST(coalesce(sum(updated_at), 0) AS BIGINT)",
            false => "CAST(0 AS BIGINT)",
        };
        let query =
            format!("SELECT '{name}' AS name, count(*) AS rows, {last} AS last FROM {name}");
        found.extend(sql_query(query).load::<Rows>(&mut db).unwrap());
    }
    assert!(found.len() > 20);
    found
}

/// What is wrong with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    NoToken,
    AnothersToken,
    AnotherSite,
}

const FLAWS: [Flaw; 4] = [Flaw::NoToken, Flaw::AnothersToken, Flaw::AnotherSite, Flaw::None];

async fn ask(who: &Worker, other: &Worker, page: &Page, slug: &str, flaw: Flaw) -> Answer {
    let (path, mut form) = sample(page, slug);
    if page.verb == Verb::Get {
        return who.get(&path).await;
    }
    match flaw {
        Flaw::None | Flaw::AnotherSite => form.push(("form_token", who.token.clone().leak())),
        Flaw::AnothersToken => form.push(("form_token", other.token.clone().leak())),
        Flaw::NoToken => {}
    }
    let site = if flaw == Flaw::AnotherSite { "same-site" } else { "same-origin" };
    let request = who.client.request(Method::POST, &path).form(&form);
    Client::send(request.header("sec-fetch-site", site)).await
}

#[test]
fn no_page_succeeds_for_who_may_not() {
    let office = Office::open();
    let other = office.staff("other", Some(&office.globex), Role::Owner);
    let (mut asked, mut refused) = (0, 0);
    for role in Role::ALL {
        let worker = office.staff(role.as_str(), Some(&office.acme), role);
        let before = fingerprint(&office);
        for page in console::pages().filter(|page| page.path != "/console/sign-out") {
            for slug in ["acme", "globex"] {
                let flaws = if page.verb == Verb::Get { &FLAWS[3..] } else { &FLAWS[..3] };
                for flaw in flaws {
                    asked += 1;
                    let answer = block_on(ask(&worker, &other, page, slug, *flaw));
                    let may = page.verb == Verb::Get
                        && match page.may {
                            May::Anyone => false,
                            May::Staff => true,
                            May::These(roles) => slug == "acme" && roles.contains(&role),
                        };
                    let what = format!("{} as {} in {slug}, {flaw:?}", page.path, role.as_str());
                    match (may, answer.status) {
                        (true, 200 | 303) => {}
                        (false, 403 | 404) => refused += 1,
                        (_, status) => panic!("{what}: {status}"),
                    }
                }
            }
        }
        assert_eq!(fingerprint(&office), before, "as {}", role.as_str());
    }
    assert!(asked > 40 && refused > 20, "{asked} {refused}");
}

#[test]
fn a_form_that_is_allowed_does_what_it_says() {
    let office = Office::open();
    let other = office.staff("other", Some(&office.globex), Role::Owner);
    let owner = office.staff("owner", Some(&office.acme), Role::Owner);
    for page in console::pages().filter(|page| page.verb == Verb::Post) {
        if matches!(page.may, May::Anyone) || page.path == "/console/sign-out" {
            continue;
        }
        let before = fingerprint(&office);
        office.app.advance(lockkeeper::model::Span(1_000));
        let answer = block_on(ask(&owner, &other, page, "acme", Flaw::None));
        assert_eq!(answer.status, 303, "{}: {}", page.path, answer.body);
        assert_ne!(fingerprint(&office), before, "{} changed nothing", page.path);
    }
}

#[test]
fn without_a_session_every_page_leads_to_the_sign_in_and_changes_nothing() {
    let office = Office::open();
    let other = office.staff("other", Some(&office.globex), Role::Owner);
    let before = fingerprint(&office);
    for page in console::pages().filter(|page| !matches!(page.may, May::Anyone)) {
        let stranger = office.visitor();
        let answer = block_on(ask(&stranger, &other, page, "acme", Flaw::AnothersToken));
        assert_eq!(answer.status, 303, "{}", page.path);
        assert!(answer.header("location").starts_with("/t/console/sign-in"), "{}", page.path);
    }
    assert_eq!(fingerprint(&office), before);
}
