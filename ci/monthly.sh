#!/usr/bin/env bash
# The scheduled run: asks the publisher for what is new or re-issued, builds, reports, and says what is overdue.
#   IAPT         the program (default: built from this checkout)
#   IAPT_SOURCE  where from (default: nhs)
#   IAPT_STALE   days that the next period may be overdue (default: 30)
# Further arguments go to `iapt run`. Ends as iapt ends; 3 is "done, but some releases are missing or overdue".
set -euo pipefail
cd "$(dirname "$0")/.."
iapt=(cargo run --quiet --locked -p iapt --)
[ -z "${IAPT:-}" ] || iapt=("$IAPT")
"${iapt[@]}" run --source "${IAPT_SOURCE:-nhs}" --refresh --fail-if-stale "${IAPT_STALE:-30}" --log-format json "$@"
