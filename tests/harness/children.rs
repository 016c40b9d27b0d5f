//! Child processes that cannot outlive the tests, and waiting for what they print. Knows nothing of
//! what they are.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Slow machines start PostgreSQL or Chromium in seconds, not in a minute: later than this it hangs.
pub(crate) const START_DEADLINE: Duration = Duration::from_secs(60);

/// A command for `program` that gets `signal` (`KILL`, `QUIT`...) when the thread that started it
/// ends; start it with [`spawn`], whose thread ends only with the test process.
pub(crate) fn dying_with_us(signal: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig").arg(signal).arg("--").arg(program);
    command
}

/// Starts `command` from a thread that lives as long as the test process. The kernel sends the
/// parent-death signal at the end of the starting *thread*, and a test's thread ends with its test.
pub(crate) fn spawn(command: Command) -> Child {
    type Job = (Command, Sender<std::io::Result<Child>>);
    static STARTER: OnceLock<Mutex<Sender<Job>>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (jobs, inbox) = mpsc::channel::<Job>();
        std::thread::spawn(move || {
            for (mut command, reply) in inbox {
                let _ = reply.send(command.spawn());
            }
        });
        Mutex::new(jobs)
    });
    let shown = format!("{command:?}");
    let (reply, answer) = mpsc::channel();
    starter.lock().unwrap().send((command, reply)).unwrap();
    answer.recv().unwrap().unwrap_or_else(|error| panic!("cannot start {shown}: {error}"))
}

/// A server under `guardian.sh`: stopped, its strays killed and its directory removed when this is
/// dropped or the test process ends.
pub(crate) struct Guarded {
    child: Child,
    pub lines: Lines,
    pub dir: PathBuf,
}

impl Guarded {
    /// Starts `command` with `dir` as its scratch directory; `signal` is what stops it.
    pub(crate) fn start(signal: &str, dir: &Path, command: &Command) -> Self {
        let mut guardian = Command::new("sh");
        guardian.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/harness/guardian.sh"));
        guardian.arg(signal).arg(dir).arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => guardian.env(key, value),
                None => guardian.env_remove(key),
            };
        }
        guardian.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Its own group: Ctrl-C and a runner's kill of our group leave it alive to clean up.
        std::os::unix::process::CommandExt::process_group(&mut guardian, 0);
        let mut child = spawn(guardian);
        let lines = Lines::of_child(&mut child);
        Self { child, lines, dir: dir.to_owned() }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Everything a child prints, line by line, stdout and stderr mixed; always drained, so that the
/// child never blocks on a full pipe.
pub(crate) struct Lines {
    /// In a lock only to be shareable: servers live in statics.
    inbox: Mutex<Receiver<String>>,
    seen: Vec<String>,
}

/// Why no line was picked.
#[derive(Debug)]
pub(crate) enum NoLine {
    /// The child closed its output; what it had printed.
    Ended(String),
    /// The deadline passed; what it had printed.
    Late(String),
}

impl Lines {
    /// Takes the child's piped stdout and stderr.
    pub(crate) fn of_child(child: &mut Child) -> Self {
        let (outbox, inbox) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            drain(stdout, outbox.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            drain(stderr, outbox);
        }
        Self { inbox: Mutex::new(inbox), seen: Vec::new() }
    }

    /// The first value that `pick` makes of a line not looked at before, within `deadline`.
    pub(crate) fn find<T>(
        &mut self,
        deadline: Duration,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, NoLine> {
        let end = Deadline::after(deadline);
        loop {
            match self.inbox.get_mut().unwrap().recv_timeout(end.left()) {
                Ok(line) => {
                    let picked = pick(&line);
                    self.seen.push(line);
                    if let Some(picked) = picked {
                        return Ok(picked);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err(NoLine::Late(self.transcript())),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(NoLine::Ended(self.transcript()));
                }
            }
        }
    }

    /// All lines so far, without waiting.
    pub(crate) fn transcript(&mut self) -> String {
        self.seen.extend(self.inbox.get_mut().unwrap().try_iter());
        self.seen.join("\n")
    }
}

fn drain(stream: impl Read + Send + 'static, outbox: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { return };
            // A reader that has gone is no reason to stop draining.
            let _ = outbox.send(String::from_utf8_lossy(&line).into_owned());
        }
    });
}

/// An end of waiting in the machine's own time: servers and browsers run in it.
pub(crate) struct Deadline(Instant);

impl Deadline {
    #[expect(clippy::disallowed_methods, reason = "bounds a wait for another process")]
    pub(crate) fn after(length: Duration) -> Self {
        Self(Instant::now() + length)
    }

    /// Zero once it has passed.
    #[expect(clippy::disallowed_methods, reason = "bounds a wait for another process")]
    pub(crate) fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// A fresh directory below the system's temporary one, named for this process and `purpose`; the
/// leftovers of test processes that are no more are removed on the way.
pub(crate) fn scratch_dir(purpose: &str) -> PathBuf {
    let root = std::env::temp_dir();
    let prefix = format!("lockkeeper-test-{purpose}-");
    for entry in std::fs::read_dir(&root).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(&prefix).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let ours = format!("{prefix}{}-", std::process::id());
    tempfile::Builder::new().prefix(&ours).tempdir_in(root).unwrap().keep()
}

/// A port of 127.0.0.1 that nobody listens on, and that stays ours while a server is down or not yet
/// up: none of those that the kernel lends to every connection that is opened meanwhile (from 32768
/// on), and none of another process of the tests.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let ours = u16::try_from(std::process::id() % 500).unwrap();
    loop {
        let port = 12_000 + (ours * 40 + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_server_ends_and_its_directory_goes_when_it_is_dropped() {
        let dir = scratch_dir("guarded");
        let mut command = Command::new("sh");
        command.args(["-c", "echo pid $$ is up; exec sleep 1000"]);
        let mut guarded = Guarded::start("TERM", &dir, &command);
        let pid = guarded
            .lines
            .find(START_DEADLINE, |line| {
                line.strip_prefix("pid ")?.split(' ').next()?.parse::<u32>().ok()
            })
            .unwrap();
        assert!(Path::new("/proc").join(pid.to_string()).exists() && dir.exists());
        drop(guarded);
        assert!(!Path::new("/proc").join(pid.to_string()).exists(), "the server is still there");
        assert!(!dir.exists(), "its directory is still there");
    }

    #[test]
    fn a_silent_child_is_late_and_a_dead_one_has_ended() {
        let listen = |script: &str| {
            let mut command = dying_with_us("KILL", "sh");
            command.args(["-c", script]).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = spawn(command);
            let lines = Lines::of_child(&mut child);
            (child, lines)
        };
        let (mut silent, mut lines) = listen("echo first; exec sleep 1000");
        lines.find(START_DEADLINE, |line| (line == "first").then_some(())).unwrap();
        let answer =
            lines.find(Duration::from_millis(300), |line| line.strip_prefix("never").map(str::len));
        assert!(matches!(answer, Err(NoLine::Late(said)) if said == "first"));
        silent.kill().unwrap();
        silent.wait().unwrap();

        let (mut dead, mut lines) = listen("echo last words >&2");
        let answer = lines.find(START_DEADLINE, |line| line.strip_prefix("never").map(str::len));
        assert!(matches!(answer, Err(NoLine::Ended(said)) if said == "last words"));
        dead.wait().unwrap();
    }
}
