#!/usr/bin/env bash
# Publishes the pages and tables of the last run as one edition: ci/publish_to.sh ADDRESS, such as s3://bucket/prefix or
# file:///folder. Further arguments go to `iapt-publish`, such as --fewer; keys, region and endpoint come from the
# environment (AWS_...).
#   IAPT_PUBLISH  the program iapt-publish (default: built from this checkout)
set -euo pipefail
cd "$(dirname "$0")/.."
# A workflow sets to nothing what it has no value for.
for name in AWS_REGION AWS_ENDPOINT AWS_ROLE_ARN; do [ -n "${!name:-}" ] || unset "$name"; done
to=${1:?the address to publish to}
shift
[ -n "${IAPT_PUBLISH:-}" ] || IAPT_PUBLISH=$(ci/programs.sh)/iapt-publish
"$IAPT_PUBLISH" --to "$to" "$@"
