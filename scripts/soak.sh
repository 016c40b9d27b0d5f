#!/bin/sh
# The fault tests of `make soak`: runs every test named `soak_…` one after the other on the program
# built for release, then prints where and when that was and one line of result for each, as
# docs/reliability-report.md has them. Root is needed for a full disk and a cut network.
#
#   KILLS=1000 KILLS_POSTGRES=300 scripts/soak.sh [NAME…]     only tests whose path contains a NAME
set -eu

cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
log=$target/soak.log
began=$(date -u '+%Y-%m-%d %H:%M UTC')

cargo build --locked --release --features postgres --bin lockkeeper
# The tests themselves are a client and need no speed.
cargo test --locked --features postgres --test lockkeeper_tests --no-run

status=0
LOCKKEEPER_TEST_PROGRAM=$target/release/lockkeeper \
    cargo test --locked --features postgres --test lockkeeper_tests -- \
    --ignored --nocapture --test-threads=1 "${@:-soak_}" >"$log" 2>&1 || status=$?

echo "date:    $began to $(date -u '+%H:%M UTC')"
echo "commit:  $(git rev-parse --short HEAD)$(git diff --quiet HEAD || echo ' with changes')"
echo "command: KILLS=${KILLS:-1000} KILLS_POSTGRES=${KILLS_POSTGRES:-300} scripts/soak.sh $*"
echo "machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r)"
grep -E '^(result: |test result: )' "$log"
if [ "$status" -ne 0 ]; then
    echo "failed; all of it is in $log" >&2
    exit "$status"
fi
