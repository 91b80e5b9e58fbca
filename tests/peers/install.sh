#!/bin/sh
# Installs the independent MCP peers of the tests beside this file: npm packages (with a Node 24 of their own) and a
# Python environment. Does nothing when what the lock files name is there already.
set -eu
cd "$(dirname "$0")"

say() { printf 'peers: %s\n' "$*"; }
fail() { printf 'peers: %s\n' "$*" >&2; exit 1; }

# A server that answers as AWS does has an environment of its own, for its pins and the others' do not agree.
moto() { moto/install.sh; }

stamp=$(cat install.sh package.json package-lock.json requirements.txt | sha256sum | cut -d' ' -f1)
if [ -f .installed ] && [ "$(cat .installed)" = "$stamp" ]; then
    say "installed already"
    moto
    exit 0
fi
rm -f .installed

command -v npm >/dev/null || fail "npm is missing: install Node.js (any version from 18; the tests bring their own Node 24)"
command -v python3 >/dev/null || fail "python3 is missing: install Python 3.10 or newer"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "Python 3.10 or newer is needed"
if ! python3 -c 'import ensurepip' 2>/dev/null; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "Python lacks venv: apt-get install python3-venv"
    say "installing python3-venv"
    apt-get install -y -q python3-venv >/dev/null 2>&1 || { apt-get update -q >/dev/null && apt-get install -y -q python3-venv >/dev/null; }
fi
if ! command -v git >/dev/null; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "git is missing (mcp-server-git needs it)"
    say "installing git"
    apt-get install -y -q git >/dev/null 2>&1 || { apt-get update -q >/dev/null && apt-get install -y -q git >/dev/null; }
fi

say "npm packages (once, about half a minute)"
npm ci --loglevel=error --no-progress
version=$(node_modules/node/bin/node --version) || fail "npm did not bring a Node that runs here"
say "Node $version"

say "Python packages (once, about a quarter of a minute)"
python3 -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt

printf '%s\n' "$stamp" > .installed
say "done"
moto
