#!/usr/bin/env bash
# Builds the fuzz targets and runs each one for FUZZ_SECONDS, as many at a time as there are processors. Prints the seed
# of libFuzzer's random numbers; FUZZ_SEED sets it. An input that a target fails at is kept in .tools/fuzz/<target>.
#
#   run.sh [TARGET…]     all targets if none is named
#
# With FUZZ_KEEP=1, inputs that reach new code are kept, too, and the next run begins with them.
set -euo pipefail
cd "$(dirname "$0")"
home=$(cd ../.. && pwd)/.tools/fuzz
export CARGO_TARGET_DIR=$home/target FUZZ_SECONDS=${FUZZ_SECONDS:-600} FUZZ_KEEP=${FUZZ_KEEP:-}
export FUZZ_SEED=${FUZZ_SEED:-$((RANDOM * 32768 + RANDOM + 1))}
# These variables would take the place of the flags in .cargo/config.toml.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
cargo build --quiet --locked
FUZZ_BUILT=$(dirname "$(ls -t "$home"/target/*/debug/envelope | head -n 1)")
export FUZZ_BUILT FUZZ_HOME=$home

fuzz() {
  local target=$1 folder=$FUZZ_HOME/$1
  mkdir -p "$folder/corpus"
  local found
  found=$folder/corpus
  if [ -z "$FUZZ_KEEP" ]; then found=$(mktemp -d); fi
  if "$FUZZ_BUILT/$target" -max_total_time="$FUZZ_SECONDS" -seed="$FUZZ_SEED" -max_len=4096 -timeout=10 \
    -rss_limit_mb=1024 -dict=json.dict -artifact_prefix="$folder/" "$found" "corpus/$target" > "$folder/log" 2>&1; then
    printf '%-14s %s\n' "$target" "$(grep DONE "$folder/log" | sed 's/\t/ /g')"
  else
    tail -n 60 "$folder/log"
    printf '%-14s FAILED, seed %s: the input is in %s\n' "$target" "$FUZZ_SEED" "$folder"
    return 1
  fi
}
export -f fuzz

if [ "$#" = 0 ]; then set -- $(basename -s .rs targets/*.rs); fi
echo "seed $FUZZ_SEED, $FUZZ_SECONDS s for each of $# targets"
printf '%s\n' "$@" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I '{}' bash -c 'fuzz {}'
