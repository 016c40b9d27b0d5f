//! Samples of the steps of a sign-in beside the password.

use askama::Template;
use lockkeeper::web::pages::view::*;

use super::{LONG, frame, in_minutes};

fn request(wanted: CodeFor, identifier: &str, problem: Option<CodeRequestProblem>) -> String {
    let identifier = identifier.to_owned();
    CodeRequestPage { frame: frame(), wanted, identifier, problem }.render().unwrap()
}

fn mailed(identifier: &str, next: NextCode, problem: Option<CodeProblem>) -> String {
    let page = MailedCodePage {
        frame: frame(),
        wanted: CodeFor::SignIn,
        identifier: identifier.to_owned(),
        expires_at: Some(in_minutes(9)),
        next,
        problem,
    };
    page.render().unwrap()
}

fn second(wanted: SecondFactor, problem: Option<CodeProblem>) -> String {
    let identifier = "alex@acme.test".to_owned();
    SecondFactorPage { frame: frame(), identifier, wanted, problem }.render().unwrap()
}

fn new_password(problem: Option<NewPasswordProblem>) -> String {
    let identifier = "alex@acme.test".to_owned();
    NewPasswordPage { frame: frame(), identifier, problem }.render().unwrap()
}

fn ticket() -> String {
    let page = TicketPage {
        frame: frame(),
        identifier: LONG.to_owned(),
        ticket: "abc.def.ghi".to_owned(),
        redirect_url: Some("https://app.acme.test/?a=\"><b>".to_owned()),
    };
    page.render().unwrap()
}

fn dead_ticket(reason: DeadTicket) -> String {
    DeadTicketPage { frame: frame(), reason }.render().unwrap()
}

pub(super) fn all() -> Vec<(&'static str, String)> {
    let wrong = |left| Some(CodeProblem::Wrong { tries_left: left });
    vec![
        ("code-request", request(CodeFor::SignIn, "", None)),
        (
            "code-request-name",
            request(CodeFor::SignIn, "alex", Some(CodeRequestProblem::NoAddress)),
        ),
        ("reset", request(CodeFor::Reset, "alex@acme.test", None)),
        ("mailed-code", mailed(LONG, NextCode::At(in_minutes(1)), None)),
        ("mailed-code-wrong", mailed("alex@acme.test", NextCode::Possible, wrong(Some(1)))),
        (
            "mailed-code-spent",
            mailed("alex@acme.test", NextCode::Possible, Some(CodeProblem::Spent)),
        ),
        (
            "mailed-code-expired",
            mailed("alex@acme.test", NextCode::Possible, Some(CodeProblem::Expired)),
        ),
        ("second-factor", second(SecondFactor::App, None)),
        ("second-factor-wrong", second(SecondFactor::App, wrong(Some(2)))),
        ("recovery-code", second(SecondFactor::RecoveryCode, None)),
        ("recovery-code-missing", second(SecondFactor::RecoveryCode, Some(CodeProblem::Missing))),
        ("ticket", ticket()),
        ("ticket-forged", dead_ticket(DeadTicket::Forged)),
        ("ticket-used", dead_ticket(DeadTicket::Used)),
        ("new-password", new_password(None)),
        ("new-password-short", new_password(Some(NewPasswordProblem::TooShort))),
    ]
}
