//! A tenant's mail: the server and its keys, a test mail to whoever asks for it, how deliveries went, and
//! what the mails look like. What may be set is decided where the interface decides it, too
//! (`web::mail_server_form`).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use serde_json::{Map, Value, json};

use super::desk::{Acts, Answer, Desk, Looks};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::mail::{
    AddressLine, AddressLines, CheckShown, DeliveryLine, KeysShown, Listed, Look, MailPage,
    MailPreviewPage, RecordLine, ServerFields,
};
use crate::model::{IdentificationId, IdentifierKind, MailTopic, Millis, OutboxId};
use crate::store::mail_fates::{Delivery, DeliveryPage, Undeliverable, UndeliverablePage};
use crate::tenant::{DkimChange, DkimFacts, MailServerFacts, Signs, TenantFault};
use crate::text::Catalogue;
use crate::token::DkimRecord;
use crate::web::body::Params;
use crate::web::doors::{MailSample, TestFault};
use crate::web::error::ErrorEntry;
use crate::web::fields::JsonBody;
use crate::web::mail_frame::{self, MailScheme};
use crate::web::mail_server_form::{judged, wanted};
use crate::web::page::Problem;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

const PATH: &str = "/console/{slug}/mail";
/// Mails on one page, and addresses.
const LISTED: i64 = 25;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(READERS),
        states: &["none", "full", "waiting", "undelivered", "reader"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(act),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/mail/preview",
        may: May::These(READERS),
        states: &["light", "plain"],
        route: || web::to(preview),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/mail/preview/frame",
        may: May::These(READERS),
        states: &[],
        route: || web::to(letter),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    Ok(desk.page(StatusCode::OK, &page(desk).await?))
}

async fn page(desk: &Desk) -> Result<MailPage, HttpResponse> {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let listed = Listed::parse(query.raw("view").unwrap_or_default());
    let before = query.raw("before").and_then(OutboxId::parse);
    let facts = desk.tenants().mail_server(&desk.profile).await;
    let facts = facts.map_err(|fault| desk.not_now(&fault))?;
    let (tenant, reader) = (desk.profile.id().clone(), desk.reader());
    let later = before.is_some();
    // One more than is shown says whether there are more.
    let asked = DeliveryPage { before, limit: LISTED.saturating_add(1) };
    let found = match listed {
        Listed::All => reader.deliveries(tenant.clone(), None, asked).await,
        Listed::Waiting => reader.waiting(tenant.clone(), asked).await,
        Listed::Undelivered => reader.undelivered(tenant.clone(), asked).await,
    };
    let mut found = found.map_err(|error| desk.not_now(&error.into()))?;
    let more = cut(&mut found);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    let addresses = addresses(desk, query.raw("addresses")).await?;
    let settings = facts.server.as_ref().map(|server| &server.settings);
    Ok(MailPage {
        frame: desk.frame(Entry::Mail),
        path: desk.path("/mail"),
        may_save: EDITORS.contains(&desk.role),
        own: facts.server.is_some(),
        fields: fields_of(&facts),
        password_set: settings.is_some_and(|settings| settings.credentials.is_some()),
        check: facts.checked.map(|check| CheckShown { at: check.at, error: check.error }),
        keys: facts.dkim.as_ref().map(keys),
        listed,
        deliveries: found.into_iter().map(line).collect(),
        next,
        later,
        addresses,
        problems: Vec::new(),
        me: own_address(desk),
    })
}

/// Leaves a page of what was asked for with one more, and says whether there is more.
fn cut<T>(found: &mut Vec<T>) -> bool {
    let most = usize::try_from(LISTED).unwrap_or_default();
    let more = found.len() > most;
    found.truncate(most);
    more
}

/// Addresses without a mailbox, from the place that a link named.
async fn addresses(desk: &Desk, place: Option<&str>) -> Result<AddressLines, HttpResponse> {
    let before = place.and_then(parse_place);
    let later = before.is_some();
    let asked = UndeliverablePage { before, limit: LISTED.saturating_add(1) };
    let found = desk.reader().undeliverable_of_tenant(desk.profile.id().clone(), asked).await;
    let mut found = found.map_err(|error| desk.not_now(&error.into()))?;
    let more = cut(&mut found);
    let next = found.last().filter(|_| more);
    let next = next.map(|last| format!("{}.{}", last.since.0, last.id));
    Ok(AddressLines { lines: found.into_iter().map(address_line).collect(), next, later })
}

fn parse_place(text: &str) -> Option<(Millis, IdentificationId)> {
    let (at, id) = text.split_once('.')?;
    Some((Millis(at.parse().ok()?), IdentificationId::parse(id)?))
}

fn fields_of(facts: &MailServerFacts) -> ServerFields {
    let Some(server) = &facts.server else {
        return ServerFields { security: "starttls".to_owned(), ..ServerFields::default() };
    };
    let settings = &server.settings;
    ServerFields {
        host: settings.host.clone(),
        port: settings.port.to_string(),
        security: settings.security.as_str().to_owned(),
        username: settings.credentials.as_ref().map(|(user, _)| user.clone()).unwrap_or_default(),
        from_email: server.sender.clone(),
    }
}

fn keys(dkim: &DkimFacts) -> KeysShown {
    let record = |of: &DkimRecord| RecordLine {
        name: of.name.clone(),
        strings: of.strings().into_iter().map(str::to_owned).collect(),
    };
    KeysShown {
        domain: dkim.domain.clone(),
        signs: match dkim.signs {
            Signs::Yes => true,
            Signs::OtherDomain => false,
        },
        active: record(&dkim.active),
        next: dkim.next.as_ref().map(record),
    }
}

fn line(mail: Delivery) -> DeliveryLine {
    let Delivery { topic, state, written_at, opened_at, why, id: _, at: _ } = mail;
    DeliveryLine { topic, state, written_at, opened_at, why }
}

fn address_line(mark: Undeliverable) -> AddressLine {
    let Undeliverable { id: _, address, since, why } = mark;
    AddressLine { address, since, why }
}

/// The asker's own address, which their account has proved.
fn own_address(desk: &Desk) -> Option<String> {
    let own = &desk.staff().record.identifications;
    let kind = IdentifierKind::EmailAddress.as_str();
    own.iter().find(|own| own.verified && own.kind == kind).map(|own| own.value.clone())
}

async fn act(Acts { desk, form }: Acts) -> HttpResponse {
    try_act(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_act(desk: &Desk, form: &Params) -> Answer {
    let english = Catalogue::get("en");
    let (tenants, profile, actor) = (desk.tenants(), &desk.profile, desk.staff().actor());
    let words = match form.raw("deed") {
        Some("save") => return save(desk, form, &actor).await,
        Some("test") => return test(desk, &actor).await,
        Some("remove") => {
            let removed = tenants.save_mail_server(profile, None, &actor).await;
            removed.map_err(|fault| desk.not_now(&fault))?;
            english.line("mail-removed")
        }
        Some("key") => match tenants.make_dkim_key(profile, &actor).await {
            Ok(DkimChange::Done(facts)) if facts.next.is_some() => english.line("mail-key-waits"),
            Ok(DkimChange::Done(_)) => english.line("mail-key-signs"),
            Ok(DkimChange::NoDomain | DkimChange::NoneWaits) => return Err(desk.bad_form()),
            Err(TenantFault::Conflict { .. }) => english.line("mail-key-too-soon"),
            Err(fault) => return Err(desk.not_now(&fault)),
        },
        Some("use-key") => match tenants.use_next_dkim_key(profile, &actor).await {
            Ok(DkimChange::Done(_)) => english.line("mail-key-used"),
            Ok(DkimChange::NoDomain | DkimChange::NoneWaits) => return Err(desk.bad_form()),
            Err(fault) => return Err(desk.not_now(&fault)),
        },
        Some("drop-keys") => match tenants.remove_dkim_keys(profile, &actor).await {
            Ok(()) | Err(TenantFault::NotFound) => english.line("mail-keys-dropped"),
            Err(fault) => return Err(desk.not_now(&fault)),
        },
        Some(_) | None => return Err(desk.bad_form()),
    };
    Ok(done(desk, words))
}

fn done(desk: &Desk, words: String) -> HttpResponse {
    desk.hall.done(&desk.path("/mail"), &Done { words, link: None })
}

async fn test(desk: &Desk, actor: &str) -> Answer {
    let to = own_address(desk).ok_or_else(|| desk.bad_form())?;
    let english = Catalogue::get("en");
    match desk.hall.doors.test_mail(&desk.profile, &to, actor).await {
        Ok(tested) if tested.accepted => {
            Ok(done(desk, english.say("mail-tested").text("address", &to).to_string()))
        }
        Ok(tested) => {
            let said = english.say("mail-test-failed").text("answer", tested.answer);
            Ok(done(desk, said.to_string()))
        }
        Err(TestFault::TooMany { .. }) => Ok(done(desk, english.line("mail-test-enough"))),
        Err(TestFault::Tenant(fault)) => Err(desk.not_now(&fault)),
    }
}

async fn save(desk: &Desk, form: &Params, actor: &str) -> Answer {
    let typed = |name: &str| form.raw(name).unwrap_or_default().trim().to_owned();
    let body = body_of(form);
    let before = desk.tenants().mail_server(&desk.profile).await;
    let before = before.map_err(|fault| desk.not_now(&fault))?.server;
    let mut fields = body.fields();
    let wanted = wanted(&mut fields, before.as_ref());
    if let Some(wanted) = &wanted {
        let mail_desk = desk.hall.doors.mail_desk.as_ref();
        judged(&mut fields, wanted, &desk.profile, mail_desk).await;
    }
    let faults = fields.into_faults();
    match wanted {
        Some(wanted) if faults.is_empty() => {
            let saved = desk.tenants().save_mail_server(&desk.profile, Some(wanted), actor).await;
            saved.map_err(|fault| desk.not_now(&fault))?;
            Ok(done(desk, Catalogue::get("en").line("mail-saved")))
        }
        Some(_) | None => {
            let fields = ServerFields {
                host: typed("host"),
                port: typed("port"),
                security: typed("security"),
                username: typed("username"),
                from_email: typed("from_email"),
            };
            let problems = faults.iter().filter_map(problem).collect();
            let page = MailPage { fields, problems, ..page(desk).await? };
            Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// The form as the interface takes it: what is left empty is not there, and a user name that is left
/// empty is taken away.
fn body_of(form: &Params) -> JsonBody {
    let mut body = Map::new();
    for name in ["host", "security", "from_email", "password"] {
        let text = form.raw(name).unwrap_or_default();
        let text = if name == "password" { text } else { text.trim() };
        if !text.is_empty() {
            body.insert(name.to_owned(), json!(text));
        } else if name != "password" {
            body.insert(name.to_owned(), Value::Null);
        }
    }
    let port = form.raw("port").unwrap_or_default().trim();
    if !port.is_empty() {
        let port = port.parse::<i64>().map_or_else(|_| json!(port), |port| json!(port));
        body.insert("port".to_owned(), port);
    }
    let user = form.raw("username").unwrap_or_default().trim();
    let user = if user.is_empty() { Value::Null } else { json!(user) };
    body.insert("username".to_owned(), user);
    JsonBody(body)
}

/// The fault at its field; each of them has one.
fn problem(entry: &ErrorEntry) -> Option<Problem> {
    let named = entry.meta.iter().find(|(key, _)| *key == "param_name");
    let name = named.and_then(|(_, value)| value.as_str())?;
    let fields = ["host", "port", "security", "username", "password", "from_email"];
    let field = fields.into_iter().find(|field| *field == name)?;
    Some(Problem { field, words: entry.long_message.clone().into_owned() })
}

/// What a query asks to look at.
struct Chosen {
    topic: MailTopic,
    lang: &'static str,
    look: Look,
}

fn chosen(query: &Params) -> Chosen {
    let topic = query.raw("topic").and_then(MailTopic::parse).unwrap_or(MailTopic::Unlock);
    let asked = query.raw("lang").unwrap_or_default();
    let lang = Catalogue::tags().into_iter().find(|tag| *tag == asked).unwrap_or("en");
    Chosen { topic, lang, look: Look::parse(query.raw("look").unwrap_or_default()) }
}

fn sample(desk: &Desk, chosen: &Chosen) -> MailSample {
    let tenant = &desk.profile.tenant;
    let base = desk.hall.doors.base_url.url().as_str().trim_end_matches('/').to_owned();
    MailSample {
        topic: chosen.topic,
        lang: chosen.lang,
        tenant: tenant.name.clone(),
        brand_color: tenant.brand_color.clone(),
        support_email: tenant.support_email.clone(),
        base: format!("{base}/t/{}", tenant.slug),
        at: Millis(desk.now().0),
    }
}

async fn preview(Looks(desk): Looks) -> HttpResponse {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let chosen = chosen(&query);
    let Some(mail) = desk.hall.doors.mail_desk.preview(&sample(&desk, &chosen)) else {
        return desk.not_now(&TenantFault::Unavailable);
    };
    let page = MailPreviewPage {
        frame: desk.frame(Entry::Mail),
        path: desk.path("/mail/preview"),
        mail_path: desk.path("/mail"),
        topic: chosen.topic,
        lang: chosen.lang,
        langs: Catalogue::tags(),
        look: chosen.look,
        subject: mail.subject,
        text: mail.text,
    };
    desk.page(StatusCode::OK, &page)
}

/// The mail itself, for the frame.
async fn letter(Looks(desk): Looks) -> HttpResponse {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let chosen = chosen(&query);
    let scheme = match chosen.look {
        Look::Html(scheme) => scheme,
        Look::Plain => MailScheme::Light,
    };
    match desk.hall.doors.mail_desk.preview(&sample(&desk, &chosen)) {
        Some(mail) => mail_frame::frame(&mail.html, scheme),
        None => desk.not_now(&TenantFault::Unavailable),
    }
}
