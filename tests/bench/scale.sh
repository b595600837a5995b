#!/usr/bin/env bash
# `make scale`: how long `cargo callable build` takes for N functions (30) of a made project, outside of the checkout.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
count=${1:-30}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset CARGO_TARGET_DIR # each measurement builds everything
tool() { "$root/target/debug/cargo-callable" "$@"; }
timed() { TIMEFORMAT="$1: %R s, processor time %U s + %S s"; shift; time "$@"; }

tool init "$folder/app" >/dev/null
cd "$folder/app"
cp "$root/Cargo.lock" .
for number in $(seq 2 "$count"); do tool add "f-$number" >/dev/null; done
timed "$count functions, with their dependencies" tool build --architecture host
echo '// edited' >>functions/hello/src/handler.rs
timed 'one function after an edit' tool build hello --architecture host
timed 'one function with --fast, with its dependencies' tool build hello --architecture host --fast
echo '// edited again' >>functions/hello/src/handler.rs
timed 'one function with --fast, after an edit' tool build hello --architecture host --fast
