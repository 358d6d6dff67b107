#!/usr/bin/env bash
# Sourced by the scripts beside it: a server on a free port of the loopback address, which ends with the script.
# TAMBO names the command (default: tambo).
tambo=${TAMBO:-tambo}
work=$(mktemp -d)
pids=()
passed=0 failed=0
# Only what was started here is ended.
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done; wait; rm -rf "$work"' EXIT

# ok NAME, not_ok NAME WHY: one result.
ok() { passed=$((passed + 1)); echo "ok   $1"; }
not_ok() { failed=$((failed + 1)); echo "FAIL $1"; printf '%s\n' "$2" | head -20 | sed 's/^/     /'; }

# equal NAME EXPECTED ACTUAL, contains NAME PART TEXT, same NAME FILE FILE.
equal() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected: $2
found:    $3"; fi; }
contains() { if grep -qF -- "$2" <<<"$3"; then ok "$1"; else not_ok "$1" "no \"$2\" in:
$3"; fi; }
same() { if cmp -s "$2" "$3"; then ok "$1"; else not_ok "$1" "$(cmp "$2" "$3" 2>&1)"; fi; }

# start LOG ARGUMENT...: sets `pid` and `address`. What the server says is in LOG.
start() {
  local log=$1 tries
  shift
  "$tambo" serve --addr 127.0.0.1:0 "$@" 2>"$log" &
  pid=$!
  pids+=("$pid")
  for ((tries = 0; tries < 600; tries++)); do
    address=$(sed -n 's#^serving https*://##p;q' "$log")
    [ -n "$address" ] && return
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "the server does not start:"; cat "$log"
  exit 2
}

# processes PID: it, and the workers that are its children.
processes() { echo "$1" "$(cat "/proc/$1/task/$1/children" 2>/dev/null)"; }

# rss PID, descriptors PID: of all processes of a server together; memory in KiB. One may end while it is looked at.
rss() {
  local process
  for process in $(processes "$1"); do cat "/proc/$process/status" 2>/dev/null; done |
    awk '/^VmRSS:/ { sum += $2 } END { print sum + 0 }'
}
descriptors() {
  local process
  for process in $(processes "$1"); do ls "/proc/$process/fd" 2>/dev/null; done | wc -l
}

# stop NAME: a signal ends the server that was started last, with exit code 0, and leaves no worker behind.
stop() {
  local code=0 process left=''
  local workers
  workers=$(processes "$pid")
  kill -TERM "$pid" 2>/dev/null
  wait "$pid" || code=$?
  equal "$1" 0 "$code"
  for process in $workers; do kill -0 "$process" 2>/dev/null && left+=" $process"; done
  equal "$1: no process is left" "" "$left"
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
