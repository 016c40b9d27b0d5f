#!/bin/sh
# The fault tests of `make soak`: runs every test named `soak_…` one after the other on the program
# built for release, and writes what came of each into the table of docs/reliability-report.md,
# newest on top. Root is needed for a full disk and a cut network.
#
#   KILLS=1000 KILLS_POSTGRES=300 scripts/soak.sh [NAME…]     only tests whose path contains a NAME
set -eu

cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
log=$target/soak.log
rows=$target/soak.rows
report=docs/reliability-report.md
began=$(date -u '+%Y-%m-%d %H:%M')
# Before the run: whoever commits meanwhile changes nothing of what is tested.
commit="\`$(git rev-parse --short HEAD)\`$(git diff --quiet HEAD -- . ":!$report" || echo ' with changes')"
command="KILLS=${KILLS:-1000} KILLS_POSTGRES=${KILLS_POSTGRES:-300} scripts/soak.sh${*:+ $*}"
machine="$(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r | sed "s,-.*,,")"

cargo build --locked --release --features postgres --bin lockkeeper
# The tests themselves are a client and need no speed.
cargo test --locked --features postgres --test lockkeeper_tests --no-run

status=0
LOCKKEEPER_TEST_PROGRAM=$target/release/lockkeeper \
    cargo test --locked --features postgres --test lockkeeper_tests -- \
    --ignored --nocapture --test-threads=1 "${@:-soak_}" >"$log" 2>&1 || status=$?

# One row for each test that ran, and one above them for all.
awk -v began="$began" -v ended="$(date -u '+%H:%M')" -v commit="$commit" \
    -v command="$command" -v machine="$machine" -f scripts/soak-rows.awk "$log" >"$rows"
cat "$rows"
awk -v rows="$rows" '
    { print }
    /^\|---/ && !done { done = 1; while ((getline row < rows) > 0) print row }
' "$report" >"$rows.report"
cat "$rows.report" >"$report"
rm "$rows.report"
if [ "$status" -ne 0 ]; then
    echo "failed; all of it is in $log" >&2
    exit "$status"
fi
