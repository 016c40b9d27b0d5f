//! The real program under `strace`, which can make a system call fail or kill the program at it.
//! Knows system calls, nothing of who makes them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::children;

/// The system calls by which SQLite writes; which of the two syncs it uses is decided when it is
/// built.
pub(crate) const WRITES: &str = "pwrite64,write,pwritev,ftruncate,unlink,fsync,fdatasync";

/// A call to be disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Sync,
    Write,
    /// A file gets a name, another one, or loses it.
    Name,
}

impl Call {
    /// Under `strace`'s names.
    pub(crate) const fn names(self) -> &'static str {
        match self {
            Self::Sync => "fsync,fdatasync",
            Self::Write => "pwrite64",
            Self::Name => "/^(link|rename|unlink)",
        }
    }
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The program dies before the call is made.
    Kill,
    Error(&'static str),
}

/// One fault: at the `at`-th `call` of each thread (`strace` counts by thread).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Injection {
    pub(crate) call: Call,
    pub(crate) fault: Fault,
    pub(crate) at: usize,
}

impl Injection {
    fn option(self) -> String {
        let Self { call, fault, at } = self;
        let what = match fault {
            Fault::Kill => "signal=KILL".to_owned(),
            Fault::Error(name) => format!("error={name}"),
        };
        format!("inject={}:{what}:when={at}", call.names())
    }
}

/// `command` with a fault in the calls that touch one of `files`.
pub(crate) fn injected(command: &Command, files: &[PathBuf], injection: Injection) -> Command {
    let trace = format!("trace={}", injection.call.names());
    let inject = injection.option();
    under(command, files, &["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject])
}

/// `command` with a record of its writes to `files`: one file per thread, `log.TID`; with a fault on
/// top where one is given.
pub(crate) fn recorded(
    command: &Command,
    files: &[PathBuf],
    log: &Path,
    fault: Option<Injection>,
) -> Command {
    let trace = format!("trace={WRITES}");
    let log = log.to_str().unwrap();
    // Times from the start of each call and how long it took; data in full, as hexadecimal.
    let mut options = vec!["-ff", "-qq", "-ttt", "-T", "-y", "-xx", "-s", "100000", "-o", log];
    options.extend(["-e", &trace]);
    let inject = fault.map(Injection::option);
    if let Some(inject) = &inject {
        options.extend(["-e", inject]);
    }
    under(command, files, &options)
}

fn under(command: &Command, files: &[PathBuf], options: &[&str]) -> Command {
    let mut traced = children::dying_with_us("KILL", "strace");
    // `-D`: our child is the program, `strace` stands beside it and ends with it.
    traced.arg("-D").args(options);
    for file in files {
        traced.arg("-P").arg(file);
    }
    let dir = command.get_current_dir().unwrap();
    traced.arg("--").arg(command.get_program()).args(command.get_args()).current_dir(dir);
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => traced.env(key, value),
            None => traced.env_remove(key),
        };
    }
    traced
}
