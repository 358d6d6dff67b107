#!/usr/bin/env bash
# Runs the 0.1 part of wasi-testsuite: run.sh SUITE_DIR [--engine wasmtime|wasmi] [--adapter FILE]
# SUITE_DIR is a clone of https://github.com/WebAssembly/wasi-testsuite, branch prod/testsuite-base.
# TAMBO is the command to test (default: tambo). Ends with `N passed, N failed, N skipped`; exit 1 if any failed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
}

suite='' engine='' adapter=$here/tambo.py
while [ $# -gt 0 ]; do
    case $1 in
        --engine) engine=${2:-}; [ -n "$engine" ] || usage; shift 2 ;;
        --adapter) adapter=${2:-}; [ -n "$adapter" ] || usage; shift 2 ;;
        -*) usage ;;
        *) [ -z "$suite" ] || usage; suite=$1; shift ;;
    esac
done
[ -n "$suite" ] || usage
if [ ! -f "$suite/test-runner/wasi_test_runner.py" ]; then
    echo "error: $suite is no clone of wasi-testsuite" >&2
    exit 2
fi

tambo=${TAMBO:-tambo}
if [ "$adapter" = "$here/tambo.py" ] && ! command -v "${tambo%% *}" >/dev/null; then
    echo "error: $tambo: no such command; hint: cargo build -p tambo-cli, then TAMBO=$root/target/debug/tambo" >&2
    exit 2
fi

# The runner needs Python 3.12.
find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 \
        "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python3; do
        if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo 'error: the suite needs Python 3.12 or later; hint: pyenv install 3.12, or uv python install 3.12' >&2
    return 1
}

venv=$root/target/suites/wasi-testsuite/venv
if [ ! -f "$venv/complete" ]; then
    python=$(find_python)
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$suite/test-runner/requirements.txt"
    touch "$venv/complete"
fi

expected=()
if [ "$adapter" = "$here/tambo.py" ]; then
    expected=(--expected "$here/expected-failures/${engine:-wasmtime}.toml")
fi
[ -z "$engine" ] || export TAMBO_ENGINE=$engine
exec "$venv/bin/python" "$here/run.py" "$suite" --adapter "$adapter" "${expected[@]}"
