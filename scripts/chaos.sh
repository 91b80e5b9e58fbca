#!/usr/bin/env bash
# `make chaos`: a thousand faults at random points of a load (SIGKILL of Core, launchers and servers, connections cut),
# and what holds after each. Prints its seed first and its figures last; SEED=N draws the same faults again.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc:build-essential faketime:faketime
cargo test --locked --package peta --test it --no-run --quiet
exec cargo test --locked --quiet --package peta --test it -- --exact chaos::kills::kill9_1000 --ignored --nocapture
