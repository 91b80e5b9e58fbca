#!/usr/bin/env bash
# `make test` and `make conformance`: installs the peers that Peta is tested against, then runs cargo's tests.
# With an argument, only the end-to-end tests whose names contain it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc:build-essential git:git node:nodejs npm:npm python3:python3 faketime:faketime unshare:util-linux \
  dbus-daemon:dbus-daemon gnome-keyring-daemon:gnome-keyring \
  openssl:openssl rsyslogd:rsyslog go:golang-go

began=$SECONDS
say() { printf '\n-- [%4d s] %s\n' $((SECONDS - began)) "$*"; }

say "peers: MCP clients, servers and the conformance suite"
tests/peers/install.sh
tests/peers/syslog-ng/install.sh
tests/peers/rsyslog.sh
tests/peers/go.sh

if [ $# -gt 0 ]; then
  say "end-to-end tests: $1"
  exec cargo test --locked --package peta --test it -- "$1" --nocapture
fi

say "building the tests"
cargo test --locked --workspace --no-run --quiet

# From here on everything runs, so that one run shows everything that is wrong.
failed=()
step() {
  say "$1"
  shift
  "$@" || failed+=("$*")
}
binary=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/peta
step "openapi/peta.json is what the binary prints" cargo xtask codegen --check --binary "$binary"
step "the tests" cargo test --locked --workspace --no-fail-fast
# What memory holds is looked at in the binary that is published, and in one that leaks on purpose, to see that it would be seen.
release=$(realpath -m "${CARGO_TARGET_DIR:-target}")/release
leaky() {
  cargo build --locked --release --quiet --package peta --features leaks-on-purpose && mv "$release/peta" "$release/peta-leaks"
}
step "a release binary that leaks on purpose" leaky
step "the release binary" cargo build --locked --release --quiet --package peta
step "what its memory holds" env PETA_RELEASE="$release/peta" PETA_LEAKS="$release/peta-leaks" \
  cargo test --locked --quiet --workspace --test it -- vault::memory --ignored
step "the benchmark's own tests" \
  cargo test --locked --quiet --manifest-path bench/mcpload/Cargo.toml --target-dir target/mcpload
say "done"
if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
