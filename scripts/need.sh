#!/usr/bin/env bash
# Installs Debian packages whose commands are missing: need.sh COMMAND[:PACKAGE]…
# Does nothing when all are there; says what to install where it may not install anything itself.
set -euo pipefail

missing=()
for want in "$@"; do
  command -v "${want%%:*}" >/dev/null 2>&1 || missing+=("${want##*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root=(sudo)
  else
    echo "Missing: ${missing[*]}. Install them (apt-get install ${missing[*]}) and run this again." >&2
    exit 1
  fi
fi
command -v apt-get >/dev/null 2>&1 || { echo "Missing: ${missing[*]}. Please install them with your system's package manager." >&2; exit 1; }
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
