#!/usr/bin/env bash
# Publishes the pages and tables of the last run as one edition: ci/publish_to.sh ADDRESS, such as s3://bucket/prefix or
# file:///folder. Further arguments go to `iapt publish`; keys, region and endpoint come from the environment (AWS_...).
#   IAPT  the program, with iapt-publish beside it or on the PATH (default: both built from this checkout)
set -euo pipefail
cd "$(dirname "$0")/.."
# A workflow sets to nothing what it has no value for.
for name in AWS_REGION AWS_ENDPOINT; do [ -n "${!name:-}" ] || unset "$name"; done
to=${1:?the address to publish to}
shift
if [ -z "${IAPT:-}" ]; then
  cargo build --quiet --locked -p iapt
  cargo build --quiet --locked --manifest-path publish/Cargo.toml --target-dir target
  IAPT=target/debug/iapt
fi
"$IAPT" publish --to "$to" "$@"
