//! The page for a new password. It asks for the present one, which counts as in a sign-in; whoever
//! has none yet sets one soon after signing in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::own_account::{Own, done};
use super::password_reset::new_password;
use super::reverification::{self, Proved, present_password, prove};
use super::view::{AccountNotice, AccountPasswordPage, NewPasswordProblem, PresentProblem};
use super::visit::{Answer, Visit, either};
use crate::tenant::{OpenSessions, UserChangeForm};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::security_headers::PageRules;

const PATH: &str = "/account/password";

/// What is to be mended.
#[derive(Default)]
struct Problems {
    present: Option<PresentProblem>,
    new: Option<NewPasswordProblem>,
}

/// `GET /t/{slug}/account/password`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/account/password`: `password`, `new-password`, `others`.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    let own = Own::of(&mut visit, PATH).await?;
    if !own.has_password() && !own.is_fresh(&visit) {
        return Ok(reverification::ask(&visit, &own, PATH, None));
    }
    Ok(page(&visit, &own, Problems::default()))
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    let own = Own::of(&mut visit, PATH).await?;
    let (present, new) = match (present(&own, &form), new_password(&form)) {
        (Ok(present), Ok(new)) => (present, new),
        (present, new) => {
            return Ok(page(&visit, &own, Problems { present: present.err(), new: new.err() }));
        }
    };
    match present {
        Some(present) => {
            let same = present.expose() == new.expose();
            let proved = prove(&visit, &own, present, None).await;
            visit = visit.settled();
            match proved {
                Proved::Right => {}
                Proved::Page(page) => return Ok(page),
                Proved::Wrong(problem) => {
                    let problems = Problems { present: Some(problem), new: None };
                    return Ok(page(&visit, &own, problems));
                }
            }
            // Said only to who knows the present one.
            if same {
                let new = Some(NewPasswordProblem::Same);
                return Ok(page(&visit, &own, Problems { present: None, new }));
            }
        }
        None if own.is_fresh(&visit) => {}
        None => return Ok(reverification::ask(&visit, &own, PATH, None)),
    }
    let sessions = match form.has("others") {
        true => OpenSessions::EndOthers(own.session.id.clone()),
        false => OpenSessions::Keep,
    };
    let form = UserChangeForm {
        password: Some(Some(new)),
        sessions,
        browser: Some(own.browser(&visit)),
        ..UserChangeForm::default()
    };
    let changed = own.write(&visit, PATH, form).await?;
    let mut answer = done(&visit, "/account", AccountNotice::PasswordChanged);
    visit.give_lane(&mut answer, changed.lane_token.as_deref());
    Ok(answer)
}

/// The present password, from whoever has one.
fn present(own: &Own, form: &Params) -> Result<Option<crate::tenant::Password>, PresentProblem> {
    if own.has_password() { present_password(form).map(Some) } else { Ok(None) }
}

fn page(visit: &Visit<'_>, own: &Own, problems: Problems) -> HttpResponse {
    let Problems { present, new } = problems;
    let status = match (present, new) {
        (None, None) => StatusCode::OK,
        (Some(_), _) | (None, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = AccountPasswordPage {
        frame: visit.frame(),
        identifier: own.name(),
        has_one: own.has_password(),
        present,
        new,
    };
    visit.page(status, &PageRules::PLAIN, &page)
}
