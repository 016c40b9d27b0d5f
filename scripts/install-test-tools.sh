#!/bin/sh
# Installs what `make test` needs on Debian 12 (and later) beside Rust: a C compiler, PostgreSQL with
# its client library, Chromium with its driver, strace, and a Python environment with a real SMTP
# server.
# What is there already is left alone, so a second run takes no time. Anything missing that cannot be
# installed is an error: the tests never skip. Arguments are packages to install beside these.
set -eu

target=${CARGO_TARGET_DIR:-target}
venv=$target/test-tools/venv
# The same server on every machine; raised by hand, with the tests.
smtp_server=aiosmtpd==1.4.6

fail() {
    echo "install-test-tools: $*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -n "$@" || sudo "$@"
    else
        fail "not root and no sudo: run as root: $*"
    fi
}

# Names of the packages that are not installed, out of those given.
missing_packages() {
    for package in "$@"; do
        status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || status=none
        [ "$status" = installed ] || printf '%s ' "$package"
    done
}

install_packages() {
    command -v dpkg-query >/dev/null || fail "this is not Debian; install by hand: $*"
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    echo "installing: $missing"
    # A fresh machine has no package lists, an old one may have stale ones.
    # A machine that has just started may be upgrading itself: wait for its lock.
    as_root apt-get -o DPkg::Lock::Timeout=300 -q update || fail "apt-get update failed"
    # shellcheck disable=SC2086  # one word per package
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 -q -y --no-install-recommends install $missing || fail "cannot install: $missing"
    still=$(missing_packages "$@")
    [ -z "$still" ] || fail "installed, and yet missing: $still"
}

# The Python that Debian ships has `venv` in a package of its own; another one brings it along.
make_venv() {
    if "$venv/bin/python" -c 'import aiosmtpd' 2>/dev/null; then
        return 0
    fi
    python=/usr/bin/python3
    echo "making $venv"
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    "$python" -m venv "$venv" || fail "cannot make a Python environment"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$smtp_server" ||
        fail "cannot install $smtp_server"
}

check_rust() {
    command -v cargo >/dev/null || fail "no cargo: install Rust (https://rustup.rs) first"
    # rustup leaves a proxy for each program it might have: only running it tells.
    for component in rustfmt clippy; do
        cargo "${component#rust}" --version >/dev/null 2>&1 && continue
        command -v rustup >/dev/null || fail "no $component and no rustup to add it"
        rustup component add "$component" || fail "cannot add $component"
    done
}

cd "$(dirname "$0")/.."
check_rust
# gcc builds the bundled SQLite and the TLS library; util-linux has setpriv and setsid; strace makes
# system calls fail.
install_packages gcc libc6-dev make pkg-config util-linux strace \
    postgresql libpq-dev chromium chromium-driver python3 python3-venv "$@"
make_venv
echo "test tools are in place"
