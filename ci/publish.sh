#!/usr/bin/env bash
# Publishing: its tests, and an S3-compatible server (moto, from PyPI) that is published to while a reader polls: killed
# again and again, then finished. Prints the counts.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cargo test --quiet --locked -p iapt-publish --features stores --target-dir "$target"
cargo build --quiet --locked -p iapt-publish --features stores --target-dir "$target"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v moto_server >/dev/null; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" --quiet install 'moto[server]==5.2.5'
  PATH=$work/venv/bin:$PATH
fi
iapt=(cargo run --quiet --locked -p iapt --)
[ -z "${IAPT:-}" ] || iapt=("$IAPT")
"${iapt[@]}" run --quiet --period 2017-18 --data "$work/data" --out "$work/out"
"${iapt[@]}" provenance --quiet --data "$work/data" --out "$work/out"
python3 ci/publish_check.py "$target/debug/iapt-publish" "$work/data" "$work/out"
