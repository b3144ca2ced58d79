#!/usr/bin/env bash
# What a real Chromium says of every page type, from a clean build; installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
ci/need.sh chromium chromium
ci/need.sh npm npm
npm ci --prefix ci/browser --ignore-scripts --no-audit --no-fund --silent
# A site that there is, and the data that it was made from; or both made here.
site=${1:-}
data=${2:-data}
iapt=${CARGO_TARGET_DIR:-target}/debug/iapt
cargo build --quiet --locked -p iapt
if [ -z "$site" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  data=$work/data
  "$iapt" run --quiet --data "$data" --out "$work/out"
  site=$work/out/site
fi
node ci/browser/bundle.mjs --check
node ci/browser/check.mjs "$site" "$(command -v chromium)"
node ci/browser/explore.mjs "$site" "$(command -v chromium)" "$iapt" "$data"
