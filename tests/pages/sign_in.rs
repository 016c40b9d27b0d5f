//! The sign-in form and its answers.

use lockkeeper::model::{Count, Span};
use lockkeeper::store::users::Standing;

use super::*;
use crate::harness::client::block_on;

#[test]
fn the_form_is_empty_and_asks_for_two_things() {
    let house = House::open();
    block_on(async {
        let answer = house.visitor().get("/t/acme/sign-in").await;
        assert_page(&answer, 200, &["name=\"identifier\"", "name=\"password\"", "acme Ltd"]);
        assert!(answer.set_cookies().is_empty());
        assert_eq!(house.visitor().head("/t/acme/sign-in").await.status, 200);
        assert_sent(&house.visitor().get("/t/acme").await, "/t/acme/sign-in");
    });
}

#[test]
fn a_right_password_leads_to_the_account_page() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let answer = visitor.sign_in(ALEX, PASSWORD).await;
        assert_sent(&answer, "/t/acme/account");
        let cookies = answer.set_cookies();
        let cookie = cookies.values().find(|line| line.starts_with("__client_")).unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert_page(&visitor.get("/t/acme/account").await, 200, &[ALEX, "You are signed in"]);
        // Who is signed in already has nothing to do here.
        assert_sent(&visitor.get("/t/acme/sign-in").await, "/t/acme/account");
    });
}

#[test]
fn what_is_missing_or_odd_comes_back_to_be_mended() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        for (identifier, password, words) in [
            ("", "", "Enter your"),
            ("", "x", "Enter your"),
            (ALEX, "", "Enter your password"),
            ("a@b@c", "x", "aria-invalid"),
        ] {
            let answer = visitor.sign_in(identifier, password).await;
            assert_page(&answer, 422, &[words, "<title>Error: "]);
        }
        let hashes = house.app.metrics.value(Count::PasswordHashes);
        let long = "x".repeat(1025);
        assert_page(&visitor.sign_in(ALEX, &long).await, 422, &["<title>Error: "]);
        assert_eq!(house.app.metrics.value(Count::PasswordHashes), hashes);
        let long = "x".repeat(60_000);
        let answer = visitor.sign_in(&long, "x").await;
        assert_page(&answer, 422, &[]);
        assert!(answer.body.len() < 10_000);
        assert_page(&visitor.sign_in(&"x".repeat(70_000), "x").await, 413, &["too much"]);
    });
}

#[test]
fn the_identifier_is_kept_and_escaped_and_the_password_is_not() {
    let house = House::open();
    block_on(async {
        let answer = house.visitor().sign_in("\"><b>x@y.test", "geheim-77").await;
        assert_eq!(answer.status, 422);
        assert!(!answer.body.contains("<b>x") && !answer.body.contains("geheim-77"));
        let answer = house.visitor().sign_in(ALEX, "geheim-77").await;
        assert_page(&answer, 422, &["value=\"alex@acme.test\""]);
        assert!(!answer.body.contains("geheim-77"));
    });
}

#[test]
fn tries_left_are_said_from_two_down_and_alike_for_nobody() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        for number in 1..=7 {
            let known = visitor.sign_in(ALEX, "wrong").await;
            let unknown = visitor.sign_in("nobody@acme.test", "wrong").await;
            assert_eq!(known.status, 422);
            assert_eq!(masked(&known.body, ALEX), masked(&unknown.body, "nobody@acme.test"));
            assert_eq!(known.body.contains("2 tries left"), number == 6, "{number}");
            assert_eq!(known.body.contains("1 try left"), number == 7, "{number}");
        }
        let known = visitor.sign_in(ALEX, "wrong").await;
        let unknown = visitor.sign_in("nobody@acme.test", "wrong").await;
        assert_page(&known, 403, &["Sign-in is locked"]);
        assert_eq!(known.header("retry-after"), unknown.header("retry-after"));
        assert_eq!(masked(&known.body, ALEX), masked(&unknown.body, "nobody@acme.test"));
    });
}

#[test]
fn only_listed_addresses_are_returned_to() {
    let app = TestApp::start();
    let acme = app.tenant("acme", None);
    let change = lockkeeper::store::tenants::TenantChange {
        redirect_urls: Some("[\"https://app.acme.test/in\"]".to_owned()),
        ..Default::default()
    };
    block_on(app.tenants.update_tenant(&acme.profile, change, "test")).unwrap();
    app.user(&acme, ALEX, PASSWORD);
    block_on(async {
        let origin = app.base();
        let visitor = || Visitor { client: app.client(), origin: origin.clone() };
        let form = |target: &'static str| {
            [("identifier", ALEX), ("password", PASSWORD), ("redirect_url", target)]
        };
        for target in ["https://app.acme.test/in/x?a=1", "/t/acme/support"] {
            let answer = visitor().post("/t/acme/sign-in", &form(target)).await;
            assert_sent(&answer, target);
        }
        for target in [
            "https://evil.test/",
            "//evil.test",
            "/\\evil.test",
            "https://app.acme.test.evil.test/in",
            "https://app.acme.test@evil.test/in",
            "https://app.acme.test/other",
            "https:evil.test",
            "javascript:alert(1)",
            "/t/..//evil.test",
            "/%0d%0aset-cookie:x=1\r\n",
        ] {
            let answer = visitor().post("/t/acme/sign-in", &form(target)).await;
            assert_sent(&answer, "/t/acme/account");
            let query = url::form_urlencoded::byte_serialize(target.as_bytes()).collect::<String>();
            let page = visitor().get(&format!("/t/acme/sign-in?redirect_url={query}")).await;
            assert_page(&page, 200, &[]);
            assert!(!page.body.contains("evil") && !page.body.contains("javascript"), "{target}");
        }
        let target = "https://app.acme.test/in?a=%22%3E";
        let query = url::form_urlencoded::byte_serialize(target.as_bytes()).collect::<String>();
        let page = visitor().get(&format!("/t/acme/sign-in?redirect_url={query}")).await;
        assert_page(&page, 200, &["value=\"https://app.acme.test/in?a=%22%3E\""]);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("form-action 'self' https://app.acme.test;"), "{policy}");
    });
}

#[test]
fn a_form_from_another_site_is_refused_before_anything_is_counted() {
    let house = House::open();
    block_on(async {
        let client = house.app.client();
        let fields = [("identifier", ALEX), ("password", PASSWORD)];
        for headers in [
            vec![("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")],
            vec![("sec-fetch-site", "same-site")],
            vec![("origin", "https://evil.test")],
            vec![("origin", "null")],
            vec![("referer", "https://evil.test/")],
        ] {
            let mut request = client.request(Method::POST, "/t/acme/sign-in").form(&fields);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let answer = checked(Client::send(request).await);
            assert_page(&answer, 403, &["Sent from another page"]);
            assert!(answer.set_cookies().is_empty());
        }
        assert_eq!(house.app.metrics.value(Count::PasswordHashes), 1, "only Alex's own");
    });
}

#[test]
fn what_no_browser_sent_needs_no_header_of_one() {
    let house = House::open();
    block_on(async {
        let fields = [("identifier", ALEX), ("password", PASSWORD)];
        let answer = house.app.client().post_form("/t/acme/sign-in", &fields).await;
        assert_sent(&checked(answer), "/t/acme/account");
    });
}

/// Posts these bytes as a form of our own page.
async fn post_bytes(house: &House, path: &str, body: Vec<u8>) -> Answer {
    let request = house.app.client().request(Method::POST, path).body(body);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    checked(Client::send(request.header("sec-fetch-site", "same-origin")).await)
}

#[test]
fn a_body_of_ten_mebibytes_and_a_password_of_one_are_too_much_and_cost_nothing() {
    let house = House::open();
    block_on(async {
        let hashes = house.app.metrics.value(Count::PasswordHashes);
        for (lead, size) in [("", 10 << 20), ("identifier=alex%40acme.test&password=", 1 << 20)] {
            let mut body = lead.as_bytes().to_vec();
            body.resize(size, b'x');
            assert_page(&post_bytes(&house, "/t/acme/sign-in", body).await, 413, &["too much"]);
        }
        assert_eq!(house.app.metrics.value(Count::PasswordHashes), hashes);
        assert_sent(&house.visitor().sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}

#[test]
fn broken_utf_8_did_not_arrive_whole() {
    let house = House::open();
    block_on(async {
        let raw = b"identifier=alex%40acme.test&password=\xff\xfe".to_vec();
        let escaped = b"identifier=%ff%fe&password=x".to_vec();
        for body in [raw, escaped] {
            let answer = post_bytes(&house, "/t/acme/sign-in", body).await;
            assert_page(&answer, 400, &["That did not arrive whole"]);
        }
    });
}

#[test]
fn a_field_that_is_missing_is_asked_for() {
    let house = House::open();
    block_on(async {
        for (body, words) in [
            ("", "Enter your e-mail address"),
            ("identifier=alex%40acme.test", "Enter your password"),
            ("password=x", "Enter your e-mail address"),
            ("identifier&password", "Enter your password"),
        ] {
            let answer = post_bytes(&house, "/t/acme/sign-in", body.into()).await;
            assert_page(&answer, 422, &[words, "<title>Error: "]);
        }
    });
}

#[test]
fn at_a_tenant_that_does_not_exist_there_is_nothing_to_sign_in_to() {
    let house = House::open();
    block_on(async {
        let body = b"identifier=alex%40acme.test&password=x".to_vec();
        let answer = post_bytes(&house, "/t/nobody/sign-in", body).await;
        assert_page(&answer, 404, &["no sign-in page"]);
        let other = house.app.client().request(Method::DELETE, "/t/nobody/sign-in");
        assert_page(&checked(Client::send(other).await), 404, &["no sign-in page"]);
    });
}

#[test]
fn a_banned_user_is_sent_to_support() {
    let house = House::open();
    block_on(async {
        house
            .app
            .tenants
            .set_standing(&house.acme.profile, house.alex.clone(), Standing::Banned)
            .await
            .unwrap();
        let answer = house.visitor().sign_in(ALEX, PASSWORD).await;
        assert_page(&answer, 403, &["Sign-in is not possible", "href=\"/t/acme/support\""]);
    });
}

#[test]
fn paths_and_methods_that_do_not_exist_have_a_page() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        assert_page(&visitor.get("/t/nobody/sign-in").await, 404, &["no sign-in page"]);
        assert_page(&visitor.get("/t/acme/nothing").await, 404, &["acme Ltd", "no such page"]);
        assert_page(&visitor.get("/nothing/at/all").await, 404, &["no such page"]);
        assert_page(&visitor.get("/t/UPPER!/sign-in").await, 404, &[]);
        assert_page(&visitor.get("/").await, 200, &["Lockkeeper server"]);
        assert_page(&visitor.post("/demo/clock", &[("advance", "1h")]).await, 404, &[]);
        let answer = visitor.client.request(Method::DELETE, "/t/acme/sign-in");
        let answer = checked(Client::send(answer).await);
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, POST"));
        assert_page(&answer, 405, &["acme Ltd", "<h1>This page works another way</h1>"]);
        let answer = visitor.client.request(Method::PUT, "/mailbox");
        let answer = checked(Client::send(answer).await);
        assert_page(&answer, 405, &["<h1>This page works another way</h1>"]);
        let api = house.app.client().get("/t/acme/v1/nothing").await;
        assert_eq!((api.status, api.header("content-type")), (404, "application/json"));
    });
}

#[test]
fn stylesheets_are_kept_for_a_year_under_the_hash_of_their_content() {
    let app = TestApp::start();
    let acme = app.tenant("acme", None);
    let change = lockkeeper::store::tenants::TenantChange {
        brand_color: Some(Some("#5B3FD6".to_owned())),
        ..Default::default()
    };
    block_on(app.tenants.update_tenant(&acme.profile, change, "test")).unwrap();
    block_on(async {
        let page = app.client().get("/t/acme/sign-in").await;
        let sheets: Vec<_> = page.body.split("rel=\"stylesheet\" href=\"").skip(1).collect();
        assert_eq!(sheets.len(), 2, "{}", page.body);
        for sheet in sheets {
            let sheet = app.client().get(sheet.split('"').next().unwrap()).await;
            assert_eq!(
                (sheet.status, sheet.header("content-type")),
                (200, "text/css; charset=utf-8")
            );
            assert_eq!(sheet.header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(sheet.header("x-content-type-options"), "nosniff");
        }
        assert_eq!(app.client().get("/assets/lockkeeper.css").await.status, 404);
        assert_eq!(app.client().get("/t/acme/assets/brand.0.css").await.status, 404);
    });
}

#[test]
fn a_lock_that_ends_by_itself_lets_the_same_form_in() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        house.app.advance(Span::MINUTE);
        assert_sent(&visitor.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}
