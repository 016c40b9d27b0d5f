//! A Redis of our own, from Debian's packages, on the disk that our database is on, with an
//! append-only file that is synced before each answer, and a Lua script that does what Authgear's
//! record of a failure does: read the lock, read the counters, add one, set the deadline, lock at the
//! threshold. Loaded by Redis' own `redis-benchmark`, one socket a client.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::durable_ours::ALL_USERS;

const SCRIPT: &str = r#"
local now = tonumber(redis.call("TIME")[1])
local source, history, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local first, factor, longest = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local ends = redis.call("GET", KEYS[2])
if ends and tonumber(ends) > now then
  return {0, ends}
end
local counts, fields = {}, redis.call("HGETALL", KEYS[1])
for i = 1, #fields, 2 do
  counts[fields[i]] = tonumber(fields[i + 1])
end
local total, own = (counts["total"] or 0) + 1, (counts[source] or 0) + 1
redis.call("HSET", KEYS[1], "total", total)
redis.call("HSET", KEYS[1], source, own)
redis.call("EXPIREAT", KEYS[1], now + history)
if total < limit then
  return {1, total}
end
local length = math.min(first * factor ^ (total - limit), longest)
redis.call("SET", KEYS[2], now + length)
redis.call("EXPIREAT", KEYS[2], now + length)
return {2, tostring(now + length)}
"#;

pub(crate) struct Redis {
    server: Child,
    folder: tempfile::TempDir,
    script: String,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir_in(".").unwrap();
        let server = Command::new("redis-server")
            .args(["--port", "0", "--unixsocket", "socket", "--save", "", "--daemonize", "no"])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server: scripts/install-test-tools.sh redis-server redis-tools");
        let script = load(folder.path());
        Self { server, folder, script }
    }

    /// Calls of the script a second, by so many clients.
    pub(crate) fn spell(&self, clients: usize) -> f64 {
        let calls = if clients == 1 { "8000" } else { "60000" };
        let output = Command::new("redis-benchmark")
            .args(["-s", "socket", "-n", calls, "-c", &clients.to_string()])
            .args(["-r", &ALL_USERS.to_string(), "--csv", "evalsha", &self.script, "2"])
            .args(["app:acme:lockout:__rand_int__", "app:acme:lockout:__rand_int__:lock"])
            .args(["192.0.2.7", "86400", "1000000", "60", "2", "3600"])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        // "test","rps",... then the line of this one.
        let rate = told.lines().last().and_then(|line| line.rsplit("\",\"").nth(6));
        rate.and_then(|rate| rate.parse().ok()).unwrap_or_else(|| panic!("{output:?}"))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _gone = self.server.wait();
    }
}

/// The digest by which the server knows the script, once it listens.
fn load(folder: &Path) -> String {
    let started = Instant::now();
    loop {
        let asked = Command::new("redis-cli")
            .args(["-s", "socket", "script", "load", SCRIPT])
            .current_dir(folder)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
        if told.len() == 40 {
            return told;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{asked:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
