#!/usr/bin/env bash
# Installs what the tests need on Debian 12 (or a newer one) that has Rust: the toolchains for guest programs and
# cargo-nextest. Says nothing and changes nothing if all is there; never asks.
set -euo pipefail
cd "$(dirname "$0")"

packages=(rustc-web rust-web-src wasi-libc clang-22 lld-22 libclang-rt-22-dev-wasm32)
minimum_rust=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)

fail() {
    echo "setup.sh: $*" >&2
    exit 1
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Another package manager may hold the lock for a while, and a mirror may fail once.
apt() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || fail "as root: apt-get install -y --no-install-recommends ${packages[*]}"
        as_root=(sudo -n)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" </dev/null >&2
}

command -v dpkg-query >/dev/null || fail "this is not Debian; install the equivalents of: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "setup.sh: installing ${missing[*]}" >&2
    # A foreign repository that is out of order does not matter if the packages can be had.
    apt update || echo 'setup.sh: apt-get update failed; going on with the lists that are there' >&2
    apt install --no-install-recommends "${missing[@]}"
fi

command -v cargo >/dev/null || fail "there is no cargo: install Rust $minimum_rust or later from https://rustup.rs"
rust=$(rustc --version | cut -d' ' -f2)
[ "$(printf '%s\n' "$minimum_rust" "$rust" | sort -V | head -n1)" = "$minimum_rust" ] ||
    fail "Rust $minimum_rust or later is needed, this is $rust: rustup update stable"

for component in rustfmt clippy; do
    cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$component" >&2
done

if ! cargo nextest --version >/dev/null 2>&1; then
    echo 'setup.sh: installing cargo-nextest' >&2
    # Without what it needs to update itself, which takes longest to build.
    cargo install --locked --no-default-features cargo-nextest >&2
fi
