#!/usr/bin/env bash
# What a real Chromium says of every page type, from a clean build; installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
need() {
  command -v "$1" >/dev/null && return
  echo "browser: installing $2"
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}
need chromium chromium
need npm npm
npm ci --prefix ci/browser --ignore-scripts --no-audit --no-fund --silent
site=${1:-}
if [ -z "$site" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cargo run --quiet --locked -p iapt -- run --quiet --data "$work/data" --out "$work/out"
  site=$work/out/site
fi
node ci/browser/check.mjs "$site" "$(command -v chromium)"
