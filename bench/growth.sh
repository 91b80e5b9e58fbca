#!/usr/bin/env bash
# The second half of `make bench`: what Peta needs at rest, and whether a call costs more as a house grows. run.sh calls it
# with the programs and the file for the table.
set -euo pipefail
peta=$1 mcpload=$2 out=$3
source "${BASH_SOURCE%/*}/core.sh"

printf '| what | figure |\n|---|---|\n' >"$out"
serve

start one
register bench
token=$(agent bench)
row 'memory before the first call' "$(rss)"
taskset -c 0 "$mcpload" load --url "http://$listen/mcp/bench" --token "$token" --seconds 1 --warmup 0 >/dev/null
row 'memory after the first calls, one connection' "$(rss)"
row 'a call: 1 server, 1 agent, 16 sessions' "$(call /bench "$token")"
row 'memory under that' "$(rss)"
row 'a call: the same, on the endpoint of all servers' "$(call '' "$token" --tool bench__echo)"
kill -TERM "$core" && wait "$core"
row 'start' "$("$mcpload" startup --url "http://$listen/mcp/bench" --token "$token" --runs 5 -- \
  taskset -c 1 "$peta" serve --data "$work/one" --listen "$listen")"

for streams in '' --streams; do
  start "rest$streams"
  register bench
  token=$(agent bench)
  row "memory of a session at rest${streams:+ with its stream}: 100, 1,000, 5,000 of them" "$(
    taskset -c 0 "$mcpload" sessions --url "http://$listen/mcp/bench" --pid "$core" --token "$token" \
      --counts 100,1000,5000 ${streams:+"$streams"} --json |
      field 'print(", ".join("%.1f KiB" % run["kib_per_session"] for run in runs[1:]))'
  )"
  kill -TERM "$core" && wait "$core"
done

start sessions
register bench
token=$(agent bench)
# One run, for each opens its sessions anew; each session's first call opens its own line to the server.
row 'a call: 5,000 sessions in turn' "$(RUNS=1 WARMUP=5 call /bench "$token" --sessions 5000)"
kill -TERM "$core" && wait "$core"

start servers
for n in $(seq 50); do register "bench-$n"; done
token=$(agent $(seq -f 'bench-%g' 50))
row 'a call: 50 servers, at one of them' "$(call /bench-25 "$token")"
row 'a call: 50 servers, on the endpoint of all' "$(call '' "$token" --tool bench-25__echo)"
kill -TERM "$core" && wait "$core"

start agents
register bench
token=$(agent bench)
for n in $(seq 10000); do
  printf 'next\nurl = "http://localhost/api/v1/agents"\nunix-socket = "%s/peta.sock"\nsilent\nfail\noutput = /dev/null\n' "$data"
  printf 'header = "Content-Type: application/json"\ndata = "{\\"name\\":\\"a%d\\",\\"grants\\":[\\"bench\\"]}"\n' "$n"
done | tail -n +2 >"$work/agents.curl"
began=$(date +%s%N)
curl --config "$work/agents.curl"
row 'registering one of 10,000 agents' "$((($(date +%s%N) - began) / 10000000)) us"
row 'a call: 10,000 agents' "$(call /bench "$token")"
row 'memory with 10,000 agents' "$(rss)"
kill -TERM "$core" && wait "$core"
core=''
finish

serve 5000
start many
register bench-many mcp-many
token=$(agent bench-many)
row 'a list of 5,000 tools' "$(call /bench-many "$token" --op list)"
row 'a list of 5,000 tools, page by page on the endpoint of all' "$(call '' "$token" --op list)"
