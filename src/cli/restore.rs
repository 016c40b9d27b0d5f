//! `restore`: a backup in the database's place. Everything is done to a copy beside it (proved, brought
//! up to date, tried with the master key) before anything else is touched; then the old database gets
//! a second name and the copy its first one, in one step. So a kill leaves the one or the other.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use serde_json::json;

use super::args::Restore;
use super::backup::{Named, held, sized};
use super::new_file::{LOGS, NewFile, folder_of, sync_folder, with_ending};
use super::opened::missing_folder;
use super::output::{say, say_json, warn};
use crate::app::LiveClock;
use crate::config::Config;
use crate::model::{Clock, Millis};
use crate::store::backup::{Image, prove};
use crate::store::restore::{
    HoldFault, Old, SealedKind, SealedSample, end_waiting, hold, sealed_samples, without_log,
};
use crate::store::{DatabaseUrl, migrations};
use crate::token::{MasterKeyFileFault, MasterKeys, Purpose};

/// What a restore takes back, for whoever did it.
const TAKEN_BACK: &str = "\
Everything is as it was when the backup was made. What happened since is undone:
* failed tries and locks: an account that was locked since is not
* passwords and second factors: one that was changed since is the old one again
* sessions: one that was ended since lives again; end those that matter, in the console or by the API
* settings, policies, keys, the team: one that was taken away since is there again
The audit log ends where the backup does: `audit verify --expect` says so of a link that was kept.
Start the server now.";

/// `restore`
pub(super) fn run(config: &Config, wanted: &Restore) -> Result<ExitCode> {
    let named = match &config.database_url {
        DatabaseUrl::Sqlite { path, .. } => path,
        DatabaseUrl::Postgres(url) => {
            let database = Named::of(url).options();
            bail!(
                "PostgreSQL restores its own backups, into an empty database and with all nodes \
                 stopped (dropdb and createdb first: what a newer schema has added would stay): \
                 pg_restore --single-transaction{database} {}",
                wanted.file.display()
            );
        }
    };
    let clock = LiveClock::new();
    let began = clock.monotonic();
    if let Some(folder) = missing_folder(&config.database_url) {
        bail!("the folder {folder} of the database is not there; make it with: mkdir -p {folder}");
    }
    // A link stays one: what it leads to is replaced.
    let target = Path::new(named).canonicalize().unwrap_or_else(|_| PathBuf::from(named));
    let file = &wanted.file;
    look_at(file, &target)?;
    let keys = keys(config)?;
    let old = old(&target, wanted)?;

    let new = NewFile::beside(&target)?;
    let copied = copied(file, &new, &keys, clock.now())
        .with_context(|| format!("{} was not restored; nothing was touched", file.display()))?;
    own_as(new.partial(), &target)?;
    let (bytes, aside) = match old {
        None => (put_first(new, &target, clock.now())?, None),
        Some(old) => {
            let (bytes, aside) = put_instead(new, old, &target, clock.now())?;
            (bytes, Some(aside))
        }
    };

    let took = clock.monotonic().saturating_sub(began);
    let Copied { image, ended, taken } = copied;
    if wanted.output.json {
        say_json(&json!({
            "database": target,
            "file": file,
            "bytes": bytes,
            "tenants": image.tenants,
            "users": image.users,
            "schema_steps": taken,
            "not_sent": ended,
            "set_aside": aside,
            "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let (held, size) = (held(image.tenants, image.users), sized(bytes));
    let seconds = took.as_secs_f64();
    let (file, target) = (file.display(), target.display());
    say(&format!("restored {target} from {file}: {held}, {size}, in {seconds:.1} s"));
    if let Some(aside) = aside {
        say(&format!("the database that was there is kept as {}", aside.display()));
    }
    if ended > 0 {
        say(&format!("what waited to be sent in it is not sent again: {ended}"));
    }
    say(&format!("\n{TAKEN_BACK}"));
    Ok(ExitCode::SUCCESS)
}

/// What can be seen without reading it.
fn look_at(file: &Path, target: &Path) -> Result<()> {
    let shown = file.display();
    let found = file.metadata().with_context(|| format!("cannot read {shown}"))?;
    if !found.is_file() {
        bail!("{shown} is no file");
    }
    if file.canonicalize().is_ok_and(|file| file == target) {
        bail!("{shown} is the database itself");
    }
    // A copy of the file alone would lack what stands in the log.
    if with_ending(file, "-wal").metadata().is_ok_and(|log| log.len() > 0) {
        bail!(
            "{shown} has a log beside it, as a database in use has; take a whole copy of it first: \
             lockkeeper backup NEW --database-url sqlite:{shown}"
        );
    }
    Ok(())
}

/// Never made here: the backup needs the key that it was made beside.
fn keys(config: &Config) -> Result<MasterKeys> {
    let path = &config.master_key_file;
    MasterKeys::load(path).map_err(|fault| match fault {
        MasterKeyFileFault::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            anyhow!(
                "the master key file {} is not there: put the one that belongs to this backup \
                 there first, or name it with --master-key-file",
                path.display()
            )
        }
        fault => fault.into(),
    })
}

/// The database that is there, in nobody else's hands.
fn old(target: &Path, wanted: &Restore) -> Result<Option<Old>> {
    if !target.exists() {
        return Ok(None);
    }
    let shown = target.display();
    if !wanted.replace {
        bail!(
            "{shown} is there already; nothing was touched. To put the backup in its place, stop \
             the server and add --replace; the present database is kept beside it"
        );
    }
    let path = target.to_str().ok_or_else(|| anyhow!("{shown} is no text in UTF-8"))?;
    match hold(path) {
        Ok(old) => {
            if let Old::Damaged { why, .. } = &old {
                warn(&format!("the present database cannot be read ({why}); it is set aside"));
            }
            Ok(Some(old))
        }
        Err(fault) => Err(in_use(fault, target)),
    }
}

fn in_use(fault: HoldFault, target: &Path) -> anyhow::Error {
    let shown = target.display();
    match fault {
        HoldFault::InUse => anyhow!(
            "another process has {shown} open; nothing was touched. Stop the server, and let \
             commands end"
        ),
        HoldFault::Store(error) => {
            anyhow::Error::from(error).context(format!("cannot open {shown}"))
        }
    }
}

/// A copy that is ready to be served.
struct Copied {
    image: Image,
    /// What waited to be sent, and is not.
    ended: usize,
    /// Steps of the schema.
    taken: usize,
}

fn copied(file: &Path, new: &NewFile, keys: &MasterKeys, now: Millis) -> Result<Copied> {
    std::io::copy(&mut File::open(file)?, &mut new.open()?)?;
    let image = prove(new.partial())?;
    if let Some(known) = &image.beyond {
        bail!(
            "it was written by a newer version of Lockkeeper: its schema is at {}, and this one \
             ({}) knows it to {known}. Restore it with the version that wrote it, or a later one",
            image.schema,
            env!("CARGO_PKG_VERSION")
        );
    }
    let path = new.partial().to_str().ok_or_else(|| anyhow!("its path is no text in UTF-8"))?;
    let url = DatabaseUrl::Sqlite { path: path.to_owned(), max_page_count: None };
    let taken = migrations::migrate(&url)?;
    try_keys(keys, &sealed_samples(&url)?, &image)?;
    let ended = end_waiting(&url, now)?;
    without_log(path)?;
    Ok(Copied { image, ended, taken })
}

/// A wrong key opens nothing. One that lacks an older key opens some: that may be meant.
fn try_keys(keys: &MasterKeys, samples: &[SealedSample], image: &Image) -> Result<()> {
    let opens = |sample: &&SealedSample| {
        keys.open(purpose(sample.kind), &sample.tenant, &sample.text).is_ok()
    };
    let opened = samples.iter().filter(opens).count();
    match (opened, samples.len()) {
        (0, 0) if image.tenants > 0 => {
            warn("nothing in the backup is sealed, so the master key could not be tried");
        }
        (0, more) if more > 0 => bail!(
            "the master key file does not open what it has sealed: put the key that belongs to \
             this backup there, or name it with --master-key-file"
        ),
        (some, all) if some < all => warn(
            "the master key file lacks an older key of this backup: some of what it has sealed does \
             not open",
        ),
        (_, _) => {}
    }
    Ok(())
}

const fn purpose(kind: SealedKind) -> Purpose {
    match kind {
        SealedKind::SigningKey => Purpose::SigningKeyAtRest,
        SealedKind::Authenticator => Purpose::TotpAtRest,
        SealedKind::WebhookSecrets => Purpose::WebhookAtRest,
        SealedKind::MailServer => Purpose::MailAtRest,
        SealedKind::DkimKey => Purpose::DkimAtRest,
        SealedKind::UserFile => Purpose::ImportAtRest,
    }
}

/// Whoever served the old database must be able to open the new one; restores are often done by root.
#[cfg(unix)]
fn own_as(partial: &Path, target: &Path) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let is_there = target.exists();
    let like = if is_there { target } else { folder_of(target) };
    let (is, wanted) = (partial.metadata()?, like.metadata()?);
    if is.uid() == wanted.uid() {
        return Ok(());
    }
    match chown(partial, Some(wanted.uid()), Some(wanted.gid())) {
        Err(error) if is_there => Err(error).with_context(|| {
            format!("{} belongs to another user; restore as that one", target.display())
        }),
        // Whose the folder is need not be who serves.
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(not(unix))]
fn own_as(_partial: &Path, _target: &Path) -> Result<()> {
    Ok(())
}

/// Where there is no database. A log without its file would be taken for the new one's.
fn put_first(new: NewFile, target: &Path, now: Millis) -> Result<u64> {
    move_logs(target, &aside_of(target, now)?)?;
    new.place()
}

fn put_instead(new: NewFile, old: Old, target: &Path, now: Millis) -> Result<(u64, PathBuf)> {
    let aside = aside_of(target, now)?;
    // Held until the new one has the name: who opens it meanwhile is told that it is in use.
    let mut held = old;
    if let Old::Held(held) = &mut held {
        held.alone().map_err(|fault| in_use(fault, target))?;
    }
    std::fs::hard_link(target, &aside)
        .with_context(|| format!("cannot keep the present database as {}", aside.display()))?;
    // Only a damaged one has any still.
    move_logs(target, &aside)?;
    sync_folder(target)?;
    let bytes = new.replace()?;
    drop(held);
    Ok((bytes, aside))
}

fn move_logs(target: &Path, aside: &Path) -> Result<()> {
    for ending in LOGS {
        let log = with_ending(target, ending);
        if log.symlink_metadata().is_ok() {
            // The log's index holds nothing of its own, and is left behind where one had the database alone.
            let gone = match ending {
                "-shm" => std::fs::remove_file(&log),
                _ => std::fs::rename(&log, with_ending(aside, ending)),
            };
            gone.with_context(|| format!("cannot set {} aside", log.display()))?;
        }
    }
    Ok(())
}

/// `lockkeeper.db.before-restore-20261121T141800Z`, with a number where that is taken.
fn aside_of(target: &Path, now: Millis) -> Result<PathBuf> {
    let at = Timestamp::from_millisecond(now.0)?.strftime("%Y%m%dT%H%M%SZ");
    let first = with_ending(target, &format!(".before-restore-{at}"));
    let more = (2..100).map(|number| with_ending(&first, &format!("-{number}")));
    let free =
        std::iter::once(first.clone()).chain(more).find(|path| path.symlink_metadata().is_err());
    free.ok_or_else(|| anyhow!("{} is taken", first.display()))
}
