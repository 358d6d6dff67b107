#!/usr/bin/env bash
# Installs what the tests need and runs them all. Arguments go to `cargo nextest run`.
set -euo pipefail
cd "$(dirname "$0")"

./setup.sh
cargo run --quiet --locked -p tambo-guests >/dev/null
# Both run, whatever becomes of the first; the summary of nextest comes last.
documentation=0
cargo test --quiet --locked --workspace --doc || documentation=$?
cargo nextest run --locked --workspace --no-fail-fast "$@"
exit "$documentation"
