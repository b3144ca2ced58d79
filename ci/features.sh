#!/usr/bin/env bash
# `make report` builds one package, `make test` the workspace. Where a test's dependency switches on a feature of a
# package that the binary has too, everything above that package is compiled twice: minutes, for DataFusion.
set -euo pipefail
cd "$(dirname "$0")/.."
packages() {
  cargo tree --locked --quiet "$@" --format '{p} {f}' --prefix none | sed 's/ (\*)$//' | sort -u
}
# Variables first: the script goes on when a command inside <( ) fails.
report=$(packages --package iapt --edges normal,build)
workspace=$(packages --workspace --edges normal,build,dev)
if [ -z "$report" ] || [ -z "$workspace" ]; then
  echo "cargo tree names no package" >&2
  exit 1
fi
twice=$(comm -23 <(echo "$report") <(echo "$workspace"))
if [ -n "$twice" ]; then
  echo "these packages have other features under \`cargo test --workspace\`; find who asks with cargo tree -e features -i:" >&2
  echo "$twice" >&2
  exit 1
fi
# The clients of object stores come with DataFusion and with publishing: one version, or both are built.
if [ "$(grep -c '^name = "object_store"$' Cargo.lock)" != 1 ]; then
  echo "Cargo.lock does not have one version of object_store; ask for the one that DataFusion reads through" >&2
  exit 1
fi
