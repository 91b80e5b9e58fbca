#!/usr/bin/env bash
# `make bench`: the direct way, the bare proxy and Peta, interleaved in one run, as ratios. Everything that is on by
# default is on: token, grants, record. Options come as variables; bench/README.md explains them.
set -euo pipefail
cd "$(dirname "$0")/.."

cells=${CELLS:-quick}
rounds=${ROUNDS:-3}
seconds=${SECONDS_PER_RUN:-3}
listen=${BENCH_LISTEN:-127.0.0.1:7400}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
out=$PWD/target
profile=${PROFILE:-dist}
peta=${PETA:-$target/$profile/peta}
mcpload=$target/mcpload/release/mcpload
unset PETA_URL PETA_TOKEN PETA_DATA PETA_AGENT_TOKEN # they would lead to another Core
read -r -a others <<<"${OTHER:-}"

scripts/need.sh cc:build-essential taskset:util-linux python3:python3 curl:curl
# The profile of what is published: it takes some minutes more than `release`.
[ -n "${PETA:-}" ] || cargo build --profile "$profile" --locked --package peta
cargo build --release --locked --manifest-path bench/mcpload/Cargo.toml --target-dir "$target/mcpload"

data=$(mktemp -d)
started=()
finish() {
  for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  started=()
}
trap 'finish; rm -rf "$data"' EXIT

# Room for a stdio instance for each connection of the stdio cells. The record is not waited for on the disk, so that gateways are
# compared and not disks (cost.sh measures what the default adds); everything else is the default.
printf '[instances]\nper_agent = 64\n[record]\nsync = "written"\n' >"$data/peta.toml"

# Core learns its servers while the upstream runs; then both end, and mcpload starts them as it measures.
"$mcpload" upstream >/dev/null &
started+=($!)
"$peta" serve --data "$data" --listen "$listen" >"$data/ready" 2>"$data/core.log" &
started+=($!)
until grep -q '^ready ' "$data/ready"; do
  kill -0 "${started[1]}" 2>/dev/null || { cat "$data/core.log" >&2; exit 1; }
  sleep 0.1
done
url=$(sed -n 's/^ready //p' "$data/ready")
"$peta" server add bench --data "$data" --url http://127.0.0.1:9100/mcp
"$peta" server add bench-sse --data "$data" --url http://127.0.0.1:9100/mcp-sse
"$peta" server add bench-many --data "$data" --url http://127.0.0.1:9100/mcp-many
"$peta" server add bench-cred --data "$data" --url http://127.0.0.1:9100/mcp
printf 'ghp_%036d' 0 | "$peta" credential add bench --data "$data" --server bench-cred \
  --header 'Authorization: Bearer {}' --from-stdin
"$peta" server add bench-stdio --data "$data" -- "$mcpload" stdio-upstream --cpus 0
token=$("$peta" agent add bench --data "$data" --quiet \
  --grant bench --grant bench-sse --grant bench-many --grant bench-stdio --grant bench-cred)
finish

mkdir -p "$out"
"$mcpload" compare --inspect --cells "$cells" --rounds "$rounds" --seconds "$seconds" \
  --out "$out/bench.jsonl" --table "$out/bench.md" \
  --gateway peta --url "$url/mcp/bench" --sse-url "$url/mcp/bench-sse" --many-url "$url/mcp/bench-many" \
  --stdio-url "$url/mcp/bench-stdio" --credential-url "$url/mcp/bench-cred" --token "$token" \
  --start "'$peta' serve --data '$data' --listen '$listen' >/dev/null 2>>'$data/core.log'" \
  "${others[@]}"
echo "The table is in target/bench.md, every run in target/bench.jsonl."
if [ "${GROWTH:-1}" = 1 ]; then
  bench/growth.sh "$peta" "$mcpload" "$out/bench-growth.md"
  echo "What grows, and what stays flat, is in target/bench-growth.md."
fi
if [ "${VAULT:-1}" = 1 ]; then
  bench/vault.sh "$peta" "$mcpload" "$profile" "$out/bench-vault.md"
  echo "What the vault costs is in target/bench-vault.md."
fi
if [ "${COST:-1}" = 1 ]; then
  bench/cost.sh "$peta" "$mcpload" "$profile" "$out/bench-cost.md"
  echo "What the record costs a call is in target/bench-cost.md."
fi
if [ "${RECORD:-1}" = 1 ]; then
  EVENTS=100000 PROFILE=$profile bench/record.sh "$out/bench-record.md"
  echo "What the record costs to search and to check is in target/bench-record.md; make bench-large has ten million events."
fi
