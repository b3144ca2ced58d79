#!/usr/bin/env bash
# A program as it is released has no fault injection in it, and runs the main job in a folder with nothing in it, the network
# off: ci/released.sh [PROGRAM]. Without one, the program is built here as it is released, without debug assertions, but not
# optimised: the dependencies are there already.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then
  iapt=$(realpath "$1")
else
  CARGO_PROFILE_DEV_DEBUG_ASSERTIONS=false cargo build --quiet --locked -p iapt
  iapt=$(realpath "${CARGO_TARGET_DIR:-target}/debug/iapt")
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() { echo "released: $iapt $*" >&2; failed=1; }
for text in IAPT_FAULT 'made to fail' 'Misbehaviour of the embedded publisher' 'instead of that of the clock'; do
  ! grep -qaF "$text" "$iapt" || complain "has \"$text\" in it"
done
for option in --misbehave=404 --now=2026-11-24T03:00:00Z; do
  code=0
  "$iapt" run "$option" --data "$work/data" --out "$work/out" 2>"$work/told" || code=$?
  [ "$code" = 2 ] && grep -q 'unexpected argument' "$work/told" || complain "takes $option"
done
IAPT_FAULT=1:full "$iapt" fetch --quiet --period 2017-18 --data "$work/data" || complain "fails on request"

# Elsewhere: nothing of the checkout, nothing of the user's, and no network where that can be had.
elsewhere=$work/elsewhere
mkdir -p "$elsewhere"
cp "$iapt" "$work/iapt"
offline=()
# The built-in publisher is a server of this machine.
alone=(unshare --user --map-root-user --net sh -c 'ip link set lo up && exec "$@"' alone)
"${alone[@]}" true 2>/dev/null && offline=("${alone[@]}")
there() { (cd "$elsewhere" && env -i HOME="$work/home" PATH=/usr/bin:/bin "${offline[@]}" "$work/iapt" --quiet "$@"); }
there run --source embedded || complain "does not run in an empty folder"
[ -s "$elsewhere/published/site/index.html" ] || complain "makes no pages in published"
ls "$elsewhere" | diff - <(printf '%s\n' data published) || complain "leaves something else"
england="SELECT value FROM indicators WHERE indicator = 'recovery_rate' AND level = 'england' AND breakdown = 'total'
  AND reporting_period = '2024-25' AND period_kind = 'year'"
[ "$(there query --format csv "$england" | tail -1 | cut -c 1-2)" = 50 ] || complain "has another recovery rate"
there plan >"$work/plan" || complain "cannot plan"
! again=$(grep -vE '^(source|fetch +(keep|pass over|leave)|build +keep|report +keep) ' "$work/plan") || complain "would do again: $again"
# A file of the project that somebody changed is put right; the project can be had and changed.
kept=$(echo "$work"/home/.cache/iapt/project-*)
echo 'a mistake' >>"$kept/pipelines/measures.csv"
there check >/dev/null || complain "does not put its project right"
there init "$elsewhere/own" || complain "does not write its project"
diff -r "$elsewhere/own/pipelines" pipelines || complain "writes another project"
(cd "$elsewhere/own" && "$work/iapt" --quiet check --data ../data >/dev/null) || complain "refuses its own project"
code=0
there init "$elsewhere/own" 2>/dev/null || code=$?
[ "$code" = 2 ] || complain "writes over a folder"
[ "$failed" = 0 ] && echo "released: no fault injection in $iapt, and it runs in an empty folder${offline[*]:+ without a network}"
exit "$failed"
