#!/usr/bin/env bash
# Run real programs, unmodified, and compare what they print and write with the native ones where there are any.
# Usage: run.sh [FOLDER] [ENGINE]: the folder that build.sh made (default: target/programs), and one engine.
# TAMBO names the command (default: tambo).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
programs=$(cd "${1:-$here/../../target/programs}" && pwd) || exit 2
engine=${2:-wasmtime}
tambo=${TAMBO:-tambo}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
passed=0 failed=0

run() { "$tambo" run --engine "$engine" "$@"; }

# check NAME EXPECTED ACTUAL: two files that must be equal.
check() {
  if cmp -s "$2" "$3"; then passed=$((passed + 1)); echo "ok   $1"
  else failed=$((failed + 1)); echo "FAIL $1"; diff "$2" "$3" | head -20; fi
}

# CPython: directories, files, json, hashlib, zipfile. The native one gets the same script on a folder of its own.
mkdir -p py-native py-guest
run --dir py-guest::/work --dir "$here::/scripts:ro" "$programs/python.wasm" /scripts/walk.py /work >py-guest.out 2>&1
python3 "$here/walk.py" "$work/py-native" >py-native.out 2>&1
check "CPython: output" py-native.out py-guest.out
(cd py-native && find . | sort) >a; (cd py-guest && find . | sort) >b
check "CPython: files" a b

# esbuild bundles a small project; the native esbuild of npm, of the same version, says what is right.
mkdir -p es
echo 'import { answer } from "./lib/b.js"; console.log(answer, import.meta.url)' >es/a.js
mkdir es/lib && echo 'export const answer = 40 + 2; export const unused = 1' >es/lib/b.js
run --dir es::/ "$programs/esbuild.wasm" --bundle /a.js --format=esm --outfile=/out.js >/dev/null 2>es.err
if native=$(ls "$programs"/npm/node_modules/@esbuild/linux-x64/bin/esbuild 2>/dev/null); then
  (cd es && "$native" --bundle a.js --format=esm --outfile=native.js >/dev/null 2>&1)
else
  printf '// lib/b.js\nvar answer = 40 + 2;\n\n// a.js\nconsole.log(answer, import.meta.url);\n' >es/native.js
fi
check "esbuild: bundle" es/native.js es/out.js

# SQLite's shell: a database on disk, which the native shell reads, and the other way round.
sql='create table t(a integer primary key, b text); with recursive n(i) as (select 1 union all select i+1 from n where i<5000)
 insert into t select i, hex(i*i) from n; create index i on t(b); delete from t where a%7=0; update t set b=b||"x" where a%5=0; vacuum;'
query='select count(*), sum(a), max(b), min(b) from t; pragma integrity_check;'
run --dir .::/ "$programs/sqlite3.wasm" /guest.db "$sql" >/dev/null 2>&1
sqlite3 native.db "$sql" >/dev/null
sqlite3 guest.db "$query" >a 2>&1
run --dir .::/ "$programs/sqlite3.wasm" /native.db "$query" >b 2>/dev/null
sqlite3 native.db "$query" >c
check "SQLite: guest's database read natively" c a
check "SQLite: native database read by guest" c b

# ripgrep over a tree of source files.
(cd "$here/../../crates" && rg -j1 --sort path -n 'pub (fn|struct)') >a
run --dir "$here/../../crates::/" "$programs/rg.wasm" -j1 --sort path -n --no-heading 'pub (fn|struct)' / 2>/dev/null | sed 's#^/##' >b
check "ripgrep: matches" a b

# QuickJS: computation, files and directories.
mkdir -p js && cp "$here/quick.js" js/
run --dir js::/ "$programs/qjs.wasm" -m /quick.js >a 2>&1
printf 'fib 832040\nsorted 1,2,3,10\nfile first line\nentries 2\n' >b
check "QuickJS: script" b a

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
