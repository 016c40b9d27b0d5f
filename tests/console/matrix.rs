//! Every page × every role × whose tenant × with and without what proves a form: made from the table
//! of pages, so that a page that is added is asked, too. Nothing succeeds that the table does not
//! allow, and what is refused changes no row.

mod things;

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use lockkeeper::web::console;
use lockkeeper::web::page_table::{May, Page, Verb};
use reqwest::Method;

use super::policy::policy_form;
use super::{Office, Worker};
use crate::harness::client::{Answer, Client, block_on};

use things::{ACMES, GLOBEXES, Ids, ROWS, URL, seed, staged};

/// The stream of tries, which never ends where it may be had; `attacks` asks that.
const FEED: &str = "/console/{slug}/attacks/feed";

fn pages() -> impl Iterator<Item = &'static Page> {
    console::pages().filter(|page| page.path != FEED)
}

/// Forms whose answer shows a secret this once, and therefore leads nowhere.
const SHOWN_ONCE: [&str; 3] = [
    "/console/{slug}/keys",
    "/console/{slug}/webhooks",
    "/console/{slug}/webhooks/{endpoint}/secret",
];

/// Shows a draft and writes nothing.
const IMPORT: &str = "/console/{slug}/policy/import";

/// Where a file of users is sent.
const FILE: &str = "/console/{slug}/users/import";

/// An office whose tenants have a request, a user, a key, an endpoint and a campaign each.
fn office() -> Office {
    let office = Office::open();
    seed(&office, &office.acme, &ACMES);
    seed(&office, &office.globex, &GLOBEXES);
    office
}

/// The path of a page in a tenant's console, and what its form sends, about what `ids` name.
fn sample(page: &Page, slug: &str, ids: &Ids) -> (String, Vec<(&'static str, &'static str)>) {
    let path = page.path.replace("{slug}", slug).replace("{secret}", &"x".repeat(32));
    let path = path.replace("{reference}", ids.reference).replace("{user}", ids.user);
    let path = path.replace("{key}", ids.key).replace("{endpoint}", ids.endpoint);
    let path = path.replace("{message}", ids.message);
    let path = path.replace("{campaign}", ids.campaign);
    let path = path.replace("{version}", "1");
    let path = path.replace("{member}", ids.member).replace("{invite}", ids.key);
    let waits = path.ends_with("/prove");
    let path = path.replace("{name}", if waits { ids.waiting } else { ids.address });
    assert!(!path.contains('{'), "{}: name what stands for its parameters", page.path);
    let form = match (page.verb, page.path) {
        (Verb::Get, _) | (Verb::Post, "/console/sign-out" | "/console/welcome/{secret}") => vec![],
        (Verb::Post, "/console/me") => vec![("scheme", "dark"), ("zone", "Asia/Tokyo")],
        (Verb::Post, "/console/{slug}/policy") => policy_form("7", "1"),
        (Verb::Post, "/console/{slug}/policy/versions/{version}/back") => {
            vec![("reason", "Back to version 1"), ("made_over", "2")]
        }
        (Verb::Post, "/console/{slug}/policy/overlay") => {
            vec![("preset", "strict"), ("length", "2h"), ("reason", "an attack")]
        }
        (Verb::Post, "/console/{slug}/policy/overlay/end") => vec![],
        (Verb::Post, "/console/{slug}/settings") => {
            vec![("sign_up", "public"), ("zone", "Asia/Tokyo"), ("origins", "https://app.test")]
        }
        (Verb::Post, "/console/{slug}/test-lock") => vec![("identifier", "test@acme.test")],
        (Verb::Post, "/console/{slug}/policy/shadow") => {
            vec![("preset", "strict"), ("reason", "before we dare it")]
        }
        (Verb::Post, "/console/{slug}/policy/shadow/end") => vec![],
        (Verb::Post, IMPORT) => vec![("text", "max_attempts = 6")],
        (Verb::Post, "/console/{slug}/inbox/{reference}") => {
            vec![("deed", "note"), ("version", "1"), ("body", "Looked at it")]
        }
        (Verb::Post, "/console/{slug}/attacks/{campaign}") => vec![("reason", "An attack")],
        (Verb::Post, "/console/{slug}/inbox/canned") => {
            vec![("title", "Hello"), ("locale", "en"), ("body", "Hello {{name}}")]
        }
        (Verb::Post, "/console/{slug}/locks/{user}/lock") => {
            vec![("duration", "2h"), ("reason", "Left the firm")]
        }
        (Verb::Post, "/console/{slug}/locks/{user}/unlock") => vec![("reason", "Came back")],
        (Verb::Post, "/console/{slug}/locks/{user}/mail") => vec![],
        (Verb::Post, "/console/{slug}/locks/many") => {
            vec![("user", ids.user), ("deed", "lock"), ("reason", "Left the firm")]
        }
        (Verb::Post, FILE) => vec![("rows", ROWS)],
        (Verb::Post, path) if path.starts_with(FILE) => vec![("import", ids.import)],
        (Verb::Post, "/console/{slug}/users/new") => vec![("username", "newcomer")],
        (Verb::Post, "/console/{slug}/users/{user}/edit") => vec![("first_name", "Una")],
        (Verb::Post, "/console/{slug}/users/{user}/emails") => vec![("email", "una@more.test")],
        (Verb::Post, "/console/{slug}/users/{user}/phones") => {
            vec![("phone", "+43 660 1234567"), ("proved", "on")]
        }
        (Verb::Post, "/console/{slug}/users/{user}/username") => vec![("username", "una2")],
        (Verb::Post, "/console/{slug}/users/{user}/password") => vec![("password", "una's own")],
        (Verb::Post, path) if path.ends_with("/prove") || path.ends_with("/primary") => vec![],
        (Verb::Post, path) if path.starts_with("/console/{slug}/users/{user}/") => {
            vec![("reason", "It was agreed")]
        }
        (Verb::Post, "/console/{slug}/inbox/bulk") => {
            vec![("deed", "close"), ("pick", ids.picked)]
        }
        (Verb::Post, "/console/{slug}/alerts") => vec![("deed", "mute-day")],
        (Verb::Post, "/console/{slug}/mail") => vec![("deed", "remove")],
        (Verb::Post, "/console/{slug}/branding") => vec![("name", "Acme"), ("colour", "#FFD400")],
        (Verb::Post, "/console/{slug}/branding/logo") => {
            vec![("which", "logo"), ("deed", "remove")]
        }
        (Verb::Post, "/console/{slug}/keys") => vec![("name", "Billing")],
        (Verb::Post, "/console/{slug}/keys/{key}/revoke") => vec![],
        (Verb::Post, "/console/{slug}/team") => {
            vec![("role", "support"), ("address", "new@acme.test"), ("locale", "de")]
        }
        (Verb::Post, "/console/{slug}/team/{member}") => vec![("role", "auditor")],
        (Verb::Post, path) if path.starts_with("/console/{slug}/team/") => vec![],
        (Verb::Post, "/console/{slug}/webhooks") => vec![("url", URL)],
        (Verb::Post, "/console/{slug}/webhooks/{endpoint}") => vec![("deed", "save"), ("url", URL)],
        (Verb::Post, path) if path.starts_with("/console/{slug}/webhooks/{endpoint}/") => vec![],
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
    // The server's own housekeeping.
    let own = ["nodes", "tallies", "traffic", "audit_heads"];
    let tables = names(&mut db, tables).into_iter().filter(|name| !own.contains(&name.as_str()));
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
    let (path, mut form) = sample(page, slug, Ids::of(slug));
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
    let office = office();
    let other = office.staff("other", Some(&office.globex), Role::Owner);
    let (mut asked, mut refused) = (0, 0);
    for role in Role::ALL {
        let worker = office.staff(role.as_str(), Some(&office.acme), role);
        let before = fingerprint(&office);
        for page in console::pages().filter(|page| page.path != "/console/sign-out") {
            for slug in ["acme", "globex"] {
                let may = match page.may {
                    // An invitation that nobody was sent.
                    May::Anyone => false,
                    May::Staff => true,
                    May::These(roles) => slug == "acme" && roles.contains(&role),
                };
                let flaws = match page.verb {
                    Verb::Get if may && page.path == FEED => &[],
                    Verb::Get => &FLAWS[3..],
                    // A form without a flaw is refused for who sends it.
                    Verb::Post if may => &FLAWS[..3],
                    Verb::Post => &FLAWS[..],
                };
                for flaw in flaws {
                    asked += 1;
                    let answer = block_on(ask(&worker, &other, page, slug, *flaw));
                    let what = format!("{} as {} in {slug}, {flaw:?}", page.path, role.as_str());
                    match (may && *flaw == Flaw::None, answer.status) {
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

/// By itself: it would end the session of all that the others ask.
#[test]
fn nobody_is_signed_out_by_a_form_that_is_not_theirs() {
    let office = office();
    let other = office.staff("other", Some(&office.globex), Role::Owner);
    let owner = office.staff("owner", Some(&office.acme), Role::Owner);
    let out = pages().find(|page| page.path == "/console/sign-out").unwrap();
    for flaw in [Flaw::NoToken, Flaw::AnothersToken, Flaw::AnotherSite] {
        assert_eq!(block_on(ask(&owner, &other, out, "acme", flaw)).status, 403, "{flaw:?}");
        assert_eq!(block_on(owner.get("/console/acme/overview")).status, 200, "{flaw:?}");
    }
    assert_eq!(block_on(ask(&owner, &other, out, "acme", Flaw::None)).status, 303);
    assert_eq!(block_on(owner.get("/console/acme/overview")).status, 303);
}

#[test]
fn a_form_that_is_allowed_does_what_it_says() {
    let office = office();
    let other = office.staff("other", Some(&office.globex), Role::Owner);
    let owner = office.staff("owner", Some(&office.acme), Role::Owner);
    for page in pages().filter(|page| page.verb == Verb::Post) {
        if matches!(page.may, May::Anyone) || page.path == "/console/sign-out" {
            continue;
        }
        if page.path.starts_with(FILE) {
            staged(&office, &office.acme, &ACMES);
        }
        let before = fingerprint(&office);
        office.app.advance(Span::SECOND);
        let answer = block_on(ask(&owner, &other, page, "acme", Flaw::None));
        // A form over several tells of each at once; a secret is shown this once.
        let shown = page.path.ends_with("/bulk") || SHOWN_ONCE.contains(&page.path);
        let done = if shown { 200 } else { 303 };
        assert_eq!(answer.status, done, "{}: {}", page.path, answer.body);
        if page.path == IMPORT {
            continue;
        }
        assert_ne!(fingerprint(&office), before, "{} changed nothing", page.path);
    }
}

#[test]
fn without_a_session_every_page_leads_to_the_sign_in_and_changes_nothing() {
    let office = office();
    let other = office.staff("other", Some(&office.globex), Role::Owner);
    let before = fingerprint(&office);
    for page in pages().filter(|page| !matches!(page.may, May::Anyone)) {
        let stranger = office.visitor();
        let answer = block_on(ask(&stranger, &other, page, "acme", Flaw::AnothersToken));
        assert_eq!(answer.status, 303, "{}", page.path);
        assert!(answer.header("location").starts_with("/t/console/sign-in"), "{}", page.path);
    }
    assert_eq!(fingerprint(&office), before);
}

/// Whether a form names what it is about, and not the address.
fn names_something(page: &Page) -> bool {
    let about_a_file = page.path.starts_with(FILE) && page.path != FILE;
    let picked = page.path.ends_with("/inbox/bulk") || page.path.ends_with("/locks/many");
    page.verb == Verb::Post && (about_a_file || picked)
}

/// What a tenant alone has is for another one's owner as little there as what nobody has.
#[test]
fn what_another_tenant_has_is_not_there() {
    let office = Office::open();
    seed(&office, &office.globex, &GLOBEXES);
    let other = office.staff("other", Some(&office.globex), Role::Owner);
    let saved = block_on(other.post("/console/globex/policy", &policy_form("7", "1")));
    assert_eq!(saved.status, 303);
    let owner = office.staff("owner", Some(&office.acme), Role::Owner);
    let before = fingerprint(&office);
    let mut asked = 0;
    for page in pages() {
        // Beside the tenant's.
        let named = page.path.matches('{').count() > 1;
        if !named && !names_something(page) {
            continue;
        }
        let (path, form) = sample(page, "acme", &GLOBEXES);
        let mut path = path.replace("/versions/1", "/versions/2");
        if page.path.starts_with("/console/{slug}/policy/replay/") {
            // Without a draft there is nothing to ask for anybody.
            path.push_str("?preset=strict");
        }
        let answer = block_on(async {
            match page.verb {
                Verb::Get => owner.get(&path).await,
                Verb::Post => owner.post(&path, &form).await,
            }
        });
        assert!(!named || answer.status == 404, "{path}: {} {}", answer.status, answer.body);
        asked += 1;
    }
    assert_eq!(fingerprint(&office), before);
    assert!(asked > 30, "{asked}");
}
