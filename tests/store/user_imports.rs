//! Files of users in storage: one who has lost his turn writes nothing, and how far a file is stands in
//! the transaction of the users that it is about.

use lockkeeper::model::*;
use lockkeeper::store::StoreError;
use lockkeeper::store::user_import::{Fate, ImportedUser};
use lockkeeper::store::user_imports::{
    Ending, ImportCounts, ImportState, KEPT, LEASE, NewImport, OVERTAKEN, RESULT_KEPT, RefusedRow,
    Turn,
};

use super::bench::{Bench, key};

on_both!(
    a_file_goes_its_way_and_is_forgotten,
    who_lost_the_turn_makes_nobody_and_writes_nothing,
    users_and_how_far_it_is_are_written_together,
    a_file_is_run_once_and_none_takes_its_place_meanwhile,
    a_run_that_is_stopped_keeps_no_file,
);

fn is_overtaken<T: std::fmt::Debug>(done: Result<T, StoreError>) {
    assert!(matches!(done, Err(StoreError::Conflict { what: OVERTAKEN })), "{done:?}");
}

fn counts(rows: i64, made: i64, refused: i64) -> ImportCounts {
    ImportCounts { rows, made, there: rows - made - refused, refused }
}

const fn ended(state: ImportState) -> Ending {
    Ending { state, unknown: String::new(), why: None }
}

impl Bench {
    pub(super) fn new_file(&self) -> NewImport {
        NewImport {
            tenant: self.tenant.clone(),
            id: UserImportId::generate(self.now()),
            sealed: "sealed".to_owned(),
            file_bytes: 9,
            actor: "staff:user_1".to_owned(),
        }
    }

    async fn staged(&self) -> Turn {
        self.store.stage_user_import(self.new_file()).await.unwrap()
    }

    /// A file that was looked at.
    pub(super) async fn looked_at(&self) -> Turn {
        let turn = self.staged().await;
        self.store.end_user_import(turn.clone(), ended(ImportState::Checked)).await.unwrap();
        turn
    }

    pub(super) async fn running(&self) -> Turn {
        let id = self.looked_at().await.id;
        self.store
            .start_user_import(self.tenant.clone(), id, "staff:user_2".to_owned())
            .await
            .unwrap()
    }

    async fn state(&self) -> Option<(ImportState, ImportCounts)> {
        let found = self.reader.user_import(self.tenant.clone()).await.unwrap();
        found.map(|found| (found.state, found.counts))
    }

    pub(super) fn row(&self, name: &str) -> ImportedUser {
        ImportedUser { new: self.new_user(&[name]), pending: Vec::new(), external: Vec::new() }
    }

    pub(super) async fn is_there(&self, name: &str) -> bool {
        self.reader.identified(self.tenant.clone(), key(name)).await.unwrap().is_some()
    }

    /// What upkeep does with what is due.
    async fn minded(&self) {
        for import in self.reader.due_user_imports(self.now(), 10).await.unwrap() {
            self.store.forget_user_import(import).await.unwrap();
        }
    }
}

async fn a_file_goes_its_way_and_is_forgotten(bench: Bench) {
    let turn = bench.staged().await;
    let refused = RefusedRow { row: 2, id: None, faults: vec!["id: a; b".to_owned()] };
    let step = bench.store.step_user_import(turn.clone(), counts(2, 1, 1), vec![refused.clone()]);
    step.await.unwrap();
    let named = bench.reader.refused_rows(bench.tenant.clone(), 0, 10).await.unwrap();
    assert_eq!(named, [refused]);
    assert_eq!(bench.state().await, Some((ImportState::Checking, counts(2, 1, 1))));
    bench.store.end_user_import(turn, ended(ImportState::Checked)).await.unwrap();
    assert_eq!(bench.state().await, Some((ImportState::Checked, counts(2, 1, 1))));
    bench.clock.advance(Span(KEPT.0 - 1));
    bench.minded().await;
    assert!(bench.state().await.is_some());
    bench.clock.advance(Span(1));
    bench.minded().await;
    assert_eq!(bench.state().await, None);
    assert_eq!(bench.reader.refused_rows(bench.tenant.clone(), 0, 10).await.unwrap(), []);
}

async fn who_lost_the_turn_makes_nobody_and_writes_nothing(bench: Bench) {
    let first = bench.running().await;
    assert_eq!(bench.reader.due_user_imports(bench.now(), 10).await.unwrap(), []);
    bench.clock.advance(LEASE);
    let due = bench.reader.due_user_imports(bench.now(), 10).await.unwrap().remove(0);
    let second = bench.store.take_user_import(due.clone()).await.unwrap().unwrap();
    assert_eq!(bench.store.take_user_import(due).await.unwrap(), None, "one of two takes it");
    assert_eq!(second.number, first.number + 1);

    is_overtaken(bench.store.step_user_import(first.clone(), counts(1, 0, 0), Vec::new()).await);
    let sum = |_: &[Fate]| (counts(1, 1, 0), Vec::new());
    let rows = vec![bench.row("anna")];
    is_overtaken(bench.store.import_users_of(first.clone(), rows, sum).await);
    assert!(!bench.is_there("anna").await);
    is_overtaken(bench.store.end_user_import(first, ended(ImportState::Done)).await);
    assert_eq!(bench.state().await, Some((ImportState::Running, counts(0, 0, 0))));

    let rows = vec![bench.row("anna")];
    bench.store.import_users_of(second, rows, sum).await.unwrap();
    assert!(bench.is_there("anna").await);
    assert_eq!(bench.state().await, Some((ImportState::Running, counts(1, 1, 0))));
}

async fn users_and_how_far_it_is_are_written_together(bench: Bench) {
    bench.add_user(&["bob"]).await;
    let turn = bench.running().await;
    let sum = |fates: &[Fate]| {
        assert!(matches!(fates, [Fate::Made, Fate::Refused(_)]), "{fates:?}");
        let refused = RefusedRow { row: 2, id: None, faults: vec!["taken".to_owned()] };
        (counts(2, 1, 1), vec![refused])
    };
    let rows = vec![bench.row("anna"), bench.row("bob")];
    let done = bench.store.import_users_of(turn.clone(), rows, sum).await.unwrap();
    assert_eq!((done, bench.is_there("anna").await), (counts(2, 1, 1), true));
    let named = bench.reader.refused_rows(bench.tenant.clone(), 0, 10).await.unwrap();
    assert_eq!(named.len(), 1);
    bench.store.end_user_import(turn.clone(), ended(ImportState::Done)).await.unwrap();
    assert_eq!(bench.reader.user_import_file(turn).await.unwrap(), None, "needed no more");
    let facts = bench.reader.audit_rows(bench.tenant.clone(), 10).await.unwrap();
    let ours = facts.iter().filter(|row| row.action.starts_with("users."));
    let mut done: Vec<_> = ours.map(|row| (&*row.actor, &*row.action)).collect();
    done.sort_unstable();
    assert_eq!(
        done,
        [
            ("staff:user_1", "users.file_staged"),
            ("staff:user_2", "users.import_started"),
            ("staff:user_2", "users.imported"),
        ]
    );
    bench.clock.advance(RESULT_KEPT);
    bench.minded().await;
    assert_eq!(bench.state().await, None);
}

async fn a_file_is_run_once_and_none_takes_its_place_meanwhile(bench: Bench) {
    let tenant = || bench.tenant.clone();
    let older = bench.looked_at().await.id;
    let id = bench.looked_at().await.id;
    let start = |id: &UserImportId| {
        bench.store.start_user_import(tenant(), id.clone(), "staff:user_2".to_owned())
    };
    assert!(matches!(start(&older).await, Err(StoreError::NotFound)), "not what was looked at");
    start(&id).await.unwrap();
    is_overtaken(start(&id).await);
    is_overtaken(bench.store.stage_user_import(bench.new_file()).await);
}

async fn a_run_that_is_stopped_keeps_no_file(bench: Bench) {
    let turn = bench.running().await;
    let stop =
        |id| bench.store.drop_user_import(bench.tenant.clone(), id, "staff:user_3".to_owned());
    let odd = UserImportId::from_stored("imp_odd".to_owned());
    assert!(matches!(stop(odd).await, Err(StoreError::NotFound)));
    assert_eq!(stop(turn.id.clone()).await.unwrap(), ImportState::Running);
    assert_eq!(bench.state().await, Some((ImportState::Stopped, counts(0, 0, 0))));
    is_overtaken(bench.store.step_user_import(turn.clone(), counts(1, 0, 0), Vec::new()).await);
    let left = Turn { number: turn.number + 1, ..turn.clone() };
    assert_eq!(bench.reader.user_import_file(left).await.unwrap(), None);
    assert_eq!(stop(turn.id).await.unwrap(), ImportState::Stopped, "its result is forgotten");
    assert_eq!(bench.state().await, None);
}
