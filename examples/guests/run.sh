#!/usr/bin/env bash
# Run the command and the greeter that build.sh made, and compare what comes out with what has to.
# Usage: run.sh LANGUAGE [--runtime tambo|wasmtime] [--engine wasmtime|wasmi] [--only command|greeter]
# TAMBO names the command tambo (default: the one on PATH); --engine is for tambo. Ends with 1 if anything differs.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
language=${1:?usage: run.sh LANGUAGE [--runtime tambo|wasmtime] [--engine wasmtime|wasmi] [--only command|greeter]}
shift
runtime=tambo engine=wasmtime only=
while [ $# -gt 0 ]; do
  case $1 in
    --runtime) runtime=$2 ;;
    --engine) engine=$2 ;;
    --only) only=$2 ;;
    *) echo "run.sh: no such option: $1" >&2; exit 2 ;;
  esac
  shift 2 || exit 2
done
built=$(cd "$here/../../target/examples/$language" && pwd) || exit 2
case $runtime in
  tambo) run=("${TAMBO:-tambo}" run --engine "$engine") serve=("${TAMBO:-tambo}" serve --engine "$engine") ;;
  # StarlingMonkey and CPython import wasi:cli and wasi:filesystem even where they only answer requests.
  wasmtime) run=(wasmtime run) serve=(wasmtime serve -S cli) ;;
  *) echo "run.sh: no such runtime: $runtime" >&2; exit 2 ;;
esac
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
cd "$work" || exit 2
failed=0

# check NAME EXPECTED ACTUAL: two texts that must be equal.
check() {
  if [ "$2" = "$3" ]; then echo "ok   $language: $1"; return; fi
  echo "FAIL $language: $1: expected, and what came:"
  printf '%s\n--\n%s\n' "$2" "$3"
  failed=1
}

command_guest() {
  local text code expected_code=7
  # WASI 0.1's exit code, translated by the adapter, is a success or not.
  case $language in rust | c) expected_code=1 ;; esac
  mkdir data && echo 'a file that was granted' >data/notes.txt
  text=$("${run[@]}" --env 'GREETING=good morning' --dir data::/data "$built/command.wasm" /data/notes.txt 7 \
    2>errors < <(printf 'one two\nthree\n'))
  code=$?
  check 'command: output' \
    $'arguments: /data/notes.txt 7\nGREETING: good morning\ninput: one two\nthree\nfile: a file that was granted' "$text"
  check 'command: exit code' "$expected_code" "$code"
  [ "$code" = "$expected_code" ] || head -n 20 errors

  text=$("${run[@]}" --env GREETING=hi "$built/command.wasm" /data/notes.txt 0 2>errors </dev/null)
  check 'command: exit code without the directory' 1 $?
  check 'command: output without the directory' $'arguments: /data/notes.txt 0\nGREETING: hi\ninput: ' "$text"

  text=$("${run[@]}" --env GREETING=hi --dir data::/data "$built/command.wasm" /data/notes.txt 0 2>errors </dev/null)
  check 'command: exit code 0' 0 $?
}

# A port that nothing listens on, most likely.
address=127.0.0.1:$((20000 + RANDOM % 20000))

started() {
  for _ in $(seq 600); do
    grep -q http:// errors && return 0
    kill -0 "$server" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

greeter_guest() {
  : >errors
  "${serve[@]}" --addr "$address" "$built/greeter.wasm" 2>>errors >output &
  server=$!
  started || { check 'greeter: starts' 'http://…' "$(head -n 20 errors)"; return; }
  # The status, the header and the body.
  ask() { curl -sS -m 60 -w '%{http_code} %header{x-greeter}' "$@"; }
  check 'greeter: greets' "Hello, Ana!"$'\n'"200 ${language%-*}" "$(ask "http://$address/Ana")"
  check 'greeter: greets nobody in particular' "Hello, world!"$'\n'"200 ${language%-*}" "$(ask "http://$address/")"
  check 'greeter: echoes' "a body200 ${language%-*}" "$(ask -d 'a body' "http://$address/")"
  head -c 3000000 /dev/urandom >body
  check 'greeter: echoes 3 MB' "200 ${language%-*}" "$(ask --data-binary @body -o echoed "http://$address/")"
  check 'greeter: the same 3 MB' "$(sha256sum <body)" "$(sha256sum <echoed)"
  check 'greeter: alive' '' "$(kill -0 "$server" 2>&1)"
  [ "$failed" = 0 ] || head -n 20 errors
}

[ "$only" = greeter ] || command_guest
[ "$only" = command ] || greeter_guest
exit "$failed"
