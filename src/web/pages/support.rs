//! The support contact form: bounded, checked field by field, stored, acknowledged on a page. What
//! a visitor writes is data all the way: escaped where it is shown, one line where it could become
//! a header. What the visitor was shown before is not asked again: it comes back signed.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::sign_in::clipped;
use super::support_context::SupportContext;
use super::view::{Fault, MailCopy, SupportFormPage, SupportProblem, SupportSentPage, TRAP_FIELD};
use super::visit::{Answer, Visit, either};
use crate::model::{Identifier, IdentifierFault, Source};
use crate::tenant::{ContactForm, ContactReceipt};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::security_headers::PageRules;

/// Longest texts in characters. A message of this length fills two screens; the rest are lines.
const MAX_NAME: usize = 100;
const MAX_SUBJECT: usize = 120;
const MAX_MESSAGE: u32 = 4000;

/// The field that says what is known, and the query that wants to be asked all the same.
const CONTEXT: &str = "context";
const SOMEBODY_ELSE: &str = "other";

/// `GET /t/{slug}/support`; `?other` for somebody else than who was shown a lock.
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    let visit = match Visit::open(&request, &doors).await {
        Ok(visit) => visit,
        Err(early) => return early,
    };
    let mut page = SupportFormPage::empty(visit.frame());
    let other = request.query_string() == SOMEBODY_ELSE;
    match SupportContext::of(&visit.remembered, visit.now).filter(|_| !other) {
        Some(context) => page.known = context.known(&visit),
        None if other => {}
        None => page.identifier.clone_from(&visit.remembered.identifier),
    }
    visit.page(StatusCode::OK, &PageRules::PLAIN, &page)
}

/// `POST /t/{slug}/support`: `context` or `identifier`, `name`, `subject`, `message`, and
/// the trap `website`.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    let sealed = form.raw(CONTEXT).unwrap_or_default();
    let context = SupportContext::open(&visit, sealed);
    let written = Written::read(&form, context);
    let problems = written.problems();
    let identifier = match Identifier::parse(&written.identifier) {
        Ok(identifier) if problems.is_empty() => identifier,
        Ok(_) | Err(_) => return Ok(again(&visit, written, problems)),
    };
    let receipt = if form.raw(TRAP_FIELD).is_some() {
        // A robot is answered like a person, and nothing is kept.
        visit.tenants().pretended_receipt(&identifier, &written.message)
    } else {
        let source = doors.address(request).source;
        let form = written.contact_form(&identifier, source);
        visit.tenants().file_contact_request(&visit.profile, form).await
    };
    let visit = visit.settled();
    let retry = || Some(visit.path("/support"));
    match receipt.map_err(|fault| visit.not_now(&fault, retry()))? {
        ContactReceipt::Filed { reference, at, acknowledged, secret, message } => {
            let mut frame = visit.frame();
            frame.reference = Some(reference.clone());
            let page = SupportSentPage {
                frame,
                reference,
                received_at: at,
                subject: written.subject,
                message,
                status_path: visit.path(&format!("/support/{secret}")),
                mail_copy: if acknowledged { MailCopy::OnItsWay } else { MailCopy::None },
            };
            Ok(visit.page(StatusCode::OK, &PageRules::PLAIN, &page))
        }
        ContactReceipt::TooMany { retry_after } => {
            Ok(visit.fault(Fault::TooMany { retry_in: retry_after }, None))
        }
    }
}

fn again(visit: &Visit<'_>, written: Written, problems: Vec<SupportProblem>) -> HttpResponse {
    let page = SupportFormPage {
        name: clipped(&written.name),
        identifier: clipped(&written.identifier),
        subject: clipped(&written.subject),
        known: written.context.as_ref().and_then(|context| context.known(visit)),
        message: written.message,
        problems,
        ..SupportFormPage::empty(visit.frame())
    };
    visit.page(StatusCode::UNPROCESSABLE_ENTITY, &PageRules::PLAIN, &page)
}

/// The fields as they came, trimmed; the message with plain line breaks.
struct Written {
    /// What the page knew; then `identifier` is its.
    context: Option<SupportContext>,
    name: String,
    identifier: String,
    subject: String,
    message: String,
}

impl Written {
    fn read(form: &Params, context: Option<SupportContext>) -> Self {
        let line = |name: &str| form.raw(name).unwrap_or_default().trim_matches(' ').to_owned();
        let message = message_of(form);
        let known = context.as_ref().map(|context| context.identifier.clone());
        Self {
            context,
            name: line("name"),
            identifier: known.unwrap_or_else(|| line("identifier")),
            subject: line("subject"),
            message,
        }
    }

    /// At most one problem per field, in the order of the form.
    fn problems(&self) -> Vec<SupportProblem> {
        let found = [
            self.name_problem(),
            self.identifier_problem(),
            self.subject_problem(),
            self.message_problem(),
        ];
        found.into_iter().flatten().collect()
    }

    fn name_problem(&self) -> Option<SupportProblem> {
        if self.name.trim().is_empty() {
            return self.context.is_none().then_some(SupportProblem::NameMissing);
        }
        if self.name.chars().count() > MAX_NAME {
            return Some(SupportProblem::NameTooLong);
        }
        (!is_one_line(&self.name)).then_some(SupportProblem::NameOdd)
    }

    fn identifier_problem(&self) -> Option<SupportProblem> {
        match Identifier::parse(&self.identifier) {
            // White space around is dropped by parsing, line breaks included: here they are a sign
            // of a forged header.
            Ok(_) if is_one_line(&self.identifier) => None,
            Err(IdentifierFault::Empty) if is_one_line(&self.identifier) => {
                Some(SupportProblem::IdentifierMissing)
            }
            Ok(_) | Err(_) => Some(SupportProblem::IdentifierOdd),
        }
    }

    fn subject_problem(&self) -> Option<SupportProblem> {
        let fine = !self.subject.trim().is_empty()
            && self.subject.chars().count() <= MAX_SUBJECT
            && is_one_line(&self.subject);
        (!fine).then_some(SupportProblem::SubjectMissing)
    }

    fn message_problem(&self) -> Option<SupportProblem> {
        message_problem(&self.message)
    }

    fn contact_form(&self, identifier: &Identifier, source: Source) -> ContactForm {
        ContactForm {
            identifier: identifier.display.clone(),
            name: self.name.clone(),
            subject: self.subject.clone(),
            message: self.message.clone(),
            source,
            locale: None,
            lock: self.context.as_ref().map(SupportContext::until),
        }
    }
}

/// The message of a form, with plain line breaks: browsers send those of a text area as CR LF.
pub(super) fn message_of(form: &Params) -> String {
    form.raw("message").unwrap_or_default().replace("\r\n", "\n").trim().to_owned()
}

pub(super) fn message_problem(message: &str) -> Option<SupportProblem> {
    if message.is_empty() {
        return Some(SupportProblem::MessageMissing);
    }
    if message.chars().count() > usize::try_from(MAX_MESSAGE).unwrap_or(usize::MAX) {
        return Some(SupportProblem::MessageTooLong { limit: MAX_MESSAGE });
    }
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    message.chars().any(odd).then_some(SupportProblem::MessageOdd)
}

/// No control characters and no line break of any alphabet.
fn is_one_line(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}
