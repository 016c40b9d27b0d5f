//! A file system of a few megabytes that a test may fill: needs root, so only for `make soak`.
//! Knows nothing of who writes there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::children;

/// Unmounted when dropped, whatever is in it.
pub(crate) struct SmallDisk {
    root: PathBuf,
}

impl SmallDisk {
    pub(crate) fn of_megabytes(size: u32) -> Self {
        let root = children::scratch_dir("disk");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}m"), "tmpfs"]).arg(&root);
        assert!(mount.status().unwrap().success(), "cannot mount {}: root?", root.display());
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn filler(&self) -> PathBuf {
        self.root.join("filler")
    }

    /// Leaves not a byte.
    pub(crate) fn fill(&self) {
        let mut file = std::fs::File::create(self.filler()).unwrap();
        for size in [1 << 20, 4096, 1] {
            let zeros = vec![0; size];
            while file.write_all(&zeros).is_ok() {}
        }
    }

    pub(crate) fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server that was not stopped may hold files in it.
        let _ = Command::new("umount").arg("--lazy").arg(&self.root).status();
        let _ = std::fs::remove_dir(&self.root);
    }
}
