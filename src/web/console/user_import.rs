//! Users of another system, from a file that staff send: first what would become of each row, then the
//! run. The work is the tenants' facade's and goes on by itself; these pages show how far it is.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use tokio::sync::mpsc;

use super::desk::{Acts, Answer, Desk, Looks, Uploads};
use super::staff_names::staff_names;
use super::user_export::{Pages, Part};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::user_import::{ImportProblem, ImportShown, UserImportPage};
use crate::model::{Span, UserId, UserImportId};
use crate::tenant::user_import::{ImportState, MAX_FILE_BYTES, RefusedRow, StageFault};
use crate::tenant::user_lines::line;
use crate::tenant::{TenantFault, TenantProfile, Tenants};
use crate::web::body::Params;
use crate::web::download::attachment;
use crate::web::page_table::{EDITORS, May, Page, Verb};

/// A page waits so long for the work before it says how far it is.
const PATIENCE: Span = Span(3 * Span::SECOND.0);
/// The file, and what a form puts around it.
const MOST: usize = MAX_FILE_BYTES + 64 * 1024;
/// Refused rows of a page.
const NAMED: usize = 100;
/// Refused rows read at once for a download.
const READ: i64 = 1_000;

const PATH: &str = "/console/{slug}/users/import";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(EDITORS),
        states: &["new", "checking", "checked", "refused", "nobody", "running", "done", "stopped"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(take),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/users/import/run",
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(run),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/users/import/drop",
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(throw_away),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/users/import/refused.csv",
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(refused),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    let page = page(&desk, Vec::new()).await;
    page.map_or_else(|early| early, |page| desk.page(StatusCode::OK, &page))
}

async fn page(desk: &Desk, problems: Vec<ImportProblem>) -> Result<UserImportPage, HttpResponse> {
    Ok(UserImportPage {
        shown: shown(desk).await?,
        problems,
        slug: desk.profile.tenant.slug.clone(),
        path: desk.path("/users/import"),
        back: desk.path("/users"),
        frame: desk.frame(Entry::Users),
    })
}

async fn shown(desk: &Desk) -> Result<Option<ImportShown>, HttpResponse> {
    let (tenants, profile) = (desk.tenants(), &desk.profile);
    let not_now = |fault: TenantFault| desk.not_now(&fault);
    let Some(import) = tenants.user_import(profile).await.map_err(not_now)? else {
        return Ok(None);
    };
    let asked = i64::try_from(NAMED).unwrap_or(i64::MAX);
    let refused = tenants.refused_rows(profile, 0, asked).await.map_err(not_now)?;
    let id = import.staged_by.strip_prefix("staff:").and_then(UserId::parse);
    let names = staff_names(desk, id.clone()).await?;
    let by = id.and_then(|id| names.get(&id).cloned());
    Ok(Some(ImportShown {
        by: by.unwrap_or_else(|| import.staged_by.clone()),
        unknown: serde_json::from_str(&import.unknown).unwrap_or_default(),
        import,
        refused,
    }))
}

async fn take(Uploads { desk, sent }: Uploads<MOST>) -> HttpResponse {
    try_take(&desk, sent).await.unwrap_or_else(|early| early)
}

async fn try_take(desk: &Desk, sent: Option<(Params, Option<Vec<u8>>)>) -> Answer {
    let fault = match sent {
        None => StageFault::TooLarge,
        Some((form, file)) => {
            let pasted = || form.raw("rows").map(|rows| rows.as_bytes().to_vec());
            let file = file.filter(|file| !file.is_empty()).or_else(pasted);
            let Some(file) = file else {
                return refuse(desk, StatusCode::UNPROCESSABLE_ENTITY, ImportProblem::NoFile).await;
            };
            let actor = desk.staff().actor();
            match desk.tenants().stage_users(&desk.profile, file, &actor, PATIENCE).await {
                Ok(()) => return Ok(desk.hall.see(&desk.path("/users/import"))),
                Err(fault) => fault,
            }
        }
    };
    let (status, problem) = match fault {
        StageFault::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ImportProblem::TooLarge),
        StageFault::NoRow => (StatusCode::UNPROCESSABLE_ENTITY, ImportProblem::NoRow),
        StageFault::Running => (StatusCode::CONFLICT, ImportProblem::Busy),
        StageFault::File(fault) => {
            (StatusCode::UNPROCESSABLE_ENTITY, ImportProblem::Unreadable(fault.to_string()))
        }
        StageFault::Tenant(fault) => return Err(desk.not_now(&fault)),
    };
    refuse(desk, status, problem).await
}

async fn refuse(desk: &Desk, status: StatusCode, problem: ImportProblem) -> Answer {
    Ok(desk.page(status, &page(desk, vec![problem]).await?))
}

/// Which file the form is about: the one that its reader has seen.
fn meant(form: &Params) -> Option<UserImportId> {
    form.raw("import").and_then(UserImportId::parse)
}

async fn run(Acts { desk, form }: Acts) -> HttpResponse {
    try_run(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_run(desk: &Desk, form: &Params) -> Answer {
    let (id, actor) = (meant(form).ok_or_else(|| desk.bad_form())?, desk.staff().actor());
    match desk.tenants().run_staged_users(&desk.profile, id, &actor, PATIENCE).await {
        Ok(()) => Ok(desk.hall.see(&desk.path("/users/import"))),
        Err(TenantFault::NotFound | TenantFault::Conflict { .. }) => Ok(stale(desk)),
        Err(fault) => Err(desk.not_now(&fault)),
    }
}

fn stale(desk: &Desk) -> HttpResponse {
    let words = desk.hall.frame().line("user-import-stale");
    desk.hall.done(&desk.path("/users/import"), &Done { words, link: None })
}

async fn throw_away(Acts { desk, form }: Acts) -> HttpResponse {
    try_throw_away(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_throw_away(desk: &Desk, form: &Params) -> Answer {
    let (id, actor) = (meant(form).ok_or_else(|| desk.bad_form())?, desk.staff().actor());
    let frame = desk.hall.frame();
    let words = match desk.tenants().drop_staged_users(&desk.profile, id, &actor).await {
        Ok(ImportState::Running) => frame.line("user-import-stopped"),
        Ok(
            ImportState::Checking | ImportState::Checked | ImportState::Done | ImportState::Stopped,
        ) => frame.line("user-import-dropped"),
        Err(TenantFault::NotFound) => frame.line("user-import-stale"),
        Err(fault) => return Err(desk.not_now(&fault)),
    };
    Ok(desk.hall.done(&desk.path("/users/import"), &Done { words, link: None }))
}

async fn refused(Looks(desk): Looks) -> HttpResponse {
    let (tell, pages) = Pages::channel();
    let (tenants, profile) = (desk.tenants().clone(), desk.profile.clone());
    actix_web::rt::spawn(async move {
        // Whoever asked may have gone away.
        let _gone = write(&tenants, &profile, &tell).await;
    });
    let name = format!("{}-refused-rows.csv", desk.profile.tenant.slug);
    attachment("text/csv; charset=utf-8", &name, BoxBody::new(pages))
}

/// `Err` once nobody listens any more.
async fn write(
    tenants: &Tenants,
    profile: &TenantProfile,
    tell: &mpsc::Sender<Part>,
) -> Result<(), mpsc::error::SendError<Part>> {
    tell.send(Ok(Bytes::from(line(&["row", "id", "why"].map(str::to_owned))))).await?;
    let mut after = 0;
    loop {
        let Ok(rows) = tenants.refused_rows(profile, after, READ).await else {
            let why = "the rows could not be read";
            return tell.send(Err(std::io::Error::other(why))).await;
        };
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.row;
        let cells = |row: &RefusedRow| {
            let id = row.id.clone().unwrap_or_default();
            line(&[row.row.to_string(), id, row.faults.join("; ")])
        };
        tell.send(Ok(Bytes::from(rows.iter().map(cells).collect::<String>()))).await?;
    }
}
