#!/usr/bin/env bash
# Builds the programs of the scheduled run: iapt, with iapt-publish beside it. Says where they are.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cargo build --quiet --locked -p iapt --target-dir "$target"
cargo build --quiet --locked -p iapt-publish --features stores --target-dir "$target"
echo "$target/debug"
