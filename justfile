# What a contributor runs. `just ci` is what CI runs.

export CARGO_TERM_COLOR := env("CARGO_TERM_COLOR", "auto")

# List the recipes
default:
    @just --list

# Format the sources
fmt:
    cargo fmt

# Lint everything, warnings denied
lint:
    cargo clippy --all-targets --locked -- -D warnings

# Run all tests
test:
    cargo test --locked

# Build the documentation, warnings denied
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

# Check licences, bans and sources of the dependencies
deny:
    cargo deny check licenses bans sources

# Run every check that CI runs
ci:
    .ci/run

# Run the benchmarks
bench:
    cargo bench --locked

# Compare `sagap` with cat, gzip, tshark, tcpdump and capinfos (6 GB under target/peers, ten minutes; --quick, or rows by name)
bench-peers *arguments:
    benches/peers.sh {{arguments}}
