#!/usr/bin/env bash
# Build the command and the greeter of one language, as components, into target/examples/LANGUAGE.
# Usage: build.sh rust|rust-wasip2|c|javascript|python
# Installs what is missing: Debian's compilers (with ../../setup.sh), npm and PyPI packages into target/examples.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
language=${1:?usage: build.sh rust|rust-wasip2|c|javascript|python}
all=$(mkdir -p "$root/target/examples" && cd "$root/target/examples" && pwd)
out=$all/$language
wit=$all/wit
mkdir -p "$out" "$wit/deps"
cp "$here/wit/worlds.wit" "$wit"
cp "$root"/wit/wasi-0.2/*.wit "$wit/deps"

componentize() {
  cargo build --quiet --locked --manifest-path "$here/componentize/Cargo.toml" --target-dir "$all/build/host"
  "$all/build/host/debug/componentize" "$@"
}

# rust_module PACKAGE TARGET FILE: Debian's compiler and the sources of its standard library, driven by cargo.
rust_module() {
  (
    cd "$here/rust"
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS='-Clinker=/usr/bin/wasm-ld-22 -Lnative=/usr/lib/wasm32-wasi'
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='-Clinker=/usr/bin/wasm-ld-22'
    cargo build --quiet --locked --release -Zbuild-std=std,panic_abort --target "$2" --target-dir "$all/build/rust" -p "$1"
  )
  cp "$all/build/rust/$2/release/$1.wasm" "$3"
}

c_module() {
  clang-22 --target=wasm32-wasi -Wno-deprecated -O2 -Wall -Wextra -Werror "$@"
}

case $language in
  rust) # The standard library: its calls of WASI 0.1 go through the adapter.
    "$root/setup.sh"
    rust_module command wasm32-wasip1 "$out/command.module.wasm"
    rust_module greeter wasm32-wasip1 "$out/greeter.module.wasm"
    ;;
  rust-wasip2) # The crate `wasip2` alone.
    "$root/setup.sh"
    rust_module direct wasm32-unknown-unknown "$out/command.module.wasm"
    rust_module greeter wasm32-unknown-unknown "$out/greeter.module.wasm"
    ;;
  c)
    "$root/setup.sh"
    componentize bindings "$wit" greeter "$out/bindings"
    c_module "$here/c/command.c" -o "$out/command.module.wasm"
    c_module -mexec-model=reactor -I"$out/bindings" "$here/c/greeter.c" "$out"/bindings/greeter{.c,_component_type.o} \
      -o "$out/greeter.module.wasm"
    ;;
  javascript)
    # StarlingMonkey's own `fetch` event is an export of this version, whatever version the world says.
    own=$out/wit
    mkdir -p "$own/deps"
    (cd "$wit" && for file in *.wit deps/*.wit; do sed 's/0\.2\.1[12]\b/0.2.10/g' "$file" >"$own/$file"; done)
    # Once: a second install takes away what the first brought.
    [ -x "$out/node_modules/.bin/componentize-js" ] ||
      npm install --silent --no-audit --no-fund --prefix "$out" @bytecodealliance/componentize-js@0.23.0
    javascript() { node "$out/node_modules/.bin/componentize-js" "$@"; }
    javascript "$here/javascript/command.js" --wit "$wit" -n command -d http fetch-event -o "$out/command.wasm"
    javascript "$here/javascript/greeter.js" --wit "$own" -n greeter -o "$out/greeter.wasm"
    ;;
  python)
    [ -x "$out/venv/bin/componentize-py" ] || {
      python3 -m venv "$out/venv"
      "$out/venv/bin/pip" --quiet --disable-pip-version-check install componentize-py==0.25.1
    }
    # It leaves compiled files beside the sources.
    cp "$here"/python/*.py "$out"
    cd "$out"
    for world in command greeter; do
      venv/bin/componentize-py --quiet -d "$wit" -w $world componentize $world -o "$out/$world.wasm"
    done
    ;;
  *)
    echo "build.sh: no such language: $language" >&2
    exit 2
    ;;
esac

if [ -e "$out/command.module.wasm" ]; then
  componentize command "$out/command.module.wasm" "$out/command.wasm"
  componentize reactor "$out/greeter.module.wasm" "$out/greeter.wasm"
fi
ls -l "$out/command.wasm" "$out/greeter.wasm"
