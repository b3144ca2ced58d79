#!/usr/bin/env bash
# A program that is released has no fault injection in it: ci/without_faults.sh [PROGRAM]. Without one, the program is
# built here as it is released, without debug assertions, but not optimised: the dependencies are there already.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then
  iapt=$1
else
  CARGO_PROFILE_DEV_DEBUG_ASSERTIONS=false cargo build --quiet --locked -p iapt
  iapt=${CARGO_TARGET_DIR:-target}/debug/iapt
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() { echo "without_faults: $iapt $*" >&2; failed=1; }
for text in IAPT_FAULT 'made to fail' 'Misbehaviour of the embedded publisher' 'instead of that of the clock'; do
  ! grep -qaF "$text" "$iapt" || complain "has \"$text\" in it"
done
for option in --misbehave=404 --now=2026-11-24T03:00:00Z; do
  code=0
  "$iapt" run "$option" --data "$work/data" --out "$work/out" 2>"$work/told" || code=$?
  [ "$code" = 2 ] && grep -q 'unexpected argument' "$work/told" || complain "takes $option"
done
IAPT_FAULT=1:full "$iapt" fetch --quiet --period 2017-18 --data "$work/data" || complain "fails on request"
[ "$failed" = 0 ] && echo "without_faults: none in $iapt"
exit "$failed"
