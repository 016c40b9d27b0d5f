//! Debian's own mail server (Exim) with a configuration and a port of its own, TLS by an authority made
//! for it, and AUTH: what an operator's relay is. Runs without any privilege; the names of users that
//! it wants to know are put before it by nss_wrapper. Knows nothing of what our mails say.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::children::{self, Guarded, START_DEADLINE};
use super::nodes::until;

pub(crate) const USER: &str = "relay-user";
pub(crate) const PASSWORD: &str = "relay-password";

/// A relay takes a mail within this; a busy machine needs longer.
const SOON: Duration = Duration::from_secs(60);

/// The running server. Its files go with it.
pub(crate) struct Exim {
    server: Guarded,
    port: u16,
}

impl Exim {
    pub(crate) fn start() -> Self {
        let dir = children::scratch_dir("exim");
        let port = children::free_port();
        for folder in ["spool", "log", "box", "in"] {
            std::fs::create_dir(dir.join(folder)).unwrap();
        }
        make_certificates(&dir);
        let (user, group) = whose();
        let accounts = format!("Debian-exim:x:{user}:{group}::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n");
        std::fs::write(dir.join("passwd"), accounts).unwrap();
        std::fs::write(
            dir.join("group"),
            format!("Debian-exim:x:{group}:\nroot:x:0:\nmail:x:8:\n"),
        )
        .unwrap();
        std::fs::write(dir.join("take.sh"), TAKE).unwrap();
        // Here, because nobody may look into the folder of whoever built this.
        copy_program(&dir);
        std::fs::write(dir.join("exim.conf"), configuration(&dir, port)).unwrap();
        if is_root() {
            let owner = format!("{user}:{group}");
            run(Command::new("chown").arg("-R").arg(&owner).arg(&dir));
        }
        let server = Guarded::start("TERM", &dir, &command(&dir));
        // It tells its log, not us; what it lacks stands there, too.
        until(START_DEADLINE, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { server, port }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The authority whose certificates are to be believed (PEM).
    pub(crate) fn authority(&self) -> PathBuf {
        self.dir().join("ca.pem")
    }

    fn dir(&self) -> &Path {
        &self.server.dir
    }

    /// What it has delivered into its one mailbox so far: whole messages, one after the other.
    pub(crate) fn delivered(&self) -> String {
        std::fs::read_to_string(self.dir().join("box/all")).unwrap_or_default()
    }

    /// What it writes about what it does.
    pub(crate) fn log(&self) -> String {
        let mut all = String::new();
        for name in ["mainlog", "rejectlog", "paniclog"] {
            let text = std::fs::read_to_string(self.dir().join("log").join(name));
            let _written = writeln!(all, "{}", text.unwrap_or_default());
        }
        all
    }

    /// Waits until `text` stands in the mailbox.
    pub(crate) fn until_delivered(&self, text: &str) -> String {
        until(SOON, || self.delivered().contains(text));
        self.delivered()
    }

    /// Puts every recipient off with 451, or no more.
    pub(crate) fn defer(&self, now: Defers) {
        let mark = self.dir().join("defer");
        match now {
            Defers::All => std::fs::write(mark, "").unwrap(),
            Defers::None => std::fs::remove_file(mark).unwrap(),
        }
    }

    /// Plays the mail server's pipe for one mail to the desk: `take` is given the message, and says how
    /// the command ended.
    pub(crate) fn pipe_one(&self, take: impl FnOnce(&[u8]) -> i32) {
        let folder = self.dir().join("in");
        let waiting = || {
            let files = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path());
            let mut files = files.filter(|path| {
                path.extension().is_some_and(|end| end == "mail")
                    && !path.with_extension("code").exists()
            });
            files.next()
        };
        until(SOON, || waiting().is_some());
        let mail = waiting().unwrap();
        let code = take(&std::fs::read(&mail).unwrap());
        // Whole or not at all: the pipe looks for it.
        let (half, whole) = (mail.with_extension("half"), mail.with_extension("code"));
        std::fs::write(&half, code.to_string()).unwrap();
        std::fs::rename(half, whole).unwrap();
    }

    /// Hands it a mail as somebody else's mail server would.
    pub(crate) fn hand_in(&self, to: &str, message: &str) {
        use lettre::Transport;
        use lettre::address::Envelope;
        use lettre::transport::smtp::authentication::Credentials;
        use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
        let pem = std::fs::read(self.authority()).unwrap();
        let tls = TlsParameters::builder("localhost".to_owned())
            .add_root_certificate(Certificate::from_pem(&pem).unwrap());
        let line = lettre::SmtpTransport::builder_dangerous("127.0.0.1")
            .port(self.port)
            .tls(Tls::Required(tls.build().unwrap()))
            .credentials(Credentials::new(USER.to_owned(), PASSWORD.to_owned()))
            .build();
        let from = Some("ann@acme.test".parse().unwrap());
        let envelope = Envelope::new(from, vec![to.parse().unwrap()]).unwrap();
        line.send_raw(&envelope, message.as_bytes()).unwrap();
    }
}

/// How recipients are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defers {
    All,
    None,
}

/// What stands at the end of the pipe: it hands the message over to the tests, which run the real
/// command with their own rights, and ends as that did.
const TAKE: &str = r#"#!/bin/sh
here=$(dirname "$0")/in
name=$(mktemp "$here/XXXXXXXX")
cat > "$name.part"
mv "$name.part" "$name.mail"
while [ ! -e "$name.code" ]; do sleep 0.05; done
exit "$(cat "$name.code")"
"#;

/// Of the unpacked packages, see `scripts/install-test-tools.sh`.
fn tools() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let tools = target.join("test-tools/exim");
    assert!(tools.join("usr/sbin/exim4").exists(), "no {}: run `make tools`", tools.display());
    tools
}

fn libraries() -> PathBuf {
    let lib = tools().join("usr/lib");
    let folders = std::fs::read_dir(lib).unwrap().flatten().map(|entry| entry.path());
    let mut found = folders.filter(|folder| folder.join("libnss_wrapper.so").exists());
    found.next().expect("no libnss_wrapper.so: run `make tools`")
}

fn copy_program(dir: &Path) {
    std::fs::create_dir(dir.join("program")).unwrap();
    let libraries = std::fs::read_dir(libraries()).unwrap().flatten().map(|entry| entry.path());
    let files = libraries.filter(|path| path.is_file());
    for file in files.chain([tools().join("usr/sbin/exim4")]) {
        std::fs::copy(&file, dir.join("program").join(file.file_name().unwrap())).unwrap();
    }
}

fn command(dir: &Path) -> Command {
    let program = dir.join("program");
    let mut command = Command::new("setpriv");
    if is_root() {
        let (user, group) = whose();
        command.args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups"]);
    }
    command.args(["--pdeathsig", "TERM", "--", "env"]);
    for (name, path) in [
        ("LD_PRELOAD", program.join("libnss_wrapper.so")),
        ("LD_LIBRARY_PATH", program.clone()),
        ("NSS_WRAPPER_PASSWD", dir.join("passwd")),
        ("NSS_WRAPPER_GROUP", dir.join("group")),
    ] {
        command.arg(format!("{name}={}", path.display()));
    }
    // In the foreground; what is put off is tried again each second.
    command.arg(program.join("exim4")).arg("-C").arg(dir.join("exim.conf"));
    command.args(["-bdf", "-q1s"]);
    command
}

fn configuration(dir: &Path, port: u16) -> String {
    let dir = dir.display();
    format!(
        r#"exim_path = {dir}/program/exim4
keep_environment = LD_PRELOAD : LD_LIBRARY_PATH : ^NSS_WRAPPER
spool_directory = {dir}/spool
log_file_path = {dir}/log/%slog
pid_file_path = {dir}/exim.pid
primary_hostname = localhost
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
rfc1413_query_timeout = 0s
host_lookup =
tls_advertise_hosts = *
tls_certificate = {dir}/cert.pem
tls_privatekey = {dir}/key.pem
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = rcpt
domainlist lockkeeper_domains = in.example

begin acl
rcpt:
  deny !authenticated = *
    message = authentication required
  defer condition = ${{if exists{{{dir}/defer}}}}
    message = come again
  accept

begin routers
lockkeeper:
  driver = accept
  domains = +lockkeeper_domains
  local_parts = desk
  local_part_suffix = +*
  transport = lockkeeper_pipe
everybody:
  driver = accept
  transport = box

begin transports
lockkeeper_pipe:
  driver = pipe
  command = /bin/sh {dir}/take.sh
  batch_max = 1
  envelope_to_add
  return_path_add
  temp_errors = 75
  log_fail_output
box:
  driver = appendfile
  file = {dir}/box/all
  mode = 0644

begin retry
* * F,1h,1s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{USER}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
  server_set_id = $auth2
"#
    )
}

/// An authority, and a certificate of it for this machine.
fn make_certificates(dir: &Path) {
    let openssl = |args: &[&str]| run(Command::new("openssl").args(args).current_dir(dir));
    let new = ["-newkey", "rsa:2048", "-nodes"];
    let mut authority = vec!["req", "-x509", "-keyout", "ca.key", "-out", "ca.pem"];
    authority.extend(["-subj", "/CN=Authority of a test", "-days", "3650"]);
    openssl(&[&authority[..], &new[..]].concat());
    let request = ["req", "-keyout", "key.pem", "-out", "cert.req", "-subj", "/CN=localhost"];
    openssl(&[&request[..], &new[..]].concat());
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n";
    std::fs::write(dir.join("names"), names).unwrap();
    let mut sign = vec!["x509", "-req", "-in", "cert.req", "-CA", "ca.pem", "-CAkey", "ca.key"];
    sign.extend(["-CAcreateserial", "-days", "3650", "-extfile", "names", "-out", "cert.pem"]);
    openssl(&sign);
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

/// Under whose number it runs: ours, or nobody's where we are root.
fn whose() -> (u32, u32) {
    use std::os::unix::fs::MetadataExt;
    let us = std::fs::metadata("/proc/self").unwrap();
    if is_root() { (65_534, 65_534) } else { (us.uid(), us.gid()) }
}
