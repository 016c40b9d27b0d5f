//! A network of its own for one process, joined to ours by two cables: one to the database, which
//! can be cut, and one for its callers, which stays. Needs root, so only for `make soak`.

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

use super::children;

/// Gone when dropped, cables included.
pub(crate) struct Island {
    name: String,
    /// Second part of the addresses, by our process, so that two test runs do not meet.
    part: u8,
}

impl Island {
    pub(crate) fn new() -> Self {
        let ours = std::process::id();
        let part = u8::try_from(100 + ours % 150).unwrap();
        let island = Self { name: format!("lk{ours}"), part };
        let name = &island.name;
        ip(&format!("netns add {name}"));
        ip(&format!("-n {name} link set lo up"));
        for (cable, third) in [("d", 1), ("f", 2)] {
            let (here, there) = (format!("{cable}h{ours}"), format!("{cable}t{ours}"));
            ip(&format!("link add {here} type veth peer name {there} netns {name}"));
            ip(&format!("addr add 10.{part}.{third}.1/30 dev {here}"));
            ip(&format!("-n {name} addr add 10.{part}.{third}.2/30 dev {there}"));
            ip(&format!("link set {here} up"));
            ip(&format!("-n {name} link set {there} up"));
        }
        island
    }

    /// Where the database listens for the island.
    pub(crate) fn database(&self) -> IpAddr {
        Ipv4Addr::new(10, self.part, 1, 1).into()
    }

    /// From where the island comes to the database.
    pub(crate) fn network(&self) -> String {
        format!("10.{}.1.0/30", self.part)
    }

    /// Our address on the callers' cable, and the island's.
    pub(crate) fn callers(&self) -> (IpAddr, IpAddr) {
        let at = |last| Ipv4Addr::new(10, self.part, 2, last).into();
        (at(1), at(2))
    }

    /// `program` in this network.
    pub(crate) fn command(&self, program: &Command) -> Command {
        let mut inside = children::dying_with_us("KILL", "ip");
        inside.args(["netns", "exec", &self.name]).arg(program.get_program());
        inside.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
        for (key, value) in program.get_envs() {
            match value {
                Some(value) => inside.env(key, value),
                None => inside.env_remove(key),
            };
        }
        inside
    }

    /// Nothing passes to or from the database any more, and nobody is told.
    pub(crate) fn cut(&self) {
        ip(&format!("link set {} down", self.cable()));
    }

    pub(crate) fn join(&self) {
        ip(&format!("link set {} up", self.cable()));
    }

    fn cable(&self) -> String {
        format!("dh{}", std::process::id())
    }
}

impl Drop for Island {
    fn drop(&mut self) {
        // The cables go with the network at one of their ends.
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

fn ip(words: &str) {
    let done = Command::new("ip").args(words.split(' ')).status();
    let done = done.unwrap_or_else(|error| panic!("no `ip` ({error}): run `make tools`"));
    assert!(done.success(), "ip {words}: root?");
}
