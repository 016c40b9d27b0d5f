//! The libraries for a tenant's servers: `@clerk/backend` of two majors, and the Python one. What they
//! check stands in their scripts; here is the list of it.

use std::process::Command;

use super::{Keys, Site, script, tool};
use crate::harness::children;

const JAVASCRIPT: [&str; 17] = [
    "createUser",
    "getUser",
    "getUserList",
    "updateUser",
    "lockUser",
    "unlockUser",
    "getSession",
    "verifyToken",
    "authenticateRequest",
    "handshake",
    "getClient",
    "verifyPassword",
    "verifyTOTP",
    "createSignInToken",
    "banUser",
    "errors",
    "deleteUser",
];

const PYTHON: [&str; 13] = [
    "create",
    "get",
    "listed",
    "lock",
    "unlock",
    "sessions",
    "authenticate",
    "update",
    "ban",
    "jwks",
    "errors",
    "lock_while_lockout_is_off",
    "delete",
];

const WEBHOOKS: [&str; 3] = ["created", "locked", "forged"];

fn node(package: &str) -> Command {
    running("js/backend.mjs", package)
}

fn running(file: &str, package: &str) -> Command {
    let mut command = children::dying_with_us("KILL", tool("node"));
    command.arg(script(file));
    command.env("MODULES", tool("clients/node_modules").parent().unwrap()).env("PACKAGE", package);
    command
}

#[test]
fn the_backend_sdk_works() {
    Site::open(Keys::Live).run(node("@clerk/backend"), &JAVASCRIPT);
}

#[test]
fn the_backend_sdk_of_the_major_before_works() {
    Site::open(Keys::Live).run(node("clerk-backend-v2"), &JAVASCRIPT);
}

#[test]
fn the_backend_sdk_verifies_webhooks() {
    Site::open(Keys::Development).run(running("js/webhooks.mjs", "@clerk/backend"), &WEBHOOKS);
}

#[test]
fn the_backend_sdk_of_the_major_before_verifies_webhooks() {
    Site::open(Keys::Live).run(running("js/webhooks.mjs", "clerk-backend-v2"), &WEBHOOKS);
}

#[test]
fn the_python_sdk_works() {
    let mut python = children::dying_with_us("KILL", tool("venv/bin/python"));
    python.arg(script("python_sdk.py"));
    // Nothing is left beside the script.
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    Site::open(Keys::Live).run(python, &PYTHON);
}

/// A script that fails or ends early is no success.
#[test]
#[should_panic(expected = "errors")]
fn a_check_that_is_not_made_is_missed() {
    let script = "print('{\"name\": \"create\", \"ok\": true}')";
    let mut python = children::dying_with_us("KILL", tool("venv/bin/python"));
    python.args(["-c", script]);
    Site::open(Keys::Live).run(python, &["create", "errors"]);
}
