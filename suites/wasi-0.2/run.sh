#!/usr/bin/env bash
# Runs the conformance suite of WASI 0.2: run.sh [--runtime tambo|wasmtime|…] [--program PATH] [--engine wasmtime|wasmi]
#     [--package NAME]… [--filter TEXT]
# A runtime is a file in `runtimes`. --engine is for Tambo. Ends with `N passed, N failed, N skipped`; exit 1 if any
# failed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" = --help ]; then
    sed -n '2,5s/^# //p' "$0"
    exit
fi
case " $* " in *' --runtime '*) ;; *) set -- --runtime tambo "$@" ;; esac
case " $* " in *' --runtime tambo '*)
    case " $* " in *' --engine '*) ;; *) set -- "$@" --engine wasmtime ;; esac
    case " $* " in *' --program '*) ;; *) set -- "$@" --program "${TAMBO:-tambo}" ;; esac ;;
esac
exec cargo run --quiet --locked --manifest-path "$here/../../Cargo.toml" -p tambo-conformance -- "$@"
