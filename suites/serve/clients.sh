#!/usr/bin/env bash
# Real clients against `tambo serve`: curl, nghttp, h2load and wrk, over HTTP/1.1 and HTTP/2, clear and TLS.
# Usage: clients.sh [COMPONENT [OPTION...]]: the guest `web` (default: the newest that was built), and options of the server.
# TAMBO names the command (default: tambo).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/server.sh"
component=${1:-$(ls -t "$here"/../../target/guests/components/*-web/web.wasm 2>/dev/null | head -1)}
[ -f "$component" ] || { echo "no component: cargo run -p tambo-guests builds it"; exit 2; }
for client in curl nghttp h2load wrk openssl; do
  command -v "$client" >/dev/null || { echo "$client is missing: apt-get install curl nghttp2-client wrk openssl"; exit 2; }
done
head -c 1000000 /dev/urandom >"$work/large"
# Nothing may hang.
ask() { timeout 60 curl --silent --show-error --max-time 50 "$@" 2>&1; }
version_and_status='%{http_version} %{http_code}'

http1() {
  local told
  equal "curl, HTTP/1.1: GET" "hello, world" "$(ask "http://$address/hello")"
  equal "curl, HTTP/1.1: HEAD" "1.1 200" "$(ask --head -o "$work/out" -w "$version_and_status" "http://$address/hello")"
  equal "curl, HTTP/1.1: a connection is kept" "1 0 0 " \
    "$(ask -w '%{num_connects} ' -o "$work/out" "http://$address/hello" -o "$work/out" "http://$address/hello" -o "$work/out" "http://$address/hello")"
  ask --data-binary "@$work/large" -H 'expect:' -o "$work/back" "http://$address/echo"
  same "curl, HTTP/1.1: upload with a length" "$work/large" "$work/back"
  ask --data-binary "@$work/large" -H 'expect:' -H 'transfer-encoding: chunked' -o "$work/back" "http://$address/echo"
  same "curl, HTTP/1.1: chunked upload" "$work/large" "$work/back"
  # A guest that begins to answer before it reads makes the client send at once; one that reads first has it told to go on.
  told=$(ask --verbose -H 'expect: 100-continue' --upload-file "$work/large" "http://$address/length")
  contains "curl, HTTP/1.1: 100-continue" "< HTTP/1.1 100 Continue" "$told"
  contains "curl, HTTP/1.1: the body after it" 1000000 "$told"
  ask -H 'expect: 100-continue' --upload-file "$work/large" -o "$work/back" "http://$address/echo"
  same "curl, HTTP/1.1: an answer instead of 100-continue" "$work/large" "$work/back"
  contains "curl, HTTP/1.1: trailers" "x-end: here" "$(ask --raw -H 'te: trailers' "http://$address/trailers")"
  equal "curl, HTTP/1.1: a large response" 3000000 "$(ask -o "$work/out" -w '%{size_download}' "http://$address/bytes?3000000")"
  equal "curl, HTTP/1.0" "1 200" "$(ask --http1.0 -o "$work/out" -w "$version_and_status" "http://$address/hello")"
  equal "curl, HTTP/1.1: a trap is 500" "1.1 500" "$(ask -o "$work/out" -w "$version_and_status" "http://$address/trap")"
}

http2() {
  local told
  equal "curl, HTTP/2: GET" "2 200" "$(ask --http2-prior-knowledge -o "$work/out" -w "$version_and_status" "http://$address/hello")"
  ask --http2-prior-knowledge --data-binary "@$work/large" -o "$work/back" "http://$address/echo"
  same "curl, HTTP/2: upload" "$work/large" "$work/back"
  equal "curl, HTTP/2: a trap is 500" "2 500" "$(ask --http2-prior-knowledge -o "$work/out" -w "$version_and_status" "http://$address/trap")"
  told=$(timeout 60 nghttp -nv "http://$address/hello" 2>&1)
  contains "nghttp: the status" ":status: 200" "$told"
  contains "nghttp: the connection is closed in peace" "error_code=NO_ERROR(0x00)" "$told"
  contains "nghttp: trailers" "x-end: here" "$(timeout 60 nghttp -nv "http://$address/trailers" 2>&1)"
  told=$(timeout 60 nghttp -nv "http://$address/hello" "http://$address/bytes?100000" "http://$address/slow?100" 2>&1)
  equal "nghttp: several streams" 3 "$(grep -c ':status: 200' <<<"$told")"
}

tls() {
  local told trust=(--cacert "$work/cert.pem" --resolve "localhost:${address##*:}:127.0.0.1") url="https://localhost:${address##*:}"
  equal "curl, TLS: HTTP/2 by ALPN" "2 200" "$(ask "${trust[@]}" --http2 -o "$work/out" -w "$version_and_status" "$url/hello")"
  equal "curl, TLS: HTTP/1.1 by ALPN" "1.1 200" "$(ask "${trust[@]}" --http1.1 -o "$work/out" -w "$version_and_status" "$url/hello")"
  equal "curl, TLS 1.2" "2 200" "$(ask "${trust[@]}" --tls-max 1.2 -o "$work/out" -w "$version_and_status" "$url/hello")"
  ask "${trust[@]}" --data-binary "@$work/large" -o "$work/back" "$url/echo"
  same "curl, TLS: upload" "$work/large" "$work/back"
  told=$(timeout 60 nghttp -nv "$url/hello" 2>&1)
  contains "nghttp, TLS: the status" ":status: 200" "$told"
  load "$url" "TLS: "
}

# All requests of a load are answered well.
load() {
  local told
  told=$(timeout 120 h2load -n 2000 -c 10 -m 20 "$1/hello" 2>&1)
  contains "${2:-}h2load" "2000 succeeded, 0 failed, 0 errored, 0 timeout" "$told"
  contains "${2:-}h2load: the statuses" "2000 2xx, 0 3xx, 0 4xx, 0 5xx" "$told"
  told=$(timeout 120 wrk -t 1 -c 10 -d 2s --timeout 10s "$1/hello" 2>&1)
  contains "${2:-}wrk" "requests in" "$told"
  equal "${2:-}wrk: nothing failed" "" "$(grep -E 'Socket errors|Non-2xx|^ *0 requests in' <<<"$told")"
}

start "$work/log" "$component" "${@:2}"
http1
http2
load "http://$address"
stop "SIGTERM ends it"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
start "$work/log" --tls-cert "$work/cert.pem" --tls-key "$work/key.pem" "$component" "${@:2}"
tls
stop "SIGTERM ends it, with TLS"
finish
