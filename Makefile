# The commands of this project. `make test` is the gate: what it passes may be shipped.
# Needs Debian 12 or later with Rust; installs the rest (scripts/install-test-tools.sh).

.PHONY: help test tools lint soak bench mutants simulate screenshots axe

help:
	@echo "make test    install what is missing, check formatting and lints, run all tests"
	@echo "make tools   only install what the tests need"
	@echo "make lint    only formatting and lints"
	@echo "make soak    all fault tests, as root, an hour; KILLS=200 KILLS_POSTGRES=50 for less"
	@echo "make simulate   worlds of fresh seeds against the reference model; SEED=n runs one again"
	@echo "make screenshots   a picture of every state of every page, into target/screenshots; PAGES=word for some"
	@echo "make axe     every rule of axe-core at every look of every state of every page; PAGES=word for some"
	@echo "make bench   the ratios of docs/benchmarks.md (minutes, on a quiet machine)"
	@echo "make mutants takes each rule of docs/protocol.md out and expects its tests to fail"
	@echo "cargo run --release -- demo    try it"

# One cargo after another: each uses all cores, and two would wait for one lock.
.NOTPARALLEL:

test: tools lint
	cargo test --locked --features postgres
	cargo test --locked --features postgres --test lockkeeper_tests -- --ignored alone_ --test-threads=1

# Long kill loops, failing system calls, lost servers and networks; needs root, see the script. Its
# last lines go into docs/reliability-report.md.
soak:
	scripts/install-test-tools.sh iproute2
	scripts/soak.sh

# Deterministic simulation: fresh seeds for 20,000,000 steps; SEED=n runs one seed again and tells
# its story; STEPS=n runs longer. docs/simulation.md explains.
simulate:
	SEED=$(SEED) STEPS=$(STEPS) cargo test --locked --features postgres --test lockkeeper_tests -- --ignored simulate_at_length --nocapture

# `wrk` loads the refusals; Redis and PostgreSQL stand beside the durable decisions.
bench:
	scripts/install-test-tools.sh wrk redis-server redis-tools
	cargo bench --locked --features postgres --bench ratios

# To be looked at, one by one: no test knows what is ugly.
screenshots: tools
	PAGES=$(PAGES) cargo test --locked --features postgres --test lockkeeper_tests -- --ignored draw_every_state --nocapture

# `make test` asks every rule at one look, and at the others only those that looks can break. Its last
# line goes into docs/accessibility.md.
axe: tools
	PAGES=$(PAGES) cargo test --locked --features postgres --test lockkeeper_tests -- --ignored axe_all_rules_everywhere --nocapture

# Writes its result into docs/mutants.md.
mutants: tools
	scripts/rules.sh

tools:
	scripts/install-test-tools.sh

# The program is built with and without PostgreSQL; each way must be free of warnings.
lint:
	cargo fmt --check
	cargo clippy --locked --features postgres --all-targets -- --deny warnings
	cargo clippy --locked -- --deny warnings
