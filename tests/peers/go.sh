#!/bin/sh
# What Go's checksum database is made of comes in a package of its own: examples/verify/go is built on it.
set -eu
if [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/note ]; then
    printf 'go: golang.org/x/mod is there already\n'
    exit 0
fi
command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || { printf 'go: install golang-golang-x-mod-dev\n' >&2; exit 0; }
apt-get install -y -q --no-install-recommends golang-golang-x-mod-dev >/dev/null
printf 'go: done\n'
