# The commands of this project. `make test` is the gate: what it passes may be shipped.
# Needs Debian 12 or later with Rust; installs the rest (scripts/install-test-tools.sh).

.PHONY: help test tools lint

help:
	@echo "make test    install what is missing, check formatting and lints, run all tests"
	@echo "make tools   only install what the tests need"
	@echo "make lint    only formatting and lints"
	@echo "cargo run --release -- demo    try it"

# One cargo after another: each uses all cores, and two would wait for one lock.
.NOTPARALLEL:

test: tools lint
	cargo test --locked --features postgres

tools:
	scripts/install-test-tools.sh

# The program is built with and without PostgreSQL; each way must be free of warnings.
lint:
	cargo fmt --check
	cargo clippy --locked --features postgres --all-targets -- --deny warnings
	cargo clippy --locked -- --deny warnings
