//! Samples of the contact form and of a request's own page.

use askama::Template;
use lockkeeper::model::{Span, Until};
use lockkeeper::support::redact::REMOVED;
use lockkeeper::web::pages::view::*;

use super::{LONG, NOW, frame, in_minutes};

fn form(problems: Vec<SupportProblem>) -> SupportFormPage {
    SupportFormPage {
        name: "Alex Sommer".to_owned(),
        identifier: "alex@acme.test".to_owned(),
        message: "I changed my phone.\n<script>alert(1)</script>".to_owned(),
        problems,
        ..SupportFormPage::empty(frame())
    }
}

fn known(identifier: &str, until: Until) -> SupportFormPage {
    let known = KnownLock {
        identifier: identifier.to_owned(),
        until,
        sealed: "ey.sealed.context".to_owned(),
    };
    SupportFormPage { known: Some(known), ..form(Vec::new()) }
}

fn status(state: RequestState) -> SupportStatusPage {
    let said = |by, minutes: i64, body: &str| OwnMessage {
        by,
        at: NOW.before(Span::MINUTE.times(minutes)),
        body: body.to_owned(),
    };
    SupportStatusPage {
        frame: frame(),
        reference: "LK-7F3A-22QM".to_owned(),
        state,
        subject: "No unlock mail came".to_owned(),
        lock: Some(Until::At(in_minutes(12))),
        messages: vec![
            said(Said::You, 20, &format!("<b>Hello</b>\nmy password is {REMOVED} and {LONG}")),
            said(Said::Support, 5, "We have sent you a mail.\nPress the button in it."),
            said(Said::You, 1, "Thank you"),
        ],
        path: format!("/t/acme/support/{}", "x".repeat(32)),
        can_add: true,
        draft: String::new(),
        problem: None,
    }
}

pub(super) fn all() -> Vec<(&'static str, String)> {
    let page = |state| status(state).render().unwrap();
    let over = SupportStatusPage { can_add: false, ..status(RequestState::Closed) };
    let fault = SupportStatusPage {
        draft: "x".repeat(60),
        problem: Some(SupportProblem::MessageTooLong { limit: 4000 }),
        lock: Some(Until::Unlocked),
        ..status(RequestState::Open)
    };
    let faults = vec![SupportProblem::NameMissing, SupportProblem::MessageTooLong { limit: 4000 }];
    let sent = SupportSentPage {
        frame: frame(),
        reference: "LK-19ZT".to_owned(),
        received_at: NOW,
        subject: "Something else".to_owned(),
        message: format!("Hello\nthere {REMOVED}"),
        status_path: format!("/t/acme/support/{}", "x".repeat(32)),
        mail_copy: MailCopy::OnItsWay,
    };
    vec![
        ("support", form(Vec::new()).render().unwrap()),
        ("support-faults", form(faults).render().unwrap()),
        ("support-known", known("alex@acme.test", Until::At(in_minutes(12))).render().unwrap()),
        ("support-known-endless", known(LONG, Until::Unlocked).render().unwrap()),
        ("support-sent", sent.render().unwrap()),
        ("request-received", page(RequestState::Received)),
        ("request-open", page(RequestState::Open)),
        ("request-answered", page(RequestState::Answered)),
        ("request-closed", page(RequestState::Closed)),
        ("request-signed-in", page(RequestState::SignedIn)),
        ("request-over", over.render().unwrap()),
        ("request-fault", fault.render().unwrap()),
    ]
}
