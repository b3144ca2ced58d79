#!/usr/bin/env bash
# Times the whole job from outside, cold tables and warm, on the built-in figures.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --locked --release -p iapt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
iapt=target/release/iapt
"$iapt" fetch --quiet --data "$work/data"
time_of() {
  local name=$1 start end
  shift
  start=$(date +%s%N)
  "$@"
  end=$(date +%s%N)
  printf '%-28s %6d ms\n' "$name" $(((end - start) / 1000000))
}
for round in 1 2 3 4 5; do
  rm -rf "$work/data/tables" "$work/out" "$work/data/report.json"
  time_of "build, round $round" "$iapt" build --quiet --data "$work/data"
  time_of "report, round $round" "$iapt" report --quiet --data "$work/data" --out "$work/out"
  time_of "nothing to do, round $round" "$iapt" run --quiet --data "$work/data" --out "$work/out"
  time_of "plan, round $round" sh -c "$iapt plan --data $work/data --out $work/out >/dev/null"
done
