#!/usr/bin/env bash
# Holds datapackage.json, croissant.json, dcat.jsonld and csv-metadata.json against their own validators, and against tables built on the
# spot: keys, references and lists of values in every row, and the query of every claim in DuckDB.
# Needs Python 3 with venv; the validators come from PyPI, at the versions in metadata.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --locked -p iapt
"${CARGO_TARGET_DIR:-target}/debug/iapt" run --quiet --data "$work/data" --out "$work/out"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r ci/metadata.txt
"$work/venv/bin/python" ci/metadata.py "$work/data/tables" "$work/out"
