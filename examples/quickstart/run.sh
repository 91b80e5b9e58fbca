#!/usr/bin/env bash
# `make run`: Core on ./.peta with two real servers and one agent, and a first call to paste. Run it as often as you
# like: what is there already stays as it is. Ctrl-C stops it; `rm -r .peta` forgets everything.
set -euo pipefail
cd "$(dirname "$0")/../.."

listen=${LISTEN:-127.0.0.1:7382}
data=$PWD/.peta
packages=$PWD/target/quickstart
peta=$(realpath -m "${CARGO_TARGET_DIR:-target}")/release/peta
token=$data/quickstart.token
unset PETA_URL PETA_TOKEN PETA_DATA PETA_AGENT_TOKEN # they would lead to another Core

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

install_servers() {
  # Node 24 comes along from npm where the machine's own is older.
  local omit=()
  if [ "$(node --version | sed -E 's/^v([0-9]+).*/\1/')" -ge 24 ]; then omit=(--omit=optional); fi
  if ! cmp -s examples/quickstart/package-lock.json "$packages/installed"; then
    say "Installing server-everything and server-filesystem from npm"
    mkdir -p "$packages"
    cp examples/quickstart/{package.json,package-lock.json,.npmrc} "$packages/"
    npm ci --prefix "$packages" --silent "${omit[@]}"
    cp examples/quickstart/package-lock.json "$packages/installed"
  fi
  node=$(command -v node)
  if [ ${#omit[@]} -eq 0 ]; then node=$(ls "$packages"/node_modules/node-linux-*/bin/node); fi
}

start_core() {
  mkdir -p -m 700 "$data"
  if "$peta" server list --data "$data" >/dev/null 2>&1; then
    say "A Core is running on .peta already; using it"
    url=$(cat "$data/address")
    return
  fi
  : >"$data/ready"
  # In a group of its own, so that Ctrl-C reaches Core once, through the trap: a second signal would end its drain.
  setsid "$peta" serve --data "$data" --listen "$listen" >"$data/ready" 2>"$data/core.log" &
  core=$!
  trap 'kill -TERM "$core" 2>/dev/null || true' INT TERM HUP
  until grep -q '^ready ' "$data/ready"; do
    if ! kill -0 "$core" 2>/dev/null; then
      cat "$data/core.log" >&2
      exit 1
    fi
    sleep 0.1
  done
  url=$(sed -n 's/^ready //p' "$data/ready")
}

add_server() {
  local name=$1
  shift
  if ! "$peta" server show "$name" --data "$data" >/dev/null 2>&1; then
    "$peta" server add "$name" --data "$data" -- "$@"
  fi
}

make_agent() {
  if ! "$peta" agent show quickstart --data "$data" >/dev/null 2>&1; then
    (umask 077 && "$peta" agent add quickstart --data "$data" --grant everything --grant files --quiet >"$token")
  elif [ ! -s "$token" ]; then
    (umask 077 && "$peta" agent rotate quickstart --data "$data" --quiet >"$token")
  fi
}

first_call() {
  say "Peta is up at $url, with the servers everything and files, and the agent quickstart."
  cat <<TEXT

A first call. Paste this into another terminal:

  URL=$url/mcp TOKEN=\$(cat '$token')
  ask() { curl -sS "\$URL" -H "Authorization: Bearer \$TOKEN" -H 'Content-Type: application/json' \\
    -H 'Accept: application/json' \${SESSION:+-H "Mcp-Session-Id: \$SESSION"} "\$@"; }
  SESSION=\$(ask -D - -o /dev/null -d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}' | tr -d '\r' | sed -n 's/^mcp-session-id: //Ip')
  ask -d '{"jsonrpc":"2.0","method":"notifications/initialized"}'
  ask -d '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"files__read_text_file","arguments":{"path":"$PWD/examples/quickstart/hello.txt"}}}'; echo

Then look at what was recorded:

  '$peta' events --data '$data' --limit 5

Connect a client:

  Claude Code   claude mcp add --transport http peta $url/mcp --header "Authorization: Bearer \$(cat '$token')"

  Cursor        ~/.cursor/mcp.json
                { "mcpServers": { "peta": { "command": "$peta",
                    "args": ["stdio", "--data", "$data", "--token-file", "$token"] } } }

  VS Code       .vscode/mcp.json
                { "servers": { "peta": { "type": "stdio", "command": "$peta",
                    "args": ["stdio", "--data", "$data", "--token-file", "$token"] } } }

Core's log is in .peta/core.log. Ctrl-C stops it.
TEXT
}

scripts/need.sh cc:build-essential curl:curl node:nodejs npm:npm
install_servers
say "Building Peta (release; the first time takes some minutes)"
cargo build --release --locked --package peta
start_core
add_server everything "$node" "$packages/node_modules/@modelcontextprotocol/server-everything/dist/index.js" stdio
add_server files "$node" "$packages/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js" "$PWD/examples/quickstart"
make_agent
first_call

# Stay up until Core ends. A signal interrupts the first wait; the second sees Core drain.
if [ -n "${core:-}" ]; then
  wait "$core" || wait "$core" || true
fi
