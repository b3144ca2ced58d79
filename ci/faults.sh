#!/usr/bin/env bash
# The long sweeps: every operation on a file made to fail in turn, 300 runs killed at any moment, and 1,000 bits flipped in
# tables, pages, manifest and snapshots. Prints the counts.
#   IAPT_FAULTS, IAPT_KILLS and IAPT_FLIPS ask for fewer.
#   CARGO_PROFILE  dev unless told otherwise; `release` takes long to build and sweeps faster (faults need debug assertions)
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
profile=${CARGO_PROFILE:-dev}
cargo build --quiet --locked -p iapt --profile "$profile" --config "profile.$profile.debug-assertions=true" \
  --config "profile.$profile.package.'*'.debug-assertions=false"
# A copy, so that a build in the meantime does not change the program under test.
cp "$(realpath -m "${CARGO_TARGET_DIR:-target}")/${profile/#dev/debug}/iapt" "$work/iapt"
IAPT_BINARY="$work/iapt" IAPT_FAULTS=${IAPT_FAULTS:-all} IAPT_KILLS=${IAPT_KILLS:-300} IAPT_FLIPS=${IAPT_FLIPS:-1000} \
  ci/some_tests.sh cargo test --quiet --locked -p iapt --test it -- --nocapture faults:: tampering::no_bit_flips_silently
