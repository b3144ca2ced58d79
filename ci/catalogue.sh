#!/usr/bin/env bash
# The catalogue of published editions: two are published, and DuckDB and Polars find the tidy table as of each over http by its
# metadata alone, with the rows of `iapt query`. Needs Python 3 with venv; the tools come from PyPI (ci/catalogue.txt).
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cargo build --quiet --locked -p iapt
cargo build --quiet --locked -p iapt-publish --features stores --target-dir "$target"
cargo test --quiet --locked -p iapt-publish --features stores --target-dir "$target" --test catalogue
iapt=$target/debug/iapt
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r ci/catalogue.txt rangehttpserver==1.4.0
web=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
address=http://127.0.0.1:$web/open
mkdir -p "$work/web/open"
(cd "$work/web" && exec "$work/venv/bin/python" -m RangeHTTPServer "$web" --bind 127.0.0.1 >"$work/web.log" 2>&1) &
curl --silent --output /dev/null --retry 60 --retry-delay 1 --retry-connrefused "$address"
editions=()
for period in 2017-18 2018-19; do
  "$iapt" run --quiet --period "$period" --data "$work/data" --out "$work/out"
  "$iapt" provenance --quiet --data "$work/data" --out "$work/out"
  "$target/debug/iapt-publish" --to "file://$work/web/open" --address "$address" --data "$work/data" --out "$work/out"
  "$iapt" query "SELECT dataset, reporting_period, value_status, COUNT(*) FROM tidy GROUP BY 1, 2, 3" --data "$work/data" \
    --format csv | tail -n +2 >"$work/$period.csv"
  edition=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["edition"])' "$work/web/open/manifest.json")
  editions+=("$edition=$work/$period.csv")
done
"$work/venv/bin/python" ci/catalogue_check.py "$address" "latest=$work/2018-19.csv" "${editions[@]}"
