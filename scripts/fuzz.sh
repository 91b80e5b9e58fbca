#!/usr/bin/env bash
# `make fuzz`: builds the fuzz targets on stable Rust with libFuzzer and lets each run for FUZZ_SECONDS. What breaks one
# stays in target/fuzz/found; inputs that reach new code go to target/fuzz/corpus, not into the committed corpus.
# With arguments, only the targets so named.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc:build-essential c++:build-essential

seconds=${FUZZ_SECONDS:-60}
host=$(rustc -vV | sed -n 's/^host: //p')
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
# What cargo-fuzz would pass, without the nightly compiler and so without AddressSanitizer.
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
cargo build --release --locked --manifest-path fuzz/Cargo.toml --target "$host" --target-dir "$target"

names=("$@")
[ $# -gt 0 ] || names=($(sed -n 's/^path = "targets\/\(.*\)\.rs"$/\1/p' fuzz/Cargo.toml))
found=$target/found
mkdir -p "$found"
for name in "${names[@]}"; do
  mkdir -p "$target/corpus/$name"
  printf -- '-- %s, %s s: ' "$name" "$seconds"
  log=$target/$name.log
  if "$target/$host/release/$name" -max_total_time="$seconds" -max_len=8192 -timeout=10 -artifact_prefix="$found/$name-" \
    "$target/corpus/$name" "fuzz/corpus/$name" >"$log" 2>&1; then
    grep '^Done ' "$log"
  else
    cat "$log"
    echo "Mend it, and add the input to fuzz/corpus/$name, so that the ordinary tests replay it." >&2
    exit 1
  fi
done
