//! Staff by their names, and who of them a request may be given to. Knows no page.

use std::collections::HashMap;

use actix_web::HttpResponse;

use super::desk::Desk;
use super::view::request::Colleague;
use crate::model::UserId;
use crate::store::users::UserRecord;
use crate::tenant::staff_name;
use crate::web::body::Params;
use crate::web::page_table::DESK;

/// Who may work on a tenant's requests, by name.
pub(super) async fn colleagues(desk: &Desk) -> Result<Vec<Colleague>, HttpResponse> {
    let (console, tenant) = (desk.hall.console.id().clone(), desk.profile.id().clone());
    let found = desk.reader().colleagues(console, tenant, DESK).await;
    let found = found.map_err(|error| desk.not_now(&error.into()))?;
    let named = |record: &UserRecord| Colleague {
        id: record.user.id.to_string(),
        name: staff_name(record),
        own: record.user.id == *desk.staff().id(),
    };
    let mut found: Vec<Colleague> = found.iter().map(named).collect();
    found.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(found)
}

/// Whom a form gives requests to; `None` for somebody who may not work on them, or does not any more.
pub(super) async fn assignee(desk: &Desk, form: &Params) -> Result<Option<UserId>, HttpResponse> {
    let asked = form.raw("assignee").and_then(UserId::parse);
    let asked = asked.ok_or_else(|| desk.bad_form())?;
    let (console, tenant) = (desk.hall.console.id().clone(), desk.profile.id().clone());
    let role = desk.reader().membership(console, tenant, asked.clone()).await;
    let role = role.map_err(|error| desk.not_now(&error.into()))?;
    Ok(role.filter(|role| DESK.contains(role)).map(|_| asked))
}

/// The names of these members of the staff, each looked up once; who is gone is left out.
pub(super) async fn staff_names(
    desk: &Desk,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<HashMap<UserId, String>, HttpResponse> {
    let mut names = HashMap::new();
    for id in ids {
        if names.contains_key(&id) {
            continue;
        }
        let found = desk.reader().user(desk.hall.console.id().clone(), id.clone()).await;
        if let Some(record) = found.map_err(|error| desk.not_now(&error.into()))? {
            names.insert(id, staff_name(&record));
        }
    }
    Ok(names)
}
