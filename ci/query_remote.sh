#!/usr/bin/env bash
# Queries over published tables: the same rows from the folder, from an S3-compatible store (moto) and from a web server
# (rangehttpserver, both from PyPI). Then an edition is published over it, and the address gives the new one.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
# An IAPT with the feature may be given; else it is built in a folder of its own, because DataFusion is built with it anew.
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
if [ -z "${IAPT:-}" ]; then
  cargo build --quiet --locked -p iapt --features remote --target-dir "$target/remote"
  IAPT=$target/remote/debug/iapt
fi
cargo build --quiet --locked -p iapt-publish --features stores --target-dir "$target"
publish=$target/debug/iapt-publish
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[server]==5.2.5' rangehttpserver==1.4.0
read -r s3 web < <(python3 -c 'import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in sockets))')
mkdir -p "$work/web"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_ALLOW_HTTP=true AWS_ENDPOINT=http://127.0.0.1:$s3
"$work/venv/bin/moto_server" --port "$s3" >"$work/moto.log" 2>&1 &
(cd "$work/web" && exec "$work/venv/bin/python" -m RangeHTTPServer "$web" --bind 127.0.0.1 >"$work/web.log" 2>&1) &
for address in "$AWS_ENDPOINT" "http://127.0.0.1:$web"; do
  curl --silent --output /dev/null --retry 60 --retry-delay 1 --retry-connrefused "$address"
done
curl --silent --fail --output /dev/null -X PUT -H "Authorization: AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0" "$AWS_ENDPOINT/tables"
queries=(
  "SELECT dataset, reporting_period, value_status, COUNT(*) AS n FROM tidy GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
  "SELECT reporting_period, indicator, numerator, value FROM indicators WHERE level = 'england' ORDER BY 1, 2, 3, 4"
  "SHOW TABLES"
)
compare() {
  local sql place
  for sql in "${queries[@]}"; do
    "$IAPT" query "$sql" --data "$work/data" --format csv | sort >"$work/here.csv"
    [ "$(wc -l <"$work/here.csv")" -gt 3 ]
    for place in "s3://tables/open/data" "http://127.0.0.1:$web/open/data"; do
      "$IAPT" query "$sql" --data "$place" --format csv | sort >"$work/there.csv"
      cmp "$work/here.csv" "$work/there.csv"
      echo "$(wc -l <"$work/there.csv") lines the same from ${place%%://*}: $sql"
    done
  done
}
for period in 2017-18 2018-19; do
  "$IAPT" run --quiet --period "$period" --data "$work/data" --out "$work/out"
  "$IAPT" provenance --quiet --data "$work/data" --out "$work/out"
  for to in "s3://tables/open/data" "file://$work/web/open/data"; do
    "$publish" --to "$to" --data "$work/data" --out "$work/out"
  done
  compare
done
