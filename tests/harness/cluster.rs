//! PostgreSQL servers of one test's own, to be killed, restarted, frozen, copied to a standby and
//! promoted. Knows no schema. Settings of durability are PostgreSQL's own, as in `postgres`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use super::children::{self, Deadline, Guarded, NoLine, START_DEADLINE};
use super::postgres::{as_server_user, give_to_server_user, make_cluster, server_programs};
use super::process::signal;

/// The database of the test in it.
pub(crate) const DATABASE: &str = "lockkeeper";

/// One server with its data, which outlives it.
pub(crate) struct PostgresServer {
    root: PathBuf,
    port: u16,
    listen: String,
    running: Option<Guarded>,
    /// The process that was told of last; its children go with it.
    pid: u32,
}

impl PostgresServer {
    /// A new cluster with an empty database, running, open to 127.0.0.1.
    pub(crate) fn new() -> Self {
        Self::listening("127.0.0.1", &[])
    }

    /// The same at more addresses, for callers from `networks` (CIDR).
    pub(crate) fn listening(addresses: &str, networks: &[&str]) -> Self {
        let mut server = Self::in_new_dir(addresses);
        make_cluster(&server.data());
        let access = server.data().join("pg_hba.conf");
        let mut rules = std::fs::read_to_string(&access).unwrap();
        for network in networks {
            rules.push_str(&format!("host all all {network} trust\n"));
        }
        std::fs::write(&access, rules).unwrap();
        server.start();
        let create = format!("CREATE DATABASE {DATABASE} TEMPLATE template0");
        server.admin().batch_execute(&create).unwrap();
        server
    }

    /// A standby that is connected and has all there is.
    pub(crate) fn standby(&self) -> Self {
        let mut standby = Self::in_new_dir("127.0.0.1");
        let mut copy = as_server_user(&server_programs().join("pg_basebackup"));
        copy.args(["--host=127.0.0.1", "--username=postgres", "--write-recovery-conf"]);
        copy.args(["--wal-method=stream", "--checkpoint=fast", "--no-sync"]);
        copy.arg(format!("--port={}", self.port)).arg("-D").arg(standby.data());
        let copied = copy.current_dir(&standby.root).output().unwrap();
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        standby.start();
        standby
    }

    fn in_new_dir(listen: &str) -> Self {
        let root = children::scratch_dir("cluster");
        give_to_server_user(&root);
        let port = children::free_port();
        Self { root, port, listen: listen.to_owned(), running: None, pid: 0 }
    }

    fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// `host:port`.
    pub(crate) fn place(&self, host: &str) -> String {
        format!("{host}:{}", self.port)
    }

    /// Of the test's database, as `LOCKKEEPER_DATABASE_URL` takes it.
    pub(crate) fn url(&self) -> String {
        self.url_at("127.0.0.1".parse().unwrap())
    }

    pub(crate) fn url_at(&self, address: IpAddr) -> String {
        format!("postgres://postgres@{address}:{}/{DATABASE}", self.port)
    }

    /// As the server's superuser, in no particular database.
    pub(crate) fn admin(&self) -> PgConnection {
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        PgConnection::establish(&url).unwrap()
    }

    /// Starts it on the data it has; waits until it is ready, as a standby if it is one.
    pub(crate) fn start(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        let deadline = Deadline::after(START_DEADLINE);
        loop {
            match self.try_start() {
                Ok(()) => return,
                // The kernel may hold what a killed server had for a moment.
                Err(said) if said.contains("in use") && !deadline.left().is_zero() => {}
                Err(said) => panic!("PostgreSQL did not start:\n{said}"),
            }
        }
    }

    fn try_start(&mut self) -> Result<(), String> {
        // Goes when the server ends; the data does not.
        let run = tempfile::tempdir_in(&self.root).unwrap().keep();
        let mut server = as_server_user(&server_programs().join("postgres"));
        server.arg("-D").arg(self.data()).args(["-c", "max_connections=100"]);
        server.args(["-c", "lc_messages=C", "-c", "unix_socket_directories="]);
        server.args(["-c", &format!("listen_addresses={}", self.listen)]);
        server.args(["-c", &format!("port={}", self.port)]);
        let mut guarded = Guarded::start("QUIT", &run, &server);
        let ready = |line: &str| {
            let ready = ["ready to accept connections", "ready to accept read-only connections"];
            ready.iter().any(|words| line.contains(words)).then_some(())
        };
        match guarded.lines.find(START_DEADLINE, ready) {
            Ok(()) => {
                let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
                self.pid = pid.lines().next().unwrap().parse().unwrap();
                self.running = Some(guarded);
                Ok(())
            }
            Err(NoLine::Ended(said) | NoLine::Late(said)) => Err(said),
        }
    }

    /// `kill -9` of the server and everything it has started.
    pub(crate) fn kill(&mut self) {
        let running = self.running.take().expect("it does not run");
        for pid in self.processes() {
            // With the first one dead the others may be gone before their turn.
            send("KILL", pid);
        }
        drop(running);
    }

    /// Everything that it runs stands still until the frost is dropped; its connections stay, for the
    /// kernel still answers.
    pub(crate) fn freeze(&self) -> Frost {
        let processes = self.processes();
        for pid in &processes {
            send("STOP", *pid);
        }
        Frost(processes)
    }

    /// As an operator would: sessions are ended, everything is written.
    pub(crate) fn stop(&mut self) {
        let mut running = self.running.take().expect("it does not run");
        signal("INT", self.pid);
        let ended = running.lines.find(START_DEADLINE, |_| None::<()>);
        assert!(matches!(ended, Err(NoLine::Ended(_))), "PostgreSQL does not stop");
    }

    /// Makes a standby the primary; waits until it is.
    pub(crate) fn promote(&self) {
        let promoted = self.admin().batch_execute("SELECT pg_promote(true, 60)");
        promoted.unwrap();
    }

    /// The server and its children.
    fn processes(&self) -> Vec<u32> {
        let of = format!("/proc/{0}/task/{0}/children", self.pid);
        let children = std::fs::read_to_string(of).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        std::iter::once(self.pid).chain(children).collect()
    }

    /// Commits wait from now on until `standby` has them.
    pub(crate) fn wait_for_standby(&self) {
        let mut admin = self.admin();
        admin.batch_execute("ALTER SYSTEM SET synchronous_standby_names = '*'").unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").unwrap();
        let deadline = Deadline::after(Duration::from_secs(60));
        let synchronous = "DO $$ BEGIN ASSERT EXISTS (SELECT FROM pg_stat_replication \
                           WHERE sync_state = 'sync'); END $$";
        while admin.batch_execute(synchronous).is_err() {
            assert!(!deadline.left().is_zero(), "the standby does not become synchronous");
        }
    }
}

/// Processes that stand still.
pub(crate) struct Frost(Vec<u32>);

impl Drop for Frost {
    fn drop(&mut self) {
        for pid in &self.0 {
            send("CONT", *pid);
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.running.take());
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// To one of the server's processes, which may have ended by itself.
fn send(name: &str, pid: u32) {
    let mut kill = Command::new("kill");
    let _ = kill.args(["-s", name, &pid.to_string()]).stderr(Stdio::null()).status();
}
