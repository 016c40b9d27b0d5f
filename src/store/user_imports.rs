//! The file of users that a tenant's staff have sent: where its work stands, which of its rows were
//! refused, and, sealed, the file itself for as long as it is needed. Whoever works it off holds a turn;
//! a step of one who has lost it is written by nobody. Every change stands behind the lock on the
//! tenant's row, so that of two nodes the second one sees what the first has left. Knows no file format.

use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, Deed};
use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::schema::{user_import_faults, user_imports};
use super::signing_keys::take_turns;
use super::{Reader, Store};
use crate::model::{Millis, Span, TenantId, UserImportId};

/// What a turn that was lost is told as; also a file that is not in the state that a deed is for.
pub const OVERTAKEN: &str = "user_import";
/// How long a turn is believed in without a step.
pub const LEASE: Span = Span::MINUTE;
/// How long a file waits to be run.
pub const KEPT: Span = Span::HOUR;
/// How long its result can be read.
pub const RESULT_KEPT: Span = Span::DAY.times(7);

/// The row, as long as it is still that turn.
macro_rules! held {
    ($turn:expr) => {
        user_imports::table
            .find(&$turn.tenant)
            .filter(user_imports::id.eq(&$turn.id))
            .filter(user_imports::turn.eq($turn.number))
    };
}

text_enum! {
    /// How far a file is.
    ImportState {
        /// Its rows are looked at.
        Checking = "checking",
        /// Somebody has to say that it may be run.
        Checked = "checked",
        Running = "running",
        Done = "done",
        /// It cannot be read on, or somebody has stopped it.
        Stopped = "stopped",
    }
}

/// What became of the rows so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = user_imports)]
pub struct ImportCounts {
    pub rows: i64,
    /// Would be made, as long as they are only looked at.
    pub made: i64,
    pub there: i64,
    pub refused: i64,
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its number, the first being 1.
    pub row: i64,
    /// The id that it has, where it has one.
    pub id: Option<String>,
    /// In words, each with the column's name before it.
    pub faults: Vec<String>,
}

/// A file without its content.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = user_imports)]
pub struct UserImport {
    pub tenant_id: TenantId,
    pub id: UserImportId,
    pub state: ImportState,
    pub file_bytes: i64,
    pub staged_at: Millis,
    /// As [`super::audit::AuditRow::actor`].
    pub staged_by: String,
    pub run_by: Option<String>,
    pub turn: i64,
    pub due_at: Millis,
    pub total: Option<i64>,
    #[diesel(embed)]
    pub counts: ImportCounts,
    /// A JSON list.
    pub unknown: String,
    /// Why it was stopped.
    pub why: Option<String>,
    /// Of its last step.
    pub changed_at: Millis,
}

/// A file that has come.
#[derive(Debug, Clone)]
pub struct NewImport {
    pub tenant: TenantId,
    pub id: UserImportId,
    pub sealed: String,
    pub file_bytes: i64,
    pub actor: String,
}

/// Whose turn it is to work a file off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub tenant: TenantId,
    pub id: UserImportId,
    pub number: i64,
}

/// How the work on a file has ended.
#[derive(Debug, Clone)]
pub struct Ending {
    pub state: ImportState,
    /// Columns that nothing is known of, as a JSON list.
    pub unknown: String,
    pub why: Option<String>,
}

impl Reader {
    /// The newest file of a tenant.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn user_import(&self, tenant: TenantId) -> Result<Option<UserImport>, StoreError> {
        self.run(move |db| Ok(find(db, &tenant)?)).await
    }

    /// The file itself, sealed; `None` where it is needed no more.
    ///
    /// # Errors
    /// As [`Reader::user_import`].
    pub async fn user_import_file(&self, turn: Turn) -> Result<Option<String>, StoreError> {
        self.run(move |db| {
            let sealed: Option<Option<String>> =
                held!(turn).select(user_imports::sealed).first(db).optional()?;
            Ok(sealed.flatten())
        })
        .await
    }

    /// Its refused rows after number `after`, by their numbers; at most `limit`.
    ///
    /// # Errors
    /// As [`Reader::user_import`].
    pub async fn refused_rows(
        &self,
        tenant: TenantId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<RefusedRow>, StoreError> {
        self.run(move |db| {
            let columns =
                (user_import_faults::row, user_import_faults::id, user_import_faults::faults);
            let found: Vec<(i64, Option<String>, String)> = user_import_faults::table
                .filter(user_import_faults::tenant_id.eq(&tenant))
                .filter(user_import_faults::row.gt(after))
                .order(user_import_faults::row)
                .limit(limit)
                .select(columns)
                .load(db)?;
            let told = |(row, id, faults): (i64, Option<String>, String)| {
                let faults = serde_json::from_str(&faults).unwrap_or_default();
                RefusedRow { row, id, faults }
            };
            Ok(found.into_iter().map(told).collect())
        })
        .await
    }

    /// Files that upkeep has to look at, the longest due first; at most `limit`.
    ///
    /// # Errors
    /// As [`Reader::user_import`].
    pub async fn due_user_imports(
        &self,
        now: Millis,
        limit: i64,
    ) -> Result<Vec<UserImport>, StoreError> {
        self.run(move |db| {
            Ok(user_imports::table
                .filter(user_imports::due_at.le(now))
                .order((user_imports::due_at, user_imports::tenant_id))
                .limit(limit)
                .select(UserImport::as_select())
                .load(db)?)
        })
        .await
    }
}

fn find(db: &mut Db, tenant: &TenantId) -> QueryResult<Option<UserImport>> {
    user_imports::table.find(tenant).select(UserImport::as_select()).first(db).optional()
}

/// As [`find`], for whoever goes on to change it: until the commit nobody else does, on any node.
fn find_in_turn(db: &mut Db, tenant: &TenantId) -> QueryResult<Option<UserImport>> {
    take_turns(db, tenant)?;
    find(db, tenant)
}

/// The file, if it is this one.
fn must_find(db: &mut Db, tenant: &TenantId, id: &UserImportId) -> Result<UserImport, StoreError> {
    let found = find_in_turn(db, tenant)?.filter(|found| found.id == *id);
    found.ok_or(StoreError::NotFound)
}

const fn overtaken() -> StoreError {
    StoreError::Conflict { what: OVERTAKEN }
}

fn clear_faults(db: &mut Db, tenant: &TenantId) -> QueryResult<usize> {
    let of_tenant = user_import_faults::tenant_id.eq(tenant);
    diesel::delete(user_import_faults::table.filter(of_tenant)).execute(db)
}

/// For whoever writes what a turn is for: it is held, and nobody takes it before the commit.
///
/// # Errors
/// `Conflict { what: "user_import" }` where it is lost.
pub(super) fn must_hold(db: &mut Db, turn: &Turn) -> Result<UserImport, StoreError> {
    take_turns(db, &turn.tenant)?;
    let found = held!(turn).select(UserImport::as_select()).first(db).optional()?;
    found.ok_or(overtaken())
}

/// Writes how far the work is, beside what it is about; the turn is believed in for another minute.
/// [`must_hold`] comes before.
pub(super) fn step(
    db: &mut Db,
    turn: &Turn,
    counts: ImportCounts,
    refused: &[RefusedRow],
    now: Millis,
) -> Result<(), StoreError> {
    let times = (user_imports::due_at.eq(now.after(LEASE)), user_imports::changed_at.eq(now));
    if diesel::update(held!(turn)).set((counts, times)).execute(db)? == 0 {
        return Err(overtaken());
    }
    for RefusedRow { row, id, faults } in refused {
        let values = (
            user_import_faults::tenant_id.eq(&turn.tenant),
            user_import_faults::row.eq(row),
            user_import_faults::id.eq(id),
            user_import_faults::faults.eq(json!(faults).to_string()),
        );
        diesel::insert_into(user_import_faults::table).values(values).execute(db)?;
    }
    Ok(())
}

/// What is told of a file's run.
fn told(import: &UserImport, counts: ImportCounts) -> serde_json::Value {
    json!({
        "import": import.id,
        "rows": counts.rows,
        "made": counts.made,
        "there": counts.there,
        "refused": counts.refused,
    })
}

impl Store {
    /// Keeps a file to be looked at, in the place of the one before. The turn is the caller's.
    ///
    /// # Errors
    /// `Conflict { what: "user_import" }` while another one is run.
    pub async fn stage_user_import(&self, new: NewImport) -> Result<Turn, StoreError> {
        let owner = new.tenant.clone();
        self.write(&owner, move |db, now| {
            let tenant = &new.tenant;
            let there = find_in_turn(db, tenant)?;
            if there.is_some_and(|found| found.state == ImportState::Running) {
                return Err(overtaken());
            }
            clear_faults(db, tenant)?;
            diesel::delete(user_imports::table.find(tenant)).execute(db)?;
            let row = (
                user_imports::tenant_id.eq(tenant),
                user_imports::id.eq(&new.id),
                user_imports::state.eq(ImportState::Checking),
                user_imports::file_bytes.eq(new.file_bytes),
                user_imports::sealed.eq(&new.sealed),
                user_imports::staged_at.eq(now),
                user_imports::staged_by.eq(&new.actor),
                user_imports::turn.eq(1),
                user_imports::due_at.eq(now.after(LEASE)),
                user_imports::rows.eq(0),
                user_imports::made.eq(0),
                user_imports::there.eq(0),
                user_imports::refused.eq(0),
                user_imports::unknown.eq("[]"),
                user_imports::changed_at.eq(now),
            );
            diesel::insert_into(user_imports::table).values(row).execute(db)?;
            let detail = json!({ "import": new.id, "bytes": new.file_bytes });
            let deed = Deed { actor: new.actor.clone(), action: "users.file_staged", detail };
            audit::note(db, tenant, &deed, now)?;
            Ok(Turn { tenant: tenant.clone(), id: new.id.clone(), number: 1 })
        })
        .await
    }

    /// Sets the run of a file off that was looked at. The turn is the caller's.
    ///
    /// # Errors
    /// `NotFound` where the tenant's file is another one; `Conflict { what: "user_import" }` where it
    /// does not wait for this.
    pub async fn start_user_import(
        &self,
        tenant: TenantId,
        id: UserImportId,
        actor: String,
    ) -> Result<Turn, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let found = must_find(db, &tenant, &id)?;
            if found.state != ImportState::Checked {
                return Err(overtaken());
            }
            let number = found.turn.saturating_add(1);
            diesel::update(user_imports::table.find(&tenant))
                .set((
                    ImportCounts::default(),
                    user_imports::state.eq(ImportState::Running),
                    user_imports::run_by.eq(&actor),
                    user_imports::turn.eq(number),
                    user_imports::due_at.eq(now.after(LEASE)),
                    user_imports::changed_at.eq(now),
                ))
                .execute(db)?;
            clear_faults(db, &tenant)?;
            let detail = told(&found, found.counts);
            let deed = Deed { actor: actor.clone(), action: "users.import_started", detail };
            audit::note(db, &tenant, &deed, now)?;
            Ok(Turn { tenant: tenant.clone(), id: id.clone(), number })
        })
        .await
    }

    /// Takes up work that nobody goes on with: whether nobody else has.
    ///
    /// # Errors
    /// As any write.
    pub async fn take_user_import(&self, import: UserImport) -> Result<Option<Turn>, StoreError> {
        let owner = import.tenant_id.clone();
        self.write(&owner, move |db, now| {
            take_turns(db, &import.tenant_id)?;
            let (tenant, id) = (import.tenant_id.clone(), import.id.clone());
            let last = Turn { tenant, id, number: import.turn };
            let number = last.number.saturating_add(1);
            let changed = diesel::update(held!(last).filter(user_imports::due_at.le(now)))
                .set((user_imports::turn.eq(number), user_imports::due_at.eq(now.after(LEASE))))
                .execute(db)?;
            Ok((changed > 0).then_some(Turn { number, ..last }))
        })
        .await
    }

    /// Writes how far a look at a file is.
    ///
    /// # Errors
    /// `Conflict { what: "user_import" }` where the turn is lost.
    pub async fn step_user_import(
        &self,
        turn: Turn,
        counts: ImportCounts,
        refused: Vec<RefusedRow>,
    ) -> Result<(), StoreError> {
        let owner = turn.tenant.clone();
        self.write(&owner, move |db, now| {
            must_hold(db, &turn)?;
            step(db, &turn, counts, &refused, now)
        })
        .await
    }

    /// Ends a look or a run; of what will not be run the file is gone.
    ///
    /// # Errors
    /// As [`Store::step_user_import`].
    pub async fn end_user_import(&self, turn: Turn, ending: Ending) -> Result<(), StoreError> {
        let owner = turn.tenant.clone();
        self.write(&owner, move |db, now| {
            let found = must_hold(db, &turn)?;
            let ran = found.state == ImportState::Running;
            end(db, &found, &ending, now)?;
            if ran {
                let actor = found.run_by.clone().unwrap_or_else(|| found.staged_by.clone());
                let detail = told(&found, found.counts);
                let deed = Deed { actor, action: "users.imported", detail };
                audit::note(db, &turn.tenant, &deed, now)?;
            }
            Ok(())
        })
        .await
    }

    /// Throws a file away that waits, or stops one that is run; a result is forgotten.
    ///
    /// # Errors
    /// `NotFound` where the tenant's file is another one.
    pub async fn drop_user_import(
        &self,
        tenant: TenantId,
        id: UserImportId,
        actor: String,
    ) -> Result<ImportState, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let found = must_find(db, &tenant, &id)?;
            let action = match found.state {
                ImportState::Running => {
                    let unknown = found.unknown.clone();
                    let ending = Ending { state: ImportState::Stopped, unknown, why: None };
                    end(db, &found, &ending, now)?;
                    "users.import_stopped"
                }
                ImportState::Checking
                | ImportState::Checked
                | ImportState::Done
                | ImportState::Stopped => {
                    forget(db, &tenant)?;
                    "users.file_dropped"
                }
            };
            let detail = told(&found, found.counts);
            audit::note(db, &tenant, &Deed { actor: actor.clone(), action, detail }, now)?;
            Ok(found.state)
        })
        .await
    }

    /// Forgets a file that waited too long, or a result that could be read for long enough.
    ///
    /// # Errors
    /// As any write; one that has changed meanwhile is left.
    pub async fn forget_user_import(&self, import: UserImport) -> Result<(), StoreError> {
        let owner = import.tenant_id.clone();
        self.write(&owner, move |db, now| {
            let found = find_in_turn(db, &import.tenant_id)?;
            let same = |found: &UserImport| {
                (&found.id, found.turn, found.state) == (&import.id, import.turn, import.state)
            };
            if found.is_some_and(|found| same(&found) && found.due_at <= now) {
                forget(db, &import.tenant_id)?;
            }
            Ok(())
        })
        .await
    }
}

fn forget(db: &mut Db, tenant: &TenantId) -> QueryResult<usize> {
    clear_faults(db, tenant)?;
    diesel::delete(user_imports::table.find(tenant)).execute(db)
}

/// Takes the turn from whoever has it.
fn end(db: &mut Db, found: &UserImport, ending: &Ending, now: Millis) -> QueryResult<()> {
    let waits = ending.state == ImportState::Checked;
    let row = user_imports::table.find(&found.tenant_id);
    if !waits {
        diesel::update(row).set(user_imports::sealed.eq(None::<String>)).execute(db)?;
    }
    diesel::update(row)
        .set((
            user_imports::state.eq(ending.state),
            user_imports::turn.eq(found.turn.saturating_add(1)),
            user_imports::due_at.eq(now.after(if waits { KEPT } else { RESULT_KEPT })),
            user_imports::total.eq(found.total.or(Some(found.counts.rows))),
            user_imports::unknown.eq(&ending.unknown),
            user_imports::why.eq(&ending.why),
            user_imports::changed_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}
