//! clerk-js without its widgets, as an app with forms of its own calls it: signing in, failing until
//! the account is locked, unlocked by the tenant's server, signing out.

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::page::{self, Major, Page};
use super::{Keys, PASSWORD, Site};
use crate::harness::browser::{Look, browse};

const ALEX: &str = "alex@acme.test";

#[test]
fn clerk_js_signs_in_and_shows_a_lock() {
    journey(Major::Six, Keys::Live);
}

#[test]
fn clerk_js_works_with_the_keys_of_a_development_tenant() {
    journey(Major::Six, Keys::Development);
}

#[test]
fn clerk_js_of_the_major_before_signs_in_and_shows_a_lock() {
    journey(Major::Five, Keys::Live);
}

#[test]
fn clerk_js_of_the_major_before_works_with_the_keys_of_a_development_tenant() {
    journey(Major::Five, Keys::Development);
}

#[test]
fn clerk_js_in_a_mobile_apps_shell_needs_no_cookie() {
    native(Major::Six);
}

#[test]
fn clerk_js_of_the_major_before_in_a_mobile_apps_shell_needs_no_cookie() {
    native(Major::Five);
}

fn native(major: Major) {
    let site = Site::open(Keys::Live);
    let alex = site.user(ALEX);
    let url = page::app(&site, major);
    browse(Look::default(), async |driver| {
        let page = Page::open_native(&driver, &url, major).await?;
        let error = page.refuses(&whole("wrong")).await?;
        assert_eq!(error["errors"][0]["code"], "form_password_incorrect", "{error:#}");
        assert_eq!(page.does(&in_two_steps()).await?, json!(["complete", alex]));
        let kept = page.does("return [window.token, Clerk.session.id]").await?;
        assert!(kept[0].as_str().unwrap().len() > 40, "{kept}");
        let token = page.does("return Clerk.session.getToken({ skipCache: true })").await?;
        assert_eq!(token.as_str().unwrap().split('.').count(), 3, "{token}");
        // Cookies know no ports: the app's page would have the server's.
        let cookies = driver.get_all_cookies().await?;
        let names: Vec<String> = cookies.into_iter().map(|cookie| cookie.name).collect();
        assert_eq!(names, [""; 0]);
        Ok(())
    });
}

fn journey(major: Major, keys: Keys) {
    let site = Site::open(keys);
    let alex = site.user(ALEX);
    let url = page::app(&site, major);
    browse(Look::default(), async |driver| {
        let page = Page::open(&driver, &url, major).await?;
        let found = "return [Clerk.loaded, Clerk.client.sessions.length, Clerk.user]";
        assert_eq!(page.does(found).await?, json!([true, 0, null]));
        let named = format!("return {}.displayConfig.applicationName", major.environment());
        assert_eq!(page.does(&named).await?, "Acme");
        fails_until_locked(&page).await?;
        // Knowing the password does not help now.
        let locked = page.refuses(&whole(PASSWORD)).await?;
        assert_locked(&locked);
        unlock(&site, &alex).await;
        signs_in(&page, &alex).await?;
        signs_out(&page).await
    });
}

/// Five wrong passwords: by themselves after the identifier, then in one call with it.
async fn fails_until_locked(page: &Page<'_>) -> WebDriverResult<()> {
    let named = format!(
        "const signIn = await Clerk.client.signIn.create({{ identifier: '{ALEX}' }});
         return [signIn.status, signIn.supportedFirstFactors.map((factor) => factor.strategy)]"
    );
    let [status, factors] = pair(page.does(&named).await?);
    assert_eq!(status, "needs_first_factor");
    assert!(factors.as_array().unwrap().contains(&json!("password")), "{factors}");

    for wrong in 1..=5 {
        let call = match wrong {
            1 | 2 => attempt("wrong"),
            _ => whole("wrong"),
        };
        let error = page.refuses(&call).await?;
        if wrong == 5 {
            assert_locked(&error);
            break;
        }
        assert_eq!(error["response_error"], true, "{error:#}");
        assert_eq!((&error["status"], &error["locked"]), (&json!(422), &json!(false)));
        let first = &error["errors"][0];
        assert_eq!(
            (&first["code"], &first["paramName"]),
            (&json!("form_password_incorrect"), &json!("password"))
        );
        // What is left stands in the words, which are what an app shows.
        let said = first["longMessage"].as_str().unwrap();
        let left = ["", "", "2 tries left", "1 try left"][wrong - 1];
        assert!(said.starts_with("The password is incorrect.") && said.contains(left), "{said}");
        assert_eq!(error["errors"].as_array().unwrap().len(), if left.is_empty() { 1 } else { 2 });
    }
    Ok(())
}

async fn signs_in(page: &Page<'_>, alex: &str) -> WebDriverResult<()> {
    assert_eq!(page.does(&in_two_steps()).await?, json!(["complete", alex]));
    page.reload().await?;
    let kept = "return [Clerk.user.id, Clerk.user.primaryEmailAddress.emailAddress]";
    assert_eq!(page.does(kept).await?, json!([alex, ALEX]));
    let token = page.does("return Clerk.session.getToken({ skipCache: true })").await?;
    assert_eq!(token.as_str().unwrap().split('.').count(), 3, "{token}");
    Ok(())
}

async fn signs_out(page: &Page<'_>) -> WebDriverResult<()> {
    let call = "await Clerk.signOut(() => {}); return [Clerk.user, Clerk.client.sessions.length]";
    assert_eq!(page.does(call).await?, json!([null, 0]));
    page.reload().await?;
    assert_eq!(page.does("return Clerk.user").await?, Value::Null);
    Ok(())
}

/// The sentence says until when in words: that is all that reaches a reader.
pub(super) fn assert_locked(error: &Value) {
    assert_eq!(
        (&error["response_error"], &error["locked"]),
        (&json!(true), &json!(true)),
        "{error:#}"
    );
    assert_eq!(error["status"], 403);
    let entry = &error["errors"][0];
    assert_eq!(
        (&entry["code"], &entry["message"]),
        (&json!("user_locked"), &json!("Account locked"))
    );
    assert_eq!(
        entry["longMessage"],
        "Your account is locked. You can try again in 10 minutes. \
         For more information, contact support."
    );
}

/// The tenant's own server does it, beside the browser's runtime.
async fn unlock(site: &Site, user: &str) {
    let path = format!("{}/v1/users/{user}/unlock", site.server.base());
    let call = reqwest::Client::builder().no_proxy().build().unwrap().post(path);
    let answer = call.bearer_auth(site.key("secret_key")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// A password for the sign-in that has begun.
fn attempt(password: &str) -> String {
    format!(
        "return Clerk.client.signIn.attemptFirstFactor({{
             strategy: 'password', password: '{password}',
         }})"
    )
}

/// A sign-in in one call.
fn whole(password: &str) -> String {
    format!("return Clerk.client.signIn.create({{ identifier: '{ALEX}', password: '{password}' }})")
}

/// The right password after the identifier; the status and the user of the session.
fn in_two_steps() -> String {
    format!(
        "const signIn = await Clerk.client.signIn.create({{ identifier: '{ALEX}' }});
         const done = await signIn.attemptFirstFactor({{
             strategy: 'password', password: '{PASSWORD}',
         }});
         await Clerk.setActive({{ session: done.createdSessionId }});
         return [done.status, Clerk.user.id]"
    )
}

fn pair(value: Value) -> [Value; 2] {
    serde_json::from_value(value).unwrap()
}
