#!/usr/bin/env bash
# Runs the synchronous part of the component model's own scripts: run.sh SUITE_DIR [--engine wasmtime|wasmi]
# SUITE_DIR is a clone of https://github.com/WebAssembly/component-model.
# TAMBO is the command to test (default: tambo). Ends with `N passed, N failed, N skipped`; exit 1 if a failure is not
# expected, or an expected one passes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

usage() {
    sed -n '2,5s/^# //p' "$0" >&2
    exit 2
}

suite='' engine=wasmtime
while [ $# -gt 0 ]; do
    case $1 in
        --engine) engine=${2:-}; [ -n "$engine" ] || usage; shift 2 ;;
        -*) usage ;;
        *) [ -z "$suite" ] || usage; suite=$1; shift ;;
    esac
done
[ -n "$suite" ] || usage
if [ ! -d "$suite/test/validation" ]; then
    echo "error: $suite is no clone of component-model" >&2
    exit 2
fi
tambo=${TAMBO:-tambo}
if ! command -v "${tambo%% *}" >/dev/null; then
    echo "error: $tambo: no such command; hint: cargo build -p tambo-cli, then TAMBO=target/debug/tambo" >&2
    exit 2
fi
tambo=$(command -v "$tambo")
case $tambo in /*) ;; *) tambo=$PWD/$tambo ;; esac

cd "$suite/test"
scripts=()
while IFS= read -r script; do scripts+=("$script"); done \
    < <(find binary linking resources validation values -name '*.wast' | LC_ALL=C sort)

status=0
output=$("$tambo" wast --engine "$engine" "${scripts[@]}") || status=$?
printf '%s\n' "$output"
[ "$status" -le 1 ] || exit 2

# A failure is known by `file:line`.
failed=$(printf '%s\n' "$output" | sed -nE 's/^([a-z]+\/[^:]+\.wast:[0-9]+): .*/\1/p' | LC_ALL=C sort -u)
lists=("$here/expected-failures.txt")
[ ! -f "$here/expected-failures.$engine.txt" ] || lists+=("$here/expected-failures.$engine.txt")
expected=$(sed -E 's/[[:space:]]*#.*//; /^$/d' "${lists[@]}" | LC_ALL=C sort -u)
new=$(LC_ALL=C comm -23 <(printf '%s\n' "$failed") <(printf '%s\n' "$expected"))
fixed=$(LC_ALL=C comm -13 <(printf '%s\n' "$failed") <(printf '%s\n' "$expected"))
if [ -n "$fixed" ]; then
    echo "error: expected to fail, but passed; remove from ${lists[*]##*/}:" $fixed >&2
    exit 1
fi
if [ -n "$new" ]; then
    echo "error: failed, and not expected to:" $new >&2
    exit 1
fi
