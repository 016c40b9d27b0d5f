//! A lock tried out: a test user is locked by real wrong passwords, and the page shows what its owner
//! would meet.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::policy::one_line;
use super::view::frame::Entry;
use super::view::test_lock::{TestFault, TestLockPage, TestMail, TestResult};
use crate::model::{Identifier, IdentifierKind, UserId};
use crate::tenant::{NoTest, TestLock};
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, Verb};

const PATH: &str = "/console/{slug}/test-lock";
/// Longest identifier looked at, in characters.
const MAX_TYPED: usize = 254;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(EDITORS),
        states: &["ask", "locked", "over"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["no-address", "taken", "never"],
        route: || web::to(lock),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let mut page = page(desk, own_address(desk));
    if let Some(user) = query.raw("user") {
        let user = UserId::parse(user).ok_or_else(|| desk.not_found())?;
        page.result = Some(result(desk, user).await?);
    }
    Ok(desk.page(StatusCode::OK, &page))
}

fn page(desk: &Desk, typed: String) -> TestLockPage {
    TestLockPage {
        frame: desk.frame(Entry::Overview),
        path: desk.path("/test-lock"),
        overview_path: desk.path("/overview"),
        sign_in_path: format!("{}/sign-in", desk.profile.base_path),
        typed,
        fault: None,
        result: None,
    }
}

/// The address of whoever asks, marked so that it is nobody's account.
fn own_address(desk: &Desk) -> String {
    let names = &desk.staff().record.identifications;
    let own = names.iter().find(|name| name.kind == IdentifierKind::EmailAddress.as_str());
    own.map(|name| name.value.replacen('@', "+lock-test@", 1)).unwrap_or_default()
}

/// How the account stands; one of this tenant only.
async fn result(desk: &Desk, user: UserId) -> Result<TestResult, HttpResponse> {
    let read = desk.tenants().lock_facts(&desk.profile, user).await;
    let facts = read.map_err(|fault| desk.not_now(&fault))?.ok_or_else(|| desk.not_found())?;
    let name = facts.record.identifications.first().map(|name| name.value.clone());
    Ok(TestResult {
        name: name.unwrap_or_default(),
        until: facts.lock.map(|lock| lock.until),
        mail: facts.mails.first().map(|mail| TestMail { at: mail.written_at, state: mail.state }),
        tries: i64::try_from(facts.attempts.len()).unwrap_or(i64::MAX),
    })
}

async fn lock(Acts { desk, form }: Acts) -> HttpResponse {
    try_lock(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_lock(desk: &Desk, form: &Params) -> Answer {
    let typed = one_line(form.raw("identifier"), MAX_TYPED);
    let identifier = Identifier::parse(&typed).ok();
    let address = identifier.filter(|name| name.kind == IdentifierKind::EmailAddress);
    let mut page = page(desk, typed);
    let Some(address) = address else {
        page.fault = Some(TestFault::NoAddress);
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let actor = desk.staff().actor();
    let done = desk.tenants().lock_test_user(&desk.profile, &address, &actor).await;
    page.fault = Some(match done.map_err(|fault| desk.not_now(&fault))? {
        TestLock::Locked(user) => {
            return Ok(desk.hall.see(&format!("{}?user={user}", page.path)));
        }
        TestLock::Taken => TestFault::Taken,
        TestLock::Never(NoTest::Off) => TestFault::Off,
        TestLock::Never(NoTest::PasswordsUncounted) => TestFault::Uncounted,
        TestLock::Never(NoTest::TooMany(tries)) => TestFault::TooMany(tries),
    });
    Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page))
}
