//! The page that changes a user, with the faults of each of its forms, and the question before a name
//! goes.

use lockkeeper::model::IdentifierKind;
use lockkeeper::web::console::view::frame::Entry;
use lockkeeper::web::console::view::user::NameLine;
use lockkeeper::web::console::view::user_edit::{
    EditProblem, EditTyped, EditUserPage, Loss, RemoveNamePage,
};

use super::users::{LONG_ADDRESS, name};
use super::{Sample, frame, sample};

const EDIT: &str = "/console/{slug}/users/{user}/edit";
const REMOVE: &str = "/console/{slug}/users/{user}/names/{name}/remove";

fn edit() -> EditUserPage {
    let waiting = NameLine {
        id: "idn_waiting".to_owned(),
        primary: false,
        verified: false,
        ..name("new@acme.test", IdentifierKind::EmailAddress)
    };
    let other = NameLine { primary: false, ..name("old@acme.test", IdentifierKind::EmailAddress) };
    EditUserPage {
        frame: frame(Entry::Users),
        back: "/console/acme/users/user_2abc".to_owned(),
        name: LONG_ADDRESS.to_owned(),
        names: vec![
            name(LONG_ADDRESS, IdentifierKind::EmailAddress),
            other,
            name("+4366012345678", IdentifierKind::PhoneNumber),
            NameLine { verified: true, ..name("alex", IdentifierKind::Username) },
            waiting,
        ],
        has_password: true,
        locales: vec!["en".to_owned(), "de".to_owned()],
        typed: EditTyped {
            username: "alex".to_owned(),
            email_proved: true,
            phone_proved: true,
            sign_out: true,
            ..EditTyped::default()
        },
        problems: Vec::new(),
        claimed: None,
    }
}

/// With what was typed and why it was not done.
fn refused(typed: EditTyped, problems: &[EditProblem]) -> EditUserPage {
    EditUserPage { typed, problems: problems.to_vec(), ..edit() }
}

fn edits() -> Vec<Sample> {
    let bare = EditUserPage {
        names: Vec::new(),
        has_password: false,
        typed: EditTyped::default(),
        ..edit()
    };
    let typed = EditTyped { zone: "Mars/<Olympus>".to_owned(), ..edit().typed };
    let faults = refused(typed, &[EditProblem::Zone, EditProblem::ExternalIdTaken]);
    vec![
        sample(EDIT, "edit", &edit()),
        sample(EDIT, "no-name", &bare),
        sample(EDIT, "faults", &faults),
    ]
}

fn named() -> Vec<Sample> {
    let odd = "<b>\"ana".to_owned();
    let kind = IdentifierKind::EmailAddress;
    let email = EditTyped { email: odd.clone(), email_proved: false, ..edit().typed };
    let email = refused(
        email,
        &[
            EditProblem::NoName(kind),
            EditProblem::Taken(kind),
            EditProblem::Theirs(kind),
            EditProblem::TooManyWait(kind),
        ],
    );
    let phone = EditTyped { phone: odd.clone(), ..edit().typed };
    let phone = refused(phone, &[EditProblem::NoName(IdentifierKind::PhoneNumber)]);
    let username = EditTyped { username: odd, ..edit().typed };
    let username = refused(username, &[EditProblem::NoName(IdentifierKind::Username)]);
    let claimed = refused(edit().typed, &[EditProblem::Claimed]);
    let claimed = EditUserPage { claimed: Some("idn_waiting".to_owned()), ..claimed };
    let password = EditTyped { sign_out: false, ..edit().typed };
    let password = refused(
        password,
        &[EditProblem::NoPassword, EditProblem::ShortPassword, EditProblem::LongPassword],
    );
    vec![
        sample("/console/{slug}/users/{user}/emails", "faults", &email),
        sample("/console/{slug}/users/{user}/phones", "faults", &phone),
        sample("/console/{slug}/users/{user}/username", "faults", &username),
        sample("/console/{slug}/users/{user}/names/{name}/prove", "claimed", &claimed),
        sample("/console/{slug}/users/{user}/password", "faults", &password),
    ]
}

fn removed() -> Vec<Sample> {
    let remove = RemoveNamePage {
        frame: frame(Entry::Users),
        path: "/console/acme/users/user_2abc/names/idn_1/remove".to_owned(),
        back: "/console/acme/users/user_2abc/edit".to_owned(),
        name: "alex".to_owned(),
        value: LONG_ADDRESS.to_owned(),
        loss: Loss::Name,
        reason: String::new(),
        no_reason: false,
    };
    let last = RemoveNamePage { loss: Loss::LastWayIn, ..remove.clone() };
    let waits = RemoveNamePage { loss: Loss::Claim, ..remove.clone() };
    let no_reason = RemoveNamePage { no_reason: true, ..remove.clone() };
    vec![
        sample(REMOVE, "remove", &remove),
        sample(REMOVE, "last", &last),
        sample(REMOVE, "waits", &waits),
        sample(REMOVE, "no-reason", &no_reason),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    [edits(), named(), removed()].into_iter().flatten().collect()
}
