//! A file of users in its states.

use lockkeeper::model::{Millis, Span, TenantId, UserImportId};
use lockkeeper::tenant::user_import::{ImportCounts, ImportState, RefusedRow, UserImport};
use lockkeeper::web::console::view::frame::Entry;
use lockkeeper::web::console::view::user_import::{ImportProblem, ImportShown, UserImportPage};

use super::{LONG, NOW, Sample, frame, sample};

const PATH: &str = "/console/{slug}/users/import";

fn new() -> UserImportPage {
    UserImportPage {
        frame: frame(Entry::Users),
        path: "/console/acme/users/import".to_owned(),
        back: "/console/acme/users".to_owned(),
        slug: "acme".to_owned(),
        shown: None,
        problems: Vec::new(),
    }
}

fn import(state: ImportState, counts: ImportCounts) -> UserImport {
    let ran = matches!(state, ImportState::Running | ImportState::Done | ImportState::Stopped);
    UserImport {
        tenant_id: TenantId::from_stored("ins_1".to_owned()),
        id: UserImportId::from_stored("imp_1".to_owned()),
        state,
        file_bytes: 3_400_000,
        staged_at: NOW.before(Span::MINUTE.times(2)),
        staged_by: "staff:user_1".to_owned(),
        run_by: ran.then(|| "staff:user_1".to_owned()),
        turn: 2,
        due_at: Millis(NOW.0 + Span::MINUTE.0 * 58),
        total: (state != ImportState::Checking).then_some(18_204),
        counts,
        unknown: "[]".to_owned(),
        why: None,
        changed_at: NOW,
    }
}

const fn counts(made: i64, there: i64, refused: i64) -> ImportCounts {
    ImportCounts { rows: made + there + refused, made, there, refused }
}

fn with(state: ImportState, counts: ImportCounts) -> ImportShown {
    ImportShown {
        import: import(state, counts),
        by: "Ana Ruiz".to_owned(),
        refused: Vec::new(),
        unknown: Vec::new(),
    }
}

fn refused() -> Vec<RefusedRow> {
    let row = |row: i64, id: Option<&str>, faults: &[&str]| RefusedRow {
        row,
        id: id.map(str::to_owned),
        faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
    };
    let taken = "email address: user_2Yxm9zQp4RbNq7kTcVwJfHsLdGe has it";
    let many = ["primary_email_address: is no email address", "totp_secret: <b>\"ana"];
    vec![row(3, None, &many), row(5, Some("user_5"), &[taken]), row(17_301, None, &[LONG])]
}

fn page(shown: ImportShown) -> UserImportPage {
    UserImportPage { shown: Some(shown), ..new() }
}

pub(super) fn all() -> Vec<Sample> {
    let mixed = ImportShown {
        refused: refused(),
        unknown: vec!["favourite_colour".to_owned(), LONG.to_owned()],
        ..with(ImportState::Checked, counts(18_000, 100, 104))
    };
    let done =
        ImportShown { refused: refused(), ..with(ImportState::Done, counts(18_101, 100, 3)) };
    let mut stopped = with(ImportState::Stopped, counts(9_500, 0, 0));
    stopped.import.why =
        Some("row 9501 cannot be read: the file ends before its list does".to_owned());
    let problems = vec![
        ImportProblem::NoFile,
        ImportProblem::TooLarge,
        ImportProblem::NoRow,
        ImportProblem::Unreadable("the column \"<b>\" is there twice".to_owned()),
    ];
    let checked = with(ImportState::Checked, counts(18_204, 0, 0));
    let nobody = with(ImportState::Checked, counts(0, 18_204, 0));
    let checking = with(ImportState::Checking, counts(4_500, 0, 0));
    let running = with(ImportState::Running, counts(9_500, 0, 12));
    let mut samples = vec![sample(PATH, "new", &new())];
    for (state, shown) in [
        ("checking", checking),
        ("checked", checked),
        ("refused", mixed),
        ("nobody", nobody),
        ("running", running),
        ("done", done),
        ("stopped", stopped),
    ] {
        samples.push(sample(PATH, state, &page(shown)));
    }
    samples.push(sample(PATH, "faults", &UserImportPage { problems, ..new() }));
    samples
}
