#!/usr/bin/env bash
# A record of EVENTS events: writing, searching and checking it. `make bench` calls it with 100,000, `make bench-large` with
# ten million, which need 5 GiB beside the target folder.
set -euo pipefail
cd "$(dirname "$0")/.."

events=${EVENTS:-10000000}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
profile=${PROFILE:-dist}
out=${1:-$PWD/target/bench-record.md}

scripts/need.sh cc:build-essential
cargo build --profile "$profile" --locked --package peta-store --example large
large=$target/$profile/examples/large

mkdir -p "$(dirname "$out")"
data=$(mktemp -d -p "$(dirname "$out")" record.XXXXXX)
trap 'rm -rf "$data"' EXIT

{
  printf '| a record of %s events | |\n|---|---|\n' "$events"
  "$large" fill "$data" "$events"
  printf '| the record, its tree, and what it is searched by | %s, %s, %s MiB |\n' \
    "$(du -sm --exclude=tree --exclude=index "$data/record" | cut -f1)" "$(du -sm "$data/record/tree" | cut -f1)" \
    "$({ du -sm "$data/record/index" 2>/dev/null || echo 0; } | cut -f1)"
  # Without what it is searched by, and then with it: the second process is the one that counts.
  rm -rf "$data/record/index"
  "$large" search "$data" "$events" | sed -n 's/^| nothing: an agent.*at first \([^;]*\);.*/| all columns made for a first search | \1 |/p'
  "$large" search "$data" "$events"
  "$large" check "$data"
} | tee "$out"
