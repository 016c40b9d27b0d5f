//! A file that is there whole or not at all: written beside its place for its owner only, made durable,
//! and put in place in one step. What a killed run leaves beside it bothers nobody and may be deleted.
//! Knows nothing of what is written.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::token::OpaqueSecret;

/// What stands in the name of an unfinished file.
const PARTIAL: &str = ".partial-";
/// What SQLite keeps beside a database.
pub(super) const LOGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// An unfinished file; dropped, it is removed.
pub(super) struct NewFile {
    path: PathBuf,
    partial: PathBuf,
}

impl NewFile {
    /// Makes the unfinished file, empty, beside `path`, where nothing may be.
    ///
    /// # Errors
    /// Where something is there already, in words for the operator; or when the folder takes no file.
    pub(super) fn at(path: &Path) -> Result<Self> {
        refuse_taken(path)?;
        Self::beside(path)
    }

    /// The same, whatever is at `path`.
    pub(super) fn beside(path: &Path) -> Result<Self> {
        if path.file_name().is_none() {
            bail!("{} is no name of a file", path.display());
        }
        let random = OpaqueSecret::generate()?.digest();
        let random: String = random.chars().take(12).collect();
        let partial = with_ending(path, &format!("{PARTIAL}{random}"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&partial).with_context(|| format!("cannot make {}", partial.display()))?;
        Ok(Self { path: path.to_owned(), partial })
    }

    /// Where it is written.
    pub(super) fn partial(&self) -> &Path {
        &self.partial
    }

    pub(super) fn open(&self) -> Result<File> {
        let file = OpenOptions::new().write(true).open(&self.partial);
        file.with_context(|| format!("cannot write {}", self.partial.display()))
    }

    /// Puts it in place, where still nothing may be: in one step, never over another file. Nobody may
    /// have it open as a database. Its size in bytes.
    pub(super) fn place(self) -> Result<u64> {
        let bytes = self.durable()?;
        match std::fs::hard_link(&self.partial, &self.path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(taken(&self.path));
            }
            Err(error) => {
                let why = format!("cannot put {} in place", self.path.display());
                return Err(anyhow::Error::from(error).context(why));
            }
        }
        sync_folder(&self.path)?;
        Ok(bytes)
    }

    /// Puts it in place of what is there, in one step. Its size in bytes.
    pub(super) fn replace(self) -> Result<u64> {
        let bytes = self.durable()?;
        std::fs::rename(&self.partial, &self.path)
            .with_context(|| format!("cannot put {} in place", self.path.display()))?;
        sync_folder(&self.path)?;
        Ok(bytes)
    }

    fn durable(&self) -> Result<u64> {
        let synced = File::open(&self.partial).and_then(|file| {
            file.sync_all()?;
            file.metadata()
        });
        let shown = || format!("cannot make {} durable", self.partial.display());
        Ok(synced.with_context(shown)?.len())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        for ending in LOGS.into_iter().chain([""]) {
            // In place, it has two names, or this one no more.
            let _gone = std::fs::remove_file(with_ending(&self.partial, ending));
        }
    }
}

/// Something at `path`, be it a link to nowhere, is never overwritten.
pub(super) fn refuse_taken(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_ok() { Err(taken(path)) } else { Ok(()) }
}

fn taken(path: &Path) -> anyhow::Error {
    anyhow!("{} is there already; nothing was written. Name a new file", path.display())
}

/// `path` with something after its last character.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A name is durable only once its folder is.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("cannot make the folder {} durable", folder.display()))
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
