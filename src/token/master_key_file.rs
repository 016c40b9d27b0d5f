//! The file of master keys: made at the first start, readable by its owner only, one base64 key per
//! line, the newest first. Refuses keys that somebody typed or that others can read, and says what
//! to do. Knows nothing of what the keys are for.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::KeyFault;
use super::master_key::{KEY_BYTES, MasterKey, MasterKeys};

/// Largest file read; a key with its line end takes 45 bytes.
const MAX_FILE_BYTES: u64 = 16 * 1024;

/// Random keys of 32 bytes have about 30 different bytes; fewer than this many is no accident
/// (chance below 1e-20).
const MIN_DIFFERENT_BYTES: usize = 16;

const COMMENT: &str = "# Lockkeeper master keys, the newest first. Keep a copy: without them no \
                       sealed secret opens.\n";

/// Why there is no master key. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyFileFault {
    #[error("cannot {doing} the master key file {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error(
        "the master key file {} can be read or written by other users (mode {mode:o}); \
         run: chmod 600 {}", path.display(), path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error(
        "line {line} of the master key file {} is not 32 bytes in base64; \
         make one with: head -c 32 /dev/urandom | base64", path.display()
    )]
    NotAKey { path: PathBuf, line: usize },
    #[error(
        "line {line} of the master key file {} is a sample or typed key, not a random one; \
         make one with: head -c 32 /dev/urandom | base64", path.display()
    )]
    Sample { path: PathBuf, line: usize },
    #[error(
        "the master key file {} holds no key; restore it from your backup, \
         or remove it to start with a new key if nothing is stored yet", path.display()
    )]
    Empty { path: PathBuf },
    #[error(
        "the master key file {} is full; take out the oldest keys that nothing was sealed with",
        path.display()
    )]
    Full { path: PathBuf },
    #[error(transparent)]
    Key(#[from] KeyFault),
}

impl MasterKeys {
    /// Reads the key file.
    ///
    /// # Errors
    /// [`MasterKeyFileFault`], also where there is none.
    pub fn load(path: &Path) -> Result<Self, MasterKeyFileFault> {
        let io = |source| fault("read", path, source);
        let file = File::open(path).map_err(io)?;
        refuse_exposed(&file, path)?;
        let mut text = String::new();
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(io)?;
        parse(&text, path)
    }

    /// Reads the key file, after making one with a random key where there is none. Of several
    /// processes that start at once one makes it and all read the same.
    ///
    /// # Errors
    /// [`MasterKeyFileFault`].
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyFileFault> {
        match Self::load(path) {
            Err(MasterKeyFileFault::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                let text = format!("{COMMENT}{}", line_of(&MasterKey::generate()?));
                create(path, &text)?;
                Self::load(path)
            }
            loaded => loaded,
        }
    }

    /// Puts a new key before those of the file, which stay for opening; running processes see it
    /// when they start again. The file is replaced at once, never half written, and stays its
    /// owner's. Of several who do so at once each adds its key.
    ///
    /// # Errors
    /// [`MasterKeyFileFault`], also where there is no file.
    pub fn rotate(path: &Path) -> Result<Self, MasterKeyFileFault> {
        // What a link points to is replaced, not the link.
        let path = &std::fs::canonicalize(path).map_err(|source| fault("read", path, source))?;
        let turn = open_folder(path).and_then(|folder| folder.lock().map(|()| folder));
        let turn = turn.map_err(|source| fault("lock the folder of", path, source))?;
        let present = Self::load(path)?;
        let mut text = format!("{COMMENT}{}", line_of(&MasterKey::generate()?));
        present.all().for_each(|key| text.push_str(&line_of(key)));
        if u64::try_from(text.len()).is_ok_and(|bytes| bytes > MAX_FILE_BYTES) {
            return Err(MasterKeyFileFault::Full { path: path.clone() });
        }
        let fresh = write_beside(path, &text)?;
        let replaced = keep_owner(path, &fresh).and_then(|()| std::fs::rename(&fresh, path));
        if let Err(source) = replaced {
            let _removed = std::fs::remove_file(&fresh);
            return Err(fault("replace", path, source));
        }
        sync_folder(path)?;
        drop(turn);
        Self::load(path)
    }
}

/// Whoever may read the old file is whoever runs the server, and need not be who rotates.
#[cfg(unix)]
fn keep_owner(old: &Path, fresh: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let (before, made) = (std::fs::metadata(old)?, std::fs::metadata(fresh)?);
    if (before.uid(), before.gid()) != (made.uid(), made.gid()) {
        std::os::unix::fs::chown(fresh, Some(before.uid()), Some(before.gid()))?;
    }
    std::fs::set_permissions(fresh, before.permissions())
}

#[cfg(not(unix))]
fn keep_owner(_old: &Path, _fresh: &Path) -> std::io::Result<()> {
    Ok(())
}

fn parse(text: &str, path: &Path) -> Result<MasterKeys, MasterKeyFileFault> {
    let mut keys = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let (line, number) = (line.trim(), index.saturating_add(1));
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bytes: Option<[u8; KEY_BYTES]> =
            STANDARD.decode(line).ok().and_then(|bytes| bytes.try_into().ok());
        let Some(bytes) = bytes else {
            return Err(MasterKeyFileFault::NotAKey { path: path.to_owned(), line: number });
        };
        if looks_typed(&bytes) {
            return Err(MasterKeyFileFault::Sample { path: path.to_owned(), line: number });
        }
        keys.push(MasterKey::from_bytes(bytes));
    }
    let mut keys = keys.into_iter();
    let newest = keys.next().ok_or_else(|| MasterKeyFileFault::Empty { path: path.to_owned() })?;
    Ok(MasterKeys::new(newest, keys.collect()))
}

/// Few different bytes, all printable, or counting up: nothing that a random source gives.
fn looks_typed(bytes: &[u8; KEY_BYTES]) -> bool {
    let different: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
    let neighbours = || bytes.iter().zip(bytes.iter().skip(1));
    different.len() < MIN_DIFFERENT_BYTES
        || bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
        || neighbours().all(|(a, b)| a.wrapping_add(1) == *b)
        || neighbours().all(|(a, b)| a.wrapping_sub(1) == *b)
}

fn line_of(key: &MasterKey) -> String {
    format!("{}\n", STANDARD.encode(key.expose()))
}

/// Makes the file whole or not at all: written beside and linked into place, which fails where
/// another process was first. That one's file is as good.
fn create(path: &Path, text: &str) -> Result<(), MasterKeyFileFault> {
    let fresh = write_beside(path, text)?;
    let linked = std::fs::hard_link(&fresh, path);
    let removed = std::fs::remove_file(&fresh);
    match linked {
        Err(source) if source.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(source) => return Err(fault("create", path, source)),
        Ok(()) => {}
    }
    removed.map_err(|source| fault("clean up beside", path, source))?;
    sync_folder(path)
}

fn write_beside(path: &Path, text: &str) -> Result<PathBuf, MasterKeyFileFault> {
    let io = |source| fault("create", path, source);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", super::spelling::random_base62(12)?));
    let fresh = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
    Ok(fresh)
}

/// A new name is durable only once its folder is.
fn sync_folder(path: &Path) -> Result<(), MasterKeyFileFault> {
    let synced = open_folder(path).and_then(|folder| folder.sync_all());
    synced.map_err(|source| fault("make durable", path, source))
}

fn open_folder(path: &Path) -> std::io::Result<File> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder),
        Some(_) | None => File::open("."),
    }
}

/// Group read is left alone (Kubernetes mounts secrets so); everybody's and group write are not.
#[cfg(unix)]
fn refuse_exposed(file: &File, path: &Path) -> Result<(), MasterKeyFileFault> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|source| fault("read", path, source))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o027 != 0 {
        return Err(MasterKeyFileFault::Exposed { path: path.to_owned(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_exposed(_file: &File, _path: &Path) -> Result<(), MasterKeyFileFault> {
    Ok(())
}

fn fault(doing: &'static str, path: &Path, source: std::io::Error) -> MasterKeyFileFault {
    MasterKeyFileFault::Io { doing, path: path.to_owned(), source }
}
