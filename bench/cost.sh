#!/usr/bin/env bash
# What the record costs a call: Core as it is, Core that waits for the disk, and a Core that records no call, each with the
# others' runs in between, at 1, 16 and 64 connections; beside them the disk's own time. run.sh calls it with the
# programs, the cargo profile, and the file.
set -euo pipefail
peta=$1 mcpload=$2 profile=$3 out=$4
source "${BASH_SOURCE%/*}/core.sh"
rounds=${ROUNDS:-5}

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
product=$work/peta unrecorded=${UNRECORDED:-$work/peta-unrecorded}
cp "$peta" "$product"
if [ -z "${UNRECORDED:-}" ]; then
  cargo build --quiet --profile "$profile" --locked --package peta --features unrecorded
  mv "$target/$profile/peta" "$unrecorded"
  [ -e "$peta" ] || cp "$product" "$peta"
fi

# One append of the size of an entry, and `fdatasync`, as often as a second allows: the median.
disk() {
  python3 -c '
import os, statistics, sys, time
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
times, end = [], time.monotonic() + 1
while time.monotonic() < end:
    began = time.monotonic()
    os.write(file, bytes(300)); os.fdatasync(file)
    times.append(time.monotonic() - began)
print("%.0f" % (statistics.median(times) * 1e6))' "$work/disk"
}

furnish() { # NAME OF THE DATA DIRECTORY, its setting
  mkdir -p -m 700 "$work/$1"
  printf '[record]\nsync = "%s"\n' "$2" >"$work/$1/peta.toml"
  start "$1"
  register bench
  agent bench >"$work/$1.token"
  stop
}
stop() { kill -TERM "$core" && wait "$core" || true; core=''; }
run() { # NAME OF THE DATA DIRECTORY, connections, round: one line of JSON more
  start "$1"
  taskset -c 0 "$mcpload" load --url "http://$listen/mcp/bench" --token "$(cat "$work/$1.token")" --connections "$2" \
    --seconds "$seconds" --warmup 1 --pid "$core" --json --label "$1" >>"$work/runs"
  stop
}

serve
furnish written written
furnish ordered ordered
furnish off written
for _ in $(seq "$rounds"); do
  disk >>"$work/disk.us"
  for connections in 1 16 64; do
    for name in off written ordered; do
      peta=$product
      if [ "$name" = off ]; then peta=$unrecorded; fi
      run "$name" "$connections"
    done
  done
done

python3 - "$work/runs" "$work/disk.us" <<'PYTHON' | tee "$out"
import json, statistics, sys
runs = [json.loads(line) for line in open(sys.argv[1])]
assert all(not run.get("errors") for run in runs), "calls failed"
disk = statistics.median(int(line) for line in open(sys.argv[2]))
def median(name, connections, what):
    return statistics.median(what(run) for run in runs if run["label"] == name and run["connections"] == connections)
print("| record | connections | calls a second | of the one without | CPU a call | p50 | p99 |\n|---|---|---|---|---|---|---|")
for connections in (1, 16, 64):
    bare = median("off", connections, lambda run: run["rps"])
    for name in ("off", "written", "ordered"):
        rps = median(name, connections, lambda run: run["rps"])
        cpu = median(name, connections, lambda run: run["gateway"]["cpu_us_per_request"])
        p50, p99 = (median(name, connections, lambda run: run[key]) for key in ("p50_us", "p99_us"))
        print(f"| {name} | {connections} | {rps:.0f} | {100 * rps / bare:.0f} % | {cpu:.1f} us | {p50:.0f} us | {p99:.0f} us |")
added = median("ordered", 1, lambda run: run["p50_us"]) - median("off", 1, lambda run: run["p50_us"])
print(f"\nThe disk takes {disk:.0f} us for an append and its `fdatasync`; `ordered` adds {added:.0f} us to a call at one connection.")
PYTHON
