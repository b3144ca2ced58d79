#!/usr/bin/env bash
# Copies the ready-made workflows to where GitHub looks for them. Names the ones that it replaces.
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)/workflows
cd "${CHECKOUT:-$source/../..}"
mkdir -p .github/workflows
for workflow in "$source"/*.yml; do
  target=.github/workflows/$(basename "$workflow")
  if [ -e "$target" ] && ! cmp -s "$workflow" "$target"; then echo "replacing $target"; fi
  cp "$workflow" "$target"
  echo "installed $target"
done
