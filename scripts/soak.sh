#!/usr/bin/env bash
# `make soak`: fifty agents use twenty servers for MINUTES minutes (60), while servers are killed and lines are cut; two of
# the agents are the TypeScript and the Python SDK. Prints what Core took, writes it to target/soak.md, and fails if that
# grows or if anything was answered wrongly. SEED=N draws the same load and the same kills again.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc:build-essential git:git node:nodejs npm:npm python3:python3
tests/peers/install.sh
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
# PROFILE=dev soaks an unoptimised build, which is quicker to make.
profile=${PROFILE:-release}
cargo build --locked --profile "$profile" --package peta --package peta-testkit --bins
folder=$profile
[ "$profile" = dev ] && folder=debug
exec "$target/$folder/peta-soak" --minutes "${MINUTES:-60}" --seed "${SEED:-1}" --report "$target/soak.md"
