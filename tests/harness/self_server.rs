//! The test binary as a server of itself. A test that needs our server *with a part exchanged* (a
//! settle that is wrong on purpose) and still wants to `kill -9` it cannot use the real program,
//! whose parts are fixed. So the binary runs itself: one `#[ignore]`d test is the server, another
//! starts this executable again with that test alone.
//!
//! ```ignore
//! #[test]
//! #[ignore = "a server for the test below, not a test"]
//! fn wrong_settle_server() {
//!     let Some(setting) = self_server::asked() else { return };
//!     // build the application with the wrong part, listen on port 0, then print
//!     println!("listening on http://127.0.0.1:{port}");
//!     // and serve until killed
//! }
//!
//! #[test]
//! fn a_wrong_settle_is_caught() {
//!     let server = self_server::start("kill_loop::wrong_settle_server", "sqlite:/some/file.db");
//!     server.kill_now();
//! }
//! ```

use super::children;
use super::process::{Server, without_our_settings};

/// Set only in a child started by [`start`]; carries the setting.
const ASKED: &str = "LOCKKEEPER_TEST_SELF_SERVER";

/// Runs the ignored test at `path` (module path without the crate's name) in a process of its own.
/// `setting` is free text for it; it ends when dropped or with the test process.
pub(crate) fn start(path: &str, setting: &str) -> Server {
    let ourselves = std::env::current_exe().unwrap();
    let mut command = children::dying_with_us("KILL", ourselves);
    command.args(["--exact", path, "--ignored", "--nocapture", "--test-threads=1"]);
    without_our_settings(&mut command);
    command.env(ASKED, setting);
    Server::start(command)
}

/// The setting handed to [`start`]; `None` when somebody runs ignored tests by hand.
pub(crate) fn asked() -> Option<String> {
    std::env::var(ASKED).ok()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    #[ignore = "a server for the test below, not a test"]
    fn greeting_server() {
        let Some(greeting) = asked() else { return };
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        println!("listening on http://{}", door.local_addr().unwrap());
        for caller in door.incoming() {
            caller.unwrap().write_all(greeting.as_bytes()).unwrap();
        }
    }

    #[test]
    fn the_test_binary_serves_itself_and_dies_on_request() {
        let server = start("harness::self_server::tests::greeting_server", "good morning");
        let address = server.base().trim_start_matches("http://").to_owned();
        let mut said = String::new();
        TcpStream::connect(&address).unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "good morning");
        server.kill_now();
        assert!(TcpStream::connect(&address).is_err(), "still listening after kill -9");
    }
}
