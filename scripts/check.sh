#!/usr/bin/env bash
# `make check`: what can be said about the code without running it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc:build-essential

DENY_VERSION=0.20.2
began=$SECONDS
failed=()

# Every check runs, so that one run shows everything that is wrong.
step() {
  local name=$1
  shift
  printf '\n-- [%4d s] %s\n' $((SECONDS - began)) "$name"
  "$@" || failed+=("$name")
}

formatted() {
  cargo fmt --all --check && cargo fmt --manifest-path bench/mcpload/Cargo.toml --check &&
    cargo fmt --manifest-path fuzz/Cargo.toml --check
}

# cargo-deny once per checkout, unoptimised: it builds in a minute and runs in seconds either way.
deny() {
  local tools=$PWD/target/tools cargo_deny
  cargo_deny=$(command -v cargo-deny || true)
  if ! "${cargo_deny:-false}" --version 2>/dev/null | grep -qx "cargo-deny $DENY_VERSION"; then
    cargo_deny=$tools/bin/cargo-deny
    if ! "$cargo_deny" --version 2>/dev/null | grep -qx "cargo-deny $DENY_VERSION"; then
      echo "building cargo-deny $DENY_VERSION (once)"
      CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 cargo install --quiet --debug --locked --no-default-features \
        --version "$DENY_VERSION" --root "$tools" --target-dir "$tools/build" cargo-deny || return 1
      rm -rf "$tools/build"
    fi
  fi
  # --offline reads only what is here already; the fetch brings what a build for another target would need.
  cargo fetch --quiet --locked || return 1
  "$cargo_deny" --offline check --hide-inclusion-graph bans licenses sources
}

step "cargo fmt" formatted
step "cargo xtask tidy" cargo xtask tidy
step "cargo clippy" cargo clippy --quiet --workspace --all-targets --locked -- -D warnings
step "cargo deny" deny

printf '\n-- [%4d s] done\n' $((SECONDS - began))
if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
