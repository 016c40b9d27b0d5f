//! Two nodes on one PostgreSQL that change one thing at the same moment. A connection beside them holds
//! the row that both are about to write until both wait, so that each has read what it goes by before
//! the other one has written. Says nothing of what a node by itself does.
#![cfg(feature = "postgres")]

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::model::meter::NoMeter;
use lockkeeper::model::*;
use lockkeeper::store::connection::Db;
use lockkeeper::store::one_time_codes::{CodePurpose, Issued};
use lockkeeper::store::settle::{Answer, SettlePort as _, Verified};
use lockkeeper::store::sign_ins::SignInStatus;
use lockkeeper::store::team::{Guest, Role, Taken};
use lockkeeper::store::team_deeds::TeamAnswer;
use lockkeeper::store::user_import::Fate;
use lockkeeper::store::user_imports::{Ending, ImportCounts, ImportState, KEPT, Turn};
use lockkeeper::store::{Store, StoreError, StoreSettings};

use super::bench::{Bench, phantom};
use super::team::House;
use crate::harness::waiting::until;

const ACTOR: &str = "staff:user_1";
const WRONG: Verified = Verified::Wrong { credential_version: 1 };

/// Runs each law on PostgreSQL: on SQLite nobody is between a read and its write.
macro_rules! between_nodes {
    ($($law:ident),* $(,)?) => {
        mod on_postgres {
            $(#[test] fn $law() {
                crate::store::bench::run(crate::store::bench::Home::postgres(), super::$law);
            })*
        }
    };
}

pub(super) use between_nodes;

between_nodes!(
    of_two_who_start_a_file_one_runs_it,
    of_two_files_at_once_one_is_kept,
    a_file_that_is_started_meanwhile_is_stopped_and_not_forgotten,
    a_file_that_is_started_meanwhile_is_not_forgotten_by_upkeep,
    a_run_that_is_stopped_meanwhile_does_not_end_as_done,
    who_loses_the_turn_while_a_row_is_taken_makes_nobody,
    of_two_owners_who_delete_each_other_one_stays,
    who_is_made_an_owner_while_they_are_deleted_is_none,
    who_takes_an_invitation_while_they_are_deleted_is_in_no_team,
    who_waits_for_a_row_that_is_not_kept_makes_its_own,
    of_two_who_wait_for_a_row_that_goes_both_count,
    a_sign_in_that_ends_while_a_code_is_made_for_it_stays_at_its_end,
);

/// What a connection beside the nodes holds.
pub(super) struct Held(Db);

impl Held {
    /// `statements` of a transaction that stays open.
    pub(super) fn by(bench: &Bench, statements: &str) -> Self {
        let mut db = bench.url.open_writer().unwrap();
        let stay = "SET idle_in_transaction_session_timeout=0";
        db.batch_execute(&format!("{stay}; BEGIN; {statements};")).unwrap();
        Self(db)
    }

    /// Until so many wait for somebody's lock.
    pub(super) async fn until_waiting(&self, bench: &Bench, wanted: i64) {
        self.until_waiting_or(bench, wanted, || false).await;
    }

    async fn until_waiting_or(&self, bench: &Bench, wanted: i64, over: impl Fn() -> bool) {
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let mut look = bench.url.open_writer().unwrap();
        let query = "SELECT count(*) AS n FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until(&format!("{wanted} wait for a lock"), async || {
            over() || sql_query(query).get_result::<Number>(&mut look).unwrap().n == wanted
        })
        .await;
    }

    pub(super) fn let_go(mut self) {
        self.0.batch_execute("COMMIT").unwrap();
    }
}

/// Another node on the same database.
pub(super) fn other_node(bench: &Bench) -> Store {
    let settings = StoreSettings {
        url: bench.url.clone(),
        readers: 2,
        writers: 2,
        node: "other".to_owned(),
        phantom_cap: 3,
    };
    let handle = tokio::runtime::Handle::current();
    Store::open(settings, handle, Arc::new(bench.clock.clone()), Arc::new(NoMeter)).unwrap()
}

/// Both at the same moment, the first one a little before: each waits before the row is let go.
pub(super) async fn at_once<A, B>(
    bench: &Bench,
    held: Held,
    first: impl Future<Output = A> + Send + 'static,
    second: impl Future<Output = B> + Send + 'static,
) -> (A, B)
where
    A: Send + 'static,
    B: Send + 'static,
{
    let first = tokio::spawn(first);
    held.until_waiting(bench, 1).await;
    let second = tokio::spawn(second);
    // Where nothing keeps it waiting it is through.
    held.until_waiting_or(bench, 2, || second.is_finished()).await;
    held.let_go();
    (first.await.unwrap(), second.await.unwrap())
}

fn on_file(bench: &Bench) -> Held {
    Held::by(bench, "SELECT 1 FROM user_imports FOR UPDATE")
}

async fn starts(store: Store, file: Turn) -> Result<Turn, StoreError> {
    store.start_user_import(file.tenant, file.id, ACTOR.to_owned()).await
}

async fn drops(store: Store, file: Turn) -> Result<ImportState, StoreError> {
    store.drop_user_import(file.tenant, file.id, ACTOR.to_owned()).await
}

async fn state(bench: &Bench) -> Option<ImportState> {
    bench.reader.user_import(bench.tenant.clone()).await.unwrap().map(|found| found.state)
}

fn is_overtaken<T: std::fmt::Debug>(done: &Result<T, StoreError>) {
    assert!(matches!(done, Err(StoreError::Conflict { what: "user_import" })), "{done:?}");
}

async fn of_two_who_start_a_file_one_runs_it(bench: Bench) {
    let file = bench.looked_at().await;
    let (here, there) = (bench.store.clone(), other_node(&bench));
    let held = on_file(&bench);
    let (first, second) =
        at_once(&bench, held, starts(here, file.clone()), starts(there, file)).await;
    first.unwrap();
    is_overtaken(&second);
}

async fn of_two_files_at_once_one_is_kept(bench: Bench) {
    // A file that comes, and then does not.
    let held = Held::by(
        &bench,
        &format!(
            "INSERT INTO user_imports (tenant_id, id, state, file_bytes, staged_at, staged_by, turn, \
             due_at, rows, made, there, refused, unknown, changed_at) \
             VALUES ('{}', 'imp_x', 'checking', 1, 1, 'x', 1, 1, 0, 0, 0, 0, '[]', 1); \
             DELETE FROM user_imports",
            bench.tenant.as_str()
        ),
    );
    let (here, there) = (bench.store.clone(), other_node(&bench));
    let files = [bench.new_file(), bench.new_file()];
    let [one, other] = files.clone();
    let both =
        at_once(&bench, held, async move { here.stage_user_import(one).await }, async move {
            there.stage_user_import(other).await
        });
    let (first, second) = both.await;
    first.unwrap();
    let kept = second.unwrap().id;
    assert_eq!(kept, files[1].id);
    let found = bench.reader.user_import(bench.tenant.clone()).await.unwrap().unwrap();
    assert_eq!(found.id, kept, "the later one is in the place of the other");
}

async fn a_file_that_is_started_meanwhile_is_stopped_and_not_forgotten(bench: Bench) {
    let file = bench.looked_at().await;
    let (here, there) = (bench.store.clone(), other_node(&bench));
    let held = on_file(&bench);
    let (started, dropped) =
        at_once(&bench, held, starts(here, file.clone()), drops(there, file)).await;
    started.unwrap();
    assert_eq!(dropped.unwrap(), ImportState::Running);
    assert_eq!(state(&bench).await, Some(ImportState::Stopped));
}

async fn a_file_that_is_started_meanwhile_is_not_forgotten_by_upkeep(bench: Bench) {
    let file = bench.looked_at().await;
    bench.clock.advance(KEPT);
    let due = bench.reader.due_user_imports(bench.now(), 10).await.unwrap().remove(0);
    let (here, there) = (bench.store.clone(), other_node(&bench));
    let held = on_file(&bench);
    let forgets = async move { there.forget_user_import(due).await };
    let (started, forgotten) = at_once(&bench, held, starts(here, file), forgets).await;
    started.unwrap();
    forgotten.unwrap();
    assert_eq!(state(&bench).await, Some(ImportState::Running));
}

async fn a_run_that_is_stopped_meanwhile_does_not_end_as_done(bench: Bench) {
    let turn = bench.running().await;
    let (here, there) = (bench.store.clone(), other_node(&bench));
    let held = on_file(&bench);
    let run = turn.clone();
    let done = Ending { state: ImportState::Done, unknown: "[]".to_owned(), why: None };
    let ends = async move { there.end_user_import(run, done).await };
    let (stopped, ended) = at_once(&bench, held, drops(here, turn), ends).await;
    assert_eq!(stopped.unwrap(), ImportState::Running);
    is_overtaken(&ended);
    assert_eq!(state(&bench).await, Some(ImportState::Stopped));
}

async fn who_loses_the_turn_while_a_row_is_taken_makes_nobody(bench: Bench) {
    bench.add_user(&["carl"]).await;
    let turn = bench.running().await;
    // Somebody takes a name of the file, and the turn goes to another node in the same moment.
    let held = Held::by(
        &bench,
        "UPDATE identifications SET canonical_key = 'bob' WHERE canonical_key = 'carl'; \
         UPDATE user_imports SET turn = turn + 1",
    );
    let rows = vec![bench.row("anna"), bench.row("bob")];
    let store = bench.store.clone();
    let counts = ImportCounts { rows: 2, made: 1, there: 0, refused: 1 };
    let sum = move |_: &[Fate]| (counts, Vec::new());
    let importing = tokio::spawn(async move { store.import_users_of(turn, rows, sum).await });
    held.until_waiting(&bench, 1).await;
    held.let_go();
    is_overtaken(&importing.await.unwrap());
    assert!(!bench.is_there("anna").await);
}

/// Ana and Bo in acme, Ana its owner.
async fn ana_and_bo(bench: Bench, role: Role) -> (House, UserId, UserId) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let bo = house.join(&acme, role, "bo").await;
    (house, ana, bo)
}

/// Deletes one of the staff.
fn deletes(
    house: &House,
    store: Store,
    who: &UserId,
    name: &str,
) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
    let (console, who, names) = (house.console.clone(), who.clone(), House::names(name));
    async move { store.delete_user(console, who, names).await }
}

async fn of_two_owners_who_delete_each_other_one_stays(bench: Bench) {
    let (house, ana, bo) = ana_and_bo(bench, Role::Owner).await;
    let (here, there) = (house.bench.store.clone(), other_node(&house.bench));
    let held = Held::by(&house.bench, "SELECT 1 FROM tenants FOR UPDATE");
    let (first, second) = at_once(
        &house.bench,
        held,
        deletes(&house, here, &bo, "bo"),
        deletes(&house, there, &ana, "ana"),
    )
    .await;
    first.unwrap();
    assert!(matches!(second, Err(StoreError::Conflict { what: "last_owner" })), "{second:?}");
    assert_eq!(house.role(house.acme(), &ana).await, Some(Role::Owner));
}

async fn who_is_made_an_owner_while_they_are_deleted_is_none(bench: Bench) {
    let (house, ana, bo) = ana_and_bo(bench, Role::Admin).await;
    let (here, there) = (house.bench.store.clone(), other_node(&house.bench));
    let held = Held::by(&house.bench, "SELECT 1 FROM identifications FOR UPDATE");
    let hand = house.hand(house.acme(), &ana);
    let (own, gone) = (ana.clone(), bo.clone());
    let hands_over = async move {
        let made = there.change_role(hand.clone(), gone, Role::Owner).await;
        (made, there.change_role(hand, own, Role::Admin).await)
    };
    let deletes = deletes(&house, here, &bo, "bo");
    let (deleted, (made, left)) = at_once(&house.bench, held, deletes, hands_over).await;
    deleted.unwrap();
    assert!(matches!(made, Err(StoreError::NotFound)), "{made:?}");
    assert_eq!(left.unwrap(), TeamAnswer::LastOwner);
    assert_eq!(house.role(house.acme(), &ana).await, Some(Role::Owner));
}

async fn who_takes_an_invitation_while_they_are_deleted_is_in_no_team(bench: Bench) {
    let (house, ana, _bo) = ana_and_bo(bench, Role::Admin).await;
    let cy = house.join(house.acme(), Role::Support, "cy").await;
    assert_eq!(house.remove(&ana, &cy).await, TeamAnswer::Done, "of the staff, and in no team");
    let (_, hash) = house.invited(&ana, Role::Support, "late").await;
    let (here, there) = (house.bench.store.clone(), other_node(&house.bench));
    let held = Held::by(&house.bench, "SELECT 1 FROM identifications FOR UPDATE");
    let (console, guest) = (house.console.clone(), Guest::Staff(cy.clone()));
    let takes = async move { there.take_invite(console, hash, guest).await };
    let deletes = deletes(&house, here, &cy, "cy");
    let (deleted, taken) = at_once(&house.bench, held, deletes, takes).await;
    deleted.unwrap();
    assert_eq!(taken.unwrap(), Taken::Over);
    assert_eq!(house.role(house.acme(), &cy).await, None);
}

/// What locks an absent subject makes its row, and takes it away again where nothing came of it.
async fn who_waits_for_a_row_that_is_not_kept_makes_its_own(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    let (tenant, bob) = (bench.tenant.as_str(), user.as_str());
    bench.attempt("bob", WRONG).await;
    // Another node's deed on Bob, which came before and ends after the failure has begun to wait.
    let held = Held::by(
        &bench,
        &format!(
            "CREATE TEMP TABLE blank AS SELECT * FROM subjects WHERE subject = '{bob}'; \
             DELETE FROM subjects; COMMIT; BEGIN; INSERT INTO subjects SELECT * FROM blank; \
             DELETE FROM subjects WHERE tenant_id = '{tenant}'"
        ),
    );
    let failing = bench.store.settle(bench.request("bob", WRONG).await);
    held.until_waiting(&bench, 1).await;
    held.let_go();
    let answer = failing.await.unwrap().answer().clone();
    assert_eq!(answer, Answer::Wrong { remaining: Some(1) }, "counted from nothing");
    let again = bench.attempt("bob", WRONG).await;
    assert!(matches!(again, Answer::WrongAndLocked(_)), "{again:?}");
}

/// As where a purge of phantoms has locked what it is about to remove.
async fn of_two_who_wait_for_a_row_that_goes_both_count(bench: Bench) {
    const NOBODY: &str = "nobody@acme.test";
    const WRONG_OF_NOBODY: Verified = Verified::Wrong { credential_version: 0 };
    bench.attempt(NOBODY, WRONG_OF_NOBODY).await;
    let mut held = Held::by(&bench, "SELECT 1 FROM subjects WHERE phantom FOR UPDATE");
    let (one, two) = (
        bench.request(NOBODY, WRONG_OF_NOBODY).await,
        bench.request(NOBODY, WRONG_OF_NOBODY).await,
    );
    let (here, there) = (bench.store.clone(), other_node(&bench));
    let one = tokio::spawn(async move { here.settle(one).await });
    held.until_waiting(&bench, 1).await;
    let two = tokio::spawn(async move { there.settle(two).await });
    held.until_waiting(&bench, 2).await;
    held.0.batch_execute("DELETE FROM subjects WHERE phantom").unwrap();
    held.let_go();
    one.await.unwrap().unwrap();
    two.await.unwrap().unwrap();
    let (tenant, now) = (bench.tenant.clone(), bench.now());
    let view = bench.reader.subject_view(tenant, phantom(NOBODY), now).await.unwrap();
    assert_eq!(view.0.subject.count, 2);
}

/// As where its name was given to somebody else meanwhile: the code is made under that one's lock.
async fn a_sign_in_that_ends_while_a_code_is_made_for_it_stays_at_its_end(bench: Bench) {
    let one = bench.waiting().await;
    let held = Held::by(&bench, "UPDATE sign_ins SET status = 'complete'");
    let store = bench.store.clone();
    let request = bench.request_of(&one, &one.user, CodePurpose::SignIn);
    let issued = tokio::spawn(async move { store.issue_code(request).await });
    held.until_waiting(&bench, 1).await;
    held.let_go();
    assert_eq!(issued.await.unwrap().unwrap(), Issued::Void);
    assert_eq!(bench.status(&one).await, SignInStatus::Complete);
}
