//! One real PostgreSQL cluster per run of the test binary, started at first use, and a database of
//! its own for each test, copied from a template that was migrated once. Knows no schema.
//!
//! Durability settings are PostgreSQL's own (`fsync`, `synchronous_commit` on): crash tests depend
//! on them. The default collation is ICU's English, so that a text key which forgot its
//! `COLLATE "C"` sorts wrongly here as it would in a customer's cluster.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use super::children::{self, Guarded, NoLine, START_DEADLINE};
use super::home;

/// Enough for three nodes' pools in each of the few tests that run side by side.
const MAX_CONNECTIONS: &str = "max_connections=300";

/// The template that [`migrated`] copies.
fn template() -> String {
    format!("lockkeeper_template_{}", std::process::id())
}

/// A database of one test; dropped with it, connections included.
pub(crate) struct TestDatabase {
    name: String,
    url: String,
}

impl TestDatabase {
    /// `postgres://…`, as `LOCKKEEPER_DATABASE_URL` takes it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A connection to the cluster that is none to this database.
    pub(crate) fn admin(&self) -> PgConnection {
        cluster().admin()
    }

    /// A plain connection beside the program's own, to look at rows or do harm.
    pub(crate) fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A test that panicked must show its own message, not that of its cleaning up.
        if let Ok(mut admin) = PgConnection::establish(&cluster().url("postgres")) {
            let _ = admin.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

/// An empty database: for tests of the migrations themselves.
pub(crate) fn empty() -> TestDatabase {
    create_from("template0")
}

/// A database with the schema. `migrate` gets the URL of the template, at most once per process; all
/// callers must pass the same migrations and leave no connection open.
pub(crate) fn migrated(migrate: impl FnOnce(&str)) -> TestDatabase {
    static MIGRATED: OnceLock<()> = OnceLock::new();
    MIGRATED.get_or_init(|| {
        let create = format!("CREATE DATABASE {} TEMPLATE template0", template());
        cluster().admin().batch_execute(&create).unwrap();
        migrate(&cluster().url(&template()));
    });
    create_from(&template())
}

fn create_from(template: &str) -> TestDatabase {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    // Several processes may share the cluster.
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    // `file_copy` writes a checkpoint per copy, `wal_log` does not: faster for a small schema.
    let create = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log");
    cluster().admin().batch_execute(&create).unwrap();
    TestDatabase { url: cluster().url(&name), name }
}

struct Cluster {
    port: u16,
    /// `None`: another process started it and ends it.
    _server: Option<Guarded>,
}

impl Cluster {
    /// A machine that stalls for seconds must not look like a node that is frozen or cut off: the tests
    /// of those have servers of their own (`cluster`).
    fn url(&self, database: &str) -> String {
        let patient = "connect_timeout=60&options=-c%20idle_in_transaction_session_timeout%3D60s";
        format!("postgres://postgres@127.0.0.1:{}/{database}?{patient}", self.port)
    }

    fn admin(&self) -> PgConnection {
        PgConnection::establish(&self.url("postgres")).unwrap()
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| match home::given_port() {
        Some(port) => Cluster { port, _server: None },
        None => start(),
    })
}

/// Where the cluster listens, for processes that share it.
pub(crate) fn port() -> u16 {
    cluster().port
}

fn start() -> Cluster {
    // Between choosing a free port and binding it another process may take it: choose again.
    let mut why = String::new();
    for _ in 0..3 {
        match start_on(children::free_port()) {
            Ok(cluster) => return cluster,
            Err(said) if said.contains("could not bind") => why = said,
            Err(said) => panic!("PostgreSQL did not start:\n{said}"),
        }
    }
    panic!("PostgreSQL found no free port in three tries:\n{why}")
}

/// A new cluster that listens on `port`; else what the server said.
fn start_on(port: u16) -> Result<Cluster, String> {
    let bin = server_programs();
    let dir = children::scratch_dir("postgres");
    give_to_server_user(&dir);
    let data = dir.join("data");
    make_cluster(&data);
    let mut server = as_server_user(&bin.join("postgres"));
    server.arg("-D").arg(&data).args(["-c", MAX_CONNECTIONS, "-c", "lc_messages=C"]);
    server.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
    server.args(["-c", &format!("port={port}")]);
    let mut server = Guarded::start("QUIT", &dir, &server);
    let ready = |line: &str| line.contains("ready to accept connections").then_some(());
    match server.lines.find(START_DEADLINE, ready) {
        Ok(()) => Ok(Cluster { port, _server: Some(server) }),
        Err(NoLine::Ended(said) | NoLine::Late(said)) => Err(said),
    }
}

/// An empty cluster in `data`, a directory yet to be made whose parent belongs to the server's user.
pub(super) fn make_cluster(data: &Path) {
    let mut initdb = as_server_user(&server_programs().join("initdb"));
    // `--no-sync` spares the flush of the empty cluster only; the server runs with fsync on.
    initdb.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"]);
    initdb.args(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en", "-D"]).arg(data);
    let made = initdb.current_dir(data.parent().unwrap()).output().unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
}

/// Debian keeps the server's programs out of `PATH`, by version: the newest is taken.
pub(super) fn server_programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let numbered = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let bin = entry.path().join("bin");
        bin.join("initdb").exists().then_some((version, bin))
    });
    let newest = numbered.max_by_key(|(version, _)| *version);
    newest.expect("no PostgreSQL server in /usr/lib/postgresql: run `make tools`").1
}

/// PostgreSQL refuses to run as root, so root lends it the user that its package made.
pub(super) fn as_server_user(program: &Path) -> Command {
    let mut command = children::dying_with_us("QUIT", "env");
    if is_root() {
        command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        command.args(["--pdeathsig", "QUIT", "--", "env"]);
    }
    command.arg("LC_ALL=C.UTF-8").arg(program);
    command
}

pub(super) fn give_to_server_user(dir: &Path) {
    if is_root() {
        let owned = Command::new("chown").arg("postgres").arg(dir).status().unwrap();
        assert!(owned.success(), "no user `postgres`: run `make tools`");
    }
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::{BigInt, Text};
    use diesel::{QueryableByName, RunQueryDsl, sql_query};

    use super::*;

    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }

    #[derive(QueryableByName)]
    struct Word {
        #[diesel(sql_type = Text)]
        w: String,
    }

    #[test]
    fn each_test_gets_its_own_copy_of_the_migrated_template() {
        // Not `migrated`: the one template of the process belongs to the real migrations.
        let template = empty();
        template
            .connect()
            .batch_execute("CREATE TABLE t (n bigint); INSERT INTO t VALUES (7)")
            .unwrap();
        let (one, other) = (create_from(&template.name), create_from(&template.name));
        one.connect().batch_execute("DELETE FROM t").unwrap();
        let count = |db: &TestDatabase| {
            sql_query("SELECT count(*) AS n FROM t")
                .get_result::<Number>(&mut db.connect())
                .unwrap()
                .n
        };
        assert_eq!((count(&one), count(&other)), (0, 1));
    }

    #[test]
    fn durability_is_on_and_the_default_order_is_not_byte_order() {
        let database = empty();
        let mut db = database.connect();
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            let shown = sql_query(format!("SELECT current_setting('{setting}') AS w"));
            assert_eq!(shown.get_result::<Word>(&mut db).unwrap().w, "on", "{setting}");
        }
        let first = "SELECT min(w) AS w FROM (VALUES ('B'), ('a')) AS words(w)";
        assert_eq!(sql_query(first).get_result::<Word>(&mut db).unwrap().w, "a");
    }
}
