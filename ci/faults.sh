#!/usr/bin/env bash
# The long sweeps: every operation on a file made to fail in turn, and 300 runs killed at any moment. Prints the counts.
#   IAPT_FAULTS and IAPT_KILLS ask for fewer.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --locked -p iapt
# A copy, so that a build in the meantime does not change the program under test.
cp target/debug/iapt "$work/iapt"
IAPT_BINARY="$work/iapt" IAPT_FAULTS=${IAPT_FAULTS:-all} IAPT_KILLS=${IAPT_KILLS:-300} \
  cargo test --quiet --locked -p iapt --test it faults:: -- --nocapture
