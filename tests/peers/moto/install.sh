#!/bin/sh
# Installs moto, a server that answers as AWS does, into an environment of its own (its pins and those of the other Python
# peers do not agree), once, in a minute or more. `../install.sh` runs this.
set -eu
cd "$(dirname "$0")"

stamp=$(cat install.sh requirements.txt | sha256sum | cut -d' ' -f1)
if [ -f .venv/.installed ] && [ "$(cat .venv/.installed)" = "$stamp" ]; then
    printf 'moto: installed already\n'
    exit 0
fi
python3 -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
printf '%s\n' "$stamp" > .venv/.installed
printf 'moto: done\n'
