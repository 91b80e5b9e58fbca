#!/usr/bin/env bash
# The third part of `make bench`: what the vault costs by itself, beside a copy of the same bytes; and whether it costs more
# with CREDENTIALS (200,000) in it than with one. run.sh calls it with the programs, the cargo profile, and the file.
set -euo pipefail
peta=$1 mcpload=$2 profile=$3 out=$4
count=${CREDENTIALS:-200000}
source "${BASH_SOURCE%/*}/core.sh"

# Servers and agents of a house: one server with one credential for all, one where each person has their own.
furnish() {
  register bench
  register bench-crowd
  "$peta" server set bench-crowd --data "$data" --credential user >/dev/null
  printf 'ghp_%036d' 1 | credential shared --server bench
  printf 'ghp_%036d' 2 | credential first --server bench-crowd --user p1
  token=$("$peta" agent add bench --data "$data" --quiet --grant bench --grant bench-crowd --user p1)
}
credential() { # NAME [options]: its secret on standard input
  "$peta" credential add "$1" --data "$data" --header 'Authorization: Bearer {}' --from-stdin "${@:2}" >/dev/null
}
# One for each further person, one request each as the command line sends it; each takes a connection of its own, for
# Core closes those that brought a secret.
crowd() {
  awk -v count="$count" -v socket="$data/peta.sock" 'BEGIN {
    srand(1)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    for (n = 2; n <= count; n++) {
      secret = "ghp_"
      for (i = 0; i < 36; i++) secret = secret substr(letters, int(rand() * 62) + 1, 1)
      body = sprintf("{\"name\":\"c%d\",\"server\":\"bench-crowd\",\"user\":\"p%d\",\"secret\":\"%s\",", n, n, secret)
      body = body "\"delivery\":{\"header\":{\"name\":\"Authorization\",\"template\":\"Bearer {}\"}}}"
      gsub(/"/, "\\\"", body)
      printf "%surl = \"http://localhost/api/v1/credentials\"\nunix-socket = \"%s\"\n", (n > 2 ? "next\n" : ""), socket
      printf "silent\nshow-error\nfail\noutput = /dev/null\nheader = \"Content-Type: application/json\"\ndata = \"%s\"\n", body
    }
  }' | curl --config -
}
stop() { kill -TERM "$core" && wait "$core"; core=''; }
started() { # SERVER: from start to the first call there
  "$mcpload" startup --url "http://$listen/mcp/$1" --token "$token" --runs "${STARTS:-3}" -- \
    taskset -c 1 "$peta" serve --data "$data" --listen "$listen"
}
first_call() { # SERVER
  taskset -c 0 "$mcpload" load --url "http://$listen/mcp/$1" --token "$token" --seconds 1 --warmup 0 >/dev/null
}
figures() { # HOW MANY
  row "start, first call at the server with one credential: $1" "$(started bench)"
  row "start, first call at the other server: $1" "$(started bench-crowd)"
  start "${data##*/}"
  row "memory before the first call: $1" "$(rss)"
  first_call bench
  row "memory after calls at the server with one credential: $1" "$(rss)"
  row "a call at the server with one credential: $1" "$(call /bench "$token")"
  first_call bench-crowd
  row "memory after calls at the other server: $1" "$(rss)"
  row "a call at the other server: $1" "$(call /bench-crowd "$token")"
  local began
  began=$(date +%s%N)
  printf 'ghp_%036d' 3 | "$peta" credential rotate first --data "$data" --from-stdin >/dev/null
  first_call_only bench-crowd
  row "a new secret at the other server, and the next call: $1" "$((($(date +%s%N) - began) / 1000000)) ms"
  stop
}
first_call_only() { # SERVER: one call, and no more
  curl --silent --show-error --fail --output /dev/null "http://$listen/mcp/$1" \
    --header "Authorization: Bearer $token" --header 'Content-Type: application/json' \
    --header 'Accept: application/json, text/event-stream' --data '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{
      "protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}'
}

printf '\n| credentials in the vault | figure |\n|---|---|\n' >>"$out"
serve
start few
furnish
stop
figures 1

# Each is on the disk before it is answered, which takes long; in memory it does not.
room=$(mktemp -d -p /dev/shm peta-bench.XXXXXX)
disk=$work
trap 'finish; rm -rf "$disk" "$room"' EXIT
work=$room
start crowd
furnish
began=$(date +%s%N)
crowd
row "storing one, with the data directory in memory: $count" "$((($(date +%s%N) - began) / count / 1000)) us"
stop
work=$disk
cp -a "$room/crowd" "$work/crowd"
rm -rf "$room"
data=$work/crowd
row "the data directory: $count" "$(du -sm "$data" | awk '{ print $1 " MiB" }')"
figures "$count"
