# What growth.sh and vault.sh have in common; they are sourced into it. Core has CPU 1, everything else CPU 0, as in
# the first half of `make bench`. They bring `peta`, `mcpload` and `out`.
# shellcheck shell=bash disable=SC2154
listen=${BENCH_LISTEN:-127.0.0.1:7400}
seconds=${SECONDS_PER_RUN:-3}
ulimit -n "$(ulimit -Hn)"

work=$(mktemp -d)
upstream='' core=''
finish() {
  for pid in $core $upstream; do kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  core='' upstream=''
}
trap 'finish; rm -rf "$work"' EXIT

serve() { # [tools at /mcp-many]
  taskset -c 0 "$mcpload" upstream --get-streams --many-tools "${1:-500}" >/dev/null &
  upstream=$!
}
start() { # NAME of the data directory
  data=$work/$1
  mkdir -p -m 700 "$data"
  # Nothing waits for the disk, unless a measurement says so itself: that is measured by cost.sh.
  [ -e "$data/peta.toml" ] || printf '[record]\nsync = "written"\n' >"$data/peta.toml"
  taskset -c 1 "$peta" serve --data "$data" --listen "$listen" >"$data/ready" 2>>"$data/log" &
  core=$!
  until grep -q '^ready ' "$data/ready"; do
    kill -0 "$core" 2>/dev/null || { cat "$data/log" >&2; exit 1; }
    sleep 0.1
  done
}
register() { # NAME [PATH]
  "$peta" server add "$1" --data "$data" --url "http://127.0.0.1:9100/${2:-mcp}" >/dev/null
}
agent() { # SERVER... : the token of an agent that may use them
  local grants=()
  for server in "$@"; do grants+=(--grant "$server"); done
  "$peta" agent add bench --data "$data" --quiet "${grants[@]}"
}
rss() { awk '/^VmRSS/ { printf "%.1f MiB", $2 / 1024 }' "/proc/$core/status"; }
field() { python3 -c "
import json, statistics, sys
runs = [json.loads(line) for line in sys.stdin]
assert all(not run.get('errors') for run in runs), runs
$1"; }
# CPU of a call at 16 connections, and its p50: the medians of RUNS runs.
call() { # PATH TOKEN [options of mcpload load]
  for _ in $(seq "${RUNS:-3}"); do
    taskset -c 0 "$mcpload" load --url "http://$listen/mcp$1" --token "$2" --connections 16 --seconds "$seconds" \
      --warmup "${WARMUP:-1}" --pid "$core" --json "${@:3}"
  done | field '
cpu = statistics.median(run["gateway"]["cpu_us_per_request"] for run in runs)
print("%.1f us CPU, p50 %.0f us" % (cpu, statistics.median(run["p50_us"] for run in runs)))'
}
row() { printf '| %s | %s |\n' "$1" "$2" | tee -a "$out"; }
