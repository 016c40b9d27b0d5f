//! The words of answers: saved ones with their variables filled in, and the offer of a new password.
//! All in the language and zone of the person who is written to.

use actix_web::HttpResponse;

use super::desk::Desk;
use super::view::request::Saved;
use crate::model::Until;
use crate::store::contact_requests::ContactRequest;
use crate::store::users::User;
use crate::support::variables::{Variable, filled};
use crate::text::{Catalogue, Lang, Moment, Zone};

/// What separates id and language of a saved answer in a form.
const BETWEEN: char = '.';

/// The saved answers to choose from, in all languages.
pub(super) async fn saved(desk: &Desk) -> Result<Vec<Saved>, HttpResponse> {
    let read = desk.reader().canned_replies(desk.profile.id().clone()).await;
    let rows = read.map_err(|error| desk.not_now(&error.into()))?;
    let choice = |row: crate::store::canned_replies::CannedReply| Saved {
        title: format!("{} ({})", row.title, row.locale),
        id: format!("{}{BETWEEN}{}", row.id, row.locale),
    };
    Ok(rows.into_iter().map(choice).collect())
}

/// How the person of a request is spoken to.
struct Reader {
    lang: &'static Lang,
    zone: Zone,
    user: Option<User>,
}

async fn reader_of(desk: &Desk, request: &ContactRequest) -> Result<Reader, HttpResponse> {
    let user = match request.user_id.clone() {
        Some(user) => {
            let read = desk.reader().user(desk.profile.id().clone(), user).await;
            read.map_err(|error| desk.not_now(&error.into()))?.map(|record| record.user)
        }
        None => None,
    };
    let locale =
        user.as_ref().and_then(|user| user.locale.clone()).or_else(|| request.locale.clone());
    let zone = user.as_ref().and_then(|user| user.time_zone.as_deref());
    Ok(Reader {
        lang: Catalogue::get(locale.as_deref().unwrap_or("en")),
        zone: zone.map_or_else(Zone::utc, Zone::named),
        user,
    })
}

/// A saved answer, filled in; nothing for one that is gone.
pub(super) async fn canned_text(
    desk: &Desk,
    request: &ContactRequest,
    chosen: &str,
) -> Result<String, HttpResponse> {
    let read = desk.reader().canned_replies(desk.profile.id().clone()).await;
    let rows = read.map_err(|error| desk.not_now(&error.into()))?;
    let is_chosen = |id: &str, locale: &str| chosen.split_once(BETWEEN) == Some((id, locale));
    let found = rows.into_iter().find(|row| is_chosen(row.id.as_str(), &row.locale));
    let Some(canned) = found else { return Ok(String::new()) };
    let person = reader_of(desk, request).await?;
    let ends = lock_ends(desk, request, &person).await?;
    let pages = &desk.profile.pages_url;
    Ok(filled(&canned.body, |variable| match variable {
        Variable::Name => name_of(request, &person),
        Variable::Reference => request.reference.clone(),
        Variable::LockEnds => ends.clone(),
        Variable::UnlockPage => format!("{pages}/unlock"),
        Variable::ResetPage => format!("{pages}/sign-in/forgot"),
        Variable::Tenant => desk.profile.tenant.name.clone(),
    }))
}

fn name_of(request: &ContactRequest, person: &Reader) -> String {
    // Whoever merely typed an identifier is not told whose it is.
    let proved = person.user.as_ref().filter(|_| request.mailbox_proved_at.is_some());
    let own = proved.and_then(|user| user.first_name.clone());
    let typed = Some(request.name.clone()).filter(|name| !name.trim().is_empty());
    typed.or(own).unwrap_or_else(|| request.identifier.clone())
}

/// When the lock ends, as the person reads it.
async fn lock_ends(
    desk: &Desk,
    request: &ContactRequest,
    person: &Reader,
) -> Result<String, HttpResponse> {
    let now = desk.now();
    let Some(user) = &request.user_id else { return Ok(person.lang.line("canned-lock-over")) };
    let read = desk.tenants().account_lock(&desk.profile, user).await;
    let lock = read.map_err(|fault| desk.not_now(&fault))?;
    Ok(match lock.map(|lock| lock.until) {
        Some(Until::At(end)) => Moment::ending(person.lang, &person.zone, end, now).dated,
        Some(Until::Unlocked) => person.lang.line("canned-lock-endless"),
        None => person.lang.line("canned-lock-over"),
    })
}

/// The offer to set a new password.
pub(super) async fn offer_text(
    desk: &Desk,
    request: &ContactRequest,
) -> Result<String, HttpResponse> {
    let person = reader_of(desk, request).await?;
    let page = format!("{}/sign-in/forgot", desk.profile.pages_url);
    Ok(person.lang.say("desk-reset-offer").text("page", page).to_string())
}
