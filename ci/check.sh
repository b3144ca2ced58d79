#!/usr/bin/env bash
# Every check besides the tests, in order of how soon it fails.
set -euo pipefail
cd "$(dirname "$0")/.."
for job in format versions features layers lint docs declared; do
  echo "== $job"
  "ci/$job.sh"
done
