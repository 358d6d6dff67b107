#!/usr/bin/env bash
# Full load for a long time: wrk and h2load in turns, while SIGHUP loads the component again and again.
# Usage: soak.sh SECONDS COMPONENT [PATH [OPTION...]]: what to ask for (default: /), and options of the server.
# TAMBO names the command (default: tambo); RELOAD is how many seconds are between reloads (default: 10).
#
# It fails if a request failed, if a reload did, or if the server grew. The first quarter of the time is a warm-up.
# What comes after it is sampled every 5 seconds:
# - memory: the median VmRSS of the last third of the samples is at most 5 % and 8 MiB above that of the first third;
# - descriptors: the number after the last turn of load, when all clients are gone, is at most 4 above the number after the
#   first turn that follows the warm-up.
# Both are sums over all processes of the server.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:?seconds} component=${2:?a component} path=${3:-/} reload=${RELOAD:-10}
[ -f "$component" ] || { echo "no component: $component"; exit 2; }
. "$here/server.sh"
readonly TURN=10 SAMPLE=5

median() { sort -n | awk '{ line[NR] = $1 } END { print NR ? line[int((NR + 1) / 2)] : 0 }'; }

sample() {
  while sleep "$SAMPLE"; do
    [ -r "/proc/$1/status" ] || return
    echo "$SECONDS $(rss "$1") $(descriptors "$1")" >>"$work/samples"
  done
}

hang_up() {
  while sleep "$reload"; do kill -HUP "$1" 2>/dev/null || return; done
}

# turn NUMBER: one client, for a while; what went wrong is in $work/wrong.
turn() {
  local told url="http://$address$path"
  if (($1 % 2 == 0)); then
    told=$(timeout $((TURN + 60)) wrk -t 2 -c 64 -d "${TURN}s" --timeout 10s "$url" 2>&1)
    grep -q 'requests in' <<<"$told" || echo "wrk: $told" >>"$work/wrong"
    grep -E 'Socket errors|Non-2xx|^ *0 requests in' <<<"$told" >>"$work/wrong"
    awk '/requests in/ { print "requests", $1 }' <<<"$told" >>"$work/counts"
  else
    # A number of requests, not a time: at the end of a time h2load gives up on those that are under way.
    told=$(timeout $((TURN * 6 + 60)) h2load -c 32 -m 16 -n "$rounds" "$url" 2>&1)
    grep -q "$rounds succeeded, 0 failed, 0 errored, 0 timeout" <<<"$told" || echo "h2load: $(grep '^requests:' <<<"$told")" >>"$work/wrong"
    grep -q "$rounds 2xx, 0 3xx, 0 4xx, 0 5xx" <<<"$told" || echo "h2load: $(grep 'status codes' <<<"$told")" >>"$work/wrong"
    awk '/^requests:/ { print "requests", $8 }' <<<"$told" >>"$work/counts"
  fi
}

# How many requests h2load makes in about one turn, by a look at how fast they are.
measure() {
  local told
  told=$(timeout 60 h2load -c 32 -m 16 -n 2000 "http://$address$path" 2>&1)
  rounds=$(awk -v turn="$TURN" '/^finished in/ { gsub(",", ""); n = int($4 * turn / 2000) * 2000; print n < 2000 ? 2000 : n }' <<<"$told")
  [ -n "$rounds" ] || { echo "h2load: $told"; exit 2; }
}

# third FIRST-OR-LAST COLUMN: a third of the samples after the warm-up.
third() {
  awk -v warm="$warm" '$1 >= warm' "$work/samples" >"$work/warm"
  local count
  count=$((($(wc -l <"$work/warm") + 2) / 3))
  if [ "$1" = first ]; then head -n "$count" "$work/warm"; else tail -n "$count" "$work/warm"; fi | awk '{ print $2 }'
}

start "$work/log" "${@:4}" "$component"
: >"$work/wrong"
: >"$work/samples"
measure
SECONDS=0 warm=$((seconds / 4)) number=0 first_fds='' last_fds=''
sample "$pid" &
pids+=($!)
hang_up "$pid" &
pids+=($!)
while ((SECONDS < seconds)) && kill -0 "$pid" 2>/dev/null; do
  turn "$number"
  number=$((number + 1))
  # The server notices that the clients have gone.
  sleep 1
  kill -0 "$pid" 2>/dev/null || break
  last_fds=$(descriptors "$pid")
  ((SECONDS >= warm)) && first_fds=${first_fds:-$last_fds}
  echo "$SECONDS s: $(awk '{ n += $2 } END { print n }' "$work/counts") requests, $(rss "$pid") KiB, $last_fds descriptors"
done

before=$(third first | median) after=$(third last | median)
if ((before > 0 && after <= before * 105 / 100 + 8192)); then ok "memory: $before KiB, then $after KiB"
else not_ok "memory" "$before KiB, then $after KiB; as many seconds, KiB, descriptors as there are samples:
$(cat "$work/samples")"; fi
if ((last_fds <= first_fds + 4)); then ok "descriptors: $first_fds, then $last_fds"
else not_ok "descriptors" "$first_fds, then $last_fds"; fi
equal "no request failed, in $number turns" "" "$(cat "$work/wrong")"
reloads=$(grep -c '^reloaded' "$work/log")
if ((reloads >= seconds / reload / 2)); then ok "$reloads reloads"; else not_ok "reloads" "$reloads"; fi
equal "the server has nothing to complain of" "" "$(grep -vE '^(serving |reloaded|metrics at )' "$work/log")"
stop "SIGTERM ends it"
finish
