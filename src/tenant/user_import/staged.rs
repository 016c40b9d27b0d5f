//! A file of users that came by the console: kept sealed while it is needed, looked at, then run when
//! somebody says so. The work goes on by itself: 500 rows with how far it is in one transaction, by
//! whoever holds the turn; one whose node died is taken up by upkeep of any node where it stands.

use std::io::Cursor;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretSlice};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::export::FileFault;
use super::rows::{ImportRows, Judged};
use crate::model::{Span, UserImportId};
use crate::store::StoreError;
use crate::store::tenants::TenantName;
use crate::store::user_imports::{
    Ending, ImportCounts, ImportState, NewImport, OVERTAKEN, RefusedRow, Turn, UserImport,
};
use crate::tenant::{TenantFault, TenantProfile, Tenants};
use crate::token::Purpose;

/// Largest file, in bytes: about 20,000 users with a password each. The command line takes larger ones.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;
/// Most rows of a file.
pub const MAX_ROWS: i64 = 50_000;
/// Files that a node works off at once; more wait for upkeep.
const AT_ONCE: usize = 2;
/// Files of one round of upkeep.
const A_ROUND: i64 = 20;
/// Work that has not come to its end so long after the file came never will.
const GIVEN_UP: Span = Span::DAY;

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum StageFault {
    #[error(transparent)]
    File(#[from] FileFault),
    #[error("it holds no row")]
    NoRow,
    #[error("it is larger than {MAX_FILE_BYTES} bytes")]
    TooLarge,
    /// Another one is being run.
    #[error("another file is being run")]
    Running,
    #[error(transparent)]
    Tenant(#[from] TenantFault),
}

/// What bounds the files that this node has open.
pub(in crate::tenant) struct Places {
    /// For the time of the work; who finds none leaves it to upkeep.
    work: Arc<Semaphore>,
    /// For the first look at a file that has come, which is short: the next one waits for it.
    arrival: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        let places = || Arc::new(Semaphore::new(AT_ONCE));
        Self { work: places(), arrival: places() }
    }
}

/// The file's content, wiped when it is dropped.
struct Plain(SecretSlice<u8>);

impl AsRef<[u8]> for Plain {
    fn as_ref(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

/// Why work ended before its end.
enum Halt {
    /// Told to whoever sent the file.
    Why(String),
    /// The turn is lost, or the database is: nothing is written any more.
    Gone(TenantFault),
}

impl From<TenantFault> for Halt {
    fn from(fault: TenantFault) -> Self {
        Self::Gone(fault)
    }
}

impl From<FileFault> for Halt {
    fn from(fault: FileFault) -> Self {
        Self::Why(fault.to_string())
    }
}

impl Tenants {
    /// The newest file of a tenant.
    ///
    /// # Errors
    /// As any read.
    pub async fn user_import(
        &self,
        profile: &TenantProfile,
    ) -> Result<Option<UserImport>, TenantFault> {
        Ok(self.inner.reader.user_import(profile.id().clone()).await?)
    }

    /// Rows of it that were refused, after the one of this number.
    ///
    /// # Errors
    /// As any read.
    pub async fn refused_rows(
        &self,
        profile: &TenantProfile,
        after: i64,
        limit: i64,
    ) -> Result<Vec<RefusedRow>, TenantFault> {
        Ok(self.inner.reader.refused_rows(profile.id().clone(), after, limit).await?)
    }

    /// Keeps a file and begins to look at it; waits up to `patience` for the end of that.
    ///
    /// # Errors
    /// [`StageFault`]: nothing is kept then.
    pub async fn stage_users(
        &self,
        profile: &Arc<TenantProfile>,
        file: Vec<u8>,
        actor: &str,
        patience: Span,
    ) -> Result<(), StageFault> {
        if file.len() > MAX_FILE_BYTES {
            return Err(StageFault::TooLarge);
        }
        let running = |found: UserImport| found.state == ImportState::Running;
        if self.user_import(profile).await?.is_some_and(running) {
            return Err(StageFault::Running);
        }
        // Before the file is opened and sealed: however many come at once, so many are in memory twice.
        let arrival = Arc::clone(&self.inner.imports.arrival).acquire_owned().await;
        let arrival = arrival.map_err(|_closed| TenantFault::Unavailable)?;
        let (now, actor) = (self.inner.clock.now(), actor.to_owned());
        let (keys, tenant) = (Arc::clone(&self.inner.keys), profile.id().clone());
        let sealed = self.inner.runtime.spawn_blocking(move || {
            // Kept to the end also where whoever sent the file has hung up.
            let _arrival = arrival;
            let file = SecretSlice::from(file);
            let sealed = keys.seal(Purpose::ImportAtRest, &tenant, file.expose_secret());
            let file_bytes = i64::try_from(file.expose_secret().len()).unwrap_or(i64::MAX);
            if !ImportRows::holds_any(Box::new(Cursor::new(Plain(file))), now)? {
                return Err(StageFault::NoRow);
            }
            let (sealed, id) = (sealed.map_err(TenantFault::from)?, UserImportId::generate(now));
            Ok(NewImport { tenant, id, sealed, file_bytes, actor })
        });
        let new = sealed.await.map_err(|error| {
            tracing::error!(error = %error, "a file of users was not looked at");
            TenantFault::Unavailable
        })??;
        let turn = match self.inner.store.stage_user_import(new).await {
            Err(StoreError::Conflict { .. }) => return Err(StageFault::Running),
            other => other.map_err(TenantFault::from)?,
        };
        self.set_off(profile, turn, patience).await;
        Ok(())
    }

    /// Runs a file that was looked at; waits up to `patience` for the end of that.
    ///
    /// # Errors
    /// `NotFound` where the tenant's file is another one by now, `Conflict` where it waits for no run.
    pub async fn run_staged_users(
        &self,
        profile: &Arc<TenantProfile>,
        id: UserImportId,
        actor: &str,
        patience: Span,
    ) -> Result<(), TenantFault> {
        let (tenant, actor) = (profile.id().clone(), actor.to_owned());
        let turn = self.inner.store.start_user_import(tenant, id, actor).await?;
        self.set_off(profile, turn, patience).await;
        Ok(())
    }

    /// Throws a file away, or stops the run of one; says what it was.
    ///
    /// # Errors
    /// `NotFound` where the tenant's file is another one by now.
    pub async fn drop_staged_users(
        &self,
        profile: &TenantProfile,
        id: UserImportId,
        actor: &str,
    ) -> Result<ImportState, TenantFault> {
        let tenant = profile.id().clone();
        Ok(self.inner.store.drop_user_import(tenant, id, actor.to_owned()).await?)
    }

    /// Goes on with files whose nodes died, and forgets those whose time is over.
    pub(in crate::tenant) async fn mind_imports(&self) -> Result<(), TenantFault> {
        let now = self.inner.clock.now();
        for import in self.inner.reader.due_user_imports(now, A_ROUND).await? {
            match import.state {
                ImportState::Checked | ImportState::Done | ImportState::Stopped => {
                    self.inner.store.forget_user_import(import).await?;
                }
                ImportState::Checking | ImportState::Running => {
                    // Those behind it may only have to be forgotten.
                    let Some(place) = self.place() else { continue };
                    let found = self.find(TenantName::Id(import.tenant_id.clone())).await?;
                    let Some(profile) = found else { continue };
                    let Some(turn) = self.inner.store.take_user_import(import).await? else {
                        continue;
                    };
                    drop(self.spawned(&profile, turn, place));
                }
            }
        }
        Ok(())
    }

    fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.inner.imports.work).try_acquire_owned().ok()
    }

    /// Without a place the turn is left to run out.
    async fn set_off(&self, profile: &Arc<TenantProfile>, turn: Turn, patience: Span) {
        let Some(place) = self.place() else { return };
        let due = self.inner.clock.now().after(patience);
        tokio::select! {
            _ = self.spawned(profile, turn, place) => {}
            () = self.inner.clock.wait_until(due) => {}
        }
    }

    fn spawned(
        &self,
        profile: &Arc<TenantProfile>,
        turn: Turn,
        place: OwnedSemaphorePermit,
    ) -> JoinHandle<()> {
        let (tenants, profile) = (self.clone(), Arc::clone(profile));
        self.inner.runtime.spawn(async move {
            let _place = place;
            match tenants.work_off(&profile, turn).await {
                Ok(()) => {}
                // Another node goes on with it, or somebody threw it away.
                Err(TenantFault::NotFound | TenantFault::Conflict { what: OVERTAKEN }) => {}
                // Taken up again when the turn has run out.
                Err(fault) => {
                    tracing::warn!(tenant = %profile.id(), error = %fault, "an import did not get on");
                }
            }
        })
    }

    async fn work_off(&self, profile: &TenantProfile, turn: Turn) -> Result<(), TenantFault> {
        let found = self.user_import(profile).await?;
        let Some(import) = found.filter(|found| (&found.id, found.turn) == (&turn.id, turn.number))
        else {
            return Ok(());
        };
        let mut unknown = import.unknown.clone();
        let halted = self.all_rows(profile, &turn, &import, &mut unknown).await;
        let (state, why) = match halted {
            Ok(()) if import.state == ImportState::Checking => (ImportState::Checked, None),
            Ok(()) => (ImportState::Done, None),
            Err(Halt::Why(why)) => (ImportState::Stopped, Some(why)),
            Err(Halt::Gone(fault)) => return Err(fault),
        };
        // The end of a run is a fact, too, and nobody's form is left with it.
        let _seal = self.seal_on_drop(profile.id());
        Ok(self.inner.store.end_user_import(turn, Ending { state, unknown, why }).await?)
    }

    async fn all_rows(
        &self,
        profile: &TenantProfile,
        turn: &Turn,
        import: &UserImport,
        unknown: &mut String,
    ) -> Result<(), Halt> {
        if import.staged_at.after(GIVEN_UP) <= self.inner.clock.now() {
            return Err(Halt::Why("it could not be worked off within a day".to_owned()));
        }
        let mut rows = self.open_staged(turn, import).await?;
        while let Some(Judged { forms, sum }) = rows.next_batch()? {
            if rows.counts().rows > MAX_ROWS {
                let why = format!("it has more than {MAX_ROWS} rows; the command line takes it");
                return Err(Halt::Why(why));
            }
            let counts = if import.state == ImportState::Running {
                let users = self.imported_users(profile, forms)?;
                let sum = move |fates: &[_]| sum.with(fates);
                let done = self.inner.store.import_users_of(turn.clone(), users, sum).await;
                done.map_err(TenantFault::from)?
            } else {
                let fates = self.import_fates(profile, forms).await?;
                let (counts, refused) = sum.with(&fates);
                let step = self.inner.store.step_user_import(turn.clone(), counts, refused);
                step.await.map_err(TenantFault::from)?;
                counts
            };
            rows.count(counts);
        }
        *unknown = serde_json::json!(rows.unknown().collect::<Vec<_>>()).to_string();
        Ok(())
    }

    /// The file, where the work on it stands.
    async fn open_staged(&self, turn: &Turn, import: &UserImport) -> Result<ImportRows, Halt> {
        let read = self.inner.reader.user_import_file(turn.clone()).await;
        let sealed = read.map_err(TenantFault::from)?.ok_or(TenantFault::NotFound)?;
        let (keys, tenant) = (Arc::clone(&self.inner.keys), turn.tenant.clone());
        let (now, counts): (_, ImportCounts) = (import.staged_at, import.counts);
        let opened = self.inner.runtime.spawn_blocking(move || {
            let plain = keys.open(Purpose::ImportAtRest, &tenant, &sealed);
            let plain = Plain(plain.map_err(TenantFault::from)?);
            let mut rows = ImportRows::open(Box::new(Cursor::new(plain)), now)?;
            rows.skip(counts)?;
            Ok(rows)
        });
        opened.await.map_err(|error| {
            tracing::error!(error = %error, "a file of users was not read");
            TenantFault::Unavailable
        })?
    }
}
