//! The real program as a child process: started, watched, terminated, killed. Knows its command line
//! and the one line that says where it listens, nothing else.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use super::children::{self, Lines, START_DEADLINE};

/// What a server prints once its door is open, followed by its URL.
const READY: &str = "listening on ";

/// A command line of the program, run in `dir` (where `lockkeeper.toml` and `lockkeeper.db` are
/// looked for). The settings of whoever runs the tests do not reach it.
pub(crate) fn lockkeeper(dir: &Path, args: &[&str]) -> Command {
    let mut command = children::dying_with_us("KILL", program());
    command.current_dir(dir).args(args);
    without_our_settings(&mut command);
    command
}

/// The program under test: the one that was built with the tests, or what
/// `LOCKKEEPER_TEST_PROGRAM` names, as long runs do for a release build.
pub(crate) fn program() -> OsString {
    let named = std::env::var_os("LOCKKEEPER_TEST_PROGRAM");
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_lockkeeper").into())
}

/// Runs `command` to its end: for everything but `serve` and `demo`.
pub(crate) fn finish(mut command: Command) -> Output {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    children::spawn(command).wait_with_output().unwrap()
}

/// A running server. Dropped, it is killed.
pub(crate) struct Server {
    child: Child,
    lines: Lines,
    base: String,
}

impl Server {
    /// Starts `command` (tell it to listen on `127.0.0.1:0`) and waits until it says where it
    /// listens; panics with all it printed when it does not.
    pub(crate) fn start(command: Command) -> Self {
        match Self::started(command) {
            Ok(server) => server,
            Err(why) => panic!("the server did not become ready: {why:?}"),
        }
    }

    /// The same for a server that may not come up because of what a test does to it.
    pub(crate) fn try_start(command: Command) -> Option<Self> {
        Self::started(command).ok()
    }

    fn started(mut command: Command) -> Result<Self, children::NoLine> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = children::spawn(command);
        let mut lines = Lines::of_child(&mut child);
        match lines.find(START_DEADLINE, ready_at) {
            Ok(base) => Ok(Self { child, lines, base }),
            Err(why) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(why)
            }
        }
    }

    /// `http://ADDRESS:PORT`, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it prints from now on; see [`Lines::find`].
    pub(crate) fn lines(&mut self) -> &mut Lines {
        &mut self.lines
    }

    /// `kill -9`, as power loss would: returns when it is gone.
    pub(crate) fn kill_now(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// `SIGTERM`, then waits until it has closed its output and ended: its status and all it
    /// printed. Panics when that takes longer than `deadline`.
    pub(crate) fn terminate(mut self, deadline: Duration) -> (ExitStatus, String) {
        signal("TERM", self.pid());
        match self.lines.find(deadline, |_| None::<()>) {
            Err(children::NoLine::Ended(said)) => (self.child.wait().unwrap(), said),
            other => panic!("still running {deadline:?} after SIGTERM: {other:?}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal by name (`TERM`, `STOP`, `CONT`...) to a process we started.
pub(crate) fn signal(name: &str, pid: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -s {name} {pid}")]).status().unwrap();
    assert!(sent.success(), "cannot send {name} to {pid}");
}

/// Removes `LOCKKEEPER_*` of the environment of the tests from that of `command`.
pub(crate) fn without_our_settings(command: &mut Command) {
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("LOCKKEEPER_") {
            command.env_remove(key);
        }
    }
}

fn ready_at(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(READY)?;
    let base = rest.split(|c: char| c.is_whitespace() || c == '"').next().unwrap_or(rest);
    // The library below us says the like without a scheme.
    base.starts_with("http://").then(|| base.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand_in(script: &str) -> Command {
        let mut command = children::dying_with_us("KILL", "sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_ready_line_is_found_among_others_on_either_stream() {
        let server = Server::start(stand_in(
            "echo starting; echo 'x listening on http://127.0.0.1:4711 (demo)' >&2; exec sleep 1000",
        ));
        assert_eq!(server.base(), "http://127.0.0.1:4711");
        server.kill_now();
    }

    #[test]
    fn a_terminated_server_hands_over_its_status_and_last_words() {
        let server = Server::start(stand_in(
            "sleep 1000 >/dev/null 2>&1 & trap 'echo bye; kill $!; exit 7' TERM; \
             echo listening on http://127.0.0.1:1; wait",
        ));
        let (status, said) = server.terminate(Duration::from_secs(60));
        assert_eq!(status.code(), Some(7));
        assert!(said.ends_with("bye"), "{said}");
    }

    #[test]
    #[should_panic(expected = "no such policy")]
    fn a_server_that_ends_before_it_is_ready_shows_what_it_said() {
        Server::start(stand_in("echo no such policy; exit 1"));
    }
}
