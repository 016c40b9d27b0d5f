#!/bin/bash
# Takes each rule of the attempt protocol out of the sources, one at a time (tests/rules/*.patch), and
# expects the rule's tests to fail. Usage: scripts/rules.sh [number …]; all of them write docs/mutants.md.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
copy=$root/target/rules/tree
# Of its own: cargo would take what is built here for what the real tree builds. Dependencies that are
# built already are linked, not built again; nothing ever writes to them.
export CARGO_TARGET_DIR=$root/target/rules/target
if [ ! -e "$CARGO_TARGET_DIR" ] && [ -d "$root/target/debug/deps" ]; then
	mkdir -p "$CARGO_TARGET_DIR/debug"
	for part in deps build .fingerprint; do
		cp -al "$root/target/debug/$part" "$CARGO_TARGET_DIR/debug/"
	done
	find "$CARGO_TARGET_DIR/debug" -maxdepth 2 -name '*lockkeeper*' -prune -exec rm -rf {} +
fi
# The copy lies inside the repository and is not part of it: git must not look for one above it.
export GIT_CEILING_DIRECTORIES="$root/target/rules"
export RUST_BACKTRACE=0
log=$root/target/rules/last.log

cargo_test() {
	(cd "$copy" && timeout "$1" cargo test --quiet --locked --features postgres --test lockkeeper_tests "${@:2}") >"$log" 2>&1
}

fresh_copy() {
	rm -rf "$copy"
	mkdir -p "$copy"
	git ls-files --cached --others --exclude-standard -z | tar --null --ignore-failed-read -T - -cf - | tar -xf - -C "$copy"
	# Only what the rules' tests need: the rest would be compiled twenty times for nothing.
	grep -vE '^mod ' tests/main.rs >"$copy/tests/main.rs"
	printf 'mod harness;\nmod protocol;\nmod store;\n' >>"$copy/tests/main.rs"
	# A file that is restored is older than what was built from its changed twin.
	touch "$copy/src/lib.rs"
}

# All named tests must fail (or pass: "$1"). Says how it went and returns 1 if it went otherwise.
run_tests() {
	local wanted=$1 passed failed
	shift
	if ! cargo_test 1200 --no-run; then
		echo "does not compile"
		return 1
	fi
	cargo_test 180 -- --exact "$@" || [ $? -ne 124 ] || { echo "hangs"; return 1; }
	passed=$(sed -nE 's/^test result: .* ([0-9]+) passed.*/\1/p' "$log" | tail -1)
	failed=$(sed -nE 's/^test result: .* ([0-9]+) failed.*/\1/p' "$log" | tail -1)
	if [ "$wanted" = fail ]; then
		echo "${failed:-0} of $# tests fail without it"
		[ "${failed:-0}" -eq $# ]
	else
		echo "${passed:-0} of $# tests pass with all of them"
		[ "${passed:-0}" -eq $# ]
	fi
}

tests_of() {
	sed -n 's/^Test: //p' "$@"
}

patches=()
for patch in tests/rules/*.patch; do
	number=$((10#$(basename "$patch" | cut -c1-2)))
	if [ $# -eq 0 ] || [[ " $* " == *" $number "* ]]; then patches+=("$patch"); fi
done

lines=()
unguarded=0
say() {
	echo "$1"
	lines+=("$1")
}

mapfile -t all < <(tests_of "${patches[@]}" | sort -u)
fresh_copy
if ! verdict=$(run_tests pass "${all[@]}"); then
	echo "the rules in place: $verdict"
	tail -40 "$log"
	exit 1
fi
say "the rules in place: $verdict"

for patch in "${patches[@]}"; do
	title=$(sed -nE '1s/^Rule ([0-9]+) \((.*)\) taken out: .*/rule \1, \2/p' "$patch")
	mapfile -t tests < <(tests_of "$patch")
	fresh_copy
	if ! (cd "$copy" && git apply -p1 "$root/$patch"); then
		verdict="the patch does not apply"
		guarded=no
	elif verdict=$(run_tests fail "${tests[@]}"); then
		guarded=yes
	else
		guarded=no
	fi
	if [ "$guarded" = no ]; then
		unguarded=$((unguarded + 1))
		verdict="UNGUARDED: $verdict"
		tail -15 "$log" >&2
	fi
	say "$title: $verdict"
done

say "${#patches[@]} rules, $unguarded unguarded"
if [ $# -eq 0 ]; then
	{
		sed '/^<!-- rules -->$/q' docs/mutants.md
		printf '\n%s, commit %s, %s cores, `scripts/rules.sh`:\n\n```\n' "$(date -u +%F)" "$(git rev-parse --short HEAD)" "$(nproc)"
		printf '%s\n' "${lines[@]}"
		printf '```\n\n'
		sed -n '/^<!-- end of rules -->$/,$p' docs/mutants.md
	} >target/rules/mutants.md
	cp target/rules/mutants.md docs/mutants.md
fi
[ "$unguarded" -eq 0 ]
