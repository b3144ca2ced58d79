#!/usr/bin/env bash
# Times `iapt build` beside DuckDB and Polars on the annual packs of a mirror, then alone with 1, 4 and 16 times as many
# organisations in them: ci/peers.sh MIRROR [ROUNDS]
# Needs bsdtar (libarchive) for the RAR, and Python 3 with venv; the peers come from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
mirror=$(cd "${1:?the folder of a mirror, laid out by the paths of the publisher}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --locked --release -p iapt
iapt=$(realpath "${CARGO_TARGET_DIR:-target}")/release/iapt
"$iapt" fetch --quiet --source "$mirror" --data "$work/data"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r ci/recipes.txt
"$work/venv/bin/python" ci/peers.py "$iapt" "$mirror" "$work" "${2:-5}"
python3 ci/growth.py "$iapt" "$mirror" "$work" 1 4 16
